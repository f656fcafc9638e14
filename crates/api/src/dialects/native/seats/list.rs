//! `GET /v1/organizations/{organization_id}/seats?limit=&cursor=`

use axum::response::Response;
use http::StatusCode;
use serde::Serialize;
use tessera_directory::key::Scope;
use tessera_directory::seat;
use tessera_directory::user::User;

use crate::dialects::native::auth;
use crate::dialects::native::error::Error;
use crate::dialects::native::input::{Listed, page};
use crate::endpoint::Call;
use crate::{respond, time};

#[derive(Serialize)]
struct Seats {
    total: i64,
    used: i64,
    free: i64,
    #[serde(flatten)]
    holders: Listed<Holder>,
}

#[derive(Serialize)]
struct Holder {
    user_id: String,
    email: Option<String>,
    seated_at: Option<String>,
}

impl From<User> for Holder {
    fn from(user: User) -> Self {
        Self { user_id: user.id, email: user.email, seated_at: user.seated_at.map(time::with_z) }
    }
}

/// Tells how many seats there are, how many are left, and who holds one.
pub(in crate::dialects::native) async fn list(call: Call) -> Result<Response, Error> {
    let organization = auth::organization(&call, Scope::SeatsRead).await?;
    let (seats, holders) = seat::list(&call.directory, &organization, page(&call)?).await?;
    let data = holders.items.into_iter().map(Holder::from).collect();
    let body = Seats {
        total: seats.total,
        used: seats.used,
        free: seats.total - seats.used,
        holders: Listed { data, next_cursor: holders.next },
    };
    Ok(respond::json(StatusCode::OK, &body))
}
