//! Where a byte stands, for the short fields of a line: the first sixteen bytes are looked at
//! in place, since a call costs more than most fields are long; what lies farther is memchr's.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The place of the first `byte`.
#[inline]
pub fn find_byte(byte: u8, bytes: &[u8]) -> Option<usize> {
    let Some(near) = bytes.first_chunk::<16>() else {
        return bytes.iter().position(|one| *one == byte);
    };
    let pattern = ONES * u64::from(byte);
    let (words, _) = near.as_chunks::<8>();
    let first = zeros(u64::from_le_bytes(words[0]) ^ pattern);
    if first != 0 {
        return Some(first.trailing_zeros() as usize / 8);
    }
    let second = zeros(u64::from_le_bytes(words[1]) ^ pattern);
    if second != 0 {
        return Some(8 + second.trailing_zeros() as usize / 8);
    }
    memchr::memchr(byte, &bytes[16..]).map(|at| at + 16)
}

/// The high bit of every byte that is zero, exact up to the first (Mycroft 1987).
#[inline]
fn zeros(word: u64) -> u64 {
    word.wrapping_sub(ONES) & !word & HIGHS
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_place_is_found(bytes in prop::collection::vec(0u8..4, 0..60), byte in 0u8..5) {
            prop_assert_eq!(find_byte(byte, &bytes), bytes.iter().position(|one| *one == byte));
        }

        #[test]
        fn among_any_bytes_too(bytes: Vec<u8>, byte: u8) {
            prop_assert_eq!(find_byte(byte, &bytes), bytes.iter().position(|one| *one == byte));
        }
    }
}
