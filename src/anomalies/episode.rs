//! One stretch of a series outside its baseline, from onset to end.
//!
//! In: what the engine saw bucket by bucket while it was open. Out: the episode. Positions are
//! observations of the engine's history; `report` turns them into times.

use super::history::{Entry, History, Sum};
use super::onset::Onset;
use super::rule::{CLEAR_BUCKETS, CLEAR_EFFECT, CLEAR_SIGMAS, CLEAR_STRETCH_SIGMAS, Rule};
use super::score::{Score, Windows};
use crate::series::BucketWidth;

/// One dirty bucket in that many clear ones is noise; where fewer make an end there is none.
pub const ALONE_OF: usize = 10;

/// How an episode ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Still on at the end of the data.
    Open,
    /// Back within the baseline from this observation on.
    Recovered(usize),
    /// The level stayed and became the baseline at this observation.
    Adopted(usize),
}

/// One episode; positions are observations.
#[derive(Debug, Clone, PartialEq)]
pub struct Episode {
    /// Onset as known at the flag.
    pub onset_first: usize,
    /// Onset with its interval, looked at again some buckets later.
    pub onset: Onset,
    /// The observation that raised it.
    pub flag: usize,
    /// How it ended.
    pub ending: Ending,
    /// How many observations at its end are clear, while it is open.
    pub clear: usize,
    /// +1 above, -1 below the baseline.
    pub sign: f64,
    /// The score that raised it.
    pub raised: Score,
    /// Largest score so far.
    pub peak: f64,
    /// Smallest chance under the series' own tail so far.
    pub p_value: f64,
    /// Observations at which the peak grew, with the new peak; the first is the flag.
    pub growth: Vec<(usize, f64)>,
}

impl Episode {
    /// One past the last observation, of `n` so far.
    pub fn end(&self, n: usize) -> usize {
        match self.ending {
            Ending::Open => n,
            Ending::Recovered(end) | Ending::Adopted(end) => end,
        }
    }

    /// Whether it shares observations with `from..to`.
    pub fn overlaps(&self, from: usize, to: usize) -> bool {
        self.onset.at < to && self.end(usize::MAX) > from
    }

    /// Notes the score of the observation `at`.
    pub fn note(&mut self, at: usize, score: &Score) {
        let value = score.value * self.sign;
        if value > self.peak {
            self.peak = value;
            self.growth.push((at, value));
        }
        if value > 0.0 {
            self.p_value = self.p_value.min(score.p_value);
        }
    }
}

/// The run of clear buckets at the end of an open episode.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClearRun {
    run: Sum,
    dirty_at: Option<usize>,
}

/// What an end is judged against.
#[derive(Debug, Clone, Copy)]
pub struct Calm<'a> {
    /// The series' rule.
    pub rule: &'a Rule,
    /// Its learnt dispersion.
    pub windows: &'a Windows,
    /// Noise and level of a gauge.
    pub sigma: f64,
    /// See `sigma`.
    pub level: f64,
    /// The episode's sign.
    pub sign: f64,
}

impl Calm<'_> {
    fn dirty(&self, entry: &Entry) -> bool {
        let mut single = Sum::default();
        single.add(entry);
        entry.z * self.sign >= CLEAR_SIGMAS && !self.small(&single)
    }

    fn small(&self, sum: &Sum) -> bool {
        sum.effect(self.rule.kind, self.level) * self.sign < CLEAR_EFFECT * self.rule.effect_min
    }

    /// Whether a stretch as a whole is within the baseline.
    fn holds(&self, sum: &Sum) -> bool {
        let inflation = self.windows.inflation(self.rule.kind, sum);
        let z = sum.deviation(self.rule.kind, self.sigma) / inflation.sqrt();
        z * self.sign < CLEAR_STRETCH_SIGMAS || self.small(sum)
    }
}

impl ClearRun {
    /// How many observations it is long.
    pub fn buckets(&self) -> usize {
        self.run.buckets as usize
    }

    /// Takes the last observation. `Some(end)` when the episode is over: the first observation of
    /// a stretch of at least `CLEAR_MIN` that is clear bucket by bucket and as a whole. If the
    /// whole run of clear buckets is not (a faint deviation hides in single buckets), the longest
    /// trailing part that is, of at least `window` buckets: what was seen in a long window only
    /// is not refuted by a short one.
    pub fn step(
        &mut self,
        calm: &Calm,
        history: &History,
        needed: usize,
        window: usize,
    ) -> Option<usize> {
        let now = history.len();
        let last = history.entries()[now - 1];
        let dirty = calm.dirty(&last);
        if dirty && !self.tolerates(now - 1, last.z * calm.sign < calm.rule.threshold, needed) {
            self.run = Sum::default();
            return None;
        }
        self.run.add(&last);
        if dirty {
            return None;
        }
        let start = now - self.run.buckets as usize;
        if !lasts(history, start, needed) {
            return None;
        }
        if calm.holds(&self.run) {
            return Some(self.before_noise(calm, history, start, needed));
        }
        let tail = tail_start(history, needed).min(now.saturating_sub(window));
        if tail < start {
            return None;
        }
        let mut sum = history.sum(tail..now);
        if !calm.holds(&sum) {
            return None;
        }
        let mut end = tail;
        for k in (start..tail).rev() {
            sum.add(&history.entries()[k]);
            if !calm.holds(&sum) {
                break;
            }
            end = k;
        }
        Some(end)
    }

    /// A moderate dirty bucket right after the end restarts the run: the end is before it if the
    /// buckets up to the run are, as a whole, clear as well.
    fn before_noise(&self, calm: &Calm, history: &History, start: usize, needed: usize) -> usize {
        let (mut sum, mut end) = (Sum::default(), start);
        for k in (start.saturating_sub(needed / ALONE_OF)..start).rev() {
            let entry = &history.entries()[k];
            sum.add(entry);
            if entry.z * calm.sign >= calm.rule.threshold {
                break;
            }
            if !calm.dirty(entry) && calm.holds(&sum) {
                end = k;
            }
        }
        end
    }

    /// One moderate bucket amid clear ones is noise: among thirty of ten seconds there is often
    /// one. Two close together are not.
    fn tolerates(&mut self, at: usize, moderate: bool, needed: usize) -> bool {
        let alone = self
            .dirty_at
            .is_none_or(|before| at - before > needed / ALONE_OF);
        self.dirty_at = Some(at);
        moderate && alone && needed >= ALONE_OF && self.run.buckets > 0.0
    }
}

/// Whether observations `start..now` span `needed` buckets of the grid and are at least three.
fn lasts(history: &History, start: usize, needed: usize) -> bool {
    let now = history.len();
    let span = history.bucket(now - 1) + 1 - history.bucket(start);
    now - start >= CLEAR_BUCKETS && span >= needed
}

/// Latest start of a stretch up to now that lasts long enough.
fn tail_start(history: &History, needed: usize) -> usize {
    let now = history.len();
    let from = (history.bucket(now - 1) + 1).saturating_sub(needed);
    let start = history
        .entries()
        .partition_point(|entry| entry.bucket <= from)
        .saturating_sub(1);
    start.min(now.saturating_sub(CLEAR_BUCKETS))
}

/// How many buckets of the grid an episode must be clear.
pub fn clear_buckets(width: BucketWidth) -> usize {
    width.in_minutes(super::rule::CLEAR_MIN).max(CLEAR_BUCKETS)
}
