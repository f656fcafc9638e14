//! `GET /v1/deliveries?limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::delivery;

use super::Delivery;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::Call;
use crate::respond;

/// Lists the deliveries of the caller's organization, oldest first.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call).await?;
    let listed = delivery::list(&call.directory, &organization, page(&call)?).await?;
    let data: Vec<Delivery> = listed.items.into_iter().map(Delivery::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}
