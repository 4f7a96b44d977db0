//! What went wrong is written in `tests/scenarios/*.toml`; the logs are made from it; the
//! conclusions must agree. And whatever happens to the logs, nothing breaks.

use std::path::PathBuf;

use chrono::DateTime;
use proptest::prelude::*;
use rfo::reports::{self, expect};
use serde::Deserialize;
use toml::{Table, Value};

use crate::{made, sound};

/// What the tests read of a scenario.
#[derive(Deserialize)]
struct Written {
    title: String,
    start: String,
    expected: Expected,
}

/// The section `[expected]`. Each key becomes one expectation of the report.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expected {
    incidents: usize,
    windows: Option<usize>,
    onset: Option<Onset>,
    to_recover_s: Option<About>,
    verdict: Option<Vec<String>>,
    contributor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Onset {
    at: String,
    within_s: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    about: f64,
    within: f64,
}

impl Written {
    fn of(name: &str) -> Self {
        toml::from_str(&made::scenario(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
    }

    /// A clock time of the first day as RFC 3339.
    fn instant(&self, clock: &str) -> String {
        let start = DateTime::parse_from_rfc3339(&self.start).expect("RFC 3339");
        format!("{}T{clock}{}", start.date_naive(), start.offset())
    }

    /// The expectations in the shape that replays write by hand.
    fn expectations(&self) -> String {
        let expected = &self.expected;
        let mut must = vec![entry(
            "incidents",
            "incidents",
            [("count", int(expected.incidents))],
        )];
        if let Some(windows) = expected.windows {
            must.push(entry(
                "windows",
                "incidents[0].windows",
                [("count", int(windows))],
            ));
        }
        if let Some(onset) = &expected.onset {
            let at = Value::String(self.instant(&onset.at));
            let within = ("within_s", onset.within_s.into());
            must.push(entry(
                "onset",
                "incidents[0].windows[0].start.at",
                [("at", at), within],
            ));
        }
        if let Some(span) = &expected.to_recover_s {
            let about = [("about", span.about.into()), ("within", span.within.into())];
            must.push(entry(
                "to recover",
                "incidents[0].durations.ttr.seconds",
                about,
            ));
        }
        if let Some(verdict) = &expected.verdict {
            let any = ("one_of", verdict.clone().into());
            must.push(entry("verdict", "incidents[0].explanation.verdict", [any]));
        }
        if let Some(name) = &expected.contributor {
            let names = ("contains", name.as_str().into());
            must.push(entry(
                "contributor",
                "incidents[0].contributors[0].dimensions",
                [names],
            ));
        }
        let file = Table::from_iter([("must".to_owned(), Value::Array(must))]);
        toml::to_string(&file).expect("a table of plain values")
    }
}

fn int(n: usize) -> Value {
    Value::Integer(n.try_into().expect("small"))
}

fn entry<const N: usize>(what: &str, path: &str, predicate: [(&str, Value); N]) -> Value {
    let said = [("what", what.into()), ("path", path.into())];
    let all = said.into_iter().chain(predicate);
    Value::Table(all.map(|(key, value)| (key.to_owned(), value)).collect())
}

fn paths(folder: &tempfile::TempDir, files: &[(String, Vec<u8>)]) -> Vec<PathBuf> {
    files
        .iter()
        .map(|(name, _)| folder.path().join(name))
        .collect()
}

#[test]
fn what_went_wrong_is_found_when_it_did() {
    let (mut tables, mut failed) = (String::new(), 0);
    for name in made::names() {
        let written = Written::of(&name);
        let logs = made::logs(&name);
        let snapshot = made::analysed(&[logs.path().to_path_buf()], |_| {});
        sound::check(&name, &snapshot);
        let report = reports::json::value(&snapshot);
        let findings = expect::check(&written.expectations(), &report)
            .unwrap_or_else(|why| panic!("{name}: {why}"));
        failed += findings.iter().filter(|finding| !finding.holds).count();
        tables.push_str(&format!(
            "\n{name}: {}\n{}",
            written.title,
            expect::table(&findings)
        ));
    }
    assert_eq!(failed, 0, "{tables}");
}

#[test]
fn there_is_a_scenario_for_trouble_of_each_kind_and_for_none() {
    let expected: Vec<Expected> = made::names()
        .iter()
        .map(|name| Written::of(name).expected)
        .collect();
    assert!(
        expected.iter().any(|one| one.incidents == 0),
        "no quiet scenario"
    );
    for verdict in ["load", "regression", "exhaustion", "silence"] {
        let has = |one: &Expected| {
            one.verdict
                .as_ref()
                .is_some_and(|words| words.iter().any(|word| word == verdict))
        };
        assert!(expected.iter().any(has), "no scenario for {verdict}");
    }
}

#[test]
fn an_expectation_that_does_not_hold_is_a_failure() {
    let mut wrong = Written::of("error-burst");
    wrong.expected.onset = Some(Onset {
        at: "03:00:00".to_owned(),
        within_s: 60.0,
    });
    let logs = made::logs("error-burst");
    let snapshot = made::analysed(&[logs.path().to_path_buf()], |_| {});
    let findings = expect::check(&wrong.expectations(), &reports::json::value(&snapshot));
    let onset = findings
        .expect("readable")
        .into_iter()
        .find(|one| one.what == "onset");
    assert!(onset.is_some_and(|one| !one.holds));
}

#[test]
fn the_order_of_the_sources_changes_no_conclusion() {
    for name in ["gauge-limit", "silent-source"] {
        let files = made::files(name);
        let folder = made::folder(&files);
        let mut named = paths(&folder, &files);
        assert!(named.len() > 1, "{name} has one log: nothing to reorder");
        let conclusions = |named: &[PathBuf]| {
            let report = reports::json::value(&made::analysed(named, |_| {}));
            ["incidents", "conflicts", "range", "bucket_s"].map(|part| report[part].clone())
        };
        let first = conclusions(&named);
        for _ in 1..named.len() {
            named.rotate_left(1);
            assert_eq!(conclusions(&named), first, "{name}: {named:?}");
        }
        named.reverse();
        assert_eq!(conclusions(&named), first, "{name}: {named:?}");
    }
}

#[test]
fn packed_logs_give_the_same_conclusions_as_plain_ones() {
    let files = made::files("error-burst");
    let packed: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|(name, text)| (name.clone(), zstd::encode_all(&text[..], 1).expect("packs")))
        .collect();
    let incidents = |files: &[(String, Vec<u8>)]| {
        let folder = made::folder(files);
        let snapshot = made::analysed(&[folder.path().to_path_buf()], |_| {});
        reports::json::value(&snapshot)["incidents"].clone()
    };
    let plain = incidents(&files);
    assert_eq!(incidents(&packed), plain);
    assert_eq!(plain.as_array().map(Vec::len), Some(1));
}

#[test]
fn while_reading_goes_on_there_is_something_to_show_and_no_judgement() {
    let logs = made::logs("error-burst");
    let mut partials = 0;
    let last = made::shown(&[logs.path().to_path_buf()], &mut |partial| {
        partials += 1;
        assert!(!partial.progress.finished && partial.incidents.is_empty());
        assert!(partial.progress.bytes_read <= partial.progress.bytes_total);
        true
    });
    assert!(partials > 0, "nothing was shown before the end");
    assert!(last.progress.finished && last.progress.bytes_read == last.progress.bytes_total);
}

#[test]
fn whoever_stops_looking_stops_the_reading() {
    // Far more than the blocks that may be under way when the answer comes.
    let log = made::files("error-burst").remove(0).1.repeat(24);
    let folder = made::folder(&[("shop.json".to_owned(), log)]);
    let cut = made::shown(&[folder.path().to_path_buf()], &mut |_| false);
    let read = cut.progress;
    assert!(read.bytes_read < read.bytes_total, "{read:?}");
}

/// A cut in per mille of each file.
fn cuts() -> impl Strategy<Value = Vec<(u32, u32)>> {
    prop::collection::vec((0u32..=1000, 0u32..=1000), 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn logs_cut_anywhere_still_make_a_sound_report(cuts in cuts(), packed: bool) {
        let mut files = made::files("gauge-limit");
        for ((name, bytes), (a, b)) in files.iter_mut().zip(cuts) {
            if packed && name.ends_with(".csv") {
                *bytes = zstd::encode_all(&bytes[..], 1).expect("packs");
            }
            // An odd number of bytes more: cuts fall into the middle of lines.
            let place = |share: u32| (bytes.len() * share as usize / 1000 + 17).min(bytes.len());
            let (from, to) = (place(a.min(b)), place(a.max(b)));
            *bytes = bytes[from..to].to_vec();
        }
        let folder = made::folder(&files);
        let snapshot = made::analysed(&paths(&folder, &files), |_| {});
        sound::check("cut logs", &snapshot);
    }
}
