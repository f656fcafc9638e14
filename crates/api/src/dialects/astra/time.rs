//! Times on this wire: UTC, in whole seconds.

use chrono::SecondsFormat;
use tessera_directory::Timestamp;

/// Writes a time as `2022-11-20T17:23:15Z`.
pub(super) fn seconds(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
