//! Mail's way out: a mail server, by SMTP. Without one mail stays in the outbox, which is the mailbox that tests look into.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lettre::address::{Address, Envelope};
use lettre::transport::smtp;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use tessera_directory::ports::{MailError, Mailer, Outgoing};
use tokio::sync::Notify;
use tokio::time::timeout;
use url::{Host, Url};

/// The mail server that mail is handed to.
#[derive(Clone, PartialEq, Eq)]
pub struct Smtp {
    /// Where it is: `smtp://user:password@host:port`, with `?tls=required` for STARTTLS, or `smtps://…` for TLS from the
    /// beginning.
    pub url: String,
    /// The address that mail comes from.
    pub from: String,
}

/// Why no mail can be sent.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The server's URL is of no use.
    #[error("the mail server's URL: {0}")]
    Url(String),
    /// Nothing is sent in the name of this.
    #[error("mail cannot come from {0:?}, which is no address")]
    From(String),
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // the URL may hold a password
        formatter.debug_struct("Smtp").field("from", &self.from).finish_non_exhaustive()
    }
}

impl Smtp {
    /// What sends mail there.
    pub(crate) fn mailer(&self, wake: Arc<Notify>) -> Result<SmtpMailer, SmtpError> {
        let wrong = |reason: &str| SmtpError::Url(reason.to_owned());
        let url = Url::parse(&self.url).map_err(|error| SmtpError::Url(error.to_string()))?;
        let is_secure =
            url.scheme() == "smtps" || url.query_pairs().any(|pair| pair == ("tls".into(), "required".into()));
        if url.password().is_some() && !is_secure && !is_home(&url) {
            return Err(wrong("the password would be sent in the clear; say smtps://, or ?tls=required for STARTTLS"));
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(&self.url)
            .map_err(|_| wrong("it should be smtp://, smtp://…?tls=required or smtps://, with a host"))?
            .build();
        let address: Address = self.from.parse().map_err(|_| SmtpError::From(self.from.clone()))?;
        Ok(SmtpMailer { transport, from: self.from.clone(), address, wake })
    }
}

/// Whether a URL leads to this machine.
fn is_home(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The way to a mail server: a connection a mail.
pub(crate) struct SmtpMailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: String,
    address: Address,
    wake: Arc<Notify>,
}

#[async_trait]
impl Mailer for SmtpMailer {
    fn sender(&self) -> Option<&str> {
        Some(&self.from)
    }

    fn wake(&self, _organization: i64) {
        self.wake.notify_one();
    }

    async fn send(&self, mail: Outgoing, patience: Duration) -> Result<(), MailError> {
        let refused = |error: &dyn std::fmt::Display| MailError::Refused(error.to_string());
        let to: Address = mail.to.parse().map_err(|error: lettre::address::AddressError| refused(&error))?;
        let envelope = Envelope::new(Some(self.address.clone()), vec![to]).map_err(|error| refused(&error))?;
        match timeout(patience, self.transport.send_raw(&envelope, mail.message.as_bytes())).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) if is_for_good(&error, &mail.to) => Err(refused(&error)),
            Ok(Err(error)) => Err(MailError::Failed(error.to_string())),
            Err(_) => Err(MailError::Failed("no answer in time".to_owned())),
        }
    }
}

/// Whether a mail will never be taken: the server said so of it, and not of who we are; or it cannot be addressed, because
/// the server takes no letters but ASCII's (SMTPUTF8).
fn is_for_good(error: &smtp::Error, to: &str) -> bool {
    const OF_US: [u16; 4] = [530, 534, 535, 538];
    match error.status() {
        Some(code) => error.is_permanent() && !OF_US.contains(&u16::from(code)),
        None => error.is_client() && !to.is_ascii(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str, from: &str) -> Option<String> {
        let smtp = Smtp { url: url.to_owned(), from: from.to_owned() };
        assert!(!format!("{smtp:?}").contains("geheim"));
        smtp.mailer(Arc::default()).err().map(|error| error.to_string())
    }

    #[test]
    fn what_is_a_mail_server() {
        let from = "no-reply@acme.test";
        for good in [
            "smtp://localhost:1025",
            "smtp://ann:geheim@127.0.0.1:1025",
            "smtp://ann:geheim@mail.acme.test?tls=required",
            "smtps://ann:geheim@mail.acme.test",
        ] {
            assert_eq!(problem(good, from), None, "{good}");
        }
        for bad in [
            "",
            "mail.acme.test",
            "http://mail.acme.test",
            "smtp:",
            "smtp://ann:geheim@mail.acme.test:25",
            "smtp://a?tls=maybe",
        ] {
            let said = problem(bad, from);
            assert!(said.as_ref().is_some_and(|said| !said.contains("geheim")), "{bad}: {said:?}");
        }
        assert!(problem("smtp://localhost", "nobody").is_some());
    }
}
