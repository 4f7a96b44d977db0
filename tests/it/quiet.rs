//! A week of each replay's ordinary traffic has no incident: the replay's own scenario without its
//! phases, a week long, from another seed. New replays are tried as soon as they are there.

use std::fs;
use std::path::PathBuf;

use chrono::{DateTime, Duration};
use rfo::clock::words::rfc3339;
use toml::{Table, Value};

use crate::{engine, made};

const DAYS: i64 = 7;
/// Requests that a log of a week may hold; its sampling is lowered to that.
const REQUESTS_MAX: f64 = 60_000.0;
/// Jobs of a queue, which knows no sampling.
const JOBS_PER_S: f64 = 0.1;

/// Scenarios of all replays, in order of their names.
fn scenarios() -> Vec<PathBuf> {
    let folders = fs::read_dir(made::root().join("sample-logs")).expect("the replays are there");
    let mut paths: Vec<PathBuf> = folders
        .map(|entry| entry.expect("readable").path().join("scenario.toml"))
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths
}

/// The same system for a week in which nothing happens.
fn quiet(mut scenario: Table) -> Table {
    let text = |value: &Value| value.as_str().expect("a time is text").to_owned();
    let start = DateTime::parse_from_rfc3339(&text(&scenario["start"])).expect("RFC 3339");
    let end = start + Duration::days(DAYS);
    scenario.insert("end".to_owned(), end.to_rfc3339().into());
    scenario.insert("seed".to_owned(), 7.into());
    scenario.remove("phase");
    if let Some(jobs) = scenario.get_mut("jobs").and_then(Value::as_table_mut) {
        jobs.remove("burst");
        jobs.remove("purge");
        jobs.insert("per_s".to_owned(), JOBS_PER_S.into());
    }
    let rate = scenario
        .get("traffic")
        .and_then(|traffic| traffic.get("requests_per_s"))
        .and_then(|rate| {
            rate.as_float()
                .or(rate.as_integer().map(|rate| rate as f64))
        })
        .unwrap_or(0.0);
    let week = rate * 86_400.0 * DAYS as f64;
    let logs = scenario.get_mut("log").and_then(Value::as_array_mut);
    for log in logs.into_iter().flatten().filter_map(Value::as_table_mut) {
        let sample = log.get("sample").and_then(Value::as_float).unwrap_or(1.0);
        if week * sample > REQUESTS_MAX {
            log.insert("sample".to_owned(), (REQUESTS_MAX / week).into());
        }
    }
    scenario
}

#[test]
fn an_ordinary_week_of_each_replay_has_no_incident() {
    let scenarios = scenarios();
    assert!(scenarios.len() > 1, "{scenarios:?}");
    for path in scenarios {
        let text = fs::read_to_string(&path).expect("readable");
        let written: Table = toml::from_str(&text).expect("a table");
        let scenario = Value::Table(quiet(written))
            .try_into()
            .expect("still a scenario");
        let mut files = engine::generate(&scenario);
        for (name, _) in &mut files {
            // The generator's text is not packed.
            *name = name
                .trim_end_matches(".zst")
                .trim_end_matches(".gz")
                .to_owned();
        }
        let folder = made::folder(&files);
        let snapshot = made::analysed(&[folder.path().to_path_buf()], |_| {});
        let said: Vec<String> = snapshot
            .incidents
            .iter()
            .map(|one| {
                let first = &one.incident.windows[0];
                format!("{} from {}", one.incident.title, rfc3339(first.start.at_ns))
            })
            .collect();
        assert!(said.is_empty(), "{}: {said:#?}", path.display());
        let (first, last) = snapshot.range.expect("there are events");
        assert!(
            last - first > (DAYS - 1) * 86_400_000_000_000,
            "{}",
            path.display()
        );
    }
}
