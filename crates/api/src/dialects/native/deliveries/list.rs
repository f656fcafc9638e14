//! `GET /v1/deliveries?state=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::delivery;
use tessera_directory::event::State;
use tessera_directory::key::Scope;
use tessera_directory::page::Page;

use super::Delivery;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::{Call, Received};
use crate::respond;

/// Lists the deliveries of the caller's organization, oldest first.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call, Scope::OutboxRead).await?;
    let (state, page) = read(&call)?;
    let listed = delivery::list(&call.directory, &organization, state, page).await?;
    let data: Vec<Delivery> = listed.items.into_iter().map(Delivery::from).collect();
    Ok(respond::json(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}

pub(in crate::dialects::native) fn read(call: &Received) -> Result<(Option<State>, Page), Error> {
    let wrong = Error::Parameter("state", "should be pending, delivered or failed");
    let state = call.query("state").map(|word| State::parse(&word).ok_or(wrong)).transpose()?;
    Ok((state, page(call)?))
}
