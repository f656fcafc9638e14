//! Where a call comes from, as the audit log has it.

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

fn bounded(text: &str, limit: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(limit).collect()
}
