//! Seats: who holds one, and how many are left.

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::{Conflict, Error, Noun};
use crate::organization::{Organization, Seats};
use crate::outbox::{self, Template};
use crate::page::{Listed, Page};
use crate::user::{self, Search, User};
use crate::{Answers, Directory};

/// SQL: whether the organization of this number (an expression) has a free seat.
pub(crate) fn is_free(number: &str) -> String {
    format!(
        "((SELECT COUNT(*) FROM users s WHERE s.organization = {number} AND s.seated_at IS NOT NULL) \
         < (SELECT seats FROM organizations WHERE number = {number}))"
    )
}

/// The seats of an organization and those that are held.
pub(crate) fn select(organization: &Organization) -> Statement {
    Statement::new(
        "SELECT seats, (SELECT COUNT(*) FROM users s WHERE s.organization = ?1 AND s.seated_at IS NOT NULL) AS used \
         FROM organizations WHERE number = ?1",
    )
    .bind(organization.number)
}

impl Answers {
    /// The answer of [`select`].
    pub(crate) fn seats(&mut self) -> Result<Seats, Error> {
        let read = |row: &mut Row| Ok::<_, DatabaseError>(Seats { total: row.integer()?, used: row.integer()? });
        self.read_one(read)?.ok_or(Error::NotFound(Noun::Organization))
    }
}

/// Gives a user a seat, and mails the user so if asked to. Refusals: [`Noun::User`] not found,
/// [`Conflict::SeatHeld`], [`Error::NoFreeSeats`].
pub async fn assign(directory: &Directory, organization: &Organization, id: &str, mail: bool) -> Result<(), Error> {
    let guard = format!("organization = ?1 AND id = ?2 AND seated_at IS NULL AND {}", is_free("?1"));
    let mut statements = vec![user::facts(organization, id)];
    if mail {
        statements.push(outbox::mail_user(directory, Template::SeatAssigned, organization, id, &guard));
    }
    let now = directory.now();
    statements.push(
        Statement::new(format!("UPDATE users SET seated_at = ?3, updated_at = ?3 WHERE {guard} RETURNING id"))
            .bind(organization.number)
            .bind(id)
            .bind(now),
    );
    let mut answers = directory.change(Subject::user(organization, id), statements).await?;
    let facts = answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    if mail {
        answers.rows()?;
    }
    match answers.row()? {
        Some(_) => {
            if mail {
                directory.ports.mailer.wake(organization.number);
            }
            Ok(())
        }
        None if facts.is_seated => Err(Error::Conflict(Conflict::SeatHeld)),
        None => Err(Error::NoFreeSeats),
    }
}

/// Takes a user's seat away. Refusals: [`Noun::User`] or [`Noun::Seat`] not found.
pub async fn remove(directory: &Directory, organization: &Organization, id: &str) -> Result<(), Error> {
    let statement = Statement::new(
        "UPDATE users SET seated_at = NULL, updated_at = ?3 \
         WHERE organization = ?1 AND id = ?2 AND seated_at IS NOT NULL RETURNING id",
    )
    .bind(organization.number)
    .bind(id)
    .bind(directory.now());
    let statements = vec![user::facts(organization, id), statement];
    let mut answers = directory.change(Subject::user(organization, id), statements).await?;
    answers.facts()?.ok_or(Error::NotFound(Noun::User))?;
    answers.row()?.map(drop).ok_or(Error::NotFound(Noun::Seat))
}

/// The seats of an organization, and the users who hold one.
pub async fn list(
    directory: &Directory,
    organization: &Organization,
    page: Page,
) -> Result<(Seats, Listed<User>), Error> {
    let mut answers = directory
        .batch(vec![
            select(organization),
            user::select_page(organization, &Search { seated: true, ..Search::default() }, page),
        ])
        .await?;
    Ok((answers.seats()?, user::read_page(&mut answers, page)?))
}
