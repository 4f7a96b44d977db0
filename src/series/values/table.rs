//! Events of one field by lane and symbol, all of them, as far as there is room: then one pass over
//! the rows is enough to know which values matter and what their buckets hold.
//!
//! In: columns of symbols, and the lane of each row. Out: totals by symbol, sums by lane. A table that
//! would grow too large says so; its totals still hold then.

use super::rows::{FAILED, Rows};
use crate::events::Symbol;

/// Events of each symbol.
#[derive(Default)]
pub struct Totals {
    /// All that are counted.
    pub events: Vec<u64>,
    /// Of these with a status that is a failure; zeros where classes are not told apart.
    pub failed: Vec<u64>,
}

impl Totals {
    /// Adds the rows of a chunk. `end` is the first place that is not counted.
    pub fn add(&mut self, column: &[Symbol], rows: &Rows, classes: usize, end: usize) {
        let symbols = symbols_of(column).max(self.events.len());
        self.events.resize(symbols, 0);
        self.failed.resize(symbols, 0);
        let places = rows.places(classes);
        for (row, (symbol, place)) in column.iter().zip(places).enumerate() {
            let place = *place as usize;
            let counted = u64::from(place < end);
            let events = rows.events.get(row).copied().unwrap_or(counted);
            self.events[symbol.0 as usize] += events;
            if classes > FAILED {
                self.failed[symbol.0 as usize] += events * u64::from(place % classes == FAILED);
            }
        }
    }
}

/// Events by place and symbol.
pub struct Table {
    /// Of each place one after the other, each with `stride` symbols.
    counts: Vec<u32>,
    stride: usize,
    /// Places: those of the grid, and those for what is not counted.
    places: usize,
    /// Symbols that are expected.
    symbols: usize,
    /// Rows that were added: no count is above it.
    rows: u32,
}

impl Table {
    /// Without events, and without memory. `symbols` are expected; there may be more.
    pub fn new(places: usize, symbols: usize) -> Self {
        Self {
            counts: Vec::new(),
            stride: 0,
            places,
            symbols,
            rows: 0,
        }
    }

    /// Adds the rows of a chunk; false, and nothing is added, where that would take more than the
    /// `free` cells, or rows stand for several events.
    pub fn add(
        &mut self,
        column: &[Symbol],
        rows: &Rows,
        classes: usize,
        free: &mut usize,
    ) -> bool {
        let added = u32::try_from(column.len()).ok();
        let Some(seen) = added.and_then(|added| self.rows.checked_add(added)) else {
            return false;
        };
        if !rows.events.is_empty() || !self.widen(symbols_of(column), free) {
            return false;
        }
        self.rows = seen;
        for (symbol, place) in column.iter().zip(rows.places(classes)) {
            self.counts[*place as usize * self.stride + symbol.0 as usize] += 1;
        }
        true
    }

    /// Makes room for so many symbols; false where there is none.
    fn widen(&mut self, symbols: usize, free: &mut usize) -> bool {
        if symbols <= self.stride {
            return true;
        }
        // Symbols are counted up: where more come than expected, yet more will.
        let stride = match self.stride {
            0 => symbols.max(self.symbols),
            _ => symbols + symbols / 4 + 1,
        };
        let more = (stride - self.stride).saturating_mul(self.places);
        if more > *free {
            return false;
        }
        *free -= more;
        let mut counts = vec![0; stride * self.places];
        if self.stride > 0 {
            let own = self.counts.chunks_exact(self.stride);
            for (new, own) in counts.chunks_exact_mut(stride).zip(own) {
                new[..self.stride].copy_from_slice(own);
            }
        }
        (self.counts, self.stride) = (counts, stride);
        true
    }

    /// Events of each symbol, and of each place before `end` those of all symbols that have a value.
    pub fn sums(&self, classes: usize, end: usize) -> (Totals, Vec<u64>) {
        // The sums of all do not exceed the number of rows either.
        let mut of_class = vec![vec![0u32; self.stride]; classes];
        let mut by_place = Vec::with_capacity(end);
        for place in 0..end.min(self.counts.len()) {
            let counts = self.at(place);
            let totals = &mut of_class[place % classes];
            let mut sum = 0u32;
            for (total, count) in totals.iter_mut().zip(counts) {
                *total += count;
                sum += count;
            }
            by_place.push(u64::from(sum - counts.first().copied().unwrap_or(0)));
        }
        let wide = |of: &[u32]| of.iter().copied().map(u64::from).collect::<Vec<u64>>();
        let mut events = vec![0; self.stride];
        for one in &of_class {
            let both = events.iter_mut().zip(one);
            both.for_each(|(events, one)| *events += u64::from(*one));
        }
        let failed = of_class.get(FAILED);
        let failed = failed.map_or_else(|| vec![0; self.stride], |failed| wide(failed));
        (Totals { events, failed }, by_place)
    }

    /// The events of one place by symbol.
    pub fn at(&self, place: usize) -> &[u32] {
        &self.counts[place * self.stride..(place + 1) * self.stride]
    }
}

/// How many symbols there are at least.
fn symbols_of(column: &[Symbol]) -> usize {
    let largest = column.iter().map(|symbol| symbol.0).max();
    largest.map_or(0, |largest| largest as usize + 1)
}
