//! Faults: refusals that are asked for, so that a client's handling of them can be tested. A host may have them by a rule of
//! its own ([`crate::watch`]); in development a caller asks for one by the header `Tessera-Fault`.

use std::fmt;
use std::str::FromStr;

use http::{HeaderMap, HeaderName};

use crate::endpoint::Refusal;

/// The header by which a caller in development asks for a fault.
pub const HEADER: HeaderName = HeaderName::from_static("tessera-fault");

/// A refusal by name, which each dialect says in its vendor's own form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The credential is none that opens anything, as if it had ended.
    ExpiredToken,
    /// The credential does not open this.
    Forbidden,
    /// The change does not fit what is there.
    Conflict,
    /// No seat is free.
    SeatExhausted,
    /// Too many calls.
    RateLimited,
    /// The service is down for a while.
    Unavailable,
    /// The service failed.
    Internal,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ExpiredToken,
        Self::Forbidden,
        Self::Conflict,
        Self::SeatExhausted,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ExpiredToken => "expired_token",
            Self::Forbidden => "forbidden",
            Self::Conflict => "conflict",
            Self::SeatExhausted => "seat_exhausted",
            Self::RateLimited => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Self::ExpiredToken => Refusal::Unauthenticated,
            Self::Forbidden => Refusal::Forbidden,
            Self::Conflict => Refusal::Conflict,
            Self::SeatExhausted => Refusal::NoFreeSeats,
            Self::RateLimited => Refusal::RateLimited,
            Self::Unavailable => Refusal::Unavailable,
            Self::Internal => Refusal::Internal,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        Self::ALL.into_iter().find(|fault| fault.as_str() == name).ok_or(UnknownFault)
    }
}

/// A name that no fault has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownFault;

/// The fault that a call's headers ask for. A name that none has asks for nothing.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Fault> {
    headers.get(HEADER)?.to_str().ok()?.trim().parse().ok()
}
