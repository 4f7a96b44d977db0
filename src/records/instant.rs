//! Instants in structured records: RFC 3339, or a local time with the zone of its column.

use chrono::{NaiveDate, NaiveDateTime};

use crate::clock::{NS_PER_MIN, NS_PER_S, When, Zone, zone_text};

/// Why an instant cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unreadable {
    #[error("not a time")]
    NotATime,
    #[error("no zone is stated; give --tz")]
    NoZone,
    #[error("this local time does not exist: clocks were set forward")]
    Skipped,
}

/// `2022-12-01T07:46:00Z`, `2022-12-01 07:46`, `2022-12-01T07:46:00.123+03:00`; a time without
/// an offset is in `zone`. The precision is that of the digits.
pub(super) fn read_instant(text: &str, zone: Option<Zone>) -> Result<When, Unreadable> {
    let text = text.trim();
    let (naive, precision_ns, rest) = split(text).ok_or(Unreadable::NotATime)?;
    let zone = match rest.trim() {
        "" => zone.ok_or(Unreadable::NoZone)?,
        own => {
            let locale = match zone {
                Some(Zone::Named(tz)) => Some(tz),
                _ => None,
            };
            zone_text(own).zone(locale).ok_or(Unreadable::NotATime)?
        }
    };
    zone.when(naive, precision_ns)
        .map_err(|_| Unreadable::Skipped)
}

/// The local time, its precision in ns, and what follows it.
fn split(text: &str) -> Option<(NaiveDateTime, i64, &str)> {
    let number = |range: std::ops::Range<usize>| {
        let digits = text.get(range)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse::<u32>().ok())?
    };
    let separators = [(4, b'-'), (7, b'-'), (13, b':')];
    if separators
        .iter()
        .any(|&(i, b)| text.as_bytes().get(i) != Some(&b))
    {
        return None;
    }
    let date = NaiveDate::from_ymd_opt(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
    let (hour, minute) = (number(11..13)?, number(14..16)?);
    let minute_only = (date.and_hms_opt(hour, minute, 0)?, NS_PER_MIN);
    let Some(second) = text
        .get(16..17)
        .filter(|&c| c == ":")
        .and_then(|_| number(17..19))
    else {
        return Some((minute_only.0, minute_only.1, text.get(16..)?));
    };
    let fraction = text.get(19..)?.strip_prefix(['.', ',']);
    let digits = fraction.map_or(0, |f| {
        f.bytes().take_while(u8::is_ascii_digit).count().min(9)
    });
    let nanos = fraction
        .and_then(|f| f[..digits].parse::<u32>().ok())
        .unwrap_or(0);
    let precision = NS_PER_S / 10_i64.pow(digits as u32);
    let naive = date.and_hms_nano_opt(hour, minute, second, nanos * precision as u32)?;
    let rest = fraction.map_or(text.get(19..)?, |f| {
        f.trim_start_matches(|c: char| c.is_ascii_digit())
    });
    Some((naive, precision, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    fn check(text: &str, zone: Option<Zone>, expected: &str, width_ns: i64) {
        let when = read_instant(text, zone).unwrap();
        assert_eq!(
            (rfc3339(when.at_ns).as_str(), when.hi_ns - when.lo_ns + 1),
            (expected, width_ns)
        );
    }

    #[test]
    fn the_precision_is_that_of_the_digits() {
        check(
            "2022-12-01T07:46:00Z",
            None,
            "2022-12-01T07:46:00Z",
            NS_PER_S,
        );
        check(
            "2022-12-01 07:46",
            Some(Zone::Fixed(10_800)),
            "2022-12-01T04:46:00Z",
            NS_PER_MIN,
        );
        check(
            "2022-12-01T07:46:00.250+03:00",
            None,
            "2022-12-01T04:46:00.250Z",
            1_000_000,
        );
        check(
            "2022-12-01 07:46:09 UTC+3",
            None,
            "2022-12-01T04:46:09Z",
            NS_PER_S,
        );
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        assert_eq!(
            read_instant("2022-12-01 07:46", None),
            Err(Unreadable::NoZone)
        );
        assert_eq!(
            read_instant("yesterday", Some(Zone::UTC)),
            Err(Unreadable::NotATime)
        );
        assert_eq!(
            read_instant("2022-13-01 07:46", Some(Zone::UTC)),
            Err(Unreadable::NotATime)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, tail in "2022-12-01T07:46:[0-9.,:]{0,12}\\PC{0,4}") {
            let _ = read_instant(&text, Some(Zone::UTC));
            let _ = read_instant(&tail, Some(Zone::UTC));
        }
    }
}
