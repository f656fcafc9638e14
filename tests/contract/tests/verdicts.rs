//! Whatever takes a body, or a query in a language of its own, judges; what it says is compared where the vectors run.

use std::collections::BTreeSet;

use tessera_api::verdict::{VENDORS, Vendor};

#[test]
fn whatever_takes_a_body_or_a_query_judges() {
    /// What has nothing to read: no body is looked at.
    const NOTHING: &[&str] = &["native.replay_delivery", "native.replay_mail", "octane.sign_out"];
    let judged: BTreeSet<String> = VENDORS.iter().flat_map(Vendor::operations).collect();
    let mut operations = BTreeSet::new();
    for route in tessera_api::routes() {
        let operation = format!("{}.{}", route.dialect, route.operation);
        let is_query = route.dialect == "octane" && route.method == "GET";
        if (["POST", "PUT", "PATCH"].contains(&route.method.as_str()) || is_query)
            && !NOTHING.contains(&operation.as_str())
        {
            assert!(judged.contains(&operation), "{operation} does not judge");
        }
        operations.insert(operation);
    }
    for known in &judged {
        assert!(operations.contains(known), "{known} judges, and is no operation");
    }
}
