//! What is kept near at the edge: the binding `CACHE`, a namespace of Workers KV. What is to be written there is written after the answer.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tessera_directory::ports::{Cache, NoCache};
use wasm_bindgen::JsValue;
use worker::Env;
use worker::send::SendWrapper;

use crate::glue;

const NAME: &str = "CACHE";

/// What is to be written: a name, and the text with how many seconds it is kept; without them what is there goes.
pub(crate) type Write = (String, Option<(String, u64)>);

thread_local! {
    /// What no write was begun of yet.
    static DUE: RefCell<Vec<Write>> = const { RefCell::new(Vec::new()) };
}

/// What is to be written since this was last asked.
pub(crate) fn due() -> Vec<Write> {
    DUE.take()
}

/// Writes it.
pub(crate) async fn write(env: &Env, due: Vec<Write>) {
    let Some(namespace) = glue::binding(env, NAME).filter(|_| !due.is_empty()) else { return };
    let written = match serde_json::to_string(&due) {
        Ok(due) => glue::resolve(glue::keep(&namespace, &due)).await.map(drop),
        Err(error) => Err(error.to_string()),
    };
    if let Err(error) = written {
        log::error!("the binding {NAME}: {error}");
    }
}

/// The namespace, or where there is none nothing, said once in the log.
pub(crate) fn cache(env: &Env) -> Arc<dyn Cache> {
    if let Some(namespace) = glue::binding(env, NAME) {
        return Arc::new(Kv(SendWrapper::new(namespace)));
    }
    log::info!("keys are verified by the memory of each isolate: the binding {NAME} is missing");
    Arc::new(NoCache)
}

/// A namespace of Workers KV.
struct Kv(SendWrapper<JsValue>);

#[async_trait]
impl Cache for Kv {
    async fn get(&self, name: &str) -> Option<String> {
        match glue::resolve(glue::kept(&self.0, name)).await {
            Ok(text) => text.as_string(),
            Err(error) => {
                log::error!("the binding {NAME}: {error}");
                None
            }
        }
    }

    fn put(&self, name: String, text: String, time_to_live: Duration) {
        DUE.with_borrow_mut(|due| due.push((name, Some((text, time_to_live.as_secs())))));
    }

    fn delete(&self, name: String) {
        DUE.with_borrow_mut(|due| due.push((name, None)));
    }
}
