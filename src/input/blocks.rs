//! A source cut into blocks that end where an event may end.

use std::io::{self, Read};

/// Bytes read at a time.
pub const BLOCK_BYTES: usize = 1 << 20;
/// A block without any line end grows up to this, then it is cut anyway.
const BLOCK_BYTES_MAX: usize = 16 << 20;

/// Buffers kept for reuse.
const SPARE_MAX: usize = 16;

/// Whole lines of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Offset of the first in the (decompressed) source.
    pub offset: u64,
}

/// Where an event may begin, given the line before (if it is in the block) and the line.
pub type Cut = fn(Option<&[u8]>, &[u8]) -> bool;

/// Reads a source block by block.
pub struct Blocks<R> {
    reader: R,
    cut: Cut,
    /// What was read and not handed out yet stands at its start, `filled` bytes.
    carry: Vec<u8>,
    filled: usize,
    /// Buffers of blocks that nobody needs any more.
    spare: Vec<Vec<u8>>,
    offset: u64,
    ended: bool,
    failure: Option<io::Error>,
}

impl<R: Read> Blocks<R> {
    /// Blocks of `reader`, cut where `cut` allows.
    pub fn new(reader: R, cut: Cut) -> Self {
        Self {
            reader,
            cut,
            carry: Vec::new(),
            filled: 0,
            spare: Vec::new(),
            offset: 0,
            ended: false,
            failure: None,
        }
    }

    /// Takes back the buffer of a block: reading into memory that is there already spares the
    /// system as much time as copying the bytes takes.
    pub fn reuse(&mut self, buffer: Vec<u8>) {
        if self.spare.len() < SPARE_MAX && buffer.capacity() <= 2 * BLOCK_BYTES {
            self.spare.push(buffer);
        }
    }

    /// The next block; `None` at the end. What was read before a failure is handed out
    /// first; the failure comes after it, once.
    pub fn next_block(&mut self) -> io::Result<Option<Block>> {
        while !self.ended {
            self.fill();
            if self.ended {
                break;
            }
            if let Some(end) = last_cut(&self.carry[..self.filled], self.cut) {
                return Ok(Some(self.hand_out(end)));
            }
        }
        if self.filled > 0 {
            return Ok(Some(self.hand_out(self.filled)));
        }
        self.failure.take().map_or(Ok(None), Err)
    }

    /// Reads one more piece into the carry.
    fn fill(&mut self) {
        let wanted = self.filled + BLOCK_BYTES;
        if self.carry.len() < wanted {
            self.carry.resize(wanted, 0);
        }
        while self.filled < wanted && !self.ended {
            match self.reader.read(&mut self.carry[self.filled..wanted]) {
                Ok(0) => self.ended = true,
                Ok(n) => self.filled += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => (self.ended, self.failure) = (true, Some(error)),
            }
        }
    }

    fn hand_out(&mut self, end: usize) -> Block {
        let rest = self.filled - end;
        let mut next = self.spare.pop().unwrap_or_default();
        // What is in a spare buffer is overwritten by the next read: only growing it costs.
        if next.len() < rest {
            next.resize(rest, 0);
        }
        next[..rest].copy_from_slice(&self.carry[end..self.filled]);
        let mut bytes = std::mem::replace(&mut self.carry, next);
        bytes.truncate(end);
        self.filled = rest;
        let offset = self.offset;
        self.offset += bytes.len() as u64;
        Block { bytes, offset }
    }
}

/// Where the last event of `bytes` may begin: all before it is whole. `None` if nothing is;
/// a carry that has grown too large is cut at its last line end, or where it stands.
fn last_cut(bytes: &[u8], cut: Cut) -> Option<usize> {
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

    #[test]
    fn a_buffer_used_again_holds_nothing_of_before() {
        let text = "some line of text\n".repeat(300_000).into_bytes();
        let mut blocks = Blocks::new(text.as_slice(), at_unindented_lines);
        let mut read = Vec::new();
        while let Some(block) = blocks.next_block().expect("memory does not fail") {
            read.extend_from_slice(&block.bytes);
            blocks.reuse(vec![b'x'; 2000]);
            blocks.reuse(block.bytes);
        }
        assert!(read == text);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
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
