//! How formats write their stamps, and the words for it.

use super::named::{Shape, clf, named};
use super::numeric::{Order, basic, compact, glog, iso, of_day, slashed};
use super::{Head, Read, Stamp, counted, offset};

/// How a format writes its stamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StampKind {
    /// `22/Jul/2015:15:35:10 +0100`, with or without fraction and offset.
    Clf,
    /// `2015-07-22T14:35:10.123Z` and its relatives: space or T, comma or point, `2015/07/22`,
    /// any offset or none.
    Iso,
    /// `20150722T143510Z`, `20150722143510`, `20150722 14:35:10`.
    Basic,
    /// Seconds, milli-, micro- or nanoseconds since 1970, told by magnitude.
    Epoch,
    /// `150722 15:35:10`, hours padded by a space; `150722 153510`.
    Compact,
    /// `Feb  3 06:09:12.123` without a year, `Feb 3 2024 06:09:12`, `Feb 3, 2024 6:09:12 AM`.
    Syslog,
    /// `Wed Oct 11 14:32:52.123456 2000`, the weekday or not, a zone before the year or not.
    Ctime,
    /// `30 Oct 2019 14:32:52.123`, `30-Oct-2019 14:32:52`, `30/Oct/2019 14:32:52`, and
    /// `30 Oct 14:32:52.123` without a year.
    DayMonth,
    /// `Wed, 30 Oct 2019 14:32:52 +0100` (RFC 2822).
    Mail,
    /// `I1030 14:32:52.123456`, `10-30 14:32:52.123`: without a year.
    Glog,
    /// `10/30/2019 02:32:52 PM`, the month first.
    Us,
    /// `30/10/2019 14:32:52`, the day first.
    DayFirst,
    /// One of the last two: the source's dates decide which.
    Slashed,
    /// `@400000005db99d8407270e00`.
    Tai64n,
    /// `12345.678901`: seconds since the machine's start.
    Boot,
    /// `14:32:52.123`, `2:32:52 PM`: a time of day without a date.
    Clock,
    /// Whichever of these the bytes are, but for seconds since the start and clocks alone.
    Any,
}

/// The kinds by their words in definitions.
const WORDS: [(&str, StampKind); 18] = [
    ("clf", StampKind::Clf),
    ("iso", StampKind::Iso),
    ("basic", StampKind::Basic),
    ("epoch", StampKind::Epoch),
    ("compact", StampKind::Compact),
    ("syslog", StampKind::Syslog),
    ("ctime", StampKind::Ctime),
    ("day_month", StampKind::DayMonth),
    ("rfc2822", StampKind::Mail),
    ("glog", StampKind::Glog),
    ("us", StampKind::Us),
    ("day_first", StampKind::DayFirst),
    ("slashed", StampKind::Slashed),
    ("tai64n", StampKind::Tai64n),
    ("boot", StampKind::Boot),
    ("clock", StampKind::Clock),
    ("any", StampKind::Any),
    ("", StampKind::Any),
];

impl StampKind {
    /// The kind of a word in a definition; no word is any. `None` if there is no such word.
    pub fn of(word: &str) -> Option<Self> {
        let known = WORDS.iter().find(|(known, _)| *known == word)?;
        Some(known.1)
    }

    /// Reads a stamp. `None` if the bytes are not one.
    pub fn read(self, bytes: &[u8]) -> Option<Stamp> {
        self.parts(bytes).map(|read| read.stamp)
    }

    /// Bytes at the front of `bytes` that belong to a stamp although they hold spaces: what
    /// follows them may end it. 0 where no stamp begins, or one that has no spaces.
    pub fn spaced_length(self, bytes: &[u8]) -> usize {
        match self {
            Self::Clf | Self::Epoch | Self::Tai64n => 0,
            Self::Boot => bytes.len() - bytes.trim_ascii_start().len(),
            Self::Iso if bytes.get(10) == Some(&b' ') => {
                // Hours may have one digit.
                let length = if bytes.get(12) == Some(&b':') { 18 } else { 19 };
                if bytes.len() > length { length } else { 0 }
            }
            Self::Iso => 0,
            _ => self.head(bytes).map_or(0, |head| head.length),
        }
    }

    /// Bytes at the front of `bytes` that are a stamp with its zone, whatever follows. `None` if
    /// no stamp begins there or letters or digits go on behind it.
    pub fn leading_length(self, bytes: &[u8]) -> Option<usize> {
        let Some(head) = self.head(bytes) else {
            let is_inside = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'@' | b'.');
            let n = bytes.iter().take_while(|byte| is_inside(byte)).count();
            return self.parts(&bytes[..n]).map(|_| n);
        };
        let zone_length = match head.offset_s {
            Some(_) => 0,
            None => offset::leading_length(&bytes[head.length..]),
        };
        let n = head.length + zone_length;
        let ends = bytes
            .get(n)
            .is_none_or(|byte| !byte.is_ascii_alphanumeric());
        ends.then_some(n)
    }

    /// A stamp with the place of its second.
    pub(super) fn parts(self, bytes: &[u8]) -> Option<Read> {
        match self {
            Self::Epoch => counted::epoch(bytes),
            Self::Tai64n => counted::tai64n(bytes),
            Self::Boot => counted::boot(bytes),
            Self::Any => any(bytes),
            _ => self.head(bytes)?.with_zone(bytes),
        }
    }

    /// The calendar part of a stamp at the front of `bytes`, whatever follows.
    fn head(self, bytes: &[u8]) -> Option<Head> {
        let shaped = |wanted: &[Shape]| {
            named(bytes)
                .filter(|(_, shape)| wanted.contains(shape))
                .map(|(head, _)| head)
        };
        match self {
            Self::Clf => clf(bytes),
            Self::Iso => iso(bytes),
            Self::Basic => basic(bytes),
            Self::Compact => compact(bytes),
            Self::Syslog => shaped(&[Shape::MonthFirst]),
            Self::Ctime => shaped(&[Shape::YearLast]),
            Self::DayMonth => shaped(&[Shape::DayFirst, Shape::Clf]),
            Self::Mail => shaped(&[Shape::Mail, Shape::DayFirst]),
            Self::Glog => glog(bytes),
            Self::Us => slashed(bytes, Order::MonthFirst),
            Self::DayFirst => slashed(bytes, Order::DayFirst),
            Self::Slashed => slashed(bytes, Order::Open),
            Self::Clock => of_day(bytes),
            Self::Any => any_head(bytes),
            Self::Epoch | Self::Tai64n | Self::Boot => None,
        }
    }
}

fn any_head(bytes: &[u8]) -> Option<Head> {
    match bytes.first()? {
        byte if byte.is_ascii_digit() => iso(bytes)
            .or_else(|| clf(bytes))
            .or_else(|| basic(bytes))
            .or_else(|| compact(bytes))
            .or_else(|| slashed(bytes, Order::Open))
            .or_else(|| named(bytes).map(|(head, _)| head))
            .or_else(|| glog(bytes)),
        byte if byte.is_ascii_alphabetic() => {
            named(bytes).map(|(head, _)| head).or_else(|| glog(bytes))
        }
        _ => None,
    }
}

fn any(bytes: &[u8]) -> Option<Read> {
    match any_head(bytes) {
        Some(head) => head.with_zone(bytes),
        None => counted::epoch(bytes).or_else(|| counted::tai64n(bytes)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Lack, StampReader};
    use super::*;
    use crate::clock::Zone;
    use crate::clock::words::rfc3339;
    use proptest::prelude::*;

    /// Stamps are read an hour east of UTC where they do not say; without a year, in 1972.
    fn check(word: &str, text: &str, expected: &str) {
        for kind in [word, "any"] {
            let kind = StampKind::of(kind).expect("a kind");
            let ns = StampReader::new(kind, Zone::Fixed(3600)).read(text.as_bytes());
            assert_eq!(
                ns.map(rfc3339).as_deref(),
                Some(expected),
                "{text} as {kind:?}"
            );
        }
    }

    fn refused(word: &str, text: &str) {
        let kind = StampKind::of(word).expect("a kind");
        assert_eq!(kind.read(text.as_bytes()), None, "{text} as {word}");
    }

    #[test]
    fn stamps_with_an_offset_ignore_the_zone() {
        check("clf", "22/Jul/2015:15:35:10 +0100", "2015-07-22T14:35:10Z");
        check(
            "iso",
            "2015-07-22T14:35:10.123Z",
            "2015-07-22T14:35:10.123Z",
        );
        check(
            "iso",
            "2015-07-22 17:35:10,5+03:00",
            "2015-07-22T14:35:10.500Z",
        );
        check("iso", "2015-07-22T16:35:10+02", "2015-07-22T14:35:10Z");
        check("iso", "2015-07-22 16:35:10 CEST", "2015-07-22T14:35:10Z");
        check("iso", "2015-07-22 14:35:10 UTC", "2015-07-22T14:35:10Z");
    }

    #[test]
    fn names_of_zones_in_brackets_are_zones_or_explain_an_offset() {
        check(
            "iso",
            "2019-10-30T14:32:52+01:00[Europe/Berlin]",
            "2019-10-30T13:32:52Z",
        );
        check(
            "iso",
            "2019-07-30 14:32:52 [Europe/Berlin]",
            "2019-07-30T12:32:52Z",
        );
        check(
            "iso",
            "2019-01-30 14:32:52 Europe/Berlin",
            "2019-01-30T13:32:52Z",
        );
        check(
            "rfc2822",
            "Wed, 30 Oct 2019 14:32:52 +0200 (CEST)",
            "2019-10-30T12:32:52Z",
        );
        refused("iso", "2019-10-30 14:32:52 [Europe/Nowhere]");
        refused("iso", "2019-10-30 14:32:52 [main]");
    }

    #[test]
    fn an_abbreviation_of_several_places_leaves_the_zone_to_the_source() {
        check("iso", "2015-07-22 14:35:10 EST", "2015-07-22T13:35:10Z");
        check(
            "ctime",
            "Wed Oct 11 14:32:52 IST 2000",
            "2000-10-11T13:32:52Z",
        );
        refused("iso", "2015-07-22 14:35:10 XYZ");
    }

    #[test]
    fn stamps_without_an_offset_are_local() {
        check(
            "clf",
            "22/Jul/2015:15:35:10.123",
            "2015-07-22T14:35:10.123Z",
        );
        check("clf", "2/Jul/2015:15:35:10", "2015-07-02T14:35:10Z");
        check("iso", "2019/10/30 23:26:34", "2019-10-30T22:26:34Z");
        check("iso", "2019-10-30 14:32:52,123", "2019-10-30T13:32:52.123Z");
        check("iso", "2019-10-30  9:32:52", "2019-10-30T08:32:52Z");
        check("iso", "2019:10:30-14:32:52", "2019-10-30T13:32:52Z");
        check("compact", "071015 21:43:52", "2007-10-15T20:43:52Z");
        check("compact", "071015  1:43:52", "2007-10-15T00:43:52Z");
        check("compact", "081109 203615", "2008-11-09T19:36:15Z");
    }

    #[test]
    fn dates_without_separators_are_read() {
        check("basic", "20191030T143252Z", "2019-10-30T14:32:52Z");
        check("basic", "20191030143252", "2019-10-30T13:32:52Z");
        check("basic", "20191030 14:32:52.5", "2019-10-30T13:32:52.500Z");
        check("basic", "20191030-14:32:52:123", "2019-10-30T13:32:52.123Z");
        refused("basic", "20191330143252");
        refused("basic", "201910301432521");
    }

    #[test]
    fn syslog_writes_the_month_first_and_no_year() {
        check("syslog", "Feb  3 06:09:12", "1972-02-03T05:09:12Z");
        check("syslog", "Feb 03 06:09:12.123", "1972-02-03T05:09:12.123Z");
        check("syslog", "FEB 29 06:09:12", "1972-02-29T05:09:12Z");
        check("syslog", "Feb 3 2024 06:09:12", "2024-02-03T05:09:12Z");
        check(
            "syslog",
            "Feb 3 2024 06:09:12.5 UTC",
            "2024-02-03T06:09:12.500Z",
        );
        check("syslog", "Oct 30, 2019 2:32:52 PM", "2019-10-30T13:32:52Z");
        check(
            "any",
            "Oct 30, 2019 @ 14:32:52.250",
            "2019-10-30T13:32:52.250Z",
        );
        check("syslog", "Wed Oct 30 02:32:52", "1972-10-30T01:32:52Z");
        check("syslog", "Oct-30-19 14:32:52", "2019-10-30T13:32:52Z");
        check("syslog", "PDT Oct 30 02:32:52", "1972-10-30T09:32:52Z");
        refused("syslog", "Feb 30 06:09:12");
        refused("syslog", "Feb 3");
        refused("syslog", "Wed Oct 11 14:32:52 2000");
    }

    #[test]
    fn ctime_writes_the_year_last() {
        check("ctime", "Wed Oct 11 14:32:52 2000", "2000-10-11T13:32:52Z");
        check(
            "ctime",
            "Wed Oct 11 14:32:52.123456 2000",
            "2000-10-11T13:32:52.123456Z",
        );
        check(
            "ctime",
            "Mon Oct  2 14:32:52 CEST 2000",
            "2000-10-02T12:32:52Z",
        );
        check(
            "ctime",
            "Mon Oct  2 14:32:52 +0200 2000",
            "2000-10-02T12:32:52Z",
        );
        refused("ctime", "Wed Oct 11 14:32:52");
    }

    #[test]
    fn the_day_may_come_before_the_name_of_the_month() {
        check(
            "day_month",
            "30 Oct 2019 14:32:52.123",
            "2019-10-30T13:32:52.123Z",
        );
        check(
            "day_month",
            "30-Oct-2019 14:32:52.123",
            "2019-10-30T13:32:52.123Z",
        );
        check("day_month", "30/Oct/2019 14:32:52", "2019-10-30T13:32:52Z");
        check("day_month", "30-OCT-19 14:32:52", "2019-10-30T13:32:52Z");
        check(
            "day_month",
            "14 Nov 07:01:22.119",
            "1972-11-14T06:01:22.119Z",
        );
        check(
            "rfc2822",
            "Wed, 30 Oct 2019 14:32:52 +0100",
            "2019-10-30T13:32:52Z",
        );
        check(
            "rfc2822",
            "Wed,  2 Oct 2019 14:32:52 GMT",
            "2019-10-02T14:32:52Z",
        );
        refused("day_month", "30-Oct/2019 14:32:52");
    }

    #[test]
    fn glog_and_android_write_numbers_and_no_year() {
        check(
            "glog",
            "I1030 14:32:52.123456",
            "1972-10-30T13:32:52.123456Z",
        );
        check("glog", "10-30 14:32:52.123", "1972-10-30T13:32:52.123Z");
        check(
            "glog",
            "E191030 14:32:52.123456",
            "2019-10-30T13:32:52.123456Z",
        );
        refused("glog", "E191330 14:32:52.123456");
        refused("glog", "I1330 14:32:52.123456");
        refused("glog", "1030 14:32:52");
    }

    #[test]
    fn a_number_above_twelve_is_the_day() {
        check("us", "10/30/2019 02:32:52 PM", "2019-10-30T13:32:52Z");
        check("day_first", "30/10/2019 14:32:52", "2019-10-30T13:32:52Z");
        check("slashed", "30/10/2019 14:32:52", "2019-10-30T13:32:52Z");
        check("slashed", "30.10.19 14:32:52", "2019-10-30T13:32:52Z");
        check("slashed", "10/30/19, 2:32:52 PM", "2019-10-30T13:32:52Z");
        check("us", "10/30/2019 - 14:32:52", "2019-10-30T13:32:52Z");
        refused("us", "30/10/2019 14:32:52");
        refused("day_first", "10/30/2019 14:32:52");
        let lack = |text: &str| StampKind::Any.read(text.as_bytes()).map(|stamp| stamp.lack);
        assert!(matches!(
            lack("03/04/2019 14:32:52"),
            Some(Lack::Order { .. })
        ));
        assert_eq!(lack("04/04/2019 14:32:52"), Some(Lack::Nothing));
        assert_eq!(lack("03.04.2019 14:32:52"), Some(Lack::Nothing));
    }

    #[test]
    fn the_magnitude_of_an_epoch_tells_its_unit() {
        for text in [
            "1437575710",
            "1437575710000",
            "1437575710000000",
            "1437575710000000000",
        ] {
            check("epoch", text, "2015-07-22T14:35:10Z");
        }
        check("epoch", "1437575710.25", "2015-07-22T14:35:10.250Z");
        check("epoch", "1437575710250.5", "2015-07-22T14:35:10.250500Z");
        refused("epoch", "12345");
    }

    #[test]
    fn tai64n_is_ten_seconds_ahead() {
        check(
            "tai64n",
            "@400000005db99d8a07270e00",
            "2019-10-30T14:26:08.120Z",
        );
        refused("tai64n", "@400000005db99d8a");
        refused("tai64n", "@400000005db99d8affffffff");
    }

    #[test]
    fn seconds_since_the_start_of_the_machine_are_no_time_of_day() {
        let stamp = StampKind::Boot.read(b"  123.678901").expect("a stamp");
        assert_eq!((stamp.local_ns, stamp.lack), (123_678_901_000, Lack::Start));
        assert_eq!(
            StampReader::new(StampKind::Boot, Zone::UTC).read(b"123.678901"),
            None
        );
        refused("any", "123.678901");
    }

    #[test]
    fn hours_alone_are_no_stamp() {
        refused("any", "14:32:52");
        refused("any", "14:32:52.123");
    }

    #[test]
    fn times_that_no_column_holds_are_refused() {
        refused("any", "9999999999999999999");
        refused("any", "0001-01-01T00:00:00Z");
        refused("any", "2201-01-01T00:00:00Z");
    }

    #[test]
    fn impossible_dates_are_refused() {
        refused("iso", "2015-02-29T00:00:00Z");
        refused("iso", "2015-13-01T00:00:00Z");
        refused("clf", "22/Jux/2015:15:35:10 +0100");
        refused("iso", "2015-07-22T14:35:10 Paris");
    }

    #[test]
    fn spaces_within_a_stamp_do_not_end_it() {
        let length = |word: &str, text: &str| {
            StampKind::of(word)
                .expect("a kind")
                .spaced_length(text.as_bytes())
        };
        assert_eq!(length("syslog", "Feb  3 06:09:12 web-1 x: y"), 15);
        assert_eq!(length("ctime", "Wed Oct 11 14:32:52.1 2000] [error]"), 26);
        assert_eq!(length("day_month", "14 Nov 07:01:22.119 * Ready"), 19);
        assert_eq!(length("us", "10/30/2019 02:32:52 PM text"), 22);
        assert_eq!(length("iso", "2019-10-30 14:32:52,123 INFO"), 19);
        assert_eq!(length("iso", "2019-10-30 4:32:52] INFO"), 18);
        assert_eq!(length("iso", "2019-10-30T14:32:52 INFO x"), 0);
        assert_eq!(length("any", "10/30/2019 02:32:52 PM text"), 22);
        assert_eq!(length("boot", "  123.678901] x"), 2);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            for (_, kind) in WORDS {
                let _ = StampReader::new(kind, Zone::UTC).read(&bytes);
                prop_assert!(kind.spaced_length(&bytes) <= bytes.len());
            }
        }

        #[test]
        fn bytes_like_stamps_are_safe(text in "[@IW]?[0-9A-Za-z ]{0,5}[-/ :.,0-9JanOct]{0,30}( [AP]M)?[\\[ +(0-9A-Z\\])/]{0,9}") {
            for (_, kind) in WORDS {
                let _ = StampReader::new(kind, Zone::UTC).read(text.as_bytes());
                prop_assert!(kind.spaced_length(text.as_bytes()) <= text.len());
            }
        }

        #[test]
        fn what_is_written_is_read(s in 0i64..4_000_000_000) {
            let ns = s * crate::clock::NS_PER_S;
            let text = rfc3339(ns);
            prop_assert_eq!(StampReader::new(StampKind::Any, Zone::UTC).read(text.as_bytes()), Some(ns));
        }
    }
}
