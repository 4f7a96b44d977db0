//! Stamps whose months are numbers.

use super::pieces::{Clock, Date, clock, days, digit_count, digits, small, year};
use super::{Head, Lack};

/// `2015-07-22T14:35:10.123`, `2015/07/22 14:35:10`, `2015.07.22_14:35:10`, hours padded or not.
pub(super) fn iso(bytes: &[u8]) -> Option<Head> {
    let head = bytes.get(..11)?;
    let separated = matches!(
        (head[4], head[7]),
        (b'-', b'-') | (b'/', b'/') | (b'.', b'.') | (b':', b':')
    );
    if !separated || !matches!(head[10], b'T' | b't' | b' ' | b'_' | b':' | b'-') {
        return None;
    }
    let (year, month, day) = (&head[..4], &head[5..7], &head[8..10]);
    let date = Date::of(Some(digits(year)?), digits(month)?, digits(day)?)?;
    Some(Head::new(date, clock(bytes, 11)?))
}

/// `20191030T143252`, `20191030143252`, `20191030 14:32:52`.
pub(super) fn basic(bytes: &[u8]) -> Option<Head> {
    let (date, at) = match digit_count(bytes) {
        14 => (8, 8),
        8 if matches!(bytes.get(8)?, b'T' | b't' | b' ' | b'-' | b'_' | b':') => (8, 9),
        _ => return None,
    };
    let head = &bytes[..date];
    let (year, month, day) = (&head[..4], &head[4..6], &head[6..]);
    let date = Date::of(Some(digits(year)?), digits(month)?, digits(day)?)?;
    let time = clock(bytes, at).or_else(|| bare_clock(bytes, at))?;
    Some(Head::new(date, time))
}

/// `150722 15:35:10` (hours may be padded by a space), `150722 153510`.
pub(super) fn compact(bytes: &[u8]) -> Option<Head> {
    if digit_count(bytes) != 6 || bytes.get(6) != Some(&b' ') {
        return None;
    }
    let (month, day) = (&bytes[2..4], &bytes[4..6]);
    let date = Date::of(Some(year(&bytes[..2])?), digits(month)?, digits(day)?)?;
    let time = clock(bytes, 7).or_else(|| bare_clock(bytes, 7))?;
    Some(Head::new(date, time))
}

/// `143252`: a clock without colons.
fn bare_clock(bytes: &[u8], at: usize) -> Option<Clock> {
    let digits_of = bytes.get(at..)?;
    let number = (digit_count(digits_of) == 6).then(|| digits(&digits_of[..6]))??;
    let (hours, minutes, seconds) = (number / 10_000, number / 100 % 100, number % 100);
    let (fraction_ns, rest) = super::pieces::fraction(&digits_of[6..]);
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(Clock {
        seconds: hours * 3600 + minutes * 60 + seconds,
        fraction_ns,
        second_end: at + 6,
        length: bytes.len() - rest.len(),
    })
}

/// `14:32:52.123`, `2:32:52 PM`.
pub(super) fn of_day(bytes: &[u8]) -> Option<Head> {
    let clock = clock(bytes, 0)?;
    Some(Head {
        local_s: clock.seconds,
        lack: Lack::Date,
        fraction_ns: clock.fraction_ns,
        second_end: clock.second_end,
        length: clock.length,
        offset_s: None,
    })
}

/// Which of the first two numbers of a date is the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    MonthFirst,
    DayFirst,
    /// Either, where the numbers themselves do not tell.
    Open,
}

/// `10/30/2019 02:32:52 PM`, `30/10/2019 14:32:52`, `30.10.19 14:32:52`, `10/30/19, 2:32:52 PM`.
pub(super) fn slashed(bytes: &[u8], order: Order) -> Option<Head> {
    let (first, n) = small(bytes).filter(|_| bytes[0] != b' ')?;
    let separator = *bytes.get(n)?;
    if !matches!(separator, b'/' | b'-' | b'.') {
        return None;
    }
    let (second, m) = small(&bytes[n + 1..]).filter(|_| bytes[n + 1] != b' ')?;
    let year_at = n + m + 2;
    if bytes.get(year_at - 1) != Some(&separator) {
        return None;
    }
    let year_end = year_at + digit_count(&bytes[year_at..]);
    let year = year(&bytes[year_at..year_end])?;
    let clock_at = match bytes.get(year_end..)? {
        [b' ', b'-', b' ', ..] => year_end + 3,
        [b',', b' ', ..] => year_end + 2,
        [b' ' | b',' | b'T' | b':' | b'-', ..] => year_end + 1,
        _ => return None,
    };
    let (month_first, day_first) = (days(year, first, second), days(year, second, first));
    // With points the day always comes first, with dashes mostly.
    let order = if separator == b'.' {
        Order::DayFirst
    } else {
        order
    };
    let (days, swapped_days) = match (order, month_first, day_first) {
        (Order::MonthFirst, Some(days), _) | (Order::DayFirst, _, Some(days)) => (days, None),
        (Order::Open, Some(one), Some(other)) if one == other => (one, None),
        (Order::Open, Some(days), other) => (days, other),
        (Order::Open, None, Some(days)) => (days, None),
        _ => return None,
    };
    let date = Date {
        days,
        yearless: false,
        swapped_days,
        dashed: separator == b'-',
    };
    Some(Head::new(date, clock(bytes, clock_at)?))
}

/// `I1030 14:32:52.123456` with or without its letter, `I241030 14:32:52.123456` as CockroachDB
/// writes; `10-30 14:32:52.123` as Android writes.
pub(super) fn glog(bytes: &[u8]) -> Option<Head> {
    let letter = usize::from(matches!(
        bytes.first()?,
        b'I' | b'W' | b'E' | b'F' | b'D' | b'V' | b'C'
    ));
    let head = bytes.get(letter..)?;
    let (month_at, day_at, length) = match digit_count(head) {
        4 => (0, 2, 4),
        6 if letter == 1 => (2, 4, 6),
        2 if letter == 0 && head.get(2) == Some(&b'-') && digit_count(&head[3..]) == 2 => (0, 3, 5),
        _ => return None,
    };
    if head.get(length) != Some(&b' ') {
        return None;
    }
    let (month, day) = (
        digits(&head[month_at..month_at + 2])?,
        digits(&head[day_at..length])?,
    );
    let year = match month_at {
        0 => None,
        _ => Some(2000 + digits(&head[..2])?),
    };
    let date = Date::of(year, month, day)?;
    let clock = clock(bytes, letter + length + 1)?;
    // `1030 14:32:52` alone may be any number in front of a clock.
    (clock.second_end < clock.length).then(|| Head::new(date, clock))
}
