//! Stamps with a month's name: access logs, syslog, `ctime`, RFC 2822 and their relatives.

use super::Head;
use super::offset::leading_zone;
use super::pieces::{Date, clock, digit_count, digits, month, small, weekday, year};

/// How a stamp with a month's name is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `22/Jul/2015:15:35:10`
    Clf,
    /// `Feb  3 06:09:12`, `Feb 3 2024 06:09:12`, `Oct 30, 2019 2:32:52 PM`,
    /// `Oct 30, 2019 @ 14:32:52.119`
    MonthFirst,
    /// `Wed Oct 11 14:32:52 2000`
    YearLast,
    /// `30 Oct 2019 14:32:52`, `30-Oct-2019 14:32:52`, `14 Nov 07:01:22.119`
    DayFirst,
    /// `Wed, 30 Oct 2019 14:32:52 +0100`
    Mail,
}

/// `22/Jul/2015:15:35:10`, what access logs write: the most frequent one, read without detours.
pub(super) fn clf(bytes: &[u8]) -> Option<Head> {
    let day_length = bytes
        .iter()
        .take(3)
        .position(|&byte| byte == b'/')
        .filter(|&n| n == 1 || n == 2)?;
    let (day, rest) = (digits(&bytes[..day_length])?, &bytes[day_length..]);
    let date = rest.get(..10)?;
    if date[4] != b'/' || date[9] != b':' {
        return None;
    }
    let (month, _) = month(&date[1..4])?;
    let date = Date::of(Some(digits(&date[5..9])?), month, day)?;
    Some(Head::new(date, clock(bytes, day_length + 10)?))
}

/// Any stamp with a month's name, and how it is written.
pub(super) fn named(bytes: &[u8]) -> Option<(Head, Shape)> {
    if let Some((Some(offset_s), n)) = leading_zone(bytes).filter(|(_, n)| *n >= 3) {
        // `PDT Apr 16 21:05:29`
        let (mut head, shape) = month_first(bytes, n + 1)?;
        head.offset_s = head.offset_s.or(Some(offset_s));
        return Some((head, shape));
    }
    let weekday_end = weekday(bytes).map_or(0, |n| n);
    let comma = usize::from(weekday_end > 0 && bytes.get(weekday_end) == Some(&b','));
    let at = weekday_end + comma;
    let at = at + spaces(&bytes[at..]);
    if weekday_end > 0 && at == weekday_end {
        return None;
    }
    match bytes.get(at)? {
        byte if byte.is_ascii_digit() => {
            let (head, shape) = day_first(bytes, at)?;
            Some((head, if weekday_end > 0 { Shape::Mail } else { shape }))
        }
        byte if byte.is_ascii_alphabetic() => month_first(bytes, at),
        _ => None,
    }
}

/// Up to two spaces.
fn spaces(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .take(2)
        .take_while(|&&byte| byte == b' ')
        .count()
}

/// The month at `at`.
fn month_first(bytes: &[u8], at: usize) -> Option<(Head, Shape)> {
    let (month, n) = month(&bytes[at..])?;
    let at = at + n;
    let gap = match bytes.get(at)? {
        b' ' => spaces(&bytes[at..]),
        b'-' | b'/' => 1,
        _ => return None,
    };
    let at = at + gap;
    let (day, n) = small(&bytes[at..]).filter(|_| bytes[at] != b' ')?;
    let at = at + n;
    if bytes[at - n - 1] == b'-' && digit_count(&bytes[at..][1.min(bytes.len() - at)..]) == 2 {
        // `Oct-30-19 14:32:52`
        let date = Date::of(Some(year(bytes.get(at + 1..at + 3)?)?), month, day)?;
        let head = Head::new(date, clock(bytes, at + 4)?);
        return (bytes[at] == b'-' && bytes[at + 3] == b' ').then_some((head, Shape::MonthFirst));
    }
    let at = at + usize::from(bytes.get(at) == Some(&b','));
    let at = match bytes.get(at)? {
        b' ' => at + spaces(&bytes[at..]),
        b'-' | b'/' | b':' => at + 1,
        _ => return None,
    };
    // Four digits are a year, `06:` is an hour already.
    if digit_count(&bytes[at..]) == 4 {
        let date = Date::of(Some(digits(&bytes[at..at + 4])?), month, day)?;
        let at = at + 4;
        let at = at + usize::from(bytes.get(at) == Some(&b','));
        let gap = match bytes.get(at)? {
            // As Kibana exports it.
            b' ' if bytes[at..].starts_with(b" @ ") => 3,
            b' ' => spaces(&bytes[at..]),
            b':' | b'T' => 1,
            _ => return None,
        };
        let head = Head::new(date, clock(bytes, at + gap)?);
        return Some((head, Shape::MonthFirst));
    }
    let clock = clock(bytes, at)?;
    match year_behind(&bytes[clock.length..]) {
        Some((year, offset_s, n)) => {
            let mut head = Head::new(Date::of(Some(year), month, day)?, clock);
            (head.length, head.offset_s) = (head.length + n, offset_s);
            Some((head, Shape::YearLast))
        }
        None => Some((
            Head::new(Date::of(None, month, day)?, clock),
            Shape::MonthFirst,
        )),
    }
}

/// ` 2000`, ` CEST 2000`, ` +0200 2000`: year, zone and length.
fn year_behind(bytes: &[u8]) -> Option<(i64, Option<i32>, usize)> {
    let rest = bytes.strip_prefix(b" ")?;
    let (offset_s, n) = match rest.first()? {
        byte if byte.is_ascii_digit() => (None, 0),
        _ => {
            let (offset_s, n) = leading_zone(rest)?;
            (offset_s, n + 1)
        }
    };
    if n > 0 && rest.get(n - 1) != Some(&b' ') {
        return None;
    }
    let number = rest.get(n..n + 4)?;
    let ends = rest
        .get(n + 4)
        .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.');
    let year = digits(number).filter(|year| ends && (1970..=2200).contains(year))?;
    Some((year, offset_s, n + 5))
}

/// The day at `at`, the month behind it.
fn day_first(bytes: &[u8], at: usize) -> Option<(Head, Shape)> {
    let (day, n) = small(&bytes[at..])?;
    let at = at + n;
    let separator = *bytes.get(at)?;
    if !matches!(separator, b' ' | b'-' | b'/') {
        return None;
    }
    let (month, n) = month(&bytes[at + 1..])?;
    let at = at + 1 + n;
    if *bytes.get(at)? != separator {
        return None;
    }
    let at = at + 1;
    let n = digit_count(&bytes[at..]);
    if separator == b' ' && n <= 2 {
        let head = Head::new(Date::of(None, month, day)?, clock(bytes, at)?);
        return Some((head, Shape::DayFirst));
    }
    let date = Date::of(Some(year(&bytes[at..at + n])?), month, day)?;
    let at = at + n;
    let at = at + usize::from(bytes.get(at) == Some(&b','));
    let (shape, gap) = match bytes.get(at)? {
        b':' if separator == b'/' => (Shape::Clf, 1),
        b' ' => (Shape::DayFirst, spaces(&bytes[at..])),
        b':' | b'T' | b'_' => (Shape::DayFirst, 1),
        _ => return None,
    };
    Some((Head::new(date, clock(bytes, at + gap)?), shape))
}
