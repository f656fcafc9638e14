//! Service accounts: keys of the organization, presented as OAuth clients.

use serde::Serialize;
use tessera_directory::key::Key;
use tessera_directory::organization::Organization;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod list;

/// A service account without its secret.
#[derive(Clone, Serialize)]
struct ServiceAccount {
    name: String,
    client_id: String,
    org_id: String,
}

impl ServiceAccount {
    fn of(key: Key, organization: &Organization) -> Self {
        Self { name: key.name, client_id: key.id, org_id: organization.id.clone() }
    }
}
