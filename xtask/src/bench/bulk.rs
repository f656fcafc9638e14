//! Making many users by one call of AppOptima's, on either host, beside making them one by one.

use std::time::Instant;

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::client::Client;
use super::middle;

/// How many users a small and a large call make, and how many are made one by one.
const SMALL: usize = 1_000;
const LARGE: usize = 10_000;
const SINGLE: usize = 200;
/// How often each call is measured.
const ROUNDS: usize = 3;

const USERS: &str = "/api/v1.0/onpremise/users";

/// How long the calls took: ms.
pub(super) struct Bulk {
    /// One that makes 1,000 users.
    pub(super) small: f64,
    /// One that makes 10,000.
    pub(super) large: f64,
    /// One that makes a single user.
    pub(super) single: f64,
}

impl Bulk {
    /// How many times longer ten times as many take.
    pub(super) fn growth(&self) -> f64 {
        self.large / self.small
    }
}

/// Asks a server at this address, small and large calls in turn.
pub(super) fn measure(address: &str, key: &str) -> Result<Bulk> {
    let mut made = 0;
    let mut small = Vec::new();
    let mut large = Vec::new();
    for _ in 0..ROUNDS {
        small.push(post(address, &format!("{USERS}/bulk"), key, &users(&mut made, SMALL))?);
        large.push(post(address, &format!("{USERS}/bulk"), key, &users(&mut made, LARGE))?);
    }
    let mut singles = Vec::new();
    for _ in 0..SINGLE {
        let one = users(&mut made, 1).pop().unwrap_or_default();
        singles.push(post(address, USERS, key, &one)?);
    }
    Ok(Bulk { small: middle(small), large: middle(large), single: middle(singles) })
}

/// So many further users.
fn users(made: &mut usize, count: usize) -> Vec<Value> {
    let first = *made;
    *made += count;
    (first..*made)
        .map(|number| {
            json!({
                "id": format!("bulk.{number}"), "email": format!("bulk.{number}@acme.test"),
                "firstName": "Bulk", "lastName": "User", "passwordClearText": null, "groups": ["users"],
            })
        })
        .collect()
}

/// Sends a body, on a connection of its own, and reads the whole answer: ms.
fn post(address: &str, path: &str, key: &str, body: &(impl serde::Serialize + ?Sized)) -> Result<f64> {
    let body = serde_json::to_string(body)?;
    let begun = Instant::now();
    let answer = Client::connect(address)?.ask("POST", path, &format!("Authorization: Api-Token {key}\r\n"), &body)?;
    let took = begun.elapsed().as_secs_f64() * 1e3;
    let shown: String = answer.body.chars().take(300).collect();
    ensure!(answer.status == 200, "{path} is answered by {}: {shown}", answer.status);
    Ok(took)
}
