//! What Tessera's APIs take and answer, as OpenAPI 3.1 documents and as Postman collections: one of each for every dialect.
//!
//! A dialect's file tells its operations' bodies; method and path are the registry's, and the refusals with their examples
//! are what the contract's vectors met (`examples/`). The contract's run holds both against what the server answers.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use utoipa::openapi::SecurityRequirement;
use utoipa::openapi::security::SecurityScheme;

use operation::Operation;
use schema::Schema;

mod anaconda;
mod appoptima;
mod astra;
mod document;
mod native;
mod octane;
mod operation;
mod postman;
mod ricloud;
mod schema;

/// What is told of a dialect.
struct Api {
    /// The dialect's name.
    vendor: &'static str,
    title: &'static str,
    description: &'static str,
    /// The credential's scheme, and the header that it is sent in: what stands there, with the environment's variables.
    security: SecurityScheme,
    authorization: &'static str,
    /// Further ways to be somebody.
    further: Vec<(&'static str, SecurityScheme)>,
    schemas: Vec<(&'static str, Schema)>,
    /// The schema of a parameter of the path.
    parameter: fn(&str) -> Schema,
    /// The schema of a refusal.
    refusal: &'static str,
    /// The media type of a refusal.
    refusal_media: &'static str,
    /// The operations, in the order of the walk.
    operations: Vec<Operation>,
    /// What the Postman environment has besides the base and the keys.
    variables: &'static [(&'static str, &'static str)],
}

/// The name of the dialect's own scheme of security in its document.
const OWN: &str = "key";

impl Api {
    fn requirements(&self) -> Vec<SecurityRequirement> {
        let none: [&str; 0] = [];
        let names = std::iter::once(OWN).chain(self.further.iter().map(|(name, _)| *name));
        names.map(|name| SecurityRequirement::new(name, none)).collect()
    }
}

fn apis() -> Vec<Api> {
    vec![native::api(), anaconda::api(), appoptima::api(), astra::api(), octane::api(), ricloud::api()]
}

/// The dialects' names.
pub fn vendors() -> Vec<&'static str> {
    apis().iter().map(|api| api.vendor).collect()
}

/// Statuses that an operation may answer with though no vector meets them there, and what provokes them.
///
/// 401 and 403 are none of an operation that is for everybody, 403 is none of one for OAuth's clients, and 413 is none of
/// one without a body.
pub const EVERYWHERE: &[(u16, &str)] = &[
    (401, "by who has no credential: tests/contract/tests/authorization.rs"),
    (403, "by who may not call it: tests/contract/tests/authorization.rs"),
    (413, "the body is over what is taken: tests/contract/tests/bad_input.rs"),
    (429, "by the fault rate_limited: faults.vectors.json"),
    (500, "by the fault internal: faults.vectors.json"),
    (503, "by the fault unavailable: faults.vectors.json"),
];

/// The name under which what was met by a fault is recorded.
pub const BY_A_FAULT: &str = "*";

/// What the vectors met: of each operation, by its status, `type` and `body` of the answer and, where the request was taken,
/// what was `sent`.
pub fn examples(vendor: &str) -> Result<Map<String, Value>, String> {
    let bytes: &[u8] = match vendor {
        "native" => include_bytes!("../examples/native.json"),
        "anaconda" => include_bytes!("../examples/anaconda.json"),
        "appoptima" => include_bytes!("../examples/appoptima.json"),
        "astra" => include_bytes!("../examples/astra.json"),
        "octane" => include_bytes!("../examples/octane.json"),
        "ricloud" => include_bytes!("../examples/ricloud.json"),
        other => return Err(format!("there is no vendor {other}")),
    };
    serde_json::from_slice(bytes).map_err(|error| format!("examples/{vendor}.json: {error}"))
}

/// A file that is made: its path in the project, and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// The path.
    pub path: String,
    /// The contents.
    pub contents: String,
}

/// Where the hosts serve from.
const SERVED: &str = "console/dist/openapi";

/// Every document, collection and environment, and what the hosts serve of them. An error is what the dialects' files do not
/// tell.
pub fn files() -> Result<Vec<File>, String> {
    let page = [
        ("index.html", include_str!("../page/index.html")),
        ("reference.css", include_str!("../page/reference.css")),
        ("reference.js", include_str!("../page/reference.js")),
    ];
    let page = page.map(|(name, text)| File { path: format!("{SERVED}/{name}"), contents: text.to_owned() });
    let mut files = Vec::from(page);
    for api in apis() {
        let document = document::of(&api)?;
        let vendor = api.vendor;
        let mut file = |path: String, value: &Value| {
            let contents = serde_json::to_string_pretty(value).map_err(|error| format!("{path}: {error}"))? + "\n";
            files.push(File { path, contents });
            Ok::<(), String>(())
        };
        file(format!("docs/openapi/{vendor}.json"), &document)?;
        file(format!("docs/postman/{vendor}.postman_collection.json"), &postman::collection(&api, &document)?)?;
        file(format!("docs/postman/{vendor}.postman_environment.json"), &postman::environment(&api))?;
        // to read there, and to send here
        files.push(File { path: format!("{SERVED}/{vendor}.json"), contents: document.to_string() });
    }
    Ok(files)
}

/// The document of a dialect.
pub fn document(vendor: &str) -> Result<Value, String> {
    let api = apis().into_iter().find(|api| api.vendor == vendor);
    document::of(&api.ok_or_else(|| format!("there is no vendor {vendor}"))?)
}

/// The operations of the registry that a dialect's file does not tell, and those that only it has.
fn disagreement(api: &Api) -> Vec<&'static str> {
    let routes = tessera_api::routes();
    let registered: BTreeSet<&str> =
        routes.iter().filter(|route| route.dialect == api.vendor).map(|route| route.operation).collect();
    let told: BTreeSet<&str> = api.operations.iter().map(|operation| operation.id).collect();
    registered.symmetric_difference(&told).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_is_in_the_repository_is_what_is_made() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        for file in files().unwrap() {
            let kept = std::fs::read_to_string(root.join(&file.path)).unwrap_or_default();
            assert!(kept == file.contents, "{} is not what is made: run `cargo xtask openapi`", file.path);
        }
    }

    #[test]
    fn every_operation_is_told_once() {
        for api in apis() {
            assert_eq!(disagreement(&api), Vec::<&str>::new(), "{}", api.vendor);
            let mut ids: Vec<&str> = api.operations.iter().map(|operation| operation.id).collect();
            ids.sort_unstable();
            let all = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), all, "{}", api.vendor);
        }
    }
}
