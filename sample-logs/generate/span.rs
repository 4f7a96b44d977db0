//! The time that a scenario covers: from the words of its file to seconds, and from nanoseconds to
//! the stamps of the logs. Local time is the one offset that `start` has; no zone is looked up.

use chrono::{DateTime, FixedOffset, NaiveTime, TimeDelta, Utc};

/// The covered time.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    /// First second, since 1970 UTC.
    pub start_s: i64,
    /// Second after the last.
    pub end_s: i64,
    start: DateTime<FixedOffset>,
}

impl Span {
    /// Reads both ends, RFC 3339.
    /// # Panics
    /// If either is not a time: the scenario is wrong and nothing can be made of it.
    pub fn new(start: &str, end: &str) -> Self {
        let start = rfc3339(start).unwrap_or_else(|| panic!("start is no RFC 3339 time: {start}"));
        let end = rfc3339(end).unwrap_or_else(|| panic!("end is no RFC 3339 time: {end}"));
        Self {
            start_s: start.timestamp(),
            end_s: end.timestamp(),
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

    /// Every second.
    pub fn seconds(&self) -> std::ops::Range<i64> {
        self.start_s..self.end_s
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
