//! The short way for usual lines: what stands where is known beforehand, and goes straight into
//! columns.
//!
//! In: parts that a template or the shape of lines before says, and a line. Out: an event, the
//! same that the engine itself would make of the line, or nothing at all: what is not as usual (an
//! escape, a list where one word is usual, a number that is none) is left to the engine. Laws in
//! `template` and `shape` hold both ways together.

mod held;
mod part;

use super::field::{Field, Unit};
use super::marks::Marks;
use super::places::Places;
use super::stamp::StampReader;
use super::{Parsed, StampSide, value};
use crate::events::chunk::ABSENT;
use crate::events::{Number, Text};
use crate::lines::LineBatch;
use held::{FIELDS_MAX, Held, Treatment};
use part::Part;
pub use part::{Judge, Stop};

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

/// What is known of usual lines.
#[derive(Debug, Clone)]
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
        self.parts
            .push(Part::new(field, take, stop, literal, judge));
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
                    let (value, stop) = part::whole(buffer, at, end)?;
                    *held.numbers.get_mut(place)? = value;
                    stop
                }
                Take::Decimal(unit, place) => {
                    let (micro, stop) = part::decimal(buffer, at, end, unit)?;
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
