//! A source cut into blocks that end where an event may end.

use std::io::{self, Read};
use std::sync::Arc;

use super::buffers::Buffers;

/// Bytes read at a time.
pub const BLOCK_BYTES: usize = 1 << 20;
/// What begins a line of column names.
const HEADER: &[u8] = b"#Fields:";
/// A block without any line end grows up to this, then it is cut anyway.
const BLOCK_BYTES_MAX: usize = 16 << 20;

/// Whole lines of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Offset of the first in the (decompressed) source.
    pub offset: u64,
    /// The line of column names that holds at the first line, if one stands before the block.
    pub header: Option<Arc<[u8]>>,
}

/// Where an event may begin, given the line before (if it is in the block) and the line.
pub type Cut = fn(Option<&[u8]>, &[u8]) -> bool;

/// Reads a source block by block.
pub struct Blocks<R> {
    reader: R,
    cut: Cut,
    buffers: Buffers,
    /// What was read and is in no block yet; behind it anything.
    carry: Vec<u8>,
    carried: usize,
    offset: u64,
    /// Bytes that the next piece is longer.
    longer: usize,
    ended: bool,
    failure: Option<io::Error>,
    columns: ColumnNames,
}

/// The line of column names that holds where a block of a source begins, if the source begins
/// with directives, which may name columns.
#[derive(Debug, Clone, Default)]
pub struct ColumnNames {
    has_directives: bool,
    header: Option<Arc<[u8]>>,
}

impl ColumnNames {
    /// The line that holds at the first line of the next block; `is_first` if the block begins
    /// the source.
    pub fn over(&mut self, bytes: &[u8], is_first: bool) -> Option<Arc<[u8]>> {
        self.has_directives |= is_first && bytes.starts_with(b"#");
        let header = self.header.clone();
        if self.has_directives
            && let Some(line) = last_header(bytes)
        {
            self.header = Some(line.into());
        }
        header
    }
}

impl<R: Read> Blocks<R> {
    /// Blocks of `reader`, cut where `cut` allows.
    pub fn new(reader: R, cut: Cut) -> Self {
        Self {
            reader,
            cut,
            buffers: Buffers::default(),
            carry: Vec::new(),
            carried: 0,
            offset: 0,
            longer: 0,
            ended: false,
            failure: None,
            columns: ColumnNames::default(),
        }
    }

    /// Goes on where another reader of the same source was after a block: `reader` gives the bytes
    /// from `offset` on, of which `carried` had been read already. The blocks are the same ones.
    pub fn resumed(reader: R, cut: Cut, offset: u64, carried: usize) -> Self {
        Self {
            offset,
            longer: carried,
            ..Self::new(reader, cut)
        }
    }

    /// The same, with buffers that other blocks were in.
    pub fn with(self, buffers: &Buffers) -> Self {
        Self {
            buffers: buffers.clone(),
            ..self
        }
    }

    /// Bytes read that are in no block yet.
    pub fn carried(&self) -> usize {
        self.carried
    }

    /// Whether the source has ended: the last block then ends where it did.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The next block; `None` at the end. What was read before a failure is handed out
    /// first; the failure comes after it, once.
    pub fn next_block(&mut self) -> io::Result<Option<Block>> {
        while !self.ended {
            self.fill();
            if self.ended {
                break;
            }
            if let Some(end) = last_cut(&self.carry[..self.carried], self.cut) {
                return Ok(Some(self.hand_out(end)));
            }
        }
        if self.carried > 0 {
            return Ok(Some(self.hand_out(self.carried)));
        }
        self.failure.take().map_or(Ok(None), Err)
    }

    /// Reads one more piece into the carry.
    fn fill(&mut self) {
        let end = self.carried + BLOCK_BYTES + std::mem::take(&mut self.longer);
        if self.carry.capacity() == 0 {
            self.carry = self.buffers.take();
        }
        if self.carry.len() < end {
            self.carry.resize(end, 0);
        }
        while self.carried < end && !self.ended {
            match self.reader.read(&mut self.carry[self.carried..end]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.carried += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => (self.ended, self.failure) = (true, Some(error)),
            }
        }
    }

    fn hand_out(&mut self, end: usize) -> Block {
        let rest = &self.carry[end..self.carried];
        self.carried = rest.len();
        let mut next = match self.ended {
            true => Vec::new(),
            false => self.buffers.take(),
        };
        let there = next.len().min(rest.len());
        next[..there].copy_from_slice(&rest[..there]);
        next.extend_from_slice(&rest[there..]);
        let mut bytes = std::mem::replace(&mut self.carry, next);
        bytes.truncate(end);
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        let header = self.columns.over(&bytes, offset == 0);
        Block {
            bytes,
            offset,
            header,
        }
    }
}

impl Block {
    /// The bytes before a place and those from there on, as blocks of their own.
    pub fn parted(mut self, at: usize) -> (Self, Self) {
        let bytes = self.bytes.split_off(at);
        let named = self.header.is_some() || self.bytes.starts_with(b"#");
        let within = named.then(|| last_header(&self.bytes)).flatten();
        let rest = Self {
            bytes,
            offset: self.offset + at as u64,
            header: within.map(Arc::from).or_else(|| self.header.clone()),
        };
        (self, rest)
    }
}

/// The last line of column names (`#Fields: date time`), without its end.
fn last_header(bytes: &[u8]) -> Option<&[u8]> {
    let mut from_end = memchr::memmem::rfind_iter(bytes, HEADER);
    let at = from_end.find(|&at| at == 0 || bytes[at - 1] == b'\n')?;
    let line = &bytes[at..];
    Some(line[..memchr::memchr(b'\n', line).unwrap_or(line.len())].trim_ascii_end())
}

/// Where the last event of `bytes` may begin: all before it is whole. `None` if nothing is;
/// a carry that has grown too large is cut at its last line end, or where it stands.
pub(super) fn last_cut(bytes: &[u8], cut: Cut) -> Option<usize> {
    let mut ends = memchr::memrchr_iter(b'\n', bytes);
    let Some(mut after) = ends.next() else {
        return (bytes.len() > BLOCK_BYTES_MAX).then_some(bytes.len());
    };
    let last_line_end = after + 1;
    for end in ends.chain(std::iter::once(usize::MAX)) {
        // The line that begins after line end `after` is in `bytes` only in part: it is
        // looked at with what there is of it.
        let line_start = after + 1;
        let line_end =
            memchr::memchr(b'\n', &bytes[line_start..]).map_or(bytes.len(), |n| line_start + n);
        let before = if end == usize::MAX {
            &bytes[..after]
        } else {
            &bytes[end + 1..after]
        };
        if line_start < bytes.len() && cut(Some(before), &bytes[line_start..line_end]) {
            return Some(line_start);
        }
        if end == usize::MAX {
            break;
        }
        after = end;
    }
    (bytes.len() > BLOCK_BYTES_MAX).then_some(last_line_end)
}

/// The first place from `from` on, where a line begins, at which an event may begin.
pub(super) fn first_cut(bytes: &[u8], from: usize, cut: Cut) -> Option<usize> {
    let mut at = from;
    while at < bytes.len() {
        let line = &bytes[at..];
        let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
        let above = bytes[..at].strip_suffix(b"\n").map(|above| {
            let start = memchr::memrchr(b'\n', above).map_or(0, |end| end + 1);
            &above[start..]
        });
        if cut(above, line) {
            return Some(at);
        }
        at += line.len() + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at_unindented_lines(_before: Option<&[u8]>, line: &[u8]) -> bool {
        !matches!(line.first(), Some(b' ' | b'\t'))
    }

    fn all(text: &[u8], cut: Cut) -> Vec<Block> {
        let mut blocks = Blocks::new(text, cut);
        std::iter::from_fn(|| blocks.next_block().expect("memory does not fail")).collect()
    }

    #[test]
    fn a_cut_leaves_whole_events_before_it() {
        let check = |text: &str, expected: Option<usize>| {
            assert_eq!(
                last_cut(text.as_bytes(), at_unindented_lines),
                expected,
                "{text:?}"
            )
        };
        check("a\nb", Some(2));
        check("a\n  b\nc", Some(6));
        check("a\n  b\n  c", None);
        check("a\n", None);
        check("no end", None);
    }

    #[test]
    fn a_block_knows_the_last_line_of_column_names_before_it() {
        let rows = "2024-01-05 200\n".repeat(100_000);
        let text = format!("#Fields: date a\n{rows}#Fields: date b\r\n{rows}");
        let blocks = all(text.as_bytes(), at_unindented_lines);
        let headers: Vec<Option<&[u8]>> =
            blocks.iter().map(|block| block.header.as_deref()).collect();
        let (a, b): (&[u8], &[u8]) = (b"#Fields: date a", b"#Fields: date b");
        assert_eq!(headers, [None, Some(a), Some(b)]);
    }

    #[test]
    fn what_has_no_line_end_is_cut_all_the_same() {
        let text = vec![b'x'; 40 << 20];
        let blocks = all(&text, at_unindented_lines);
        assert!(
            blocks
                .iter()
                .all(|block| block.bytes.len() <= BLOCK_BYTES_MAX + BLOCK_BYTES)
        );
        assert_eq!(
            blocks.iter().map(|block| block.bytes.len()).sum::<usize>(),
            text.len()
        );
    }

    #[test]
    fn a_failure_comes_after_what_was_read() {
        struct Broken(usize);
        impl Read for Broken {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                match self.0 {
                    1 => {
                        buffer[..2].copy_from_slice(b"a\n");
                        Ok(2)
                    }
                    _ => Err(io::Error::other("disk")),
                }
            }
        }
        let mut blocks = Blocks::new(Broken(0), at_unindented_lines);
        assert_eq!(
            blocks
                .next_block()
                .expect("read before")
                .expect("a block")
                .bytes,
            b"a\n"
        );
        assert!(blocks.next_block().is_err());
        assert_eq!(blocks.next_block().expect("once"), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn blocks_that_go_on_are_those_that_were_read_at_once(line in "[ a-z]{1,3000}", n in 1usize..2000) {
            let text = format!("{line}\n").repeat(n).into_bytes();
            let whole = all(&text, at_unindented_lines);
            let mut blocks = Blocks::new(&text[..], at_unindented_lines);
            for i in 0..whole.len() {
                blocks.next_block().expect("memory does not fail");
                let end = (whole[i].offset as usize) + whole[i].bytes.len();
                let rest = &text[end..];
                let mut resumed =
                    Blocks::resumed(rest, at_unindented_lines, end as u64, blocks.carried());
                let next = || resumed.next_block().expect("memory does not fail");
                prop_assert_eq!(&std::iter::from_fn(next).collect::<Vec<_>>(), &whole[i + 1..]);
            }
        }

        #[test]
        fn what_a_buffer_held_before_is_in_no_block(lines in prop::collection::vec("[ a-z]{1,3000}", 3), n in 1usize..1500) {
            let buffers = Buffers::default();
            for line in lines {
                let text = format!("{line}\n").repeat(n).into_bytes();
                let mut blocks = Blocks::new(&text[..], at_unindented_lines).with(&buffers);
                for expected in all(&text, at_unindented_lines) {
                    let found = blocks.next_block().expect("memory does not fail");
                    prop_assert_eq!(found.as_ref(), Some(&expected));
                    found.into_iter().for_each(|block| buffers.give(block.bytes));
                }
                prop_assert_eq!(blocks.next_block().expect("memory does not fail"), None);
            }
        }

        #[test]
        fn no_byte_is_lost(line in "[ a-z]{0,3000}", n in 1usize..2000) {
            let text = format!("{line}\n").repeat(n).into_bytes();
            let blocks = all(&text, at_unindented_lines);
            let mut offset = 0;
            for block in &blocks {
                prop_assert_eq!(block.offset, offset);
                offset += block.bytes.len() as u64;
            }
            prop_assert_eq!(blocks.iter().flat_map(|block| block.bytes.clone()).collect::<Vec<_>>(), text);
        }
    }
}
