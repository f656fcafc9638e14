//! What goes wrong below HTTP, on purpose: the faults of WireMock that have no answer, by their names there.

use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tessera_api::fault::Break;

/// A way for a connection to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum WireFault {
    /// It is closed with no answer.
    EmptyResponse,
    /// An answer begins, `200 OK`, and goes on as no chunk does.
    MalformedResponseChunk,
    /// It sends what is no HTTP, and closes.
    RandomDataThenClose,
    /// It is reset.
    ConnectionResetByPeer,
}

impl From<Break> for WireFault {
    fn from(way: Break) -> Self {
        match way {
            Break::ConnectionReset => Self::ConnectionResetByPeer,
            Break::EmptyResponse => Self::EmptyResponse,
            Break::MalformedResponse => Self::MalformedResponseChunk,
            Break::RandomData => Self::RandomDataThenClose,
        }
    }
}

impl WireFault {
    /// What is sent; nothing is where the connection is reset.
    pub(crate) fn bytes(self) -> Option<Bytes> {
        const CHUNK: &[u8] =
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nno chunk at all\r\n";
        match self {
            Self::EmptyResponse => Some(Bytes::new()),
            Self::MalformedResponseChunk => Some(Bytes::from_static(CHUNK)),
            Self::RandomDataThenClose => Some(Bytes::from_static(b"\x16\x03{]=lskdu018973t09 no HTTP\0\xff")),
            Self::ConnectionResetByPeer => None,
        }
    }
}

/// What is to befall one connection: set by whoever answers, and done by the socket at its next write.
#[derive(Debug, Default)]
pub(crate) struct Fate(OnceLock<WireFault>);

impl Fate {
    /// The first to set it decides: after that the connection is gone.
    pub(crate) fn set(&self, fault: WireFault) {
        let _ = self.0.set(fault);
    }

    pub(crate) fn get(&self) -> Option<WireFault> {
        self.0.get().copied()
    }
}
