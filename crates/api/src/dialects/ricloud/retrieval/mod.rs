//! The retrieval of data: there are no sources here to retrieve from, and all that is answered is whether the
//! organisation could.

pub(super) mod create;
