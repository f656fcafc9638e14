//! Sessions with a store that has copies: what is read of them, and that who calls never is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[expect(dead_code, reason = "another test needs more of it")]
mod in_process;

use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::http::{Request, header};
use in_process::{App, Organization};
use parking_lot::Mutex;
use serde_json::json;
use tessera_directory::database::{Database, DatabaseError, Row, Statement};

/// Which place was asked, by the session's bookmark, and what: `primary SELECT`.
type Asked = Arc<Mutex<Vec<String>>>;

/// A store with copies: each session notes what it is asked.
struct Replicated {
    store: Arc<dyn Database>,
    place: String,
    asked: Asked,
}

#[async_trait]
impl Database for Replicated {
    async fn batch(&self, statements: Vec<Statement>) -> Result<Vec<Vec<Row>>, DatabaseError> {
        let table = |statement: &Statement| {
            let words: Vec<&str> = statement.sql.split(' ').collect();
            let from = words.iter().position(|word| matches!(*word, "FROM" | "INTO" | "UPDATE")).unwrap();
            format!("{} {}", self.place, words.get(from + 1).unwrap())
        };
        self.asked.lock().extend(statements.iter().map(table));
        self.store.batch(statements).await
    }

    fn session(&self, bookmark: Option<&str>) -> Option<Arc<dyn Database>> {
        let place = bookmark.unwrap_or("newest").to_owned();
        Some(Arc::new(Self { store: Arc::clone(&self.store), place, asked: Arc::clone(&self.asked) }))
    }

    fn bookmark(&self) -> Option<String> {
        Some("00000001-00000002".to_owned())
    }
}

fn replicated(app: &App) -> (App, Asked) {
    let asked = Asked::default();
    let noted = Arc::clone(&asked);
    let app = app.through(|store| Arc::new(Replicated { store, place: "primary".to_owned(), asked: noted }));
    (app, asked)
}

/// Makes a call, with this bookmark if any, and gives the status and the bookmark of the answer.
async fn call(app: &App, method: &str, path: &str, key: &str, bookmark: Option<&str>) -> (u16, Option<String>) {
    let body =
        if method == "POST" { Body::from(json!({"name": "k", "scopes": ["*"]}).to_string()) } else { Body::empty() };
    let mut request =
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {key}"));
    if let Some(bookmark) = bookmark {
        request = request.header("tessera-bookmark", bookmark);
    }
    let answer = app.answer(request.body(body).unwrap()).await;
    let bookmark = answer.headers().get("tessera-bookmark").map(|value| value.to_str().unwrap().to_owned());
    (answer.status().as_u16(), bookmark)
}

async fn acme(app: &App) -> Organization {
    app.organization("acme", json!({})).await
}

#[tokio::test]
async fn reads_are_of_a_copy_once_it_is_known_who_calls() {
    let app = App::new();
    let acme = acme(&app).await;
    let (app, asked) = replicated(&app);
    let keys = acme.path("/keys");
    let next = Some("00000001-00000002".to_owned());
    for (bookmark, place) in [("", "newest"), ("00000001-0000000f", "00000001-0000000f"), ("no bookmark", "newest")] {
        assert_eq!(call(&app, "GET", &keys, &acme.key, Some(bookmark)).await, (200, next.clone()));
        let asked = std::mem::take(&mut *asked.lock());
        assert!(asked.first().unwrap().starts_with("primary "), "who calls: {asked:?}");
        assert_eq!(*asked.last().unwrap(), format!("{place} keys"), "{asked:?}");
    }
    // who is nobody reads of no copy, and every API has it
    assert_eq!(call(&app, "GET", &keys, "tsr_key_no", Some("")).await.0, 401);
    let users = format!("/organizations/{}/users", acme.id);
    assert_eq!(call(&app, "GET", &users, &acme.key, Some("")).await, (200, next.clone()));
    assert!(
        asked.lock().contains(&"newest users".to_owned()) || asked.lock().contains(&"newest organizations".to_owned())
    );
    asked.lock().clear();
    // a change is of the session, whose bookmark tells of it
    assert_eq!(call(&app, "POST", &keys, &acme.key, Some("")).await, (201, next));
    assert!(asked.lock().contains(&"newest keys".to_owned()), "{:?}", asked.lock());
}

#[tokio::test]
async fn whoever_does_not_ask_is_answered_as_ever() {
    let app = App::new();
    let acme = acme(&app).await;
    let (app, asked) = replicated(&app);
    assert_eq!(call(&app, "GET", &acme.path("/keys"), &acme.key, None).await, (200, None));
    assert!(asked.lock().iter().all(|place| place.starts_with("primary ")));
}

#[tokio::test]
async fn without_copies_a_bookmark_is_given_all_the_same() {
    let app = App::new();
    let acme = acme(&app).await;
    let none = "00000000-00000000-00000000-00000000000000000000000000000000";
    for bookmark in ["", none, "x"] {
        assert_eq!(call(&app, "GET", &acme.path(""), &acme.key, Some(bookmark)).await, (200, Some(none.to_owned())));
    }
}
