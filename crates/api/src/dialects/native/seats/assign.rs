//! `PUT /v1/organizations/{organization_id}/users/{user_id}/seat`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::error::{Conflict, Error as Domain};
use tessera_directory::key::Scope;
use tessera_directory::seat;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Gives a user a seat: 201, or 204 where the user holds one already. No mail is sent.
pub(in crate::dialects::native) async fn assign(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::SeatsWrite).await?;
    call.body()?;
    match seat::assign(&call.directory, &organization, &id(&call, "user_id"), false).await {
        Ok(()) => Ok(respond::empty(StatusCode::CREATED)),
        Err(Domain::Conflict(Conflict::SeatHeld)) => Ok(respond::empty(StatusCode::NO_CONTENT)),
        Err(error) => Err(error.into()),
    }
}
