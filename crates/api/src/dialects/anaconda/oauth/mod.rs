//! OAuth 2 [S, W, E; RFC 6749].

pub(super) mod token;
