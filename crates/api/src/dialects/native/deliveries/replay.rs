//! `POST /v1/deliveries/{delivery_id}/replay`

use axum::response::Response;
use http::StatusCode;
use tessera_directory::delivery;
use tessera_directory::key::Scope;

use super::Delivery;
use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::id;
use crate::endpoint::Call;
use crate::{Enqueued, respond};

/// Has an event that was given up sent again, under the same id; another one stays as it is.
pub(in crate::dialects::native) async fn replay(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call, Scope::OutboxWrite).await?;
    let delivery = delivery::replay(&call.directory, &organization, &id(&call, "delivery_id")).await?;
    let enqueued = Enqueued { webhook_config: delivery.webhook_config };
    let mut answer = respond::json(StatusCode::OK, &Delivery::from(delivery));
    answer.extensions_mut().insert(enqueued);
    Ok(answer)
}
