//! The counts of a chunk whose events lie close together, as nearly all do: its rows are put together
//! by second first, then each second is counted at once, column by column.
//!
//! In: a chunk without labels. Out: the cells by bucket, the same as `Rollup` counts one event
//! after the other. Chunks with labels, with gaps or with work that lasts for an hour are not its
//! business.

use std::collections::BTreeMap;

use super::counter::Counter;
use super::histogram::{BINS, Histogram, bin_index};
use super::rollup::{Cell, SPREAD_MAX};
use crate::clock::NS_PER_S;
use crate::events::{Chunk, Number, Text};

/// Buckets beyond one an event that are still close together.
const SLACK: i64 = 64;

/// The seconds that a chunk touches.
pub struct Window {
    first: i64,
    n: usize,
}

impl Window {
    /// A window over all work of a chunk; `None` where it would be too wide, or with labels.
    pub fn over(chunk: &Chunk) -> Option<Self> {
        let latencies = chunk.number(Number::LatencyUs);
        let longest_us = latencies.iter().copied().max().unwrap_or(0).max(0);
        if !chunk.text(Text::Metric).is_empty() || longest_us >= (SPREAD_MAX - 1) * 1_000_000 {
            return None;
        }
        let times = || chunk.time_ns.iter().copied();
        let (start_ns, end_ns) = (times().min()?, times().max()?);
        let end_ns = end_ns.checked_add(longest_us * 1000)?;
        let first = start_ns.div_euclid(NS_PER_S);
        let n = end_ns.div_euclid(NS_PER_S) - first + 1;
        (n <= chunk.len() as i64 + SLACK).then_some(Self {
            first,
            n: n as usize,
        })
    }

    /// The cells of the chunk's events by bucket of a second.
    pub fn count(self, counter: &Counter<'_>, chunk: &Chunk) -> BTreeMap<i64, Cell> {
        let rows = Rows::by_second(&self, chunk);
        let latencies = chunk.number(Number::LatencyUs);
        let busy_us = self.busy_us(&rows, chunk, latencies);
        let mut counts = [0u32; BINS];
        let mut bins = Vec::new();
        let mut cells = BTreeMap::new();
        for (place, busy_us) in busy_us.into_iter().enumerate() {
            let rows = rows.of(place);
            if rows.is_empty() && busy_us == 0 {
                continue;
            }
            let mut cell = Cell {
                busy_us,
                ..Cell::default()
            };
            counter.count_all(&mut cell, rows);
            if !latencies.is_empty() {
                let timed = rows.iter().map(|row| latencies[*row as usize]);
                bins.clear();
                bins.extend(
                    timed
                        .filter(|us| *us >= 0)
                        .map(|us| bin_index(us as u64) as u16),
                );
                cell.latency = Histogram::of_indices(&bins, &mut counts);
            }
            cells.insert(self.first + place as i64, cell);
        }
        cells
    }

    /// Time in flight, in the buckets the work lasted.
    fn busy_us(&self, rows: &Rows, chunk: &Chunk, latencies: &[i64]) -> Vec<u64> {
        let mut busy_us = vec![0; self.n];
        if latencies.is_empty() {
            return busy_us;
        }
        let (window_ns, second) = (self.first * NS_PER_S, NS_PER_S as u64);
        for place in 0..self.n {
            let next_ns = (place as u64 + 1) * second;
            for row in rows.of(place) {
                let latency_us = latencies[*row as usize];
                if latency_us < 0 {
                    continue;
                }
                let from_ns = (chunk.time_ns[*row as usize] - window_ns) as u64;
                let end_ns = from_ns + latency_us as u64 * 1000;
                let last = (end_ns / second) as usize;
                // Most work ends in the second where it began: nothing is added to it again then.
                let in_last_ns = (end_ns % second) * u64::from(last > place);
                busy_us[place] += (end_ns.min(next_ns) - from_ns) / 1000;
                busy_us[last] += in_last_ns / 1000;
                for between in busy_us.get_mut(place + 1..last).into_iter().flatten() {
                    *between += second / 1000;
                }
            }
        }
        busy_us
    }
}

/// The rows of a chunk by second, within a second in their order.
struct Rows {
    rows: Vec<u32>,
    /// Where those of each second begin, and where the last end.
    begins: Vec<u32>,
}

impl Rows {
    fn by_second(window: &Window, chunk: &Chunk) -> Self {
        let window_ns = window.first * NS_PER_S;
        let second = |time_ns: &i64| (time_ns - window_ns) as u64 / NS_PER_S as u64;
        let places: Vec<u32> = chunk.time_ns.iter().map(|ns| second(ns) as u32).collect();
        // Counted two further on: summed up they are where the one before begins, and filling
        // moves each on to where it ends.
        let mut begins = vec![0u32; window.n + 2];
        for place in &places {
            begins[*place as usize + 2] += 1;
        }
        for place in 2..begins.len() {
            begins[place] += begins[place - 1];
        }
        let mut rows = vec![0; places.len()];
        for (row, place) in places.iter().enumerate() {
            let at = &mut begins[*place as usize + 1];
            rows[*at as usize] = row as u32;
            *at += 1;
        }
        Self { rows, begins }
    }

    fn of(&self, place: usize) -> &[u32] {
        &self.rows[self.begins[place] as usize..self.begins[place + 1] as usize]
    }
}
