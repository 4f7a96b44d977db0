//! The time axis: where the ticks are and what they say, in local time.

use super::span::Span;
use crate::clock::words::{clock_minute, clock_time};
use crate::clock::{NS_PER_S, Zone};

/// One tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tick {
    /// Its column.
    pub column: usize,
    /// Its label.
    pub label: String,
}

/// Steps between ticks, seconds.
const STEPS_S: [i64; 22] = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    86_400, 172_800, 604_800, 2_419_200,
];
const DAY_S: i64 = 86_400;

/// The ticks of a span in `columns` columns: round local times, labels that do not touch.
pub fn ticks(span: Span, columns: usize, zone: Zone) -> Vec<Tick> {
    let cell_s = span.length_ns() as f64 / NS_PER_S as f64 / columns.max(1) as f64;
    let fits = |step: &&i64| **step as f64 / cell_s >= (label_cells(**step) + 2) as f64;
    let step_s = STEPS_S
        .iter()
        .find(fits)
        .copied()
        .unwrap_or(STEPS_S[STEPS_S.len() - 1]);
    let mut out: Vec<Tick> = Vec::new();
    let mut at_ns = first(span.from_ns, step_s, zone);
    // At most as many as there are columns, whatever the step.
    for _ in 0..=columns {
        if at_ns >= span.to_ns {
            break;
        }
        let label = label(at_ns, step_s, zone);
        if let Some(column) = span.column(at_ns, columns) {
            let free = out
                .last()
                .is_none_or(|last| last.column + last.label.chars().count() + 1 < column);
            if free && column + label.chars().count() <= columns {
                out.push(Tick { column, label });
            }
        }
        at_ns = first(at_ns.saturating_add(step_s * NS_PER_S), step_s, zone);
    }
    out
}

/// The first round local time at or after an instant.
fn first(ns: i64, step_s: i64, zone: Zone) -> i64 {
    let east_ns = i64::from(zone.seconds_east(ns)) * NS_PER_S;
    let step_ns = step_s * NS_PER_S;
    let local = ns.saturating_add(east_ns);
    let rest = local.rem_euclid(step_ns);
    ns.saturating_add(if rest == 0 { 0 } else { step_ns - rest })
}

fn label(ns: i64, step_s: i64, zone: Zone) -> String {
    match step_s {
        step if step < 60 => clock_time(ns, zone),
        step if step < DAY_S => match clock_minute(ns, zone) {
            midnight if midnight == "00:00" => day(ns, zone),
            time => time,
        },
        _ => day(ns, zone),
    }
}

fn day(ns: i64, zone: Zone) -> String {
    zone.local(ns).format("%-d %b").to_string()
}

fn label_cells(step_s: i64) -> usize {
    match step_s {
        step if step < 60 => 8,
        step if step < DAY_S => 5,
        _ => 6,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from_s: i64, to_s: i64, columns: usize, zone: Zone, expected: &str) {
        let found = ticks(Span::new(from_s * NS_PER_S, to_s * NS_PER_S), columns, zone);
        let words: Vec<_> = found
            .iter()
            .map(|tick| format!("{}@{}", tick.label, tick.column))
            .collect();
        assert_eq!(words.join(" "), expected);
    }

    #[test]
    fn ticks_are_round_local_times() {
        check(
            0,
            3600,
            60,
            Zone::UTC,
            "1 Jan@0 00:10@10 00:20@20 00:30@30 00:40@40 00:50@50",
        );
        check(
            0,
            3600,
            60,
            Zone::Fixed(19_800),
            "05:30@0 05:40@10 05:50@20 06:00@30 06:10@40 06:20@50",
        );
        check(
            0,
            20,
            40,
            Zone::UTC,
            "00:00:00@0 00:00:05@10 00:00:10@20 00:00:15@30",
        );
        check(
            0,
            30 * DAY_S,
            60,
            Zone::UTC,
            "1 Jan@0 8 Jan@14 15 Jan@28 22 Jan@42",
        );
    }
}
