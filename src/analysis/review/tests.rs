//! Cases from records: what joins, what stays apart, what changes nothing.

use proptest::prelude::*;

use super::file::{Contents, read};
use super::metrics::{METRICS, Sample};
use super::{Asked, Case, Details, Ending, Review, collect};
use crate::clock::Zone;
use crate::durations::Status;
use crate::records::Context;

fn asked() -> Asked {
    Asked {
        zone: Zone::UTC,
        group_gap_ns: 24 * 3600 * 1_000_000_000,
        since_ns: None,
        until_ns: None,
        compare: None,
    }
}

fn contents(path: &str, text: &str) -> Contents {
    read(path, text.as_bytes(), &Context::default()).expect("a record")
}

fn review(records: &[(&str, &str)]) -> Review {
    let all = records.iter().map(|(path, text)| contents(path, text));
    collect(all.collect(), asked())
}

fn ids(review: &Review) -> Vec<&str> {
    review.cases.iter().map(|case| case.id.as_str()).collect()
}

fn csv(rows: &[String]) -> String {
    format!("incident_id,kind,time,service,severity\n{}", rows.concat())
}

fn row(id: &str, kind: &str, clock: &str) -> String {
    format!("{id},{kind},2024-05-03T{clock}:00Z,cart,major\n")
}

const REPORT: &str = "# Report on the outage\n\nTimeline of 3 May 2024, all times UTC\n\n\
    - 10:05 UTC the outage begins for all customers\n\
    - 10:30 UTC a rollback restored the service for our customers\n";

#[test]
fn one_name_is_one_incident_and_no_name_is_the_record_s() {
    let (page, pager) = (
        csv(&[row("7", "S", "10:00"), row("8", "S", "12:00")]),
        csv(&[row("7", "R", "10:20")]),
    );
    let found = review(&[
        ("x/page.csv", &page),
        ("x/pager.csv", &pager),
        ("x/notes.md", REPORT),
    ]);
    assert_eq!(ids(&found), ["7", "notes.md", "8"]);
    assert_eq!(found.cases[0].records, ["x/page.csv", "x/pager.csv"]);
    assert_eq!(found.cases[0].ending(), Ending::Restored);
    assert_eq!(found.cases[2].ending(), Ending::NotSaid);
}

#[test]
fn incidents_that_may_be_one_are_told() {
    let page = csv(&[row("7", "S", "10:00"), row("7", "R", "10:40")]);
    let found = review(&[("page.csv", &page), ("notes.md", REPORT)]);
    assert!(
        found.notes[0].contains("7 and notes.md"),
        "{:?}",
        found.notes
    );
    let later = csv(&[row("9", "S", "11:00"), row("9", "R", "11:40")]);
    assert_eq!(
        review(&[("page.csv", &page), ("later.csv", &later)]).notes,
        Vec::<String>::new()
    );
}

#[test]
fn disagreement_on_a_severity_is_a_note() {
    let other = "incident_id,kind,time,severity\n7,R,2024-05-03T10:20:00Z,minor\n";
    let found = review(&[("a.csv", &csv(&[row("7", "S", "10:00")])), ("b.csv", other)]);
    assert_eq!(found.cases[0].severity, "major");
    assert_eq!(
        found.cases[0].notes,
        ["records disagree on its severity: major, minor"]
    );
}

#[test]
fn changes_alone_are_no_incident() {
    let deploys = "time,kind,ref,service\n2024-05-03T09:00:00Z,deploy,v1,cart\n";
    let found = review(&[("deploys.csv", deploys)]);
    assert_eq!((found.cases.len(), found.left_out.len()), (0, 1));
    assert_eq!(found.left_out[0].what, ["deploys.csv"]);
}

#[test]
fn a_report_that_is_not_sound_gives_errors_and_not_numbers() {
    let check = |duration: &str, expected: Status| {
        let text = format!(
            "{{\"schema\": \"rfo.report/1\", \"incidents\": [{{\"id\": \"i1\", \"durations\": {{\"ttr\": {duration}}}}}]}}"
        );
        let found = review(&[("r.json", &text)]);
        let ttr = found.cases[0].durations.get("ttr").expect("read");
        assert_eq!(ttr.status, expected, "{duration}");
        assert!(expected != Status::DataError || ttr.seconds.is_none());
    };
    check(
        "{\"status\": \"exact\", \"seconds\": 60, \"lo\": 60, \"hi\": 60}",
        Status::Exact,
    );
    check(
        "{\"status\": \"ongoing\", \"seconds\": 60, \"lo\": 60, \"hi\": null}",
        Status::Ongoing,
    );
    check("{\"status\": \"missing\", \"seconds\": 0}", Status::Missing);
    check("{\"status\": \"exact\"}", Status::DataError);
    check(
        "{\"status\": \"exact\", \"seconds\": 1e300, \"lo\": 0, \"hi\": 1e300}",
        Status::DataError,
    );
    check(
        "{\"status\": \"interval\", \"seconds\": 60, \"lo\": 90, \"hi\": 30}",
        Status::DataError,
    );
    check("{\"seconds\": 60}", Status::DataError);
    check("7", Status::DataError);
}

#[test]
fn any_part_of_a_report_may_be_anything() {
    for text in [
        "{\"schema\": \"rfo.report/1\"}",
        "{\"schema\": \"rfo.report/1\", \"incidents\": 7}",
        "{\"schema\": \"rfo.report/1\", \"incidents\": [7, null, {\"chosen\": 3, \"durations\": []}]}",
        "{\"schema\": \"rfo.report/1\", \"incidents\": [{\"chosen\": [{\"kind\": \"restored\", \"when\": {\"at\": \"9999-12-31T00:00:00Z\"}}]}]}",
    ] {
        let found = review(&[("r.json", text)]);
        assert!(
            found.cases.iter().all(|case| case.start.is_none()),
            "{text}"
        );
    }
    assert!(
        read(
            "r.json",
            b"{\"schema\": \"rfo.report/1\", ",
            &Context::default()
        )
        .is_err()
    );
}

#[test]
fn a_claim_of_no_incident_of_its_record_is_of_the_nearest_one() {
    let rows = [
        row("a", "S", "10:00"),
        row("a", "A", "10:05"),
        row("a", "R", "10:30"),
        row("b", "S", "20:00"),
        row("b", "K", "20:07"),
        row("b", "N", "20:09").replace("-05-", "-06-"),
    ];
    let Contents::Record(mut record) = contents("a.csv", &csv(&rows)) else {
        panic!("a record")
    };
    // As a record that names only the claims which its incidents begin and end with.
    let kinds: Vec<char> = record
        .milestones
        .iter()
        .map(|one| one.kind.letter())
        .collect();
    for told in &mut record.incidents {
        told.claims.retain(|&i| matches!(kinds[i], 'S' | 'R'));
    }
    let found = collect(vec![Contents::Record(record)], asked());
    let said = |case: &Case| {
        let Details::Measured(concluded) = &case.details else {
            panic!("measured")
        };
        let claims = concluded.incident.milestones.iter();
        claims.map(|claim| claim.kind.letter()).collect::<String>()
    };
    let cases: Vec<String> = found.cases.iter().map(said).collect();
    assert_eq!(cases, ["SAR", "SK"], "{:?}", ids(&found));
    let left_out: Vec<&[String]> = found.left_out.iter().map(|one| &one.what[..]).collect();
    assert_eq!(left_out, [["a.csv (1)"]], "a month after it");
}

/// Incidents as (hour, minutes it lasted); of every third nobody says an end.
fn rows(incidents: &[(u32, u32)]) -> Vec<String> {
    let one = |(i, (hour, minutes)): (usize, &(u32, u32))| {
        let mut rows = vec![row(&format!("n{i}"), "S", &format!("{hour:02}:00"))];
        if i % 3 != 2 {
            rows.push(row(
                &format!("n{i}"),
                "R",
                &format!("{hour:02}:{minutes:02}"),
            ));
        }
        rows
    };
    incidents.iter().enumerate().flat_map(one).collect()
}

fn gist(case: &Case) -> (String, Option<i64>, Ending, Vec<String>) {
    let durations = case.durations.0.iter();
    let words = durations.map(|(name, duration)| format!("{name} {duration}"));
    (
        case.id.clone(),
        case.start.map(|start| start.at_ns),
        case.ending(),
        words.collect(),
    )
}

proptest! {
    #[test]
    fn the_order_of_rows_and_of_records_does_not_matter(
        incidents in prop::collection::vec((0u32..24, 1u32..60), 1..12), turn in 0usize..30,
    ) {
        let rows = rows(&incidents);
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        turned.reverse();
        let one = review(&[("a.csv", &csv(&rows)), ("b.md", REPORT)]);
        let other = review(&[("b.md", REPORT), ("a.csv", &csv(&turned))]);
        let gists = |review: &Review| review.cases.iter().map(gist).collect::<Vec<_>>();
        prop_assert_eq!(gists(&one), gists(&other));
    }

    #[test]
    fn every_case_is_known_cut_off_or_excluded_with_a_reason(
        incidents in prop::collection::vec((0u32..24, 1u32..60), 1..12),
    ) {
        let review = review(&[("a.csv", &csv(&rows(&incidents)))]);
        let all = review.unplanned();
        for metric in METRICS {
            let sample = Sample::of(&review.cases, &all, metric);
            let excluded: usize = sample.excluded.iter().map(|(_, cases)| cases.len()).sum();
            prop_assert_eq!(sample.known.len() + sample.cut_off.len() + excluded, all.len());
            prop_assert!(sample.excluded.iter().all(|(reason, _)| !reason.is_empty()));
        }
    }

    #[test]
    fn any_text_is_safe(text: String) {
        if let Ok(contents) = read("x.csv", text.as_bytes(), &Context::default()) {
            let _ = collect(vec![contents], asked());
        }
        let report = format!("{{\"schema\": \"rfo.report/1\", \"incidents\": [{{\"title\": {text:?}}}]}}");
        let _ = read("x.json", report.as_bytes(), &Context::default());
    }
}
