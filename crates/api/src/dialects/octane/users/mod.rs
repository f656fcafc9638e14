//! Users of the space.

use axum::response::Response;
use tessera_directory::error::{Error as Domain, Noun};
use tessera_directory::filter::{Selected, Source};
use tessera_directory::roster::{self, Attribute};

use super::entity::Entity;
use super::error::Error;
use super::fixed::SPACE;
use super::record::Record;
use super::{Place, answer, input};
use crate::endpoint::Call;

pub(super) mod get;
pub(super) mod list;

/// Where a field of a user comes from.
fn source(entity: Entity, workspace: i64) -> impl Fn(&'static str) -> Source<Attribute> {
    move |field| match field {
        "id" => Source::Column(Attribute::Number),
        "name" => Source::Column(Attribute::Name),
        "email" => Source::Column(Attribute::Email),
        "first_name" => Source::Column(Attribute::FirstName),
        "last_name" => Source::Column(Attribute::LastName),
        "full_name" => Source::Column(Attribute::FullName),
        "creation_time" => Source::Column(Attribute::CreatedAt),
        "last_modified" => Source::Column(Attribute::UpdatedAt),
        "workspace_id" => answer::constant(workspace),
        "version_stamp" => answer::constant(1),
        _ => answer::constant(entity.word()),
    }
}

/// Lists the users as those of the space, or of the workspace that the call names.
pub(super) async fn list_users(call: &Call, place: &Place, entity: Entity) -> Result<Response, Error> {
    let input::Listing { fields, selection } = input::listing(call, entity, &place.fixed)?;
    let selection = answer::stored(selection, &source(entity, place.workspace.unwrap_or(SPACE)));
    let selected = roster::list(&call.directory, &place.organization, &selection).await?;
    let Selected { items, total } = selected.ok_or_else(answer::too_many)?;
    let items = items.iter().map(|user| Record::of_user(user, place.workspace)).collect();
    Ok(answer::list(&Selected { items, total }, &fields, &place.fixed))
}

/// Tells of one user as one of the space, or of the workspace that the call names.
pub(super) async fn get_user(call: &Call, place: &Place, entity: Entity) -> Result<Response, Error> {
    let fields = input::fields(call, entity)?;
    let missing = || Error::NotFound(entity, call.parameter("id").to_owned());
    let number = input::id(call).ok_or_else(missing)?;
    match roster::find(&call.directory, &place.organization, number).await {
        Ok(user) => Ok(answer::one(&Record::of_user(&user, place.workspace), &fields, &place.fixed)),
        Err(Domain::NotFound(Noun::User)) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}
