//! Stamps one after the other: the second of the last one is remembered, since most lines share
//! it with the line before, and those that do not share its minute.

use super::pieces::{digits, fraction};
use super::{Lack, Stamp, StampContext, StampKind};
use crate::clock::{NS_PER_S, Zone};
use crate::events::intern::same;
use crate::formats::digits::leading;

/// Longest part up to the second that is remembered, in bytes.
const SECOND_LENGTH_MAX: usize = 32;
/// Longest stamp that is remembered whole, in bytes.
const WHOLE_LENGTH_MAX: usize = 32;
/// Longest text behind the fraction that is remembered with a second, in bytes.
const ZONE_LENGTH_MAX: usize = 16;

/// What the stamps of a stretch of lines were like.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// The offset that the newest was written with, seconds east of UTC: `Some(None)` for a
    /// stamp without one, `None` before the first stamp.
    pub written_offset: Option<Option<i32>>,
    /// The first and the newest, ns UTC.
    pub range_ns: Option<(i64, i64)>,
    /// True if some had no zone.
    pub lacks_zone: bool,
    /// True if some had no year.
    pub lacks_year: bool,
    /// True if some had no date.
    pub lacks_date: bool,
    /// True if some left open which number is the month.
    pub lacks_order: bool,
    /// True if some count from the machine's start.
    pub lacks_start: bool,
}

/// Reads stamps of one kind; fraction and zone are looked at for each, the part up to the second
/// only where it changes.
#[derive(Debug, Clone)]
pub struct StampReader {
    kind: StampKind,
    context: StampContext,
    /// The part up to the second, as written; empty before the first.
    second: [u8; SECOND_LENGTH_MAX],
    second_length: usize,
    /// What stood behind its fraction.
    zone_text: [u8; ZONE_LENGTH_MAX],
    zone_length: usize,
    /// A stamp may end with its second: one that did was read.
    may_end: bool,
    /// How many digits stand behind the second of a count since 1970: its parts. 0 for none.
    counted: usize,
    /// The start of that second, ns UTC.
    second_ns: i64,
    /// The start of its minute, ns UTC, and what the stamp left out, where another second of it
    /// would be read as this one was.
    minute: Option<(i64, Stamp)>,
    /// That stamp whole and what followed it, where it has no fraction; empty where it has one.
    whole: [u8; WHOLE_LENGTH_MAX],
    whole_length: usize,
    whole_ns: i64,
    whole_before: u8,
    seen: Seen,
}

/// Three, six or nine digits as parts of a second, ns. `None` if they are not just that.
#[inline]
fn parts_ns(bytes: &[u8], count: usize) -> Option<i64> {
    if let (parts, 3) = leading(bytes)
        && (bytes.len(), count) == (3, 3)
    {
        return Some(parts * 1_000_000);
    }
    let unit_ns = match count {
        3 => 1_000_000,
        6 => 1_000,
        9 => 1,
        _ => return None,
    };
    (bytes.len() == count).then_some(())?;
    digits(bytes).map(|n| n * unit_ns)
}

/// A point or comma and three digits as parts of a second, ns: most fractions.
#[inline]
fn millis_ns([mark, digits @ ..]: [u8; 4]) -> Option<i64> {
    let [hundreds, tens, ones] = digits.map(|byte| i64::from(byte.wrapping_sub(b'0')));
    let is_one = matches!(mark, b'.' | b',') && hundreds.max(tens).max(ones) <= 9;
    is_one.then_some((100 * hundreds + 10 * tens + ones) * 1_000_000)
}

impl StampReader {
    /// A reader of one kind; the context (or a zone alone) is for what stamps leave out.
    pub fn new(kind: StampKind, context: impl Into<StampContext>) -> Self {
        Self {
            kind,
            context: context.into(),
            second: [0; SECOND_LENGTH_MAX],
            second_length: 0,
            zone_text: [0; ZONE_LENGTH_MAX],
            zone_length: 0,
            may_end: false,
            counted: 0,
            second_ns: 0,
            minute: None,
            whole: [0; WHOLE_LENGTH_MAX],
            whole_length: 0,
            whole_ns: 0,
            whole_before: 0,
            seen: Seen::default(),
        }
    }

    /// The length and instant of the stamp that `rest` begins with, if it is the stamp that
    /// last stood before this literal and does so again. No other was read in between: `read`
    /// would say the same.
    #[inline]
    pub fn again(&self, rest: &[u8], literal: &[u8]) -> Option<(usize, i64)> {
        #[cfg(test)]
        if crate::formats::laws::is_plain() {
            return None;
        }
        let n = self.whole_length;
        let bytes = rest.get(..n + literal.len()).filter(|_| n > 0)?;
        let (stamp, behind) = bytes.split_at(n);
        let same = behind.iter().eq(literal)
            && literal.first() == Some(&self.whole_before)
            && same(stamp, &self.whole[..n]);
        same.then_some((n, self.whole_ns))
    }

    /// The instant of a stamp, if it is the one that last stood before a literal. No other was read
    /// in between: `read` would say the same.
    #[inline]
    pub fn same_again(&self, stamp: &[u8]) -> Option<i64> {
        let n = self.whole_length;
        let same = n > 0 && same(stamp, &self.whole[..n]);
        same.then_some(self.whole_ns)
    }

    /// Remembers a stamp that was just read and found by the literal behind it. A stamp with a
    /// fraction will hardly come again; one that holds the literal's first byte is not the
    /// first place of it.
    pub fn stood_before(&mut self, stamp: &[u8], literal: &[u8]) {
        let n = stamp.len();
        let Some(first) = literal
            .first()
            .filter(|_| (11..=WHOLE_LENGTH_MAX).contains(&n))
        else {
            return;
        };
        let plain = !stamp
            .iter()
            .any(|byte| matches!(byte, b'.' | b',') || byte == first);
        if plain && let Some(time_ns) = self.known(stamp) {
            self.whole[..n].copy_from_slice(stamp);
            (self.whole_length, self.whole_ns) = (n, time_ns);
            self.whole_before = *first;
        }
    }

    /// The instant of a stamp within the second that is remembered.
    #[inline]
    fn known(&self, bytes: &[u8]) -> Option<i64> {
        let n = self.second_length;
        if n == 0 || bytes.len() < n || !same(&bytes[..n], &self.second[..n]) {
            return None;
        }
        if let Some(parts) = bytes[n..].first_chunk()
            && self.counted == 0
            && let Some(parts_ns) = millis_ns(*parts)
        {
            let zone_text = &self.zone_text[..self.zone_length];
            // No zone begins with a digit, so that the fraction has just these.
            return same(&bytes[n + 4..], zone_text).then_some(self.second_ns + parts_ns);
        }
        // What is no stamp without its fraction is none after one that has it, and a colon begins
        // none behind a number that counts.
        let is_odd = match bytes.get(n) {
            None => !self.may_end,
            Some(mark) => *mark == b':' && !self.second[..n].contains(&b':'),
        };
        if is_odd {
            return None;
        }
        let (fraction_ns, rest) = if self.counted > 0 {
            (parts_ns(&bytes[n..], self.counted)?, &[][..])
        } else {
            fraction(&bytes[n..])
        };
        same(rest, &self.zone_text[..self.zone_length]).then_some(self.second_ns + fraction_ns)
    }

    /// The instant of a stamp within the minute that is remembered, whose second is remembered
    /// then.
    fn of_minute(&mut self, bytes: &[u8]) -> Option<i64> {
        let (minute_ns, stamp) = self.minute?;
        let n = self.second_length;
        let before = n.checked_sub(2)?;
        let second = bytes.get(before..n)?;
        let (seconds, count) = leading(second);
        let (fraction_ns, rest) = fraction(&bytes[n..]);
        let is_like = count == 2
            && (bytes.len() > n || self.may_end)
            && seconds < 60
            && same(&bytes[..before], &self.second[..before])
            && same(rest, &self.zone_text[..self.zone_length]);
        is_like.then_some(())?;
        self.second_ns = minute_ns + seconds * NS_PER_S;
        self.second[before..n].copy_from_slice(second);
        self.whole_length = 0;
        let ns = self.second_ns + fraction_ns;
        self.context.follow(ns);
        self.note(stamp, ns);
        Some(ns)
    }

    /// The instant of a time of day in UTC, `06:09:12`, on the day on which it is nearest to the
    /// newest stamp. `None` where none was read, and for what is no time of day.
    pub fn near_clock(&self, clock: &[u8]) -> Option<i64> {
        const DAY_NS: i64 = 86_400 * NS_PER_S;
        let near_ns = self.seen.range_ns.map(|(_, newest_ns)| newest_ns);
        let near_ns = near_ns.or(self.context.near_ns)?;
        let dated = [b"1970-01-01 ", clock].concat();
        let of_day_ns = StampKind::Iso.read(&dated)?.local_ns;
        let before_ns = near_ns
            .div_euclid(DAY_NS)
            .checked_sub(1)?
            .checked_mul(DAY_NS)?;
        let days = (0..3).map(|day| before_ns.saturating_add(day * DAY_NS + of_day_ns));
        days.min_by_key(|ns| ns.abs_diff(near_ns))
    }

    /// The instant of a stamp, ns UTC.
    pub fn read(&mut self, bytes: &[u8]) -> Option<i64> {
        #[cfg(test)]
        if crate::formats::laws::is_plain() {
            (self.second_length, self.whole_length, self.minute) = (0, 0, None);
        }
        if let Some(ns) = self.known(bytes) {
            return Some(ns);
        }
        if let Some(ns) = self.of_minute(bytes) {
            return Some(ns);
        }
        let read = self.kind.parts(bytes)?;
        let ns = self.context.instant(read.stamp)?;
        self.context.follow(ns);
        self.note(read.stamp, ns);
        self.remember(bytes, read.second_end, ns);
        self.minute = self.minute_of(read.stamp);
        Some(ns)
    }

    /// The minute of the second that was just remembered: of a clock with colons, whose zone is
    /// the same all minute long. A leap second is of none.
    fn minute_of(&self, stamp: Stamp) -> Option<(i64, Stamp)> {
        let n = self.second_length;
        let colon = n.checked_sub(3).filter(|at| self.second[*at] == b':')?;
        let (seconds, count) = leading(&self.second[colon + 1..n]);
        let is_number = |byte: &u8| byte.is_ascii_digit() || b" +-:Z".contains(byte);
        let is_plain = self.zone_text[..self.zone_length].iter().all(is_number);
        let has_offset = stamp.offset_s.is_some() || matches!(self.context.zone, Zone::Fixed(_));
        let is_even = count == 2 && seconds < 60 && is_plain && has_offset;
        let is_whole = self.counted == 0 && stamp.lack == Lack::Nothing;
        (is_even && is_whole).then_some((self.second_ns - seconds * NS_PER_S, stamp))
    }

    fn remember(&mut self, bytes: &[u8], second_end: Option<usize>, ns: i64) {
        (self.second_length, self.whole_length) = (0, 0);
        let Some(n) = second_end.filter(|n| *n <= SECOND_LENGTH_MAX) else {
            return;
        };
        let counted = parts_ns(&bytes[n..], bytes.len() - n).filter(|_| matches!(n, 9 | 10));
        self.counted = counted.map_or(0, |_| bytes.len() - n);
        let (fraction_ns, rest) = match counted {
            Some(ns) => (ns, &[][..]),
            None => fraction(&bytes[n..]),
        };
        // A digit would be taken for one of another stamp's fraction.
        let is_digit = rest.first().is_some_and(u8::is_ascii_digit);
        if rest.len() <= ZONE_LENGTH_MAX && !is_digit {
            self.second[..n].copy_from_slice(&bytes[..n]);
            self.zone_text[..rest.len()].copy_from_slice(rest);
            (self.second_length, self.zone_length) = (n, rest.len());
            self.may_end = bytes.len() == n;
            self.second_ns = ns - fraction_ns;
        }
    }

    fn note(&mut self, stamp: Stamp, ns: i64) {
        let seen = &mut self.seen;
        seen.written_offset = Some(stamp.offset_s);
        seen.lacks_zone |= stamp.offset_s.is_none();
        seen.range_ns = Some((seen.range_ns.map_or(ns, |(first, _)| first), ns));
        match stamp.lack {
            Lack::Nothing => {}
            Lack::Year => seen.lacks_year = true,
            Lack::Date => seen.lacks_date = true,
            Lack::Order { .. } => seen.lacks_order = true,
            Lack::Start => seen.lacks_start = true,
        }
    }

    /// What its stamps were like so far; of stamps within one second the first counts.
    pub fn seen(&self) -> Seen {
        self.seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Tz;
    use proptest::prelude::*;

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

    /// Stamps of all kinds, few enough of each that seconds repeat.
    const STAMPS: &str = "2[0-3]/Jul/2015:15:35:1[0-2](\\.[0-9]{1,4})?( \\+0[01]00)?\
        |2015-07-22[T ]15:35:1[0-2](,[0-9]{1,9})?(Z|\\+01:00|\\[Europe/Rome\\])?\
        |(Dec 31|Jan  1) 23:59:5[89](\\.[0-9]{3})?( 2015)?\
        |2015102[45]T02(00|30)00(\\.5)?|10/25/2015 0?2:(00|30):00(\\.[0-9]{1,3})?( [AP]M)?\
        |143757571[01](\\.[0-9]{1,3}|[0-9]{3}|[0-9]{6}(\\.5)?|[0-9]{9})?|I1025 02:30:00(\\.[0-9]{6})?|25 Oct 2015 02:[03]0:00(:[0-9]{3})?";

    #[test]
    fn what_is_no_stamp_alone_is_none_within_a_known_second() {
        let check = |kind: StampKind, stamps: [&str; 3]| {
            let context = StampContext::from(Zone::UTC).open_start();
            let mut reader = StampReader::new(kind, context.near(Some(1_440_000_000 * NS_PER_S)));
            let read = stamps.map(|stamp| reader.read(stamp.as_bytes()).is_some());
            assert_eq!(read, [true, false, true], "{stamps:?}");
        };
        check(
            StampKind::Glog,
            ["1025 02:30:00.5", "1025 02:30:00", "1025 02:30:01.7"],
        );
        check(
            StampKind::Glog,
            ["1025 02:30:00.5", "1025 02:30:01", "1025 02:30:01.7"],
        );
        check(StampKind::Boot, ["   12.250000", "   12", "   12.5"]);
        check(StampKind::Boot, ["   12.250000", "   12:250000", "   12.5"]);
        let epochs = ["1437575710.5", "1437575710:500", "1437575710.7"];
        check(StampKind::Epoch, epochs);
    }

    #[test]
    fn a_time_of_day_is_of_the_day_nearest_to_the_stamp_before() {
        let mut reader = StampReader::new(StampKind::Iso, Zone::UTC);
        assert_eq!(reader.near_clock(b"23:59:58"), None);
        let near = reader.read(b"2024-03-01T00:00:05Z").expect("a stamp");
        let at = |clock: &[u8]| reader.near_clock(clock).map(|ns| (ns - near) / NS_PER_S);
        assert_eq!(at(b"00:00:07"), Some(2));
        assert_eq!(at(b"23:59:58"), Some(-7));
        assert_eq!(at(b"25:00:00"), None);
        assert_eq!(at(b"noon"), None);
    }

    proptest! {
        #[test]
        fn what_is_remembered_changes_no_instant(stamps in prop::collection::vec(STAMPS, 1..30)) {
            let context = StampContext::from(Zone::Named(Tz::Europe__Berlin));
            let mut reader = StampReader::new(StampKind::Any, context.near(Some(1_440_000_000 * NS_PER_S)));
            for stamp in &stamps {
                let line = format!("{stamp}] x");
                if let Some((length, ns)) = reader.again(line.as_bytes(), b"]") {
                    prop_assert_eq!((&line[..length], Some(ns)), (stamp.as_str(), reader.clone().read(stamp.as_bytes())));
                }
                let mut forgetful = reader.clone();
                (forgetful.second_length, forgetful.minute) = (0, None);
                prop_assert_eq!(reader.read(stamp.as_bytes()), forgetful.read(stamp.as_bytes()), "{}", stamp);
                reader.stood_before(stamp.as_bytes(), b"]");
            }
        }
    }
}
