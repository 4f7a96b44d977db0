//! The value of a series in each cell of a drawing.
//!
//! In: series, cells of equal width. Out: a number per cell, NaN where nothing is known.

use std::ops::Range;

use crate::reports::picture::value;
use crate::series::pooled::worst_share;
use crate::series::{Family, Series, Values};

/// Fewer events tell no share: cells with fewer borrow from their neighbours ...
const POOL_MIN: u64 = 30;
/// ... but not from farther than so many buckets.
const POOL_REACH: usize = 5;

/// Width of a cell: whole buckets, as many as it takes to get along with so many cells.
pub fn width_ns(span_ns: i64, bucket_ns: i64, cells: usize) -> i64 {
    let cells = i64::try_from(cells.max(1)).unwrap_or(i64::MAX);
    let least = span_ns.max(1).div_euclid(cells).max(1);
    let buckets = least.div_euclid(bucket_ns.max(1)) + i64::from(least % bucket_ns.max(1) > 0);
    buckets.max(1).saturating_mul(bucket_ns.max(1))
}

/// One number per cell: the mean of the buckets for traffic, where a dip matters, the worst share
/// that enough events tell, the highest value for all else. NaN inside `gaps`, ns UTC.
pub fn values(
    series: &Series,
    from_ns: i64,
    to_ns: i64,
    cell_ns: i64,
    gaps: &[(i64, i64)],
) -> Vec<f64> {
    let cells = starts(from_ns, to_ns, cell_ns);
    cells
        .map(|start_ns| of_cell(series, start_ns, cell_ns, gaps))
        .collect()
}

/// What was expected, likewise: the mean of what is known. NaN where nothing is.
pub fn expected(
    series: &Series,
    per_bucket: &[f64],
    from_ns: i64,
    to_ns: i64,
    cell_ns: i64,
) -> Vec<f64> {
    let factor = match series.signal.unit.as_str() {
        "1/min" => 60.0,
        _ => 1.0,
    };
    let cells = starts(from_ns, to_ns, cell_ns);
    let mean = |start_ns: i64| {
        let known = buckets(series, start_ns, cell_ns).filter_map(|i| per_bucket.get(i).copied());
        let known = known.filter(|x| x.is_finite());
        let (sum, n) = known.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
        sum / n * factor
    };
    cells.map(mean).collect()
}

fn starts(from_ns: i64, to_ns: i64, cell_ns: i64) -> impl Iterator<Item = i64> {
    let span = to_ns.saturating_sub(from_ns).max(0);
    let n = span.div_euclid(cell_ns) + i64::from(span % cell_ns > 0);
    (0..n).map(move |i| from_ns.saturating_add(i.saturating_mul(cell_ns)))
}

fn of_cell(series: &Series, start_ns: i64, cell_ns: i64, gaps: &[(i64, i64)]) -> f64 {
    let buckets = buckets(series, start_ns, cell_ns);
    let is_dark = |i: usize| {
        let (from_ns, to_ns) = (series.grid.time(i), series.grid.time(i + 1));
        gaps.iter().any(|gap| gap.0 <= from_ns && to_ns <= gap.1)
    };
    if let Values::Ratio { k, n } = &series.values {
        return share(k, n, buckets, &series.covered);
    }
    let known = buckets
        .filter(|i| !is_dark(*i))
        .filter_map(|i| value(series, i));
    let known = known.filter(|x| x.is_finite());
    match series.family {
        Family::Traffic => {
            let (sum, n) = known.fold((0.0, 0.0), |(sum, n), x| (sum + x, n + 1.0));
            sum / n
        }
        _ => known.fold(f64::NAN, f64::max),
    }
}

/// The worst share of a cell. One of two requests that fails is no share of 50 %: few events are
/// told with their neighbours'. Without any event in the cell nothing is known.
fn share(k: &[u64], n: &[u64], buckets: Range<usize>, covered: &Range<usize>) -> f64 {
    let sum = |of: &[u64], buckets: &Range<usize>| {
        of.get(buckets.clone()).unwrap_or(&[]).iter().sum::<u64>()
    };
    if sum(n, &buckets) == 0 {
        return f64::NAN;
    }
    let mut wide = buckets;
    for _ in 0..POOL_REACH {
        if sum(n, &wide) >= POOL_MIN {
            break;
        }
        wide = wide.start.saturating_sub(1).max(covered.start)..(wide.end + 1).min(covered.end);
    }
    let slice = |of: &[u64]| of.get(wide.clone()).unwrap_or(&[]).to_vec();
    worst_share(&slice(k), &slice(n))
}

/// The buckets that start in a cell, or the one that spans it, within what the source covers.
fn buckets(series: &Series, start_ns: i64, cell_ns: i64) -> Range<usize> {
    let grid = &series.grid;
    let edge = |ns: i64| {
        let i = ns.saturating_sub(grid.start_ns).div_euclid(grid.width.ns());
        usize::try_from(i.max(0)).unwrap_or(usize::MAX).min(grid.n)
    };
    let (from, to) = (edge(start_ns), edge(start_ns.saturating_add(cell_ns)));
    from.max(series.covered.start)..to.max(from + 1).min(series.covered.end).min(grid.n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;
    use crate::series::{BucketWidth, Grid, Role, Signal};
    use proptest::prelude::*;

    fn series(family: Family, values: Values, covered: Range<usize>) -> Series {
        Series {
            signal: Signal {
                source: "a.log".into(),
                name: "x".into(),
                role: Role::UserFacing,
                entity: None,
                unit: "1/s".into(),
            },
            family,
            grid: Grid {
                start_ns: 0,
                width: BucketWidth::SECOND,
                n: 6,
            },
            values,
            covered,
            limit: None,
        }
    }

    fn of(series: &Series, gaps: &[(i64, i64)]) -> Vec<Option<f64>> {
        let values = values(series, 0, 6 * NS_PER_S, NS_PER_S, gaps);
        values
            .into_iter()
            .map(|x| x.is_finite().then_some(x))
            .collect()
    }

    #[test]
    fn zero_is_a_value_and_a_gap_is_none() {
        let counts = series(Family::Traffic, Values::Count(vec![9, 4, 0, 0, 6, 9]), 1..5);
        let gap = (3 * NS_PER_S, 4 * NS_PER_S);
        assert_eq!(
            of(&counts, &[gap]),
            [None, Some(4.0), Some(0.0), None, Some(6.0), None]
        );
    }

    #[test]
    fn one_failure_of_two_is_told_with_its_neighbours() {
        let (k, n) = (vec![0, 0, 1, 0, 0, 0], vec![20, 20, 2, 20, 0, 40]);
        let shares = series(Family::Errors, Values::Ratio { k, n }, 0..6);
        let found = of(&shares, &[]);
        assert_eq!(found[2], Some(1.0 / 42.0));
        assert_eq!(found[4], None);
        assert_eq!(found[5], Some(0.0));
    }

    #[test]
    fn cells_are_whole_buckets() {
        assert_eq!(width_ns(100, 10, 10), 10);
        assert_eq!(width_ns(101, 10, 10), 10);
        assert_eq!(width_ns(110, 10, 10), 20);
        assert_eq!(width_ns(5, 10, 100), 10);
    }

    proptest! {
        #[test]
        fn there_are_never_many_more_cells_than_asked_for(span in 1i64..i64::MAX / 4, bucket in 1i64..1_000_000_000_000, cells in 1usize..3000) {
            let width = width_ns(span, bucket, cells);
            prop_assert!(width % bucket == 0);
            prop_assert!(span / width <= cells as i64 * 2);
        }

        #[test]
        fn any_range_is_safe(from in -100i64..100, span in 0i64..200, cell in 1i64..50) {
            let counts = series(Family::Traffic, Values::Count(vec![1; 6]), 0..6);
            let s = NS_PER_S / 10;
            let found = values(&counts, from * s, (from + span) * s, cell * s, &[]);
            prop_assert!(found.iter().all(|x| x.is_nan() || (*x - 1.0).abs() < 1e-9));
        }
    }
}
