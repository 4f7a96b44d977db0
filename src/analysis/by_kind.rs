//! The events of a block counted by their kind: requests among messages are requests.
//!
//! In: what a block became. Out: its counts, one rollup per kind of event; without the events that
//! `--since` and `--until` leave out.

use std::collections::BTreeMap;

use crate::events::Text;
use crate::formats::{Parsed, SourceKind};
use crate::series::Rollup;
use crate::series::rollup::Kinds;

/// Leaves out the events outside of a range, counted as headers.
pub fn keep_within(parsed: &mut Parsed, range: &std::ops::Range<i64>) {
    let times = parsed.chunk.time_ns.iter();
    let kept: Vec<bool> = times.map(|time| range.contains(time)).collect();
    keep(parsed, &kept);
}

/// Leaves out the events that are not wanted, counted as headers.
pub fn keep(parsed: &mut Parsed, wanted: &[bool]) {
    let rows: Vec<usize> = (0..wanted.len()).filter(|row| wanted[*row]).collect();
    let place = |row: usize| rows.binary_search(&row).ok();
    let foreign = std::mem::take(&mut parsed.foreign).into_iter();
    parsed.foreign = foreign
        .filter_map(|(row, kind)| Some((place(row)?, kind)))
        .collect();
    let left_out = (parsed.chunk.len() - rows.len()) as u64;
    parsed.chunk = parsed.chunk.taken(&rows);
    parsed.left_out += left_out;
    parsed.headers += left_out;
}

/// The counts of the events of the source's own kind, and of those of each other kind.
pub fn rolled_up(parsed: &Parsed) -> (Rollup, BTreeMap<SourceKind, Rollup>) {
    let kinds = || Kinds::of(&parsed.names[Text::Kind as usize]);
    if parsed.foreign.is_empty() {
        return (Rollup::of(&parsed.chunk, kinds()), BTreeMap::new());
    }
    let mut others: BTreeMap<SourceKind, Vec<usize>> = BTreeMap::new();
    for (row, kind) in &parsed.foreign {
        others.entry(*kind).or_default().push(*row);
    }
    let is_own = |row: &usize| {
        let found = parsed.foreign.binary_search_by_key(row, |(row, _)| *row);
        found.is_err()
    };
    let own: Vec<usize> = (0..parsed.chunk.len()).filter(is_own).collect();
    let counted = |rows: &[usize]| Rollup::of(&parsed.chunk.taken(rows), kinds());
    let others = others.iter().map(|(kind, rows)| (*kind, counted(rows)));
    (counted(&own), others.collect())
}
