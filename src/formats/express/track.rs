//! Some lines of a batch on the short way, from looking at them to the events that they become.
//!
//! In: lines, and which of them an `Express` found to be usual. Out: events, in the order of lines.
//! Finds no field itself.

use std::ops::Range;

use super::again::Again;
use super::run::Treatment;
use super::window::{ROWS, Window};
use crate::events::Text;
use crate::formats::marks::Marks;
use crate::formats::places::{Places, STRETCH};
use crate::formats::stamp::StampReader;
use crate::formats::{Parsed, StampSide};
use crate::lines::LineBatch;

/// Some lines of a batch on the short way.
#[derive(Debug)]
pub struct Track<'a> {
    pub(super) batch: &'a LineBatch,
    pub(super) places: Places,
    /// The stretch of which they are to be found, once a part asks for them.
    unseen: Range<usize>,
    side: StampSide,
    pub(super) marks: &'a Marks,
    pub(super) window: Box<Window>,
    /// Which columns of the window may hold something, a bit each.
    pub(super) numbers: u32,
    pub(super) texts: u32,
    /// How its texts become names.
    pub(super) treatments: [Treatment; Text::COUNT],
    /// Most lines have the stamp of the line before.
    pub(super) repeats: bool,
    pub(super) again: Again,
    /// Rows before this one are events or went another way.
    first: usize,
}

impl<'a> Track<'a> {
    /// Of a batch of a format.
    pub fn new(batch: &'a LineBatch, side: StampSide, marks: &'a Marks) -> Self {
        Self {
            batch,
            places: Places::default(),
            unseen: 0..0,
            side,
            marks,
            window: Window::new(),
            numbers: 0,
            texts: 0,
            treatments: [Treatment::Plain; Text::COUNT],
            repeats: false,
            again: Again::default(),
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
        self.unseen = start..self.batch.range(i - 1).1;
        i - next
    }

    /// Finds the quotes of its lines, for the first part that asks where they are.
    pub(super) fn find_quotes(&mut self) {
        if !self.unseen.is_empty() {
            let Range { start, end } = std::mem::take(&mut self.unseen);
            self.places.look(self.batch.buffer(), start, end);
        }
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
        let again = (&mut self.again, self.repeats);
        self.window.usual >> row & 1 == 1 && self.window.run.read_time(row, buffer, again, stamps)
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
        if row < self.window.rows {
            self.again.forget_time();
        }
        self.first = row + 1;
    }
}
