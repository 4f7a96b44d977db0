//! The ticks of the axis, by the clock of the reader.

use crate::clock::words::{clock_minute, clock_time};
use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};

/// Distances between two ticks, seconds; beyond them multiples of 30 days.
const STEPS_S: [i64; 22] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    172_800, 604_800, 1_209_600, 2_592_000,
];
const DAY_NS: i64 = 24 * 60 * NS_PER_MIN;

/// A tick: its instant, ns UTC, and its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at_ns: i64,
    /// `15:40`, `9 Jul`.
    pub label: String,
}

/// At most about `n` ticks within `[from_ns, to_ns)`, at round times of the zone.
pub fn ticks(from_ns: i64, to_ns: i64, zone: Zone, n: usize) -> Vec<Tick> {
    let span = to_ns.saturating_sub(from_ns).max(1);
    let n = i64::try_from(n.max(1)).unwrap_or(i64::MAX);
    let steps = STEPS_S.iter().map(|s| s * NS_PER_S);
    let last = STEPS_S[STEPS_S.len() - 1] * NS_PER_S;
    let step = steps
        .into_iter()
        .find(|step| step.saturating_mul(n) >= span)
        .unwrap_or_else(|| (span / n / last + 1).saturating_mul(last));
    let east = i64::from(zone.seconds_east(from_ns)) * NS_PER_S;
    let first = from_ns.saturating_add(east).div_euclid(step) * step - east;
    let at = (0..=2 * n).map(|i| first.saturating_add(i.saturating_mul(step)));
    at.filter(|ns| (from_ns..to_ns).contains(ns))
        .map(|at_ns| Tick {
            at_ns,
            label: label(at_ns, step, zone),
        })
        .collect()
}

fn label(ns: i64, step: i64, zone: Zone) -> String {
    match step {
        step if step >= DAY_NS => zone.local(ns).format("%-d %b").to_string(),
        step if step < NS_PER_MIN => clock_time(ns, zone),
        _ => clock_minute(ns, zone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_round_times_of_the_readers_clock() {
        let half_east = Zone::Fixed(1800);
        let labels = |from: i64, to: i64| {
            let ticks = ticks(from * NS_PER_S, to * NS_PER_S, half_east, 5);
            ticks.into_iter().map(|tick| tick.label).collect::<Vec<_>>()
        };
        assert_eq!(labels(0, 7200), ["00:30", "01:00", "01:30", "02:00"]);
        assert_eq!(labels(0, 12), ["00:30:00", "00:30:05", "00:30:10"]);
        assert_eq!(
            labels(0, 5 * 86_400),
            ["2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan"]
        );
    }

    proptest! {
        #[test]
        fn ticks_are_few_and_in_range(from in -4_000_000_000_000_000_000i64..4_000_000_000_000_000_000, span in 1i64..3_000_000_000_000_000_000, n in 1usize..20) {
            let ticks = ticks(from, from.saturating_add(span), Zone::UTC, n);
            prop_assert!(ticks.len() <= n + 1);
            prop_assert!(ticks.iter().all(|tick| tick.at_ns >= from && tick.at_ns < from + span));
        }
    }
}
