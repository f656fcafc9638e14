//! How many calls a caller may make: Cloudflare's rate-limiting bindings `KEY_LIMIT` and `ADDRESS_LIMIT`. What an environment has
//! no binding for is not limited.

use std::sync::Arc;

use async_trait::async_trait;
use tessera_directory::ports::{Bucket, Limiter, RetryAfter};
use wasm_bindgen::JsValue;
use worker::Env;

use crate::glue;

/// The period of both bindings, which they do not tell themselves.
const PERIOD: RetryAfter = RetryAfter(60);

/// The bindings.
struct Bindings {
    key: Option<JsValue>,
    address: Option<JsValue>,
}

/// What limits this environment's callers, if anything does.
pub(crate) fn of(env: &Env) -> Option<Arc<dyn Limiter>> {
    match (glue::binding(env, "KEY_LIMIT"), glue::binding(env, "ADDRESS_LIMIT")) {
        (None, None) => None,
        (key, address) => Some(Arc::new(Bindings { key, address })),
    }
}

#[async_trait]
impl Limiter for Bindings {
    async fn admit(&self, bucket: Bucket, subject: &str) -> Result<(), RetryAfter> {
        let binding = match bucket {
            Bucket::Key => &self.key,
            Bucket::Address => &self.address,
        };
        let Some(binding) = binding else { return Ok(()) };
        match glue::resolve(glue::limit(binding, subject)).await {
            Ok(has_room) if has_room.is_falsy() => Err(PERIOD),
            Ok(_) => Ok(()),
            // nobody is kept out because we cannot count
            Err(error) => {
                log::error!("a limit was not asked: {error}");
                Ok(())
            }
        }
    }
}
