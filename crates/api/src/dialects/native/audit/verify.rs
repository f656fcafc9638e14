//! `GET /v1/audit/verify?organization=&cursor=`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::audit::{self, Fault as Domain};
use tessera_directory::page::cursor;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::page;
use crate::endpoint::Call;
use crate::respond;

#[derive(Serialize)]
struct Looked {
    organization: String,
    valid: bool,
    entries: i64,
    sealed: i64,
    hash: Option<String>,
    verified: i64,
    first_fault: Option<Fault>,
    next_cursor: Option<String>,
}

#[derive(Serialize)]
struct Fault {
    seq: i64,
    what: &'static str,
}

impl From<Domain> for Fault {
    fn from(fault: Domain) -> Self {
        Self { seq: fault.seq, what: fault.flaw.as_str() }
    }
}

/// Tells whether an organization's log is as it was written, a thousand entries at a time.
pub(in crate::dialects::native) async fn verify(call: Call) -> Result<Response, Error> {
    let organization = auth::audit(&call).await?;
    let page = page(&call)?;
    let organization = organization.ok_or(Error::Parameter("organization", "should be the id of an organization"))?;
    let report = audit::verify(&call.directory, &organization, page.after).await?;
    let has_more = report.first_fault.is_none() && report.verified < report.entries;
    let looked = Looked {
        organization,
        valid: report.first_fault.is_none(),
        entries: report.entries,
        sealed: report.sealed,
        hash: Some(report.hash).filter(|hash| !hash.is_empty()),
        verified: report.verified,
        first_fault: report.first_fault.map(Fault::from),
        next_cursor: has_more.then(|| cursor(report.verified)),
    };
    Ok(respond::json(StatusCode::OK, &looked))
}
