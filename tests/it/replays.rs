//! The replays of real outages: what a report on each must say and must not say.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use rfo::analysis::Snapshot;
use rfo::formats::stamp::StampKind;
use rfo::records::{ClaimSource, Milestone, MilestoneKind, Record};
use rfo::reports::{self, expect};

use crate::{made, sound};

struct Replay {
    name: String,
    folder: PathBuf,
    snapshot: Snapshot,
}

/// All replays, read once.
static REPLAYS: LazyLock<Vec<Replay>> = LazyLock::new(|| {
    let entries = fs::read_dir(made::root().join("sample-logs")).expect("sample-logs exists");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut folders: Vec<PathBuf> = paths
        .filter(|path| path.join("expected.toml").is_file())
        .collect();
    folders.sort();
    folders.into_iter().map(replay).collect()
});

fn replay(folder: PathBuf) -> Replay {
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .expect("a plain name")
        .to_owned();
    let snapshot = made::analysed(std::slice::from_ref(&folder), |_| {});
    Replay {
        name,
        folder,
        snapshot,
    }
}

#[test]
fn there_are_replays() {
    assert!(REPLAYS.len() >= 3, "{} replays", REPLAYS.len());
}

#[test]
fn every_replay_says_what_it_must_and_nothing_it_must_not() {
    let mut failed = String::new();
    for replay in REPLAYS.iter() {
        let wanted = fs::read_to_string(replay.folder.join("expected.toml")).expect("readable");
        let findings = expect::check(&wanted, &reports::json::value(&replay.snapshot))
            .unwrap_or_else(|why| panic!("{}: {why}", replay.name));
        if findings.iter().any(|finding| !finding.holds) {
            failed.push_str(&format!("\n{}\n{}", replay.name, expect::table(&findings)));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

#[test]
fn every_report_of_a_replay_is_sound() {
    for replay in REPLAYS.iter() {
        sound::check(&replay.name, &replay.snapshot);
    }
}

/// A claim of the records must not stand in for what the logs themselves show.
#[test]
fn the_logs_alone_show_when_part_of_config_push_was_back_and_when_it_would_have_paged() {
    let replay = REPLAYS
        .iter()
        .find(|replay| replay.name == "config-push")
        .expect("it is there");
    let concluded = &replay.snapshot.incidents[0];
    let is_it = |one: &&Milestone| {
        one.kind == MilestoneKind::PartialRecovery && one.source == ClaimSource::Log
    };
    let found: Vec<&Milestone> = concluded.incident.milestones.iter().filter(is_it).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    let at = |text: &str| {
        StampKind::Iso
            .read(text.as_bytes())
            .expect("a time")
            .local_ns
    };
    let minute = 60_000_000_000;
    assert!(
        (found[0].when.at_ns - at("2022-12-01T20:05:00Z")).abs() <= 2 * minute,
        "{:?}",
        found[0]
    );
    assert_eq!(found[0].fraction, Some(0.4));
    let page = concluded
        .burn_alert_at_ns
        .expect("half of the requests fail");
    assert!(
        (page - at("2022-12-01T06:04:00Z")).abs() <= 5 * minute,
        "{page}"
    );
    let normal = |name: &str| {
        concluded
            .incident
            .checks
            .iter()
            .any(|check| check.signal.contains(name))
    };
    assert!(!normal("restarts"), "{:?}", concluded.incident.checks);
}

/// Nobody says when it began: the first post is the first sign, and what came before is open.
#[test]
fn the_posts_of_job_flood_alone_give_a_lower_bound_and_the_wrong_label() {
    let posts = made::root().join("sample-logs/job-flood/record-status.txt");
    let snapshot = made::analysed(&[posts], |_| {});
    let wanted = r#"
        [[must]]
        what = "at least 5 h 42 min"
        path = "incidents[0].durations.ttr.seconds"
        about = 20520
        within = 0

        [[must]]
        what = "a lower bound"
        path = "incidents[0].durations.ttr.status"
        equals = "lower_bound"

        [[must]]
        what = "the first sign"
        path = "incidents[0].milestones[kind=detected].at"
        at = "2015-10-16T12:52:00Z"
        within_s = 0

        [[must]]
        what = "nobody knows since when"
        path = "incidents[0].durations.ttd.status"
        equals = "missing"

        [[must]]
        what = "one label is wrong in all posts"
        path = "records[0].defects"
        count = 1

        [[must]]
        what = "which, and how it is read"
        path = "records[0].defects[0].what"
        contains = "zone label error: the two clocks of all 5 pairs are 1 h apart"

        [[must]]
        what = "what is written"
        path = "records[0].defects[0].literal"
        contains = "05:52 PST"

        [[must]]
        what = "what fits"
        path = "records[0].defects[0].reading"
        contains = "PDT"
    "#;
    let findings =
        expect::check(wanted, &reports::json::value(&snapshot)).expect("good expectations");
    assert!(
        findings.iter().all(|finding| finding.holds),
        "{}",
        expect::table(&findings)
    );
}

/// The report states no end: neither zero nor the day of its publication stands in for it.
#[test]
fn the_report_of_rogue_client_alone_has_no_end() {
    let replay = REPLAYS
        .iter()
        .find(|replay| replay.name == "rogue-client")
        .expect("it is there");
    let report = replay.folder.join("record-report.txt");
    let snapshot = made::analysed(&[report], |_| {});
    let incidents = &reports::json::value(&snapshot)["incidents"];
    let duration = &incidents[0]["durations"]["ttr"];
    assert_eq!(duration["status"], "missing", "{duration}");
    assert!(duration["seconds"].is_null(), "{duration}");
    let reason = duration["reason"].as_str().expect("a reason");
    assert!(reason.contains("restored"), "{duration}");
    let milestones = incidents[0]["milestones"].as_array().expect("claims");
    let told: Vec<_> = milestones
        .iter()
        .map(|one| [&one["kind"], &one["at"], &one["outcome"]])
        .collect();
    assert_eq!(
        told,
        [["mitigation_attempt", "2019-10-25T19:19:00Z", "worsened"]]
    );
}

/// With the change taken out of the records, the logs alone still show both windows.
#[test]
fn the_logs_of_rogue_client_alone_show_where_it_got_worse() {
    let folder = made::root().join("sample-logs/rogue-client/logs");
    let snapshot = made::analysed(&[folder], |_| {});
    let kinds: Vec<Vec<&str>> = snapshot
        .incidents
        .iter()
        .map(|one| {
            one.incident
                .windows
                .iter()
                .map(|window| window.kind.word())
                .collect()
        })
        .collect();
    assert_eq!(kinds, [["degraded", "down"]]);
    assert!(snapshot.incidents[0].incident.causes.is_empty());
}

#[test]
fn every_line_of_a_replay_is_read() {
    for replay in REPLAYS.iter() {
        for input in &replay.snapshot.inputs {
            let path = format!("{}/{}", replay.name, input.path);
            assert_eq!(input.error, None, "{path}");
            assert_eq!(input.unparsed, 0, "{path}: {:?}", input.samples);
            // A failed notification is no claim: a record may consist of notes.
            let noted = |record: &Record| record.path == input.path && !record.notes.is_empty();
            let said = input.events > 0 || replay.snapshot.records.iter().any(noted);
            assert!(said, "{path}: no event");
        }
    }
}

#[test]
fn the_same_bytes_give_the_same_report_on_any_number_of_threads() {
    for replay in REPLAYS.iter() {
        let again = |threads| {
            let snapshot = made::analysed(std::slice::from_ref(&replay.folder), |options| {
                options.threads = threads;
            });
            reports::json(&snapshot)
        };
        let (first, one, five) = (reports::json(&replay.snapshot), again(1), again(5));
        same(&replay.name, &first, &one);
        same(&replay.name, &first, &five);
    }
}

#[test]
fn the_order_of_the_sources_changes_no_conclusion_of_a_replay() {
    for replay in REPLAYS.iter() {
        let (sources, _) = rfo::input::discover(std::slice::from_ref(&replay.folder));
        let mut named: Vec<PathBuf> = sources
            .iter()
            .map(|source| source.origin.path().to_path_buf())
            .collect();
        let conclusions = |named: &[PathBuf]| {
            let snapshot = made::analysed(named, |_| {});
            let report = reports::json::value(&snapshot);
            let parts = ["incidents", "conflicts", "range"].map(|part| report[part].clone());
            parts
                .map(|part| serde_json::to_string_pretty(&part).expect("JSON"))
                .join("\n")
        };
        let first = conclusions(&named);
        named.reverse();
        same(&replay.name, &first, &conclusions(&named));
    }
}

/// Panics with the first line that differs.
fn same(name: &str, a: &str, b: &str) {
    let different = a
        .lines()
        .zip(b.lines())
        .enumerate()
        .find(|(_, (a, b))| a != b);
    if let Some((i, (a, b))) = different {
        panic!("{name}: line {}: {a} | {b}", i + 1);
    }
    assert_eq!(a.len(), b.len(), "{name}");
}

#[test]
fn the_records_alone_make_a_report() {
    for replay in REPLAYS.iter() {
        let entries = fs::read_dir(&replay.folder).expect("readable");
        let paths = entries.map(|entry| entry.expect("readable").path());
        let named = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| name.starts_with("record"))
        };
        let mut records: Vec<PathBuf> = paths.filter(named).collect();
        records.sort();
        assert!(!records.is_empty(), "{}: no records", replay.name);
        let snapshot = made::analysed(&records, |options| {
            options.zone = options.zone.or(Some(replay.snapshot.zone));
        });
        let name = format!("{}, records alone", replay.name);
        sound::check(&name, &snapshot);
        assert_eq!(
            snapshot.records.len(),
            records.len(),
            "{name}: a record was taken for a log"
        );
        // The pager tells five apart; only the logs know that they have one cause.
        let runs = if replay.name == "port-exhaustion" {
            5
        } else {
            1
        };
        assert_eq!(snapshot.incidents.len(), runs, "{name}");
        for incident in &snapshot.incidents {
            assert!(
                incident.incident.contributors.is_empty(),
                "{name}: who would know?"
            );
        }
        let text = reports::text(&snapshot, reports::Look::default());
        assert!(text.contains("people's records"), "{name}:\n{text}");
    }
}
