//! Deliveries, after the answer that put something on record: by a queue, whose messages say to whom something is due, and
//! every minute for what was lost to it. What is due is in the store alone.

use tessera_directory::{Directory, mail_delivery};
use worker::{Context, Env, MessageBatch, ScheduleContext, ScheduledEvent, event};

use crate::{app, glue};

/// To how many webhooks, or organizations by mail, an invocation sends at once: Workers give it six connections.
const AT_ONCE: usize = 5;
/// How many mails of an organization are sent before it goes back into the queue.
const MAILS: usize = 20;

/// To whom there is something due: what a message of the queue says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// To a webhook, whose config has this `seq`.
    Webhook(i64),
    /// By mail, of the organization of this number.
    Mail(i64),
}

impl Due {
    fn written(self) -> String {
        match self {
            Self::Webhook(seq) => seq.to_string(),
            Self::Mail(organization) => format!("mail {organization}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.strip_prefix("mail ") {
            Some(organization) => organization.parse().ok().map(Self::Mail),
            None => text.parse().ok().map(Self::Webhook),
        }
    }

    /// Puts a message into the queue, to be there in so many seconds. One that is lost is made up for by the next sweep.
    pub(crate) async fn enqueue(self, env: &Env, seconds: u32) {
        let sent = match env.queue("DELIVERIES") {
            Ok(queue) => glue::resolve(glue::enqueue(queue.as_ref(), &self.written(), seconds)).await.map(drop),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = sent {
            log::error!("{self:?} has to wait for the sweep: the queue DELIVERIES: {error}");
        }
    }
}

/// Sends what is due. The batch is not kept waiting, or a webhook that does not answer would hold up the queue:
/// `compatibility_flags` say so, and what breaks off is made up for by the sweep.
#[event(queue)]
async fn queue(batch: MessageBatch<()>, env: Env, context: Context) -> worker::Result<()> {
    let directory = match app(&env) {
        Ok(app) => app.directory,
        Err(reason) => {
            log::error!("not configured: {reason}");
            return Ok(());
        }
    };
    for message in batch.raw_iter() {
        match message.body().as_string().and_then(|text| Due::read(&text)) {
            Some(due) => context.wait_until(deliver(directory.clone(), env.clone(), due)),
            None => log::error!("a message of the queue says nothing that is known here"),
        }
    }
    Ok(())
}

/// Sends a webhook one event, or an organization some mails, and has the queue remember the next.
async fn deliver(directory: Directory, env: Env, due: Due) {
    let sent = match due {
        Due::Webhook(seq) => tessera_api::deliver_next(&directory, seq).await,
        Due::Mail(organization) => mail_delivery::run_next(&directory, organization, MAILS).await,
    };
    match sent {
        Ok(None) => {}
        Ok(Some(next)) => {
            // rounded up, for a message that came too early would be of no use
            let seconds = ((next - directory.now()).num_milliseconds() + 999) / 1000;
            due.enqueue(&env, u32::try_from(seconds).unwrap_or_default()).await;
        }
        Err(error) => log::error!("{due:?} could not be sent: {error}"),
    }
}

/// Every minute: sends what no message of the queue has seen to, removes what is over, and seals the audit log.
#[event(scheduled)]
async fn scheduled(_event: ScheduledEvent, env: Env, context: ScheduleContext) {
    match app(&env) {
        Ok(app) => {
            match mail_delivery::due(&app.directory, AT_ONCE).await {
                Ok(due) => {
                    for organization in due {
                        context.wait_until(deliver(app.directory.clone(), env.clone(), Due::Mail(organization)));
                    }
                }
                Err(error) => log::error!("what mail is due could not be read: {error}"),
            }
            if let Err(error) = tessera_api::deliver_due(&app.directory, AT_ONCE).await {
                log::error!("what is due could not be delivered: {error}");
            }
            if let Err(error) = tessera_api::tidy(&app.directory).await {
                log::error!("the store could not be tidied: {error}");
            }
        }
        Err(reason) => log::error!("not configured: {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages() {
        for due in [Due::Webhook(17), Due::Mail(1000)] {
            assert_eq!(Due::read(&due.written()), Some(due));
        }
        for nonsense in ["", "mail", "mail x", "post 1"] {
            assert_eq!(Due::read(nonsense), None, "{nonsense}");
        }
    }
}
