//! How surprising the last buckets are, over windows of several lengths, in one currency.
//!
//! In: the history up to the last bucket. Out: a score that is comparable over window lengths and
//! series: overdispersion and the tail are learnt per window from the quiet past. Does not flag.
//! Source: quasi-likelihood dispersion (McCullagh & Nelder 1989) and quantiles by stochastic
//! approximation (Robbins & Monro 1951), an exponential tail above them.

use super::history::{History, Sum};
use super::rule::{Rule, WARM_UP, WINDOWS};
use crate::series::baseline::Kind;
use crate::stats::deviance;

/// Squared deviations count as at most this when dispersion is learnt.
const SQUARE_MAX: f64 = 9.0;
/// Makes up for that clipping under a normal distribution.
const CLIP_CORRECTION: f64 = 1.02;
/// Overdispersion assumed at first, and its floor.
const BETA_PRIOR: f64 = 0.004;
const BETA_MIN: f64 = 0.0005;
/// A gauge's windows are assumed to be correlated at first as w^0.7; floor of the factor.
const PHI_POWER: f64 = 0.7;
const PHI_MIN: f64 = 0.05;
/// Observations a dispersion prior is worth.
const PRIOR_WEIGHT: f64 = 60.0;
/// Dispersion is learnt from this observation on.
const LEARN_FROM: usize = 3;
/// The two tail quantiles that are tracked, with their values for a normal distribution.
const TAIL: (f64, f64) = (0.98, 0.995);
const TAIL_NORMAL: (f64, f64) = (2.05, 2.576);
/// ln(0.02 / 0.005): distance of the two quantiles in units of the tail's mean excess.
const TAIL_LOG: f64 = 1.386;
/// The upper quantile is at most this many times the lower, as under an exponential tail that
/// begins at zero (ln 200 / ln 50): it follows slowly when a rough time is over.
const TAIL_RATIO_MAX: f64 = 1.354;
/// Smallest mean excess of the tail, sigmas; a normal distribution has 0.37.
const EXCESS_MIN: f64 = 0.30;
const EXCESS_NORMAL: f64 = 0.37;

/// The most surprising window that ends now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Calibrated sigmas, signed; flagged from the rule's threshold on.
    pub value: f64,
    /// Index of the window in `WINDOWS`.
    pub window: usize,
    /// Sums of that window.
    pub sum: Sum,
    /// Chance of at least this under the series' own tail, in (0, 0.02].
    pub p_value: f64,
    /// Deviation of the last bucket alone, sigmas.
    pub last: f64,
}

/// Learnt state of all windows.
#[derive(Debug, Clone)]
pub struct Windows {
    spread: [Spread; WINDOWS.len()],
    seen: usize,
    weight_max: f64,
    log_tail: f64,
}

impl Windows {
    /// Priors only. `buckets_per_min` sets how long dispersion is remembered: about 1.5 days.
    pub fn new(rule: &Rule, buckets_per_min: f64) -> Self {
        Self {
            spread: WINDOWS.map(|w| Spread::new(rule.kind, w)),
            seen: 0,
            weight_max: 1.5 * 1440.0 * buckets_per_min + 300.0,
            log_tail: (0.02 / rule.p_value.clamp(1e-300, 0.02)).ln(),
        }
    }

    /// Dispersion of single buckets.
    pub fn single(&self) -> f64 {
        self.spread[0].dispersion
    }

    /// Variance factor over a stretch, from the longest window that fits into it.
    pub fn inflation(&self, kind: Kind, sum: &Sum) -> f64 {
        let fits = WINDOWS
            .iter()
            .rposition(|&w| w as f64 <= sum.buckets)
            .unwrap_or(0);
        self.spread[fits].inflation(kind, sum.m)
    }

    /// Scores the windows that end with the last observation and do not begin before `floor`.
    /// Learns from them if `learn`.
    pub fn score(
        &mut self,
        rule: &Rule,
        history: &History,
        sigma: f64,
        floor: usize,
        learn: bool,
    ) -> Score {
        let warm = self.seen >= WARM_UP;
        let mut best = Score {
            value: 0.0,
            window: 0,
            sum: Sum::default(),
            p_value: 0.02,
            last: 0.0,
        };
        let tail_step = 0.01f64.max(0.3 / (1.0 + 0.02 * self.seen as f64).sqrt());
        let entries = history.entries();
        let mut sum = Sum::default();
        let mut next = entries.len();
        for (j, &w) in WINDOWS.iter().enumerate() {
            if entries.len() < floor + w {
                break;
            }
            let from = entries.len() - w;
            entries[from..next]
                .iter()
                .rev()
                .for_each(|entry| sum.add(entry));
            next = from;
            let spread = &mut self.spread[j];
            let (z, s) = spread.deviations(rule.kind, &sum, sigma);
            if j == 0 {
                best.last = s;
            }
            let tail = &spread.tails[usize::from(s < 0.0)];
            let threshold = rule.threshold.max(tail.low + tail.excess * self.log_tail);
            let value = s * rule.threshold / threshold;
            if warm && value.abs() > best.value.abs() {
                best = Score {
                    value,
                    window: j,
                    sum,
                    p_value: tail.chance(s.abs()),
                    ..best
                };
            }
            if learn && warm {
                spread.tails[0].learn(s, tail_step);
                spread.tails[1].learn(-s, tail_step);
            }
            if learn && self.seen >= LEARN_FROM {
                spread.learn(rule.kind, z, sum.m, self.weight_max);
            }
        }
        self.seen += 1;
        best
    }
}

/// Dispersion and tails of one window length.
#[derive(Debug, Clone)]
struct Spread {
    dispersion: f64, // beta for counts and ratios: variance m (1 + beta m); phi for gauges
    weight: f64,
    tails: [Tail; 2],
}

impl Spread {
    fn new(kind: Kind, w: usize) -> Self {
        let dispersion = match kind {
            Kind::Gauge => (w as f64).powf(PHI_POWER),
            Kind::Count | Kind::Ratio => BETA_PRIOR,
        };
        Self {
            dispersion,
            weight: PRIOR_WEIGHT,
            tails: [Tail::default(); 2],
        }
    }

    fn inflation(&self, kind: Kind, m: f64) -> f64 {
        match kind {
            Kind::Gauge => self.dispersion,
            Kind::Count | Kind::Ratio => 1.0 + self.dispersion * m,
        }
    }

    /// Deviation without and with overdispersion.
    fn deviations(&self, kind: Kind, sum: &Sum, sigma: f64) -> (f64, f64) {
        if kind == Kind::Count {
            let both = deviance::count(sum.x, sum.m, self.dispersion);
            return (both.poisson, both.overdispersed);
        }
        let z = sum.deviation(kind, sigma);
        (z, z / self.inflation(kind, sum.m).sqrt())
    }

    fn learn(&mut self, kind: Kind, z: f64, m: f64, weight_max: f64) {
        let inflation = self.inflation(kind, m);
        let square = (z * z / inflation).min(SQUARE_MAX) * inflation * CLIP_CORRECTION;
        let gain = 1.0 / (self.weight + 1.0).min(weight_max);
        self.weight += 1.0;
        match kind {
            Kind::Gauge => {
                self.dispersion =
                    (self.dispersion + gain * (square - self.dispersion)).max(PHI_MIN);
            }
            Kind::Count | Kind::Ratio if m >= 1.0 => {
                let seen = (square - 1.0) / m;
                self.dispersion = (self.dispersion + gain * (seen - self.dispersion)).max(BETA_MIN);
            }
            Kind::Count | Kind::Ratio => {}
        }
    }
}

/// The upper tail of one sign of one window.
#[derive(Debug, Clone, Copy)]
struct Tail {
    low: f64,
    high: f64,
    excess: f64,
}

impl Default for Tail {
    fn default() -> Self {
        Self {
            low: TAIL_NORMAL.0,
            high: TAIL_NORMAL.1,
            excess: EXCESS_NORMAL,
        }
    }
}

impl Tail {
    fn learn(&mut self, v: f64, step: f64) {
        let toward = |quantile: f64, p: f64| step * if v > quantile { p } else { p - 1.0 };
        self.low = (self.low + toward(self.low, TAIL.0)).max(1.0);
        self.high = (self.high + toward(self.high, TAIL.1)).min(TAIL_RATIO_MAX * self.low);
        self.excess = ((self.high - self.low) / TAIL_LOG).max(EXCESS_MIN);
    }

    fn chance(&self, v: f64) -> f64 {
        (0.02 * (-(v - self.low) / self.excess).exp()).clamp(f64::MIN_POSITIVE, 0.02)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_learns_its_quantiles_and_prices_what_is_beyond() {
        let mut tail = Tail::default();
        let mut random = crate::anomalies::tests::synthetic::Random(1);
        for _ in 0..40_000 {
            tail.learn(-2.0 * (1.0 - random.uniform()).ln(), 0.01); // exponential, mean 2
        }
        assert!((tail.low - 2.0 * 50f64.ln()).abs() < 0.8, "{tail:?}");
        assert!((tail.excess - 2.0).abs() < 0.6, "{tail:?}");
        assert!(tail.chance(30.0) < 1e-4 && tail.chance(0.0) == 0.02);
    }

    #[test]
    fn dispersion_of_poisson_counts_stays_small_and_that_of_clumps_grows() {
        let mut quiet = Spread::new(Kind::Count, 1);
        let mut clumped = quiet.clone();
        for i in 0..5000 {
            let sign = if i % 2 == 0 { 1.0 } else { -1.0 };
            quiet.learn(Kind::Count, sign, 100.0, 3000.0);
            clumped.learn(Kind::Count, 3.0 * sign, 100.0, 3000.0);
        }
        assert!(quiet.dispersion < 0.001, "{}", quiet.dispersion);
        assert!(
            (clumped.dispersion - 0.08).abs() < 0.01,
            "{}",
            clumped.dispersion
        );
    }
}
