//! Webhook configs: where events are sent.

use std::net::{IpAddr, Ipv6Addr};

use http::Uri;
use serde::Serialize;
use tessera_directory::storage_config::State;
use tessera_directory::webhook_config::WebhookConfig;

use super::input::{self, date};
use crate::members::{Given, Members};

pub(super) mod create;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod test;
pub(super) mod update;

pub(super) const URL: &str = "/configs/webhook";
const MAX_URL: usize = 2048;

/// A webhook config at its own path. The secret is always told [S, D].
#[derive(Serialize)]
struct WebhookConfigView {
    id: i64,
    resource: &'static str,
    organisation: i64,
    url: String,
    secret: String,
    state: &'static str,
    date_created: String,
}

/// A webhook config inside an organisation.
#[derive(Serialize)]
pub(super) struct NestedWebhookConfig {
    id: i64,
    resource: &'static str,
    url: String,
    secret: String,
    state: &'static str,
    date_created: String,
}

fn view(organisation: i64, config: WebhookConfig) -> WebhookConfigView {
    WebhookConfigView {
        id: config.seq,
        resource: "webhook_config",
        organisation,
        url: config.url,
        secret: config.secret,
        state: config.state.as_str(),
        date_created: date(config.created_at),
    }
}

impl From<WebhookConfig> for NestedWebhookConfig {
    fn from(config: WebhookConfig) -> Self {
        Self {
            id: config.seq,
            resource: "webhook_config",
            url: config.url,
            secret: config.secret,
            state: config.state.as_str(),
            date_created: date(config.created_at),
        }
    }
}

/// A config as it is told when it is gone.
fn gone(organisation: i64, mut config: WebhookConfig) -> WebhookConfigView {
    config.state = State::Deactivated;
    view(organisation, config)
}

/// Takes the URL: absolute `https`, or in development `http` to this very machine; no user and no fragment [T].
fn take_url(members: &mut Members, is_development: bool) -> Given<String> {
    const NAME: &str = "url";
    let url = members.text(NAME);
    if let Given::Value(text) = &url
        && !is_webhook(text, is_development)
    {
        input::note(members, NAME, "This should be an absolute https URL, with neither a user nor a fragment.");
    }
    url
}

fn is_webhook(url: &str, is_development: bool) -> bool {
    let is_fair = |byte: u8| {
        byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}')
    };
    let Some(uri) = Some(url).filter(|url| url.len() <= MAX_URL && url.bytes().all(is_fair)) else { return false };
    let Ok(uri) = uri.parse::<Uri>() else { return false };
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return false };
    let (host, port) = (authority.host(), authority.as_str().strip_prefix(authority.host()).unwrap_or_default());
    // RFC 3986 has a port of no digits, too; one that nothing listens on is found out by the test
    let is_port = matches!(port, "" | ":") || authority.port_u16().is_some();
    let is_host = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']').is_some_and(|address| address.parse::<Ipv6Addr>().is_ok()),
        None => {
            !host.starts_with('.')
                && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_'))
                && !host.contains("..")
        }
    };
    !authority.as_str().contains('@')
        && !host.is_empty()
        && is_host
        && is_port
        && (scheme == "https" || (scheme == "http" && is_development && is_loopback(host)))
}

fn is_loopback(host: &str) -> bool {
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        for good in [
            "https://hooks.acme.test/webhooks",
            "https://acme.test",
            "HTTPS://acme.test:8443/a/?b=c&d=%20",
            "https://[2606:4700::1111]/x",
            "https://acme.test:0/",
            "https://acme.test:/",
        ] {
            assert!(is_webhook(good, false), "{good}");
        }
        for bad in [
            "",
            "/webhooks",
            "acme.test",
            "https:acme.test",
            "https://",
            "https:///x",
            "http://acme.test/",
            "http://localhost/",
            "ftp://acme.test/",
            "https://a:b@acme.test/",
            "https://@acme.test/",
            "https://acme.test/#x",
            "https://acme.test/a b",
            "https://acme.test:99999/",
            "https://.acme.test/",
            "https://acme.test\\@evil.test/",
            "https://ac%6de.test/",
            " https://acme.test/",
            "https://[]/",
            "https://[zzz]/",
            "https://[1.2.3.4]/x",
            "https://acmé.test/",
        ] {
            assert!(!is_webhook(bad, false), "{bad}");
        }
        for local in ["http://localhost:8080/x", "http://127.0.0.9/", "http://[::1]:1/"] {
            assert!(is_webhook(local, true) && !is_webhook(local, false), "{local}");
        }
        for other in ["http://acme.test/", "http://10.0.0.1/", "http://[localhost]/", "http://[127.0.0.1]/"] {
            assert!(!is_webhook(other, true), "{other}");
        }
    }
}
