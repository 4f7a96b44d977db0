//! Reports that rfo wrote: beside the logs they are no logs, and what they tell is no evidence.
//!
//! In: a file that was found in a folder or by a glob. Out: whether its first bytes are those of a
//! report. An incident file is none: it holds what people marked. Nor is a report of one incident one
//! for those who put many together, or check what people made of it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A report says what it is within as many bytes.
const HEAD_BYTES: u64 = 4096;
/// How Markdown tells who wrote it, and the head of an HTML page.
const SIGNATURE: &str = "Drawn up by rfo ";
const GENERATOR: &str = "<meta name=\"generator\" content=\"rfo\">";
/// How a picture begins.
const SVG_START: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"rfo\"";
/// The schemas of JSON that is a report, the first field.
const REPORT_SCHEMA: &str = "\"rfo.report/";
const REVIEW_SCHEMAS: [&str; 2] = ["\"rfo.review/", "\"rfo.lint/"];
/// The first columns of the table of durations, and of those of a review.
const DURATIONS: &str = "incident,title,state,severity,duration,seconds,lo_seconds,";
const REVIEW_TABLES: [&str; 2] = [
    "by,service,severity,month,noticed_by,incidents,per_month,",
    "incident,title,service,severity,month,noticed_by,planned,start,",
];
/// How a review begins as text, as gauges for a monitor and as a calendar.
const REVIEW_START: &str = "Review of ";
const GAUGES_START: &str = "# TYPE rfo_";
const CALENDAR: (&str, &str) = ("BEGIN:VCALENDAR", "PRODID:-//rfo//");

/// Whether rfo wrote the file as a report. One that cannot be read is for those who read it.
pub fn is_own_report(path: &Path) -> bool {
    begins_report(&head(path))
}

/// Whether rfo wrote the file as a review of many incidents, or as what it found in records.
pub fn is_own_review(path: &Path) -> bool {
    begins_review(&head(path))
}

fn head(path: &Path) -> String {
    let mut head = Vec::new();
    let read = File::open(path).and_then(|file| file.take(HEAD_BYTES).read_to_end(&mut head));
    read.map_or(String::new(), |_| {
        String::from_utf8_lossy(&head).into_owned()
    })
}

/// Whether a text begins as a report of rfo does, of one incident or of many.
pub fn begins_report(head: &str) -> bool {
    let json = || schema(head).is_some_and(|name| name.starts_with(REPORT_SCHEMA));
    let markdown = || head.starts_with("# ") && head.contains(SIGNATURE);
    let html = || head.starts_with("<!DOCTYPE html>") && head.contains(GENERATOR);
    let starts = || {
        [DURATIONS, SVG_START]
            .iter()
            .any(|one| head.starts_with(one))
    };
    json() || markdown() || html() || starts() || is_text(head) || begins_review(head)
}

/// Whether a text begins as a review or a check of records does.
pub fn begins_review(head: &str) -> bool {
    let is_own = |name: &str| REVIEW_SCHEMAS.iter().any(|one| name.starts_with(one));
    let json = || schema(head).is_some_and(is_own);
    let table = || {
        REVIEW_TABLES
            .iter()
            .any(|columns| head.starts_with(columns))
    };
    let calendar = || head.starts_with(CALENDAR.0) && head.contains(CALENDAR.1);
    json() || table() || calendar() || head.starts_with(GAUGES_START) || is_titled(head)
}

/// The first field of an object if that is its schema, from its first quote on.
fn schema(head: &str) -> Option<&str> {
    let field = head.strip_prefix('{')?.trim_start();
    Some(field.strip_prefix("\"schema\":")?.trim_start())
}

/// `Review of 15 incidents from 14 records`, as text or as a heading.
fn is_titled(head: &str) -> bool {
    let line = head.lines().next().unwrap_or_default();
    let title = line.strip_prefix("# ").unwrap_or(line);
    let counted = |word: &str| title.contains(word);
    title.starts_with(REVIEW_START) && counted(" incident") && counted(" record")
}

/// A report as text has its reach in the second line, and where that is narrow in the third.
fn is_text(head: &str) -> bool {
    let reach: String = head.lines().skip(1).take(2).collect();
    let counted = |word: &str| reach.contains(word);
    counted(" events of") && counted(" source") && counted("buckets of ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_and_incident_files_are_no_reports() {
        for head in [
            "",
            "# Fields: date time\n",
            "{\"schema\": \"rfo.incident/1\"}",
            "{\n  \"schema\": \"rfo.incident/1\"\n}",
            "2026-11-23T10:00:00Z read 5 events of 2 sources, buckets of 10 s\n",
            "by,service\n",
            "Review of the incident\n",
            "BEGIN:VCALENDAR\nPRODID:-//pager//EN\n",
            "<svg xmlns=\"http://www.w3.org/2000/svg\">",
            "2026-11-23T10:00:00Z Drawn up by rfo 0.1.0\n",
        ] {
            assert!(!begins_report(head), "{head}");
        }
        assert!(!is_own_report(Path::new("/no/such/file")));
    }

    #[test]
    fn a_report_of_one_incident_is_no_review() {
        for (head, is_review) in [
            ("{\"schema\": \"rfo.report/1\"}", false),
            ("{\"schema\": \"rfo.review/1\"}", true),
            ("# Outage\n\nDrawn up by rfo 0.1.0\n", false),
            ("# TYPE rfo_incidents gauge\n", true),
        ] {
            assert!(begins_report(head), "{head}");
            assert_eq!(begins_review(head), is_review, "{head}");
        }
    }
}
