//! Letters: what a mail of the outbox says, in the language of its organization, as text and as HTML.
//!
//! What fills a letter was written by strangers, an organization's name for one. It is put on one line, without what a
//! reader cannot see, so that it makes no header of its own and no line that looks like ours; and in HTML it is text.

use serde_json::Value;

use crate::outbox::Template;
use crate::words::words;

mod en;
mod ja;
pub(crate) mod mime;
mod ru;
mod zh;

words! {
    /// A language that letters are written in, by its tag of BCP 47.
    Language {
        /// English.
        English = "en",
        /// Japanese.
        Japanese = "ja",
        /// Russian.
        Russian = "ru",
        /// Chinese, in simplified characters.
        Chinese = "zh",
    }
}

/// A letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// Its subject, one line.
    pub subject: String,
    /// What it says, as plain text.
    pub text: String,
    /// The same, as a document of HTML that refers to nothing outside itself.
    pub html: String,
}

/// What a letter is filled with.
struct Filling {
    organization: String,
    /// Absent where it can no longer be read: the pepper has changed since.
    token: Option<String>,
    count: u64,
    emails: Vec<String>,
}

/// A letter before it has a form.
struct Draft {
    subject: String,
    parts: Vec<Part>,
}

enum Part {
    Paragraph(String),
    /// What is to be copied as it stands.
    Code(String),
    List(Vec<String>),
}

use Part::{Code, List, Paragraph};

/// Writes the letter of a template.
pub fn write(language: Language, template: Template, content: &Value) -> Letter {
    let filling = Filling::of(content);
    let Draft { subject, parts } = match language {
        Language::English => en::draft(template, filling),
        Language::Japanese => ja::draft(template, filling),
        Language::Russian => ru::draft(template, filling),
        Language::Chinese => zh::draft(template, filling),
    };
    let text = parts.iter().map(Part::text).collect::<Vec<_>>().join("\n\n") + "\n";
    let html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><title>{}</title></head>\n\
         <body style=\"font-family: sans-serif; line-height: 1.5; max-width: 40em\">\n{}</body>\n</html>\n",
        language.as_str(),
        escaped(&subject),
        parts.iter().map(Part::html).collect::<Vec<_>>().concat(),
    );
    Letter { subject, text, html }
}

impl Filling {
    fn of(content: &Value) -> Self {
        let line = |value: Option<&Value>| one_line(value.and_then(Value::as_str).unwrap_or_default());
        let emails = content.get("emails").and_then(Value::as_array);
        Self {
            organization: line(content.get("organization")),
            token: content.get("token").and_then(Value::as_str).map(one_line),
            count: content.get("count").and_then(Value::as_u64).unwrap_or_default(),
            emails: emails.into_iter().flatten().map(|email| line(Some(email))).collect(),
        }
    }

    /// The token with what is said before and after it, or what is said without it.
    fn revealed(token: Option<String>, before: String, after: &str, without: &str) -> Vec<Part> {
        match token {
            Some(token) => vec![Paragraph(before), Code(token), Paragraph(after.to_owned())],
            None => vec![Paragraph(without.to_owned())],
        }
    }

    /// The addresses, and how many more there are than were told.
    fn listed(self, more: impl Fn(u64) -> String) -> Part {
        let mut items = self.emails;
        let told = u64::try_from(items.len()).unwrap_or(u64::MAX);
        if self.count > told {
            items.push(more(self.count - told));
        }
        List(items)
    }
}

impl Part {
    fn text(&self) -> String {
        match self {
            Paragraph(text) => text.clone(),
            Code(text) => format!("    {text}"),
            List(items) => format!("- {}", items.join("\n- ")),
        }
    }

    fn html(&self) -> String {
        match self {
            Paragraph(text) => format!("<p>{}</p>\n", escaped(text)),
            Code(text) => format!("<pre><code>{}</code></pre>\n", escaped(text)),
            List(items) => {
                let items: Vec<String> = items.iter().map(|item| escaped(item)).collect();
                format!("<ul>\n<li>{}</li>\n</ul>\n", items.join("</li>\n<li>"))
            }
        }
    }
}

/// A text on one line: of each run of blanks and control characters a blank is left, and nothing of what turns the
/// direction of writing or has no width.
fn one_line(text: &str) -> String {
    let is_hidden = |letter: &char| matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}');
    let seen: String = text
        .chars()
        .filter(|letter| !is_hidden(letter))
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const LANGUAGES: [Language; 4] = [Language::English, Language::Japanese, Language::Russian, Language::Chinese];
    const TEMPLATES: [Template; 4] =
        [Template::Welcome, Template::Token, Template::SeatAssigned, Template::UsersOnboarded];

    #[test]
    fn every_letter_says_what_it_is_filled_with() {
        assert_eq!((LANGUAGES.len(), TEMPLATES.len()), (Language::WORDS.len(), Template::WORDS.len()));
        let content =
            json!({"organization": "Acme & Söhne", "token": "tsr_token_x", "count": 3, "emails": ["ann@acme.test"]});
        for language in LANGUAGES {
            for template in TEMPLATES {
                let letter = write(language, template, &content);
                let said = [&letter.subject, &letter.text];
                assert!(said.iter().any(|text| text.contains("Acme & Söhne")), "{letter:?}");
                assert!(letter.html.contains("Acme &amp; Söhne") && !letter.html.contains("Acme & "), "{letter:?}");
                assert!(letter.html.contains(&format!("lang=\"{}\"", language.as_str())));
                assert_eq!(template == Template::Token, letter.text.contains("tsr_token_x"), "{letter:?}");
                assert_eq!(
                    template == Template::UsersOnboarded,
                    letter.text.contains("- ann@acme.test\n- "),
                    "{letter:?}"
                );
            }
        }
    }

    #[test]
    fn a_token_that_cannot_be_read_is_not_told() {
        for language in LANGUAGES {
            let letter = write(language, Template::Token, &json!({"organization": "Acme", "token": null}));
            assert!(letter.subject.contains("Acme") && !letter.html.contains("<code>"), "{letter:?}");
            assert_eq!(letter.text.lines().count(), 1, "{letter:?}");
        }
    }

    #[test]
    fn no_two_languages_have_the_same_letter() {
        for template in TEMPLATES {
            let mut subjects: Vec<String> =
                LANGUAGES.iter().map(|language| write(*language, template, &json!({})).subject).collect();
            subjects.sort();
            subjects.dedup();
            assert_eq!(subjects.len(), LANGUAGES.len(), "{template:?}");
        }
    }

    #[test]
    fn strangers_words_stay_words() {
        let name = "Acme\r\nBcc: all@acme.test\n\n<script>alert('1')</script>\u{202E}\u{0}\"";
        let letter = write(Language::English, Template::Token, &json!({"organization": name, "token": "<b>\n.\n"}));
        assert!(!letter.subject.contains(['\r', '\n', '\0', '\u{202E}']), "{letter:?}");
        assert!(letter.subject.contains("Acme Bcc: all@acme.test <script>"), "{letter:?}");
        assert!(!letter.text.contains("\nBcc") && letter.text.contains("    <b> .\n"), "{letter:?}");
        assert!(!letter.html.contains("<script") && !letter.html.contains("<b>"), "{letter:?}");
        assert!(letter.html.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;"), "{letter:?}");
    }
}
