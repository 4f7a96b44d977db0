//! Where lines begin and end.
//!
//! In: a buffer. Out: the range of each line, without its end. Looks at 64 bytes at a time, since
//! a search for each line's end costs more than the lines are long.

use super::bits::{BLOCK, any, bits, is, u8x16};

/// How many blocks are looked at before the ends in them become lines.
const BLOCKS: usize = 64;
/// How many ends of a block are written at once, however many it holds.
const AT_ONCE: usize = 4;
/// Bytes of a line from which on few blocks hold an end: those are looked at a second time.
const LONG: usize = 2 * BLOCK;
/// Bytes from which the length of lines is guessed.
const GUESSED_BYTES: usize = 1 << 13;

/// The lines of a buffer of less than 4 GiB. A last line without an end is a line; an end at the
/// end opens none.
pub(super) fn ranges(buffer: &[u8]) -> Vec<(u32, u32)> {
    let lines = lines_about(buffer);
    let are_long = buffer.len() / LONG > lines;
    let mut ranges = Vec::with_capacity(lines);
    let mut start = 0;
    let mut line = |end: u32| {
        let (from, to) = (start, end as usize);
        start = to + 1;
        let cut = to > from && buffer[to - 1] == b'\r';
        (from as u32, end - u32::from(cut))
    };
    let (blocks, rest) = buffer.as_chunks::<BLOCK>();
    let mut ends = [0; BLOCK * BLOCKS + AT_ONCE];
    for (i, some) in blocks.chunks(BLOCKS).enumerate() {
        let at = BLOCK * BLOCKS * i;
        let count = match are_long {
            true => ends_of_few(some, at, &mut ends),
            false => ends_of_most(some, at, &mut ends),
        };
        ranges.extend(ends[..count].iter().map(|end| line(*end)));
    }
    let behind = buffer.len() - rest.len();
    ranges.extend(memchr::memchr_iter(b'\n', rest).map(|at| line((behind + at) as u32)));
    if start < buffer.len() {
        let last = buffer[start..]
            .strip_suffix(b"\r")
            .unwrap_or(&buffer[start..]);
        ranges.push((start as u32, (start + last.len()) as u32));
    }
    ranges
}

/// Room for the ends in some blocks, and for what is written at once behind the last.
type Ends = [u32; BLOCK * BLOCKS + AT_ONCE];

fn is_end(bytes: u8x16) -> u8x16 {
    is(bytes, b'\n')
}

/// The ends in blocks of which most hold some; how many there are. Not how many a block holds
/// decides how many are written, since that cannot be foretold.
fn ends_of_most(blocks: &[[u8; BLOCK]], mut at: usize, ends: &mut Ends) -> usize {
    let mut count = 0;
    for block in blocks {
        let mut left = bits(block, is_end);
        loop {
            let Some(room) = ends[count..].first_chunk_mut::<AT_ONCE>() else {
                return count;
            };
            for end in room {
                *end = at as u32 + left.trailing_zeros();
                count += usize::from(left != 0);
                left &= left.wrapping_sub(1);
            }
            if left == 0 {
                break;
            }
        }
        at += BLOCK;
    }
    count
}

/// The same of blocks of which most hold none.
fn ends_of_few(blocks: &[[u8; BLOCK]], at: usize, ends: &mut Ends) -> usize {
    // Which blocks hold an end cannot be foretold: each is written, and counts if it holds one.
    let (mut found, mut holding) = ([0; BLOCKS], 0);
    for (i, block) in blocks.iter().enumerate() {
        found[holding % BLOCKS] = i;
        holding += usize::from(any(block, is_end));
    }
    let mut count = 0;
    for i in &found[..holding] {
        let mut left = bits(&blocks[*i], is_end);
        while left != 0 {
            ends[count] = (at + BLOCK * i) as u32 + left.trailing_zeros();
            count += 1;
            left &= left - 1;
        }
    }
    count
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
