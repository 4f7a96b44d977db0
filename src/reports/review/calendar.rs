//! Incidents as iCalendar (RFC 5545): one event each, to be laid beside other calendars.
//!
//! An incident without an end on record has none here either; its event is an instant, and its
//! description says what is known. `DTSTAMP` is the start: the same records make the same bytes.

use crate::analysis::review::metrics::METRICS;
use crate::analysis::review::{Case, Ending, Review};
use crate::clock::words::utc;

/// Octets of a line, without its end.
const OCTETS_MAX: usize = 75;

/// The calendar, lines ending in CR LF. Cases without a start are left out: they have no place.
pub fn calendar(review: &Review) -> String {
    let mut out = String::new();
    let version = env!("CARGO_PKG_VERSION");
    line(&mut out, "BEGIN:VCALENDAR");
    line(&mut out, "VERSION:2.0");
    line(&mut out, &format!("PRODID:-//rfo//rfo {version}//EN"));
    line(&mut out, "CALSCALE:GREGORIAN");
    for case in &review.cases {
        event(&mut out, case);
    }
    line(&mut out, "END:VCALENDAR");
    out
}

fn event(out: &mut String, case: &Case) {
    let Some(start) = case.start else { return };
    let stamp = |ns: i64| utc(ns).format("%Y%m%dT%H%M%SZ").to_string();
    let name = match (case.service.as_str(), case.title.as_str()) {
        ("", "") => case.id.clone(),
        ("", title) => title.to_owned(),
        (service, "") => format!("{service}: {}", case.id),
        (service, title) => format!("{service}: {title}"),
    };
    line(out, "BEGIN:VEVENT");
    line(out, &format!("UID:{}@rfo", escaped(&case.id)));
    line(out, &format!("DTSTAMP:{}", stamp(start.at_ns)));
    line(out, &format!("DTSTART:{}", stamp(start.at_ns)));
    let end = case
        .restored
        .filter(|end| case.ending() == Ending::Restored && end.at_ns > start.at_ns);
    if let Some(end) = end {
        line(out, &format!("DTEND:{}", stamp(end.at_ns)));
    }
    line(out, &format!("SUMMARY:{}", escaped(&name)));
    line(out, &format!("DESCRIPTION:{}", escaped(&description(case))));
    let kind = if case.planned {
        "PLANNED MAINTENANCE"
    } else {
        "INCIDENT"
    };
    line(out, &format!("CATEGORIES:{kind}"));
    line(out, "TRANSP:TRANSPARENT");
    line(out, "END:VEVENT");
}

/// What is known of it, one statement a line.
fn description(case: &Case) -> String {
    let mut words = vec![case.ending().words().to_owned()];
    if case.start_assumed {
        words.push("start of impact not stated: the first that is known".to_owned());
    }
    if !case.severity.is_empty() {
        words.push(format!("severity: {}", case.severity));
    }
    let complete = METRICS.into_iter().filter_map(|metric| {
        let duration = case.durations.get(metric.duration)?;
        let told = duration.is_complete() || duration.is_censored();
        // The clock belongs to one incident's duration as well; the leading m does not.
        let clock = metric.name.split_once('[')?.1;
        told.then(|| format!("{}[{clock}: {duration}", metric.duration))
    });
    words.extend(complete);
    words.extend(case.records.iter().map(|path| format!("record: {path}")));
    words.join("\n")
}

/// TEXT of RFC 5545, 3.3.11; other control characters are left out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A content line, folded at 75 octets (3.1), never within a character.
fn line(out: &mut String, text: &str) {
    let mut used = 0;
    for c in text.chars() {
        if used + c.len_utf8() > OCTETS_MAX {
            out.push_str("\r\n ");
            used = 1;
        }
        out.push(c);
        used += c.len_utf8();
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_escaped_as_the_standard_says() {
        assert_eq!(escaped("a,b;c\\d\ne\r\u{1b}"), "a\\,b\\;c\\\\d\\ne");
    }

    #[test]
    fn a_long_line_is_folded_at_75_octets() {
        let mut out = String::new();
        line(&mut out, &"é".repeat(60));
        let lines: Vec<&str> = out.split("\r\n").collect();
        assert_eq!((lines[0].len(), lines[1].len(), lines[2]), (74, 47, ""));
    }

    proptest! {
        #[test]
        fn folding_loses_nothing_and_no_line_is_too_long(text in "[^\r\n]{0,300}") {
            let mut out = String::new();
            line(&mut out, &text);
            prop_assert!(out.split("\r\n").all(|line| line.len() <= OCTETS_MAX));
            prop_assert_eq!(out.replace("\r\n ", ""), text + "\r\n");
        }
    }
}
