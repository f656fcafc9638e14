//! Metrics, as Prometheus reads them (the text of `OpenMetrics`): of requests as they are answered, and of the rest when it is asked for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::StatusCode;
use memory_stats::memory_stats;
use parking_lot::RwLock;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};
use tessera_api::watch::Reached;
use tessera_directory::readiness::Backlog;

/// The media type of what [`Metrics::write`] writes.
pub(crate) const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Up to how many seconds each bucket goes: a read takes some tens of microseconds, a password's hash some tens of milliseconds.
const BUCKETS: [f64; 12] = [5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 1e-2, 2.5e-2, 1e-1, 5e-1, 1.0, 5.0];

/// An operation; of a request that reached none both are empty, which Prometheus takes for absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Operation {
    dialect: &'static str,
    operation: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    dialect: &'static str,
    operation: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: String,
}

/// What is counted of requests.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    durations: Family<Operation, Histogram, fn() -> Histogram>,
    batches: Family<Operation, Counter>,
    /// Those of each operation at hand, by where its names are in memory: to look each up by its labels takes the longer.
    at_hand: RwLock<BTreeMap<[usize; 2], Arc<Counted>>>,
}

/// What is counted of one operation's requests.
struct Counted {
    of: Operation,
    duration: Histogram,
    batches: Counter,
    /// By the first digit of the status.
    requests: [OnceLock<Counter>; CLASSES.len()],
}

/// The classes of statuses.
const CLASSES: [&str; 6] = ["none", "1xx", "2xx", "3xx", "4xx", "5xx"];

impl Default for Metrics {
    fn default() -> Self {
        let (requests, batches) = (Family::default(), Family::default());
        let durations: Family<_, _, fn() -> _> = Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let mut registry = Registry::default();
        registry.register("tessera_requests", "Requests that were answered", requests.clone());
        let help = "How long requests took";
        registry.register_with_unit("tessera_request_duration", help, Unit::Seconds, durations.clone());
        registry.register("tessera_store_batches", "Batches that the store was asked for", batches.clone());
        Self { registry, requests, durations, batches, at_hand: RwLock::default() }
    }
}

impl Metrics {
    /// Counts a request.
    pub(crate) fn count(&self, reached: Option<Reached>, status: StatusCode, took: Duration, batches: u32) {
        let counted = self.counted(reached);
        let class = usize::from(status.as_u16() / 100).min(CLASSES.len() - 1);
        if let (Some(requests), Some(&status)) = (counted.requests.get(class), CLASSES.get(class)) {
            let Operation { dialect, operation } = counted.of;
            let new = || self.requests.get_or_create_owned(&Outcome { dialect, operation, status });
            requests.get_or_init(new).inc();
        }
        counted.duration.observe(took.as_secs_f64());
        counted.batches.inc_by(batches.into());
    }

    fn counted(&self, reached: Option<Reached>) -> Arc<Counted> {
        let (dialect, operation) = reached.map_or(("", ""), |reached| (reached.dialect, reached.operation));
        let place = [dialect, operation].map(|name| name.as_ptr().addr());
        if let Some(counted) = self.at_hand.read().get(&place) {
            return Arc::clone(counted);
        }
        let of = Operation { dialect, operation };
        let (duration, batches) = (self.durations.get_or_create_owned(&of), self.batches.get_or_create_owned(&of));
        let counted = Arc::new(Counted { of, duration, batches, requests: Default::default() });
        self.at_hand.write().insert(place, Arc::clone(&counted));
        counted
    }

    /// All metrics, with how things stand now.
    pub(crate) fn write(&self, backlog: Backlog) -> Result<String, fmt::Error> {
        let mut standing = Registry::default();
        for (name, help, states) in [
            ("tessera_mails", "Mails in the outbox", backlog.mails),
            ("tessera_deliveries", "Events to be sent to webhooks, or sent", backlog.deliveries),
        ] {
            let gauge = Family::<State, Gauge>::default();
            for (state, number) in states {
                gauge.get_or_create(&State { state }).set(number);
            }
            standing.register(name, help, gauge);
        }
        if let Some(memory) = memory_stats() {
            let gauge = Gauge::<i64>::default();
            gauge.set(i64::try_from(memory.physical_mem).unwrap_or(i64::MAX));
            standing.register_with_unit("process_resident_memory", "Memory of the process", Unit::Bytes, gauge);
        }
        let mut text = String::new();
        encode_registry(&mut text, &self.registry)?;
        encode_registry(&mut text, &standing)?;
        encode_eof(&mut text)?;
        Ok(text)
    }
}
