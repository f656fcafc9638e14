//! The log: what goes wrong inside, and from the level `info` on a line for each request and each thing sent. Neither secrets nor
//! e-mail addresses are in it, and so neither a request's path nor its query.

use std::fs::File;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use std::{env, io};

use http::{Method, StatusCode};
use tessera_api::watch::Reached;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Where the log goes, and how much is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// What is left out: all below this.
    pub level: LevelFilter,
    /// How a line is written.
    pub format: LogFormat,
    /// The file that lines are appended to; without one they go to standard error.
    pub file: Option<PathBuf>,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: LevelFilter::WARN, format: LogFormat::default(), file: None }
    }
}

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// As an object.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("text or json".to_owned()),
        }
    }
}

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// A variable of the environment says what is none of its values.
    #[error("{0} is {1:?}, which it cannot be")]
    Variable(&'static str, String),
    /// The file cannot be opened.
    #[error("cannot log to {0}: {1}")]
    File(PathBuf, io::Error),
}

impl Log {
    /// What the variables `TESSERA_LOG`, `TESSERA_LOG_FORMAT` and `TESSERA_LOG_FILE` say, as the program's flags do.
    pub fn from_env() -> Result<Self, LogError> {
        let file = env::var_os("TESSERA_LOG_FILE").filter(|file| !file.is_empty()).map(PathBuf::from);
        let (level, format) = (variable("TESSERA_LOG")?, variable("TESSERA_LOG_FORMAT")?);
        Ok(Self { level: level.unwrap_or(LevelFilter::WARN), format: format.unwrap_or_default(), file })
    }

    /// Begins to log for the whole process, unless it has begun before.
    pub fn begin(&self) -> Result<(), LogError> {
        let writer = match &self.file {
            None => BoxMakeWriter::new(io::stderr),
            Some(path) => {
                let file = File::options().create(true).append(true).open(path);
                BoxMakeWriter::new(Arc::new(file.map_err(|error| LogError::File(path.clone(), error))?))
            }
        };
        let log = tracing_subscriber::fmt().with_max_level(self.level).with_writer(writer);
        // who began before logs on
        let _ = match self.format {
            LogFormat::Text => log.try_init(),
            LogFormat::Json => log.json().flatten_event(true).with_span_list(false).try_init(),
        };
        Ok(())
    }
}

/// Begins to log in a program that never said how to, such as a test with servers in its own process, where the variable
/// `TESSERA_LOG_FILE` names a file.
pub(crate) fn begin_as_asked() -> Result<(), LogError> {
    static BEGUN: OnceLock<()> = OnceLock::new();
    let log = if BEGUN.set(()).is_ok() { Log::from_env()? } else { return Ok(()) };
    if log.file.is_some() { log.begin() } else { Ok(()) }
}

fn variable<T: FromStr>(name: &'static str) -> Result<Option<T>, LogError> {
    let Some(value) = env::var(name).ok().filter(|value| !value.is_empty()) else { return Ok(None) };
    value.parse().map(Some).map_err(|_| LogError::Variable(name, value))
}

/// Whether requests are logged.
pub(crate) fn is_on() -> bool {
    tracing::enabled!(tracing::Level::INFO)
}

/// What is told of a request.
pub(crate) struct Line<'a> {
    pub(crate) request_id: &'a str,
    pub(crate) reached: Option<Reached>,
    pub(crate) method: &'a Method,
    pub(crate) status: StatusCode,
    pub(crate) took: Duration,
    pub(crate) batches: u32,
    pub(crate) database: Duration,
    /// The rule that refused it, as it is debugged.
    pub(crate) rule: Option<&'a str>,
    pub(crate) fault: Option<&'static str>,
    pub(crate) is_stubbed: bool,
}

impl Line<'_> {
    /// Writes it.
    pub(crate) fn write(&self) {
        // a method is any word that the caller likes
        let is_known = self.method.as_str().len() <= Method::CONNECT.as_str().len();
        tracing::info!(
            request_id = self.request_id,
            dialect = self.reached.map(|reached| reached.dialect),
            operation = self.reached.map(|reached| reached.operation),
            route = self.reached.map(|reached| reached.route),
            method = if is_known { self.method.as_str() } else { "other" },
            status = self.status.as_u16(),
            duration_ms = milliseconds(self.took),
            batches = self.batches,
            database_ms = milliseconds(self.database),
            rule = self.rule.map(name).as_deref(),
            fault = self.fault,
            stub = self.is_stubbed.then_some(true),
            "request"
        );
    }
}

/// A duration in milliseconds, to the microsecond.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}

/// The name of a rule that is debugged, without what it holds: that may be the caller's.
fn name(debugged: &str) -> String {
    let end = debugged.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '(').unwrap_or(debugged.len());
    let (name, _) = debugged.split_at(end);
    name.trim_end_matches('(').replace('(', ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_named_without_what_it_holds() {
        for (debugged, expected) in [
            ("SubscriptionInactive", "SubscriptionInactive"),
            ("Domain(Conflict(EmailTaken))", "Domain.Conflict.EmailTaken"),
            (r#"Refused(NoMethod("GET, POST"))"#, "Refused.NoMethod"),
            (r#"Domain(Internal("ada@acme.test is a column"))"#, "Domain.Internal"),
            (r#"Invalid([Problem { detail: "ada@acme.test" }])"#, "Invalid"),
            (r#"Unfit { said: "tsr_key_x" }"#, "Unfit"),
        ] {
            assert_eq!(name(debugged), expected);
        }
    }
}
