//! Ramps: a gauge that grows towards its limit, found before it gets there.
//!
//! In: a gauge series with a limit. Out: stretches of steady growth that reach the limit soon,
//! with the time that is left. Noise, the teeth of an ordinary sawtooth and the morning's drift
//! are not raised: growth must be straight, large against the limit, larger than earlier teeth,
//! not flattening, and not what happened at the same time yesterday.
//! Source: least squares on trailing windows of the monotone stretch.

use super::Anomaly;
use super::levels::measured;
use super::rates::covered;
use crate::series::{BucketWidth, Series};
use crate::stats::line_fit::{Line, LineFit};

mod told;

/// Shortest ramp: samples and minutes.
const SAMPLES_MIN: usize = 12;
const LENGTH_MIN: f64 = 5.0;
/// The line explains that share of the variance, its slope is that many errors from flat, and its
/// last third is at least half as steep.
const EXPLAINED_MIN: f64 = 0.95;
const SLOPE_ERRORS: f64 = 8.0;
const STEEP_SHARE: f64 = 0.5;
/// ... and not surely steeper than this: else the window still contains the quiet before.
const STEEPENING_MAX: f64 = 1.25;
/// Rise against the limit; with less than an hour of past.
const RISE_OF_LIMIT: f64 = 0.1;
const RISE_OF_LIMIT_EARLY: f64 = 0.3;
const PAST_MIN: f64 = 60.0;
/// Rise against the noise of single samples and against the largest ordinary tooth.
const RISE_OF_NOISE: f64 = 6.0;
const RISE_OF_TOOTH: f64 = 1.5;
/// The limit must be that near, minutes; for ramps longer than a day and a half, which are no
/// part of a day's shape, half of their length.
const HORIZON_MIN: f64 = 120.0;
const SLOW_MIN: f64 = 2160.0;
/// A stretch ends with a fall by this share of its rise, or by that many times the noise.
const FALL_OF_RISE: f64 = 0.2;
const FALL_OF_NOISE: f64 = 4.0;
/// From this share on it counts as at the limit.
const AT_LIMIT: f64 = 0.95;
/// A ramp that makes no new top for that long is over, minutes.
const STALL_MIN: f64 = 30.0;
/// Yesterday's level at this time (± half an hour) must be exceeded by this share of the limit.
const YESTERDAY_SHARE: f64 = 0.05;
const YESTERDAY_SLACK_MIN: f64 = 30.0;
const DAY_MIN: f64 = 1440.0;
/// A stretch of that many samples is looked at every other sample, of twice as many every third.
const LOOK_EVERY: usize = 64;
/// Teeth remembered.
const TEETH_MAX: usize = 64;
/// Samples before the ramp from which its baseline is taken, at most (an hour of them).
const BASELINE_SAMPLES_MIN: usize = 8;

/// Ramps of one series, in order. None without a positive limit.
pub fn find(index: usize, series: &Series, levels: &[f64]) -> Vec<Anomaly> {
    let Some(limit) = series
        .limit
        .filter(|limit| measured(*limit) && *limit > 0.0)
    else {
        return Vec::new();
    };
    let mut watch = Watch::new(limit, series.grid.width);
    for bucket in covered(series, levels.len()).filter(|&bucket| measured(levels[bucket])) {
        watch.step(bucket, levels[bucket]);
    }
    watch.ramps.extend(watch.open.take());
    watch
        .ramps
        .iter()
        .map(|ramp| told::anomaly(index, series, limit, ramp, &watch))
        .collect()
}

/// A ramp that was flagged; positions are samples.
#[derive(Debug, Clone)]
struct Ramp {
    flag: usize,
    line: Line, // seconds since the grid's start
    baseline: Option<(f64, f64)>,
    window: usize,
    end: Option<usize>,
    top: f64,
}

/// The state of one series.
struct Watch {
    limit: f64,
    width: BucketWidth,
    buckets: Vec<usize>,
    levels: Vec<f64>,
    noise: f64,
    stretch: usize, // first sample of the monotone stretch
    bottom: f64,
    top: f64,
    top_at: usize,
    teeth: Vec<f64>,
    open: Option<Ramp>,
    ramps: Vec<Ramp>,
}

impl Watch {
    fn new(limit: f64, width: BucketWidth) -> Self {
        Self {
            limit,
            width,
            buckets: Vec::new(),
            levels: Vec::new(),
            noise: 0.0,
            stretch: 0,
            bottom: f64::INFINITY,
            top: f64::NEG_INFINITY,
            top_at: 0,
            teeth: Vec::new(),
            open: None,
            ramps: Vec::new(),
        }
    }

    fn step(&mut self, bucket: usize, level: f64) {
        let at = self.levels.len();
        self.buckets.push(bucket);
        self.levels.push(level);
        self.learn_noise();
        let fall = (FALL_OF_RISE * (self.top - self.bottom)).max(FALL_OF_NOISE * self.noise);
        if self.top - level > fall {
            self.close(at);
            self.restart(at, level);
        } else if level < self.bottom && self.open.is_none() {
            self.restart(at, level);
        }
        if level > self.top {
            (self.top, self.top_at) = (level, at);
        }
        self.bottom = self.bottom.min(level);
        if let Some(ramp) = &mut self.open {
            ramp.top = ramp.top.max(level);
            if self.stalled(bucket) {
                self.close(self.top_at + 1);
                self.restart(at, level);
            }
        } else {
            self.open = self.look();
        }
    }

    fn restart(&mut self, at: usize, level: f64) {
        (self.stretch, self.bottom, self.top, self.top_at) = (at, level, level, at);
    }

    /// Noise of single samples from second differences, in which a straight ramp cancels.
    fn learn_noise(&mut self) {
        if let [.., a, b, c] = self.levels[..] {
            let seen = (a - 2.0 * b + c).abs() * 1.25 / 6f64.sqrt();
            let gain = (1.0 / (self.levels.len() - 2) as f64).max(0.02);
            let clipped = if self.levels.len() > 20 {
                seen.min(6.0 * self.noise + 1e-9 * self.limit)
            } else {
                seen
            };
            self.noise += gain * (clipped - self.noise);
        }
    }

    /// Ends the stretch at sample `end`. What did not reach the limit was an ordinary tooth.
    fn close(&mut self, end: usize) {
        if self.top < AT_LIMIT * self.limit && self.top > self.bottom {
            if self.teeth.len() == TEETH_MAX {
                self.teeth.remove(0);
            }
            self.teeth.push(self.top - self.bottom);
        }
        if let Some(mut ramp) = self.open.take() {
            ramp.end = Some(end);
            self.ramps.push(ramp);
        }
    }

    fn stalled(&self, bucket: usize) -> bool {
        let quiet = bucket - self.buckets[self.top_at];
        let span = self.buckets[self.top_at] - self.buckets[self.stretch];
        self.top < AT_LIMIT * self.limit && quiet > self.width.in_minutes(STALL_MIN).max(span / 2)
    }

    /// The straightest trailing window of the stretch that is a ramp: a longer one may contain
    /// the quiet before.
    fn look(&self) -> Option<Ramp> {
        let n = self.levels.len();
        let level = self.levels[n - 1];
        let rise = self.top - self.bottom;
        // A look costs the length of the stretch: a long one is looked at less often.
        if !n.is_multiple_of(1 + (n - self.stretch) / LOOK_EVERY) {
            return None;
        }
        if rise < self.rise_min(self.stretch) || level > self.limit || self.as_yesterday(level) {
            return None;
        }
        let mut window = None;
        let mut fit = LineFit::default();
        let mut next = SAMPLES_MIN;
        for k in (self.stretch..n).rev() {
            fit.add(self.time_s(k), self.levels[k]);
            if n - k == next {
                let straighter = |line: &Line| {
                    window
                        .as_ref()
                        .is_none_or(|(_, w): &(usize, Line)| line.explained >= w.explained)
                };
                if let Some(line) = fit.line().filter(|l| straighter(l) && self.is_ramp(l, k)) {
                    window = Some((k, line));
                }
                next = next * 3 / 2;
            }
        }
        let (from, line) = window?;
        let baseline = self.baseline(from);
        Some(Ramp {
            flag: n - 1,
            line,
            baseline,
            window: from,
            end: None,
            top: level,
        })
    }

    fn rise_min(&self, from: usize) -> f64 {
        let past = self.buckets[from] - self.buckets[0];
        let early = past < self.width.in_minutes(PAST_MIN);
        let share = if early {
            RISE_OF_LIMIT_EARLY
        } else {
            RISE_OF_LIMIT
        };
        let tooth = self.teeth.iter().copied().fold(0.0, f64::max);
        (share * self.limit)
            .max(RISE_OF_NOISE * self.noise)
            .max(RISE_OF_TOOTH * tooth)
    }

    fn is_ramp(&self, line: &Line, from: usize) -> bool {
        let n = self.levels.len();
        let now_s = self.time_s(n - 1);
        let span_s = now_s - self.time_s(from);
        let steep = self.tail((n - from) / 3).is_some_and(|tail| {
            tail.slope >= STEEP_SHARE * line.slope
                && tail.slope - 2.0 * tail.slope_error <= STEEPENING_MAX * line.slope
        });
        let left_s = (self.limit - line.at(now_s)) / line.slope;
        let horizon_s = if span_s >= SLOW_MIN * 60.0 {
            span_s / 2.0
        } else {
            HORIZON_MIN * 60.0
        };
        line.slope > 0.0
            && line.explained >= EXPLAINED_MIN
            && steep
            && span_s >= LENGTH_MIN * 60.0
            && line.slope * span_s >= self.rise_min(from)
            && left_s <= horizon_s
            && line.slope >= SLOPE_ERRORS * line.slope_error * self.memory(line, from, n)
    }

    /// Factor of the slope's error for residuals that remember: `sqrt((1 + r) / (1 - r))` with
    /// their lag-one correlation r. A wandering level looks straight for a while, with long waves
    /// around the line; a ramp has none.
    fn memory(&self, line: &Line, from: usize, n: usize) -> f64 {
        let residual = |k: usize| self.levels[k] - line.at(self.time_s(k));
        let squares: f64 = (from..n).map(|k| residual(k).powi(2)).sum();
        let products: f64 = (from + 1..n).map(|k| residual(k) * residual(k - 1)).sum();
        let r = if squares > 0.0 {
            (products / squares).clamp(0.0, 0.95)
        } else {
            0.0
        };
        ((1.0 + r) / (1.0 - r)).sqrt()
    }

    /// Line through the last samples.
    fn tail(&self, samples: usize) -> Option<Line> {
        let mut fit = LineFit::default();
        let n = self.levels.len();
        (n - samples.min(n)..n).for_each(|k| fit.add(self.time_s(k), self.levels[k]));
        fit.line()
    }

    /// Whether it was about as high at this time yesterday.
    fn as_yesterday(&self, level: f64) -> bool {
        let now = self.buckets[self.buckets.len() - 1];
        let slack = self.width.in_minutes(YESTERDAY_SLACK_MIN);
        let Some(then) = now.checked_sub(self.width.in_minutes(DAY_MIN)) else {
            return false;
        };
        let from = self
            .buckets
            .partition_point(|&b| b < then.saturating_sub(slack));
        let to = self.buckets.partition_point(|&b| b <= then + slack);
        let top = self.levels[from..to]
            .iter()
            .copied()
            .fold(f64::NEG_INFINITY, f64::max);
        level <= top + YESTERDAY_SHARE * self.limit
    }

    /// Median and median absolute deviation of the hour before sample `from`.
    fn baseline(&self, from: usize) -> Option<(f64, f64)> {
        let since = self.buckets[from].saturating_sub(self.width.in_minutes(PAST_MIN));
        let first = self.buckets.partition_point(|&b| b < since);
        let mut levels = self.levels[first..from].to_vec();
        if levels.len() < BASELINE_SAMPLES_MIN {
            return None;
        }
        let middle = median(&mut levels);
        let mut deviations: Vec<f64> = levels.iter().map(|y| (y - middle).abs()).collect();
        Some((middle, median(&mut deviations)))
    }

    fn time_s(&self, sample: usize) -> f64 {
        self.buckets[sample] as f64 * self.width.as_s()
    }
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
