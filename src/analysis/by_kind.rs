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
    let before = parsed.chunk.len();
    let times = &parsed.chunk.time_ns;
    let mut kept = 0;
    let place: Vec<Option<usize>> = times
        .iter()
        .map(|time| {
            range.contains(time).then(|| {
                kept += 1;
                kept - 1
            })
        })
        .collect();
    let foreign = std::mem::take(&mut parsed.foreign).into_iter();
    parsed.foreign = foreign
        .filter_map(|(row, kind)| Some((place[row]?, kind)))
        .collect();
    parsed.chunk = parsed.chunk.filtered(|time_ns| range.contains(&time_ns));
    parsed.left_out = (before - parsed.chunk.len()) as u64;
    parsed.headers += parsed.left_out;
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
