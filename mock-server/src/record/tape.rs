//! What was recorded, and the file that it is written to.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use http::{Response, header, request};
use parking_lot::Mutex;
use serde_json::Value;

use super::mapping::{self, Exchange};
use super::{Recorded, RecorderError};

/// The most exchanges that are kept, as many as there may be stubs.
const MAX_EXCHANGES: usize = 1000;
/// The most bytes of all their bodies.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// A recording.
#[derive(Debug)]
pub(super) struct Tape {
    file: PathBuf,
    kept: Mutex<Kept>,
    /// Held while the file is written: what is written last is all there is.
    writing: Mutex<()>,
}

#[derive(Debug, Default)]
struct Kept {
    exchanges: Vec<Exchange>,
    bytes: usize,
    left_out: usize,
}

impl Tape {
    pub(super) fn new(file: PathBuf) -> Self {
        Self { file, kept: Mutex::default(), writing: Mutex::default() }
    }

    /// Keeps an exchange, its secrets taken out.
    pub(super) fn keep(&self, parts: &request::Parts, sent: &Bytes, answer: &Response<Bytes>) {
        let length = sent.len() + answer.body().len();
        let is_legible = !answer.headers().contains_key(header::CONTENT_ENCODING);
        let exchange = is_legible.then(|| Exchange::of(parts, sent, answer));
        let mut kept = self.kept.lock();
        match exchange {
            Some(exchange) if kept.exchanges.len() < MAX_EXCHANGES && kept.bytes + length <= MAX_BYTES => {
                kept.exchanges.push(exchange);
                kept.bytes += length;
            }
            _ => kept.left_out += 1,
        }
    }

    pub(super) fn recorded(&self) -> Recorded {
        let kept = self.kept.lock();
        Recorded { kept: kept.exchanges.len(), left_out: kept.left_out }
    }

    /// Writes all of it.
    pub(super) async fn write(self: &Arc<Self>) -> Result<(), RecorderError> {
        let tape = Arc::clone(self);
        let written = tokio::task::spawn_blocking(move || {
            let _writing = tape.writing.lock();
            let document = mapping::document(&tape.kept.lock().exchanges);
            replace(&tape.file, &document)
        });
        let failed = |source| RecorderError::Write { file: self.file.clone(), source };
        written.await.map_err(|error| failed(io::Error::other(error)))?.map_err(failed)
    }
}

/// Puts a document in the place of a file, whole or not at all.
fn replace(file: &Path, document: &Value) -> io::Result<()> {
    let mut name = file.file_name().ok_or(io::ErrorKind::InvalidFilename)?.to_owned();
    name.push(".partial");
    let partial = file.with_file_name(name);
    let mut writing = File::create(&partial)?;
    writing.write_all(format!("{document:#}\n").as_bytes())?;
    writing.sync_all()?;
    fs::rename(&partial, file)
}
