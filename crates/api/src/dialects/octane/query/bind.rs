//! From what a query says to a condition on the fields of an entity, its types checked. References lead to rows that are
//! fixed, so that what is asked of a target becomes the ids of the targets that pass.

use tessera_directory::filter::{Filter, Order, Pattern, Test as FieldTest};

use super::Fault;
use super::ast::{Phrase, Piece, Placed, Statement, Test, Value};
use crate::dialects::octane::entity::{Entity, Kind};
use crate::dialects::octane::input;

/// A condition on an entity's fields by their names.
pub(in crate::dialects::octane) type Condition = Filter<&'static str>;

/// What references lead to.
pub(in crate::dialects::octane) trait Targets {
    /// The ids of the rows of which a condition holds.
    fn ids_that(&self, entity: Entity, condition: &Condition) -> Vec<i64>;
}

/// What a statement asks of an entity.
pub(super) fn bind(statement: &Statement, entity: Entity, targets: &dyn Targets) -> Result<Condition, Fault> {
    let all = |list: &[Statement]| list.iter().map(|one| bind(one, entity, targets)).collect::<Result<Vec<_>, _>>();
    Ok(match statement {
        Statement::Any(list) => Filter::Any(all(list)?),
        Statement::All(list) => Filter::All(all(list)?),
        Statement::Not(inner) => Filter::Not(Box::new(bind(inner, entity, targets)?)),
        Statement::Phrase(phrase) => self::phrase(phrase, entity, targets)?,
    })
}

fn phrase(phrase: &Phrase, entity: Entity, targets: &dyn Targets) -> Result<Condition, Fault> {
    let Some(field) = entity.field(&phrase.field) else {
        return Err(Fault::UnknownField { entity, field: phrase.field.clone(), at: phrase.field_at });
    };
    let is = |test| Filter::Is(field.name, test);
    Ok(match &phrase.test {
        Test::Compare(order, placed) => is(compare(field.kind, *order, placed, targets)?),
        Test::In(list) => {
            let tests = list.iter().map(|placed| match placed.value {
                Value::Null => Err(wrong("a value that is not null", placed)),
                _ => compare(field.kind, Order::Equal, placed, targets).map(is),
            });
            Filter::Any(tests.collect::<Result<_, _>>()?)
        }
        Test::Between(low, high) => {
            if !matches!(field.kind, Kind::Id | Kind::Number | Kind::Time) {
                return Err(wrong("a number or a time between two others", low));
            }
            let bound = |order, placed: &Placed| match placed.value {
                Value::Null => Err(wrong("a value that is not null", placed)),
                _ => compare(field.kind, order, placed, targets).map(is),
            };
            Filter::All(vec![bound(Order::GreaterOrEqual, low)?, bound(Order::LessOrEqual, high)?])
        }
    })
}

fn wrong(expected: &'static str, placed: &Placed) -> Fault {
    Fault::Invalid { expected, at: placed.at }
}

fn compare(kind: Kind, order: Order, placed: &Placed, targets: &dyn Targets) -> Result<FieldTest, Fault> {
    let is_equality = order == Order::Equal;
    if placed.value == Value::Null {
        return if is_equality { Ok(FieldTest::Null) } else { Err(wrong("a value that is not null", placed)) };
    }
    match kind {
        Kind::Id | Kind::Number => {
            let number = number(&placed.value).ok_or_else(|| wrong("an integer", placed))?;
            Ok(FieldTest::Number(order, number))
        }
        Kind::Boolean if is_equality => {
            let truth = truth(&placed.value).ok_or_else(|| wrong("`true` or `false`", placed))?;
            Ok(FieldTest::Boolean(truth))
        }
        Kind::Time => {
            let time = plain(&placed.value).and_then(|text| input::time(&text));
            let time = time.ok_or_else(|| wrong("a time as RFC 3339 has it", placed))?;
            Ok(FieldTest::Number(order, time.timestamp_millis()))
        }
        Kind::Text => match &placed.value {
            Value::Text(pieces) if is_equality => Ok(like(pieces)),
            Value::Text(pieces) => Ok(FieldTest::Text(order, written(pieces))),
            _ => Err(wrong("a text", placed)),
        },
        Kind::Reference(target) | Kind::References(target) if is_equality => match &placed.value {
            Value::NoTarget => Ok(FieldTest::Null),
            Value::Target(statement) => {
                let condition = bind(statement, target, targets)?;
                Ok(FieldTest::Among(targets.ids_that(target, &condition)))
            }
            _ => Err(wrong("`{`", placed)),
        },
        Kind::Boolean | Kind::Reference(_) | Kind::References(_) => Err(wrong("`=`, `EQ` or `IN` before it", placed)),
    }
}

/// A number, or a text that is one. What is too great to be one is as great as can be: no row has that.
fn number(value: &Value) -> Option<i64> {
    let text = match value {
        Value::Integer(text) => text.clone(),
        other => plain(other)?,
    };
    let digits = text.strip_prefix('-').unwrap_or(&text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if digits.len() < text.len() { i64::MIN } else { i64::MAX }))
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Boolean(truth) => Some(*truth),
        other => {
            let text = plain(other)?;
            let is = |word: &str| text.eq_ignore_ascii_case(word);
            if is("true") { Some(true) } else { is("false").then_some(false) }
        }
    }
}

/// A text with nothing in it that stands for anything else.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Text(pieces) if !pieces.contains(&Piece::Star) => Some(written(pieces)),
        _ => None,
    }
}

fn written(pieces: &[Piece]) -> String {
    pieces.iter().map(|piece| if let Piece::Plain(char) = piece { *char } else { '*' }).collect()
}

fn like(pieces: &[Piece]) -> FieldTest {
    let parts: Vec<String> = pieces.split(|piece| *piece == Piece::Star).map(written).collect();
    match parts.as_slice() {
        [first, middle @ .., last] => FieldTest::Like(Pattern::new(first, middle, last)),
        whole => FieldTest::Text(Order::Equal, whole.concat()),
    }
}
