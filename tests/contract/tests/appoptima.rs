//! AppOptima's bulk calls where vectors do not reach: at their full size, and many at once.

use std::collections::BTreeMap;

use contract::hosts::{self, Organization};
use contract::http::{Request, Response};
use serde_json::{Value, json};

type Tested = Result<(), String>;

fn on_every_host(test: impl Fn(&Organization) -> Tested) -> Tested {
    for host in hosts::all()? {
        test(&Organization::new(&host, 5)?).map_err(|why| format!("{}: {why}", host.name))?;
    }
    Ok(())
}

fn request(organization: &Organization, method: &str, path: &str) -> Request {
    let path = format!("/api/v1.0/onpremise{path}");
    Request::new(method, &path).header("Authorization", &format!("Api-Token {}", organization.api_key))
}

fn user(id: &str, email: &str, groups: &[&str]) -> Value {
    json!({"id": id, "email": email, "firstName": "Ann", "lastName": "Lee", "passwordClearText": null, "groups": groups})
}

fn items(response: &Response) -> Vec<Value> {
    response.json().as_array().cloned().unwrap_or_default()
}

/// The users but the administrator, who is the oldest.
fn users(organization: &Organization) -> Result<Vec<Value>, String> {
    let listed = organization.expect(200, &request(organization, "GET", "/users"))?;
    Ok(items(&listed).split_off(1))
}

#[test]
fn ten_thousand_users_are_one_call() -> Tested {
    on_every_host(|organization| {
        let all: Vec<Value> = (0..10_000)
            .map(|n| user(&format!("u{}", n * 7919 % 10_000), &format!("u{n}@acme.test"), &["users", "owners"]))
            .collect();
        let bulk = |method| request(organization, method, "/users/bulk").json(&json!(all));
        assert_eq!(items(&organization.expect(200, &bulk("POST"))?), all);
        assert_eq!(users(organization)?, all);
        let again = organization.expect(400, &bulk("PUT"))?.json();
        let at_fault = again.pointer("/error/constraintViolations").and_then(Value::as_array).map(Vec::len);
        assert_eq!(at_fault, Some(10_000));
        Ok(())
    })
}

#[test]
fn ten_thousand_groups_are_one_call() -> Tested {
    on_every_host(|organization| {
        let names: Vec<Value> = (0..10_000)
            .map(|n| json!({"name": format!("{}Team", " ".repeat(n % 200) + &"!".repeat(n / 200))}))
            .collect();
        let made =
            items(&organization.expect(200, &request(organization, "POST", "/groups/bulk").json(&json!(names)))?);
        let ids: Vec<&str> = made.iter().filter_map(|group| group.get("id").and_then(Value::as_str)).collect();
        assert_eq!((ids.len(), ids.first(), ids.last()), (10_000, Some(&"team"), Some(&"team10000")));
        let listed = items(&organization.expect(200, &request(organization, "GET", "/groups"))?);
        assert_eq!(listed.get(3..), Some(made.as_slice()));
        Ok(())
    })
}

#[test]
fn a_hundred_passwords_are_set_in_one_call() -> Tested {
    on_every_host(|organization| {
        let settings =
            Request::new("PATCH", &format!("/v1/organizations/{}", organization.id)).bearer(&hosts::root_key());
        organization.expect(200, &settings.json(&json!({"set_password_via_api": true})))?;
        let all: Vec<Value> =
            (0..100).map(|n| user(&format!("u{n}"), &organization.email(&format!("u{n}")), &[])).collect();
        let with_password = |user: &Value| {
            let mut user = user.clone();
            user["passwordClearText"] = json!("Str0ng-Enough-Pass");
            user
        };
        let given: Vec<Value> = all.iter().map(with_password).collect();
        let bulk = request(organization, "POST", "/users/bulk").json(&json!(given));
        assert_eq!(items(&organization.expect(200, &bulk)?), all);
        Ok(())
    })
}

/// Overlapping lists at the same moment: whatever their order, each id and each e-mail is added once, by the call that
/// says so, and an answer other than 200 and 406 added nobody.
#[test]
fn overlapping_bulk_calls_add_each_user_once() -> Tested {
    on_every_host(|organization| {
        for round in 0..4 {
            let one = |n: usize| user(&format!("r{round}.{n}"), &format!("r{round}.{n}@acme.test"), &["users"]);
            let ranges = [0..30, 10..40, 20..50, 0..50, 25..26, 40..60, 0..60, 59..60];
            let lists: Vec<Vec<Value>> = ranges.map(|range| range.map(one).collect()).into();
            let requests: Vec<Request> =
                lists.iter().map(|list| request(organization, "POST", "/users/bulk").json(&json!(list))).collect();
            let mut added = BTreeMap::new();
            for (answer, list) in organization.send_at_once(&requests)?.iter().zip(&lists) {
                let told = if matches!(answer.status, 200 | 406) { items(answer) } else { Vec::new() };
                assert!(matches!(answer.status, 200 | 400 | 406), "{answer:?}");
                assert_eq!(answer.status == 200, told.len() == list.len(), "{answer:?}");
                for user in told {
                    assert!(list.contains(&user), "{user}");
                    assert_eq!(added.insert(user["id"].to_string(), user), None, "added twice");
                }
            }
            let prefix = format!("r{round}.");
            let listed: BTreeMap<String, Value> = users(organization)?
                .into_iter()
                .filter(|user| user["id"].as_str().is_some_and(|id| id.starts_with(&prefix)))
                .map(|user| (user["id"].to_string(), user))
                .collect();
            assert_eq!(listed, added);
        }
        Ok(())
    })
}

#[test]
fn of_many_creations_of_one_user_or_group_one_succeeds() -> Tested {
    on_every_host(|organization| {
        for round in 0..4 {
            let id = format!("one{round}");
            let create =
                |n| request(organization, "POST", "/users").json(&user(&id, &format!("{round}.{n}@acme.test"), &[]));
            let answers = organization.send_at_once(&(0..8).map(create).collect::<Vec<_>>())?;
            let statuses = |status| answers.iter().filter(|answer| answer.status == status).count();
            assert_eq!((statuses(200), statuses(400)), (1, 7), "{answers:?}");
            for answer in answers.iter().filter(|answer| answer.status == 400) {
                assert_eq!(answer.json()["error"]["message"], json!("User ID already exists"));
            }
            let name = json!({"name": format!("Team {round}")});
            let answers = organization.send_at_once(&vec![request(organization, "POST", "/groups").json(&name); 8])?;
            let statuses = |status| answers.iter().filter(|answer| answer.status == status).count();
            assert_eq!((statuses(200), statuses(406)), (1, 7), "{answers:?}");
        }
        Ok(())
    })
}
