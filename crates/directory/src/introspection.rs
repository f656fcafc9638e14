//! Introspection: whether a token that was issued here is good, whose it is and what it opens (RFC 7662). A token is what opens something
//! by itself: a key, a user's token, a session's secret, an access token. Keys are verified by what is kept of late; the others are
//! looked up each time.

use tessera_validate::secret::{self, Kind};

use crate::credential::{self, Principal};
use crate::error::Error;
use crate::key::{self, Freshness, Scope, Verification};
use crate::user::Role;
use crate::{Directory, Timestamp, session};

/// A token that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspected {
    /// Whose it is.
    pub holder: Principal,
    /// What it may do in the native API.
    pub scopes: Vec<Scope>,
    /// Whether it is presented as a bearer, as all are but a session's cookie.
    pub is_bearer: bool,
    /// When it was issued, where that is known; a key, when it was made.
    pub issued_at: Option<Timestamp>,
    /// When it ends; absent: never.
    pub expires_at: Option<Timestamp>,
}

/// Says what a token is, where it is good.
pub async fn introspect(
    directory: &Directory,
    token: &str,
    freshness: Freshness,
) -> Result<Option<Introspected>, Error> {
    match secret::parse(token) {
        Some(Kind::Key) => of_key(directory, token, freshness).await,
        Some(Kind::Token) => of_token(directory, token).await,
        Some(Kind::Session) => of_session(directory, token).await,
        // a client's secret is none without the client's id, and the root key is no organization's
        Some(Kind::ClientSecret | Kind::Root) => Ok(None),
        // one that was not signed here is refused with no look-up as well
        None => of_access_token(directory, token).await,
    }
}

async fn of_key(directory: &Directory, token: &str, freshness: Freshness) -> Result<Option<Introspected>, Error> {
    let opened = key::open(directory, token, freshness).await?;
    let Verification::Valid(found) = opened.verification else { return Ok(None) };
    if found.0.kind != key::Kind::Standard {
        return Ok(None);
    }
    Ok(Some(Introspected {
        scopes: found.0.scopes.clone(),
        is_bearer: true,
        issued_at: Some(found.0.created_at),
        expires_at: opened.until,
        holder: Principal::Key(found),
    }))
}

async fn of_token(directory: &Directory, token: &str) -> Result<Option<Introspected>, Error> {
    let bearer = credential::read_token(directory, token).await?.filter(|bearer| bearer.is_active);
    Ok(bearer.map(|bearer| Introspected {
        scopes: Vec::new(),
        is_bearer: true,
        issued_at: Some(bearer.issued_at),
        expires_at: bearer.expires_at,
        holder: Principal::User(Box::new((bearer.user, bearer.organization))),
    }))
}

async fn of_session(directory: &Directory, token: &str) -> Result<Option<Introspected>, Error> {
    let found = session::find_with_end(directory, token).await?;
    Ok(found.map(|(holder, end)| {
        let scopes = match &holder {
            Principal::Key(found) => found.0.scopes.clone(),
            Principal::User(_) => Vec::new(),
        };
        Introspected { holder, scopes, is_bearer: false, issued_at: None, expires_at: Some(end) }
    }))
}

async fn of_access_token(directory: &Directory, token: &str) -> Result<Option<Introspected>, Error> {
    let found = credential::read_access_token(directory, token).await?;
    Ok(found.map(|(holder, claims)| {
        let scopes = match &holder {
            Principal::Key(found) => found.0.scopes.clone(),
            Principal::User(found) if found.0.role == Role::Admin => vec![Scope::All],
            Principal::User(_) => Vec::new(),
        };
        Introspected {
            holder,
            scopes,
            is_bearer: true,
            issued_at: Timestamp::from_timestamp(claims.iat, 0),
            expires_at: Timestamp::from_timestamp(claims.exp, 0),
        }
    }))
}
