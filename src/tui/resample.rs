//! Series to columns: one value per column, and where in its scale it lies.
//!
//! A rate is averaged over the buckets of a column; a share, a latency and a gauge show their
//! worst bucket. What is not known is NaN and never zero.

use std::ops::Range;

use super::span::Span;
use crate::series::pooled::worst_share;
use crate::series::{Histogram, Series, Values};

/// The usual level of a signal stands at one part in so many of its lane.
const STEADY: f64 = 2.4;
/// The top of a scale of shares is at least this where nothing is out of the ordinary: one failure of
/// thirty requests must not look like an outage...
const SHARE_TOP_QUIET: f64 = 0.1;
/// ... and this where something is: a lasting failure of one in fifty must be seen.
const SHARE_TOP: f64 = 0.02;
/// A column is unknown where less than this part of its buckets is known.
const SLIVER: usize = 3;
/// Rows of a heatmap are at least this factor of latency high.
const OCTAVES_MIN: f64 = 3.3;

/// A series, and the same counted closer over a part of the time.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// The series.
    pub series: &'a Series,
    /// What is known more closely; wider than the series only where that is of someone else.
    pub closer: Option<&'a Series>,
    /// The series is of all, and what is shown is one entity's: only the closer one is.
    pub is_part: bool,
}

impl<'a> Seen<'a> {
    /// What a column shows: of which of the two, and which buckets of it.
    fn column(&self, span: Span, i: usize, n: usize) -> (&'a Series, Range<usize>) {
        let (from_ns, to_ns) = (span.time(i, n), span.time(i + 1, n));
        let middle_ns = from_ns + (to_ns - from_ns) / 2;
        if let Some(closer) = self.closer
            && let Some(at) = closer.grid.bucket(middle_ns)
        {
            // Of the same width one lies in a column, wherever its edges are.
            let is_alike = closer.grid.width.ns().saturating_mul(3) / 2 > to_ns - from_ns;
            let many = span.buckets(i, n, &closer.grid);
            return match is_alike || many.is_empty() {
                true => (closer, at..at + 1),
                false => (closer, many),
            };
        }
        match self.is_part {
            true => (self.series, 0..0),
            false => (self.series, span.buckets(i, n, &self.series.grid)),
        }
    }

    fn limit(&self) -> Option<f64> {
        self.series.limit.filter(|_| !self.is_part)
    }
}

/// What is drawn of one series: columns, their scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Columns {
    /// One per column, in `unit`; NaN where nothing is known.
    pub values: Vec<f64>,
    /// The same from 0 to 1 on the lane's scale; NaN where nothing is known.
    pub levels: Vec<f64>,
    /// `1/s`, `1/min`, `share`, `s`, or the metric's own.
    pub unit: String,
    /// What the series' own figures were multiplied by.
    pub factor: f64,
    /// The most that is drawn, in `unit`: the limit where there is one, of shares the top of the
    /// scale, else the largest value; NaN where nothing is known.
    pub top: f64,
    /// Columns so narrow that no event fell into them: nothing is missing there, and there is no value.
    pub between: Vec<bool>,
}

/// Resamples a series; inside `gaps` (ns UTC, half open) nothing is known. `alarmed` where
/// something in it is out of the ordinary.
pub fn columns(
    seen: Seen<'_>,
    span: Span,
    n: usize,
    gaps: &[(i64, i64)],
    alarmed: bool,
) -> Columns {
    let series = seen.series;
    let mut between = vec![false; n];
    let mut value_of = |i: usize| {
        let (of, buckets) = known(seen, span, i, n, gaps);
        let is_close = seen.closer.is_some_and(|closer| std::ptr::eq(closer, of));
        let is_known = !buckets.is_empty();
        let value = value(of, buckets);
        between[i] = is_close && is_known && value.is_nan();
        value
    };
    let values: Vec<f64> = (0..n).map(&mut value_of).collect();
    let top = top(seen, &values, alarmed);
    let levels = scaled(series, &values, top);
    // One unit for the whole lane: values are compared by moving the cursor.
    let is_slow = values.iter().copied().fold(0.0, f64::max) < 1.0;
    let (unit, factor) = match &series.values {
        Values::Count(_) if is_slow => ("1/min", 60.0),
        Values::Count(_) => ("1/s", 1.0),
        Values::Ratio { .. } => ("share", 1.0),
        Values::Latency(_) => ("s", 1.0),
        Values::Gauge(_) => (series.signal.unit.as_str(), 1.0),
    };
    let largest = values.iter().copied().fold(f64::NAN, f64::max);
    let is_scale = seen.limit().is_some() || matches!(series.values, Values::Ratio { .. });
    let said = if is_scale && !largest.is_nan() {
        top
    } else {
        largest
    };
    let values = values.into_iter().map(|x| x * factor).collect();
    Columns {
        top: said * factor,
        values,
        levels,
        unit: unit.to_owned(),
        factor,
        between,
    }
}

/// The buckets of a column in which the source has data, and of what they are.
fn known<'a>(
    seen: Seen<'a>,
    span: Span,
    i: usize,
    n: usize,
    gaps: &[(i64, i64)],
) -> (&'a Series, Range<usize>) {
    let (series, buckets) = seen.column(span, i, n);
    let (mut start, mut end) = (
        buckets.start.max(series.covered.start),
        buckets.end.min(series.covered.end),
    );
    let dark = |i: usize| {
        let (from_ns, to_ns) = (series.grid.time(i), series.grid.time(i + 1));
        gaps.iter().any(|gap| gap.0 <= from_ns && to_ns <= gap.1)
    };
    let all = end.saturating_sub(start);
    while start < end && dark(start) {
        start += 1;
    }
    while start < end && dark(end - 1) {
        end -= 1;
    }
    // A sliver beside a gap would hide the gap; what is in it is seen when zoomed in.
    let is_sliver = all >= SLIVER && (end - start.min(end)) * SLIVER < all;
    let end = if is_sliver { start } else { end };
    (series, start..end.max(start))
}

fn value(series: &Series, buckets: Range<usize>) -> f64 {
    if buckets.is_empty() {
        return f64::NAN;
    }
    match &series.values {
        Values::Count(counts) => {
            let slice = counts.get(buckets).unwrap_or(&[]);
            let sum: u64 = slice.iter().sum();
            sum as f64 / (slice.len() as f64 * series.grid.width.as_s())
        }
        Values::Ratio { k, n } => worst_share(
            k.get(buckets.clone()).unwrap_or(&[]),
            n.get(buckets).unwrap_or(&[]),
        ),
        Values::Gauge(levels) => levels
            .get(buckets)
            .unwrap_or(&[])
            .iter()
            .copied()
            .fold(f64::NAN, f64::max),
        Values::Latency(bins) => {
            let p99 = |bins: &Histogram| {
                bins.quantile_us(0.99)
                    .map_or(f64::NAN, |us| us as f64 / 1e6)
            };
            bins.get(buckets)
                .unwrap_or(&[])
                .iter()
                .map(p99)
                .fold(f64::NAN, f64::max)
        }
    }
}

/// Latencies on a log scale of at least a factor of ten, all others from zero.
fn scaled(series: &Series, values: &[f64], top: f64) -> Vec<f64> {
    if matches!(series.values, Values::Latency(_)) {
        let low = values
            .iter()
            .copied()
            .filter(|&x| x > 0.0)
            .fold(f64::NAN, f64::min)
            / 1.5;
        let high = top.max(low * 10.0);
        return values.iter().map(|&x| log_level(x, low, high)).collect();
    }
    let level = |x: f64| match top > 0.0 {
        true => (x / top).clamp(0.0, 1.0),
        false => x.min(0.0),
    };
    values
        .iter()
        .map(|&x| if x.is_nan() { x } else { level(x).max(0.0) })
        .collect()
}

/// The top of the lane's scale.
fn top(seen: Seen<'_>, values: &[f64], alarmed: bool) -> f64 {
    let largest = values.iter().copied().fold(f64::NAN, f64::max);
    match &seen.series.values {
        Values::Latency(_) => largest,
        Values::Ratio { .. } if alarmed => largest.max(SHARE_TOP),
        Values::Ratio { .. } => largest.max(SHARE_TOP_QUIET),
        // What is steady is a calm line in the lower half.
        _ => largest.max(seen.limit().unwrap_or(STEADY * median(values))),
    }
}

fn log_level(x: f64, low: f64, high: f64) -> f64 {
    if x.is_nan() || low.is_nan() {
        return f64::NAN;
    }
    ((x.max(low) / low).ln() / (high / low).ln()).clamp(0.0, 1.0)
}

fn median(values: &[f64]) -> f64 {
    let mut known: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    known.sort_by(f64::total_cmp);
    known.get(known.len() / 2).copied().unwrap_or(0.0)
}

/// A heatmap of latencies: bands of a log scale, highest first, and the share of each column's
/// requests in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Heat {
    /// Lower edge of each band, seconds, highest first.
    pub edges_s: Vec<f64>,
    /// Per band and column the share of requests in it, `[0, 1]`; NaN where nothing is known.
    pub shares: Vec<Vec<f64>>,
}

/// The heatmap of a latency series in `rows` bands. `None` for other series, without any
/// latency, or for no rows.
pub fn heat(
    seen: Seen<'_>,
    span: Span,
    n: usize,
    rows: usize,
    gaps: &[(i64, i64)],
) -> Option<Heat> {
    let merged: Vec<Histogram> = (0..n)
        .map(|i| {
            let (series, buckets) = known(seen, span, i, n, gaps);
            let Values::Latency(bins) = &series.values else {
                return None;
            };
            let mut sum = Histogram::default();
            let mine = bins.get(buckets).unwrap_or(&[]);
            mine.iter().for_each(|bins| sum.merge(bins));
            Some(sum)
        })
        .collect::<Option<_>>()?;
    let all = merged.iter().filter(|column| column.count() > 0);
    // The lowest and highest per mille would leave the bands between them empty.
    let low = all
        .clone()
        .filter_map(|column| column.quantile_us(0.02))
        .min()?
        .max(1) as f64;
    let high = all
        .filter_map(|column| column.quantile_us(0.99))
        .max()?
        .max(1) as f64;
    if rows == 0 {
        return None;
    }
    let octaves = ((high * 1.1) / low).log2().max(OCTAVES_MIN);
    let edge = |row: usize| one_digit(low * (octaves * row as f64 / rows as f64).exp2());
    let edges: Vec<u64> = (0..rows)
        .rev()
        .map(|row| if row == 0 { 0 } else { edge(row) as u64 })
        .collect();
    let shares = edges
        .iter()
        .enumerate()
        .map(|(row, &from)| {
            let above = row.checked_sub(1).map(|row| edges[row]);
            merged
                .iter()
                .map(|column| share_between(column, from, above))
                .collect()
        })
        .collect();
    Some(Heat {
        edges_s: (0..rows).rev().map(|row| edge(row) / 1e6).collect(),
        shares,
    })
}

/// Rounded down to one significant digit: `200 ms` is read faster than `197 ms`.
fn one_digit(x: f64) -> f64 {
    let power = 10f64.powf(x.max(1.0).log10().floor());
    (x / power).floor().max(1.0) * power
}

fn share_between(bins: &Histogram, from_us: u64, to_us: Option<u64>) -> f64 {
    match bins.count() {
        0 => f64::NAN,
        all => {
            (bins.count_from(from_us) - to_us.map_or(0, |to| bins.count_from(to))) as f64
                / all as f64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;
    use crate::series::{BucketWidth, Family, Grid, Role, Signal};

    fn series(family: Family, values: Values, n: usize) -> Series {
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::seconds(10).unwrap(),
            n,
        };
        let signal = Signal {
            source: "a.log".into(),
            name: "x".into(),
            role: Role::Internal,
            entity: None,
            unit: "1".into(),
        };
        Series {
            signal,
            family,
            grid,
            values,
            covered: 0..n,
            limit: None,
        }
    }

    /// A series as it is.
    fn whole(series: &Series) -> Seen<'_> {
        Seen {
            series,
            closer: None,
            is_part: false,
        }
    }

    fn check(family: Family, values: Values, n: usize, columns_n: usize, expected: &str) {
        let series = series(family, values, n);
        let span = Span::new(0, series.grid.end_ns());
        let found = columns(whole(&series), span, columns_n, &[], false).values;
        assert_eq!(
            found
                .iter()
                .map(|x| format!("{x:.2}"))
                .collect::<Vec<_>>()
                .join(" "),
            expected
        );
    }

    #[test]
    fn rates_are_averaged_and_the_rest_shows_its_worst() {
        check(
            Family::Traffic,
            Values::Count(vec![10, 30, 0, 0]),
            4,
            2,
            "2.00 0.00",
        );
        check(Family::Traffic, Values::Count(vec![1, 3]), 2, 1, "12.00");
        check(
            Family::Errors,
            Values::Ratio {
                k: vec![1, 50, 0, 0],
                n: vec![100, 100, 0, 0],
            },
            4,
            2,
            "0.50 NaN",
        );
        check(
            Family::Gauge,
            Values::Gauge(vec![3.0, f64::NAN, f64::NAN, f64::NAN]),
            4,
            2,
            "3.00 NaN",
        );
    }

    #[test]
    fn one_failure_of_one_request_is_pooled() {
        check(
            Family::Errors,
            Values::Ratio {
                k: vec![1, 0],
                n: vec![1, 99],
            },
            2,
            1,
            "0.01",
        );
        check(
            Family::Errors,
            Values::Ratio {
                k: vec![1, 0],
                n: vec![1, 1],
            },
            2,
            1,
            "0.50",
        );
    }

    #[test]
    fn a_gap_is_not_zero() {
        let counts = series(Family::Traffic, Values::Count(vec![10, 0, 0, 10]), 4);
        let gap = [(10 * NS_PER_S, 30 * NS_PER_S)];
        let found = columns(whole(&counts), Span::new(0, 40 * NS_PER_S), 4, &gap, false);
        assert_eq!(found.values[0], 1.0);
        assert!(found.values[1].is_nan() && found.values[2].is_nan() && found.levels[1].is_nan());
    }

    #[test]
    fn outside_of_its_source_nothing_is_known() {
        let mut counts = series(Family::Traffic, Values::Count(vec![0, 0, 0, 0]), 4);
        counts.covered = 1..3;
        let found = columns(whole(&counts), Span::new(0, 40 * NS_PER_S), 4, &[], false);
        assert_eq!(
            found.levels.iter().map(|x| x.is_nan()).collect::<Vec<_>>(),
            [true, false, false, true]
        );
    }

    /// A series of one-second cells from 10 s on.
    fn close(values: Values, n: usize) -> Series {
        let mut series = series(Family::Traffic, values, n);
        series.grid = Grid {
            start_ns: 10 * NS_PER_S,
            width: BucketWidth::seconds(1).unwrap(),
            n,
        };
        series
    }

    #[test]
    fn what_was_counted_closer_is_drawn_as_far_as_it_goes() {
        let coarse = series(Family::Traffic, Values::Count(vec![10, 20, 30]), 3);
        let closer = close(Values::Count((0..4).collect()), 4);
        let seen = Seen {
            closer: Some(&closer),
            ..whole(&coarse)
        };
        let span = Span::new(8 * NS_PER_S, 16 * NS_PER_S);
        let found = columns(seen, span, 8, &[], false).values;
        assert_eq!(found, [1.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 2.0]);
        // Zoomed out again its cells are put together, until wider ones are there.
        let wider = columns(seen, span, 4, &[], false).values;
        assert_eq!(wider, [1.0, 0.5, 2.5, 2.0]);
    }

    #[test]
    fn of_one_entity_only_what_was_counted_is_known() {
        let all = series(Family::Traffic, Values::Count(vec![10, 20, 30]), 3);
        let closer = close(Values::Count(vec![5, 6]), 2);
        let seen = Seen {
            closer: Some(&closer),
            is_part: true,
            ..whole(&all)
        };
        let span = Span::new(9 * NS_PER_S, 13 * NS_PER_S);
        let found = columns(seen, span, 4, &[], false).values;
        assert!(found[0].is_nan() && found[3].is_nan());
        assert_eq!(found[1..3], [5.0, 6.0]);
    }

    #[test]
    fn between_two_events_nothing_is_missing() {
        let coarse = series(Family::Gauge, Values::Gauge(vec![3.0; 3]), 3);
        let closer = close(Values::Gauge(vec![4.0, f64::NAN, 5.0, f64::NAN]), 4);
        let closer = Series {
            covered: 0..3,
            ..closer
        };
        let seen = Seen {
            closer: Some(&closer),
            ..whole(&coarse)
        };
        let span = Span::new(10 * NS_PER_S, 14 * NS_PER_S);
        let found = columns(seen, span, 4, &[], false);
        assert_eq!(found.between, [false, true, false, false]);
        assert!(found.values[3].is_nan(), "that is a gap");
    }

    #[test]
    fn a_steady_rate_is_a_calm_line_in_the_lower_half() {
        let found = columns(
            whole(&series(Family::Traffic, Values::Count(vec![5; 8]), 8)),
            Span::new(0, 80 * NS_PER_S),
            8,
            &[],
            false,
        );
        assert!(
            found
                .levels
                .iter()
                .all(|&x| (x - 1.0 / STEADY).abs() < 1e-9)
        );
    }

    #[test]
    fn single_failures_are_low_until_they_are_out_of_the_ordinary() {
        let (k, n) = (vec![1, 0, 0, 2], vec![100; 4]);
        let errors = series(Family::Errors, Values::Ratio { k, n }, 4);
        let found = |alarmed| columns(whole(&errors), Span::new(0, 40 * NS_PER_S), 4, &[], alarmed);
        let check = |alarmed, level: f64, top: f64| {
            let found = found(alarmed);
            assert!((found.levels[3] - level).abs() < 1e-9 && (found.top - top).abs() < 1e-9);
        };
        check(false, 0.2, 0.1);
        check(true, 1.0, 0.02);
    }

    #[test]
    fn the_top_is_the_limit_or_the_largest_value_and_unknown_without_any() {
        let top = |values, limit| {
            let mut gauge = series(Family::Sessions, Values::Gauge(values), 2);
            gauge.limit = limit;
            columns(whole(&gauge), Span::new(0, 20 * NS_PER_S), 2, &[], false).top
        };
        assert_eq!(top(vec![3.0, 7.0], Some(20.0)), 20.0);
        assert_eq!(top(vec![3.0, 7.0], None), 7.0);
        assert!(top(vec![f64::NAN; 2], Some(20.0)).is_nan());
    }

    #[test]
    fn a_heatmap_accounts_for_every_request() {
        let mut bins = vec![Histogram::default(); 3];
        (1..200u64).for_each(|v| bins[(v % 2) as usize].add(v * v * 50));
        let found = heat(
            whole(&series(Family::Latency, Values::Latency(bins), 3)),
            Span::new(0, 30 * NS_PER_S),
            3,
            4,
            &[],
        )
        .unwrap();
        for column in 0..2 {
            let sum: f64 = found.shares.iter().map(|band| band[column]).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{sum}");
        }
        assert!(found.shares.iter().all(|band| band[2].is_nan()));
        assert!(found.edges_s.is_sorted_by(|a, b| a > b));
    }
}
