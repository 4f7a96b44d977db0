//! Numbers read in place: up to eight bytes in one word, longer ones byte by byte.
//!
//! In: a buffer and a place in it. Out: a number and where it ends, or nothing for what is not a
//! number of few digits. Does not look at what stands behind it.

use crate::events::chunk::ABSENT;
use crate::formats::field::Unit;
use crate::formats::value;

/// Longest number that is read in place, in bytes.
const DIGITS_MAX: usize = 12;

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// A number that stands in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quick {
    pub(super) value: i64,
    /// Where it ends.
    pub(super) stop: usize,
    /// The bytes of the word behind it, and none behind those.
    pub(super) rest: u64,
}

/// A word of digits as their values, and the high bit of each byte that is none; exact up to the
/// first, and behind a point up to the second.
#[inline]
fn values(word: u64) -> (u64, u64) {
    let values = word ^ (ONES * u64::from(b'0'));
    let others = (values.wrapping_add(ONES * 0x76) | values) & HIGHS;
    (values, others)
}

/// The number of up to eight values that stand last in a word, the most significant first (Lemire
/// 2018, "Quickly parsing eight digits").
#[inline]
fn number(values: u64) -> i64 {
    const PAIRS: u64 = 0x0000_00ff_0000_00ff;
    let pairs = values.wrapping_mul(10).wrapping_add(values >> 8);
    let fours = (pairs & PAIRS).wrapping_mul(100 + (1_000_000 << 32));
    let others = (pairs >> 16 & PAIRS).wrapping_mul(1 + (10_000 << 32));
    (fours.wrapping_add(others) >> 32) as i64
}

#[inline]
fn word(buffer: &[u8], at: usize) -> Option<u64> {
    let bytes = buffer.get(at..at + 8)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes))
}

/// A whole number of one to seven digits.
#[inline]
pub(super) fn quick_whole(buffer: &[u8], at: usize) -> Option<Quick> {
    let word = word(buffer, at)?;
    let (values, others) = values(word);
    let length = others.trailing_zeros() / 8;
    let is_short = length.wrapping_sub(1) < 7;
    is_short.then(|| Quick {
        value: number(values << (64 - 8 * length)),
        stop: at + length as usize,
        rest: word >> (8 * length),
    })
}

/// A number of at most seven bytes, a point and decimals among them, in millionths.
#[inline]
pub(super) fn quick_decimal(buffer: &[u8], at: usize, unit: Unit) -> Option<Quick> {
    let word = word(buffer, at)?;
    let (values, others) = values(word);
    let point = others.trailing_zeros();
    if !(8..64).contains(&point) {
        return None;
    }
    // The bit is the highest of its byte.
    let point = point - 7;
    if word >> point & 0xff != u64::from(b'.') {
        let n = number(values << (64 - point));
        return Some(Quick {
            value: value::in_millionths(n, 0)?,
            stop: at + point as usize / 8,
            rest: word >> point,
        });
    }
    let length = (others & (others - 1)).trailing_zeros();
    if length == 64 || is_whole(unit) {
        return None;
    }
    let (length, before) = (length - 7, (1 << point) - 1);
    let without_point = values & before | values >> 8 & !before;
    let n = number(without_point << (72 - length));
    let decimals = (length - point) as usize / 8 - 1;
    Some(Quick {
        value: value::in_millionths(n, decimals)?,
        stop: at + length as usize / 8,
        rest: word >> length,
    })
}

/// A duration of few digits with its unit behind it, in microseconds, as `value` reads it. Of what
/// stands behind it nothing is said.
#[inline]
pub(super) fn quick_written_us(buffer: &[u8], at: usize) -> Option<Quick> {
    let whole = quick_whole(buffer, at)?;
    let (whole, mut stop) = (whole.value, whole.stop);
    let (mut part, mut decimals) = (0, 0);
    if buffer.get(stop) == Some(&b'.') {
        let begin = stop + 1;
        let quick = quick_whole(buffer, begin)?;
        (part, stop) = (quick.value, quick.stop);
        decimals = stop - begin;
    }
    let (digits, length) = match buffer.get(stop..stop + 2)? {
        b"ms" => (3, 2),
        b"us" => (0, 2),
        [b's', _] => (6, 1),
        _ => return None,
    };
    Some(Quick {
        value: value::with_part(whole, (part, decimals), digits)?,
        stop: stop + length,
        rest: 0,
    })
}

/// A decimal number is of another unit.
fn is_whole(unit: Unit) -> bool {
    matches!(unit, Unit::Micros | Unit::WholeMillis)
}

/// A whole number and where it ends; `ABSENT` for a dash. `None` for anything else.
pub(super) fn whole(buffer: &[u8], at: usize, end: usize) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let mut n = 0;
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        n = n * 10 + i64::from(digit);
        length += 1;
    }
    match length {
        0 if bytes.first() == Some(&b'-') => Some((ABSENT, at + 1)),
        0 | DIGITS_MAX => None,
        _ => Some((n, at + length)),
    }
}

/// A decimal number in millionths and where it ends, as `value` reads one of few digits.
pub(super) fn decimal(buffer: &[u8], at: usize, end: usize, unit: Unit) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let (mut n, mut point) = (0, None);
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            n = n * 10 + i64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(length);
        } else {
            break;
        }
        length += 1;
    }
    if length == 0 || length == DIGITS_MAX || point == Some(0) {
        return None;
    }
    if point.is_some() && is_whole(unit) {
        return None;
    }
    let decimals = point.map_or(0, |point| length - 1 - point);
    Some((value::in_millionths(n, decimals)?, at + length))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::search::word_of;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_word_says_what_its_bytes_say(text in r"([0-9]{0,9}\.?[0-9]{0,8}|.{0,4})([ -~]{0,9}|\PC{0,4}) {8}", any: Vec<u8>) {
            for bytes in [text.as_bytes(), &any] {
                let end = bytes.len();
                if let Some(quick) = quick_whole(bytes, 0) {
                    prop_assert_eq!(Some((quick.value, quick.stop)), whole(bytes, 0, end));
                    prop_assert_eq!(quick.rest, word_of(&bytes[quick.stop..8]));
                }
                for unit in [Unit::Seconds, Unit::Micros] {
                    if let Some(quick) = quick_decimal(bytes, 0, unit) {
                        prop_assert_eq!(Some((quick.value, quick.stop)), decimal(bytes, 0, end, unit));
                        prop_assert_eq!(quick.rest, word_of(&bytes[quick.stop..8]));
                    }
                }
            }
        }

        #[test]
        fn durations_in_place_are_what_their_bytes_say(text in "[0-9]{1,8}([.][0-9]{0,8})?(ms|us|s|m|h|ns)? {9}") {
            if let Some(Quick { value: us, stop, .. }) = quick_written_us(text.as_bytes(), 0) {
                prop_assert_eq!(&text[stop..], " ".repeat(9));
                prop_assert_eq!(value::duration_us(&text.as_bytes()[..stop], Unit::Written), Some(us));
            }
            let is_usual = regex::Regex::new(r"^[0-9]{1,7}([.][0-9]{1,3})?(ms|s) ").expect("valid");
            let is_read = quick_written_us(text.as_bytes(), 0).is_some();
            prop_assert!(is_read || !is_usual.is_match(&text));
        }

        #[test]
        fn short_numbers_are_read_in_a_word(n in 0i64..10_000_000, thousandths in 0i64..10_000_000) {
            let text = format!("{n} {}.{:03}        ", thousandths / 1000, thousandths % 1000);
            let at = text.find(' ').expect("there") + 1;
            let read = quick_whole(text.as_bytes(), 0);
            prop_assert_eq!(read.map(|read| (read.value, read.stop)), Some((n, at - 1)));
            let read = quick_decimal(text.as_bytes(), at, Unit::Seconds);
            let is_long = thousandths >= 1_000_000;
            let expected = (!is_long).then_some(thousandths * 1000);
            prop_assert!(is_long && read.is_none() || read.map(|read| read.value) == expected);
        }
    }
}
