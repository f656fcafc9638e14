//! What the Worker is told by its environment: which one it is, and its two secrets.

use tessera_directory::demo;
use worker::Env;

/// The Worker's secrets, fit for the environment it runs in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The key that opens everything.
    pub(crate) root_key: String,
    /// The pepper under which stored secrets are hashed.
    pub(crate) pepper: String,
    /// Whether this is a Worker for development.
    pub(crate) is_development: bool,
    /// The address that mail comes from; without one none is sent.
    pub(crate) mail_from: Option<String>,
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
        Ok(Self {
            root_key: secret("TESSERA_ROOT_KEY", demo::ROOT_KEY)?,
            pepper: secret("TESSERA_PEPPER", demo::PEPPER)?,
            is_development: !deployed,
            mail_from: variable("MAIL_FROM").filter(|value| !value.is_empty()),
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
        let expected = Settings { root_key, pepper, is_development: true, mail_from: None, has_timing: true };
        assert_eq!(settings, Ok(expected));
    }

    #[test]
    fn production_takes_secrets_of_its_own_only() {
        let own = ("TESSERA_ROOT_KEY", "k");
        let read = |secrets: &[(&str, &str)]| read(&[&[("ENVIRONMENT", "production")], secrets].concat());
        let mail_from = Some("no-reply@acme.test".into());
        let (root_key, pepper) = ("k".into(), "p".into());
        let settings = Settings { root_key, pepper, is_development: false, mail_from, has_timing: false };
        assert_eq!(read(&[own, ("TESSERA_PEPPER", "p"), ("MAIL_FROM", "no-reply@acme.test")]), Ok(settings));
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
