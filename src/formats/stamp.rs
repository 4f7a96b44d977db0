//! Time stamps read by bytes: no format strings, no allocation.
//!
//! In: the bytes of a stamp. Out: nanoseconds in the stamp's own zone and that zone's offset,
//! where the stamp carries one. Never asks what time or year it is now.

use crate::clock::abbreviation::{ZoneText, zone_text};
use crate::clock::{NS_PER_S, Zone};
use crate::events::intern::same;

/// A stamp as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    /// Nanoseconds since 1970 of the written calendar time, as if it were UTC.
    pub local_ns: i64,
    /// Seconds east of UTC, if the stamp says.
    pub offset_s: Option<i32>,
}

/// How a format writes its stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampKind {
    /// `22/Jul/2015:15:35:10 +0100`, with or without fraction and offset.
    Clf,
    /// `2015-07-22T14:35:10.123Z` and its relatives: space or T, comma or point, any offset or none.
    Iso,
    /// Seconds, milli-, micro- or nanoseconds since 1970, told by magnitude.
    Epoch,
    /// `150722 15:35:10`, hours padded by a space.
    Compact,
    /// Whichever of these the bytes are.
    Any,
}

impl StampKind {
    /// Reads a stamp. `None` if the bytes are not one.
    pub fn read(self, bytes: &[u8]) -> Option<Stamp> {
        match self {
            Self::Clf => clf(bytes),
            Self::Iso => iso(bytes),
            Self::Epoch => epoch(bytes),
            Self::Compact => compact(bytes),
            Self::Any => iso(bytes)
                .or_else(|| epoch(bytes))
                .or_else(|| clf(bytes))
                .or_else(|| compact(bytes)),
        }
    }
}

/// Longest zone text that is remembered with a second, in bytes.
const ZONE_LENGTH_MAX: usize = 8;

/// Longest stamp that is remembered whole, in bytes.
const WHOLE_LENGTH_MAX: usize = 32;

/// Reads stamps of one kind. The second of the last one is remembered, since most lines
/// share it with the line before; fraction and zone are looked at for each.
#[derive(Debug, Clone)]
pub struct StampReader {
    kind: StampKind,
    zone: Zone,
    /// The calendar part up to the second, as written; empty before the first.
    second: [u8; 20],
    second_length: usize,
    /// What stood behind its fraction.
    zone_text: [u8; ZONE_LENGTH_MAX],
    zone_length: usize,
    /// The start of that second, ns UTC.
    second_ns: i64,
    /// The newest stamp as written and what followed it, where it has no fraction.
    whole: [u8; WHOLE_LENGTH_MAX],
    whole_length: usize,
    whole_ns: i64,
    whole_before: u8,
    written_offset: Option<Option<i32>>,
}

impl StampReader {
    /// A reader of one kind; `zone` is for stamps without an offset.
    pub fn new(kind: StampKind, zone: Zone) -> Self {
        Self {
            kind,
            zone,
            second: [0; 20],
            second_length: 0,
            zone_text: [0; ZONE_LENGTH_MAX],
            zone_length: 0,
            second_ns: 0,
            whole: [0; WHOLE_LENGTH_MAX],
            whole_length: 0,
            whole_ns: 0,
            whole_before: 0,
            written_offset: None,
        }
    }

    /// The length and instant of the stamp that `rest` begins with, if it is the stamp that
    /// last stood before this literal and does so again.
    #[inline]
    pub fn again(&self, rest: &[u8], literal: &[u8]) -> Option<(usize, i64)> {
        let n = self.whole_length;
        let bytes = rest.get(..n + literal.len()).filter(|_| n > 0)?;
        let (stamp, behind) = bytes.split_at(n);
        let same = behind.iter().eq(literal)
            && literal.first() == Some(&self.whole_before)
            && same(stamp, &self.whole[..n]);
        same.then_some((n, self.whole_ns))
    }

    /// Remembers a stamp that was just read and found by the literal behind it. A stamp with a
    /// fraction will hardly come again; one that holds the literal's first byte is not the
    /// first place of it.
    pub fn stood_before(&mut self, stamp: &[u8], literal: &[u8]) {
        let n = stamp.len();
        self.whole_length = 0;
        let Some(first) = literal
            .first()
            .filter(|_| (11..=WHOLE_LENGTH_MAX).contains(&n))
        else {
            return;
        };
        let plain = !stamp
            .iter()
            .any(|byte| matches!(byte, b'.' | b',') || byte == first);
        if plain && let Some(time_ns) = self.read(stamp) {
            self.whole[..n].copy_from_slice(stamp);
            (self.whole_length, self.whole_ns) = (n, time_ns);
            self.whole_before = *first;
        }
    }

    /// The instant of a stamp, ns UTC.
    pub fn read(&mut self, bytes: &[u8]) -> Option<i64> {
        let n = self.second_length;
        if n > 0 && bytes.len() >= n && same(&bytes[..n], &self.second[..n]) {
            let (fraction_ns, rest) = fraction(&bytes[n..]);
            if same(rest, &self.zone_text[..self.zone_length]) {
                return Some(self.second_ns + fraction_ns);
            }
        }
        let stamp = self.kind.read(bytes)?;
        let ns = instant(stamp, self.zone)?;
        self.written_offset = Some(stamp.offset_s);
        self.remember(bytes, ns - stamp.local_ns.rem_euclid(NS_PER_S));
        Some(ns)
    }

    fn remember(&mut self, bytes: &[u8], second_ns: i64) {
        let n = second_length(bytes).filter(|n| *n <= self.second.len());
        let rest = n.map(|n| fraction(&bytes[n..]).1);
        match (n, rest) {
            (Some(n), Some(rest)) if rest.len() <= ZONE_LENGTH_MAX => {
                self.second[..n].copy_from_slice(&bytes[..n]);
                self.zone_text[..rest.len()].copy_from_slice(rest);
                (self.second_length, self.zone_length) = (n, rest.len());
                self.second_ns = second_ns;
            }
            _ => self.second_length = 0,
        }
    }
}

/// Bytes of the calendar part up to the second: `22/Jul/2015:15:35:10` or
/// `2015-07-22T15:35:10`. `None` for stamps that have no such part.
fn second_length(bytes: &[u8]) -> Option<usize> {
    let n = match bytes.get(..5)? {
        [_, _, _, _, b'-' | b'/'] if bytes[2] != b'/' => 19,
        [_, _, b'/', ..] => 20,
        [_, b'/', ..] => 19,
        _ => return None,
    };
    (bytes.len() >= n).then_some(n)
}

impl StampReader {
    /// The offset that the newest stamp was written with, seconds east of UTC: `Some(None)`
    /// for a stamp without one, `None` before the first stamp.
    pub fn written_offset(&self) -> Option<Option<i32>> {
        self.written_offset
    }
}

/// The instant of a stamp, ns UTC. A local time that the clocks showed twice is taken as the
/// earlier one; one that they skipped is read with the offset before the change.
pub fn instant(stamp: Stamp, zone: Zone) -> Option<i64> {
    use crate::clock::zone::Local;
    if let Some(offset_s) = stamp.offset_s {
        return stamp.local_ns.checked_sub(i64::from(offset_s) * NS_PER_S);
    }
    match zone {
        Zone::Fixed(seconds) => stamp.local_ns.checked_sub(i64::from(seconds) * NS_PER_S),
        Zone::Named(_) => {
            match zone.resolve(crate::clock::words::utc(stamp.local_ns).naive_utc()) {
                Local::One(ns) | Local::Two(ns, _) => Some(ns),
                Local::Gap => {
                    let before = zone.seconds_east(stamp.local_ns - 86_400 * NS_PER_S);
                    Some(stamp.local_ns - i64::from(before) * NS_PER_S)
                }
            }
        }
    }
}

fn digits(bytes: &[u8]) -> Option<i64> {
    if bytes.is_empty() || bytes.len() > 18 {
        return None;
    }
    bytes.iter().try_fold(0i64, |n, &byte| {
        byte.is_ascii_digit()
            .then(|| n * 10 + i64::from(byte - b'0'))
    })
}

/// Days since 1970-01-01 of a civil date (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    const LENGTHS: [i64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    if !(1..=12).contains(&month)
        || !(1970..=2200).contains(&year)
        || day < 1
        || day > LENGTHS[month as usize - 1]
    {
        return None;
    }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if month == 2 && day == 29 && !leap {
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

/// `HH:MM:SS` (hours may be padded by a space; 24:00:00 is refused, a leap second is not).
fn seconds_of_day(bytes: &[u8]) -> Option<i64> {
    let [h1, h2, b':', m1, m2, b':', s1, s2] = *bytes else {
        return None;
    };
    let hours = if h1 == b' ' {
        digits(&[h2])?
    } else {
        digits(&[h1, h2])?
    };
    let (minutes, seconds) = (digits(&[m1, m2])?, digits(&[s1, s2])?);
    (hours < 24 && minutes < 60 && seconds <= 60).then_some(hours * 3600 + minutes * 60 + seconds)
}

/// A fraction after `.` or `,`: nanoseconds, and what follows it.
fn fraction(bytes: &[u8]) -> (i64, &[u8]) {
    let Some((b'.' | b',', rest)) = bytes.split_first() else {
        return (0, bytes);
    };
    let n = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if n == 0 {
        return (0, bytes);
    }
    let (mut ns, mut unit) = (0, NS_PER_S / 10);
    for &byte in &rest[..n.min(9)] {
        ns += i64::from(byte - b'0') * unit;
        unit /= 10;
    }
    (ns, &rest[n..])
}

/// `Z`, `UTC`, `+01:00`, `+0100`, `+01`, `CEST`, with a space before; nothing is no offset. An
/// abbreviation that several places use is no zone.
fn offset(bytes: &[u8]) -> Option<Option<i32>> {
    let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let (sign, rest) = match bytes {
        [] => return Some(None),
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(Some(0)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        word => return label(word).map(Some),
    };
    let (hours, minutes) = match *rest {
        [a, b] => (digits(&[a, b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digits(&[a, b])?, digits(&[c, d])?),
        _ => return None,
    };
    (hours <= 15 && minutes < 60).then_some(Some(sign * (hours * 3600 + minutes * 60) as i32))
}

/// Seconds east that an abbreviation in capitals stands for, if it stands for one.
fn label(word: &[u8]) -> Option<i32> {
    if !(3..=5).contains(&word.len()) || !word.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    match zone_text(std::str::from_utf8(word).ok()?) {
        ZoneText::Label(label) => Some(label.seconds_east),
        ZoneText::Zone(_) | ZoneText::Ambiguous(_) | ZoneText::Unknown => None,
    }
}

fn stamp(days: i64, seconds: i64, rest: &[u8]) -> Option<Stamp> {
    let (ns, rest) = fraction(rest);
    Some(Stamp {
        local_ns: (days * 86_400 + seconds) * NS_PER_S + ns,
        offset_s: offset(rest)?,
    })
}

fn month(name: &[u8]) -> Option<i64> {
    const NAMES: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";
    let name: [u8; 3] = name.try_into().ok()?;
    let name = name.map(|byte| byte.to_ascii_lowercase());
    NAMES
        .as_chunks::<3>()
        .0
        .iter()
        .position(|known| *known == name)
        .map(|i| i as i64 + 1)
}

fn clf(bytes: &[u8]) -> Option<Stamp> {
    let day_length = bytes
        .iter()
        .position(|&byte| byte == b'/')
        .filter(|&n| n == 1 || n == 2)?;
    let (day, rest) = (digits(&bytes[..day_length])?, &bytes[day_length..]);
    let (date, time) = (rest.get(..10)?, rest.get(10..18)?);
    if date[4] != b'/' || date[9] != b':' {
        return None;
    }
    let days = days(digits(&date[5..9])?, month(&date[1..4])?, day)?;
    stamp(days, seconds_of_day(time)?, &rest[18..])
}

fn iso(bytes: &[u8]) -> Option<Stamp> {
    let head = bytes.get(..19)?;
    let separated = matches!((head[4], head[7]), (b'-', b'-') | (b'/', b'/'));
    if !separated || !matches!(head[10], b'T' | b't' | b' ') {
        return None;
    }
    let days = days(
        digits(&head[..4])?,
        digits(&head[5..7])?,
        digits(&head[8..10])?,
    )?;
    stamp(days, seconds_of_day(&head[11..])?, &bytes[19..])
}

fn compact(bytes: &[u8]) -> Option<Stamp> {
    let head = bytes.get(..15)?;
    if head[6] != b' ' {
        return None;
    }
    let year = digits(&head[..2])?;
    let year = if year < 70 { 2000 + year } else { 1900 + year };
    stamp(
        days(year, digits(&head[2..4])?, digits(&head[4..6])?)?,
        seconds_of_day(&head[7..])?,
        &bytes[15..],
    )
}

fn epoch(bytes: &[u8]) -> Option<Stamp> {
    let whole_length = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let whole = digits(&bytes[..whole_length]).or_else(|| digits(bytes.get(..18)?))?;
    let unit_ns = match whole_length {
        9 | 10 => NS_PER_S,
        12 | 13 => 1_000_000,
        15 | 16 => 1_000,
        18 | 19 => 1,
        _ => return None,
    };
    let whole = if whole_length == 19 {
        whole
            .checked_mul(10)?
            .checked_add(digits(&bytes[18..19])?)?
    } else {
        whole
    };
    let (fraction_ns, rest) = fraction(&bytes[whole_length..]);
    if !rest.is_empty() {
        return None;
    }
    let local_ns = whole
        .checked_mul(unit_ns)?
        .checked_add(fraction_ns / (NS_PER_S / unit_ns))?;
    Some(Stamp {
        local_ns,
        offset_s: Some(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    fn check(kind: StampKind, text: &str, expected: &str) {
        let ns = StampReader::new(kind, Zone::Fixed(3600)).read(text.as_bytes());
        assert_eq!(
            ns.map(rfc3339).as_deref(),
            (!expected.is_empty()).then_some(expected),
            "{text}"
        );
    }

    #[test]
    fn stamps_with_an_offset_ignore_the_zone() {
        check(
            StampKind::Clf,
            "22/Jul/2015:15:35:10 +0100",
            "2015-07-22T14:35:10Z",
        );
        check(
            StampKind::Iso,
            "2015-07-22T14:35:10.123Z",
            "2015-07-22T14:35:10.123Z",
        );
        check(
            StampKind::Iso,
            "2015-07-22 17:35:10,5+03:00",
            "2015-07-22T14:35:10.500Z",
        );
    }

    #[test]
    fn stamps_without_an_offset_are_local() {
        check(
            StampKind::Clf,
            "22/Jul/2015:15:35:10.123",
            "2015-07-22T14:35:10.123Z",
        );
        check(
            StampKind::Clf,
            "2/Jul/2015:15:35:10",
            "2015-07-02T14:35:10Z",
        );
        check(
            StampKind::Compact,
            "071015 21:43:52",
            "2007-10-15T20:43:52Z",
        );
        check(
            StampKind::Compact,
            "071015  1:43:52",
            "2007-10-15T00:43:52Z",
        );
    }

    #[test]
    fn the_magnitude_of_an_epoch_tells_its_unit() {
        for text in [
            "1437575710",
            "1437575710000",
            "1437575710000000",
            "1437575710000000000",
        ] {
            check(StampKind::Any, text, "2015-07-22T14:35:10Z");
        }
        check(
            StampKind::Epoch,
            "1437575710.25",
            "2015-07-22T14:35:10.250Z",
        );
        check(StampKind::Epoch, "12345", "");
    }

    #[test]
    fn times_that_no_column_holds_are_refused() {
        check(StampKind::Any, "9999999999999999999", "");
        check(StampKind::Any, "0001-01-01T00:00:00Z", "");
        check(StampKind::Any, "2201-01-01T00:00:00Z", "");
    }

    #[test]
    fn impossible_dates_are_refused() {
        check(StampKind::Iso, "2015-02-29T00:00:00Z", "");
        check(StampKind::Iso, "2015-13-01T00:00:00Z", "");
        check(StampKind::Clf, "22/Jux/2015:15:35:10 +0100", "");
        check(StampKind::Iso, "2015-07-22T14:35:10 Paris", "");
    }

    #[test]
    fn the_same_second_is_read_once_and_the_next_one_anew() {
        let mut reader = StampReader::new(StampKind::Clf, Zone::UTC);
        let first = reader.read(b"22/Jul/2015:15:35:10 +0100");
        assert_eq!(reader.read(b"22/Jul/2015:15:35:10 +0100"), first);
        assert_eq!(
            reader.read(b"22/Jul/2015:15:35:11 +0100"),
            first.map(|ns| ns + NS_PER_S)
        );
    }

    proptest! {
        #[test]
        fn what_is_remembered_changes_no_instant(
            stamps in prop::collection::vec("2[0-3]/Jul/2015:15:35:1[0-2](\\.[0-9]{1,4})?( \\+0[01]00)?|2015-07-22[T ]15:35:1[0-2](,[0-9]{1,9})?(Z|\\+01:00)?", 1..30)
        ) {
            let mut reader = StampReader::new(StampKind::Any, Zone::Fixed(7200));
            for stamp in &stamps {
                let fresh = StampReader::new(StampKind::Any, Zone::Fixed(7200)).read(stamp.as_bytes());
                prop_assert_eq!(reader.read(stamp.as_bytes()), fresh, "{}", stamp);
            }
        }

        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            for kind in [StampKind::Clf, StampKind::Iso, StampKind::Epoch, StampKind::Compact] {
                let _ = StampReader::new(kind, Zone::UTC).read(&bytes);
            }
        }

        #[test]
        fn what_is_written_is_read(s in 0i64..4_000_000_000) {
            let text = rfc3339(s * NS_PER_S);
            prop_assert_eq!(StampReader::new(StampKind::Any, Zone::UTC).read(text.as_bytes()), Some(s * NS_PER_S));
        }
    }
}
