//! From when to when the data reach, and how fine they can be looked at.
//!
//! A stray stamp of another century must not stretch the axis until nothing can be seen:
//! a few events that lie far from all others are left out of the axis and reported.

use super::conclude::Gathered;
use super::merge::Merged;
use super::narrow::CELL_NS;
use super::plan::Kind;
use super::tally::Tally;
use crate::formats::SourceKind;
use crate::formats::blocks::UNDATED_NS;
use crate::series::BucketWidth;

/// Most buckets of a grid.
const BUCKETS_MAX: i64 = 200_000;
/// Events beyond a gap are strays if they are at most this share of all...
const STRAY_SHARE: f64 = 0.001;
/// ... and the gap is this many times as long as all the rest.
const STRAY_GAP: i64 = 3;

/// The range of the data and what was left out of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// First and last event, ns UTC, strays left out.
    pub range: (i64, i64),
    /// Events far before or after all others.
    pub strays: u64,
}

/// The extent of all that was read. `None` without an event.
pub fn extent(merged: &Merged) -> Option<Extent> {
    let ranges = || merged.tallies.iter().filter_map(|tally| tally.range());
    // What says no time stretches no axis, unless there is nothing else.
    let is_undated = |range: (i64, i64)| range == (UNDATED_NS, UNDATED_NS);
    let any_dated = ranges().any(|range| !is_undated(range));
    let counts = |range: &(i64, i64)| !(any_dated && is_undated(*range));
    let whole = ranges().filter(counts);
    let whole = whole.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))?;
    let mut cells: Vec<(i64, i64, u64)> = Vec::new();
    let dated = |tally: &&Tally| tally.range().is_some_and(|range| counts(&range));
    let dated: Vec<&Tally> = merged.tallies.iter().filter(dated).collect();
    // The axis is that of all events, whichever are meant.
    let narrowed = dated.iter().flat_map(|tally| &tally.cells);
    cells.extend(narrowed.map(|(cell, n)| {
        let start = cell.saturating_mul(CELL_NS);
        (start, start.saturating_add(CELL_NS - 1), *n)
    }));
    let whole_ones = dated.iter().filter(|tally| tally.cells.is_empty());
    for rollup in whole_ones.flat_map(|tally| tally.rollups()) {
        let width = rollup.width().ns();
        for table in rollup.tables().values() {
            let counted = table.iter().filter(|(_, cell)| cell.count > 0);
            cells.extend(counted.map(|(bucket, cell)| {
                let start = bucket.saturating_mul(width);
                (start, start.saturating_add(width - 1), cell.count)
            }));
        }
    }
    cells.sort_unstable();
    let total: u64 = cells.iter().map(|cell| cell.2).sum();
    let most = (total as f64 * STRAY_SHARE) as u64;
    let (mut kept, mut strays) = (&cells[..], 0);
    for at_end in [false, true, false, true] {
        if let Some((n, rest)) = without_strays(kept, most.saturating_sub(strays), at_end) {
            (kept, strays) = (rest, strays + n);
        }
    }
    let (first, last) = (kept.first()?, kept.last()?);
    Some(Extent {
        range: (whole.0.max(first.0), whole.1.min(last.1)),
        strays,
    })
}

type Cells<'a> = &'a [(i64, i64, u64)];

/// The cells without the run at one end that a gap, long against all the rest, sets apart.
fn without_strays(cells: Cells<'_>, most: u64, at_end: bool) -> Option<(u64, Cells<'_>)> {
    let n = cells.len();
    let mut dropped = 0;
    for i in 1..n {
        let (cut, outer) = if at_end { (n - i, n - i) } else { (i, i - 1) };
        dropped += cells[outer].2;
        if dropped > most {
            return None;
        }
        let gap = cells[cut].0.saturating_sub(cells[cut - 1].1);
        let rest = if at_end { &cells[..cut] } else { &cells[cut..] };
        let length = rest.last()?.1.saturating_sub(rest.first()?.0);
        if gap > length.saturating_mul(STRAY_GAP) {
            return Some((dropped, rest));
        }
    }
    None
}

/// The finest width that every source of counts can be shown in. Gauges need not: between
/// their samples nothing is known anyway.
pub fn finest(gathered: &Gathered<'_>) -> BucketWidth {
    let planned = gathered.planned.iter().zip(&gathered.merged.tallies);
    let counts = planned.filter(|(planned, _)| {
        !matches!(&planned.kind, Kind::Log(detected) if detected.format.kind == SourceKind::Metric)
    });
    counts
        .flat_map(|(_, tally)| tally.rollups().map(crate::series::Rollup::width))
        .max()
        .unwrap_or(BucketWidth::SECOND)
}

/// A width that keeps the grid within its bound.
pub fn bounded(width: BucketWidth, span_ns: i64) -> BucketWidth {
    let mut width = width;
    while span_ns / width.ns() > BUCKETS_MAX {
        width = BucketWidth::seconds((width.as_s() * 10.0) as u64).unwrap_or(width);
    }
    width
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cells: &[(i64, u64)], at_end: bool, expected: Option<u64>) {
        let cells: Vec<(i64, i64, u64)> = cells
            .iter()
            .map(|(start, n)| (*start, start + 9, *n))
            .collect();
        assert_eq!(
            without_strays(&cells, 2, at_end).map(|(n, _)| n),
            expected,
            "{cells:?}"
        );
    }

    #[test]
    fn few_events_far_from_all_others_are_strays() {
        check(
            &[(-100_000, 1), (0, 500), (100, 500), (200, 500)],
            false,
            Some(1),
        );
        check(
            &[(0, 500), (100, 500), (200, 500), (9_000, 2)],
            true,
            Some(2),
        );
        check(&[(0, 500), (100, 500), (200, 500), (500, 1)], true, None);
        check(&[(-100_000, 3), (0, 500), (100, 500)], false, None);
        check(&[(0, 1)], false, None);
    }
}
