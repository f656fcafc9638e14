//! A client's socket, as hyper is given it: request targets mended, given up where a request stalls, and closed so that the
//! last answer arrives.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};
use tokio_rustls::server::TlsStream;

use crate::request_line::RequestLines;
use crate::wire::{Fate, WireFault};

/// How long a client that is answered early may go on sending.
const LINGER: Duration = Duration::from_secs(2);

/// A socket whose reads are mended by [`RequestLines`], and which on its end hears the client out.
///
/// A client that is answered before it has sent all of its request (a body too large, a head that nobody can read) often
/// sends on, and reads only then. Closing on unread bytes would have the kernel reset the connection, and the answer
/// would be lost.
#[derive(Debug)]
pub(crate) struct Connection<S> {
    socket: S,
    lines: RequestLines,
    /// Mended bytes for which the reader had no room.
    waiting: Bytes,
    /// How long a client may pause in the midst of a request.
    patience: Duration,
    /// Running while it does.
    pausing: Option<Pin<Box<Sleep>>>,
    /// Running once our side is closed.
    lingering: Option<Pin<Box<Sleep>>>,
    /// How it breaks, if it is to.
    fate: Arc<Fate>,
    /// How much was sent of what is sent instead of an answer.
    sent: usize,
}

impl<S> Connection<S> {
    /// The connection at its beginning.
    pub(crate) fn new(socket: S, patience: Duration, fate: Arc<Fate>) -> Self {
        let (lines, waiting) = (RequestLines::new(), Bytes::new());
        Self { socket, lines, waiting, patience, pausing: None, lingering: None, fate, sent: 0 }
    }
}

impl<S: AsyncRead + Unpin> Connection<S> {
    /// Reads what is there. hyper waits for the rest of a head a while, and for the rest of a body for ever.
    fn poll_socket(&mut self, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.socket).poll_read(context, buffer);
        if read.is_ready() || self.lines.between_requests() {
            self.pausing = None;
            return read;
        }
        let pausing = self.pausing.get_or_insert_with(|| Box::pin(sleep(self.patience)));
        pausing.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Connection<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.waiting.is_empty() {
            let before = buffer.filled().len();
            ready!(this.poll_socket(context, buffer))?;
            let (_, fresh) = buffer.filled().split_at(before);
            let Some(mended) = this.lines.mend(fresh) else {
                return Poll::Ready(Ok(()));
            };
            buffer.set_filled(before);
            this.waiting = mended.into();
        }
        let length = buffer.remaining().min(this.waiting.len());
        buffer.put_slice(&this.waiting.split_to(length));
        Poll::Ready(Ok(()))
    }
}

/// A socket that can be closed as if its machine had gone down.
pub(crate) trait Reset {
    /// Has what is not sent yet thrown away when it is closed, and the other side told so.
    fn reset(&self);
}

impl Reset for TcpStream {
    fn reset(&self) {
        // if it fails, the connection is closed as any other, which breaks it off as well
        let _ = self.set_zero_linger();
    }
}

impl<S: Reset> Reset for TlsStream<S> {
    fn reset(&self) {
        self.get_ref().0.reset();
    }
}

impl<S: AsyncWrite + Reset + Unpin> Connection<S> {
    /// Breaks off, in the place of so many bytes of an answer: they count as written.
    fn break_off(&mut self, fault: WireFault, length: usize, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let Some(instead) = fault.bytes() else {
            self.socket.reset();
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        };
        while let Some(rest) = instead.get(self.sent..).filter(|rest| !rest.is_empty()) {
            self.sent += ready!(Pin::new(&mut self.socket).poll_write(context, rest))?;
        }
        Poll::Ready(Ok(length))
    }
}

impl<S: AsyncRead + AsyncWrite + Reset + Unpin> AsyncWrite for Connection<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.fate.get() {
            Some(fault) => this.break_off(fault, bytes.len(), context),
            None => Pin::new(&mut this.socket).poll_write(context, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        match this.fate.get() {
            Some(fault) => this.break_off(fault, bytes.iter().map(|slice| slice.len()).sum(), context),
            None => Pin::new(&mut this.socket).poll_write_vectored(context, bytes),
        }
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().socket).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let lingering = match &mut this.lingering {
            Some(lingering) => lingering,
            none => {
                ready!(Pin::new(&mut this.socket).poll_shutdown(context))?;
                none.insert(Box::pin(sleep(LINGER)))
            }
        };
        // First of all, so that a client that never stops sending is left in the end.
        if lingering.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let mut scrap = [0; 4096];
        loop {
            let mut scrap = ReadBuf::new(&mut scrap);
            match Pin::new(&mut this.socket).poll_read(context, &mut scrap) {
                Poll::Ready(Ok(())) if !scrap.filled().is_empty() => {}
                Poll::Pending if !this.lines.between_requests() => return Poll::Pending,
                _ => return Poll::Ready(Ok(())),
            }
        }
    }
}
