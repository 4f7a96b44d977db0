//! Sixteen bytes of a buffer at one look: most fields are not longer.
//!
//! In: a buffer and a place in it. Out: how many bytes from there on are of a kind, up to
//! sixteen. Does not know where lines end: what lies behind a line is looked at, too.

use wide::u8x16;

/// Sixteen bytes from a place on.
#[derive(Clone, Copy)]
pub(super) struct Look(u8x16);

/// How many bytes a look sees.
pub(super) const SEEN: usize = 16;

impl Look {
    /// `None` where the buffer ends before.
    #[inline]
    pub(super) fn at(buffer: &[u8], at: usize) -> Option<Self> {
        // Buffers are smaller than 4 GiB: said here, adding cannot go wrong.
        let at = at as u32 as usize;
        let bytes: &[u8; SEEN] = buffer.get(at..at + SEEN)?.first_chunk()?;
        Some(Self::of(*bytes))
    }

    #[inline]
    pub(super) fn of(bytes: [u8; SEEN]) -> Self {
        Self(u8x16::from(bytes))
    }

    /// Whether its bytes are those of `other`, wherever `but` has no bits.
    #[inline]
    pub(super) fn same_but(self, other: [u8; SEEN], but: [u8; SEEN]) -> Same {
        Same(self.0.simd_eq(u8x16::from(other)) | u8x16::from(but))
    }

    /// The place of the first such byte; `SEEN` if there is none.
    #[inline]
    pub(super) fn first(self, byte: u8) -> usize {
        first(self.0.simd_eq(u8x16::splat(byte)).to_bitmask())
    }

    /// How many digits come first.
    #[inline]
    pub(super) fn digits(self) -> usize {
        first(!self.between(b'0', 9).to_bitmask())
    }

    /// How many digits and points come first.
    #[inline]
    pub(super) fn digits_and_points(self) -> usize {
        let points = self.0.simd_eq(u8x16::splat(b'.'));
        first(!(self.between(b'0', 9) | points).to_bitmask())
    }

    /// How many capital letters come first.
    #[inline]
    pub(super) fn capitals(self) -> usize {
        first(!self.between(b'A', 25).to_bitmask())
    }

    /// Which bytes are those of `other`, a bit each.
    #[inline]
    pub(super) fn same(self, other: [u8; SEEN]) -> u32 {
        self.0.simd_eq(u8x16::from(other)).to_bitmask()
    }

    /// The bytes from `low` on, and so many behind it; whatever is before it wraps around.
    #[inline]
    fn between(self, low: u8, more: u8) -> u8x16 {
        let from_low = self.0 - u8x16::splat(low);
        from_low.simd_eq(from_low.min(u8x16::splat(more)))
    }
}

/// Which bytes are as they should.
#[derive(Clone, Copy)]
pub(super) struct Same(u8x16);

impl Same {
    /// Which are so here and there.
    #[inline]
    pub(super) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    #[inline]
    pub(super) fn all(self) -> bool {
        self.0.to_bitmask() == (1 << SEEN) - 1
    }
}

/// How many bytes `word_end` sees.
pub(super) const WORD_SEEN: usize = 2 * SEEN;

/// How many bytes from a place on come before the first space, quote or backslash; `WORD_SEEN` if
/// all of so many do. `None` where the buffer ends before.
#[inline]
pub(super) fn word_end(buffer: &[u8], at: usize) -> Option<usize> {
    let bytes: &[u8; WORD_SEEN] = buffer.get(at..at + WORD_SEEN)?.first_chunk()?;
    let (looks, _) = bytes.as_chunks::<SEEN>();
    let ends = |i: usize| {
        let bytes = u8x16::from(looks[i]);
        let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        u64::from((is(b' ') | is(b'"') | is(b'\\')).to_bitmask())
    };
    let ends = ends(0) | ends(1) << SEEN | 1 << WORD_SEEN;
    Some(ends.trailing_zeros() as usize)
}

#[inline]
fn first(bits: u32) -> usize {
    (bits | 1 << SEEN).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_end_at_spaces_quotes_and_backslashes(text in r#"[a-z/]{0,40}([ "\\]|)[a-z ]{0,40}"#) {
            let bytes = text.as_bytes();
            let is_end = |byte: &u8| matches!(byte, b' ' | b'"' | b'\\');
            let seen = bytes.get(..WORD_SEEN);
            let expected = seen.map(|seen| seen.iter().position(is_end).unwrap_or(WORD_SEEN));
            prop_assert_eq!(word_end(bytes, 0), expected);
        }

        #[test]
        fn a_look_counts_what_comes_first(text in "[0-9.]{0,18}[A-Z]{0,3}.{0,3}|[A-Z]{0,18} ?.{0,3}", any: Vec<u8>) {
            for bytes in [text.as_bytes(), &any] {
                let look = Look::at(bytes, 0);
                prop_assert_eq!(look.is_some(), bytes.len() >= SEEN);
                let count = |is: &dyn Fn(&u8) -> bool| bytes[..SEEN].iter().take_while(|byte| is(byte)).count();
                if let Some(look) = look {
                    prop_assert_eq!(look.digits(), count(&u8::is_ascii_digit));
                    prop_assert_eq!(look.capitals(), count(&u8::is_ascii_uppercase));
                    prop_assert_eq!(look.digits_and_points(), count(&|byte| byte.is_ascii_digit() || *byte == b'.'));
                    prop_assert_eq!(look.first(b'A'), count(&|byte| *byte != b'A'));
                }
            }
        }
    }
}
