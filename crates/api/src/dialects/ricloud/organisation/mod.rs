//! The organisation.

use serde::Serialize;
use tessera_directory::organization::Organization;
use tessera_directory::preference::Profile;

use super::input::date;
use super::keys::Config;
use super::lists::{DEFAULT_LIMIT, Nested};
use super::permissions::{self, NestedPermission};
use super::storage_configs::{self, NestedStorageConfig};
use super::webhook_configs::{self, NestedWebhookConfig};
use crate::endpoint::Call;

pub(super) mod get;
pub(super) mod update;

/// Since this version configs are nested as lists, and not as plain arrays [S].
const NESTED_LISTS_SINCE: &str = "2020-02-20";

/// An organisation, as every answer shows it: these fourteen, always.
#[derive(Serialize)]
struct Organisation {
    id: i64,
    resource: &'static str,
    r#type: &'static str,
    name: String,
    slug: String,
    api_version: String,
    config: Config,
    permissions: NestedPermission,
    storage_configs: Configs<NestedStorageConfig>,
    storage_config_default: Option<i64>,
    webhook_configs: Configs<NestedWebhookConfig>,
    webhook_config_default: Option<i64>,
    state: &'static str,
    date_created: String,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Configs<T> {
    List(Nested<T>),
    Array(Vec<T>),
}

fn has_nested_lists(organization: &Organization) -> bool {
    organization.settings.api_version.as_str() >= NESTED_LISTS_SINCE
}

/// How many configs of each kind are told.
fn limit(organization: &Organization) -> u32 {
    if has_nested_lists(organization) { DEFAULT_LIMIT } else { u32::MAX }
}

fn view(call: &Call, organization: Organization, profile: Profile) -> Organisation {
    let permissions = permissions::nested(call, &organization, profile.permission);
    let (storage, webhooks) = (profile.storage_configs, profile.webhook_configs);
    let (storage_configs, webhook_configs) = if has_nested_lists(&organization) {
        (
            Configs::List(Nested::new(storage, storage_configs::URL, NestedStorageConfig::from)),
            Configs::List(Nested::new(webhooks, webhook_configs::URL, NestedWebhookConfig::from)),
        )
    } else {
        (
            Configs::Array(storage.items.into_iter().map(NestedStorageConfig::from).collect()),
            Configs::Array(webhooks.items.into_iter().map(NestedWebhookConfig::from).collect()),
        )
    };
    Organisation {
        id: organization.number,
        resource: "organisation",
        r#type: organization.settings.kind.as_str(),
        name: organization.settings.name,
        slug: organization.slug,
        api_version: organization.settings.api_version,
        config: Config::from(&profile.preferences),
        permissions,
        storage_configs,
        storage_config_default: profile.preferences.storage_config,
        webhook_configs,
        webhook_config_default: profile.preferences.webhook_config,
        // the administrator's states never come this far
        state: if profile.is_configured { "active" } else { "unconfigured" },
        date_created: date(organization.created_at),
    }
}
