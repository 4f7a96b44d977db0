//! `@FROM..TO`: which times a filter means.
//!
//! Clock times are those of every local day, so that they mean the same whatever days the data
//! are of; dates are instants; `-30m` is before the end of the data.

use std::fmt;
use std::ops::Range;

use chrono::DateTime;

use crate::clock::{NS_PER_MIN, NS_PER_S, Zone};
use crate::formats::field::Unit;
use crate::formats::stamp::{Lack, Stamp, StampKind, instant};
use crate::formats::value::duration_us;

/// Nanoseconds of a day by the clock.
const DAY_NS: i64 = 1440 * NS_PER_MIN;

/// What an end may be, for errors.
pub const EXPECTED: &str =
    "a time like 14:02, 14:02:30, 2015-07-22T14:02 (local), 2015-07-22T14:02:00Z or -30m";

/// A stretch of time as it was written: its start belongs to it, its end does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Times {
    /// Of every local day, ns since midnight. An end before the start is of the next day.
    Clock {
        /// Midnight if there is none.
        from_ns: Option<i64>,
        /// The next midnight if there is none.
        to_ns: Option<i64>,
    },
    /// From one instant to another.
    Dates {
        /// The first instant of all if there is none.
        from: Option<Instant>,
        /// After the last one if there is none.
        to: Option<Instant>,
    },
}

/// An instant as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instant {
    /// So many ns before the end.
    BeforeEnd(i64),
    /// A calendar time.
    At {
        /// As if it were UTC, ns since 1970.
        local_ns: i64,
        /// Seconds east of UTC, if it says.
        offset_s: Option<i32>,
    },
}

/// One end.
enum End {
    Clock(i64),
    Date(Instant),
}

/// What is wrong, and where in the text.
type Wrong = (Range<usize>, String);

/// Reads `FROM..TO` without the `@`; either may be missing, not both.
pub fn read(text: &str) -> Result<Times, Wrong> {
    let all = 0..text.len();
    let Some((from, to)) = text.split_once("..") else {
        return Err((
            all,
            "expected FROM..TO, like @14:02..14:10 or @-30m..".to_owned(),
        ));
    };
    let to_at = from.len() + 2..text.len();
    let ends = (end(from, 0..from.len())?, end(to, to_at)?);
    let times = match ends {
        (None, None) => return Err((all, format!("expected {EXPECTED} on one side"))),
        (None | Some(End::Clock(_)), None | Some(End::Clock(_))) => Times::Clock {
            from_ns: ends.0.and_then(clock_of),
            to_ns: ends.1.and_then(clock_of),
        },
        (None | Some(End::Date(_)), None | Some(End::Date(_))) => Times::Dates {
            from: ends.0.and_then(date_of),
            to: ends.1.and_then(date_of),
        },
        _ => return Err((all, "write a date at both ends, or at none".to_owned())),
    };
    match times.is_empty() {
        true => Err((all, "its start is not before its end".to_owned())),
        false => Ok(times),
    }
}

fn clock_of(end: End) -> Option<i64> {
    match end {
        End::Clock(ns) => Some(ns),
        End::Date(_) => None,
    }
}

fn date_of(end: End) -> Option<Instant> {
    match end {
        End::Date(instant) => Some(instant),
        End::Clock(_) => None,
    }
}

fn end(text: &str, at: Range<usize>) -> Result<Option<End>, Wrong> {
    if text.is_empty() {
        return Ok(None);
    }
    let found = match text.strip_prefix('-') {
        Some(length) => duration_us(length.as_bytes(), Unit::Written)
            .map(|us| End::Date(Instant::BeforeEnd(us.saturating_mul(1000)))),
        None => clock(text)
            .map(End::Clock)
            .or_else(|| date(text).map(End::Date)),
    };
    found
        .map(Some)
        .ok_or_else(|| (at, format!("expected {EXPECTED}")))
}

/// `14:02`, `9:30:15.5`, `24:00`: ns since midnight.
fn clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let two = |part: &str| {
        let digits = part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i64>().ok().filter(|_| digits)
    };
    let (hours, minutes) = (two(parts.next()?)?, parts.next()?);
    let minutes = two(minutes).filter(|n| *n < 60 && minutes.len() == 2)?;
    let seconds_ns = parts.next().map_or(Some(0), seconds)?;
    let ns = (hours * 60 + minutes) * NS_PER_MIN + seconds_ns;
    (parts.next().is_none() && ns <= DAY_NS).then_some(ns)
}

/// `30`, `30.25`: ns.
fn seconds(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 2
        || part.is_empty()
        || part.len() > 9
        || !is_number(part)
        || !is_number(whole)
    {
        return None;
    }
    let whole: i64 = whole.parse().ok().filter(|n| *n < 60)?;
    let part: i64 = format!("{part:0<9}").parse().ok()?;
    Some(whole * NS_PER_S + part)
}

/// `2015-07-22`, `2015-07-22T14:02`, with seconds or without, with a zone or without.
fn date(text: &str) -> Option<Instant> {
    const MINUTE: usize = "2015-07-22T14:02".len();
    let complete = match (text.get(..MINUTE), text.get(MINUTE..)) {
        (Some(minute), Some(zone)) if zone.is_empty() || zone.starts_with(['Z', 'z', '+', '-']) => {
            format!("{minute}:00{zone}")
        }
        (None, _) if text.len() == "2015-07-22".len() => format!("{text}T00:00:00"),
        _ => text.to_owned(),
    };
    let stamp = StampKind::Iso.read(complete.as_bytes())?;
    (stamp.lack == Lack::Nothing).then_some(Instant::At {
        local_ns: stamp.local_ns,
        offset_s: stamp.offset_s,
    })
}

impl Times {
    /// Whether it is certain that no time is meant.
    fn is_empty(self) -> bool {
        match self {
            Self::Clock { from_ns, to_ns } => {
                from_ns.is_some_and(|from| Some(from) == to_ns || from == DAY_NS)
                    || to_ns == Some(0)
            }
            Self::Dates {
                from: Some(from),
                to: Some(to),
            } => match (from, to) {
                (Instant::BeforeEnd(from), Instant::BeforeEnd(to)) => from <= to,
                (
                    Instant::At {
                        local_ns: from,
                        offset_s: here,
                    },
                    Instant::At {
                        local_ns: to,
                        offset_s: there,
                    },
                ) => here == there && from >= to,
                _ => false,
            },
            Self::Dates { .. } => false,
        }
    }

    /// Takes lengths before the end before this instant, ns UTC.
    pub fn anchor(&mut self, end_ns: i64) {
        if let Self::Dates { from, to } = self {
            for end in [from, to].into_iter().flatten() {
                if let Instant::BeforeEnd(length_ns) = end {
                    *end = Instant::At {
                        local_ns: end_ns.saturating_sub(*length_ns),
                        offset_s: Some(0),
                    };
                }
            }
        }
    }

    /// What is meant, with local times of `zone` and the end at `end_ns`.
    pub fn resolved(self, zone: Zone, end_ns: i64) -> Resolved {
        match self {
            Self::Clock { from_ns, to_ns } => Resolved::Clock {
                from_ns: from_ns.unwrap_or(0),
                to_ns: to_ns.unwrap_or(DAY_NS),
                zone,
            },
            Self::Dates { from, to } => {
                let ns = |end: Option<Instant>, open| end.map_or(open, |end| end.ns(zone, end_ns));
                Resolved::Range(ns(from, i64::MIN)..ns(to, i64::MAX))
            }
        }
    }
}

impl Instant {
    fn ns(self, zone: Zone, end_ns: i64) -> i64 {
        match self {
            Self::BeforeEnd(length_ns) => end_ns.saturating_sub(length_ns),
            Self::At { local_ns, offset_s } => {
                let stamp = Stamp {
                    local_ns,
                    offset_s,
                    lack: Lack::Nothing,
                };
                instant(stamp, zone).unwrap_or(local_ns)
            }
        }
    }
}

/// A stretch of time that instants can be compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolved {
    /// Of every local day.
    Clock {
        /// ns since midnight.
        from_ns: i64,
        /// ns since midnight; before `from_ns` it is of the next day.
        to_ns: i64,
        /// Whose midnight.
        zone: Zone,
    },
    /// ns UTC.
    Range(Range<i64>),
}

/// Offsets from UTC change at whole quarters of an hour.
const QUARTER_NS: i64 = 15 * NS_PER_MIN;

impl Resolved {
    /// Which of these instants, ns UTC, are meant, among those that are asked for.
    pub fn rows(&self, times_ns: &[i64], among: &[bool]) -> Vec<bool> {
        let rows = times_ns.iter().zip(among);
        match self {
            Self::Range(range) => rows
                .map(|(ns, asked)| *asked && range.contains(ns))
                .collect(),
            Self::Clock {
                from_ns,
                to_ns,
                zone,
            } => {
                let mut known: Option<(i64, i64)> = None;
                let mut of_day = |ns: i64| {
                    let quarter = ns.div_euclid(QUARTER_NS);
                    let east_ns = match known {
                        Some((of, east_ns)) if of == quarter => east_ns,
                        _ => i64::from(zone.seconds_east(ns)) * NS_PER_S,
                    };
                    known = Some((quarter, east_ns));
                    ns.saturating_add(east_ns).rem_euclid(DAY_NS)
                };
                let mut within = |ns: i64| {
                    let ns = of_day(ns);
                    match from_ns < to_ns {
                        true => (*from_ns..*to_ns).contains(&ns),
                        false => ns >= *from_ns || ns < *to_ns,
                    }
                };
                rows.map(|(ns, asked)| *asked && within(*ns)).collect()
            }
        }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = |words: Option<String>| words.unwrap_or_default();
        let (from, to) = match self {
            Self::Clock { from_ns, to_ns } => (from_ns.map(clock_words), to_ns.map(clock_words)),
            Self::Dates { from, to } => (from.map(Instant::words), to.map(Instant::words)),
        };
        write!(f, "@{}..{}", end(from), end(to))
    }
}

fn clock_words(ns: i64) -> String {
    let (minutes, rest_ns) = (ns / NS_PER_MIN, ns % NS_PER_MIN);
    let minute = format!("{:02}:{:02}", minutes / 60, minutes % 60);
    let second = format!("{minute}:{:02}", rest_ns / NS_PER_S);
    match (rest_ns, rest_ns % NS_PER_S) {
        (0, _) => minute,
        (_, 0) => second,
        (_, part) => format!("{second}.{}", format!("{part:09}").trim_end_matches('0')),
    }
}

impl Instant {
    fn words(self) -> String {
        match self {
            Self::BeforeEnd(ns) => {
                format!("-{}", super::value::print(super::Kind::Duration, ns / 1000))
            }
            Self::At { local_ns, offset_s } => {
                let local = DateTime::from_timestamp_nanos(local_ns).naive_utc();
                let offset = match offset_s {
                    None => String::new(),
                    Some(0) => "Z".to_owned(),
                    Some(seconds) => {
                        let sign = if seconds < 0 { '-' } else { '+' };
                        let minutes = seconds.unsigned_abs() / 60;
                        format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60)
                    }
                };
                format!("{}{offset}", local.format("%Y-%m-%dT%H:%M:%S%.f"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn within(text: &str, zone: Zone, times: &[&str]) -> Vec<bool> {
        let at = |text: &&str| match date(text) {
            Some(instant) => instant.ns(Zone::UTC, 0),
            None => panic!("{text} is no date"),
        };
        let times: Vec<i64> = times.iter().map(at).collect();
        let end_ns = *times.last().expect("some times");
        let resolved = read(text).expect(text).resolved(zone, end_ns);
        resolved.rows(&times, &vec![true; times.len()])
    }

    #[test]
    fn clock_times_are_those_of_every_local_day() {
        let days = [
            "2015-07-21T13:02:00Z",
            "2015-07-21T13:10:00Z",
            "2015-07-22T13:09:59Z",
            "2015-12-22T13:05:00Z",
            "2015-12-22T14:05:00Z",
        ];
        let london = Zone::Named(chrono_tz::Europe::London);
        let found = within("14:02..14:10", london, &days);
        // In winter 14:05 of London is 14:05 UTC.
        assert_eq!(found, [true, false, true, false, true]);
    }

    #[test]
    fn a_clock_range_may_pass_midnight() {
        let times = [
            "2015-07-21T23:50:00Z",
            "2015-07-22T00:05:00Z",
            "2015-07-22T12:00:00Z",
        ];
        assert_eq!(
            within("23:45..00:10", Zone::UTC, &times),
            [true, true, false]
        );
        assert_eq!(within("23:45..", Zone::UTC, &times), [true, false, false]);
        assert_eq!(within("..00:10", Zone::UTC, &times), [false, true, false]);
    }

    #[test]
    fn dates_are_instants_and_lengths_are_before_the_end() {
        let times = [
            "2015-07-22T12:00:00Z",
            "2015-07-22T12:20:00Z",
            "2015-07-22T12:40:00Z",
        ];
        assert_eq!(within("-30m..", Zone::UTC, &times), [false, true, true]);
        assert_eq!(
            within("-30m..-10m", Zone::UTC, &times),
            [false, true, false]
        );
        let local = within(
            "2015-07-22T13:20..2015-07-22T13:40",
            Zone::Fixed(3600),
            &times,
        );
        assert_eq!(local, [false, true, false]);
        let offset = within("2015-07-22T13:20:00+01:00..", Zone::UTC, &times);
        assert_eq!(offset, [false, true, true]);
        assert_eq!(within("..2015-07-22", Zone::UTC, &times), [false; 3]);
        for minutes in [
            "2015-07-22T12:20Z..2015-07-22T12:40Z",
            "2015-07-22T13:20+01:00..2015-07-22T13:40+01:00",
        ] {
            let found = within(minutes, Zone::UTC, &times);
            assert_eq!(found, [false, true, false], "{minutes}");
        }
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let check = |text: &str, at: Range<usize>, why: &str| {
            let (found, what) = read(text).expect_err(text);
            assert_eq!(found, at, "{text}");
            assert!(what.contains(why), "{text}: {what}");
        };
        check("14:02", 0..5, "FROM..TO");
        check("..", 0..2, "one side");
        check("2015-07-22T14:02é..", 0..18, "expected a time like");
        check("noon..14:10", 0..4, "expected a time like");
        check("14:02..25:00", 7..12, "expected a time like");
        check("14:02..2015-07-22T15:00:00Z", 0..27, "at both ends");
        check("14:02..14:02", 0..12, "not before its end");
        check("-10m..-30m", 0..10, "not before its end");
    }
}
