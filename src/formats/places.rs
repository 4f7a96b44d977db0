//! Where the quotes and the backslashes of a batch stand: a bit for each byte, made for the whole
//! batch at once.
//!
//! In: a batch's buffer. Out: the place of the next quote from any byte on, and whether a piece
//! holds a backslash. Knows nothing of lines.

use wide::u8x16;

/// Bytes that a word tells of.
const WORD: usize = 64;

/// The quotes and backslashes of a buffer.
#[derive(Debug, Clone, Default)]
pub struct Places {
    quotes: Vec<u64>,
    escapes: Vec<u64>,
    length: usize,
}

impl Places {
    /// Looks at all bytes of a buffer; at backslashes only where they are asked for.
    pub fn of(buffer: &[u8], with_escapes: bool) -> Self {
        let escapes = with_escapes.then(|| bits(buffer, b'\\'));
        Self {
            quotes: bits(buffer, b'"'),
            escapes: escapes.unwrap_or_default(),
            length: buffer.len(),
        }
    }

    /// The place of the first quote from `at` on; the buffer's length if there is none.
    #[inline]
    pub fn quote(&self, at: usize) -> usize {
        next(&self.quotes, at).unwrap_or(self.length)
    }

    /// Whether a backslash stands in `from..to`.
    #[inline]
    pub fn has_escape(&self, from: usize, to: usize) -> bool {
        let to = to.min(self.length);
        let Some(words) = self.escapes.get(from / WORD..to.div_ceil(WORD)) else {
            return false;
        };
        let mut words = words.iter();
        let first = words.next().map_or(0, |word| word >> (from % WORD));
        match words.next_back() {
            None => first != 0 && from + (first.trailing_zeros() as usize) < to,
            Some(last) => {
                let behind = to.next_multiple_of(WORD) - to;
                first != 0 || words.any(|word| *word != 0) || last << behind != 0
            }
        }
    }
}

/// The first bit that is set from `at` on.
#[inline]
fn next(words: &[u64], at: usize) -> Option<usize> {
    let first = words.get(at / WORD)? >> (at % WORD);
    if first != 0 {
        return Some(at + first.trailing_zeros() as usize);
    }
    let from = at / WORD + 1;
    let later = words[from..].iter().position(|word| *word != 0)?;
    let word = words[from + later];
    Some((from + later) * WORD + word.trailing_zeros() as usize)
}

/// A bit for each byte that is such a byte.
fn bits(buffer: &[u8], byte: u8) -> Vec<u64> {
    let (blocks, rest) = buffer.as_chunks::<WORD>();
    let mut last = [0; WORD];
    last[..rest.len()].copy_from_slice(rest);
    let all = blocks.iter().chain(std::iter::once(&last));
    all.map(|block| word(block, byte)).collect()
}

/// A bit for each of 64 bytes that is such a byte.
#[inline]
fn word(bytes: &[u8; WORD], byte: u8) -> u64 {
    let (parts, _) = bytes.as_chunks::<16>();
    let bits = |i: usize| {
        let found = u8x16::from(parts[i]).simd_eq(u8x16::splat(byte));
        u64::from(found.to_bitmask()) << (16 * i)
    };
    bits(0) | bits(1) | bits(2) | bits(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotes_and_backslashes_are_found_from_anywhere(text in r#"("|\\|[a-z]{0,90}){0,6}"#) {
            let places = Places::of(text.as_bytes(), true);
            for at in 0..text.len() + 70 {
                let first = |byte| text.bytes().skip(at).position(|one| one == byte);
                let quote = first(b'"').map_or(text.len(), |n| at + n);
                prop_assert_eq!(places.quote(at), quote, "{}", at);
                let escape = first(b'\\').is_some_and(|n| n < 20);
                prop_assert_eq!(places.has_escape(at, at + 20), escape, "{}", at);
            }
        }
    }
}
