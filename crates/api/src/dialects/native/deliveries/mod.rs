//! Deliveries: the events of an organization's webhooks, and how the attempts to send them went.

use serde::Serialize;
use tessera_directory::delivery::Delivery as Domain;

use crate::time;

pub(super) mod get;
pub(super) mod list;
pub(super) mod replay;

#[derive(Serialize)]
struct Delivery {
    id: String,
    webhook_config: i64,
    url: Option<String>,
    r#type: String,
    action: String,
    state: &'static str,
    attempt_count: i64,
    next_attempt_at: Option<String>,
    created_at: String,
    delivered_at: Option<String>,
}

impl From<Domain> for Delivery {
    fn from(delivery: Domain) -> Self {
        let event = delivery.event;
        Self {
            id: event.id,
            webhook_config: delivery.webhook_config,
            url: delivery.url,
            r#type: event.r#type,
            action: event.action,
            state: event.state.as_str(),
            attempt_count: event.attempts,
            next_attempt_at: delivery.next_attempt_at.map(time::with_z),
            created_at: time::with_z(event.created_at),
            delivered_at: event.delivered_at.map(time::with_z),
        }
    }
}
