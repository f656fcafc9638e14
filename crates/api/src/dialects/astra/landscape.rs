//! The landscape as the vendor's client reads it [C]: clouds, their clusters, their namespaces.

use axum::response::Response;
use serde_json::{Value, json};
use tessera_directory::key::Scope;
use tessera_directory::landscape::{self, Cloud, Cluster, Landscape, Namespace};
use tessera_directory::organization::Organization;

use super::auth::{self, Caller, NOBODY};
use super::error::Error;
use super::list::{self, Items, Parameters};
use super::media;
use super::role_bindings::Constraint;
use super::time;
use crate::endpoint::Call;
use crate::json as written;

/// Lists some items of the landscape, of which the members are known that each has; nothing is a parent that is not
/// there.
pub(super) async fn list(
    call: &Call,
    members: &'static [&'static str],
    items: impl FnOnce(&View) -> Option<Vec<Value>>,
) -> Result<Response, Error> {
    let view = View::of(call).await?;
    let found = items(&view);
    let is_found = found.is_some();
    let items = Items { members, items: found.unwrap_or_default() };
    let parameters = Parameters::read(call, &items)?;
    media::check_list(call)?;
    if !is_found {
        return Err(Error::NoCollection);
    }
    parameters.pick(items)
}

/// Tells of one item of the landscape, of those with this id.
pub(super) async fn one(
    call: &Call,
    media: &'static str,
    id: &str,
    items: impl FnOnce(&View) -> Vec<Value>,
) -> Result<Response, Error> {
    let view = View::of(call).await?;
    list::none(call)?;
    let media = media::of_one(call, media)?;
    let id = call.parameter(id);
    let is_it =
        |item: &Value| item.get("id").and_then(Value::as_str).is_some_and(|known| known.eq_ignore_ascii_case(id));
    let found = items(&view).into_iter().find(is_it);
    Ok(media::one(media, written::text(&found.ok_or(Error::NoCollection)?)))
}

/// The landscape as one caller sees it.
pub(super) struct View {
    organization: Organization,
    pub(super) landscape: Landscape,
}

impl View {
    /// The landscape without the namespaces that the caller's role does not reach.
    async fn of(call: &Call) -> Result<Self, Error> {
        let Caller { organization, constraints, .. } = auth::caller(call, Scope::UsersRead).await?;
        let mut landscape = landscape::find(&call.directory, &organization).await?;
        let constraints: Vec<String> = serde_json::from_slice(constraints.as_bytes()).unwrap_or_default();
        let constraints: Vec<Constraint<'_>> =
            constraints.iter().filter_map(|constraint| Constraint::parse(constraint)).collect();
        for cluster in landscape.clouds.iter_mut().flat_map(|cloud| &mut cloud.clusters) {
            cluster.namespaces.retain(|namespace| constraints.iter().any(|constraint| reaches(*constraint, namespace)));
        }
        Ok(Self { organization, landscape })
    }

    /// The clouds.
    pub(super) fn clouds(&self) -> Vec<Value> {
        self.landscape.clouds.iter().map(|cloud| self.cloud(cloud)).collect()
    }

    fn cloud(&self, cloud: &Cloud) -> Value {
        json!({
            "type": "application/astra-cloud",
            "version": "1.1",
            "id": cloud.id,
            "name": cloud.name,
            "state": "running",
            "stateUnready": [],
            "cloudType": cloud.kind,
            "metadata": self.metadata(),
        })
    }

    /// The clusters, under this type.
    pub(super) fn clusters(&self, media: &str) -> Vec<Value> {
        self.landscape.clouds.iter().flat_map(|cloud| self.clusters_of(cloud, media)).collect()
    }

    /// The clusters of one cloud.
    pub(super) fn clusters_of(&self, cloud: &Cloud, media: &str) -> Vec<Value> {
        cloud.clusters.iter().map(|cluster| self.cluster(cloud, cluster, media)).collect()
    }

    fn cluster(&self, cloud: &Cloud, cluster: &Cluster, media: &str) -> Value {
        let namespaces: Vec<&str> = cluster.namespaces.iter().map(|namespace| namespace.name.as_str()).collect();
        json!({
            "type": media,
            "version": "1.1",
            "id": cluster.id,
            "name": cluster.name,
            "state": "running",
            "stateUnready": [],
            "managedState": "managed",
            "managedStateUnready": [],
            "inUse": "false",
            "clusterType": "kubernetes",
            "clusterVersion": cluster.version,
            "namespaces": namespaces,
            "cloudID": cloud.id,
            "metadata": self.metadata(),
        })
    }

    /// The namespaces.
    pub(super) fn namespaces(&self) -> Vec<Value> {
        let clusters = self.landscape.clouds.iter().flat_map(|cloud| &cloud.clusters);
        clusters.flat_map(|cluster| self.namespaces_of(cluster)).collect()
    }

    /// The namespaces of one cluster.
    pub(super) fn namespaces_of(&self, cluster: &Cluster) -> Vec<Value> {
        cluster.namespaces.iter().map(|namespace| self.namespace(cluster, namespace)).collect()
    }

    fn namespace(&self, cluster: &Cluster, namespace: &Namespace) -> Value {
        let labels: Vec<Value> =
            labels(namespace).map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let mut item = json!({
            "type": "application/astra-namespace",
            "version": "1.2",
            "id": namespace.id,
            "links": [],
            "name": namespace.name,
            "namespaceState": "discovered",
            "namespaceStateDetails": [],
            "kubernetesUID": namespace.id,
            "kubernetesLabels": labels,
            "clusterID": cluster.id,
            "metadata": self.metadata(),
        });
        if let (Some(members), Some(system)) = (item.as_object_mut(), &namespace.system_type) {
            members.insert("systemType".to_owned(), system.as_str().into());
        }
        item
    }

    fn metadata(&self) -> Value {
        let made = time::seconds(self.organization.created_at);
        json!({ "creationTimestamp": made, "modificationTimestamp": made, "createdBy": NOBODY, "labels": [] })
    }
}

/// The labels of a namespace: its name, and those that it was given.
fn labels(namespace: &Namespace) -> impl Iterator<Item = (&str, &str)> {
    let own = ("kubernetes.io/metadata.name", namespace.name.as_str());
    let given = namespace.labels.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap_or_default()));
    std::iter::once(own).chain(given)
}

fn reaches(constraint: Constraint<'_>, namespace: &Namespace) -> bool {
    match constraint {
        Constraint::All => true,
        Constraint::Id(id) => namespace.id.eq_ignore_ascii_case(id),
        Constraint::Label(name, value) => {
            labels(namespace).any(|(known, held)| known == name && value.is_none_or(|value| value == held))
        }
    }
}
