//! The npm package `@tessera/validate`: what every operation says of a request, told where the request is made.
//!
//! The rules and the words are those of `tessera-api`; here is only the way to them from JavaScript. What a JavaScript
//! object tells is read as JSON, so that there is one reader, and its types are in `types.d.ts`.

use js_sys::{JSON, JsString, Reflect, Uint8Array};
use serde_json::{Map, Value};
use tessera_api::verdict::{self, Question, Vendor};
use wasm_bindgen::prelude::*;

pub mod values;

/// A fourth of the standard library's in size, and no slower.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

/// The types of the package.
#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = include_str!("types.d.ts");

#[wasm_bindgen]
extern "C" {
    /// A request that is asked about.
    #[wasm_bindgen(typescript_type = "Request")]
    pub type Request;

    /// What an operation says of a request.
    #[wasm_bindgen(typescript_type = "Verdict")]
    pub type Verdict;

    /// What is wrong.
    #[wasm_bindgen(typescript_type = "Problem[]")]
    pub type Problems;

    /// The names of operations.
    #[wasm_bindgen(typescript_type = "Operation[]")]
    pub type Operations;

    /// What browsers and Node.js write UTF-8 with.
    type TextEncoder;

    #[wasm_bindgen(constructor)]
    fn new() -> TextEncoder;
    #[wasm_bindgen(method, js_name = encodeInto)]
    fn encode_into(this: &TextEncoder, text: &JsString, bytes: &mut [u8]) -> Encoded;

    /// How far it came.
    type Encoded;

    #[wasm_bindgen(method, getter, structural)]
    fn read(this: &Encoded) -> u32;
}

thread_local! {
    static ENCODER: TextEncoder = TextEncoder::new();
}

/// The vendors that this build has.
const VENDORS: &[Vendor] = &[
    #[cfg(feature = "anaconda")]
    verdict::ANACONDA,
    #[cfg(feature = "appoptima")]
    verdict::APPOPTIMA,
    #[cfg(feature = "astra")]
    verdict::ASTRA,
    #[cfg(feature = "native")]
    verdict::NATIVE,
    #[cfg(feature = "octane")]
    verdict::OCTANE,
    #[cfg(feature = "ricloud")]
    verdict::RICLOUD,
];

/// What the operation says of the request: what is wrong with it, and if it is refused, the very answer.
///
/// Who calls is not asked, and whatever the path names counts as there. Throws where the request is none.
#[wasm_bindgen]
pub fn judge(request: &Request) -> Result<Verdict, JsError> {
    // what JavaScript throws on the way is caught, or this instance would be done for
    let member = |name: &str| {
        Reflect::get(request, &JsValue::from_str(name)).map_err(|_| JsError::new("a request should be an object"))
    };
    let mut members = Map::new();
    for name in ["operation", "parameters", "query", "headers", "assumed"] {
        if let Some(value) = read(&member(name)?)? {
            members.insert(name.to_owned(), value);
        }
    }
    let question = Question::read(members, bytes(&member("body")?)?)?;
    let verdict = verdict::judge(VENDORS, question)?;
    Ok(told(&verdict)?.unchecked_into())
}

/// The operations that [`judge`] knows.
#[wasm_bindgen]
pub fn operations() -> Result<Operations, JsError> {
    let names: Vec<String> = VENDORS.iter().flat_map(Vendor::operations).collect();
    Ok(told(&names)?.unchecked_into())
}

/// Reads what was passed, by way of JSON; nothing where it is left out.
fn read(value: &JsValue) -> Result<Option<Value>, JsError> {
    if value.is_undefined() {
        return Ok(None);
    }
    let json = JSON::stringify(value).ok().and_then(|json| json.as_string());
    let json = json.ok_or_else(|| JsError::new("what is passed cannot be told as JSON"))?;
    serde_json::from_slice(json.as_bytes()).map(Some).map_err(|_| JsError::new("what is passed is not JSON"))
}

/// A body: a text, bytes, or none.
fn bytes(body: &JsValue) -> Result<Vec<u8>, JsError> {
    if body.is_undefined() || body.is_null() {
        return Ok(Vec::new());
    }
    if let Some(text) = body.dyn_ref::<JsString>() {
        // wasm-bindgen copies a text letter by letter, and ten thousand users have a million
        let mut bytes = vec![0; text.length() as usize];
        let encoded = ENCODER.with(|encoder| encoder.encode_into(text, &mut bytes));
        // it fits where all of it is ASCII
        return Ok(if encoded.read() == text.length() { bytes } else { String::from(text).into_bytes() });
    }
    match body.dyn_ref::<Uint8Array>() {
        Some(bytes) => Ok(bytes.to_vec()),
        None => Err(JsError::new("body: should be a string or a Uint8Array")),
    }
}

/// A value as JavaScript has it.
fn told(value: &impl serde::Serialize) -> Result<JsValue, JsError> {
    let json = serde_json::to_string(value).unwrap_or_default();
    JSON::parse(&json).map_err(|_| JsError::new("what is told is not JSON"))
}
