//! Contract vectors: what a client may rely on of a server, told in cases that run over HTTP, and the runner for them. The
//! format is that of `docs/contract-vectors.md`.

pub mod http;
pub mod matching;
pub mod run;
pub mod vector;
