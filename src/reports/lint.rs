//! What `rfo lint` prints: text for a reader, `rfo.lint/1` for a program.
//!
//! In: records with what was found in them. Out: lines of at most the width asked for, each
//! finding with its file and line, the literal, what follows from the timeline and the reading
//! that would make it right; or one JSON object. Judges nothing.

use serde_json::{Value, json};

use super::Look;
use super::layout::{Page, Paint};
use super::words::{plural, zone_words};
use crate::analysis::lint::{
    Checked as Length, Clock, Event, Finding, Linted, Verdict, Way, clock_words, way_words,
};
use crate::clock::words::rfc3339;
use crate::clock::{NS_PER_S, Zone};
use crate::records::Record;
use crate::records::stated::Meaning;
use crate::text::printable;

/// The name and version of the JSON shape; a rename or removal makes a new one.
pub const SCHEMA: &str = "rfo.lint/1";
/// Lengths without events that are named; the rest is counted.
const UNNAMED_MAX: usize = 8;

/// One record with what was found in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Checked {
    /// The record.
    pub record: Record,
    /// What was found.
    pub linted: Linted,
}

/// For a reader: record by record, then the counts.
pub fn text(checked: &[Checked], look: Look) -> String {
    let mut page = Page::new(look.width, look.colour);
    for one in checked {
        of_record(&mut page, one);
    }
    for line in totals(checked) {
        page.flow(Paint::Bold, "", 0, &line);
    }
    page.finish()
}

fn of_record(page: &mut Page, one: &Checked) {
    let Checked { record, linted } = one;
    let zone = record.zone.unwrap_or(Zone::UTC);
    page.flow(Paint::Bold, "", 2, &record.path);
    let named = record.zone.map_or_else(|| "no zone".to_owned(), zone_words);
    let is_told =
        record.title.contains(char::is_alphanumeric) && record.title != printable(&record.path);
    let title = match is_told {
        true => format!("{}; ", record.title),
        false => String::new(),
    };
    let lengths = linted
        .checked
        .iter()
        .filter(|one| one.stated.meaning != Meaning::Unnamed)
        .count();
    let head = format!(
        "{title}{}, {named}, {}, {}",
        record.kind.word(),
        plural(lengths, "stated length"),
        plural(linted.findings_total(), "finding"),
    );
    page.flow(Paint::Dim, "  ", 2, &head);
    let name = record.path.rsplit('/').next().unwrap_or(&record.path);
    for length in &linted.checked {
        if length.stated.meaning != Meaning::Unnamed {
            self::length(page, name, length, zone);
        }
    }
    unnamed(page, linted);
    for finding in &linted.findings {
        self::finding(page, name, finding);
    }
    for cut in &linted.cut_off {
        page.flow(Paint::Yellow, "  left out: ", 4, cut);
    }
    page.line("");
}

/// `report.md:14  Time to repair: 4h 9m` and what became of it.
fn length(page: &mut Page, name: &str, one: &Length, zone: Zone) {
    let label = match one.stated.label.is_empty() {
        true => one.stated.meaning.words(),
        false => &one.stated.label,
    };
    let place = format!(
        "{name}:{}  {label}: {}",
        one.stated.line, one.stated.literal
    );
    page.flow(Paint::Bold, "  ", 4, &place);
    let (paint, word) = mark(one.verdict);
    let lead = format!("    {word}: ");
    let follows = one.follows.as_ref().map(|way| way_words(way, zone));
    let reading = one.reading.as_ref().map(|way| way_words(way, zone));
    let remark = &one.remark;
    match one.verdict {
        Verdict::Reproducible => {
            page.flow(paint, &lead, 6, &follows.unwrap_or_else(|| remark.clone()));
        }
        Verdict::OtherReading | Verdict::Slip => {
            page.flow(paint, &lead, 6, &reading.unwrap_or_default());
            if !remark.is_empty() {
                page.flow(Paint::Dim, "      ", 6, remark);
            }
            page.flow(Paint::Dim, "    follows: ", 6, &follows.unwrap_or_default());
        }
        Verdict::NotReproducible => {
            let follows = follows.map_or_else(String::new, |words| format!("{words}; "));
            page.flow(paint, &lead, 6, &format!("{follows}{remark}"));
        }
        Verdict::NotCheckable => {
            let follows =
                follows.map_or_else(String::new, |words| format!("; it would be {words}"));
            page.flow(paint, &lead, 6, &format!("{remark}{follows}"));
        }
    }
}

fn mark(verdict: Verdict) -> (Paint, &'static str) {
    match verdict {
        Verdict::Reproducible => (Paint::Green, "ok"),
        Verdict::OtherReading => (Paint::Yellow, "another reading"),
        Verdict::Slip => (Paint::Red, "a slip"),
        Verdict::NotReproducible => (Paint::Red, "does not follow"),
        Verdict::NotCheckable => (Paint::Dim, "not checkable"),
    }
}

/// Lengths that say nothing of any events, together.
fn unnamed(page: &mut Page, linted: &Linted) {
    let unnamed: Vec<&Length> = linted
        .checked
        .iter()
        .filter(|one| one.stated.meaning == Meaning::Unnamed)
        .collect();
    if unnamed.is_empty() {
        return;
    }
    let shown: Vec<String> = unnamed
        .iter()
        .take(UNNAMED_MAX)
        .map(|one| format!("{} (line {})", one.stated.literal, one.stated.line))
        .collect();
    let more = match unnamed.len().saturating_sub(UNNAMED_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let words = format!(
        "{} of no named events: {}{more}",
        plural(unnamed.len(), "length"),
        shown.join(", ")
    );
    page.flow(Paint::Dim, "  not checkable: ", 4, &words);
}

fn finding(page: &mut Page, name: &str, finding: &Finding) {
    let place = match finding.line {
        0 => name.to_owned(),
        line => format!("{name}:{line}"),
    };
    page.flow(
        Paint::Bold,
        "  ",
        4,
        &format!("{place}  {}", finding.literal),
    );
    page.flow(Paint::Yellow, "    ", 6, &finding.what);
    if !finding.reading.is_empty() {
        page.flow(Paint::Dim, "    reading: ", 6, &finding.reading);
    }
}

fn totals(checked: &[Checked]) -> [String; 2] {
    let count =
        |verdict: Verdict| -> usize { checked.iter().map(|one| one.linted.count(verdict)).sum() };
    let verdicts: Vec<String> = Verdict::ALL
        .into_iter()
        .filter(|verdict| count(*verdict) > 0)
        .map(|verdict| format!("{} {}", count(verdict), verdict.words()))
        .collect();
    let stated: usize = checked.iter().map(|one| one.linted.checked.len()).sum();
    let all: usize = checked.iter().map(|one| one.linted.findings_total()).sum();
    let lengths = match stated {
        0 => "no length of time is stated".to_owned(),
        n => format!("{}: {}", plural(n, "stated length"), verdicts.join(", ")),
    };
    let records = plural(checked.len(), "record");
    [lengths, format!("{records}, {}", plural(all, "finding"))]
}

/// The contract `rfo.lint/1`, ending in a line end.
pub fn json(checked: &[Checked]) -> String {
    let counts = Verdict::ALL.into_iter().map(|verdict| {
        let of_one = |one: &Checked| one.linted.count(verdict);
        let all: usize = checked.iter().map(of_one).sum();
        (name(&json!(verdict)), json!(all))
    });
    let mut counts: serde_json::Map<String, Value> = counts.collect();
    let findings: usize = checked.iter().map(|one| one.linted.findings_total()).sum();
    counts.insert("findings".to_owned(), json!(findings));
    let report = json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "records": checked.iter().map(record).collect::<Vec<_>>(),
        "counts": counts,
    });
    let mut text = serde_json::to_string_pretty(&report).expect("a JSON value has text keys only");
    text.push('\n');
    text
}

fn name(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn record(one: &Checked) -> Value {
    json!({
        "path": printable(&one.record.path),
        "kind": one.record.kind,
        "title": one.record.title,
        "zone": one.record.zone.map(zone_words),
        "stated": stated(&one.linted),
        "findings": one.linted.findings,
        "left_out": one.linted.cut_off,
    })
}

/// Every stated length of a record with its verdict.
pub fn stated(linted: &Linted) -> Vec<Value> {
    linted.checked.iter().map(length_value).collect()
}

fn length_value(one: &Length) -> Value {
    let seconds = |ns: i64| (ns != i64::MAX).then(|| ns as f64 / NS_PER_S as f64);
    let length = one.stated.length;
    json!({
        "line": one.stated.line,
        "literal": one.stated.literal,
        "label": one.stated.label,
        "meaning": one.stated.meaning,
        "seconds": length.map(|length| seconds(length.ns)),
        "lo": length.map(|length| seconds(length.lo_ns)),
        "hi": length.map(|length| seconds(length.hi_ns)),
        "verdict": one.verdict,
        "follows": one.follows.as_ref().map(way),
        "reading": one.reading.as_ref().map(way),
        "remark": one.remark,
    })
}

fn way(way: &Way) -> Value {
    let clock = match way.clock {
        Clock::Wall => "wall".to_owned(),
        hours => clock_words(hours),
    };
    json!({
        "from": event(&way.from),
        "to": event(&way.to),
        "clock": clock,
        "duration": way.duration,
        "slips": way.slips,
    })
}

fn event(event: &Event) -> Value {
    json!({
        "line": event.line,
        "words": event.words,
        "kind": event.role.kind(),
        "at": rfc3339(event.when.at_ns),
    })
}
