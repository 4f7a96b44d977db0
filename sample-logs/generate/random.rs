//! Random numbers that stay the same for ever: ChaCha8 and a few distributions on top of it.
//!
//! In: a seed and the name of a stream. Out: draws. Streams of one seed are independent, so that
//! another log in a scenario does not change those that stand there already. The distributions
//! are written here because a library may change its sampling between versions, and then the
//! committed logs could not be made again.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// One stream of draws.
#[derive(Debug)]
pub struct Random(ChaCha8Rng);

impl Random {
    /// The stream called `name` of `seed`.
    pub fn stream(seed: u64, name: &str) -> Self {
        let mut source = ChaCha8Rng::seed_from_u64(seed);
        // FNV-1a, 64 bits: a name becomes the number of its stream.
        let number = name.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        source.set_stream(number);
        Self(source)
    }

    /// 64 even bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Even in `[0, 1)`, 53 bits.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Even in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.bits()) * u128::from(n)) >> 64) as u64
    }

    /// True with probability `p`.
    pub fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Even in `[range[0], range[1])`.
    pub fn between(&mut self, range: [f64; 2]) -> f64 {
        range[0] + (range[1] - range[0]) * self.uniform()
    }

    /// Standard normal, after Box and Muller (1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Log-normal with this median; `spread` is the standard deviation of the logarithm.
    pub fn log_normal(&mut self, median: f64, spread: f64) -> f64 {
        median * (spread * self.normal()).exp()
    }

    /// A Poisson count, by Knuth's product of uniforms; a large mean is halved until it is small.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 16.0 {
            return self.poisson(mean / 2.0) + self.poisson(mean / 2.0);
        }
        let floor = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0;
        while product > floor {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// Index drawn by its share of `sums`, the running totals of the weights.
    pub fn weighted(&mut self, sums: &[f64]) -> usize {
        let total = sums.last().copied().unwrap_or(0.0);
        let mark = self.uniform() * total;
        sums.partition_point(|&sum| sum <= mark)
            .min(sums.len().saturating_sub(1))
    }
}

/// Running totals of `weights`, as [`Random::weighted`] wants them.
pub fn running_totals(weights: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut total = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            total += weight;
            total
        })
        .collect()
}

/// `text` with its placeholders filled: `{id}` five digits, `{small}` 1-20, `{uuid}`, `{hex}`
/// sixteen hexadecimal digits, `{day}` a day of the month in two digits.
pub fn fill(text: &str, random: &mut Random) -> String {
    let mut filled = String::with_capacity(text.len() + 24);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, tail) = rest.split_at(open);
        filled.push_str(before);
        let close = tail.find('}').map_or(tail.len(), |at| at + 1);
        match &tail[..close] {
            "{id}" => filled.push_str(&(10_000 + random.below(90_000)).to_string()),
            "{small}" => filled.push_str(&(1 + random.below(20)).to_string()),
            "{day}" => filled.push_str(&format!("{:02}", 1 + random.below(28))),
            "{hex}" => filled.push_str(&format!("{:016x}", random.bits())),
            "{uuid}" => filled.push_str(&uuid(random)),
            other => filled.push_str(other),
        }
        rest = &tail[close..];
    }
    filled.push_str(rest);
    filled
}

/// A version 4 UUID.
pub fn uuid(random: &mut Random) -> String {
    let (a, b) = (random.bits(), random.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        a >> 32,
        (a >> 16) & 0xffff,
        a & 0xfff,
        0x8000 | (b >> 50),
        b & 0xffff_ffff_ffff,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mean(draws: u32, mut draw: impl FnMut() -> f64) -> f64 {
        (0..draws).map(|_| draw()).sum::<f64>() / f64::from(draws)
    }

    #[test]
    fn counts_have_their_mean_small_and_large() {
        let mut random = Random::stream(1, "counts");
        for expected in [0.0, 0.4, 5.0, 300.0_f64] {
            let found = mean(20_000, || random.poisson(expected) as f64);
            let error = 5.0 * (expected / 20_000.0).sqrt();
            assert!((found - expected).abs() <= error, "{expected}: {found}");
        }
    }

    #[test]
    fn weights_are_shares() {
        let mut random = Random::stream(1, "weights");
        let sums = running_totals([1.0, 0.0, 3.0]);
        let mut drawn = [0; 3];
        for _ in 0..10_000 {
            drawn[random.weighted(&sums)] += 1;
        }
        assert_eq!(drawn[1], 0);
        assert!((2_300..2_700).contains(&drawn[0]), "{drawn:?}");
    }

    #[test]
    fn streams_repeat_themselves_and_not_each_other() {
        let draw = |seed, name| Random::stream(seed, name).bits();
        assert_eq!(draw(7, "a.log"), draw(7, "a.log"));
        assert_ne!(draw(7, "a.log"), draw(7, "b.log"));
        assert_ne!(draw(7, "a.log"), draw(8, "a.log"));
    }

    #[test]
    fn placeholders_are_filled_and_others_stay() {
        let mut random = Random::stream(1, "fill");
        let filled = fill("/a/{id}/{other}/{small", &mut random);
        assert_eq!(filled.len(), "/a/12345/{other}/{small".len());
        assert!(filled.ends_with("/{other}/{small"), "{filled}");
    }
}
