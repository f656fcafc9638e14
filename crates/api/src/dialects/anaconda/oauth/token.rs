//! `POST /api/auth/oauth2/token`, `POST /api/auth/oauth2/token/password` [W], `POST /api/iam/token` [E]: an access token
//! for a password or for a client's credentials (RFC 6749 §4.3, §4.4).

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use serde::Serialize;
use serde_json::json;
use tessera_directory::credential::{self, ACCESS_TOKEN_SECONDS};

use crate::dialects::anaconda::error::Error;
use crate::endpoint::{Call, Received};
use crate::respond;
use crate::verdict::{Code, Problem, Told, Written};

/// Why no token is given (RFC 6749 §5.2).
pub(in crate::dialects::anaconda) enum Failure {
    /// By the request itself: the field at fault, if it is one, and how.
    Request(&'static str, Code, &'static str),
    Grant,
    GrantType,
    /// Told as 400 where the secret came in the form: [C] cannot read a 401 whose `error` is a text.
    ClientInForm,
    ClientByBasic,
    Api(Error),
}

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Api(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        self.answer().into_response()
    }
}

/// An error as OAuth has it (RFC 6749 §5.2).
#[derive(Serialize)]
struct Refused {
    error: &'static str,
    error_description: &'static str,
}

impl Told for Failure {
    fn problems(&self) -> Vec<Problem> {
        let of_field = |field: &'static str, code, message: &'static str| {
            vec![if field.is_empty() {
                Problem::of_body(code, message)
            } else {
                Problem::of_member(&[field], code, message)
            }]
        };
        match self {
            Self::Api(error) => error.problems(),
            Self::Request(field, code, description) => of_field(field, *code, description),
            Self::GrantType => of_field("grant_type", Code::Value, GRANT_TYPES),
            Self::Grant | Self::ClientInForm => of_field("", Code::Forbidden, CLIENT),
            Self::ClientByBasic => vec![Problem::of_parameter("authorization", Code::Value, CLIENT)],
        }
    }

    fn answer(self) -> Written {
        let (status, error, error_description) = match self {
            Self::Api(error) => return error.answer(),
            Self::Request(_, _, description) => (StatusCode::BAD_REQUEST, "invalid_request", description),
            Self::Grant => (StatusCode::BAD_REQUEST, "invalid_grant", "The e-mail or the password is wrong"),
            Self::GrantType => (StatusCode::BAD_REQUEST, "unsupported_grant_type", GRANT_TYPES),
            Self::ClientInForm => (StatusCode::BAD_REQUEST, "invalid_client", CLIENT),
            Self::ClientByBasic => (StatusCode::UNAUTHORIZED, "invalid_client", CLIENT),
        };
        let answer = Written::json(status, &Refused { error, error_description }).uncached();
        if status == StatusCode::UNAUTHORIZED {
            return answer.with("www-authenticate", "Basic realm=\"tessera\"");
        }
        answer
    }
}

const GRANT_TYPES: &str = "Use password or client_credentials";
const CLIENT: &str = "The client id or the client secret is wrong";

/// An access token by either grant.
pub(in crate::dialects::anaconda) async fn create(call: Call) -> Result<Response, Failure> {
    grant(&call, None).await
}

/// An access token, by a password unless another grant is named.
pub(in crate::dialects::anaconda) async fn create_by_password(call: Call) -> Result<Response, Failure> {
    grant(&call, Some("password")).await
}

async fn grant(call: &Call, default: Option<&'static str>) -> Result<Response, Failure> {
    let (directory, grant) = (&call.directory, read(call, default)?);
    let principal = match &grant {
        Grant::Password { username, password } => {
            credential::by_password(directory, username, password, &call.network()).await?.ok_or(Failure::Grant)?
        }
        Grant::ByForm { id, secret } => {
            credential::by_client(directory, id, secret).await?.ok_or(Failure::ClientInForm)?
        }
        Grant::ByBasic { id, secret } => {
            credential::by_client(directory, id, secret).await?.ok_or(Failure::ClientByBasic)?
        }
    };
    let token = credential::access_token(directory, &principal)?;
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": ACCESS_TOKEN_SECONDS });
    Ok(respond::secret(StatusCode::OK, &body))
}

/// What a token is asked for with.
pub(in crate::dialects::anaconda) enum Grant {
    Password { username: String, password: String },
    ByForm { id: String, secret: String },
    ByBasic { id: String, secret: String },
}

/// Reads what a token is asked for with.
pub(in crate::dialects::anaconda) fn read(call: &Received, default: Option<&'static str>) -> Result<Grant, Failure> {
    let form = Form::read(call)?;
    let missing = |field, description| Failure::Request(field, Code::Missing, description);
    match form.get("grant_type").or(default) {
        Some("password") => {
            let username = form.get("username").ok_or(missing("username", "username is missing"))?.to_owned();
            let password = form.get("password").ok_or(missing("password", "password is missing"))?.to_owned();
            Ok(Grant::Password { username, password })
        }
        Some("client_credentials") => client(call, &form),
        Some(_) => Err(Failure::GrantType),
        None => Err(missing("grant_type", "grant_type is missing")),
    }
}

/// The client, by HTTP Basic or by the form, not by both (RFC 6749 §2.3).
fn client(call: &Received, form: &Form) -> Result<Grant, Failure> {
    let by_form = form.get("client_id").zip(form.get("client_secret"));
    if let Some(basic) = call.authorization("Basic") {
        if form.get("client_secret").is_some() {
            let description = "The client is authenticated twice";
            return Err(Failure::Request("client_secret", Code::Duplicate, description));
        }
        let decoded = BASE64_STANDARD.decode(basic).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (id, secret) = decoded.as_deref().and_then(|pair| pair.split_once(':')).ok_or(Failure::ClientByBasic)?;
        return Ok(Grant::ByBasic { id: id.to_owned(), secret: secret.to_owned() });
    }
    let missing = Failure::Request("client_id", Code::Missing, "client_id and client_secret are needed");
    let (id, secret) = by_form.ok_or(missing)?;
    Ok(Grant::ByForm { id: id.to_owned(), secret: secret.to_owned() })
}

/// The fields of a form. One that is empty counts as left out, and one given twice is an error (RFC 6749 §3.2).
struct Form(Vec<(String, String)>);

impl Form {
    fn read(call: &Received) -> Result<Self, Failure> {
        let body = call.body()?;
        let media_type = call.header("content-type").unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            let description = "The body is not application/x-www-form-urlencoded";
            return Err(Failure::Request("", Code::MediaType, description));
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if value.is_empty() {
                continue;
            }
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Failure::Request("", Code::Duplicate, "A field is given twice"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
