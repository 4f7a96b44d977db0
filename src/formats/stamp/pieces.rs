//! Pieces that stamps are made of: numbers, names of months, dates, clocks, fractions.
//!
//! In: bytes of which a piece must begin at the front. Out: its value and its length. None of
//! them looks at zones.

use super::LEAP_YEAR;
use crate::formats::digits::leading;

/// A calendar date.
#[derive(Debug, Clone, Copy)]
pub(super) struct Date {
    /// Days since 1970, as if the year were `LEAP_YEAR` where it is not written.
    pub days: i64,
    pub yearless: bool,
    /// The days with the first two numbers swapped, where either order is a date.
    pub swapped_days: Option<i64>,
    /// True if its numbers stand between dashes.
    pub dashed: bool,
}

impl Date {
    pub fn of(year: Option<i64>, month: i64, day: i64) -> Option<Self> {
        Some(Self {
            days: days(year.unwrap_or(LEAP_YEAR), month, day)?,
            yearless: year.is_none(),
            swapped_days: None,
            dashed: false,
        })
    }
}

/// A time of day and where its parts end, counted from the start of the stamp.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    pub seconds: i64,
    pub fraction_ns: i64,
    pub second_end: usize,
    pub length: usize,
}

/// The number that `bytes` are. `None` if they are none or more than 18 digits.
pub(super) fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0i64, |n, &byte| {
        byte.is_ascii_digit()
            .then(|| n * 10 + i64::from(byte - b'0'))
    })
}

/// How many digits `bytes` begin with.
pub(super) fn digit_count(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count()
}

/// One or two digits, perhaps padded by a space: the number and its length.
pub(super) fn small(bytes: &[u8]) -> Option<(i64, usize)> {
    let pad = usize::from(bytes.first() == Some(&b' '));
    let n = digit_count(bytes.get(pad..)?);
    let most = 2 - pad;
    (1..=most)
        .contains(&n)
        .then(|| digits(&bytes[pad..pad + n]).map(|number| (number, pad + n)))
        .flatten()
}

/// A year of two or four digits: 70 to 99 are of the last century.
pub(super) fn year(bytes: &[u8]) -> Option<i64> {
    let number = digits(bytes)?;
    match bytes.len() {
        4 => Some(number),
        2 if number < 70 => Some(2000 + number),
        2 => Some(1900 + number),
        _ => None,
    }
}

/// Days since 1970-01-01 of a civil date (Hinnant, "chrono-compatible low-level date algorithms").
pub(super) fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month)
        || !(1970..=2200).contains(&year)
        || day < 1
        || day > LENGTHS[month as usize - 1]
    {
        return None;
    }
    if month == 2 && day == 29 && !is_leap(year) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year
            - 719_468,
    )
}

pub(super) fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The clock that begins at `at`: `14:32:52.123`, `9:05:01`, `02:32:52 PM`. Hours may be padded
/// by a space; 24:00:00 is refused, a leap second is not.
pub(super) fn clock(bytes: &[u8], at: usize) -> Option<Clock> {
    let (hours, n) = small(bytes.get(at..)?)?;
    let second_end = at + n + 6;
    let [b':', m1, m2, b':', s1, s2] = *bytes.get(at + n..second_end)? else {
        return None;
    };
    let (minutes, seconds) = (digits(&[m1, m2])?, digits(&[s1, s2])?);
    let (fraction_ns, rest) = fraction(&bytes[second_end..]);
    let (hours, rest) = match meridiem(rest) {
        Some((noon, rest)) if (1..=12).contains(&hours) => (hours % 12 + 12 * noon, rest),
        Some(_) => return None,
        None => (hours, rest),
    };
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(Clock {
        seconds: hours * 3600 + minutes * 60 + seconds,
        fraction_ns,
        second_end,
        length: bytes.len() - rest.len(),
    })
}

/// `AM` (0) or `PM` (1), perhaps behind a space, and what follows.
fn meridiem(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let word = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let noon = match word.get(..2)? {
        [b'A' | b'a', b'M' | b'm'] => 0,
        [b'P' | b'p', b'M' | b'm'] => 1,
        _ => return None,
    };
    let rest = &word[2..];
    rest.first()
        .is_none_or(|byte| !byte.is_ascii_alphanumeric())
        .then_some((noon, rest))
}

/// A fraction after `.` or `,`, or three or six digits after `:`: nanoseconds, and what follows.
#[inline]
pub(super) fn fraction(bytes: &[u8]) -> (i64, &[u8]) {
    let Some((mark @ (b'.' | b',' | b':'), rest)) = bytes.split_first() else {
        return (0, bytes);
    };
    match leading(rest) {
        (_, 0) => (0, bytes),
        (_, n) if *mark == b':' && n != 3 && n != 6 => (0, bytes),
        (_, 8) => long_fraction(rest),
        (number, n) => (number * PARTS_NS[n], &rest[n..]),
    }
}

/// What one of a number of so many digits behind the point is, ns.
const PARTS_NS: [i64; 8] = [
    0,
    100_000_000,
    10_000_000,
    1_000_000,
    100_000,
    10_000,
    1_000,
    100,
];

/// Eight digits and more; what is behind the ninth is below a nanosecond.
fn long_fraction(digits: &[u8]) -> (i64, &[u8]) {
    let (eight, rest) = (leading(digits).0, &digits[8..]);
    let ninth = rest.first().filter(|byte| byte.is_ascii_digit());
    let ns = 10 * eight + ninth.map_or(0, |byte| i64::from(byte - b'0'));
    (ns, &rest[digit_count(rest)..])
}

/// The month whose name begins `bytes`, in any letter case, whole or its first letters: its
/// number and the length of the name with a point behind it.
pub(super) fn month(bytes: &[u8]) -> Option<(i64, usize)> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let (i, n) = name_of(bytes, &NAMES)?;
    Some((i as i64 + 1, n + usize::from(bytes.get(n) == Some(&b'.'))))
}

/// The length of the weekday that begins `bytes`.
pub(super) fn weekday(bytes: &[u8]) -> Option<usize> {
    const NAMES: [&[u8]; 7] = [
        b"monday",
        b"tuesday",
        b"wednesday",
        b"thursday",
        b"friday",
        b"saturday",
        b"sunday",
    ];
    name_of(bytes, &NAMES).map(|(_, n)| n)
}

/// The word at the front of `bytes` as a name or at least three of its first letters.
fn name_of(bytes: &[u8], names: &[&[u8]]) -> Option<(usize, usize)> {
    let head = bytes.get(..3)?;
    let i = names
        .iter()
        .position(|name| name[..3].eq_ignore_ascii_case(head))?;
    let letters = bytes.iter().take(10);
    let n = letters
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let known = names[i].get(..n)?;
    known.eq_ignore_ascii_case(&bytes[..n]).then_some((i, n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noon_and_midnight_are_twelve() {
        let hour = |text: &str| clock(text.as_bytes(), 0).map(|clock| clock.seconds / 3600);
        assert_eq!(hour("12:00:00 AM"), Some(0));
        assert_eq!(hour("12:00:00 PM"), Some(12));
        assert_eq!(hour("1:00:00pm"), Some(13));
        assert_eq!(hour("13:00:00 PM"), None);
        assert_eq!(hour("12:00:00"), Some(12));
        assert_eq!(hour("24:00:00"), None);
    }

    #[test]
    fn a_month_is_its_name_or_the_beginning_of_it() {
        assert_eq!(month(b"Oct 11"), Some((10, 3)));
        assert_eq!(month(b"OCTOBER 11"), Some((10, 7)));
        assert_eq!(month(b"sept. 11"), Some((9, 5)));
        assert_eq!(month(b"Marble"), None);
        assert_eq!(month(b"Ma"), None);
    }
}
