//! `cargo xtask export` and `import`: one organization out of a database and into another.

use std::fs::{self, File};
use std::io::{self, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use tessera_transfer::{Error, Row, Store, export, import};

use crate::{edge, process, tools, workspace};

/// Which database.
#[derive(clap::Args)]
struct Place {
    /// `local`, the D1 that `cargo xtask dev` serves; `remote`, the deployed one; or a file of mock-server's
    #[arg(long, default_value = "local")]
    database: String,
    /// Of a deployed database, the environment in wrangler.toml
    #[arg(long, value_name = "NAME")]
    env: Option<String>,
}

/// What `export` is told.
#[derive(clap::Args)]
pub(crate) struct Export {
    /// The organization's id, a UUID
    organization: String,
    #[command(flatten)]
    place: Place,
}

/// What `import` is told.
#[derive(clap::Args)]
pub(crate) struct Import {
    /// What was exported
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// A D1, by wrangler.
pub(crate) struct D1(Vec<String>);

impl D1 {
    /// The local one in this folder.
    pub(crate) fn local(state: &Path) -> Self {
        Self(vec!["--local".to_owned(), "--persist-to".to_owned(), state.display().to_string()])
    }

    /// The deployed one.
    fn remote(environment: Option<&str>) -> Self {
        let environment = environment.map(|name| ["--env".to_owned(), name.to_owned()]);
        Self(std::iter::once("--remote".to_owned()).chain(environment.into_iter().flatten()).collect())
    }

    fn execute(&self, options: &[&str]) -> Result<String> {
        let mut command = edge::wrangler();
        command.args(["d1", "execute", "DB", "--yes"]).args(options).args(&self.0);
        let output = command.output().context("cannot start wrangler")?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            bail!("D1 refuses: {} {}", text.trim(), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(text)
    }
}

/// What wrangler prints of a query.
#[derive(Deserialize)]
struct Answer {
    results: Vec<Row>,
}

impl Store for D1 {
    fn query(&mut self, queries: &[String]) -> Result<Vec<Vec<Row>>, Error> {
        let text = self.execute(&["--json", "--command", &queries.join(";\n")]).map_err(failed)?;
        // what wrangler says besides comes first
        let json = text.find("[\n").and_then(|at| text.get(at..)).unwrap_or(&text);
        let answers: Vec<Answer> = serde_json::from_slice(json.as_bytes()).map_err(|error| failed(error.into()))?;
        Ok(answers.into_iter().map(|answer| answer.results).collect())
    }

    fn change(&mut self, statements: &[String]) -> Result<(), Error> {
        let run = || -> Result<()> {
            let file = workspace::temporary()?.join("import.sql");
            fs::write(&file, statements.join(";\n") + ";\n")?;
            let executed = self.execute(&["--file", &file.to_string_lossy()]);
            // there are digests in it
            fs::remove_file(&file)?;
            executed.map(drop)
        };
        run().map_err(failed)
    }
}

#[expect(clippy::needless_pass_by_value, reason = "made for map_err")]
fn failed(error: anyhow::Error) -> Error {
    Error::Store(format!("{error:#}"))
}

impl Place {
    /// The D1, or nothing for a file.
    fn d1(&self) -> Result<Option<D1>> {
        let d1 = match self.database.as_str() {
            "local" => D1::local(&edge::dev_state()),
            "remote" => D1::remote(self.env.as_deref()),
            _ => return Ok(None),
        };
        tools::node().and_then(|()| tools::npm_packages())?;
        Ok(Some(d1))
    }

    /// `mock-server` on the file.
    fn program(&self, command: &str, subject: &str) -> Result<()> {
        process::run(mock_server().args([command, subject, "--data", &self.database]))
    }
}

/// The program that keeps its directory in a file.
fn mock_server() -> Command {
    let mut command = Command::new("cargo");
    command.args(["run", "--quiet", "--package", "mock-server", "--"]);
    command
}

/// Prints an organization.
pub(crate) fn run_export(arguments: &Export) -> Result<()> {
    let Some(mut d1) = arguments.place.d1()? else { return arguments.place.program("export", &arguments.organization) };
    let mut lines = Vec::new();
    export(&mut d1, &arguments.organization, &mut lines)?;
    Ok(io::stdout().write_all(&lines)?)
}

/// Puts an organization into a database.
pub(crate) fn run_import(arguments: &Import) -> Result<()> {
    let Some(mut d1) = arguments.place.d1()? else {
        return arguments.place.program("import", &arguments.file.to_string_lossy());
    };
    let file = File::open(&arguments.file).with_context(|| format!("cannot read {}", arguments.file.display()))?;
    let count = import(&mut d1, BufReader::new(file))?;
    println!("{count} rows are in the {} database", arguments.place.database);
    Ok(())
}
