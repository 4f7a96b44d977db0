//! What was tested and found normal: the absence of an anomaly is evidence.

use std::ops::Range;

use super::{Check, Scene, evidence};
use crate::clock::NS_PER_MIN;
use crate::series::{Role, Values};

/// How far around the windows a signal must have been normal.
const AROUND_NS: i64 = 2 * NS_PER_MIN;
/// A check rests on at least this share of the windows' buckets.
const SEEN_SHARE: f64 = 0.5;
/// Checks listed per incident; user-facing signals first.
const KEPT_MAX: usize = 12;

/// Signals without an anomaly in or near the windows, with their means there and what the
/// baseline expected; user-facing first, then as the sources come.
pub fn checks(scene: &Scene<'_>, selection: &[Range<i64>], troubled: &[Range<i64>]) -> Vec<Check> {
    let mut found: Vec<(Role, usize, Check)> = Vec::new();
    for (s, series) in scene.series.iter().enumerate() {
        let near = |range: &Range<i64>| (range.start - AROUND_NS, range.end + AROUND_NS);
        let troubled = scene.anomalies.iter().any(|one| {
            let end = one.end.map_or(scene.end_of_data_ns, |end| end.at_ns);
            one.series == s
                && selection
                    .iter()
                    .map(near)
                    .any(|(from, to)| one.start.at_ns < to && end > from)
        });
        // A latency is a distribution: its mean says little; its checks are its shares over quantiles.
        if troubled || matches!(series.values, Values::Latency(_)) {
            continue;
        }
        let buckets = evidence::buckets(series, selection);
        let Some((observed, n)) = evidence::mean(series, buckets.iter().copied()) else {
            continue;
        };
        // A source that hardly speaks in the windows was not checked in them.
        if (n as f64) < SEEN_SHARE * buckets.len() as f64 {
            continue;
        }
        let expected: Vec<f64> = buckets
            .iter()
            .map(|&i| scene.expected[s][i])
            .filter(|x| x.is_finite())
            .collect();
        if expected.is_empty() {
            continue;
        }
        let check = Check {
            signal: series.signal.full_name(),
            verdict: "within_baseline",
            observed,
            expected: expected.iter().sum::<f64>() / expected.len() as f64,
            unit: series.signal.unit.clone(),
            n,
        };
        found.push((series.signal.role, s, check));
    }
    found.extend(latency_checks(scene, selection, troubled));
    found.sort_by_key(|(role, s, _)| (*role, *s));
    found
        .into_iter()
        .take(KEPT_MAX)
        .map(|(_, _, check)| check)
        .collect()
}

/// Latencies of which no quantile's share left its baseline: mean seconds, windows against
/// what was before them.
fn latency_checks(
    scene: &Scene<'_>,
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Vec<(Role, usize, Check)> {
    let is_normal = |s: usize| {
        !scene.anomalies.iter().any(|one| {
            let end = one.end.map_or(scene.end_of_data_ns, |end| end.at_ns);
            one.series == s
                && selection
                    .iter()
                    .any(|range| one.start.at_ns < range.end && end > range.start)
        })
    };
    let latencies = scene
        .series
        .iter()
        .enumerate()
        .filter(|(s, one)| matches!(one.values, Values::Latency(_)) && is_normal(*s));
    latencies
        .filter_map(|(s, series)| {
            let inside = evidence::buckets(series, selection);
            let baseline = scene.stretches(series, selection, troubled).baseline;
            let before = evidence::buckets(series, &baseline);
            let (observed, n) = evidence::mean(series, inside.into_iter())?;
            let (expected, _) = evidence::mean(series, before.into_iter())?;
            let (signal, unit) = (series.signal.full_name(), series.signal.unit.clone());
            Some((
                series.signal.role,
                s,
                Check {
                    signal,
                    verdict: "within_baseline",
                    observed,
                    expected,
                    unit,
                    n,
                },
            ))
        })
        .collect()
}
