//! Letters in Chinese.

use super::{Draft, Filling, Paragraph, Template};

pub(super) fn draft(template: Template, filling: Filling) -> Draft {
    let name = filling.organization.clone();
    match template {
        Template::Welcome => Draft {
            subject: format!("欢迎加入 {name}"),
            parts: vec![Paragraph(format!("您已成为 {name} 的成员。")), Paragraph("欢迎！".to_owned())],
        },
        Template::Token => Draft {
            subject: format!("您在 {name} 的令牌"),
            parts: Filling::revealed(
                filling.token,
                format!("这是您在 {name} 的令牌："),
                "令牌代表您本人，请勿告诉他人。它不会再次显示。",
                "令牌内容已无法读取，请申请新的令牌。",
            ),
        },
        Template::SeatAssigned => Draft {
            subject: format!("您已获得 {name} 的席位"),
            parts: vec![Paragraph(format!("{name} 的一个席位已分配给您。"))],
        },
        Template::UsersOnboarded => Draft {
            subject: format!("{name} 新增了 {} 名用户", filling.count),
            parts: vec![
                Paragraph(format!("{name} 新增了以下 {} 名用户：", filling.count)),
                filling.listed(|more| format!("另有 {more} 名")),
            ],
        },
    }
}
