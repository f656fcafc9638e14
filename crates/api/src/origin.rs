//! Where a call comes from, as the audit log has it.

use std::net::IpAddr;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};
use tessera_directory::audit::Origin;

use crate::endpoint::Call;
use crate::watch;

/// In the extensions of a request: the address of the client, as far as the host knows it.
#[derive(Clone, Debug)]
pub struct Client(pub Arc<str>);

/// In the extensions of a request: the id that the host gave it. One that has none is called as its headers say.
#[derive(Clone, Debug)]
pub struct RequestId(pub Arc<str>);

/// The id under which a client, or whoever stands in front of us, logs the request; and Cloudflare's own.
const REQUEST_IDS: [HeaderName; 2] = [HeaderName::from_static("x-request-id"), HeaderName::from_static("cf-ray")];

/// How many characters of what a client says of itself are kept.
const MAX_ADDRESS: usize = 64;
const MAX_AGENT: usize = 256;
const MAX_REQUEST_ID: usize = 128;

impl RequestId {
    /// The id that the headers give a request, if one can be had: it goes into logs, where no e-mail address and no secret is.
    pub fn given(headers: &HeaderMap) -> Option<Self> {
        let mut given = headers.get_all(REQUEST_IDS.iter().find(|name| headers.contains_key(*name))?).iter();
        let (Some(id), None) = (given.next()?.to_str().ok(), given.next()) else { return None };
        let is_plain = id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:=/+".contains(&byte));
        let is_fit = is_plain && (1..=MAX_REQUEST_ID).contains(&id.len());
        (is_fit && !has_secret(id)).then(|| Self(id.into()))
    }
}

/// Whether a text looks as if a secret of ours were in it.
fn has_secret(text: &str) -> bool {
    ["tsr_", "eyJ"].iter().any(|mark| text.contains(mark))
}

/// Of a call to an operation. A request without an id is given one.
pub(crate) fn of(call: &Call, dialect: &str, operation: &str) -> Origin {
    let given = call.parts.extensions.get::<RequestId>().cloned().or_else(|| RequestId::given(&call.parts.headers));
    let request_id = given.map_or_else(|| call.directory.new_id(), |RequestId(id)| (*id).to_owned());
    watch::identified(&request_id);
    Origin {
        operation: format!("{dialect}.{operation}"),
        request_id,
        address: call.parts.extensions.get::<Client>().map(|client| bounded(&client.0, MAX_ADDRESS)),
        agent: call.header("user-agent").filter(|agent| !has_secret(agent)).map(|agent| bounded(&agent, MAX_AGENT)),
    }
}

/// What an address is limited by: itself, or of IPv6 its first 64 bits, which are all one client's. In hexadecimal digits, which
/// take less to write than an address does.
pub(crate) fn network(address: &str) -> String {
    match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
        Ok(IpAddr::V6(address)) => format!("{:x}/64", address.to_bits() >> 64),
        Ok(IpAddr::V4(address)) => format!("{:x}", address.to_bits()),
        Err(_) => bounded(address, MAX_ADDRESS),
    }
}

fn bounded(text: &str, limit: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(limit).collect()
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_client_has_an_address_or_a_network() {
        for (address, expected) in [
            ("192.0.2.1", "c0000201"),
            ("::ffff:192.0.2.1", "c0000201"),
            ("2001:db8:1:2:3:4:5:6", "20010db800010002/64"),
            ("2001:db8:1:2::7", "20010db800010002/64"),
            ("::1", "0/64"),
            ("somewhere", "somewhere"),
        ] {
            assert_eq!(network(address), expected);
        }
    }

    #[test]
    fn an_id_is_taken_that_may_stand_in_a_log() {
        let given = |name: &'static str, values: &[&str]| {
            let headers =
                values.iter().map(|value| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()));
            RequestId::given(&headers.collect()).map(|id| (*id.0).to_owned())
        };
        for good in ["7d0fa11b2c-LHR", "Root=1-67891233-abcdef012345", "a_b.c:d/e+f"] {
            assert_eq!(given("x-request-id", &[good]).as_deref(), Some(good));
            assert_eq!(given("cf-ray", &[good]).as_deref(), Some(good));
        }
        let long = "a".repeat(129);
        for bad in ["", "a b", "ada@acme.test", "tsr_key_x", "eyJhbGciOiJIUzI1NiJ9.e30.x", long.as_str()] {
            assert_eq!(given("x-request-id", &[bad]), None, "{bad}");
        }
        assert_eq!(given("x-request-id", &["a", "b"]), None);
    }
}
