//! Runs `examples/onboard-team.sh` on each host, and compares what it says with the checked-in text.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use contract::hosts::{self, Organization};
use fancy_regex::Regex;

/// What the example says, with placeholders for what is new in each run.
const EXPECTED: &str = include_str!("../walkthrough.txt");

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// The people of the example's own list, with addresses of this run.
fn people(organization: &Organization) -> Result<PathBuf, String> {
    let list = std::fs::read_to_string(example("people.csv")).map_err(|e| e.to_string())?;
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("people-{}.csv", organization.uniq));
    let own = list.replace("@acme.test", &format!("-{}@acme.test", organization.uniq));
    std::fs::write(&path, own).map_err(|e| e.to_string())?;
    Ok(path)
}

fn onboard(organization: &Organization, list: &Path, password: &str) -> Result<Output, String> {
    Command::new("bash")
        .arg(example("onboard-team.sh"))
        .arg(list)
        .env("TESSERA_URL", &organization.host.base)
        .env("TESSERA_ORG", &organization.id)
        .env("TESSERA_ADMIN_EMAIL", &organization.admin_email)
        .env("TESSERA_ADMIN_PASSWORD", password)
        .env("TESSERA_VISITOR", organization.email("visitor"))
        .output()
        .map_err(|e| format!("bash: {e}"))
}

/// The script's output with what is new in each run replaced.
fn normalized(output: &[u8], organization: &Organization) -> Result<String, String> {
    let mut text = String::from_utf8_lossy(output).replace(&organization.uniq, "UNIQ");
    for (pattern, placeholder) in [
        (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?\+00:00", "TIME"),
    ] {
        text = Regex::new(pattern).map_err(|e| e.to_string())?.replace_all(&text, placeholder).into_owned();
    }
    Ok(text)
}

#[test]
fn the_example_says_what_it_should() -> Result<(), String> {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 4)?;
        let list = people(&organization)?;
        let output = onboard(&organization, &list, &organization.admin_password)?;
        let said = normalized(&output.stdout, &organization)?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {errors}\n{said}", host.name);
        assert_eq!(said, EXPECTED, "{}", host.name);
        let emails = organization.users()?.len();
        assert_eq!(emails, 4, "{}: the admin and three people are left", host.name);

        let again = onboard(&organization, &list, &organization.admin_password)?;
        let said = normalized(&again.stdout, &organization)?;
        assert!(again.status.success(), "{}: a second run: {}", host.name, String::from_utf8_lossy(&again.stderr));
        assert!(
            said.contains("Onboarded 0 of 3 people; 1 of 4 seats are free."),
            "{}: a second run: {said}",
            host.name
        );
    }
    Ok(())
}

#[test]
fn the_example_stops_where_something_is_wrong() -> Result<(), String> {
    for host in hosts::all()? {
        let organization = Organization::new(&host, 4)?;
        let output = onboard(&organization, &people(&organization)?, "not-it")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{}: {errors}", host.name);
        assert!(
            errors.contains("expected 200, got 400") && errors.contains("invalid_grant"),
            "{}: {errors}",
            host.name
        );
        assert_eq!(output.stdout, b"", "{}", host.name);
        assert_eq!(organization.users()?.len(), 1, "{}: nobody was added", host.name);
    }
    Ok(())
}
