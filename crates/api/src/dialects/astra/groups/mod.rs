//! LDAP groups [D, O].

use tessera_directory::document::Shape::{Column, Object, Word};
use tessera_directory::ldap_group::{self, columns};

use super::body::Body;
use super::error::Error;
use super::media::{Resource, metadata};
use super::{is_uuid, read};
use crate::endpoint::Received;

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod update;

/// LDAP groups.
pub(super) const GROUP: Resource = Resource {
    media: "application/astra-group",
    versions: &["1.0", "1.1"],
    table: &ldap_group::TABLE,
    shape: &Object(&[
        ("metadata", metadata!(columns)),
        ("type", Word("application/astra-group")),
        ("version", Word("1.1")),
        ("id", Column(columns::ID)),
        ("name", Column(columns::NAME)),
        ("authProvider", Column(columns::AUTH_PROVIDER)),
        ("authID", Column(columns::AUTH_ID)),
    ]),
};

/// The group's id in the path, which here must be one.
pub(super) fn id(call: &Received) -> Result<String, Error> {
    let id = read::id(call, "group_id");
    if is_uuid(&id) { Ok(id) } else { Err(Error::InvalidId) }
}

fn take_provider(body: &mut Body) -> Option<()> {
    body.word("authProvider", &["ldap"], |word| (word == "ldap").then_some(()))
}

/// The first `CN` of a distinguished name (RFC 4514), else all of it.
fn common_name(name: &str) -> String {
    let mut parts = Vec::new();
    let (mut part, mut letters) = (String::new(), name.chars());
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => part.extend(letters.next()),
            ',' => parts.push(std::mem::take(&mut part)),
            _ => part.push(letter),
        }
    }
    parts.push(part);
    let is_cn = |part: &String| {
        let (kind, value) = part.split_once('=')?;
        let value = value.trim();
        (kind.trim().eq_ignore_ascii_case("cn") && !value.is_empty()).then(|| value.to_owned())
    };
    parts.iter().find_map(is_cn).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names() {
        assert_eq!(common_name("CN=Engineering,OU=groups,DC=example"), "Engineering");
        assert_eq!(common_name("OU=a, cn = b ,CN=c"), "b");
        assert_eq!(common_name(r"CN=Ops\, Cloud,DC=x"), "Ops, Cloud");
        assert_eq!(common_name("OU=groups"), "OU=groups");
        assert_eq!(common_name("CN=,DC=x\\"), "CN=,DC=x\\");
    }
}
