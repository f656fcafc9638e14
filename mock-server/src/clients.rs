//! What points each vendor's own client at a server, for a POSIX shell to evaluate.

use std::fmt::Write as _;

use clap::ValueEnum;
use serde_json::json;
use tessera_directory::demo;
use url::Url;

/// A vendor whose client it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Vendor {
    /// `anaconda-auth`.
    Anaconda,
    /// No client, but curl.
    Appoptima,
    /// `actoolkit`.
    Astra,
    /// No client, but curl.
    Native,
    /// `@microfocus/alm-octane-js-rest-sdk`.
    Octane,
    /// `ricloud`.
    Ricloud,
}

/// Where a client is to go, and whom it is to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The server.
    pub url: Url,
    /// The file of the certificate authority to trust.
    pub ca: Option<String>,
    /// The organization's UUID.
    pub organization: String,
    /// The organization's number.
    pub number: i64,
    /// A key of the organization.
    pub key: String,
    /// Who signs in: a user's e-mail, or a client id.
    pub user: String,
    /// With which password, or secret.
    pub password: String,
}

impl Target {
    /// The demo's first organization on a server.
    pub fn demo(url: Url) -> Self {
        let demo = demo::json();
        let member = |member: &str| demo.pointer(&format!("/organizations/0/{member}"));
        let text = |name: &str| member(name).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        Self {
            url,
            ca: None,
            organization: text("id"),
            number: member("number").and_then(serde_json::Value::as_i64).unwrap_or_default(),
            key: text("api_key"),
            user: text("admin_email"),
            password: text("admin_password"),
        }
    }
}

/// The lines that point a vendor's client at a target. It fails, and says why, where that client can go to no such address.
pub fn environment(vendor: Vendor, target: &Target) -> Result<String, &'static str> {
    let url = target.url.as_str().trim_end_matches('/');
    let ca = &target.ca;
    let mut script = Script::default();
    match vendor {
        Vendor::Anaconda => {
            script.comment(
                "anaconda-auth speaks https only: mock-server --tls-self-signed=ca.pem, and here --ca ca.pem.",
            );
            script.export("ANACONDA_AUTH_DOMAIN", &authority(&target.url)?);
            script.export("ANACONDA_AUTH_API_KEY", &target.key);
            match &ca {
                Some(file) => script.export("REQUESTS_CA_BUNDLE", file),
                None => script.export("ANACONDA_AUTH_SSL_VERIFY", "0"),
            }
        }
        Vendor::Appoptima => {
            script.comment(
                "There is no client. curl -H \"Authorization: Api-Token $APPOPTIMA_TOKEN\" \"$APPOPTIMA_URL/users\"",
            );
            script.export("APPOPTIMA_URL", &format!("{url}/api/v1.0/onpremise"));
            script.export("APPOPTIMA_TOKEN", &target.key);
            script.exports_if("CURL_CA_BUNDLE", ca.as_deref());
        }
        Vendor::Astra => {
            script.comment("actoolkit speaks https only: mock-server --tls-self-signed=ca.pem, and here --ca ca.pem. It reads a file.");
            script.comment("A config.yaml in the current folder or in ~/.config/astra-toolkits comes before this one.");
            script.line("ASTRATOOLKITS_CONF=$(mktemp -d) && export ASTRATOOLKITS_CONF");
            let domain = authority(&target.url)?;
            if !domain.contains('.') {
                return Err("actoolkit takes a domain with a dot only, as https://127.0.0.1:8080 has it");
            }
            // JSON is YAML too
            let config = json!({
                "headers": { "Authorization": format!("Bearer {}", target.key) },
                "uid": target.organization,
                "astra_project": domain,
                "verifySSL": ca.is_some(),
            });
            script
                .line(&format!("printf '%s\\n' {} > \"$ASTRATOOLKITS_CONF/config.yaml\"", quoted(&config.to_string())));
            script.exports_if("REQUESTS_CA_BUNDLE", ca.as_deref());
        }
        Vendor::Native => {
            script.export("TESSERA_URL", url);
            script.export("TESSERA_ORG", &target.organization);
            script.export("TESSERA_KEY", &target.key);
            script.exports_if("CURL_CA_BUNDLE", ca.as_deref());
        }
        Vendor::Octane => {
            script.comment("The SDK reads no environment. In JavaScript:");
            script.comment(
                "  const { OCTANE_SERVER: server, OCTANE_SHARED_SPACE: sharedSpace, OCTANE_WORKSPACE: workspace,",
            );
            script.comment("    OCTANE_USER: user, OCTANE_PASSWORD: password } = process.env;");
            script.comment("  const octane = new Octane({ server, sharedSpace, workspace, user, password });");
            script.export("OCTANE_SERVER", url);
            script.export("OCTANE_SHARED_SPACE", &target.number.to_string());
            script.export("OCTANE_WORKSPACE", "1002");
            script.export("OCTANE_USER", &target.user);
            script.export("OCTANE_PASSWORD", &target.password);
            script.exports_if("NODE_EXTRA_CA_CERTS", ca.as_deref());
        }
        Vendor::Ricloud => {
            script.export("RICLOUD_URL", url);
            script.export("RICLOUD_TOKEN", &target.key);
            script.exports_if("REQUESTS_CA_BUNDLE", ca.as_deref());
        }
    }
    Ok(script.0)
}

/// Host and port of a URL, for clients that want no scheme and take it for https.
fn authority(url: &Url) -> Result<String, &'static str> {
    let host = url.host_str().ok_or("the URL has no host")?;
    Ok(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Lines of a POSIX shell.
#[derive(Default)]
struct Script(String);

impl Script {
    fn line(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    fn comment(&mut self, text: &str) {
        let _ = writeln!(self.0, "# {text}");
    }

    fn export(&mut self, name: &str, value: &str) {
        let _ = writeln!(self.0, "export {name}={}", quoted(value));
    }

    fn exports_if(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.export(name, value);
        }
    }
}

/// A text as one word of a shell's.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_leaves_its_quotes() {
        assert_eq!(quoted("a b"), "'a b'");
        assert_eq!(quoted("it's; $(rm) `x` \"y\" \\"), r#"'it'\''s; $(rm) `x` "y" \'"#);
    }
}
