//! The time axis: where the ticks are and what they say, in local time.

use super::span::Span;
use crate::clock::words::{clock_minute, clock_time, utc};
use crate::clock::zone::Local;
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
const HOUR_S: i64 = 3600;
/// Cells that a zone's name takes behind a label, with its blank.
const NAME_CELLS: usize = 5;

/// The ticks of a span in `columns` columns: round local times, labels that do not touch. An hour
/// that clocks show twice has its zone's name behind each of its labels.
pub fn ticks(span: Span, columns: usize, zone: Zone) -> Vec<Tick> {
    let cell_s = span.length_ns() as f64 / NS_PER_S as f64 / columns.max(1) as f64;
    let named = if changes(span, zone) { NAME_CELLS } else { 0 };
    let fits = |step: &&i64| {
        let cells = label_cells(**step) + if **step < DAY_S { named } else { 0 };
        **step as f64 / cell_s >= (cells + 2) as f64
    };
    let step_s = STEPS_S
        .iter()
        .find(fits)
        .copied()
        .unwrap_or(STEPS_S[STEPS_S.len() - 1]);
    let mut out: Vec<Tick> = Vec::new();
    for at_ns in instants(span, step_s, columns, zone) {
        let label = label(at_ns, step_s, zone);
        if let Some(column) = span.column(at_ns, columns) {
            let free = out
                .last()
                .is_none_or(|last| last.column + last.label.chars().count() + 1 < column);
            if free && column + label.chars().count() <= columns {
                out.push(Tick { column, label });
            }
        }
    }
    out
}

/// Whether clocks are set forward or back within the span.
pub fn changes(span: Span, zone: Zone) -> bool {
    zone.seconds_east(span.from_ns) != zone.seconds_east(span.to_ns)
}

/// The instants of round local times in the span, ascending; at most two for each column.
///
/// Walked by the local clock: a day may have 23 or 25 hours. A local time that does not exist
/// has no tick, one that comes twice has two.
fn instants(span: Span, step_s: i64, columns: usize, zone: Zone) -> Vec<i64> {
    let step_ns = step_s * NS_PER_S;
    let local = |ns: i64| ns.saturating_add(i64::from(zone.seconds_east(ns)) * NS_PER_S);
    // Where clocks were set back, the first local time of the span is not its earliest.
    let margin_ns = if changes(span, zone) {
        HOUR_S * NS_PER_S
    } else {
        0
    };
    let earliest = local(span.from_ns).saturating_sub(margin_ns);
    let latest = local(span.to_ns).saturating_add(margin_ns);
    let first = earliest.saturating_sub(earliest.rem_euclid(step_ns));
    let steps_max = 2 * columns as i64 + 2 * margin_ns / step_ns + 2;
    let mut out = Vec::new();
    for i in 0..steps_max {
        let at = first.saturating_add(step_ns.saturating_mul(i));
        if at > latest {
            break;
        }
        match zone.resolve(utc(at).naive_utc()) {
            Local::One(ns) => out.push(ns),
            Local::Two(first, second) => out.extend([first, second]),
            Local::Gap => {}
        }
    }
    out.retain(|ns| span.contains(*ns));
    out.sort_unstable();
    out
}

fn label(ns: i64, step_s: i64, zone: Zone) -> String {
    let time = match step_s {
        step if step < 60 => clock_time(ns, zone),
        step if step < DAY_S => match clock_minute(ns, zone) {
            midnight if midnight == "00:00" => return day(ns, zone),
            time => time,
        },
        _ => return day(ns, zone),
    };
    match zone.resolve(zone.local(ns)) {
        Local::Two(..) => format!("{time} {}", zone.name_at(ns)),
        _ => time,
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
    use chrono_tz::{America::New_York, Europe::London};
    use proptest::prelude::*;

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

    /// Seconds since the epoch of midnights UTC.
    const LONDON_SPRING: i64 = 1_774_742_400; // 29 March 2026
    const LONDON_AUTUMN: i64 = 1_603_584_000; // 25 October 2020
    const NEW_YORK_SPRING: i64 = 1_615_680_000; // 14 March 2021
    const NEW_YORK_AUTUMN: i64 = 1_604_188_800; // 1 November 2020

    #[test]
    fn the_hour_that_clocks_skip_has_no_tick() {
        let (london, new_york) = (Zone::Named(London), Zone::Named(New_York));
        let hours = |from: i64| (from, from + 4 * HOUR_S);
        let (from, to) = hours(LONDON_SPRING);
        check(from, to, 60, london, "29 Mar@0 02:00@15 03:00@30 04:00@45");
        let (from, to) = hours(NEW_YORK_SPRING + 5 * HOUR_S);
        check(
            from,
            to,
            60,
            new_york,
            "14 Mar@0 01:00@15 03:00@30 04:00@45",
        );
    }

    #[test]
    fn the_hour_that_clocks_show_twice_is_told_apart() {
        let (london, new_york) = (Zone::Named(London), Zone::Named(New_York));
        let from = LONDON_AUTUMN - HOUR_S;
        let expected = "25 Oct@0 01:00 BST@15 01:00 GMT@30 02:00@45";
        check(from, from + 4 * HOUR_S, 60, london, expected);
        let from = NEW_YORK_AUTUMN + 4 * HOUR_S;
        let expected = "1 Nov@0 01:00 EDT@15 01:00 EST@30 02:00@45";
        check(from, from + 4 * HOUR_S, 60, new_york, expected);
    }

    #[test]
    fn days_of_23_and_25_hours_have_their_midnights() {
        let (london, new_york) = (Zone::Named(London), Zone::Named(New_York));
        let days = |midnight: i64, zone: Zone, expected: &str| {
            check(
                midnight - 2 * DAY_S,
                midnight + 3 * DAY_S,
                50,
                zone,
                expected,
            );
        };
        days(
            LONDON_SPRING,
            london,
            "27 Mar@0 28 Mar@10 29 Mar@20 30 Mar@29 31 Mar@39",
        );
        days(
            LONDON_AUTUMN,
            london,
            "24 Oct@9 25 Oct@19 26 Oct@30 27 Oct@40",
        );
        days(
            NEW_YORK_SPRING,
            new_york,
            "12 Mar@2 13 Mar@12 14 Mar@22 15 Mar@31 16 Mar@41",
        );
        days(
            NEW_YORK_AUTUMN,
            new_york,
            "30 Oct@1 31 Oct@11 1 Nov@21 2 Nov@32 3 Nov@42",
        );
    }

    proptest! {
        #[test]
        fn ticks_ascend_and_do_not_touch(from in 0i64..2_000_000_000, length in 1i64..10_000_000, columns in 1usize..200) {
            for zone in [Zone::Named(London), Zone::Named(New_York), Zone::UTC] {
                let span = Span::new(from * NS_PER_S, (from + length) * NS_PER_S);
                let found = ticks(span, columns, zone);
                for pair in found.windows(2) {
                    prop_assert!(pair[0].column + pair[0].label.len() < pair[1].column);
                }
                prop_assert!(found.last().is_none_or(|last| last.column + last.label.len() <= columns));
            }
        }
    }
}
