//! What texts are looked up by.
//!
//! In: a text. Out: a key that holds it if it is short, and its hash. Knows no table.

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

/// Both halves of a product folded into one, as wyhash (Wang Yi 2019) mixes.
#[inline]
fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
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
        let behind = u128::MAX.checked_shl(8 * length as u32).unwrap_or(0);
        let all = u128::from_le_bytes(*bytes) & !behind;
        Self {
            first: all as u64,
            second: (all >> 64) as u64,
            length: length as u32,
        }
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

/// Sixteen bits of the length, the ends and the middle of a text that its key does not hold.
#[inline]
pub(super) fn sample(text: &[u8]) -> usize {
    let n = text.len();
    let (first, last) = ends8(text);
    let (third, quarter) = ends8(&text[n / 3..n - n / 4]);
    let (middle, eighth) = ends8(&text[n / 2..n - n / 8]);
    let mixed = (first ^ third.rotate_left(13)).wrapping_mul(K[0])
        ^ (middle ^ last.rotate_left(23)).wrapping_mul(K[1])
        ^ (quarter ^ eighth.rotate_left(31) ^ n as u64).wrapping_mul(K[2]);
    (mixed >> 48) as usize
}
