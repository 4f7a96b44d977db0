//! Usual endpoints of a window, side by side.
//!
//! In: request targets, each with what stands behind it. Out: their normalised paths where they are
//! as `path::usual` wants them. Gives them no names.

use super::window::ROWS;
use crate::events::span::Span;
use crate::formats::path::{USUAL, usual};

/// Bytes from one path to the next: more than any is long.
const STRIDE: usize = 80;

/// A path for each row that has one.
#[derive(Debug)]
pub(super) struct Paths {
    /// What is written behind a path is overwritten by the next.
    pub(super) buffer: Box<[u8; STRIDE * (ROWS - 1) + USUAL]>,
    pub(super) spans: [Span; ROWS],
}

impl Paths {
    pub(super) fn new() -> Self {
        Self {
            buffer: Box::new([0; _]),
            spans: [Span::default(); ROWS],
        }
    }

    /// Writes the path of a row, after those of the rows before. False if it is not usual.
    #[inline]
    pub(super) fn write(
        &mut self,
        row: usize,
        target: (&[u8], usize),
        is_first_word: bool,
    ) -> bool {
        let start = STRIDE * (row % ROWS);
        let room = self.buffer[start..].first_chunk_mut();
        let length = room.and_then(|room| usual(target.0, target.1, is_first_word, room));
        self.spans[row % ROWS] = Span::of(start, start + length.unwrap_or(0));
        length.is_some()
    }

    /// The path of a row.
    pub(super) fn path(&self, row: usize) -> &[u8] {
        self.spans[row % ROWS].of_buffer(&self.buffer[..])
    }
}
