//! What the suite logged, searched for what no log may hold: secrets, credentials, e-mail addresses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use regex::RegexSet;
use serde_json::Value;
use tessera_directory::demo;

use crate::workspace;

/// What has the form of something that no log may hold.
const FORMS: [&str; 6] = [
    // a secret of ours
    r"tsr_\w",
    // a signed token
    r"eyJ[\w-]{8,}\.[\w-]+\.",
    // a password, or a client's secret, as the tests choose all of theirs
    r"\b[A-Z][a-z]+-[A-Z][a-z]+-(2026|1)\b",
    // a credential in a header
    r"(?i)\b(bearer|basic)\s+[\w+/=.~-]{8,}",
    // a credential in a URL
    r"://[^/\s]*:[^/\s]*@",
    // an e-mail address
    r#"[^\s"'<>(){}\[\]@:=,;\\/]@[\w-]+(\.[\w-]+)*\.\pL{2,}"#,
];

/// What wrangler writes of itself into the log of a Worker: each request with its path, which may hold an address, and the
/// addresses that its mail may come from and go to.
const WRANGLERS: [&str; 2] = [r"^\[wrangler:info\] [A-Z]+ /", r"^env\.MAIL(_FROM)? "];

/// The file for what native hosts log in the tests, new and empty.
pub(crate) fn native() -> Result<PathBuf> {
    let file = workspace::temporary()?.join("native.log");
    fs::write(&file, "")?;
    Ok(file)
}

/// Fails with every line of these logs that holds what none may, and where one has no line of a request.
pub(crate) fn check(files: &[&Path]) -> Result<()> {
    let search = Search::new()?;
    for file in files {
        let text = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
        let text = String::from_utf8_lossy(&text);
        if !text.lines().any(|line| line.contains(r#""message":"request""#)) {
            bail!("{} has no line of a request", file.display());
        }
        let found: Vec<&str> = text.lines().filter(|line| search.finds(line)).collect();
        if !found.is_empty() {
            let some: Vec<&str> = found.iter().take(20).copied().collect();
            let count = found.len();
            bail!("{} has {count} lines with what no log may hold:\n{}", file.display(), some.join("\n"));
        }
    }
    Ok(())
}

/// What is searched for.
struct Search {
    forms: RegexSet,
    wranglers: RegexSet,
    words: Vec<String>,
}

impl Search {
    fn new() -> Result<Self> {
        let demo = demo::json();
        let organizations = demo.get("organizations").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let passwords = organizations.iter().filter_map(|one| one.get("admin_password").and_then(Value::as_str));
        let words = passwords.chain([demo::PEPPER]).map(str::to_owned).collect();
        Ok(Self { forms: RegexSet::new(FORMS)?, wranglers: RegexSet::new(WRANGLERS)?, words })
    }

    fn finds(&self, line: &str) -> bool {
        let is_found = self.forms.is_match(line) || self.words.iter().any(|word| line.contains(word));
        is_found && !self.wranglers.is_match(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_log_may_hold_is_found() {
        let search = Search::new().unwrap();
        let password = search.words.first().unwrap().clone();
        for line in [
            "the key tsr_key_x",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln",
            "Authorization: Bearer abcdefgh",
            "wrong: Some-Body-2026",
            "authorization: basic YTpiYTpiYQ==",
            "smtp://ann:word@mail.acme.test:25",
            r#"{"message":"550 no such user ada@acme.test"}"#,
            "användare@exempel.test",
            password.as_str(),
            "[wrangler:info] Ready for ada@acme.test",
        ] {
            assert!(search.finds(line), "{line}");
        }
        for line in [
            r#"{"timestamp":"2026-01-01T00:00:00.000Z","level":"INFO","message":"request","route":"/v1/caller","status":200}"#,
            "[wrangler:info] GET /api/users/ada@acme.test 200 OK (5ms)",
            "env.MAIL (ok@acme.test)             Send Email                    local",
            "stack: node_modules/workerd@51f50be, wrangler@4.86.0",
            "http://127.0.0.1:8787/v1/caller",
            "the basics of bearers",
        ] {
            assert!(!search.finds(line), "{line}");
        }
    }
}
