//! The library as a test of somebody else's uses it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::net::SocketAddr;
use std::time::Duration;

use tessera_mock::{Server, Settings, StartError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

async fn answer(address: SocketAddr) -> String {
    let mut client = TcpStream::connect(address).await.unwrap();
    client.write_all(b"GET /nowhere HTTP/1.0\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn several_servers_run_side_by_side() {
    let first = Server::start(Settings::default()).await.unwrap();
    let second = Server::start(Settings::default()).await.unwrap();
    assert_ne!(first.address(), second.address());
    assert_eq!(first.url(), format!("http://{}", first.address()));
    let address = first.address();
    assert!(answer(address).await.starts_with("HTTP/1.0 404"));
    first.stop().await;
    assert!(TcpStream::connect(address).await.is_err());
    assert!(answer(second.address()).await.starts_with("HTTP/1.0 404"));
}

#[tokio::test]
async fn a_port_that_is_taken_is_an_error() {
    let first = Server::start(Settings::default()).await.unwrap();
    let again = Server::start(Settings { listen: first.address(), ..Settings::default() }).await;
    assert!(matches!(again, Err(StartError::Listen { address, .. }) if address == first.address()));
}

#[tokio::test]
async fn a_dropped_server_stops() {
    let server = Server::start(Settings::default()).await.unwrap();
    let address = server.address();
    drop(server);
    let gone = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(Duration::from_secs(10), gone).await.unwrap();
}
