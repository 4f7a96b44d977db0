//! Parts of a buffer: where a piece begins and how long it is.
//!
//! In: places. Out: the bytes between them. Knows nothing of what they say.

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

    /// The text in it: a dash is none.
    #[inline]
    pub fn text<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        match self.of_buffer(buffer) {
            b"-" => &[],
            text => text,
        }
    }
}
