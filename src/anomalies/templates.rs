//! Templates that are new, and templates that are gone.
//!
//! In: the count series of one template. Out: what the rates found, told as new where nothing
//! came before; templates of errors and warnings that are new though too rare for a rate; steady
//! templates that fell silent. Whether the source went on is not known here: `settle` asks.
//! Source: for a new one, k dirty buckets that might have been anywhere in the past or since lie
//! all since with `p = (since / (past + since))^k`; a burst within a bucket counts once. For a
//! gone one the waiting time of `silence`.

use super::rates::covered;
use super::{Anomaly, Direction, Found, Options, silence};
use crate::clock::When;
use crate::clock::words::rfc3339;
use crate::events::Evidence;
use crate::series::{Family, Series, Values};

/// The detector's name for a template that was never seen before.
pub const NEW: &str = "new template";
/// The detector's name for a template that stopped.
pub const VANISHED: &str = "vanished template";

/// The past without it must be that long, minutes: at the start of a log all is new.
const PAST_MIN: f64 = 10.0;
/// Events, and buckets that hold one, of which a new template must have.
const EVENTS_MIN: u64 = 6;
const DIRTY_MIN: u32 = 2;
/// It is over after that long without an event, minutes, and ...
const OVER_MIN: f64 = 5.0;
/// ... that many times its longest gap.
const GAP_FACTOR: usize = 3;
/// The rates' onset may be that many buckets behind the first event.
const ONSET_SLACK: usize = 2;

/// Whether a series is that of one template.
pub fn is_template(series: &Series) -> bool {
    let entity = series.signal.entity.as_deref();
    series.family == Family::Messages
        && matches!(series.values, Values::Count(_))
        && entity.is_some_and(|entity| entity.starts_with("template="))
}

/// Adds what is new and what is gone to what the rates found in a template's series.
pub fn join(found: &mut Found, index: usize, series: &Series, counts: &[u64], options: &Options) {
    let range = covered(series, counts.len());
    let first = range.clone().find(|&i| counts[i] > 0);
    let past_min = series.grid.width.in_minutes(PAST_MIN);
    if let Some(first) = first.filter(|first| first - range.start >= past_min) {
        let mut new = matters(series)
            .then(|| novel(index, series, counts, first, options))
            .flatten();
        found.anomalies.retain_mut(|one| {
            let rises = one.direction == Direction::Up;
            if let Some(new) = &mut new
                && rises
                && one.buckets.start < new.buckets.end
            {
                // The same trouble, told once: as early as either knew it, as sure as either is.
                new.flagged_at_ns = new.flagged_at_ns.min(one.flagged_at_ns);
                new.p_value = new.p_value.min(one.p_value);
                return false;
            }
            if rises && one.buckets.start <= first + ONSET_SLACK {
                one.detector = NEW;
                one.rule = format!("new template, none before; {}", one.rule);
            }
            true
        });
        found.anomalies.extend(new);
    }
    if !matters(series) {
        let quiet = silence::of_entity(index, series, counts, options);
        found.anomalies.extend(quiet.into_iter().map(gone));
    }
    if !found.anomalies.is_empty() {
        found.tested.clear();
    }
}

/// Errors and warnings: few of them are news; their end is none.
fn matters(series: &Series) -> bool {
    series.signal.name != "messages"
}

/// A silence of a template, told as a fall: the source itself is not silent.
fn gone(silence: Anomaly) -> Anomaly {
    Anomaly {
        direction: Direction::Down,
        detector: VANISHED,
        rule: format!("vanished template, {}", silence.rule),
        effect: 1.0 / (1.0 + silence.expected * silence.effect),
        ..silence
    }
}

/// What was seen since the first event.
#[derive(Debug, Default)]
struct Since {
    events: u64,
    dirty: u32,
    last: usize,
    longest_gap: usize,
    flag: Option<usize>,
    ln_p: f64,
    growth: Vec<(usize, f64)>,
    over: bool,
}

fn novel(
    index: usize,
    series: &Series,
    counts: &[u64],
    first: usize,
    options: &Options,
) -> Option<Anomaly> {
    let range = covered(series, counts.len());
    let past = (first - range.start) as f64;
    let over_after = series.grid.width.in_minutes(OVER_MIN);
    let mut since = Since {
        last: first,
        ..Since::default()
    };
    for (bucket, &events) in counts.iter().enumerate().take(range.end).skip(first) {
        let gap = bucket - since.last;
        if events == 0 {
            if gap > over_after.max(GAP_FACTOR * since.longest_gap) {
                since.over = true;
                break;
            }
            continue;
        }
        since.longest_gap = since.longest_gap.max(gap);
        since.last = bucket;
        since.dirty += 1;
        since.events += events;
        let length = (bucket + 1 - first) as f64;
        let ln_p = f64::from(since.dirty) * (length / (past + length)).ln();
        let enough = since.events >= EVENTS_MIN && since.dirty >= DIRTY_MIN;
        if enough && ln_p <= options.p_value.ln() && ln_p < since.ln_p {
            since.ln_p = ln_p;
            since.flag.get_or_insert(bucket);
            since.growth.push((bucket, (-2.0 * ln_p).sqrt()));
        }
    }
    let flag = since.flag?;
    Some(anomaly(index, series, first, flag, since))
}

fn anomaly(index: usize, series: &Series, first: usize, flag: usize, since: Since) -> Anomaly {
    let grid = &series.grid;
    let end = since.last + 1;
    let (at_ns, end_ns) = (grid.time(first), grid.time(end));
    let length_s = (end - first) as f64 * grid.width.as_s();
    let observed = since.events as f64 / length_s;
    let p_value = since.ln_p.exp().max(f64::MIN_POSITIVE);
    let score = (-2.0 * since.ln_p).sqrt();
    let rule = format!(
        "new template: {} events in {} of the {} buckets since its first, none before \
         (p {p_value:.1e})",
        since.events,
        since.dirty,
        end - first,
    );
    Anomaly {
        id: String::new(),
        signal: series.signal.clone(),
        family: series.family,
        direction: Direction::Up,
        start: When::between(at_ns, at_ns, grid.time(first + 1)),
        end: since
            .over
            .then(|| When::between(grid.time(end - 1), end_ns, end_ns)),
        flagged_at_ns: grid.time(flag + 1),
        observed,
        expected: 0.0,
        effect: since.events as f64 + 1.0,
        p_value,
        n: since.events,
        score,
        detector: NEW,
        evidence: vec![Evidence::Signal {
            signal: series.signal.full_name(),
            bucket: rfc3339(at_ns),
            observed,
            expected: 0.0,
            rule: rule.clone(),
        }],
        rule,
        series: index,
        buckets: first..end,
        growth: since.growth,
        new_normal: false,
        lasting: crate::anomalies::Lasting::default(),
        reaches_limit: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::tests::synthetic::{Random, series};
    use crate::anomalies::{Options, find};

    const NEWEST: usize = 300;

    /// Four hours in minutes: a template with so many events in each, and the rest of its source.
    fn found(name: &str, counts: Vec<u64>) -> Vec<Anomaly> {
        let mut random = Random(5);
        let others = (0..counts.len()).map(|_| random.poisson(30.0)).collect();
        let one = |name: &str, entity: &str, counts: Vec<u64>| {
            let mut one = series(Family::Messages, 60, Values::Count(counts));
            one.signal.name = name.to_owned();
            one.signal.entity = Some(entity.to_owned());
            one
        };
        let all = [
            one(name, "template=a <*>", counts),
            one("messages", "template=b", others),
        ];
        let found = find(&all, &Options::default()).anomalies;
        assert!(found.iter().all(|one| one.series == 0), "{found:?}");
        found
    }

    fn counts(n: usize, of: impl Fn(usize, &mut Random) -> u64) -> Vec<u64> {
        let mut random = Random(3);
        (0..n).map(|i| of(i, &mut random)).collect()
    }

    fn from(first: usize, every: usize) -> Vec<u64> {
        counts(400, |i, _| {
            u64::from(i >= first && (i - first).is_multiple_of(every))
        })
    }

    #[test]
    fn an_error_that_never_came_before_is_new_though_it_is_rare() {
        let found = found("error messages", from(NEWEST, 1));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].detector, found[0].buckets.start), (NEW, NEWEST));
        assert!(found[0].flagged_at_ns <= found[0].start.at_ns + 8 * 60_000_000_000);
        assert_eq!((found[0].expected, found[0].end), (0.0, None));
    }

    #[test]
    fn a_new_error_that_stops_has_an_end() {
        let found = found(
            "warnings",
            counts(400, |i, _| u64::from((300..320).contains(&i))),
        );
        let end = found[0].end.expect("it is over").at_ns;
        assert_eq!(end, found[0].start.at_ns + 20 * 60_000_000_000);
    }

    #[test]
    fn what_is_seldom_or_was_there_from_the_start_is_not_new() {
        assert!(found("error messages", from(NEWEST, 40)).is_empty());
        assert!(found("error messages", from(3, 1)).is_empty());
        assert!(
            found("error messages", from(60, 61)).is_empty(),
            "an hourly job"
        );
        assert!(found("messages", from(NEWEST, 5)).is_empty(), "chatter");
    }

    #[test]
    fn a_burst_of_a_new_message_of_any_level_is_new() {
        let burst = |i: usize, random: &mut Random| {
            if i >= NEWEST { random.poisson(20.0) } else { 0 }
        };
        let found = found("messages", counts(400, burst));
        assert_eq!(
            (found[0].detector, found[0].direction),
            (NEW, Direction::Up)
        );
        assert!(found[0].buckets.start.abs_diff(NEWEST) <= 1);
    }

    #[test]
    fn a_steady_message_that_stops_has_vanished_and_an_error_that_stops_has_not() {
        let stops = |i: usize, random: &mut Random| {
            if i < NEWEST { random.poisson(3.0) } else { 0 }
        };
        let gone = found("messages", counts(400, stops));
        assert_eq!(gone.len(), 1, "{gone:?}");
        assert_eq!(
            (gone[0].detector, gone[0].direction),
            (VANISHED, Direction::Down)
        );
        assert!(gone[0].buckets.start.abs_diff(NEWEST) <= 2 && gone[0].end.is_none());
        assert!(found("error messages", counts(400, stops)).is_empty());
    }
}
