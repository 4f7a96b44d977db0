//! People's records joined with logs: clocks that are off, warnings, closures that came too early,
//! late deliveries. Each on a small case made here.

use std::fs;

use rfo::clock::words::rfc3339;
use serde_json::Value;
use tempfile::TempDir;

use crate::command::{log, logs, report, rfo, stdout};

/// The outage of the logs is from 10:27 to 10:39; a record of it in our CSV, its clock or zone off
/// by so many minutes.
fn with_record(rows: &str) -> TempDir {
    let folder = logs();
    let csv = format!("incident_id,kind,time,tz,source,note\n{rows}");
    fs::write(folder.path().join("desk.csv"), csv).expect("written");
    folder
}

fn joined(folder: &TempDir, flags: &[&str]) -> Value {
    report(
        rfo()
            .args(["report", "--json"])
            .arg(folder.path())
            .args(flags),
    )
}

fn proposals(report: &Value) -> Vec<&Value> {
    report["clock_proposals"]
        .as_array()
        .expect("a list")
        .iter()
        .collect()
}

const AN_HOUR_LATE: &str = "1,S,2024-03-05 11:27,UTC,human,carts fail\n\
    1,D,2024-03-05 11:31,UTC,human,seen\n\
    1,R,2024-03-05 11:39,UTC,human,well again\n";

#[test]
fn a_record_that_is_an_hour_off_is_told_and_moved_only_on_request() {
    let folder = with_record(AN_HOUR_LATE);
    let found = joined(&folder, &[]);
    let [proposal] = proposals(&found)[..] else {
        panic!("one proposal: {}", found["clock_proposals"]);
    };
    assert_eq!(
        (&proposal["source"], &proposal["by"]),
        (&"desk.csv".into(), &"milestones".into())
    );
    assert_eq!(
        (proposal["offset_s"].as_f64(), proposal["shared"].as_u64()),
        (Some(-3600.0), Some(2))
    );
    assert_eq!(proposal["flag"], "--clock 'desk.csv*=-60m'");
    assert!(
        !found["conflicts"].as_array().expect("a list").is_empty(),
        "it is not applied"
    );
    let text = stdout(&rfo().arg("report").arg(folder.path()).assert().success());
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        text.contains("desk.csv is 1 h (") && text.contains("like a wrong zone"),
        "{text}"
    );

    let moved = joined(&folder, &["--clock", "desk.csv*=-60m"]);
    assert_eq!(
        (
            proposals(&moved).len(),
            moved["conflicts"].as_array().map(Vec::len)
        ),
        (0, Some(0))
    );
    let ttd = moved["incidents"][0]["durations"]["ttd"]["seconds"]
        .as_f64()
        .expect("known");
    assert!((180.0..=300.0).contains(&ttd), "{ttd}");
}

#[test]
fn the_zone_of_a_record_that_names_none_can_be_said() {
    let rows = AN_HOUR_LATE.replace(",UTC,", ",,");
    let folder = with_record(&rows);
    assert_eq!(proposals(&joined(&folder, &[])).len(), 1);
    let said = joined(&folder, &["--source-tz", "desk.csv=+01:00"]);
    assert_eq!(
        (
            proposals(&said).len(),
            said["conflicts"].as_array().map(Vec::len)
        ),
        (0, Some(0))
    );
    let input = said["inputs"]
        .as_array()
        .expect("inputs")
        .iter()
        .find(|one| one["path"] == "desk.csv");
    assert_eq!(
        input.expect("the record")["zone"],
        "UTC+1, from --source-tz"
    );
}

#[test]
fn a_record_that_fits_and_one_late_post_propose_nothing() {
    let fits = with_record("1,S,2024-03-05 10:27,UTC,human,\n1,R,2024-03-05 10:39,UTC,human,\n");
    assert_eq!(proposals(&joined(&fits, &[])).len(), 0);
    let late = with_record("1,R,2024-03-05 11:39,UTC,human,\n");
    assert_eq!(proposals(&joined(&late, &[])).len(), 0);
}

/// The text report of claims alone, its blanks joined, and the JSON report.
fn alone(rows: &str) -> (String, Value) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("desk.csv");
    let csv = format!("incident_id,kind,time,tz,source,note\n{rows}");
    fs::write(&path, csv).expect("written");
    let text = stdout(&rfo().arg("report").arg(&path).assert().success());
    let value = report(rfo().args(["report", "--json"]).arg(&path));
    (text.split_whitespace().collect::<Vec<_>>().join(" "), value)
}

fn duration<'a>(report: &'a Value, name: &str) -> (Option<f64>, Option<&'a str>) {
    let duration = &report["incidents"][0]["durations"][name];
    (duration["seconds"].as_f64(), duration["reason"].as_str())
}

#[test]
fn an_alert_before_impact_is_an_early_warning_and_no_mistake() {
    let (text, report) = alone(
        "1,A,2024-03-05T10:00:00Z,,pager,disk 90 %\n\
         1,N,2024-03-05T10:01:00Z,,pager,\n\
         1,S,2024-03-05T10:20:00Z,,human,writes fail\n\
         1,R,2024-03-05T10:50:00Z,,human,\n",
    );
    assert_eq!(
        duration(&report, "ttd"),
        (Some(-1140.0), Some("early_warning"))
    );
    assert!(
        text.contains("early_warning") && text.contains("before impact"),
        "{text}"
    );
}

#[test]
fn the_alert_of_logs_before_impact_is_an_early_warning_as_well() {
    let folder =
        with_record("1,A,2024-03-05T10:15:00Z,,pager,disk\n1,N,2024-03-05T10:16:00Z,,pager,\n");
    let found = joined(&folder, &[]);
    let (seconds, reason) = duration(&found, "ttd");
    assert!(
        seconds.is_some_and(|s| (-720.0..=-600.0).contains(&s)),
        "{seconds:?}"
    );
    assert_eq!(reason, Some("early_warning"));
}

#[test]
fn a_page_that_came_late_is_a_delivery_delay() {
    let (text, report) = alone(
        "1,S,2024-03-05T10:00:00Z,,human,\n\
         1,A,2024-03-05T10:02:00Z,,pager,\n\
         1,N,2024-03-05T12:40:00Z,,pager,\n\
         1,K,2024-03-05T12:42:00Z,,pager,\n\
         1,R,2024-03-05T13:00:00Z,,human,\n",
    );
    assert_eq!(duration(&report, "ttn").0, Some(158.0 * 60.0));
    assert_eq!(duration(&report, "tta").0, Some(160.0 * 60.0));
    assert_eq!(
        duration(&report, "ttd").0,
        Some(160.0 * 60.0),
        "an alert that nobody got detects nothing"
    );
    assert!(text.contains("ttn 2 h 38 min"), "{text}");
}

#[test]
fn a_pagers_export_with_a_late_delivery_says_the_same() {
    let folder = logs();
    let entry = |id: &str, kind: &str, time: &str, more: &str| {
        format!("{{\"id\":\"{id}\",\"type\":\"{kind}_log_entry\",\"created_at\":\"{time}\"{more}}}")
    };
    let failed = ",\"channel\":{\"notification\":{\"status\":\"failed\"}}";
    let entries = [
        entry(
            "P1",
            "trigger",
            "2024-03-05T10:28:00Z",
            ",\"incident\":{\"summary\":\"carts\"}",
        ),
        entry("P2", "notify", "2024-03-05T10:28:05Z", failed),
        entry("P3", "notify", "2024-03-05T10:36:05Z", ""),
        entry("P4", "acknowledge", "2024-03-05T10:37:00Z", ""),
        entry("P5", "resolve", "2024-03-05T10:55:00Z", ""),
    ];
    let export = format!("{{\"log_entries\": [\n{}\n]}}", entries.join(",\n"));
    fs::write(folder.path().join("pager.json"), export).expect("written");
    let found = joined(&folder, &[]);
    assert_eq!(duration(&found, "ttn").0, Some(485.0));
    let lag = duration(&found, "ttc").0.expect("closed after it was well");
    assert!((900.0..=1020.0).contains(&lag), "{lag}");
    let milestones = found["incidents"][0]["milestones"]
        .as_array()
        .expect("milestones");
    let alert = milestones
        .iter()
        .find(|one| one["kind"] == "alert_fired")
        .expect("the alert");
    assert!(
        alert["note"]
            .as_str()
            .is_some_and(|note| note.contains("not delivered")),
        "{alert}"
    );
    assert!(log(&folder).exists());
}

#[test]
fn closing_before_the_end_is_premature_and_after_it_paperwork() {
    let rows = |closed: &str| {
        alone(&format!(
            "1,S,2024-03-05T10:00:00Z,,human,\n1,V,2024-03-05T{closed}:00Z,,pager,\n1,R,2024-03-05T11:00:00Z,,human,\n"
        ))
    };
    let (text, report) = rows("10:40");
    assert_eq!(
        duration(&report, "ttc"),
        (Some(-1200.0), Some("premature closure"))
    );
    assert!(text.contains("premature closure"), "{text}");
    let (text, report) = rows("12:30");
    assert_eq!(duration(&report, "ttc"), (Some(5400.0), None));
    assert!(text.contains("ttc 1 h 30 min"), "{text}");
}

#[test]
fn restored_and_back_again_is_said_too_early_and_the_last_end_counts() {
    let (text, report) = alone(
        "1,S,2024-03-05T10:00:00Z,,status_page,\n\
         1,R,2024-03-05T10:20:00Z,,status_page,\n\
         1,S,2024-03-05T10:38:00Z,,status_page,\n\
         1,R,2024-03-05T10:50:00Z,,status_page,\n",
    );
    assert_eq!(duration(&report, "ttr").0, Some(3000.0));
    assert_eq!(
        report["incidents"][0]["premature"][0]["reopened_after_s"],
        1080.0
    );
    assert!(
        text.contains("said too early") && text.contains("18 min"),
        "{text}"
    );
}

#[test]
fn both_sides_of_a_conflict_have_their_evidence() {
    let folder = with_record("1,R,2024-03-05T10:52:00Z,,status_page,all well\n");
    let found = joined(&folder, &[]);
    let conflict = &found["conflicts"][0];
    assert_eq!(conflict["kind"], "restored");
    let claims = conflict["claims"].as_array().expect("claims");
    assert_eq!(claims.len(), 2);
    for claim in claims {
        let evidence = claim["evidence"].as_array().expect("evidence");
        assert!(!evidence.is_empty(), "{claim}");
    }
    assert_eq!(claims[1]["evidence"][0]["path"], "desk.csv");
    assert!(claims[1]["at"].as_str() > Some(&rfc3339(1_709_635_000_000_000_000)));
}
