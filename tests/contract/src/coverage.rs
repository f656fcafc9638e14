//! Which routes the vectors reach.

use serde_json::Value;

use crate::vector::{Step, Suite};

/// A route: its method and its path, parameters in braces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<'a> {
    /// The method.
    pub method: &'a str,
    /// The path: `/organizations/{org_id}/users`.
    pub path: &'a str,
}

/// The routes that no request of any vector reaches.
pub fn uncovered<'a>(routes: &[Route<'a>], suites: &[Suite]) -> Vec<Route<'a>> {
    let mut reached: Vec<Option<Route<'_>>> = vec![route(routes, "POST", "/v1/organizations")];
    let steps =
        suites.iter().flat_map(|suite| suite.setup.iter().chain(suite.cases.iter().flat_map(|case| &case.steps)));
    reached.extend(steps.map(|step| route(routes, text(step, "method"), text(step, "path"))));
    routes.iter().copied().filter(|route| !reached.contains(&Some(*route))).collect()
}

fn text<'a>(step: &'a Step, member: &str) -> &'a str {
    step.request.get(member).and_then(Value::as_str).unwrap_or_default()
}

/// The route that a request reaches: of those whose path it has, the most literal one.
fn route<'a>(routes: &[Route<'a>], method: &str, path: &str) -> Option<Route<'a>> {
    let path = path.split('?').next().unwrap_or_default();
    let fitting = routes.iter().copied().filter(|route| route.method == method);
    fitting
        .filter_map(|route| Some((literals(route.path, path)?, route)))
        .max_by_key(|(literal, _)| literal.clone())
        .map(|(_, route)| route)
}

/// Which segments of a path stand literally in a route's; nothing where the path is not the route's.
fn literals(route: &str, path: &str) -> Option<Vec<bool>> {
    let (route, path): (Vec<&str>, Vec<&str>) = (route.split('/').collect(), path.split('/').collect());
    if route.len() != path.len() {
        return None;
    }
    let segment = |(wanted, got): (&&str, &&str)| {
        if wanted.starts_with('{') { (!got.is_empty()).then_some(false) } else { (wanted == got).then_some(true) }
    };
    route.iter().zip(&path).map(segment).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROUTES: &[Route<'_>] = &[
        Route { method: "GET", path: "/o/{org_id}/users" },
        Route { method: "POST", path: "/o/{org_id}/users" },
        Route { method: "GET", path: "/o/{org_id}/users/{id}" },
        Route { method: "GET", path: "/o/{org_id}/users/me" },
    ];

    fn left(requests: &[(&str, &str)]) -> Vec<&'static str> {
        let step = |(method, path): &(&str, &str)| json!({"request": {"method": method, "path": path}});
        let steps: Vec<Value> = requests.iter().map(step).collect();
        let suite = json!({"vendor": "v", "cases": [{"name": "n", "source": "s", "steps": steps}]});
        let suites: Vec<Suite> = serde_json::from_value(suite).into_iter().collect();
        uncovered(ROUTES, &suites).iter().map(|route| route.path).collect()
    }

    #[test]
    fn a_request_reaches_the_most_literal_route() {
        assert_eq!(left(&[]).len(), 4);
        assert_eq!(left(&[("GET", "/o/{{org_id}}/users/me")]).last(), Some(&"/o/{org_id}/users/{id}"));
        assert_eq!(left(&[("GET", "/o/1/users/{{me}}")]).last(), Some(&"/o/{org_id}/users/me"));
    }

    #[test]
    fn method_and_length_matter_and_the_query_does_not() {
        assert_eq!(left(&[("GET", "/o/1/users?x=/y"), ("POST", "/o/1/users/"), ("PUT", "/o/1/users")]).len(), 3);
        assert_eq!(left(&[("GET", "/o//users")]).len(), 4);
    }
}
