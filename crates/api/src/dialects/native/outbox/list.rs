//! `GET /v1/outbox?state=&order=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::outbox::{self, State};
use tessera_directory::page::{Order, Page};

use super::Mail;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::{Call, Received};
use crate::respond;

/// Lists the mail of the caller's organization, oldest first or with `order=newest` newest first, with all that its
/// receivers are told.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call, Scope::OutboxRead).await?;
    let (state, order, page) = read(&call)?;
    let listed = outbox::list(&call.directory, &organization, state, order, page).await?;
    let data: Vec<Mail> = listed.items.into_iter().map(Mail::from).collect();
    Ok(respond::secret(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}

pub(in crate::dialects::native) fn read(call: &Received) -> Result<(Option<State>, Order, Page), Error> {
    let wrong = Error::Parameter("state", "should be pending, sending, failed, sent or dead");
    let state = call.query("state").map(|word| State::parse(&word).ok_or(wrong)).transpose()?;
    let order = match call.query("order").as_deref() {
        None => Order::Oldest,
        Some(word) => Order::parse(word).ok_or(Error::Parameter("order", "should be oldest or newest"))?,
    };
    Ok((state, order, page(call)?))
}
