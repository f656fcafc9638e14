//! Requests as a text, which a fuzzer can change at any byte, and a person can read and write:
//!
//! ```text
//! k POST /organizations/00000000-0000-4000-8000-000000000001/users
//! content-type: application/json
//!
//! {"email": "ann@acme.test"}
//! %%
//! k GET /organizations/00000000-0000-4000-8000-000000000001/users
//! ```
//!
//! The first letter is the credential, which is written in the scheme of the API that is asked. What is no request is passed
//! over.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

/// What stands between two requests.
const BETWEEN: &[u8] = b"\n%%\n";
/// The most requests of one input.
const MOST: usize = 16;
/// What no URI has, and the HTTP front encodes.
const UNFIT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Who calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Credential {
    /// Whoever the headers say.
    None,
    /// The root key.
    Root,
    /// Acme's key, which opens all of Acme.
    Key,
    /// A key of Acme's that only reads users.
    Reader,
    /// Globex's key.
    Other,
    /// An access token of Acme's admin.
    Admin,
    /// An access token of a service account of Acme's.
    Service,
    /// A session of Acme's admin.
    Session,
}

impl Credential {
    /// All of them, each with its letter.
    pub const ALL: [(u8, Self); 8] = [
        (b'-', Self::None),
        (b'r', Self::Root),
        (b'k', Self::Key),
        (b'l', Self::Reader),
        (b'o', Self::Other),
        (b'a', Self::Admin),
        (b's', Self::Service),
        (b'c', Self::Session),
    ];
}

/// A request that is sent.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Who calls.
    pub credential: Credential,
    /// The method.
    pub method: Method,
    /// The path and the query.
    pub target: Uri,
    /// The headers besides the credential.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Sent {
    /// Reads the requests of an input.
    pub fn read_all(input: &[u8]) -> Vec<Self> {
        let mut rest = Some(input);
        let mut requests = Vec::new();
        while let Some(text) = rest.filter(|_| requests.len() < MOST) {
            let (one, after) = cut(text, BETWEEN);
            requests.extend(Self::read(one));
            rest = after;
        }
        requests
    }

    fn read(text: &[u8]) -> Option<Self> {
        let (head, body) = cut(text, b"\n\n");
        let mut lines = head.split(|byte| *byte == b'\n');
        let mut words = lines.next()?.splitn(3, |byte| *byte == b' ');
        let letter = words.next()?.first()?;
        let (_, credential) = Credential::ALL.into_iter().find(|(known, _)| known == letter)?;
        let method = Method::from_bytes(words.next()?).ok()?;
        let target: Uri = percent_encode(words.next()?, UNFIT).to_string().parse().ok()?;
        // as it stands in a request line
        if !target.path().starts_with('/') || target.authority().is_some() {
            return None;
        }
        let mut headers = HeaderMap::new();
        for line in lines {
            let (name, value) = cut(line, b":");
            let name = HeaderName::from_bytes(name).ok();
            let value = value.and_then(|value| HeaderValue::from_bytes(value.trim_ascii()).ok());
            // a fault that is asked for is what a fault must be, and no finding
            if let Some((name, value)) = name.zip(value).filter(|(name, _)| *name != tessera_api::fault::HEADER) {
                headers.append(name, value);
            }
        }
        Some(Self { credential, method, target, headers, body: Bytes::copy_from_slice(body.unwrap_or_default()) })
    }

    /// Writes it, so that it is read as what it is.
    pub fn write(&self) -> Vec<u8> {
        let letter =
            Credential::ALL.into_iter().find(|(_, known)| *known == self.credential).map_or(b'-', |(at, _)| at);
        let mut text = vec![letter];
        text.extend_from_slice(format!(" {} {}", self.method, self.target).as_bytes());
        for (name, value) in &self.headers {
            text.extend_from_slice(format!("\n{name}: ").as_bytes());
            text.extend_from_slice(value.as_bytes());
        }
        if !self.body.is_empty() {
            text.extend_from_slice(b"\n\n");
            text.extend_from_slice(&self.body);
        }
        text
    }

    /// A header's values, joined as a server reads them.
    pub fn header(&self, name: &HeaderName) -> Option<String> {
        let values: Vec<_> =
            self.headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// Whether the headers have a credential.
    pub fn has_authorization(&self) -> bool {
        self.headers.contains_key(header::AUTHORIZATION)
    }
}

/// Several requests as one input.
pub fn write_all(requests: &[Vec<u8>]) -> Vec<u8> {
    requests.join(BETWEEN)
}

/// What is before a separator, and what is after it, if it is there.
pub(crate) fn cut<'a>(text: &'a [u8], separator: &[u8]) -> (&'a [u8], Option<&'a [u8]>) {
    let Some(at) = text.windows(separator.len()).position(|window| window == separator) else { return (text, None) };
    let (before, rest) = text.split_at(at);
    (before, rest.get(separator.len()..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_what_it_was() {
        let text = b"k POST /users?a=%22b%22\ncontent-type: text/plain\nx: y\n\n{\n\n}\n%%\n- GET /\n%%\nnonsense\n%%\nr PUT /a b\n\n";
        let read = Sent::read_all(text);
        assert_eq!(read.len(), 3);
        assert_eq!((read[0].credential, &read[0].body[..]), (Credential::Key, &b"{\n\n}"[..]));
        assert_eq!((read[2].credential, read[2].target.path()), (Credential::Root, "/a%20b"));
        let written = write_all(&read.iter().map(Sent::write).collect::<Vec<_>>());
        let again = Sent::read_all(&written);
        assert_eq!(format!("{again:?}"), format!("{read:?}"));
    }
}
