use proptest::collection::vec;
use proptest::prelude::*;
use tessera_directory::filter::Order;

use super::ast::{Phrase, Piece, Placed, Statement, Test, Value};
use super::parser::parse;
use super::*;

fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

fn at(text: &str) -> usize {
    match parse(&quoted(text)) {
        Err(Fault::Invalid { at, .. }) => at,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    for (text, place) in [
        ("", 1),
        ("id", 3),
        ("id EQ", 6),
        ("id EQ1", 6),
        ("idEQ 5", 6),
        ("id eq 1", 4),
        ("id=1 007", 6),
        ("id=1;", 6),
        ("id=1||", 7),
        ("id=1 id=2", 6),
        ("(id=1", 6),
        ("id=1)", 5),
        ("name='x", 8),
        ("name='x\\", 9),
        ("name=x", 6),
        ("role={id=1", 11),
        ("role={}", 7),
        ("id IN 1,", 9),
        ("id BTW 1..5", 9),
        ("id=- 1", 5),
        ("id=1\t", 5),
        ("is_system=truest", 15),
    ] {
        assert_eq!(at(text), place, "{text}");
    }
    for text in ["", "id=1", "\"", "\"id=1", "id=1\""] {
        assert!(matches!(parse(text), Err(Fault::Invalid { .. })), "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    let nested = |levels: usize| quoted(&format!("{}id=1{}", "(".repeat(levels), ")".repeat(levels)));
    assert!(parse(&nested(50)).is_ok());
    assert!(parse(&nested(51)).is_err());
    assert!(parse(&nested(30_000)).is_err());
    assert!(parse(&quoted(&format!("{}id=1", "!".repeat(50)))).is_ok());
    assert!(parse(&quoted(&format!("{}id=1", "! ".repeat(51)))).is_err());
    let targets = |levels: usize| quoted(&format!("{}id=1{}", "role={".repeat(levels), "}".repeat(levels)));
    assert!(parse(&targets(50)).is_ok());
    assert!(parse(&targets(51)).is_err());
}

fn value() -> impl Strategy<Value = Value> {
    let piece = prop_oneof![4 => any::<char>().prop_map(Piece::Plain), 1 => Just(Piece::Star)];
    prop_oneof![
        "-?[0-9]{1,20}".prop_map(Value::Integer),
        any::<bool>().prop_map(Value::Boolean),
        Just(Value::Null),
        Just(Value::NoTarget),
        vec(piece, 0..6).prop_map(Value::Text),
    ]
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        Just(Order::Equal),
        Just(Order::Less),
        Just(Order::LessOrEqual),
        Just(Order::Greater),
        Just(Order::GreaterOrEqual)
    ]
}

fn placed(value: Value) -> Placed {
    Placed { value, at: 0 }
}

fn phrase(value: impl Strategy<Value = Value> + Clone) -> impl Strategy<Value = Statement> {
    let scalar = || "-?[0-9]{1,5}".prop_map(Value::Integer).prop_map(placed);
    let test = prop_oneof![
        (order(), value.clone()).prop_map(|(order, value)| Test::Compare(order, placed(value))),
        vec(value.prop_map(placed), 1..4).prop_map(Test::In),
        (scalar(), scalar()).prop_map(|(low, high)| Test::Between(low, high)),
    ];
    ("[a-zA-Z][a-zA-Z0-9_]{0,8}", test).prop_map(|(field, test)| Statement::Phrase(Phrase { field, field_at: 0, test }))
}

fn statement() -> impl Strategy<Value = Statement> {
    phrase(value().boxed()).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Statement::Any),
            vec(inner.clone(), 2..4).prop_map(Statement::All),
            inner.clone().prop_map(|inner| Statement::Not(Box::new(inner))),
            phrase(inner.prop_map(|inner| Value::Target(Box::new(inner))).boxed()),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_as_what_it_was(statement in statement()) {
        let text = quoted(&statement.to_string());
        prop_assert_eq!(parse(&text), Ok(statement), "{}", text);
    }

    #[test]
    fn nothing_that_is_sent_makes_it_panic(text in "[-=<>!;|(){}'^\\\\*., a-zA-Z0-9\"]{0,40}") {
        let _ = parse(&quoted(&text));
    }
}
