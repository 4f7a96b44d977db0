//! `rfo report --select`: any range against the rest, as a shell sees it.

use assert_cmd::Command;
use serde_json::Value;

use crate::made;

fn rfo(name: &str, select: &str, more: &[&str]) -> Command {
    let logs = made::root().join("sample-logs").join(name);
    let mut command = Command::new(env!("CARGO_BIN_EXE_rfo"));
    command
        .env_remove("RFO_TZ")
        .args(["report", "--select", select]);
    command.args(more).arg(logs);
    command
}

fn selection(name: &str, select: &str, more: &[&str]) -> Value {
    let assert = rfo(name, select, &[&["--json"], more].concat())
        .assert()
        .success();
    let report: Value = serde_json::from_slice(&assert.get_output().stdout).expect("JSON");
    report["selection"].clone()
}

/// The entry of a signal whose name ends so.
fn signal<'a>(selection: &'a Value, ending: &str) -> &'a Value {
    let sources = selection["sources"].as_array().expect("sources");
    let is_it = |one: &&Value| {
        one["signal"]
            .as_str()
            .is_some_and(|name| name.ends_with(ending))
    };
    sources
        .iter()
        .find(is_it)
        .unwrap_or_else(|| panic!("no {ending}: {selection}"))
}

#[test]
fn a_range_is_attributed_against_the_rest_of_the_data() {
    let found = selection("slow-token-auth", "15:55..16:10", &[]);
    assert_eq!(found["from"], "2015-07-22T14:55:00Z");
    assert_eq!(found["to"], "2015-07-22T15:10:00Z");
    let slow = signal(&found, "slow queries");
    let first = &slow["contributors"][0];
    let query = first["dimensions"]["query"].as_str().expect("a query");
    assert!(query.contains("token_auth"), "{first}");
    assert!(first["share_of_excess"].as_f64() > Some(0.9), "{first}");
    let traffic = signal(&found, "nginx-access.log request rate");
    assert_eq!(
        traffic["contributors"].as_array().map(Vec::len),
        Some(0),
        "it did not move"
    );
    let parts = &signal(&found, "nginx-access.log latency")["decomposition"];
    let number = |key: &str| parts[key].as_f64().expect(key);
    let (sum, extra) = (
        number("traffic_s") + number("mix_s") + number("cost_s"),
        number("observed_s") - number("expected_s"),
    );
    // The report rounds to six digits.
    assert!((sum - extra).abs() < 1e-3 * extra, "{parts}");
    assert!(
        number("cost_s") > 0.9 * extra && number("traffic_ratio") < 1.1,
        "{parts}"
    );
}

#[test]
fn clock_times_instants_and_lengths_name_the_same_range() {
    let clock = selection(
        "slow-token-auth",
        "15:55..16:10",
        &["--tz", "Europe/London"],
    );
    let instants = "2015-07-22T14:55:00Z..2015-07-22T16:10:00+01:00";
    assert_eq!(
        selection("slow-token-auth", instants, &["--threads", "1"]),
        clock
    );
    let last = selection("slow-token-auth", "-10m..", &[]);
    assert_eq!(
        last["sources"][0]["ratio"]
            .as_f64()
            .map(|ratio| ratio > 0.5),
        Some(true)
    );
}

#[test]
fn the_text_has_a_section_before_the_incidents() {
    let assert = rfo("slow-token-auth", "15:55..16:10", &[])
        .assert()
        .success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("UTF-8");
    let at = |words: &str| {
        text.find(words)
            .unwrap_or_else(|| panic!("no {words}:\n{text}"))
    };
    assert!(at("selection 15:55:00 to 16:10:00 (15 min)") < at("i1 "));
    assert!(at("extra time") < at("i1 "), "{text}");
    assert!(
        text.lines().all(|line| line.chars().count() <= 80),
        "{text}"
    );
}

#[test]
fn a_range_that_cannot_be_is_refused_with_its_cause() {
    let check = |select: &str, words: &str| {
        let assert = rfo("slow-token-auth", select, &["--quiet"])
            .assert()
            .code(2);
        let error = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(error.contains(words), "{select}: {error}");
        assert!(assert.get_output().stdout.is_empty(), "{select}");
    };
    check("15:55", "is not a range like 15:55..16:10");
    check("noon..16:10", "\"noon\" is not a time");
    check("16:10..15:55", "is not before its end");
    check(
        "03:00..04:00",
        "outside of the data, which are from 22 Jul 2015",
    );
    check(
        "2014-01-01T00:00:00Z..2014-01-02T00:00:00Z",
        "outside of the data",
    );
}
