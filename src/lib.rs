//! The edge host: Cloudflare's `Env` becomes a directory, the directory a router, and the router answers every request.
//! What the directory needs of its host is here, over D1, WebCrypto and the isolate's clock, and nothing else is.

use std::cell::OnceCell;
use std::sync::Arc;

use axum::body::Body;
use http::{Response, StatusCode, header};
use tessera_api::console::is_page;
use tessera_api::fault::Effect;
use tessera_api::health::Probe;
use tessera_api::watch::{Watch, watched};
use tessera_api::{Enqueued, Router};
use tessera_directory::ports::{Limits, Mailer, NoMailer};
use tessera_directory::{Directory, Ports};
use wasm_bindgen::prelude::wasm_bindgen;
use worker::js_sys::{Function, JsString};
use worker::send::IntoSendFuture as _;
use worker::{Context, Delay, Env, web_sys, worker_sys};

use crate::deliveries::Due;
use crate::settings::Settings;
use crate::watcher::Watcher;

mod cache;
mod clock;
mod console;
mod d1;
mod deliveries;
mod derivation;
mod entropy;
mod executor;
mod glue;
mod limiter;
mod log;
mod mail;
mod outbound;
mod settings;
mod watcher;
mod wire;

/// A fourth of the standard library's in size, and no slower.
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

thread_local! {
    /// The isolate's directory and router, built by its first request: to build one costs more than to answer with it.
    static APP: OnceCell<App> = const { OnceCell::new() };
}

/// What answers requests, and what delivers afterwards.
#[derive(Clone)]
struct App {
    directory: Directory,
    router: Router,
    has_timing: bool,
}

/// Answers a request by a call of `done`. Its head is told by `entry.js`, which calls this. It is JavaScript's text: one of Rust's would
/// be in the memory of the instance before, in the first call after that has trapped.
#[wasm_bindgen]
pub fn answer(request: web_sys::Request, head: JsString, env: Env, context: worker_sys::Context, done: Function) {
    executor::run(async move {
        let answer = call(&request, &String::from(head), env, Context::new(context)).await.unwrap_or_else(|error| {
            ::log::error!("no answer: {error}");
            bare(StatusCode::INTERNAL_SERVER_ERROR)
        });
        wire::respond(&done, answer).await;
    });
}

async fn call(raw: &web_sys::Request, head: &str, env: Env, context: Context) -> worker::Result<Response<Body>> {
    let request = wire::request(raw, head).await;
    if let Ok(request) = &request
        && is_page(request.method(), request.uri().path())
    {
        return console::page(&env).await;
    }
    if let Ok(request) = &request
        && let Some(probe) = Probe::of(request.uri().path())
    {
        let app = app(&env);
        let directory = app.as_ref().map(|app| &app.directory).map_err(String::clone);
        return Ok(probe.answer(request.method(), directory).await);
    }
    Ok(match (app(&env), request) {
        (Ok(app), Ok(mut request)) => {
            let watcher = Watcher::begin(&mut request, &app.directory);
            let watch: Arc<dyn Watch> = Arc::clone(&watcher) as _;
            let mut answer = watched(watch, app.router.answer(request)).await;
            let writes = cache::due();
            let mut due: Vec<Due> = mail::woken().into_iter().map(Due::Mail).collect();
            if let Some(Enqueued { webhook_config }) = answer.extensions().get().copied() {
                due.push(Due::Webhook(webhook_config));
            }
            if !(due.is_empty() && writes.is_empty()) {
                let env = env.clone();
                context.wait_until(async move {
                    cache::write(&env, writes).await;
                    for due in due {
                        due.enqueue(&env, 0).await;
                    }
                });
            }
            if let Some(Effect::Slow(delay)) = answer.extensions().get().copied() {
                Delay::from(delay).into_send().await;
            }
            watcher.tell(&env, &answer);
            if app.has_timing {
                watcher.time(&mut answer);
            }
            answer
        }
        (Ok(_), Err(status)) => bare(status),
        (Err(reason), _) => {
            ::log::error!("not configured: {reason}");
            not_configured()
        }
    })
}

/// An answer that says no more than its status.
fn bare(status: StatusCode) -> Response<Body> {
    let mut answer = Response::default();
    *answer.status_mut() = status;
    answer
}

/// The isolate's app, or what is missing of its configuration, for the log.
fn app(env: &Env) -> Result<App, String> {
    APP.with(|cell| {
        if let Some(app) = cell.get() {
            return Ok(app.clone());
        }
        log::begin();
        let settings = Settings::from_env(env)?;
        let has_timing = settings.has_timing;
        let directory = directory(env, settings)?;
        let build = || App { router: Router::new(directory.clone()), directory, has_timing };
        Ok(cell.get_or_init(build).clone())
    })
}

fn directory(env: &Env, settings: Settings) -> Result<Directory, String> {
    let database = env.d1("DB").map_err(|error| format!("the D1 binding DB: {error}"))?;
    let mailer: Arc<dyn Mailer> = match mail::Mail::new(env, settings.mail_from) {
        Some(mail) => Arc::new(mail),
        None => Arc::new(NoMailer),
    };
    let ports = Ports {
        database: Arc::new(d1::D1::new(&database)),
        clock: Arc::new(clock::EdgeClock),
        entropy: Arc::new(entropy::EdgeEntropy),
        derivation: Arc::new(derivation::WebCrypto),
        outbound: Arc::new(outbound::Network { is_development: settings.is_development }),
        mailer,
        limits: Limits { limiter: limiter::of(env), sign_in_failures: settings.sign_in_failures },
        cache: cache::cache(env),
    };
    // each batch is a way to D1 and back
    let directory =
        Directory::new(ports, &settings.root_key, &settings.pepper).keeping(settings.retention).remembering();
    Ok(match settings.previous_pepper {
        Some(previous) => directory.with_previous_pepper(&previous),
        None => directory,
    })
}

fn not_configured() -> Response<Body> {
    let mut answer = Response::new(Body::from(r#"{"error":"This Tessera is not configured."}"#));
    *answer.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}
