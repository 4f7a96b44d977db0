//! What was observed and expected so far, value by value.
//!
//! In: one observed bucket at a time. Out: sums over stretches of *observed* buckets: a bucket
//! without data is not a zero, it is not there. Sums are made afresh each time and not as
//! differences of running totals, so a giant value is forgotten when it leaves the window.

use std::ops::Range;

use crate::series::baseline::{Kind, Sample};
use crate::stats::deviance;

/// Sums over a stretch.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Sum {
    /// Observed: events, failures or the sum of levels.
    pub x: f64,
    /// Expected, same unit.
    pub m: f64,
    /// Tries, for ratios.
    pub n: f64,
    /// How many observed buckets.
    pub buckets: f64,
}

impl Sum {
    /// Adds one observed bucket.
    pub fn add(&mut self, entry: &Entry) {
        self.x += entry.x;
        self.m += entry.m;
        self.n += entry.n;
        self.buckets += 1.0;
    }

    /// Deviation in sigmas without overdispersion; `sigma` is a gauge's noise.
    pub fn deviation(&self, kind: Kind, sigma: f64) -> f64 {
        match kind {
            Kind::Count => deviance::poisson(self.x, self.m),
            Kind::Ratio => deviance::binomial(self.x, self.n, self.m),
            Kind::Gauge => (self.x - self.m) / (sigma * self.buckets.sqrt()),
        }
    }

    /// The effect as `Rule::effect_min` measures it: relative for counts and gauges (against
    /// `level`), a difference for shares.
    pub fn effect(&self, kind: Kind, level: f64) -> f64 {
        match kind {
            Kind::Count => (self.x + 1.0) / (self.m + 1.0) - 1.0,
            Kind::Ratio => (self.x - self.m) / self.n.max(1.0),
            Kind::Gauge => self.mean_difference() / level.abs().max(1e-9),
        }
    }

    /// Mean difference per bucket.
    pub fn mean_difference(&self) -> f64 {
        (self.x - self.m) / self.buckets.max(1.0)
    }

    /// Excess per bucket, for ratios per try: what periodic excesses are compared by.
    pub fn excess_rate(&self, kind: Kind) -> f64 {
        if kind == Kind::Ratio {
            (self.x - self.m) / self.n.max(1.0)
        } else {
            self.mean_difference()
        }
    }
}

/// One observed bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Entry {
    /// Its place on the grid.
    pub bucket: usize,
    /// Observed.
    pub x: f64,
    /// Tries, for ratios.
    pub n: f64,
    /// Expected, same unit as `x`.
    pub m: f64,
    /// Overdispersed deviation of this bucket alone, sigmas.
    pub z: f64,
}

/// All observed buckets so far.
#[derive(Debug, Clone, Default)]
pub struct History {
    entries: Vec<Entry>,
}

impl History {
    /// Adds the next bucket, not scored yet.
    pub fn push(&mut self, bucket: usize, sample: Sample, m: f64) {
        self.entries.push(Entry {
            bucket,
            x: sample.x,
            n: sample.n,
            m,
            z: 0.0,
        });
    }

    /// Expects `level` in these observations instead of what was expected when they were seen.
    pub fn restate(&mut self, range: Range<usize>, level: f64) {
        self.entries[range]
            .iter_mut()
            .for_each(|entry| entry.m = level);
    }

    /// Scores the last bucket.
    pub fn score_last(&mut self, z: f64) {
        if let Some(last) = self.entries.last_mut() {
            last.z = z;
        }
    }

    /// How many buckets were observed.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing was observed.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Observed buckets, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Grid bucket of observation `i`.
    pub fn bucket(&self, i: usize) -> usize {
        self.entries[i].bucket
    }

    /// Sums over a range of observations.
    pub fn sum(&self, range: Range<usize>) -> Sum {
        let mut sum = Sum::default();
        self.entries[range].iter().for_each(|entry| sum.add(entry));
        sum
    }

    /// First observation at or after a grid bucket.
    pub fn first_from(&self, bucket: usize) -> usize {
        self.entries.partition_point(|entry| entry.bucket < bucket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_giant_value_is_forgotten_when_it_leaves_the_window() {
        let mut history = History::default();
        for (bucket, x) in [(0, 1e19), (1, 3.0), (4, 4.0)] {
            history.push(bucket, Sample { x, n: 0.0 }, 2.0);
        }
        assert_eq!(
            history.sum(1..3),
            Sum {
                x: 7.0,
                m: 4.0,
                n: 0.0,
                buckets: 2.0
            }
        );
        assert_eq!((history.first_from(2), history.first_from(5)), (2, 3));
    }
}
