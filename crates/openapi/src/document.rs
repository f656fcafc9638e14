//! A dialect's document.

use serde_json::{Map, Value};
use tessera_api::Route;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::info::{InfoBuilder, LicenseBuilder};
use utoipa::openapi::path::{HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathsBuilder};
use utoipa::openapi::request_body::RequestBodyBuilder;
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, OpenApiBuilder, Ref, RefOr, Required, Response, SecurityRequirement, ServerBuilder,
};

use crate::operation::{Answer, Credential, Operation};
use crate::schema::{self, Schema};
use crate::{Api, BY_A_FAULT, EVERYWHERE, OWN, disagreement, examples};

/// The scheme of OAuth's clients.
const CLIENT: &str = "client";

pub(crate) fn of(api: &Api) -> Result<Value, String> {
    let disagreement = disagreement(api);
    if !disagreement.is_empty() {
        return Err(format!("{}: the registry and the document differ in {}", api.vendor, disagreement.join(", ")));
    }
    let met = examples(api.vendor)?;
    let routes = tessera_api::routes();
    let mut paths = PathsBuilder::new();
    for operation in &api.operations {
        let of_it: Vec<&Route> =
            routes.iter().filter(|route| route.dialect == api.vendor && route.operation == operation.id).collect();
        let (route, others) = of_it.split_first().ok_or_else(|| format!("{} has no route", operation.id))?;
        let met = met.get(operation.id).and_then(Value::as_object).cloned().unwrap_or_default();
        let described = described(api, operation, route, others, &met)?;
        paths = paths.path(route.path, PathItem::new(method(&route.method)?, described));
    }
    let none = Map::new();
    let by_fault = met.get(BY_A_FAULT).and_then(Value::as_object).unwrap_or(&none);
    let mut components = ComponentsBuilder::new().security_scheme(OWN, api.security.clone());
    for (name, scheme) in &api.further {
        components = components.security_scheme(*name, scheme.clone());
    }
    if api.operations.iter().any(|operation| operation.credential == Credential::OwnOrClient) {
        let basic =
            HttpBuilder::new().scheme(HttpAuthScheme::Basic).description(Some("A service account's id and secret."));
        components = components.security_scheme(CLIENT, SecurityScheme::Http(basic.build()));
    }
    for (name, schema) in &api.schemas {
        components = components.schema(*name, schema.clone());
    }
    for (status, _) in EVERYWHERE {
        let refusal = refusal(api, *status, by_fault.get(&status.to_string()));
        components = components.response(status.to_string(), refusal);
    }
    let license = LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build();
    let info = InfoBuilder::new()
        .title(api.title)
        .description(Some(api.description))
        .version(env!("CARGO_PKG_VERSION"))
        .license(Some(license));
    let server = |url: &str, told: &str| ServerBuilder::new().url(url).description(Some(told)).build();
    let document = OpenApiBuilder::new()
        .info(info)
        .servers(Some([
            server("/", "the host that serves this document"),
            server("http://127.0.0.1:8080", "mock-server, as it listens by itself"),
            server("http://127.0.0.1:8787", "the Worker, as `cargo xtask dev` serves it"),
        ]))
        .security(Some(api.requirements()))
        .paths(paths)
        .components(Some(components.build()))
        .build();
    serde_json::to_value(&document).map_err(|error| format!("{}: {error}", api.vendor))
}

fn method(name: &str) -> Result<HttpMethod, String> {
    Ok(match name {
        "GET" => HttpMethod::Get,
        "POST" => HttpMethod::Post,
        "PUT" => HttpMethod::Put,
        "PATCH" => HttpMethod::Patch,
        "DELETE" => HttpMethod::Delete,
        other => return Err(format!("no operation has the method {other}")),
    })
}

fn described(
    api: &Api,
    operation: &Operation,
    route: &Route,
    others: &[&Route],
    met: &Map<String, Value>,
) -> Result<OperationBuilder, String> {
    let mut described =
        OperationBuilder::new().operation_id(Some(operation.id)).summary(Some(operation.summary)).tag(tag(route.path));
    if !others.is_empty() {
        let paths: Vec<String> = others.iter().map(|route| format!("`{}`", route.path)).collect();
        described = described.description(Some(format!("Served as well at {}.", paths.join(", "))));
    }
    for name in route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
        let parameter = ParameterBuilder::new().name(name).parameter_in(ParameterIn::Path).required(Required::True);
        described = described.parameter(parameter.schema(Some((api.parameter)(name))));
    }
    for parameter in &operation.parameters {
        let place = if parameter.is_header { ParameterIn::Header } else { ParameterIn::Query };
        let told = ParameterBuilder::new().name(parameter.name).parameter_in(place).required(Required::False);
        let told = told.description(Some(parameter.description)).schema(Some(parameter.schema.clone()));
        described = described.parameter(told);
    }
    let sent = met.iter().filter(|(status, _)| status.starts_with('2')).find_map(|(_, met)| met.get("sent"));
    if let Some(body) = &operation.body {
        let required = if body.is_required { Required::True } else { Required::False };
        let mut told = RequestBodyBuilder::new().required(Some(required));
        for media in body.media {
            let content = ContentBuilder::new().schema(Some(body.schema.clone())).example(sent.cloned());
            told = told.content(*media, content.build());
        }
        described = described.request_body(Some(told.build()));
    }
    let by = |name| SecurityRequirement::new(name, [""; 0]);
    match operation.credential {
        // an empty requirement, which says that there is none
        Credential::None => described = described.securities(Some([])),
        Credential::OwnOrClient => described = described.securities(Some([by(OWN), by(CLIENT)])),
        Credential::Own | Credential::Root => {}
    }
    for (status, response) in responses(api, operation, met)? {
        described = described.response(status.to_string(), response);
    }
    Ok(described)
}

/// The noun that an operation is about: the last word of its path that is no parameter.
fn tag(path: &str) -> &str {
    path.rsplit('/').find(|part| !part.is_empty() && !part.starts_with('{')).unwrap_or_default()
}

/// All that an operation answers, by status: what its file tells, what the vectors met, and what may be met everywhere.
fn responses(
    api: &Api,
    operation: &Operation,
    met: &Map<String, Value>,
) -> Result<Vec<(u16, RefOr<Response>)>, String> {
    let mut responses: Vec<(u16, RefOr<Response>)> = Vec::new();
    for answer in &operation.answers {
        let met = met.get(&answer.status.to_string());
        let met = met.ok_or_else(|| format!("{}.{}: no vector meets {}", api.vendor, operation.id, answer.status))?;
        responses.push((answer.status, told(answer, met, operation.replays).into()));
    }
    for (status, met) in met {
        let status: u16 = status.parse().map_err(|_| format!("{}: {status} is no status", operation.id))?;
        if operation.answers.iter().any(|answer| answer.status == status) {
            continue;
        }
        if status < 300 {
            return Err(format!("{}.{}: {status} is met, and not told", api.vendor, operation.id));
        }
        responses.push((status, refusal(api, status, Some(met)).into()));
    }
    for status in &operation.refuses {
        if responses.iter().all(|(known, _)| known != status) {
            responses.push((*status, refusal(api, *status, None).into()));
        }
    }
    for (status, _) in EVERYWHERE {
        let is_met = match status {
            401 => operation.credential != Credential::None,
            403 => matches!(operation.credential, Credential::Own | Credential::Root),
            413 => operation.body.is_some(),
            _ => true,
        };
        if is_met && responses.iter().all(|(known, _)| known != status) {
            responses.push((*status, Ref::from_response_name(status.to_string()).into()));
        }
    }
    responses.sort_by_key(|(status, _)| *status);
    Ok(responses)
}

fn told(answer: &Answer, met: &Value, replays: bool) -> Response {
    let mut response = ResponseBuilder::new().description(reason(answer.status));
    if let Some(schema) = &answer.schema {
        for media in answer.media {
            response = response.content(*media, content(schema.clone(), met.get("body")));
        }
    }
    let replayed = replays.then_some(&("Idempotency-Replayed", "`true`, where it is an earlier call's."));
    for (name, description) in answer.headers.iter().chain(replayed) {
        response = response.header(*name, header(schema::text(), description));
    }
    response.build()
}

fn refusal(api: &Api, status: u16, met: Option<&Value>) -> Response {
    let content = content(schema::named(api.refusal), met.and_then(|met| met.get("body")));
    let mut response = ResponseBuilder::new().description(reason(status)).content(api.refusal_media, content);
    if matches!(status, 429 | 503) {
        response = response.header("Retry-After", header(schema::integer(), "In seconds."));
    }
    response.build()
}

fn header(schema: Schema, description: &str) -> Header {
    HeaderBuilder::new().schema(schema).description(Some(description)).build()
}

fn content(schema: Schema, example: Option<&Value>) -> utoipa::openapi::Content {
    ContentBuilder::new().schema(Some(schema)).example(example.cloned()).build()
}

/// What a status says.
fn reason(status: u16) -> &'static str {
    match status {
        200 => "Done.",
        201 => "Made.",
        204 => "Done, with nothing to tell.",
        400 => "The request cannot be read, or breaks a rule.",
        401 => "No credential was sent, or none that opens anything.",
        402 => "No seat is free.",
        403 => "The credential does not open this.",
        404 => "What is asked for is not there.",
        406 => "What is asked for cannot be done, or only in part.",
        409 => "The change does not fit what is there.",
        412 => "It is no longer as the request names it.",
        413 => "The body is over what is taken in one call.",
        415 => "A body of this media type is not taken.",
        422 => "The request does not validate.",
        429 => "Too many calls.",
        500 => "The fault is the service's.",
        503 => "Out of service for a while.",
        _ => "As the vendor says.",
    }
}
