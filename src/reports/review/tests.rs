//! Foreign text in every field, in every form that is written.

use serde_json::Value;

use super::{Summary, calendar, csv, frame, json, markdown, openmetrics, text};
use crate::analysis::review::file::Contents;
use crate::analysis::review::{Asked, Review, collect};
use crate::clock::{NS_PER_MIN, When, Zone};
use crate::events::Evidence;
use crate::input::own_reports::begins_review;
use crate::records::{self, ClaimSource, Context, Milestone, MilestoneKind, NoticedBy, Told};
use crate::reports::Look;

/// Escape sequences, a formula, tables, tags, quotes, line ends, another direction, wide letters.
const HOSTILE: &str =
    "=cmd|'/c x'!A1\u{1b}[2J\n\"a\",b;c\\d|e<script>\u{202e}日本語`*_[x](y)\r\nEND:VEVENT";

fn told(id: &str, claims: [usize; 2]) -> Told {
    Told {
        id: format!("{id}{HOSTILE}"),
        title: HOSTILE.to_owned(),
        service: HOSTILE.to_owned(),
        severity: HOSTILE.to_owned(),
        noticed_by: Some(NoticedBy::Customer),
        planned: false,
        claims: claims.to_vec(),
    }
}

#[test]
fn every_form_is_known_for_one_of_rfo() {
    let (hostile, none) = (hostile(), collect(Vec::new(), asked()));
    for review in [&hostile, &none] {
        let summary = Summary::of(review);
        for form in [
            text::text(&summary, Look::default(), false),
            markdown::markdown(&summary),
            json::json(&summary),
            csv::csv(&frame::statistics(&summary)),
            csv::csv(&frame::incidents(review)),
            openmetrics::openmetrics(&summary),
            calendar::calendar(review),
        ] {
            assert!(begins_review(&form), "{form}");
        }
    }
}

fn asked() -> Asked {
    Asked {
        zone: Zone::UTC,
        group_gap_ns: 0,
        since_ns: None,
        until_ns: None,
        compare: None,
    }
}

fn hostile() -> Review {
    let claim = |kind, minute: i64| {
        let evidence = Evidence::Line {
            path: HOSTILE.to_owned(),
            line: 1,
            offset: 0,
        };
        let when = When::exact(minute * NS_PER_MIN);
        Milestone::new(kind, when, ClaimSource::Human, vec![evidence]).noted(HOSTILE)
    };
    let (start, end) = (MilestoneKind::ImpactStart, MilestoneKind::Restored);
    let columns = b"incident_id,kind,time,tz,source,note\n";
    let mut record = records::read("own.csv", columns, &Context::default());
    record.path = HOSTILE.to_owned();
    record.title = HOSTILE.to_owned();
    record.milestones = vec![
        claim(start, 0),
        claim(end, 9),
        claim(start, 90),
        claim(end, 95),
    ];
    record.incidents = vec![told("a", [0, 1]), told("b", [2, 3])];
    collect(vec![Contents::Record(Box::new(record))], asked())
}

#[test]
fn the_text_has_no_control_character_and_keeps_its_width() {
    let review = hostile();
    for ascii in [false, true] {
        let text = text::text(&Summary::of(&review), Look::default(), ascii);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'), "{text}");
        assert!(!text.contains('\u{202e}') && (!ascii || text.is_ascii()));
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        assert!(text.lines().all(|line| width(line) <= 80), "{text}");
    }
}

#[test]
fn json_stays_json_without_control_characters() {
    let review = hostile();
    let text = json::json(&Summary::of(&review));
    let value: Value = serde_json::from_str(&text).expect("valid JSON");
    let id = value["incidents"][0]["id"].as_str().expect("a name");
    assert!(id.starts_with("a=cmd") && !id.chars().any(char::is_control));
}

#[test]
fn no_cell_is_a_formula_and_rows_stay_rows() {
    let review = hostile();
    let summary = Summary::of(&review);
    for table in [frame::statistics(&summary), frame::incidents(&review)] {
        let text = csv::csv(&table);
        assert!(text.contains("'=cmd"), "{text}");
        assert!(!text.contains(",=") && !text.contains(",\"=") && !text.contains("\n="));
        let quotes = text.matches('"').count();
        assert_eq!(quotes % 2, 0);
    }
}

#[test]
fn markdown_takes_it_for_text() {
    let review = hostile();
    let text = markdown::markdown(&Summary::of(&review));
    assert!(!text.contains("<script>") && !text.contains("[x](y)") && !text.contains('\u{1b}'));
}

#[test]
fn openmetrics_labels_stay_within_their_quotes() {
    let review = hostile();
    let text = openmetrics::openmetrics(&Summary::of(&review));
    assert!(text.ends_with("# EOF\n"));
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').expect("a value");
        assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
        assert!(line.starts_with("rfo_incident"), "{line}");
    }
}

#[test]
fn a_calendar_has_the_events_that_there_are() {
    let text = calendar::calendar(&hostile());
    let lines: Vec<&str> = text.split("\r\n").collect();
    let count = |line: &str| lines.iter().filter(|other| **other == line).count();
    assert_eq!((count("BEGIN:VEVENT"), count("END:VEVENT")), (2, 2));
    assert!(
        lines
            .iter()
            .all(|line| line.len() <= 75 && !line.chars().any(char::is_control))
    );
}

#[test]
fn nothing_at_all_is_a_review_too() {
    let asked = hostile().asked;
    let review = collect(Vec::new(), asked);
    let summary = Summary::of(&review);
    assert!(text::text(&summary, Look::default(), false).contains("Review of 0 incidents"));
    assert_eq!(csv::csv(&frame::statistics(&summary)).lines().count(), 1);
    assert!(openmetrics::openmetrics(&summary).ends_with("# EOF\n"));
    assert!(markdown::markdown(&summary).starts_with("# Review"));
    serde_json::from_str::<Value>(&json::json(&summary)).expect("valid JSON");
}
