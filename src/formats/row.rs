//! One event in the making: pieces of a line go in, a row of a chunk comes out.
//!
//! Pieces are kept as slices until the line is known to be an event, so that a line that
//! turns out unreadable leaves no trace in the tables of names.

use std::borrow::Cow;

use super::field::Field;
use super::fingerprint::Quotes;
use super::search::find_byte;
use super::stamp::StampReader;
use super::{Parsed, StampSide, fingerprint, jobs, parts, path, value};
use crate::events::chunk::ABSENT;
use crate::events::{Number, Symbol, Text};

/// Longest text kept of a field, in bytes.
const TEXT_LENGTH_MAX: usize = 400;
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

/// The pieces of one event. What is set is told by a bit each, so that the next event of a
/// batch can use the same row without clearing every field.
pub struct Row<'a> {
    time_ns: Option<i64>,
    numbers_set: u32,
    texts_set: u32,
    numbers: [i64; Number::COUNT],
    texts: [Piece<'a>; Text::COUNT],
    damaged: bool,
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
            time_ns: None,
            numbers_set: 0,
            texts_set: 0,
            numbers: [ABSENT; Number::COUNT],
            texts: [Piece::default(); Text::COUNT],
            damaged: false,
        }
    }

    /// Takes all pieces out again.
    #[inline]
    pub fn clear(&mut self) {
        self.time_ns = None;
        self.numbers_set = 0;
        self.texts_set = 0;
        self.damaged = false;
    }

    /// Adds a piece of a line. `-` and an empty piece are nothing.
    pub fn set(&mut self, field: Field, bytes: &'a [u8], stamps: &mut StampReader) {
        self.put(field, bytes, Encoding::Bytes, stamps);
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
            Field::Latency(unit) => self.number(Number::LatencyUs, value::duration_us(bytes, unit)),
            Field::JobAge(unit) => self.number(Number::JobAgeUs, value::duration_us(bytes, unit)),
            // HAProxy writes -1 where no response was sent.
            Field::Number(Number::Status) => self.number(
                Number::Status,
                value::integer(bytes).map(|status| status.max(0)),
            ),
            Field::Number(number) => self.number(number, value::integer(bytes)),
            Field::Sum(number) => {
                let before = self.number_set(number).unwrap_or(0);
                let sum = value::integer(bytes).map(|n| before.saturating_add(n));
                self.number(number, sum);
            }
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
            let bytes = &bytes[..bytes.len().min(4 * TEXT_LENGTH_MAX)];
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
        let is_method = |&at: &usize| at > 0 && bytes[..at].iter().all(u8::is_ascii_uppercase);
        match find_byte(b' ', bytes).filter(is_method) {
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
    pub fn commit(&self, place: Place, side: StampSide, parsed: &mut Parsed) -> bool {
        let Some(stamp_ns) = self.time_ns.filter(|_| !self.damaged) else {
            return false;
        };
        let time_ns = match (side, self.number_set(Number::LatencyUs)) {
            (StampSide::End, Some(latency_us)) => {
                stamp_ns.saturating_sub(latency_us.saturating_mul(1000))
            }
            _ => stamp_ns,
        };
        parsed
            .chunk
            .open(time_ns, place.line, place.offset, place.length);
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

/// The places of the bits that are set, ascending.
fn ones(mut bits: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let at = bits.trailing_zeros();
        bits &= bits.wrapping_sub(1);
        (at < 32).then_some(at as usize)
    })
}

impl<'a> Piece<'a> {
    fn decoded(&self) -> Cow<'a, [u8]> {
        let mut decoded = Vec::new();
        match self.encoding {
            Encoding::Bytes => return Cow::Borrowed(self.bytes),
            Encoding::JsonEscapes => super::json::unescape(self.bytes, &mut decoded),
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

    #[inline]
    fn intern(&mut self, text: Text, piece: &Piece<'_>) -> Symbol {
        if piece.encoding == Encoding::Bytes {
            self.intern_bytes(text, piece.bytes, piece.treatment)
        } else {
            self.intern_bytes(text, &piece.decoded(), piece.treatment)
        }
    }

    #[inline]
    fn intern_bytes(&mut self, text: Text, bytes: &[u8], treatment: Treatment) -> Symbol {
        match treatment {
            Treatment::Plain => {
                let kept = &bytes[..bytes.len().min(TEXT_LENGTH_MAX)];
                return self.names[text as usize].intern(kept);
            }
            Treatment::Target => path::normalise(bytes, &mut self.scratch),
            Treatment::Statement(quotes) => {
                fingerprint::fingerprint(bytes, quotes, &mut self.scratch);
            }
            Treatment::Message => {
                let names = &mut self.names[text as usize];
                return self.messages.symbol(bytes, names, &mut self.scratch);
            }
        }
        self.names[text as usize].intern(&self.scratch)
    }
}

/// The first of `203.0.113.7, 10.0.0.2`: who asked first, proxies behind it.
fn first_of_list(bytes: &[u8]) -> &[u8] {
    let end = memchr::memchr(b',', bytes).unwrap_or(bytes.len());
    bytes[..end].trim_ascii()
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
    fn ports_are_cut_off_and_addresses_are_not() {
        assert_eq!(without_port(b"10.0.0.1:443"), b"10.0.0.1");
        assert_eq!(without_port(b"[2001:db8::1]:443"), b"2001:db8::1");
        assert_eq!(without_port(b"2001:db8::7:5000"), b"2001:db8::7");
        assert_eq!(without_port(b"::1"), b"::1");
        assert_eq!(without_port(b"unix:"), b"unix:");
    }
}
