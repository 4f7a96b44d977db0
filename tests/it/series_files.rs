//! A plain CSV of time and value is a source like any other: from the command line to anomalies
//! that are flagged no earlier than the data allow.

use std::fmt::Write as _;
use std::fs;

use rfo::analysis::Snapshot;
use rfo::clock::words::rfc3339;

use crate::made;

const START_S: i64 = 1_704_067_200;
const N: i64 = 600;

/// Minutes of a level around 50 that doubles from minute 400 to 430.
fn rows(time: impl Fn(i64) -> String, head: &str, seed: i64) -> String {
    let mut text = head.to_owned();
    for minute in 0..N {
        let noise = ((minute * 7919 + seed * 104_729) % 97) as f64 / 97.0;
        let level = if (400..430).contains(&minute) {
            100.0
        } else {
            50.0
        };
        let _ = writeln!(text, "{},{:.3}", time(START_S + 60 * minute), level + noise);
    }
    text
}

fn read(text: &str) -> Snapshot {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("level.csv");
    fs::write(&path, text).expect("written");
    made::analysed(&[path], |_| {})
}

#[test]
fn time_and_value_are_enough_whatever_they_are_called_and_in_any_stamp() {
    let epoch = |s: i64| s.to_string();
    let rfc = |s: i64| rfc3339(s * 1_000_000_000);
    let texts = [
        rows(rfc, "time,value\n", 1),
        rows(rfc, "timestamp,cpu\n", 1),
        rows(epoch, "timestamp,value\n", 1),
    ];
    for text in texts {
        let head = text.lines().next().unwrap_or_default().to_owned();
        let snapshot = read(&text);
        let found: Vec<i64> = snapshot
            .anomalies
            .iter()
            .map(|one| (one.start.at_ns / 1_000_000_000 - START_S) / 60)
            .collect();
        assert_eq!(found, [400], "{head}");
    }
}

#[test]
fn a_file_cut_where_something_was_flagged_has_the_same_flag() {
    for seed in 0..4 {
        let text = rows(|s| rfc3339(s * 1_000_000_000), "time,value\n", seed);
        let flags = |text: &str| -> Vec<i64> {
            read(text)
                .anomalies
                .iter()
                .map(|one| one.flagged_at_ns)
                .collect()
        };
        let whole = flags(&text);
        assert_eq!(whole.len(), 1, "{whole:?}");
        let minutes = (whole[0] / 1_000_000_000 - START_S) / 60;
        // A row more than the flag: the last bucket is whole once the next one begins.
        let until = |rows: i64| {
            text.lines()
                .take(1 + rows as usize)
                .fold(String::new(), |all, line| all + line + "\n")
        };
        assert_eq!(flags(&until(minutes + 1)), whole);
        assert_eq!(flags(&until(minutes)), Vec::<i64>::new());
    }
}
