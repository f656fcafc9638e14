//! Mail is really handed to a mail server: in an organization's order, again where that failed, and to nobody else.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod killable;
mod mail_server;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use killable::Program;
use mail_parser::MessageParser;
use mail_server::{MailServer, Manner};
use rcgen::{CertificateParams, KeyPair};
use reqwest::{Client, Method};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde_json::{Value, json};
use tessera_directory::demo;
use tessera_mock::{Settings, Smtp, TesseraServer};
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;

const FROM: &str = "no-reply@tessera.test";

/// An organization of a server's.
#[derive(Clone)]
struct Organization {
    base: String,
    id: String,
    key: String,
}

async fn ask(base: &str, method: Method, path: &str, key: &str, body: &Value) -> Value {
    let request = Client::new().request(method.clone(), format!("{base}{path}")).bearer_auth(key);
    let request = if body.is_null() { request } else { request.json(body) };
    let answer = request.send().await.unwrap();
    let (status, body) = (answer.status(), answer.bytes().await.unwrap());
    assert!(status.is_success(), "{method} {path}: {status} {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap_or_default()
}

impl Organization {
    async fn new(base: &str, name: &str, language: &str) -> Self {
        let wanted = json!({"name": name, "seats": 1000, "language": language});
        let made = ask(base, Method::POST, "/v1/organizations", demo::ROOT_KEY, &wanted).await;
        Self { base: base.to_owned(), id: text(&made, "/id"), key: text(&made, "/api_key") }
    }

    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        ask(&self.base, method, path, &self.key, body).await
    }

    /// Makes a user of this address, and mails a token, which it gives.
    async fn mail(&self, email: &str) -> String {
        let users = format!("/v1/organizations/{}/users", self.id);
        let user = self.ask(Method::POST, &users, &json!({"email": email})).await;
        let path = format!("{users}/{}/tokens", text(&user, "/id"));
        text(&self.ask(Method::POST, &path, &json!({"mail": true})).await, "/token")
    }

    async fn outbox(&self, query: &str) -> Vec<Value> {
        let listed = self.ask(Method::GET, &format!("/v1/outbox{query}"), &Value::Null).await;
        listed.pointer("/data").and_then(Value::as_array).unwrap().clone()
    }

    /// The mail to an address once it is so far after so many attempts.
    async fn until(&self, to: &str, state: &str, attempts: u64) -> Value {
        let mut last = Value::Null;
        // what waits for its time is looked for every five seconds
        for _ in 0..1000 {
            last = self.outbox("?limit=1000").await.into_iter().find(|mail| text(mail, "/to") == to).unwrap();
            if text(&last, "/state") == state && last.pointer("/attempt_count") == Some(&json!(attempts)) {
                return last;
            }
            sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(last, json!({"state": state, "attempt_count": attempts}));
        last
    }

    async fn replay(&self, mail: &Value) -> Value {
        self.ask(Method::POST, &format!("/v1/outbox/{}/replay", text(mail, "/id")), &Value::Null).await
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| unreachable!("no {pointer} in {value}")).to_owned()
}

fn time(value: &Value, pointer: &str) -> DateTime<Utc> {
    text(value, pointer).parse().unwrap()
}

async fn tessera(url: String) -> TesseraServer {
    let smtp = Some(Smtp { url, from: FROM.to_owned() });
    TesseraServer::with(Settings { smtp, ..Settings::default() }).await
}

/// A mail server, and one of Tessera's that hands mail to it.
async fn pair() -> (MailServer, TesseraServer) {
    let mail = MailServer::start().await;
    let url = mail.url();
    (mail, tessera(url).await)
}

fn message_id(mail: &Value) -> String {
    format!("<{}@tessera.test>", text(mail, "/id"))
}

#[tokio::test]
async fn a_mail_is_handed_over_as_its_letter_reads() {
    let mail = MailServer::start().await;
    let tessera = tessera(mail.url().replace("smtp://", "smtp://ann:geheim@")).await;
    let organization = Organization::new(&tessera.uri(), "Söhne & 会社", "ja").await;
    let token = organization.mail("bob@acme.test").await;
    let told = organization.until("bob@acme.test", "sent", 1).await;
    assert_eq!(told.pointer("/next_attempt_at").zip(told.pointer("/last_error")), Some((&Value::Null, &Value::Null)));
    assert!(time(&told, "/sent_at") >= time(&told, "/created_at"));

    let received = mail.received();
    let [received] = received.as_slice() else { unreachable!("{} mails", received.len()) };
    assert_eq!((received.from.as_str(), received.to.as_str()), (FROM, "bob@acme.test"));
    assert_eq!(
        (received.header("Message-ID"), received.header("Idempotency-Key")),
        (message_id(&told), text(&told, "/id"))
    );
    let parsed = MessageParser::new().parse(received.message.as_bytes()).unwrap();
    assert_eq!(parsed.subject().unwrap(), text(&told, "/subject"));
    assert_eq!(parsed.body_text(0).unwrap().replace("\r\n", "\n"), text(&told, "/text"));
    assert_eq!(parsed.body_html(0).unwrap().replace("\r\n", "\n"), text(&told, "/html"));
    assert!(parsed.body_text(0).unwrap().contains(&token));
    // the name and the password, each after a zero
    assert_eq!(mail.signed_in(), ["AGFubgBnZWhlaW0="]);
}

#[tokio::test]
async fn without_a_mail_server_mail_stays_in_the_outbox_and_the_mailbox_shows_it() {
    let tessera = TesseraServer::start().await;
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    let told = organization.until("bob@acme.test", "pending", 0).await;
    assert_eq!(told.pointer("/next_attempt_at").zip(told.pointer("/sent_at")), Some((&Value::Null, &Value::Null)));
    assert_eq!(tessera.mailbox().await.first().unwrap().to, "bob@acme.test");
}

#[tokio::test]
async fn two_hundred_mails_come_once_each_and_in_order() {
    let (mail, tessera) = pair().await;
    let organizations =
        [Organization::new(&tessera.uri(), "One", "en").await, Organization::new(&tessera.uri(), "Two", "ru").await];
    for (at, organization) in organizations.iter().enumerate() {
        let emails: Vec<String> = (0..50).map(|user| format!("user-{user}-{at}@acme.test")).collect();
        let path = format!("/organizations/{}/users_auto_registration", organization.id);
        organization.ask(Method::POST, &path, &json!({"user_emails": emails})).await;
    }
    for (at, organization) in organizations.iter().enumerate() {
        let mut unsent = usize::MAX;
        for _ in 0..1000 {
            unsent =
                organization.outbox("?limit=1000").await.iter().filter(|mail| text(mail, "/state") != "sent").count();
            if unsent == 0 {
                break;
            }
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(unsent, 0);
        let written: Vec<String> = organization.outbox("?limit=1000").await.iter().map(message_id).collect();
        let received: Vec<String> = mail
            .received()
            .iter()
            .filter(|mail| mail.to.ends_with(&format!("-{at}@acme.test")))
            .map(|mail| mail.header("Message-ID"))
            .collect();
        assert_eq!((written.len(), &received), (100, &written));
    }
}

#[tokio::test]
async fn what_is_not_taken_now_is_sent_again_ever_later_and_then_given_up() {
    let (mail, tessera) = pair().await;
    let control = tessera.control();
    control.freeze();
    mail.behave(Manner { recipients: vec![("busy", "451 4.2.1 try later\r\n")], ..Manner::default() });
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    let other = Organization::new(&tessera.uri(), "Other", "en").await;
    organization.mail("busy@acme.test").await;
    organization.mail("next@acme.test").await;
    other.mail("other@acme.test").await;
    other.until("other@acme.test", "sent", 1).await;

    let mut pauses = Vec::new();
    for attempt in 1..10 {
        let failed = organization.until("busy@acme.test", "failed", attempt).await;
        assert!(text(&failed, "/last_error").contains("4.2.1 try later"), "{failed}");
        let pause = time(&failed, "/next_attempt_at") - control.now();
        let longest = TimeDelta::seconds(30 << (attempt - 1));
        assert!(pause <= longest && pause >= longest / 2, "{pause} after {attempt}");
        pauses.push(pause.num_milliseconds() * 1000 / longest.num_milliseconds());
        assert_eq!(mail.asked().iter().filter(|to| *to == "busy@acme.test").count(), usize::try_from(attempt).unwrap());
        // a moment too early nothing is tried; and what comes after it waits for it
        tessera.advance(pause - TimeDelta::milliseconds(1));
        sleep(Duration::from_millis(100)).await;
        organization.until("busy@acme.test", "failed", attempt).await;
        organization.until("next@acme.test", "pending", 0).await;
        tessera.advance(TimeDelta::milliseconds(1));
    }
    pauses.sort_unstable();
    pauses.dedup();
    assert!(pauses.len() > 1, "chance has a part in it");
    let dead = organization.until("busy@acme.test", "dead", 10).await;
    assert_eq!(dead.pointer("/next_attempt_at"), Some(&Value::Null));
    organization.until("next@acme.test", "sent", 1).await;

    // what was given up is listed, and sent again as the same mail
    assert_eq!(organization.outbox("?state=dead").await, std::slice::from_ref(&dead));
    mail.behave(Manner::default());
    let replayed = organization.replay(&dead).await;
    assert_eq!((text(&replayed, "/id"), text(&replayed, "/state")), (text(&dead, "/id"), "pending".to_owned()));
    let sent = organization.until("busy@acme.test", "sent", 1).await;
    assert_eq!(mail.received().last().unwrap().header("Message-ID"), message_id(&dead));
    // once it was sent, to ask for it again changes nothing
    assert_eq!(organization.replay(&dead).await, sent);
    assert_eq!(mail.received().iter().filter(|mail| mail.to == "busy@acme.test").count(), 1);
}

#[tokio::test]
async fn what_is_refused_for_good_is_given_up_at_once() {
    let (mail, tessera) = pair().await;
    mail.behave(Manner { recipients: vec![("nobody", "550 5.1.1 no such user")], ..Manner::default() });
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    organization.mail("nobody@acme.test").await;
    organization.mail("bob@acme.test").await;
    let dead = organization.until("nobody@acme.test", "dead", 1).await;
    assert!(text(&dead, "/last_error").contains("5.1.1 no such user"), "{dead}");
    organization.until("bob@acme.test", "sent", 1).await;
}

#[tokio::test]
async fn a_server_that_does_not_know_us_refuses_no_mail() {
    let mail = MailServer::start().await;
    mail.behave(Manner { sign_in: Some("535 5.7.8 who are you"), ..Manner::default() });
    let tessera = tessera(mail.url().replace("smtp://", "smtp://ann:falsch@")).await;
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    let failed = organization.until("bob@acme.test", "failed", 1).await;
    assert!(!failed.to_string().contains("falsch"), "{failed}");
    assert!(mail.asked().is_empty());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_again() {
    let tessera = tessera("smtp://127.0.0.1:1".to_owned()).await;
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    organization.until("bob@acme.test", "failed", 1).await;
}

#[tokio::test]
async fn a_name_makes_no_header_in_any_language() {
    let (mail, tessera) = pair().await;
    for (at, language) in ["en", "ja", "ru", "zh"].into_iter().enumerate() {
        // no API takes a name with a line's end of ASCII in it, which the letters' own tests have
        let name = "Acme\u{2028}Bcc: all@acme.test\u{2029}.\u{2028}MAIL FROM:<eve@acme.test> =?utf-8?Q?=0D=0ABcc:?= <script>x</script>";
        let organization = Organization::new(&tessera.uri(), name, language).await;
        let email = format!("bob-{at}@acme.test");
        organization.mail(&email).await;
        organization.until(&email, "sent", 1).await;
        let received = mail.received();
        let received = received.last().unwrap();
        assert_eq!((received.from.as_str(), received.to.as_str()), (FROM, email.as_str()));
        let parsed = MessageParser::new().parse(received.message.as_bytes()).unwrap();
        assert!(parsed.bcc().is_none() && parsed.parts.len() == 3, "{}", received.message);
        assert!(!parsed.body_html(0).unwrap().contains("<script"));
    }
    assert_eq!(mail.received().len(), 4);
}

#[tokio::test]
async fn an_address_beyond_ascii_needs_a_server_that_takes_it() {
    let (mail, tessera) = pair().await;
    let organization = Organization::new(&tessera.uri(), "Acme", "zh").await;
    organization.mail("用户@例子.test").await;
    organization.until("用户@例子.test", "sent", 1).await;
    let received = mail.received();
    let parsed = MessageParser::new().parse(received.last().unwrap().message.as_bytes()).unwrap();
    assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("用户@例子.test"));
    mail.behave(Manner { ascii_only: true, ..Manner::default() });
    organization.mail("второй@пример.test").await;
    let dead = organization.until("второй@пример.test", "dead", 1).await;
    assert!(text(&dead, "/last_error").contains("SMTPUTF8"), "{dead}");
    // one that no header can hold is never tried
    let path = "/api/v1.0/onpremise/users";
    let person = json!({"id": "x", "email": "a,b@acme", "firstName": "A", "lastName": "B", "groups": []});
    let url = format!("{}{path}?api-token={}", organization.base, organization.key);
    assert!(Client::new().post(url).json(&person).send().await.unwrap().status().is_success());
    let users = organization
        .ask(Method::GET, &format!("/v1/organizations/{}/users?search=a,b", organization.id), &Value::Null)
        .await;
    let tokens = format!("/v1/organizations/{}/users/{}/tokens", organization.id, text(&users, "/data/0/id"));
    organization.ask(Method::POST, &tokens, &json!({"mail": true})).await;
    organization.until("a,b@acme", "dead", 1).await;
    assert_eq!(mail.received().len(), 1);
}

/// What speaks TLS by a certificate that vouches for itself, and that certificate in PEM.
fn self_signed() -> (TlsAcceptor, String) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivatePkcs8KeyDer::from(key.serialize_der()).into())
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), certificate.pem())
}

/// What has the program hand its mail to a server.
fn by(url: &str) -> [&str; 4] {
    ["--smtp", url, "--mail-from", FROM]
}

#[tokio::test]
async fn no_mail_goes_to_a_server_that_nobody_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    let (acceptor, certificate) = self_signed();
    let mail = MailServer::with(Some(acceptor)).await;
    let url = format!("smtps://localhost:{}", mail.address.port());
    let stranger = tessera(url.clone()).await;
    let organization = Organization::new(&stranger.uri(), "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    let failed = organization.until("bob@acme.test", "failed", 1).await;
    assert!(text(&failed, "/last_error").to_lowercase().contains("certificate"), "{failed}");
    assert!(mail.commands().is_empty());

    let authority = folder.path().join("authority.pem");
    std::fs::write(&authority, certificate).unwrap();
    let program = Program::start(&folder.path().join("data.sqlite"), &by(&url), &[("SSL_CERT_FILE", &authority)]);
    let organization = Organization::new(&program.base, "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    organization.until("bob@acme.test", "sent", 1).await;
    assert_eq!(mail.received().len(), 1);
}

#[tokio::test]
async fn without_the_tls_that_was_asked_for_nothing_is_said() {
    let mail = MailServer::start().await;
    let tessera = tessera(mail.url().replace("smtp://", "smtp://ann:geheim@") + "?tls=required").await;
    let organization = Organization::new(&tessera.uri(), "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    organization.until("bob@acme.test", "failed", 1).await;
    assert!(
        !mail.commands().iter().any(|command| ["AUTH", "MAIL", "DATA"].contains(&command.as_str())),
        "{:?}",
        mail.commands()
    );
    assert!(mail.signed_in().is_empty());
}

#[tokio::test]
async fn what_was_written_before_a_kill_is_sent_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    // nobody sends it before the kill
    let program = Program::start(&file, &[], &[]);
    let organization = Organization::new(&program.base, "Acme", "en").await;
    let emails: Vec<String> = (0..20).map(|at| format!("user-{at}@acme.test")).collect();
    let path = format!("/organizations/{}/users_auto_registration", organization.id);
    organization.ask(Method::POST, &path, &json!({"user_emails": emails})).await;
    drop(program);

    let mail = MailServer::start().await;
    let program = Program::start(&file, &by(&mail.url()), &[]);
    let organization = Organization { base: program.base.clone(), ..organization };
    let written: Vec<String> = organization.outbox("?limit=1000").await.iter().map(message_id).collect();
    let mut received: Vec<String> = Vec::new();
    for _ in 0..500 {
        received = mail.received().iter().map(|mail| mail.header("Message-ID")).collect();
        if received.len() >= written.len() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    assert_eq!((written.len(), received), (40, written));
}

#[tokio::test]
async fn a_kill_while_a_mail_is_handed_over_sends_the_same_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let mail = MailServer::start().await;
    mail.behave(Manner { hangs: true, ..Manner::default() });
    let program = Program::start(&file, &by(&mail.url()), &[]);
    let organization = Organization::new(&program.base, "Acme", "en").await;
    organization.mail("bob@acme.test").await;
    organization.mail("next@acme.test").await;
    for _ in 0..500 {
        if !mail.received().is_empty() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    // the server has it, and never says so
    organization.until("bob@acme.test", "sending", 0).await;
    drop(program);

    mail.behave(Manner::default());
    let program = Program::start(&file, &by(&mail.url()), &[]);
    let organization = Organization { base: program.base.clone(), ..organization };
    sleep(Duration::from_millis(200)).await;
    organization.until("bob@acme.test", "sending", 0).await;
    ask(&program.base, Method::POST, "/__admin/clock/advance", "", &json!({"seconds": 121})).await;
    let sent = organization.until("bob@acme.test", "sent", 1).await;
    organization.until("next@acme.test", "sent", 1).await;
    let received = mail.received();
    let ids: Vec<String> = received.iter().map(|mail| mail.header("Message-ID")).collect();
    assert_eq!((ids.len(), ids.first(), ids.get(1)), (3, Some(&message_id(&sent)), Some(&message_id(&sent))));
    assert_eq!(received.first(), received.get(1), "the very same mail");
}

#[tokio::test]
async fn kills_at_any_moment_lose_nothing_and_keep_the_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    let mail = MailServer::start().await;
    mail.behave(Manner { takes: Duration::from_millis(5), ..Manner::default() });
    let mut program = Program::start(&file, &by(&mail.url()), &[]);
    let mut organization = Organization::new(&program.base, "Acme", "en").await;
    let emails: Vec<String> = (0..50).map(|at| format!("user-{at}@acme.test")).collect();
    let path = format!("/organizations/{}/users_auto_registration", organization.id);
    organization.ask(Method::POST, &path, &json!({"user_emails": emails})).await;
    for round in 1..=4 {
        let enough = mail.received().len() + 15;
        for _ in 0..1000 {
            if mail.received().len() >= enough {
                break;
            }
            sleep(Duration::from_millis(1)).await;
        }
        drop(program);
        program = Program::start(&file, &by(&mail.url()), &[]);
        organization.base.clone_from(&program.base);
        // the clock begins anew with each program, and is to be past what the one before it has claimed
        let later = json!({"seconds": 150 * round});
        ask(&program.base, Method::POST, "/__admin/clock/advance", "", &later).await;
    }
    for _ in 0..500 {
        if text(&organization.outbox("?order=newest&limit=1").await.remove(0), "/state") == "sent" {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let mails = organization.outbox("?limit=1000").await;
    assert!(mails.iter().all(|mail| text(mail, "/state") == "sent"));
    let written: Vec<String> = mails.iter().map(message_id).collect();
    let mut received: Vec<String> = mail.received().iter().map(|mail| mail.header("Message-ID")).collect();
    // what came twice came twice in a row
    received.dedup();
    assert_eq!((written.len(), received), (100, written));
}
