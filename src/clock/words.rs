//! Instants and lengths of time as people read them.

use chrono::{DateTime, SecondsFormat, Utc};

use super::zone::Zone;
use super::{NS_PER_MIN, NS_PER_S, When};

/// The instant as chrono knows it.
pub fn utc(ns: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(ns)
}

/// RFC 3339 in UTC, with just as many decimals as the instant needs.
pub fn rfc3339(ns: i64) -> String {
    utc(ns).to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// `15:35:10` in `zone`.
pub fn clock_time(ns: i64, zone: Zone) -> String {
    zone.local(ns).format("%H:%M:%S").to_string()
}

/// `15:35` in `zone`.
pub fn clock_minute(ns: i64, zone: Zone) -> String {
    zone.local(ns).format("%H:%M").to_string()
}

/// `22 Jul 2015` in `zone`.
pub fn date(ns: i64, zone: Zone) -> String {
    zone.local(ns).format("%-d %b %Y").to_string()
}

/// A length of time in at most two units: `40 s`, `5 min`, `1 h 47 min`, `2 d 3 h`.
/// Lengths under 10 s keep one decimal; negative ones a sign.
pub fn length(ns: i64) -> String {
    let sign = if ns < 0 { "-" } else { "" };
    let ns = ns.saturating_abs();
    let (seconds, minutes) = (
        ns.saturating_add(NS_PER_S / 2) / NS_PER_S,
        ns.saturating_add(NS_PER_MIN / 2) / NS_PER_MIN,
    );
    let (hours, days) = (minutes / 60, minutes / 1440);
    let text = if ns == 0 {
        "0 s".to_owned()
    } else if ns < NS_PER_S {
        format!("{:.0} ms", ns as f64 / 1e6)
    } else if ns < 10 * NS_PER_S && ns % NS_PER_S != 0 {
        format!("{:.1} s", ns as f64 / 1e9)
    } else if seconds < 120 {
        format!("{seconds} s")
    } else if seconds < 600 && seconds % 60 != 0 {
        format!("{} min {} s", seconds / 60, seconds % 60)
    } else if minutes < 60 {
        format!("{minutes} min")
    } else if hours < 48 {
        two_units(hours, "h", minutes % 60, "min")
    } else {
        two_units(days, "d", hours % 24, "h")
    };
    format!("{sign}{text}")
}

/// What is certain of an instant, to be put behind it: ` ±10 s`, ` +60 s` where it may only be
/// later, ` -10 s +2 min` where the sides differ; empty below a second. Says nothing of a cut-off
/// side.
pub fn margin(when: &When) -> String {
    let (before, after) = (when.at_ns - when.lo_ns, when.hi_ns - when.at_ns);
    match (before < NS_PER_S, after < NS_PER_S) {
        (true, true) => String::new(),
        (true, false) => format!(" +{}", length(after)),
        (false, true) => format!(" -{}", length(before)),
        _ if (before - after).abs() < NS_PER_S => format!(" ±{}", length(before)),
        _ => format!(" -{} +{}", length(before), length(after)),
    }
}

fn two_units(large: i64, large_unit: &str, small: i64, small_unit: &str) -> String {
    match small {
        0 => format!("{large} {large_unit}"),
        _ => format!("{large} {large_unit} {small} {small_unit}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: f64, expected: &str) {
        assert_eq!(length((seconds * 1e9) as i64), expected);
    }

    #[test]
    fn a_length_has_at_most_two_units() {
        check(0.0, "0 s");
        check(0.25, "250 ms");
        check(1.5, "1.5 s");
        check(40.0, "40 s");
        check(104.0, "104 s");
        check(300.0, "5 min");
        check(310.0, "5 min 10 s");
        check(6420.0, "1 h 47 min");
        check(53460.0, "14 h 51 min");
        check(3600.0, "1 h");
        check(-90.0, "-90 s");
        check(180_000.0, "2 d 2 h");
    }

    #[test]
    fn a_margin_names_only_the_sides_that_are_open() {
        let check = |lo: i64, hi: i64, expected: &str| {
            let when = When::between(lo * NS_PER_S, 100 * NS_PER_S, hi * NS_PER_S);
            assert_eq!(margin(&when), expected);
        };
        check(100, 100, "");
        check(100, 160, " +60 s");
        check(40, 100, " -60 s");
        check(90, 110, " ±10 s");
        check(90, 160, " -10 s +60 s");
    }

    #[test]
    fn instants_carry_the_decimals_they_need() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_500_000_000), "1970-01-01T00:00:01.500Z");
    }
}
