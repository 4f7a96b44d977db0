//! The streaming engine: one series, one observed bucket at a time.
//!
//! In: values in the order of time. Out: episodes, recurring excesses, and what was expected in
//! every bucket. A batch is the same stream replayed: nothing looks ahead, so what is flagged at
//! a bucket does not depend on what follows.

use super::episode::{Calm, ClearRun, Ending, Episode, clear_buckets};
use super::former::Former;
use super::gates::{self, Peaks};
use super::history::History;
use super::onset::{self, Onset, Search};
use super::rule::{CAUTIOUS_GAIN, REFINE_AFTER, Rule, WARM_UP};
use super::score::{Score, Windows};
use crate::series::BucketWidth;
use crate::series::baseline::{Baseline, Kind, Sample};
use crate::series::season::slot_of;

/// A new level is the median of that long, minutes.
const ADOPT_FROM_MIN: f64 = 30.0;
/// A shift is adopted sooner once it has lasted that many times as long as the past before it.
const ADOPT_PAST: usize = 3;
/// For that long after a level was adopted a return to the one before is a recovery, minutes.
const RETURN_WITHIN_MIN: f64 = 1440.0;
/// The two levels are told apart by being nearer to one; a return covers at least this part.
const RETURN_SHARE: f64 = 0.5;

/// The state of one series.
#[derive(Debug, Clone)]
pub struct Engine {
    rule: Rule,
    width: BucketWidth,
    needed: usize,
    baseline: Baseline,
    windows: Windows,
    history: History,
    episodes: Vec<Episode>,
    open: bool,
    run: ClearRun,
    floor: usize,
    peaks: Peaks,
    recurring: Vec<usize>,
    former: Option<Former>,
    worst: f64,
}

impl Engine {
    /// Nothing seen yet.
    pub fn new(rule: Rule, width: BucketWidth) -> Self {
        Self {
            rule,
            width,
            needed: clear_buckets(width),
            baseline: Baseline::new(rule.kind, width, rule.prior),
            windows: Windows::new(&rule, 60.0 / width.as_s()),
            history: History::default(),
            episodes: Vec::new(),
            open: false,
            run: ClearRun::default(),
            floor: 0,
            peaks: Peaks::default(),
            recurring: Vec::new(),
            former: None,
            worst: 0.0,
        }
    }

    /// The rule it judges by.
    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// What was observed and expected.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Episodes in the order of time; the last may be open.
    pub fn episodes(&self) -> &[Episode] {
        &self.episodes
    }

    /// Buckets in which an excess was one of many of its kind.
    pub fn recurring(&self) -> &[usize] {
        &self.recurring
    }

    /// Largest score outside episodes, absolute.
    pub fn worst(&self) -> f64 {
        self.worst
    }

    /// Whether an episode is open.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Replaces what a ratio's share is known from, after its definition changed (`latency`).
    pub fn rebase(&mut self, k: f64, n: f64) {
        self.baseline.adopt_share(k, n);
    }

    /// Takes what was seen in `bucket`, which begins at `start_ns`. Buckets come in order;
    /// buckets without data are left out.
    pub fn step(&mut self, bucket: usize, start_ns: i64, sample: Sample) {
        let slot = slot_of(start_ns);
        let expected = self.baseline.expect(bucket, slot, sample);
        let m = if self.rule.kind == Kind::Ratio {
            expected * sample.n
        } else {
            expected
        };
        self.history.push(bucket, sample, m);
        let sigma = self.baseline.sigma();
        let score = self
            .windows
            .score(&self.rule, &self.history, sigma, self.floor, !self.open);
        self.history.score_last(score.last);
        let adopted = if self.open {
            self.follow(bucket, expected, &score)
        } else {
            self.watch(bucket, expected, &score)
        };
        if self.open || adopted {
            self.baseline.hold();
        } else {
            let quiet =
                score.value.abs() < 0.5 * self.rule.threshold || self.history.len() <= WARM_UP;
            let gain = if quiet { 1.0 } else { CAUTIOUS_GAIN };
            self.baseline
                .learn(sample, expected, slot, gain, self.windows.single());
        }
    }

    /// No episode is open: opens one if the score passes the threshold and all gates. True when
    /// the series returned to a former level instead.
    fn watch(&mut self, bucket: usize, level: f64, score: &Score) -> bool {
        self.worst = self.worst.max(score.value.abs());
        if self.rule.kind == Kind::Gauge && self.settled_back(bucket, level) {
            return true;
        }
        let falls = self.rule.falls || self.former.is_some();
        let wanted =
            score.value >= self.rule.threshold || falls && score.value <= -self.rule.threshold;
        let now = self.history.len();
        if !wanted || now <= WARM_UP {
            return false;
        }
        let before = self.history.entries()[now - 2].z;
        if !gates::large_enough(&self.rule, &score.sum, level, self.baseline.quantum())
            || !gates::lasting(&self.rule, score, before)
            || gates::periodic(
                self.rule.kind,
                score,
                &self.history,
                self.width,
                &self.episodes,
            )
        {
            return false;
        }
        if self.returned(bucket, level, score) {
            return true;
        }
        if score.value < 0.0 && !self.rule.falls {
            return false;
        }
        if self.peaks.repeats(bucket, score.value.abs(), self.width) {
            self.list_recurring(bucket, score);
        } else {
            self.raise(bucket, score);
        }
        false
    }

    /// Lists a recurring excess once, at its first bucket.
    fn list_recurring(&mut self, bucket: usize, score: &Score) {
        let same = self
            .recurring
            .last()
            .is_some_and(|last| bucket - last <= self.needed);
        if !same {
            self.peaks.add(bucket, score.value.abs());
            self.recurring.push(bucket);
        }
    }

    fn raise(&mut self, bucket: usize, score: &Score) {
        let flag = self.history.len() - 1;
        let sign = score.value.signum();
        let onset = self.onset(flag, sign);
        self.peaks.add(bucket, score.value.abs());
        self.open = true;
        self.run = ClearRun::default();
        self.episodes.push(Episode {
            onset_first: onset.at,
            onset,
            flag,
            ending: Ending::Open,
            clear: 0,
            sign,
            raised: *score,
            peak: score.value.abs(),
            p_value: score.p_value,
            growth: vec![(flag, score.value.abs())],
        });
    }

    fn onset(&self, flag: usize, sign: f64) -> Onset {
        let entry = self.history.entries()[flag];
        let inflation = match self.rule.kind {
            Kind::Gauge => self.windows.single(),
            Kind::Count | Kind::Ratio => 1.0 + self.windows.single() * entry.m,
        };
        let sigma = self.baseline.sigma();
        let search = Search {
            kind: self.rule.kind,
            sigma,
            sign,
            inflation,
            flag,
            floor: self.floor.min(flag),
        };
        onset::find(&self.history, &search)
    }

    /// An episode is open: follows its score, looks again at its onset, and ends it. True when
    /// its level was adopted.
    fn follow(&mut self, bucket: usize, level: f64, score: &Score) -> bool {
        let now = self.history.len();
        let Some(mut episode) = self.episodes.pop() else {
            return false;
        };
        episode.note(now - 1, score);
        if now - 1 == episode.flag + REFINE_AFTER {
            episode.onset = self.onset(episode.flag, episode.sign);
        }
        let calm = Calm {
            rule: &self.rule,
            windows: &self.windows,
            sigma: self.baseline.sigma(),
            level,
            sign: episode.sign,
        };
        let adopting = self.adopts(bucket, &episode);
        let window = episode.raised.sum.buckets as usize;
        if let Some(end) = self.run.step(&calm, &self.history, self.needed, window) {
            episode.ending = Ending::Recovered(end.max(episode.flag + 1));
            self.floor = end.max(episode.flag + 1);
            self.open = false;
        } else if adopting {
            episode.ending = Ending::Adopted(now - 1);
            // This observation was compared with the level that is given up.
            self.floor = now;
            self.open = false;
            self.adopt(bucket, level, episode.sign);
        }
        episode.clear = self.run.buckets();
        let adopted = matches!(episode.ending, Ending::Adopted(_));
        self.episodes.push(episode);
        adopted
    }

    /// Whether a shift has lasted long enough to be the new normal: as the rule says, but sooner
    /// if the past before it is short, since then it is the past that may have been unusual.
    fn adopts(&self, bucket: usize, episode: &Episode) -> bool {
        let Some(after) = self.rule.adopt_after_min else {
            return false;
        };
        let past = self.history.bucket(episode.onset.at) - self.history.bucket(0);
        let least = self.width.in_minutes(ADOPT_FROM_MIN).max(ADOPT_PAST * past);
        let since = bucket - self.history.bucket(episode.flag);
        since > self.width.in_minutes(after).min(least)
    }

    /// The level of the last half hour becomes the baseline.
    fn adopt(&mut self, bucket: usize, level: f64, sign: f64) {
        let from_bucket = (bucket + 1).saturating_sub(self.width.in_minutes(ADOPT_FROM_MIN) + 1);
        let range = self.history.first_from(from_bucket)..self.history.len();
        if self.rule.kind == Kind::Ratio {
            let sum = self.history.sum(range);
            self.baseline.adopt_share(sum.x, sum.n);
            return;
        }
        let mut recent: Vec<f64> = self.history.entries()[range].iter().map(|e| e.x).collect();
        recent.sort_by(f64::total_cmp);
        self.baseline.adopt_level(median(&recent));
        let until_bucket = bucket + self.width.in_minutes(RETURN_WITHIN_MIN);
        // The episode is put back behind the others after this.
        let (episode, at) = (self.episodes.len(), self.history.len() - 1);
        self.former = Some(Former::new(level, sign, until_bucket, episode, at));
    }

    /// Whether the excess is a return to the level before an adopted one. Then it is no new
    /// episode: the adopted one ends here, and the former level is the baseline again.
    fn returned(&mut self, bucket: usize, level: f64, score: &Score) -> bool {
        let Some(former) = self.former.filter(|former| bucket <= former.until_bucket) else {
            return false;
        };
        let seen = score.sum.x / score.sum.buckets.max(1.0);
        let back = (seen - level) / (former.level - level);
        if score.value.signum() == former.sign
            || !(RETURN_SHARE..=2.0 - RETURN_SHARE).contains(&back)
        {
            return false;
        }
        let onset = self.onset(self.history.len() - 1, score.value.signum());
        self.put_back(former, onset.at, seen);
        true
    }

    /// Whether a gauge has settled at the level before an adopted one.
    fn settled_back(&mut self, bucket: usize, adopted: f64) -> bool {
        let now = self.history.len() - 1;
        let variance = self.baseline.sigma().powi(2) * self.windows.single().max(1.0);
        let Some(former) = self
            .former
            .as_mut()
            .filter(|former| bucket <= former.until_bucket)
        else {
            return false;
        };
        let x = self.history.entries()[now].x;
        let Some(since) = former.back(now, x, adopted, variance, self.needed) else {
            return false;
        };
        let (former, sum) = (*former, self.history.sum(since..now + 1));
        self.put_back(former, since, sum.x / sum.buckets);
        true
    }

    /// What goes back was never normal: the adopted episode lasted until `at`, and what lies
    /// within it is part of it.
    fn put_back(&mut self, former: Former, at: usize, level: f64) {
        self.episodes.truncate(former.episode + 1);
        if let Some(adopted) = self.episodes.last_mut() {
            adopted.ending = Ending::Recovered(at);
        }
        self.history
            .restate(former.at..at.max(former.at), former.level);
        self.floor = self.history.len();
        self.baseline.adopt_level(level);
        self.former = None;
    }
}

/// Middle value of sorted values; 0 when there are none.
fn median(sorted: &[f64]) -> f64 {
    let n = sorted.len();
    match n {
        0 => 0.0,
        _ if n % 2 == 1 => sorted[n / 2],
        _ => 0.5 * (sorted[n / 2 - 1] + sorted[n / 2]),
    }
}
