//! Every route of the control API, with what its document says of it.

use http::StatusCode;
use schemars::{Schema, SchemaGenerator, json_schema};

use super::clock::{self, Advance, Clock, ClockChange};
use super::deliveries::{self, Deliveries};
use super::faults::{self, FaultRules, Standings};
use super::health::{self, Health};
use super::mailbox::{self, Mailbox};
use super::mappings::{self, Mappings};
use super::near_misses::{self, NearMisses};
use super::operation::{Operation, delete, get, inline, of, post, put};
use super::requests::{self, Counted, Exchanges, Forgotten, Found, Requests};
use super::scenarios::{self, Scenarios};
use super::seed::{self, Seed};
use super::settings::{self, InForce};
use super::snapshots::{self, Snapshots};
use super::tables::{self, Tables};
use super::wiremock::Done;
use super::{content, events, metrics, openapi, reset, ui};
use crate::dump::{Dump, Part};
use crate::faults::FaultRule;
use crate::show::{ServeEvent, Why};
use crate::stubs::{self, Mapping, RequestPattern, ValuePattern};

const NOT_FOUND: &[StatusCode] = &[StatusCode::NOT_FOUND];
const FAILED: &[StatusCode] = &[StatusCode::INTERNAL_SERVER_ERROR];
const NO_CONTENT: StatusCode = StatusCode::NO_CONTENT;

/// Every operation, in the order in which the document tells them.
pub(super) fn operations() -> Vec<Operation> {
    [of_server(), of_content(), of_journal(), of_stubs()].into_iter().flatten().collect()
}

/// The server itself: its time, its randomness, what goes wrong in it, and its pages.
fn of_server() -> Vec<Operation> {
    vec![
        get("/health", health::get).called("getHealth", "Says that the server answers").gives(of::<Health>),
        get("/metrics", metrics::get)
            .called("getMetrics", "Gives the metrics, as Prometheus reads them")
            .tells("application/openmetrics-text")
            .refuses(FAILED),
        get("/openapi.json", openapi::get).called("getOpenApi", "Gives this document").gives(openapi_document),
        post("/reset", reset::reset)
            .called("reset", "Brings everything back to how the server began; snapshots stay")
            .does(StatusCode::OK)
            .refuses(FAILED),
        get("/clock", clock::get).called("getClock", "Tells the time").gives(of::<Clock>),
        put("/clock", clock::set)
            .called("setClock", "Sets the time, stops it, or lets it go on")
            .takes(of::<ClockChange>)
            .gives(of::<Clock>),
        delete("/clock", clock::reset)
            .called("resetClock", "Gives the clock the system's time again")
            .gives(of::<Clock>),
        post("/clock/advance", clock::advance)
            .called("advanceClock", "Has time pass")
            .takes(of::<Advance>)
            .gives(of::<Clock>),
        get("/seed", seed::get)
            .called("getSeed", "Tells the number from which ids and secrets follow")
            .gives(of::<Seed>),
        put("/seed", seed::set).called("setSeed", "Begins anew with a number").takes(inline::<Seed>).gives(of::<Seed>),
        delete("/seed", seed::remove).called("removeSeed", "Goes back to the system's randomness").gives(of::<Seed>),
        get("/faults", faults::list).called("listFaults", "Lists the rules by which calls fail").gives(of::<Standings>),
        put("/faults", faults::replace)
            .called("replaceFaults", "Puts rules in the place of all there were")
            .takes(of::<FaultRules>)
            .gives(of::<Standings>),
        post("/faults", faults::add).called("addFault", "Adds a rule").takes(of::<FaultRule>).creates(of::<Standings>),
        delete("/faults", faults::remove).called("removeFaults", "Forgets all rules").does(NO_CONTENT),
        get("/ui", ui::page)
            .called("getInspector", "Gives the inspector, a page that shows all of this")
            .tells("text/html")
            .public(),
        get("/ui/{*name}", ui::part)
            .called("getInspectorPart", "Gives what the page is made of")
            .tells("text/*")
            .public()
            .refuses(NOT_FOUND),
    ]
}

/// What the directory holds.
fn of_content() -> Vec<Operation> {
    vec![
        get("/snapshots", snapshots::list)
            .called("listSnapshots", "Lists the snapshots by name")
            .gives(of::<Snapshots>),
        put("/snapshots/{name}", snapshots::save)
            .called("saveSnapshot", "Keeps the directory's content under a name")
            .does(NO_CONTENT)
            .refuses(&[StatusCode::CONFLICT])
            .refuses(FAILED),
        delete("/snapshots/{name}", snapshots::remove)
            .called("removeSnapshot", "Forgets a snapshot")
            .does(NO_CONTENT)
            .refuses(NOT_FOUND),
        post("/snapshots/{name}/restore", snapshots::restore)
            .called("restoreSnapshot", "Brings a snapshot back")
            .does(NO_CONTENT)
            .refuses(NOT_FOUND)
            .refuses(FAILED),
        get("/export", content::export)
            .called("exportContent", "Gives the directory's content without its secrets")
            .gives(of::<Dump>)
            .refuses(FAILED),
        post("/import", content::import)
            .called("importContent", "Puts a content in the place of the one there is")
            .takes(inline::<Dump>)
            .of_any_length()
            .does(NO_CONTENT)
            .refuses(FAILED),
        get("/mailbox", mailbox::list)
            .called("listMails", "Lists the mails of all organizations, the newest first")
            .queries(inline::<mailbox::Wanted>)
            .gives(of::<Mailbox>)
            .refuses(FAILED),
        get("/deliveries", deliveries::list)
            .called("listDeliveries", "Lists what webhooks of all organizations were sent, the newest first")
            .queries(inline::<deliveries::Wanted>)
            .gives(of::<Deliveries>)
            .refuses(FAILED),
        get("/tables", tables::list).called("listTables", "Lists the tables").gives(of::<Tables>).refuses(FAILED),
        get("/tables/{name}", tables::get)
            .called("getTable", "Tells rows of a table, without their secrets")
            .queries(inline::<tables::Wanted>)
            .gives(of::<Part>)
            .refuses(NOT_FOUND)
            .refuses(FAILED),
    ]
}

/// What was asked and answered.
fn of_journal() -> Vec<Operation> {
    vec![
        get("/requests", requests::list)
            .called("listRequests", "Lists what the journal keeps, the newest first")
            .queries(inline::<requests::Wanted>)
            .gives(of::<Exchanges>),
        delete("/requests", requests::remove_all).called("removeRequests", "Empties the journal").does(StatusCode::OK),
        post("/requests/reset", requests::remove_all)
            .called("resetRequests", "Empties the journal")
            .does(StatusCode::OK),
        post("/requests/count", requests::count)
            .called("countRequests", "Counts the requests that are like a pattern")
            .takes_wiremock(of::<RequestPattern>)
            .gives(of::<Counted>),
        post("/requests/find", requests::find)
            .called("findRequests", "Tells the requests that are like a pattern, the oldest first")
            .takes_wiremock(of::<RequestPattern>)
            .gives(of::<Found>),
        post("/requests/remove", requests::remove_like)
            .called("removeRequestsLike", "Forgets the requests that are like a pattern, and tells them")
            .takes_wiremock(of::<RequestPattern>)
            .gives(of::<Forgotten>),
        get("/requests/unmatched", requests::unmatched)
            .called("listUnmatched", "Lists the requests that nothing was there for, the oldest first")
            .gives(of::<Requests>),
        get("/requests/unmatched/near-misses", near_misses::unmatched)
            .called("listNearMisses", "Tells the stubs nearest to each of those")
            .gives(of::<NearMisses>),
        get("/requests/{id}", requests::get)
            .called("getRequest", "Tells one request and its answer")
            .gives(of::<ServeEvent>)
            .refuses(NOT_FOUND),
        delete("/requests/{id}", requests::remove)
            .called("removeRequest", "Forgets one")
            .does(StatusCode::OK)
            .refuses(NOT_FOUND),
        get("/requests/{id}/why", requests::why)
            .called("explainRequest", "Tells why one was answered as it was")
            .gives(of::<Why>)
            .refuses(NOT_FOUND),
        get("/events", events::stream)
            .called("streamEvents", "Tells each request as it comes, as the event `exchange`; and `reset`")
            .tells("text/event-stream"),
    ]
}

/// WireMock's stubs.
fn of_stubs() -> Vec<Operation> {
    vec![
        post("/near-misses/request", near_misses::request)
            .called("findNearStubs", "Tells the stubs nearest to a request")
            .takes_wiremock(stubs::described_request)
            .gives(of::<NearMisses>),
        post("/near-misses/request-pattern", near_misses::request_pattern)
            .called("findNearRequests", "Tells the requests nearest to a pattern")
            .takes_wiremock(of::<RequestPattern>)
            .gives(of::<NearMisses>),
        get("/mappings", mappings::list)
            .called("listMappings", "Lists the stubs")
            .queries(inline::<mappings::Page>)
            .gives(of::<Mappings>),
        post("/mappings", mappings::create)
            .called("createMapping", "Adds a stub")
            .takes_wiremock(of::<Mapping>)
            .creates(of::<Mapping>),
        delete("/mappings", mappings::remove_all).called("removeMappings", "Removes all stubs").gives(of::<Done>),
        post("/mappings/reset", mappings::remove_all).called("resetMappings", "Removes all stubs").gives(of::<Done>),
        post("/mappings/save", mappings::save)
            .called("saveMappings", "Does nothing: stubs are in memory alone")
            .gives(of::<Done>),
        post("/mappings/import", mappings::import)
            .called("importMappings", "Adds many stubs, all or none")
            .takes_wiremock(stubs::import)
            .gives(of::<Done>),
        post("/mappings/find-by-metadata", mappings::find_by_metadata)
            .called("findMappingsByMetadata", "Lists the stubs whose metadata is like a pattern")
            .takes_wiremock(of::<ValuePattern>)
            .gives(of::<Mappings>),
        post("/mappings/remove-by-metadata", mappings::remove_by_metadata)
            .called("removeMappingsByMetadata", "Removes the stubs whose metadata is like a pattern")
            .takes_wiremock(of::<ValuePattern>)
            .gives(of::<Done>),
        get("/mappings/{id}", mappings::get)
            .called("getMapping", "Tells one stub")
            .gives(of::<Mapping>)
            .refuses(NOT_FOUND),
        put("/mappings/{id}", mappings::update)
            .called("updateMapping", "Puts another stub in its place")
            .takes_wiremock(of::<Mapping>)
            .gives(of::<Mapping>)
            .refuses(NOT_FOUND),
        delete("/mappings/{id}", mappings::remove)
            .called("removeMapping", "Removes it")
            .gives(of::<Done>)
            .refuses(NOT_FOUND),
        get("/scenarios", scenarios::list)
            .called("listScenarios", "Tells the state of each scenario")
            .gives(of::<Scenarios>),
        post("/scenarios/reset", scenarios::reset)
            .called("resetScenarios", "Puts every scenario into its first state")
            .gives(of::<Done>),
        put("/scenarios/{name}/state", scenarios::set_state)
            .called("setScenarioState", "Puts a scenario into a state; without a body into its first")
            .takes_wiremock(stubs::scenario_state)
            .or_nothing()
            .gives(of::<Done>)
            .refuses(NOT_FOUND),
        get("/settings", settings::get).called("getSettings", "Tells what holds for every stub").gives(of::<InForce>),
        put("/settings", settings::update)
            .called("replaceSettings", "Changes it")
            .takes_wiremock(stubs::settings)
            .gives(of::<Done>),
        post("/settings", settings::update)
            .called("updateSettings", "Changes it")
            .takes_wiremock(stubs::settings)
            .gives(of::<Done>),
    ]
}

/// The document itself, which is told nowhere else.
fn openapi_document(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "type": "object", "required": ["openapi", "info", "paths"] })
}
