//! Up to when a source's newest buckets are whole.
//!
//! In: what was counted, and its last stamp. Out: the instant from which on work may be under way
//! that is logged later. A request is a line when it ends, and is counted where it began: of the
//! newest buckets only the quick ones are known, and they look better than they are.

use std::collections::BTreeMap;

use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::series::rollup::{Cell, Rollup};
use crate::series::{BucketWidth, Histogram};

/// How long work takes is learnt from so much of the end, ns.
pub const LEARNT_NS: i64 = 5 * NS_PER_MIN;
/// All but one of a thousand have ended by then.
const ENDED_SHARE: f64 = 0.999;
/// Nothing is waited for longer than that, ns: most servers give up after a minute.
const UNDER_WAY_NS_MAX: i64 = 60 * NS_PER_S;
/// Nor for more than this part of all that there is.
const PART_MAX: i64 = 10;

/// The end, ns UTC, of what is whole: the last stamp less the time that nearly all work of the last
/// minutes took. The last stamp itself where nothing tells how long work takes.
pub fn settled_ns(rollup: &Rollup, stamped: (i64, i64)) -> i64 {
    let from_ns = stamped.1.saturating_sub(LEARNT_NS);
    let mut took = Histogram::default();
    for table in rollup.tables().values() {
        for cell in newest(table, rollup.width(), from_ns) {
            took.merge(&cell.latency);
        }
    }
    whole_until_ns(&took, stamped)
}

/// The same by how long the work of the last `LEARNT_NS` took.
pub fn whole_until_ns(took: &Histogram, (first_ns, last_ns): (i64, i64)) -> i64 {
    let under_way_ns = took.quantile_us(ENDED_SHARE).map_or(0, |us| {
        i64::try_from(us).unwrap_or(i64::MAX).saturating_mul(1000)
    });
    let most_ns = last_ns.saturating_sub(first_ns) / PART_MAX;
    last_ns - under_way_ns.min(UNDER_WAY_NS_MAX).min(most_ns)
}

fn newest(
    table: &BTreeMap<i64, Cell>,
    width: BucketWidth,
    from_ns: i64,
) -> impl Iterator<Item = &Cell> {
    table
        .range(from_ns.div_euclid(width.ns())..)
        .map(|(_, cell)| cell)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Chunk, Interner, Number};
    use crate::series::rollup::Kinds;

    /// Requests of so many seconds, one a second from 0 on; the last stamp is the last start.
    fn check(took_s: impl Fn(i64) -> i64, n: i64, settled_s: i64) {
        let mut chunk = Chunk::default();
        for second in 0..n {
            chunk.open(second * NS_PER_S, second as u64 + 1, second as u64 * 10, 9);
            chunk.set_number(Number::LatencyUs, took_s(second) * 1_000_000);
        }
        let kinds = Kinds::of(&Interner::new(10));
        let rollup = Rollup::of(&chunk, kinds);
        let found = settled_ns(&rollup, (0, n * NS_PER_S)) / NS_PER_S;
        assert!((found - settled_s).abs() <= 1, "{found} {settled_s}");
    }

    #[test]
    fn what_began_within_the_longest_request_is_not_whole() {
        check(|_| 0, 600, 600);
        check(|second| if second == 550 { 20 } else { 0 }, 600, 580);
        check(|second| if second == 100 { 20 } else { 0 }, 600, 600);
    }

    #[test]
    fn a_connection_for_an_hour_is_not_waited_for() {
        check(|_| 3600, 6000, 5940);
        check(|_| 30, 100, 90);
    }
}
