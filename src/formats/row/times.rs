//! When an event began and how long it took, where a line says so in several fields.
//!
//! In: dates, clocks, starts, ends and parts of durations. Out: the row's time and duration. One
//! stamp and one duration are the row's own.

use super::Row;
use crate::clock::NS_PER_S;
use crate::events::{Number, Text};
use crate::formats::stamp::StampReader;
use crate::formats::value;

/// Longest date and clock together, in bytes.
const HALVES_LENGTH_MAX: usize = 64;
/// A day is no duration of a request that has a start and an end.
const DURATION_NS_MAX: i64 = 86_400 * NS_PER_S;

/// The status of a connection that is no longer HTTP's.
pub const SWITCHING_PROTOCOLS: i64 = 101;

/// What was said of time so far.
#[derive(Clone, Default)]
pub(super) struct Times<'a> {
    /// A date and a clock that stand in fields of their own.
    halves: [&'a [u8]; 2],
    /// The clock is UTC.
    pub(super) is_utc: bool,
    /// Parts of the duration so far.
    latency_parts: u8,
    /// The work itself was not reached.
    pub(super) is_unreached: bool,
    /// Nanoseconds to be added to the stamp, in `[0, 1 s)`.
    pub(super) nanos: i64,
    /// When the work began, if the stamp is not of it.
    pub(super) start_ns: Option<i64>,
    /// When the work ended, if the stamp is not of it.
    pub(super) end_ns: Option<i64>,
    /// What a server behind took of it.
    pub(super) origin_latency_us: Option<i64>,
}

impl Times<'_> {
    /// What is no part of a second is none.
    pub(super) fn set_nanos(&mut self, bytes: &[u8]) {
        let nanos = value::integer(bytes).filter(|nanos| (0..NS_PER_S).contains(nanos));
        self.nanos = nanos.unwrap_or(0);
    }
}

impl<'a> Row<'a> {
    /// Half of a stamp: once both are there, they are read as one with a space between.
    pub(super) fn half(&mut self, which: usize, bytes: &'a [u8], stamps: &mut StampReader) {
        self.times.halves[which] = bytes;
        let [date, clock] = self.times.halves;
        if !date.is_empty() && !clock.is_empty() {
            let zone: &[u8] = if self.times.is_utc { b"Z" } else { b"" };
            self.joined([date, clock, zone], stamps);
        }
    }

    /// Reads a date, a clock and a zone that stand apart, or a whole stamp and a zone.
    pub(super) fn joined(&mut self, [date, clock, zone]: [&[u8]; 3], stamps: &mut StampReader) {
        let gap = usize::from(!clock.is_empty());
        let n = date.len() + gap + clock.len() + zone.len();
        if n > HALVES_LENGTH_MAX {
            return;
        }
        let mut whole = [b' '; HALVES_LENGTH_MAX];
        let clock_at = date.len() + gap;
        whole[..date.len()].copy_from_slice(date);
        whole[clock_at..clock_at + clock.len()].copy_from_slice(clock);
        whole[n - zone.len()..n].copy_from_slice(zone);
        self.time_ns = stamps.read(&whole[..n]);
        self.damaged = self.time_ns.is_none();
    }

    /// A part of a duration: waiting before the work, the work, sending the answer. The work that
    /// was not reached leaves the duration unknown.
    pub(super) fn latency_part(&mut self, part_us: Option<i64>) {
        self.times.latency_parts += 1;
        self.times.is_unreached |= self.times.latency_parts == 2 && part_us.is_none();
        self.sum(Number::LatencyUs, part_us);
    }

    /// What passed until a server that did not do the work was given up, if the line says when
    /// the request came; that it was not even tried is no duration.
    pub(super) fn settle_unreached(&mut self, stamp_ns: i64) {
        let tried = self.has_number(Number::LatencyUs);
        let start_ns = self.times.start_ns.filter(|start_ns| *start_ns <= stamp_ns);
        let waited_ns = start_ns.map(|start_ns| stamp_ns.saturating_sub(start_ns));
        self.numbers_set &= !(1 << Number::LatencyUs as u32);
        self.number(
            Number::LatencyUs,
            waited_ns.filter(|_| tried).map(|ns| ns / 1000),
        );
    }

    /// Whether the event is a request that lasts as long as its client wants: of one of these
    /// methods, with one of these parameters (`follow=true`) in its target, or a connection that became another
    /// protocol's (status 101). Never without any of these.
    pub fn is_lasting(&self, ways: &[String]) -> bool {
        let (method, target) = (
            self.text_bytes(Text::Method),
            self.text_bytes(Text::Endpoint),
        );
        let is_way = |way: &String| match way.contains('=') {
            true => memchr::memmem::find(target, way.as_bytes()).is_some(),
            false => method == way.as_bytes(),
        };
        let is_switched = || self.number_of(Number::Status) == Some(SWITCHING_PROTOCOLS);
        !ways.is_empty() && (ways.iter().any(is_way) || is_switched())
    }

    /// Takes out how long the work took: nobody waited for its end.
    pub fn forget_latency(&mut self) {
        self.numbers_set &= !(1 << Number::LatencyUs as u32);
        self.times.end_ns = None;
        self.times.origin_latency_us = None;
    }

    /// The duration that start and end say; else what was written; else the origin's part.
    pub(super) fn settle_latency(&mut self) {
        let times = self.times.end_ns.zip(self.time_ns);
        let between_ns = times.map(|(end, start)| end.saturating_sub(start));
        let between_ns = between_ns.filter(|ns| (0..=DURATION_NS_MAX).contains(ns));
        // Stamps in whole seconds say nothing of what took less.
        let is_fine = |(end, start): (i64, i64)| end % NS_PER_S != 0 || start % NS_PER_S != 0;
        let written = self.number_set(Number::LatencyUs);
        let exact = between_ns.filter(|_| times.is_some_and(is_fine));
        let rough = between_ns.filter(|ns| *ns > 0);
        let latency_us = exact
            .map(|ns| ns / 1000)
            .or(written)
            .or(self.times.origin_latency_us)
            .or(rough.map(|ns| ns / 1000));
        self.number(Number::LatencyUs, latency_us);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::field::Field;
    use crate::formats::row::Place;
    use crate::formats::{Parsed, StampSide};

    #[test]
    fn a_request_that_lasts_as_long_as_wanted_has_no_duration() {
        let ways = ["watch".to_owned(), "follow=true".to_owned()];
        let check = |method: &'static str, target: &'static str, status: i64, lasting: bool| {
            let mut row = Row::new();
            row.set_text(Text::Method, method.as_bytes());
            row.set_text(Text::Endpoint, target.as_bytes());
            row.set_number(Number::Status, status);
            assert_eq!(row.is_lasting(&ways), lasting, "{method} {target} {status}");
            assert!(!row.is_lasting(&[]));
        };
        check("watch", "/pods", 200, true);
        check("get", "/pods/a/log?follow=true", 200, true);
        check("get", "/pods/a/exec?tty=true", 101, true);
        check("get", "/pods/watch/log?follow=false", 200, false);
        let mut row = Row::new();
        row.set_number(Number::LatencyUs, 7);
        row.forget_latency();
        assert_eq!(row.number_of(Number::LatencyUs), None);
    }

    #[test]
    fn a_date_and_a_clock_of_two_fields_are_one_stamp() {
        let mut stamps = StampReader::new(
            crate::formats::stamp::StampKind::Any,
            crate::clock::Zone::UTC,
        );
        let mut row = Row::new();
        row.set(Field::Clock, b"23:26:34", &mut stamps);
        assert_eq!(row.time_ns(), None);
        row.set(Field::Date, b"2019-10-30", &mut stamps);
        let time = row.time_ns().map(crate::clock::words::rfc3339);
        assert_eq!(time.as_deref(), Some("2019-10-30T23:26:34Z"));
        row.set(Field::Clock, b"-", &mut stamps);
        assert_eq!(row.time_ns(), None);
    }

    fn event(pieces: &[(Field, &'static str)]) -> Parsed {
        let kind = crate::formats::stamp::StampKind::Any;
        let mut stamps = StampReader::new(kind, crate::clock::Zone::UTC);
        let (mut row, mut parsed) = (Row::new(), Parsed::default());
        for (field, text) in pieces {
            row.set(*field, text.as_bytes(), &mut stamps);
        }
        let place = Place {
            line: 0,
            offset: 0,
            length: 1,
        };
        assert!(row.commit(place, StampSide::Start, &mut parsed));
        parsed
    }

    fn latency(pieces: &[(Field, &'static str)]) -> Option<i64> {
        event(pieces).chunk.number_at(Number::LatencyUs, 0)
    }

    #[test]
    fn nanoseconds_of_their_own_are_added_to_the_second_whichever_comes_first() {
        let time = (Field::of("time").expect("a word"), "1714979289");
        let check = |nanos: &'static str, expected: &str| {
            let nanos = (Field::Nanos, nanos);
            for pieces in [[time, nanos], [nanos, time]] {
                let time_ns = event(&pieces).chunk.time_ns[0];
                assert_eq!(crate::clock::words::rfc3339(time_ns), expected);
            }
        };
        check("5000000", "2024-05-06T07:08:09.005Z");
        check("123456789", "2024-05-06T07:08:09.123456789Z");
        check("1000000000", "2024-05-06T07:08:09Z");
        check("-1", "2024-05-06T07:08:09Z");
        check("x", "2024-05-06T07:08:09Z");
    }

    #[test]
    fn start_and_end_are_a_duration_unless_they_are_too_coarse() {
        use crate::formats::field::Unit::Millis;
        let start = Field::of("time").expect("a word");
        let at = "2024-05-01T10:00:00Z";
        let fine = [(start, at), (Field::End, "2024-05-01T10:00:00.25Z")];
        assert_eq!(latency(&fine), Some(250_000));
        let coarse = [(start, at), (Field::End, "2024-05-01T10:00:15Z")];
        assert_eq!(latency(&coarse), Some(15_000_000));
        let none = [(start, at), (Field::End, at)];
        assert_eq!(latency(&none), None);
        let origin = [none[0], none[1], (Field::OriginLatency(Millis), "42")];
        assert_eq!(latency(&origin), Some(42_000));
        let unasked = [none[0], none[1], (Field::OriginLatency(Millis), "0")];
        assert_eq!(latency(&unasked), None);
        let backwards = [(start, at), (Field::End, "2024-05-01T09:59:59.5Z")];
        assert_eq!(latency(&backwards), None);
    }

    #[test]
    fn parts_of_a_duration_add_up_and_those_not_reached_are_none() {
        use crate::formats::field::Unit::Seconds;
        let start = (Field::of("time").expect("a word"), "2024-05-01T10:00:00Z");
        let part = |text| (Field::LatencyPart(Seconds), text);
        assert_eq!(
            latency(&[start, part("0.001"), part("1.5"), part("0.0")]),
            Some(1_501_000)
        );
        let came = (Field::Start, "2024-05-01T09:59:00Z");
        for (pieces, expected) in [
            (vec![start, part("0.001"), part("-1"), part("-1")], None),
            (
                vec![start, part("0.001"), part("-1"), part("-1"), came],
                Some(60_000_000),
            ),
            (
                vec![start, part("0.001"), part("2"), part("-1"), came],
                Some(2_001_000),
            ),
            (vec![start, part("-1"), part("-1"), part("-1"), came], None),
        ] {
            assert_eq!(latency(&pieces), expected);
        }
        assert_eq!(latency(&[start, part("-1"), part("-1"), part("-1")]), None);
    }
}
