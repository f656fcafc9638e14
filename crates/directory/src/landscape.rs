//! The landscape: the clouds, clusters and namespaces that an account manages, its apps, and what its directory server
//! holds (Astra). They are read-only to the vendor's API; the native one sets them.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};

use crate::Directory;
use crate::audit::Subject;
use crate::database::{Row, Statement};
use crate::error::Error;
use crate::organization::Organization;

/// A landscape. What has no id gets one that stays the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Landscape {
    /// The clouds.
    pub clouds: Vec<Cloud>,
    /// Apps, as the vendor's list shows them.
    pub apps: Vec<Map<String, Value>>,
    /// Users of the directory server: `id`, `email`, `firstName`, `lastName`, `cn`, `dn`.
    pub ldap_users: Vec<Map<String, Value>>,
    /// Groups of the directory server: `id`, `cn`, `dn`.
    pub ldap_groups: Vec<Map<String, Value>>,
}

/// A cloud.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cloud {
    /// The UUID.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// The kind of cloud.
    #[serde(default = "private")]
    pub kind: String,
    /// Its clusters.
    #[serde(default)]
    pub clusters: Vec<Cluster>,
}

/// The kind of a cloud that is told of none.
pub fn private() -> String {
    "private".to_owned()
}

/// A cluster.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cluster {
    /// The UUID.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// The version of Kubernetes.
    #[serde(default = "kubernetes")]
    pub version: String,
    /// Its namespaces.
    #[serde(default)]
    pub namespaces: Vec<Namespace>,
}

/// The version of a cluster that is told of none.
pub fn kubernetes() -> String {
    "1.28".to_owned()
}

/// A namespace.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Namespace {
    /// The UUID.
    #[serde(default)]
    pub id: String,
    /// The name.
    pub name: String,
    /// Its labels, texts by name, besides the one that tells its name.
    #[serde(default)]
    pub labels: Map<String, Value>,
    /// Whose it is, if the system's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system_type: Option<String>,
}

impl Landscape {
    /// What every organization has that was given no other.
    pub fn of(organization: &Organization) -> Self {
        let namespaces = [
            ("default", None),
            ("kube-node-lease", Some("kubernetes")),
            ("kube-public", Some("kubernetes")),
            ("kube-system", Some("kubernetes")),
            ("mysql", None),
            ("trident", Some("netapp")),
            ("wordpress", None),
        ];
        let namespaces = namespaces
            .into_iter()
            .map(|(name, system)| Namespace {
                id: String::new(),
                name: name.to_owned(),
                labels: Map::new(),
                system_type: system.map(str::to_owned),
            })
            .collect();
        let cluster = Cluster { id: String::new(), name: "cluster-1".to_owned(), version: kubernetes(), namespaces };
        let cloud = Cloud { id: String::new(), name: private(), kind: private(), clusters: vec![cluster] };
        Self { clouds: vec![cloud], ..Self::default() }.identified(organization)
    }

    /// The landscape with an id for whatever has none: made of where it stands, so that it is the same each time.
    #[must_use]
    pub fn identified(mut self, organization: &Organization) -> Self {
        let identify = |id: &mut String, place: &[&str]| {
            if id.is_empty() {
                *id = derived(organization, place);
            }
        };
        for cloud in &mut self.clouds {
            identify(&mut cloud.id, &["cloud", &cloud.name]);
            for cluster in &mut cloud.clusters {
                identify(&mut cluster.id, &["cluster", &cloud.name, &cluster.name]);
                for namespace in &mut cluster.namespaces {
                    identify(&mut namespace.id, &["namespace", &cloud.name, &cluster.name, &namespace.name]);
                }
            }
        }
        for (kind, items) in
            [("app", &mut self.apps), ("ldap user", &mut self.ldap_users), ("ldap group", &mut self.ldap_groups)]
        {
            for item in items {
                if !item.contains_key("id") {
                    let id = derived(organization, &[kind, &Value::Object(item.clone()).to_string()]);
                    item.insert("id".to_owned(), id.into());
                }
            }
        }
        self
    }
}

/// A UUID of version 8 (RFC 9562 §5.8) made of an organization and a place in it.
fn derived(organization: &Organization, place: &[&str]) -> String {
    let mut hash = Sha256::new_with_prefix(&organization.id);
    for name in place {
        hash.update([0]);
        hash.update(name);
    }
    let bytes: [u8; 32] = hash.finalize().into();
    let (half, _) = bytes.split_at(16);
    uuid::Builder::from_custom_bytes(half.try_into().unwrap_or_default()).into_uuid().to_string()
}

/// The landscape of an organization.
pub async fn find(directory: &Directory, organization: &Organization) -> Result<Landscape, Error> {
    let statement = Statement::new("SELECT content FROM landscapes WHERE organization = ?1").bind(organization.number);
    match directory.batch(vec![statement]).await?.read_one(Row::text)? {
        None => Ok(Landscape::of(organization)),
        Some(content) => serde_json::from_slice(content.as_bytes()).map_err(|error| Error::Internal(error.to_string())),
    }
}

/// Gives an organization another landscape, and tells it with all its ids.
pub async fn replace(
    directory: &Directory,
    organization: &Organization,
    landscape: Landscape,
) -> Result<Landscape, Error> {
    let landscape = landscape.identified(organization);
    let content = serde_json::to_string(&landscape).map_err(|error| Error::Internal(error.to_string()))?;
    let statement = Statement::new(
        "INSERT INTO landscapes (organization, content) VALUES (?1, ?2) \
         ON CONFLICT (organization) DO UPDATE SET content = excluded.content",
    );
    let statements = vec![statement.bind(organization.number).bind(content)];
    directory.change(Subject::landscape(organization), statements).await?;
    Ok(landscape)
}
