//! Bursts of error lines in the logs of a few services, as fault injection makes them: two hours
//! of JSON lines, three bursts of one to three minutes in one service each.

use std::fmt::Write as _;
use std::fs;

use anyhow::Result;
use rfo::clock::words::rfc3339;

use crate::logs::analysed;
use crate::random::Random;

const SERVICES: [&str; 5] = ["cart", "catalog", "orders", "payments", "shipping"];
/// 2024-01-03T08:00:00Z.
const START_S: i64 = 1_704_268_800;
const HOURS: i64 = 2;
const NS_PER_S: i64 = 1_000_000_000;
/// Buckets of the grid that two hours get.
const BUCKET_S: i64 = 10;

/// What came of one seed.
pub struct Outcome {
    /// For each burst how many buckets its onset was off, if it was found.
    pub onset_errors: Vec<Option<u64>>,
    /// Anomalies near no burst.
    pub wrong: usize,
}

/// Writes the logs of a seed, analyses them and compares.
pub fn measure(seed: u64) -> Result<Outcome> {
    let mut random = Random(seed * 977 + 5);
    let bursts: Vec<(usize, i64, i64)> = (0..3)
        .map(|i| {
            let from = 1800 + i * 1700 + random.below(900) as i64;
            let long = 60 + random.below(120) as i64;
            (
                random.below(SERVICES.len()),
                START_S + from,
                START_S + from + long,
            )
        })
        .collect();
    let folder = tempfile::tempdir()?;
    for (number, service) in SERVICES.iter().enumerate() {
        let own: Vec<_> = bursts.iter().filter(|burst| burst.0 == number).collect();
        let mut text = String::new();
        for second in START_S..START_S + HOURS * 3600 {
            let bad = own.iter().any(|burst| (burst.1..burst.2).contains(&second));
            let errors = random.poisson(if bad { 1.5 } else { 0.01 });
            let normal = random.poisson(2.0);
            for i in 0..normal + errors {
                let (level, message) = if i < normal {
                    ("info", "request served")
                } else {
                    ("error", "upstream call failed: deadline exceeded")
                };
                let time = rfc3339(second * NS_PER_S);
                let _ = writeln!(
                    text,
                    r#"{{"time":"{time}","level":"{level}","service":"{service}","msg":"{message}"}}"#
                );
            }
        }
        fs::write(folder.path().join(format!("{service}.json")), text)?;
    }
    let snapshot = analysed(vec![folder.path().to_path_buf()]);
    let windows: Vec<(i64, i64)> = snapshot
        .anomalies
        .iter()
        .map(|one| {
            (
                one.start.at_ns / NS_PER_S,
                one.end.map_or(i64::MAX, |end| end.at_ns / NS_PER_S),
            )
        })
        .collect();
    let near = |window: &(i64, i64), burst: &(usize, i64, i64)| {
        window.0 <= burst.2 + 60 && burst.1 <= window.1.saturating_add(60)
    };
    let error = |burst: &(usize, i64, i64)| {
        let near = windows.iter().filter(|window| near(window, burst));
        near.map(|window| (window.0.abs_diff(burst.1)) / BUCKET_S as u64)
            .min()
    };
    Ok(Outcome {
        onset_errors: bursts.iter().map(error).collect(),
        wrong: windows
            .iter()
            .filter(|window| !bursts.iter().any(|burst| near(window, burst)))
            .count(),
    })
}
