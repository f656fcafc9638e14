//! Runs a case against one server.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::http::{Body, Request, Response, Target};
use crate::matching::matches;
use crate::vector::{Case, Step, Suite, Variables, substitute};

/// One request of a case and its answer.
#[derive(Clone, Debug)]
pub struct Exchange {
    /// Which step it was: `setup 1`, `step 3`.
    pub step: String,
    /// The method and the path, as sent.
    pub request: String,
    /// The request.
    pub sent: Request,
    /// The answer.
    pub response: Response,
}

/// What came of a case on one server.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// Each request with its answer, as far as the case went.
    pub exchanges: Vec<Exchange>,
    /// What was made and captured.
    pub variables: Variables,
    /// Why the case failed, for a reader.
    pub failure: Option<String>,
}

/// Eight random lowercase letters and digits.
pub fn uniq() -> String {
    let mut bytes = [0; 8];
    // Without randomness the names collide, and the cases say so.
    let _ = getrandom::fill(&mut bytes);
    let alphabet: Vec<char> = ('a'..='z').chain('0'..='9').collect();
    bytes.iter().filter_map(|byte| alphabet.get(usize::from(*byte) % alphabet.len())).collect()
}

/// Runs a case.
pub fn case(target: &Target, root_key: &str, suite: &Suite, case: &Case, uniq: &str) -> Run {
    let mut run = Run::default();
    for (name, value) in [("base", target.base()), ("root_key", root_key), ("uniq", uniq)] {
        run.variables.insert(name.to_owned(), value.into());
    }
    let mut runner = Runner { target, cookies: Vec::new(), run };
    let failure = runner.case(suite, case).err();
    Run { failure, ..runner.run }
}

/// The state of a case: its cookies last until its end.
struct Runner<'a> {
    target: &'a Target,
    cookies: Vec<(String, String)>,
    run: Run,
}

impl Runner<'_> {
    fn case(&mut self, suite: &Suite, case: &Case) -> Result<(), String> {
        if case.org.is_object() {
            self.organization(&case.org, "")?;
        }
        if case.other_org.is_object() {
            self.organization(&case.other_org, "other_")?;
        }
        let setup = if case.org.is_null() { &[][..] } else { &suite.setup };
        for (index, step) in setup.iter().enumerate() {
            self.step(step, &format!("setup {}", index + 1))?;
        }
        for (index, step) in case.steps.iter().enumerate() {
            self.step(step, &format!("step {}", index + 1))?;
        }
        Ok(())
    }

    /// Makes an organization as the format says, and its variables.
    fn organization(&mut self, overrides: &Value, prefix: &str) -> Result<(), String> {
        let uniq = self.run.variables.get("uniq").and_then(Value::as_str).unwrap_or_default();
        let other = if prefix.is_empty() { "" } else { " other" };
        let mut members = Map::new();
        members.insert("name".to_owned(), format!("Case {uniq}{other}").into());
        members.insert("seats".to_owned(), 5.into());
        let email = format!("{}admin-{uniq}@acme.test", if prefix.is_empty() { "" } else { "other-" });
        members.insert("admin".to_owned(), json!({"email": email, "password": "Case-Admin-2026"}));
        if let Value::Object(overrides) = substitute(overrides, &self.run.variables)? {
            members.extend(overrides);
        }
        let request = json!({
            "method": "POST", "path": "/v1/organizations", "json": members,
            "headers": {"Authorization": "Bearer {{root_key}}"},
        });
        let made = json!({
            "$subset": true, "id": format!("$capture:{prefix}org_id"), "number": format!("$capture:{prefix}org_number"),
            "slug": format!("$capture:{prefix}org_slug"), "api_key": format!("$capture:{prefix}api_key"),
        });
        let step = Step { request, expect: json!({"status": 201, "json": made}) };
        self.step(&step, &format!("{prefix}organization"))?;
        for (member, name) in [("email", "admin_email"), ("password", "admin_password")] {
            let value = members.get("admin").and_then(|admin| admin.get(member)).cloned();
            self.run.variables.insert(format!("{prefix}{name}"), value.unwrap_or_default());
        }
        Ok(())
    }

    fn step(&mut self, step: &Step, name: &str) -> Result<(), String> {
        let failed = |why: String| format!("{name}: {why}");
        let sent = substitute(&step.request, &self.run.variables).map_err(failed)?;
        let request = self.request(&sent).map_err(failed)?;
        let line = format!("{} {}", request.method, String::from_utf8_lossy(&request.path));
        let response = self.target.send(&request).map_err(|e| format!("{name}: {line}: no answer: {e}"))?;
        self.keep_cookies(&response);
        let (step_name, request_line) = (name.to_owned(), line.clone());
        let exchange = Exchange { step: step_name, request: request_line, sent: request, response: response.clone() };
        self.run.exchanges.push(exchange);
        let expect = substitute(&step.expect, &self.run.variables).map_err(failed)?;
        expected(&expect, &response, &mut self.run.variables)
            .map_err(|why| format!("{name}: {line}\n  {why}\n  answer:   {}\n  expected: {expect}", shown(&response)))
    }

    fn request(&self, step: &Value) -> Result<Request, String> {
        let text = |name: &str| step.get(name).and_then(Value::as_str);
        let mut request = Request::new(
            text("method").ok_or("the vector names no method")?,
            text("path").ok_or("the vector names no path")?,
        );
        let mut set = |name: &str, value: String| {
            request.headers.retain(|(at, _)| !at.eq_ignore_ascii_case(name));
            request.headers.push((name.to_owned(), value));
        };
        let mut body = Body::None;
        if let Some(value) = step.get("json") {
            body = Body::Whole(value.to_string().into_bytes());
            set("Content-Type", "application/json".to_owned());
        } else if let Some(Value::Object(fields)) = step.get("form") {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.extend_pairs(fields.iter().map(|(name, value)| (name, plain(value))));
            body = Body::Whole(form.finish().into_bytes());
            set("Content-Type", "application/x-www-form-urlencoded".to_owned());
        } else if let Some(raw) = text("body") {
            body = Body::Whole(raw.as_bytes().to_vec());
        }
        if let Some(Value::Array(pair)) = step.get("basic") {
            let pair: Vec<String> = pair.iter().map(plain).collect();
            set("Authorization", format!("Basic {}", STANDARD.encode(pair.join(":"))));
        }
        for (name, value) in step.get("headers").and_then(Value::as_object).into_iter().flatten() {
            set(name, plain(value));
        }
        if !self.cookies.is_empty() && step.get("cookies") != Some(&Value::Bool(false)) {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request.headers.push(("Cookie".to_owned(), pairs.join("; ")));
        }
        request.body = body;
        Ok(request)
    }

    /// Keeps the cookies that an answer sets, and drops those that it ends.
    fn keep_cookies(&mut self, response: &Response) {
        for (_, line) in response.headers.iter().filter(|(name, _)| name == "set-cookie") {
            let mut parts = line.split(';').map(str::trim);
            let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
                continue;
            };
            let value = value.trim_matches('"');
            let ended = parts.any(|attribute| attribute.eq_ignore_ascii_case("max-age=0"));
            self.cookies.retain(|(at, _)| at != name);
            if !ended && !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Matches an answer against what a step expects.
fn expected(expect: &Value, response: &Response, variables: &mut Variables) -> Result<(), String> {
    match expect.get("status") {
        None | Some(Value::Null) => {}
        Some(Value::Array(any)) if any.contains(&response.status.into()) => {}
        Some(one) if one.as_u64() == Some(response.status.into()) => {}
        Some(other) => return Err(format!("status: is {}, not {other}", response.status)),
    }
    for (name, want) in expect.get("headers").and_then(Value::as_object).into_iter().flatten() {
        match response.header(name) {
            Some(got) if want == "$absent" => {
                return Err(format!("header {name}: is there, {got:?}"));
            }
            None if want == "$absent" => {}
            None => return Err(format!("header {name}: is missing")),
            Some(got) => matches(want, &got.into(), variables, &format!("header {name}"))?,
        }
    }
    if let Some(want) = expect.get("json") {
        let got: Value = serde_json::from_slice(&response.body).map_err(|_| "body: is not JSON".to_owned())?;
        matches(want, &got, variables, "body")?;
    }
    if let Some(want) = expect.get("body") {
        matches(want, &response.text().into(), variables, "body")?;
    }
    Ok(())
}

/// An answer on one line, for a report.
pub fn shown(response: &Response) -> String {
    let mut text = response.status.to_string();
    for (name, value) in &response.headers {
        // Writing to a String cannot fail.
        let _ = write!(text, " [{name}: {value}]");
    }
    let body: String = response.text().chars().take(2000).collect();
    format!("{text} {body}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nowhere() -> Target {
        Target::new("http://127.0.0.1:1")
    }

    fn runner(target: &Target) -> Runner<'_> {
        Runner { target, cookies: Vec::new(), run: Run::default() }
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Response { status, headers, body: body.as_bytes().to_vec() }
    }

    fn check(expect: &Value, response: &Response) -> Result<Variables, String> {
        let mut variables = Variables::new();
        expected(expect, response, &mut variables).map(|()| variables)
    }

    #[test]
    fn a_form_is_url_encoded() {
        let step = json!({"method": "POST", "path": "/t", "form": {"a": "x y&z", "n": 1}});
        let request = runner(&nowhere()).request(&step).unwrap();
        assert!(matches!(request.body, Body::Whole(bytes) if bytes == b"a=x+y%26z&n=1"));
        assert_eq!(request.headers.first().unwrap().1, "application/x-www-form-urlencoded");
    }

    #[test]
    fn a_named_header_replaces_the_usual_one() {
        let step = json!({
            "method": "POST", "path": "/t", "json": {}, "basic": ["a", "b"],
            "headers": {"content-type": "text/plain", "authorization": "none"},
        });
        let request = runner(&nowhere()).request(&step).unwrap();
        let headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(headers, [("content-type", "text/plain"), ("authorization", "none")]);
    }

    #[test]
    fn basic_credentials_and_a_raw_body() {
        let step = json!({"method": "POST", "path": "/t", "body": "{", "basic": ["a", "b"]});
        let request = runner(&nowhere()).request(&step).unwrap();
        assert_eq!(request.headers, [("Authorization".to_owned(), "Basic YTpi".to_owned())]);
        assert!(matches!(request.body, Body::Whole(bytes) if bytes == b"{"));
    }

    #[test]
    fn a_cookie_is_sent_until_it_ends() {
        let target = nowhere();
        let mut runner = runner(&target);
        runner.keep_cookies(&answer(200, &[("set-cookie", "a=1; Path=/"), ("set-cookie", "b=\"2\"")], ""));
        let step = json!({"method": "GET", "path": "/"});
        let request = runner.request(&step).unwrap();
        assert_eq!(request.headers, [("Cookie".to_owned(), "a=1; b=2".to_owned())]);
        let without = json!({"method": "GET", "path": "/", "cookies": false});
        assert!(runner.request(&without).unwrap().headers.is_empty());
        runner.keep_cookies(&answer(200, &[("set-cookie", "a=x; Max-Age=0"), ("set-cookie", "b=")], ""));
        assert!(runner.request(&step).unwrap().headers.is_empty());
    }

    #[test]
    fn status_headers_and_body_are_matched() {
        let response = answer(200, &[("allow", "GET"), ("allow", "PUT")], "{\"a\":1}");
        let expect = json!({
            "status": [200, 201], "headers": {"Allow": "$regex:PUT", "x": "$absent"}, "json": {"a": "$capture:a"},
        });
        assert_eq!(check(&expect, &response).unwrap().get("a"), Some(&json!(1)));
        for wrong in [
            json!({"status": 201}),
            json!({"headers": {"x": "$any"}}),
            json!({"headers": {"allow": "$absent"}}),
            json!({"headers": {"allow": "GET"}}),
            json!({"json": {}}),
            json!({"body": ""}),
        ] {
            assert!(check(&wrong, &response).is_err(), "{wrong}");
        }
        assert!(check(&json!({"json": {}}), &answer(200, &[], "oops")).is_err());
        assert!(check(&json!({"status": null, "body": "oops"}), &answer(200, &[], "oops")).is_ok());
    }

    #[test]
    fn uniq_is_eight_letters_and_digits() {
        let made = uniq();
        assert_eq!(made.len(), 8);
        assert!(made.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit()));
        assert_ne!(made, uniq());
    }
}
