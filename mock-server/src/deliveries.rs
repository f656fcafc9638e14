//! Deliveries, in the background: after a request that put something on record, and now and then for what is to be sent
//! again.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use tessera_api::Enqueued;
use tessera_directory::Directory;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How often to look for what is to be sent again.
const INTERVAL: Duration = Duration::from_secs(5);

/// Begins to deliver, and gives the router whose answers say when there is something to.
pub(crate) fn begin(router: Router, directory: Directory) -> (Router, JoinHandle<()>) {
    let wake = Arc::new(Notify::new());
    let delivering = tokio::spawn(deliver(directory, Arc::clone(&wake)));
    let watched = router.layer(from_fn(move |request: Request, next: Next| {
        let wake = Arc::clone(&wake);
        async move {
            let response = next.run(request).await;
            if response.extensions().get::<Enqueued>().is_some() {
                wake.notify_one();
            }
            response
        }
    }));
    (watched, delivering)
}

async fn deliver(directory: Directory, wake: Arc<Notify>) {
    loop {
        if let Err(error) = tessera_api::deliver(&directory).await {
            log::error!("what is due could not be delivered: {error}");
        }
        // woken or not, there may be something by now
        let _ = timeout(INTERVAL, wake.notified()).await;
    }
}
