//! Parts of a buffer: where a piece begins and how long it is.
//!
//! In: places. Out: the bytes between them. Knows nothing of what they say.

use crate::lines::bits::{BLOCK, bits, u8x16};

/// A part of a buffer; none if it is empty.
#[derive(Debug, Clone, Copy, Default)]
pub struct Span {
    /// Where it begins.
    pub start: u32,
    /// How many bytes it has.
    pub length: u32,
}

impl Span {
    /// From a place to another, neither beyond four gigabytes.
    #[inline]
    pub fn of(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            length: (end - start) as u32,
        }
    }

    /// The same counted from `start`, which is not behind it.
    pub fn since(self, start: usize) -> Self {
        Self {
            start: self.start - start as u32,
            ..self
        }
    }

    /// What is counted from `start`, counted from the beginning.
    #[inline]
    pub fn from(self, start: usize) -> Self {
        Self {
            start: self.start + start as u32,
            ..self
        }
    }

    /// Where it begins and ends.
    #[inline]
    pub fn range(self) -> (usize, usize) {
        let start = self.start as usize;
        (start, start + self.length as usize)
    }

    /// The bytes in it.
    #[inline]
    pub fn of_buffer<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        &buffer[self.start as usize..][..self.length as usize]
    }

    /// So many bytes from where it begins, if the buffer has them.
    #[inline]
    pub fn first_of<'a, const N: usize>(&self, buffer: &'a [u8]) -> Option<&'a [u8; N]> {
        let start = self.start as usize;
        let first = buffer.get(start..start + N)?;
        first.first_chunk()
    }

    /// The text in it: a dash is none.
    #[inline]
    pub fn text<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        match self.of_buffer(buffer) {
            b"-" => &[],
            text => text,
        }
    }
}

/// How long some parts are, at most 64 of them: a byte each, 255 where one has more.
#[derive(Debug)]
pub struct Lengths([u8; BLOCK]);

impl Lengths {
    /// Of these; there are none behind them.
    #[inline]
    pub fn of(spans: &[Span]) -> Self {
        let mut lengths = [0; BLOCK];
        for (length, span) in lengths.iter_mut().zip(spans) {
            *length = span.length.min(255) as u8;
        }
        Self(lengths)
    }

    /// Those that have at most so many bytes, a bit each.
    #[inline]
    pub fn up_to(&self, most: u8) -> u64 {
        bits(&self.0, |lengths| {
            lengths.simd_eq(lengths.min(u8x16::splat(most)))
        })
    }
}
