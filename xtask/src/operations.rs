//! What whoever runs Tessera does now and then, tried on the Worker in workerd: the data of a release under the later migrations,
//! another pepper, what is over removed by the cron, and organizations taken from a D1 into a file and into another D1.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use tessera_transfer::{Store as _, export, import, organizations};

use crate::edge::{self, Edge};
use crate::transfer::D1;
use crate::{database, process, workspace};

const ROOT: &str = "the root key";
/// The pepper of what is kept of releases.
const PEPPER: &str = "a pepper";
const NEXT: &str = "the next pepper";

/// Tries all of it on the data of the last release.
pub(crate) fn check() -> Result<()> {
    process::run(Command::new("cargo").args(["build", "--quiet", "--package", "mock-server"]))?;
    let state = workspace::temporary()?.join("edge-operations");
    edge::remove(&state)?;
    let kept = Kept::last()?;
    kept.load(&state)?;
    let mut d1 = D1::local(&state);
    let before = count(&mut d1, "audit")?;

    let edge = serve(&state, &[("TESSERA_PEPPER", PEPPER)])?;
    kept.is_still_told(&edge)?;
    // the release is of long ago: what it left is over, and what it had to deliver has nowhere to go here
    d1.change(&["UPDATE events SET due_at = NULL, state = 'failed' WHERE due_at IS NOT NULL".to_owned()])?;
    sweep(&edge)?;
    for table in ["sessions", "idempotency_keys", "tasks WHERE completed_at IS NOT NULL"] {
        ensure!(count(&mut d1, table)? == 0, "the cron left {table}");
    }
    ensure!(count(&mut d1, "audit")? >= before, "the audit log lost an entry");
    is_valid(&edge, &kept.key)?;
    drop(edge);

    let edge = serve(&state, &[("TESSERA_PEPPER", NEXT), ("TESSERA_PEPPER_PREVIOUS", PEPPER)])?;
    ensure!(get(&edge, "/v1/audit", &kept.key)?.0 == 200, "a key is not good any more while both peppers are there");
    // what is sealed opens
    ensure!(get(&edge, "/v1/outbox", &kept.key)?.0 == 200, "the outbox cannot be read under two peppers");
    sweep(&edge)?;
    is_valid(&edge, &kept.key)?;
    drop(edge);

    let edge = serve(&state, &[("TESSERA_PEPPER", NEXT)])?;
    ensure!(get(&edge, "/v1/audit", &kept.unused)?.0 == 401, "a key that was not used since is good even so");
    is_valid(&edge, &kept.key)?;
    let bookmarked = request(&edge, "GET", "/v1/audit", &kept.key, "Tessera-Bookmark: \r\n")?;
    let bookmark = bookmarked.header("tessera-bookmark").context("an answer in a session has no bookmark")?;
    let again = request(&edge, "GET", "/v1/audit", &kept.key, &format!("Tessera-Bookmark: {bookmark}\r\n"))?;
    ensure!((bookmarked.status, &bookmarked.body) == (200, &again.body), "a session reads otherwise");
    ensure!(request(&edge, "GET", "/v1/audit", &kept.key, "")?.header("tessera-bookmark").is_none(), "nobody asked");
    drop(edge);

    move_all(&mut d1, &kept)?;
    // what `cargo xtask test` left, if it ran
    let vectors = workspace::temporary()?.join("edge-test");
    if vectors.exists() { move_vectors(&vectors) } else { Ok(()) }
}

/// `mock-server`, which is built: it is called some thousand times.
fn mock_server() -> Command {
    Command::new(workspace::target().join("debug/mock-server"))
}

/// Takes the organizations of a D1 into a file, which a native server then serves, and into another D1.
fn move_all(d1: &mut D1, kept: &Kept) -> Result<()> {
    let folder = workspace::temporary()?.join("moved");
    edge::remove(&folder)?;
    fs::create_dir_all(&folder)?;
    let (file, other) = (folder.join("moved.sqlite"), folder.join("edge"));
    database::prepare_empty(&other)?;
    let mut other = D1::local(&other);
    let all = organizations(d1)?;
    ensure!(all.len() > 1, "there are too few organizations");
    for organization in &all {
        let mut lines = Vec::new();
        export(d1, organization, &mut lines)?;
        let taken = folder.join(format!("{organization}.jsonl"));
        fs::write(&taken, &lines)?;
        process::run_quietly(mock_server().arg("import").arg(&taken).arg("--data").arg(&file))?;
        let program = &mut mock_server();
        let native = process::output(program.args(["export", organization]).arg("--data").arg(&file))?;
        ensure!(native.as_bytes() == lines, "{organization} is not in the file what it was in the D1");
        import(&mut other, lines.as_slice())?;
        ensure!(import(&mut other, lines.as_slice()).is_err(), "{organization} was put there twice");
        let mut again = Vec::new();
        export(&mut other, organization, &mut again)?;
        ensure!(again == lines, "{organization} is not in the other D1 what it was in the first");
    }
    // all or nothing
    let half = ["DELETE FROM users".to_owned(), "INSERT INTO users (id) VALUES (NULL)".to_owned()];
    ensure!(other.change(&half).is_err() && count(&mut other, "users")? > 0, "half a change was made");
    // a server of its own says at which port it listens
    let port = edge::free_port()?;
    let mut program = mock_server();
    // the demo's organizations have numbers that those which were taken there may have
    program.args(["--no-demo", "--listen", &format!("127.0.0.1:{port}"), "--root-key", ROOT, "--pepper", NEXT]);
    program.arg("--data").arg(&file);
    let server = process::Group::spawn(program.stdout(Stdio::null()))?;
    let native = format!("127.0.0.1:{port}");
    process::run_quietly(mock_server().args(["wait", "--url", &format!("http://{native}")]))?;
    let answer = ask(&native, "GET", "/v1/audit/verify", &kept.key, "")?;
    ensure!(answer.status == 200 && holds(&answer.body), "the log does not hold in the file: {}", answer.body);
    drop(server);
    Ok(())
}

/// Takes every organization that the vectors made, and the demo's, from the file that workerd keeps its D1 in to one of ours.
fn move_vectors(state: &Path) -> Result<()> {
    let from = d1_file(state)?;
    let folder = workspace::temporary()?.join("moved-vectors");
    edge::remove(&folder)?;
    fs::create_dir_all(&folder)?;
    let into = folder.join("moved.sqlite");
    let all = organizations(&mut D1::local(state))?;
    println!("      {} organizations", all.len());
    for organization in all {
        let exported =
            |file: &Path| process::output(mock_server().args(["export", &organization]).arg("--data").arg(file));
        let (lines, taken) = (exported(&from)?, folder.join("taken.jsonl"));
        fs::write(&taken, &lines)?;
        process::run_quietly(mock_server().arg("import").arg(&taken).arg("--data").arg(&into))?;
        ensure!(exported(&into)? == lines, "{organization} is not in the file what it was in the D1");
    }
    Ok(())
}

/// The file in which workerd keeps the D1 of this folder.
fn d1_file(state: &Path) -> Result<PathBuf> {
    let folder = state.join("v3/d1/miniflare-D1DatabaseObject");
    for entry in fs::read_dir(&folder)? {
        let file = entry?.path();
        if file.extension().is_some_and(|found| found == "sqlite")
            && file.file_stem().is_some_and(|stem| stem != "metadata")
        {
            return Ok(file);
        }
    }
    bail!("there is no D1 in {}", folder.display())
}

/// What is kept of a release: `tests/migrations/`.
struct Kept {
    migrations: Vec<String>,
    statements: Vec<String>,
    /// A key that is used, and one that is not.
    key: String,
    unused: String,
    told: Value,
}

impl Kept {
    fn last() -> Result<Self> {
        let folder = workspace::root().join("tests/migrations");
        let mut files: Vec<PathBuf> = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
        files.retain(|file| file.extension().is_some_and(|found| found == "sql"));
        files.sort();
        let file = files.last().context("no release is kept")?;
        let text = fs::read_to_string(file)?;
        let answers: Value = serde_json::from_slice(&fs::read(file.with_extension("json"))?)?;
        let member = |name: &str| {
            answers.get(name).and_then(Value::as_str).map(str::to_owned).context("what was told lacks a key")
        };
        let (comments, statements): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("--"));
        let migrations = comments.iter().filter_map(|line| line.strip_prefix("-- migration ")?.split_once(' '));
        Ok(Self {
            migrations: migrations.map(|(name, _)| name.to_owned()).collect(),
            statements: statements.iter().map(|line| line.trim_end_matches(';').to_owned()).collect(),
            key: member("key")?,
            unused: member("unused")?,
            told: answers.get("told").cloned().unwrap_or_default(),
        })
    }

    /// A D1 as that release left it, and then the later migrations.
    fn load(&self, state: &Path) -> Result<()> {
        let early = state.join("early");
        fs::create_dir_all(&early)?;
        for name in &self.migrations {
            fs::copy(workspace::root().join("migrations").join(name), early.join(name))?;
        }
        let config = fs::read_to_string(workspace::root().join("wrangler.toml"))?;
        let config =
            config.replace("migrations_dir = \"migrations\"", &format!("migrations_dir = \"{}\"", early.display()));
        fs::write(state.join("early.toml"), config)?;
        let mut command = edge::wrangler();
        command.args(["d1", "migrations", "apply", "DB", "--local", "--persist-to"]).arg(state);
        process::run_quietly(command.arg("--config").arg(state.join("early.toml")))?;
        let mut d1 = D1::local(state);
        let triggers = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'".to_owned();
        let triggers = d1.query(&[triggers])?.into_iter().flatten();
        let (mut script, mut end) = (vec!["PRAGMA defer_foreign_keys = true".to_owned()], Vec::new());
        for trigger in triggers {
            let member = |name: &str| trigger.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            script.push(format!("DROP TRIGGER {}", member("name")));
            end.push(member("sql"));
        }
        script.extend(self.statements.iter().cloned());
        script.extend(end);
        d1.change(&script)?;
        database::prepare_empty(state)
    }

    /// Whether the API tells all that it told then.
    fn is_still_told(&self, edge: &Edge) -> Result<()> {
        for (path, before) in self.told.as_object().context("nothing was told")? {
            let scheme = if path.starts_with("/v1") || path.starts_with("/a") || path.starts_with("/organizations") {
                "Bearer"
            } else {
                "Token"
            };
            let answer = request_as(edge, "GET", path, &format!("{scheme} {}", self.key), "")?;
            ensure!(
                answer.status == 200 && is_part(before, &answer.body),
                "{path} was\n{before}\nand is\n{}",
                answer.body
            );
        }
        Ok(())
    }
}

/// Whether all of the one is in the other; when a key was used last is another time.
fn is_part(before: &Value, now: &Value) -> bool {
    match (before, now) {
        (Value::Object(before), Value::Object(now)) => before
            .iter()
            .all(|(name, value)| name == "last_used_at" || now.get(name).is_some_and(|told| is_part(value, told))),
        (Value::Array(before), Value::Array(now)) => {
            before.len() == now.len() && before.iter().zip(now).all(|(before, now)| is_part(before, now))
        }
        (before, now) => before == now,
    }
}

fn serve(state: &Path, variables: &[(&str, &str)]) -> Result<Edge> {
    Edge::serve_with(state, &[&[("TESSERA_ROOT_KEY", ROOT)], variables].concat())
}

/// Has the cron run.
fn sweep(edge: &Edge) -> Result<()> {
    let answer = request(edge, "GET", "/cdn-cgi/handler/scheduled?cron=*+*+*+*+*", "", "")?;
    ensure!(answer.status == 200, "the cron cannot be called: {}", answer.status);
    Ok(())
}

fn is_valid(edge: &Edge, key: &str) -> Result<()> {
    let (status, body) = get(edge, "/v1/audit/verify", key)?;
    ensure!(
        status == 200 && holds(&body) && body.get("sealed") == body.get("entries"),
        "the log does not hold: {body}"
    );
    Ok(())
}

/// Whether an audit log is said to hold.
fn holds(told: &Value) -> bool {
    told.get("valid") == Some(&Value::Bool(true))
}

fn count(d1: &mut D1, table: &str) -> Result<i64> {
    let rows = d1.query(&[format!("SELECT COUNT(*) AS rows FROM {table}")])?;
    rows.iter().flatten().next().and_then(|row| row.get("rows")?.as_i64()).context("a count has no row")
}

/// An answer.
struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then(|| value.to_owned())
        })
    }
}

fn get(edge: &Edge, path: &str, key: &str) -> Result<(u16, Value)> {
    let answer = request(edge, "GET", path, key, "")?;
    Ok((answer.status, answer.body))
}

fn request(edge: &Edge, method: &str, path: &str, key: &str, headers: &str) -> Result<Answer> {
    request_as(edge, method, path, &format!("Bearer {key}"), headers)
}

fn request_as(edge: &Edge, method: &str, path: &str, credential: &str, headers: &str) -> Result<Answer> {
    let authority = edge.address().strip_prefix("http://").context("an address without http")?;
    send(authority, method, path, credential, headers)
}

fn ask(authority: &str, method: &str, path: &str, key: &str, headers: &str) -> Result<Answer> {
    send(authority, method, path, &format!("Bearer {key}"), headers)
}

/// Sends a request by HTTP/1.0, whose answer comes in one piece.
fn send(authority: &str, method: &str, path: &str, credential: &str, headers: &str) -> Result<Answer> {
    let mut stream = TcpStream::connect(authority)?;
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    write!(stream, "{method} {path} HTTP/1.0\r\nHost: {authority}\r\nAuthorization: {credential}\r\n{headers}\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let (head, body) = text.split_once("\r\n\r\n").context("an answer without a head")?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without a status")?;
    Ok(Answer { status, head: head.to_owned(), body: serde_json::from_slice(body.as_bytes()).unwrap_or_default() })
}
