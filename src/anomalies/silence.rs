//! Silence: a source that should have written and did not.
//!
//! In: a count series of traffic, jobs or lines. Out: stretches without events that the source's
//! own past makes improbable. A stretch that ends when the source resumes is silence. If it never
//! resumes, three things must hold besides, else the *file* ended and not the source: the others
//! went on for at least ten minutes more, the last event is not at the turn of an hour (where
//! files are cut), and the source was there for long enough to know its rate.
//! Source: Poisson waiting time with clumps, `p = exp(-r t / F)`, F the Fano factor.

use super::rates::covered;
use super::{Anomaly, Direction, Found, Options};
use crate::clock::words::rfc3339;
use crate::clock::{NS_PER_S, When};
use crate::events::Evidence;
use crate::series::{Family, Series};

/// The rate is taken from at least that much of the past, minutes ...
const RATE_FROM_MIN: f64 = 60.0;
/// ... extended up to a day until it holds that many events; with fewer nothing is said.
const EVENTS_MIN: f64 = 30.0;
const DAY_MIN: f64 = 1440.0;
/// The past must be that long, minutes: a rate of a burst is no rate.
const PAST_MIN: f64 = 10.0;
/// Shortest silence, minutes and buckets.
const LENGTH_MIN: f64 = 1.0;
const BUCKETS_MIN: usize = 3;
/// It must be that many times the longest gap so far: sources have their own rhythm.
const GAP_FACTOR: usize = 3;
/// A source that never resumes must be outlived by the others by that long, minutes.
const OUTLIVED_MIN: f64 = 10.0;
/// Events per block of the Fano factor; blocks needed.
const BLOCK_EVENTS: f64 = 5.0;
const BLOCKS_MIN: usize = 6;
/// Part of a Down episode that lies in a silence for the two to be one.
const INSIDE: f64 = 0.8;
/// Fewer events than expected by that many sigmas: the bucket was silent in part (one in twenty).
const FEW_SIGMAS: f64 = 1.645;
const HOUR_NS: i64 = 3600 * NS_PER_S;

/// The rate of the past, per bucket, and how clumped it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    per_bucket: f64,
    fano: f64,
    events: f64,
}

/// A stretch without events: `from..to`, flagged at `flag`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Gap {
    from: usize,
    to: usize,
    flag: usize,
    rate: Rate,
    resumed: bool,
}

/// Stretches of silence of one series, in order.
pub fn find(index: usize, series: &Series, counts: &[u64], options: &Options) -> Vec<Anomaly> {
    if !should_speak(series) {
        return Vec::new();
    }
    gaps(series, counts, options)
        .iter()
        .filter(|gap| gap.resumed || !cut_at_the_hour(series, gap))
        .map(|gap| anomaly(index, series, counts, gap))
        .collect()
}

/// The same for one entity of a source: its file ends with the source's, not by itself.
pub fn of_entity(index: usize, series: &Series, counts: &[u64], options: &Options) -> Vec<Anomaly> {
    gaps(series, counts, options)
        .iter()
        .map(|gap| anomaly(index, series, counts, gap))
        .collect()
}

/// Whether its silence means anything: error lines and slow queries may stop, and a client may
/// have nothing more to ask.
fn should_speak(series: &Series) -> bool {
    let speaks = matches!(series.family, Family::Traffic | Family::Jobs)
        || series.signal.name == "message rate";
    speaks && series.signal.entity.is_none()
}

/// Adds silences to what the rates found: a fall to nothing is told once, as silence.
pub fn join(found: &mut Found, mut silences: Vec<Anomaly>) {
    for silence in &mut silences {
        found.anomalies.retain(|fall| {
            let same = fall.direction == Direction::Down && mostly_inside(fall, silence);
            if same {
                silence.flagged_at_ns = silence.flagged_at_ns.min(fall.flagged_at_ns);
                if fall.score > silence.score {
                    silence.score = fall.score;
                    silence.growth.clone_from(&fall.growth);
                }
            }
            !same
        });
    }
    if !silences.is_empty() {
        found.tested.clear();
    }
    found.anomalies.append(&mut silences);
}

fn mostly_inside(fall: &Anomaly, silence: &Anomaly) -> bool {
    let from = fall.buckets.start.max(silence.buckets.start);
    let to = fall.buckets.end.min(silence.buckets.end);
    to.saturating_sub(from) as f64 >= INSIDE * fall.buckets.len() as f64
}

fn gaps(series: &Series, counts: &[u64], options: &Options) -> Vec<Gap> {
    let range = covered(series, counts.len());
    // The last bucket with an event counts, though the source covers it only in part.
    let spoken = counts
        .iter()
        .rposition(|count| *count > 0)
        .map_or(0, |i| i + 1);
    let past = Past::new(series, &counts[..range.end.max(spoken)], range.start);
    let least = series.grid.width.in_minutes(LENGTH_MIN).max(BUCKETS_MIN);
    let (mut gaps, mut longest, mut last) = (Vec::new(), 0, None);
    for bucket in range.clone().filter(|&bucket| counts[bucket] > 0) {
        if let Some(last) = last.replace(bucket) {
            let (from, length) = (last + 1, bucket - last - 1);
            let flagged = flag(
                &past,
                options,
                from,
                length,
                least.max(GAP_FACTOR * longest),
            );
            match flagged {
                Some((flag, rate)) => {
                    gaps.push(Gap {
                        from,
                        to: bucket,
                        flag,
                        rate,
                        resumed: true,
                    });
                }
                None => longest = longest.max(length),
            }
        }
    }
    let Some(last) = last.map(|last| last.max(spoken.saturating_sub(1))) else {
        return gaps;
    };
    let least = least
        .max(GAP_FACTOR * longest)
        .max(series.grid.width.in_minutes(OUTLIVED_MIN));
    let (from, to) = (last + 1, series.grid.n);
    if let Some((flag, rate)) = flag(&past, options, from, to.saturating_sub(from), least) {
        gaps.push(Gap {
            from,
            to,
            flag,
            rate,
            resumed: false,
        });
    }
    gaps
}

/// The bucket in which a gap of at least `least` buckets has become too improbable, if it lasts.
fn flag(
    past: &Past,
    options: &Options,
    from: usize,
    length: usize,
    least: usize,
) -> Option<(usize, Rate)> {
    if length < least {
        return None;
    }
    let rate = past.rate(from)?;
    let improbable = (-options.p_value.ln() * rate.fano / rate.per_bucket).ceil();
    let needed = (improbable.max(1.0) as usize).max(least);
    (length >= needed).then(|| (from + needed - 1, rate))
}

/// Whether the last event is within two mean gaps and a bucket of a full hour.
fn cut_at_the_hour(series: &Series, gap: &Gap) -> bool {
    let width = series.grid.width.ns();
    let end = series.grid.time(gap.from);
    let slack = width + (2.0 / gap.rate.per_bucket * width as f64).min(HOUR_NS as f64 / 4.0) as i64;
    (-end).rem_euclid(HOUR_NS) <= slack
}

/// Running totals of a series, to take rates from.
struct Past<'a> {
    counts: &'a [u64],
    start: usize,
    totals: Vec<f64>,
    hour: usize,
    day: usize,
    least: usize,
}

impl<'a> Past<'a> {
    fn new(series: &Series, counts: &'a [u64], start: usize) -> Self {
        let mut totals = vec![0.0; counts.len() + 1];
        for (i, &count) in counts.iter().enumerate() {
            totals[i + 1] = totals[i] + count as f64;
        }
        let width = series.grid.width;
        Self {
            counts,
            start,
            totals,
            hour: width.in_minutes(RATE_FROM_MIN),
            day: width.in_minutes(DAY_MIN),
            least: width.in_minutes(PAST_MIN),
        }
    }

    /// The rate before bucket `until`: the lower of the whole past window and its last third, so
    /// that an evening's decline is no silence.
    fn rate(&self, until: usize) -> Option<Rate> {
        let mut length = self.hour;
        while self.events(until, length) < EVENTS_MIN && length < self.day {
            length *= 2;
        }
        let length = length.min(self.day).min(until - self.start);
        let events = self.events(until, length);
        if events < EVENTS_MIN || length < self.least {
            return None;
        }
        let third = (length / 3).max(1);
        let per_bucket = (events / length as f64).min(self.events(until, third) / third as f64);
        let fano = self.fano(until, length, events / length as f64)?;
        (per_bucket > 0.0).then_some(Rate {
            per_bucket,
            fano,
            events,
        })
    }

    fn events(&self, until: usize, length: usize) -> f64 {
        let from = until.saturating_sub(length).max(self.start);
        (self.totals[until] - self.totals[from]).max(0.0)
    }

    /// Variance over mean of the counts of blocks that hold about five events; at least 1.
    fn fano(&self, until: usize, length: usize, per_bucket: f64) -> Option<f64> {
        let block = (BLOCK_EVENTS / per_bucket).ceil().max(1.0) as usize;
        let blocks: Vec<f64> = self.counts[until - length..until]
            .rchunks_exact(block)
            .map(|block| block.iter().map(|&count| count as f64).sum())
            .collect();
        let n = blocks.len() as f64;
        let mean = blocks.iter().sum::<f64>() / n;
        if blocks.len() < BLOCKS_MIN || mean <= 0.0 {
            return None;
        }
        let variance = blocks.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        Some((variance / mean).max(1.0))
    }
}

/// How much of its bucket a source spoke, at its usual rate: the likeliest edge of a silence. The
/// whole bucket unless so few events are improbable in it.
fn spoken_ns(count: u64, rate: &Rate, width_ns: i64) -> i64 {
    let expected = rate.per_bucket;
    let few = (count as f64 - expected) / (expected * rate.fano).sqrt() < -FEW_SIGMAS;
    let share = if few { count as f64 / expected } else { 1.0 };
    (share * width_ns as f64) as i64
}

fn anomaly(index: usize, series: &Series, counts: &[u64], gap: &Gap) -> Anomaly {
    let (grid, rate) = (&series.grid, &gap.rate);
    let length = gap.to - gap.from;
    let missed = rate.per_bucket * length as f64 / rate.fano;
    let per_s = rate.per_bucket / grid.width.as_s();
    let p_value = (-missed).exp().max(f64::MIN_POSITIVE);
    let width_ns = grid.width.ns();
    let at_ns = grid.time(gap.from - 1) + spoken_ns(counts[gap.from - 1], rate, width_ns);
    let latest = at_ns.saturating_add((3.0 / per_s * NS_PER_S as f64) as i64);
    let rule = format!(
        "silence: no event for {:.0} s where {:.3} per s were expected (p {p_value:.1e}, clumps of \
         {:.1}), and longer than {GAP_FACTOR} times the longest gap before",
        length as f64 * grid.width.as_s(),
        per_s,
        rate.fano,
    );
    Anomaly {
        id: String::new(),
        signal: series.signal.clone(),
        family: series.family,
        direction: Direction::Silence,
        start: When::between(
            grid.time(gap.from - 1),
            at_ns,
            latest.min(grid.time(gap.to)).max(grid.time(gap.from)),
        ),
        end: gap.resumed.then(|| {
            let resumed_ns = grid.time(gap.to + 1);
            let end_ns = resumed_ns - spoken_ns(counts[gap.to], rate, width_ns);
            When::between(grid.time(gap.to), end_ns, resumed_ns)
        }),
        flagged_at_ns: grid.time(gap.flag + 1),
        observed: 0.0,
        expected: per_s,
        effect: length as f64 * grid.width.as_s(),
        p_value,
        n: rate.events as u64,
        score: (2.0 * missed).sqrt(),
        detector: "silence",
        evidence: vec![Evidence::Signal {
            signal: series.signal.full_name(),
            bucket: rfc3339(grid.time(gap.from)),
            observed: 0.0,
            expected: per_s,
            rule: rule.clone(),
        }],
        rule,
        series: index,
        buckets: gap.from..gap.to,
        growth: vec![(gap.flag, (2.0 * missed).sqrt())],
        new_normal: false,
        lasting: crate::anomalies::Lasting::default(),
        reaches_limit: None,
    }
}
