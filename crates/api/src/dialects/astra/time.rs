//! Times on this wire: UTC, in whole seconds.

use tessera_directory::Timestamp;

/// Writes a time as `2022-11-20T17:23:15Z`.
pub(super) fn seconds(time: Timestamp) -> String {
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
