//! `GET /v1/caller`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;

use crate::dialects::native::auth::{self, Caller};
use crate::dialects::native::error::Error;
use crate::dialects::native::organizations::Named;
use crate::endpoint::Call;
use crate::respond;

#[derive(Serialize)]
struct Described {
    kind: &'static str,
    id: Option<String>,
    name: Option<String>,
    scopes: Vec<&'static str>,
    organization: Option<Named>,
}

/// Tells whoever has a credential whose it is and what it opens, which takes no scope.
pub(in crate::dialects::native) async fn get(call: Call) -> Result<Response, Error> {
    let all = vec![Scope::All.as_str()];
    let described = match auth::authenticate(&call).await? {
        Caller::Root => Described { kind: "root", id: None, name: None, scopes: all, organization: None },
        Caller::Key(found) => {
            let (key, organization) = *found;
            let scopes = key.scopes.into_iter().map(Scope::as_str).collect();
            Described {
                kind: "key",
                id: Some(key.id),
                name: Some(key.name),
                scopes,
                organization: Some(organization.into()),
            }
        }
        Caller::Admin(found) => {
            let (user, organization) = *found;
            Described {
                kind: "admin",
                id: Some(user.id),
                name: Some(user.email.unwrap_or(user.login)),
                scopes: all,
                organization: Some(organization.into()),
            }
        }
    };
    Ok(respond::json(StatusCode::OK, &described))
}
