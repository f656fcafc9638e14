//! The rule of one value: what makes an e-mail address, a service-account name, a slug or a key well formed.
//!
//! Nothing here does I/O, knows the time or draws a random number, so the same verdict is given in a browser and on a
//! server.

pub mod client_secret;
pub mod email;
pub mod login;
mod lower;
pub mod name;
pub mod password_policy;
pub mod secret;
pub mod service_account;
pub mod slug;
