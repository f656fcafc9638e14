//! The rules of single values.

use serde_json::Value;
use tessera_api::verdict::{self, Code, Problem};
use tessera_validate::password_policy::{PasswordPolicy, Trait};
use tessera_validate::{client_secret, login, name, secret, service_account, slug};
use wasm_bindgen::prelude::*;

use crate::{Problems, read, told};

#[wasm_bindgen]
extern "C" {
    /// What is asked of a password.
    #[wasm_bindgen(typescript_type = "PasswordPolicy")]
    pub type Policy;

    /// The kind of a secret, if it is one.
    #[wasm_bindgen(typescript_type = "KeyKind | undefined")]
    pub type KeyKind;
}

/// What is wrong, if it is.
fn unless(is_good: bool, message: &'static str) -> Result<Problems, JsError> {
    let problems = if is_good { Vec::new() } else { vec![Problem::of_value(Code::Value, message)] };
    Ok(told(&problems)?.unchecked_into())
}

/// An e-mail address as Anaconda, Astra and the native API take it.
#[wasm_bindgen]
pub fn email(text: &str) -> Result<Problems, JsError> {
    unless(tessera_validate::email::is_valid(text), "should be an e-mail address of at most 254 bytes")
}

/// An e-mail address as AppOptima takes it, which asks for less: a host without a domain will do.
#[wasm_bindgen(js_name = looseEmail)]
pub fn loose_email(text: &str) -> Result<Problems, JsError> {
    unless(tessera_validate::email::has_shape(text), "should be an e-mail address of at most 254 characters")
}

/// The name of a service account.
#[wasm_bindgen(js_name = serviceAccountName)]
pub fn service_account_name(text: &str) -> Result<Problems, JsError> {
    unless(service_account::is_valid(text), "should be 1 to 64 of a-z, 0-9, hyphen and underscore")
}

/// The secret that is chosen for an access key of Octane's.
#[wasm_bindgen(js_name = clientSecret)]
pub fn client_secret(text: &str) -> Result<Problems, JsError> {
    let rule = "should be 10 to 30 characters of at least three classes: A-Z, a-z, 0-9, any other";
    unless(client_secret::is_strong(text), rule)
}

/// The id of a user of AppOptima's.
#[wasm_bindgen]
pub fn login(text: &str) -> Result<Problems, JsError> {
    unless(login::is_valid(text), "should be a text of at most 255 characters that can stand in a path")
}

/// A name of a person, an organization or a key.
#[wasm_bindgen]
pub fn name(text: &str) -> Result<Problems, JsError> {
    unless(name::is_valid(text), "should be at most 255 characters, none of them control")
}

/// A password under a policy: one problem for each thing that it has too little of. Without a policy that of a new
/// organization holds.
#[wasm_bindgen]
pub fn password(text: &str, policy: Option<Policy>) -> Result<Problems, JsError> {
    let policy = match policy.map(|policy| read(&policy)).transpose()?.flatten() {
        Some(Value::Object(policy)) => verdict::password_policy(policy)?,
        Some(_) => return Err(JsError::new("a policy should be an object")),
        None => PasswordPolicy::default(),
    };
    let problem = |(lacking, least): (Trait, i64)| {
        let what = match lacking {
            Trait::Length => "characters",
            Trait::Uppercase => "upper-case Latin letters",
            Trait::Lowercase => "lower-case Latin letters",
            Trait::Digits => "digits",
            Trait::Marks => "marks of ASCII",
        };
        Problem::of_value(Code::Policy, format!("should have at least {least} {what}"))
    };
    let problems: Vec<Problem> = policy.lacking(text).map(problem).collect();
    Ok(told(&problems)?.unchecked_into())
}

/// The form and the checksum of a key, a token or another secret of Tessera's. Whether it opens anything only the server
/// knows.
#[wasm_bindgen]
pub fn key(text: &str) -> Result<Problems, JsError> {
    unless(secret::parse(text).is_some(), "should be a whole secret, tsr_…: a character is wrong, missing or too many")
}

/// What a well-formed secret opens.
#[wasm_bindgen(js_name = keyKind)]
pub fn key_kind(text: &str) -> KeyKind {
    secret::parse(text).map_or(JsValue::UNDEFINED, |kind| JsValue::from_str(kind.as_str())).unchecked_into()
}

/// The slug that an organization of this name gets, unless another has it.
#[wasm_bindgen]
pub fn slug(name: &str) -> String {
    slug::from_name(name)
}

/// The id that a group of AppOptima's of this name gets; the lower case of every script is no small part of a package.
#[cfg(feature = "appoptima")]
#[wasm_bindgen(js_name = groupSlug)]
pub fn group_slug(name: &str) -> String {
    slug::of_group(name)
}

/// The form of a query of Octane's, its double quotes included: where it is wrong, and what was expected there. Its fields are
/// looked at by the lists that [`judge`](crate::judge) knows.
#[cfg(feature = "octane")]
#[wasm_bindgen(js_name = octaneQuery)]
pub fn octane_query(text: &str) -> Result<Problems, JsError> {
    Ok(told(&verdict::octane_query(text))?.unchecked_into())
}
