//! What is done now and then in the background: what is over is removed, and the audit log is sealed.

use std::time::Duration;

use tessera_directory::Directory;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often.
const INTERVAL: Duration = Duration::from_secs(1);
/// How many deleted organizations have an audit log still: a run of tests may make and delete any number.
const ENDED_LOGS: u32 = 100;

/// Begins.
pub(crate) fn begin(directory: Directory) -> JoinHandle<()> {
    let directory = directory.keeping_ended_logs(ENDED_LOGS);
    tokio::spawn(async move {
        loop {
            sleep(INTERVAL).await;
            if let Err(error) = tessera_api::tidy(&directory).await {
                tracing::error!("the store could not be tidied: {error}");
            }
        }
    })
}
