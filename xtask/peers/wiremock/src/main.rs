//! A mock of wiremock-rs that `cargo xtask bench --peers` measures the native host beside. Its arguments: the address to
//! listen on, the one path that it answers, and the JSON text that is the answer.

use std::env;
use std::future::pending;
use std::io;
use std::net::TcpListener;

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

#[tokio::main]
async fn main() -> io::Result<()> {
    let [address, user, answer] = [1, 2, 3].map(|at| env::args().nth(at).unwrap_or_default());
    let listener = TcpListener::bind(address)?;
    // each that a mock has answered is kept nevertheless
    let server = MockServer::builder().listener(listener).disable_request_recording().start().await;
    let response = ResponseTemplate::new(200).set_body_raw(answer, "application/json");
    Mock::given(method("GET")).and(path(user)).respond_with(response).mount(&server).await;
    pending().await
}
