//! `mock-server routes`

use std::collections::BTreeSet;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::{Value, json};

use super::{Failure, say};

#[derive(Args)]
pub(super) struct Arguments {
    /// Only this vendor's
    #[arg(long, value_parser = PossibleValuesParser::new(VENDORS))]
    vendor: Option<String>,

    /// As JSON, not as a table
    #[arg(long)]
    json: bool,
}

const VENDORS: [&str; 6] = ["anaconda", "appoptima", "astra", "native", "octane", "ricloud"];

/// What each vendor's own client has driven: the tests of `tests/contract/tests/clients.rs` wrote it down. The first line is
/// the client, each other an operation.
const DRIVEN: [(&str, &str); 4] = [
    ("anaconda", include_str!("../../../tests/clients/anaconda/driven.txt")),
    ("astra", include_str!("../../../tests/clients/astra/driven.txt")),
    ("octane", include_str!("../../../tests/clients/octane/driven.txt")),
    ("ricloud", include_str!("../../../tests/clients/ricloud/driven.txt")),
];

/// The client of the vendor's that has driven an operation.
fn driver(vendor: &str, operation: &str) -> Option<&'static str> {
    let mut lines = DRIVEN.iter().find(|(name, _)| *name == vendor)?.1.lines();
    let client = lines.next()?;
    lines.any(|line| line == operation).then_some(client)
}

#[expect(clippy::unnecessary_wraps, reason = "as every command")]
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let mut routes = tessera_api::routes();
    routes.retain(|route| arguments.vendor.as_deref().is_none_or(|vendor| vendor == route.dialect));
    if arguments.json {
        let rows: Vec<Value> = routes
            .iter()
            .map(|route| {
                json!({
                    "vendor": route.dialect,
                    "method": route.method,
                    "path": route.path,
                    "operation": route.operation,
                    "driven_by": driver(route.dialect, route.operation),
                })
            })
            .collect();
        say(format_args!("{:#}", Value::from(rows)));
        return Ok(());
    }
    let header = ["VENDOR", "METHOD", "PATH", "OPERATION"];
    let mut widths = header.map(str::len);
    let cells = |route: &tessera_api::Route| {
        [route.dialect.to_owned(), route.method.clone(), route.path.to_owned(), route.operation.to_owned()]
    };
    for route in &routes {
        for (width, cell) in widths.iter_mut().zip(cells(route)) {
            *width = cell.len().max(*width);
        }
    }
    let row = |cells: [String; 4], last: &str| {
        let padded: Vec<String> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        say(format_args!("{}  {last}", padded.join("  ")).to_string().trim_end());
    };
    row(header.map(str::to_owned), "DRIVEN BY");
    for route in &routes {
        row(cells(route), driver(route.dialect, route.operation).unwrap_or("-"));
    }
    let driven: BTreeSet<_> = routes
        .iter()
        .filter(|route| driver(route.dialect, route.operation).is_some())
        .map(|route| (route.dialect, route.operation))
        .collect();
    let operations: BTreeSet<_> = routes.iter().map(|route| (route.dialect, route.operation)).collect();
    say(format_args!("{} operations, {} of them driven by the vendor's own client", operations.len(), driven.len()));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_driven_is_served() {
        let routes = tessera_api::routes();
        for (vendor, driven) in DRIVEN {
            assert!(VENDORS.contains(&vendor));
            for operation in driven.lines().skip(1) {
                let is_served = routes.iter().any(|route| route.dialect == vendor && route.operation == operation);
                assert!(is_served, "{vendor}: {operation}");
            }
        }
        let vendors: BTreeSet<&str> = routes.iter().map(|route| route.dialect).collect();
        assert_eq!(vendors, VENDORS.into());
    }
}
