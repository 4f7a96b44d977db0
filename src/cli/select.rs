//! `--select FROM..TO`: a range of the data as people write it.

use std::ops::Range;

use chrono::{Days, NaiveDate};

use super::{instant_of, length};
use crate::clock::Zone;
use crate::clock::words::{clock_time, date};

/// Local days of the data that are looked through for a clock time.
const DAYS_MAX: usize = 4000;

/// A range whose ends are not yet instants: clock times need the data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Select {
    from: Option<End>,
    to: Option<End>,
}

/// One end as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// `15:55` or `15:55:30`: on a day of the data.
    Clock(String),
    /// `-30m`: before the end of the data.
    Ago(i64),
    /// A date with a time, RFC 3339 or local.
    Instant(String),
}

/// Reads `FROM..TO`; either may be missing, not both.
pub fn select(text: &str) -> Result<Select, String> {
    let wrong = || {
        format!(
            "{text:?} is not a range like 15:55..16:10, -30m.. or 2015-07-22T14:55:00Z..2015-07-22T15:10:00Z"
        )
    };
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        text => end(text).map(Some),
    };
    let select = Select {
        from: end(from)?,
        to: end(to)?,
    };
    match (&select.from, &select.to) {
        (None, None) => Err(wrong()),
        _ => Ok(select),
    }
}

fn end(text: &str) -> Result<End, String> {
    if let Some(ago) = text.strip_prefix('-') {
        return Ok(End::Ago(length(ago)?.0));
    }
    let is_clock = text.len() <= 8 && text.contains(':') && !text.contains('-');
    let dated = match is_clock {
        true => on_day(NaiveDate::default(), text),
        false => text.to_owned(),
    };
    instant_of(&dated, Zone::UTC, 0)
        .map_err(|_| format!("{text:?} is not a time like 15:55, 2015-07-22T14:55:00Z or -30m"))?;
    Ok(match is_clock {
        true => End::Clock(text.to_owned()),
        false => End::Instant(text.to_owned()),
    })
}

/// A clock time on a day, as `instant_of` reads it.
fn on_day(day: NaiveDate, clock: &str) -> String {
    let seconds = if clock.len() <= 5 { ":00" } else { "" };
    let hours = if clock.find(':') == Some(1) { "0" } else { "" };
    format!("{day} {hours}{clock}{seconds}")
}

impl Select {
    /// The range, ns UTC. `data` is the first and the last instant of the data; clock and local
    /// times are of `zone`. A `TO` at or before `FROM` on the clock is of the next day if the data
    /// reach that far.
    pub fn resolve(&self, data: (i64, i64), zone: Zone) -> Result<Range<i64>, String> {
        let end_ns = data.1.saturating_add(1);
        let one = |end: &End, after_ns: Option<i64>| match end {
            End::Ago(length_ns) => Ok(end_ns.saturating_sub(*length_ns)),
            End::Instant(text) => instant_of(text, zone, 0),
            End::Clock(clock) => on_the_clock(clock, data, zone, after_ns),
        };
        let from_ns = self
            .from
            .as_ref()
            .map_or(Ok(data.0), |end| one(end, None))?;
        let after_ns = self.from.as_ref().map(|_| from_ns);
        let to_ns = self
            .to
            .as_ref()
            .map_or(Ok(end_ns), |end| one(end, after_ns))?;
        let words = |ns: i64| format!("{} {}", date(ns, zone), clock_time(ns, zone));
        if to_ns <= from_ns {
            return Err(format!(
                "--select: its start, {}, is not before its end, {}",
                words(from_ns),
                words(to_ns)
            ));
        }
        if to_ns <= data.0 || from_ns > data.1 {
            return Err(format!(
                "--select: {} to {} lies outside of the data, which are from {} to {} ({})",
                words(from_ns),
                words(to_ns),
                words(data.0),
                words(data.1),
                zone.name_at(data.0)
            ));
        }
        Ok(from_ns..to_ns)
    }
}

/// The instant of a clock time on a day of the data; the first after `after_ns` where given.
fn on_the_clock(
    clock: &str,
    data: (i64, i64),
    zone: Zone,
    after_ns: Option<i64>,
) -> Result<i64, String> {
    let first = zone.local(after_ns.unwrap_or(data.0)).date();
    let last = zone.local(data.1).date();
    let days = (0..DAYS_MAX).map_while(|n| first.checked_add_days(Days::new(n as u64)));
    let instants = days
        .take_while(|day| *day <= last || *day == first)
        .filter_map(|day| instant_of(&on_day(day, clock), zone, 0).ok());
    let on_day = |ns: i64| format!("{clock} on {}", date(ns, zone));
    if let Some(after_ns) = after_ns {
        // Without a later one, that of the same day: the caller says that it is too early.
        let all: Vec<i64> = instants.collect();
        let next = all.iter().find(|ns| **ns > after_ns).or(all.first());
        return next
            .copied()
            .ok_or_else(|| format!("--select: there is no {clock}"));
    }
    let all: Vec<i64> = instants.collect();
    let within: Vec<i64> = all
        .iter()
        .copied()
        .filter(|ns| (data.0..=data.1).contains(ns))
        .collect();
    match (within.as_slice(), all.as_slice()) {
        ([one], _) | ([], [one, ..]) => Ok(*one),
        ([first, .., last], _) => Err(format!(
            "--select: {clock} is on several days of the data, from {} to {}: write the date too",
            on_day(*first),
            on_day(*last)
        )),
        ([], []) => Err(format!("--select: there is no {clock} in the data")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, NS_PER_S};

    const HOUR: i64 = 60 * NS_PER_MIN;

    /// Data of 1 Jan 1970, 10:00 to 20:00 by the clock of UTC+1.
    fn check(text: &str, hours: std::ops::Range<f64>) {
        let found =
            select(text).and_then(|one| one.resolve((9 * HOUR, 19 * HOUR - 1), Zone::Fixed(3600)));
        let ns = |hours: f64| (hours * HOUR as f64) as i64;
        assert_eq!(found, Ok(ns(hours.start)..ns(hours.end)), "{text}");
    }

    fn refused(text: &str, data: (i64, i64), why: &str) {
        let found = select(text).and_then(|one| one.resolve(data, Zone::Fixed(3600)));
        let error = found.expect_err(text);
        assert!(error.contains(why), "{text}: {error}");
    }

    #[test]
    fn ends_are_clock_times_instants_or_lengths() {
        check("15:55..16:10", 14.0 + 55.0 / 60.0..15.0 + 10.0 / 60.0);
        check("15:55:30..16:10", 14.925..15.0 + 10.0 / 60.0);
        check("9:30..11:00", 8.5..10.0);
        check("-30m..", 18.5..19.0);
        check("-2h..-1h", 17.0..18.0);
        check("..11:00", 9.0..10.0);
        check("19:00..", 18.0..19.0);
        check(
            "1970-01-01T12:00:00Z..1970-01-01T12:30:00+00:00",
            12.0..12.5,
        );
        check("1970-01-01 12:00..13:00", 11.0..12.0);
    }

    #[test]
    fn a_range_may_pass_midnight() {
        let data = (20 * HOUR, 30 * HOUR);
        let found = select("23:50..00:10").and_then(|one| one.resolve(data, Zone::UTC));
        assert_eq!(
            found,
            Ok(24 * HOUR - 600 * NS_PER_S..24 * HOUR + 600 * NS_PER_S)
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_cause() {
        let data = (9 * HOUR, 19 * HOUR);
        refused("15:55", data, "is not a range");
        refused("..", data, "is not a range");
        refused("noon..16:10", data, "\"noon\" is not a time");
        refused("25:00..26:00", data, "\"25:00\" is not a time");
        refused("-3..", data, "is not a length of time");
        refused(
            "16:10..15:55",
            data,
            "is not before its end, 1 Jan 1970 15:55:00",
        );
        refused(
            "2015-01-01T00:00:00Z..2015-01-02T00:00:00Z",
            data,
            "outside of the data",
        );
        refused("08:00..09:00", data, "which are from 1 Jan 1970 10:00:00");
        refused("15:55..16:10", (9 * HOUR, 90 * HOUR), "several days");
    }
}
