//! The log at the edge: the console, which Workers' observability keeps.

use ::log::{LevelFilter, Log, Metadata, Record};
use worker::{console_error, console_log};

struct Console;

impl Log for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= ::log::max_level()
    }

    fn log(&self, record: &Record<'_>) {
        if record.level() <= LevelFilter::Warn {
            console_error!("{} {}", record.level(), record.args());
        } else if self.enabled(record.metadata()) {
            console_log!("{} {}", record.level(), record.args());
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
