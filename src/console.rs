//! The console's pages. Its files are static assets, served without the Worker; but every page is the same file, and the
//! path of a page is the Worker's to answer.

use axum::body::Body;
use http::Response;
use tessera_api::console::INDEX;
use worker::Env;
use worker::send::IntoSendFuture;

/// The console's page, with the headers of its file.
pub(crate) async fn page(env: &Env) -> worker::Result<Response<Body>> {
    // only the path counts
    let page = env.assets("ASSETS")?.fetch(format!("https://assets.invalid{INDEX}"), None).into_send().await?;
    Ok(page.map(Body::new))
}
