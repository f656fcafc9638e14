//! The audit log.

use std::pin::Pin;

use tessera_directory::audit::{self, Search};
use tessera_directory::page::{Listed, Page};

use super::auth;
use super::error::Error;
use super::input::page;
use crate::endpoint::{Call, Received};
use crate::time;

pub(super) mod export;
pub(super) mod list;
pub(super) mod verify;

/// Reads which entries are asked for, but for the organization.
pub(super) fn read(call: &Received) -> Result<(Search, Page), Error> {
    let since = match call.query("since") {
        None => None,
        Some(text) => Some(time::parse(&text).ok_or(Error::Parameter("since", "should be an RFC 3339 date-time"))?),
    };
    let text = |name| call.query(name).map(std::borrow::Cow::into_owned);
    let search = Search { organization: None, since, operation: text("operation"), actor: text("actor") };
    Ok((search, page(call)?))
}

/// The entries that are asked for, as far as the caller may read them. It is boxed, for it is compiled once then.
fn entries(call: &Call) -> Pin<Box<dyn Future<Output = Result<Listed<String>, Error>> + Send + '_>> {
    Box::pin(async move {
        let organization = auth::audit(call).await?;
        let (search, page) = read(call)?;
        Ok(audit::list(&call.directory, Search { organization, ..search }, page).await?)
    })
}
