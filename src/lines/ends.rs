//! Where lines begin and end.
//!
//! In: a buffer. Out: the range of each line, without its end. Looks at 64 bytes at a time, since
//! a search for each line's end costs more than the lines are long.

use super::bits::{BLOCK, any, bits, is};

/// How many blocks are looked at before the ends in them become lines.
const BLOCKS: usize = 64;
/// Bytes of a line from which on few blocks hold an end: those are looked at a second time.
const LONG: usize = 2 * BLOCK;
/// Bytes from which the length of lines is guessed.
const GUESSED_BYTES: usize = 1 << 13;

/// The lines of a buffer of less than 4 GiB. A last line without an end is a line; an end at the
/// end opens none.
pub(super) fn ranges(buffer: &[u8]) -> Vec<(u32, u32)> {
    let lines = lines_about(buffer);
    let are_long = buffer.len() / LONG > lines;
    let is_end = |bytes| is(bytes, b'\n');
    let mut ranges = Vec::with_capacity(lines);
    let mut start = 0;
    let mut add = |end: usize| {
        let cut = usize::from(end > start && buffer[end - 1] == b'\r');
        ranges.push((start as u32, (end - cut) as u32));
        start = end + 1;
    };
    // Which blocks hold an end cannot be foretold: what is found in each is written, and counts
    // if it is something.
    let mut found = [(0, 0); BLOCKS];
    let (blocks, rest) = buffer.as_chunks::<BLOCK>();
    for (i, some) in blocks.chunks(BLOCKS).enumerate() {
        let mut count = 0;
        let mut note = |at, ends| {
            found[count % BLOCKS] = (at, ends);
            count += usize::from(ends != 0);
        };
        let all = some.iter().zip((BLOCK * BLOCKS * i..).step_by(BLOCK));
        if are_long {
            all.for_each(|(block, at)| note(at, u64::from(any(block, is_end))));
            for (at, ends) in &mut found[..count] {
                *ends = bits(&blocks[*at / BLOCK], is_end);
            }
        } else {
            all.for_each(|(block, at)| note(at, bits(block, is_end)));
        }
        for (at, mut ends) in found[..count].iter().copied() {
            while ends != 0 {
                add(at + ends.trailing_zeros() as usize);
                ends &= ends - 1;
            }
        }
    }
    for at in memchr::memchr_iter(b'\n', rest) {
        add(BLOCK * blocks.len() + at);
    }
    if start < buffer.len() {
        let last = buffer[start..]
            .strip_suffix(b"\r")
            .unwrap_or(&buffer[start..]);
        ranges.push((start as u32, (start + last.len()) as u32));
    }
    ranges
}

/// How many lines a buffer has, if those at its start are as long as all.
fn lines_about(buffer: &[u8]) -> usize {
    let guessed = &buffer[..buffer.len().min(GUESSED_BYTES)];
    let lines = memchr::memchr_iter(b'\n', guessed).count() + 1;
    lines * (buffer.len() / GUESSED_BYTES + 1) * 9 / 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lines_are_what_stands_between_their_ends(text in "([a-z]{0,80}|\r|\n|\n{70}|b{3000}){0,12}") {
            let mut lines: Vec<&str> = text.split('\n').collect();
            if lines.last() == Some(&"") {
                lines.pop();
            }
            let lines = lines.iter().map(|line| line.strip_suffix('\r').unwrap_or(line));
            let found_ranges = ranges(text.as_bytes());
            let found = found_ranges.iter().map(|(start, end)| &text[*start as usize..*end as usize]);
            prop_assert!(found.eq(lines), "{:?}", text);
        }
    }
}
