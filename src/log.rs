//! The log at the edge: lines of JSON on the console, which Workers' observability keeps. Their members are those of the native
//! host's; they are written in `glue.js`, where that is least.

use ::log::{LevelFilter, Log, Metadata, Record};
use tessera_api::watch;

use crate::glue;

struct Console;

impl Log for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= ::log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let id = watch::current(|watch| watch.request_id().map(str::to_owned)).flatten();
            glue::log(record.level().as_str(), &record.args().to_string(), &id.unwrap_or_default());
        }
    }

    fn flush(&self) {}
}

/// Sends what the core logs to the console, from now on.
pub(crate) fn begin() {
    // a second isolate in the same memory would find it set, and that is as well
    if ::log::set_logger(&Console).is_ok() {
        ::log::set_max_level(LevelFilter::Info);
    }
}
