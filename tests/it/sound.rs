//! What holds of every report, whatever was read.

use rfo::analysis::{Input, Snapshot};
use rfo::reports::{self, Look};
use serde_json::Value;
use unicode_width::UnicodeWidthStr;

/// Panics if anything that holds of every report does not hold of this one.
pub fn check(name: &str, snapshot: &Snapshot) {
    // Of a record, claims are counted and not lines.
    let is_record = |input: &&Input| {
        snapshot
            .records
            .iter()
            .any(|record| record.path == input.path)
    };
    for input in snapshot.inputs.iter().filter(|input| !is_record(input)) {
        counts(name, input);
    }
    check_text(name, &reports::text(snapshot, Look::default()));
    let json = reports::json(snapshot);
    check_harmless(name, &json);
    let report: Value = serde_json::from_str(&json).expect("the report is JSON");
    for incident in list(&report, "incidents") {
        evidence(name, incident);
        durations(name, incident);
        order(name, incident);
    }
}

/// Panics if a line is wider than 80 cells or could steer a terminal.
pub fn check_text(name: &str, text: &str) {
    check_harmless(name, text);
    for line in text.lines() {
        assert!(line.width() <= 80, "{name}: {} cells: {line}", line.width());
    }
}

/// Panics if a text holds what must not reach a terminal: control characters other than line
/// ends, bidirectional overrides, zero-width characters.
pub fn check_harmless(name: &str, text: &str) {
    let harmful = |c: &char| {
        (c.is_control() && *c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    for line in text.lines() {
        let found = line.chars().find(harmful);
        assert_eq!(found, None, "{name}: {}", line.escape_debug());
    }
}

/// Every line of a log is an event, part of one, a header, or unparsed: none is lost.
fn counts(name: &str, input: &Input) {
    let told = input.events + input.joined + input.unparsed + input.headers;
    if input.format == "pgbouncer" && told > input.lines {
        // Its lines of statistics are samples of gauges as well.
        return;
    }
    assert_eq!(input.lines, told, "{name}: lines of {}", input.path);
}

/// No statement without evidence.
fn evidence(name: &str, incident: &Value) {
    for part in ["milestones", "contributors", "causes"] {
        for statement in list(incident, part) {
            let any = !list(statement, "evidence").is_empty();
            assert!(any, "{name}: {part} without evidence: {statement}");
        }
    }
}

/// What has seconds has both ends and lies between its bounds; what has none says why.
fn durations(name: &str, incident: &Value) {
    let durations = incident["durations"].as_object().expect("durations");
    assert!(durations.contains_key("ttr"), "{name}: no ttr at all");
    for (metric, duration) in durations {
        let status = duration["status"].as_str().expect("a status");
        let wrong = |why: &str| panic!("{name}: {metric}: {why}: {duration}");
        let Some(seconds) = duration["seconds"].as_f64() else {
            if duration["reason"].is_null() {
                wrong("no number and no reason");
            }
            continue;
        };
        if duration["from"].is_null() || duration["to"].is_null() {
            wrong("a number without ends");
        }
        if matches!(status, "missing" | "data_error") {
            wrong("a number that cannot be");
        }
        let (lo, hi) = (duration["lo"].as_f64(), duration["hi"].as_f64());
        if lo.is_some_and(|lo| lo > seconds) || hi.is_some_and(|hi| hi < seconds) {
            wrong("outside its bounds");
        }
    }
}

/// Windows follow each other and end after they began.
fn order(name: &str, incident: &Value) {
    let mut last = String::new();
    for window in list(incident, "windows") {
        let start = window["start"]["at"].as_str().expect("a start").to_owned();
        assert!(last <= start, "{name}: {window} starts before {last}");
        last = start;
        if let Some(end) = window["end"]["at"].as_str() {
            assert!(
                last.as_str() <= end,
                "{name}: {window} ends before it starts"
            );
            last = end.to_owned();
        }
    }
}

#[test]
#[should_panic(expected = "81 cells")]
fn a_line_that_is_too_wide_is_found() {
    check_text(
        "planted",
        &format!("{}\n{}\n", "x".repeat(80), "x".repeat(81)),
    );
}

#[test]
#[should_panic(expected = "u{1b}")]
fn an_escape_is_found() {
    check_harmless("planted", "fine\n\u{1b}[2J\n");
}

#[test]
#[should_panic(expected = "without evidence")]
fn a_bare_statement_is_found() {
    let bare = serde_json::json!({ "kind": "detected", "evidence": [] });
    evidence("planted", &serde_json::json!({ "milestones": [bare] }));
}

#[test]
#[should_panic(expected = "a number without ends")]
fn a_duration_without_ends_is_found() {
    let ttr = serde_json::json!({ "seconds": 5.0, "status": "exact", "from": null, "to": null });
    durations(
        "planted",
        &serde_json::json!({ "durations": { "ttr": ttr } }),
    );
}

#[test]
#[should_panic(expected = "starts before")]
fn windows_out_of_order_are_found() {
    let window = |start: &str, end: &str| serde_json::json!({ "start": { "at": start }, "end": { "at": end } });
    let windows = [
        window("2024-03-05T10:05:00Z", "2024-03-05T10:09:00Z"),
        window("2024-03-05T10:08:00Z", "2024-03-05T10:10:00Z"),
    ];
    order("planted", &serde_json::json!({ "windows": windows }));
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}
