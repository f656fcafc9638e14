//! Many clients at once: whatever their order, no seat is given twice and nobody is there twice.

use std::collections::BTreeSet;

use contract::hosts::{self, Organization, at_once};
use contract::http::{Request, Response};
use serde_json::{Value, json};

type Tested = Result<(), String>;

fn on_every_host(seats: u32, test: impl Fn(&Organization) -> Tested) -> Tested {
    for host in hosts::all()? {
        test(&Organization::new(&host, seats)?).map_err(|why| format!("{}: {why}", host.name))?;
    }
    Ok(())
}

fn count(responses: &[Response], status: u16) -> usize {
    responses.iter().filter(|response| response.status == status).count()
}

fn code(response: &Response) -> String {
    let json = response.json();
    json.pointer("/error/code").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn onboarding(organization: &Organization, emails: &[String]) -> Request {
    organization.request("POST", "/users_auto_registration").json(&json!({"user_emails": emails}))
}

/// The addresses of one of the lists of an onboarding's answer.
fn list(response: &Response, name: &str) -> Vec<String> {
    let json = response.json();
    let items = json.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
}

/// How many seats there are in all and how many are free, as an onboarding of nobody tells it.
fn seats(organization: &Organization) -> Result<(String, String), String> {
    let told = organization.expect(200, &onboarding(organization, &[]))?.json();
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((text("total_organization_seats"), text("available_organization_seats")))
}

fn seated(organization: &Organization) -> Result<usize, String> {
    let holds =
        |user: &&Value| user.get("subscriptions").and_then(Value::as_array).is_some_and(|held| !held.is_empty());
    Ok(organization.users()?.iter().filter(holds).count())
}

fn emails(organization: &Organization) -> Result<Vec<String>, String> {
    let email = |user: &Value| user.get("email").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(organization.users()?.iter().map(email).collect())
}

#[test]
fn of_twenty_calls_under_one_idempotency_key_one_makes_something() -> Tested {
    on_every_host(1, |organization| {
        let path = format!("/v1/organizations/{}/keys", organization.id);
        let request = Request::new("POST", &path).bearer(&organization.api_key).header("Idempotency-Key", "once");
        let request = request.json(&json!({"name": "ci", "scopes": []}));
        let requests = vec![request.clone(); 20];
        let answers = organization.send_at_once(&requests)?;
        assert_eq!(count(&answers, 201) + count(&answers, 409), 20);
        let mut made: Vec<String> = answers.iter().filter(|answer| answer.status == 201).map(Response::text).collect();
        made.push(organization.expect(201, &request)?.text());
        made.dedup();
        assert_eq!(made.len(), 1, "all are given one answer");
        let is_first = |answer: &&Response| answer.status == 201 && answer.header("idempotency-replayed").is_none();
        assert_eq!(answers.iter().filter(is_first).count(), 1);
        let keys = organization.expect(200, &Request::new("GET", &path).bearer(&organization.api_key))?.json();
        assert_eq!(
            keys.get("data").and_then(Value::as_array).map(Vec::len),
            Some(2),
            "the organization's first, and this"
        );
        let log = Request::new("GET", "/v1/audit").bearer(&organization.api_key);
        let log = organization.expect(200, &log)?.json();
        assert_eq!(log.get("data").and_then(Value::as_array).map(Vec::len), Some(2), "the organization, and this");
        Ok(())
    })
}

/// Calls of several that are carried out together are told apart: each caller has the rows of its own organization, or its own
/// refusal, whatever the others come to.
#[test]
fn of_many_at_once_each_is_given_its_own_answer() -> Tested {
    on_every_host(1, |ours| {
        let theirs = Organization::new(&ours.host, 1)?;
        let revoked = Organization::new(&ours.host, 1)?;
        let path = format!("/v1/organizations/{}", revoked.id);
        let removal = Request::new("DELETE", &path).bearer(&hosts::root_key());
        let users = |one: &Organization| format!("/v1/organizations/{}/users", one.id);
        let new = |one: &Organization, email: &str| {
            Request::new("POST", &users(one)).bearer(&one.api_key).json(&json!({"email": email}))
        };
        let mut requests = Vec::new();
        let mut expected = Vec::new();
        for number in 0..8 {
            for one in [ours, &theirs] {
                let email = one.email(&format!("own-{number}"));
                let made = one.expect(201, &new(one, &email))?.json();
                let id = made.get("id").and_then(Value::as_str).unwrap_or_default();
                let path = format!("{}/{id}", users(one));
                let other = if one.id == ours.id { &theirs } else { ours };
                for (request, status, told) in [
                    (Request::new("GET", &path).bearer(&one.api_key), 200, email.clone()),
                    (Request::new("GET", &path).bearer(&other.api_key), 403, String::new()),
                    (Request::new("GET", &path).bearer(&revoked.api_key), 403, String::new()),
                    (new(one, &email), 409, String::new()),
                    (new(one, &one.email(&format!("new-{number}"))), 201, one.email(&format!("new-{number}"))),
                ] {
                    requests.push(request);
                    expected.push((status, told));
                }
            }
        }
        ours.expect(200, &Request::new("GET", &users(&revoked)).bearer(&revoked.api_key))?;
        let answers = ours.send_at_once(&requests)?;
        let told = |answer: &Response| {
            let json = answer.json();
            (answer.status, json.get("email").and_then(Value::as_str).unwrap_or_default().to_owned())
        };
        assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), expected);

        // and a key that is over breaks nobody's call but its own
        ours.expect(204, &removal)?;
        for (status, _) in expected.iter_mut().skip(2).step_by(5) {
            *status = 401;
        }
        for (status, told) in expected.iter_mut().skip(4).step_by(5) {
            (*status, *told) = (409, String::new());
        }
        let answers = ours.send_at_once(&requests)?;
        assert_eq!(answers.iter().map(told).collect::<Vec<_>>(), expected);
        Ok(())
    })
}

#[test]
fn of_a_hundred_verifications_as_many_are_valid_as_a_key_has_left() -> Tested {
    on_every_host(1, |organization| {
        let path = format!("/v1/organizations/{}/keys", organization.id);
        let new = Request::new("POST", &path).bearer(&organization.api_key);
        let made = organization.expect(201, &new.json(&json!({"name": "ci", "scopes": [], "remaining": 50})))?.json();
        let text = |member: &str| made.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let verify = |body: &Value| Request::new("POST", "/v1/keys/verify").bearer(&organization.api_key).json(body);
        let answers = organization.send_at_once(&vec![verify(&json!({"key": text("secret")})); 100])?;
        let said = |code: &str| answers.iter().filter(|answer| answer.json().get("code") == Some(&json!(code))).count();
        assert_eq!((said("valid"), said("usage_exceeded")), (50, 50));
        let left = |answer: &Response| answer.json().pointer("/key/remaining").and_then(Value::as_i64);
        let mut told: Vec<Option<i64>> =
            answers.iter().filter(|answer| answer.json().get("valid") == Some(&json!(true))).map(left).collect();
        told.sort_unstable();
        assert_eq!(told, (0..50).map(Some).collect::<Vec<_>>(), "each took one of them");
        let key = Request::new("GET", &format!("{path}/{}", text("id"))).bearer(&organization.api_key);
        assert_eq!(organization.expect(200, &key)?.json().get("remaining"), Some(&json!(0)));
        let free = organization.expect(200, &verify(&json!({"key": text("secret"), "cost": 0})))?.json();
        assert_eq!(free.get("valid"), Some(&json!(true)), "what costs nothing is always there");
        Ok(())
    })
}

#[test]
fn changes_at_once_have_one_place_each_in_the_log() -> Tested {
    on_every_host(1, |organization| {
        at_once(&(0..40).collect::<Vec<_>>(), |n| organization.add(&organization.email(&format!("at-once-{n}"))))
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;
        let verify = Request::new("GET", "/v1/audit/verify").bearer(&organization.api_key);
        let told = at_once(&[(); 8], |()| organization.expect(200, &verify));
        for answer in told {
            assert_eq!(answer?.json().get("valid"), Some(&json!(true)), "whoever seals at the same time");
        }
        let told = organization.expect(200, &verify)?.json();
        let members = ["valid", "entries", "sealed"].map(|member| told.get(member).cloned().unwrap_or_default());
        assert_eq!(members, [json!(true), json!(41), json!(41)]);
        Ok(())
    })
}

#[test]
fn the_last_five_seats_go_to_five_of_sixty_four() -> Tested {
    on_every_host(8, |organization| {
        let first: Vec<String> = (0..3).map(|n| organization.email(&format!("first{n}"))).collect();
        organization.expect(200, &onboarding(organization, &first))?;
        let ids: Vec<String> =
            at_once(&(0..64).collect::<Vec<_>>(), |n| organization.add(&organization.email(&format!("late{n}"))))
                .into_iter()
                .collect::<Result<_, _>>()?;
        let requests: Vec<Request> =
            ids.iter().map(|id| organization.request("POST", &format!("/users/{id}/seats"))).collect();
        let answers = organization.send_at_once(&requests)?;
        assert_eq!((count(&answers, 201), count(&answers, 402)), (5, 59));
        for answer in answers.iter().filter(|answer| answer.status == 402) {
            assert_eq!(code(answer), "no_free_seats");
        }
        assert_eq!(seated(organization)?, 8);
        assert_eq!(seats(organization)?, ("8".to_owned(), "0".to_owned()));
        Ok(())
    })
}

#[test]
fn overlapping_onboardings_take_each_address_once_and_no_seat_twice() -> Tested {
    on_every_host(12, |organization| {
        let all: Vec<String> = (0..30).map(|n| organization.email(&format!("p{n}"))).collect();
        let lists = [0..20, 10..30, 5..25, 0..30].map(|part| all.get(part).unwrap_or_default().to_vec());
        let requests: Vec<Request> = lists.iter().map(|emails| onboarding(organization, emails)).collect();
        let answers = organization.send_at_once(&requests)?;
        assert_eq!(count(&answers, 200), lists.len(), "{answers:?}");
        let mut taken = Vec::new();
        for (answer, asked) in answers.iter().zip(&lists) {
            let (yes, no) =
                (list(answer, "users_in_onboarding_process"), list(answer, "users_unavailable_for_onboarding"));
            let told: BTreeSet<&String> = yes.iter().chain(&no).collect();
            assert_eq!(told, asked.iter().collect(), "an answer tells of every address once");
            assert_eq!(yes.len() + no.len(), asked.len(), "an answer tells of every address once");
            taken.extend(yes);
        }
        let distinct: BTreeSet<&String> = taken.iter().collect();
        assert_eq!(distinct.len(), taken.len(), "two answers tell of one address that it was onboarded");
        assert_eq!(taken.len(), 12, "seats were left free, or sold twice");
        let mut there: Vec<String> =
            emails(organization)?.into_iter().filter(|email| *email != organization.admin_email).collect();
        there.sort();
        taken.sort();
        assert_eq!(there, taken);
        assert_eq!(seated(organization)?, 12);
        assert_eq!(seats(organization)?, ("12".to_owned(), "0".to_owned()));
        Ok(())
    })
}

#[test]
fn two_organizations_that_onboard_one_list_share_it_out() -> Tested {
    on_every_host(20, |ours| {
        let theirs = Organization::new(&ours.host, 20)?;
        let both: Vec<String> = (0..20).map(|n| ours.email(&format!("p{n}"))).collect();
        let answers: Vec<Response> =
            at_once(&[ours, &theirs], |one| one.send(&onboarding(one, &both))).into_iter().collect::<Result<_, _>>()?;
        assert_eq!(count(&answers, 200), 2, "{answers:?}");
        let mut taken: Vec<String> =
            answers.iter().flat_map(|answer| list(answer, "users_in_onboarding_process")).collect();
        taken.sort();
        let mut sorted = both.clone();
        sorted.sort();
        assert_eq!(taken, sorted, "each address is onboarded by just one of the two");
        let mut there = [emails(ours)?, emails(&theirs)?].concat();
        there.retain(|email| both.contains(email));
        there.sort();
        assert_eq!(there, sorted, "each address is in just one user");
        assert_eq!(seated(ours)? + seated(&theirs)?, 20);
        Ok(())
    })
}

#[test]
fn an_onboarding_and_single_seats_share_what_is_free() -> Tested {
    on_every_host(6, |organization| {
        let ids: Vec<String> =
            (0..6).map(|n| organization.add(&organization.email(&format!("u{n}")))).collect::<Result<_, _>>()?;
        let new: Vec<String> = (0..6).map(|n| organization.email(&format!("n{n}"))).collect();
        let mut requests: Vec<Request> =
            ids.iter().map(|id| organization.request("POST", &format!("/users/{id}/seats"))).collect();
        requests.push(onboarding(organization, &new));
        let answers = organization.send_at_once(&requests)?;
        let onboarded = answers.last().map(|answer| list(answer, "users_in_onboarding_process").len());
        assert_eq!(count(&answers, 201) + onboarded.unwrap_or_default(), 6, "{answers:?}");
        assert_eq!(seated(organization)?, 6);
        Ok(())
    })
}

#[test]
fn of_two_creations_of_one_address_one_succeeds() -> Tested {
    on_every_host(5, |organization| {
        for round in 0..8 {
            let email = organization.email(&format!("same{round}"));
            let spellings = [email.clone(), email.to_uppercase(), email.clone(), email.to_uppercase()];
            let requests: Vec<Request> = spellings
                .iter()
                .map(|email| organization.request("POST", "/users").json(&json!({"email": email})))
                .collect();
            let answers = organization.send_at_once(&requests)?;
            assert_eq!((count(&answers, 200), count(&answers, 409)), (1, 3), "{answers:?}");
            for answer in answers.iter().filter(|answer| answer.status == 409) {
                assert_eq!(code(answer), "user_already_exists");
            }
            let there = emails(organization)?.iter().filter(|there| there.eq_ignore_ascii_case(&email)).count();
            assert_eq!(there, 1);
        }
        Ok(())
    })
}

#[test]
fn of_many_tokens_issued_at_once_one_is_left() -> Tested {
    on_every_host(5, |organization| {
        let user = organization.add(&organization.email("a"))?;
        let path = format!("/users/{user}/token");
        let expiry = json!({"expires_at": "2031-01-01T00:00:00Z"});
        let requests = vec![organization.request("POST", &path).json(&expiry); 12];
        let answers = organization.send_at_once(&requests)?;
        assert_eq!(count(&answers, 200), 12, "{answers:?}");
        let listing = organization.expect(200, &organization.request("GET", &format!("{path}s")))?.json();
        let items = listing.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        let live = items.iter().filter(|item| item.get("revoked") == Some(&json!(false))).count();
        assert_eq!((items.len(), live), (12, 1));
        let revoked = organization.send_at_once(&vec![organization.request("DELETE", &path); 4])?;
        assert_eq!((count(&revoked, 204), count(&revoked, 404)), (1, 3), "{revoked:?}");
        Ok(())
    })
}

#[test]
fn one_of_many_gives_takes_or_removes() -> Tested {
    on_every_host(5, |organization| {
        let user = organization.add(&organization.email("a"))?;
        let (seat, user) = (format!("/users/{user}/seats"), format!("/users/{user}"));
        let given = organization.send_at_once(&vec![organization.request("POST", &seat); 8])?;
        assert_eq!((count(&given, 201), count(&given, 409)), (1, 7), "{given:?}");
        let taken = organization.send_at_once(&vec![organization.request("DELETE", &seat); 8])?;
        assert_eq!((count(&taken, 204), count(&taken, 404)), (1, 7), "{taken:?}");
        let removed = organization.send_at_once(&vec![organization.request("DELETE", &user); 8])?;
        assert_eq!((count(&removed, 204), count(&removed, 404)), (1, 7), "{removed:?}");
        Ok(())
    })
}

/// A user is not removed from under a seat or a token that is being given: either comes first, and the other is refused.
#[test]
fn a_removal_and_a_gift_exclude_each_other() -> Tested {
    on_every_host(5, |organization| {
        for round in 0..8 {
            let user = organization.add(&organization.email(&format!("r{round}")))?;
            let requests = [
                organization.request("DELETE", &format!("/users/{user}")),
                organization.request("POST", &format!("/users/{user}/seats")),
                organization
                    .request("POST", &format!("/users/{user}/token"))
                    .json(&json!({"expires_at": "2031-01-01T00:00:00Z"})),
            ];
            let answers = organization.send_at_once(&requests)?;
            let statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
            let is_there = organization.users()?.iter().any(|one| one.get("id") == Some(&json!(user)));
            match statuses.as_slice() {
                [204, 404, 404] => assert!(!is_there),
                [409, seat, token] => {
                    assert!(is_there);
                    assert!(*seat == 201 && *token == 200, "{statuses:?}");
                    organization.expect(204, &organization.request("DELETE", &format!("/users/{user}/token")))?;
                    organization.expect(204, &organization.request("DELETE", &format!("/users/{user}/seats")))?;
                }
                other => return Err(format!("round {round}: {other:?}")),
            }
        }
        assert_eq!(seats(organization)?, ("5".to_owned(), "5".to_owned()));
        Ok(())
    })
}
