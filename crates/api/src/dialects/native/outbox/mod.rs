//! The outbox.

use serde::Serialize;
use serde_json::Value;
use tessera_directory::outbox::Mail as Domain;

use crate::time;

pub(super) mod list;
pub(super) mod replay;

#[derive(Serialize)]
struct Mail {
    id: String,
    kind: &'static str,
    to: String,
    template: &'static str,
    content: Value,
    language: &'static str,
    subject: String,
    text: String,
    html: String,
    created_at: String,
    state: &'static str,
    attempt_count: i64,
    next_attempt_at: Option<String>,
    last_error: Option<String>,
    sent_at: Option<String>,
}

impl From<Domain> for Mail {
    fn from(mail: Domain) -> Self {
        let letter = mail.letter();
        Self {
            id: mail.id,
            kind: "mail",
            to: mail.recipient,
            template: mail.template.as_str(),
            content: mail.content,
            language: mail.language.as_str(),
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            created_at: time::with_z(mail.created_at),
            state: mail.state.as_str(),
            attempt_count: mail.attempts,
            next_attempt_at: mail.next_attempt_at.map(time::with_z),
            last_error: mail.last_error,
            sent_at: mail.sent_at.map(time::with_z),
        }
    }
}
