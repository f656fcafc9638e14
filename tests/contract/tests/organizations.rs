//! The list of all organizations, which is another on each host and at each moment, and so no vector.

use contract::hosts::{self, Organization};
use contract::http::Request;
use serde_json::Value;

/// Every page of the list: the ids, oldest first.
fn pages(organization: &Organization, limit: usize) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/organizations?limit={limit}{cursor}");
        let page = organization.expect(200, &Request::new("GET", &path).bearer(&hosts::root_key()))?.json();
        let data = page.get("data").and_then(Value::as_array).cloned().unwrap_or_default();
        assert!(data.len() <= limit, "a page has {} of {limit}", data.len());
        ids.extend(data.iter().filter_map(|one| one.get("id")?.as_str().map(str::to_owned)));
        match page.get("next_cursor").and_then(Value::as_str) {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(ids),
        }
    }
}

#[test]
fn every_organization_is_listed_once_and_in_order() -> Result<(), String> {
    for host in hosts::all()? {
        let made: Vec<Organization> = (0..5).map(|_| Organization::new(&host, 1)).collect::<Result<_, _>>()?;
        let first = made.first().ok_or("none was made")?;
        for limit in [1000, 7] {
            let listed = pages(first, limit)?;
            let mut places = Vec::new();
            for one in &made {
                let found: Vec<usize> =
                    listed.iter().enumerate().filter(|(_, id)| **id == one.id).map(|(place, _)| place).collect();
                assert_eq!(found.len(), 1, "{}: {} is listed {} times", host.name, one.id, found.len());
                places.extend(found);
            }
            assert!(places.is_sorted(), "{}: {places:?}", host.name);
        }
    }
    Ok(())
}
