//! The bare route that `cargo xtask bench` measures the native host beside: axum as its own documentation starts with it,
//! and one JSON text, the program's first argument, that is always the answer.

#![expect(clippy::print_stdout, reason = "whoever starts it reads its address")]

use std::env;
use std::io::{self, Write as _};

use axum::Router;
use axum::http::header;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let answer: &'static str = env::args().nth(1).unwrap_or_default().leak();
    let application =
        Router::new().route("/", get(move || async move { ([(header::CONTENT_TYPE, "application/json")], answer) }));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("listening on http://{}", listener.local_addr()?);
    io::stdout().flush()?;
    axum::serve(listener, application).await
}
