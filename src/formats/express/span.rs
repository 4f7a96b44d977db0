//! Parts of a batch's buffer.
//!
//! In: where a piece begins and ends. Out: its bytes.

/// A part of the buffer; none if it is empty.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) length: u32,
}

impl Span {
    #[inline]
    pub(super) fn of(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            length: (end - start) as u32,
        }
    }

    /// The same counted from `start`, which is not behind it.
    pub(super) fn since(self, start: usize) -> Self {
        Self {
            start: self.start - start as u32,
            ..self
        }
    }

    /// What is counted from `start`, counted from the beginning.
    #[inline]
    pub(super) fn from(self, start: usize) -> Self {
        Self {
            start: self.start + start as u32,
            ..self
        }
    }

    /// Where it begins and ends.
    #[inline]
    pub(super) fn range(self) -> (usize, usize) {
        let start = self.start as usize;
        (start, start + self.length as usize)
    }

    #[inline]
    pub(super) fn of_buffer<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        &buffer[self.start as usize..][..self.length as usize]
    }

    /// The text in it: a dash is none.
    #[inline]
    pub(super) fn text<'a>(&self, buffer: &'a [u8]) -> &'a [u8] {
        match self.of_buffer(buffer) {
            b"-" => &[],
            text => text,
        }
    }
}
