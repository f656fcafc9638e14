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
    attributes(name.as_bytes())
        .iter()
        .find_map(|attribute| common_name_of(attribute))
        .unwrap_or_else(|| name.to_owned())
}

/// The attributes of a distinguished name, as they stand: between commas, or in one place between pluses.
fn attributes(name: &[u8]) -> Vec<&[u8]> {
    let mut is_escaped = false;
    name.split(|byte| {
        let is_end = !is_escaped && matches!(byte, b',' | b'+');
        is_escaped = !is_escaped && *byte == b'\\';
        is_end
    })
    .collect()
}

/// The value of an attribute, if it is a `CN`: a backslash stands before a character, or before the two digits of a byte.
fn common_name_of(attribute: &[u8]) -> Option<String> {
    let at = attribute.iter().position(|byte| *byte == b'=')?;
    let (kind, value) = (attribute.get(..at)?, attribute.get(at + 1..)?.trim_ascii_start());
    // blanks at the end are none of it, unless they are escaped
    let (mut text, mut end, mut rest) = (Vec::with_capacity(value.len()), 0, value);
    while let [first, others @ ..] = rest {
        let digit = |digit: &u8| char::from(*digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        let (byte, after) = match (first, others) {
            (b'\\', [high, low, after @ ..]) if digit(high).is_some() && digit(low).is_some() => {
                ((digit(high)? << 4) | digit(low)?, after)
            }
            (b'\\', [byte, after @ ..]) => (*byte, after),
            _ => (*first, others),
        };
        text.push(byte);
        if *first == b'\\' || !byte.is_ascii_whitespace() {
            end = text.len();
        }
        rest = after;
    }
    text.truncate(end);
    let text = String::from_utf8(text).ok().filter(|text| !text.is_empty() && !text.contains('\0'))?;
    kind.trim_ascii().eq_ignore_ascii_case(b"cn").then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_names() {
        assert_eq!(common_name("CN=Engineering,OU=groups,DC=example"), "Engineering");
        assert_eq!(common_name("OU=a, cn = b ,CN=c"), "b");
        assert_eq!(common_name(r"CN=Ops\, Cloud,DC=x"), "Ops, Cloud");
        assert_eq!(common_name(r"CN=Ops\2C Cloud,DC=x"), "Ops, Cloud");
        assert_eq!(common_name(r"CN=Jos\C3\A9,DC=x"), "José");
        assert_eq!(common_name("OU=b+CN=a,DC=x"), "a");
        assert_eq!(common_name("CN=Größe,DC=x"), "Größe");
        assert_eq!(common_name(r"CN=a\ ,DC=x"), "a ");
        assert_eq!(common_name(r"CN= a b\20 ,DC=x"), "a b ");
        assert_eq!(common_name(r"CN=a\00b,DC=x"), r"CN=a\00b,DC=x");
        assert_eq!(common_name(r"CN=\FF,DC=x"), r"CN=\FF,DC=x");
        assert_eq!(common_name("OU=groups"), "OU=groups");
        assert_eq!(common_name("CN=,DC=x\\"), "CN=,DC=x\\");
    }
}
