//! The dialects, and a request in each of them.

use contract::vector::Step;
use serde_json::{Value, json};

/// A dialect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Native,
    Anaconda,
    AppOptima,
    Astra,
    Octane,
    Ricloud,
}

use Dialect::{Anaconda, AppOptima, Astra, Native, Octane, Ricloud};

/// Every dialect.
pub(crate) const DIALECTS: [Dialect; 6] = [Native, Anaconda, AppOptima, Astra, Octane, Ricloud];

impl Dialect {
    /// Its name in the route table.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Native => "native",
            Anaconda => "anaconda",
            AppOptima => "appoptima",
            Astra => "astra",
            Octane => "octane",
            Ricloud => "ricloud",
        }
    }

    /// What its paths within the case's organization begin with.
    fn base(self) -> &'static str {
        match self {
            Native => "/v1/organizations/{{org_id}}",
            Anaconda => "/organizations/{{org_id}}",
            AppOptima => "/api/v1.0/onpremise",
            Astra => "/accounts/{{org_id}}/core/v1",
            Octane => "/api/shared_spaces/{{org_number}}",
            Ricloud => "",
        }
    }

    /// The scheme by which it takes a secret in the header `Authorization`.
    fn scheme(self) -> &'static str {
        match self {
            Native | Anaconda | Astra | Octane => "Bearer",
            AppOptima => "Api-Token",
            Ricloud => "Token",
        }
    }

    /// A request at a path within the case's organization, with the organization's first key.
    pub(crate) fn call(self, method: &str, path: &str) -> Call {
        let path = format!("{}{path}", self.base());
        Call { dialect: self, request: json!({"method": method, "path": path}) }.with("{{api_key}}")
    }

    pub(crate) fn get(self, path: &str) -> Call {
        self.call("GET", path)
    }

    pub(crate) fn post(self, path: &str, body: &Value) -> Call {
        self.call("POST", path).json(body)
    }

    pub(crate) fn put(self, path: &str, body: &Value) -> Call {
        self.call("PUT", path).json(body)
    }

    pub(crate) fn delete(self, path: &str) -> Call {
        self.call("DELETE", path)
    }
}

/// A request that is to be sent without any key, at a path of the host.
pub(crate) fn open(method: &str, path: &str) -> Call {
    Call { dialect: Native, request: json!({"method": method, "path": path}) }
}

/// A request of a step.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    dialect: Dialect,
    request: Value,
}

impl Call {
    fn set(mut self, member: &str, value: Value) -> Self {
        if let Value::Object(request) = &mut self.request {
            request.insert(member.to_owned(), value);
        }
        self
    }

    /// With another secret, in the dialect's own scheme.
    pub(crate) fn with(self, secret: &str) -> Self {
        let authorization = format!("{} {secret}", self.dialect.scheme());
        self.set("headers", json!({"authorization": authorization}))
    }

    /// With HTTP Basic in place of a secret.
    pub(crate) fn basic(self, name: &str, secret: &str) -> Self {
        self.set("headers", json!({})).set("basic", json!([name, secret]))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.set("json", body.clone())
    }

    pub(crate) fn form(self, fields: &Value) -> Self {
        self.set("form", fields.clone())
    }

    /// The step that wants this status.
    pub(crate) fn status(self, status: u16) -> Step {
        Step { request: self.request, expect: json!({"status": status}) }
    }

    /// The step that wants this status and this body.
    pub(crate) fn gives(self, status: u16, body: &Value) -> Step {
        Step { request: self.request, expect: json!({"status": status, "json": body}) }
    }
}

/// Members of an object, beside which it may have others.
pub(crate) fn some_of(members: &Value) -> Value {
    extended(json!({"$subset": true}), members)
}

/// An object with further members.
pub(crate) fn extended(mut object: Value, members: &Value) -> Value {
    if let (Value::Object(object), Value::Object(members)) = (&mut object, members) {
        object.extend(members.clone());
    }
    object
}

/// Anaconda's password grant.
pub(crate) fn password_grant(email: &str, password: &str) -> Call {
    let fields = json!({"grant_type": "password", "username": email, "password": password});
    open("POST", "/api/auth/oauth2/token").form(&fields)
}

/// Octane's sign-in.
pub(crate) fn sign_in(user: &str, password: &str) -> Call {
    open("POST", "/authentication/sign_in").json(&json!({"user": user, "password": password}))
}

/// A body of Astra's.
pub(crate) fn astra(kind: &str, members: &Value) -> Value {
    extended(json!({"type": format!("application/astra-{kind}"), "version": "1.0"}), members)
}
