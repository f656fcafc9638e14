//! What several of WireMock's answers have.

use schemars::JsonSchema;
use serde::Serialize;

use crate::stubs::StubError;

/// WireMock's code of what does not validate.
const INVALID: u32 = 10;

/// Done, and nothing to tell.
#[derive(Serialize, JsonSchema)]
pub(super) struct Done {}

/// How many there are in all.
#[derive(Serialize, JsonSchema)]
pub(super) struct Meta {
    pub(super) total: usize,
}

/// What is wrong with what was sent.
#[derive(Serialize, JsonSchema)]
pub(super) struct StubErrors {
    errors: Vec<Entry>,
}

/// One thing that is wrong.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "StubError")]
struct Entry {
    code: u32,
    source: Source,
    /// A sentence.
    title: String,
}

/// Where it stands.
#[derive(Serialize, JsonSchema)]
struct Source {
    /// A JSON pointer into the body.
    #[schemars(extend("format" = "json-pointer"))]
    pointer: String,
}

impl From<StubError> for StubErrors {
    fn from(error: StubError) -> Self {
        let StubError { pointer, title } = error;
        Self { errors: vec![Entry { code: INVALID, source: Source { pointer }, title }] }
    }
}
