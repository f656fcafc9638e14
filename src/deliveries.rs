//! Deliveries, after the answer that put something on record: by a queue, whose messages say to which webhook something is
//! due, and every minute for what was lost to it. What is due is in the store alone.

use tessera_directory::Directory;
use worker::{Context, Env, MessageBatch, ScheduleContext, ScheduledEvent, console_error, event};

use crate::{app, glue};

/// To how many webhooks an invocation sends at once: Workers give it six connections.
const AT_ONCE: usize = 5;

/// Puts a message into the queue, to be there in so many seconds: there is something due to a webhook, whose config has
/// this `seq`. One that is lost is made up for by the next sweep.
pub(crate) async fn enqueue(env: &Env, webhook_config: i64, seconds: u32) {
    let sent = match env.queue("DELIVERIES") {
        Ok(queue) => glue::resolve(glue::enqueue(queue.as_ref(), &webhook_config.to_string(), seconds)).await.map(drop),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = sent {
        console_error!("webhook config {webhook_config} has to wait for the sweep: the queue DELIVERIES: {error}");
    }
}

/// Sends webhooks what is due to them. The batch is not kept waiting, or a webhook that does not answer would hold up
/// the queue: `compatibility_flags` say so, and what breaks off is made up for by the sweep.
#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, context: Context) -> worker::Result<()> {
    let directory = match app(&env) {
        Ok(app) => app.directory,
        Err(reason) => {
            console_error!("not configured: {reason}");
            return Ok(());
        }
    };
    for message in batch.raw_iter() {
        match message.body().as_string().and_then(|text| text.parse().ok()) {
            Some(webhook_config) => context.wait_until(deliver(directory.clone(), env.clone(), webhook_config)),
            None => console_error!("a message of the queue names no webhook config"),
        }
    }
    Ok(())
}

/// Sends a webhook one event, and has the queue remember the next.
async fn deliver(directory: Directory, env: Env, webhook_config: i64) {
    match tessera_api::deliver_next(&directory, webhook_config).await {
        Ok(None) => {}
        Ok(Some(next)) => {
            // rounded up, for a message that came too early would be of no use
            let seconds = ((next - directory.now()).num_milliseconds() + 999) / 1000;
            enqueue(&env, webhook_config, u32::try_from(seconds).unwrap_or_default()).await;
        }
        Err(error) => console_error!("webhook config {webhook_config} could not be sent anything: {error}"),
    }
}

/// Every minute: sends what no message of the queue has seen to, and seals the audit log.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, _context: ScheduleContext) {
    match app(&env) {
        Ok(app) => {
            if let Err(error) = tessera_api::deliver_due(&app.directory, AT_ONCE).await {
                console_error!("what is due could not be delivered: {error}");
            }
            if let Err(error) = tessera_api::tidy(&app.directory).await {
                console_error!("the audit log could not be sealed: {error}");
            }
        }
        Err(reason) => console_error!("not configured: {reason}"),
    }
}
