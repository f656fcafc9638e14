//! Mails in words. The directory keeps which template a mail is of and what fills it, and no host sends any: this is how one
//! would read.

use std::fmt::Write as _;

use serde_json::Value;
use tessera_directory::outbox::{Mail, Template};

/// A mail as its receiver would read it, in plain text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) text: String,
}

/// Writes a mail out.
pub(crate) fn write(mail: &Mail) -> Letter {
    let member = |name: &str| mail.content.get(name);
    let organization = member("organization").and_then(Value::as_str).unwrap_or_default();
    let (subject, text) = match mail.template {
        Template::Welcome => (format!("Welcome to {organization}"), format!("You are now a user of {organization}.")),
        Template::Token => {
            let text = match member("token").and_then(Value::as_str) {
                Some(token) => {
                    format!("Here is your token for {organization}. Keep it safe: it is told this once.\n\n{token}")
                }
                None => format!("You were given a token for {organization}. Its text can no longer be read."),
            };
            (format!("Your token for {organization}"), text)
        }
        Template::SeatAssigned => {
            (format!("Your seat in {organization}"), format!("You have been given a seat in {organization}."))
        }
        Template::UsersOnboarded => {
            let count = member("count").and_then(Value::as_u64).unwrap_or_default();
            let told = member("emails").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            (format!("New users in {organization}: {count}"), onboarded(organization, count, told))
        }
    };
    Letter { subject, text }
}

/// Whom an admin is told of; of very many the mail names only the first.
fn onboarded(organization: &str, count: u64, told: &[Value]) -> String {
    let mut text = format!("These users were added to {organization}:\n");
    for email in told.iter().filter_map(Value::as_str) {
        text.push('\n');
        text.push_str(email);
    }
    let untold = count.saturating_sub(told.len() as u64);
    if untold > 0 {
        // writing into a String does not fail
        let _ = write!(text, "\nand {untold} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tessera_directory::Timestamp;

    use super::*;

    fn letter(template: &str, content: Value) -> Letter {
        write(&Mail {
            seq: 1,
            id: String::new(),
            recipient: "ada@acme.test".to_owned(),
            template: Template::parse(template).unwrap(),
            content,
            created_at: Timestamp::default(),
        })
    }

    #[test]
    fn a_mail_of_every_template_tells_the_organization() {
        for template in Template::WORDS {
            let Letter { subject, text } = letter(template, json!({ "organization": "Acme" }));
            assert!(subject.contains("Acme") && text.contains("Acme"), "{template}: {subject}: {text}");
        }
    }

    #[test]
    fn a_token_is_told_where_it_can_be() {
        let told = letter("token", json!({ "organization": "Acme", "token": "tsr_1" }));
        assert!(told.text.ends_with("\n\ntsr_1"), "{told:?}");
        let untold = letter("token", json!({ "organization": "Acme", "token": null }));
        assert!(untold.text.ends_with("can no longer be read."), "{untold:?}");
    }

    #[test]
    fn an_admin_is_told_who_was_added_and_how_many_more() {
        let content = json!({ "organization": "Acme", "count": 3, "emails": ["ada@acme.test", "boas@acme.test"] });
        let Letter { subject, text } = letter("users_onboarded", content);
        assert_eq!(subject, "New users in Acme: 3");
        assert_eq!(text, "These users were added to Acme:\n\nada@acme.test\nboas@acme.test\nand 1 more");
    }
}
