//! Letters in Japanese.

use super::{Draft, Filling, Paragraph, Template};

pub(super) fn draft(template: Template, filling: Filling) -> Draft {
    let name = filling.organization.clone();
    match template {
        Template::Welcome => Draft {
            subject: format!("{name} へようこそ"),
            parts: vec![
                Paragraph(format!("{name} のメンバーとして登録されました。")),
                Paragraph("これからよろしくお願いいたします。".to_owned()),
            ],
        },
        Template::Token => Draft {
            subject: format!("{name} のトークンのお知らせ"),
            parts: Filling::revealed(
                filling.token,
                format!("{name} でお使いいただくトークンは次のとおりです。"),
                "ご本人であることを示すものです。他の人に知らせないでください。再表示はできません。",
                "トークンを読み取れなくなりました。新しいトークンを依頼してください。",
            ),
        },
        Template::SeatAssigned => Draft {
            subject: format!("{name} のシートが割り当てられました"),
            parts: vec![Paragraph(format!("{name} のシートがあなたに割り当てられました。"))],
        },
        Template::UsersOnboarded => Draft {
            subject: format!("{name} に {} 名のユーザーが追加されました", filling.count),
            parts: vec![
                Paragraph(format!("{name} に次の {} 名のユーザーが追加されました。", filling.count)),
                filling.listed(|more| format!("ほか {more} 名")),
            ],
        },
    }
}
