//! Sixty-four bytes at once, a bit for each.
//!
//! In: a block of bytes and what to look for. Out: a word whose bit `i` says whether byte `i` is
//! such a byte.

pub use wide::u8x16;

/// Bytes of a block.
pub const BLOCK: usize = 64;

/// The bytes that `found` finds, which sets all bits of those and none of others.
#[inline]
pub fn bits(block: &[u8; BLOCK], found: impl Fn(u8x16) -> u8x16) -> u64 {
    let (parts, _) = block.as_chunks::<16>();
    let part = |i: usize| u64::from(found(u8x16::from(parts[i])).to_bitmask()) << (16 * i);
    part(0) | part(1) | part(2) | part(3)
}

/// Whether it finds any: half of what saying which ones costs.
#[inline]
pub fn any(block: &[u8; BLOCK], found: impl Fn(u8x16) -> u8x16) -> bool {
    let (parts, _) = block.as_chunks::<16>();
    let part = |i: usize| found(u8x16::from(parts[i]));
    ((part(0) | part(1)) | (part(2) | part(3))).any()
}

/// Which bytes are this one.
#[inline]
pub fn is(bytes: u8x16, byte: u8) -> u8x16 {
    bytes.simd_eq(u8x16::splat(byte))
}
