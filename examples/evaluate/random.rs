//! Draws from a seed: the same numbers on every machine.
//!
//! Source: SplitMix64 (Steele et al. 2014); gamma by Marsaglia & Tsang 2000.

use std::f64::consts::TAU;

/// A stream of draws.
#[derive(Debug, Clone)]
pub struct Random(pub u64);

impl Random {
    /// In `[0, 1)`.
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// In `[from, to)`.
    pub fn between(&mut self, from: f64, to: f64) -> f64 {
        from + (to - from) * self.uniform()
    }

    /// One of `0..n`.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.uniform() * n as f64) as usize).min(n.saturating_sub(1))
    }

    /// Standard normal (Box & Muller 1958).
    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// Gamma of mean 1 and variance `alpha`; 1 for `alpha` 0.
    pub fn gamma(&mut self, alpha: f64) -> f64 {
        if alpha <= 0.0 {
            return 1.0;
        }
        let shape = 1.0 / alpha;
        let boosted = if shape < 1.0 { shape + 1.0 } else { shape };
        let d = boosted - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        let drawn = loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            let accepted =
                v > 0.0 && (1.0 - self.uniform()).ln() < 0.5 * x * x + d - d * v + d * v.ln();
            if accepted {
                break d * v;
            }
        };
        let fold = if shape < 1.0 {
            (1.0 - self.uniform()).powf(1.0 / shape)
        } else {
            1.0
        };
        drawn * fold / shape
    }

    /// Poisson: by products of uniforms below 30, a rounded normal above.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (least, mut product, mut k) = ((-mean).exp(), self.uniform(), 0);
        while product > least {
            product *= self.uniform();
            k += 1;
        }
        k
    }

    /// Counts of variance `mean (1 + alpha mean)`.
    pub fn clumped(&mut self, mean: f64, alpha: f64) -> u64 {
        let mean = mean * self.gamma(alpha);
        self.poisson(mean)
    }

    /// How many of `n` with chance `p`: a rounded normal where both outcomes are many, else by
    /// waiting times.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if p <= 0.0 || n == 0 {
            return 0;
        }
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        let mean = n as f64 * p;
        if mean > 30.0 {
            let drawn = mean + (mean * (1.0 - p)).sqrt() * self.normal();
            return (drawn.round().max(0.0) as u64).min(n);
        }
        let (mut at, mut k) = (0.0, 0);
        loop {
            at += ((1.0 - self.uniform()).ln() / (1.0 - p).ln()).floor() + 1.0;
            if at > n as f64 {
                return k;
            }
            k += 1;
        }
    }

    /// First-order autoregressive noise of standard deviation `sd` and memory `tau` buckets.
    pub fn wander(&mut self, n: usize, sd: f64, tau: f64) -> Vec<f64> {
        let keep = (-1.0 / tau).exp();
        let fresh = sd * (1.0 - keep * keep).sqrt();
        let mut x = sd * self.normal();
        let mut path = Vec::with_capacity(n);
        for _ in 0..n {
            x = keep * x + fresh * self.normal();
            path.push(x);
        }
        path
    }
}
