//! Writing a query, so that tests and fuzzing can show that what is written is read as what it was.

use std::fmt::{self, Display, Formatter, Write as _};

use tessera_directory::filter::Order;

use super::ast::{Phrase, Piece, Placed, Statement, Test, Value};

impl Display for Statement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(list) => list_of(f, list, "||"),
            Self::All(list) => list_of(f, list, ";"),
            Self::Not(inner) => match &**inner {
                Self::Any(_) | Self::All(_) => write!(f, "!({inner})"),
                Self::Not(_) | Self::Phrase(_) => write!(f, "!{inner}"),
            },
            Self::Phrase(phrase) => write!(f, "{phrase}"),
        }
    }
}

fn list_of(f: &mut Formatter<'_>, list: &[Statement], separator: &str) -> fmt::Result {
    for (at, statement) in list.iter().enumerate() {
        if at > 0 {
            f.write_str(separator)?;
        }
        match statement {
            Statement::Any(_) | Statement::All(_) => write!(f, "({statement})")?,
            Statement::Not(_) | Statement::Phrase(_) => write!(f, "{statement}")?,
        }
    }
    Ok(())
}

impl Display for Phrase {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.field)?;
        match &self.test {
            Test::Compare(order, value) => {
                let sign = match order {
                    Order::Equal => "=",
                    Order::Less => "<",
                    Order::LessOrEqual => "<=",
                    Order::Greater => ">",
                    Order::GreaterOrEqual => ">=",
                };
                write!(f, "{sign}{value}")
            }
            Test::In(values) => {
                f.write_str(" IN ")?;
                for (at, value) in values.iter().enumerate() {
                    write!(f, "{}{value}", if at > 0 { "," } else { "" })?;
                }
                Ok(())
            }
            Test::Between(low, high) => write!(f, " BTW {low}...{high}"),
        }
    }
}

impl Display for Placed {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            Value::Integer(integer) => f.write_str(integer),
            Value::Boolean(truth) => write!(f, "{truth}"),
            Value::Null => f.write_str("null"),
            Value::NoTarget => f.write_str("{null}"),
            Value::Target(statement) => write!(f, "{{{statement}}}"),
            Value::Text(pieces) => {
                f.write_char('\'')?;
                for piece in pieces {
                    match piece {
                        Piece::Star => f.write_char('*')?,
                        Piece::Plain(char) if matches!(char, '\'' | '\\' | '*') => write!(f, "\\{char}")?,
                        Piece::Plain(char) => f.write_char(*char)?,
                    }
                }
                f.write_char('\'')
            }
        }
    }
}
