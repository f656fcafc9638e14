//! `GET /__admin/mailbox`: what was mailed, of every organization, with the tokens that only its receivers would see.

use axum::Json;
use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tessera_directory::outbox::{self, Sent};

use super::clock::written;
use super::error::Error;
use super::input::Query;
use crate::control::{Control, ControlError};

/// How many mails are told unless the caller wants fewer.
const LIMIT: u32 = 1000;

/// Which mails are told.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Wanted {
    /// Those to this address.
    to: Option<String>,
    /// The newest so many.
    limit: Option<u32>,
}

/// The mails, the newest first.
#[derive(Serialize, JsonSchema)]
pub(super) struct Mailbox {
    mails: Vec<Mail>,
}

/// A mail.
#[derive(Serialize, JsonSchema)]
struct Mail {
    id: String,
    /// The organization's UUID.
    organization_id: String,
    to: String,
    template: &'static str,
    /// What the template is filled with.
    content: Value,
    /// The language of its organization, which the letter is in.
    language: &'static str,
    subject: String,
    /// How it reads, in plain text.
    text: String,
    /// The same, as a document of HTML.
    html: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    /// How far it is: `pending`, also where the server hands mail to nobody; `sending`, `failed`, `sent`, `dead`.
    state: &'static str,
    /// How often it was tried.
    attempt_count: i64,
    /// Why the last attempt failed.
    last_error: Option<String>,
}

impl From<Sent> for Mail {
    fn from(sent: Sent) -> Self {
        let Sent { organization, mail } = sent;
        let letter = mail.letter();
        Self {
            id: mail.id,
            organization_id: organization,
            to: mail.recipient,
            template: mail.template.as_str(),
            content: mail.content,
            language: mail.language.as_str(),
            subject: letter.subject,
            text: letter.text,
            html: letter.html,
            created_at: written(mail.created_at),
            state: mail.state.as_str(),
            attempt_count: mail.attempts,
            last_error: mail.last_error,
        }
    }
}

/// Lists the mails.
pub(super) async fn list(State(control): State<Control>, Query(wanted): Query<Wanted>) -> Result<Json<Mailbox>, Error> {
    let limit = wanted.limit.unwrap_or(LIMIT).min(LIMIT);
    let mails = outbox::newest(control.directory(), wanted.to.as_deref(), limit).await.map_err(ControlError::from)?;
    Ok(Json(Mailbox { mails: mails.into_iter().map(Mail::from).collect() }))
}
