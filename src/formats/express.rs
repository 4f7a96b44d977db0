//! The short way for usual lines: what stands where is known beforehand, and goes straight into
//! columns.
//!
//! In: parts that a template or the shape of lines before says, and a line. Out: an event, the
//! same that the engine itself would make of the line, or nothing at all: what is not as usual (an
//! escape, a list where one word is usual, a number that is none) is left to the engine. Laws in
//! `template` and `shape` hold both ways together.

mod held;

use super::field::{Field, Unit};
use super::marks::Marks;
use super::places::Places;
use super::search::{find_byte, word_of};
use super::stamp::StampReader;
use super::value;
use super::{Parsed, StampSide};
use crate::events::chunk::ABSENT;
use crate::events::intern::same;
use crate::events::{Number, Text};
use crate::lines::LineBatch;
pub use held::Treatment;
use held::{FIELDS_MAX, Held};

/// Longest number that is read in place, in bytes.
const DIGITS_MAX: usize = 12;

/// Where a field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Before it begins: it is none.
    Here,
    /// At the next quote.
    Quote,
    /// At the next such byte.
    Byte(u8),
    /// At the next space or the end of the line; no quote opens it.
    Word,
    /// Where a number, `true` or `false` of JSON ends.
    Bare,
    /// At the end of the line.
    LineEnd,
}

/// What becomes of a field; numbers and texts with their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Take {
    Skip,
    Time,
    Whole(usize),
    Decimal(Unit, usize),
    Number(Field, usize),
    Text(usize),
    Address(usize),
    FirstAddress(usize),
    Request { method: usize, endpoint: usize },
    RequestId,
}

/// What judges whether a piece is one of the field's.
pub type Judge = fn(Field, &[u8]) -> bool;

/// A field, how it ends and what stands behind it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    field: Field,
    take: Take,
    stop: Stop,
    literal: Vec<u8>,
    /// The literal's first bytes and which of them count.
    word: u64,
    mask: u64,
    /// The line may end right behind the field.
    may_end: bool,
    /// A stamp that most lines share with the line before.
    repeats: bool,
    judge: Option<Judge>,
}

/// What is known of usual lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Express {
    parts: Vec<Part>,
    /// Where the numbers and the texts go, by their places.
    numbers: Vec<Number>,
    texts: Vec<(Text, Treatment)>,
    latency: Option<usize>,
    level: Option<usize>,
    message: Option<usize>,
    /// Behind the last part nothing stands, no white space ends the line, and no backslash stands
    /// in it, which may begin an escape.
    whole: bool,
}

/// A batch and what is known of all of its lines.
#[derive(Debug)]
pub struct Track<'a> {
    batch: &'a LineBatch,
    places: Places,
    side: StampSide,
    marks: &'a Marks,
}

impl<'a> Track<'a> {
    /// Of a batch of a format.
    pub fn new(
        batch: &'a LineBatch,
        with_escapes: bool,
        side: StampSide,
        marks: &'a Marks,
    ) -> Self {
        Self {
            batch,
            places: Places::of(batch.buffer(), with_escapes),
            side,
            marks,
        }
    }
}

impl Express {
    /// Without parts. `whole`: lines may have nothing behind the last one and hold no backslash.
    pub fn new(whole: bool) -> Self {
        Self {
            parts: Vec::new(),
            numbers: Vec::new(),
            texts: Vec::new(),
            latency: None,
            level: None,
            message: None,
            whole,
        }
    }

    /// Adds a field, where it ends and the literal behind it. `judge` says which pieces are of the
    /// field; without one all are. `None` for a field that does not go the short way, or comes
    /// twice.
    pub fn add(
        &mut self,
        field: Field,
        stop: Stop,
        literal: &[u8],
        judge: Option<Judge>,
    ) -> Option<&mut Self> {
        let take = self.take(field, stop)?;
        if self.numbers.len() > FIELDS_MAX || self.texts.len() > FIELDS_MAX {
            return None;
        }
        self.parts.push(Part {
            field,
            take,
            stop,
            literal: literal.to_vec(),
            word: word_of(literal),
            mask: word_of(&[0xff; 8][..literal.len().min(8)]),
            may_end: false,
            repeats: false,
            judge,
        });
        Some(self)
    }

    /// The line may end behind the newest part.
    pub fn may_end(&mut self) -> &mut Self {
        if let Some(part) = self.parts.last_mut() {
            part.may_end = true;
        }
        self
    }

    /// The newest part is a stamp that most lines share with the line before.
    pub fn repeats(&mut self) -> &mut Self {
        if let Some(part) = self.parts.last_mut() {
            part.repeats = true;
        }
        self
    }

    /// Whether it reads a time: without one there is no event.
    pub fn is_timed(&self) -> bool {
        let mut times = self.parts.iter().filter(|part| part.take == Take::Time);
        times.next().is_some() && times.next().is_none()
    }

    fn number(&mut self, number: Number) -> Option<usize> {
        if self.numbers.contains(&number) {
            return None;
        }
        self.numbers.push(number);
        Some(self.numbers.len() - 1)
    }

    fn text(&mut self, text: Text, treatment: Treatment) -> Option<usize> {
        if self.texts.iter().any(|known| known.0 == text) {
            return None;
        }
        self.texts.push((text, treatment));
        Some(self.texts.len() - 1)
    }

    fn take(&mut self, field: Field, stop: Stop) -> Option<Take> {
        // A dash, or a number in quotes, is what `value` says it is.
        let in_place = matches!(stop, Stop::Byte(_) | Stop::Quote | Stop::LineEnd) && !self.whole;
        Some(match field {
            Field::Skip => Take::Skip,
            Field::Time(_) => Take::Time,
            Field::RequestId => Take::RequestId,
            Field::Number(Number::LatencyUs | Number::Level) => return None,
            Field::Number(number) if in_place => Take::Whole(self.number(number)?),
            Field::Number(number) => Take::Number(field, self.number(number)?),
            Field::Latency(unit) => {
                let place = self.number(Number::LatencyUs)?;
                self.latency = Some(place);
                match unit {
                    Unit::Written => Take::Number(field, place),
                    _ if !in_place => Take::Number(field, place),
                    _ => Take::Decimal(unit, place),
                }
            }
            Field::Level(_) => {
                let place = self.number(Number::Level)?;
                self.level = Some(place);
                Take::Number(field, place)
            }
            Field::Text(text) => Take::Text(self.text(text, Treatment::Plain)?),
            Field::Target => Take::Text(self.text(Text::Endpoint, Treatment::Target)?),
            Field::Statement(quotes) => {
                Take::Text(self.text(Text::Query, Treatment::Statement(quotes))?)
            }
            Field::Message => {
                let place = self.text(Text::Message, Treatment::Message)?;
                self.message = Some(place);
                Take::Text(place)
            }
            Field::Address => Take::Address(self.text(Text::Client, Treatment::Plain)?),
            Field::Addresses => Take::FirstAddress(self.text(Text::Client, Treatment::Plain)?),
            Field::Request => Take::Request {
                method: self.text(Text::Method, Treatment::Plain)?,
                endpoint: self.text(Text::Endpoint, Treatment::FirstWord)?,
            },
            _ => return None,
        })
    }

    /// Makes an event of a usual line. False, with no trace, for any other.
    #[inline]
    pub fn read(
        &self,
        track: &Track<'_>,
        i: usize,
        stamps: &mut StampReader,
        parsed: &mut Parsed,
    ) -> bool {
        let mut held = Held::default();
        self.walk(track, i, stamps, &mut held).is_some()
            && self.commit(&held, track, i, parsed).is_some()
    }

    /// `None` where a part does not find what is usual.
    #[inline]
    fn walk<'a>(
        &self,
        track: &Track<'a>,
        i: usize,
        stamps: &mut StampReader,
        held: &mut Held<'a>,
    ) -> Option<()> {
        let buffer = track.batch.buffer();
        let (mut at, end) = track.batch.range(i);
        if self.whole {
            let ends_blank = buffer[at..end].last()?.is_ascii_whitespace();
            (!ends_blank && !track.places.has_escape(at, end)).then_some(())?;
        }
        for part in &self.parts {
            let stop = match part.take {
                Take::Whole(place) => {
                    let (value, stop) = whole(buffer, at, end)?;
                    *held.numbers.get_mut(place)? = value;
                    stop
                }
                Take::Decimal(unit, place) => {
                    let (micro, stop) = decimal(buffer, at, end, unit)?;
                    let value = value::of_micro(micro, unit);
                    *held.numbers.get_mut(place)? = value.unwrap_or(ABSENT);
                    stop
                }
                _ => {
                    if part.repeats
                        && let Some((length, time_ns)) =
                            stamps.again(&buffer[at..end], &part.literal)
                    {
                        held.time_ns = time_ns;
                        at += length + part.literal.len();
                        continue;
                    }
                    part.piece(&track.places, buffer, (at, end), held, stamps)?
                }
            };
            if stop == end && part.may_end {
                return Some(());
            }
            at = part.behind(buffer, stop, end)?;
        }
        (!self.whole || at == end).then_some(())
    }
}

impl Part {
    /// Takes the bytes of a field; where they end.
    #[inline]
    fn piece<'a>(
        &self,
        places: &Places,
        buffer: &'a [u8],
        (at, end): (usize, usize),
        held: &mut Held<'a>,
        stamps: &mut StampReader,
    ) -> Option<usize> {
        let stop = self.stop(places, buffer, at, end)?;
        if matches!(self.take, Take::Skip) {
            return Some(stop);
        }
        let piece = &buffer[at..stop];
        if let Some(judge) = self.judge {
            judge(self.field, piece).then_some(())?;
        }
        held.take(self.take, piece, stamps)?;
        if self.repeats {
            stamps.stood_before(piece, &self.literal);
        }
        Some(stop)
    }

    /// Where a field ends.
    #[inline]
    fn stop(&self, places: &Places, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
        match self.stop {
            Stop::Here => Some(at),
            Stop::LineEnd => Some(end),
            Stop::Byte(byte) => Some(at + find_byte(byte, &buffer[at..end])?),
            Stop::Quote => {
                let stop = places.quote(at);
                // An escaped quote, or one of another line.
                let is_odd = stop >= end || stop > at && buffer[stop - 1] == b'\\';
                (!is_odd).then_some(stop)
            }
            Stop::Word => {
                let rest = &buffer[at..end];
                (rest.first() != Some(&b'"')).then_some(())?;
                Some(find_byte(b' ', rest).map_or(end, |n| at + n))
            }
            Stop::Bare => {
                let rest = &buffer[at..end];
                let first = rest.first()?;
                let begins = first.is_ascii_digit() || matches!(first, b'-' | b't' | b'f');
                begins.then_some(())?;
                let ends = |byte: &u8| ENDS[usize::from(*byte)];
                Some(rest.iter().position(ends).map_or(end, |n| at + n))
            }
        }
    }

    /// Where what follows the literal begins, if the literal stands here.
    #[inline]
    fn behind(&self, buffer: &[u8], stop: usize, end: usize) -> Option<usize> {
        let behind = stop + self.literal.len();
        let stands = match self.literal.len() {
            0 => return (stop == end || self.stop != Stop::LineEnd).then_some(stop),
            1..=8 => {
                let word = u64::from_le_bytes(*buffer.get(stop..)?.first_chunk()?);
                (word ^ self.word) & self.mask == 0
            }
            _ => same(buffer.get(stop..behind)?, &self.literal),
        };
        // What a literal may hold, a line end, is of no line.
        (stands && behind <= end).then_some(behind)
    }
}

/// What ends a bare value of JSON.
const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        ends[i] = matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        i += 1;
    }
    ends
};

/// A whole number and where it ends; `ABSENT` for a dash. `None` for anything else.
#[inline]
fn whole(buffer: &[u8], at: usize, end: usize) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let mut n = 0;
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        n = n * 10 + i64::from(digit);
        length += 1;
    }
    match length {
        0 if bytes.first() == Some(&b'-') => Some((ABSENT, at + 1)),
        0 | DIGITS_MAX => None,
        _ => Some((n, at + length)),
    }
}

/// A decimal number in millionths and where it ends, as `value` reads one of few digits.
#[inline]
fn decimal(buffer: &[u8], at: usize, end: usize, unit: Unit) -> Option<(i64, usize)> {
    let bytes = &buffer[at..end.min(at + DIGITS_MAX)];
    let (mut n, mut point) = (0, None);
    let mut length = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            n = n * 10 + i64::from(digit);
        } else if *byte == b'.' && point.is_none() {
            point = Some(length);
        } else {
            break;
        }
        length += 1;
    }
    if length == 0 || length == DIGITS_MAX || point == Some(0) {
        return None;
    }
    if point.is_some() && matches!(unit, Unit::Micros | Unit::WholeMillis) {
        return None;
    }
    let decimals = point.map_or(0, |point| length - 1 - point);
    Some((value::in_millionths(n, decimals)?, at + length))
}
