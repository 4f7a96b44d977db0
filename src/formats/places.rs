//! Where the quotes and backslashes of a stretch of a batch stand: a bit for each byte, made for
//! some lines at once.
//!
//! In: a stretch of a batch's buffer. Out: the place of the next such byte from any byte of it on.
//! Knows nothing of lines.

use wide::u8x16;

/// Bytes that a word tells of.
const WORD: usize = 64;
/// Bytes that are looked at together: they and their bits stay in the nearest cache.
pub const STRETCH: usize = 1 << 15;
/// Their bits, and a word of none behind them.
const BITS: usize = STRETCH / 8 + 8;

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
        let seen = &buffer[start..self.to];
        let (blocks, rest) = seen.as_chunks::<WORD>();
        let mut last = [0; WORD];
        last[..rest.len()].copy_from_slice(rest);
        let (words, _) = self.bits.as_chunks_mut::<8>();
        let mut words = words.iter_mut();
        let all = blocks.iter().chain(std::iter::once(&last));
        for (block, bits) in all.zip(&mut words) {
            *bits = word(block).to_le_bytes();
        }
        words.for_each(|bits| *bits = [0; 8]);
    }

    /// The place of the first one from `at` on; if there is none, the end of the stretch or, behind
    /// that, `at` itself, whatever stands there.
    #[inline]
    pub fn next(&self, at: usize) -> usize {
        let from = at.wrapping_sub(self.from);
        match self
            .bits
            .get(from / 8..from / 8 + 8)
            .and_then(|bits| bits.first_chunk())
        {
            Some(bits) if u64::from_le_bytes(*bits) >> (from % 8) != 0 => {
                let bits = u64::from_le_bytes(*bits) >> (from % 8);
                at + bits.trailing_zeros() as usize
            }
            _ => self.later(from / 8 + 8).max(at),
        }
    }

    /// The first one from a byte of the bits on.
    #[inline]
    fn later(&self, mut byte: usize) -> usize {
        while let Some(bits) = self.bits.get(byte..).and_then(|bits| bits.first_chunk()) {
            let bits = u64::from_le_bytes(*bits);
            if bits != 0 {
                return self.from + 8 * byte + bits.trailing_zeros() as usize;
            }
            byte += 8;
        }
        self.to
    }
}

/// A bit for each of 64 bytes that is one.
#[inline]
fn word(bytes: &[u8; WORD]) -> u64 {
    let (parts, _) = bytes.as_chunks::<16>();
    let bits = |i: usize| {
        let bytes = u8x16::from(parts[i]);
        let is = |byte| bytes.simd_eq(u8x16::splat(byte));
        u64::from((is(b'"') | is(b'\\')).to_bitmask()) << (16 * i)
    };
    bits(0) | bits(1) | bits(2) | bits(3)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn quotes_and_backslashes_are_found_from_anywhere(
            text in r#"("|\\|[a-z]{0,90}|[ab]{3000}){0,14}"#,
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
