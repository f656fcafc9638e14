//! The vendors' own clients, as they come from their package registries, against each host. Each is a folder of
//! `tests/clients`, with a `requirements.txt` (one more for each further version) or a `package-lock.json` that pins it, and a
//! `drive.…` that uses it. One is no vendor's: WireMock's, which drives the stubs of `mock-server`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contract::hosts::{self, Host, Organization};
use tessera_mock::{Server, Settings};
use tokio::runtime::Runtime;

fn folder(client: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../clients").join(client)
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command.output().map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    if output.status.success() {
        return Ok(output);
    }
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("{command:?}: {}\n{said}{errors}", output.status))
}

/// Where a client is installed.
fn environment(client: &str) -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    Ok(target.join("clients").join(client))
}

/// The folder in which npm has installed the client: made once, and made anew when what pins it changes.
fn modules(client: &str) -> Result<PathBuf, String> {
    let (from, environment) = (folder(client), environment(client)?);
    let wanted = std::fs::read_to_string(from.join("package-lock.json")).map_err(|e| format!("{client}: {e}"))?;
    let installed = environment.join("installed.json");
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(environment);
    }
    std::fs::create_dir_all(&environment).map_err(|e| format!("{}: {e}", environment.display()))?;
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(from.join(file), environment.join(file)).map_err(|e| format!("{client}: {file}: {e}"))?;
    }
    let quietly = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--silent"];
    run(Command::new("npm").args(quietly).current_dir(&environment))
        .map_err(|why| format!("node with npm is needed to run the vendor's client: {why}"))?;
    std::fs::write(&installed, wanted).map_err(|e| format!("{}: {e}", installed.display()))?;
    Ok(environment)
}

/// The Python of an environment in which the client is installed: made once, and made anew when its requirements change.
fn python(client: &str, requirements: &str) -> Result<PathBuf, String> {
    let name = requirements.trim_end_matches(".txt");
    let requirements = folder(client).join(requirements);
    let wanted = std::fs::read_to_string(&requirements).map_err(|e| format!("{}: {e}", requirements.display()))?;
    let environment = environment(client)?.join(name);
    let (python, installed) = (environment.join("bin/python"), environment.join("installed.txt"));
    if std::fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&environment))
        .map_err(|why| format!("python3 with its venv module is needed to run the vendor's client: {why}"))?;
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"];
    run(Command::new(&python).args(install).arg(&requirements))?;
    std::fs::write(&installed, wanted).map_err(|e| format!("{}: {e}", installed.display()))?;
    Ok(python)
}

/// Drives every host with a client, which does so many things at the least.
fn drive(
    client: &str,
    requirements: &str,
    least: usize,
    arguments: impl Fn(&Organization) -> Vec<String>,
) -> Result<(), String> {
    let python = python(client, requirements)?;
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        let output = run(Command::new(&python)
            .arg(folder(client).join("drive.py"))
            .arg(&organization.host.base)
            .args(arguments(&organization)))
        .map_err(|why| format!("{}: {why}", host.name))?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() > least, "{}: the client did less than it should: {said}", host.name);
    }
    Ok(())
}

#[test]
fn anaconda_auth() -> Result<(), String> {
    drive("anaconda", "requirements.txt", 30, |organization| {
        let Organization { id, admin_email, admin_password, uniq, .. } = organization.clone();
        vec![id, admin_email, admin_password, uniq]
    })
}

#[test]
fn actoolkit() -> Result<(), String> {
    drive("astra", "requirements.txt", 40, |organization| {
        let Organization { id, api_key, uniq, .. } = organization.clone();
        vec![id, api_key, uniq]
    })
}

#[test]
fn alm_octane_js_rest_sdk() -> Result<(), String> {
    let modules = modules("octane")?;
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        let output = run(Command::new("node")
            .arg(folder("octane").join("drive.cjs"))
            .arg(&modules)
            .arg(&organization.host.base)
            .arg(format!("case-{}", organization.uniq))
            .args([&organization.admin_email, &organization.admin_password, &organization.uniq]))
        .map_err(|why| format!("{}: {why}", host.name))?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() >= 30, "{}: the client did less than it should: {said}", host.name);
    }
    Ok(())
}

/// Both versions of the client that are about, for they read lists differently.
#[test]
fn ricloud() -> Result<(), String> {
    for requirements in ["requirements.txt", "requirements-3.1.1.txt"] {
        drive("ricloud", requirements, 40, |organization| {
            let Organization { api_key, uniq, .. } = organization.clone();
            vec![api_key, uniq]
        })?;
    }
    Ok(())
}

/// On a server of its own, for it counts stubs and requests, and removes them all.
#[test]
fn wiremock() -> Result<(), String> {
    let python = python("wiremock", "requirements.txt")?;
    let runtime = Runtime::new().map_err(|e| e.to_string())?;
    let settings = Settings { root_key: hosts::root_key(), ..Settings::default() };
    let server = runtime.block_on(Server::start(settings)).map_err(|e| e.to_string())?;
    let Organization { host, api_key, .. } = Organization::new(&Host { name: "native", base: server.url() }, 5)?;
    let output = run(Command::new(&python).arg(folder("wiremock").join("drive.py")).args([&host.base, &api_key]))?;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.lines().count() > 40, "the client did less than it should: {said}");
    Ok(())
}
