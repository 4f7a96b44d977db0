//! Filters: which events are meant, as people write it.
//!
//! In: `status>=500 and path~^/api and latency>1s @14:02..14:10`. Out: a `Filter` that prints as
//! the same, and a `Matcher` that says of the rows of chunks which ones are meant, a column at a
//! time. An error names the place in the text and what is expected there. Reads no file: whoever
//! asks hands over the lines as they were written, where a filter needs them.

pub mod complete;
pub mod expression;
pub mod fields;
pub mod matcher;
pub mod nearest;
pub mod parse;
pub mod reference;
pub mod scan;
pub mod times;
pub mod value;

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

pub use complete::{Completion, completions};
pub use expression::Expression;
pub use fields::{FIELDS, Field, Kind, Named};
pub use matcher::{Facts, Lines, Matcher, NoLines, Tables};

/// What a user wrote, and what it means.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    /// As written, without blanks around it.
    pub text: String,
    /// Its meaning.
    pub expression: Expression,
}

impl Filter {
    /// Reads a filter.
    /// # Errors
    /// Where it is none, with the place and what would be right.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let expression = parse::expression(text)?;
        let text = text.trim().to_owned();
        Ok(Self { text, expression })
    }

    /// The same with lengths of time before the end (`@-30m..`) taken before this instant, ns UTC.
    pub fn anchored(mut self, end_ns: i64) -> Self {
        self.expression.anchor(end_ns);
        self
    }

    /// Whether it asks for the lines as they were written, which no column holds.
    pub fn reads_lines(&self) -> bool {
        self.expression.reads_lines()
    }
}

impl fmt::Display for Filter {
    /// The filter in its plainest form; read again it means the same.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.expression.fmt(f)
    }
}

/// Why a text is no filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The text.
    pub text: String,
    /// The place in it, bytes; empty at its end where something is missing.
    pub at: Range<usize>,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Error {
    /// What is wrong; the text; a caret under the place.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = |text: &str| crate::text::printable(text).width();
        let before = cells(&self.text[..self.at.start]);
        let carets = cells(&self.text[self.at.clone()]).max(1);
        let text = crate::text::printable(&self.text);
        let what = crate::text::printable(&self.what);
        write!(
            f,
            "{what}\n  {text}\n  {}{}",
            " ".repeat(before),
            "^".repeat(carets)
        )
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests;
