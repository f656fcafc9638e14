//! Reading a request's body.

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;

use crate::endpoint::Refusal;

/// The longest body that is taken, in bytes: 8 MiB.
const LIMIT: usize = 8 << 20;
/// How much of a body over the limit is read and dropped, so that a client which sends it all before it reads gets its
/// answer rather than a broken connection.
const DRAIN_LIMIT: usize = 64 << 20;

/// A body that was read, or what went wrong with it. A host that wants to see a body before the API does reads it so, and
/// puts this into the request's extensions in its place.
#[derive(Clone, Debug)]
pub struct Read(Result<Bytes, Refusal>);

impl Read {
    /// Reads a body whole.
    pub async fn of(body: Body) -> Self {
        Self(read(body).await)
    }

    /// The body; absent where it was too long, or broke off.
    pub fn bytes(&self) -> Option<&Bytes> {
        self.0.as_ref().ok()
    }

    pub(crate) fn get(&self) -> Result<&Bytes, Refusal> {
        self.0.as_ref().map_err(Clone::clone)
    }

    /// A body that is in memory already.
    pub(crate) fn whole(body: Bytes) -> Self {
        Self(if body.len() > LIMIT { Err(Refusal::TooLarge) } else { Ok(body) })
    }

    /// No body.
    pub(crate) fn none() -> Self {
        Self(Ok(Bytes::new()))
    }
}

/// Reads a body whole.
async fn read(mut body: Body) -> Result<Bytes, Refusal> {
    let mut whole = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut length = 0usize;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refusal::Unreadable)?;
        let Ok(data) = frame.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > LIMIT {
            if length > DRAIN_LIMIT {
                break;
            }
            whole = BytesMut::new();
            continue;
        }
        match first.take() {
            // nearly every body comes in one piece, and is then not copied
            None if whole.is_empty() => first = Some(data),
            None => whole.extend_from_slice(&data),
            Some(before) => {
                whole.extend_from_slice(&before);
                whole.extend_from_slice(&data);
            }
        }
    }
    if length > LIMIT {
        return Err(Refusal::TooLarge);
    }
    Ok(first.unwrap_or_else(|| whole.freeze()))
}
