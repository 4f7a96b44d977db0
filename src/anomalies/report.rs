//! Episodes in the engine's terms become anomalies in people's: times, units, words, evidence.
//!
//! In: an engine that has seen a series. Out: anomalies, what was tested, and the expectation per
//! bucket. Does not decide anything.

use super::engine::Engine;
use super::episode::{Ending, Episode};
use super::history::Sum;
use super::lasting::lasting;
use super::rule::{FALL_EFFECT, FALL_EXCESS, SHARE_RATIO};
use super::{Anomaly, Direction, Found, Recurring, Tested};
use crate::clock::words::rfc3339;
use crate::clock::{Censor, When};
use crate::events::Evidence;
use crate::series::baseline::Kind;
use crate::series::{Family, Grid, Series, Signal};

/// Whose values the engine saw.
#[derive(Debug, Clone)]
pub struct Subject {
    /// Index of the series.
    pub series: usize,
    /// The signal as it is reported.
    pub signal: Signal,
    /// Its family.
    pub family: Family,
    /// Its time axis.
    pub grid: Grid,
    /// The detector's name.
    pub detector: &'static str,
}

impl Subject {
    /// A series reported under its own name.
    pub fn of(index: usize, series: &Series, detector: &'static str) -> Self {
        Self {
            series: index,
            signal: series.signal.clone(),
            family: series.family,
            grid: series.grid,
            detector,
        }
    }
}

/// All that an engine found, without the expectation per bucket.
pub fn found(engine: &Engine, subject: &Subject) -> Found {
    let anomalies: Vec<_> = engine
        .episodes()
        .iter()
        .map(|episode| anomaly(engine, subject, episode))
        .collect();
    let tested = anomalies
        .is_empty()
        .then(|| tested(engine, subject))
        .flatten();
    let recurring = (!engine.recurring().is_empty()).then(|| Recurring {
        series: subject.series,
        signal: subject.signal.clone(),
        buckets: engine.recurring().to_vec(),
    });
    Found {
        anomalies,
        tested: tested.into_iter().collect(),
        expected: Vec::new(),
        recurring: recurring.into_iter().collect(),
    }
}

/// What was expected per bucket of the grid, in the signal's unit. Buckets without data carry the
/// last expectation; NaN before the first.
pub fn expected(engine: &Engine, grid: &Grid) -> Vec<f64> {
    let mut expected = vec![f64::NAN; grid.n];
    let mut last = f64::NAN;
    let mut next = 0;
    for entry in engine.history().entries() {
        expected[next..entry.bucket].fill(last);
        last = match engine.rule().kind {
            Kind::Count => entry.m / grid.width.as_s(),
            Kind::Ratio => entry.m / entry.n,
            Kind::Gauge => entry.m,
        };
        expected[entry.bucket] = last;
        next = entry.bucket + 1;
    }
    expected[next..].fill(last);
    expected
}

/// Observed and expected in the signal's unit.
fn in_unit(kind: Kind, sum: &Sum, grid: &Grid) -> (f64, f64) {
    let per = match kind {
        Kind::Count => sum.buckets * grid.width.as_s(),
        Kind::Ratio => sum.n,
        Kind::Gauge => sum.buckets,
    };
    if per > 0.0 {
        (sum.x / per, sum.m / per)
    } else {
        (0.0, 0.0)
    }
}

/// Events, tries or samples.
fn size(kind: Kind, sum: &Sum) -> u64 {
    match kind {
        Kind::Count => sum.x as u64,
        Kind::Ratio => sum.n as u64,
        Kind::Gauge => sum.buckets as u64,
    }
}

fn tested(engine: &Engine, subject: &Subject) -> Option<Tested> {
    if engine.history().is_empty() {
        return None;
    }
    let kind = engine.rule().kind;
    let sum = engine.history().sum(0..engine.history().len());
    let (observed, expected) = in_unit(kind, &sum, &subject.grid);
    Some(Tested {
        series: subject.series,
        signal: subject.signal.clone(),
        n: size(kind, &sum),
        observed,
        expected,
        worst_score: engine.worst(),
    })
}

fn anomaly(engine: &Engine, subject: &Subject, episode: &Episode) -> Anomaly {
    let (kind, history, grid) = (engine.rule().kind, engine.history(), &subject.grid);
    let lasting = lasting(history, grid, episode);
    // What came since it seems over would make it look smaller than it was.
    let seen = match lasting.calm_since_ns {
        Some(_) => history.len() - episode.clear,
        None => history.len(),
    };
    let range = episode.onset.at..episode.end(seen).max(episode.onset.at + 1);
    let sum = history.sum(range.clone());
    let (observed, expected) = in_unit(kind, &sum, grid);
    let effect = match kind {
        Kind::Count => (sum.x + 1.0) / (sum.m + 1.0),
        Kind::Ratio | Kind::Gauge => observed - expected,
    };
    let rule = sentence(engine, subject, episode);
    let end_bucket = history.bucket(range.end - 1) + 1;
    Anomaly {
        id: String::new(),
        signal: subject.signal.clone(),
        family: subject.family,
        direction: if episode.sign > 0.0 {
            Direction::Up
        } else {
            Direction::Down
        },
        start: start(engine, grid, episode),
        end: end(engine, grid, episode),
        flagged_at_ns: grid.time(history.bucket(episode.flag) + 1),
        observed,
        expected,
        effect,
        p_value: episode.p_value,
        n: size(kind, &sum),
        score: episode.peak,
        detector: subject.detector,
        evidence: evidence(engine, subject, episode, &rule, range.clone()),
        rule,
        series: subject.series,
        buckets: history.bucket(range.start)..end_bucket,
        growth: episode
            .growth
            .iter()
            .map(|&(at, score)| (history.bucket(at), score))
            .collect(),
        new_normal: matches!(episode.ending, Ending::Adopted(_)),
        lasting,
        reaches_limit: None,
    }
}

/// From the end of the last clean bucket to the end of the first dirty one, widened by the profile
/// likelihood. Where buckets without data lie between, they belong to the interval.
fn start(engine: &Engine, grid: &Grid, episode: &Episode) -> When {
    let history = engine.history();
    let at_ns = grid.time(history.bucket(episode.onset.at));
    if episode.onset.at == 0 {
        return When::censored(at_ns, Censor::Left);
    }
    let (first, last) = (
        *episode.onset.interval.start(),
        *episode.onset.interval.end(),
    );
    let clean = first.checked_sub(1).map_or(0, |i| history.bucket(i) + 1);
    When::between(grid.time(clean), at_ns, grid.time(history.bucket(last) + 1))
}

/// The first clear bucket; not before the last dirty one began.
fn end(engine: &Engine, grid: &Grid, episode: &Episode) -> Option<When> {
    let history = engine.history();
    let at = match episode.ending {
        Ending::Open => return None,
        Ending::Recovered(at) | Ending::Adopted(at) => at,
    };
    let at_ns = grid.time(history.bucket(at));
    Some(When::between(
        grid.time(history.bucket(at - 1)),
        at_ns,
        at_ns,
    ))
}

/// The bucket of the onset and the most deviant one.
fn evidence(
    engine: &Engine,
    subject: &Subject,
    episode: &Episode,
    rule: &str,
    range: std::ops::Range<usize>,
) -> Vec<Evidence> {
    let entries = engine.history().entries();
    let deviation = |&a: &usize, &b: &usize| {
        (entries[a].z * episode.sign)
            .total_cmp(&(entries[b].z * episode.sign))
            .then(b.cmp(&a))
    };
    let first = range.start;
    let worst = range.max_by(deviation).unwrap_or(first);
    let mut places = vec![first, worst];
    places.dedup();
    let evidence = |i: usize| {
        let one = engine.history().sum(i..i + 1);
        let (observed, expected) = in_unit(engine.rule().kind, &one, &subject.grid);
        Evidence::Signal {
            signal: subject.signal.full_name(),
            bucket: rfc3339(subject.grid.time(entries[i].bucket)),
            observed,
            expected,
            rule: rule.to_owned(),
        }
    };
    places.into_iter().map(evidence).collect()
}

/// Which rule raised it: score, window and gates, with what they were met by.
fn sentence(engine: &Engine, subject: &Subject, episode: &Episode) -> String {
    let (rule, raised) = (engine.rule(), &episode.raised);
    let (sum, buckets) = (&raised.sum, raised.sum.buckets);
    let score = format!(
        "{}: score {:.1} >= {} over {} bucket{}",
        subject.detector,
        raised.value.abs(),
        rule.threshold,
        buckets,
        if buckets == 1.0 { "" } else { "s" },
    );
    let excess = (sum.x - sum.m).abs();
    match rule.kind {
        Kind::Count if episode.sign > 0.0 => format!(
            "{score}, {} events where {:.1} were expected (at least x{:.2} and +{:.0} events)",
            sum.x,
            sum.m,
            1.0 + rule.effect_min,
            rule.excess_min,
        ),
        Kind::Count => format!(
            "{score}, {} events where {:.1} were expected (at most x{:.2} and -{:.0} events)",
            sum.x,
            sum.m,
            1.0 - FALL_EFFECT * rule.effect_min,
            FALL_EXCESS * rule.excess_min,
        ),
        Kind::Ratio => format!(
            "{score}, {} of {} where {:.1} were expected (at least x{SHARE_RATIO}, +{:.1} pp and \
             +{:.0} of them)",
            sum.x,
            sum.n,
            sum.m,
            100.0 * rule.effect_min,
            rule.excess_min,
        ),
        Kind::Gauge => format!(
            "{score}, {} {:.4} from the expected {:.4} (at least {:.0} %)",
            if episode.sign > 0.0 { "up" } else { "down" },
            excess / buckets,
            sum.m / buckets,
            100.0 * rule.effect_min,
        ),
    }
}
