//! What is done now and then in the background: the audit log is sealed, and idempotency keys are forgotten.

use std::time::Duration;

use tessera_directory::Directory;
use tokio::task::JoinHandle;
use tokio::time::sleep;

/// How often.
const INTERVAL: Duration = Duration::from_secs(5);

/// Begins.
pub(crate) fn begin(directory: Directory) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            sleep(INTERVAL).await;
            if let Err(error) = tessera_api::tidy(&directory).await {
                tracing::error!("the audit log could not be sealed: {error}");
            }
        }
    })
}
