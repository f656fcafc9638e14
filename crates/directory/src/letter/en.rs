//! Letters in English.

use super::{Draft, Filling, Paragraph, Template};

pub(super) fn draft(template: Template, filling: Filling) -> Draft {
    let name = filling.organization.clone();
    match template {
        Template::Welcome => Draft {
            subject: format!("Welcome to {name}"),
            parts: vec![Paragraph(format!("You are now a member of {name}.")), Paragraph("Welcome aboard.".to_owned())],
        },
        Template::Token => Draft {
            subject: format!("Your token for {name}"),
            parts: Filling::revealed(
                filling.token,
                format!("This is your token for {name}:"),
                "It stands for you: keep it to yourself. Nobody can show it to you again.",
                "You were given a token. Its text can no longer be read: ask for a new one.",
            ),
        },
        Template::SeatAssigned => Draft {
            subject: format!("You have a seat in {name}"),
            parts: vec![Paragraph(format!("A seat in {name} is yours now."))],
        },
        Template::UsersOnboarded => {
            let count = filling.count;
            let users = if count == 1 { "user was" } else { "users were" };
            Draft {
                subject: format!("{count} {users} added to {name}"),
                parts: vec![
                    Paragraph(format!("{count} {users} added to {name}:")),
                    filling.listed(|more| format!("and {more} more")),
                ],
            }
        }
    }
}
