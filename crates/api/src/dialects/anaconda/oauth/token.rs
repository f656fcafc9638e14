//! `POST /api/auth/oauth2/token`, `POST /api/auth/oauth2/token/password` [W], `POST /api/iam/token` [E]: an access token
//! for a password or for a client's credentials (RFC 6749 §4.3, §4.4).

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;
use tessera_directory::credential::{self, ACCESS_TOKEN_SECONDS};

use crate::dialects::anaconda::error::Error;
use crate::endpoint::{Call, Received};
use crate::oauth::{self, Faulty, Form};
use crate::respond;
use crate::verdict::{Code, Problem, Told, Written};

/// Why no token is given (RFC 6749 §5.2).
pub(in crate::dialects::anaconda) enum Failure {
    /// By the request itself.
    Request(Faulty),
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

impl Told for Failure {
    fn problems(&self) -> Vec<Problem> {
        match self {
            Self::Api(error) => error.problems(),
            Self::Request(faulty) => vec![faulty.problem()],
            Self::GrantType => vec![Faulty("grant_type", Code::Value, GRANT_TYPES).problem()],
            Self::Grant | Self::ClientInForm => vec![Problem::of_body(Code::Forbidden, CLIENT)],
            Self::ClientByBasic => vec![Problem::of_parameter("authorization", Code::Value, CLIENT)],
        }
    }

    fn answer(self) -> Written {
        let bad = |error, description| oauth::refused(StatusCode::BAD_REQUEST, error, description);
        match self {
            Self::Api(error) => error.answer(),
            Self::Request(faulty) => faulty.render(),
            Self::Grant => bad("invalid_grant", "The e-mail or the password is wrong"),
            Self::GrantType => bad("unsupported_grant_type", GRANT_TYPES),
            Self::ClientInForm => bad("invalid_client", CLIENT),
            Self::ClientByBasic => oauth::refused(StatusCode::UNAUTHORIZED, "invalid_client", CLIENT)
                .with("www-authenticate", "Basic realm=\"tessera\""),
        }
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
            credential::by_client(directory, id, secret, &call.network()).await?.ok_or(Failure::ClientInForm)?
        }
        Grant::ByBasic { id, secret } => {
            credential::by_client(directory, id, secret, &call.network()).await?.ok_or(Failure::ClientByBasic)?
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
    let form = Form::read(call, call.body()?).map_err(Failure::Request)?;
    let field = |name, description| {
        let value = form.get(name).map(str::to_owned);
        value.ok_or(Failure::Request(Faulty::missing(name, description)))
    };
    match form.get("grant_type").or(default) {
        Some("password") => {
            let username = field("username", "username is missing")?;
            Ok(Grant::Password { username, password: field("password", "password is missing")? })
        }
        Some("client_credentials") => client(call, &form),
        Some(_) => Err(Failure::GrantType),
        None => Err(Failure::Request(Faulty::missing("grant_type", "grant_type is missing"))),
    }
}

/// The client, by HTTP Basic or by the form, not by both (RFC 6749 §2.3).
fn client(call: &Received, form: &Form) -> Result<Grant, Failure> {
    if let Some(basic) = oauth::basic(call) {
        if form.get("client_secret").is_some() {
            let description = "The client is authenticated twice";
            return Err(Failure::Request(Faulty("client_secret", Code::Duplicate, description)));
        }
        let (id, secret) = basic.ok_or(Failure::ClientByBasic)?;
        return Ok(Grant::ByBasic { id, secret });
    }
    let missing = || Failure::Request(Faulty::missing("client_id", "client_id and client_secret are needed"));
    let (id, secret) = form.get("client_id").zip(form.get("client_secret")).ok_or_else(missing)?;
    Ok(Grant::ByForm { id: id.to_owned(), secret: secret.to_owned() })
}
