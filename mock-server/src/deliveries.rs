//! Deliveries, in the background: after a request that put something on record, and now and then for what is to be sent
//! again.

use std::sync::Arc;
use std::time::Duration;

use tessera_directory::Directory;
use tessera_directory::delivery::{self, Claimed};
use tessera_directory::mail_delivery;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// How often to look for what is to be sent again.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many webhooks are sent something side by side.
const AT_ONCE: usize = 32;
/// To how many organizations mail is sent side by side, each over a connection of its own.
const MAIL_AT_ONCE: usize = 8;

/// Begins to deliver, and looks for what is due whenever it is woken.
pub(crate) fn begin(directory: Directory, wake: &Arc<Notify>) -> JoinHandle<()> {
    tokio::spawn(deliver(directory, Arc::clone(wake)))
}

async fn deliver(directory: Directory, wake: Arc<Notify>) {
    let (mut sending, mut mailing) = (JoinSet::new(), JoinSet::new());
    loop {
        match delivery::claim_due(&directory, AT_ONCE.saturating_sub(sending.len())).await {
            Ok(claimed) => {
                for one in claimed {
                    sending.spawn(send(directory.clone(), one));
                }
            }
            Err(error) => tracing::error!("what is due could not be read: {error}"),
        }
        match mail_delivery::due(&directory, MAIL_AT_ONCE.saturating_sub(mailing.len())).await {
            Ok(due) => {
                for organization in due {
                    mailing.spawn(mail(directory.clone(), organization));
                }
            }
            Err(error) => tracing::error!("what mail is due could not be read: {error}"),
        }
        // whatever ends the wait, there may be something by now
        tokio::select! {
            Some(_) = sending.join_next() => {}
            Some(_) = mailing.join_next() => {}
            () = wake.notified() => {}
            () = sleep(INTERVAL) => {}
        }
    }
}

async fn send(directory: Directory, claimed: Claimed) {
    if let Err(error) = tessera_api::send(&directory, &claimed).await {
        tracing::error!("how an event was delivered could not be kept: {error}");
    }
}

/// Sends all mail that is due to be sent of an organization. Where somebody is at it already, this does nothing.
async fn mail(directory: Directory, organization: i64) {
    if let Err(error) = mail_delivery::run_next(&directory, organization, usize::MAX).await {
        tracing::error!("how a mail was sent could not be kept: {error}");
    }
}
