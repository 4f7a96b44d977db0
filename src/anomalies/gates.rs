//! What a surprising window must be besides: large enough, lasting, not periodic, not old news.
//!
//! In: a score over the threshold and the history. Out: flagged, recurring, or nothing. Holds the
//! peaks of the last week, nothing else.

use std::collections::VecDeque;

use super::episode::Episode;
use super::history::{History, Sum};
use super::rule::{
    ELEVATED, FALL_EFFECT, FALL_EXCESS, LONG_WINDOW, OVERWHELMING, PERIODIC_HITS, PERIODS_MIN,
    QUANTA, REPEAT_FROM_MIN, REPEAT_SCORE, REPEAT_UNTIL_MIN, REPEATS, Rule, SHARE_RATIO,
};
use super::score::Score;
use crate::series::BucketWidth;
use crate::series::baseline::Kind;

/// Peaks remembered; the oldest are forgotten first.
const PEAKS_MAX: usize = 64;
/// A period is met within that many buckets.
const PERIOD_SLACK: usize = 2;
/// Part of the excess that an earlier one must have to be its period.
const PERIOD_SHARE: f64 = 0.5;

/// Whether the window's effect is worth an alarm. `level` is a gauge's, `quantum` its grain.
pub fn large_enough(rule: &Rule, sum: &Sum, level: f64, quantum: f64) -> bool {
    let excess = sum.x - sum.m;
    match rule.kind {
        Kind::Count if excess >= 0.0 => {
            sum.effect(rule.kind, level) >= rule.effect_min && excess >= rule.excess_min
        }
        Kind::Count => {
            sum.effect(rule.kind, level) <= -FALL_EFFECT * rule.effect_min
                && -excess >= FALL_EXCESS * rule.excess_min
        }
        Kind::Ratio => {
            sum.x >= SHARE_RATIO * sum.m
                && sum.effect(rule.kind, level) >= rule.effect_min
                && excess >= rule.excess_min
        }
        Kind::Gauge => {
            let difference = sum.mean_difference().abs();
            difference >= rule.effect_min * level.abs()
                && difference >= rule.difference_min.max(QUANTA * quantum)
        }
    }
}

/// Whether it lasts: this bucket elevated, and the one before or a window of five; or overwhelming.
pub fn lasting(rule: &Rule, score: &Score, before: f64) -> bool {
    let sign = score.value.signum();
    score.value.abs() >= OVERWHELMING * rule.threshold
        || score.last * sign > ELEVATED && (before * sign > ELEVATED || score.window >= LONG_WINDOW)
}

/// Whether at least two of the usual periods earlier there was at least half of the excess.
/// Two lags that fall into one earlier episode are one repetition, not two: else a second outage
/// soon after a long one would pass as periodic.
pub fn periodic(
    kind: Kind,
    score: &Score,
    history: &History,
    width: BucketWidth,
    episodes: &[Episode],
) -> bool {
    let w = score.sum.buckets as usize;
    let now = history.len();
    let next = history.bucket(now - 1) + 1;
    let wanted = PERIOD_SHARE * score.sum.excess_rate(kind) * score.value.signum();
    let mut hits = 0;
    let mut episodes_hit = Vec::new();
    for minutes in PERIODS_MIN {
        let lag = width.in_minutes(minutes);
        if lag <= w + 2 || lag > next + PERIOD_SLACK {
            continue;
        }
        let hit = (lag.saturating_sub(PERIOD_SLACK)..=lag + PERIOD_SLACK)
            .rev()
            .find_map(|lag| {
                let end = history.first_from(next.checked_sub(lag)?);
                let start = end.checked_sub(w).filter(|_| end + w < now)?;
                let there = history.sum(start..end).excess_rate(kind) * score.value.signum();
                (there >= wanted).then_some(end)
            });
        let Some(end) = hit else { continue };
        match episodes
            .iter()
            .rposition(|episode| episode.overlaps(end - w, end))
        {
            Some(episode) if episodes_hit.contains(&episode) => {}
            Some(episode) => {
                episodes_hit.push(episode);
                hits += 1;
            }
            None => hits += 1,
        }
    }
    hits >= PERIODIC_HITS
}

/// Peaks of the last week: what comes back five times is listed, not raised.
#[derive(Debug, Clone, Default)]
pub struct Peaks {
    seen: VecDeque<(usize, f64)>,
}

impl Peaks {
    /// Remembers a peak.
    pub fn add(&mut self, bucket: usize, score: f64) {
        if self.seen.len() == PEAKS_MAX {
            self.seen.pop_front();
        }
        self.seen.push_back((bucket, score));
    }

    /// Whether a score at `bucket` is one of many of its kind.
    pub fn repeats(&self, bucket: usize, score: f64, width: BucketWidth) -> bool {
        let (from, until) = (
            width.in_minutes(REPEAT_FROM_MIN),
            width.in_minutes(REPEAT_UNTIL_MIN),
        );
        let alike = |&&(at, peak): &&(usize, f64)| {
            let age = bucket.saturating_sub(at);
            age > from && age < until && peak >= REPEAT_SCORE * score
        };
        self.seen.iter().filter(alike).count() >= REPEATS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_peaks_in_a_week_make_the_sixth_a_repeat_but_not_within_six_hours() {
        let width = BucketWidth::seconds(60).expect("not zero");
        let mut peaks = Peaks::default();
        (0..5).for_each(|day| peaks.add(day * 1440, 10.0));
        assert!(peaks.repeats(5 * 1440, 12.0, width));
        assert!(!peaks.repeats(5 * 1440, 13.0, width));
        assert!(!peaks.repeats(4 * 1440 + 300, 10.0, width));
        assert!(!peaks.repeats(12 * 1440, 10.0, width));
    }
}
