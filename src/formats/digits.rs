//! Numbers of a few digits, eight bytes at a time: without a branch for each digit.
//!
//! In: bytes that may begin with digits. Out: their number and how many they are. Knows no signs,
//! points or units.

use super::search::{digits, word_of};

/// The number that the first eight bytes say up to the first that is no digit, and how many
/// digits that are: 8 where all are. 0 and 0 for none.
#[inline]
pub fn leading(bytes: &[u8]) -> (i64, usize) {
    let word = word_of(bytes);
    let count = (!digits(word) & HIGHS).trailing_zeros() as usize / 8;
    (number(word, count), count)
}

const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The number of the first `count` bytes, all of them digits: neighbours are put together, then
/// pairs of them, then fours (Lemire, "Quickly parsing eight digits", 2018).
#[inline]
fn number(word: u64, count: usize) -> i64 {
    // Zeros take the place of what the number has less than eight of.
    let shift = 64 - 8 * count as u32;
    let ones = (word & 0x0f0f_0f0f_0f0f_0f0f)
        .checked_shl(shift)
        .unwrap_or(0);
    let tens = (ones.wrapping_mul(10)).wrapping_add(ones >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = (tens.wrapping_mul(100)).wrapping_add(tens >> 16) & 0x0000_ffff_0000_ffff;
    let all = (fours.wrapping_mul(10_000)).wrapping_add(fours >> 32) & 0xffff_ffff;
    all as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_number_in_front_is_read(text in "[0-9]{0,10}[a-z./:]{0,3}[0-9]{0,3}") {
            let bytes = text.as_bytes();
            let count = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
            let expected = text[..count].parse().unwrap_or(0);
            prop_assert_eq!(leading(bytes), (expected, count));
        }

        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let count = bytes.iter().take(8).take_while(|byte| byte.is_ascii_digit()).count();
            prop_assert_eq!(leading(&bytes).1, count);
        }
    }
}
