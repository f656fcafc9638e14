//! Who calls, as the server knows it and the caller may not be told.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderMap, header};
use tessera_directory::Directory;
use tessera_directory::inquiry::{Inquiry, inquire};

use crate::redact;

/// What a request presents.
enum Presented {
    Nothing,
    /// A name and its secret.
    Pair(String),
    /// A secret by itself, and how it was presented.
    Secret(String),
}

fn presented(headers: &HeaderMap) -> Presented {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let value = String::from_utf8_lossy(value.as_bytes());
        let (scheme, credential) = value.split_once(' ').unwrap_or((&value, ""));
        if scheme.eq_ignore_ascii_case("basic") {
            let pair = BASE64_STANDARD.decode(credential.trim()).unwrap_or_default();
            let pair = String::from_utf8_lossy(&pair).into_owned();
            // without a colon it is all secret
            return Presented::Pair(pair.split_once(':').map(|(name, _)| name.to_owned()).unwrap_or_default());
        }
        return Presented::Secret(credential.trim().to_owned());
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = cookies.flat_map(|text| text.split(';')).filter_map(|pair| Some(pair.split_once('=')?.1.trim()));
    values
        .find(|value| value.starts_with("tsr_"))
        .map_or(Presented::Nothing, |value| Presented::Secret(value.to_owned()))
}

async fn look(directory: &Directory, credential: &str) -> Inquiry {
    inquire(directory, credential).await.unwrap_or_else(|error| {
        tracing::error!("a credential could not be looked up: {error}");
        Inquiry::default()
    })
}

/// By what the caller is called.
pub(crate) async fn names(directory: &Directory, headers: &HeaderMap) -> Vec<String> {
    match presented(headers) {
        Presented::Nothing => Vec::new(),
        Presented::Pair(name) => Some(name).filter(|name| !name.is_empty()).into_iter().collect(),
        Presented::Secret(secret) => look(directory, &secret).await.names,
    }
}

/// Why nobody was recognized.
pub(crate) async fn verdict(directory: &Directory, headers: &HeaderMap) -> Option<String> {
    let verdict = match presented(headers) {
        Presented::Nothing => "no credential was sent".to_owned(),
        Presented::Pair(name) if name.is_empty() => "what was sent by Basic has no name in it".to_owned(),
        Presented::Pair(name) => format!("the name {:?} and its secret open nothing", redact::secrets(&name)),
        Presented::Secret(secret) => look(directory, &secret).await.verdict,
    };
    (!verdict.is_empty()).then_some(verdict)
}
