//! The vendors' own clients, as they come from their package registries, against each host. Each is a folder of
//! `tests/clients`, with a `requirements.txt` (one more for each further version) or a `package-lock.json` that pins it, a
//! `drive.…` that uses it, and a `driven.txt` of what it drove: the client, and each operation that did what it asked for.
//! `TESSERA_WRITE_DRIVEN=1` writes that anew.
//! Five are no vendor's: oauth4webapi, which knows OAuth; WireMock's, which drives the stubs of `mock-server`; Prometheus', which reads
//! its metrics; newman, which runs each dialect's Postman
//! collection; and schemathesis, which makes requests of each dialect's OpenAPI document and holds the answers against it.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Mutex;

use contract::files::project;
use contract::hosts::{self, Host, Organization};
use contract::http::Request;
use contract::run::uniq;
use serde_json::json;
use tessera_mock::clients::{self, Target, Vendor};
use tessera_mock::seed::{self, Seed};
use tessera_mock::{Server, Settings, Tls};
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

/// Two tests may want one client.
static INSTALLING: Mutex<()> = Mutex::new(());

/// Where a client is installed.
fn environment(client: &str) -> Result<PathBuf, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("there is no target folder")?;
    Ok(target.join("clients").join(client))
}

/// The folder in which npm has installed the client: made once, and made anew when what pins it changes.
fn modules(client: &str) -> Result<PathBuf, String> {
    let _one_at_a_time = INSTALLING.lock();
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
    let _one_at_a_time = INSTALLING.lock();
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

/// A native host for one client alone, whose journal tells what it did.
struct Native {
    runtime: Runtime,
    server: Server,
    organization: Organization,
}

impl Native {
    fn start(tls: Option<Tls>) -> Result<Self, String> {
        let (uniq, admin_password) = (uniq(), "Case-Admin-2026".to_owned());
        let admin_email = format!("admin-{uniq}@acme.test");
        let seed = Seed {
            organizations: vec![seed::Organization {
                name: format!("Case {uniq}"),
                seats: 5,
                admin: Some(seed::Admin { email: admin_email.clone(), password: Some(admin_password.clone()) }),
                ..seed::Organization::default()
            }],
            ..Seed::default()
        };
        let runtime = Runtime::new().map_err(|e| e.to_string())?;
        let settings = Settings { seed: Some(seed), tls, journal_limit: 10_000, ..Settings::default() };
        let server = runtime.block_on(Server::start(settings)).map_err(|e| e.to_string())?;
        let made = server.control().planted().pop().ok_or("no organization was made")?;
        let host = Host { name: "native", base: server.url() };
        let organization = Organization { host, id: made.id, api_key: made.api_key, admin_email, admin_password, uniq };
        Ok(Self { runtime, server, organization })
    }

    /// What the vendor's operations did here.
    fn stop(self, vendor: &str) -> BTreeSet<&'static str> {
        let operations = self.server.control().operations();
        self.runtime.block_on(self.server.stop());
        operations.into_iter().filter(|(dialect, _)| *dialect == vendor).map(|(_, operation)| operation).collect()
    }
}

/// Drives every host with a client, and tells which operations did what it asked for.
fn everywhere(
    vendor: &str,
    tls: Option<Tls>,
    mut drive: impl FnMut(&Organization, Option<&str>) -> Result<(), String>,
) -> Result<BTreeSet<&'static str>, String> {
    let native = Native::start(tls)?;
    let told = |organization: &Organization, why: String| format!("{}: {why}", organization.host.name);
    drive(&native.organization, native.server.authority()).map_err(|why| told(&native.organization, why))?;
    let operations = native.stop(vendor);
    if let Some(edge) = hosts::edge() {
        let organization = Organization::new(&edge, 5)?;
        drive(&organization, None).map_err(|why| told(&organization, why))?;
    }
    Ok(operations)
}

/// Compares what a client drove with what is written down of it, or writes it.
fn driven(vendor: &str, client: &str, operations: &BTreeSet<&str>) -> Result<(), String> {
    let file = folder(vendor).join("driven.txt");
    let now = operations.iter().fold(format!("{client}\n"), |text, operation| text + operation + "\n");
    if std::env::var_os("TESSERA_WRITE_DRIVEN").is_some() {
        return std::fs::write(&file, now).map_err(|e| format!("{}: {e}", file.display()));
    }
    let written = std::fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    if written == now {
        return Ok(());
    }
    Err(format!("{} is not what {client} drives:\n{now}Write it with TESSERA_WRITE_DRIVEN=1", file.display()))
}

/// The version that a client's requirements pin.
fn pinned(client: &str, requirements: &str, package: &str) -> Result<String, String> {
    let text = std::fs::read_to_string(folder(client).join(requirements)).map_err(|e| format!("{client}: {e}"))?;
    let version = text.lines().find_map(|line| line.strip_prefix(package)?.strip_prefix("==").map(str::to_owned));
    version.ok_or(format!("{client}/{requirements} pins no {package}"))
}

/// Writes an authority down for a client to trust.
fn write_authority(of: &str, authority: &str) -> Result<PathBuf, String> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{of}-ca.pem"));
    std::fs::write(&file, authority).map_err(|e| format!("{}: {e}", file.display()))?;
    Ok(file)
}

/// Drives every host with a client in Python, which does so many things at the least.
fn drive(
    client: &str,
    requirements: &str,
    least: usize,
    arguments: impl Fn(&Organization) -> Vec<String>,
) -> Result<BTreeSet<&'static str>, String> {
    let python = python(client, requirements)?;
    // one of them speaks https only
    let tls = (client == "astra").then_some(Tls::SelfSigned);
    everywhere(client, tls, |organization, authority| {
        let mut command = Command::new(&python);
        command.arg(folder(client).join("drive.py")).arg(&organization.host.base).args(arguments(organization));
        if let Some(authority) = authority {
            command.env("REQUESTS_CA_BUNDLE", write_authority(client, authority)?);
        }
        let output = run(&mut command)?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() > least, "the client did less than it should: {said}");
        Ok(())
    })
}

#[test]
fn anaconda_auth() -> Result<(), String> {
    let operations = drive("anaconda", "requirements.txt", 30, |organization| {
        let Organization { id, admin_email, admin_password, uniq, .. } = organization.clone();
        vec![id, admin_email, admin_password, uniq]
    })?;
    let version = pinned("anaconda", "requirements.txt", "anaconda-auth")?;
    driven("anaconda", &format!("anaconda-auth {version}"), &operations)
}

#[test]
fn actoolkit() -> Result<(), String> {
    let operations = drive("astra", "requirements.txt", 40, |organization| {
        let Organization { id, api_key, uniq, .. } = organization.clone();
        vec![id, api_key, uniq]
    })?;
    driven("astra", &format!("actoolkit {}", pinned("astra", "requirements.txt", "actoolkit")?), &operations)
}

#[test]
fn alm_octane_js_rest_sdk() -> Result<(), String> {
    let modules = modules("octane")?;
    let operations = everywhere("octane", None, |organization, _| {
        let output = run(Command::new("node")
            .arg(folder("octane").join("drive.cjs"))
            .arg(&modules)
            .arg(&organization.host.base)
            .arg(format!("case-{}", organization.uniq))
            .args([&organization.admin_email, &organization.admin_password, &organization.uniq]))?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() >= 30, "the client did less than it should: {said}");
        Ok(())
    })?;
    let package = std::fs::read(folder("octane").join("package.json")).map_err(|e| e.to_string())?;
    let package: serde_json::Value = serde_json::from_slice(&package).map_err(|e| e.to_string())?;
    let name = "@microfocus/alm-octane-js-rest-sdk";
    let version = package["dependencies"][name].as_str().ok_or("package.json pins no client")?;
    driven("octane", &format!("{name} {version}"), &operations)
}

/// Both versions of the client that are about, for they read lists differently.
#[test]
fn ricloud() -> Result<(), String> {
    let (mut operations, mut versions) = (BTreeSet::new(), Vec::new());
    for requirements in ["requirements.txt", "requirements-3.1.1.txt"] {
        operations.extend(drive("ricloud", requirements, 40, |organization| {
            let Organization { api_key, uniq, .. } = organization.clone();
            vec![api_key, uniq]
        })?);
        versions.push(pinned("ricloud", requirements, "ricloud")?);
    }
    driven("ricloud", &format!("ricloud {}", versions.join(" and ")), &operations)
}

#[test]
fn oauth4webapi() -> Result<(), String> {
    let modules = modules("oauth4webapi")?;
    let operations = everywhere("native", None, |organization, _| {
        let mut command = Command::new("node");
        command.arg(folder("oauth4webapi").join("drive.mjs")).arg(&modules);
        let output = run(command.args([&organization.host.base, &organization.id, &organization.api_key]))?;
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.lines().count() >= 30, "the client did less than it should: {said}");
        Ok(())
    })?;
    assert!(operations.contains("get_metadata") && operations.contains("introspect"), "{operations:?}");
    Ok(())
}

/// Has a shell evaluate what `mock-server env` prints, and run a client that knows nothing else of the server.
fn pointed(vendor: Vendor, tls: Option<Tls>, command: &[&OsStr]) -> Result<(String, Native), String> {
    let native = Native::start(tls)?;
    let Organization { host, id, api_key, admin_email, admin_password, .. } = native.organization.clone();
    let name = format!("env-{vendor:?}");
    let authority = native.server.authority().map(|authority| write_authority(&name, authority)).transpose()?;
    let target = Target {
        url: host.base.parse().map_err(|e| format!("{}: {e}", host.base))?,
        ca: authority.map(|file| file.display().to_string()),
        organization: id,
        number: native.server.control().planted().first().map(|made| made.number).unwrap_or_default(),
        key: api_key,
        user: admin_email,
        password: admin_password,
    };
    // an empty home, and an empty folder to be in
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&home).map_err(|e| format!("{}: {e}", home.display()))?;
    let script = clients::environment(vendor, &target)?;
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut shell = Command::new("sh");
    shell
        .env_clear()
        .env("PATH", path)
        .env("HOME", &home)
        .env("TMPDIR", &home)
        .env("ORGANIZATION", &target.organization);
    shell.args(["-euc", r#"eval "$0" && exec "$@""#, &script]).args(command).current_dir(&home);
    Ok((String::from_utf8_lossy(&run(&mut shell)?.stdout).into_owned(), native))
}

#[test]
fn the_environment_leads_ricloud_here() -> Result<(), String> {
    let python = python("ricloud", "requirements.txt")?;
    let create = ["-m", "ricloud", "webhook-config", "create", "--url", "http://127.0.0.1:9/"].map(OsStr::new);
    let (_, native) = pointed(Vendor::Ricloud, None, &[&[python.as_os_str()][..], &create].concat())?;
    assert!(native.stop("ricloud").contains("create_webhook_config"));
    Ok(())
}

#[test]
fn the_environment_leads_actoolkit_here() -> Result<(), String> {
    let tool = python("astra", "requirements.txt")?.with_file_name("actoolkit");
    let (said, native) =
        pointed(Vendor::Astra, Some(Tls::SelfSigned), &[tool.as_os_str(), "list".as_ref(), "users".as_ref()])?;
    assert!(said.contains(&native.organization.admin_email), "{said}");
    Ok(())
}

#[test]
fn the_environment_leads_anaconda_auth_here() -> Result<(), String> {
    let python = python("anaconda", "requirements.txt")?;
    let list = "import os; from anaconda_auth.client import BaseClient; \
        print(BaseClient().get(f\"/api/organizations/{os.environ['ORGANIZATION']}/users\").text)";
    let command = [python.as_os_str(), "-c".as_ref(), list.as_ref()];
    let (said, native) = pointed(Vendor::Anaconda, Some(Tls::SelfSigned), &command)?;
    assert!(said.contains(&native.organization.admin_email), "{said}");
    Ok(())
}

#[test]
fn the_environment_leads_the_octane_sdk_here() -> Result<(), String> {
    let modules = modules("octane")?;
    let list = "const { createRequire } = require('node:module'); \
        const { Octane } = createRequire(process.argv[1] + '/package.json')('@microfocus/alm-octane-js-rest-sdk'); \
        const { OCTANE_SERVER: server, OCTANE_SHARED_SPACE: sharedSpace, OCTANE_WORKSPACE: workspace, \
          OCTANE_USER: user, OCTANE_PASSWORD: password } = process.env; \
        const octane = new Octane({ server, sharedSpace, workspace, user, password }); \
        octane.executeCustomRequest(`/api/shared_spaces/${sharedSpace}/api_accesses`, Octane.operationTypes.get) \
          .then((found) => console.log(JSON.stringify(found)));";
    let command = [OsStr::new("node"), "-e".as_ref(), list.as_ref(), modules.as_os_str()];
    let (said, native) = pointed(Vendor::Octane, Some(Tls::SelfSigned), &command)?;
    assert!(said.contains("api_key"), "{said}");
    assert!(!native.stop("octane").is_empty());
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

/// The metrics, by the parser of Prometheus' own client.
#[test]
fn prometheus() -> Result<(), String> {
    let python = python("prometheus", "requirements.txt")?;
    let runtime = Runtime::new().map_err(|e| e.to_string())?;
    let settings = Settings { root_key: hosts::root_key(), ..Settings::default() };
    let server = runtime.block_on(Server::start(settings)).map_err(|e| e.to_string())?;
    let organization = Organization::new(&Host { name: "native", base: server.url() }, 5)?;
    let user = organization.add(&organization.email("a"))?;
    let path = format!("/v1/organizations/{}/users/{user}/tokens", organization.id);
    organization
        .expect(201, &Request::new("POST", &path).bearer(&organization.api_key).json(&json!({"mail": true})))?;
    let drive = folder("prometheus").join("drive.py");
    run(Command::new(&python).arg(drive).args([&organization.host.base, &organization.api_key])).map(drop)
}

/// A dialect's Postman collection on one host, from its beginning to its end: each request meets a status that is documented,
/// and the one that it is there for.
fn walk(newman: &Path, vendor: &str, host: &Host) -> Result<(), String> {
    let organization = Organization::new(host, 50)?;
    let collection = project().join(format!("docs/postman/{vendor}.postman_collection.json"));
    let environment = collection.with_file_name(format!("{vendor}.postman_environment.json"));
    let mut command = Command::new("node");
    command.arg(newman).arg("run").arg(collection).arg("--environment").arg(environment);
    command.args(["--color", "off", "--reporters", "cli", "--timeout-request", "60000"]);
    let (id, space) = (&organization.id, format!("case-{}", organization.uniq));
    for (name, value) in [
        ("base", &host.base),
        ("api_key", &organization.api_key),
        ("root_key", &hosts::root_key()),
        ("organization_id", id),
        ("org_id", id),
        ("account_id", id),
        ("space", &space),
        ("admin_email", &organization.admin_email),
        ("admin_password", &organization.admin_password),
        ("uniq", &organization.uniq),
    ] {
        command.arg("--env-var").arg(format!("{name}={value}"));
    }
    run(&mut command).map(drop).map_err(|why| format!("{vendor}, {}: {why}", host.name))
}

#[test]
fn newman() -> Result<(), String> {
    let newman = modules("newman")?.join("node_modules/newman/bin/newman.js");
    for host in hosts::all()? {
        for vendor in tessera_openapi::vendors() {
            walk(&newman, vendor, &host)?;
        }
    }
    Ok(())
}

/// Requests that are made of a dialect's document, good ones and bad ones, on one host: none is a server's error, each answer
/// is as the document has it, and what the document does not take is refused.
fn probe(schemathesis: &Path, vendor: &str, host: &Host) -> Result<(), String> {
    const CHECKS: &str =
        "not_a_server_error,status_code_conformance,response_headers_conformance,negative_data_rejection";
    const OF_A_BODY: &str = "content_type_conformance,response_schema_conformance";
    let organization = Organization::new(host, 50)?;
    let Organization { id, api_key, admin_email, admin_password, uniq, .. } = &organization;
    let credential = match vendor {
        // a key of this API's could be revoked on the way
        "native" => {
            let form = form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("grant_type", "password"), ("username", admin_email), ("password", admin_password)])
                .finish();
            let request = Request::new("POST", "/api/auth/oauth2/token").body(form);
            let granted = organization.expect(200, &request)?.json();
            let token = granted.get("access_token").and_then(serde_json::Value::as_str);
            format!("Bearer {}", token.ok_or("no access token was granted")?)
        }
        "appoptima" => format!("Api-Token {api_key}"),
        "ricloud" => format!("Token {api_key}"),
        _ => format!("Bearer {api_key}"),
    };
    let parameters = format!(
        "organization_id = \"{id}\"\norg_id = \"{id}\"\naccount_id = \"{id}\"\nspace = \"case-{uniq}\"\nworkspace = \"1002\"\n"
    );
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("schemathesis-{vendor}-{}", host.name));
    std::fs::create_dir_all(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
    let config = folder.join("schemathesis.toml");
    std::fs::write(&config, format!("[parameters]\n{parameters}")).map_err(|e| format!("{}: {e}", config.display()))?;
    // each request to the edge takes its time
    let (phases, examples) =
        if host.name == "edge" { ("examples,fuzzing", "3") } else { ("examples,coverage,fuzzing", "10") };
    let document = project().join(format!("docs/openapi/{vendor}.json"));
    let probe = |checks: &str, selection: &[&str]| {
        let mut command = Command::new(schemathesis);
        command.arg("--config-file").arg(&config).arg("run").arg(&document).args(["--url", &host.base]);
        command.args(["--checks", checks]).arg("--header").arg(format!("Authorization: {credential}")).args(selection);
        command.args([
            "--phases",
            phases,
            "--max-examples",
            examples,
            "--seed",
            "1",
            "--no-color",
            "--warnings",
            "off",
        ]);
        command.args(["--suppress-health-check", "all", "--generation-database", "none"]).current_dir(&folder);
        run(&mut command).map(drop).map_err(|why| format!("{vendor}, {}: {why}", host.name))
    };
    if vendor != "appoptima" {
        return probe(&format!("{CHECKS},{OF_A_BODY}"), &[]);
    }
    // of a user or a group that is not there, these tell nothing: an answer without a body, and so without a media type
    let untold = ["delete_user", "delete_group"];
    let select = |how| untold.iter().flat_map(|operation| [how, *operation]).collect::<Vec<&str>>();
    probe(&format!("{CHECKS},{OF_A_BODY}"), &select("--exclude-operation-id"))?;
    probe(CHECKS, &select("--include-operation-id"))
}

#[test]
fn schemathesis() -> Result<(), String> {
    let schemathesis = python("schemathesis", "requirements.txt")?.with_file_name("schemathesis");
    for host in hosts::all()? {
        for vendor in tessera_openapi::vendors() {
            probe(&schemathesis, vendor, &host)?;
        }
    }
    Ok(())
}
