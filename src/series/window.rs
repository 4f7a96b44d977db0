//! The counts of a chunk whose events lie close together, as nearly all do: each of its seconds has
//! a place in a list, and the rows are counted there column by column, without a branch that depends
//! on what a row has.
//!
//! In: a chunk without labels. Out: the cells by bucket, the same as `Rollup` counts one event
//! after the other. Chunks with labels, with gaps or with work that lasts for an hour are not its
//! business.

use std::collections::BTreeMap;

use super::counter::{Counter, for_each_row};
use super::histogram::{BINS, Histogram, bin_index};
use super::rollup::{Cell, LONG_US, SPREAD_MAX};
use crate::clock::NS_PER_S;
use crate::events::{Chunk, Number, Text};
use crate::stats::extremes::extremes;

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
        let longest_us = extremes(latencies).map_or(0, |(_, most)| most.max(0));
        if !chunk.text(Text::Metric).is_empty() || longest_us >= (SPREAD_MAX - 1) * 1_000_000 {
            return None;
        }
        let (start_ns, end_ns) = extremes(&chunk.time_ns)?;
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
        let places = self.places(chunk);
        let mut touched = vec![false; self.n];
        places
            .iter()
            .for_each(|place| touched[*place as usize] = true);
        // One more, for what is counted nowhere.
        let mut cells = vec![Cell::default(); self.n + 1];
        let summed = counter.count_all(&mut cells, &places);
        cells.truncate(self.n);
        if !chunk.number(Number::LatencyUs).is_empty() {
            self.time(&mut cells, (&places, &summed), chunk);
        }
        let places = cells.into_iter().zip(touched).enumerate();
        let counted = places.filter(|(_, (cell, touched))| *touched || cell.busy_us > 0);
        counted
            .map(|(place, (cell, _))| (self.first + place as i64, cell))
            .collect()
    }

    /// The second of each row.
    fn places(&self, chunk: &Chunk) -> Vec<u32> {
        let window_ns = self.first * NS_PER_S;
        let second = |time_ns: &i64| (time_ns - window_ns) as u64 / NS_PER_S as u64;
        chunk.time_ns.iter().map(|ns| second(ns) as u32).collect()
    }

    /// Adds the durations to their cells: their bins, their sum at the second of the two places, and
    /// the time in flight, in the seconds that the work lasted. Half of the rows may have none, in no
    /// order: nothing is left out for them, they add nothing.
    fn time(&self, cells: &mut [Cell], (places, summed): (&[u32], &[u32]), chunk: &Chunk) {
        let latencies = chunk.number(Number::LatencyUs);
        let (window_ns, second) = (self.first * NS_PER_S, NS_PER_S as u64);
        let mut sums = vec![Sums::default(); self.n + 1];
        for_each_row(places.len(), |row| {
            let (place, latency_us) = (places[row] as usize, latencies[row]);
            let is_timed = latency_us >= 0;
            let latency_us = latency_us.max(0) as u64;
            let from_ns = (chunk.time_ns[row] - window_ns) as u64 - place as u64 * second;
            let end_ns = from_ns + latency_us * 1000;
            let lasts = (end_ns / second) as usize;
            // Most work ends in the second where it began: nothing is added to it again then.
            let in_last_ns = (end_ns % second) * u64::from(lasts > 0);
            let first = &mut sums[place];
            first.rows += u32::from(is_timed);
            first.busy_us += (end_ns.min(second) - from_ns) / 1000;
            let summed = &mut sums[summed[row] as usize];
            summed.latency_us += latency_us;
            summed.long += u64::from(latency_us >= LONG_US as u64);
            sums[place + lasts].ending_us += in_last_ns / 1000;
            if lasts > 1 {
                let between = &mut sums[place + 1..place + lasts];
                between
                    .iter_mut()
                    .for_each(|one| one.busy_us += second / 1000);
            }
        });
        let timed: u32 = sums.iter().map(|sum| sum.rows).sum();
        sums[self.n].rows = places.len() as u32 - timed;
        for (cell, sum) in cells.iter_mut().zip(&sums) {
            cell.latency_sum_us = cell.latency_sum_us.saturating_add(sum.latency_us);
            cell.long += sum.long;
            cell.busy_us = sum.busy_us + sum.ending_us;
        }
        self.bins(cells, &sums, places, latencies);
    }

    /// Adds the bins of the durations, put together by second first.
    fn bins(&self, cells: &mut [Cell], sums: &[Sums], places: &[u32], latencies: &[i64]) {
        let mut next = Vec::with_capacity(sums.len());
        let mut begin = 0;
        for sum in sums {
            next.push(begin);
            begin += sum.rows;
        }
        let mut bins = vec![0u16; places.len()];
        for_each_row(places.len(), |row| {
            let latency_us = latencies[row];
            let at = &mut next[timed(places[row] as usize, latency_us, self.n)];
            bins[*at as usize] = bin_index(latency_us.max(0) as u64) as u16;
            *at += 1;
        });
        let mut counts = [0u32; BINS];
        for ((cell, sum), end) in cells.iter_mut().zip(sums).zip(next) {
            let bins = &bins[(end - sum.rows) as usize..end as usize];
            if !bins.is_empty() {
                cell.latency = Histogram::of_indices(bins, &mut counts);
            }
        }
    }
}

/// What the durations of a second add up to.
#[derive(Clone, Default)]
struct Sums {
    rows: u32,
    long: u64,
    latency_us: u64,
    /// Of work that began in it or goes on.
    busy_us: u64,
    /// Of work that began before and ends in it.
    ending_us: u64,
}

/// The place of a row that has a duration; of one that has none, the one behind all.
#[inline]
fn timed(place: usize, latency_us: i64, behind: usize) -> usize {
    if latency_us < 0 { behind } else { place }
}
