//! Made-up series with known truth, from a seed: quiet ones with a day and a week, and the five
//! shapes of trouble put into them.

use crate::series::{BucketWidth, Family, Grid, Histogram, Role, Series, Signal, Values};

/// 2024-01-01T00:00:00Z, a Monday.
pub const MONDAY_NS: i64 = 1_704_067_200_000_000_000;

/// SplitMix64 (Steele et al. 2014): small, seeded, good enough for draws.
pub struct Random(pub u64);

impl Random {
    pub fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }

    pub fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }

    /// Poisson: by inversion of products below 60, rounded normal above.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u64;
        }
        let (least, mut product, mut k) = ((-mean).exp(), self.uniform(), 0);
        while product > least {
            product *= self.uniform();
            k += 1;
        }
        k
    }

    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        (0..n).filter(|_| self.uniform() < p).count() as u64
    }
}

/// First-order autoregressive noise of standard deviation `sd` and memory `tau` buckets.
pub fn wander(random: &mut Random, n: usize, sd: f64, tau: f64) -> Vec<f64> {
    let a = (-1.0 / tau).exp();
    let mut x = sd * random.normal();
    (0..n)
        .map(|_| {
            x = a * x + sd * (1.0 - a * a).sqrt() * random.normal();
            x
        })
        .collect()
}

/// Share of the peak at bucket `t`: a day with one peak, weekends lower. Nobody goes to bed at
/// once: a weekend comes and goes in six hours.
pub fn load(t: usize, width_s: u64) -> f64 {
    let s = t as u64 * width_s;
    let hour = (s % 86_400) as f64 / 3600.0;
    let day = (-0.9 + 0.9 * ((hour - 14.5) / 24.0 * std::f64::consts::TAU).cos()).exp();
    let days = s as f64 / 86_400.0 % 7.0;
    let weekend = ((days - 5.0) * 4.0).clamp(0.0, 1.0) * ((7.0 - days) * 4.0).clamp(0.0, 1.0);
    day * (1.0 - 0.15 * weekend)
}

pub fn series(family: Family, width_s: u64, values: Values) -> Series {
    let (name, n) = match &values {
        Values::Count(x) => ("signal", x.len()),
        Values::Ratio { k, .. } => ("signal", k.len()),
        Values::Gauge(x) => ("signal", x.len()),
        Values::Latency(x) => ("latency", x.len()),
    };
    let width = BucketWidth::seconds(width_s).expect("not zero");
    Series {
        signal: Signal {
            source: "lb.log".to_owned(),
            name: name.to_owned(),
            role: Role::UserFacing,
            entity: None,
            unit: "1/s".to_owned(),
        },
        family,
        grid: Grid {
            start_ns: MONDAY_NS,
            width,
            n,
        },
        values,
        covered: 0..n,
        limit: None,
    }
}

/// Poisson counts around `mean(t)`.
pub fn counts(seed: u64, n: usize, mean: impl Fn(usize) -> f64) -> Vec<u64> {
    let mut random = Random(seed);
    (0..n).map(|t| random.poisson(mean(t))).collect()
}

/// Requests around `requests(t)` of which a share `share(t)` fails.
pub fn failures(
    seed: u64,
    n: usize,
    requests: impl Fn(usize) -> f64,
    share: impl Fn(usize) -> f64,
) -> Values {
    let mut random = Random(seed);
    let n: Vec<u64> = (0..n).map(|t| random.poisson(requests(t))).collect();
    let k = n
        .iter()
        .enumerate()
        .map(|(t, &n)| random.binomial(n, share(t)))
        .collect();
    Values::Ratio { k, n }
}

/// Latencies: log-normal around `median_ms(t)`, and a share `slow(t)` around 900 ms.
pub fn latencies(
    seed: u64,
    n: usize,
    requests: f64,
    median_ms: impl Fn(usize) -> f64,
    slow: impl Fn(usize) -> f64,
) -> Vec<Histogram> {
    let mut random = Random(seed);
    (0..n)
        .map(|t| {
            let mut histogram = Histogram::default();
            for _ in 0..random.poisson(requests) {
                let middle = if random.uniform() < slow(t) {
                    900.0
                } else {
                    median_ms(t)
                };
                histogram.add((middle * 1000.0 * (0.4 * random.normal()).exp()) as u64);
            }
            histogram
        })
        .collect()
}
