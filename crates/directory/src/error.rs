//! What a use case may answer instead of its result.

use crate::database::DatabaseError;
use crate::ports::{DerivationError, RetryAfter};

/// Why a use case was refused or failed. Each variant's public meaning is told by the dialects in their own words;
/// whoever adds a variant is made to add its words, for every dialect matches on all of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The organization has no such thing. What belongs to another organization counts as not there.
    #[error("{0:?} not found")]
    NotFound(Noun),
    /// The change does not fit what is there.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// Every seat is held.
    #[error("no free seat")]
    NoFreeSeats,
    /// Too many calls, or too many wrong passwords: the call may be made again after this.
    #[error("too many calls")]
    RateLimited(RetryAfter),
    /// The host failed. The text is private: it is for the log.
    #[error("{0}")]
    Internal(String),
}

/// A kind of thing that can be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// An organization.
    Organization,
    /// A user.
    User,
    /// A seat that the user would hold.
    Seat,
    /// A user's token.
    Token,
    /// A key of the organization.
    Key,
    /// A group.
    Group,
    /// A role binding.
    RoleBinding,
    /// A stored credential.
    Credential,
    /// A delivery to a webhook.
    Delivery,
    /// A mail of the outbox.
    Mail,
}

/// A kind of conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// The organization has a user with this e-mail.
    EmailTaken,
    /// The organization has a user with this login.
    LoginTaken,
    /// The user holds a seat already.
    SeatHeld,
    /// The user holds a seat, which must be taken away first.
    SeatAssigned,
    /// The user has a live token, which must be revoked first.
    TokenActive,
    /// The token is revoked already.
    TokenRevoked,
    /// The key is revoked already.
    KeyRevoked,
    /// The user is the organization's only admin.
    LastAdmin,
    /// More seats are held than the organization would have.
    SeatsInUse,
    /// The organization has a group with this name.
    GroupNameTaken,
    /// The user has a password already, and only a first one may be set.
    PasswordSet,
    /// The user or the group has a role binding already.
    Bound,
    /// The organization has a group with this distinguished name.
    AuthIdTaken,
    /// It is no longer as the caller saw it.
    Stale,
    /// The call's idempotency key is that of a call which is still being answered.
    Unfinished,
}

impl From<DatabaseError> for Error {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Unique(columns) if columns.contains("users.email_key") => {
                Self::Conflict(Conflict::EmailTaken)
            }
            DatabaseError::Unique(columns) if columns.contains("users.login") => Self::Conflict(Conflict::LoginTaken),
            DatabaseError::Unique(columns) if columns.contains("groups.name") => {
                Self::Conflict(Conflict::GroupNameTaken)
            }
            DatabaseError::Unique(columns) if columns.contains("groups.auth_key") => {
                Self::Conflict(Conflict::AuthIdTaken)
            }
            DatabaseError::Unique(columns)
                if columns.contains("role_bindings.user") || columns.contains("role_bindings.group_id") =>
            {
                Self::Conflict(Conflict::Bound)
            }
            DatabaseError::Unique(columns) if columns.contains("idempotency_keys.digest") => {
                Self::Conflict(Conflict::Unfinished)
            }
            DatabaseError::Unique(columns) if columns.contains("credentials.user") => {
                Self::Conflict(Conflict::PasswordSet)
            }
            other => Self::Internal(other.to_string()),
        }
    }
}

impl From<RetryAfter> for Error {
    fn from(after: RetryAfter) -> Self {
        Self::RateLimited(after)
    }
}

impl From<DerivationError> for Error {
    fn from(error: DerivationError) -> Self {
        Self::Internal(error.0)
    }
}
