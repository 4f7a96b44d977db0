//! Where the quotes of a batch stand: a bit for each byte, made for the whole batch at once.
//!
//! In: a batch's buffer. Out: the place of the next quote from any byte on. Knows nothing of lines
//! and of escapes.

use wide::u8x16;

/// Bytes that a word tells of.
const WORD: usize = 64;

/// The quotes of a buffer.
#[derive(Debug, Clone, Default)]
pub struct Quotes {
    words: Vec<u64>,
    length: usize,
}

impl Quotes {
    /// Looks at all bytes of a buffer.
    pub fn of(buffer: &[u8]) -> Self {
        let mut words = Vec::with_capacity(buffer.len() / WORD + 1);
        let (blocks, rest) = buffer.as_chunks::<WORD>();
        words.extend(blocks.iter().map(word));
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        words.push(word(&last));
        Self {
            words,
            length: buffer.len(),
        }
    }

    /// The place of the first quote from `at` on; the buffer's length if there is none.
    #[inline]
    pub fn next(&self, at: usize) -> usize {
        let Some(first) = self.words.get(at / WORD) else {
            return self.length;
        };
        let found = first >> (at % WORD);
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        let from = at / WORD + 1;
        let later = self.words[from..].iter().position(|word| *word != 0);
        later.map_or(self.length, |n| {
            (from + n) * WORD + self.words[from + n].trailing_zeros() as usize
        })
    }
}

/// A bit for each of 64 bytes that is a quote.
#[inline]
fn word(bytes: &[u8; WORD]) -> u64 {
    let quote = u8x16::splat(b'"');
    let (parts, _) = bytes.as_chunks::<16>();
    let bits = |i: usize| u64::from(u8x16::from(parts[i]).simd_eq(quote).to_bitmask());
    bits(0) | bits(1) << 16 | bits(2) << 32 | bits(3) << 48
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_quote_is_found_from_anywhere(text in "(\"|[a-z]{0,90}){0,6}") {
            let quotes = Quotes::of(text.as_bytes());
            for at in 0..text.len() + 70 {
                let found = text.as_bytes().iter().skip(at).position(|byte| *byte == b'"');
                prop_assert_eq!(quotes.next(at), found.map_or(text.len(), |n| at + n), "{}", at);
            }
        }
    }
}
