//! Slow query logs with what pt-query-digest says of each class of statements: how many there
//! are and how long they took together.
//!
//! Its fingerprints are not rfo's: a class is found by rfo's fingerprint of its example.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use rfo::formats::fingerprint::{Quotes, fingerprint};
use serde_json::Value;

use crate::board::Board;
use crate::reading::{Reading, files, name};

/// How many, and how long together in seconds.
#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    count: u64,
    seconds: f64,
}

/// How many of all were right.
#[derive(Debug, Clone, Copy, Default)]
struct Right {
    classes: u64,
    counts: u64,
    sums: u64,
}

/// Scores every log.
pub fn score(folder: &Path) -> Result<Board> {
    let mut board = Board::default();
    let mut total = Right::default();
    for expectation in files(folder, ".digest.json")? {
        let log = expectation.to_string_lossy().replace(".digest.json", "");
        let text = fs::read_to_string(&expectation)?;
        let digest: Value =
            serde_json::from_str(&text).with_context(|| expectation.display().to_string())?;
        let right = one(&mut board, folder, Path::new(&log), &digest);
        total.classes += right.classes;
        total.counts += right.counts;
        total.sums += right.sums;
    }
    board.counts = Some([total.counts + total.sums, 2 * total.classes]);
    let share = |n: u64| n as f64 * 100.0 / total.classes.max(1) as f64;
    let _ = writeln!(
        board.notes,
        "{} classes: count right {} ({:.1} %), sum right {} ({:.1} %)",
        total.classes,
        total.counts,
        share(total.counts),
        total.sums,
        share(total.sums)
    );
    Ok(board)
}

fn one(board: &mut Board, folder: &Path, log: &Path, digest: &Value) -> Right {
    let reading = Reading::of(log, None);
    let mut found: BTreeMap<String, Sum> = BTreeMap::new();
    for event in reading.events() {
        let sum = found.entry(event.query.unwrap_or_default()).or_default();
        sum.count += 1;
        sum.seconds += event.latency_us.unwrap_or(0) as f64 / 1e6;
    }
    let mut right = Right::default();
    let classes = digest["classes"].as_array().map_or(&[][..], Vec::as_slice);
    for class in classes {
        let (class_name, said) = said(class);
        let here = found.get(&class_name).copied().unwrap_or_default();
        let count = here.count == said.count;
        let sum = (here.seconds - said.seconds).abs() <= 1e-3 * said.seconds.max(1e-3);
        right.classes += 1;
        right.counts += u64::from(count);
        right.sums += u64::from(sum);
        if !(count && sum) {
            board.misses.push(format!(
                "{}: expected {} of {} s, found {} of {:.6} s: {}",
                name(folder, log),
                said.count,
                said.seconds,
                here.count,
                here.seconds,
                rfo::text::shorten(&rfo::text::printable(&class_name), 120)
            ));
        }
    }
    let _ = writeln!(
        board.notes,
        "{:<28} {:<12} classes {:>3}, count right {:>3}, sum right {:>3}, unparsed {}",
        name(folder, log),
        reading.format(),
        right.classes,
        right.counts,
        right.sums,
        reading.unparsed()
    );
    right
}

/// rfo's name of a class, and what is said of it.
fn said(class: &Value) -> (String, Sum) {
    let example = class["example"]["query"].as_str().unwrap_or("");
    let mut name = Vec::new();
    fingerprint(example.as_bytes(), Quotes::Strings, &mut name);
    let seconds = class["metrics"]["Query_time"]["sum"].as_str();
    let sum = Sum {
        count: class["query_count"].as_u64().unwrap_or(0),
        seconds: seconds.and_then(|text| text.parse().ok()).unwrap_or(0.0),
    };
    (String::from_utf8_lossy(&name).into_owned(), sum)
}
