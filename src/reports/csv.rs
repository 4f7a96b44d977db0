//! One row per duration of each incident, for a spreadsheet.
//!
//! In: a `Snapshot`. Out: RFC 4180 with a header. What is not known is empty, never 0. A text that
//! a spreadsheet would take for a formula gets an apostrophe in front.

use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::rfc3339;
use crate::durations::Duration;
use crate::records::MilestoneKind;
use crate::reports::redact::Redactor;
use crate::text::printable;

/// The columns; new ones come at the end.
pub const COLUMNS: [&str; 17] = [
    "incident",
    "title",
    "state",
    "severity",
    "duration",
    "seconds",
    "lo_seconds",
    "hi_seconds",
    "status",
    "reason",
    "from",
    "from_at",
    "from_source",
    "to",
    "to_at",
    "to_source",
    "report",
];

/// The whole table.
pub fn csv(snapshot: &Snapshot, redactor: &mut Redactor) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for concluded in &snapshot.incidents {
        for (name, duration) in &concluded.measured.durations.0 {
            let cells = row(snapshot, concluded, name, duration);
            let cells = cells.map(|cell| match cell {
                Cell::Number(x) => x.map_or(String::new(), |x| x.to_string()),
                Cell::Text(text) => quoted(&redactor.text(&text)),
            });
            out.push_str(&cells.join(","));
            out.push_str("\r\n");
        }
    }
    out
}

enum Cell {
    Number(Option<f64>),
    Text(String),
}

fn row(snapshot: &Snapshot, concluded: &Concluded, name: &str, duration: &Duration) -> [Cell; 17] {
    let incident = &concluded.incident;
    let text = |text: &str| Cell::Text(text.to_owned());
    let number = |x: Option<f64>| Cell::Number(x.filter(|x| x.is_finite()).map(millis));
    let end = |kind: Option<MilestoneKind>| {
        let kind = kind?;
        concluded
            .measured
            .chosen
            .iter()
            .find(|choice| choice.kind == kind)
    };
    let name_of = |kind: Option<MilestoneKind>| kind.map_or("", MilestoneKind::name);
    let at = |kind| text(&end(kind).map_or(String::new(), |choice| rfc3339(choice.when.at_ns)));
    let source = |kind| text(end(kind).map_or("", |choice| choice.source.words()));
    [
        text(&incident.id),
        text(&incident.title),
        text(incident.state.word()),
        text(incident.severity.word()),
        text(name),
        number(duration.seconds),
        number(duration.lo),
        number(duration.hi),
        text(duration.status.name()),
        text(duration.reason.as_deref().unwrap_or_default()),
        text(name_of(duration.from)),
        at(duration.from),
        source(duration.from),
        text(name_of(duration.to)),
        at(duration.to),
        source(duration.to),
        text(&snapshot.title),
    ]
}

/// Milliseconds are all that any clock of a log can tell.
fn millis(x: f64) -> f64 {
    let x = (x * 1e3).round() / 1e3;
    if x == 0.0 { 0.0 } else { x }
}

/// A cell of text that stays text (OWASP, "CSV injection"), in quotes where it needs them.
fn quoted(text: &str) -> String {
    let text = printable(text);
    let is_formula = text
        .trim_start()
        .starts_with(['=', '+', '-', '@', '|', '%']);
    let text = if is_formula { format!("'{text}") } else { text };
    match text.contains([',', '"', ';', '\'']) || text.starts_with(' ') || text.ends_with(' ') {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reports::fixture;

    #[test]
    fn a_row_has_a_duration_with_its_clocks() {
        insta::assert_snapshot!("csv_outage", csv(&fixture::outage(), &mut Redactor::none()));
    }

    #[test]
    fn what_is_missing_is_empty_and_never_zero() {
        let table = csv(&fixture::posts_alone(), &mut Redactor::none());
        let missing: Vec<&str> = table
            .lines()
            .filter(|line| line.contains(",missing,"))
            .collect();
        assert!(!missing.is_empty());
        assert!(
            missing.iter().all(|line| line.contains(",,,,missing,")),
            "{missing:?}"
        );
    }

    #[test]
    fn a_text_never_becomes_a_formula() {
        assert_eq!(quoted("=1+1"), "\"'=1+1\"");
        assert_eq!(quoted(" @x"), "\"' @x\"");
        assert_eq!(quoted("-2"), "\"'-2\"");
        assert_eq!(quoted("a\tb\r\n=x"), "a b··=x");
        assert_eq!(quoted("say \"a, b\""), "\"say \"\"a, b\"\"\"");
        assert_eq!(quoted("plain 5 %"), "plain 5 %");
    }

    #[test]
    fn every_row_has_every_column() {
        let mut snapshot = fixture::live();
        snapshot.incidents[0].incident.title = "a, \"b\"".into();
        let table = csv(&snapshot, &mut Redactor::none());
        let commas = |line: &str| {
            let mut in_quotes = false;
            let mut is_comma = |c: char| {
                in_quotes ^= c == '"';
                c == ',' && !in_quotes
            };
            line.chars().filter(|c| is_comma(*c)).count()
        };
        let counts: Vec<usize> = table.lines().map(commas).collect();
        assert!(
            counts.len() > 20 && counts.iter().all(|n| *n == COLUMNS.len() - 1),
            "{counts:?}"
        );
    }
}
