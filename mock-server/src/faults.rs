//! Faults by rule: the first calls of an operation, or every so many, are refused in the vendor's own words, come late, or
//! break off.

use std::time::Duration;

use parking_lot::Mutex;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tessera_api::fault::{Effect, UnknownFault};
use tessera_api::suggest::unknown;

/// The longest that a rule may ask for, in milliseconds.
const MAX_DELAY: u64 = 600_000;

/// A rule, as it is written and shown.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The dialect: `anaconda`, `appoptima`, `astra`, `octane`, `ricloud` or `native`.
    pub vendor: String,
    /// The operation by its name in `mock-server routes`; without one, all of the vendor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<String>,
    /// Whose calls: an id, a login, an e-mail, a key's name or client id, or an organization's id, number or slug.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal: Option<String>,
    /// What befalls them: `rate_limited`, `seat_exhausted`, `expired_token`, `forbidden`, `conflict`, `unavailable`,
    /// `internal`, `slow`, `connection_reset`, `empty_response`, `malformed_response` or `random_data`.
    pub fault: String,
    /// The first so many calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first: Option<u64>,
    /// Every so manyth call: with 3 the third, the sixth, and so on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u64>,
    /// How long a `slow` call waits; 3000 unless given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_milliseconds: Option<u64>,
}

impl FaultRule {
    /// A rule for all calls of a vendor.
    pub fn new(vendor: &str, fault: &str) -> Self {
        Self {
            vendor: vendor.to_owned(),
            operation: None,
            principal: None,
            fault: fault.to_owned(),
            first: None,
            every: None,
            delay_milliseconds: None,
        }
    }

    /// Only for this operation.
    #[must_use]
    pub fn operation(self, operation: &str) -> Self {
        Self { operation: Some(operation.to_owned()), ..self }
    }

    /// Only for calls of whoever is called so.
    #[must_use]
    pub fn principal(self, principal: &str) -> Self {
        Self { principal: Some(principal.to_owned()), ..self }
    }

    /// Only for the first so many calls.
    #[must_use]
    pub fn first(self, calls: u64) -> Self {
        Self { first: Some(calls), ..self }
    }

    /// Only for every so manyth call.
    #[must_use]
    pub fn every(self, calls: u64) -> Self {
        Self { every: Some(calls), ..self }
    }
}

/// Why a rule is refused: the member at fault, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{member}: {reason}")]
pub struct RuleError {
    /// The member.
    pub member: &'static str,
    /// What is wrong, with the nearest names where one is unknown.
    pub reason: String,
}

pub(crate) struct Rule {
    told: FaultRule,
    effect: Effect,
    calls: u64,
    hits: u64,
}

/// A rule, and what came of it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(crate) struct Standing {
    #[serde(flatten)]
    pub(crate) rule: FaultRule,
    /// How many calls it was held against.
    pub(crate) calls: u64,
    /// How many of them it befell.
    pub(crate) hits: u64,
}

/// The rules in force.
#[derive(Default)]
pub(crate) struct Faults(Mutex<Vec<Rule>>);

impl Faults {
    /// Puts rules in the place of those there were; one that is wrong leaves them as they are.
    pub(crate) fn replace(&self, rules: Vec<FaultRule>) -> Result<(), RuleError> {
        let rules = rules.into_iter().map(check).collect::<Result<_, _>>()?;
        *self.0.lock() = rules;
        Ok(())
    }

    /// Adds a rule, which comes after those there are.
    pub(crate) fn add(&self, rule: FaultRule) -> Result<(), RuleError> {
        let rule = check(rule)?;
        self.0.lock().push(rule);
        Ok(())
    }

    /// The rules, in order.
    pub(crate) fn list(&self) -> Vec<Standing> {
        let standing = |rule: &Rule| Standing { rule: rule.told.clone(), calls: rule.calls, hits: rule.hits };
        self.0.lock().iter().map(standing).collect()
    }

    /// Forgets the rules.
    pub(crate) fn clear(&self) {
        self.0.lock().clear();
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }

    /// Whether a rule asks who calls.
    pub(crate) fn ask_who_calls(&self) -> bool {
        self.0.lock().iter().any(|rule| rule.told.principal.is_some())
    }

    /// Counts a call, and says what befalls it: the first rule that does decides.
    pub(crate) fn befall(&self, vendor: &str, operation: &str, names: &[String]) -> Option<Effect> {
        let mut rules = self.0.lock();
        let mut found = None;
        for rule in rules.iter_mut().filter(|rule| {
            rule.told.vendor == vendor
                && rule.told.operation.as_deref().is_none_or(|name| name == operation)
                && rule.told.principal.as_ref().is_none_or(|principal| names.contains(principal))
        }) {
            rule.calls += 1;
            let is_due = match (rule.told.first, rule.told.every) {
                (None, None) => true,
                (first, every) => {
                    first.is_some_and(|first| rule.calls <= first)
                        || every.is_some_and(|every| rule.calls.is_multiple_of(every))
                }
            };
            if is_due && found.is_none() {
                rule.hits += 1;
                found = Some(rule.effect);
            }
        }
        found
    }
}

pub(crate) fn check(rule: FaultRule) -> Result<Rule, RuleError> {
    let wrong = |member, reason| Err(RuleError { member, reason });
    let routes = tessera_api::routes();
    let vendors = || routes.iter().map(|route| route.dialect);
    if !vendors().any(|vendor| vendor == rule.vendor) {
        return wrong("vendor", unknown("vendor", &rule.vendor, vendors()));
    }
    if let Some(operation) = &rule.operation {
        let operations = || routes.iter().filter(|route| route.dialect == rule.vendor).map(|route| route.operation);
        if !operations().any(|known| known == operation) {
            return wrong("operation", unknown(&format!("operation of {}", rule.vendor), operation, operations()));
        }
    }
    let effect = match rule.fault.parse() {
        Ok(effect) => effect,
        Err(UnknownFault(why)) => return wrong("fault", why),
    };
    if rule.every == Some(0) {
        return wrong("every", "it must be 1 or more".to_owned());
    }
    if rule.delay_milliseconds.is_some_and(|delay| delay > MAX_DELAY) {
        return wrong("delay_milliseconds", format!("it must be {MAX_DELAY} or less"));
    }
    let effect = match (effect, rule.delay_milliseconds) {
        (effect, None) => effect,
        (Effect::Slow(_), Some(delay)) => Effect::Slow(Duration::from_millis(delay)),
        (_, Some(_)) => return wrong("delay_milliseconds", "only the fault slow has one".to_owned()),
    };
    Ok(Rule { told: rule, effect, calls: 0, hits: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(json: serde_json::Value) -> FaultRule {
        serde_json::from_value(json).unwrap()
    }

    fn hits(faults: &Faults, calls: usize) -> Vec<bool> {
        (0..calls).map(|_| faults.befall("anaconda", "add_user", &[]).is_some()).collect()
    }

    #[test]
    fn the_first_calls_or_every_so_many() {
        let faults = Faults::default();
        let of = |more: serde_json::Value| {
            let mut json = serde_json::json!({"vendor": "anaconda", "operation": "add_user", "fault": "conflict"});
            json.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            rule(json)
        };
        faults.replace(vec![of(serde_json::json!({"first": 2}))]).unwrap();
        assert_eq!(hits(&faults, 4), [true, true, false, false]);
        faults.replace(vec![of(serde_json::json!({"every": 2}))]).unwrap();
        assert_eq!(hits(&faults, 4), [false, true, false, true]);
        faults.replace(vec![of(serde_json::json!({}))]).unwrap();
        assert_eq!(hits(&faults, 2), [true, true]);
        faults.replace(vec![of(serde_json::json!({"principal": "a@b.test"}))]).unwrap();
        assert_eq!(hits(&faults, 1), [false]);
        assert!(faults.befall("anaconda", "add_user", &["a@b.test".to_owned()]).is_some());
        assert!(faults.befall("anaconda", "list_users", &["a@b.test".to_owned()]).is_none());
        let standing = faults.list();
        assert_eq!((standing[0].calls, standing[0].hits), (1, 1));
    }

    #[test]
    fn what_is_unknown_is_refused_with_the_nearest_names() {
        let faults = Faults::default();
        let refused = |json| faults.add(rule(json)).unwrap_err().to_string();
        assert_eq!(
            refused(serde_json::json!({"vendor": "anacnda", "fault": "conflict"})),
            "vendor: there is no vendor \"anacnda\"; did you mean anaconda?"
        );
        let operation =
            refused(serde_json::json!({"vendor": "native", "operation": "creat_user", "fault": "conflict"}));
        assert!(operation.contains("did you mean create_user"), "{operation}");
        let fault = refused(serde_json::json!({"vendor": "native", "fault": "rate_limit"}));
        assert!(fault.contains("did you mean rate_limited"), "{fault}");
        assert!(faults.list().is_empty());
    }
}
