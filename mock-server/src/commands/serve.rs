//! `mock-server`: serves until it is asked to stop.

use std::fs;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use tessera_mock::logging::{Log, LogFormat};
use tessera_mock::seed::{Made, Seed};
use tessera_mock::{ControlError, Limits, Rate, Server, Settings, Smtp, StartError, Tls};
use tokio::time::sleep;
use tracing::level_filters::LevelFilter;

use super::{Failure, check, runtime, say, stop_signal};

/// How often a file that is watched is looked at.
const WATCH_INTERVAL: Duration = Duration::from_millis(300);

#[derive(Args)]
// its name is the whole command line's
#[group(skip)]
pub(super) struct Arguments {
    /// Where to listen; port 0 takes any that is free, and the one taken is printed
    #[arg(long, value_name = "ADDR:PORT", env = "TESSERA_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,

    /// What to begin with in the place of the demo: a YAML file as `mock-server init` writes it
    #[arg(long, value_name = "FILE", help_heading = "Content")]
    seed: Option<PathBuf>,

    /// Load the seed again whenever its file changes; one that is wrong changes nothing
    #[arg(long, requires = "seed", help_heading = "Content")]
    watch: bool,

    /// Start empty, without the demo's organizations
    #[arg(long, conflicts_with = "seed", help_heading = "Content")]
    no_demo: bool,

    /// A SQLite file to keep everything in, made if missing; without it all is in memory
    #[arg(long, value_name = "FILE", help_heading = "Content")]
    data: Option<PathBuf>,

    /// Make the same ids and secrets each time, those that follow from this number
    #[arg(long, value_name = "N", help_heading = "Content")]
    random_seed: Option<u64>,

    /// The mail server that mail is handed to: smtp://user:password@host:port, with ?tls=required for STARTTLS, or
    /// smtps://…; without one mail stays in the outbox, and the mailbox shows it as well
    #[arg(
        long,
        value_name = "URL",
        env = "TESSERA_SMTP",
        hide_env_values = true,
        requires = "mail_from",
        help_heading = "Mail"
    )]
    smtp: Option<String>,

    /// The address that mail comes from
    #[arg(long, value_name = "ADDRESS", env = "TESSERA_MAIL_FROM", help_heading = "Mail")]
    mail_from: Option<String>,

    /// For how many days tokens that ended, mail that was sent and events that were delivered are kept [default: for good]
    #[arg(long, value_name = "DAYS")]
    retention_days: Option<u32>,

    /// What callers are held to, more than one if need be: key=600/60s, so many calls of one credential in so many seconds;
    /// address=1200/60s, from one address; sign-in=5, so many wrong passwords of an account from one address before it waits
    /// [default: nothing]
    #[arg(long, value_name = "WHAT=LIMIT", value_parser = limit)]
    limit: Vec<Limit>,

    /// How many requests the journal keeps; 0 keeps none
    #[arg(long, value_name = "N", default_value_t = Settings::default().journal_limit)]
    journal_limit: usize,

    /// What to log: error, warn, or from info on a line for each request; or off
    #[arg(long, value_name = "LEVEL", env = "TESSERA_LOG", default_value = "warn", help_heading = "Log")]
    log: LevelFilter,

    /// How to write the log: text or json
    #[arg(long, value_name = "FORMAT", env = "TESSERA_LOG_FORMAT", default_value = "text", help_heading = "Log")]
    log_format: LogFormat,

    /// The file to append the log to [default: standard error]
    #[arg(long, value_name = "FILE", env = "TESSERA_LOG_FILE", help_heading = "Log")]
    log_file: Option<PathBuf>,

    /// Say in each answer's Server-Timing how often the store was asked, and how long that took
    #[arg(long, help_heading = "Log")]
    server_timing: bool,

    /// The key that opens everything [default: the demo's]
    #[arg(
        long,
        value_name = "KEY",
        env = "TESSERA_ROOT_KEY",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new(),
        help_heading = "Secrets"
    )]
    root_key: Option<String>,

    /// The secret under which stored secrets are hashed; only the demo's goes with the demo [default: the demo's]
    #[arg(
        long,
        value_name = "SECRET",
        env = "TESSERA_PEPPER",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new(),
        help_heading = "Secrets"
    )]
    pepper: Option<String>,

    /// The pepper before that one: what was made under it is still good, and made anew under the present one when it is used
    #[arg(
        long,
        value_name = "SECRET",
        env = "TESSERA_PEPPER_PREVIOUS",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new(),
        help_heading = "Secrets"
    )]
    pepper_previous: Option<String>,

    /// What opens the control API, /__admin; without it only this machine may use it, and only where nobody else reaches
    /// the server
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TESSERA_ADMIN_TOKEN",
        hide_env_values = true,
        value_parser = NonEmptyStringValueParser::new(),
        help_heading = "Secrets"
    )]
    admin_token: Option<String>,

    /// Speak TLS with this certificate: a PEM file, with the certificates that vouch for it behind it
    #[arg(long, value_name = "FILE", requires = "tls_key", help_heading = "TLS")]
    tls_cert: Option<PathBuf>,

    /// The certificate's private key, a PEM file
    #[arg(long, value_name = "FILE", requires = "tls_cert", help_heading = "TLS")]
    tls_key: Option<PathBuf>,

    /// Speak TLS with a certificate for localhost and its addresses, made at the start; with a file, the authority that
    /// clients must trust is written to it
    #[arg(
        long,
        value_name = "FILE",
        num_args = 0..=1,
        require_equals = true,
        conflicts_with_all = ["tls_cert", "tls_key"],
        help_heading = "TLS"
    )]
    #[expect(clippy::option_option, reason = "whether it is asked for, and whether with a file")]
    tls_self_signed: Option<Option<PathBuf>>,
}

pub(super) fn run(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { log, log_format, ref log_file, .. } = arguments;
    runtime(&Log { level: log, format: log_format, file: log_file.clone() })?.block_on(serve(arguments))
}

/// One of the limits.
#[derive(Clone, Copy)]
enum Limit {
    Key(Rate),
    Address(Rate),
    SignIn(NonZeroU32),
}

fn limit(text: &str) -> Result<Limit, String> {
    let rate = |text: &str| text.parse::<Rate>().map_err(|error| error.to_string());
    match text.split_once('=') {
        Some(("key", text)) => rate(text).map(Limit::Key),
        Some(("address", text)) => rate(text).map(Limit::Address),
        Some(("sign-in", text)) => {
            text.parse().map(Limit::SignIn).map_err(|_| "a number of wrong passwords, 1 or more".to_owned())
        }
        _ => Err("a limit is key=600/60s, address=1200/60s or sign-in=5".to_owned()),
    }
}

/// All of them; of two for the same the later counts.
fn limits(all: &[Limit]) -> Limits {
    all.iter().fold(Limits::default(), |limits, limit| match *limit {
        Limit::Key(rate) => Limits { key: Some(rate), ..limits },
        Limit::Address(rate) => Limits { address: Some(rate), ..limits },
        Limit::SignIn(failures) => Limits { sign_in_failures: Some(failures), ..limits },
    })
}

fn settings(arguments: &Arguments) -> Result<Settings, Failure> {
    let defaults = Settings::default();
    let tls = match (&arguments.tls_cert, &arguments.tls_key, &arguments.tls_self_signed) {
        (Some(certificates), Some(key), _) => Some(Tls::Files { certificates: certificates.clone(), key: key.clone() }),
        (_, _, Some(_)) => Some(Tls::SelfSigned),
        _ => None,
    };
    let smtp = arguments.smtp.clone().zip(arguments.mail_from.clone()).map(|(url, from)| Smtp { url, from });
    Ok(Settings {
        listen: arguments.listen,
        data: arguments.data.clone(),
        demo: !arguments.no_demo,
        seed: arguments.seed.as_deref().map(check::read).transpose()?,
        root_key: arguments.root_key.clone().unwrap_or(defaults.root_key.clone()),
        pepper: arguments.pepper.clone().unwrap_or(defaults.pepper.clone()),
        random_seed: arguments.random_seed,
        previous_pepper: arguments.pepper_previous.clone(),
        retention_days: arguments.retention_days,
        journal_limit: arguments.journal_limit,
        limits: limits(&arguments.limit),
        admin_token: arguments.admin_token.clone(),
        server_timing: arguments.server_timing,
        tls,
        smtp,
        ..defaults
    })
}

async fn serve(arguments: Arguments) -> Result<(), Failure> {
    // Listened for before anything is said, so that whoever reads the address may stop the server at once.
    let signal = stop_signal().map_err(Failure::not_started)?;
    let first = arguments.seed.as_deref().and_then(seen);
    let settings = settings(&arguments)?;
    let (shows_demo, exposed) = (settings.demo && settings.seed.is_none(), settings.is_exposed());
    let server = Server::start(settings).await.map_err(|error| match (error, &arguments.seed) {
        (StartError::Seed(error), Some(file)) => check::failure(file, error),
        (error, _) => Failure::new(error),
    })?;
    if exposed {
        eprintln!(
            "mock-server: warning: others may reach this server, and its root key or pepper is the demo's, which everybody knows"
        );
    }
    if let (Some(Some(file)), Some(authority)) = (&arguments.tls_self_signed, server.authority()) {
        fs::write(file, authority)
            .map_err(|error| Failure::new(format_args!("cannot write {}: {error}", file.display())))?;
    }
    say(format_args!("listening on {}", server.url()));
    if let Some(Some(file)) = &arguments.tls_self_signed {
        say(format_args!("clients must trust {}", file.display()));
    }
    if shows_demo {
        say("the demo's keys: mock-server demo");
    }
    tell(&server.control().planted());
    match arguments.seed.as_deref().filter(|_| arguments.watch) {
        None => signal.await,
        Some(file) => tokio::select! {
            () = signal => {}
            () = watch(file, first, &server) => {}
        },
    }
    server.stop().await;
    Ok(())
}

/// Tells what was made of a seed, with its secrets.
fn tell(made: &[Made]) {
    for organization in made {
        say(format_args!("{} ({}): {}", organization.slug, organization.id, organization.api_key));
        for secret in &organization.secrets {
            match &secret.client_id {
                Some(client_id) => say(format_args!("  {} ({client_id}): {}", secret.holder, secret.secret)),
                None => say(format_args!("  {}: {}", secret.holder, secret.secret)),
            }
        }
    }
}

/// Loads a seed again whenever its file holds something else.
async fn watch(file: &Path, mut last: Seen, server: &Server) {
    loop {
        sleep(WATCH_INTERVAL).await;
        let now = seen(file);
        // while an editor writes the file anew it may be gone
        if now == last || now.is_none() {
            continue;
        }
        last = now;
        let loaded = match check::read(file) {
            Ok(seed) => load(file, &seed, server).await,
            Err(failure) => Err(failure),
        };
        if let Err(Failure(lines)) = loaded {
            for line in lines {
                eprintln!("{line}");
            }
            eprintln!("mock-server: {} is wrong, and what was loaded before stays", file.display());
        }
    }
}

async fn load(file: &Path, seed: &Seed, server: &Server) -> Result<(), Failure> {
    server.control().plant(seed).await.map_err(|error| match error {
        ControlError::Seed(error) => check::failure(file, error),
        error => Failure::new(error),
    })?;
    say("loaded the seed again");
    tell(&server.control().planted());
    Ok(())
}

/// By what a file's change is told.
type Seen = Option<(std::time::SystemTime, u64)>;

/// What a file looks like now.
fn seen(file: &Path) -> Seen {
    let metadata = fs::metadata(file).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}
