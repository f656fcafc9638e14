//! Mail's way out at the edge: the binding `MAIL`, Cloudflare's `send_email`.

use std::cell::RefCell;
use std::time::Duration;

use async_trait::async_trait;
use tessera_directory::ports::{MailError, Mailer, Outgoing};
use worker::{Env, SendEmail};

use crate::glue;

thread_local! {
    /// The organizations that have mail which no message of the queue tells of yet.
    static WOKEN: RefCell<Vec<i64>> = const { RefCell::new(Vec::new()) };
}

/// The organizations that have mail to send since this was last asked.
pub(crate) fn woken() -> Vec<i64> {
    WOKEN.take()
}

/// Cloudflare's mail.
pub(crate) struct Mail {
    binding: SendEmail,
    from: String,
}

impl Mail {
    /// The binding and the address that mail comes from, or what is missing, said once in the log.
    pub(crate) fn new(env: &Env, from: Option<String>) -> Option<Self> {
        match (env.send_email("MAIL"), from) {
            (Ok(binding), Some(from)) => return Some(Self { binding, from }),
            (Err(error), _) => log::info!("mail stays in the outbox: the binding MAIL: {error}"),
            (Ok(_), None) => log::info!("mail stays in the outbox: the variable MAIL_FROM is not set"),
        }
        None
    }
}

#[async_trait]
impl Mailer for Mail {
    fn sender(&self) -> Option<&str> {
        Some(&self.from)
    }

    fn wake(&self, organization: i64) {
        WOKEN.with_borrow_mut(|woken| woken.push(organization));
    }

    async fn send(&self, mail: Outgoing, timeout: Duration) -> Result<(), MailError> {
        let milliseconds = u32::try_from(timeout.as_millis()).unwrap_or(u32::MAX);
        let sent = glue::resolve(glue::mail(self.binding.as_ref(), &mail.from, &mail.to, &mail.message, milliseconds));
        match sent.await {
            Ok(said) => outcome(said.as_string().unwrap_or_default()),
            Err(error) => Err(MailError::Failed(error)),
        }
    }
}

/// What an answer of the binding means: nothing for a mail that was taken, else its error's code, a blank and its message.
fn outcome(said: String) -> Result<(), MailError> {
    /// What is wrong with the mail itself, and not with the service or who asks it.
    const FOR_GOOD: [&str; 5] = ["E_RECIPIENT_", "E_VALIDATION_", "E_FIELD_", "E_HEADER_", "E_CONTENT_"];
    if said.is_empty() {
        return Ok(());
    }
    Err(if FOR_GOOD.iter().any(|code| said.starts_with(code)) {
        MailError::Refused(said)
    } else {
        MailError::Failed(said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes() {
        assert_eq!(outcome(String::new()), Ok(()));
        for refused in ["E_RECIPIENT_SUPPRESSED it bounced", "E_RECIPIENT_NOT_ALLOWED no", "E_CONTENT_TOO_LARGE 30 MB"]
        {
            assert_eq!(outcome(refused.to_owned()), Err(MailError::Refused(refused.to_owned())));
        }
        for failed in
            ["E_RATE_LIMIT_EXCEEDED later", "E_SENDER_NOT_VERIFIED who?", " could not parse email", "E_DELIVERY_FAILED"]
        {
            assert_eq!(outcome(failed.to_owned()), Err(MailError::Failed(failed.to_owned())));
        }
    }
}
