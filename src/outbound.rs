//! The way out at the edge: `fetch`, which follows no redirect here. What a name leads to is workerd's to look up, and in
//! production it reaches no private network; an address that is written out is refused here as it is natively.

use std::time::Duration;

use async_trait::async_trait;
use tessera_directory::ports::{Message, Outbound, OutboundError, is_private};

use crate::glue;

/// The network, as `fetch` reaches it.
pub(crate) struct Network {
    pub(crate) is_development: bool,
}

#[async_trait]
impl Outbound for Network {
    fn is_development(&self) -> bool {
        self.is_development
    }

    async fn post(&self, message: Message, timeout: Duration) -> Result<u16, OutboundError> {
        let host = glue::host(&message.url);
        if !self.is_development && is_home(&host) {
            return Err(OutboundError::Private);
        }
        let headers =
            serde_json::to_string(&message.headers).map_err(|error| OutboundError::Failed(error.to_string()))?;
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let sent = glue::resolve(glue::post(&message.url, &headers, &message.body, milliseconds)).await;
        // nought stands for no answer in time
        match sent.map_err(OutboundError::Failed)?.as_f64() {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a status is 200 to 599")]
            Some(status) if status > 0.0 => Ok(status as u16),
            _ => Err(OutboundError::TimedOut),
        }
    }
}

/// Whether a host, as URLs write it, is this machine or an address of a private network. An empty one is no host.
fn is_home(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.is_empty() || name == "localhost" || name.ends_with(".localhost") || address.parse().is_ok_and(is_private)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for home in ["", "localhost", "a.localhost.", "127.0.0.1", "10.0.0.1", "[::1]", "[fe80::1]"] {
            assert!(is_home(home), "{home}");
        }
        for away in ["acme.test", "8.8.8.8", "[2606:4700::1111]"] {
            assert!(!is_home(away), "{away}");
        }
    }
}
