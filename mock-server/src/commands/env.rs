//! `mock-server env`

use std::path::PathBuf;

use clap::Args;
use tessera_mock::clients::{Target, Vendor, environment};
use url::Url;

use super::{Failure, print};

#[derive(Args)]
pub(super) struct Arguments {
    /// The vendor whose client it is
    vendor: Vendor,

    /// Where the server is
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: Url,

    /// The organization: its UUID [default: the demo's Acme]
    #[arg(long, value_name = "ID")]
    organization: Option<String>,

    /// The organization's number, for Octane [default: the demo's Acme]
    #[arg(long, value_name = "N")]
    number: Option<i64>,

    /// A key of the organization [default: the demo's Acme's]
    #[arg(long)]
    key: Option<String>,

    /// Who signs in to Octane: a user's e-mail, or an API access's client id [default: the demo's Acme's admin]
    #[arg(long, value_name = "NAME", requires = "password")]
    user: Option<String>,

    /// With which password, or secret
    #[arg(long, requires = "user")]
    password: Option<String>,

    /// The certificate authority that the client must trust, as --tls-self-signed=FILE wrote it
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let demo = Target::demo(arguments.url.clone());
    // the client may run in another folder
    let ca = arguments.ca.as_deref().map(std::path::absolute).transpose().map_err(Failure::new)?;
    let target = Target {
        ca: ca.map(|file| file.display().to_string()),
        organization: arguments.organization.clone().unwrap_or(demo.organization),
        number: arguments.number.unwrap_or(demo.number),
        key: arguments.key.clone().unwrap_or(demo.key),
        user: arguments.user.clone().unwrap_or(demo.user),
        password: arguments.password.clone().unwrap_or(demo.password),
        url: demo.url,
    };
    print(&environment(arguments.vendor, &target).map_err(Failure::new)?);
    Ok(())
}
