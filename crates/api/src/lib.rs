//! Tessera's HTTP API: one router, and a dialect for each vendor.
//!
//! A host builds a [`Directory`] over its own ports and serves it by a [`Router`]; nothing here knows which host it is.

use tessera_directory::delivery::{self, Claimed};
use tessera_directory::error::Error;
use tessera_directory::{Directory, Timestamp, audit, renewal, retention};

pub use endpoint::Route;
pub use origin::{Client, RequestId};
pub use router::Router;

mod assumed;
pub mod body;
pub mod console;
mod dialects;
mod endpoint;
pub mod fault;
#[doc(hidden)]
pub mod fuzzing;
pub mod health;
mod json;
mod members;
mod oauth;
mod origin;
mod query;
mod respond;
mod router;
mod session;
pub mod suggest;
mod time;
pub mod verdict;
pub mod watch;

/// In the extensions of an answer to a request that put something on record to be sent: the host has it sent now, without
/// keeping the caller waiting.
#[derive(Clone, Copy, Debug)]
pub struct Enqueued {
    /// The `seq` of the webhook config that it is for.
    pub webhook_config: i64,
}

/// Sends what was claimed, and keeps how that went.
pub async fn send(directory: &Directory, claimed: &Claimed) -> Result<(), Error> {
    delivery::send(directory, claimed, dialects::write_event).await
}

/// Sends all that is due, to so many webhooks at once.
pub async fn deliver_due(directory: &Directory, at_once: usize) -> Result<(), Error> {
    delivery::run_due(directory, at_once, dialects::write_event).await
}

/// Sends a webhook the oldest event that is due to it. The answer is when to call this again for that webhook; nothing
/// where nobody has to.
pub async fn deliver_next(directory: &Directory, webhook_config: i64) -> Result<Option<Timestamp>, Error> {
    delivery::run_next(directory, webhook_config, dialects::write_event).await
}

/// Does what is to be done now and then: removes what has been over for long enough, seals the entries of the audit log, and seals
/// anew what is sealed under the pepper before this one.
pub async fn tidy(directory: &Directory) -> Result<(), Error> {
    // what goes wrong with one keeps none of the others from being done
    let pruned = retention::prune(directory).await;
    let renewed = renew(directory).await;
    let forgotten = forget(directory).await;
    pruned.and(renewed).and(forgotten).and(seal(directory).await)
}

async fn renew(directory: &Directory) -> Result<(), Error> {
    let renewed = renewal::of_seals(directory).await?;
    if renewed > 0 {
        log::info!("{renewed} sealed texts and proofs are under the new pepper now");
    }
    Ok(())
}

async fn forget(directory: &Directory) -> Result<(), Error> {
    // what is more than this waits for the next time
    for _ in 0..FORGETTINGS {
        if !audit::forget(directory).await? {
            break;
        }
    }
    Ok(())
}

async fn seal(directory: &Directory) -> Result<(), Error> {
    for _ in 0..SEALINGS {
        let sweep = audit::seal_due(directory).await?;
        for organization in &sweep.foreign {
            log::error!("the audit log of {organization} was written to by somebody else, and is not sealed any more");
        }
        if !sweep.has_more {
            break;
        }
    }
    Ok(())
}

/// How often some logs are forgotten at a time.
const FORGETTINGS: usize = 50;
/// How often logs are sealed at a time, each by a thousand entries.
const SEALINGS: usize = 50;

/// Every route of every dialect, in the order of the registry.
pub fn routes() -> Vec<Route> {
    let mut routes = Vec::new();
    for dialect in dialects::all() {
        for endpoint in dialect.endpoints {
            for &path in endpoint.paths {
                routes.push(Route {
                    dialect: dialect.name,
                    operation: endpoint.operation,
                    method: endpoint.method.as_str().to_owned(),
                    path,
                    is_changing: endpoint.is_changing,
                });
            }
        }
    }
    routes
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_route_is_claimed_twice() {
        let mut seen = BTreeSet::new();
        for route in routes() {
            // a parameter's name does not make a path another one
            let shape: Vec<&str> =
                route.path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
            let claim = format!("{} {}", route.method, shape.join("/"));
            assert!(seen.insert(claim.clone()), "{claim} is claimed twice, the second time by {}", route.dialect);
        }
    }

    #[test]
    fn every_route_lies_under_a_prefix_that_its_dialect_claims() {
        let dialects = dialects::all();
        for route in routes() {
            let claims = dialects::that_claims(&dialects, route.path, None).map(|dialect| dialect.name);
            assert_eq!(claims, Some(route.dialect), "{}", route.path);
        }
    }
}
