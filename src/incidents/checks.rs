//! What was tested and found normal: the absence of an anomaly is evidence.

use std::ops::Range;

use super::{Check, Scene, evidence};
use crate::anomalies::Direction;
use crate::clock::NS_PER_MIN;
use crate::series::{Role, Series, Values};

/// How far around the windows a signal must have been normal.
const AROUND_NS: i64 = 2 * NS_PER_MIN;
/// A check rests on at least this share of the windows' buckets.
const SEEN_SHARE: f64 = 0.5;
/// A signal that moved by more than this share of itself is not called normal.
const MOVED_SHARE: f64 = 0.3;
/// Checks listed per incident; user-facing signals first.
const KEPT_MAX: usize = 12;

/// Signals without an anomaly in or near the windows, with their means there and what the
/// baseline expected; user-facing first, then as the sources come.
pub fn checks(scene: &Scene<'_>, selection: &[Range<i64>], troubled: &[Range<i64>]) -> Vec<Check> {
    let mut found: Vec<(Role, usize, Check)> = Vec::new();
    for (s, series) in scene.series.iter().enumerate() {
        let near = |range: &Range<i64>| (range.start - AROUND_NS, range.end + AROUND_NS);
        let is_flagged = scene.anomalies.iter().any(|one| {
            let end = one.end.map_or(scene.end_of_data_ns, |end| end.at_ns);
            one.series == s
                && selection
                    .iter()
                    .map(near)
                    .any(|(from, to)| one.start.at_ns < to && end > from)
        });
        // A latency is a distribution: its mean says little; its checks are its shares over quantiles.
        if is_flagged || matches!(series.values, Values::Latency(_)) {
            continue;
        }
        // A source that is silent has no errors to count: its zeros are not seen.
        let mut inside = evidence::buckets(series, selection);
        inside.retain(|i| !is_silent(scene, series, *i));
        let before = evidence::buckets(
            series,
            &scene.stretches(series, selection, troubled).baseline,
        );
        let observed = evidence::mean(series, inside.iter().copied());
        let expected = evidence::mean(series, before.iter().copied());
        let (Some((observed, n)), Some((expected, _))) = (observed, expected) else {
            continue;
        };
        // A source that hardly speaks in the windows was not checked in them.
        if (n as f64) < SEEN_SHARE * inside.len() as f64 {
            continue;
        }
        if !is_unmoved(series, (&inside, observed), (&before, expected)) {
            continue;
        }
        let check = Check {
            signal: series.signal.full_name(),
            verdict: "within_baseline",
            observed,
            expected,
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

/// Whether the source of a series is silent in a bucket.
fn is_silent(scene: &Scene<'_>, series: &Series, i: usize) -> bool {
    scene.anomalies.iter().any(|one| {
        one.direction == Direction::Silence
            && one.signal.source == series.signal.source
            && one.buckets.contains(&i)
    })
}

/// Whether the windows are like the baseline: that no anomaly was flagged is not enough, a
/// detector may have grown used to the trouble. Counts must not differ by more than 3 sigmas
/// (Poisson, two samples) and by 30 %, shares by half a percentage point and by half, levels
/// and durations by 30 %.
fn is_unmoved(series: &Series, inside: (&[usize], f64), before: (&[usize], f64)) -> bool {
    let ((inside, observed), (before, expected)) = (inside, before);
    let difference = (observed - expected).abs();
    let within = |share: f64| difference <= share * expected.abs();
    match &series.values {
        Values::Count(counts) => {
            let sum = |buckets: &[usize]| buckets.iter().map(|&i| counts[i]).sum::<u64>() as f64;
            let scale = inside.len() as f64 / before.len().max(1) as f64;
            let sigma = (sum(inside) + sum(before) * scale * scale).max(1.0).sqrt();
            within(MOVED_SHARE) || (sum(inside) - sum(before) * scale).abs() <= 3.0 * sigma
        }
        Values::Ratio { .. } => difference <= 0.005 || within(0.5),
        Values::Gauge(_) | Values::Latency(_) => within(MOVED_SHARE),
    }
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
            let (observed, n) = evidence::mean(series, inside.iter().copied())?;
            let (expected, _) = evidence::mean(series, before.iter().copied())?;
            if !is_unmoved(series, (&inside, observed), (&before, expected)) {
                return None;
            }
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
