//! A session's cookie is `Secure`, and an address that is told begins with `https`, where the host says that the request came by
//! https; whatever the request says of itself counts for nothing.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "one test needs little of it")]
mod in_process;

use axum::body::Body;
use axum::http::uri::Scheme;
use axum::http::{Request, header};
use in_process::{App, PASSWORD};
use serde_json::json;

#[tokio::test]
async fn a_cookie_is_secure_where_the_request_is() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    for (scheme, is_secure) in [(None, false), (Some(Scheme::HTTP), false), (Some(Scheme::HTTPS), true)] {
        let body = json!({"user": organization.admin, "password": PASSWORD}).to_string();
        let request = Request::post("/authentication/sign_in").header("x-forwarded-proto", "https");
        let mut request = request.body(Body::from(body)).unwrap();
        if let Some(scheme) = scheme {
            request.extensions_mut().insert(scheme);
        }
        let answer = app.answer(request).await;
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap();
        assert_eq!(cookie.ends_with("; Path=/; HttpOnly; Secure"), is_secure, "{cookie}");
        assert_eq!(cookie.contains("Secure"), is_secure, "{cookie}");
    }
}

#[tokio::test]
async fn a_location_is_where_the_request_came_to() {
    let app = App::new();
    let organization = app.organization("acme", json!({})).await;
    let users = format!("/accounts/{}/core/v1/users", organization.id);
    for (number, (scheme, host, origin)) in [
        (Scheme::HTTP, "Tessera.Test:8080", "http://tessera.test:8080"),
        (Scheme::HTTPS, "tessera.test", "https://tessera.test"),
        (Scheme::HTTP, "evil.test/x?", "http://localhost"),
    ]
    .into_iter()
    .enumerate()
    {
        let user = json!({"type": "application/astra-user", "version": "1.1", "email": format!("{number}@acme.test")});
        let request = Request::post(&users).header("x-forwarded-proto", "https").header(header::HOST, host);
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", organization.key));
        let mut request = request.body(Body::from(user.to_string())).unwrap();
        request.extensions_mut().insert(scheme);
        let answer = app.answer(request).await;
        let location = answer.headers()[header::LOCATION].to_str().unwrap();
        assert!(location.starts_with(&format!("{origin}{users}/")), "{location}");
    }
}
