//! A duration in words: `23 min (±1)`, `>= 5 h 42 min`, `27-32 min`, `n/a (missing: restored)`.

use std::fmt;

use super::{Duration, Status};
use crate::clock::NS_PER_S;
use crate::clock::words::length;

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words())
    }
}

impl Duration {
    fn words(&self) -> String {
        let reason = self.reason.as_deref().unwrap_or("not known");
        let bound = |bound: Option<f64>| bound.map_or_else(|| "?".to_owned(), |s| length(ns(s)));
        match (self.status, self.seconds) {
            (Status::Missing, _) => format!("n/a (missing: {reason})"),
            (Status::DataError, _) => format!("n/a (data error: {reason})"),
            (Status::LowerBound | Status::Ongoing, _) => format!(">= {}", bound(self.lo)),
            (Status::UpperBound, _) => format!("<= {}", bound(self.hi)),
            (Status::Exact | Status::Interval, Some(best)) => {
                interval(best, self.lo.unwrap_or(best), self.hi.unwrap_or(best))
            }
            (Status::Exact | Status::Interval, None) => format!("n/a ({reason})"),
        }
    }
}

/// Plain when both ends read alike, `±` when the best value is about the middle, else a range.
fn interval(best: f64, lo: f64, hi: f64) -> String {
    let (low, high) = (length(ns(lo)), length(ns(hi)));
    if low == high {
        return length(ns(best));
    }
    let half = (hi - lo) / 2.0;
    // A margin as large as the value is no margin but a range.
    let narrow = half <= best.abs() / 2.0 || lo < 0.0;
    if narrow && ((lo + hi) / 2.0 - best).abs() <= 0.1 * half {
        return plus_minus(best, half);
    }
    // `14 h 49-51 min`: what both ends begin with is said once.
    if let (Some((a, from)), Some((b, to))) = (low.split_once(" h "), high.split_once(" h "))
        && a == b
        && lo >= 0.0
        && let (Some(from), Some(_)) = (from.strip_suffix(" min"), to.strip_suffix(" min"))
    {
        return format!("{a} h {from}-{to}");
    }
    if let (Some((a, from)), Some((b, to))) = (low.split_once(" min "), high.split_once(" min "))
        && a == b
        && lo >= 0.0
        && let Some(from) = from.strip_suffix(" s")
    {
        return format!("{a} min {from}-{to}");
    }
    match (low.split_once(' '), high.split_once(' ')) {
        (Some((a, unit)), Some((b, other))) if unit == other && !a.starts_with('-') => {
            format!("{a}-{b} {unit}")
        }
        _ => format!("{low} to {high}"),
    }
}

/// The margin goes without a unit where it has that of the value: `23 min (±1)`.
fn plus_minus(best: f64, half: f64) -> String {
    let value = length(ns(best));
    let minutes = (half / 60.0).round();
    if value.ends_with(" min") && half >= 45.0 {
        return format!("{value} (±{minutes})");
    }
    let whole = if half < 0.95 {
        half
    } else {
        (half * 10.0).round() / 10.0
    };
    let margin = length(ns(whole));
    match margin.split_once(' ') {
        Some((number, "s")) if value.ends_with(" s") => format!("{value} (±{number})"),
        _ => format!("{value} (±{margin})"),
    }
}

fn ns(seconds: f64) -> i64 {
    (seconds * NS_PER_S as f64).round() as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: Status, lo: f64, best: f64, hi: f64, expected: &str) {
        let (from, to) = (None, None);
        let (seconds, lo, hi) = (Some(best), Some(lo), Some(hi));
        assert_eq!(
            Duration {
                seconds,
                lo,
                hi,
                status,
                reason: None,
                from,
                to
            }
            .to_string(),
            expected
        );
    }

    #[test]
    fn a_duration_says_what_is_certain() {
        check(Status::Exact, 1380.0, 1380.0, 1380.0, "23 min");
        check(Status::Interval, 1320.0, 1380.0, 1440.0, "23 min (±1)");
        check(Status::Interval, 1620.0, 1900.0, 1920.0, "27-32 min");
        check(Status::Interval, 99.0, 104.0, 109.0, "104 s (±5)");
        check(
            Status::Interval,
            53_400.0,
            53_460.0,
            53_520.0,
            "14 h 51 min (±1)",
        );
        check(
            Status::Interval,
            53_459.0,
            53_460.0,
            53_461.0,
            "14 h 51 min",
        );
        check(Status::Interval, 300.0, 310.0, 3600.0, "5 min to 1 h");
        check(
            Status::Interval,
            53_340.0,
            53_460.0,
            53_460.0,
            "14 h 49-51 min",
        );
        check(Status::Interval, 320.0, 330.0, 331.0, "5 min 20-31 s");
        check(Status::Interval, 80.0, 1490.0, 2900.0, "80 s to 48 min");
        check(Status::Interval, -20.0, 0.0, 39.0, "-20 s to 39 s");
        check(
            Status::Interval,
            -4_020.0,
            -4_020.0,
            -3_900.0,
            "-1 h 7 min to -1 h 5 min",
        );
        check(Status::LowerBound, 20_520.0, 20_520.0, 0.0, ">= 5 h 42 min");
        check(Status::Ongoing, 90.0, 90.0, 0.0, ">= 90 s");
        check(Status::UpperBound, 0.0, 90.0, 120.0, "<= 2 min");
    }

    #[test]
    fn missing_is_never_a_number() {
        assert_eq!(
            Duration::missing("restored").to_string(),
            "n/a (missing: restored)"
        );
        assert_eq!(
            Duration::data_error("restored 5 min before impact_start").to_string(),
            "n/a (data error: restored 5 min before impact_start)"
        );
    }
}
