//! The short way for usual lines: what stands where is known beforehand, and goes straight into
//! columns.
//!
//! In: parts that a template or the shape of lines before says, and a line. Out: an event, the
//! same that the engine itself would make of the line, or nothing at all: what is not as usual (an
//! escape, a list where one word is usual, a number that is none) is left to the engine. Laws in
//! `template` and `shape` hold both ways together.
//!
//! A `window` of some lines is walked part by part, all lines the first part, then all the
//! second: `part` finds where a field ends (`stop`, `look`, `digits`, `places`) and that the `literal`
//! behind it stands, and puts numbers and places of texts into a `run`; what stands around a stamp
//! is mostly that of the line before (`again`), and fields that nearly always say the same are
//! compared with what stands around them (`steady`). Then, line after line,
//! the stamps are read, since how one is read may depend on the one before. What is usual becomes
//! events, column by column; before a line goes the engine's way those before it must (`flush`),
//! since events are in the order of lines.

mod again;
mod digits;
mod literal;
mod look;
mod named;
mod part;
mod paths;
mod pieces;
mod run;
mod steady;
mod stop;
mod track;
mod window;

use std::ops::Range;

use super::field::{Field, Unit};
use crate::events::{Number, Text};
use literal::Literal;
pub use part::Judge;
use part::{Glance, Part, Take};
use run::{Run, Treatment};
use steady::Steady;
pub use stop::Stop;
pub use track::Track;

/// What is known of usual lines.
#[derive(Debug, Clone)]
pub struct Express {
    parts: Vec<Part>,
    /// Parts that mostly hold the same, in their order.
    steady: Vec<Steady>,
    /// Which numbers and texts it reads, a bit each.
    numbers: u32,
    texts: u32,
    /// Most lines have the stamp of the line before.
    repeats: bool,
    /// The parts that are the same then.
    around: Range<usize>,
    /// Behind the last part nothing stands, no white space ends the line, and no backslash stands
    /// in a value, which may begin an escape.
    whole: bool,
}

impl Express {
    /// Without parts. `whole`: lines may have nothing behind the last one and hold no backslash.
    pub fn new(whole: bool) -> Self {
        Self {
            parts: Vec::new(),
            steady: Vec::new(),
            numbers: 0,
            texts: 0,
            repeats: false,
            around: 0..0,
            whole,
        }
    }

    /// Adds a field, where it ends and the literal behind it. `judge` says which pieces are of the
    /// field: digits and points always are; without one all are. `None` for a field that does not go
    /// the short way, or comes twice.
    pub fn add(
        &mut self,
        field: Field,
        stop: Stop,
        literal: &[u8],
        judge: Option<Judge>,
    ) -> Option<&mut Self> {
        // The literal says that it is a quote that stands there and no backslash.
        let is_quoted = literal.first() == Some(&b'"');
        let at_quote = matches!(stop, Stop::Quote | Stop::RareQuote);
        (!at_quote || is_quoted).then_some(())?;
        // Where the line ended before it, it is empty, and has to say nothing then.
        let may_be_missing = self.parts.iter().any(|part| part.may_end);
        let may_say = matches!(field, Field::Time(_) | Field::Request)
            || judge.is_some_and(|judge| !judge(field, b""));
        (!may_be_missing || !may_say).then_some(())?;
        let take = self.take(field)?;
        // Digits end where other bytes begin: at the literal, if that is where the field ends.
        let ends_at_literal = match (stop, literal.first()) {
            (_, None | Some(b'0'..=b'9' | b'.')) => false,
            (Stop::Byte(byte), Some(first)) => byte == *first,
            (Stop::Quote | Stop::RareQuote, Some(_)) => is_quoted,
            (Stop::Word, Some(first)) => *first == b' ',
            (Stop::Bare, Some(first)) => stop::is_end(first),
            (Stop::Here | Stop::LineEnd, _) => false,
        };
        let glance = match field {
            _ if !ends_at_literal => Glance::None,
            Field::Number(number) => Glance::Whole(number),
            Field::Latency(Unit::Written) if judge.is_none() => Glance::Written,
            Field::Latency(unit) if unit != Unit::Written => Glance::Decimal(unit),
            Field::Address | Field::Addresses => Glance::Address,
            _ => Glance::None,
        };
        // A dash, or a number in quotes, is what `value` says it is.
        let is_number = matches!(glance, Glance::Whole(_) | Glance::Decimal(_));
        self.parts.push(Part {
            take,
            glance,
            stop,
            literal: Literal::new(literal),
            may_end: false,
            in_place: is_number && !self.whole,
            field,
            judge,
            dash_fits: judge.is_none_or(|judge| judge(field, b"-")),
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

    /// The newest part is a stamp that most lines share with the line before. Of those on one
    /// track one may have such a part.
    pub fn repeats(&mut self) -> &mut Self {
        self.repeats = true;
        let stamp = self.parts.len() - 1;
        // One that goes to the line's end is another where more stands behind the same bytes.
        let is_open = |part: &Part| part.may_end || part.stop == Stop::LineEnd;
        if !self.parts.iter().any(is_open) {
            let before = self.parts[..stamp].iter().rev();
            let quiet = before.take_while(|part| part.is_quiet()).count();
            self.around = stamp - quiet..stamp + 1;
        }
        self
    }

    /// Learns which fields mostly hold the same, of lines that it walked and where each of its
    /// fields begins in them.
    pub fn settle(&mut self, lines: &[(&[u8], Vec<usize>)]) {
        self.steady = Steady::among(&self.parts, lines);
    }

    /// Whether it reads a time: without one there is no event.
    pub fn is_timed(&self) -> bool {
        let mut times = self.parts.iter().filter(|part| part.take == Take::Time);
        times.next().is_some() && times.next().is_none()
    }

    fn number(&mut self, number: Number) -> Option<Take> {
        let bit = 1 << number as u32;
        let is_new = self.numbers & bit == 0;
        self.numbers |= bit;
        is_new.then_some(Take::Number(number))
    }

    fn text(&mut self, text: Text) -> Option<()> {
        let bit = 1 << text as u32;
        // The parts of a message have places of their own.
        let is_new = self.texts & bit == 0 && !Text::PARTS.contains(&text);
        self.texts |= bit;
        is_new.then_some(())
    }

    fn treated(&mut self, text: Text, treatment: Treatment) -> Option<Take> {
        self.text(text)?;
        Some(Take::Text(text, treatment))
    }

    fn take(&mut self, field: Field) -> Option<Take> {
        match field {
            Field::Skip => Some(Take::Skip),
            Field::Time(_) => Some(Take::Time),
            Field::RequestId => {
                let mut ids = self
                    .parts
                    .iter()
                    .filter(|part| part.take == Take::RequestId);
                ids.next().is_none().then_some(Take::RequestId)
            }
            Field::Number(Number::LatencyUs | Number::Level) => None,
            Field::Number(number) => self.number(number),
            Field::Latency(_) => self.number(Number::LatencyUs),
            Field::Level(_) => self.number(Number::Level),
            Field::Text(text) => self.treated(text, Treatment::Plain),
            Field::Target => self.treated(Text::Endpoint, Treatment::Target),
            Field::Statement(quotes) => self.treated(Text::Query, Treatment::Statement(quotes)),
            Field::Message => self.treated(Text::Message, Treatment::Message),
            Field::Address | Field::Addresses => {
                self.text(Text::Client)?;
                let of_list = field == Field::Addresses;
                Some(Take::Address { of_list })
            }
            Field::Request => {
                self.text(Text::Method)?;
                self.text(Text::Endpoint)?;
                Some(Take::Request)
            }
            _ => None,
        }
    }

    /// Walks those of some rows, a bit each, that are not known to be usual. Which are so now: they
    /// hold their numbers and texts, and the others nothing.
    pub fn walk(&self, track: &mut Track<'_>, rows: u64) -> u64 {
        let rows = rows & track.window.open();
        if rows == 0 || !self.agrees(track) {
            return 0;
        }
        let buffer = track.batch.buffer();
        if self.parts.iter().any(|part| part.stop == Stop::Quote) {
            track.find_quotes();
        }
        track.window.begin(rows);
        if self.whole && !self.ends_in_literal() {
            let is_blank = |byte: &u8| byte.is_ascii_whitespace();
            track.window.walkers.step(|_, at, end| {
                let ends_blank = buffer[at..end].last().is_none_or(is_blank);
                (!ends_blank).then_some(at)
            });
        }
        let texts = match self.steady.is_empty() {
            true => self.walk_parts(buffer, track),
            false => self.walk_steady(buffer, track),
        };
        track.numbers |= self.numbers;
        track.texts |= texts;
        track.repeats = self.repeats;
        let has_message = self.texts & 1 << Text::Message as u32 != 0;
        let marks = (has_message && !track.marks.is_empty()).then_some(track.marks);
        // A mark would change the event.
        let is_unmarked = marks.map(|marks| {
            |run: &Run, row| {
                let message = run.message(row, buffer);
                message.is_empty() || !marks.may_mark(message)
            }
        });
        let columns = (self.numbers, self.texts);
        track.window.finish(rows, self.whole, columns, is_unmarked);
        track.window.usual & rows
    }

    /// Walks all parts; which texts may be there, a bit each.
    #[inline]
    fn walk_parts(&self, buffer: &[u8], track: &mut Track<'_>) -> u32 {
        let (again, places, window) = (&mut track.again, &track.places, &mut *track.window);
        let mut texts = self.texts;
        let is_again = !self.around.is_empty() && again.is_worth_it();
        let around = if is_again { self.around.clone() } else { 0..0 };
        let parts = self.walked();
        for (i, part) in parts.iter().enumerate() {
            if around.contains(&i) {
                if i == around.start {
                    let has_user = again.walk(&parts[around.clone()], buffer, places, window);
                    texts &= !(u32::from(!has_user) << Text::User as u32);
                }
                continue;
            }
            part.walk(buffer, places, window);
            if part.may_end && i + 1 < parts.len() {
                window.walkers.end();
            }
        }
        texts
    }

    /// Its parts, without the last one where that takes whatever is left of a line.
    fn walked(&self) -> &[Part] {
        match self.parts.as_slice() {
            [walked @ .., rest] if !self.whole && rest.is_any_rest() => walked,
            all => all,
        }
    }

    /// The same; the parts that mostly hold the same at once.
    fn walk_steady(&self, buffer: &[u8], track: &mut Track<'_>) -> u32 {
        let (places, window) = (&track.places, &mut *track.window);
        let (mut next, mut steady) = (0, self.steady.iter().peekable());
        while let Some(part) = self.parts.get(next) {
            match steady.next_if(|one| one.first() == next) {
                Some(one) => next = one.walk(&self.parts, buffer, places, window),
                None => {
                    part.walk(buffer, places, window);
                    next += 1;
                }
            }
        }
        self.texts
    }

    /// Whether its texts become names as those do that the window holds; if so, all do.
    fn agrees(&self, track: &mut Track<'_>) -> bool {
        let treated = || self.parts.iter().filter_map(Part::treatment);
        let known = |text: Text| track.texts & 1 << text as u32 != 0;
        if treated().any(|(text, how)| known(text) && track.treatments[text as usize] != how) {
            return false;
        }
        treated().for_each(|(text, how)| track.treatments[text as usize] = how);
        true
    }

    /// Whether what ends its lines is no white space.
    fn ends_in_literal(&self) -> bool {
        let last = self
            .parts
            .last()
            .and_then(|part| part.literal.bytes().last());
        last.is_some_and(|byte| !byte.is_ascii_whitespace())
    }
}
