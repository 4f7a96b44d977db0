//! Values of arguments: lengths, sizes, zones, instants, and values for some sources only.
//!
//! In: what was typed. Out: the value, or what would be right instead.

use crate::analysis::budget;
use crate::clock::abbreviation::zone_text;
use crate::clock::{NS_PER_S, Zone};
use crate::formats::field::Unit;
use crate::formats::stamp::{StampKind, instant};
use crate::formats::value::duration_us;
use crate::incidents::Severity;
use crate::series::BucketWidth;

/// A signed length of time, ns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offset(pub i64);

/// A length of time, ns, above zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Length(pub i64);

/// A number of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bytes(pub u64);

/// The name of a format that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatName(pub String);

/// From which severity on a report fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// Any incident.
    Minor,
    /// Some of the service was lost or slow.
    Major,
    /// At least a quarter of the service was lost at the peak.
    Critical,
}

impl FailOn {
    /// The least severity that is meant.
    pub fn severity(self) -> Severity {
        match self {
            Self::Minor => Severity::Minor,
            Self::Major => Severity::Major,
            Self::Critical => Severity::Critical,
        }
    }
}

/// A value that a `GLOB=VALUE` argument can carry.
pub trait Named: Sized {
    /// Reads it.
    fn read(text: &str) -> Result<Self, String>;
}

impl Named for Zone {
    fn read(text: &str) -> Result<Self, String> {
        zone(text)
    }
}

impl Named for Offset {
    fn read(text: &str) -> Result<Self, String> {
        let (sign, rest) = match text.as_bytes().first() {
            Some(b'-') => (-1, &text[1..]),
            Some(b'+') => (1, &text[1..]),
            _ => (1, text),
        };
        length(rest).map(|length| Self(sign * length.0))
    }
}

impl Named for FormatName {
    fn read(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = crate::formats::catalogue::names().collect();
        match names.contains(&text) {
            true => Ok(Self(text.to_owned())),
            false => Err(format!(
                "there is no format {text:?}; there are {}",
                names.join(", ")
            )),
        }
    }
}

/// `GLOB=VALUE`: which sources, and what for them.
pub fn pair<T: Named>(text: &str) -> Result<(String, T), String> {
    let (glob, value) = text.split_once('=').ok_or("it must be GLOB=VALUE")?;
    glob::Pattern::new(glob)
        .map_err(|error| format!("{glob:?} is not a pattern: {}", error.msg))?;
    Ok((glob.to_owned(), T::read(value)?))
}

/// `NAME`, of all sources, or `GLOB=NAME`.
pub fn format(text: &str) -> Result<(String, FormatName), String> {
    match text.contains('=') {
        true => pair(text),
        false => Ok(("*".to_owned(), FormatName::read(text)?)),
    }
}

/// `STRING` or `GLOB=STRING`; a string may hold `=` too, but then not behind a pattern.
pub fn log_format(text: &str) -> Result<(Option<String>, crate::formats::Format), String> {
    let is_glob = |glob: &str| {
        glob.contains(['*', '?', '.', '/']) && !glob.contains(['$', '%', '"', '\'', ' ', '{'])
    };
    let (glob, string) = match text.split_once('=') {
        Some((glob, string)) if is_glob(glob) => (Some(glob), string),
        _ => (None, text),
    };
    if let Some(glob) = glob {
        glob::Pattern::new(glob)
            .map_err(|error| format!("{glob:?} is not a pattern: {}", error.msg))?;
    }
    let format = crate::formats::log_format::compile(string)?;
    Ok((glob.map(str::to_owned), format))
}

/// A zone that is one in all places.
pub fn zone(text: &str) -> Result<Zone, String> {
    zone_text(text).zone(None).ok_or_else(|| {
        format!("{text:?} is not a zone: use an IANA name (Europe/London), an offset (+03:00) or UTC; abbreviations that several places use are refused")
    })
}

/// A length of time with its unit.
pub fn length(text: &str) -> Result<Length, String> {
    let us = duration_us(text.as_bytes(), Unit::Written).filter(|us| *us > 0);
    us.map(|us| Length(us.saturating_mul(1000)))
        .ok_or_else(|| format!("{text:?} is not a length of time like 90s, 5m or 24h"))
}

/// `512M`, `2G`, `1536MiB`: powers of 1024.
fn bytes(text: &str) -> Option<u64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim().to_ascii_uppercase();
    let shift = match unit.trim_end_matches('B').trim_end_matches('I') {
        "" if unit.is_empty() || unit == "B" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(1 << shift)
}

/// A size that rfo can work with.
pub fn memory(text: &str) -> Result<Bytes, String> {
    let asked = bytes(text).ok_or_else(|| format!("{text:?} is not a size like 512M or 2G"))?;
    match asked >= budget::LEAST {
        true => Ok(Bytes(asked)),
        false => Err(format!("{text} is too little: rfo needs at least 64M")),
    }
}

/// A width of whole seconds.
pub fn bucket(text: &str) -> Result<BucketWidth, String> {
    let length = length(text)?.0;
    let whole = length % NS_PER_S == 0;
    BucketWidth::seconds((length / NS_PER_S) as u64)
        .filter(|_| whole)
        .ok_or_else(|| "a bucket is a whole number of seconds".to_owned())
}

/// A share, written in per cent.
pub fn slo(text: &str) -> Result<f64, String> {
    let percent: f64 = text
        .parse()
        .map_err(|_| format!("{text:?} is not a number"))?;
    if percent > 0.0 && percent < 100.0 {
        Ok(percent / 100.0)
    } else {
        Err("it must lie between 0 and 100".to_owned())
    }
}

/// An instant: RFC 3339, a local time in `zone`, or `-3h` before `now_ns`.
pub fn instant_of(text: &str, zone: Zone, now_ns: i64) -> Result<i64, String> {
    if let Some(ago) = text.strip_prefix('-') {
        return length(ago).map(|length| now_ns - length.0);
    }
    let complete = if text.len() == 16 {
        format!("{text}:00")
    } else {
        text.to_owned()
    };
    let stamp = StampKind::Iso.read(complete.as_bytes());
    stamp.and_then(|stamp| instant(stamp, zone)).ok_or_else(|| {
        format!("{text:?} is not a time like 2015-07-22T15:35:00Z, \"2015-07-22 15:35\" or -3h")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(bytes("512M"), Some(512 << 20));
        assert_eq!(
            (bytes("2g"), bytes("2 GiB")),
            (Some(2 << 30), Some(2 << 30))
        );
        assert_eq!((bytes("70000"), bytes("9B")), (Some(70_000), Some(9)));
        for wrong in ["", "M", "1.5G", "-1G", "1X", "1I", "99999999999T"] {
            assert_eq!(bytes(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn times_are_absolute_local_or_ago() {
        let now = 1_000_000 * NS_PER_S;
        assert_eq!(
            instant_of("-3h", Zone::UTC, now),
            Ok(now - 10_800 * NS_PER_S)
        );
        assert_eq!(
            instant_of("1970-01-01T01:00:00Z", Zone::UTC, now),
            Ok(3600 * NS_PER_S)
        );
        assert_eq!(
            instant_of("1970-01-01 02:00", Zone::Fixed(3600), now),
            Ok(3600 * NS_PER_S)
        );
        assert!(instant_of("noon", Zone::UTC, now).is_err());
    }
}
