//! What may be typed next: names of fields, and values of the data.

use std::ops::Range;

use super::fields::{FIELDS, Field, Kind, Named, named};
use super::scan::{Scanner, quote};
use super::value::{LEVELS, STEPS};

/// Most that are offered.
const OFFERED_MAX: usize = 50;

/// One way to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What it replaces, bytes of the text; up to its end.
    pub replaces: Range<usize>,
    /// With what.
    pub with: String,
    /// What it is, in a few words; empty for values.
    pub help: &'static str,
}

/// Ways to go on at the end of a text: fields whose name or alias begins as the last word does, or
/// values of the field before it. `values` gives values of a text field that begin so, the
/// best first.
pub fn completions(text: &str, values: &dyn Fn(Field, &str) -> Vec<String>) -> Vec<Completion> {
    let start = last_word(text);
    let mut scanner = Scanner { text, at: start };
    let mut offered = match scanner.named() {
        Some((name, _, sign)) => {
            let field = &text[name];
            let typed = &text[sign.end..];
            of_value(field, typed, sign.end..text.len(), values)
        }
        None => of_field(&text[start..], start..text.len()),
    };
    offered.truncate(OFFERED_MAX);
    offered
}

/// Where the last word begins: behind a blank or a bracket that is not within quotes.
fn last_word(text: &str) -> usize {
    let (mut start, mut quote) = (0, None);
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_whitespace() || c == '(' => start = at + c.len_utf8(),
            None => {}
        }
    }
    start
}

fn of_field(typed: &str, replaces: Range<usize>) -> Vec<Completion> {
    let typed = typed.to_ascii_lowercase();
    let begins = |one: &&Named| {
        let names = std::iter::once(&one.name).chain(one.aliases);
        names.into_iter().any(|name| name.starts_with(&typed))
    };
    let fields = FIELDS.iter().filter(begins).map(|one| (one.name, one.help));
    let words = [
        ("and", "both"),
        ("or", "either"),
        ("not", "the opposite of what follows"),
        ("has:", "events that have a field"),
    ];
    let words = words
        .into_iter()
        .filter(|(word, _)| !typed.is_empty() && word.starts_with(&typed));
    let all = fields.chain(words);
    all.map(|(with, help)| Completion {
        replaces: replaces.clone(),
        with: with.to_owned(),
        help,
    })
    .collect()
}

fn of_value(
    field: &str,
    typed: &str,
    replaces: Range<usize>,
    values: &dyn Fn(Field, &str) -> Vec<String>,
) -> Vec<Completion> {
    let offered = |words: Vec<String>| {
        let one = |word: String| Completion {
            replaces: replaces.clone(),
            with: word,
            help: "",
        };
        words.into_iter().map(one).collect()
    };
    let known = |words: &[&str]| {
        let begins = |word: &&&str| word.starts_with(&typed.to_ascii_lowercase());
        offered(
            words
                .iter()
                .filter(begins)
                .map(|word| (*word).to_owned())
                .collect(),
        )
    };
    if field.eq_ignore_ascii_case("has") {
        let fields: Vec<&str> = FIELDS.iter().map(|one| one.name).collect();
        return known(&fields);
    }
    match named(field) {
        Some(row) if row.kind == Kind::Level => known(&LEVELS),
        Some(row) if row.kind == Kind::Step => known(&STEPS),
        Some(row) if row.kind == Kind::Status => known(&["2xx", "3xx", "4xx", "5xx"]),
        Some(row) if row.kind == Kind::Text && row.field != Field::Message => {
            let found = values(row.field, typed.trim_start_matches(['"', '\'']));
            offered(found.iter().map(|value| quote(value)).collect())
        }
        _ => Vec::new(),
    }
}

/// The longest beginning that all of them share, if it says more than what was typed.
pub fn shared(completions: &[Completion], typed: &str) -> Option<String> {
    let mut all = completions.iter().map(|one| one.with.as_str());
    let first = all.next()?;
    let shared = all.fold(first, |shared, other| {
        let same = shared
            .chars()
            .zip(other.chars())
            .take_while(|(a, b)| a == b);
        &shared[..same.map(|(c, _)| c.len_utf8()).sum()]
    });
    (shared.len() > typed.len()).then(|| shared.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let values = |field: Field, typed: &str| {
            let all = match field.row().name {
                "client" => vec!["10.0.0.1", "10.0.0.2", "shop 7"],
                _ => vec!["/api/token"],
            };
            let begins = all.into_iter().filter(|value| value.starts_with(typed));
            begins.map(str::to_owned).collect()
        };
        let offered = completions(text, &values);
        let texts: Vec<String> = offered
            .iter()
            .map(|one| format!("{}{}", &text[..one.replaces.start], one.with))
            .collect();
        assert_eq!(texts, expected, "{text:?}");
    }

    #[test]
    fn names_of_fields_and_aliases_are_offered() {
        check("status>=500 and la", &["status>=500 and latency"]);
        check("(me", &["(method", "(message", "(metric"]);
        check("pat", &["endpoint"]);
        check("an", &["and"]);
        check("has:sta", &["has:status"]);
        check("zebra", &[]);
    }

    #[test]
    fn values_are_those_of_the_data_in_quotes_where_they_must_be() {
        check("client=10", &["client=10.0.0.1", "client=10.0.0.2"]);
        check("client=\"sh", &["client=\"shop 7\""]);
        check("not path~/api", &["not path~/api/token"]);
        check("level>=w", &["level>=warning"]);
        check("latency>1", &[]);
        check("message:x", &[]);
    }

    #[test]
    fn what_all_offers_share_can_be_typed_at_once() {
        let one = |with: &str| Completion {
            replaces: 0..0,
            with: with.to_owned(),
            help: "",
        };
        let offers = [one("10.0.0.1"), one("10.0.0.2")];
        assert_eq!(shared(&offers, "1"), Some("10.0.0.".to_owned()));
        assert_eq!(shared(&offers, "10.0.0."), None);
        assert_eq!(shared(&[], ""), None);
    }
}
