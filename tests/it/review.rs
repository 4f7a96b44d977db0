//! `rfo review` as a shell sees it: every form of output, exit codes, records of several kinds.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use rfo::analysis::review::metrics::METRICS;
use rfo::analysis::review::{Case, collect, file, of_snapshot};
use rfo::durations::Duration;
use rfo::records::Context;

use crate::command::{rfo, stderr, stdout};
use crate::made;

/// Minutes to restore of the first half of the year, and of the second.
const BEFORE: [u32; 6] = [38, 75, 27, 92, 110, 34];
const AFTER: [u32; 6] = [13, 29, 55, 22, 16, 68];

/// Two periods of six, one a month, and three that have no time to restore: cut off, closed only,
/// the wrong way round.
fn claims() -> String {
    let mut text = "incident_id,kind,time,source,service,severity,noticed_by,planned\n".to_owned();
    let minutes = BEFORE.iter().chain(&AFTER).enumerate();
    for (i, minutes) in minutes {
        let (month, service) = (i + 1, if i % 3 == 0 { "search" } else { "checkout" });
        let noticed = ["monitor", "customer"][i % 2];
        let (hour, minute) = (10 + minutes / 60, minutes % 60);
        let day = format!("2024-{month:02}-03");
        for (kind, clock) in [
            ("impact_start", "10:00:00".to_owned()),
            ("alert_fired", format!("10:0{}:00", i % 4)),
            ("acknowledged", format!("10:0{}:30", i % 4 + 3)),
            ("restored", format!("{hour}:{minute:02}:00")),
        ] {
            writeln!(
                text,
                "p{i:02},{kind},{day}T{clock}Z,human,{service},major,{noticed},"
            )
            .expect("a text takes all");
        }
    }
    text + "closed,alert_fired,2024-12-10T08:00:00Z,pager,search,minor,,\n\
        closed,closed,2024-12-10T09:00:00Z,pager,,,,\n\
        open,impact_start,2024-12-12T08:00:00Z,human,search,minor,human,\n\
        reversed,restored,2024-12-13T08:00:00Z,human,search,minor,,\n\
        reversed,impact_start,2024-12-13T09:00:00Z,human,,,,\n\
        window,impact_start,2024-12-14T02:00:00Z,human,database,none,,yes\n\
        window,restored,2024-12-14T03:00:00Z,human,,,,\n\
        window,frobnicated,2024-12-14T03:00:00Z,human,,,,\n"
}

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("own.csv"), claims()).expect("written");
    folder
}

/// What a review in that folder prints, which succeeds and has nothing to say on stderr.
fn review(folder: &Path, arguments: &[&str]) -> String {
    let assert = rfo()
        .current_dir(folder)
        .arg("review")
        .args(arguments)
        .assert()
        .success();
    assert_eq!(stderr(&assert), "");
    // A release changes the version and nothing else.
    stdout(&assert).replace(env!("CARGO_PKG_VERSION"), "0")
}

const HALVES: &str = "--compare=2024-01..2024-06,2024-07..2024-12";

fn value(folder: &Path, arguments: &[&str]) -> Value {
    let text = review(folder, &[arguments, &["--json"]].concat());
    serde_json::from_str(&text).expect("stdout is the review")
}

#[test]
fn the_text_is_what_a_reviewer_reads() {
    let folder = folder();
    let text = review(folder.path(), &["own.csv", HALVES]);
    assert!(text.lines().all(|line| line.chars().count() <= 80));
    insta::assert_snapshot!("review_text", text);
}

#[test]
fn ascii_is_ascii() {
    let folder = folder();
    let text = review(folder.path(), &["own.csv", "--ascii"]);
    assert!(text.is_ascii() && text.contains(" o "), "{text}");
}

#[test]
fn the_published_comparison_is_reproduced_to_the_printed_digits() {
    let folder = folder();
    let review = value(folder.path(), &["own.csv", HALVES]);
    let restore = &review["comparison"]["metrics"]["mttr[impact->restored]"];
    let minutes = |value: &Value| format!("{:.1}", value.as_f64().expect("seconds") / 60.0);
    let pair = |name: &str| [0, 1].map(|i| minutes(&restore[name][i]));
    assert_eq!(pair("mean"), ["62.7", "33.8"]);
    assert_eq!(pair("geometric_mean"), ["54.6", "28.1"]);
    let test = &restore["test"];
    let digits = |name: &str, n: usize| format!("{:.n$}", test[name].as_f64().expect("a number"));
    assert_eq!(digits("ratio", 3), "0.515");
    assert_eq!(digits("p_value", 4), "0.0996");
    assert_eq!(
        (&test["extreme"], &test["splits"]),
        (&json!(92), &json!(924))
    );
    assert_eq!(test["exact"], true);
}

#[test]
fn the_json_has_every_key_of_the_contract_and_no_zero_for_what_is_missing() {
    let folder = folder();
    let review = value(folder.path(), &["own.csv"]);
    assert_eq!(review["schema"], "rfo.review/1");
    let restore = &review["statistics"]["mttr[impact->restored]"];
    for key in [
        "n",
        "excluded",
        "median",
        "ci",
        "p90",
        "geometric_mean",
        "mean",
        "gate",
    ] {
        assert!(restore.get(key).is_some(), "{key}");
    }
    assert_eq!((&restore["n"], &restore["p90"]), (&json!(12), &Value::Null));
    let excluded = &restore["excluded"];
    let named: Vec<&str> = excluded
        .as_array()
        .expect("a list")
        .iter()
        .flat_map(|one| one["incidents"].as_array().expect("names"))
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(named.len(), 3, "{excluded}");
    let of = |id: &str| {
        let incidents = review["incidents"].as_array().expect("incidents");
        let found = incidents.iter().find(|one| one["id"] == id);
        found.cloned().unwrap_or_else(|| panic!("{id}"))
    };
    for key in [
        "windows",
        "milestones",
        "durations",
        "title",
        "state",
        "severity",
    ] {
        assert!(of("p00").get(key).is_some(), "{key}");
    }
    for id in ["open", "closed", "reversed"] {
        assert_eq!(of(id)["durations"]["ttr"]["seconds"], Value::Null, "{id}");
    }
    assert_eq!(
        (&of("p00")["severity"], &of("p00")["ending"]),
        (&json!("major"), &json!("restored"))
    );
    assert_eq!(of("window")["planned"], true);
    assert_eq!(review["planned"]["counts"]["incidents"], 1);
    assert_eq!(review["counts"]["incidents"], 15);
}

#[test]
fn csv_markdown_openmetrics_and_calendar_are_what_their_readers_take() {
    let folder = folder();
    let form = |to: &str| review(folder.path(), &["own.csv", "--to", to]);
    let csv = form("csv");
    let lines: Vec<&str> = csv
        .split("\r\n")
        .filter(|line| line.starts_with("by,") || line.starts_with("all,"))
        .collect();
    insta::assert_snapshot!("review_csv", lines.join("\n"));
    insta::assert_snapshot!("review_markdown", form("markdown"));
    let metrics = form("openmetrics");
    assert!(metrics.ends_with("\n# EOF\n") && !metrics.contains("NaN"));
    let all: Vec<&str> = metrics
        .lines()
        .filter(|line| line.starts_with('#') || line.contains("by=\"all\""))
        .collect();
    insta::assert_snapshot!("review_openmetrics", all.join("\n"));
    let calendar = form("ics");
    assert!(
        calendar
            .split_inclusive('\n')
            .all(|line| line.ends_with("\r\n") && line.len() <= 77)
    );
    let events = calendar.matches("BEGIN:VEVENT").count();
    assert_eq!((events, calendar.matches("DTEND:").count()), (16, 13));
    let first = calendar.split("END:VEVENT").next().expect("an event");
    insta::assert_snapshot!("review_calendar", first.replace("\r\n", "\n"));
}

#[test]
fn the_ending_of_the_file_says_the_form() {
    let folder = folder();
    for (file, start) in [
        ("r.json", "{"),
        ("r.csv", "by,"),
        ("r.md", "# Review"),
        ("r.prom", "# TYPE"),
        ("r.ics", "BEGIN:VCALENDAR"),
        ("r.txt", "Review of"),
    ] {
        assert_eq!(
            review(folder.path(), &["own.csv", "-o", file]),
            "",
            "{file}"
        );
        let text = fs::read_to_string(folder.path().join(file)).expect("written");
        assert!(text.starts_with(start), "{file}: {text}");
    }
}

#[test]
fn every_incident_has_a_row_per_metric_in_the_other_table() {
    let folder = folder();
    let csv = review(folder.path(), &["own.csv", "--to=csv", "--table=incidents"]);
    let rows: Vec<&str> = csv.split_terminator("\r\n").collect();
    assert_eq!((rows.len() - 1) % 16, 0);
    let open = rows
        .iter()
        .find(|row| row.starts_with("open,") && row.contains("mttr["));
    assert!(
        open.is_some_and(|row| row.contains(",,,,missing,")),
        "{open:?}"
    );
}

#[test]
fn a_text_without_a_year_is_dated_as_in_a_report_of_it_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("posts.md");
    let text = "# Report on the outage\n\nTimeline of 3 May, all times UTC\n\n\
        - 10:00 UTC the outage begins for all customers\n\
        - 10:38 UTC a rollback restored the service for our customers\n";
    fs::write(&path, text).expect("written");
    // 1 March 2024: the third of May before it was in 2023.
    let written = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_709_251_200);
    let file = fs::File::options().append(true).open(&path).expect("there");
    file.set_modified(written).expect("its own file");
    let review = value(folder.path(), &["posts.md"]);
    let mut report = rfo();
    let report = stdout(
        &report
            .current_dir(folder.path())
            .args(["report", "--json", "posts.md"])
            .assert(),
    );
    let report: Value = serde_json::from_str(&report).expect("a report");
    let start = |value: &Value| value["incidents"][0]["windows"][0]["start"]["at"].clone();
    assert_eq!(start(&review), json!("2023-05-03T10:00:00Z"), "{review}");
    assert_eq!(start(&report), start(&review));
}

#[test]
fn a_report_of_ours_is_a_record_too_and_keeps_its_numbers() {
    let folder = folder();
    let run = |arguments: &[&str]| {
        rfo()
            .current_dir(folder.path())
            .args(arguments)
            .assert()
            .success()
    };
    run(&["report", "own.csv", "-o", "one.json"]);
    let reported: Value =
        serde_json::from_slice(&fs::read(folder.path().join("one.json")).expect("written"))
            .expect("JSON");
    let reviewed = value(folder.path(), &["one.json"]);
    let ttr = |review: &Value| -> Vec<Value> {
        let incidents = review["incidents"].as_array().expect("incidents").iter();
        let mut all: Vec<Value> = incidents
            .map(|one| one["durations"]["ttr"].clone())
            .collect();
        all.sort_by_key(Value::to_string);
        all
    };
    assert_eq!(ttr(&reviewed), ttr(&reported));
    assert_eq!(reviewed["records"][0]["kind"], Value::Null);
    assert_eq!(reviewed["statistics"]["mttr[impact->restored]"]["n"], 12);
}

#[test]
fn one_name_in_two_records_is_one_incident() {
    let folder = folder();
    let more = "incident_id,kind,time,source\nopen,restored,2024-12-12T08:30:00Z,chat\n";
    fs::write(folder.path().join("more.csv"), more).expect("written");
    let review = value(folder.path(), &["own.csv", "more.csv"]);
    assert_eq!(review["counts"]["incidents"], 15);
    let other = value(folder.path(), &["more.csv", "own.csv"]);
    assert_eq!(review, other, "the order of the records changes something");
    let restore = &review["statistics"]["mttr[impact->restored]"];
    assert_eq!(restore["n"], 13);
}

#[test]
fn what_cannot_be_reviewed_is_told_with_its_exit_code() {
    let folder = folder();
    let log = "203.0.113.9 - - [03/May/2021:10:05:00 +0000] \"GET / HTTP/1.1\" 200 12\n".repeat(30);
    fs::write(folder.path().join("access.log"), log).expect("written");
    fs::write(
        folder.path().join("odd.json"),
        "{\"schema\": \"rfo.other/9\"}",
    )
    .expect("written");
    fs::write(
        folder.path().join("none.csv"),
        "incident_id,kind,time,tz,source,note\n",
    )
    .expect("written");
    let check = |arguments: &[&str], code: i32, words: &str| {
        let assert = rfo()
            .current_dir(folder.path())
            .arg("review")
            .args(arguments)
            .assert()
            .code(code);
        assert!(
            stderr(&assert).contains(words),
            "{arguments:?}: {}",
            stderr(&assert)
        );
    };
    check(&[], 2, "RECORD");
    check(&["own.csv", "--compare", "2024"], 2, "two periods");
    check(
        &["own.csv", "--compare", "2024-01..,2024-02.."],
        2,
        "share days",
    );
    check(&["own.csv", "--since", "noon"], 2, "is not a time");
    check(&["missing.csv"], 3, "missing.csv");
    check(&["access.log"], 3, "is no record that rfo knows");
    check(&["own.csv", "odd.json"], 3, "has the schema rfo.other/9");
    check(&["none.csv"], 4, "no record tells of an incident");
}

#[test]
fn months_are_those_of_the_zone_and_the_period_is_what_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = "incident_id,kind,time\na,S,2024-01-31T23:30:00Z\nb,S,2024-03-01T00:00:00Z\n";
    fs::write(folder.path().join("own.csv"), text).expect("written");
    let months = |arguments: &[&str]| -> Vec<(Value, Value)> {
        let review = value(folder.path(), &[&["own.csv"], arguments].concat());
        let months = review["months"].as_array().expect("months").iter();
        months
            .map(|one| (one["month"].clone(), one["incidents"].clone()))
            .collect()
    };
    assert_eq!(months(&[]).len(), 3);
    assert_eq!(
        months(&["--tz=+01:00"]),
        [(json!("2024-02"), json!(1)), (json!("2024-03"), json!(1)),]
    );
    let since = months(&[
        "--since=2024-02-01T00:00:00Z",
        "--until=2024-06-01T00:00:00Z",
    ]);
    assert_eq!((since.len(), &since[1].1), (4, &json!(1)));
}

#[test]
fn open_incidents_of_a_status_page_have_no_end_and_observed_windows_bound_it() {
    let Some(corpus) = std::env::var_os("RFO_CORPUS") else {
        eprintln!("skipped: RFO_CORPUS is not set");
        return;
    };
    let page = Path::new(&corpus).join("statuspage");
    let alone = value(&page, &["incidents_union.jsonl"]);
    assert_eq!(alone["counts"]["incidents"], 760);
    assert_eq!(alone["counts"]["endings"]["restored"], 0);
    assert_eq!(alone["statistics"]["mttr[impact->restored]"]["n"], 0);
    let seen = value(&page, &["incidents_union.jsonl", "observed_windows.csv"]);
    assert_eq!(seen["counts"]["incidents"], 760);
    assert_eq!(seen["counts"]["endings"]["restored"], 760);
}

/// The app's review of open sources, and that of the report written of them.
#[test]
fn the_screen_reviews_what_the_report_tells() {
    let sources = ["job-flood", "port-exhaustion"];
    let sources = sources.map(|name| made::root().join("sample-logs").join(name));
    let snapshot = made::analysed(&sources, |_| {});
    let seen = of_snapshot(&snapshot);
    let report = rfo::reports::json(&snapshot);
    let read = file::read("r.json", report.as_bytes(), &Context::default()).expect("a report");
    let told = collect(vec![read], seen.asked.clone());
    assert!(told.cases.len() > 1 && told.cases.len() == seen.cases.len());
    for (seen, told) in seen.cases.iter().zip(&told.cases) {
        assert_eq!(told.id, format!("r.json#{}", seen.id));
        assert_eq!((&told.title, &told.severity), (&seen.title, &seen.severity));
        assert_eq!(
            (told.start, told.start_assumed),
            (seen.start, seen.start_assumed)
        );
        assert_eq!((told.restored, told.closed), (seen.restored, seen.closed));
        for metric in METRICS {
            let one = |case: &Case| case.durations.get(metric.duration).cloned();
            let what = format!("{} {}", seen.id, metric.duration);
            let (told, seen) = (one(told), one(seen));
            let status = |one: &Option<Duration>| one.as_ref().map(|one| one.status);
            assert_eq!(status(&told), status(&seen), "{what}");
            let numbers = |one: &Duration| [one.seconds, one.lo, one.hi];
            let [told, seen] = [told, seen].map(|one| one.as_ref().map_or([None; 3], numbers));
            for pair in told.into_iter().zip(seen) {
                // A report has six digits.
                let near = match pair {
                    (Some(a), Some(b)) => (a - b).abs() <= 1e-5 * b.abs() + 1e-6,
                    (a, b) => a == b,
                };
                assert!(near, "{what}: {pair:?}");
            }
        }
    }
}
