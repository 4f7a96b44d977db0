//! Random numbers that are the same everywhere (SplitMix64, Steele et al. 2014).

/// A stream of draws; the number is its seed.
pub struct Random(pub u64);

impl Random {
    /// 64 even bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Even in `0..n`.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// In `0..n`, small ones much more often: the share of the first x of n is the square root
    /// of x / n.
    pub fn skewed(&mut self, n: usize) -> usize {
        let part = self.below(1 << 26);
        (((part * part) >> 26) as usize * n) >> 26
    }

    /// A duration in microseconds: a few milliseconds mostly, up to seconds at times.
    pub fn took_us(&mut self) -> u64 {
        let octaves = self.below(4) + self.below(4) + self.below(5) + self.below(3);
        (1000 + self.below(1000)) << octaves
    }
}
