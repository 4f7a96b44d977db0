//! Text to expression, by recursive descent; every error has its place.
//!
//! `or` binds least, then `and` (also by standing side by side), then `not`, which `!` in front of
//! a comparison or a bracket means as well.

use std::ops::Range;

use super::Error;
use super::expression::Expression;
use super::fields::{FIELDS, Field, Kind, Named, named};
use super::matcher::Pattern;
use super::nearest;
use super::scan::{Operator, Scanner};
use super::times;
use super::value;

/// Longest text, bytes.
const TEXT_BYTES_MAX: usize = 4096;
/// Deepest nesting of brackets and `not`.
const DEPTH_MAX: usize = 64;
/// Most conditions.
const CONDITIONS_MAX: usize = 256;
/// What can stand where a condition is missing.
const CONDITION: &str = "a condition like status>=500, path~^/api, timeout or @14:02..14:10";

struct Parser<'a> {
    scanner: Scanner<'a>,
    depth: usize,
    conditions: usize,
}

/// Reads an expression.
/// # Errors
/// Where it is none.
pub fn expression(text: &str) -> Result<Expression, Error> {
    let mut parser = Parser {
        scanner: Scanner { text, at: 0 },
        depth: 0,
        conditions: 0,
    };
    if text.len() > TEXT_BYTES_MAX {
        let what = format!("a filter is at most {TEXT_BYTES_MAX} bytes long");
        return Err(parser.scanner.error(text.len()..text.len(), what));
    }
    let found = parser.any()?;
    match parser.scanner.rest() {
        "" => Ok(found),
        _ => {
            let at = parser.scanner.at;
            Err(parser
                .scanner
                .error(at..at + 1, "this bracket closes nothing"))
        }
    }
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Expression, Error> {
        let mut parts = vec![self.all()?];
        while self.scanner.take_word("or", "||") {
            parts.push(self.all()?);
        }
        Ok(Expression::any(parts))
    }

    fn all(&mut self) -> Result<Expression, Error> {
        let mut parts = vec![self.one()?];
        loop {
            self.scanner.skip_blanks();
            let rest = self.scanner.rest();
            let is_or = self.scanner.word_length("or", "||").is_some();
            if rest.is_empty() || rest.starts_with(')') || is_or {
                return Ok(Expression::all(parts));
            }
            self.scanner.take_word("and", "&&");
            parts.push(self.one()?);
        }
    }

    fn one(&mut self) -> Result<Expression, Error> {
        self.scanner.skip_blanks();
        let at = self.scanner.at;
        self.conditions += 1;
        if self.depth >= DEPTH_MAX || self.conditions > CONDITIONS_MAX {
            return Err(self
                .scanner
                .error(at..at, "this is too long or nested too deeply"));
        }
        if self.scanner.take_word("not", "") || self.scanner.take_not() {
            self.depth += 1;
            let inner = self.one()?;
            self.depth -= 1;
            return Ok(Expression::Not(Box::new(inner)));
        }
        for (word, sign) in [("and", "&&"), ("or", "||")] {
            if let Some(length) = self.scanner.word_length(word, sign) {
                let what = format!("expected {CONDITION} before this; in quotes it is a word");
                return Err(self.scanner.error(at..at + length, what));
            }
        }
        if self.scanner.take('(') {
            return self.bracket(at);
        }
        if self.scanner.take('@') {
            return self.during();
        }
        match self.scanner.named() {
            Some((name, operator, sign)) => self.comparison(name, operator, sign),
            None => self
                .scanner
                .value(CONDITION)
                .and_then(|(word, at)| self.word(word, at)),
        }
    }

    fn word(&self, word: String, at: Range<usize>) -> Result<Expression, Error> {
        match word.is_empty() {
            true => Err(self
                .scanner
                .error(at, "every line contains nothing: expected a word")),
            false => Ok(Expression::Word(word)),
        }
    }

    fn bracket(&mut self, opened: usize) -> Result<Expression, Error> {
        self.depth += 1;
        let inner = self.any()?;
        self.depth -= 1;
        self.scanner.skip_blanks();
        match self.scanner.take(')') {
            true => Ok(inner),
            false => Err(self
                .scanner
                .error(opened..opened + 1, "this bracket is not closed")),
        }
    }

    fn during(&mut self) -> Result<Expression, Error> {
        let (text, at) = self
            .scanner
            .value("FROM..TO, like @14:02..14:10 or @-30m..")?;
        // Without quotes places in the value are places in the text.
        let is_quoted = at.len() != text.len();
        times::read(&text)
            .map(Expression::During)
            .map_err(|(place, what)| {
                let place = match is_quoted {
                    true => at.clone(),
                    false => at.start + place.start..at.start + place.end,
                };
                self.scanner.error(place, what)
            })
    }

    fn comparison(
        &mut self,
        name: Range<usize>,
        operator: Operator,
        sign: Range<usize>,
    ) -> Result<Expression, Error> {
        let word = &self.scanner.text[name.clone()];
        if word.eq_ignore_ascii_case("has") && operator == Operator::Contains {
            let (field, at) = self.scanner.value("the name of a field")?;
            return Ok(Expression::Has(self.field(&field, at)?.field));
        }
        let row = self.field(word, name)?;
        self.scanner.skip_blanks();
        let (text, at) = self.scanner.value(row.kind.words())?;
        match row.field {
            Field::Number(_) => self.number(row, operator, sign, (text, at)),
            field => self.text(field, operator, sign, (text, at)),
        }
    }

    fn field(&self, name: &str, at: Range<usize>) -> Result<&'static Named, Error> {
        named(name).ok_or_else(|| {
            let names: Vec<&str> = FIELDS.iter().map(|one| one.name).collect();
            let near = match nearest::field(name) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {};", names.join(", ")),
            };
            let what =
                format!("there is no field {name:?}: {near} in quotes it is looked for as text");
            self.scanner.error(at, what)
        })
    }

    fn number(
        &self,
        row: &Named,
        operator: Operator,
        sign: Range<usize>,
        (text, at): (String, Range<usize>),
    ) -> Result<Expression, Error> {
        let Field::Number(field) = row.field else {
            unreachable!("only numbers are compared as numbers");
        };
        if matches!(operator, Operator::Matches | Operator::MatchesNot) {
            let what = format!("{} is a number: expected = != < <= > or >=", row.name);
            return Err(self.scanner.error(sign, what));
        }
        let Some((low, high)) = value::read(row.kind, &text) else {
            let unit = match row.kind == Kind::Duration
                && text.bytes().all(|byte| byte.is_ascii_digit())
            {
                true => format!(" ({text}ms or {text}s?)"),
                false => String::new(),
            };
            let what = format!("expected {}; or LEAST..GREATEST{unit}", row.kind.words());
            return Err(self.scanner.error(at, what));
        };
        // Above 5xx is above 599, from 5xx on is from 500 on.
        let (operator, low, high) = match operator {
            Operator::Below | Operator::AtLeast => (operator, low, low),
            Operator::Above | Operator::AtMost => (operator, high, high),
            Operator::IsNot => (operator, low, high),
            _ => (Operator::Is, low, high),
        };
        Ok(Expression::Number {
            field,
            operator,
            low,
            high,
        })
    }

    fn text(
        &self,
        field: Field,
        operator: Operator,
        sign: Range<usize>,
        (pattern, at): (String, Range<usize>),
    ) -> Result<Expression, Error> {
        let ordered = [
            Operator::Below,
            Operator::AtMost,
            Operator::Above,
            Operator::AtLeast,
        ];
        if ordered.contains(&operator) {
            let what = format!("{} is text: expected = != : ~ or !~", field.row().name);
            return Err(self.scanner.error(sign, what));
        }
        match Pattern::new(operator, &pattern) {
            Ok(_) => Ok(Expression::Text {
                field,
                operator,
                pattern,
            }),
            Err(why) => Err(self.scanner.error(at, why)),
        }
    }
}
