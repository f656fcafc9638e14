//! The parser: recursive descent over characters, as the grammar has no tokens of its own (a blank counts in one place and
//! not in another). How deep it goes is bounded.

use tessera_directory::filter::Order;

use super::Fault;
use super::ast::{Phrase, Piece, Placed, Statement, Test, Value};

/// How deep groups, targets and negations may lie in each other. The vendor has no limit [D]; ours is for safety [R].
const MAX_DEPTH: usize = 50;
/// The longest query, in bytes. No URL that a host takes is as long.
const MAX_LENGTH: usize = 64 * 1024;

/// Reads a query with its quotes.
pub(super) fn parse(query: &str) -> Result<Statement, Fault> {
    let text = query.strip_prefix('"').ok_or(Fault::Invalid { expected: "a double quote", at: 0 })?;
    let end = query.chars().count();
    let text = text.strip_suffix('"').ok_or(Fault::Invalid { expected: "a double quote at the end", at: end })?;
    if text.len() > MAX_LENGTH {
        return Err(Fault::Invalid { expected: "a shorter query", at: end });
    }
    let mut parser = Parser { text: text.chars().collect(), at: 0, depth: 0 };
    parser.spaces();
    let statement = parser.statement()?;
    parser.spaces();
    match parser.peek() {
        None => Ok(statement),
        Some(_) => Err(parser.expected("the end of the query")),
    }
}

struct Parser {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    /// The next character, if the condition holds of it.
    fn take_if(&mut self, condition: impl FnOnce(char) -> bool) -> Option<char> {
        let next = self.peek().filter(|next| condition(*next))?;
        self.at += 1;
        Some(next)
    }

    /// Takes a text, if it comes next.
    fn take(&mut self, text: &str) -> bool {
        let comes = text.chars().enumerate().all(|(at, char)| self.text.get(self.at + at) == Some(&char));
        if comes {
            self.at += text.chars().count();
        }
        comes
    }

    fn spaces(&mut self) -> bool {
        let before = self.at;
        while self.take_if(|next| next == ' ').is_some() {}
        self.at > before
    }

    fn blank(&mut self) -> Result<(), Fault> {
        if self.spaces() { Ok(()) } else { Err(self.expected("a space")) }
    }

    fn expected(&self, expected: &'static str) -> Fault {
        Fault::Invalid { expected, at: self.at + 1 }
    }

    /// Reads what lies one level deeper.
    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MAX_DEPTH {
            return Err(self.expected("at most 50 levels"));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    /// Reads a list of what a separator stands between, spaces around it.
    fn separated<T>(
        &mut self,
        separator: &str,
        mut read: impl FnMut(&mut Self) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut list = vec![read(self)?];
        loop {
            let before = self.at;
            self.spaces();
            if !self.take(separator) {
                self.at = before;
                return Ok(list);
            }
            self.spaces();
            list.push(read(self)?);
        }
    }

    fn statement(&mut self) -> Result<Statement, Fault> {
        let list = self.separated("||", Self::conjunction)?;
        Ok(sole(list).unwrap_or_else(Statement::Any))
    }

    fn conjunction(&mut self) -> Result<Statement, Fault> {
        let list = self.separated(";", Self::unary)?;
        Ok(sole(list).unwrap_or_else(Statement::All))
    }

    fn unary(&mut self) -> Result<Statement, Fault> {
        if self.take("!") {
            self.spaces();
            let inner = self.deeper(Self::unary)?;
            return Ok(Statement::Not(Box::new(inner)));
        }
        if self.take("(") {
            self.spaces();
            let inner = self.deeper(Self::statement)?;
            self.spaces();
            return if self.take(")") { Ok(inner) } else { Err(self.expected("`)`")) };
        }
        self.phrase()
    }

    fn phrase(&mut self) -> Result<Statement, Fault> {
        let field_at = self.at + 1;
        let mut field = String::new();
        field.extend(self.take_if(|next| next.is_ascii_alphabetic()));
        if field.is_empty() {
            return Err(self.expected("a field, `!` or `(`"));
        }
        while let Some(next) = self.take_if(|next| next.is_ascii_alphanumeric() || next == '_') {
            field.push(next);
        }
        let test = self.test()?;
        Ok(Statement::Phrase(Phrase { field, field_at, test }))
    }

    fn test(&mut self) -> Result<Test, Fault> {
        const SIGNS: [(&str, Order); 5] = [
            ("<=", Order::LessOrEqual),
            (">=", Order::GreaterOrEqual),
            ("=", Order::Equal),
            ("<", Order::Less),
            (">", Order::Greater),
        ];
        const WORDS: [(&str, Order); 5] = [
            ("EQ", Order::Equal),
            ("LT", Order::Less),
            ("GT", Order::Greater),
            ("LE", Order::LessOrEqual),
            ("GE", Order::GreaterOrEqual),
        ];
        let is_apart = self.spaces();
        if let Some((_, order)) = SIGNS.into_iter().find(|(sign, _)| self.take(sign)) {
            self.spaces();
            return Ok(Test::Compare(order, self.value()?));
        }
        if is_apart {
            if let Some((_, order)) = WORDS.into_iter().find(|(word, _)| self.take(word)) {
                self.blank()?;
                return Ok(Test::Compare(order, self.value()?));
            }
            if self.take("IN") {
                self.blank()?;
                return Ok(Test::In(self.separated(",", Self::value)?));
            }
            if self.take("BTW") {
                self.blank()?;
                let low = self.scalar()?;
                self.spaces();
                if !self.take("...") {
                    return Err(self.expected("`...`"));
                }
                self.spaces();
                return Ok(Test::Between(low, self.scalar()?));
            }
        }
        Err(self.expected("an operator"))
    }

    fn value(&mut self) -> Result<Placed, Fault> {
        let at = self.at + 1;
        if !self.take("{") {
            return self.scalar();
        }
        let value = self.deeper(|parser| {
            parser.spaces();
            let before = parser.at;
            if parser.take("null") {
                parser.spaces();
                if parser.peek() == Some('}') {
                    return Ok(Value::NoTarget);
                }
                parser.at = before;
            }
            Ok(Value::Target(Box::new(parser.statement()?)))
        })?;
        self.spaces();
        if self.take("}") { Ok(Placed { value, at }) } else { Err(self.expected("`}`")) }
    }

    fn scalar(&mut self) -> Result<Placed, Fault> {
        let at = self.at + 1;
        let value = if self.take("true") {
            Value::Boolean(true)
        } else if self.take("false") {
            Value::Boolean(false)
        } else if self.take("null") {
            Value::Null
        } else if let Some(quote) = self.take_if(|next| matches!(next, '\'' | '^')) {
            Value::Text(self.text(quote)?)
        } else {
            Value::Integer(self.integer()?)
        };
        Ok(Placed { value, at })
    }

    fn text(&mut self, quote: char) -> Result<Vec<Piece>, Fault> {
        let mut pieces = Vec::new();
        loop {
            let next = self.take_if(|_| true).ok_or_else(|| self.expected("the end of a text"))?;
            pieces.push(match next {
                '\\' => Piece::Plain(self.take_if(|_| true).ok_or_else(|| self.expected("a character"))?),
                '*' => Piece::Star,
                next if next == quote => return Ok(pieces),
                next => Piece::Plain(next),
            });
        }
    }

    fn integer(&mut self) -> Result<String, Fault> {
        let mut integer = String::new();
        integer.extend(self.take_if(|next| next == '-'));
        let sign = integer.len();
        while let Some(next) = self.take_if(|next| next.is_ascii_digit()) {
            integer.push(next);
        }
        if integer.len() == sign { Err(self.expected("a value")) } else { Ok(integer) }
    }
}

/// The only one of a list, or the list.
fn sole(mut list: Vec<Statement>) -> Result<Statement, Vec<Statement>> {
    if list.len() == 1 { list.pop().ok_or(list) } else { Err(list) }
}
