//! The time axis of all series: equal buckets from a start.

use std::num::NonZeroU64;

use crate::clock::NS_PER_S;

/// How wide one bucket is. Never zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct BucketWidth(NonZeroU64); // nanoseconds

impl BucketWidth {
    /// One second.
    pub const SECOND: Self = Self(NonZeroU64::new(NS_PER_S as u64).expect("a second is not zero"));
    /// One minute.
    pub const MINUTE: Self =
        Self(NonZeroU64::new(60 * NS_PER_S as u64).expect("a minute is not zero"));

    /// A width of whole seconds. `None` for zero.
    pub fn seconds(seconds: u64) -> Option<Self> {
        NonZeroU64::new(seconds.checked_mul(NS_PER_S as u64)?).map(Self)
    }

    /// A width of nanoseconds, for what is looked at closely. `None` for zero and below.
    pub fn nanoseconds(ns: i64) -> Option<Self> {
        NonZeroU64::new(u64::try_from(ns).ok()?).map(Self)
    }

    /// In nanoseconds.
    pub fn ns(self) -> i64 {
        self.0.get() as i64
    }

    /// In seconds.
    pub fn as_s(self) -> f64 {
        self.0.get() as f64 / NS_PER_S as f64
    }

    /// How many whole buckets last at least that many minutes; at least one.
    pub fn in_minutes(self, minutes: f64) -> usize {
        ((minutes * 60.0 / self.as_s()).round() as usize).max(1)
    }
}

/// `n` buckets of one width from `start_ns`, which is a multiple of the width but where a stretch is
/// looked at closely (`assemble::closer`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// Start of the first bucket, ns UTC.
    pub start_ns: i64,
    /// Width of each.
    pub width: BucketWidth,
    /// How many.
    pub n: usize,
}

impl Grid {
    /// The buckets that cover `[first_ns, last_ns]`.
    pub fn covering(first_ns: i64, last_ns: i64, width: BucketWidth) -> Self {
        let start = first_ns.div_euclid(width.ns());
        let end = last_ns.max(first_ns).div_euclid(width.ns()) + 1;
        Self {
            start_ns: start * width.ns(),
            width,
            n: (end - start) as usize,
        }
    }

    /// Start of bucket `i`, ns UTC; `i == n` gives the end of the grid.
    pub fn time(&self, i: usize) -> i64 {
        self.start_ns + i as i64 * self.width.ns()
    }

    /// The bucket of an instant, if it is on the grid.
    pub fn bucket(&self, ns: i64) -> Option<usize> {
        let i = (ns - self.start_ns).div_euclid(self.width.ns());
        usize::try_from(i).ok().filter(|&i| i < self.n)
    }

    /// The same for many instants, each near the one before: dividing is left out where the
    /// bucket is the same.
    pub fn buckets(&self) -> impl FnMut(i64) -> Option<usize> {
        let grid = *self;
        let (mut start_ns, mut last) = (i64::MAX, None);
        move |ns| {
            let within = ns >= start_ns && ns - start_ns < grid.width.ns();
            if !within {
                last = grid.bucket(ns);
                start_ns = last.map_or(i64::MAX, |i| grid.time(i));
            }
            last
        }
    }

    /// The bucket of an instant, or the nearest one; 0 on an empty grid.
    pub fn nearest(&self, ns: i64) -> usize {
        let i = (ns - self.start_ns).div_euclid(self.width.ns());
        i.clamp(0, self.n.saturating_sub(1) as i64) as usize
    }

    /// End of the last bucket, ns UTC.
    pub fn end_ns(&self) -> i64 {
        self.time(self.n)
    }
}
