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
    command.args(arguments).env_remove("TESSERA_ROOT_KEY").env_remove("TESSERA_PEPPER");
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
        let address = line.trim_end().strip_prefix("listening on http://").unwrap().to_owned();
        Self { child, output, address }
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
    for option in ["--listen", "--data", "--no-demo", "--root-key", "--pepper", "TESSERA_PEPPER", "demo", "--version"] {
        assert!(help.contains(option), "{option} is missing in {help}");
    }
    assert!(!help.contains("sesame"));
    let empty = program(["demo"]).env("TESSERA_ROOT_KEY", "").output().unwrap();
    assert_eq!(empty.status.code(), Some(2), "an empty secret is a mistake");
    let version = String::from_utf8(output(&["--version"]).stdout).unwrap();
    assert_eq!(version, concat!("mock-server ", env!("CARGO_PKG_VERSION"), "\n"));
}
