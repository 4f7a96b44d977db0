//! Which rows of a baseline and a selection are looked at: all, or a sample of each.
//!
//! In: a source, two lists of stretches of time and how many rows may be held. Out: for each of the
//! two how many rows one stands for, and which row of each run of so many it is. The same rows give
//! the same sample. Counts nothing: `tally` does.

use std::ops::Range;

use super::tally::counts;
use crate::events::{Chunk, EventStore};

/// The rows of a source in two lists of stretches, which must not overlap.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The events.
    pub store: &'a EventStore,
    /// Index of the source.
    pub source: usize,
    /// The first list, ns UTC.
    pub baseline: &'a [Range<i64>],
    /// The second.
    pub selection: &'a [Range<i64>],
}

/// Runs of rows, of each of which one is looked at, in the baseline (0) and the selection (1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strides {
    /// How many rows a run has; at least one.
    long: [u16; 2],
    /// How many rows there are: the last run may be shorter.
    rows: [usize; 2],
    /// How many were seen.
    seen: [usize; 2],
}

impl Strides {
    /// Every row.
    const ALL: Self = Self {
        long: [1, 1],
        rows: [usize::MAX, usize::MAX],
        seen: [0, 0],
    };

    /// The shortest runs with which not more than `rows_max` rows are looked at: half of them at
    /// least may be of the selection.
    fn of(rows: [usize; 2], rows_max: usize) -> Self {
        let run = |rows: usize, most: usize| {
            u16::try_from(rows.div_ceil(most.max(1)).max(1)).unwrap_or(u16::MAX)
        };
        let selected = run(
            rows[1],
            (rows_max / 2).max(rows_max.saturating_sub(rows[0])),
        );
        let taken = rows[1].div_ceil(usize::from(selected));
        Self {
            long: [run(rows[0], rows_max.saturating_sub(taken)), selected],
            rows,
            seen: [0, 0],
        }
    }

    /// The next row of a part: for how many it stands, if it is the one of its run. Which one that
    /// is changes from run to run, so that nothing regular is always met or always missed.
    pub fn next(&mut self, selected: bool) -> Option<u16> {
        let part = usize::from(selected);
        let (i, long) = (self.seen[part], usize::from(self.long[part]));
        self.seen[part] += 1;
        if long == 1 {
            return Some(1);
        }
        let (run, at) = (i / long, i % long);
        let of_run = long.min(self.rows[part].saturating_sub(run * long)).max(1);
        let mixed = (run as u64 ^ 0x9E37_79B9).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        (at == mixed as usize % of_run).then_some(of_run as u16)
    }
}

impl Parts<'_> {
    /// How the rows must be sampled to be at most `rows_max`, or one of each part. Costs a pass over
    /// their times where there may be more.
    pub fn strides(&self, rows_max: usize) -> Strides {
        let ranges = [self.baseline, self.selection].concat();
        if self.store.rows_touching(self.source, &ranges) <= rows_max {
            return Strides::ALL;
        }
        let mut rows = [0, 0];
        for (_, chunk) in self.store.touching(self.source, &ranges) {
            self.for_each(&chunk, |_, selected| rows[usize::from(selected)] += 1);
        }
        if rows[0] + rows[1] <= rows_max {
            return Strides::ALL;
        }
        let strides = Strides::of(rows, rows_max);
        let taken =
            rows[0].div_ceil(strides.long[0].into()) + rows[1].div_ceil(strides.long[1].into());
        self.store
            .note_sample(self.source, rows[0] + rows[1], taken);
        strides
    }

    /// Most rows that may be looked at.
    pub fn rows_most(&self, rows_max: usize) -> usize {
        let ranges = [self.baseline, self.selection].concat();
        self.store.rows_touching(self.source, &ranges).min(rows_max)
    }

    /// Each row of a chunk that counts and lies in one of the two, and whether in the selection.
    pub fn for_each(&self, chunk: &Chunk, mut take: impl FnMut(usize, bool)) {
        let lies = |ranges: &[Range<i64>], time_ns: i64| {
            ranges.iter().any(|range| range.contains(&time_ns))
        };
        for (row, &time_ns) in chunk.time_ns.iter().enumerate() {
            let selected = lies(self.selection, time_ns);
            if (selected || lies(self.baseline, time_ns)) && counts(chunk, row) {
                take(row, selected);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn taken(rows: [usize; 2], rows_max: usize) -> [Vec<u16>; 2] {
        let mut strides = Strides::of(rows, rows_max);
        [false, true].map(|selected| {
            let n = rows[usize::from(selected)];
            (0..n).filter_map(|_| strides.next(selected)).collect()
        })
    }

    #[test]
    fn a_small_selection_is_looked_at_whole() {
        let [baseline, selection] = taken([100_000, 40], 1000);
        assert_eq!(selection, [1; 40]);
        assert!((900..=960).contains(&baseline.len()), "{}", baseline.len());
    }

    proptest! {
        #[test]
        fn a_sample_keeps_its_bound_and_stands_for_all(a in 0usize..5000, b in 0usize..5000, max in 2usize..3000) {
            let sample = taken([a, b], max);
            prop_assert!(sample[0].len() + sample[1].len() <= max.max(2));
            let weight = |part: usize| sample[part].iter().map(|n| usize::from(*n)).sum::<usize>();
            prop_assert_eq!((weight(0), weight(1)), (a, b));
        }
    }
}
