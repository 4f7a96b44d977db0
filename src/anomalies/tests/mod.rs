//! The detectors on made-up series with known truth.

use super::*;

mod laws;
mod quiet;
mod short_history;
pub mod synthetic;
mod towards_limits;
mod trouble;
mod waiting;

/// Anomalies as (direction, first bucket, end bucket or `usize::MAX`), by start.
fn found(series: &Series) -> Vec<(Direction, usize, usize)> {
    let found = find(std::slice::from_ref(series), &Options::default());
    found
        .anomalies
        .iter()
        .map(|anomaly| place(series, anomaly))
        .collect()
}

fn place(series: &Series, anomaly: &Anomaly) -> (Direction, usize, usize) {
    let bucket = |when: &When| series.grid.nearest(when.at_ns);
    (
        anomaly.direction,
        bucket(&anomaly.start),
        anomaly.end.as_ref().map_or(usize::MAX, bucket),
    )
}

/// Asserts that exactly these stretches were found, each end within `slack` buckets.
fn check(series: &Series, expected: &[(Direction, usize, usize)], slack: usize) {
    let seen = found(series);
    let alike = |(seen, wanted): (&(Direction, usize, usize), &(Direction, usize, usize))| {
        seen.0 == wanted.0
            && seen.1.abs_diff(wanted.1) <= slack
            && seen.2.abs_diff(wanted.2) <= slack
    };
    assert!(
        seen.len() == expected.len() && seen.iter().zip(expected).all(alike),
        "found {seen:?}, not {expected:?}"
    );
}
