//! A server for Rust tests.

use chrono::TimeDelta;
use serde_json::Value;
use tessera_directory::outbox;

use crate::seed::Seed;
use crate::{Control, FaultRule, Server, Settings};

/// A server that a test has for itself: its own directory, clock, journal and port, so that tests run side by side. Its methods
/// panic where something is wrong with the test or the machine, as a test wants it; [`Server`] has the same without panics.
/// Dropped, it stops.
///
/// ```
/// use tessera_mock::{FaultRule, TesseraServer};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tessera = TesseraServer::start().await;
/// tessera.fault(FaultRule::new("ricloud", "rate_limited").first(1));
///
/// let organisation = || {
///     let key = "Token tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
///     reqwest::Client::new().get(tessera.url("/organisation")).header("authorization", key).send()
/// };
/// assert_eq!(organisation().await?.status(), 429);
/// assert_eq!(organisation().await?.status(), 200);
///
/// let received = tessera.received_requests();
/// assert_eq!(received.len(), 2);
/// assert_eq!(received[0].url.path(), "/organisation");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TesseraServer(Server);

/// A mail that was sent.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Mail {
    /// The address it went to.
    pub to: String,
    /// What it says: `welcome`, `token`, `seat_assigned` or `users_onboarded`.
    pub template: String,
    /// What the template is filled with; a token is in it as `token`.
    pub content: Value,
}

#[expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "what cannot be done in a test fails it, as the type says"
)]
impl TesseraServer {
    /// Starts one with the demo in it, on a free port of this machine.
    pub async fn start() -> Self {
        Self::with(Settings::default()).await
    }

    /// Starts one with other settings.
    pub async fn with(settings: Settings) -> Self {
        Self(Server::start(settings).await.unwrap_or_else(|error| panic!("the server does not start: {error}")))
    }

    /// Its base URL, without a slash at its end.
    pub fn uri(&self) -> String {
        self.0.url()
    }

    /// The URL of a path, which begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.0.url())
    }

    /// The hold on everything.
    pub fn control(&self) -> &Control {
        self.0.control()
    }

    /// Puts a seed's content, faults and stubs in the place of all there are; a reset brings them back.
    pub async fn plant(&self, seed: &Seed) {
        self.control().plant(seed).await.unwrap_or_else(|error| panic!("the seed is wrong: {error}"));
    }

    /// Has something go wrong.
    pub fn fault(&self, rule: FaultRule) {
        self.control().faults().add(rule).unwrap_or_else(|error| panic!("the rule is none: {error}"));
    }

    /// Has time pass.
    pub fn advance(&self, by: TimeDelta) {
        self.control().advance(by).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Brings everything back to how it began.
    pub async fn reset(&self) {
        self.control().reset().await.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The requests that the journal keeps, oldest first, as they came: with their secrets.
    pub fn received_requests(&self) -> Vec<wiremock::Request> {
        self.control().journal().all().iter().filter_map(|exchange| exchange.received()).collect()
    }

    /// What was mailed, the newest first.
    pub async fn mailbox(&self) -> Vec<Mail> {
        const MOST: u32 = 1000;
        let sent = outbox::newest(self.control().directory(), None, MOST).await;
        let sent = sent.unwrap_or_else(|error| panic!("the outbox cannot be read: {error}"));
        let mail = |sent: outbox::Sent| Mail {
            to: sent.mail.recipient,
            template: sent.mail.template.as_str().to_owned(),
            content: sent.mail.content,
        };
        sent.into_iter().map(mail).collect()
    }
}
