//! What texts are looked up by.
//!
//! In: a text. Out: a key that holds it if it is short, and its hash. Knows no table.

use wide::u8x16;

/// The first and the last eight bytes, which may overlap.
#[inline]
pub(super) fn ends8(text: &[u8]) -> (u64, u64) {
    let first = text
        .first_chunk()
        .map_or(0, |word| u64::from_le_bytes(*word));
    let last = text
        .last_chunk()
        .map_or(0, |word| u64::from_le_bytes(*word));
    (first, last)
}

/// The first and the last four bytes, which may overlap.
#[inline]
pub(super) fn ends4(text: &[u8]) -> (u32, u32) {
    let first = text
        .first_chunk()
        .map_or(0, |word| u32::from_le_bytes(*word));
    let last = text
        .last_chunk()
        .map_or(0, |word| u32::from_le_bytes(*word));
    (first, last)
}

const K: [u64; 3] = [
    0x9E37_79B9_7F4A_7C15,
    0xA076_1D64_78BD_642F,
    0xE703_7ED1_A0B4_28DB,
];

/// Both halves of a product folded into one, as wyhash (Wang Yi 2019) mixes where texts may be made
/// to collide: with the factors, so that a factor of zero loses nothing of the other.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64 ^ a) ^ ((product >> 64) as u64 ^ b)
}

/// Longest text that its key holds whole, in bytes.
pub(super) const KEY_LENGTH: usize = 16;

/// What a text is looked up by: the text itself with zeros behind it if it is short, else a hash
/// of it and its end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Key {
    pub(super) first: u64,
    pub(super) second: u64,
    pub(super) length: u32,
}

/// The bits of the first bytes of sixteen, by how many they are.
const INSIDE: [(u64, u64); KEY_LENGTH + 1] = {
    let mut inside = [(0, 0); KEY_LENGTH + 1];
    let mut length = 1;
    while length <= KEY_LENGTH {
        let bits = u128::MAX >> (128 - 8 * length);
        inside[length] = (bits as u64, (bits >> 64) as u64);
        length += 1;
    }
    inside
};

impl Key {
    #[inline]
    pub(super) fn of(text: &[u8]) -> Self {
        let (first, second) = match text.len() {
            8..=KEY_LENGTH => {
                let (first, last) = ends8(text);
                // The bytes behind the first eight; of eight there are none.
                let half = 4 * (KEY_LENGTH - text.len());
                (first, last >> half >> half)
            }
            4..8 => {
                let (first, last) = ends4(text);
                let last = u64::from(last) << (8 * (text.len() - 4));
                (u64::from(first) | last, 0)
            }
            0..4 => {
                let byte = |i: usize| u64::from(text.get(i).copied().unwrap_or(0));
                (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
            }
            17..=32 => {
                let (rest, last) = (ends8(&text[8..]), ends8(&text[text.len() - 16..]));
                let first = fold(ends8(text).0 ^ K[0], rest.0 ^ K[1]);
                (first ^ fold(last.0 ^ K[1], last.1 ^ K[2]), last.1)
            }
            _ => (hash_long(text), ends8(text).1),
        };
        Self {
            first,
            second,
            length: text.len() as u32,
        }
    }

    /// The same of the first bytes of sixteen.
    #[inline]
    pub(super) fn of_first(bytes: &[u8; KEY_LENGTH], length: usize) -> Self {
        let (first, second) = ends8(bytes);
        let (of_first, of_second) = INSIDE[length.min(KEY_LENGTH)];
        Self {
            first: first & of_first,
            second: second & of_second,
            length: length as u32,
        }
    }

    /// Whether both are the same, without a guess.
    #[inline]
    pub(super) fn equals(self, other: Self) -> bool {
        let length = u64::from(self.length ^ other.length);
        (self.first ^ other.first) | (self.second ^ other.second) | length == 0
    }

    /// The seed is fixed: the same run, the same table.
    #[inline]
    pub(super) fn hash(self) -> usize {
        fold(
            self.first ^ K[0] ^ u64::from(self.length),
            self.second ^ K[1],
        ) as usize
    }
}

/// Two words at a time, in two lanes; the last words overlap those before. More than 16 bytes.
fn hash_long(text: &[u8]) -> u64 {
    let word = |bytes: &[u8; 32], i: usize| {
        let mut eight = [0; 8];
        eight.copy_from_slice(&bytes[8 * i..8 * i + 8]);
        u64::from_le_bytes(eight)
    };
    let (blocks, rest) = text.as_chunks::<32>();
    let (mut one, mut two) = (K[0], K[0]);
    for block in blocks {
        one = fold(one ^ word(block, 0), K[1] ^ word(block, 1));
        two = fold(two ^ word(block, 2), K[2] ^ word(block, 3));
    }
    if rest.len() > 16 {
        let (first, _) = ends8(rest);
        let (second, _) = ends8(&rest[8..]);
        one = fold(one ^ first, K[2] ^ second);
    }
    let last = &text[text.len() - 16..];
    let (first, second) = ends8(last);
    two = fold(two ^ first, K[2] ^ second);
    fold(one ^ K[2], two ^ K[1])
}

/// How far bytes can be looked at behind where a text begins.
pub(super) const LOOK: usize = 64;

/// Longest text that is compared in one go, in bytes.
pub(super) const AT_ONCE: usize = 3 * LOOK;

/// Some bits of the length and of most bytes of a text that its key does not hold: if it is long,
/// of the ends.
pub(super) fn sample(text: &[u8]) -> usize {
    let n = text.len();
    match n {
        0..=32 => mixed(n, &[text.first_chunk(), text.last_chunk()]),
        33..=LOOK => {
            let middle = text[n / 2 - 8..].first_chunk();
            mixed(n, &[text.first_chunk(), middle, text.last_chunk()])
        }
        _ => sample_ends(text),
    }
}

/// The same of the first 17 to 32 bytes, or 33 to 64.
#[inline]
pub(super) fn sample_first<const N: usize>(text: &[u8; N], length: usize) -> usize {
    let at = |at: usize| text.get(at..at + 16).and_then(|part| part.first_chunk());
    match N {
        32 => mixed(length, &[at(0), at(length - 16)]),
        _ => mixed(length, &[at(0), at(length / 2 - 8), at(length - 16)]),
    }
}

/// The same of more than 64.
#[inline]
pub(super) fn sample_ends(text: &[u8]) -> usize {
    let (first, last) = (text.first_chunk::<48>(), text.last_chunk::<32>());
    let Some((first, last)) = first.zip(last) else {
        return 0;
    };
    let ([_, second, third], [last, end]) = (first.as_chunks().0, last.as_chunks().0) else {
        return 0;
    };
    mixed(
        text.len(),
        &[Some(second), Some(third), Some(last), Some(end)],
    )
}

#[inline]
fn mixed(length: usize, parts: &[Option<&[u8; 16]>]) -> usize {
    let (mut one, mut two) = (K[0], K[1] ^ length as u64);
    for part in parts {
        let (first, second) = part.map_or((0, 0), |part| ends8(part));
        one = one.rotate_left(11) ^ first;
        two = two.rotate_left(29) ^ second;
    }
    fold(one, two) as usize
}

/// Whether two texts begin with the same bytes, so many.
#[inline]
pub(super) fn begin_equal<const N: usize>(one: &[u8; N], other: &[u8; N], length: usize) -> bool {
    let (one, other) = (one.as_chunks::<16>().0, other.as_chunks::<16>().0);
    let mut equal = 0;
    for (i, (one, other)) in one.iter().zip(other).enumerate() {
        let bits = u8x16::from(*one).simd_eq(u8x16::from(*other)).to_bitmask();
        equal |= u64::from(bits) << (16 * i);
    }
    (!equal).trailing_zeros() as usize >= length
}

/// Whether two texts of the same length, 65 to 192 bytes, are equal, in one go.
#[inline]
pub(super) fn ends_equal(one: &[u8], other: &[u8]) -> bool {
    let parts = |text: &[u8]| -> Option<[[u8; LOOK]; 3]> {
        let middle = text.get(text.len() / 2 - LOOK / 2..)?.first_chunk()?;
        Some([*text.first_chunk()?, *middle, *text.last_chunk()?])
    };
    let Some((ones, others)) = parts(one).zip(parts(other)) else {
        return false;
    };
    let (ones, others) = (
        ones.as_flattened().as_chunks().0,
        others.as_flattened().as_chunks().0,
    );
    let mut equal = u8x16::splat(0xff);
    for (one, other) in ones.iter().zip(others) {
        equal &= u8x16::from(*one).simd_eq(u8x16::from(*other));
    }
    equal.to_bitmask() == 0xffff
}

/// Whether two texts are equal; short ones without a call.
#[inline]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends8(a) == ends8(b),
        4..8 => ends4(a) == ends4(b),
        17..=32 => {
            let (last_a, last_b) = (&a[a.len() - 16..], &b[b.len() - 16..]);
            ends8(&a[..16]) == ends8(&b[..16]) && ends8(last_a) == ends8(last_b)
        }
        0..4 => a.iter().eq(b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_make_a_factor_zero_have_different_hashes() {
        let mut hashes = std::collections::BTreeSet::new();
        for i in 0..1000u64 {
            for (first, second) in [(i, K[1]), (K[0] ^ 16, i)] {
                let mut text = first.to_le_bytes().to_vec();
                text.extend(second.to_le_bytes());
                hashes.insert(Key::of(&text).hash());
                text.extend([7; 16]);
                hashes.insert(Key::of(&text).hash());
            }
        }
        assert!(hashes.len() > 3990, "{} of 4000", hashes.len());
    }
}
