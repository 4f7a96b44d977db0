//! The tables of the manual, made from what the code reads.

use super::fields::FIELDS;

/// The fields as a Markdown table.
pub fn fields() -> String {
    let mut table = "| field | also | values | what |\n|---|---|---|---|\n".to_owned();
    for one in FIELDS {
        let aliases: Vec<String> = one.aliases.iter().map(|name| format!("`{name}`")).collect();
        let values = one.kind.words();
        let row = format!(
            "| `{}` | {} | {values} | {} |\n",
            one.name,
            aliases.join(" "),
            one.help
        );
        table.push_str(&row);
    }
    table
}

/// The operators as a Markdown table; each example is a filter.
pub fn operators() -> String {
    let mut table = "| operator | of | means | example |\n|---|---|---|---|\n".to_owned();
    for (sign, of, means, example) in OPERATORS {
        table.push_str(&format!("| `{sign}` | {of} | {means} | `{example}` |\n"));
    }
    table
}

/// Sign, what it compares, what it means, an example.
pub const OPERATORS: [(&str, &str, &str, &str); 14] = [
    (
        "=",
        "numbers, text",
        "equal, letters of the same case; of numbers also a class or range",
        "status=5xx",
    ),
    ("!=", "numbers, text", "has another value", "method!=GET"),
    (
        "< <= > >=",
        "numbers",
        "compares; levels are ordered",
        "level>=warn",
    ),
    (
        "A..B",
        "numbers",
        "a range, both ends in it",
        "latency=250ms..2s",
    ),
    (
        ":",
        "text",
        "contains, letters of either case; of numbers equal",
        "agent:curl",
    ),
    (
        "~",
        "text",
        "matches a regular expression anywhere",
        "path~^/api/v[12]/",
    ),
    (
        "!~",
        "text",
        "has a value that does not match",
        "client!~^10\\.",
    ),
    (
        "word",
        "lines",
        "the lines as they were written contain it, letters of either case",
        "timeout",
    ),
    (
        "\"...\"",
        "lines, values",
        "the same with blanks; \\\" and \\\\ stand for \" and \\",
        "\"connection refused\"",
    ),
    ("has:", "fields", "has the field at all", "has:latency"),
    (
        "@FROM..TO",
        "time",
        "began from FROM on and before TO",
        "@14:02..14:10",
    ),
    (
        "not",
        "conditions",
        "the opposite, also of what an event does not have",
        "not status<500",
    ),
    (
        "and, side by side",
        "conditions",
        "both; binds more than or",
        "status>=500 method=POST",
    ),
    (
        "or ( )",
        "conditions",
        "either; brackets as ever",
        "(status=5xx or level>=error) and host=app-4",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Filter;

    #[test]
    fn every_example_is_a_filter() {
        for (_, _, _, example) in OPERATORS {
            assert!(Filter::parse(example).is_ok(), "{example}");
        }
    }
}
