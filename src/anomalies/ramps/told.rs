//! Ramps in people's terms: when one began, when it reaches the limit, and by which rule.
//!
//! In: a flagged ramp and the samples around it. Out: an anomaly. Does not decide anything.

use super::{Ramp, Watch};
use crate::anomalies::{Anomaly, Direction};
use crate::clock::words::{length, rfc3339};
use crate::clock::{Censor, NS_PER_S, When};
use crate::events::Evidence;
use crate::series::Series;

/// A ramp begins where its line crosses the baseline by that many median absolute deviations.
const MADS: f64 = 3.0;

/// The anomaly: onset, end, time to the limit, rule and evidence.
pub(super) fn anomaly(
    index: usize,
    series: &Series,
    limit: f64,
    ramp: &Ramp,
    watch: &Watch,
) -> Anomaly {
    let grid = &series.grid;
    let bucket_ns = |sample: usize| grid.time(watch.buckets[sample]);
    let reaches = reaches_limit(series, limit, ramp, watch);
    let start = onset(series, ramp, watch);
    let end = ramp.end.unwrap_or(watch.levels.len());
    let first = watch
        .buckets
        .partition_point(|&b| grid.time(b + 1) <= start.at_ns)
        .min(end - 1);
    let seen = &watch.levels[first..end];
    let observed = seen.iter().sum::<f64>() / seen.len() as f64;
    let expected = ramp
        .baseline
        .map_or(watch.levels[ramp.window], |(middle, _)| middle);
    let sigmas = (ramp.line.slope / ramp.line.slope_error).min(20.0);
    let flagged_at_ns = bucket_ns(ramp.flag) + grid.width.ns();
    let rule = format!(
        "ramps: straight growth of {:.4} per s over {} (R2 {:.2}) reaches the limit {limit} at {} \
         ({} to {}), {} after it was flagged",
        ramp.line.slope,
        length(bucket_ns(ramp.flag) - bucket_ns(ramp.window)),
        ramp.line.explained,
        rfc3339(reaches.at_ns),
        rfc3339(reaches.lo_ns),
        rfc3339(reaches.hi_ns),
        length((reaches.at_ns - flagged_at_ns).max(0)),
    );
    Anomaly {
        id: String::new(),
        signal: series.signal.clone(),
        family: series.family,
        direction: Direction::Ramp,
        start,
        end: ramp
            .end
            .map(|end| When::between(bucket_ns(end - 1), bucket_ns(end), bucket_ns(end))),
        flagged_at_ns,
        observed,
        expected,
        effect: ramp.line.slope,
        p_value: (-sigmas * sigmas / 2.0).exp(),
        n: seen.len() as u64,
        score: sigmas,
        detector: "ramps",
        evidence: vec![Evidence::Signal {
            signal: series.signal.full_name(),
            bucket: rfc3339(bucket_ns(ramp.flag)),
            observed: watch.levels[ramp.flag],
            expected,
            rule: rule.clone(),
        }],
        rule,
        series: index,
        buckets: watch.buckets[first]..watch.buckets[end - 1] + 1,
        growth: vec![(watch.buckets[ramp.flag], sigmas)],
        new_normal: false,
        lasting: crate::anomalies::Lasting::default(),
        reaches_limit: Some(reaches),
    }
}

/// Where the fitted line crosses the baseline + 3 MAD, ± one bucket and the errors of the fit.
fn onset(series: &Series, ramp: &Ramp, watch: &Watch) -> When {
    let grid = &series.grid;
    let crossing = ramp
        .baseline
        .and_then(|(middle, mad)| ramp.line.reaches(middle + MADS * mad));
    let Some(at_s) = crossing else {
        return When::censored(grid.time(watch.buckets[ramp.window]), Censor::Left);
    };
    let at_s = at_s.clamp(watch.time_s(0), watch.time_s(ramp.flag));
    let lean = (at_s - ramp.line.center.0).abs() * ramp.line.slope_error / ramp.line.slope;
    let error_s = grid.width.as_s() + lean + ramp.line.residual / ramp.line.slope;
    between(grid.start_ns, at_s - error_s, at_s, at_s + error_s)
}

/// When the line reaches the limit; two standard errors of the slope either way, one bucket and
/// the noise of a sample.
fn reaches_limit(series: &Series, limit: f64, ramp: &Ramp, watch: &Watch) -> When {
    let (line, now_s) = (&ramp.line, watch.time_s(ramp.flag));
    let left = (limit - line.at(now_s)).max(0.0);
    let after = |slope: f64| now_s + (left / slope).min(1e9);
    let error = 2.0 * line.slope_error * watch.memory(line, ramp.window, ramp.flag + 1);
    let slack_s = series.grid.width.as_s() + line.residual / line.slope;
    between(
        series.grid.start_ns,
        after(line.slope + error) - slack_s,
        after(line.slope),
        after((line.slope - error).max(line.slope / 10.0)) + slack_s,
    )
}

/// An instant from seconds after the grid's start.
fn between(start_ns: i64, lo_s: f64, at_s: f64, hi_s: f64) -> When {
    let ns = |s: f64| start_ns.saturating_add((s * NS_PER_S as f64) as i64);
    When::between(ns(lo_s), ns(at_s), ns(hi_s))
}
