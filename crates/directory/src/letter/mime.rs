//! Letters as they travel: RFC 5322, with both forms of the text as `multipart/alternative`.
//!
//! Whatever is not ours is encoded: the subject in words of RFC 2047, the bodies in base64. The addresses alone stand as
//! they are, and so one that could end its header or name another address is refused ([`is_mailable`]).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use tessera_validate::email;

use super::Letter;
use crate::Timestamp;

/// The longest line of base64 (RFC 2045 §6.8).
const LINE: usize = 76;
/// How many bytes of text a word of RFC 2047 holds: with the header's name before it a line is no longer than 78.
const WORD: usize = 42;

/// What is on a letter's envelope.
pub(crate) struct Envelope<'a> {
    /// The mail's UUID. It is the same at each attempt, by which a receiver knows a mail that comes twice.
    pub(crate) id: &'a str,
    pub(crate) from: &'a str,
    pub(crate) to: &'a str,
    pub(crate) date: Timestamp,
}

/// Whether an address can stand in a header, and on an envelope of SMTP.
pub(crate) fn is_mailable(address: &str) -> bool {
    email::is_valid(address)
        || (email::has_shape(address) && !address.contains(['(', ')', '<', '>', '[', ']', ':', ';', '\\', ',', '"']))
}

/// A letter in its envelope, as text whose lines end with CR LF. The same letter gives the same text each time.
pub(crate) fn write(letter: &Letter, envelope: &Envelope<'_>) -> String {
    let Envelope { id, from, to, date } = envelope;
    let domain = from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let boundary = format!("=_{id}");
    let date = date.to_rfc2822();
    // the last is the one that is shown where both can be
    let parts = [("plain", &letter.text), ("html", &letter.html)].map(|(kind, body)| {
        format!(
            "--{boundary}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            lines(body)
        )
    });
    format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{id}@{domain}>\r\nIdempotency-Key: {id}\r\n\
         Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/alternative;\r\n boundary=\"{boundary}\"\r\n\r\n{}--{boundary}--\r\n",
        header(&letter.subject),
        parts.concat(),
    )
}

/// A header's text: as it is where nothing in it has a meaning of its own, else in words of RFC 2047, one a line.
fn header(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && !text.contains("=?") && text.len() <= WORD;
    if is_plain {
        return text.to_owned();
    }
    let mut words = vec![String::new()];
    for letter in text.chars() {
        // a letter is whole in its word
        match words.last_mut() {
            Some(word) if word.len() + letter.len_utf8() <= WORD => word.push(letter),
            _ => words.push(letter.into()),
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?B?{}?=", BASE64_STANDARD.encode(word))).collect();
    words.join("\r\n ")
}

/// A text in base64, in lines.
fn lines(text: &str) -> String {
    let encoded = BASE64_STANDARD.encode(text);
    let mut lines = String::with_capacity(encoded.len() + encoded.len() / LINE * 2 + 2);
    for (at, letter) in encoded.chars().enumerate() {
        if at > 0 && at % LINE == 0 {
            lines += "\r\n";
        }
        lines.push(letter);
    }
    lines + "\r\n"
}

#[cfg(test)]
mod tests {
    use mail_parser::{HeaderValue, MessageParser};
    use serde_json::json;

    use super::super::{Language, Letter};
    use super::*;
    use crate::letter;
    use crate::outbox::Template;

    const ID: &str = "6f1f5f9c-7a49-4f0f-9a5b-3f8a8f1d2c3b";
    const LANGUAGES: [Language; 4] = [Language::English, Language::Japanese, Language::Russian, Language::Chinese];

    fn written(letter: &Letter, to: &str) -> String {
        let date = Timestamp::from_timestamp(1_780_272_000, 0).unwrap();
        write(letter, &Envelope { id: ID, from: "no-reply@acme.test", to, date })
    }

    fn letter(language: Language, name: &str) -> Letter {
        letter::write(language, Template::Token, &json!({"organization": name, "token": "tsr_token_x"}))
    }

    /// The text with the ends of its lines as they were written.
    fn unix(text: &str) -> String {
        text.replace("\r\n", "\n")
    }

    #[test]
    fn a_parser_reads_what_was_written() {
        for language in LANGUAGES {
            for name in [
                "Acme",
                "Söhne & Töchter GmbH und noch einiges mehr, was in keine Zeile paßt",
                "株式会社🦀",
                "=?utf-8?Q?x?=",
            ] {
                let letter = letter(language, name);
                let raw = written(&letter, "ann@acme.test");
                let parsed = MessageParser::new().parse(raw.as_bytes()).unwrap();
                assert_eq!(parsed.subject(), Some(letter.subject.as_str()));
                assert_eq!(parsed.from().unwrap().first().unwrap().address(), Some("no-reply@acme.test"));
                assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("ann@acme.test"));
                assert_eq!(parsed.message_id(), Some(format!("{ID}@acme.test").as_str()));
                assert_eq!(parsed.header("Idempotency-Key"), Some(&HeaderValue::Text(ID.into())));
                assert_eq!(parsed.date().unwrap().to_timestamp(), 1_780_272_000);
                assert_eq!(unix(&parsed.body_text(0).unwrap()), letter.text);
                assert_eq!(unix(&parsed.body_html(0).unwrap()), letter.html);
                assert_eq!((parsed.text_body_count(), parsed.html_body_count(), parsed.attachment_count()), (1, 1, 0));
            }
        }
    }

    #[test]
    fn every_line_is_one_that_travels() {
        for language in LANGUAGES {
            let raw = written(&letter(language, &"Ünïcödé 会社 ".repeat(20)), "ann@acme.test");
            assert!(raw.is_ascii() && raw.ends_with("\r\n"));
            for line in raw.split("\r\n") {
                assert!(line.len() <= 78 && !line.contains(['\r', '\n']), "{line:?}");
            }
        }
    }

    #[test]
    fn a_name_makes_no_header() {
        let name = "Acme\r\nBcc: all@acme.test\r\n\r\n--=_6f1f5f9c\r\nContent-Type: text/html\r\n\r\n<script>";
        for language in LANGUAGES {
            // as a name comes through a template, and as it would if no template had looked at it
            let raw_subject = Letter { subject: name.into(), text: name.into(), html: name.into() };
            for letter in [letter(language, name), raw_subject] {
                let raw = written(&letter, "ann@acme.test");
                let parsed = MessageParser::new().parse(raw.as_bytes()).unwrap();
                let names: Vec<&str> = parsed.headers().iter().map(mail_parser::Header::name).collect();
                assert_eq!(
                    names,
                    [
                        "From",
                        "To",
                        "Subject",
                        "Date",
                        "Message-ID",
                        "Idempotency-Key",
                        "Auto-Submitted",
                        "MIME-Version",
                        "Content-Type"
                    ]
                );
                assert_eq!((parsed.parts.len(), parsed.bcc().is_none()), (3, true));
            }
        }
    }

    #[test]
    fn what_mail_can_be_addressed_to() {
        for good in
            ["ann@acme.test", "Ann.Conda+ci@mail.acme.test", "root@localhost", "用户@例子.中国", "o'hara@acme.test"]
        {
            assert!(is_mailable(good), "{good}");
        }
        for bad in [
            "",
            "ann",
            "a@acme.test\r\nBcc: b@acme.test",
            "a,b@acme.test",
            "<a@b",
            "a;b@acme.test",
            "a(b)@c",
            "a@[127.0.0.1]",
            "a b@c",
        ] {
            assert!(!is_mailable(bad), "{bad}");
        }
    }
}
