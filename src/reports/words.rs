//! Numbers, instants and evidence in the words of the text report.
//!
//! In: values with their unit, instants with the reader's zone. Out: short texts. Computes no
//! duration: that is `durations`' work.

use super::layout::TIE;
use crate::clock::words::{clock_time, length, margin};
use crate::clock::{Censor, NS_PER_MIN, NS_PER_S, When, Zone};
use crate::events::Evidence;

/// A text in which no line ends.
pub fn tied(text: &str) -> String {
    text.replace(' ', &TIE.to_string())
}

/// How instants are written: local time, with the day where the report spans several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// The reader's zone.
    pub zone: Zone,
    /// True if the report spans several local days.
    pub days: bool,
}

impl Clock {
    /// `15:35:10`, or `9 Jul 15:35:10`.
    pub fn at(self, ns: i64) -> String {
        match self.days {
            true => self.zone.local(ns).format("%-d %b %H:%M:%S").to_string(),
            false => clock_time(ns, self.zone),
        }
    }

    /// The same with what is certain: `15:35:10 ±10 s`, `15:20:00 or before`; `15:35` for a stamp
    /// that names the minute; `15:35:10 +60 s` where it may only be later.
    pub fn when(self, when: &When) -> String {
        let at = self.at(when.at_ns);
        let (before, after) = (when.at_ns - when.lo_ns, when.hi_ns - when.at_ns);
        match when.censor {
            Some(Censor::Left) => tied(&format!("{at} or before")),
            Some(Censor::Unconfirmed) => tied(&format!("{at}{} (not confirmed)", margin(when))),
            Some(_) => tied(&format!("{at} or later")),
            None if before == 0 && after == NS_PER_MIN - 1 => {
                tied(at.strip_suffix(":00").unwrap_or(&at))
            }
            None => tied(&format!("{at}{}", margin(when))),
        }
    }

    /// Cells that most instants with their margin take.
    pub fn cells(self) -> usize {
        if self.days { 21 } else { 14 }
    }

    /// `db.log:12`, or `lb.log error share@15:35:10`.
    pub fn evidence(self, evidence: &Evidence) -> String {
        match evidence {
            Evidence::Line { path, line, .. } => format!("{path}:{line}"),
            Evidence::Signal { signal, bucket, .. } => {
                let at = chrono::DateTime::parse_from_rfc3339(bucket).ok();
                let at = at
                    .and_then(|at| at.timestamp_nanos_opt())
                    .map(|ns| tied(&self.at(ns)));
                format!("{signal}@{}", at.as_ref().unwrap_or(bucket))
            }
        }
    }

    /// Up to two pieces of evidence in brackets with a blank before; empty where there is none.
    pub fn sources(self, evidence: &[Evidence]) -> String {
        let shown: Vec<String> = evidence
            .iter()
            .take(2)
            .map(|one| self.evidence(one))
            .collect();
        match evidence.len() {
            0 => String::new(),
            n if n > 2 => format!(" [{}, +{}]", shown.join(", "), n - 2),
            _ => format!(" [{}]", shown.join(", ")),
        }
    }
}

/// Three significant digits, thousands apart: `0.0123`, `4.2`, `412`, `12,031`. NaN is `n/a`.
pub fn number(x: f64) -> String {
    if !x.is_finite() {
        return "n/a".to_owned();
    }
    if x.abs() >= 999.5 {
        return grouped(x);
    }
    if x != 0.0 && x.abs() < 0.0001 {
        return format!("{x:.1e}");
    }
    let digits = if x == 0.0 {
        0
    } else {
        2 - x.abs().log10().floor() as i32
    };
    let text = format!("{x:.*}", digits.max(0) as usize);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn grouped(x: f64) -> String {
    let digits = format!("{:.0}", x.abs());
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if x < 0.0 { format!("-{out}") } else { out }
}

/// From here on seconds are said in minutes and hours.
const LONG_S: f64 = 600.0;

/// A value with its unit: `38.2 %` for shares, `1.4 s`, `412/s`. NaN is `n/a`.
pub fn amount(x: f64, unit: &str) -> String {
    match unit {
        _ if !x.is_finite() => "n/a".to_owned(),
        "share" => percent(x),
        "s" if x.abs() < 1.0 && x != 0.0 => tied(&format!("{} ms", number(x * 1e3))),
        "s" if x.abs() >= LONG_S => seconds(x),
        "" | "1" => number(x),
        unit if unit.starts_with("1/") => format!("{}{}", number(x), &unit[1..]),
        unit => tied(&format!("{} {unit}", number(x))),
    }
}

/// A share as percent: `0.4 %`.
pub fn percent(share: f64) -> String {
    match share.is_finite() {
        true => tied(&format!("{} %", number(share * 100.0))),
        false => "n/a".to_owned(),
    }
}

/// A ratio: `x22`, `x1.01`. Infinite (nothing was expected) is `new`, NaN is `n/a`.
pub fn times(ratio: f64) -> String {
    match ratio {
        ratio if ratio.is_infinite() => "new".to_owned(),
        ratio if ratio.is_nan() => "n/a".to_owned(),
        ratio => format!("x{}", number(ratio)),
    }
}

/// A probability: `p = 0.012`, or `p < 1e-12` where it is smaller than worth printing.
pub fn probability(p: f64) -> String {
    match p {
        p if p.is_nan() => "p n/a".to_owned(),
        p if p < 1e-12 => tied("p < 1e-12"),
        p => tied(&format!("p = {}", number(p))),
    }
}

/// How often: two decimals at most, `0.02`, `5.57`; three digits from 10 on.
pub fn frequency(x: f64) -> String {
    match x.abs() < 10.0 {
        true => number((x * 100.0).round() / 100.0),
        false => number(x),
    }
}

/// `1 window`, `4 windows`.
pub fn plural(n: usize, word: &str) -> String {
    match n {
        1 => format!("1 {word}"),
        n => format!("{} {word}s", number(n as f64)),
    }
}

/// A zone by its own name: `Europe/London`, `UTC+3`.
pub fn zone_words(zone: Zone) -> String {
    match zone {
        Zone::Named(zone) => zone.name().to_owned(),
        fixed => fixed.name_at(0),
    }
}

/// Seconds in words.
pub fn seconds(s: f64) -> String {
    match s.is_finite() {
        true => tied(&length((s * NS_PER_S as f64) as i64)),
        false => "n/a".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(x: f64, unit: &str, expected: &str) {
        assert_eq!(amount(x, unit).replace(TIE, " "), expected);
    }

    #[test]
    fn amounts_have_three_digits_and_their_unit() {
        check(0.382, "share", "38.2 %");
        check(0.004, "share", "0.4 %");
        check(0.0, "share", "0 %");
        check(1.4, "s", "1.4 s");
        check(0.061, "s", "61 ms");
        check(6_707.0, "s", "1 h 52 min");
        check(412.3, "1/s", "412/s");
        check(12.0, "1/min", "12/min");
        check(12031.4, "", "12,031");
        check(999.7, "", "1,000");
        check(-1234567.0, "ports", "-1,234,567 ports");
        check(0.00001, "", "1.0e-5");
        check(f64::NAN, "s", "n/a");
    }

    #[test]
    fn ratios_and_probabilities_stay_short() {
        assert_eq!(times(22.04), "x22");
        assert_eq!(times(f64::INFINITY), "new");
        assert_eq!(times(f64::NAN), "n/a");
        assert_eq!(probability(1e-300), tied("p < 1e-12"));
        assert_eq!(probability(0.012), tied("p = 0.012"));
    }

    #[test]
    fn instants_say_what_is_certain() {
        let clock = Clock {
            zone: Zone::Fixed(3600),
            days: false,
        };
        let check = |when: When, expected: &str| assert_eq!(clock.when(&when), tied(expected));
        check(
            When::between(0, 10 * NS_PER_S, 20 * NS_PER_S),
            "01:00:10 ±10 s",
        );
        check(
            When::between(0, 10 * NS_PER_S, 70 * NS_PER_S),
            "01:00:10 -10 s +60 s",
        );
        check(When::exact(500), "01:00:00");
        check(When::stamped(0, NS_PER_S), "01:00:00");
        check(When::stamped(0, NS_PER_MIN), "01:00");
        check(When::censored(0, Censor::Left), "01:00:00 or before");
        check(When::censored(0, Censor::EndOfData), "01:00:00 or later");
        check(When::exact(0).unconfirmed(), "01:00:00 (not confirmed)");
        assert_eq!(
            Clock {
                days: true,
                ..clock
            }
            .at(0),
            "1 Jan 01:00:00"
        );
    }

    #[test]
    fn evidence_is_a_line_or_a_signal_at_a_local_time() {
        let clock = Clock {
            zone: Zone::Fixed(3600),
            days: false,
        };
        let line = Evidence::Line {
            path: "db.log".into(),
            line: 12,
            offset: 0,
        };
        let (signal, bucket) = ("lb.log error share".into(), "1970-01-01T00:00:10Z".into());
        let value = Evidence::Signal {
            signal,
            bucket,
            observed: 1.0,
            expected: 0.0,
            rule: String::new(),
        };
        assert_eq!(
            clock.sources(&[line.clone(), value, line]),
            " [db.log:12, lb.log error share@01:00:10, +1]"
        );
        assert_eq!(clock.sources(&[]), "");
    }
}
