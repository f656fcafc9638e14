//! Tessera on one's own machine: the directory and its dialects over SQLite, in a server that a test can start.
//!
//! ```no_run
//! # async fn example() -> Result<(), tessera_mock::StartError> {
//! let server = tessera_mock::Server::start(tessera_mock::Settings::default()).await?;
//! println!("{}/v1/organizations", server.url());
//! server.stop().await;
//! # Ok(())
//! # }
//! ```

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tessera_directory::database::{Database as _, DatabaseError};
use tessera_directory::ports::{Clock, Entropy};
use tessera_directory::{Directory, Ports, demo};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::clock::SystemClock;
use crate::derivation::BlockingDerivation;
use crate::entropy::SystemEntropy;
use crate::listener::Patience;
use crate::outbound::Network;

mod clock;
mod connection;
mod deliveries;
mod derivation;
mod entropy;
mod listener;
mod migrations;
mod outbound;
mod request_line;
mod sqlite;
mod target;

pub use crate::sqlite::Sqlite;

/// What a server is started with. The default is what a test wants: a free port of this machine, and the demo in memory.
#[derive(Clone)]
pub struct Settings {
    /// The address to listen on. Port 0 stands for any that is free.
    pub listen: SocketAddr,
    /// The SQLite file that keeps the directory. Without one it is in memory, and ends with the server.
    pub data: Option<PathBuf>,
    /// Whether to load the demo's organizations. A server with the demo is one for development, whose webhooks may go to
    /// this machine and to private addresses.
    pub demo: bool,
    /// The key that opens everything.
    pub root_key: String,
    /// The secret under which stored secrets are hashed. A file is of use only with the pepper it was begun with.
    pub pepper: String,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: None,
            demo: true,
            root_key: demo::ROOT_KEY.to_owned(),
            pepper: demo::PEPPER.to_owned(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }
}

impl Settings {
    /// Whether a secret that everybody knows guards a server that others may reach.
    pub fn is_exposed(&self) -> bool {
        let known = self.root_key == demo::ROOT_KEY || self.pepper == demo::PEPPER;
        known && !self.listen.ip().to_canonical().is_loopback()
    }
}

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address is taken, or is not this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the operating system says.
        source: io::Error,
    },
    /// The store cannot be opened, or cannot be brought up to date.
    #[error("cannot open {place}: {reason}")]
    Store {
        /// The file, or the memory.
        place: String,
        /// What SQLite says.
        reason: String,
    },
    /// The demo cannot be loaded.
    #[error("cannot load the demo: {0}")]
    Demo(#[from] DatabaseError),
}

/// A server that runs. Dropped, it stops as if [`Server::stop`] had been called, with nobody waiting for it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl Server {
    /// Starts a server on the current tokio runtime. It answers from now on, and knows nothing of any other server in
    /// the process.
    pub async fn start(settings: Settings) -> Result<Self, StartError> {
        let refused = |source| StartError::Listen { address: settings.listen, source };
        let listener = TcpListener::bind(settings.listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;

        let database = Arc::new(Sqlite::open(settings.data.as_deref())?);
        let ports = Ports {
            database: Arc::clone(&database) as _,
            clock: settings.clock,
            entropy: settings.entropy,
            derivation: Arc::new(BlockingDerivation),
            outbound: Arc::new(Network::new(settings.demo)),
        };
        let directory = Directory::new(ports, &settings.root_key, &settings.pepper);
        if settings.demo {
            database.batch(demo::statements(&settings.pepper)).await?;
        }
        let (router, delivering) = deliveries::begin(tessera_api::router(directory.clone()), directory);

        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // Told to, or dropped: it comes to the same.
            let _ = stopped.await;
        };
        let serving = tokio::spawn(async move {
            listener::serve(listener, router, Patience::default(), stopped).await;
            // what was begun is sent again by whoever opens the file next
            delivering.abort();
        });
        Ok(Self { address, stop, serving })
    }

    /// The address that the server listens on, its port chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Stops: no new connections, and the requests that are being answered have some seconds to finish.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}
