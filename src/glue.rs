//! The functions of `glue.js` and of `d1.js`.

use wasm_bindgen::prelude::*;
use worker::js_sys::{self, Function, Promise};
use worker::{Env, web_sys};

use crate::executor::{self, Wait};

#[wasm_bindgen(module = "/src/glue.js")]
extern "C" {
    /// Tells what waits of the promise's end.
    pub(crate) fn wait(promise: Promise, waiting: Wait);

    /// All of the request's body, a `Uint8Array`.
    pub(crate) fn body(request: &web_sys::Request) -> Promise;

    /// Calls `done` with an answer that has these headers, each as `name:value` on a line of its own. Throws where JavaScript does not
    /// take it for one, without a call.
    #[wasm_bindgen(catch)]
    pub(crate) fn respond(done: &Function, status: u16, headers: &str, body: &[u8]) -> Result<(), JsValue>;

    /// The host of a URL, as URLs write it; empty where it is none.
    pub(crate) fn host(url: &str) -> String;

    /// Sends a POST with these headers, `[[name, value], …]`; resolves to its answer's status, or to 0 for no answer in
    /// so many milliseconds.
    pub(crate) fn post(url: &str, headers: &str, body: &str, timeout: u32) -> Promise;

    /// Sends a mail; resolves to an empty text, or where it was not taken to the error's code, a blank and what it says.
    pub(crate) fn mail(binding: &JsValue, from: &str, to: &str, message: &str, timeout: u32) -> Promise;

    /// Puts a text into a queue, to be there in so many seconds.
    pub(crate) fn enqueue(queue: &JsValue, text: &str, seconds: u32) -> Promise;

    /// Counts a call by this key; resolves to whether there was room for it.
    pub(crate) fn limit(binding: &JsValue, key: &str) -> Promise;

    /// Writes a line of the log, of a request if it has an id.
    pub(crate) fn log(level: &str, message: &str, request_id: &str);

    /// Writes the log's line of a request, and its data point into the dataset `METRICS`, if the environment has one. The texts are
    /// the request's id, the dialect, the operation, the route and the method, each on a line.
    pub(crate) fn tell(env: &JsValue, texts: &str, status: u16, duration: f64, batches: u32, database: u32);

    /// The text that is kept in a namespace under a name; resolves to a text or null.
    pub(crate) fn kept(namespace: &JsValue, name: &str) -> Promise;

    /// Writes `[[name, [text, seconds] or null], …]` into a namespace.
    pub(crate) fn keep(namespace: &JsValue, writes: &str) -> Promise;

    /// The 32 bytes of PBKDF2 with HMAC-SHA256, a `Uint8Array`.
    pub(crate) fn pbkdf2(password: Vec<u8>, salt: Vec<u8>, iterations: u32) -> Promise;
}

#[wasm_bindgen(module = "/src/d1.js")]
extern "C" {
    /// Says that a number stands for this SQL from now on.
    pub(crate) fn learn(number: usize, sql: &str);

    /// Runs `[[sql, parameters], …]` in one D1 batch, the SQL a text or its number; resolves to a text, `[[[value, …], …], …]`. A shared
    /// batch may have what other calls ask in it, of which neither has any but its own.
    pub(crate) fn batch(database: &JsValue, statements: &str, is_shared: bool) -> Promise;

    /// A session with a D1 database, which begins at this bookmark or constraint.
    pub(crate) fn session(database: &JsValue, from: &str) -> JsValue;

    /// The bookmark of a session; nothing where no query was made in it.
    pub(crate) fn bookmark(session: &JsValue) -> Option<String>;
}

/// A binding, if the environment has it.
pub(crate) fn binding(env: &Env, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(env, &name.into()).ok().filter(JsValue::is_object)
}

/// What the promise resolves to, or what the error it was rejected with says.
pub(crate) async fn resolve(promise: Promise) -> Result<JsValue, String> {
    executor::settled(promise).await.map_err(|thrown| message(&thrown))
}

/// What a thrown value says.
pub(crate) fn message(thrown: &JsValue) -> String {
    match thrown.dyn_ref::<js_sys::Error>() {
        Some(error) => error.message().into(),
        None => format!("{thrown:?}"),
    }
}
