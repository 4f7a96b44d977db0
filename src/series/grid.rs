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

    /// The buckets of many instants in place of what `found` holds; `n` for one that is not on the
    /// grid. Instants come in no order: nothing is guessed and nothing is divided.
    pub fn find(&self, times_ns: &[i64], found: &mut Vec<u32>) {
        let width_ns = self.width.ns() as u64;
        let end_ns = (self.n as u64).saturating_mul(width_ns);
        // How many widths there are in 2^64, rounded down: the product tells one too few at most.
        let factor = u128::from(u64::MAX / width_ns);
        let bucket = |time_ns: &i64| {
            // What lies before the grid is far behind it.
            let since_ns = (time_ns.wrapping_sub(self.start_ns) as u64).min(end_ns);
            let about = ((u128::from(since_ns) * factor) >> 64) as u64;
            let rest_ns = since_ns - about * width_ns;
            (about + u64::from(rest_ns >= width_ns)) as u32
        };
        found.clear();
        found.extend(times_ns.iter().map(bucket));
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn many_instants_lie_where_each_alone_does(
            times_ns in prop::collection::vec(prop_oneof![-9_000i64..9_000, -1i64 << 60..1 << 60], 0..40),
            start_ns in -5_000i64..5_000,
            width_ns in prop_oneof![1i64..50, 1i64 << 40..1 << 42],
            n in 0usize..100,
        ) {
            let width = BucketWidth::nanoseconds(width_ns).expect("positive");
            let grid = Grid { start_ns, width, n };
            let mut found = Vec::new();
            grid.find(&times_ns, &mut found);
            let alone = times_ns.iter().map(|ns| grid.bucket(*ns).unwrap_or(n) as u32);
            prop_assert_eq!(found, alone.collect::<Vec<_>>());
        }
    }
}
