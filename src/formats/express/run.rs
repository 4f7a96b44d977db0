//! What usual lines hold, column by column, before they become events.
//!
//! In: numbers and places of texts. Out: rows of a chunk, with the same numbers and names that a
//! `Row` of the same pieces gives; one column after the other, so that a loop does one thing and
//! one table of names is in use at a time. Finds no piece itself.

use std::ops::Range;

use super::again::Again;
use super::named::{intern, parts};
use super::part::Take;
use super::paths::Paths;
use super::window::ROWS;
use crate::events::chunk::ABSENT;
use crate::events::sightings::Sighting;
use crate::events::span::Span;
use crate::events::{Number, Text};
use crate::formats::field::LevelScale;
pub use crate::formats::row::Treatment;
use crate::formats::search::word_of;
use crate::formats::stamp::StampReader;
use crate::formats::{Parsed, StampSide, value};
use crate::lines::LineBatch;

/// A cell for each line of a window.
pub(super) type Column<T> = [T; ROWS];

/// A level that was read, by its bytes: a log has few.
#[derive(Debug, Clone, Copy)]
struct Level {
    word: u64,
    length: usize,
    scale: LevelScale,
    value: i64,
}

/// What the lines of a window hold, a row each. Cells that a line does not have are empty.
#[derive(Debug)]
pub(super) struct Run {
    stamps: Column<Span>,
    /// The names of the stretches that their stamps are of; zero for none.
    stretches: Column<u32>,
    times_ns: Column<i64>,
    numbers: [Column<i64>; Number::COUNT],
    texts: [Column<Span>; Text::COUNT],
    request_ids: Column<Span>,
    /// Whether any of those may hold something.
    has_ids: bool,
    /// Pieces of the part that is being walked, if it has no column for them.
    pieces: Column<Span>,
    levels: [Level; 8],
    paths: Paths,
}

impl Run {
    pub(super) fn new() -> Self {
        let none = Level {
            word: 0,
            length: 0,
            scale: LevelScale::Words,
            value: ABSENT,
        };
        Self {
            stamps: [Span::default(); ROWS],
            stretches: [0; ROWS],
            times_ns: [0; ROWS],
            numbers: [[ABSENT; ROWS]; Number::COUNT],
            texts: [[Span::default(); ROWS]; Text::COUNT],
            request_ids: [Span::default(); ROWS],
            has_ids: false,
            pieces: [Span::default(); ROWS],
            levels: [none; 8],
            paths: Paths::new(),
        }
    }

    /// Where the pieces of a field stand before they are taken.
    #[inline]
    pub(super) fn pieces_of(&mut self, take: Take) -> &mut Column<Span> {
        match take {
            Take::Time => &mut self.stamps,
            Take::RequestId => {
                self.has_ids = true;
                &mut self.request_ids
            }
            Take::Text(text, _) => self.texts_mut(text),
            Take::Skip | Take::Number(_) | Take::Address { .. } | Take::Request => &mut self.pieces,
        }
    }

    #[inline]
    pub(super) fn stretches_mut(&mut self) -> &mut Column<u32> {
        &mut self.stretches
    }

    #[inline]
    pub(super) fn pieces_mut(&mut self) -> &mut Column<Span> {
        &mut self.pieces
    }

    #[inline]
    pub(super) fn numbers_mut(&mut self, number: Number) -> &mut Column<i64> {
        &mut self.numbers[number as usize]
    }

    #[inline]
    pub(super) fn texts_mut(&mut self, text: Text) -> &mut Column<Span> {
        &mut self.texts[text as usize]
    }

    /// Reads the stamp of a row, unless it is the same again. False if it is none.
    #[inline]
    pub(super) fn read_time(
        &mut self,
        row: usize,
        buffer: &[u8],
        (again, repeats): (&mut Again, bool),
        stamps: &mut StampReader,
    ) -> bool {
        let row = row % ROWS;
        if let Some(time_ns) = again.time_ns(self.stretches[row]) {
            self.times_ns[row] = time_ns;
            return true;
        }
        let is_read = self.read_anew(row, buffer, repeats, stamps);
        if is_read {
            again.was_read(self.stretches[row], self.times_ns[row]);
        }
        is_read
    }

    #[inline(never)]
    fn read_anew(
        &mut self,
        row: usize,
        buffer: &[u8],
        repeats: bool,
        stamps: &mut StampReader,
    ) -> bool {
        let stamp = self.stamps[row].of_buffer(buffer);
        if repeats && let Some(time_ns) = stamps.same_again(stamp) {
            self.times_ns[row] = time_ns;
            return true;
        }
        let Some(time_ns) = stamps.read(stamp) else {
            return false;
        };
        self.times_ns[row] = time_ns;
        if repeats {
            let behind = (self.stamps[row].start + self.stamps[row].length) as usize;
            stamps.stood_before(stamp, buffer.get(behind..=behind).unwrap_or(&[]));
        }
        true
    }

    /// The level that a piece says, `ABSENT` for none.
    #[inline]
    pub(super) fn level(&mut self, piece: &[u8], scale: LevelScale) -> i64 {
        if piece.len() > 8 {
            return value::level(piece, scale).unwrap_or(ABSENT);
        }
        let word = word_of(piece);
        let known = &mut self.levels[(word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 61) as usize];
        if known.word != word || known.length != piece.len() || known.scale != scale {
            *known = Level {
                word,
                length: piece.len(),
                scale,
                value: value::level(piece, scale).unwrap_or(ABSENT),
            };
        }
        known.value
    }

    pub(super) fn message<'a>(&self, row: usize, buffer: &'a [u8]) -> &'a [u8] {
        self.texts[Text::Message as usize][row % ROWS].text(buffer)
    }

    /// Empties the cells of a row.
    pub(super) fn clear(&mut self, row: usize, numbers: u32, texts: u32) {
        for number in numbers_of(numbers) {
            self.numbers[number as usize][row % ROWS] = ABSENT;
        }
        for text in texts_of(texts) {
            self.texts[text as usize][row % ROWS] = Span::default();
        }
        self.request_ids[row % ROWS] = Span::default();
        self.stretches[row % ROWS] = 0;
    }

    /// Empties all cells of columns in the first `rows`.
    pub(super) fn clear_all(&mut self, rows: usize, numbers: u32, texts: u32) {
        for number in numbers_of(numbers) {
            self.numbers[number as usize][..rows].fill(ABSENT);
        }
        for text in texts_of(texts) {
            self.texts[text as usize][..rows].fill(Span::default());
        }
        if std::mem::take(&mut self.has_ids) {
            self.request_ids[..rows].fill(Span::default());
        }
        self.stretches[..rows].fill(0);
    }

    /// Makes events of rows, whose lines are these. `numbers` and `texts`: which columns may hold
    /// something, a bit each.
    pub(super) fn put(
        &mut self,
        rows: Range<usize>,
        lines: &[u32],
        (batch, side): (&LineBatch, StampSide),
        (numbers, texts): (u32, u32),
        treatments: &[Treatment; Text::COUNT],
        parsed: &mut Parsed,
    ) {
        self.open(rows.clone(), lines, (batch, side), parsed);
        for number in numbers_of(numbers) {
            let column = &self.numbers[number as usize][rows.clone()];
            if column.iter().any(|value| *value != ABSENT) {
                parsed.chunk.extend_numbers(number, column);
            }
        }
        let buffer = batch.buffer();
        for text in texts_of(texts) {
            let spans = &self.texts[text as usize][rows.clone()];
            let treatment = treatments[text as usize];
            intern((text, treatment), spans, buffer, &mut self.paths, parsed);
            if text == Text::Message {
                let levels = &self.numbers[Number::Level as usize][rows.clone()];
                parts(levels, spans, buffer, parsed);
            }
        }
    }

    /// Opens the events with their times and places, and notes which requests they are.
    fn open(
        &mut self,
        rows: Range<usize>,
        lines: &[u32],
        (batch, side): (&LineBatch, StampSide),
        parsed: &mut Parsed,
    ) {
        let times_ns = &mut self.times_ns[rows.clone()];
        let latencies_us = &self.numbers[Number::LatencyUs as usize][rows.clone()];
        let worked_ns = |us: i64| {
            if us == ABSENT {
                0
            } else {
                us.saturating_mul(1000)
            }
        };
        if side == StampSide::End {
            for (time_ns, us) in times_ns.iter_mut().zip(latencies_us) {
                *time_ns = time_ns.saturating_sub(worked_ns(*us));
            }
        }
        let chunk = &mut parsed.chunk;
        chunk.time_ns.extend_from_slice(times_ns);
        chunk.line.extend(lines.iter().map(|line| u64::from(*line)));
        batch.put_places(lines, &mut chunk.offset, &mut chunk.length);
        let request_ids = match self.has_ids {
            true => &self.request_ids[rows],
            false => &[],
        };
        for (row, span) in request_ids.iter().enumerate() {
            if span.length > 0 {
                let end_ns = times_ns[row].saturating_add(worked_ns(latencies_us[row]).max(0));
                let id = span.of_buffer(batch.buffer());
                let sighting = Sighting::of(id, times_ns[row], end_ns);
                parsed.sightings.extend(sighting);
            }
        }
    }
}

fn numbers_of(set: u32) -> impl Iterator<Item = Number> {
    let is_set = move |number: &Number| set & 1 << *number as u32 != 0;
    Number::ALL.into_iter().filter(is_set)
}

fn texts_of(set: u32) -> impl Iterator<Item = Text> {
    let is_set = move |text: &Text| set & 1 << *text as u32 != 0;
    Text::ALL.into_iter().filter(is_set)
}
