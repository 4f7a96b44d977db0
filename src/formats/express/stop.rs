//! Where fields end.
//!
//! In: a buffer and a place in it. Out: where the field that begins there ends, or nothing where
//! it is not as usual. Does not look at what stands behind it.

use super::look::{Look, SEEN, WORD_SEEN, word_end};
use crate::formats::places::{Places, quotes};
use crate::lines::bits::BLOCK;

/// Where a field ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// Before it begins: it is none.
    Here,
    /// At the next quote.
    Quote,
    /// The same where lines have few: it is looked for from where the field begins.
    RareQuote,
    /// At the next such byte.
    Byte(u8),
    /// At the next space or the end of the line; no quote opens it.
    Word,
    /// Where a number, `true` or `false` of JSON ends.
    Bare,
    /// At the end of the line.
    LineEnd,
}

impl Stop {
    /// Where a field ends that begins at `at`, in a line that goes to `end`.
    pub(super) fn of(self, places: &Places, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
        match self {
            Stop::Here => Some(at),
            Stop::LineEnd => Some(end),
            Stop::Byte(byte) => find(byte, buffer, at, end),
            Stop::Quote => Some(places.next(at)),
            Stop::RareQuote => rare_quote(buffer, at, end),
            Stop::Word => word(buffer, at, end),
            Stop::Bare => bare(buffer, at, end),
        }
    }
}

/// The place of the next quote or backslash of a line; one behind its end is none.
#[inline]
pub(super) fn rare_quote(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    let block = buffer
        .get(at..at + BLOCK)
        .and_then(|bytes| bytes.first_chunk());
    let quotes = block.map_or(0, quotes);
    match quotes.trailing_zeros() {
        u64::BITS => far_quote(buffer, at, end),
        length => Some(at + length as usize),
    }
}

#[inline(never)]
fn far_quote(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    Some(at + memchr::memchr2(b'"', b'\\', buffer.get(at..end)?)?)
}

/// Where a word ends. `None` where a backslash may begin an escape.
#[inline(never)]
pub(super) fn word(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    let line = buffer.get(at..end)?;
    match memchr::memchr3(b' ', b'"', b'\\', line) {
        None => Some(end),
        Some(length) if line[length] == b' ' => Some(at + length),
        Some(_) => word_with_quotes(buffer, at, end),
    }
}

/// Where one may end that a literal follows which begins with a space: if that stands there, it
/// does. Mostly it is there; where it is not, `word` says where.
#[inline]
pub(super) fn usual_word(buffer: &[u8], at: usize) -> usize {
    match word_end(buffer, at) {
        Some(WORD_SEEN) => at + WORD_SEEN + word_end(buffer, at + WORD_SEEN).unwrap_or(0),
        length => at + length.unwrap_or(0),
    }
}

/// Where the last word of a line ends: mostly with the line.
#[inline]
pub(super) fn last_word(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    match word_end(buffer, at) {
        Some(length) if at + length >= end => Some(end),
        _ => word(buffer, at, end),
    }
}

/// A word that holds a quote or a backslash.
fn word_with_quotes(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    let line = buffer.get(at..end)?;
    let word = &line[..memchr::memchr(b' ', line).unwrap_or(line.len())];
    let is_plain = word.first() != Some(&b'"') && !word.contains(&b'\\');
    is_plain.then_some(at + word.len())
}

/// Where a number, `true` or `false` ends.
#[inline]
pub(super) fn bare(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    let digits = Look::at(buffer, at).map_or(0, Look::digits);
    if (1..SEEN).contains(&digits) && is_end(&buffer[at + digits]) {
        return Some(at + digits);
    }
    long_bare(buffer, at, end)
}

#[inline(never)]
fn long_bare(buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    let rest = &buffer[at..end];
    let first = rest.first()?;
    let begins = first.is_ascii_digit() || matches!(first, b'-' | b't' | b'f');
    begins.then_some(())?;
    let stop = rest.iter().position(is_end).map_or(end, |n| at + n);
    // A backslash may begin an escape.
    (!buffer[at..stop].contains(&b'\\')).then_some(stop)
}

/// The place of the next such byte of a line.
#[inline]
pub(super) fn find(byte: u8, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    for from in [at, at + SEEN] {
        let near = Look::at(buffer, from).map_or(SEEN, |look| look.first(byte));
        if near < SEEN {
            return (from + near < end).then_some(from + near);
        }
    }
    find_far(byte, buffer, at, end)
}

#[inline(never)]
fn find_far(byte: u8, buffer: &[u8], at: usize, end: usize) -> Option<usize> {
    Some(at + memchr::memchr(byte, buffer.get(at..end)?)?)
}

/// What ends a bare value of JSON.
#[inline]
pub(super) fn is_end(byte: &u8) -> bool {
    ENDS[usize::from(*byte)]
}

const ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        ends[i] = matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
        i += 1;
    }
    ends
};

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_rare_quote_is_found_wherever_it_stands(before in "[a-z ]{0,130}", quote in r#"["\\]|"#, behind in r#"["\\ a]{0,80}"#) {
            let text = format!("{before}{quote}{behind}");
            let (bytes, end) = (text.as_bytes(), before.len() + quote.len());
            let expected = (!quote.is_empty()).then_some(before.len());
            // What stands behind the line may be found, and is none of it.
            let found = rare_quote(bytes, 0, end).filter(|stop| *stop < end);
            prop_assert_eq!(found, expected);
        }
    }
}
