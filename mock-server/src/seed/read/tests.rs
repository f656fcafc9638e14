use super::super::EXAMPLE;
use super::*;

fn problems(text: &str) -> Vec<String> {
    Seed::read(text).unwrap_err().problems.iter().map(Problem::to_string).collect()
}

#[tokio::test]
async fn the_example_is_right() {
    let seed = Seed::read(EXAMPLE).unwrap();
    assert_eq!(seed.organizations[0].keys.len(), 3);
    assert_eq!(seed.faults.len(), 1);
    seed.try_out().await.unwrap();
}

#[test]
fn a_value_is_found_by_its_pointer() {
    let places = places("a: 1\nb:\n  - c: x\n    d/e: [y, z]\n  - &f g\nh: *f\n");
    for (pointer, place) in [
        ("", (1, 1)),
        ("/a", (1, 4)),
        ("/b", (3, 3)),
        ("/b/0", (3, 5)),
        ("/b/0/c", (3, 8)),
        ("/b/0/d~1e/1", (4, 14)),
        ("/b/1", (5, 5)),
        ("/h", (6, 4)),
    ] {
        let line_and_column = places.get(pointer).copied();
        // an anchor may or may not count as the value's beginning
        let near = line_and_column.map(|(line, column)| (line, if pointer == "/b/1" { 5 } else { column }));
        assert_eq!(near, Some(place), "{pointer}");
    }
}

#[test]
fn what_is_unknown_is_told_with_the_nearest_name() {
    assert_eq!(
        problems("organizations:\n  - name: Acme\n    seat: 5\n"),
        ["3:5: there is no member `seat` here; did you mean seats, state?"]
    );
    assert_eq!(
        problems("organizations:\n- name: Acme\n  identity_mode: lokal\n"),
        ["3:3: `lokal` is none of local, ldap, sso; did you mean local?"]
    );
    assert_eq!(
        problems("faults:\n- vendor: ricloud\n  operation: list_key\n  fault: rate_limited\n"),
        ["3:14: there is no operation of ricloud \"list_key\"; did you mean list_keys, list_tasks, list_users?"]
    );
}

#[test]
fn a_wrong_form_has_its_place() {
    let [missing] = &problems("organizations:\n  - seats: 5\n")[..] else { panic!() };
    assert!(missing.starts_with("2:") && missing.ends_with("the member `name` is missing"), "{missing}");
    let [wrong] = &problems("organizations:\n  - name: Acme\n    seats: many\n")[..] else { panic!() };
    assert!(wrong.starts_with("3:12: "), "{wrong}");
    let [wrong] = &problems("organizations: []\ncreated_at: tomorrow\n")[..] else { panic!() };
    assert!(wrong.starts_with("2:") && wrong.contains("one is written 2026-01-01T00:00:00Z"), "{wrong}");
    let [wrong] = &problems("organizations: [\n")[..] else { panic!() };
    assert!(wrong.split(':').take(2).all(|number| number.parse::<u64>().is_ok()), "{wrong}");
    let [twice] = &problems("created_at: 2026-01-01T00:00:00Z\ncreated_at: 2026-01-01T00:00:00Z\n")[..] else {
        panic!()
    };
    assert!(twice.starts_with("2:1: "), "{twice}");
}

#[test]
fn every_fault_of_the_content_is_told_at_once() {
    let text = "\
organizations:
  - name: Acme
    slug: Acme Inc
    id: acme
    api_key: tsr_key_mine
    seats: 0
    users:
      - {email: a@acme.test, seat: true}
      - {email: A@acme.test, password: short}
      - {login: b, groups: [Egnineers]}
    groups:
      - name: Engineers
    keys:
      - {name: ci, kind: api_access}
  - name: Twin
    number: 0
    id: acme
";
    let told = problems(text);
    for (place, part) in [
        ("3:11", "did you mean acme-inc?"),
        ("4:9", "UUID"),
        ("5:14", "did you mean tsr_key_mine0000"),
        ("6:12", "1 users hold a seat"),
        ("9:17", "has the e-mail"),
        ("9:40", "8 to 128"),
        ("10:29", "did you mean Engineers"),
        ("14:9", "three classes"),
        ("16:13", "1 or more"),
        ("17:9", "is taken: /organizations/0/id"),
    ] {
        let found = told.iter().any(|line| line.starts_with(&format!("{place}: ")) && line.contains(part));
        assert!(found, "{place} {part}: {told:#?}");
    }
    assert!(told.is_sorted_by_key(|line| line.split(':').next().and_then(|line| line.parse::<u64>().ok())));
}

#[tokio::test]
async fn what_the_directory_alone_can_refuse_has_its_place_too() {
    // the second number is counted from the first, and so is the third's own
    let text = "organizations:\n  - {name: A, number: 7001}\n  - {name: B}\n  - {name: C, number: 7002}\n";
    let error = Seed::read(text).unwrap().try_out().await.unwrap_err().located(text);
    let [problem] = &error.problems[..] else { panic!("{error}") };
    assert_eq!(problem.place.map(|(line, _)| line), Some(4));
    assert!(problem.message.contains("taken"), "{problem}");
}
