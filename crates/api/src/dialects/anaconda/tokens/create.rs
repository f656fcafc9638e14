//! `POST /organizations/{org_id}/users/{user_id}/token` [S, O:`create_user_token`]

use axum::response::Response;
use http::StatusCode;
use serde_json::json;
use tessera_directory::credential::Principal;
use tessera_directory::key::{Kind, Scope};
use tessera_directory::token::{self, NewToken};
use tessera_directory::user::{self, Role};

use super::{EXPIRES_AT, take_expiry};
use crate::dialects::anaconda::auth::{Half, caller};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::{Call, Refusal};
use crate::members::{Members, Type};
use crate::respond;

/// Issues a token in place of the one before, and tells its text this once. `expires_at` is null in the answer, as in
/// [S]: not told here, which is not never. A service account issues anybody's; a Tessera key takes the scope `*` for one who is
/// more than a member, as in the native API.
pub(in crate::dialects::anaconda) async fn create(call: Call) -> Result<Response, Error> {
    let caller = caller(&call, Half::People, &[Scope::TokensWrite]).await?;
    let organization = caller.organization();
    let (user, new) = input::both(input::uuid(&call, "user_id"), read(call.body()?))?;
    if let Principal::Key(found) = &caller
        && found.0.kind == Kind::Standard
        && !found.0.has_scope(Scope::All)
        && user::find(&call.directory, organization, &user).await?.role != Role::Member
    {
        return Err(Refusal::Forbidden.into());
    }
    let (_, text) = token::issue(&call.directory, organization, &user, new).await?;
    Ok(respond::secret(StatusCode::OK, &json!({ "token": text, "expires_at": null })))
}

/// Reads the token.
pub(in crate::dialects::anaconda) fn read(body: &[u8]) -> Result<NewToken, Error> {
    let mut members = Members::parse(body)?;
    let given = take_expiry(&mut members);
    let expires_at = members.require(EXPIRES_AT, given, Type::Time);
    let mail = members.boolean("send_token_email");
    let mail = members.non_null("send_token_email", mail, Type::Boolean).unwrap_or(true);
    members.finish()?;
    Ok(NewToken { name: None, expires_at, replaces: true, mail })
}
