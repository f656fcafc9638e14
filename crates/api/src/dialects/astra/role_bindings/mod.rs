//! Role bindings [S, L], reached under the account and under a user.

use tessera_directory::binding::{self, Role, columns};
use tessera_directory::document::Shape::{Column, Object, Word};

use super::body::Body;
use super::media::{self, Resource, metadata};

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// Role bindings.
pub(super) const ROLE_BINDING: Resource = Resource {
    media: "application/astra-roleBinding",
    versions: &["1.0", "1.1"],
    table: &binding::TABLE,
    shape: &Object(&[
        ("metadata", metadata!(columns)),
        ("type", Word("application/astra-roleBinding")),
        ("version", Word("1.1")),
        ("id", Column(columns::ID)),
        ("principalType", Column(columns::PRINCIPAL)),
        ("userID", Column(columns::USER)),
        ("groupID", Column(columns::GROUP)),
        ("accountID", Column(columns::ORGANIZATION)),
        ("role", Column(columns::ROLE)),
        ("roleConstraints", Column(columns::CONSTRAINTS)),
    ]),
};

fn take_role(body: &mut Body) -> Option<Role> {
    let role = body.word("role", Role::WORDS, Role::parse);
    body.require("role", role)
}

/// The role of a binding, if there is one.
fn role_of(document: Option<&str>) -> Option<Role> {
    Role::parse(&media::member(document?, "role")?)
}

/// Takes the constraints: JSON.
/// The most that one binding has: each namespace is compared with each of them.
const MAX_CONSTRAINTS: usize = 1_000;

fn take_constraints(body: &mut Body) -> Option<String> {
    const MEMBER: &str = "roleConstraints";
    let constraints = body.words(MEMBER)?;
    if constraints.len() > MAX_CONSTRAINTS
        || constraints.iter().any(|constraint| Constraint::parse(constraint).is_none())
    {
        body.invalid(MEMBER, "must be *, or namespaces by *, id or kubernetesLabels, 1000 of them at the most");
    }
    Some(crate::json::text(&constraints.into()))
}

/// What a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Constraint<'a> {
    /// Everything.
    All,
    /// The namespace of this id.
    Id(&'a str),
    /// The namespaces with this label.
    Label(&'a str, Option<&'a str>),
}

impl<'a> Constraint<'a> {
    /// Reads a constraint. What is under a namespace (`.*`) nobody asks for here.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if text == "*" {
            return Some(Self::All);
        }
        let namespaces = text.strip_prefix("namespaces:")?;
        let namespaces = namespaces.strip_suffix(".*").unwrap_or(namespaces);
        if namespaces == "*" {
            return Some(Self::All);
        }
        let quoted = |text: &'a str| text.strip_prefix('\'')?.strip_suffix('\'');
        if let Some(id) = namespaces.strip_prefix("id=") {
            return quoted(id).filter(|id| super::is_uuid(id)).map(Self::Id);
        }
        let label = quoted(namespaces.strip_prefix("kubernetesLabels=")?)?;
        let (name, value) = label.split_once('=').map_or((label, None), |(name, value)| (name, Some(value)));
        let is_plain =
            |text: &str| !text.contains(['\'', '=']) && !text.chars().any(|c| c.is_whitespace() || c.is_control());
        (!name.is_empty() && is_plain(name) && value.is_none_or(is_plain)).then_some(Self::Label(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints() {
        let id = "c832e1dc-d7c3-464e-9c62-47bf91c46ce8";
        for all in ["*", "namespaces:*", "namespaces:*.*"] {
            assert_eq!(Constraint::parse(all), Some(Constraint::All), "{all}");
        }
        assert_eq!(Constraint::parse(&format!("namespaces:id='{id}'.*")), Some(Constraint::Id(id)));
        let label = "namespaces:kubernetesLabels='a.b/c=d'.*";
        assert_eq!(Constraint::parse(label), Some(Constraint::Label("a.b/c", Some("d"))));
        for bad in [
            "",
            "**",
            "*.*",
            "pods:*",
            "namespaces:",
            "namespaces:id='x'",
            "namespaces:kubernetesLabels=''",
            "namespaces:kubernetesLabels='=x'",
            "namespaces:*.*.*",
        ] {
            assert_eq!(Constraint::parse(bad), None, "{bad}");
        }
    }
}
