//! Formats as servers are told them: the strings of their configuration, compiled.
//!
//! In: nginx's `log_format`, Apache's `LogFormat` or PostgreSQL's `log_line_prefix`, with or
//! without the directive around it. Out: a format, or where the string cannot be read and why.

pub mod apache;
pub mod assemble;
pub mod nginx;
pub mod postgres;

use super::Format;

/// Longest string taken, in bytes.
const LENGTH_MAX: usize = 8000;

/// The format of a string of a server's configuration: `$` is nginx', `%` with something of a
/// request Apache's, any other `%` PostgreSQL's.
pub fn compile(text: &str) -> Result<Format, String> {
    let text = text.trim();
    if text.len() > LENGTH_MAX {
        return Err(format!("it is longer than {LENGTH_MAX} bytes"));
    }
    if text.contains('$') {
        return nginx::compile(text);
    }
    if apache::is_one(text) {
        return apache::compile(text);
    }
    if text.contains('%') {
        return postgres::compile(&unquoted(text, "log_line_prefix")?);
    }
    Err(
        "it holds no $variable of nginx' log_format and no %directive of Apache's LogFormat or \
         PostgreSQL's log_line_prefix"
            .to_owned(),
    )
}

/// The text of a directive without its name and quotes: strings in quotes are put together, a
/// backslash keeps the quote behind it from ending one; `\t` is a tab. Words in front of the first quote and
/// behind the last are left out; a text without quotes around it is taken as it is.
fn unquoted(text: &str, directive: &str) -> Result<String, String> {
    let is_directive = text.starts_with(directive);
    let is_quoted =
        |quote: char| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote);
    if !is_directive && !is_quoted('\'') && !is_quoted('"') {
        return Ok(text.to_owned());
    }
    let (mut out, mut open) = (String::new(), None);
    let mut characters = text.char_indices().peekable();
    while let Some((_, c)) = characters.next() {
        match (open, c) {
            (None, '\'' | '"') => open = Some(c),
            (Some(quote), c) if c == quote => open = None,
            (Some(quote), '\\') if characters.peek().is_some_and(|next| next.1 == quote) => {
                characters.next();
                out.push(quote);
            }
            (Some(_), '\\') if characters.peek().is_some_and(|next| next.1 == 't') => {
                characters.next();
                out.push('\t');
            }
            (Some(_), c) => out.push(c),
            (None, _) => {}
        }
    }
    match (open, out.is_empty()) {
        (Some(quote), _) => Err(format!("the last {quote} is not closed")),
        (None, true) => Err(format!("{directive} has no string in quotes")),
        (None, false) => Ok(out),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::clock::{Zone, words::rfc3339};
    use crate::events::{Number, Text};
    use crate::formats::parse::parse_text;
    use proptest::prelude::*;

    /// Reads a line with a string's format: its time, then `column=value` for what it has.
    pub(crate) fn check(string: &str, line: &str, expected: &str) {
        let format = compile(string).unwrap_or_else(|why| panic!("{string}: {why}"));
        let parsed = parse_text(&format, Zone::UTC, line.as_bytes());
        assert_eq!(parsed.chunk.len(), 1, "{string}: {line}");
        let mut said = vec![rfc3339(parsed.chunk.time_ns[0])];
        for field in Number::ALL {
            let number = parsed.chunk.number_at(field, 0);
            said.extend(number.map(|n| format!("{}={n}", field.name())));
        }
        for field in Text::ALL {
            let text = parsed.chunk.text_at(field, 0);
            let text = text.map(|symbol| parsed.names[field as usize].text(symbol));
            said.extend(text.map(|text| format!("{}={text}", field.name())));
        }
        let expected = in_order(expected);
        assert_eq!(in_order(&said.join(" ")), expected, "{string}");
    }

    /// Columns by their names, whatever their order.
    fn in_order(said: &str) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for word in said.split(' ') {
            match columns.last_mut() {
                Some(last) if !word.contains('=') => *last = format!("{last} {word}"),
                _ => columns.push(word.to_owned()),
            }
        }
        columns.sort();
        columns
    }

    pub(crate) fn refused(string: &str, why: &str) {
        let error = compile(string).expect_err("refused");
        assert!(error.contains(why), "{string}: {error}");
    }

    #[test]
    fn a_string_is_of_the_server_whose_signs_it_holds() {
        assert_eq!(
            compile("%m [%p] %q%u@%d ").expect("a prefix").name,
            "postgresql"
        );
        assert_eq!(compile("%t %>s").expect("Apache").name, "log-format");
        refused("time status", "no $variable");
    }

    proptest! {
        #[test]
        fn any_string_is_safe(string in "([$%]?[a-z_{}>\"\\\\' ,\\[\\]:@]{0,12}|\\$time_local|%t|\\$status|%>s){0,12}") {
            if let Ok(format) = compile(&string) {
                let _ = parse_text(&format, Zone::UTC, string.as_bytes());
            }
        }
    }
}
