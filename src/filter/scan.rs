//! The pieces of a filter's text: names, operators, values in quotes or without, and where each
//! one stands.
//!
//! In: the text. Out: pieces with their ranges of bytes, as the parser asks for them: what a
//! piece may be depends on what came before.

use std::ops::Range;

use super::Error;

/// What stands between a field and its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`, also `==`.
    Is,
    /// `!=`.
    IsNot,
    /// `<`.
    Below,
    /// `<=`.
    AtMost,
    /// `>`.
    Above,
    /// `>=`.
    AtLeast,
    /// `:`.
    Contains,
    /// `~`, also `=~`.
    Matches,
    /// `!~`.
    MatchesNot,
}

/// As they are written, the longest first; the first of an operator is the one that is printed.
pub const OPERATORS: [(&str, Operator); 11] = [
    ("<=", Operator::AtMost),
    (">=", Operator::AtLeast),
    ("!=", Operator::IsNot),
    ("!~", Operator::MatchesNot),
    ("=", Operator::Is),
    ("==", Operator::Is),
    ("~", Operator::Matches),
    ("=~", Operator::Matches),
    ("<", Operator::Below),
    (">", Operator::Above),
    (":", Operator::Contains),
];

impl Operator {
    /// As it is printed.
    pub fn sign(self) -> &'static str {
        let found = OPERATORS.iter().find(|(_, operator)| *operator == self);
        found.map_or("", |(sign, _)| sign)
    }
}

/// A text and how far it was read.
#[derive(Debug, Clone, Copy)]
pub struct Scanner<'a> {
    /// All of it.
    pub text: &'a str,
    /// Bytes read.
    pub at: usize,
}

impl<'a> Scanner<'a> {
    /// What was not read yet.
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Passes over blanks.
    pub fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    /// An error at a place.
    pub fn error(&self, at: Range<usize>, what: impl Into<String>) -> Error {
        Error {
            text: self.text.to_owned(),
            at,
            what: what.into(),
        }
    }

    /// Takes one of these characters.
    pub fn take(&mut self, wanted: char) -> bool {
        let found = self.rest().starts_with(wanted);
        self.at += if found { wanted.len_utf8() } else { 0 };
        found
    }

    /// Takes a joining word or its sign: `and` or `&&`. A word counts only by itself.
    pub fn take_word(&mut self, word: &str, sign: &str) -> bool {
        let length = self.word_length(word, sign);
        self.at += length.unwrap_or(0);
        length.is_some()
    }

    /// Takes a `!` before a comparison or a bracket; before anything else it belongs to a word.
    pub fn take_not(&mut self) -> bool {
        let Some(rest) = self.rest().strip_prefix('!') else {
            return false;
        };
        let mut behind = Scanner { text: rest, at: 0 };
        let turns = rest.starts_with('(') || behind.named().is_some();
        self.at += usize::from(turns);
        turns
    }

    /// Whether such a word comes next.
    pub fn word_length(&self, word: &str, sign: &str) -> Option<usize> {
        let rest = self.rest();
        if !sign.is_empty() && rest.starts_with(sign) {
            return Some(sign.len());
        }
        let head = rest.get(..word.len())?;
        let ends = |c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | '\'' | '@');
        let behind = rest[word.len()..].chars().next();
        (head.eq_ignore_ascii_case(word) && behind.is_none_or(ends)).then_some(word.len())
    }

    /// A name and the operator behind it, if that is what comes next; `:` must touch the name.
    pub fn named(&mut self) -> Option<(Range<usize>, Operator, Range<usize>)> {
        let rest = self.rest();
        let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
        let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
        if !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let behind = &rest[length..];
        let blanks = behind.len() - behind.trim_start().len();
        let (sign, operator) = operator(&behind[blanks..])?;
        if operator == Operator::Contains && blanks > 0 {
            return None;
        }
        let name = self.at..self.at + length;
        let start = name.end + blanks;
        self.at = start + sign.len();
        Some((name, operator, start..self.at))
    }

    /// A value: in quotes, or up to a blank or a `)` that closes nothing in it.
    /// # Errors
    /// If there is none, or a quote is not closed.
    pub fn value(&mut self, expected: &str) -> Result<(String, Range<usize>), Error> {
        let start = self.at;
        if self.rest().starts_with(['"', '\'']) {
            return self.quoted();
        }
        let mut open = 0usize;
        let end = self.rest().find(|c: char| {
            match c {
                '(' => open += 1,
                ')' if open == 0 => return true,
                ')' => open -= 1,
                _ => {}
            }
            c.is_whitespace()
        });
        self.at = end.map_or(self.text.len(), |length| start + length);
        if self.at == start {
            let next = self.rest().chars().next().map_or(0, char::len_utf8);
            return Err(self.error(start..start + next, format!("expected {expected}")));
        }
        Ok((self.text[start..self.at].to_owned(), start..self.at))
    }

    /// A text in quotes. `\"` (or `\'`) and `\\` stand for what is escaped; any other `\` for
    /// itself, so that expressions can be written as they are.
    fn quoted(&mut self) -> Result<(String, Range<usize>), Error> {
        let start = self.at;
        let quote = if self.take('"') { '"' } else { '\'' };
        self.at = start + 1;
        let mut value = String::new();
        let mut characters = self.rest().char_indices().peekable();
        while let Some((at, c)) = characters.next() {
            match c {
                '\\' => match characters.next_if(|(_, next)| *next == quote || *next == '\\') {
                    Some((_, escaped)) => value.push(escaped),
                    None => value.push('\\'),
                },
                c if c == quote => {
                    self.at += at + 1;
                    return Ok((value, start..self.at));
                }
                c => value.push(c),
            }
        }
        Err(self.error(start..start + 1, "this quote is not closed"))
    }
}

/// The operator at the front of a text, and its sign.
fn operator(text: &str) -> Option<(&'static str, Operator)> {
    let fitting = OPERATORS.iter().filter(|(sign, _)| text.starts_with(sign));
    fitting.max_by_key(|(sign, _)| sign.len()).copied()
}

/// A text as `Scanner::value` reads it: in quotes where it must be.
pub fn quote(text: &str) -> String {
    let first = |c: char| c.is_alphanumeric() || matches!(c, '/' | '^' | '.' | '-' | '_' | '*');
    let inner = |c: char| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '\'');
    if text.starts_with(first) && text.chars().all(inner) {
        return text.to_owned();
    }
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value(text: &str) -> Result<(String, usize), Error> {
        let mut scanner = Scanner { text, at: 0 };
        scanner.value("text").map(|(value, at)| (value, at.end))
    }

    #[test]
    fn a_value_ends_at_a_blank_or_a_bracket_that_is_not_its_own() {
        let check = |text, expected: &str, end| {
            assert_eq!(value(text), Ok((expected.to_owned(), end)), "{text}");
        };
        check("^/api/(a|b)) x", "^/api/(a|b)", 11);
        check("\"a \\\"b\\\" \\d\" x", "a \"b\" \\d", 12);
        check("'it\\'s' x", "it's", 7);
        check("a\\b", "a\\b", 3);
    }

    #[test]
    fn an_open_quote_and_nothing_at_all_are_errors_at_their_place() {
        assert_eq!(value("\"abc").map_err(|error| error.at), Err(0..1));
        assert_eq!(value("").map_err(|error| error.at), Err(0..0));
        assert_eq!(value(")").map_err(|error| error.at), Err(0..1));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(text: String) {
            let quoted = quote(&text);
            prop_assert_eq!(value(&quoted), Ok((text, quoted.len())));
        }
    }
}
