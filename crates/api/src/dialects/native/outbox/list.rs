//! `GET /v1/outbox?order=&limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tessera_directory::outbox::{self, Mail as Domain};
use tessera_directory::page::{Order, Page};

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::{Call, Received};
use crate::{respond, time};

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
        }
    }
}

/// Lists the mail of the caller's organization, oldest first or with `order=newest` newest first, with all that its
/// receivers are told.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::outbox(&call).await?;
    let (order, page) = read(&call)?;
    let listed = outbox::list(&call.directory, &organization, order, page).await?;
    let data: Vec<Mail> = listed.items.into_iter().map(Mail::from).collect();
    Ok(respond::secret(StatusCode::OK, &Listed { data, next_cursor: listed.next }))
}

pub(in crate::dialects::native) fn read(call: &Received) -> Result<(Order, Page), Error> {
    let order = match call.query("order").as_deref() {
        None => Order::Oldest,
        Some(word) => Order::parse(word).ok_or(Error::Parameter("order", "should be oldest or newest"))?,
    };
    Ok((order, page(call)?))
}
