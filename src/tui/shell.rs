//! Command lines: how rfo was called, and words quoted so that a shell reads them as they are.

use std::ffi::OsString;
use std::ops::Range;
use std::os::unix::ffi::OsStrExt;

use super::model::Model;
use crate::clock::words::rfc3339;

/// How rfo was called: what of it changes what is concluded.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The sources, as they were named.
    pub sources: Vec<OsString>,
    /// Options without dashes and their values as they were written; lengths before now (`-3h`) as
    /// instants. Without the filter.
    pub options: Vec<(String, String)>,
    /// The filter that all is of.
    pub filter: Option<String>,
}

/// The command that shows the same review: its records, options and the two periods.
fn of_review(model: &Model) -> String {
    let invocation = &model.manners.invocation;
    let mut options = invocation.options.clone();
    if let Some((first, second)) = model.review.days() {
        let periods = format!("{},{}", first.typed(), second.typed());
        options.push(("compare".to_owned(), periods));
    }
    let of_review = Invocation {
        options,
        ..(**invocation).clone()
    };
    line(&of_review, Some("review"), None, None)
}

/// The command that shows the same: the sources, the options, the filter of the Logs screen on
/// top of that of the command line; with a selected range the report that attributes it.
pub fn command(model: &Model) -> String {
    if model.review.alone {
        return of_review(model);
    }
    let invocation = &model.manners.invocation;
    let range = match model.range {
        (Some(from_ns), Some(to_ns)) => Some(from_ns.min(to_ns)..from_ns.max(to_ns)),
        _ => None,
    };
    let typed = model.logs.sift.filter.as_ref();
    let typed = typed.map(|filter| filter.text.clone());
    let filter = match (invocation.filter.clone(), typed) {
        (Some(all), Some(lines)) if all != lines => Some(format!("({all}) and ({lines})")),
        (all, lines) => all.or(lines),
    };
    let command = range.as_ref().map(|_| "report");
    line(invocation, command, range, filter)
}

fn line(
    invocation: &Invocation,
    command: Option<&str>,
    range: Option<Range<i64>>,
    filter: Option<String>,
) -> String {
    let mut words = vec!["rfo".to_owned()];
    words.extend(command.map(str::to_owned));
    for (name, value) in &invocation.options {
        // One word with a sign between, since a value may begin with a dash.
        words.push(quoted(format!("--{name}={value}").as_bytes()));
    }
    if let Some(range) = range {
        let (from, to) = (rfc3339(range.start), rfc3339(range.end));
        words.push(format!("--select={from}..{to}"));
    }
    if let Some(filter) = filter {
        words.extend(["-w".to_owned(), quoted(filter.as_bytes())]);
    }
    let dashed = |source: &OsString| source.as_bytes().starts_with(b"-") && source != "-";
    if invocation.sources.iter().any(dashed) {
        words.push("--".to_owned());
    }
    let sources = invocation.sources.iter();
    words.extend(sources.map(|source| quoted(source.as_bytes())));
    words.join(" ")
}

/// A word as sh, bash and zsh read it. Control characters and bytes that are no UTF-8 are spelled out
/// (`$'\n'`, which bash, zsh and ksh know): what is printed is printable.
pub fn quoted(word: &[u8]) -> String {
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(byte);
    let text = std::str::from_utf8(word);
    match text {
        Ok(text) if !word.is_empty() && word.iter().all(is_plain) => text.to_owned(),
        Ok(text) if crate::text::printable(text) == text => {
            format!("'{}'", text.replace('\'', r"'\''"))
        }
        _ => {
            let spelled = word.iter().map(|byte| match byte {
                b'\'' | b'\\' => format!("\\{}", char::from(*byte)),
                b' '..=b'~' => char::from(*byte).to_string(),
                byte => format!("\\x{byte:02x}"),
            });
            format!("$'{}'", spelled.collect::<String>())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_a_shell_would_change_is_quoted() {
        assert_eq!(quoted(b"logs/app-1.log"), "logs/app-1.log");
        assert_eq!(quoted(b"*.log"), "'*.log'");
        assert_eq!(quoted(b"it's"), r"'it'\''s'");
        assert_eq!(quoted(b""), "''");
        assert_eq!(quoted(b"a\nb\xff'"), r"$'a\x0ab\xff\''");
    }

    #[test]
    fn a_range_asks_for_a_report_and_filters_are_joined() {
        let invocation = Invocation {
            sources: vec!["a b.log".into(), "-x.log".into()],
            options: vec![("tz".to_owned(), "-03:00".to_owned())],
            filter: None,
        };
        assert_eq!(
            line(&invocation, None, None, None),
            "rfo --tz=-03:00 -- 'a b.log' -x.log"
        );
        assert_eq!(
            line(
                &invocation,
                Some("report"),
                Some(0..60_000_000_000),
                Some("status>=500".to_owned())
            ),
            "rfo report --tz=-03:00 --select=1970-01-01T00:00:00Z..1970-01-01T00:01:00Z \
             -w 'status>=500' -- 'a b.log' -x.log"
        );
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_printable_and_one_word(word: Vec<u8>) {
            let quoted = quoted(&word);
            prop_assert_eq!(crate::text::printable(&quoted), quoted.clone());
            let bare = quoted.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_@%+=:,./-".contains(&byte));
            prop_assert!(bare || quoted.ends_with('\''));
        }
    }
}
