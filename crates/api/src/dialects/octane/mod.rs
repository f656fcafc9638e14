//! OpenText ALM Octane: the API access keys of a shared space, which is an organization, with the roles that they hold, under
//! `/api/shared_spaces` and `/authentication`. Its sources are named `[S]` (the seed, Working with API access keys), `[D]` (the
//! vendor's developer help), `[C]` (its clients), `[R]` (a rule made because none of these settles it), as in the contract.

use std::future::Future;
use std::sync::Arc;

use axum::response::{IntoResponse as _, Response};
use http::Method;
use percent_encoding::percent_decode_str;
use tessera_directory::Directory;
use tessera_directory::organization::Organization;

use crate::endpoint::{Call, Dialect, Endpoint, Handled, Received, Refusal};
use crate::respond::uncached;
use error::Error;
use fixed::Fixed;

mod answer;
mod api_accesses;
mod auth;
mod entity;
mod error;
mod fixed;
mod input;
mod judges;
mod query;
mod record;
mod roles;
mod session;
mod shared_spaces;
mod users;
mod workspace_roles;
mod workspace_users;
mod workspaces;

pub use judges::{VENDOR, octane_query, rewritten_query};

const SPACES: &str = "/api/shared_spaces";
const AUTHENTICATION: &str = "/authentication";

/// A path below a space.
macro_rules! space {
    ($rest:literal) => {
        &[concat!("/api/shared_spaces/{space}", $rest)]
    };
}

/// A path below a space, or below one of its workspaces [C: the JavaScript SDK can build only these].
macro_rules! either {
    ($rest:literal) => {
        &[
            concat!("/api/shared_spaces/{space}", $rest),
            concat!("/api/shared_spaces/{space}/workspaces/{workspace}", $rest),
        ]
    };
}

/// Who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum For {
    /// Whoever opens the space.
    Everybody,
    /// Who has the role Space Admin in it.
    SpaceAdmin,
}

/// Where a call leads, checked.
struct Place {
    organization: Organization,
    /// The workspace, where the call is on a workspace's level.
    workspace: Option<i64>,
    fixed: Fixed,
    /// Whether the caller may do everything in the other dialects too.
    holds_all: bool,
}

pub(crate) fn dialect() -> Dialect {
    use For::{Everybody, SpaceAdmin};
    const GET: Method = Method::GET;
    const USERS: &[&str] = &["/api/shared_spaces/{space}/workspaces/{workspace}/workspace_users"];
    const USER: &[&str] = &["/api/shared_spaces/{space}/workspaces/{workspace}/workspace_users/{id}"];
    Dialect {
        name: "octane",
        prefixes: &[SPACES, AUTHENTICATION],
        scheme: None,
        endpoints: vec![
            open("sign_in", &["/authentication/sign_in"], session::create::create).without_change(),
            open("sign_out", &["/authentication/sign_out"], session::delete::delete).without_change(),
            endpoint("list_shared_spaces", GET, &[SPACES], Everybody, shared_spaces::list::list),
            endpoint("get_shared_space", GET, space!(""), Everybody, shared_spaces::get::get),
            endpoint("list_workspaces", GET, space!("/workspaces"), Everybody, workspaces::list::list),
            endpoint("get_workspace", GET, space!("/workspaces/{workspace}"), Everybody, workspaces::get::get),
            endpoint("list_roles", GET, either!("/roles"), Everybody, roles::list::list),
            endpoint("get_role", GET, either!("/roles/{id}"), Everybody, roles::get::get),
            endpoint("list_workspace_roles", GET, either!("/workspace_roles"), Everybody, workspace_roles::list::list),
            endpoint("get_workspace_role", GET, either!("/workspace_roles/{id}"), Everybody, workspace_roles::get::get),
            endpoint("list_users", GET, space!("/users"), Everybody, users::list::list),
            endpoint("get_user", GET, space!("/users/{id}"), Everybody, users::get::get),
            endpoint("list_workspace_users", GET, USERS, Everybody, workspace_users::list::list),
            endpoint("get_workspace_user", GET, USER, Everybody, workspace_users::get::get),
            endpoint("list_api_accesses", GET, space!("/api_accesses"), SpaceAdmin, api_accesses::list::list),
            endpoint(
                "create_api_accesses",
                Method::POST,
                space!("/api_accesses"),
                SpaceAdmin,
                api_accesses::create::create,
            ),
            endpoint("get_api_access", GET, space!("/api_accesses/{id}"), SpaceAdmin, api_accesses::get::get),
            endpoint(
                "update_api_access",
                Method::PUT,
                space!("/api_accesses/{id}"),
                SpaceAdmin,
                api_accesses::update::update,
            ),
        ],
        refuse: |call, refusal| {
            Box::pin(async move {
                let error = refuse(&call, refusal).await;
                error.render(&error::correlation(&call.directory)).uncached().into_response()
            })
        },
    }
}

/// An operation in a space. Who calls, which space and which workspace come before all else, then what the caller may do.
fn endpoint<F, Fut>(
    operation: &'static str,
    method: Method,
    paths: &'static [&'static str],
    allowed: For,
    handler: F,
) -> Endpoint
where
    F: Fn(Call, Place) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    Endpoint::answering(operation, method, paths, move |call| {
        let directory = Arc::clone(&call.directory);
        let inside = enter_for(call, allowed, Box::new(move |call, place| Box::pin(handler(call, place))));
        Box::pin(answer(directory, Box::pin(inside)))
    })
}

type Handler = Box<dyn FnOnce(Call, Place) -> Handled<Error> + Send>;

async fn enter_for(call: Call, allowed: For, handler: Handler) -> Result<Response, Error> {
    let place = enter(&call, allowed).await?;
    handler(call, place).await
}

async fn answer(directory: Arc<Directory>, handled: Handled<Error>) -> Response {
    uncached(handled.await.unwrap_or_else(|error| error.render(&error::correlation(&directory)).into_response()))
}

/// An operation for whoever is not signed in yet, or no more.
fn open<F, Fut>(operation: &'static str, paths: &'static [&'static str], handler: F) -> Endpoint
where
    F: Fn(Call) -> Fut + Copy + Send + Sync + 'static,
    Fut: Future<Output = Result<Response, Error>> + Send + 'static,
{
    Endpoint::answering(operation, Method::POST, paths, move |call| {
        Box::pin(answer(Arc::clone(&call.directory), Box::pin(handler(call))))
    })
}

async fn enter(call: &Call, allowed: For) -> Result<Place, Error> {
    let caller = auth::authenticate(call).await?;
    let (space, workspace) = (call.parameter("space"), call.parameter("workspace"));
    if !space.is_empty() {
        auth::check_space(&caller, space)?;
    }
    let workspace = if workspace.is_empty() { None } else { Some(auth::check_workspace(workspace)?) };
    if allowed == For::SpaceAdmin && !caller.is_space_admin {
        return Err(Refusal::Forbidden.into());
    }
    if matches!(call.parts.method, Method::POST | Method::PUT) {
        require_json(call)?;
    }
    let fixed = Fixed::of(&caller.organization);
    Ok(Place { fixed, organization: caller.organization, workspace, holds_all: caller.holds_all })
}

/// Refuses a body of another media type than JSON; without one it is taken for JSON [R].
fn require_json(call: &Received) -> Result<(), Error> {
    let Some(value) = call.header("content-type") else { return Ok(()) };
    let media_type = value.split(';').next().unwrap_or_default().trim();
    let is_json = media_type.is_empty() || media_type.eq_ignore_ascii_case("application/json");
    if is_json { Ok(()) } else { Err(Error::MediaType) }
}

/// Why a call that reached no operation is refused: what is not there is told to those only who open the space.
async fn refuse(call: &Call, refusal: Refusal) -> Error {
    let is_asked = matches!(refusal, Refusal::NoRoute | Refusal::NoMethod(_));
    let rest = call.parts.uri.path().strip_prefix(SPACES);
    match rest {
        Some(rest) if is_asked => look(call, rest).await.err().unwrap_or_else(|| refusal.into()),
        _ => refusal.into(),
    }
}

/// Looks whether the space of a path, and its workspace, are there for the caller.
async fn look(call: &Call, rest: &str) -> Result<(), Error> {
    let caller = auth::authenticate(call).await?;
    let mut parts = rest.split('/').skip(1).map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned());
    if let Some(space) = parts.next().filter(|space| !space.is_empty()) {
        auth::check_space(&caller, &space)?;
    }
    if parts.next().is_some_and(|collection| collection == "workspaces")
        && let Some(workspace) = parts.next().filter(|workspace| !workspace.is_empty())
    {
        auth::check_workspace(&workspace)?;
    }
    Ok(())
}
