//! `POST /configs/webhook/{id}/test` [D, C]

use axum::response::Response;
use http::StatusCode;
use tessera_directory::{delivery, task, webhook_config};

use crate::dialects::ricloud::auth::Caller;
use crate::dialects::ricloud::error::Error;
use crate::dialects::ricloud::{configs, events, input, tasks};
use crate::endpoint::Call;
use crate::respond;

/// Has a webhook config tested, which turns it on. Who says so waits for the task's end.
pub(in crate::dialects::ricloud) async fn test(call: Call, caller: Caller) -> Result<Response, Error> {
    input::object(&call)?;
    let (id, organization) = (input::id(&call)?, &caller.organization);
    let config = webhook_config::find(&call.directory, organization, id).await?.ok_or(Error::NotFound)?;
    let begun = webhook_config::test_again(&call.directory, organization, caller.key.seq, &config).await?;
    let (mut task, test) = begun.ok_or(Error::NotFound)?;
    if let Some(patience) = configs::wait(&call) {
        // the test is on record whatever becomes of this, and a client that is told 500 would ask for another
        let sent = delivery::run_one(&call.directory, &test.event, patience, events::message::write).await;
        match (sent, task::find(&call.directory, organization, task.seq).await) {
            (Ok(()), Ok(Some(now))) => task = now,
            (Err(error), _) | (_, Err(error)) => log::error!("ricloud, a webhook could not be tested at once: {error}"),
            (Ok(()), Ok(None)) => {}
        }
    }
    let answer = respond::json(StatusCode::CREATED, &tasks::view(organization.number, &task));
    Ok(events::enqueued(answer, config.seq))
}
