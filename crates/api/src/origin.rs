//! Where a call comes from, as the audit log has it.

use std::net::IpAddr;
use std::sync::Arc;

use tessera_directory::audit::Origin;

use crate::endpoint::Call;

/// In the extensions of a request: the address of the client, as far as the host knows it.
#[derive(Clone, Debug)]
pub struct Client(pub Arc<str>);

/// The id under which a client, or whoever stands in front of us, logs the request.
const REQUEST_ID: &str = "x-request-id";
/// Cloudflare's own.
const RAY: &str = "cf-ray";

/// How many characters of what a client says of itself are kept.
const MAX_ADDRESS: usize = 64;
const MAX_AGENT: usize = 256;
const MAX_REQUEST_ID: usize = 128;

/// Of a call to an operation. A request without an id is given one.
pub(crate) fn of(call: &Call, dialect: &str, operation: &str) -> Origin {
    let given = call.header(REQUEST_ID).or_else(|| call.header(RAY));
    let is_good =
        |id: &String| (1..=MAX_REQUEST_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    Origin {
        operation: format!("{dialect}.{operation}"),
        request_id: given.filter(is_good).unwrap_or_else(|| call.directory.new_id()),
        address: call.parts.extensions.get::<Client>().map(|client| bounded(&client.0, MAX_ADDRESS)),
        agent: call.header("user-agent").map(|agent| bounded(&agent, MAX_AGENT)),
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
}
