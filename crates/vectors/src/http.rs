//! A small blocking HTTP/1.1 client. Libraries refuse a raw quote or brace in a path, or encode it; the vendors' own
//! documentation sends such paths, so here a path goes on the wire as it is written.

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

/// How long one read or write may take. Deriving a key from a password is slow by intent, and many cases run at once.
const PATIENCE: Duration = Duration::from_mins(2);

/// What is sent after the headers.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// Bytes, told by `Content-Length`.
    Whole(Vec<u8>),
    /// Bytes in chunks, so that the server learns their number only at the end.
    Chunked(Vec<u8>),
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The path and the query, sent as they are.
    pub path: Vec<u8>,
    /// The headers besides `Host`, `Accept` and those of the body's length.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

impl Request {
    /// A request without a body.
    pub fn new(method: &str, path: &str) -> Self {
        Self { method: method.to_owned(), path: path.as_bytes().to_vec(), ..Self::default() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Sets a JSON body.
    #[must_use]
    pub fn json(mut self, value: &serde_json::Value) -> Self {
        self.body = Body::Whole(value.to_string().into_bytes());
        self.header("Content-Type", "application/json")
    }

    /// Sets a raw body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Body::Whole(body.into());
        self
    }

    fn head(&self, authority: &str, prefix: &str) -> Vec<u8> {
        let mut head = format!("{} {prefix}", self.method).into_bytes();
        head.extend_from_slice(&self.path);
        let mut rest = format!(" HTTP/1.1\r\nHost: {authority}\r\n");
        let needs_length = matches!(self.method.as_str(), "POST" | "PUT" | "PATCH");
        // Writing to a String cannot fail.
        let _ = match &self.body {
            Body::None if needs_length => write!(rest, "Content-Length: 0\r\n"),
            Body::None => Ok(()),
            Body::Whole(bytes) => write!(rest, "Content-Length: {}\r\n", bytes.len()),
            Body::Chunked(_) => write!(rest, "Transfer-Encoding: chunked\r\n"),
        };
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
            rest.push_str("Accept: */*\r\n");
        }
        for (name, value) in &self.headers {
            let _ = write!(rest, "{name}: {value}\r\n");
        }
        rest.push_str("\r\n");
        head.extend_from_slice(rest.as_bytes());
        head
    }

    fn write(&self, to: &mut impl Write, authority: &str, prefix: &str) -> io::Result<()> {
        to.write_all(&self.head(authority, prefix))?;
        match &self.body {
            Body::None => {}
            Body::Whole(bytes) => to.write_all(bytes)?,
            Body::Chunked(bytes) => {
                for chunk in bytes.chunks(64 * 1024) {
                    write!(to, "{:x}\r\n", chunk.len())?;
                    to.write_all(chunk)?;
                    to.write_all(b"\r\n")?;
                }
                to.write_all(b"0\r\n\r\n")?;
            }
        }
        to.flush()
    }
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers in their order, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, its framing taken off.
    pub body: Vec<u8>,
}

impl Response {
    /// Every value of a header, or nothing where it is not there.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<&str> = self
            .headers
            .iter()
            .filter(|(at, _)| at.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON, or null where it is none.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// How often a request is sent before wrangler's proxy is believed.
const TRIES: usize = 3;
/// What wrangler's proxy says, with 503, when it used a connection that workerd was closing: the Worker has seen nothing
/// of the request. It sends a GET anew by itself.
const LOST_BY_PROXY: &[u8] = b"Your worker restarted mid-request.";

/// A server to send to.
#[derive(Clone, Debug)]
pub struct Target {
    base: String,
    host: Option<String>,
    tls: Option<Arc<ClientConfig>>,
}

impl Target {
    /// The server at a base URL. One of https needs [`Target::trusting`].
    pub fn new(base: &str) -> Self {
        Self { base: base.to_owned(), host: None, tls: None }
    }

    /// With what https trusts.
    #[must_use]
    pub fn trusting(self, tls: Arc<ClientConfig>) -> Self {
        Self { tls: Some(tls), ..self }
    }

    /// With another `Host` than that of the base URL.
    #[must_use]
    pub fn host(self, host: &str) -> Self {
        Self { host: Some(host.to_owned()), ..self }
    }

    /// The base URL.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request on a connection of its own and reads the answer, once all of the request is sent.
    pub fn send(&self, request: &Request) -> io::Result<Response> {
        for _ in 1..TRIES {
            let response = self.send_once(request)?;
            if response.status != 503 || !response.body.starts_with(LOST_BY_PROXY) {
                return Ok(response);
            }
        }
        self.send_once(request)
    }

    /// As [`Self::send`], on a connection that is there, such as one from another address of this machine; without TLS.
    pub fn send_over(&self, stream: impl Read + Write, request: &Request) -> io::Result<Response> {
        let Base { authority, prefix, .. } = Base::of(&self.base)?;
        exchange(stream, request, self.host.as_deref().unwrap_or(authority), prefix)
    }

    fn send_once(&self, request: &Request) -> io::Result<Response> {
        let Base { is_secure, authority, prefix } = Base::of(&self.base)?;
        let stream = TcpStream::connect(with_port(authority, if is_secure { 443 } else { 80 }))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.set_nodelay(true)?;
        let host = self.host.as_deref().unwrap_or(authority);
        if is_secure {
            let tls = self.tls.clone().ok_or_else(|| bad(format!("nothing says whom to trust at {}", self.base)))?;
            let name = ServerName::try_from(without_port(authority).to_owned())
                .map_err(|_| bad(format!("{authority} is no name of a server")))?;
            let session = ClientConnection::new(tls, name).map_err(io::Error::other)?;
            return exchange(StreamOwned::new(session, stream), request, host, prefix);
        }
        exchange(stream, request, host, prefix)
    }
}

fn exchange(mut stream: impl Read + Write, request: &Request, host: &str, prefix: &str) -> io::Result<Response> {
    request.write(&mut stream, host, prefix)?;
    read(&mut BufReader::new(stream), request.method == "HEAD")
}

/// The parts of a base URL.
#[derive(Debug, PartialEq, Eq)]
struct Base<'a> {
    is_secure: bool,
    authority: &'a str,
    /// The path that stands before every other, without a slash at its end.
    prefix: &'a str,
}

impl<'a> Base<'a> {
    fn of(base: &'a str) -> io::Result<Self> {
        let (scheme, rest) = base.split_once("://").unwrap_or_default();
        if !matches!(scheme, "http" | "https") {
            return Err(bad(format!("{base} is not an http or https URL")));
        }
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        Ok(Self { is_secure: scheme == "https", authority, prefix: path.trim_end_matches('/') })
    }
}

/// A host without its port, and an IPv6 address without its brackets.
fn without_port(authority: &str) -> &str {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        _ => authority,
    };
    host.trim_matches(['[', ']'])
}

fn with_port(authority: &str, port: u16) -> String {
    let last = authority.rsplit(':').next().unwrap_or_default();
    if authority.contains(':') && last.parse::<u16>().is_ok() {
        authority.to_owned()
    } else {
        format!("{authority}:{port}")
    }
}

fn read(from: &mut impl BufRead, is_head: bool) -> io::Result<Response> {
    loop {
        let status = status(&line(from)?)?;
        let mut headers = Vec::new();
        loop {
            let line = line(from)?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad(format!("{line:?} is not a header")))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if (100..200).contains(&status) {
            continue;
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if !is_head && status != 204 && status != 304 {
            response.body = body(from, &response)?;
        }
        return Ok(response);
    }
}

fn status(line: &str) -> io::Result<u16> {
    let mut words = line.split(' ');
    match (words.next(), words.next().map(str::parse)) {
        (Some("HTTP/1.1" | "HTTP/1.0"), Some(Ok(status))) => Ok(status),
        _ => Err(bad(format!("{line:?} is not a status line"))),
    }
}

fn body(from: &mut impl BufRead, response: &Response) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    if let Some(coding) = response.header("transfer-encoding") {
        if !coding.eq_ignore_ascii_case("chunked") {
            return Err(bad(format!("the transfer coding {coding} is not known")));
        }
        loop {
            let size = line(from)?;
            let digits = size.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(digits, 16).map_err(|_| bad(format!("{size:?} is not a chunk's size")))?;
            if size == 0 {
                while !line(from)?.is_empty() {}
                return Ok(body);
            }
            exactly(from, size, &mut body)?;
            if !line(from)?.is_empty() {
                return Err(bad("a chunk is longer than its size".to_owned()));
            }
        }
    }
    match response.header("content-length") {
        Some(length) => {
            let length = length.parse().map_err(|_| bad(format!("{length:?} is not a length")))?;
            exactly(from, length, &mut body)?;
        }
        None => {
            from.read_to_end(&mut body)?;
        }
    }
    Ok(body)
}

fn exactly(from: &mut impl BufRead, size: usize, into: &mut Vec<u8>) -> io::Result<()> {
    let wanted = into.len() + size;
    from.take(size as u64).read_to_end(into)?;
    if into.len() == wanted {
        Ok(())
    } else {
        Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the body ends before its end"))
    }
}

/// A line without its end. A connection that closes in the middle of one is an error.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut bytes = Vec::new();
    from.read_until(b'\n', &mut bytes)?;
    if bytes.pop() != Some(b'\n') {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the answer ends before its end"));
    }
    if bytes.last() == Some(&b'\r') {
        bytes.pop();
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn bad(why: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> io::Result<Response> {
        read(&mut text.as_bytes(), false)
    }

    fn wire(request: &Request) -> String {
        let mut bytes = Vec::new();
        request.write(&mut bytes, "host:1", "/at").unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_path_goes_out_as_written() {
        let request = Request::new("GET", r#"/roles?query="(role={id=1})""#);
        assert_eq!(
            wire(&request),
            "GET /at/roles?query=\"(role={id=1})\" HTTP/1.1\r\nHost: host:1\r\nAccept: */*\r\n\r\n"
        );
    }

    #[test]
    fn a_post_without_a_body_says_so() {
        let request = Request::new("POST", "/").header("accept", "text/plain");
        assert_eq!(
            wire(&request),
            "POST /at/ HTTP/1.1\r\nHost: host:1\r\nContent-Length: 0\r\naccept: text/plain\r\n\r\n"
        );
        assert!(!wire(&Request::new("DELETE", "/")).contains("Content-Length"));
    }

    #[test]
    fn a_body_goes_out_whole_or_in_chunks() {
        let mut request = Request::new("PUT", "/").body("hello");
        assert!(wire(&request).ends_with("Content-Length: 5\r\nAccept: */*\r\n\r\nhello"));
        request.body = Body::Chunked(b"hello".to_vec());
        assert!(wire(&request).ends_with("chunked\r\nAccept: */*\r\n\r\n5\r\nhello\r\n0\r\n\r\n"));
    }

    #[test]
    fn an_answer_ends_where_its_length_says() {
        let response = parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-A: 1\r\nx-a:  2\r\n\r\nokmore").unwrap();
        assert_eq!((response.status, response.text().as_str()), (200, "ok"));
        assert_eq!(response.header("X-a").as_deref(), Some("1, 2"));
        assert_eq!(response.header("x-b"), None);
    }

    #[test]
    fn chunks_are_joined_and_their_extensions_and_trailers_dropped() {
        let response = parse(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n, world!!!\r\n0\r\nX: y\r\n\r\n",
        );
        assert_eq!(response.unwrap().text(), "hello, world!!!");
    }

    #[test]
    fn without_framing_the_body_ends_with_the_connection() {
        assert_eq!(parse("HTTP/1.0 500 Oh\r\n\r\nall of it").unwrap().text(), "all of it");
        assert_eq!(parse("HTTP/1.1 204\r\n\r\n").unwrap().status, 204);
    }

    #[test]
    fn an_interim_answer_is_skipped() {
        let text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n";
        assert_eq!(parse(text).unwrap().status, 201);
    }

    #[test]
    fn a_broken_answer_is_an_error() {
        for text in [
            "",
            "HTTP/1.1 200 OK\r\n",
            "hello\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nlong\r\n0\r\n\r\n",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_request_that_wrangler_lost_is_sent_anew() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let target = Target::new(&format!("http://{}", listener.local_addr().unwrap()));
        let lost = "HTTP/1.1 503 Service Unavailable\r\n\r\nYour worker restarted mid-request. Please try again";
        let serving = std::thread::spawn(move || {
            for answer in
                [lost, "HTTP/1.1 200 OK\r\n\r\nok", "HTTP/1.1 503 Service Unavailable\r\n\r\nours", lost, lost, lost]
            {
                let (mut stream, _) = listener.accept().unwrap();
                let mut head = [0; 1024];
                assert!(stream.read(&mut head).unwrap() > 0);
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        let sent = || target.send(&Request::new("GET", "/")).unwrap();
        assert_eq!(sent().text(), "ok");
        assert_eq!(sent().text(), "ours");
        assert_eq!(sent().status, 503);
        serving.join().unwrap();
    }

    #[test]
    fn a_base_url_may_have_a_path() {
        let base = |is_secure, authority, prefix| Base { is_secure, authority, prefix };
        assert_eq!(Base::of("http://a:1/b/").unwrap(), base(false, "a:1", "/b"));
        assert_eq!(Base::of("https://a").unwrap(), base(true, "a", ""));
        assert!(Base::of("ftp://a").is_err() && Base::of("a").is_err());
        assert_eq!((with_port("a", 80), with_port("a:1", 80)), ("a:80".to_owned(), "a:1".to_owned()));
        assert_eq!(["a", "a:1", "[::1]", "[::1]:1"].map(without_port), ["a", "a", "::1", "::1"]);
    }
}
