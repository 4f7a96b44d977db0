//! Lines: a buffer and where its lines begin and end.
//!
//! In: blocks of bytes of one source, cut where an event may end. Out: `LineBatch`es.
//! Knows line ends (`\n`, `\r\n`) and nothing of formats.

/// Lines of one source: one buffer and ranges into it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineBatch {
    buffer: Vec<u8>,
    ranges: Vec<(u32, u32)>, // without line ends
    first_offset: u64,
}

impl LineBatch {
    /// Splits a buffer (less than 4 GiB) whose first byte is at `first_offset` of its source.
    /// A last line without an end is a line; an end at the end opens none.
    pub fn split(buffer: Vec<u8>, first_offset: u64) -> Self {
        let mut ranges = Vec::with_capacity(buffer.len() / 120 + 1);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &buffer).chain(std::iter::once(buffer.len())) {
            if end == buffer.len() && start == end {
                break;
            }
            let cut = usize::from(end > start && buffer[end - 1] == b'\r');
            ranges.push((start as u32, (end - cut) as u32));
            start = end + 1;
        }
        Self {
            buffer,
            ranges,
            first_offset,
        }
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

    /// Byte offset of line `i` in its source.
    pub fn offset(&self, i: usize) -> u64 {
        self.first_offset + u64::from(self.ranges[i].0)
    }

    /// Lines `[first, end)` with the line ends between them. Empty if `first >= end`.
    pub fn span(&self, first: usize, end: usize) -> &[u8] {
        if first >= end {
            return &[];
        }
        &self.buffer[self.ranges[first].0 as usize..self.ranges[end - 1].1 as usize]
    }

    /// The buffer, to be used again.
    pub fn into_buffer(self) -> Vec<u8> {
        self.buffer
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
