//! Lines: a buffer and where its lines begin and end.
//!
//! In: blocks of bytes of one source, cut where an event may end. Out: `LineBatch`es.
//! Knows line ends (`\n`, `\r\n`) and nothing of formats.

pub mod bits;
mod ends;

use std::ops::Range;
use std::sync::Arc;

/// Lines of one source: one buffer and ranges into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineBatch {
    buffer: Vec<u8>,
    ranges: Vec<(u32, u32)>, // without line ends
    first_offset: u64,
    /// The line further up that names the columns, if it is not in the batch.
    header: Option<Arc<[u8]>>,
}

impl LineBatch {
    /// Splits a buffer (less than 4 GiB) whose first byte is at `first_offset` of its source.
    /// A last line without an end is a line; an end at the end opens none.
    pub fn split(buffer: Vec<u8>, first_offset: u64) -> Self {
        let ranges = ends::ranges(&buffer);
        Self {
            buffer,
            ranges,
            first_offset,
            header: None,
        }
    }

    /// The same under a line of column names that stands before the batch.
    pub fn under(self, header: Option<Arc<[u8]>>) -> Self {
        Self { header, ..self }
    }

    /// The line of column names that holds at the first line, if it stands before the batch.
    pub fn header(&self) -> Option<&[u8]> {
        self.header.as_deref()
    }

    /// Byte offset of the first byte in its source.
    pub fn first_offset(&self) -> u64 {
        self.first_offset
    }

    /// Lines at these ranges of a buffer (less than 4 GiB), in their order, each with a line end
    /// behind it that is not of its range; a line may hold line ends of its own.
    pub fn of(buffer: Vec<u8>, ranges: Vec<Range<u32>>) -> Self {
        Self {
            buffer,
            ranges: ranges
                .iter()
                .map(|range| (range.start, range.end))
                .collect(),
            first_offset: 0,
            header: None,
        }
    }

    /// These lines as a batch of their own, with offsets of its own.
    /// # Panics
    /// If one of them is not there.
    pub fn only(&self, lines: &[usize]) -> Self {
        let (mut buffer, mut ranges) = (Vec::new(), Vec::with_capacity(lines.len()));
        for &i in lines {
            let start = buffer.len() as u32;
            buffer.extend_from_slice(self.line(i));
            ranges.push((start, buffer.len() as u32));
            buffer.push(b'\n');
        }
        Self {
            buffer,
            ranges,
            first_offset: 0,
            header: None,
        }
    }

    /// The last line that begins before `offset` of the source; the first if none does.
    pub fn line_before(&self, offset: u64) -> usize {
        let within = offset.saturating_sub(self.first_offset);
        self.ranges
            .partition_point(|(start, _)| u64::from(*start) < within)
            .saturating_sub(1)
    }

    /// How many lines.
    pub fn len(&self) -> usize {
        self.ranges.len()
    }

    /// True without a line.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty()
    }

    /// Line `i` without its end.
    /// # Panics
    /// If there is no line `i`.
    pub fn line(&self, i: usize) -> &[u8] {
        let (start, end) = self.ranges[i];
        &self.buffer[start as usize..end as usize]
    }

    /// Where line `i` begins and ends in the buffer, without its end.
    /// # Panics
    /// If there is no line `i`.
    pub fn range(&self, i: usize) -> (usize, usize) {
        let (start, end) = self.ranges[i];
        (start as usize, end as usize)
    }

    /// The buffer, for other lines.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
    }

    /// All bytes, line ends included.
    pub fn buffer(&self) -> &[u8] {
        &self.buffer
    }

    /// Byte offset of line `i` in its source.
    pub fn offset(&self, i: usize) -> u64 {
        self.first_offset + u64::from(self.ranges[i].0)
    }

    /// Adds the byte offsets of lines, in their order, in their source, and how long each is.
    /// # Panics
    /// If one of them is not there.
    pub fn put_places(&self, lines: &[u32], offsets: &mut Vec<u64>, lengths: &mut Vec<u32>) {
        let (Some(first), Some(last)) = (lines.first(), lines.last()) else {
            return;
        };
        // Mostly no line is left out between the first and the last.
        let is_run = (last - first) as usize + 1 == lines.len();
        for run in lines.chunks(if is_run { lines.len() } else { 1 }) {
            let ranges = &self.ranges[run[0] as usize..][..run.len()];
            let offset = |range: &(u32, u32)| self.first_offset + u64::from(range.0);
            offsets.extend(ranges.iter().map(offset));
            lengths.extend(ranges.iter().map(|(start, end)| end - start));
        }
    }

    /// Lines `[first, end)` with the line ends between them. Empty if `first >= end`.
    pub fn span(&self, first: usize, end: usize) -> &[u8] {
        if first >= end {
            return &[];
        }
        &self.buffer[self.ranges[first].0 as usize..self.ranges[end - 1].1 as usize]
    }

    /// Bytes of the buffer.
    pub fn bytes(&self) -> usize {
        self.buffer.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 10);
        let lines: Vec<_> = (0..batch.len())
            .map(|i| String::from_utf8_lossy(batch.line(i)).into_owned())
            .collect();
        assert_eq!(lines, expected, "{text:?}");
    }

    #[test]
    fn lines_end_at_line_ends_only() {
        check("a\nb\r\n\nc", &["a", "b", "", "c"]);
        check("a\n", &["a"]);
        check("", &[]);
        check("\r\n", &[""]);
    }

    #[test]
    fn a_line_is_found_by_what_is_in_it() {
        let batch = LineBatch::split(b"ab\n\ncd".to_vec(), 10);
        let found: Vec<_> = (10..=16).map(|offset| batch.line_before(offset)).collect();
        assert_eq!(found, [0, 0, 0, 0, 1, 2, 2]);
        let some = batch.only(&[0, 2]);
        assert_eq!((some.line(0), some.line(1)), (&b"ab"[..], &b"cd"[..]));
        assert_eq!(some.span(0, 2), b"ab\ncd");
    }

    proptest! {
        #[test]
        fn offsets_find_their_lines(text: Vec<u8>) {
            let batch = LineBatch::split(text.clone(), 7);
            for i in 0..batch.len() {
                let from = (batch.offset(i) - 7) as usize;
                prop_assert_eq!(&text[from..from + batch.line(i).len()], batch.line(i));
            }
        }
    }
}
