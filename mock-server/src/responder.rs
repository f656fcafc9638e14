//! A responder for the caller's own [`wiremock::MockServer`].

use axum::body::Body;
use futures_executor::block_on;
use http::{Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;
use wiremock::{Respond, ResponseTemplate};

use crate::front::Front;
use crate::{Control, Engine, Settings, StartError, target};

/// Answers as a [`crate::Server`] does, where a [`wiremock::MockServer`] of the caller's own asks. Mounted at a low priority it
/// comes after the caller's own mocks, with their `expect(n)`.
///
/// ```
/// use tessera_mock::{Responder, Settings};
/// use wiremock::matchers::{any, method, path};
/// use wiremock::{Mock, MockServer, ResponseTemplate};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let server = MockServer::start().await;
/// let tessera = Responder::new(Settings::default()).await?;
/// let control = tessera.control().clone();
/// Mock::given(any()).respond_with(tessera).with_priority(u8::MAX).mount(&server).await;
///
/// // one call is the test's own, and is counted
/// Mock::given(method("GET")).and(path("/organisation")).respond_with(ResponseTemplate::new(503)).expect(1).mount(&server).await;
///
/// let get = |path: &str| {
///     let key = "Token tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
///     reqwest::Client::new().get(format!("{}{path}", server.uri())).header("authorization", key)
/// };
/// assert_eq!(get("/organisation").send().await?.status(), 503);
/// assert_eq!(get("/permissions").send().await?.status(), 200);
/// control.freeze();
/// # Ok(())
/// # }
/// ```
///
/// What it cannot do is break a connection: a fault that would is a 500 here. A body that broke off never reaches it.
pub struct Responder {
    front: Front,
    control: Control,
    background: [tokio::task::AbortHandle; 2],
}

impl Responder {
    /// A directory of its own, as of a server that was just started. The address it would listen on is of no use here.
    pub async fn new(settings: Settings) -> Result<Self, StartError> {
        let Engine { front, control, delivering, tidying, .. } = Engine::begin(settings).await?;
        Ok(Self { front, control, background: [delivering.abort_handle(), tidying.abort_handle()] })
    }

    /// The hold on its content, its clock, its randomness, its faults and its journal.
    pub fn control(&self) -> &Control {
        &self.control
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        for task in &self.background {
            task.abort();
        }
    }
}

impl Respond for Responder {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let uri = match request.url.query() {
            Some(query) => format!("{}?{query}", request.url.path()),
            None => request.url.path().to_owned(),
        };
        let mut asked = Request::new(Body::from(request.body.clone()));
        asked.method_mut().clone_from(&request.method);
        asked.headers_mut().clone_from(&request.headers);
        // a URL's path and query are a request's target
        *asked.uri_mut() = uri.parse().unwrap_or_default();
        // the caller's server runs in a thread of its own, on which nothing else waits
        block_on(async {
            let Ok(answer) = self.front.clone().oneshot(target::normalize(asked)).await;
            let (parts, body) = answer.into_parts();
            let body = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
            let mut template = ResponseTemplate::new(parts.status).set_body_bytes(body);
            for (name, value) in &parts.headers {
                if *name != header::CONTENT_LENGTH {
                    template = template.append_header(name, value);
                }
            }
            template
        })
    }
}
