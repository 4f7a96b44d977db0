//! Where the quotes and backslashes of a stretch of a batch stand: a bit for each byte, made for
//! some lines at once.
//!
//! In: a stretch of a batch's buffer. Out: the place of the next such byte from any byte of it on.
//! Knows nothing of lines.

use crate::lines::bits::{BLOCK, bits, is};

/// Bytes that are looked at together: they and their bits stay in the nearest cache.
pub const STRETCH: usize = 1 << 15;
/// Their bits, and two words of none behind them.
const BITS: usize = STRETCH / 8 + 16;

/// The quotes and backslashes of a stretch.
#[derive(Debug, Clone)]
pub struct Places {
    bits: [u8; BITS],
    from: usize,
    to: usize,
}

impl Default for Places {
    fn default() -> Self {
        Self {
            bits: [0; BITS],
            from: 0,
            to: 0,
        }
    }
}

impl Places {
    /// Looks at a stretch, up to its longest length.
    pub fn look(&mut self, buffer: &[u8], start: usize, end: usize) {
        (self.from, self.to) = (start, end.min(start + STRETCH));
        fill(&mut self.bits, &buffer[start..self.to], quotes);
    }

    /// The place of the first one from `at` on; if there is none, the end of the stretch or, behind
    /// that, `at` itself, whatever stands there.
    #[inline]
    pub fn next(&self, at: usize) -> usize {
        let byte = at.wrapping_sub(self.from) / 8;
        // Two words: with one, whether the next quote is in it could not be foretold.
        let bits = self.bits.get(byte..byte + 16);
        match bits.and_then(|bits| bits.first_chunk()) {
            Some(bits) if u128::from_le_bytes(*bits) >> ((at - self.from) % 8) != 0 => {
                let bits = u128::from_le_bytes(*bits) >> ((at - self.from) % 8);
                at + bits.trailing_zeros() as usize
            }
            _ => self.later(&self.bits, byte + 16).max(at),
        }
    }

    /// The first one from a byte of the bits on.
    #[inline(never)]
    fn later(&self, all: &[u8; BITS], mut byte: usize) -> usize {
        while let Some(bits) = all.get(byte..).and_then(|bits| bits.first_chunk()) {
            if self.from + 8 * byte >= self.to {
                break;
            }
            let bits = u64::from_le_bytes(*bits);
            if bits != 0 {
                return self.from + 8 * byte + bits.trailing_zeros() as usize;
            }
            byte += 8;
        }
        self.to
    }
}

/// Writes the bits of some bytes, and two words of none behind them.
#[inline]
fn fill(bits: &mut [u8; BITS], seen: &[u8], word: impl Fn(&[u8; BLOCK]) -> u64) {
    let (blocks, rest) = seen.as_chunks::<BLOCK>();
    let (words, _) = bits.as_chunks_mut::<8>();
    let (whole, others) = words.split_at_mut(blocks.len());
    for (block, bits) in blocks.iter().zip(whole) {
        *bits = word(block).to_le_bytes();
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    for bits in others.iter_mut().take(3) {
        *bits = [0; 8];
    }
    others[0] = word(&last).to_le_bytes();
}

/// A bit for each byte that is a quote or a backslash.
#[inline]
pub fn quotes(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| is(bytes, b'"') | is(bytes, b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotes_and_backslashes_are_found_from_anywhere(
            text in r#"("|\\| |[a-z]{0,90}|[ab]{3000}){0,14}"#,
            start in 0usize..70,
        ) {
            let bytes = text.as_bytes();
            let start = start.min(bytes.len());
            let mut places = Places::default();
            // What was seen before does not count.
            places.look(&[b'"'; STRETCH], 0, STRETCH);
            places.look(bytes, start, bytes.len());
            let end = bytes.len().min(start + STRETCH);
            for at in (start..=end).step_by(1 + bytes.len() / 500) {
                let is_one = |byte: &u8| matches!(byte, b'"' | b'\\');
                let first = bytes[at..end].iter().position(is_one);
                prop_assert_eq!(places.next(at), first.map_or(end, |n| at + n), "{}", at);
            }
        }
    }
}
