//! The audit log: who changed what, from where, and what it was before and after.
//!
//! A use case hands the batch of its change to `Directory::change` with the `Subject` of that change. The entry is written
//! in the same batch, and only where the change took effect: a refusal leaves none. Entries are sealed afterwards (`seal.rs`).

use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use crate::credential::{Bearer, Principal};
use crate::database::{DatabaseError, Statement};
use crate::idempotency::{Claim, Fate};
use crate::user::User;
use crate::{Answers, Directory, Timestamp, key, recent};

mod entry;
mod retention;
mod seal;
mod subject;

pub use entry::{Search, list};
pub use retention::forget;
pub(crate) use seal::renew_proofs;
pub use seal::{Fault, Flaw, Report, Sweep, seal_due, verify};
pub(crate) use subject::Subject;

/// Where a call comes from, and what it asks for.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The operation, with its dialect: `anaconda.assign_seat`.
    pub operation: String,
    /// By what the request is found elsewhere.
    pub request_id: String,
    /// The client's address.
    pub address: Option<String>,
    /// The client's name for itself.
    pub agent: Option<String>,
}

/// What is known of a call while it is answered.
#[derive(Debug)]
pub(crate) struct Trail {
    origin: Origin,
    actor: OnceLock<Actor>,
    pub(crate) claim: OnceLock<Claim>,
    pub(crate) fate: OnceLock<Fate>,
}

/// Who makes a change.
#[derive(Clone, Debug)]
pub(crate) struct Actor {
    pub(crate) kind: &'static str,
    pub(crate) id: Option<String>,
    name: Option<String>,
}

impl Directory {
    /// The same directory for one call, whose change is put on record.
    #[must_use]
    pub fn recording(&self, origin: Origin) -> Self {
        Self { trail: Some(Arc::new(Trail::new(origin))), ..self.clone() }
    }

    /// Notes that the root key calls.
    pub(crate) fn called_by_root(&self) {
        self.called_by(|| Actor { kind: "root", id: None, name: None });
    }

    /// Notes who calls.
    pub(crate) fn called_by_principal(&self, principal: &Principal) {
        self.called_by(|| match principal {
            Principal::Key(found) => Actor {
                kind: match found.0.kind {
                    key::Kind::Standard => "key",
                    kind @ (key::Kind::ServiceAccount | key::Kind::ApiAccess) => kind.as_str(),
                },
                id: Some(found.0.id.clone()),
                name: Some(found.0.name.clone()),
            },
            Principal::User(found) => Actor::user(&found.0),
        });
    }

    /// Notes whose token it is called with.
    pub(crate) fn called_by_bearer(&self, bearer: &Bearer) {
        self.called_by(|| Actor::user(&bearer.user));
    }

    fn called_by(&self, actor: impl FnOnce() -> Actor) {
        if let Some(session) = &self.session {
            session.is_caller_known.store(true, Ordering::Relaxed);
        }
        if let Some(trail) = &self.trail {
            trail.actor.get_or_init(actor);
        }
    }

    /// Runs the batch of a change, and puts it on record where it took effect. It is boxed, so
    /// that what every use case waits for is small.
    pub(crate) fn change<'a>(
        &'a self,
        subject: Subject<'a>,
        statements: Vec<Statement>,
    ) -> Pin<Box<dyn Future<Output = Result<Answers, DatabaseError>> + Send + 'a>> {
        Box::pin(self.changed(subject, statements))
    }

    async fn changed(&self, subject: Subject<'_>, mut statements: Vec<Statement>) -> Result<Answers, DatabaseError> {
        let Some(digests) = subject.digests(self.now()) else { return self.recorded(subject, statements).await };
        statements.insert(0, digests);
        let organization = subject.organization.to_owned();
        let answers = self.recorded(subject, statements).await;
        // a batch that failed may have been carried out for all we know
        let mut answers = answers.inspect_err(|_| recent::end(self, &organization, Vec::new()))?;
        let mut digests = Vec::new();
        for mut row in answers.rows()? {
            digests.extend([row.optional_text()?, row.optional_text()?].into_iter().flatten());
        }
        recent::end(self, &organization, digests);
        Ok(answers)
    }

    async fn recorded(&self, subject: Subject<'_>, statements: Vec<Statement>) -> Result<Answers, DatabaseError> {
        let Some(trail) = &self.trail else { return self.batch(statements).await };
        let count = statements.len();
        let mut batch = Vec::with_capacity(count + 5);
        let claim = trail.claim.get().map(|claim| claim.of(self, trail.actor()));
        if let Some(claim) = &claim {
            batch.extend(claim.take(self.now()));
        }
        batch.extend(subject.note());
        let begun = batch.len();
        batch.extend(statements);
        batch.push(trail.entry(subject, claim.is_some(), self.now()));
        if let Some(claim) = &claim {
            batch.push(claim.give_back());
        }
        // within the session, so that its bookmark tells of the change
        let store = self.session.as_ref().map_or(&self.ports.database, |session| &session.store);
        let answers = self.run(store, batch).await;
        if let Err(DatabaseError::Unique(columns)) = &answers
            && columns.contains("idempotency_keys.digest")
        {
            trail.fate.get_or_init(|| Fate::Taken);
        }
        let mut answers = answers?;
        answers.drain(..begun);
        if claim.is_some() && answers.get(count).is_some_and(|rows| !rows.is_empty()) {
            trail.fate.get_or_init(|| Fate::Done);
        }
        answers.truncate(count);
        Ok(Answers(answers.into_iter()))
    }
}

impl Actor {
    fn user(user: &User) -> Self {
        Self { kind: "user", id: Some(user.id.clone()), name: Some(user.login.clone()) }
    }
}

impl Trail {
    fn new(origin: Origin) -> Self {
        Self { origin, actor: OnceLock::new(), claim: OnceLock::new(), fate: OnceLock::new() }
    }

    /// Of the same call, of which nothing else is known.
    pub(crate) fn anew(&self) -> Self {
        Self::new(self.origin.clone())
    }

    /// Who calls, if that is known by now.
    pub(crate) fn actor(&self) -> Option<&Actor> {
        self.actor.get()
    }

    /// The statement that writes the entry, as the last of the change, and tells on request whether it did.
    fn entry(&self, subject: Subject<'_>, tells: bool, now: Timestamp) -> Statement {
        let actor = self.actor.get();
        let name = actor.and_then(|actor| actor.name.as_deref());
        subject
            .entry(tells)
            .bind(now)
            .bind(self.origin.request_id.as_str())
            .bind(self.origin.operation.as_str())
            .bind(actor.map_or("nobody", |actor| actor.kind))
            .bind(actor.and_then(|actor| actor.id.as_deref()))
            .bind(name)
            .bind(self.origin.address.as_deref())
            .bind(self.origin.agent.as_deref())
    }
}
