//! The counts of a chunk whose events lie close together, as nearly all do: one cell a second in
//! a plain list, no look-up per event.
//!
//! In: a chunk without labels. Out: the cells by bucket, the same as `Rollup` counts one event
//! after the other. Chunks with labels, with gaps or with work that lasts for an hour are not its
//! business.

use std::collections::BTreeMap;

use super::counter::Counter;
use super::histogram::{BINS, Histogram, bin_index};
use super::rollup::{Cell, SPREAD_MAX};
use crate::clock::NS_PER_S;
use crate::events::chunk::ABSENT;
use crate::events::{Chunk, Number, Text};

/// Buckets beyond one an event that are still close together.
const SLACK: i64 = 64;

/// The seconds that a chunk touches.
pub struct Window {
    first: i64,
    cells: Vec<Cell>,
    touched: Vec<bool>,
}

impl Window {
    /// A window over all work of a chunk; `None` where it would be too wide, or with labels.
    pub fn over(chunk: &Chunk) -> Option<Self> {
        let latencies = chunk.number(Number::LatencyUs);
        let longest_us = latencies.iter().copied().max().unwrap_or(0).max(0);
        if !chunk.text(Text::Metric).is_empty() || longest_us >= (SPREAD_MAX - 1) * 1_000_000 {
            return None;
        }
        let start_ns = chunk.time_ns.iter().copied().min()?;
        let end_ns = chunk.time_ns.iter().copied().max()?;
        let end_ns = end_ns.checked_add(longest_us * 1000)?;
        let first = start_ns.div_euclid(NS_PER_S);
        let n = end_ns.div_euclid(NS_PER_S) - first + 1;
        if n > chunk.len() as i64 + SLACK {
            return None;
        }
        Some(Self {
            first,
            cells: vec![Cell::default(); n as usize],
            touched: vec![false; n as usize],
        })
    }

    /// The cells of the chunk's events by bucket of a second.
    pub fn count(mut self, counter: &Counter<'_>, chunk: &Chunk) -> BTreeMap<i64, Cell> {
        let places: Vec<u32> = chunk
            .time_ns
            .iter()
            .map(|time_ns| (time_ns.div_euclid(NS_PER_S) - self.first) as u32)
            .collect();
        for (row, place) in places.iter().enumerate() {
            counter.count(&mut self.cells[*place as usize], row);
            self.touched[*place as usize] = true;
        }
        let latencies = chunk.number(Number::LatencyUs);
        for (time_ns, latency_us) in chunk.time_ns.iter().zip(latencies) {
            if *latency_us >= 0 {
                self.spread(*time_ns, *latency_us);
            }
        }
        self.bin(&places, latencies);
        let first = self.first;
        let cells = self.cells.into_iter().zip(self.touched).enumerate();
        cells
            .filter(|(_, (_, touched))| *touched)
            .map(|(place, (cell, _))| (first + place as i64, cell))
            .collect()
    }

    /// Time in flight, in the buckets the work lasted.
    #[inline]
    fn spread(&mut self, start_ns: i64, latency_us: i64) {
        let end_ns = start_ns + latency_us * 1000;
        let mut place = (start_ns.div_euclid(NS_PER_S) - self.first) as usize;
        let mut from = start_ns;
        let mut next = (self.first + place as i64 + 1) * NS_PER_S;
        loop {
            let busy_us = (end_ns.min(next) - from) / 1000;
            if busy_us > 0 {
                self.cells[place].busy_us += busy_us as u64;
                self.touched[place] = true;
            }
            if end_ns < next {
                return;
            }
            (from, next, place) = (next, next + NS_PER_S, place + 1);
        }
    }

    /// The histograms: latencies put together by bucket, then counted bin by bin.
    fn bin(&mut self, places: &[u32], latencies: &[i64]) {
        let timed = || {
            let rows = places.iter().zip(latencies);
            rows.filter(|(_, latency_us)| **latency_us != ABSENT && **latency_us >= 0)
        };
        let mut ends = vec![0usize; self.cells.len() + 1];
        for (place, _) in timed() {
            ends[*place as usize + 1] += 1;
        }
        for place in 1..ends.len() {
            ends[place] += ends[place - 1];
        }
        let mut bins = vec![0u16; ends.last().copied().unwrap_or(0)];
        let mut next = ends.clone();
        for (place, latency_us) in timed() {
            let at = &mut next[*place as usize];
            bins[*at] = bin_index(*latency_us as u64) as u16;
            *at += 1;
        }
        let mut counts = [0u32; BINS];
        for (place, cell) in self.cells.iter_mut().enumerate() {
            let of_cell = &bins[ends[place]..ends[place + 1]];
            if !of_cell.is_empty() {
                cell.latency = Histogram::of_indices(of_cell, &mut counts);
            }
        }
    }
}
