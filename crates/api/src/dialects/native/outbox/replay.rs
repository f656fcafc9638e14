//! `POST /v1/outbox/{mail_id}/replay`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::key::Scope;
use tessera_directory::mail_delivery;

use super::Mail;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::respond;

/// Has a mail that was given up sent again, under the same id; another one stays as it is.
pub(in crate::dialects::native) async fn replay(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call, Scope::OutboxWrite).await?;
    let mail = mail_delivery::replay(&call.directory, &organization, &id(&call, "mail_id")).await?;
    Ok(respond::secret(StatusCode::OK, &Mail::from(mail)))
}
