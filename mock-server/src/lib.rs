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

use parking_lot::Mutex;
use tessera_directory::database::DatabaseError;
use tessera_directory::ports::{Clock, Entropy, Mailer, NoCache, NoMailer};
use tessera_directory::{Directory, Ports, demo};
use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::admin::Guard;
use crate::clock::{SystemClock, TestClock};
use crate::control::{Beginning, Parts};
use crate::derivation::BlockingDerivation;
use crate::entropy::{SystemEntropy, TestEntropy};
use crate::front::{Front, FrontParts};
use crate::listener::Patience;
use crate::logging::LogError;
use crate::outbound::Network;
use crate::seed::{Seed, SeedError};

mod admin;
pub mod clients;
mod clock;
mod connection;
mod console;
mod control;
mod deliveries;
mod derivation;
mod dump;
mod entropy;
mod faults;
mod front;
#[doc(hidden)]
pub mod fuzzing;
mod journal;
mod limits;
mod listener;
pub mod logging;
mod metrics;
mod migrations;
mod outbound;
mod record;
mod redact;
mod request_line;
mod responder;
pub mod seed;
mod show;
mod smtp;
mod sqlite;
mod stubs;
mod target;
mod testing;
mod tidying;
mod tls;
mod transfer;
mod trust;
mod who;
mod wire;

pub use crate::admin::document as openapi;
pub use crate::clock::OutOfTime;
pub use crate::control::{Control, ControlError};
pub use crate::dump::{Dump, DumpError};
pub use crate::faults::{FaultRule, RuleError};
pub use crate::limits::{Limits, Rate, RateError};
pub use crate::record::{Recorded, Recorder, RecorderError, RecorderSettings};
pub use crate::responder::Responder;
pub use crate::smtp::{Smtp, SmtpError};
pub use crate::sqlite::{Image, Sqlite};
pub use crate::stubs::StubError;
pub use crate::testing::{Mail, TesseraServer};
pub use crate::tls::{Tls, TlsError};
pub use crate::transfer::Transfer;
pub use crate::trust::{TrustError, trust};

/// What a server is started with. The default is what a test wants: a free port of this machine, and the demo in memory.
#[derive(Clone)]
pub struct Settings {
    /// The address to listen on. Port 0 stands for any that is free.
    pub listen: SocketAddr,
    /// The SQLite file that keeps the directory. Without one it is in memory, and ends with the server.
    pub data: Option<PathBuf>,
    /// Whether to load the demo's organizations, where there is no seed. A server with the demo or a seed is one for
    /// development, whose webhooks may go to this machine and to private addresses.
    pub demo: bool,
    /// What to begin with in the place of the demo. A file that holds a directory already keeps it.
    pub seed: Option<Seed>,
    /// The key that opens everything.
    pub root_key: String,
    /// The secret under which stored secrets are hashed. A file is of use only with the pepper it was begun with.
    pub pepper: String,
    /// The pepper before it, while what was made under it is still good.
    pub previous_pepper: Option<String>,
    /// For how many days what is over is kept: tokens that ended, mail that was sent, events that were delivered. Without a number it
    /// is kept for good, for a clock that was set ahead would end it at once.
    pub retention_days: Option<u32>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// A number from which ids and secrets follow, the same each time, in the place of that randomness.
    pub random_seed: Option<u64>,
    /// Whether there is nothing but stubs, and the control API: no endpoint of any vendor.
    pub stubs_only: bool,
    /// How many requests the journal keeps. None at 0.
    pub journal_limit: usize,
    /// Whether it speaks TLS, and by which certificate; without one it speaks plain HTTP.
    pub tls: Option<Tls>,
    /// The mail server that mail is handed to. Without one mail stays in the outbox, where the mailbox shows it as well.
    pub smtp: Option<Smtp>,
    /// What callers are held to; nothing unless it is said.
    pub limits: Limits,
    /// Whether answers say in `Server-Timing` how often the store was asked, and how long that took.
    pub server_timing: bool,
    /// What opens the control API where others may reach the server; without one it is closed to them and to all.
    pub admin_token: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            data: None,
            demo: true,
            seed: None,
            root_key: demo::ROOT_KEY.to_owned(),
            pepper: demo::PEPPER.to_owned(),
            previous_pepper: None,
            retention_days: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            random_seed: None,
            stubs_only: false,
            journal_limit: journal::DEFAULT_LIMIT,
            tls: None,
            smtp: None,
            limits: Limits::default(),
            server_timing: false,
            admin_token: None,
        }
    }
}

impl Settings {
    /// Whether a secret that everybody knows guards a server that others may reach.
    pub fn is_exposed(&self) -> bool {
        let known = self.root_key == demo::ROOT_KEY || self.pepper == demo::PEPPER;
        known && !self.is_local()
    }

    fn is_local(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }

    fn guard(&self) -> Guard {
        match &self.admin_token {
            Some(token) => Guard::Token(token.clone()),
            None if self.is_local() => Guard::Local,
            None => Guard::Closed,
        }
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
    /// The seed is wrong.
    #[error("cannot load the seed: {0}")]
    Seed(#[from] SeedError),
    /// There is no TLS by the certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// No mail can be sent.
    #[error(transparent)]
    Smtp(#[from] SmtpError),
    /// There is no log.
    #[error(transparent)]
    Log(#[from] LogError),
}

/// All of a server but its listener.
struct Engine {
    front: Front,
    scheme: &'static str,
    acceptor: Option<TlsAcceptor>,
    /// The authority that clients must trust, in PEM.
    authority: Option<String>,
    control: Control,
    /// Sends what is to be sent, until it is aborted.
    delivering: JoinHandle<()>,
    /// Seals the audit log, until it is aborted.
    tidying: JoinHandle<()>,
}

impl Engine {
    async fn begin(settings: Settings) -> Result<Self, StartError> {
        logging::begin_as_asked()?;
        let guard = settings.guard();
        let tls = settings.tls.as_ref().map(Tls::ready).transpose()?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (acceptor, authority) = tls.map(|tls| (tls.acceptor, tls.authority)).unzip();
        let deliver = Arc::new(Notify::new());
        let mailer: Arc<dyn Mailer> = match &settings.smtp {
            Some(smtp) => Arc::new(smtp.mailer(Arc::clone(&deliver))?),
            None => Arc::new(NoMailer),
        };
        let database = Arc::new(Sqlite::open(settings.data.as_deref())?);
        let clock = Arc::new(TestClock::new(settings.clock));
        let entropy = Arc::new(TestEntropy::new(Arc::clone(&settings.entropy), settings.random_seed));
        let ports = Ports {
            database: Arc::clone(&database) as _,
            clock: Arc::clone(&clock) as _,
            entropy: Arc::clone(&entropy) as _,
            derivation: Arc::new(BlockingDerivation),
            outbound: Arc::new(Network::new(settings.demo || settings.seed.is_some())),
            mailer,
            limits: settings.limits.port(Arc::clone(&clock) as _),
            cache: Arc::new(NoCache),
        };
        let mut directory = Directory::new(ports, &settings.root_key, &settings.pepper)
            .keeping(settings.retention_days.unwrap_or(u32::MAX));
        if let Some(previous) = &settings.previous_pepper {
            directory = directory.with_previous_pepper(previous);
        }
        let beginning = Beginning {
            demo: settings.demo,
            pepper: settings.pepper,
            entropy: settings.entropy,
            random_seed: settings.random_seed,
            planted: Mutex::default(),
        };
        if let Some(seed) = &settings.seed {
            let begun = beginning.begin_with(seed, Arc::clone(&clock) as _, &database).await;
            begun.map_err(|error| match error {
                ControlError::Seed(error) => StartError::Seed(error),
                error => StartError::Store { place: "a database in memory".to_owned(), reason: error.to_string() },
            })?;
        }
        beginning.fill(&database).await?;
        let journal_limit = settings.journal_limit;
        let control = Control::new(Parts {
            directory: directory.clone(),
            database,
            clock,
            entropy,
            journal_limit,
            beginning,
            deliver,
        });
        control.reset_rules();
        // what goes on in the background takes nothing from a seeded randomness, or nobody could foresee the next answer
        let background = directory.clone().with_entropy(Arc::new(SystemEntropy));
        let tidying = tidying::begin(background.clone());
        let delivering = deliveries::begin(background, control.deliver());
        let front = Front::new(FrontParts {
            control: control.clone(),
            api: (!settings.stubs_only).then(|| tessera_api::Router::new(directory)),
            guard,
            has_timing: settings.server_timing,
        });
        Ok(Self { front, scheme, acceptor, authority: authority.flatten(), control, delivering, tidying })
    }
}

/// A server that runs. Dropped, it stops as if [`Server::stop`] had been called, with nobody waiting for it.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    scheme: &'static str,
    authority: Option<String>,
    control: Control,
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

        let Engine { front, scheme, acceptor, authority, control, delivering, tidying } =
            Engine::begin(settings).await?;
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            // Told to, or dropped: it comes to the same.
            let _ = stopped.await;
        };
        let serving = tokio::spawn(async move {
            listener::serve(listener, acceptor, front, Patience::default(), stopped).await;
            // what was begun is sent again by whoever opens the file next
            delivering.abort();
            tidying.abort();
        });
        Ok(Self { address, scheme, authority, control, stop, serving })
    }

    /// The address that the server listens on, its port chosen.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's base URL, without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// The authority, in PEM, that clients must trust for [`Tls::SelfSigned`].
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The hold on its content, its clock, its randomness, its faults and its journal.
    pub fn control(&self) -> &Control {
        &self.control
    }

    /// Stops: no new connections, and the requests that are being answered have some seconds to finish.
    pub async fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.serving.await;
    }
}
