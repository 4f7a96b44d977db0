//! What the replays' own records say without any log, and texts in other layouts: the whole way
//! from files to the report.

use std::fs;

use rfo::reports::{self, Look, expect};

use crate::made;

/// The report on one file as JSON and as text.
fn report(folder: &std::path::Path, name: &str) -> (serde_json::Value, String) {
    let snapshot = made::analysed(&[folder.join(name)], |_| {});
    (
        reports::json::value(&snapshot),
        reports::text(&snapshot, Look::default()),
    )
}

fn of_replay(name: &str, record: &str) -> (serde_json::Value, String) {
    report(&made::root().join("sample-logs").join(name), record)
}

fn of_text(name: &str, text: &str) -> (serde_json::Value, String) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join(name), text).expect("written");
    report(folder.path(), name)
}

fn holds(wanted: &str, json: &serde_json::Value) {
    let findings = expect::check(wanted, json).expect("good expectations");
    let all = findings.iter().all(|finding| finding.holds);
    assert!(all, "{}", expect::table(&findings));
}

#[test]
fn the_report_of_config_push_is_read_in_the_only_order_that_fits() {
    let (json, text) = of_replay("config-push", "record-report.txt");
    holds(
        r#"
        [[must]]
        what = "14 h 51 min"
        path = "incidents[0].durations.ttr.seconds"
        about = 53460
        within = 0

        [[must]]
        what = "pagers at noon, not at midnight"
        path = "incidents[0].milestones[kind=notified].at"
        at = "2022-12-01T09:05:00Z"
        within_s = 0

        [[must]]
        what = "what is written"
        path = "records[0].defects[0].literal"
        contains = "12:05 AM"

        [[must]]
        what = "and what it is read as"
        path = "records[0].defects[0].reading"
        contains = "12:05 PM"

        [[must]]
        what = "the push in the morning"
        path = "records[0].defects[1].literal"
        contains = "7:46 PM"

        [[must]]
        what = "as the timeline has it"
        path = "records[0].defects[1].reading"
        contains = "7:46 AM"

        [[must]]
        what = "the other order of the times, nearly as likely"
        path = "records[0].readings"
        count = 1
    "#,
        &json,
    );
    assert!(text.contains("09:04          06:04Z S"), "{text}");
    assert!(text.contains("or else: \"12:05 AM\""), "{text}");
}

#[test]
fn the_posts_of_port_exhaustion_identify_by_text_and_by_label() {
    let (json, text) = of_replay("port-exhaustion", "record-status.txt");
    let milestones = json["incidents"][0]["milestones"]
        .as_array()
        .expect("claims");
    let minutes: Vec<String> = milestones
        .iter()
        .map(|one| {
            format!(
                "{} {}",
                one["kind"].as_str().unwrap_or(""),
                &one["at"].as_str().unwrap_or("")[11..16]
            )
        })
        .collect();
    let expected = [
        "detected 01:06",
        "identified 01:09",
        "identified 01:26",
        "mitigated 01:29",
        "closed 02:00",
    ];
    assert_eq!(minutes, expected);
    assert!(
        text.contains("identified: 03:09:00 (status post)"),
        "{text}"
    );
}

#[test]
fn the_posts_of_slow_token_auth_have_four_windows_and_a_guessed_year() {
    let (json, text) = of_replay("slow-token-auth", "record-status.txt");
    holds(
        r#"
        [[must]]
        what = "four windows"
        path = "incidents[0].windows"
        count = 4

        [[must]]
        what = "no end is in doubt"
        path = "incidents[0].durations.ttr.status"
        equals = "lower_bound"
    "#,
        &json,
    );
    assert!(text.contains("no year is stated"), "{text}");
    assert!(text.contains("no zone is stated; give --tz"), "{text}");
    assert!(text.contains("said too early"), "{text}");
}

#[test]
fn a_long_incident_of_one_report_stays_one() {
    let text = "# Search index lost, 3 May 2021\n\nAll times are in Europe/Berlin.\n\n## Key events\n\
        - Fault occurs 2021-05-03 10:00\n- First detected 2021-05-03 12:30\n\
        - Repaired 2021-05-07 09:00\n- Resolved 2021-05-07 11:00\n\n## How\n\
        - Detection: customers reported missing pages\n- Severity: SEV-2\n";
    let (json, report) = of_text("2021-05-03-search.md", text);
    holds(
        r#"
        [[must]]
        what = "one incident"
        path = "incidents"
        count = 1

        [[must]]
        what = "95 h"
        path = "incidents[0].durations.ttr.seconds"
        about = 342000
        within = 0

        [[must]]
        what = "customers noticed it"
        path = "records[0].incidents[0].noticed_by"
        equals = "customer"

        [[must]]
        what = "how bad"
        path = "records[0].incidents[0].severity"
        equals = "SEV-2"
    "#,
        &json,
    );
    assert!(
        report.contains("3 May 12:30           3 May 10:30Z D"),
        "{report}"
    );
}

#[test]
fn a_chat_is_a_record_with_both_readings_of_its_night() {
    let text = "3 May 2021, times in UTC\n\
        [23:50] alice: looks like the shop is down\n\
        [23:58] bob: rolling back the release\n\
        [00:10] alice: all back to normal\n";
    let (json, _) = of_text("chat.txt", text);
    holds(
        r#"
        [[must]]
        what = "a chat"
        path = "records[0].kind"
        equals = "chat"

        [[must]]
        what = "over after midnight"
        path = "incidents[0].milestones[kind=restored].at"
        at = "2021-05-04T00:10:00Z"
        within_s = 0
    "#,
        &json,
    );
}
