//! How an incident stands as the logs grow: what is said of the logs up to a minute is what somebody
//! sees who looks then. It is on, then recovering, then restored, each in time; and no bound that is
//! said on the way is belied by the end.

use std::path::Path;

use chrono::{DateTime, Duration, Utc};
use rfo::analysis::Snapshot;
use rfo::incidents::State;
use serde::Deserialize;

use crate::command::rfo;
use crate::made;

/// What is needed of a scenario.
#[derive(Deserialize)]
struct Written {
    start: String,
    incident: Trouble,
}

/// Clock times of the first day.
#[derive(Deserialize)]
struct Trouble {
    onset: String,
    recovered: String,
}

impl Written {
    fn at(&self, clock: &str) -> DateTime<Utc> {
        let (day, _) = self.start.split_once('T').expect("RFC 3339");
        let text = format!("{day}T{clock}Z");
        text.parse().expect("a clock time")
    }
}

/// What is concluded from what was written before an instant.
fn until(logs: &Path, at: DateTime<Utc>) -> Snapshot {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = at.to_rfc3339();
    let mut command = rfo();
    command.args(["replay", "--speed", "max", "--until", &at, "--into"]);
    command.args([folder.path(), logs]).assert().success();
    made::analysed(&[folder.path().to_path_buf()], |_| {})
}

/// How the last incident stands, with the bounds of its downtime, minutes.
fn told(snapshot: &Snapshot) -> Option<(State, f64, f64)> {
    let last = snapshot.incidents.last()?;
    let down = last.measured.durations.get("downtime")?;
    let minutes = |s: Option<f64>, other: f64| s.map_or(other, |s| s / 60.0);
    Some((
        last.incident.state,
        minutes(down.lo, 0.0),
        minutes(down.hi, f64::INFINITY),
    ))
}

/// From a minute after the trouble began until it is surely confirmed to be over, minute by minute.
/// In the first hours of a log one signal alone is not believed for some minutes.
fn check(name: &str, seen_within_min: i64) {
    let written: Written = toml::from_str(&made::scenario(name)).expect("a scenario");
    let (onset, recovered) = (
        written.at(&written.incident.onset),
        written.at(&written.incident.recovered),
    );
    let logs = made::logs(name);
    let (mut table, mut wrong, mut all) = (String::new(), Vec::new(), Vec::new());
    for minute in 1..=(recovered - onset).num_minutes() + 13 {
        let at = onset + Duration::minutes(minute);
        let (since_min, found) = (
            (at - recovered).num_minutes(),
            told(&until(logs.path(), at)),
        );
        table.push_str(&format!("\n{since_min} min from the end: {found:?}"));
        let state = found.map(|found| found.0);
        let fits = match (state, since_min) {
            (None, _) => minute <= seen_within_min,
            (Some(State::Ongoing), since) => since < 3,
            // A lull is no recovery, but looks like one until it is over.
            (Some(State::Recovering), since) => (1..12).contains(&since),
            (Some(State::Restored), since) => since >= 9,
            (Some(State::Relapsed | State::NoData), _) => false,
        };
        if !fits {
            wrong.push(format!("{since_min}: {state:?}"));
        }
        all.extend(found);
    }
    assert!(wrong.is_empty(), "{name}: {wrong:?}{table}");
    let (_, lo, hi) = *all.last().expect("an incident is found");
    let holds = |bounds: &(State, f64, f64)| bounds.1 <= hi + 0.01 && bounds.2 >= lo - 0.01;
    assert!(all.iter().all(holds), "{name}: belied by {lo}-{hi}{table}");
}

#[test]
fn failures_are_on_then_over_then_confirmed() {
    check("error-burst", 5);
}

#[test]
fn slowness_is_on_then_over_then_confirmed() {
    check("latency-regression", 5);
}

#[test]
fn what_fell_silent_is_on_until_it_speaks_again() {
    check("silent-source", 9);
}

#[test]
fn who_asks_more_is_named_while_the_history_is_too_short_for_the_whole_to_stand_out() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-logs/rogue-client");
    let mut command = rfo();
    command.args(["replay", "--speed", "max", "--from", "2019-10-25T05:10:00Z"]);
    command.args(["--until", "2019-10-25T05:45:00Z", "--into"]);
    command.args([folder.path(), &logs]).assert().success();
    let snapshot = made::analysed(&[folder.path().to_path_buf()], |_| {});
    let [concluded] = &snapshot.incidents[..] else {
        panic!("{} incidents", snapshot.incidents.len())
    };
    let first = &concluded.incident.contributors[0];
    let client = ("client".to_owned(), "acct-d0bd".to_owned());
    assert!(first.dimensions.contains(&client), "{first:?}");
}
