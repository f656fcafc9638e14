//! `POST /oauth2/introspect` (RFC 7662)

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use tessera_directory::credential::{self, Principal};
use tessera_directory::introspection::{Introspected, introspect as look};
use tessera_directory::key::Scope;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::keys::freshness;
use crate::endpoint::{Call, Received, Refusal};
use crate::oauth::{self, Faulty, Form};
use crate::respond;
use crate::verdict::{Problem, Told, Written};

/// What a token is (RFC 7662 §2.2). Of one that is not good, or not the caller's to know of, it says that alone.
#[derive(Default, Serialize)]
struct Introspection {
    active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    username: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    token_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iat: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    organization_id: Option<String>,
}

/// Tells whether a token is good, whose it is and what it opens. To a caller of an organization, a token of another is not.
pub(in crate::dialects::native) async fn introspect(call: Call) -> Result<Response, Failure> {
    let own = caller(&call).await?;
    let token = read(&call)?;
    let found = look(&call.directory, &token, freshness(&call)).await?;
    let found = found.filter(|found| own.is_none_or(|own| own == found.holder.organization().id));
    let introspection = found.map(|found| told(found, call.origin())).unwrap_or_default();
    Ok(respond::secret(StatusCode::OK, &introspection))
}

fn told(found: Introspected, issuer: String) -> Introspection {
    let scope = found.scopes.into_iter().map(Scope::as_str).collect::<Vec<_>>().join(" ");
    let organization = found.holder.organization().id.clone();
    let (sub, username, client_id) = match found.holder {
        Principal::Key(found) => (found.0.id, None, found.0.client_id),
        Principal::User(found) => (found.0.id, Some(found.0.login), None),
    };
    Introspection {
        active: true,
        scope: Some(scope).filter(|scope| !scope.is_empty()),
        client_id,
        username,
        token_type: found.is_bearer.then_some("Bearer"),
        exp: found.expires_at.map(|end| end.timestamp()),
        iat: found.issued_at.map(|at| at.timestamp()),
        sub: Some(sub),
        iss: Some(issuer),
        organization_id: Some(organization),
    }
}

/// Reads the token. What kind it is said to be is not needed, for it says so itself.
pub(in crate::dialects::native) fn read(call: &Received) -> Result<String, Failure> {
    let form = Form::read(call, call.body()?).map_err(Failure::Request)?;
    let token = form.get("token").map(str::to_owned);
    token.ok_or(Failure::Request(Faulty::missing("token", "token is missing")))
}

/// The organization of a caller who may ask; the root key has none. A service account comes by HTTP Basic as the client that it is,
/// and needs no scope; whoever else comes as to the other calls.
async fn caller(call: &Call) -> Result<Option<String>, Failure> {
    if let Some(basic) = oauth::basic(call) {
        let (id, secret) = basic.ok_or(Failure::Client)?;
        let client =
            credential::by_client(&call.directory, &id, &secret, &call.network()).await?.ok_or(Failure::Client)?;
        return Ok(Some(client.organization().id.clone()));
    }
    // whether blanks at a header's end are there hangs on the host
    if call.authorization("Bearer").is_none_or(|bearer| bearer.is_empty()) {
        return Err(Failure::Nobody);
    }
    match auth::authenticate(call).await {
        Ok(caller) if caller.may(Scope::KeysRead) => Ok(caller.organization().map(|own| own.id.clone())),
        Ok(_) | Err(Error::Refused(Refusal::Forbidden)) => Err(Failure::Scope),
        Err(Error::Refused(Refusal::Unauthenticated)) => Err(Failure::Token),
        Err(error) => Err(Failure::Api(error)),
    }
}

/// Why nothing is told, as RFC 7662 §2.3 has it: a client's refusal is OAuth's, a bearer's that of RFC 6750, each a 401.
pub(in crate::dialects::native) enum Failure {
    Request(Faulty),
    Nobody,
    Client,
    Token,
    Scope,
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
            // who calls is not asked by a verdict
            Self::Nobody | Self::Client | Self::Token | Self::Scope => Vec::new(),
        }
    }

    fn answer(self) -> Written {
        const BASIC: &str = "Basic realm=\"tessera\"";
        let (error, description, challenge) = match self {
            Self::Api(error) => return error.answer(),
            Self::Request(faulty) => return faulty.render(),
            Self::Nobody => {
                let both = "Bearer realm=\"tessera\", Basic realm=\"tessera\"";
                ("invalid_client", "Send a key as a bearer, or a service account's id and secret by Basic", both)
            }
            Self::Client => ("invalid_client", "The client id or the client secret is wrong", BASIC),
            Self::Token => {
                let bearer = "Bearer realm=\"tessera\", error=\"invalid_token\"";
                ("invalid_token", "The credential is unknown, ended or revoked", bearer)
            }
            Self::Scope => {
                let bearer = "Bearer realm=\"tessera\", error=\"insufficient_scope\", scope=\"keys:read\"";
                ("insufficient_scope", "The credential lacks the scope keys:read", bearer)
            }
        };
        oauth::refused(StatusCode::UNAUTHORIZED, error, description).with("www-authenticate", challenge)
    }
}
