//! Events of a source in a baseline and a selection, by columns: counted by the values of every
//! dimension, alone and together.
//!
//! In: event columns and two lists of stretches of time. Out: `Split`s per value, and the cells in
//! which several dimensions meet. Asks many questions of the same rows, so it keeps them as plain
//! arrays; a single question is `query`'s. Does not judge what is too much.

mod gather;

use std::ops::Range;

use hashbrown::HashTable;

use super::Histogram;
use super::dimension::{self, Dimension};
use super::histogram::bin_of;
use super::query::Split;
use super::rollup::STATUS_FAILED;
use super::sampled::Parts;
use crate::events::store::RowRef;
use crate::events::{Chunk, EventStore, Number, Symbol, Text, level};
use crate::formats::jobs::Step;

pub use gather::rows_at_once;

/// What is so of a row: bits.
const SELECTED: u8 = 1;
const FAILED: u8 = 2;
const ERROR: u8 = 4;
const TIMED: u8 = 8;
/// No message alone: it has a status or a duration, or says nothing.
const REQUEST: u8 = 16;

/// One dimension: the value of every row and what each value adds up to.
#[derive(Debug)]
pub struct Column {
    /// Which dimension.
    pub dimension: Dimension,
    /// The values by number, in order of first sight; number 0 is "no value".
    pub symbols: Vec<Symbol>,
    /// What each value adds up to.
    pub splits: Vec<Split>,
    numbers: Vec<u32>,
}

impl Column {
    /// How many values there are, "no value" not counted.
    pub fn values(&self) -> usize {
        self.symbols.len() - 1
    }
}

/// Some values that must meet: index of the column and number of the value, by column.
pub type Element = Vec<(usize, u32)>;

/// The rows.
#[derive(Debug)]
pub struct Tally {
    /// The dimensions that the source has, in the order of `Dimension::all`.
    pub columns: Vec<Column>,
    /// All rows together.
    pub whole: Split,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy)]
struct Row {
    at: RowRef,
    flags: u8,
    /// How many rows it stands for: itself, or those that were passed over for it.
    weight: u16,
    repeat: u32,
    latency_s: f64,
}

impl Row {
    fn of(chunk: &Chunk, at: RowRef, selected: bool, weight: u16) -> Self {
        let number = |field| chunk.number_at(field, at.row as usize);
        let failed =
            number(Number::Status).is_some_and(|status| status >= STATUS_FAILED || status <= 0);
        let error = number(Number::Level).is_some_and(|one| one >= level::ERROR);
        let latency_us = number(Number::LatencyUs).filter(|us| *us >= 0);
        let is_request = number(Number::Status).is_some()
            || number(Number::LatencyUs).is_some()
            || chunk.text_at(Text::Message, at.row as usize).is_none();
        let bit = |is: bool, bit: u8| if is { bit } else { 0 };
        let flags = bit(selected, SELECTED) | bit(failed, FAILED) | bit(error, ERROR);
        Self {
            at,
            flags: flags | bit(latency_us.is_some(), TIMED) | bit(is_request, REQUEST),
            weight,
            repeat: number(Number::Repeat).map_or(1, |n| n.clamp(1, i64::from(u32::MAX)) as u32),
            latency_s: latency_us.unwrap_or(0) as f64 / 1e6,
        }
    }

    fn add_to(self, split: &mut Split) {
        let part = usize::from(self.flags & SELECTED);
        let weight = u64::from(self.weight);
        let n = u64::from(self.repeat) * weight;
        split.events[part] += n;
        split.requests[part] += if self.flags & REQUEST != 0 { n } else { 0 };
        split.failed[part] += if self.flags & FAILED != 0 { n } else { 0 };
        split.errors[part] += if self.flags & ERROR != 0 { n } else { 0 };
        split.timed[part] += if self.flags & TIMED != 0 { weight } else { 0 };
        split.seconds[part] += self.latency_s * weight as f64;
    }
}

impl Tally {
    /// The rows of a source that lie in one of the two, which must not overlap; where there are more
    /// than `rows_max`, a sample of each of the two that is as large as they can be together, in
    /// which every row stands for those beside it. Costs some ten ns per row and dimension, on as
    /// many threads as there are dimensions.
    pub fn new(
        store: &EventStore,
        source: usize,
        baseline: &[Range<i64>],
        selection: &[Range<i64>],
        rows_max: usize,
    ) -> Self {
        let compared = Parts {
            store,
            source,
            baseline,
            selection,
        };
        let most = compared.rows_most(rows_max);
        let (rows, symbols) = compared.sampled(compared.strides(rows_max), most);
        let mut whole = Split::default();
        rows.iter().for_each(|row| row.add_to(&mut whole));
        Self {
            columns: columns(symbols, &rows),
            whole,
            rows,
        }
    }

    /// What the rows in which all values of an element meet add up to.
    pub fn of(&self, element: &[(usize, u32)]) -> Split {
        let mut split = Split::default();
        let rows = self.rows.iter().enumerate();
        rows.filter(|(i, _)| self.is_in(element, *i))
            .for_each(|(_, row)| row.add_to(&mut split));
        split
    }

    /// The first row of the selection, in reading order, in which an element's values meet.
    pub fn first(&self, element: &[(usize, u32)]) -> Option<RowRef> {
        let rows = self.rows.iter().enumerate();
        let mut mine = rows.filter(|(i, _)| self.is_in(element, *i));
        mine.find(|(_, row)| row.flags & SELECTED != 0)
            .map(|(_, row)| row.at)
    }

    /// The durations of the rows in which an element's values meet, in the baseline and in the
    /// selection; of all rows for the empty element.
    pub fn durations(&self, element: &[(usize, u32)]) -> [Histogram; 2] {
        let mut counts = [vec![0u64; BINS], vec![0u64; BINS]];
        for (i, row) in self.rows.iter().enumerate() {
            if row.flags & TIMED != 0 && self.is_in(element, i) {
                // Exact: whole microseconds below 2^53.
                let latency_us = (row.latency_s * 1e6).round() as u64;
                counts[usize::from(row.flags & SELECTED)][bin_index(latency_us)] +=
                    u64::from(row.weight);
            }
        }
        counts.map(|counts| {
            let mut histogram = Histogram::default();
            let filled = counts.iter().enumerate().filter(|(_, n)| **n > 0);
            filled.for_each(|(index, n)| histogram.add_bin(bin_edge(index), *n));
            histogram
        })
    }

    /// For every row whether it is in at least one of some elements.
    pub fn covered(&self, elements: &[Element]) -> Vec<bool> {
        let is_covered = |i| elements.iter().any(|element| self.is_in(element, i));
        (0..self.rows.len()).map(is_covered).collect()
    }

    /// What the values of one column add up to over the rows that are set in `covered`.
    pub fn within(&self, covered: &[bool], column: usize) -> Vec<Split> {
        let column = &self.columns[column];
        let mut splits = vec![Split::default(); column.symbols.len()];
        for (i, row) in self.rows.iter().enumerate().filter(|(i, _)| covered[*i]) {
            row.add_to(&mut splits[column.numbers[i] as usize]);
        }
        splits
    }

    /// The cells in which some columns meet, in order of first sight: their values and what they
    /// add up to. Values whose flag in `kept` is not set are 0 like "no value". `None` when there
    /// are more than `cells_max`, or too many values for one number to name a cell.
    pub fn cells(&self, kept: &[(usize, Vec<bool>)], cells_max: usize) -> Option<Vec<Cell>> {
        let codes: Vec<Codes> = kept.iter().map(|(_, keep)| Codes::of(keep)).collect();
        let bits: u32 = codes.iter().map(|one| one.bits).sum();
        if bits > u64::BITS {
            return None;
        }
        let parts: Vec<(&[u32], &Codes)> = kept
            .iter()
            .zip(&codes)
            .map(|((column, _), codes)| (self.columns[*column].numbers.as_slice(), codes))
            .collect();
        let mut table: HashTable<u32> = HashTable::new();
        let mut keys: Vec<u64> = Vec::new();
        let mut splits: Vec<Split> = Vec::new();
        for (i, row) in self.rows.iter().enumerate() {
            let key = parts.iter().fold(0, |key, (numbers, codes)| {
                key << codes.bits | u64::from(codes.by_number[numbers[i] as usize])
            });
            let at = match table.find(mixed(key), |&at| keys[at as usize] == key) {
                Some(&at) => at,
                None if keys.len() == cells_max => return None,
                None => {
                    let at = keys.len() as u32;
                    keys.push(key);
                    splits.push(Split::default());
                    table.insert_unique(mixed(key), at, |&at| mixed(keys[at as usize]));
                    at
                }
            };
            row.add_to(&mut splits[at as usize]);
        }
        let cells = keys.into_iter().zip(splits);
        Some(
            cells
                .map(|(key, split)| Cell {
                    values: values_of(key, &codes),
                    split,
                })
                .collect(),
        )
    }

    fn is_in(&self, element: &[(usize, u32)], row: usize) -> bool {
        element
            .iter()
            .all(|(column, value)| self.columns[*column].numbers[row] == *value)
    }
}

/// Where one value of each of some columns meets.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// The values' numbers, in the order of the columns.
    pub values: Vec<u32>,
    /// What its rows add up to.
    pub split: Split,
}

/// The kept values of a column, numbered densely from 1; 0 is all others.
struct Codes {
    by_number: Vec<u32>,
    numbers: Vec<u32>,
    bits: u32,
}

impl Codes {
    fn of(keep: &[bool]) -> Self {
        let mut numbers = vec![0];
        let by_number = keep.iter().enumerate().map(|(number, keep)| {
            if *keep && number > 0 {
                numbers.push(number as u32);
                numbers.len() as u32 - 1
            } else {
                0
            }
        });
        Self {
            by_number: by_number.collect(),
            bits: (numbers.len() as u32).next_power_of_two().ilog2().max(1),
            numbers,
        }
    }
}

/// The values that a cell's key was made of.
fn values_of(mut key: u64, codes: &[Codes]) -> Vec<u32> {
    let mut values: Vec<u32> = codes
        .iter()
        .rev()
        .map(|codes| {
            let code = key & ((1 << codes.bits) - 1);
            key >>= codes.bits;
            codes.numbers[code as usize]
        })
        .collect();
    values.reverse();
    values
}

/// Of a queue's steps the first says who wants what; the others follow from it. Among requests,
/// what has a kind of its own and no status is none: `Server api/a is DOWN`.
pub fn counts(chunk: &Chunk, row: usize) -> bool {
    if !chunk.number(Number::JobStep).is_empty() {
        return chunk.number_at(Number::JobStep, row) == Some(Step::Enqueued as i64);
    }
    chunk.number(Number::Status).is_empty()
        || chunk.number_at(Number::Status, row).is_some()
        || chunk.text_at(Text::Kind, row).is_none()
}

/// All dimensions that the rows have, counted side by side.
fn columns(symbols: Vec<(Dimension, Vec<Symbol>)>, rows: &[Row]) -> Vec<Column> {
    std::thread::scope(|scope| {
        let working: Vec<_> = symbols
            .into_iter()
            .map(|(dimension, symbols)| scope.spawn(move || column(dimension, symbols, rows)))
            .collect();
        let done = working.into_iter().map(|one| one.join());
        done.map(|one| one.expect("counting does not panic"))
            .collect()
    })
}

/// Numbers the symbols of all rows by first sight.
fn column(dimension: Dimension, of_rows: Vec<Symbol>, rows: &[Row]) -> Column {
    let mut symbols = vec![Symbol::NONE];
    let mut splits = vec![Split::default()];
    let mut known: Vec<u32> = vec![0];
    let mut no_response = 0;
    let number = |(symbol, row): (Symbol, &Row)| {
        let place = match symbol {
            dimension::NO_RESPONSE => &mut no_response,
            Symbol(id) => {
                if known.len() <= id as usize {
                    known.resize(id as usize + 1, 0);
                }
                &mut known[id as usize]
            }
        };
        if *place == 0 && symbol != Symbol::NONE {
            *place = symbols.len() as u32;
            symbols.push(symbol);
            splits.push(Split::default());
        }
        row.add_to(&mut splits[*place as usize]);
        *place
    };
    // In place: a symbol and a number are equally wide, and there may be millions.
    let numbers = of_rows.into_iter().zip(rows).map(number).collect();
    Column {
        dimension,
        symbols,
        splits,
        numbers,
    }
}

/// Bins of `histogram::bin_of` by index: exact below 64 us, 32 per octave above.
const BINS: usize = 64 + 32 * 58;

fn bin_index(v_us: u64) -> usize {
    match v_us {
        0..64 => v_us as usize,
        v => {
            let octave = v.ilog2();
            64 + 32 * (octave as usize - 6) + ((v >> (octave - 5)) as usize - 32)
        }
    }
}

fn bin_edge(index: usize) -> u64 {
    match index {
        0..64 => index as u64,
        index => {
            let octave = 6 + (index - 64) / 32;
            bin_of((32 + (index as u64 - 64) % 32) << (octave - 5))
        }
    }
}

/// A key as a hash (the finaliser of SplitMix64; no seed).
fn mixed(key: u64) -> u64 {
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use super::*;
    use crate::events::{Interner, Text};

    fn store(rows: &[(i64, u32, u32, i64, i64)]) -> EventStore {
        let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
        let mut chunk = Chunk::default();
        for &(time_ns, client, endpoint, status, latency_us) in rows {
            chunk.open(time_ns, time_ns as u64 + 1, 0, 0);
            for (field, value) in [(Text::Client, client), (Text::Endpoint, endpoint)] {
                let symbol = names[field as usize].intern(format!("v{value}").as_bytes());
                chunk.set_text(field, symbol);
            }
            chunk.set_number(Number::Status, status);
            chunk.set_number(Number::LatencyUs, latency_us);
        }
        chunk.seal();
        EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names))
    }

    #[test]
    fn status_is_a_dimension_by_its_hundred() {
        let store = store(&[
            (0, 0, 0, 200, 1),
            (1, 0, 0, 404, 1),
            (2, 0, 0, 0, 1),
            (3, 0, 0, 204, 1),
        ]);
        let tally = Tally::new(&store, 0, &[0..2], &[2..9], usize::MAX);
        let status = tally.columns.last().expect("a column");
        let words: Vec<String> = status.symbols[1..]
            .iter()
            .map(|symbol| status.dimension.value(&store, *symbol))
            .collect();
        assert_eq!(words, ["2xx", "4xx", "none"]);
        assert_eq!(status.splits[1].events, [1, 1]);
        assert_eq!(status.splits[3].failed, [0, 1]);
    }

    #[test]
    fn repeated_events_count_as_often_as_they_say() {
        let mut chunk = Chunk::default();
        chunk.open(5, 1, 0, 0);
        chunk.set_number(Number::Repeat, 40);
        chunk.set_number(Number::Level, 4);
        chunk.seal();
        let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(Vec::new()));
        let tally = Tally::new(&store, 0, &[], &[0..9], usize::MAX);
        assert_eq!((tally.whole.events, tally.whole.errors), ([0, 40], [0, 40]));
    }

    #[test]
    fn more_cells_than_asked_for_are_refused() {
        let rows: Vec<_> = (0..20).map(|i| (i, i as u32, 0, 200, 1)).collect();
        let tally = Tally::new(&store(&rows), 0, &[0..10], &[10..20], usize::MAX);
        let kept = vec![(0, vec![true; 20])];
        assert!(tally.cells(&kept, 5).is_none());
        assert!(tally.cells(&kept, 100).is_some());
    }

    proptest! {
        #[test]
        fn values_and_cells_sum_to_the_whole(rows in prop::collection::vec((0i64..100, 0u32..4, 0u32..4, 0i64..600, 0i64..5_000_000), 1..80)) {
            let store = store(&rows);
            let tally = Tally::new(&store, 0, &[0..50], &[50..90], usize::MAX);
            for column in &tally.columns {
                let events = column.splits.iter().fold([0, 0], |sum, one| [sum[0] + one.events[0], sum[1] + one.events[1]]);
                prop_assert_eq!(events, tally.whole.events);
            }
            let all: Vec<(usize, Vec<bool>)> = tally.columns.iter().enumerate().map(|(i, column)| (i, vec![true; column.symbols.len()])).collect();
            let cells = tally.cells(&all, 1000).expect("few cells");
            let failed: u64 = cells.iter().map(|cell| cell.split.failed[1]).sum();
            prop_assert_eq!(failed, tally.whole.failed[1]);
            for cell in &cells {
                let element: Element = all.iter().map(|(column, _)| *column).zip(cell.values.iter().copied()).collect();
                prop_assert_eq!(tally.of(&element).events, cell.split.events);
            }
        }

        #[test]
        fn bins_by_index_are_those_of_the_histogram(v in 0u64..1 << 62) {
            prop_assert_eq!(bin_edge(bin_index(v)), bin_of(v));
            prop_assert!(bin_index(v) < BINS);
        }
    }
}
