//! A series in words and figures: means over stretches, and evidence that names a bucket.

use std::ops::Range;

use crate::clock::words::rfc3339;
use crate::events::Evidence;
use crate::series::{Series, Values};

/// The value of a series in one bucket in its signal's unit: counts per second, shares,
/// levels, mean seconds for latency. `None` where nothing is known.
pub fn value(series: &Series, i: usize) -> Option<f64> {
    let known = series.covered.contains(&i);
    match &series.values {
        Values::Count(x) => known.then(|| x[i] as f64 / series.grid.width.as_s()),
        Values::Ratio { k, n } => (n[i] > 0).then(|| k[i] as f64 / n[i] as f64),
        Values::Gauge(y) => Some(y[i]).filter(|y| y.is_finite()),
        Values::Latency(h) => (h[i].count() > 0).then(|| h[i].sum_us() / h[i].count() as f64 / 1e6),
    }
}

/// Mean of the known values over some buckets, and how many there were: shares and latencies
/// are weighted by their events.
pub fn mean(series: &Series, buckets: impl Iterator<Item = usize>) -> Option<(f64, u64)> {
    let (mut sum, mut weight, mut n) = (0.0, 0.0, 0);
    for i in buckets {
        let Some(value) = value(series, i) else {
            continue;
        };
        let w = match &series.values {
            Values::Ratio { n, .. } => n[i] as f64,
            Values::Latency(h) => h[i].count() as f64,
            Values::Count(_) | Values::Gauge(_) => 1.0,
        };
        sum += value * w;
        weight += w;
        n += 1;
    }
    (weight > 0.0).then(|| (sum / weight, n))
}

/// The buckets of stretches of time, each once, ascending.
pub fn buckets(series: &Series, ranges: &[Range<i64>]) -> Vec<usize> {
    let grid = &series.grid;
    let of = |range: &Range<i64>| {
        let first = ((range.start - grid.start_ns).max(0) / grid.width.ns()) as usize;
        let end = ((range.end - grid.start_ns).max(0) as usize).div_ceil(grid.width.ns() as usize);
        first..end.min(grid.n)
    };
    let mut found: Vec<usize> = ranges.iter().flat_map(of).collect();
    found.sort_unstable();
    found.dedup();
    found
}

/// Evidence: what was seen in the bucket of an instant and what was expected there.
pub fn at(
    series: &Series,
    name: &str,
    time_ns: i64,
    observed: f64,
    expected: f64,
    rule: impl Into<String>,
) -> Evidence {
    let bucket = series.grid.time(series.grid.nearest(time_ns));
    Evidence::Signal {
        signal: name.to_owned(),
        bucket: rfc3339(bucket),
        observed,
        expected,
        rule: rule.into(),
    }
}
