//! The program as a shell sees it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tessera_directory::demo;

fn program(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
    command
        .args(arguments)
        .env_remove("TESSERA_LISTEN")
        .env_remove("TESSERA_ROOT_KEY")
        .env_remove("TESSERA_PEPPER")
        .env_remove("TESSERA_ADMIN_TOKEN");
    command
}

fn output(arguments: &[&str]) -> Output {
    program(arguments).output().unwrap()
}

/// A program that listens. Dropped, it is killed, and has no time to tidy up.
struct Running {
    child: Child,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Running {
    fn start<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Self {
        let arguments = ["--listen", "127.0.0.1:0"].into_iter().chain(arguments);
        let mut child = program(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        output.read_line(&mut line).unwrap();
        let (_, address) = line.trim_end().strip_prefix("listening on http").unwrap().split_once("://").unwrap();
        let address = address.to_owned();
        Self { child, output, address }
    }

    /// The next line that it prints.
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line
    }

    fn answers(&self) {
        let mut client = TcpStream::connect(&self.address).unwrap();
        client.write_all(b"GET /nowhere HTTP/1.0\r\n\r\n").unwrap();
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.0 404 Not Found\r\n"), "{answer}");
    }

    /// What it printed after its first line, and what it complained of, once a signal has ended it well.
    #[cfg(unix)]
    fn ended_by(mut self, signal: &str) -> (String, String) {
        let sent = Command::new("kill").args(["-s", signal, &self.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        let (mut printed, mut complaints) = (String::new(), String::new());
        self.output.read_to_string(&mut printed).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut complaints).unwrap();
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        (printed, complaints)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It ended with one line of complaint, which says this.
#[track_caller]
fn complains(output: &Output, of: &str) {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{complaint}");
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.starts_with("mock-server: ") && complaint.contains(of), "{complaint}");
    assert!(output.stdout.is_empty());
}

#[cfg(unix)]
#[test]
fn it_serves_until_it_is_asked_to_stop() {
    for signal in ["TERM", "INT"] {
        let running = Running::start([]);
        running.answers();
        assert_eq!(running.ended_by(signal), ("the demo's keys: mock-server demo\n".to_owned(), String::new()));
    }
    let running = Running::start(["--no-demo"]);
    running.answers();
    assert_eq!(running.ended_by("TERM"), (String::new(), String::new()));
}

#[cfg(unix)]
#[test]
fn it_warns_of_secrets_that_everybody_knows() {
    let everywhere = ["--listen", "0.0.0.0:0"];
    let (root_key, pepper) = (["--root-key", "tsr_root_mine"], ["--pepper", "mine"]);
    for (arguments, warning) in [
        (everywhere.to_vec(), "others may reach"),
        ([everywhere, root_key].concat(), "others may reach"),
        ([everywhere, root_key, pepper].concat(), ""),
        (["--listen", "[::1]:0"].to_vec(), ""),
    ] {
        let mut child = program(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        child.kill().unwrap();
        let complaints = child.wait_with_output().unwrap().stderr;
        let complaints = String::from_utf8(complaints).unwrap();
        assert_eq!(complaints.lines().count(), usize::from(!warning.is_empty()), "{arguments:?}: {complaints}");
        assert!(complaints.contains(warning), "{arguments:?}: {complaints}");
    }
}

#[test]
fn it_says_in_one_line_why_it_does_not_start() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    complains(&output(&["--listen", &address]), &format!("cannot listen on {address}: "));

    let folder = tempfile::tempdir().unwrap();
    let listen = ["--listen", "127.0.0.1:0", "--data"];
    let text = folder.path().join("text");
    fs::write(&text, "This is no database, however long one looks at it. ".repeat(100)).unwrap();
    for file in [folder.path().to_path_buf(), folder.path().join("missing/data.sqlite"), text] {
        let file = file.to_str().unwrap();
        complains(&output(&[&listen[..], &[file]].concat()), &format!("cannot open {file}: "));
    }
}

#[test]
fn a_file_is_opened_again_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("data.sqlite");
    for _ in 0..3 {
        let running = Running::start(["--data", file.to_str().unwrap()]);
        running.answers();
        assert!(file.exists());
    }
}

#[test]
fn the_demo_is_printed() {
    let output = output(&["demo"]);
    assert!(output.status.success());
    let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(printed, demo::json());
}

#[test]
fn the_help_tells_the_options_and_no_secret() {
    let help = program(["--help"]).env("TESSERA_ROOT_KEY", "sesame").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for option in [
        "--listen",
        "TESSERA_LISTEN",
        "--data",
        "--no-demo",
        "--root-key",
        "--pepper",
        "TESSERA_PEPPER",
        "--seed",
        "--watch",
        "--random-seed",
        "--journal-limit",
        "TESSERA_ADMIN_TOKEN",
        "--tls-cert",
        "--tls-key",
        "--tls-self-signed",
        "demo",
        "init",
        "check",
        "schema",
        "openapi",
        "env",
        "routes",
        "wait",
        "completions",
        "--version",
        "Exit status",
    ] {
        assert!(help.contains(option), "{option} is missing in {help}");
    }
    assert!(!help.contains("sesame"));
    let empty = program(["demo"]).env("TESSERA_ROOT_KEY", "").output().unwrap();
    assert_eq!(empty.status.code(), Some(2), "an empty secret is a mistake");
    let version = String::from_utf8(output(&["--version"]).stdout).unwrap();
    assert_eq!(version, concat!("mock-server ", env!("CARGO_PKG_VERSION"), "\n"));
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn a_seed_is_written_once_and_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.yaml");
    let file = file.to_str().unwrap();
    assert!(output(&["init", file]).status.success());
    complains(&output(&["init", file]), "is there already");
    let printed = output(&["init"]);
    let written = fs::read(file).unwrap();
    assert_eq!(printed.stdout, written);
    assert!(text(&written).starts_with("# yaml-language-server: $schema=seed.schema.json\n"));
    let checked = output(&["check", file]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stderr));
    assert_eq!(text(&checked.stdout), format!("{file} is right: 2 organizations, 2 users\n"));
    let schema: serde_json::Value = serde_json::from_slice(&output(&["schema"]).stdout).unwrap();
    assert!(schema["properties"]["organizations"].is_object());
    let document: serde_json::Value = serde_json::from_slice(&output(&["openapi"]).stdout).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
}

#[test]
fn a_seed_that_is_wrong_is_told_by_line_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.yaml");
    let name = file.to_str().unwrap();
    let cases = [
        ("organizations:\n- nam: Acme\n", vec!["2:3: there is no member `nam` here; did you mean name?"]),
        (
            "organizations:\n- name: Acme\n  users:\n  - email: none\n    seat: true\n",
            vec!["2:3: 1 users hold a seat, and there are 0", "4:12: \"none\" is no e-mail address"],
        ),
        ("stubs:\n- request:\n    urlPath: /a\n    body: x\n", vec!["4:11: this server has no such request pattern"]),
        ("stubs:\n- request: {}\n- response:\n    status: 99\n", vec!["4:13: it must be a status from 200 to 999"]),
        // only the directory knows
        (
            "organizations:\n- {name: A, number: 7001}\n- name: B\n- name: C\n  number: 7002\n",
            vec!["4:3: something of it is taken"],
        ),
    ];
    for (seed, problems) in cases {
        fs::write(&file, seed).unwrap();
        for arguments in [vec!["check", name], vec!["--listen", "127.0.0.1:0", "--seed", name]] {
            let output = output(&arguments);
            let lines: Vec<&str> = text(&output.stderr).lines().collect();
            assert_eq!((output.status.code(), lines.len()), (Some(1), problems.len()), "{arguments:?}: {lines:?}");
            for (line, problem) in lines.iter().zip(&problems) {
                assert!(line.starts_with(&format!("{name}:{problem}")), "{arguments:?}: {line}");
            }
        }
    }
    complains(&output(&["check", "nowhere.yaml"]), "cannot read nowhere.yaml");
    assert_eq!(output(&["--watch"]).status.code(), Some(2), "there is nothing to watch");
    assert_eq!(output(&["--no-demo", "--seed", name]).status.code(), Some(2));
}

#[test]
fn a_seed_is_loaded_again_when_it_changes_and_not_when_it_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("seed.yaml");
    fs::write(&file, "organizations:\n- name: First\n  id: 00000000-0000-4000-8000-000000000011\n").unwrap();
    let mut running = Running::start(["--seed", file.to_str().unwrap(), "--watch"]);
    let first = running.line();
    assert!(first.starts_with("first (00000000-0000-4000-8000-000000000011): tsr_key_"), "{first}");

    let mut complaints = BufReader::new(running.child.stderr.take().unwrap());
    fs::write(&file, "organizations:\n- nam: Second\n").unwrap();
    let mut complaint = String::new();
    complaints.read_line(&mut complaint).unwrap();
    assert!(complaint.contains("seed.yaml:2:3: ") && complaint.contains("did you mean name?"), "{complaint}");
    complaint.clear();
    complaints.read_line(&mut complaint).unwrap();
    assert!(complaint.contains("what was loaded before stays"), "{complaint}");
    let key = first.trim_end().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(status(&running.address, "/v1/organizations/00000000-0000-4000-8000-000000000011", &key), 200);

    fs::write(&file, "organizations:\n- name: Second one\n").unwrap();
    assert_eq!(running.line(), "loaded the seed again\n");
    assert!(running.line().starts_with("second-one ("));
    assert_eq!(status(&running.address, "/v1/organizations/00000000-0000-4000-8000-000000000011", &key), 401);
}

/// The status of a GET.
fn status(address: &str, path: &str, key: &str) -> u16 {
    let mut client = TcpStream::connect(address).unwrap();
    write!(client, "GET {path} HTTP/1.0\r\nhost: localhost\r\nauthorization: Bearer {key}\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn its_randomness_journal_and_admin_token_are_set() {
    let path = "/__admin/requests";
    let made = || {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("seed.yaml");
        fs::write(&file, "organizations:\n- name: Acme\n").unwrap();
        Running::start(["--seed", file.to_str().unwrap(), "--random-seed", "7"]).line()
    };
    assert_eq!(made(), made());
    let mut closed = program(["--listen", "127.0.0.1:0", "--journal-limit", "0"])
        .env("TESSERA_ADMIN_TOKEN", "sesame")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(closed.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim_end().strip_prefix("listening on http://").unwrap();
    assert_eq!([status(address, path, "wrong"), status(address, path, "sesame")], [401, 200]);
    closed.kill().unwrap();
    closed.wait().unwrap();
}

/// What the shell makes of variables that a command prints.
#[cfg(unix)]
fn evaluated(arguments: &[&str], print: &str) -> String {
    let script = format!(r#"eval "$("$0" env "$@")" && {print}"#);
    let output =
        Command::new("sh").args(["-eu", "-c", &script, env!("CARGO_BIN_EXE_mock-server")]).args(arguments).output();
    let output = output.unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout).to_owned()
}

#[cfg(unix)]
#[test]
fn a_shell_takes_what_points_a_client_here() {
    let odd = "it's; $(false) `false` \"x\" \\";
    let told = evaluated(
        &["ricloud", "--url", "http://127.0.0.1:9/", "--key", odd],
        r#"printf '%s|%s' "$RICLOUD_URL" "$RICLOUD_TOKEN""#,
    );
    assert_eq!(told, format!("http://127.0.0.1:9|{odd}"));
    let acme = demo::json()["organizations"][0].clone();
    for (vendor, print, expected) in [
        (
            "anaconda",
            r#""$ANACONDA_AUTH_DOMAIN $ANACONDA_AUTH_API_KEY $ANACONDA_AUTH_SSL_VERIFY""#,
            "127.0.0.1:8080 KEY 0",
        ),
        ("appoptima", r#""$APPOPTIMA_URL $APPOPTIMA_TOKEN""#, "http://127.0.0.1:8080/api/v1.0/onpremise KEY"),
        ("native", r#""$TESSERA_URL $TESSERA_ORG $TESSERA_KEY""#, "http://127.0.0.1:8080 ID KEY"),
        (
            "octane",
            r#""$OCTANE_SERVER $OCTANE_SHARED_SPACE $OCTANE_WORKSPACE $OCTANE_USER""#,
            "http://127.0.0.1:8080 1001 1002 EMAIL",
        ),
    ] {
        let mut expected = expected.to_owned();
        for (word, member) in [("KEY", "api_key"), ("ID", "id"), ("EMAIL", "admin_email")] {
            expected = expected.replace(word, acme[member].as_str().unwrap());
        }
        assert_eq!(evaluated(&[vendor], &format!("printf %s {print}")), expected);
    }
    let config = evaluated(
        &["astra", "--ca", "/ca.pem"],
        r#"cat "$ASTRATOOLKITS_CONF/config.yaml" && rm -r "$ASTRATOOLKITS_CONF""#,
    );
    let config: serde_json::Value = serde_json::from_slice(config.as_bytes()).unwrap();
    assert_eq!(
        (&config["uid"], &config["astra_project"], &config["verifySSL"]),
        (&acme["id"], &"127.0.0.1:8080".into(), &true.into())
    );
    complains(&output(&["env", "astra", "--url", "https://localhost:1"]), "a domain with a dot");
    assert_eq!(output(&["env", "nobody"]).status.code(), Some(2));
}

#[test]
fn routes_are_listed_with_who_has_driven_them() {
    let routes: Vec<serde_json::Value> = serde_json::from_slice(&output(&["routes", "--json"]).stdout).unwrap();
    assert_eq!(routes.len(), tessera_api::routes().len());
    let list_users =
        routes.iter().find(|route| route["vendor"] == "ricloud" && route["operation"] == "list_users").unwrap();
    assert!(list_users["driven_by"].as_str().unwrap().starts_with("ricloud 3."), "{list_users}");
    assert!(routes.iter().filter(|route| route["vendor"] == "appoptima").all(|route| route["driven_by"].is_null()));
    let table = output(&["routes", "--vendor", "octane"]);
    let lines: Vec<&str> = text(&table.stdout).lines().collect();
    assert!(lines[0].starts_with("VENDOR  METHOD  PATH"), "{}", lines[0]);
    assert!(lines[1..lines.len() - 1].iter().all(|line| line.starts_with("octane  ")));
    assert_eq!(output(&["routes", "--vendor", "nobody"]).status.code(), Some(2));
}

#[test]
fn a_server_is_waited_for_over_tls_too() {
    let folder = tempfile::tempdir().unwrap();
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_str().unwrap();
    let mut running = Running::start([format!("--tls-self-signed={ca}").as_str()]);
    assert_eq!(running.line(), format!("clients must trust {ca}\n"));
    for host in ["127.0.0.1", "localhost"] {
        let url = format!("https://{host}:{}", running.address.rsplit(':').next().unwrap());
        let waited = output(&["wait", "--url", &url, "--ca", ca, "--timeout", "20"]);
        assert_eq!(waited.status.code(), Some(0), "{}", text(&waited.stderr));
    }
    let (url, timeout) = (format!("https://{}", running.address), ["--timeout", "1"]);
    complains(&output(&[&["wait", "--url", &url][..], &timeout].concat()), "did not answer in 1 seconds");
    let plain = Running::start([]);
    let url = format!("http://{}", plain.address);
    assert!(output(&["wait", "--url", &url]).status.success());
    drop(plain);
    complains(&output(&[&["wait", "--url", &url][..], &timeout].concat()), "did not answer");
}

#[test]
fn a_certificate_of_files_is_served_or_refused_in_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(path("cert.pem"), made.cert.pem()).unwrap();
    fs::write(path("key.pem"), made.signing_key.serialize_pem()).unwrap();
    fs::write(path("other.pem"), rcgen::KeyPair::generate().unwrap().serialize_pem()).unwrap();
    fs::write(path("none.pem"), "no certificate").unwrap();
    let (cert, key) = (path("cert.pem"), path("key.pem"));
    let running = Running::start(["--tls-cert", cert.as_str(), "--tls-key", key.as_str()]);
    let url = format!("https://localhost:{}", running.address.rsplit(':').next().unwrap());
    let waited = output(&["wait", "--url", &url, "--ca", &cert]);
    assert!(waited.status.success(), "{}", text(&waited.stderr));

    let listen = ["--listen", "127.0.0.1:0"];
    for (cert, key, complaint) in [
        ("cert.pem", "other.pem", "cannot use the certificate"),
        ("none.pem", "key.pem", "there is no certificate in it"),
        ("cert.pem", "none.pem", "no private key"),
        ("missing.pem", "key.pem", "missing.pem"),
    ] {
        let (cert, key) = (path(cert), path(key));
        complains(&output(&[&listen[..], &["--tls-cert", &cert, "--tls-key", &key]].concat()), complaint);
    }
    assert_eq!(output(&["--tls-cert", &cert]).status.code(), Some(2), "a key belongs to it");
}

#[test]
fn shells_are_told_what_completes_the_command_line() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = output(&["completions", shell]);
        assert!(text(&output.stdout).contains("random-seed"), "{shell}");
    }
    assert_eq!(output(&["completions", "csh"]).status.code(), Some(2));
}
