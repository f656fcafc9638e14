//! The password policy of an organization. It holds for the passwords that AppOptima's calls set, and,
//! where the organization was given one, for those that Astra's set, from the next call on.

pub use tessera_validate::password_policy::PasswordPolicy;

use crate::audit::Subject;
use crate::database::{DatabaseError, Row, Statement};
use crate::error::Error;
use crate::organization::Organization;
use crate::{Answers, Directory};

/// The policy of an organization.
pub async fn find(directory: &Directory, organization: &Organization) -> Result<PasswordPolicy, Error> {
    Ok(directory.batch(vec![select(organization)]).await?.password_policy()?)
}

pub(crate) fn select(organization: &Organization) -> Statement {
    Statement::new(
        "SELECT min_length, min_uppercase, min_lowercase, min_digits, min_marks FROM password_policies \
         WHERE organization = ?1",
    )
    .bind(organization.number)
}

impl Answers {
    /// The answer of [`select`].
    pub(crate) fn password_policy(&mut self) -> Result<PasswordPolicy, DatabaseError> {
        Ok(self.given_password_policy()?.unwrap_or_default())
    }

    /// The same; nothing where the organization was given none.
    pub(crate) fn given_password_policy(&mut self) -> Result<Option<PasswordPolicy>, DatabaseError> {
        let read = |row: &mut Row| {
            Ok(PasswordPolicy {
                length: row.integer()?,
                uppercase: row.integer()?,
                lowercase: row.integer()?,
                digits: row.integer()?,
                marks: row.integer()?,
            })
        };
        self.read_one(read)
    }
}

/// Replaces the policy of an organization. Users keep the passwords that they have.
pub async fn replace(directory: &Directory, organization: &Organization, policy: PasswordPolicy) -> Result<(), Error> {
    let statement = Statement::new(
        "INSERT INTO password_policies (organization, min_length, min_uppercase, min_lowercase, min_digits, min_marks) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (organization) DO UPDATE SET min_length = ?2, \
         min_uppercase = ?3, min_lowercase = ?4, min_digits = ?5, min_marks = ?6",
    )
    .bind(organization.number)
    .bind(policy.length)
    .bind(policy.uppercase)
    .bind(policy.lowercase)
    .bind(policy.digits)
    .bind(policy.marks);
    directory.change(Subject::password_policy(organization), vec![statement]).await?;
    Ok(())
}
