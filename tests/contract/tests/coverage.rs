//! Every operation of the route table has a case.

use contract::coverage::{Route, uncovered};
use contract::files;

#[test]
fn every_operation_has_a_case() -> Result<(), String> {
    let table = tessera_api::routes();
    let routes: Vec<Route<'_>> = table.iter().map(|route| Route { method: &route.method, path: route.path }).collect();
    let uncovered = uncovered(&routes, &files::read_all()?);
    let named: Vec<String> = table
        .iter()
        .filter(|route| uncovered.contains(&Route { method: &route.method, path: route.path }))
        .map(|route| format!("{}::{}: {} {}", route.dialect, route.operation, route.method, route.path))
        .collect();
    assert!(!routes.is_empty(), "the route table is empty");
    assert!(named.is_empty(), "no vector reaches\n{}", named.join("\n"));
    Ok(())
}
