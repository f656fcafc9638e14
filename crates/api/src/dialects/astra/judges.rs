//! The operations that judge.

use tessera_directory::keystore::{Contents, KeyType};

use super::auth::NOBODY;
use super::body::peek;
use super::credentials::{self, CREDENTIAL};
use super::error::Error;
use super::filter;
use super::groups::{self, GROUP};
use super::list::{self, Parameters};
use super::media::{self, Resource};
use super::read;
use super::role_bindings::{self, ROLE_BINDING};
use super::tokens::{self, TOKEN};
use super::users::{self, USER};
use crate::endpoint::Received;
use crate::verdict::{self, Assumed, Judges, Told as _, Vendor, Verdict};

const JUDGES: &Judges<Error> = &[
    ("create_user", |call, _| {
        made(call, &USER)?;
        users::create::read(call, NOBODY).map(Verdict::good)
    }),
    ("update_user", |call, assumed| {
        list::none(call)?;
        users::update::read_change(call, |name| assumed.current(name)).map(Verdict::good)
    }),
    ("create_role_binding", |call, assumed| {
        made(call, &ROLE_BINDING)?;
        let account = Some(call.parameter("account_id")).filter(|id| !id.is_empty()).or(assumed.id());
        role_bindings::create::read_new(call, account, NOBODY, read::parent(call)).map(Verdict::good)
    }),
    ("update_role_binding", |call, assumed| {
        list::none(call)?;
        role_bindings::update::read_change(call, |name| assumed.current(name)).map(Verdict::good)
    }),
    ("create_credential", |call, assumed| {
        made(call, &CREDENTIAL)?;
        admit(&credentials::create::read(call, NOBODY)?.contents, assumed)
    }),
    ("update_credential", |call, assumed| {
        made(call, &CREDENTIAL)?;
        let contents = update_credential(call, assumed)?;
        let verdict = contents.map_or_else(|| Ok(Verdict::default()), |contents| admit(&contents, assumed))?;
        let password = Some(KeyType::PasswordHash.as_str());
        match credentials::update::check_id(call, &read::id(call, "credential_id")) {
            // whose password it is to be, and what it was, comes before that
            Err(error) if [peek(call, "keyType").as_deref(), assumed.current("keyType")].contains(&password) => {
                Ok(Verdict { problems: error.problems(), ..verdict })
            }
            fits => fits.map(|()| verdict),
        }
    }),
    ("create_group", |call, _| {
        made(call, &GROUP)?;
        groups::create::read(call, NOBODY).map(Verdict::good)
    }),
    ("update_group", |call, _| {
        list::none(call)?;
        if call.has_parameter("group_id") {
            groups::id(call)?;
        }
        groups::update::read_change(call).map(Verdict::good)
    }),
    ("create_token", |call, _| {
        made(call, &TOKEN)?;
        tokens::create::read_new(call, NOBODY).map(Verdict::good)
    }),
    ("update_token", |call, assumed| {
        list::none(call)?;
        tokens::update::read_change(call, assumed.current("name")).map(Verdict::good)
    }),
    ("list_users", |call, _| listed(call, &USER)),
    ("list_role_bindings", |call, _| listed(call, &ROLE_BINDING)),
    ("list_credentials", |call, _| listed(call, &CREDENTIAL)),
    ("list_groups", |call, _| listed(call, &GROUP)),
    ("list_tokens", |call, _| listed(call, &TOKEN)),
];

/// What comes before the body where a resource is answered.
fn made(call: &Received, resource: &Resource) -> Result<(), Error> {
    list::none(call)?;
    media::of_one(call, resource.media).map(drop)
}

fn listed(call: &Received, resource: &Resource) -> Result<Verdict, Error> {
    Parameters::read(call, resource.shape)?;
    media::check_list(call).map(Verdict::good)
}

/// What a credential would hold. One of which nothing is known is taken to be of the type and the name that it is sent as.
fn update_credential(call: &Received, assumed: &Assumed) -> Result<Option<Contents>, Error> {
    let (kind, name) = (peek(call, "keyType"), peek(call, "name").map(|name| name.to_ascii_lowercase()));
    let is_known = assumed.current("id").is_some();
    let stands = credentials::update::Stands {
        key_type: if is_known { assumed.current("keyType") } else { kind.as_deref() }.and_then(KeyType::parse),
        name: if is_known { assumed.current("name") } else { name.as_deref() },
    };
    Ok(credentials::update::read_change(call, &stands, || None)?.contents)
}

/// Whether what is assumed of passwords admits one that is held.
fn admit(contents: &Contents, assumed: &Assumed) -> Result<Verdict, Error> {
    match contents {
        Contents::Password { password, .. } => {
            credentials::check_policy(assumed.password_policy, password).map(Verdict::good)
        }
        Contents::Keys(_) => Ok(Verdict::default()),
    }
}

/// A filter as it is read; nothing where it is none.
pub fn rewritten_filter(filter: &str) -> Option<String> {
    let filters = filter::parse(filter)?;
    Some(filters.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

/// NetApp.
pub const VENDOR: Vendor = Vendor::new(
    "astra",
    || verdict::names(JUDGES),
    |operation, call, assumed| verdict::by(JUDGES, operation, call, assumed),
);
