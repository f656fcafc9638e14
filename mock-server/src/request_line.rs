//! Request targets as clients really send them.
//!
//! The documentation of Octane's API has clients send `GET …/workspace_roles?query="(role={id=1007})" HTTP/1.1`, quotes
//! and all, and the Workers runtime takes it. hyper refuses such a line before any route is reached, so the bytes it
//! refuses are percent-encoded on their way in. To know which bytes those are, [`RequestLines`] follows where one request
//! ends and the next begins; where that is not plain, it leaves everything after as it came.

use std::borrow::Cow;
use std::mem;

use memchr::{memchr, memchr2, memchr3};
use percent_encoding::{AsciiSet, percent_encode};

/// What a URI must not hold and clients send nevertheless, besides bytes outside ASCII. A `%` stays: it may well be the
/// beginning of what a client has encoded already.
const REFUSED: &AsciiSet =
    &AsciiSet::EMPTY.add(b'"').add(b'<').add(b'>').add(b'\\').add(b'^').add(b'`').add(b'{').add(b'}').add(b'|');

/// As much of a line as is kept when it comes in pieces. None that matters here is as long.
const KEPT: usize = 1024;

/// A place in a connection's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Between requests.
    Start,
    Method,
    Path,
    Query,
    /// The rest of the request line.
    Version,
    Header,
    /// In a body, so many bytes before its end.
    Body(u64),
    ChunkSize,
    /// In a chunk, so many bytes before its end.
    Chunk(u64),
    /// The empty line after a chunk.
    ChunkEnd,
    Trailer,
    /// Nobody knows.
    Lost,
}

/// What the headers read so far say of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Body {
    None,
    Sized(u64),
    Chunked,
}

/// Follows the bytes that a client sends on one connection, and mends the request targets among them.
#[derive(Debug)]
pub(crate) struct RequestLines {
    place: Place,
    body: Body,
    /// The beginning of a line whose end has not come yet.
    line: Vec<u8>,
}

impl RequestLines {
    /// At the beginning of a connection.
    pub(crate) fn new() -> Self {
        Self { place: Place::Start, body: Body::None, line: Vec::new() }
    }

    /// Whether the bytes so far end with the end of a request.
    pub(crate) fn between_requests(&self) -> bool {
        self.place == Place::Start
    }

    /// Reads the next bytes of the connection; gives what they should have been, if that is something else.
    pub(crate) fn mend(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut mended: Option<Vec<u8>> = None;
        let mut rest = bytes;
        while !rest.is_empty() {
            let place = self.place;
            let (stretch, after) = rest.split_at(self.advance(rest));
            let written = match place {
                // In a path a URL takes the one slash for the other.
                Place::Path if stretch.contains(&b'\\') => {
                    let slashes: Vec<u8> =
                        stretch.iter().map(|&byte| if byte == b'\\' { b'/' } else { byte }).collect();
                    Cow::Owned(encoded(&slashes).into_owned())
                }
                Place::Path | Place::Query => encoded(stretch),
                _ => Cow::Borrowed(stretch),
            };
            match &mut mended {
                Some(mended) => mended.extend_from_slice(&written),
                None if *written == *stretch => {}
                None => {
                    let (before, _) = bytes.split_at(bytes.len() - rest.len());
                    mended = Some([before, &*written].concat());
                }
            }
            rest = after;
        }
        mended
    }

    /// Goes to the end of the current place or of the bytes, whichever is nearer, and says how far that is.
    fn advance(&mut self, bytes: &[u8]) -> usize {
        match self.place {
            Place::Start => {
                let blank = bytes.iter().take_while(|&&byte| byte == b'\r' || byte == b'\n').count();
                if blank < bytes.len() {
                    self.place = Place::Method;
                }
                blank
            }
            Place::Method => {
                self.through(
                    bytes,
                    memchr2(b' ', b'\n', bytes),
                    |byte| {
                        if byte == b' ' { Place::Path } else { Place::Lost }
                    },
                )
            }
            Place::Path => {
                let end = bytes.iter().position(|byte| matches!(byte, b'?' | b' ' | b'\r' | b'\n'));
                match end.and_then(|end| bytes.get(end)) {
                    Some(b'?') => self.place = Place::Query,
                    Some(_) => self.place = Place::Version,
                    None => {}
                }
                end.unwrap_or(bytes.len())
            }
            Place::Query => {
                let end = memchr3(b' ', b'\r', b'\n', bytes);
                if end.is_some() {
                    self.place = Place::Version;
                }
                end.unwrap_or(bytes.len())
            }
            Place::Version => {
                self.body = Body::None;
                self.through(bytes, memchr(b'\n', bytes), |_| Place::Header)
            }
            Place::Body(left) => self.count(bytes, left, Place::Body, Place::Start),
            Place::Chunk(left) => self.count(bytes, left, Place::Chunk, Place::ChunkEnd),
            Place::Header | Place::ChunkSize | Place::ChunkEnd | Place::Trailer => self.line(bytes),
            Place::Lost => bytes.len(),
        }
    }

    fn through(&mut self, bytes: &[u8], end: Option<usize>, next: impl FnOnce(u8) -> Place) -> usize {
        let Some((end, &byte)) = end.and_then(|end| Some((end, bytes.get(end)?))) else {
            return bytes.len();
        };
        self.place = next(byte);
        end + 1
    }

    fn count(&mut self, bytes: &[u8], left: u64, here: fn(u64) -> Place, next: Place) -> usize {
        let taken = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let left = left - taken as u64;
        self.place = if left == 0 { next } else { here(left) };
        taken
    }

    fn line(&mut self, bytes: &[u8]) -> usize {
        let length = memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
        let (piece, _) = bytes.split_at(length);
        if self.line.is_empty() && piece.ends_with(b"\n") {
            self.place = self.after_line(piece);
        } else {
            self.line.extend(piece.iter().take(KEPT.saturating_sub(self.line.len())));
            if piece.ends_with(b"\n") {
                let whole = mem::take(&mut self.line);
                self.place = self.after_line(&whole);
            }
        }
        length
    }

    fn after_line(&mut self, line: &[u8]) -> Place {
        let line = line.trim_ascii_end();
        match (self.place, line.is_empty()) {
            (Place::Header, false) => match with_header(self.body, line) {
                Some(body) => {
                    self.body = body;
                    Place::Header
                }
                None => Place::Lost,
            },
            (Place::Header, true) => match self.body {
                Body::None | Body::Sized(0) => Place::Start,
                Body::Sized(length) => Place::Body(length),
                Body::Chunked => Place::ChunkSize,
            },
            (Place::ChunkSize, _) => match chunk_size(line) {
                Some(0) => Place::Trailer,
                Some(size) => Place::Chunk(size),
                None => Place::Lost,
            },
            (Place::ChunkEnd, true) => Place::ChunkSize,
            (Place::Trailer, true) => Place::Start,
            (Place::Trailer, false) => Place::Trailer,
            _ => Place::Lost,
        }
    }
}

/// What is known of the body after one more header; `None` if nothing is.
fn with_header(body: Body, line: &[u8]) -> Option<Body> {
    let mut parts = line.splitn(2, |&byte| byte == b':');
    let (name, value) = (parts.next()?, parts.next().unwrap_or_default().trim_ascii());
    if name.eq_ignore_ascii_case(b"content-length") {
        let length = Body::Sized(str::from_utf8(value).ok()?.parse().ok()?);
        (body == Body::None || body == length).then_some(length)
    } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
        (body == Body::None && value.eq_ignore_ascii_case(b"chunked")).then_some(Body::Chunked)
    } else {
        Some(body)
    }
}

/// What a URI must not hold percent-encoded; borrowed where there is nothing.
fn encoded(stretch: &[u8]) -> Cow<'_, [u8]> {
    match Cow::<str>::from(percent_encode(stretch, REFUSED)) {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

fn chunk_size(line: &[u8]) -> Option<u64> {
    let digits = line.split(|&byte| byte == b';').next()?.trim_ascii_end();
    u64::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out when the input comes in pieces of this size.
    fn in_pieces(input: &[u8], size: usize) -> Vec<u8> {
        let mut lines = RequestLines::new();
        input.chunks(size).flat_map(|piece| lines.mend(piece).unwrap_or_else(|| piece.to_vec())).collect()
    }

    /// Whatever the pieces, the input becomes this.
    #[track_caller]
    fn becomes(input: &[u8], expected: &[u8]) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        for split in 0..=input.len() {
            let (first, second) = input.split_at(split);
            let mut lines = RequestLines::new();
            let whole = [first, second].map(|piece| lines.mend(piece).unwrap_or_else(|| piece.to_vec())).concat();
            assert_eq!(text(&whole), text(expected), "split at {split}");
        }
        for size in [1, 2, 3, 7] {
            assert_eq!(text(&in_pieces(input, size)), text(expected), "in pieces of {size}");
        }
    }

    #[track_caller]
    fn stays(input: &[u8]) {
        becomes(input, input);
        assert_eq!(RequestLines::new().mend(input), None, "nothing is copied");
    }

    #[test]
    fn what_a_uri_must_not_hold_is_encoded() {
        becomes(
            b"GET /r?query=\"(role={id=1007})\" HTTP/1.1\r\nhost: a\r\n\r\n",
            b"GET /r?query=%22(role=%7Bid=1007%7D)%22 HTTP/1.1\r\nhost: a\r\n\r\n",
        );
        becomes(b"GET /<>\\^`|%20%zz?\\ HTTP/1.1\r\n\r\n", b"GET /%3C%3E/%5E%60%7C%20%zz?%5C HTTP/1.1\r\n\r\n");
        becomes("GET /Zoë HTTP/1.1\r\n\r\n".as_bytes(), b"GET /Zo%C3%AB HTTP/1.1\r\n\r\n");
        becomes(b"GET /\xff HTTP/1.1\r\n\r\n", b"GET /%FF HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn nothing_else_is() {
        stays(b"GET /a%22b?c=d&e='f'(g)[h]~!*;:@$,+ HTTP/1.1\r\nx: \"<>{}|\r\n\r\n");
        stays(b"POST / HTTP/1.1\r\nContent-Length: 26\r\n\r\n{\"GET /\" : \"{}\" HTTP/1.1\r\n}GET / HTTP/1.1\r\n\r\n");
        stays(b"\"{} /a HTTP/1.1 \"\r\n\"x\": {}\r\n\r\n");
        stays(b"");
    }

    #[test]
    fn every_request_of_a_connection_is_read() {
        becomes(
            b"GET /\"1 HTTP/1.1\r\n\r\n\r\n\r\nPOST /\"2 HTTP/1.1\r\ncontent-length:3\r\n\r\n\"\"\"\
              POST /\"3 HTTP/1.1\r\nCONTENT-LENGTH:\t0 \r\n\r\nGET /\"4 HTTP/1.0\n\nGET /\"5 HTTP/1.1\r\n\r\n",
            b"GET /%221 HTTP/1.1\r\n\r\n\r\n\r\nPOST /%222 HTTP/1.1\r\ncontent-length:3\r\n\r\n\"\"\"\
              POST /%223 HTTP/1.1\r\nCONTENT-LENGTH:\t0 \r\n\r\nGET /%224 HTTP/1.0\n\nGET /%225 HTTP/1.1\r\n\r\n",
        );
    }

    #[test]
    fn chunks_are_passed_over() {
        let chunked = b"POST /c HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n\
            16;extension=\"a b\"\r\nGET /\"\" HTTP/1.1\r\n\r\n\r\n\r\n5 \r\n0\r\n\r\n\r\n0\r\ntrailer: GET /\" \r\n\r\n";
        let after = b"GET /\" HTTP/1.1\r\n\r\n";
        becomes(&[&chunked[..], after].concat(), &[&chunked[..], b"GET /%22 HTTP/1.1\r\n\r\n"].concat());
    }

    #[test]
    fn long_lines_are_no_matter() {
        let long = "\"".repeat(100_000);
        let input =
            format!("GET /{long} HTTP/1.1\r\nx-{long}: {long}\r\ncontent-length: 1\r\n\r\n\"GET /\" HTTP/1.1\r\n");
        let encoded = "%22".repeat(100_000);
        let expected =
            format!("GET /{encoded} HTTP/1.1\r\nx-{long}: {long}\r\ncontent-length: 1\r\n\r\n\"GET /%22 HTTP/1.1\r\n");
        for size in [1000, 4096, usize::MAX] {
            assert!(in_pieces(input.as_bytes(), size) == expected.as_bytes(), "in pieces of {size}");
        }
    }

    #[test]
    fn where_the_end_of_a_request_is_not_plain_all_is_left_alone() {
        for headers in [
            "content-length: 1\r\ncontent-length: 2",
            "content-length: 1, 1",
            "content-length: one",
            "content-length: -1",
            "content-length: 99999999999999999999",
            "content-length: 1\r\ntransfer-encoding: chunked",
            "transfer-encoding: chunked\r\ncontent-length: 1",
            "transfer-encoding: gzip, chunked",
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked",
        ] {
            stays(format!("POST / HTTP/1.1\r\n{headers}\r\n\r\n0\r\n\r\nGET /\" HTTP/1.1\r\n\r\n").as_bytes());
        }
        let head = "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n";
        for chunks in ["x\r\n", "\r\n", "1\r\naa\r\n", "fffffffffffffffff\r\n", "-1\r\n"] {
            stays(format!("{head}{chunks}0\r\n\r\nGET /\" HTTP/1.1\r\n\r\n").as_bytes());
        }
        stays(b"garbage\r\n\r\nGET /\" HTTP/1.1\r\n\r\n");
    }

    #[test]
    fn it_is_known_whether_a_client_still_has_to_send() {
        let mut lines = RequestLines::new();
        for (piece, between) in
            [("", true), ("POST", false), (" / HTTP/1.1\r\n", false), ("content-length: 2\r\n\r\n", false)]
                .into_iter()
                .chain([("a", false), ("b", true), ("\r\n", true), ("garbage\n", false)])
        {
            lines.mend(piece.as_bytes());
            assert_eq!(lines.between_requests(), between, "after {piece:?}");
        }
    }
}
