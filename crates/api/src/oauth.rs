//! What OAuth has every endpoint of its own do alike (RFC 6749): forms, clients by HTTP Basic, errors.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use form_urlencoded::parse;
use http::StatusCode;
use serde::Serialize;

use crate::endpoint::Received;
use crate::verdict::{Code, Problem, Written};

/// A request that lacks something, or has too much of it: the field at fault, empty for the whole of the body, and how.
pub(crate) struct Faulty(pub(crate) &'static str, pub(crate) Code, pub(crate) &'static str);

impl Faulty {
    /// A field that must be there.
    pub(crate) fn missing(field: &'static str, description: &'static str) -> Self {
        Self(field, Code::Missing, description)
    }

    /// What is at fault.
    pub(crate) fn problem(&self) -> Problem {
        let Self(field, code, description) = *self;
        if field.is_empty() {
            Problem::of_body(code, description)
        } else {
            Problem::of_member(&[field], code, description)
        }
    }

    /// The answer.
    pub(crate) fn render(&self) -> Written {
        refused(StatusCode::BAD_REQUEST, "invalid_request", self.2)
    }
}

/// An error (RFC 6749 §5.2).
#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: &'static str,
}

/// A refusal in OAuth's form.
pub(crate) fn refused(status: StatusCode, error: &'static str, error_description: &'static str) -> Written {
    Written::json(status, &Refused { error, error_description }).uncached()
}

/// The most fields that a form has. Each is compared with those before it.
const MAX_FIELDS: usize = 100;

/// The fields of a form. One that is empty counts as left out, and one given twice is an error (RFC 6749 §3.2).
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub(crate) fn read(call: &Received, body: &[u8]) -> Result<Self, Faulty> {
        let media_type = call.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Faulty("", Code::MediaType, "The body is not application/x-www-form-urlencoded"));
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in parse(body) {
            if value.is_empty() {
                continue;
            }
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Faulty("", Code::Duplicate, "A field is given twice"));
            }
            if fields.len() == MAX_FIELDS {
                return Err(Faulty("", Code::TooLarge, "The form has too many fields"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What a client presents by HTTP Basic, if anything: its id and its secret, each encoded as in a form (RFC 6749 §2.3.1); or nothing
/// that can be read.
pub(crate) fn basic(call: &Received) -> Option<Option<(String, String)>> {
    let decoded = BASE64_STANDARD.decode(call.authorization("Basic")?).ok();
    let pair = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    Some(pair.as_deref().and_then(|pair| pair.split_once(':')).map(|(id, secret)| (plain(id), plain(secret))))
}

fn plain(text: &str) -> String {
    // a text without `&` and `=` is the name of a form's one field
    let text = text.replace('&', "%26").replace('=', "%3D");
    parse(text.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_half_of_basic_is_decoded_as_in_a_form() {
        for (sent, meant) in
            [("", ""), ("tsr_a", "tsr_a"), ("tsr%5Fa%2D1", "tsr_a-1"), ("a+b%20c", "a b c"), ("a=b&c", "a=b&c")]
        {
            assert_eq!(plain(sent), meant);
        }
    }
}
