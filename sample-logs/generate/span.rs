//! The time that a scenario covers: from the words of its file to seconds, and from nanoseconds to
//! the stamps of the logs. Local time is the one offset that `start` has; no zone is looked up.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};

use super::random::Random;

/// The covered time.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// First second, since 1970 UTC.
    pub start_s: i64,
    /// Second after the last.
    pub end_s: i64,
    /// Seconds between two steps of the simulation.
    pub step_s: i64,
    start: DateTime<FixedOffset>,
}

impl Span {
    /// Reads both ends, RFC 3339.
    /// # Panics
    /// If either is not a time: the scenario is wrong and nothing can be made of it.
    pub fn new(start: &str, end: &str, step_s: i64) -> Self {
        let start = rfc3339(start).unwrap_or_else(|| panic!("start is no RFC 3339 time: {start}"));
        let end = rfc3339(end).unwrap_or_else(|| panic!("end is no RFC 3339 time: {end}"));
        Self {
            start_s: start.timestamp(),
            end_s: end.timestamp(),
            step_s,
            start,
        }
    }

    /// Second since 1970 UTC of `HH:MM:SS` on the first day, or of an RFC 3339 time.
    /// # Panics
    /// If `text` is neither.
    pub fn second(&self, text: &str) -> i64 {
        if let Some(time) = rfc3339(text) {
            return time.timestamp();
        }
        NaiveTime::parse_from_str(text, "%H:%M:%S")
            .ok()
            .and_then(|time| self.start.with_time(time).single())
            .unwrap_or_else(|| panic!("neither HH:MM:SS nor RFC 3339: {text}"))
            .timestamp()
    }

    /// The first second of every step.
    pub fn steps(&self) -> impl Iterator<Item = i64> + use<> {
        (self.start_s..self.end_s).step_by(self.step_s as usize)
    }

    /// The number of the step that a second lies in.
    pub fn step_of(&self, second: i64) -> usize {
        ((second - self.start_s) / self.step_s).max(0) as usize
    }

    /// A random instant within the step that begins at a second, ns since 1970.
    pub fn within(&self, second: i64, random: &mut Random) -> i64 {
        let length = self.step_s * 1_000_000_000;
        second * 1_000_000_000 + random.below(length as u64) as i64
    }

    /// Local day of the week, Monday is 0, and seconds since its midnight.
    pub fn weekday(&self, second: i64) -> (i64, i64) {
        let local = second + i64::from(self.start.offset().local_minus_utc());
        let day = local.div_euclid(86_400);
        ((day + 3).rem_euclid(7), local.rem_euclid(86_400))
    }

    /// Local time in the words of `pattern` (strftime).
    pub fn local(&self, time_ns: i64, pattern: &str) -> String {
        utc_time(time_ns)
            .with_timezone(self.start.offset())
            .format(pattern)
            .to_string()
    }
}

/// UTC in the words of `pattern` (strftime).
pub fn utc(time_ns: i64, pattern: &str) -> String {
    utc_time(time_ns).format(pattern).to_string()
}

fn utc_time(time_ns: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(time_ns)
}

fn rfc3339(text: &str) -> Option<DateTime<FixedOffset>> {
    DateTime::parse_from_rfc3339(text).ok()
}
