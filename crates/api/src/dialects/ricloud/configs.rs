//! What both kinds of config have in common.

use std::time::Duration;

use crate::endpoint::Call;

/// The states that an owner may set: `new` turns a config on and tests it, `deactivated` turns it off [D].
pub(super) const SETTABLE: &[&str] = &["new", "deactivated"];
const MAX_WAIT: u64 = 10;

/// Whether a state that was set turns the config on or off.
pub(super) fn is_active(state: Option<String>) -> Option<bool> {
    state.map(|state| state == "new")
}

/// How long the caller waits for a task: `Ricloud-Await: <seconds>`, at most 10; 0 and nonsense are none [D, C].
pub(super) fn wait(call: &Call) -> Option<Duration> {
    let header = call.header("ricloud-await")?;
    // digits that are too many for an integer are above 10 as well
    let text = header.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) => MAX_WAIT,
        Err(_) => return None,
    };
    (seconds > 0).then(|| Duration::from_secs(seconds.min(MAX_WAIT)))
}
