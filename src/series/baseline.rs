//! What a series was to be expected to show: a level that follows slowly, a damped trend and the
//! season's increments.
//!
//! In: one observed value after the other. Out: the value expected next, from the past only.
//! Does not score or flag: it is told when to hold still. Source: exponential smoothing with a
//! damped trend (Gardner & McKenzie 1985), clipped innovations (Gelper et al. 2010).

use super::BucketWidth;
use super::season::Season;

/// Half-life of a level, minutes: long against incidents' onsets, short against the day.
const LEVEL_HALF_LIFE_MIN: f64 = 45.0;
/// Half-life of a level while nothing is known of the day's shape at that hour, minutes: a level
/// that trails behind the day makes the tails of quiet buckets heavy.
const LEVEL_HALF_LIFE_WITHOUT_SHAPE_MIN: f64 = 18.0;
/// A level remembers at least this many buckets (half-life), or hourly buckets would each be
/// their own baseline.
const LEVEL_HALF_LIFE_BUCKETS_MIN: f64 = 8.0;
/// A count's level remembers at least this many events, but at most a day.
const EVENTS_REMEMBERED: f64 = 30.0;
const DAY_MIN: f64 = 1440.0;
/// Half-life of a share, minutes.
const SHARE_HALF_LIFE_MIN: f64 = 360.0;
/// Half-life of a gauge's noise, minutes, once 200 values are known.
const NOISE_HALF_LIFE_MIN: f64 = 360.0;
/// Half-life of the trend, minutes; inside an episode.
const TREND_HALF_LIFE_MIN: f64 = 120.0;
const TREND_HALF_LIFE_IN_EPISODE_MIN: f64 = 20.0;
/// Values before a trend is followed.
const TREND_FROM: usize = 24;
/// Shares are clipped from here on; levels are medians before.
const CLIP_FROM: usize = 12;
/// From that many events per bucket on a median of counts says more than a mean.
const MEDIAN_FROM: f64 = 5.0;
/// Innovations beyond this many sigmas are clipped: one giant bucket moves a level little.
const CLIP_SIGMAS: f64 = 3.0;
/// Tries from which a share's prior no longer matters.
const PRIOR_UNTIL: f64 = 1e5;
/// A gauge's noise is at least this share of its level, and half of its quantum.
const NOISE_MIN_SHARE: f64 = 0.004;
/// Levels stay below this, whatever comes in.
const LEVEL_MAX: f64 = 1e150;
/// Longest gap that slows the pace, minutes.
const STRIDE_MAX_MIN: f64 = 20.0;

/// How values behave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Events per bucket.
    Count,
    /// `x` of `n` per bucket.
    Ratio,
    /// A level.
    Gauge,
}

/// What was seen in one bucket.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Count, numerator or level. Finite.
    pub x: f64,
    /// Denominator of a ratio, above zero; 0 for other kinds.
    pub n: f64,
}

/// A share assumed before anything is seen: `k` of `n`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prior {
    /// How many had the property.
    pub k: f64,
    /// Of how many.
    pub n: f64,
}

/// The state of one baseline.
#[derive(Debug, Clone)]
pub struct Baseline {
    kind: Kind,
    pace: Pace,
    season: Option<Season>,
    shape_known: bool, // of the last value's slot
    prior: Prior,
    level: f64,
    trend: f64,
    sigma: f64,
    share: Prior,
    seen: usize,
    last: Option<(usize, usize)>, // bucket and slot of the last value
    quantum: Quantum,
    start: Vec<f64>, // the first values, sorted
}

impl Baseline {
    /// Nothing seen yet. The prior matters for ratios only.
    pub fn new(kind: Kind, width: BucketWidth, prior: Prior) -> Self {
        let season = match kind {
            Kind::Ratio => None,
            Kind::Count | Kind::Gauge => Some(Season::new(kind == Kind::Count, width)),
        };
        Self {
            kind,
            pace: Pace::new(60.0 / width.as_s()),
            season,
            shape_known: false,
            prior,
            level: 0.0,
            trend: 0.0,
            sigma: 1.0,
            share: Prior { k: 0.0, n: 0.0 },
            seen: 0,
            last: None,
            quantum: Quantum::default(),
            start: Vec::new(),
        }
    }

    /// The value expected in `bucket`: events, share or level. Moves the level along its trend
    /// and season, so it is called once per observed bucket, in order.
    pub fn expect(&mut self, bucket: usize, slot: usize, sample: Sample) -> f64 {
        let (from_bucket, from_slot) = self.last.replace((bucket, slot)).unwrap_or((bucket, slot));
        self.pace.pass(bucket.saturating_sub(from_bucket));
        if self.kind == Kind::Ratio {
            return self.expected_share();
        }
        if self.seen == 0 {
            self.level = sample.x;
            return self.level;
        }
        let step = self
            .season
            .as_ref()
            .map_or(0.0, |season| season.step(from_slot, slot));
        self.level = self.moved(self.level, step + self.trend);
        self.level
    }

    /// A level after a step of the season, in this kind's arithmetic.
    pub fn moved(&self, level: f64, step: f64) -> f64 {
        let moved = if self.kind == Kind::Count {
            level * step.exp()
        } else {
            level + step
        };
        moved.clamp(-LEVEL_MAX, LEVEL_MAX)
    }

    fn expected_share(&self) -> f64 {
        if self.share.n >= PRIOR_UNTIL {
            return self.share.k / self.share.n;
        }
        (self.share.k + self.prior.k) / (self.share.n + self.prior.n)
    }

    /// Noise of one value of a gauge, in its unit; above zero.
    pub fn sigma(&self) -> f64 {
        self.sigma
    }

    /// Smallest step that a gauge was seen to make; 0 when it is continuous.
    pub fn quantum(&self) -> f64 {
        self.quantum.step()
    }

    /// Learns from a value of which `expected` was expected. `gain` in `(0, 1]` slows it down
    /// while something may be going on; `spread` is the overdispersion of single values.
    pub fn learn(&mut self, sample: Sample, expected: f64, slot: usize, gain: f64, spread: f64) {
        self.shape_known = self
            .season
            .as_ref()
            .is_some_and(|season| season.knows(slot));
        match self.kind {
            Kind::Count => self.learn_count(sample.x, expected, gain, spread),
            Kind::Ratio => self.learn_share(sample, expected * sample.n, gain, spread),
            Kind::Gauge => self.learn_level(sample.x, expected, gain, spread),
        }
        if let Some(season) = &mut self.season {
            season.learn(slot, sample.x);
        }
        if self.kind != Kind::Ratio && self.seen < CLIP_FROM {
            self.start_at_middle(sample.x);
        }
        self.seen += 1;
    }

    /// The first values have no past to be clipped by: their median is the level, so data that
    /// begin inside a burst do not take it for normal. Few events per bucket have no useful
    /// median; they keep their mean.
    fn start_at_middle(&mut self, x: f64) {
        let at = self.start.partition_point(|&y| y < x);
        self.start.insert(at, x);
        let n = self.start.len();
        let middle = 0.5 * (self.start[(n - 1) / 2] + self.start[n / 2]);
        if self.kind == Kind::Gauge || middle >= MEDIAN_FROM {
            self.level = middle;
        }
    }

    /// Passes a value inside an episode: nothing is learnt, the trend dies away.
    pub fn hold(&mut self) {
        self.trend *= self.pace.trend_in_episode;
        self.seen += 1;
    }

    /// Takes another level from now on.
    pub fn adopt_level(&mut self, level: f64) {
        if let Some(season) = &mut self.season {
            season.shift(self.level, level);
        }
        self.level = level;
    }

    /// Takes another share from now on, known from `k` of `n`.
    pub fn adopt_share(&mut self, k: f64, n: f64) {
        self.share = Prior { k, n };
    }

    fn learn_count(&mut self, x: f64, mu: f64, gain: f64, spread: f64) {
        let mut memory = self.level_memory();
        if mu * memory < EVENTS_REMEMBERED {
            memory = (EVENTS_REMEMBERED / mu.max(1e-6)).min(self.pace.day_memory.max(memory));
        }
        let gain = self.level_gain(memory) * gain;
        let reach = CLIP_SIGMAS * (mu * (1.0 + spread * mu)).sqrt();
        let x = x.max(mu - reach).min((mu + reach).max(1.0));
        self.level = mu + gain * (x - mu);
        self.follow_trend(gain, ((x - mu) / mu.max(1e-6)).clamp(-0.5, 0.5));
    }

    fn learn_share(&mut self, sample: Sample, m: f64, gain: f64, spread: f64) {
        let keep = self.pace.share_keep;
        let most = m + CLIP_SIGMAS * (m * (1.0 + spread * m)).sqrt() + 1.0;
        let x = if self.seen >= CLIP_FROM {
            sample.x.min(most)
        } else {
            sample.x
        };
        self.share.k = self.share.k * keep + x * gain;
        self.share.n = self.share.n * keep + sample.n * gain;
    }

    fn learn_level(&mut self, y: f64, mu: f64, gain: f64, spread: f64) {
        self.quantum.see(y);
        self.learn_noise(y - mu, mu);
        let gain = self.level_gain(self.level_memory()) * gain;
        let reach = CLIP_SIGMAS * self.sigma * spread.max(0.3).sqrt();
        let error = (y - mu).clamp(-reach, reach);
        self.level = mu + gain * error;
        self.follow_trend(gain, error);
    }

    /// How many values a level remembers (half-life).
    fn level_memory(&self) -> f64 {
        match self.shape_known {
            true => self.pace.level_memory,
            false => self.pace.level_memory_without_shape,
        }
    }

    /// The first values are averaged, later ones smoothed.
    fn level_gain(&self, memory: f64) -> f64 {
        (1.0 - (-1.0 / memory).exp2()).max(1.0 / (self.seen as f64 + 2.0))
    }

    fn follow_trend(&mut self, gain: f64, error: f64) {
        if self.seen >= TREND_FROM {
            self.trend = self.trend * self.pace.trend + gain.min(0.05).powi(2) / 3.0 * error;
        }
    }

    /// Mean absolute error x 1.25 is sigma for a normal error; 1.30 makes up for the clipping.
    fn learn_noise(&mut self, error: f64, mu: f64) {
        let least = 1e-6 * mu.abs().max(1.0);
        self.sigma = match self.seen {
            0 => (self.sigma + 0.3 * (error.abs() * 1.25 - self.sigma)).max(least),
            1 => (error.abs() * 1.25).max(least),
            2..5 => (self.sigma + 0.3 * (error.abs() * 1.25 - self.sigma)).max(least),
            _ => {
                let clipped = error.abs().min(CLIP_SIGMAS * self.sigma);
                let gain = if self.seen < 200 {
                    0.02
                } else {
                    self.pace.noise_gain
                };
                let smoothed = self.sigma + gain * (clipped * 1.30 - self.sigma);
                smoothed
                    .max(least)
                    .max(NOISE_MIN_SHARE * mu.abs())
                    .max(0.5 * self.quantum.step())
            }
        };
    }
}

/// Half-lives in observed values. A gauge that is sampled every sixth bucket has a sixth of the
/// values per minute: the pace follows the mean gap.
#[derive(Debug, Clone)]
struct Pace {
    buckets_per_min: f64,
    stride: f64,
    stride_used: f64,
    level_memory: f64,
    level_memory_without_shape: f64,
    day_memory: f64,
    share_keep: f64,
    noise_gain: f64,
    trend: f64,
    trend_in_episode: f64,
}

impl Pace {
    fn new(buckets_per_min: f64) -> Self {
        let mut pace = Self {
            buckets_per_min,
            stride: 1.0,
            stride_used: 1.0,
            level_memory: 0.0,
            level_memory_without_shape: 0.0,
            day_memory: 0.0,
            share_keep: 0.0,
            noise_gain: 0.0,
            trend: 0.0,
            trend_in_episode: 0.0,
        };
        pace.set();
        pace
    }

    fn pass(&mut self, gap: usize) {
        if gap == 1 && self.stride == 1.0 {
            return;
        }
        let most = (STRIDE_MAX_MIN * self.buckets_per_min).max(1.0);
        self.stride += 0.05 * ((gap.max(1) as f64).min(most) - self.stride);
        if (self.stride / self.stride_used - 1.0).abs() > 0.05 {
            self.stride_used = self.stride;
            self.set();
        }
    }

    fn set(&mut self) {
        let values = |minutes: f64| minutes * self.buckets_per_min / self.stride_used;
        let keep = |minutes: f64| (-1.0 / values(minutes)).exp2();
        let level = |minutes: f64| values(minutes).max(LEVEL_HALF_LIFE_BUCKETS_MIN);
        self.level_memory = level(LEVEL_HALF_LIFE_MIN);
        self.level_memory_without_shape = level(LEVEL_HALF_LIFE_WITHOUT_SHAPE_MIN);
        self.day_memory = values(DAY_MIN);
        self.share_keep =
            (-1.0 / values(SHARE_HALF_LIFE_MIN).max(LEVEL_HALF_LIFE_BUCKETS_MIN)).exp2();
        self.noise_gain = 1.0 - keep(NOISE_HALF_LIFE_MIN);
        self.trend = keep(TREND_HALF_LIFE_MIN);
        self.trend_in_episode = keep(TREND_HALF_LIFE_IN_EPISODE_MIN);
    }
}

/// The grain of a gauge: 1 while all its values were whole numbers, else none. A queue that is
/// always 0 has no noise to learn, and its first 1 is no incident.
#[derive(Debug, Clone, Copy, Default)]
struct Quantum {
    fractional: bool,
}

impl Quantum {
    fn see(&mut self, y: f64) {
        self.fractional |= y.fract() != 0.0;
    }

    fn step(self) -> f64 {
        if self.fractional { 0.0 } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ERRORS: Prior = Prior { k: 0.5, n: 100.0 };

    fn minute() -> BucketWidth {
        BucketWidth::seconds(60).expect("not zero")
    }

    fn run(kind: Kind, samples: impl Iterator<Item = Sample>) -> (Baseline, f64) {
        let mut baseline = Baseline::new(kind, minute(), ERRORS);
        let mut expected = 0.0;
        for (t, sample) in samples.enumerate() {
            expected = baseline.expect(t, 0, sample);
            baseline.learn(sample, expected, 0, 1.0, 0.004);
        }
        (baseline, expected)
    }

    fn count(x: f64) -> Sample {
        Sample { x, n: 0.0 }
    }

    #[test]
    fn a_steady_series_expects_itself() {
        let (_, mu) = run(Kind::Count, (0..100).map(|_| count(50.0)));
        assert!((mu - 50.0).abs() < 1e-9);
        let (_, level) = run(Kind::Gauge, (0..100).map(|_| count(-7.5)));
        assert!((level + 7.5).abs() < 1e-9);
        let (_, share) = run(Kind::Ratio, (0..1000).map(|_| Sample { x: 3.0, n: 100.0 }));
        assert!((share - 0.03).abs() < 1e-4);
    }

    #[test]
    fn one_giant_bucket_moves_a_level_by_less_than_two_percent() {
        let (_, mu) = run(
            Kind::Count,
            (0..200).map(|t| count(if t == 198 { 1e12 } else { 100.0 })),
        );
        assert!((mu / 100.0 - 1.0).abs() < 0.02, "{mu}");
    }

    #[test]
    fn half_of_a_step_is_learnt_after_about_its_half_life() {
        // Before the day's shape is known, and after a day of which every slot was seen.
        for (known, half_life) in [(200, 18), (2 * 1440, 45)] {
            let mut baseline = Baseline::new(Kind::Count, minute(), ERRORS);
            let mut expected = 0.0;
            for t in 0..known + half_life {
                let sample = count(if t < known { 1000.0 } else { 1050.0 });
                let slot = t / 10 % 144;
                expected = baseline.expect(t, slot, sample);
                baseline.learn(sample, expected, slot, 1.0, 0.004);
            }
            assert!(
                expected > 1020.0 && expected < 1035.0,
                "{known}: {expected}"
            );
        }
    }

    #[test]
    fn a_whole_numbered_gauge_has_a_grain_and_noise() {
        let (whole, _) = run(Kind::Gauge, (0..50).map(|_| count(0.0)));
        assert_eq!((whole.quantum(), whole.sigma()), (1.0, 0.5));
        let (fractional, _) = run(Kind::Gauge, (0..50).map(|t| count(0.1 * f64::from(t % 2))));
        assert_eq!(fractional.quantum(), 0.0);
    }

    #[test]
    fn a_gauge_sampled_every_sixth_bucket_follows_as_fast_in_time() {
        let mut baseline = Baseline::new(Kind::Gauge, minute(), ERRORS);
        for t in 0..200 {
            let sample = count(100.0 + f64::from(t % 3));
            let expected = baseline.expect(t as usize * 6, 0, sample);
            baseline.learn(sample, expected, 0, 1.0, 1.0);
        }
        assert!((baseline.pace.level_memory - LEVEL_HALF_LIFE_BUCKETS_MIN).abs() < 0.5);
    }
}
