//! Where a byte stands, for the short fields of a line: the first sixteen bytes are looked at
//! in place, since a call costs more than most fields are long; what lies farther is memchr's.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The place of the first `byte`.
#[inline]
pub fn find_byte(byte: u8, bytes: &[u8]) -> Option<usize> {
    let Some(first) = bytes.first_chunk::<8>() else {
        return bytes.iter().position(|one| *one == byte);
    };
    let pattern = ONES * u64::from(byte);
    let found = zeros(u64::from_le_bytes(*first) ^ pattern);
    if found != 0 {
        return Some(found.trailing_zeros() as usize / 8);
    }
    // The second word may overlap the first.
    let from = (bytes.len() - 8).min(8);
    let second = bytes[from..]
        .first_chunk()
        .map_or(0, |word| u64::from_le_bytes(*word));
    let found = zeros(second ^ pattern);
    if found != 0 {
        return Some(from + found.trailing_zeros() as usize / 8);
    }
    if bytes.len() <= 16 {
        return None;
    }
    memchr::memchr(byte, &bytes[16..]).map(|at| at + 16)
}

/// The place of the first decimal digit.
#[inline]
pub fn find_digit(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let found = digits(u64::from_le_bytes(*word));
        if found != 0 {
            return Some(8 * i + found.trailing_zeros() as usize / 8);
        }
    }
    let found = digits(word_of(rest));
    (found != 0).then(|| 8 * words.len() + found.trailing_zeros() as usize / 8)
}

/// The place of the first of two bytes, neither of them 0. The first three words are looked at in
/// place.
#[inline]
pub fn find_either(one: u8, other: u8, bytes: &[u8]) -> Option<usize> {
    let (first, second) = (ONES * u64::from(one), ONES * u64::from(other));
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        if i == 3 {
            return memchr::memchr2(one, other, &bytes[24..]).map(|at| at + 24);
        }
        let word = u64::from_le_bytes(*word);
        // Each is exact up to its first, and so is the first of both.
        let found = zeros(word ^ first) | zeros(word ^ second);
        if found != 0 {
            return Some(8 * i + found.trailing_zeros() as usize / 8);
        }
    }
    let word = word_of(rest);
    let found = zeros(word ^ first) | zeros(word ^ second);
    (found != 0).then(|| 8 * words.len() + found.trailing_zeros() as usize / 8)
}

/// Up to eight bytes as a word, filled up with zeros.
#[inline]
pub fn word_of(bytes: &[u8]) -> u64 {
    let byte = |i: usize| u64::from(bytes[i]);
    // Put together in registers: a copy into an array would have to wait for itself.
    match bytes.len() {
        0 => 0,
        n @ 1..=3 => byte(0) | byte(n / 2) << (8 * (n / 2)) | byte(n - 1) << (8 * (n - 1)),
        n @ 4..=7 => {
            let half = |at: usize| {
                bytes[at..]
                    .first_chunk()
                    .map_or(0, |four| u32::from_le_bytes(*four))
            };
            u64::from(half(0)) | u64::from(half(n - 4)) << (8 * (n - 4))
        }
        _ => bytes
            .first_chunk()
            .map_or(0, |word| u64::from_le_bytes(*word)),
    }
}

/// Eight bytes up to the first digit, quote or slash, where what varies may begin, and whether
/// there is one.
#[inline]
pub fn steady_word(bytes: &[u8]) -> (u64, bool) {
    let word = word_of(bytes);
    let quotes = zeros(word ^ (ONES * u64::from(b'"')));
    let slashes = zeros(word ^ (ONES * u64::from(b'/')));
    let varies = digits(word) | quotes | slashes;
    let kept = match varies {
        0 => u64::MAX,
        varies => (1 << (varies.trailing_zeros() & !7)) - 1,
    };
    (word & kept, varies != 0)
}

/// The high bit of every byte that is a decimal digit.
#[inline]
pub fn digits(word: u64) -> u64 {
    let low = word & !HIGHS;
    let from_zero = low + ONES * u64::from(0x80 - b'0');
    let above_nine = low + ONES * u64::from(0x80 - b'9' - 1);
    from_zero & !above_nine & !word & HIGHS
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
        fn digits_and_pairs_are_found(bytes: Vec<u8>, text in "[a-z?#/0-9]{0,40}") {
            for bytes in [&bytes, text.as_bytes()] {
                prop_assert_eq!(find_digit(bytes), bytes.iter().position(u8::is_ascii_digit));
                let either = bytes.iter().position(|byte| matches!(byte, b'?' | b'#'));
                prop_assert_eq!(find_either(b'?', b'#', bytes), either);
            }
        }

        #[test]
        fn words_are_filled_up_with_zeros(bytes: Vec<u8>) {
            let mut padded = [0; 8];
            let n = bytes.len().min(8);
            padded[..n].copy_from_slice(&bytes[..n]);
            prop_assert_eq!(word_of(&bytes), u64::from_le_bytes(padded));
        }

        #[test]
        fn among_any_bytes_too(bytes: Vec<u8>, byte: u8) {
            prop_assert_eq!(find_byte(byte, &bytes), bytes.iter().position(|one| *one == byte));
        }
    }
}
