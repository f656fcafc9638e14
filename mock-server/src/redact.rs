//! Taking secrets out of what is shown: credentials in headers, members of bodies that hold one by their name, and
//! whatever has the form of one of Tessera's own secrets, wherever it stands.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue, header};
use serde_json::Value;

/// What stands where a secret was.
pub(crate) const REDACTED: &str = "[redacted]";

/// Members and parameters that hold a secret, in lower case and without `_` and `-`.
const SECRET_NAMES: &[&str] = &[
    "password",
    "currentpassword",
    "newpassword",
    "passwordcleartext",
    "clientsecret",
    "secret",
    "token",
    "accesstoken",
    "refreshtoken",
    "idtoken",
    "apikey",
    "apitoken",
    "clientassertion",
    "authorization",
];
/// Parameters that hold one besides: in JSON an error's code is none, and tells what went wrong.
const SECRET_PARAMETERS: &[&str] = &["code"];
/// Members whose texts are all secrets: Astra's credentials have them in base64.
const SECRET_OBJECTS: &[&str] = &["keystore", "credentials"];

/// A header's value as it may be shown: of a credential only its scheme.
pub(crate) fn header(name: &HeaderName, value: &HeaderValue) -> String {
    let text = String::from_utf8_lossy(value.as_bytes());
    if *name == header::AUTHORIZATION || *name == header::PROXY_AUTHORIZATION {
        return match text.split_once(' ') {
            Some((scheme, _)) => format!("{scheme} {REDACTED}"),
            None => REDACTED.to_owned(),
        };
    }
    if *name == header::COOKIE || *name == header::SET_COOKIE {
        return cookie(&text);
    }
    if is_secret(name.as_str().trim_start_matches("x-")) {
        return REDACTED.to_owned();
    }
    secrets(&text).into_owned()
}

/// Cookies keep their names, and what follows the first pair of `Set-Cookie`.
fn cookie(text: &str) -> String {
    let pairs = text.split(';').map(|pair| match pair.split_once('=') {
        Some((name, _)) if !is_attribute(name.trim()) => format!("{name}={REDACTED}"),
        _ => pair.to_owned(),
    });
    pairs.collect::<Vec<_>>().join(";")
}

fn is_attribute(name: &str) -> bool {
    ["path", "domain", "expires", "max-age", "samesite"].iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A target as it may be shown.
pub(crate) fn target(target: &str) -> String {
    match target.split_once('?') {
        Some((path, query)) => format!("{}?{}", secrets(path), pairs(query)),
        None => secrets(target).into_owned(),
    }
}

/// Pairs of a query or a form, as they were written but for the secrets.
fn pairs(text: &str) -> String {
    let pairs = text.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) || SECRET_PARAMETERS.contains(&plain(name).as_str()) => {
            format!("{name}={REDACTED}")
        }
        _ => secrets(pair).into_owned(),
    });
    pairs.collect::<Vec<_>>().join("&")
}

/// A body as it may be shown. JSON keeps its members and their order; where it was cut off, only what is certainly no
/// secret could stay, and so nothing does.
pub(crate) fn body(media_type: Option<&str>, bytes: &[u8], is_whole: bool) -> String {
    if bytes.is_empty() {
        return String::new();
    }
    let text = String::from_utf8_lossy(bytes);
    if media_type.is_some_and(|media_type| media_type.starts_with("application/x-www-form-urlencoded")) {
        return pairs(&text);
    }
    match serde_json::from_slice::<Value>(bytes) {
        Ok(mut value) => {
            // what holds no secret is shown byte for byte
            if json(&mut value, false) { value.to_string() } else { text.into_owned() }
        }
        Err(_) if text.trim_start().starts_with(['{', '[']) || !is_whole => REDACTED.to_owned(),
        Err(_) => secrets(&text).into_owned(),
    }
}

/// Takes the secrets out of a value; whether there were any.
pub(crate) fn json(value: &mut Value, all: bool) -> bool {
    match value {
        Value::String(text) if all => {
            REDACTED.clone_into(text);
            true
        }
        Value::String(text) => match secrets(text) {
            Cow::Borrowed(_) => false,
            Cow::Owned(redacted) => {
                *text = redacted;
                true
            }
        },
        Value::Array(items) => items.iter_mut().filter_map(|item| json(item, all).then_some(())).count() > 0,
        Value::Object(members) => members.iter_mut().fold(false, |found, (name, value)| {
            let is_text = matches!(value, Value::String(_) | Value::Number(_));
            if is_text && is_secret(name) {
                *value = REDACTED.into();
                return true;
            }
            // whatever was sent in a secret's place may be one
            json(value, all || is_secret(name) || is_secret_object(name)) || found
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|letter| !matches!(letter, '_' | '-')).map(|letter| letter.to_ascii_lowercase()).collect()
}

fn is_secret(name: &str) -> bool {
    let name = plain(name);
    SECRET_NAMES.contains(&name.as_str()) || name.ends_with("token") || name.ends_with("secret")
}

fn is_secret_object(name: &str) -> bool {
    SECRET_OBJECTS.contains(&plain(name).as_str())
}

/// A text without what has the form of Tessera's own secrets, `tsr_…`, or of a signed token, `eyJ….….…`.
pub(crate) fn secrets(text: &str) -> Cow<'_, str> {
    const MARKS: [&str; 2] = ["tsr_", "eyJ"];
    if !MARKS.iter().any(|mark| text.contains(mark)) {
        return text.into();
    }
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    let mut found = false;
    while let Some(at) = MARKS.iter().filter_map(|mark| rest.find(mark)).min() {
        let (before, from) = rest.split_at(at);
        let length =
            from.find(|letter: char| !(letter.is_ascii_alphanumeric() || "_-.".contains(letter))).unwrap_or(from.len());
        let (secret, after) = from.split_at(length);
        clean.push_str(before);
        // shorter ones are no secrets, but words that begin alike
        if length >= 30 {
            clean.push_str(REDACTED);
            found = true;
        } else {
            clean.push_str(secret);
        }
        rest = after;
    }
    clean.push_str(rest);
    if found { clean.into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";

    #[test]
    fn headers_keep_their_scheme_and_their_names() {
        let shown = |name: HeaderName, value: &str| header(&name, &HeaderValue::from_str(value).unwrap());
        assert_eq!(shown(header::AUTHORIZATION, "Bearer abc"), "Bearer [redacted]");
        assert_eq!(shown(header::AUTHORIZATION, "abc"), "[redacted]");
        assert_eq!(shown(header::COOKIE, "a=1; LWSSO_COOKIE_KEY=x=y"), "a=[redacted]; LWSSO_COOKIE_KEY=[redacted]");
        assert_eq!(shown(header::SET_COOKIE, "k=v; Path=/; HttpOnly"), "k=[redacted]; Path=/; HttpOnly");
        assert_eq!(shown(HeaderName::from_static("x-api-key"), "abc"), "[redacted]");
        assert_eq!(shown(header::ACCEPT, "text/html"), "text/html");
    }

    #[test]
    fn a_target_has_no_secret() {
        assert_eq!(target("/a?token=abc&b=1"), "/a?token=[redacted]&b=1");
        assert_eq!(target("/a?code=abc"), "/a?code=[redacted]");
        assert_eq!(target(&format!("/a/{KEY}/b?q={KEY}")), "/a/[redacted]/b?q=[redacted]");
        assert_eq!(target("/a?q=tsr_x"), "/a?q=tsr_x");
    }

    #[test]
    fn a_body_has_no_secret() {
        let json = |text: &str| body(Some("application/json"), text.as_bytes(), true);
        assert_eq!(json(r#"{ "email": "a@b.test" }"#), r#"{ "email": "a@b.test" }"#);
        assert_eq!(
            json(r#"{"b":1,"password":"x","keyStore":{"hash":"eA=="},"list":[{"client_secret":"y"}]}"#),
            r#"{"b":1,"password":"[redacted]","keyStore":{"hash":"[redacted]"},"list":[{"client_secret":"[redacted]"}]}"#
        );
        assert_eq!(json(r#"{"password":["x",{"y":"z"}]}"#), r#"{"password":["[redacted]",{"y":"[redacted]"}]}"#);
        assert_eq!(json(&format!(r#"{{"id":"{KEY}"}}"#)), r#"{"id":"[redacted]"}"#);
        assert_eq!(json(r#"{"error": {"code": "gone"}}"#), r#"{"error": {"code": "gone"}}"#);
        assert_eq!(json(r#"{"password":"x""#), "[redacted]");
        let form = Some("application/x-www-form-urlencoded");
        assert_eq!(
            body(form, b"grant_type=password&password=x&scope=a", true),
            "grant_type=password&password=[redacted]&scope=a"
        );
        assert_eq!(body(None, format!("say {KEY}.").as_bytes(), true), "say [redacted]");
        assert_eq!(body(None, b"plain", true), "plain");
        assert_eq!(body(None, b"cut", false), "[redacted]");
    }
}
