//! `rfo lint` as a shell sees it: text, JSON, exit codes, hostile and long records.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{rfo, stderr, stdout};

const SOUND: &str = "# Incident on 2021-03-03 - Checkout down\n\n\
    All times are in UTC.\n\n\
    - **Key events**\n\
    \x20 - Fault occurs 2021-03-03 09:20\n\
    \x20 - Incident declared 2021-03-03 09:31\n\
    \x20 - Resolved 2021-03-03 11:00\n\n\
    - **Time to resolve**: 1h 40m\n";

fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, text).expect("written");
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

fn json(paths: &[PathBuf], code: i32) -> Value {
    let assert = rfo().arg("lint").arg("--json").args(paths).assert();
    let assert = assert.code(code);
    serde_json::from_str(&stdout(&assert)).expect("stdout is rfo.lint/1")
}

#[test]
fn a_sound_record_exits_with_0_and_says_what_was_checked() {
    let folder = folder();
    let assert = rfo()
        .arg("lint")
        .arg(file(&folder, "2021-03-03.md", SOUND))
        .assert()
        .success();
    let text = stdout(&assert);
    assert!(
        text.contains("2021-03-03.md:10 Time to resolve: 1h 40m"),
        "{text}"
    );
    assert!(
        text.contains("ok: 1 h 40 min from \"Fault occurs\" (09:20, line 6)"),
        "{text}"
    );
    assert!(text.contains("wall clock"), "{text}");
    assert!(text.ends_with("1 record, 0 findings\n"), "{text}");
    assert_eq!(stderr(&assert), "");
}

#[test]
fn a_finding_has_its_line_its_literal_and_the_reading_that_would_be_right() {
    let folder = folder();
    let wrong = SOUND.replace("1h 40m", "1h 29m");
    let assert = rfo()
        .arg("lint")
        .arg(file(&folder, "2021-03-03.md", &wrong))
        .assert()
        .code(1);
    let text = stdout(&assert);
    assert!(
        text.contains("2021-03-03.md:10 Time to resolve: 1h 29m"),
        "{text}"
    );
    assert!(
        text.contains("another reading: 1 h 29 min from \"Incident declared\""),
        "{text}"
    );
    assert!(
        text.contains("follows: 1 h 40 min from \"Fault occurs\""),
        "{text}"
    );
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn the_json_is_a_contract() {
    let folder = folder();
    let wrong = SOUND.replace("1h 40m", "13h 40m");
    let report = json(&[file(&folder, "2021-03-03.md", &wrong)], 1);
    assert_eq!(report["schema"], "rfo.lint/1");
    let record = &report["records"][0];
    let stated = &record["stated"][0];
    assert_eq!(stated["verdict"], "slip");
    assert_eq!(stated["seconds"], 49_200.0);
    assert_eq!(stated["follows"]["duration"]["seconds"], 6000.0);
    assert_eq!(stated["follows"]["from"]["at"], "2021-03-03T09:20:00Z");
    assert_eq!(stated["follows"]["clock"], "wall");
    assert_eq!(stated["reading"]["slips"].as_array().map(Vec::len), Some(1));
    assert_eq!(report["counts"]["slip"], 1);
    assert_eq!(report["counts"]["findings"], 1);
    assert_eq!(record["findings"], serde_json::json!([]));
}

#[test]
fn what_cannot_be_read_and_what_is_no_record_have_their_own_exit_codes() {
    let folder = folder();
    let sound = file(&folder, "2021-03-03.md", SOUND);
    let missing = rfo()
        .arg("lint")
        .arg(&sound)
        .arg("/no/such/record")
        .assert();
    let missing = missing.code(3);
    assert!(
        stderr(&missing).contains("/no/such/record"),
        "{}",
        stderr(&missing)
    );
    assert!(
        stdout(&missing).contains("1 record"),
        "{}",
        stdout(&missing)
    );
    let log = "203.0.113.9 - - [03/May/2021:10:05:00 +0000] \"GET / HTTP/1.1\" 200 12\n";
    let log = file(&folder, "access.log", &log.repeat(30));
    let nothing = rfo().arg("lint").arg(&log).assert().code(4);
    assert_eq!(stdout(&nothing), "");
    assert!(
        stderr(&nothing).contains("is not a record"),
        "{}",
        stderr(&nothing)
    );
    rfo().arg("lint").assert().code(2);
}

#[test]
fn the_slips_of_the_replays_are_findings() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-logs");
    let literals = |name: &str| -> String {
        let report = json(&[root.join(name)], 1);
        let findings = report["records"][0]["findings"].as_array().cloned();
        let literal = |one: &Value| one["literal"].as_str().unwrap_or_default().to_owned();
        let all: Vec<String> = findings.iter().flatten().map(literal).collect();
        all.join("; ")
    };
    let report = literals("config-push/record-report.txt");
    assert!(
        report.contains("12:05 AM") && report.contains("7:46 PM"),
        "{report}"
    );
    let status = literals("job-flood/record-status.txt");
    assert!(status.contains("05:52 PST"), "{status}");
}

#[test]
fn the_report_says_pass_or_fail_of_each_stated_length() {
    let folder = folder();
    let text = SOUND.to_owned()
        + "- **Time to repair**: 1h 29m\n\nThe root cause of the outage was identified by our engineers, customers were affected.\n";
    let path = file(&folder, "2021-03-03.md", &text);
    let report = rfo().arg("report").arg(&path).assert();
    let report = stdout(&report);
    assert!(
        report.contains("PASS: \"Time to resolve: 1h 40m\""),
        "{report}"
    );
    assert!(
        report.contains("FAIL: \"Time to repair: 1h 29m\", but 1 h 40 min"),
        "{report}"
    );
    let json = rfo().args(["report", "--json"]).arg(&path).assert();
    let json: Value = serde_json::from_str(&stdout(&json)).expect("a report");
    let stated = json["records"][0]["stated"].as_array().expect("a list");
    let verdicts: Vec<&str> = stated
        .iter()
        .filter_map(|one| one["verdict"].as_str())
        .collect();
    assert_eq!(verdicts, ["reproducible", "other_reading"]);
}

#[test]
fn hostile_text_is_printed_without_its_escape_sequences() {
    let folder = folder();
    let text = SOUND.replace("Incident declared", "Incident declared \u{1b}[31m\u{7}now");
    let text = text.replace("1h 40m", "1h 29m");
    let assert = rfo()
        .arg("lint")
        .arg(file(&folder, "2021-03-03.md", &text))
        .assert();
    let out = stdout(&assert.code(1));
    assert!(!out.contains('\u{1b}') && !out.contains('\u{7}'), "{out:?}");
    let painted = rfo()
        .args(["lint", "--color", "always"])
        .arg(file(&folder, "2021-03-03.md", SOUND))
        .assert();
    assert!(
        stdout(&painted).contains("\u{1b}[1;32m"),
        "colour was asked for"
    );
}

#[test]
fn a_record_of_4_mib_is_checked_as_far_as_it_is_said() {
    let folder = folder();
    let openings = [
        "The outage",
        "It",
        "Our users saw that it",
        "Checkout was down and",
        "All",
    ];
    let lines = (0..75_000).map(|i| {
        let opening = openings[i % openings.len()];
        format!(
            "{opening} lasted {} minutes and customers were affected.\n",
            i % 50
        )
    });
    let more: String = lines.collect();
    let report = json(
        &[file(&folder, "2021-03-03.md", &(SOUND.to_owned() + &more))],
        1,
    );
    let record = &report["records"][0];
    assert_eq!(record["stated"].as_array().map(Vec::len), Some(1000));
    assert_eq!(record["left_out"].as_array().map(Vec::len), Some(1));
}
