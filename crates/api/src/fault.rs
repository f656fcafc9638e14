//! Faults: what is asked to go wrong with a call, so that a client's handling of it can be tested. A host may have them by a
//! rule of its own ([`crate::watch`]); in development a caller asks for one by the header `Tessera-Fault`.
//!
//! A refusal is the dialect's to say. The rest is the host's to do: it finds the [`Effect`] in the extensions of the answer.

use std::str::FromStr;
use std::time::Duration;

use axum::response::{IntoResponse as _, Response};
use http::{HeaderName, StatusCode};
use tessera_directory::ports::RetryAfter;

use crate::dialects::problem;
use crate::endpoint::{Call, Refusal};
use crate::suggest::unknown;

/// The header by which a caller in development asks for a fault.
pub const HEADER: HeaderName = HeaderName::from_static("tessera-fault");

/// How late a slow call is answered, unless a rule says it.
const SLOW: Duration = Duration::from_secs(3);

/// What befalls a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It is refused.
    Refuse(Fault),
    /// It is answered as it should be, and late: the host is to wait.
    Slow(Duration),
    /// Nothing is done, and the host is to break the connection. One that cannot sends the answer that is there, which
    /// says so.
    Break(Break),
}

impl Effect {
    /// The names of all of them.
    pub fn names() -> impl Iterator<Item = &'static str> {
        Fault::ALL.into_iter().map(Fault::as_str).chain(["slow"]).chain(Break::ALL.into_iter().map(Break::as_str))
    }

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Refuse(fault) => fault.as_str(),
            Self::Slow(_) => "slow",
            Self::Break(way) => way.as_str(),
        }
    }
}

impl FromStr for Effect {
    type Err = UnknownFault;

    fn from_str(name: &str) -> Result<Self, UnknownFault> {
        if name == "slow" {
            return Ok(Self::Slow(SLOW));
        }
        let refusal = Fault::ALL.into_iter().find(|fault| fault.as_str() == name).map(Self::Refuse);
        let broken = || Break::ALL.into_iter().find(|way| way.as_str() == name).map(Self::Break);
        refusal.or_else(broken).ok_or_else(|| UnknownFault(unknown("fault", name, Self::names())))
    }
}

/// A name that no fault has: a sentence with those that come near.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFault(pub String);

/// A way for a connection to break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// It is reset.
    ConnectionReset,
    /// It is closed with no answer.
    EmptyResponse,
    /// An answer begins, and goes on as none does.
    MalformedResponse,
    /// What is sent is no HTTP.
    RandomData,
}

impl Break {
    const ALL: [Self; 4] = [Self::ConnectionReset, Self::EmptyResponse, Self::MalformedResponse, Self::RandomData];

    fn as_str(self) -> &'static str {
        match self {
            Self::ConnectionReset => "connection_reset",
            Self::EmptyResponse => "empty_response",
            Self::MalformedResponse => "malformed_response",
            Self::RandomData => "random_data",
        }
    }
}

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
    const ALL: [Self; 7] = [
        Self::ExpiredToken,
        Self::Forbidden,
        Self::Conflict,
        Self::SeatExhausted,
        Self::RateLimited,
        Self::Unavailable,
        Self::Internal,
    ];

    fn as_str(self) -> &'static str {
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
            Self::RateLimited => Refusal::RateLimited(RetryAfter(1)),
            Self::Unavailable => Refusal::Unavailable,
            Self::Internal => Refusal::Internal,
        }
    }
}

/// The fault that a call asks for, where it may.
pub(crate) fn asked(call: &Call) -> Result<Option<Effect>, UnknownFault> {
    let name = call.header(HEADER.as_str()).filter(|_| call.directory.is_development());
    name.map(|name| name.trim().parse()).transpose()
}

/// The refusal of a name that no fault has, for which a test would wait in vain.
pub(crate) fn unknown_name(UnknownFault(why): &UnknownFault) -> Response {
    problem(StatusCode::BAD_REQUEST, "unknown-fault", &format!("Tessera-Fault: {why}")).into_response()
}

/// What a host answers that cannot break a connection.
pub(crate) fn unbroken(way: Break) -> Response {
    let detail = format!("Tessera-Fault: this host cannot break a connection, as {} would", way.as_str());
    problem(StatusCode::NOT_IMPLEMENTED, "fault-not-possible", &detail).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_its_effects() {
        for name in Effect::names() {
            assert_eq!(name.parse().map(Effect::as_str), Ok(name));
        }
        let UnknownFault(why) = Effect::from_str("connection_rest").unwrap_err();
        assert_eq!(why, "there is no fault \"connection_rest\"; did you mean connection_reset?");
    }
}
