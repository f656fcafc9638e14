//! `POST /api/auth/oauth2/token`, `POST /api/auth/oauth2/token/password` [W], `POST /api/iam/token` [E]: an access token
//! for a password or for a client's credentials (RFC 6749 §4.3, §4.4).

use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use tessera_directory::credential::{self, ACCESS_TOKEN_SECONDS};

use crate::dialects::anaconda::error::Error;
use crate::endpoint::Call;
use crate::respond;

/// Why no token is given (RFC 6749 §5.2).
pub(in crate::dialects::anaconda) enum Failure {
    Request(&'static str),
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
        let (status, code, description) = match self {
            Self::Api(error) => return error.into_response(),
            Self::Request(description) => (StatusCode::BAD_REQUEST, "invalid_request", description),
            Self::Grant => (StatusCode::BAD_REQUEST, "invalid_grant", "The e-mail or the password is wrong"),
            Self::GrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "Use password or client_credentials")
            }
            Self::ClientInForm => (StatusCode::BAD_REQUEST, "invalid_client", CLIENT),
            Self::ClientByBasic => (StatusCode::UNAUTHORIZED, "invalid_client", CLIENT),
        };
        let mut response = respond::json(status, &json!({ "error": code, "error_description": description }));
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"tessera\""));
        }
        response
    }
}

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
    let form = Form::read(call)?;
    let principal = match form.get("grant_type").or(default) {
        Some("password") => {
            let username = form.get("username").ok_or(Failure::Request("username is missing"))?;
            let password = form.get("password").ok_or(Failure::Request("password is missing"))?;
            credential::by_password(&call.directory, username, password).await?.ok_or(Failure::Grant)?
        }
        Some("client_credentials") => client(call, &form).await?,
        Some(_) => return Err(Failure::GrantType),
        None => return Err(Failure::Request("grant_type is missing")),
    };
    let token = credential::access_token(&call.directory, &principal)?;
    let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": ACCESS_TOKEN_SECONDS });
    Ok(respond::secret(StatusCode::OK, &body))
}

/// The client, by HTTP Basic or by the form, not by both (RFC 6749 §2.3).
async fn client(call: &Call, form: &Form) -> Result<credential::Principal, Failure> {
    let by_form = form.get("client_id").zip(form.get("client_secret"));
    if let Some(basic) = call.authorization("Basic") {
        if form.get("client_secret").is_some() {
            return Err(Failure::Request("The client is authenticated twice"));
        }
        let decoded = BASE64_STANDARD.decode(basic).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let (id, secret) = decoded.as_deref().and_then(|pair| pair.split_once(':')).ok_or(Failure::ClientByBasic)?;
        return credential::by_client(&call.directory, id, secret).await?.ok_or(Failure::ClientByBasic);
    }
    let (id, secret) = by_form.ok_or(Failure::Request("client_id and client_secret are needed"))?;
    credential::by_client(&call.directory, id, secret).await?.ok_or(Failure::ClientInForm)
}

/// The fields of a form. One that is empty counts as left out, and one given twice is an error (RFC 6749 §3.2).
struct Form(Vec<(String, String)>);

impl Form {
    fn read(call: &Call) -> Result<Self, Failure> {
        let body = call.body()?;
        let media_type = call.header(&header::CONTENT_TYPE).unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim();
        if !essence.is_empty() && !essence.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
            return Err(Failure::Request("The body is not application/x-www-form-urlencoded"));
        }
        let mut fields: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(body) {
            if value.is_empty() {
                continue;
            }
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(Failure::Request("A field is given twice"));
            }
            fields.push((name.into_owned(), value.into_owned()));
        }
        Ok(Self(fields))
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
