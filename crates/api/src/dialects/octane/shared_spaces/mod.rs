//! Shared spaces: organizations. A caller sees the one that is its own.

use tessera_directory::organization::Organization;

use super::entity::Entity;
use super::record::Record;

pub(super) mod get;
pub(super) mod list;

fn record(organization: &Organization) -> Record {
    Record::new(
        Entity::SharedSpace,
        vec![
            ("id", organization.number.into()),
            ("name", organization.settings.name.as_str().into()),
            ("logical_name", organization.slug.as_str().into()),
            ("version_stamp", 1.into()),
            ("creation_time", (organization.created_at.timestamp() * 1000).into()),
            ("last_modified", (organization.updated_at.timestamp() * 1000).into()),
        ],
    )
}
