//! Anaconda Cloud's organization API.

use serde_json::json;
use tessera_directory::onboarding::MAX_ADDRESSES;
use tessera_directory::user::Role;
use tessera_validate::{name, service_account};
use utoipa::openapi::security::{
    ClientCredentials, Flow, HttpAuthScheme, HttpBuilder, OAuth2, Password, Scopes, SecurityScheme,
};

use crate::Api;
use crate::operation::{FORM, Operation, operation};
use crate::schema::{
    Schema, any_of, boolean, default, email, integer, length, list, named, null, object, open, or_null, pattern, text,
    time, told, uuid, word,
};

const TOKEN_URL: &str = "/api/auth/oauth2/token";

pub(crate) fn api() -> Api {
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
    let bearer = bearer.description(Some("An access token, or a key of the organization."));
    let flows = [
        Flow::Password(Password::new(TOKEN_URL, Scopes::new())),
        Flow::ClientCredentials(ClientCredentials::new(TOKEN_URL, Scopes::new())),
    ];
    let told = "An admin, by password, has the service accounts; a service account, by client credentials, all else.";
    Api {
        vendor: "anaconda",
        title: "Anaconda Cloud, organization API",
        description: "The organization API of Anaconda Cloud as Tessera speaks it. Tessera is not affiliated with the vendor.",
        security: SecurityScheme::Http(bearer.build()),
        authorization: "Bearer {{api_key}}",
        further: vec![("oauth2", SecurityScheme::OAuth2(OAuth2::with_description(flows, told)))],
        schemas: schemas(),
        parameter: |_| uuid(),
        refusal: "Refusal",
        refusal_media: "application/json",
        operations: operations(),
        variables: &[
            ("org_id", "00000000-0000-4000-8000-000000000001"),
            ("admin_email", "admin@acme.test"),
            ("admin_password", "Acme-Admin-2026"),
        ],
    }
}

fn schemas() -> Vec<(&'static str, Schema)> {
    let account = || [("name", text()), ("client_id", uuid()), ("org_id", uuid())];
    let [name, client_id, org_id] = account();
    let group = object([
        ("id", uuid()),
        ("name", text()),
        ("org_id", uuid()),
        ("created_at", time()),
        ("updated_at", time()),
        ("user_count", integer()),
    ]);
    let user = object([
        ("id", uuid()),
        ("email", text()),
        ("first_name", or_null(text())),
        ("last_name", or_null(text())),
        ("role", word(Role::WORDS)),
        ("subscriptions", told(list(text()), "One where the user has a seat, else none.")),
        ("groups", told(or_null(list(named("Group"))), "Null unless they are asked for.")),
    ]);
    let detail = object([("loc", list(text())), ("msg", text()), ("type", text())]);
    vec![
        ("Refusal", any_of([named("ErrorResponse"), named("HTTPValidationError"), named("TokenError")])),
        ("ErrorResponse", object([("error", object([("code", text()), ("message", text())]))])),
        ("HTTPValidationError", object([("detail", list(detail))])),
        ("TokenError", object([("error", text()), ("error_description", text())])),
        (
            "AccessToken",
            object([("access_token", text()), ("token_type", word(&["Bearer"])), ("expires_in", integer())]),
        ),
        ("ServiceAccount", object(account())),
        (
            "ServiceAccountWithSecret",
            object([name, client_id, org_id, ("client_secret", told(text(), "Told this once."))]),
        ),
        ("Group", group),
        ("User", user),
    ]
}

/// An end, with the months that are added to it.
fn expiry() -> Schema {
    told(any_of([integer(), null()]), "Calendar months that are added to it.")
}

fn operations() -> Vec<Operation> {
    let grant = |grant: &'static str| {
        object([
            (grant, word(&["password", "client_credentials"])),
            ("username?", text()),
            ("password?", text()),
            ("client_id?", text()),
            ("client_secret?", text()),
        ])
    };
    let by_password =
        json!({ "grant_type": "password", "username": "{{admin_email}}", "password": "{{admin_password}}" });
    let most = format!("At the most {MAX_ADDRESSES}.");
    let account = pattern(service_account::PATTERN);
    let [name, client_id, org_id] = [("name?", text()), ("client_id?", uuid()), ("org_id?", uuid())];
    let accounts = object([name, client_id, org_id, ("items", list(named("ServiceAccount")))]);
    let new_user = open([
        ("email?", or_null(email())),
        ("first_name?", or_null(length(0, name::MAX_LENGTH))),
        ("last_name?", or_null(length(0, name::MAX_LENGTH))),
    ]);
    let added = object([
        ("first_name", or_null(text())),
        ("last_name", or_null(text())),
        ("email", or_null(text())),
        ("id", uuid()),
    ]);
    let onboarded = object([
        ("users_in_onboarding_process", list(text())),
        ("users_unavailable_for_onboarding", list(text())),
        ("total_organization_seats", text()),
        ("available_organization_seats", text()),
    ]);
    let token = object([("id", uuid()), ("expires_at", time()), ("metadata", object([])), ("revoked", boolean())]);
    vec![
        operation("create_token", "Gives an access token, by password or by client credentials")
            .takes_as(&[FORM], grant("grant_type"))
            .gives(200, named("AccessToken"))
            .for_everybody()
            .sends(by_password.clone()),
        operation("create_password_token", "Gives an access token, by password unless another grant is named")
            .takes_as(&[FORM], grant("grant_type?"))
            .gives(200, named("AccessToken"))
            .for_everybody()
            .sends(by_password),
        operation("create_service_account", "Makes a service account")
            .takes(open([("name", account)]))
            .gives(200, named("ServiceAccountWithSecret"))
            .sends(json!({ "name": "ci-{{uniq}}" }))
            .keeps("client_id", "/client_id"),
        operation("list_service_accounts", "Lists the service accounts, the newest one's members beside the list")
            .gives(200, accounts),
        operation("delete_service_account", "Deletes a service account").does(204),
        operation("auto_register_users", "Onboards addresses with a seat and a token, as far as the seats reach")
            .takes(open([("user_emails", any_of([told(list(email()), &most), text()]))]))
            .gives(200, onboarded)
            .sends(json!({ "user_emails": ["boas-{{uniq}}@acme.test", "cora-{{uniq}}@acme.test"] })),
        operation("add_user", "Adds a member; neither a seat nor a token comes with it")
            .takes(new_user)
            .gives(200, added)
            .sends(json!({ "email": "ada-{{uniq}}@acme.test", "first_name": "Ada", "last_name": "Adder" }))
            .keeps("user_id", "/id"),
        operation("list_users", "Lists every user")
            .query("include_groups", default(boolean(), false), "Whether each is told with its groups.")
            .gives(200, object([("items", list(named("User")))])),
        operation("assign_seat", "Gives a user a seat")
            .query("send_seat_assigned_email", default(boolean(), true), "Whether the user is mailed.")
            .does(201),
        operation("create_user_token", "Issues a token in place of the one before")
            .takes(open([
                ("expires_at", time()),
                ("expiration_tolerance_months?", expiry()),
                ("send_token_email?", default(boolean(), true)),
            ]))
            .gives(200, object([("token", told(text(), "Told this once.")), ("expires_at", null())]))
            .sends(json!({ "expires_at": "2031-01-15T00:00:00Z", "send_token_email": false })),
        operation("update_user_token", "Gives the token another end, or without a body that of the subscription")
            .takes(or_null(open([
                ("expires_at?", or_null(time())),
                ("expiration_tolerance_months?", expiry()),
                ("is_renewal?", boolean()),
            ])))
            .or_nothing()
            .does(200)
            .sends(json!({ "expires_at": "2032-01-15T00:00:00Z" })),
        operation("list_user_tokens", "Lists a user's tokens, the revoked too, oldest first")
            .gives(200, object([("items", list(token))]))
            .keeps("token_id", "/items/0/id"),
        operation("delete_user_token", "Revokes the token that is not revoked").does(204),
        operation("revoke_user_token", "Revokes the token that is named").does(204).meets(409),
        operation("revoke_seat", "Takes a user's seat away").does(204),
        operation("remove_user", "Removes a user, after token and seat").does(204),
    ]
}
