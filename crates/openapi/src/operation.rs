//! What is told of an operation beyond what the registry has: a word about it, what it takes, and what it answers.

use serde_json::Value;

use crate::schema::Schema;

/// The media type of most bodies.
pub(crate) const JSON: &str = "application/json";
/// The media type of a form.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// An operation as a dialect's file tells it. Its method and its paths are the registry's.
pub(crate) struct Operation {
    pub(crate) id: &'static str,
    pub(crate) summary: &'static str,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) body: Option<Body>,
    pub(crate) answers: Vec<Answer>,
    /// The statuses of refusals that no vector can provoke.
    pub(crate) refuses: Vec<u16>,
    /// Whether its answer may be an earlier call's.
    pub(crate) replays: bool,
    pub(crate) credential: Credential,
    pub(crate) walk: Walk,
}

/// A parameter of the query, or a header.
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) is_header: bool,
    pub(crate) schema: Schema,
    pub(crate) description: &'static str,
}

/// What an operation takes.
pub(crate) struct Body {
    pub(crate) media: &'static [&'static str],
    pub(crate) schema: Schema,
    pub(crate) is_required: bool,
}

/// What an operation answers under a status; without a schema, no body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) media: &'static [&'static str],
    pub(crate) schema: Option<Schema>,
    pub(crate) headers: &'static [(&'static str, &'static str)],
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// Whoever has the dialect's own.
    Own,
    /// The same, or an OAuth client by HTTP Basic. OAuth refuses either by 401 alone.
    OwnOrClient,
    /// Whoever runs the deployment.
    Root,
    /// Everybody.
    None,
}

/// An operation's part in the walk that the Postman collection is. Where a text has `{{name}}`, it is the environment's variable.
#[derive(Default)]
pub(crate) struct Walk {
    /// The body.
    pub(crate) sends: Option<Value>,
    /// The query.
    pub(crate) query: Option<&'static str>,
    /// The variables that its path has in the place of those that are named as its parameters.
    pub(crate) at: Vec<(&'static str, &'static str)>,
    /// What it keeps of its answer: the variable, and the JSON pointer.
    pub(crate) keeps: Vec<(&'static str, &'static str)>,
    /// The status that it meets where that is no success.
    pub(crate) meets: Option<u16>,
}

/// An operation of the registry, and what it does.
pub(crate) fn operation(id: &'static str, summary: &'static str) -> Operation {
    Operation {
        id,
        summary,
        parameters: Vec::new(),
        body: None,
        answers: Vec::new(),
        refuses: Vec::new(),
        replays: false,
        credential: Credential::Own,
        walk: Walk::default(),
    }
}

impl Operation {
    /// Takes a parameter in the query.
    pub(crate) fn query(mut self, name: &'static str, schema: Schema, description: &'static str) -> Self {
        self.parameters.push(Parameter { name, is_header: false, schema, description });
        self
    }

    /// Reads a header.
    pub(crate) fn header(mut self, name: &'static str, schema: Schema, description: &'static str) -> Self {
        self.parameters.push(Parameter { name, is_header: true, schema, description });
        self
    }

    /// Takes JSON.
    pub(crate) fn takes(self, schema: Schema) -> Self {
        self.takes_as(&[JSON], schema)
    }

    /// Takes a body of these media types.
    pub(crate) fn takes_as(self, media: &'static [&'static str], schema: Schema) -> Self {
        Self { body: Some(Body { media, schema, is_required: true }), ..self }
    }

    /// Its body may be left out.
    pub(crate) fn or_nothing(mut self) -> Self {
        self.body = self.body.map(|body| Body { is_required: false, ..body });
        self
    }

    /// Answers with JSON.
    pub(crate) fn gives(self, status: u16, schema: Schema) -> Self {
        self.gives_as(status, &[JSON], schema)
    }

    /// Answers with a body of these media types.
    pub(crate) fn gives_as(mut self, status: u16, media: &'static [&'static str], schema: Schema) -> Self {
        self.answers.push(Answer { status, media, schema: Some(schema), headers: &[] });
        self
    }

    /// Answers with a status alone.
    pub(crate) fn does(mut self, status: u16) -> Self {
        self.answers.push(Answer { status, media: &[], schema: None, headers: &[] });
        self
    }

    /// The last answer has these headers: the name of each, and what it is.
    pub(crate) fn with(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers = headers;
        }
        self
    }

    /// May refuse with this status, which no vector can provoke.
    pub(crate) fn refuses(mut self, status: u16) -> Self {
        self.refuses.push(status);
        self
    }

    /// May give an earlier call's answer once more.
    pub(crate) fn replays(self) -> Self {
        Self { replays: true, ..self }
    }

    /// Is for whoever runs the deployment.
    pub(crate) fn for_root(self) -> Self {
        Self { credential: Credential::Root, ..self }
    }

    /// Is for OAuth clients as well.
    pub(crate) fn for_clients(self) -> Self {
        Self { credential: Credential::OwnOrClient, ..self }
    }

    /// Needs no credential.
    pub(crate) fn for_everybody(self) -> Self {
        Self { credential: Credential::None, ..self }
    }

    /// Sends this body on the walk.
    pub(crate) fn sends(mut self, body: Value) -> Self {
        self.walk.sends = Some(body);
        self
    }

    /// Sends this query on the walk.
    pub(crate) fn asks(mut self, query: &'static str) -> Self {
        self.walk.query = Some(query);
        self
    }

    /// Has another variable in its path than the one that is named as the parameter.
    pub(crate) fn at(mut self, parameter: &'static str, variable: &'static str) -> Self {
        self.walk.at.push((parameter, variable));
        self
    }

    /// Keeps a part of its answer as a variable.
    pub(crate) fn keeps(mut self, variable: &'static str, pointer: &'static str) -> Self {
        self.walk.keeps.push((variable, pointer));
        self
    }

    /// Meets a refusal on the walk.
    pub(crate) fn meets(mut self, status: u16) -> Self {
        self.walk.meets = Some(status);
        self
    }
}
