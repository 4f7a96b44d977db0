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
//! behind it stands, and puts numbers and places of texts into a `run`. Then, line after line,
//! the stamps are read, since how one is read may depend on the one before. What is usual becomes
//! events, column by column; before a line goes the engine's way those before it must (`flush`),
//! since events are in the order of lines.

mod digits;
mod literal;
mod look;
mod part;
mod paths;
mod run;
mod stop;
mod window;

use super::field::{Field, Unit};
use super::marks::Marks;
use super::places::{Places, STRETCH};
use super::stamp::StampReader;
use super::{Parsed, StampSide};
use crate::events::{Number, Text};
use crate::lines::LineBatch;
use literal::Literal;
pub use part::Judge;
use part::{Glance, Part, Take};
use run::Treatment;
pub use stop::Stop;
use window::{ROWS, Window};

/// What is known of usual lines.
#[derive(Debug, Clone)]
pub struct Express {
    parts: Vec<Part>,
    /// Which numbers and texts it reads, a bit each.
    numbers: u32,
    texts: u32,
    /// Most lines have the stamp of the line before.
    repeats: bool,
    /// Some fields end where words do.
    has_words: bool,
    /// Behind the last part nothing stands, no white space ends the line, and no backslash stands
    /// in a value, which may begin an escape.
    whole: bool,
}

/// Some lines of a batch on the short way.
#[derive(Debug)]
pub struct Track<'a> {
    batch: &'a LineBatch,
    places: Places,
    side: StampSide,
    marks: &'a Marks,
    window: Box<Window>,
    /// Which columns of the window may hold something, a bit each.
    numbers: u32,
    texts: u32,
    /// How its texts become names.
    treatments: [Treatment; Text::COUNT],
    /// Most lines have the stamp of the line before.
    repeats: bool,
    /// Rows before this one are events or went another way.
    first: usize,
}

impl<'a> Track<'a> {
    /// Of a batch of a format.
    pub fn new(batch: &'a LineBatch, side: StampSide, marks: &'a Marks) -> Self {
        Self {
            batch,
            places: Places::default(),
            side,
            marks,
            window: Window::new(),
            numbers: 0,
            texts: 0,
            treatments: [Treatment::Plain; Text::COUNT],
            repeats: false,
            first: 0,
        }
    }

    /// Looks at lines from `next` on, as many as are wanted or there is room for, without those
    /// that are skipped. How many lines they are with those; which ones `line` says.
    pub fn look_at(
        &mut self,
        next: usize,
        wanted: &mut usize,
        mut skip: impl FnMut(usize) -> bool,
    ) -> usize {
        *wanted = (*wanted).min(ROWS);
        self.window
            .run
            .clear_all(self.window.rows, self.numbers, self.texts);
        (self.window.rows, self.window.usual) = (0, 0);
        (self.first, self.numbers, self.texts) = (0, 0, 0);
        if next >= self.batch.len() {
            return 0;
        }
        let start = self.batch.range(next).0;
        let mut i = next;
        while i < self.batch.len() && self.window.rows < *wanted {
            let (from, end) = self.batch.range(i);
            if end - start > STRETCH && i > next {
                break;
            }
            if !skip(i) {
                self.window.push(i, (from, end));
            }
            i += 1;
        }
        let end = self.batch.range(i - 1).1;
        self.places.look(self.batch.buffer(), start, end);
        i - next
    }

    /// How many lines it looks at.
    pub fn rows(&self) -> usize {
        self.window.rows
    }

    /// The number of the line in a row.
    pub fn line(&self, row: usize) -> usize {
        self.window.lines[row] as usize
    }

    /// The bytes of the line in a row.
    pub fn text(&self, row: usize) -> &'a [u8] {
        self.batch.line(self.line(row))
    }

    /// Whether the line in a row is usual; all rows before it are done. It becomes an event at the
    /// next `flush`.
    pub fn is_usual(&mut self, row: usize, stamps: &mut StampReader) -> bool {
        let buffer = self.batch.buffer();
        self.window.usual >> row & 1 == 1
            && self.window.run.read_time(row, buffer, self.repeats, stamps)
    }

    /// Makes events of the usual lines so far, before the line in `row` goes another way.
    pub fn flush(&mut self, row: usize, parsed: &mut Parsed) {
        if self.first < row {
            let rows = self.first..row;
            let lines = &self.window.lines[rows.clone()];
            let columns = (self.numbers, self.texts);
            let of = (self.batch, self.side);
            self.window
                .run
                .put(rows, lines, of, columns, &self.treatments, parsed);
        }
        self.first = row + 1;
    }
}

impl Express {
    /// Without parts. `whole`: lines may have nothing behind the last one and hold no backslash.
    pub fn new(whole: bool) -> Self {
        Self {
            parts: Vec::new(),
            numbers: 0,
            texts: 0,
            repeats: false,
            has_words: false,
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
        (stop != Stop::Quote || is_quoted).then_some(())?;
        let take = self.take(field)?;
        self.has_words |= stop == Stop::Word;
        // Digits end where other bytes begin: at the literal, if that is where the field ends.
        let ends_at_literal = match (stop, literal.first()) {
            (_, None | Some(b'0'..=b'9' | b'.')) => false,
            (Stop::Byte(byte), Some(first)) => byte == *first,
            (Stop::Quote, Some(_)) => is_quoted,
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

    /// The newest part is a stamp that most lines share with the line before.
    pub fn repeats(&mut self) -> &mut Self {
        self.repeats = true;
        self
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
        let (window, buffer) = (&mut *track.window, track.batch.buffer());
        if self.has_words {
            track.places.look_for_words(buffer);
        }
        window.begin(rows);
        if self.whole && !self.ends_in_literal() {
            let is_blank = |byte: &u8| byte.is_ascii_whitespace();
            window.walkers.step(|_, at, end| {
                let ends_blank = buffer[at..end].last().is_none_or(is_blank);
                (!ends_blank).then_some(at)
            });
        }
        for part in &self.parts {
            part.walk(buffer, &track.places, window);
        }
        track.numbers |= self.numbers;
        track.texts |= self.texts;
        track.repeats = self.repeats;
        let has_message = self.texts & 1 << Text::Message as u32 != 0;
        let marks = (has_message && !track.marks.is_empty()).then_some(track.marks);
        // A mark would change the event.
        window.finish(rows, self.whole, (self.numbers, self.texts), |run, row| {
            marks.is_none_or(|marks| {
                let message = run.message(row, buffer);
                message.is_empty() || !marks.may_mark(message)
            })
        });
        window.usual & rows
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
