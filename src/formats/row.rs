//! One event in the making: pieces of a line go in, a row of a chunk comes out.
//!
//! Pieces are kept as slices until the line is known to be an event, so that a line that
//! turns out unreadable leaves no trace in the tables of names.

use std::borrow::Cow;

use super::field::Field;
use super::fingerprint::Quotes;
use super::stamp::StampReader;
use super::template::Template;
use super::{Parsed, StampSide, fingerprint, jobs, parts, path, value};
use crate::clock::NS_PER_S;
use crate::events::chunk::ABSENT;
use crate::events::{Number, Symbol, Text};

/// Longest text kept of a field, in bytes.
const TEXT_LENGTH_MAX: usize = 400;
/// Longest part of a statement that is fingerprinted, in bytes: rows of values may be many.
const STATEMENT_LENGTH_MAX: usize = 1 << 16;
/// Longest date and clock together, in bytes.
const HALVES_LENGTH_MAX: usize = 64;
/// A day is no duration of a request that has a start and an end.
const DURATION_NS_MAX: i64 = 86_400 * NS_PER_S;
/// Messages of this level (warning) and worse, or of none, are searched for their parts.
const PARTS_LEVEL_MIN: i64 = 3;

/// A text piece and how it must be treated before it is interned.
#[derive(Debug, Clone, Copy, Default)]
struct Piece<'a> {
    bytes: &'a [u8],
    treatment: Treatment,
    encoding: Encoding,
}

/// How a piece writes its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Encoding {
    #[default]
    Bytes,
    JsonEscapes,
    /// A quote is written as two.
    DoubledQuotes,
    ByteList,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Treatment {
    #[default]
    Plain,
    Target,
    Statement(Quotes),
    Message,
}

/// Where an event lies in its source.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    /// Line number within the block, from 0.
    pub line: u64,
    /// Byte offset in the source.
    pub offset: u64,
    /// Bytes.
    pub length: u32,
}

/// The pieces of one event.
#[derive(Clone)]
pub struct Row<'a> {
    /// How `set` takes the bytes of texts.
    encoding: Encoding,
    time_ns: Option<i64>,
    numbers: [i64; Number::COUNT],
    texts: [Piece<'a>; Text::COUNT],
    damaged: bool,
    /// A date and a clock that stand in fields of their own.
    halves: [&'a [u8]; 2],
    /// The clock is UTC.
    is_utc: bool,
    latency_parts: u8,
    is_unreached: bool,
    start_ns: Option<i64>,
    end_ns: Option<i64>,
    origin_latency_us: Option<i64>,
}

impl Default for Row<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Row<'a> {
    /// An event without any piece.
    pub fn new() -> Self {
        Self {
            encoding: Encoding::Bytes,
            time_ns: None,
            numbers: [ABSENT; Number::COUNT],
            texts: [Piece::default(); Text::COUNT],
            damaged: false,
            halves: [b""; 2],
            is_utc: false,
            latency_parts: 0,
            is_unreached: false,
            start_ns: None,
            end_ns: None,
            origin_latency_us: None,
        }
    }

    /// Adds a piece of a line. `-` and an empty piece are nothing.
    pub fn set(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        self.put(field, bytes, self.encoding, stamps);
    }

    /// Adds a piece that stood in quotes and writes a quote as two.
    pub fn set_doubled(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        let doubled = memchr::memmem::find(bytes, b"\"\"").is_some();
        let encoding = match doubled {
            true => Encoding::DoubledQuotes,
            false => Encoding::Bytes,
        };
        self.put(field, bytes, encoding, stamps);
    }

    /// Splits the message into fields by the first of the templates that fits it. One that none
    /// fits stays as it is; the time and what stood in the line already are kept.
    pub fn split_message(&mut self, templates: &'a [Template], stamps: &mut StampReader) {
        let message = self.texts[Text::Message as usize];
        if message.bytes.is_empty() || message.encoding == Encoding::ByteList {
            return;
        }
        for template in templates {
            if !template.begins(message.bytes) {
                continue;
            }
            // A template that fits in its first half only leaves nothing behind.
            let mut attempt = self.clone();
            attempt.texts[Text::Message as usize] = Piece::default();
            attempt.encoding = message.encoding;
            if template
                .split_part(message.bytes, &mut attempt, stamps)
                .is_some()
            {
                attempt.encoding = Encoding::Bytes;
                *self = attempt;
                return;
            }
        }
    }

    /// Raises the level to `level` where it is lower or absent.
    pub fn raise_level(&mut self, level: i64) {
        let known = &mut self.numbers[Number::Level as usize];
        *known = (*known).max(level);
    }

    /// Adds a piece that may contain JSON escapes.
    pub fn set_escaped(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        let escaped = memchr::memchr(b'\\', bytes).is_some();
        self.put(
            field,
            bytes,
            if escaped {
                Encoding::JsonEscapes
            } else {
                Encoding::Bytes
            },
            stamps,
        );
    }

    /// Sets the message from a list of its bytes, `104,105`.
    pub fn set_byte_list(&mut self, numbers: &'a [u8]) {
        self.text(
            Text::Message,
            numbers,
            Treatment::Message,
            Encoding::ByteList,
        );
    }

    fn put(&mut self, field: Field, bytes: &'a [u8], encoding: Encoding, stamps: &mut StampReader) {
        match field {
            Field::Skip => {}
            Field::Time(_) => {
                self.time_ns = stamps.read(bytes);
                // The first choice of a format is set last: it decides.
                self.damaged = self.time_ns.is_none();
            }
            Field::Date => self.half(0, bytes, stamps),
            Field::Clock | Field::ClockUtc => {
                self.is_utc = field == Field::ClockUtc;
                self.half(1, bytes, stamps);
            }
            Field::TimeUtc => self.joined([bytes, b"", b"Z"], stamps),
            Field::Start => self.start_ns = stamps.read(bytes),
            Field::End => self.end_ns = stamps.read(bytes),
            Field::Latency(unit) => self.number(Number::LatencyUs, value::duration_us(bytes, unit)),
            Field::LatencyPart(unit) => self.latency_part(value::duration_us(bytes, unit)),
            Field::OriginLatency(unit) => {
                self.origin_latency_us = value::duration_us(bytes, unit).filter(|us| *us > 0);
            }
            Field::JobAge(unit) => self.number(Number::JobAgeUs, value::duration_us(bytes, unit)),
            // HAProxy writes -1 where no response was sent.
            Field::Number(Number::Status) => self.number(
                Number::Status,
                value::integer(bytes).map(|status| status.max(0)),
            ),
            Field::Number(number) => self.number(number, value::integer(bytes)),
            Field::Sum(number) => self.sum(number, value::integer(bytes)),
            Field::Micro(number) => self.number(number, value::micro(bytes)),
            Field::Level(scale) => self.number(Number::Level, value::level(bytes, scale)),
            Field::Text(text) => self.text(text, bytes, Treatment::Plain, encoding),
            Field::Address => self.text(
                Text::Client,
                without_port(bytes),
                Treatment::Plain,
                encoding,
            ),
            Field::Addresses => self.text(
                Text::Client,
                first_of_list(bytes),
                Treatment::Plain,
                encoding,
            ),
            Field::Request => self.request(bytes, encoding),
            Field::Target => self.text(Text::Endpoint, bytes, Treatment::Target, encoding),
            Field::Statement(quotes) => {
                self.text(Text::Query, bytes, Treatment::Statement(quotes), encoding);
            }
            Field::Message => self.text(Text::Message, bytes, Treatment::Message, encoding),
            Field::JobStep => {
                self.number(Number::JobStep, jobs::step(bytes).map(|step| step as i64))
            }
        }
    }

    /// Half of a stamp: once both are there, they are read as one with a space between.
    fn half(&mut self, which: usize, bytes: &'a [u8], stamps: &mut StampReader) {
        self.halves[which] = bytes;
        let [date, clock] = self.halves;
        if !date.is_empty() && !clock.is_empty() {
            let zone: &[u8] = if self.is_utc { b"Z" } else { b"" };
            self.joined([date, clock, zone], stamps);
        }
    }

    /// Reads a date, a clock and a zone that stand apart, or a whole stamp and a zone.
    fn joined(&mut self, [date, clock, zone]: [&[u8]; 3], stamps: &mut StampReader) {
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

    /// Adds to a number that may be there already.
    fn sum(&mut self, number: Number, value: Option<i64>) {
        let before = self.numbers[number as usize];
        let known = (before != ABSENT).then_some(before);
        self.number(number, value.map(|n| known.unwrap_or(0).saturating_add(n)));
    }

    /// A part of a duration: waiting before the work, the work, sending the answer. The work that
    /// was not reached leaves the duration unknown.
    fn latency_part(&mut self, part_us: Option<i64>) {
        self.latency_parts += 1;
        self.is_unreached |= self.latency_parts == 2 && part_us.is_none();
        self.sum(Number::LatencyUs, part_us);
    }

    /// What passed until a server that did not do the work was given up, if the line says when
    /// the request came; that it was not even tried is no duration.
    fn settle_unreached(&mut self, stamp_ns: i64) {
        let latency_us = &mut self.numbers[Number::LatencyUs as usize];
        let tried = *latency_us != ABSENT;
        let start_ns = self.start_ns.filter(|start_ns| *start_ns <= stamp_ns);
        *latency_us = match start_ns {
            Some(start_ns) if tried => stamp_ns.saturating_sub(start_ns) / 1000,
            _ => ABSENT,
        };
    }

    /// The duration that start and end say; else what was written; else the origin's part.
    fn settle_latency(&mut self) {
        let times = self.end_ns.zip(self.time_ns);
        let between_ns = times.map(|(end, start)| end.saturating_sub(start));
        let between_ns = between_ns.filter(|ns| (0..=DURATION_NS_MAX).contains(ns));
        // Stamps in whole seconds say nothing of what took less.
        let is_fine = |(end, start): (i64, i64)| end % NS_PER_S != 0 || start % NS_PER_S != 0;
        let written = Some(self.numbers[Number::LatencyUs as usize]).filter(|us| *us != ABSENT);
        let exact = between_ns.filter(|_| times.is_some_and(is_fine));
        let rough = between_ns.filter(|ns| *ns > 0);
        let latency_us = exact
            .map(|ns| ns / 1000)
            .or(written)
            .or(self.origin_latency_us)
            .or(rough.map(|ns| ns / 1000));
        self.number(Number::LatencyUs, latency_us);
    }

    fn number(&mut self, number: Number, value: Option<i64>) {
        if let Some(value) = value {
            self.numbers[number as usize] = value;
        }
    }

    fn text(&mut self, text: Text, bytes: &'a [u8], treatment: Treatment, encoding: Encoding) {
        if !bytes.is_empty() && bytes != b"-" {
            let kept = match treatment {
                Treatment::Statement(_) => STATEMENT_LENGTH_MAX,
                _ => 4 * TEXT_LENGTH_MAX,
            };
            let bytes = &bytes[..bytes.len().min(kept)];
            self.texts[text as usize] = Piece {
                bytes,
                treatment,
                encoding,
            };
        }
    }

    /// `GET /path HTTP/1.1`; anything else (TLS garbage, `<BADREQ>`) has no method and is
    /// its own endpoint, so that it can be counted.
    fn request(&mut self, bytes: &'a [u8], encoding: Encoding) {
        let mut words = bytes.split(|&byte| byte == b' ');
        match (words.next(), words.next()) {
            (Some(method), Some(target))
                if !method.is_empty() && method.iter().all(u8::is_ascii_uppercase) =>
            {
                self.text(Text::Method, method, Treatment::Plain, Encoding::Bytes);
                self.text(Text::Endpoint, target, Treatment::Target, encoding);
            }
            // Envoy writes `- - -` for a connection without a request.
            _ if bytes.iter().all(|byte| matches!(byte, b'-' | b' ')) => {
                self.no_request(b"(empty request)")
            }
            _ => self.no_request(b"(malformed request)"),
        }
    }

    fn no_request(&mut self, name: &'static [u8]) {
        self.text(Text::Endpoint, name, Treatment::Plain, Encoding::Bytes);
    }

    /// Sets a text as it is.
    pub fn set_text(&mut self, text: Text, bytes: &'a [u8]) {
        self.text(text, bytes, Treatment::Plain, Encoding::Bytes);
    }

    /// The bytes of a text as they stand in the line; empty if there is none.
    pub fn text_bytes(&self, text: Text) -> &'a [u8] {
        self.texts[text as usize].bytes
    }

    /// Sets the time where the line itself has none.
    pub fn set_time_ns(&mut self, time_ns: i64) {
        self.time_ns = Some(time_ns);
    }

    /// The time, if a stamp was read.
    pub fn time_ns(&self) -> Option<i64> {
        self.time_ns
    }

    /// True if the event has that number.
    pub fn has_number(&self, number: Number) -> bool {
        self.numbers[number as usize] != ABSENT
    }

    /// Makes the row an event of `parsed`. False if it has no readable time.
    pub fn commit(mut self, place: Place, side: StampSide, parsed: &mut Parsed) -> bool {
        if self.end_ns.is_some() || self.origin_latency_us.is_some() {
            self.settle_latency();
        }
        let Some(stamp_ns) = self.time_ns.filter(|_| !self.damaged) else {
            return false;
        };
        if self.is_unreached {
            self.settle_unreached(stamp_ns);
        }
        let latency_us = self.numbers[Number::LatencyUs as usize];
        let time_ns = match side {
            StampSide::End if latency_us != ABSENT => {
                stamp_ns.saturating_sub(latency_us.saturating_mul(1000))
            }
            _ => stamp_ns,
        };
        // Nothing begins after it is over.
        let start_ns = self.start_ns.filter(|start_ns| *start_ns <= stamp_ns);
        let time_ns = start_ns.unwrap_or(time_ns);
        parsed
            .chunk
            .open(time_ns, place.line, place.offset, place.length);
        for (number, &value) in Number::ALL.iter().zip(&self.numbers) {
            if value != ABSENT {
                parsed.chunk.set_number(*number, value);
            }
        }
        for (text, piece) in Text::ALL.iter().zip(&self.texts) {
            if !piece.bytes.is_empty() {
                let symbol = parsed.intern(*text, piece);
                parsed.chunk.set_text(*text, symbol);
            }
        }
        let message = &self.texts[Text::Message as usize];
        let level = self.numbers[Number::Level as usize];
        // What is about chatter needs no attribution, and is most of a log.
        if !message.bytes.is_empty() && (level == ABSENT || level >= PARTS_LEVEL_MIN) {
            parsed.take_parts(message);
        }
        true
    }
}

impl<'a> Piece<'a> {
    fn decoded(&self) -> Cow<'a, [u8]> {
        let mut decoded = Vec::new();
        match self.encoding {
            Encoding::Bytes => return Cow::Borrowed(self.bytes),
            Encoding::JsonEscapes => super::json::unescape(self.bytes, &mut decoded),
            Encoding::DoubledQuotes => super::csv::undouble(self.bytes, &mut decoded),
            Encoding::ByteList => super::json::bytes_of(self.bytes, &mut decoded),
        }
        Cow::Owned(decoded)
    }
}

impl Parsed {
    /// Keeps the identifying parts of the newest event's message.
    fn take_parts(&mut self, message: &Piece<'_>) {
        let mut fields = Text::PARTS.into_iter();
        parts::parts(&message.decoded(), |part| {
            if let Some(field) = fields.next() {
                let symbol = self.names[field as usize].intern(part);
                self.chunk.set_text(field, symbol);
            }
        });
    }

    fn intern(&mut self, text: Text, piece: &Piece<'_>) -> Symbol {
        let decoded = piece.decoded();
        let bytes = decoded.as_ref();
        match piece.treatment {
            Treatment::Plain => {}
            Treatment::Target => path::normalise(bytes, &mut self.scratch),
            Treatment::Statement(quotes) => {
                fingerprint::fingerprint(bytes, quotes, &mut self.scratch);
            }
            Treatment::Message => super::message::mask(bytes, &mut self.scratch),
        }
        let names = &mut self.names[text as usize];
        match piece.treatment {
            Treatment::Plain => names.intern(&bytes[..bytes.len().min(TEXT_LENGTH_MAX)]),
            _ => names.intern(&self.scratch),
        }
    }
}

/// The first of `203.0.113.7, 10.0.0.2`: who asked first, proxies behind it.
fn first_of_list(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b',', bytes).unwrap_or(bytes.len());
    let first = bytes[..end].trim_ascii();
    let colons = memchr::memchr_iter(b':', first).take(2).count();
    // A bare IPv6 address has many colons; some proxies add the port.
    if first.starts_with(b"[") || colons == 1 {
        without_port(first)
    } else {
        first
    }
}

/// `10.0.0.1:443` without its port; `[::1]:443` without brackets; a bare IPv6 address as it is.
fn without_port(bytes: &[u8]) -> &[u8] {
    if let Some(rest) = bytes.strip_prefix(b"[") {
        return rest
            .iter()
            .position(|&byte| byte == b']')
            .map_or(bytes, |end| &rest[..end]);
    }
    match memchr::memrchr(b':', bytes) {
        Some(at)
            if bytes[at + 1..].iter().all(u8::is_ascii_digit) && !bytes.starts_with(b"unix") =>
        {
            // `::1` has no port: the part before the last colon must not end in a colon.
            if at > 0 && bytes[at - 1] == b':' {
                bytes
            } else {
                &bytes[..at]
            }
        }
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn the_first_of_a_list_loses_its_port_and_brackets() {
        assert_eq!(first_of_list(b"203.0.113.7, 10.0.0.2"), b"203.0.113.7");
        assert_eq!(
            first_of_list(b"203.0.113.7:4711,10.0.0.2:80"),
            b"203.0.113.7"
        );
        assert_eq!(first_of_list(b"[2001:db8::1]"), b"2001:db8::1");
        assert_eq!(first_of_list(b"2001:db8::1:5000, ::1"), b"2001:db8::1:5000");
    }

    fn latency(pieces: &[(Field, &'static str)]) -> Option<i64> {
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
        parsed.chunk.number_at(Number::LatencyUs, 0)
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

    #[test]
    fn ports_are_cut_off_and_addresses_are_not() {
        assert_eq!(without_port(b"10.0.0.1:443"), b"10.0.0.1");
        assert_eq!(without_port(b"[2001:db8::1]:443"), b"2001:db8::1");
        assert_eq!(without_port(b"2001:db8::7:5000"), b"2001:db8::7");
        assert_eq!(without_port(b"::1"), b"::1");
        assert_eq!(without_port(b"unix:"), b"unix:");
    }
}
