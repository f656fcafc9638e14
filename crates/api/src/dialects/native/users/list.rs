//! `GET /v1/organizations/{organization_id}/users?search=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::user::{self, Search};

use super::User;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::Call;
use crate::respond;

/// Lists the users, oldest first; with `search`, those in whose e-mail, login or name the text is.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::UsersRead).await?;
    let page = page(&call)?;
    let text = call.query("search").filter(|text| !text.is_empty()).map(std::borrow::Cow::into_owned);
    let listed = user::list(&call.directory, &organization, &Search { text, seated: false }, page).await?;
    let data: Vec<User> = listed.items.into_iter().map(User::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
