//! Numbers, durations and levels read by bytes.

mod levels;
mod rpc;

pub use self::levels::level;
pub use self::rpc::rpc_status;
use super::field::Unit;
use super::{comma, digits};

/// A decimal integer, perhaps signed; a leading `+` (HAProxy's `logasap`) is allowed.
/// `None` for `-`, an empty field or anything else.
pub fn integer(bytes: &[u8]) -> Option<i64> {
    let (negative, bytes) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    let n = bytes.iter().try_fold(0i64, |n, &byte| {
        byte.is_ascii_digit()
            .then(|| n * 10 + i64::from(byte - b'0'))
    })?;
    Some(if negative { -n } else { n })
}

/// A decimal number in millionths, exact for up to six decimals, rounded half up beyond.
/// Exponents are read by the standard library. `None` if it is no finite number or too large.
pub fn micro(bytes: &[u8]) -> Option<i64> {
    match plain_micro(bytes) {
        Some(micro) => Some(micro),
        None => any_micro(bytes),
    }
}

/// Powers of ten.
const TENS: [i64; 7] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Digits, perhaps with a point and up to six decimals: nearly all numbers. `None` for others.
#[inline]
fn plain_micro(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 12 || !bytes[0].is_ascii_digit() {
        return None;
    }
    let mut n = 0i64;
    let mut decimals = None;
    for (i, &byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' => n = n * 10 + i64::from(byte - b'0'),
            b'.' if decimals.is_none() => decimals = Some(bytes.len() - 1 - i),
            _ => return None,
        }
    }
    in_millionths(n, decimals.unwrap_or(0))
}

/// A number of at most twelve digits, so many of them decimals, in millionths. `None` for more
/// than six decimals.
#[inline]
pub(super) fn in_millionths(n: i64, decimals: usize) -> Option<i64> {
    let missing = 6usize.checked_sub(decimals)?;
    Some(n * TENS[missing])
}

/// The duration that a number in millionths of a unit says, microseconds. `None` out of range.
#[inline]
pub(super) fn of_micro(micro: i64, unit: Unit) -> Option<i64> {
    in_range(scaled_us(micro, unit))
}

fn any_micro(bytes: &[u8]) -> Option<i64> {
    let point = bytes
        .iter()
        .position(|&byte| byte == b'.')
        .unwrap_or(bytes.len());
    let plain = bytes
        .iter()
        .skip(usize::from(bytes.first() == Some(&b'-')))
        .all(|byte| byte.is_ascii_digit() || *byte == b'.');
    if !plain || point > 12 || bytes.len() > point + 7 {
        let number: f64 = std::str::from_utf8(bytes).ok()?.trim().parse().ok()?;
        let scaled = (number * 1e6).round();
        return (scaled.abs() < 9e18).then_some(scaled as i64);
    }
    let negative = bytes.first() == Some(&b'-');
    let whole = &bytes[usize::from(negative)..point];
    let decimals = bytes.get(point + 1..).unwrap_or(&[]);
    if whole.is_empty() && decimals.is_empty() {
        return None;
    }
    let mut n = if whole.is_empty() { 0 } else { integer(whole)? };
    for i in 0..6 {
        let digit = match decimals.get(i) {
            Some(byte) if byte.is_ascii_digit() => i64::from(byte - b'0'),
            Some(_) => return None,
            None => 0,
        };
        n = n * 10 + digit;
    }
    Some(if negative { -n } else { n })
}

/// Longer than a year is no duration of work but a slip of the writer.
const DURATION_US_MAX: i64 = 366 * 86_400 * 1_000_000;

/// A duration in microseconds. Lists (`0.1, 0.2 : 0.3`, retries and redirects) are summed.
/// `None` for `-`, `-1` (not reached), anything negative or no number.
pub fn duration_us(bytes: &[u8], unit: Unit) -> Option<i64> {
    let plain = match unit {
        Unit::Written => plain_written_us(bytes),
        _ => plain_micro(bytes).map(|micro| scaled_us(micro, unit)),
    };
    if let Some(us) = plain {
        return in_range(us);
    }
    long_duration_us(bytes, unit)
}

fn long_duration_us(bytes: &[u8], unit: Unit) -> Option<i64> {
    if let Some((number, length)) = with_comma(bytes, unit) {
        return one_duration_us(&number[..length], unit);
    }
    if bytes.iter().any(|byte| matches!(byte, b',' | b':')) {
        let parts = bytes
            .split(|byte| matches!(byte, b',' | b':' | b' '))
            .filter(|part| !part.is_empty());
        return parts
            .filter_map(|part| one_duration_us(part, unit))
            .reduce(|a, b| a.saturating_add(b));
    }
    one_duration_us(bytes, unit)
}

/// A duration whose number has a comma, with a point; `1,250` is thousands in units below a second.
fn with_comma(bytes: &[u8], unit: Unit) -> Option<([u8; comma::LENGTH_MAX], usize)> {
    memchr::memchr(b',', bytes)?;
    let is_number = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b',' | b'.' | b'-');
    let end = bytes.iter().take_while(|byte| is_number(byte)).count();
    let (number, suffix) = bytes.split_at(end);
    let is_seconds = match unit {
        Unit::Written => suffix.trim_ascii_start().starts_with(b"s"),
        unit => unit == Unit::Seconds && suffix.is_empty(),
    };
    let three = match is_seconds {
        true => comma::Three::Decimals,
        false => comma::Three::Thousands,
    };
    if unit != Unit::Written && !suffix.is_empty() {
        return None;
    }
    let (mut pointed, length) = comma::pointed(number, three)?;
    let whole = length + suffix.len();
    pointed.get_mut(length..whole)?.copy_from_slice(suffix);
    Some((pointed, whole))
}

/// A number in millionths that may have a comma for its point.
pub fn micro_with_comma(bytes: &[u8], three: comma::Three) -> Option<i64> {
    micro(bytes).or_else(|| {
        let (pointed, length) = comma::pointed(bytes, three)?;
        micro(&pointed[..length])
    })
}

fn one_duration_us(bytes: &[u8], unit: Unit) -> Option<i64> {
    let bytes = bytes.strip_prefix(b"+").unwrap_or(bytes);
    match unit {
        Unit::Written => written_us(bytes),
        Unit::SecondsUnlessWritten => match micro(bytes) {
            Some(micro) => in_range(scaled_us(micro, unit)),
            None => written_us(bytes),
        },
        unit => in_range(scaled_us(micro(bytes)?, unit)),
    }
}

/// Microseconds of a number in millionths of a unit.
#[inline]
fn scaled_us(micro: i64, unit: Unit) -> i64 {
    match unit {
        Unit::Seconds | Unit::SecondsUnlessWritten => micro,
        // Whole microseconds need no rounding.
        Unit::Millis | Unit::WholeMillis if micro % 1_000 == 0 => micro / 1_000,
        Unit::Micros if micro % 1_000_000 == 0 => micro / 1_000_000,
        unit => {
            let us = micro as f64 / 1e6 * unit.in_us() + 0.5;
            // What is not negative is cut off as it is rounded down, without a call.
            if micro >= 0 {
                us as i64
            } else {
                us.floor() as i64
            }
        }
    }
}

#[inline]
fn in_range(us: i64) -> Option<i64> {
    (0..=DURATION_US_MAX).contains(&us).then_some(us)
}

/// `1.2s`, `15ms`, `3us`, `3µs`, `120ns`, `1m30s`, `2h`. A bare number is no duration.
fn written_us(bytes: &[u8]) -> Option<i64> {
    match plain_written_us(bytes) {
        Some(us) => in_range(us),
        None => any_written_us(bytes),
    }
}

/// A number of few digits and one unit: nearly all durations. `None` for others, and for more
/// decimals than there are in a microsecond, where it matters how the number is rounded.
#[inline]
fn plain_written_us(bytes: &[u8]) -> Option<i64> {
    let (whole, length) = digits::leading(bytes);
    if !(1..=7).contains(&length) {
        return None;
    }
    let (mut part, mut decimals) = (0, 0);
    let mut unit = &bytes[length..];
    if let [b'.', rest @ ..] = unit {
        (part, decimals) = digits::leading(rest);
        unit = &rest[decimals..];
    }
    let digits_of_unit = match unit {
        b"us" => 0,
        b"ms" => 3,
        b"s" => 6,
        _ => return None,
    };
    with_part(whole, (part, decimals), digits_of_unit)
}

/// A number with a part of so many decimals, in parts of its unit, which has so many digits of
/// them. `None` for more decimals than there are in such a part.
#[inline]
pub(super) fn with_part(whole: i64, (part, decimals): (i64, usize), digits: usize) -> Option<i64> {
    let missing = TENS.get(usize::checked_sub(digits, decimals)?)?;
    Some(whole * TENS.get(digits)? + part * missing)
}

fn any_written_us(bytes: &[u8]) -> Option<i64> {
    let mut rest = std::str::from_utf8(bytes).ok()?.trim();
    let mut total = 0.0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number_length = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..number_length].parse().ok()?;
        let unit = &rest[number_length..];
        let unit_length = unit
            .find(|c: char| c.is_ascii_digit())
            .unwrap_or(unit.len());
        total += number
            * match unit[..unit_length].trim() {
                "ns" | "nanos" => 1e-3,
                "us" | "µs" | "μs" | "micros" => 1.0,
                "ms" => 1e3,
                "s" | "sec" => 1e6,
                "m" | "min" => 60e6,
                "h" => 3600e6,
                _ => return None,
            };
        rest = &unit[unit_length..];
    }
    let us = (total + 0.5) as i64;
    (us <= DURATION_US_MAX).then_some(us)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::field::LevelScale;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact_in_millionths() {
        assert_eq!(micro(b"1.5"), Some(1_500_000));
        assert_eq!(micro(b"-0.000001"), Some(-1));
        assert_eq!(micro(b"12"), Some(12_000_000));
        assert_eq!(micro(b"1e3"), Some(1_000_000_000));
        assert_eq!(micro(b"NaN"), None);
        assert_eq!(micro(b"-"), None);
        assert_eq!(micro(b""), None);
    }

    #[test]
    fn a_duration_that_was_not_reached_is_absent_and_not_zero() {
        assert_eq!(duration_us(b"-1", Unit::Millis), None);
        assert_eq!(duration_us(b"-", Unit::Seconds), None);
        assert_eq!(duration_us(b"0", Unit::Millis), Some(0));
        assert_eq!(duration_us(b"18446744073709.550", Unit::Seconds), None);
        assert_eq!(duration_us(b"9000h", Unit::Written), None);
    }

    #[test]
    fn every_unit_is_microseconds() {
        assert_eq!(duration_us(b"1.234", Unit::Seconds), Some(1_234_000));
        assert_eq!(duration_us(b"+1234", Unit::Millis), Some(1_234_000));
        assert_eq!(duration_us(b"1500", Unit::Nanos), Some(2));
        assert_eq!(duration_us(b"0.1, 0.2 : 0.3", Unit::Seconds), Some(600_000));
        assert_eq!(
            duration_us(b"1.5", Unit::SecondsUnlessWritten),
            Some(1_500_000)
        );
        assert_eq!(
            duration_us(b"1.5ms", Unit::SecondsUnlessWritten),
            Some(1_500)
        );
        assert_eq!(
            duration_us(b"1m30s", Unit::SecondsUnlessWritten),
            Some(90_000_000)
        );
        assert_eq!(duration_us(b"-", Unit::SecondsUnlessWritten), None);
        assert_eq!(duration_us(b"1m30.5s", Unit::Written), Some(90_500_000));
        assert_eq!(duration_us("3µs".as_bytes(), Unit::Written), Some(3));
        assert_eq!(duration_us(b"12", Unit::Written), None);
    }

    #[test]
    fn a_comma_within_a_number_is_no_list() {
        assert_eq!(duration_us(b"0,250", Unit::Seconds), Some(250_000));
        assert_eq!(duration_us(b"1,250", Unit::Seconds), Some(1_250_000));
        assert_eq!(duration_us(b"12,5", Unit::Millis), Some(12_500));
        assert_eq!(duration_us(b"1,250", Unit::Millis), Some(1_250_000));
        assert_eq!(duration_us(b"1,25s", Unit::Written), Some(1_250_000));
        assert_eq!(duration_us(b"1,250 ms", Unit::Written), Some(1_250_000));
        assert_eq!(duration_us(b"0.100,0.150", Unit::Seconds), Some(250_000));
        assert_eq!(duration_us(b"-, 0.150", Unit::Seconds), Some(150_000));
        assert_eq!(duration_us(b"-1,5", Unit::Seconds), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = (integer(&bytes), micro(&bytes), level(&bytes, LevelScale::Words));
            let _ = (duration_us(&bytes, Unit::Written), duration_us(&bytes, Unit::Millis));
        }

        #[test]
        fn the_short_way_reads_what_the_long_one_reads(text in "[0-9]{0,14}[.]?[0-9]{0,8}|[0-9.,e-]{0,9}") {
            let plain = plain_micro(text.as_bytes());
            prop_assert!(plain.is_none() || plain == any_micro(text.as_bytes()), "{}", text);
        }

        #[test]
        fn durations_are_read_the_short_way_as_the_long_one(text in "[0-9]{1,9}[.]?[0-9]{0,6}(ms|us|s|m|h|µs)?") {
            let plain = plain_written_us(text.as_bytes());
            prop_assert!(plain.is_none() || plain.and_then(in_range) == any_written_us(text.as_bytes()), "{}", text);
        }

        #[test]
        fn millionths_come_back(n in -1_000_000_000_000i64..1_000_000_000_000) {
            let text = format!("{}{}.{:06}", if n < 0 { "-" } else { "" }, n.abs() / 1_000_000, n.abs() % 1_000_000);
            prop_assert_eq!(micro(text.as_bytes()), Some(n));
        }
    }
}
