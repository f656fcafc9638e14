//! `GET /v1/audit?organization=&since=&operation=&actor=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::audit::{self, Search};

use super::{Entry, read};
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::Listed;
use crate::endpoint::Call;
use crate::respond;

/// Lists the entries of the caller's organization, oldest first; for the root key those of any, or of all.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::audit(&call).await?;
    let (search, page) = read(&call)?;
    let listed = audit::list(&call.directory, &Search { organization, ..search }, page).await?;
    let data: Vec<Entry> = listed.items.into_iter().map(Entry::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
