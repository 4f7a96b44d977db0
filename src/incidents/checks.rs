//! What was tested and found normal: the absence of an anomaly is evidence.

use std::ops::Range;

use super::hour_of_week::of_week;
use super::{Check, Scene, evidence};
use crate::anomalies::Direction;
use crate::anomalies::settle::is_entity;
use crate::clock::NS_PER_MIN;
use crate::series::{Family, Role, Series, Values};

/// How far around the windows a signal must have been normal.
const AROUND_NS: i64 = 2 * NS_PER_MIN;
/// A check rests on at least this share of the windows' buckets.
const SEEN_SHARE: f64 = 0.5;
/// A signal that moved by more than this share of itself is not called normal.
const MOVED_SHARE: f64 = 0.3;
/// The baseline of most checks.
const HOUR_BEFORE: &str = "the hour before";
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
        // Of many entities some are always normal: that says nothing.
        if is_flagged || is_entity(series) || matches!(series.values, Values::Latency(_)) {
            continue;
        }
        // A source that is silent has no errors to count: its zeros are not seen.
        let mut inside = evidence::buckets(series, selection);
        inside.retain(|i| !is_silent(scene, series, *i));
        let Baseline {
            buckets: before,
            expected,
            against,
        } = baseline(scene, series, selection, troubled);
        let observed = evidence::mean(series, inside.iter().copied());
        let (Some((observed, n)), Some(expected)) = (observed, expected) else {
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
            against,
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

/// What the windows of a signal are compared with.
struct Baseline {
    buckets: Vec<usize>,
    expected: Option<f64>,
    against: String,
}

/// The hour before; for the requests of users the same hours of other weeks, where they are
/// known: whether it was a peak is a question to the week, not to the hour.
fn baseline(
    scene: &Scene<'_>,
    series: &Series,
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Baseline {
    let asks_week = series.family == Family::Traffic && series.signal.role == Role::UserFacing;
    let week = asks_week.then(|| of_week(scene, series, selection, troubled));
    if let Some(week) = week.flatten() {
        return Baseline {
            expected: Some(week.expected_per_s),
            against: week.words(),
            buckets: week.buckets,
        };
    }
    let stretches = scene.stretches(series, selection, troubled);
    let buckets = evidence::buckets(series, &stretches.baseline);
    Baseline {
        expected: evidence::mean(series, buckets.iter().copied()).map(|mean| mean.0),
        against: HOUR_BEFORE.to_owned(),
        buckets,
    }
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
/// (Poisson, two samples) and by 30 %, shares neither by half nor by 3 sigmas (binomial, pooled)
/// or half a percentage point, levels and durations by 30 %.
fn is_unmoved(series: &Series, inside: (&[usize], f64), before: (&[usize], f64)) -> bool {
    let ((inside, observed), (before, expected)) = (inside, before);
    let difference = (observed - expected).abs();
    let within = |share: f64| difference <= share * expected.abs();
    match &series.values {
        Values::Count(counts) => {
            let sum = |buckets: &[usize]| buckets.iter().map(|&i| counts[i]).sum::<u64>() as f64;
            let scale = inside.len() as f64 / before.len().max(1) as f64;
            // What never happens in the baseline is not normal when it does.
            if sum(before) == 0.0 && sum(inside) > 0.0 {
                return false;
            }
            let sigma = (sum(inside) + sum(before) * scale * scale).max(1.0).sqrt();
            within(MOVED_SHARE) || (sum(inside) - sum(before) * scale).abs() <= 3.0 * sigma
        }
        Values::Ratio { k, n } => {
            let total = |values: &[u64], buckets: &[usize]| {
                buckets.iter().map(|&i| values[i]).sum::<u64>() as f64
            };
            let of = |buckets: &[usize]| (total(k, buckets), total(n, buckets));
            within(0.5) || difference <= 0.005 && !differs(of(inside), of(before))
        }
        Values::Gauge(_) | Values::Latency(_) => within(MOVED_SHARE),
    }
}

/// Whether two shares `(k, n)` differ by more than 3 sigmas of their pooled binomial.
fn differs((k1, n1): (f64, f64), (k2, n2): (f64, f64)) -> bool {
    let pooled = (k1 + k2) / (n1 + n2).max(1.0);
    let variance = pooled * (1.0 - pooled) * (1.0 / n1.max(1.0) + 1.0 / n2.max(1.0));
    (k1 / n1.max(1.0) - k2 / n2.max(1.0)).abs() > 3.0 * variance.sqrt()
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
                    against: HOUR_BEFORE.to_owned(),
                },
            ))
        })
        .collect()
}
