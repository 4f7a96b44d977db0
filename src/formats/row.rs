//! One event in the making: pieces of a line go in, a row of a chunk comes out.
//!
//! Pieces are kept as slices until the line is known to be an event, so that a line that
//! turns out unreadable leaves no trace in the tables of names.

mod messages;
mod piece;
mod times;

use super::address::{first_of_list, without_port};
use super::field::Field;
use super::search::find_byte;
use super::stamp::StampReader;
use super::{Parsed, StampSide, jobs, plain, value};
use crate::events::chunk::ABSENT;
use crate::events::sightings::Sighting;
use crate::events::{Number, Text, level};
pub use piece::Treatment;
use piece::{Encoding, Piece};
pub use times::SWITCHING_PROTOCOLS;
use times::Times;

/// Longest text kept of a field, in bytes.
pub(super) const TEXT_LENGTH_MAX: usize = 400;
/// Longest part of a statement that is fingerprinted, in bytes: rows of values may be many.
const STATEMENT_LENGTH_MAX: usize = 1 << 16;
/// Messages of this level and worse, or of none, are searched for their parts.
pub(super) const PARTS_LEVEL_MIN: i64 = level::WARNING;

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

/// The pieces of one event. What is set is told by a bit each, so that the next event of a
/// batch can use the same row without clearing every field.
#[derive(Clone)]
pub struct Row<'a> {
    /// How `set` takes the bytes of texts.
    encoding: Encoding,
    time_ns: Option<i64>,
    numbers_set: u32,
    texts_set: u32,
    numbers: [i64; Number::COUNT],
    texts: [Piece<'a>; Text::COUNT],
    damaged: bool,
    request_id: &'a [u8],
    times: Times<'a>,
}

const _: () = assert!(Number::COUNT <= 32 && Text::COUNT <= 32, "a bit for each");

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
            numbers_set: 0,
            texts_set: 0,
            numbers: [ABSENT; Number::COUNT],
            texts: [Piece::default(); Text::COUNT],
            damaged: false,
            request_id: b"",
            times: Times::default(),
        }
    }

    /// Takes all pieces out again.
    #[inline]
    pub fn clear(&mut self) {
        self.time_ns = None;
        self.numbers_set = 0;
        self.texts_set = 0;
        self.damaged = false;
        self.encoding = Encoding::Bytes;
        self.request_id = b"";
        self.times = Times::default();
    }

    /// Adds a piece of a line. `-` and an empty piece are nothing.
    pub fn set(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        self.put(field, bytes, self.encoding, stamps);
    }

    /// Adds a piece that stood in quotes and writes a quote as two.
    pub fn set_doubled(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        let mut quotes = memchr::memchr_iter(b'"', bytes);
        let doubled = quotes.any(|at| bytes.get(at + 1) == Some(&b'"'));
        let encoding = match doubled {
            true => Encoding::DoubledQuotes,
            false => Encoding::Bytes,
        };
        self.put(field, bytes, encoding, stamps);
    }

    /// Adds a piece that may contain JSON escapes.
    pub fn set_escaped(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        let escaped = memchr::memchr(b'\\', bytes).is_some();
        self.set_encoded(field, bytes, escaped, stamps);
    }

    /// Adds a piece of which it is known whether it contains JSON escapes.
    #[inline]
    pub fn set_encoded(
        &mut self,
        field: Field,
        bytes: &'a [u8],
        escaped: bool,
        stamps: &mut StampReader,
    ) {
        let encoding = match escaped {
            true => Encoding::JsonEscapes,
            false => Encoding::Bytes,
        };
        self.put(field, bytes, encoding, stamps);
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
                self.times.is_utc = field == Field::ClockUtc;
                self.half(1, bytes, stamps);
            }
            Field::ClockNear => self.time_ns = stamps.near_clock(bytes),
            Field::TimeUtc => self.joined([bytes, b"", b"Z"], stamps),
            Field::Nanos => self.times.set_nanos(bytes),
            Field::Start => self.times.start_ns = stamps.read(bytes),
            Field::End => self.times.end_ns = stamps.read(bytes),
            Field::Latency(unit) => self.number(Number::LatencyUs, value::duration_us(bytes, unit)),
            Field::LatencyPart(unit) => self.latency_part(value::duration_us(bytes, unit)),
            Field::OriginLatency(unit) => {
                self.times.origin_latency_us = value::duration_us(bytes, unit).filter(|us| *us > 0);
            }
            Field::JobAge(unit) => self.number(Number::JobAgeUs, value::duration_us(bytes, unit)),
            // HAProxy writes -1 where no response was sent.
            Field::Number(Number::Status) => self.number(
                Number::Status,
                value::integer(bytes).map(|status| status.max(0)),
            ),
            Field::RpcStatus => self.number(Number::Status, value::rpc_status(bytes)),
            Field::Failure => self.failure(bytes, encoding),
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
            Field::MessageWithLevel => {
                // What a place of its own says stands.
                let level = plain::level_of(bytes).filter(|_| !self.has_number(Number::Level));
                self.number(Number::Level, level);
                self.text(Text::Message, bytes, Treatment::Message, encoding);
            }
            Field::RequestId => self.request_id = bytes,
            Field::JobStep => {
                self.number(Number::JobStep, jobs::step(bytes).map(|step| step as i64))
            }
        }
    }

    /// Adds to a number that may be there already.
    fn sum(&mut self, number: Number, value: Option<i64>) {
        let before = self.number_set(number).unwrap_or(0);
        self.number(number, value.map(|n| before.saturating_add(n)));
    }

    #[inline]
    fn number(&mut self, number: Number, value: Option<i64>) {
        if let Some(value) = value {
            self.numbers[number as usize] = value;
            self.numbers_set |= 1 << number as u32;
        }
    }

    #[inline]
    fn number_set(&self, number: Number) -> Option<i64> {
        self.has_number(number)
            .then_some(self.numbers[number as usize])
    }

    #[inline]
    fn text_set(&self, text: Text) -> Option<&Piece<'a>> {
        (self.texts_set & 1 << text as u32 != 0).then_some(&self.texts[text as usize])
    }

    #[inline]
    fn text(&mut self, text: Text, bytes: &'a [u8], treatment: Treatment, encoding: Encoding) {
        if !bytes.is_empty() && bytes != b"-" {
            let bytes = &bytes[..bytes.len().min(treatment.length_max())];
            self.texts[text as usize] = Piece {
                bytes,
                treatment,
                encoding,
            };
            self.texts_set |= 1 << text as u32;
        }
    }

    /// `GET /path HTTP/1.1`; anything else (TLS garbage, `<BADREQ>`) has no method and is
    /// its own endpoint, so that it can be counted.
    fn request(&mut self, bytes: &'a [u8], encoding: Encoding) {
        match find_byte(b' ', bytes).filter(|&at| is_method(&bytes[..at])) {
            Some(at) => {
                let (method, target) = (&bytes[..at], &bytes[at + 1..]);
                let end = memchr::memchr(b' ', target).unwrap_or(target.len());
                self.text(Text::Method, method, Treatment::Plain, Encoding::Bytes);
                self.text(Text::Endpoint, &target[..end], Treatment::Target, encoding);
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

    /// Sets a number that was read already.
    pub fn set_number(&mut self, number: Number, value: i64) {
        self.number(number, Some(value));
    }

    /// A number, if the event has it.
    pub fn number_of(&self, number: Number) -> Option<i64> {
        self.number_set(number)
    }

    /// Sets a text as it is.
    pub fn set_text(&mut self, text: Text, bytes: &'a [u8]) {
        self.text(text, bytes, Treatment::Plain, Encoding::Bytes);
    }

    /// The bytes of a text as they stand in the line; empty if there is none.
    pub fn text_bytes(&self, text: Text) -> &'a [u8] {
        self.text_set(text).map_or(&[], |piece| piece.bytes)
    }

    /// Sets the time where the line itself has none.
    pub fn set_time_ns(&mut self, time_ns: i64) {
        self.time_ns = Some(time_ns);
    }

    /// Sets the time that a wrapper says, unless the line has a readable one itself. True if it
    /// was set.
    pub fn set_outer_time(&mut self, time_ns: i64) -> bool {
        let is_missing = self.time_ns.is_none();
        if is_missing {
            (self.time_ns, self.damaged) = (Some(time_ns), false);
        }
        is_missing
    }

    /// Sets the time that a stamp of the line says.
    pub fn read_time_ns(&mut self, time_ns: i64) {
        self.time_ns = Some(time_ns);
        self.damaged = false;
    }

    /// The time, if a stamp was read.
    pub fn time_ns(&self) -> Option<i64> {
        self.time_ns
    }

    /// True if the event has that number.
    pub fn has_number(&self, number: Number) -> bool {
        self.numbers_set & 1 << number as u32 != 0
    }

    /// Makes the row an event of `parsed`. False if it has no readable time.
    pub fn commit(&mut self, place: Place, side: StampSide, parsed: &mut Parsed) -> bool {
        if self.times.end_ns.is_some() || self.times.origin_latency_us.is_some() {
            self.settle_latency();
        }
        let Some(stamp_ns) = self.time_ns.filter(|_| !self.damaged) else {
            return false;
        };
        let stamp_ns = stamp_ns.saturating_add(self.times.nanos);
        if self.times.is_unreached {
            self.settle_unreached(stamp_ns);
        }
        let latency_us = self.number_set(Number::LatencyUs);
        let time_ns = match (side, latency_us) {
            (StampSide::End, Some(latency_us)) => {
                stamp_ns.saturating_sub(latency_us.saturating_mul(1000))
            }
            _ => stamp_ns,
        };
        // Nothing begins after it is over.
        let start_ns = self.times.start_ns.filter(|start_ns| *start_ns <= stamp_ns);
        let time_ns = start_ns.unwrap_or(time_ns);
        parsed
            .chunk
            .open(time_ns, place.line, place.offset, place.length);
        if !self.request_id.is_empty() {
            let worked_ns = latency_us.unwrap_or(0).max(0).saturating_mul(1000);
            let end_ns = time_ns.saturating_add(worked_ns);
            let sighting = Sighting::of(self.request_id, time_ns, end_ns);
            parsed.sightings.extend(sighting);
        }
        for i in ones(self.numbers_set) {
            parsed.chunk.set_number(Number::ALL[i], self.numbers[i]);
        }
        for i in ones(self.texts_set) {
            let text = Text::ALL[i];
            let symbol = parsed.intern(text, &self.texts[i]);
            parsed.chunk.set_text(text, symbol);
        }
        if let Some(message) = self.text_set(Text::Message) {
            let level = self.number_set(Number::Level);
            // What is about chatter needs no attribution, and is most of a log.
            if level.is_none_or(|level| level >= PARTS_LEVEL_MIN) {
                parsed.take_parts(message);
            }
        }
        true
    }
}

/// Whether a request begins with a method and not with garbage.
#[inline]
pub(super) fn is_method(word: &[u8]) -> bool {
    !word.is_empty() && word.iter().all(u8::is_ascii_uppercase)
}

/// The places of the bits that are set, ascending.
fn ones(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (at < 32).then_some(at as usize)
    })
}
