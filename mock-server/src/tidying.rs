//! What is done now and then in the background: the audit log is sealed, and what nobody needs any more is forgotten.

use std::time::Duration;

use tessera_directory::Directory;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often.
const INTERVAL: Duration = Duration::from_secs(5);
/// How many deleted organizations have an audit log still: a run of tests may make and delete any number.
const ENDED_LOGS: u32 = 100;

/// Begins.
pub(crate) fn begin(directory: Directory) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            sleep(INTERVAL).await;
            if let Err(error) = tessera_api::tidy(&directory, Some(ENDED_LOGS)).await {
                log::error!("the audit log could not be sealed: {error}");
            }
        }
    })
}
