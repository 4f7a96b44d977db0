//! The visible stretch of time and its columns.

use crate::series::Grid;

/// A stretch of time, half open, never empty; ns UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First instant.
    pub from_ns: i64,
    /// First instant after it.
    pub to_ns: i64,
}

/// Zoom ends here: one cell is never less than that.
pub const CELL_NS_MIN: i64 = 100_000_000;
/// The shortest stretch there is.
const LENGTH_NS_MIN: i64 = 1_000_000;
const SPAN_NS_MAX: i64 = 100 * 366 * 86_400 * 1_000_000_000;

impl Span {
    /// From one instant to another, at least a millisecond.
    pub fn new(from_ns: i64, to_ns: i64) -> Self {
        let (from_ns, to_ns) = (from_ns.min(to_ns), from_ns.max(to_ns));
        Self {
            from_ns,
            to_ns: to_ns.max(from_ns.saturating_add(LENGTH_NS_MIN)),
        }
    }

    /// Its length, ns; at least a millisecond.
    pub fn length_ns(self) -> i64 {
        self.to_ns.saturating_sub(self.from_ns).max(LENGTH_NS_MIN)
    }

    /// Whether an instant lies in it.
    pub fn contains(self, ns: i64) -> bool {
        (self.from_ns..self.to_ns).contains(&ns)
    }

    /// The start of column `i` of `columns`.
    pub fn time(self, i: usize, columns: usize) -> i64 {
        let columns = columns.max(1) as i128;
        let offset = i128::from(self.length_ns()) * i as i128 / columns;
        self.from_ns.saturating_add(offset as i64)
    }

    /// The column of an instant. `None` outside.
    pub fn column(self, ns: i64, columns: usize) -> Option<usize> {
        self.contains(ns).then(|| self.nearest(ns, columns))
    }

    /// The column of an instant, or the nearest one; 0 without columns.
    pub fn nearest(self, ns: i64, columns: usize) -> usize {
        let last = columns.saturating_sub(1);
        let ns = ns.clamp(self.from_ns, self.to_ns - 1);
        // One more nanosecond: the start of a column, rounded down, belongs to it.
        let offset = i128::from(ns - self.from_ns) * columns as i128 + columns as i128 - 1;
        ((offset / i128::from(self.length_ns())) as usize).min(last)
    }

    /// How long a column lasts, ns; at least one.
    pub fn cell_ns(self, columns: usize) -> i64 {
        (self.length_ns() / columns.max(1) as i64).max(1)
    }

    /// Scaled around an instant that keeps its place: a factor below 1 zooms in, until a cell lasts
    /// `CELL_NS_MIN`.
    pub fn zoomed(self, around_ns: i64, factor: f64, columns: usize) -> Self {
        let shortest = CELL_NS_MIN * columns.max(1) as i64;
        let length = ((self.length_ns() as f64 * factor) as i64).clamp(shortest, SPAN_NS_MAX);
        let share = (around_ns.saturating_sub(self.from_ns)) as f64 / self.length_ns() as f64;
        let from_ns = around_ns.saturating_sub((length as f64 * share.clamp(0.0, 1.0)) as i64);
        Self::new(from_ns, from_ns.saturating_add(length))
    }

    /// Moved just so far that it holds the instant.
    pub fn following(self, ns: i64) -> Self {
        let shift = if ns < self.from_ns {
            ns.saturating_sub(self.from_ns)
        } else if ns >= self.to_ns {
            ns.saturating_sub(self.to_ns).saturating_add(1)
        } else {
            0
        };
        Self {
            from_ns: self.from_ns.saturating_add(shift),
            to_ns: self.to_ns.saturating_add(shift),
        }
    }

    /// With a margin on both sides, as a share of its length.
    pub fn widened(self, share: f64) -> Self {
        let margin = (self.length_ns() as f64 * share) as i64;
        Self::new(
            self.from_ns.saturating_sub(margin),
            self.to_ns.saturating_add(margin),
        )
    }

    /// The part inside another; itself when they do not meet.
    pub fn within(self, other: Self) -> Self {
        let (from_ns, to_ns) = (self.from_ns.max(other.from_ns), self.to_ns.min(other.to_ns));
        if from_ns < to_ns {
            Self::new(from_ns, to_ns)
        } else {
            self
        }
    }

    /// The buckets of a grid that belong to column `i` of `columns`: those that start in it, or
    /// the one it lies in. Empty off the grid.
    pub fn buckets(self, i: usize, columns: usize, grid: &Grid) -> std::ops::Range<usize> {
        let (from_ns, to_ns) = (self.time(i, columns), self.time(i + 1, columns));
        let index = |ns: i64| ns.saturating_sub(grid.start_ns).div_euclid(grid.width.ns());
        let first = index(from_ns.saturating_sub(1)) + 1;
        let end = index(to_ns.saturating_sub(1)) + 1;
        let (first, end) = if first < end {
            (first, end)
        } else {
            (index(from_ns), index(from_ns) + 1)
        };
        let clamp = |i: i64| i.clamp(0, grid.n as i64) as usize;
        clamp(first)..clamp(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::NS_PER_S;
    use crate::series::BucketWidth;
    use proptest::prelude::*;

    fn grid(n: usize) -> Grid {
        Grid {
            start_ns: 0,
            width: BucketWidth::seconds(10).unwrap(),
            n,
        }
    }

    #[test]
    fn zoomed_in_several_columns_share_a_bucket() {
        let span = Span::new(0, 20 * NS_PER_S);
        let buckets: Vec<_> = (0..4).map(|i| span.buckets(i, 4, &grid(2))).collect();
        assert_eq!(buckets, [0..1, 0..1, 1..2, 1..2]);
    }

    #[test]
    fn off_the_grid_there_are_no_buckets() {
        let span = Span::new(-100 * NS_PER_S, -50 * NS_PER_S);
        assert!(span.buckets(0, 2, &grid(5)).is_empty());
    }

    proptest! {
        #[test]
        fn every_bucket_has_a_column(columns in 1usize..300, n in 1usize..900) {
            let grid = grid(n);
            let span = Span::new(0, grid.end_ns());
            let mut seen: Vec<usize> = (0..columns).flat_map(|i| span.buckets(i, columns, &grid)).collect();
            seen.dedup();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }

        #[test]
        fn a_columns_start_is_in_that_column(columns in 1usize..300, length in 1i64..i64::MAX / 1000, i in 0usize..300) {
            let span = Span::new(5, 5 + length);
            let i = i % columns;
            prop_assume!(span.length_ns() >= columns as i64);
            prop_assert_eq!(span.column(span.time(i, columns), columns), Some(i));
        }

        #[test]
        fn zooming_in_keeps_the_cursor_in_its_column(at in 0i64..1_000_000, columns in 10usize..200) {
            let span = Span::new(0, 1_000_000 * NS_PER_S);
            let ns = at * NS_PER_S;
            let zoomed = span.zoomed(ns, 0.5, columns);
            let (a, b) = (span.nearest(ns, columns), zoomed.nearest(ns, columns));
            prop_assert!(a.abs_diff(b) <= 1);
        }
    }
}
