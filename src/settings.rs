//! What the Worker is told by its environment: which one it is, and its two secrets.

use std::num::NonZeroU32;

use tessera_directory::{demo, retention};
use worker::Env;

/// The Worker's secrets, fit for the environment it runs in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The key that opens everything.
    pub(crate) root_key: String,
    /// The pepper under which stored secrets are hashed.
    pub(crate) pepper: String,
    /// The pepper before it, while what was made under it is still good.
    pub(crate) previous_pepper: Option<String>,
    /// For how many days what is over is kept.
    pub(crate) retention: u32,
    /// Whether this is a Worker for development.
    pub(crate) is_development: bool,
    /// The address that mail comes from; without one none is sent.
    pub(crate) mail_from: Option<String>,
    /// After how many wrong secrets in a row an account's sign-ins wait; without it they never do.
    pub(crate) sign_in_failures: Option<NonZeroU32>,
    /// Whether answers say how the store was used.
    pub(crate) has_timing: bool,
}

impl Settings {
    /// Reads the settings, or says what is wrong with them in words that may be logged.
    pub(crate) fn from_env(env: &Env) -> Result<Self, String> {
        Self::read(|name| env.var(name).ok().map(|value| value.to_string()))
    }

    fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let deployed = match variable("ENVIRONMENT").as_deref() {
            Some("development") => false,
            Some("production") => true,
            // A misspelt word must not open a real directory with the demo's key.
            other => {
                return Err(format!(
                    "ENVIRONMENT is {}, and has to be development or production",
                    other.unwrap_or("missing")
                ));
            }
        };
        let secret = |name: &str, demo: &str| match variable(name).filter(|value| !value.is_empty()) {
            Some(value) if deployed && value == demo => Err(format!("the secret {name} is the demo's")),
            Some(value) => Ok(value),
            None if deployed => Err(format!("the secret {name} is missing or empty")),
            None => Ok(demo.to_owned()),
        };
        let previous_pepper = variable("TESSERA_PEPPER_PREVIOUS").filter(|value| !value.is_empty());
        if deployed && previous_pepper.as_deref() == Some(demo::PEPPER) {
            return Err("the secret TESSERA_PEPPER_PREVIOUS is the demo's".to_owned());
        }
        let retention = match variable("RETENTION_DAYS").filter(|value| !value.is_empty()) {
            Some(days) => days.parse().map_err(|_| "RETENTION_DAYS is not a whole number of days".to_owned())?,
            None => retention::DAYS,
        };
        let sign_in_failures = match variable("SIGN_IN_FAILURES").filter(|value| !value.is_empty()) {
            Some(value) => {
                Some(value.parse().map_err(|_| format!("SIGN_IN_FAILURES is {value}, and has to be 1 or more"))?)
            }
            None => None,
        };
        Ok(Self {
            root_key: secret("TESSERA_ROOT_KEY", demo::ROOT_KEY)?,
            pepper: secret("TESSERA_PEPPER", demo::PEPPER)?,
            previous_pepper,
            retention,
            is_development: !deployed,
            mail_from: variable("MAIL_FROM").filter(|value| !value.is_empty()),
            sign_in_failures,
            has_timing: variable("SERVER_TIMING").as_deref() == Some("true"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn development_falls_back_to_the_demo() {
        let settings = read(&[("ENVIRONMENT", "development"), ("TESSERA_PEPPER", ""), ("SERVER_TIMING", "true")]);
        let (root_key, pepper) = (demo::ROOT_KEY.into(), demo::PEPPER.into());
        let development = Settings {
            root_key,
            pepper,
            previous_pepper: None,
            retention: retention::DAYS,
            is_development: true,
            mail_from: None,
            sign_in_failures: None,
            has_timing: true,
        };
        assert_eq!(settings, Ok(development));
    }

    #[test]
    fn production_takes_secrets_of_its_own_only() {
        let own = ("TESSERA_ROOT_KEY", "k");
        let read = |secrets: &[(&str, &str)]| read(&[&[("ENVIRONMENT", "production")], secrets].concat());
        let mail_from = Some("no-reply@acme.test".into());
        let settings = Settings {
            root_key: "k".into(),
            pepper: "p".into(),
            previous_pepper: Some("before".into()),
            retention: 7,
            is_development: false,
            mail_from,
            sign_in_failures: NonZeroU32::new(5),
            has_timing: false,
        };
        let peppers = [("TESSERA_PEPPER", "p"), ("TESSERA_PEPPER_PREVIOUS", "before")];
        let others = [("MAIL_FROM", "no-reply@acme.test"), ("RETENTION_DAYS", "7"), ("SIGN_IN_FAILURES", "5")];
        assert_eq!(read(&[&[own][..], &peppers, &others].concat()), Ok(settings));
        assert_eq!(
            read(&[own, ("TESSERA_PEPPER", "p"), ("TESSERA_PEPPER_PREVIOUS", demo::PEPPER)]),
            Err("the secret TESSERA_PEPPER_PREVIOUS is the demo's".into())
        );
        assert_eq!(
            read(&[own, ("TESSERA_PEPPER", "p"), ("RETENTION_DAYS", "a week")]),
            Err("RETENTION_DAYS is not a whole number of days".into())
        );
        assert_eq!(
            read(&[own, ("TESSERA_PEPPER", "p"), ("SIGN_IN_FAILURES", "0")]),
            Err("SIGN_IN_FAILURES is 0, and has to be 1 or more".into())
        );
        assert_eq!(read(&[own]), Err("the secret TESSERA_PEPPER is missing or empty".into()));
        assert_eq!(read(&[own, ("TESSERA_PEPPER", "")]), Err("the secret TESSERA_PEPPER is missing or empty".into()));
        assert_eq!(
            read(&[own, ("TESSERA_PEPPER", demo::PEPPER)]),
            Err("the secret TESSERA_PEPPER is the demo's".into())
        );
        assert_eq!(
            read(&[("TESSERA_ROOT_KEY", demo::ROOT_KEY), ("TESSERA_PEPPER", "p")]),
            Err("the secret TESSERA_ROOT_KEY is the demo's".into())
        );
    }

    #[test]
    fn an_unknown_environment_is_refused() {
        assert!(read(&[]).is_err());
        assert!(read(&[("ENVIRONMENT", "prod")]).is_err());
    }
}
