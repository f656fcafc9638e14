//! Letters in Russian.

use super::{Draft, Filling, Paragraph, Template};

pub(super) fn draft(template: Template, filling: Filling) -> Draft {
    let name = filling.organization.clone();
    match template {
        Template::Welcome => Draft {
            subject: format!("Добро пожаловать в {name}"),
            parts: vec![
                Paragraph(format!("Теперь вы участник организации {name}.")),
                Paragraph("Добро пожаловать!".to_owned()),
            ],
        },
        Template::Token => Draft {
            subject: format!("Ваш токен для {name}"),
            parts: Filling::revealed(
                filling.token,
                format!("Это ваш токен для {name}:"),
                "Он удостоверяет вас: никому его не сообщайте. Показать его ещё раз нельзя.",
                "Его текст больше нельзя прочитать: попросите новый.",
            ),
        },
        Template::SeatAssigned => Draft {
            subject: format!("Вам выделено место в {name}"),
            parts: vec![Paragraph(format!("Теперь у вас есть место в организации {name}."))],
        },
        // so told, the number asks for no form of the noun
        Template::UsersOnboarded => Draft {
            subject: format!("Новых пользователей в {name}: {}", filling.count),
            parts: vec![
                Paragraph(format!("Новых пользователей в {name}: {}", filling.count)),
                filling.listed(|more| format!("и ещё {more}")),
            ],
        },
    }
}
