//! `POST /organizations/{org_id}/users/{user_id}/seats` [S, O:`assign_seat`]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::seat;

use crate::dialects::anaconda::auth::{Half, authorize};
use crate::dialects::anaconda::error::Error;
use crate::dialects::anaconda::input;
use crate::endpoint::{Call, Received};
use crate::respond;

/// Gives a user a seat; a body is ignored.
pub(in crate::dialects::anaconda) async fn create(call: Call) -> Result<Response, Error> {
    let organization = authorize(&call, Half::People, Scope::SeatsWrite).await?;
    let (user, mail) = input::both(input::uuid(&call, "user_id"), wants_mail(&call))?;
    seat::assign(&call.directory, &organization, &user, mail).await?;
    Ok(respond::empty(StatusCode::CREATED))
}

/// Reads whether there is to be a mail.
pub(in crate::dialects::anaconda) fn wants_mail(call: &Received) -> Result<bool, Error> {
    input::boolean(call, "send_seat_assigned_email", true)
}
