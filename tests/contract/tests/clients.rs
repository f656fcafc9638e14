//! The vendors' own clients, as they come from their package registries, against each host. Each is a folder of
//! `tests/clients`, with a `requirements.txt` that pins it (one more for each further version) and a `drive.py` that uses
//! it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contract::hosts::{self, Organization};

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

/// The Python of an environment in which the client is installed: made once, and made anew when its requirements change.
fn python(client: &str, requirements: &str) -> Result<PathBuf, String> {
    let name = requirements.trim_end_matches(".txt");
    let requirements = folder(client).join(requirements);
    let wanted = std::fs::read_to_string(&requirements).map_err(|e| format!("{}: {e}", requirements.display()))?;
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    let environment = target.join("clients").join(client).join(name);
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

#[test]
fn anaconda_auth() -> Result<(), String> {
    let python = python("anaconda", "requirements.txt")?;
    for host in hosts::all()? {
        let organization = Organization::new(&host, 5)?;
        let output = run(Command::new(&python)
            .arg(folder("anaconda").join("drive.py"))
            .arg(&organization.host.base)
            .args([&organization.id, &organization.admin_email, &organization.admin_password, &organization.uniq]))
        .map_err(|why| format!("{}: {why}", host.name))?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() > 30, "{}: the client did less than it should: {said}", host.name);
    }
    Ok(())
}

/// Both versions of the client that are about, for they read lists differently.
#[test]
fn ricloud() -> Result<(), String> {
    for requirements in ["requirements.txt", "requirements-3.1.1.txt"] {
        let python = python("ricloud", requirements)?;
        for host in hosts::all()? {
            let organization = Organization::new(&host, 5)?;
            let output = run(Command::new(&python)
                .arg(folder("ricloud").join("drive.py"))
                .arg(&organization.host.base)
                .args([&organization.api_key, &organization.uniq]))
            .map_err(|why| format!("{requirements}, {}: {why}", host.name))?;
            let said = String::from_utf8_lossy(&output.stdout);
            assert!(said.lines().count() > 40, "{}: the client did less than it should: {said}", host.name);
        }
    }
    Ok(())
}
