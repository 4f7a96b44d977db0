//! Who or what makes up the excess: every dimension of every troubled source, alone and combined,
//! the selection against its baseline, with the signal recomputed without the suspect.
//!
//! In: the event columns of a source, two lists of stretches and a measure. Out: `Contributor`s,
//! the smallest set that explains the excess first. Score, share and risk ratio are those of
//! `docs/METHODS.md`, "Attribution".

pub mod cuboids;
pub mod rank;
pub mod sets;
pub mod table;
pub mod tier;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::OnceLock;

use rank::{Candidate, Subject, ranked};

use super::alone::{dimension_and_value, fails};
use super::excess::{Excess, Measure, counterfactual, excess_of, slowest_percent};
use super::stretches::Stretches;
use super::{Contributor, Scene, SlowestPercent};
use crate::anomalies::{Anomaly, Direction};
use crate::clock::words::rfc3339;
use crate::events::{EventStore, Evidence};
use crate::series::assemble::{FAILURE_MESSAGES, LATENCY, QUERY_TIME};
use crate::series::queue::ENQUEUE_RATE;
use crate::series::tally::{Tally, rows_at_once};
use crate::series::{Family, Grid, Histogram, Role, Signal, Values};

/// Contributors kept per incident and per signal of a selection.
const KEPT_MAX: usize = 8;
/// A contributor that is part of the description of one listed before it is left out unless it
/// explains this many times as much.
const WIDER: f64 = 1.25;

/// A source's rows in two lists of stretches, ready for questions.
#[derive(Debug)]
pub struct Compared {
    /// Index of the source in the store.
    pub source: usize,
    /// What is compared.
    pub stretches: Stretches,
    /// The rows.
    pub tally: Tally,
    /// All durations, baseline and selection; counted when first asked for.
    durations: OnceLock<[Histogram; 2]>,
}

impl Compared {
    /// Counts the rows, or of more than `rows_max` a sample.
    pub fn new(store: &EventStore, source: usize, stretches: Stretches, rows_max: usize) -> Self {
        let (baseline, selection) = (&stretches.baseline, &stretches.selection);
        Self {
            source,
            tally: Tally::new(store, source, baseline, selection, rows_max),
            stretches,
            durations: OnceLock::new(),
        }
    }

    /// The 99th percentile with and without an element.
    fn slowest_percent(&self, element: &[(usize, u32)]) -> Option<SlowestPercent> {
        let all = self.durations.get_or_init(|| self.tally.durations(&[]));
        slowest_percent(all, &self.tally.durations(element))
    }
}

/// Where the names and evidence of contributors come from.
#[derive(Debug, Clone, Copy)]
pub struct Naming<'a> {
    /// The events.
    pub store: &'a EventStore,
    /// The path of the source.
    pub path: &'a str,
    /// Full name of the signal whose excess is split.
    pub signal: &'a str,
    /// The instant of its evidence, ns UTC.
    pub at_ns: i64,
    /// The time axis.
    pub grid: Grid,
}

/// The contributors to one signal of one source, best first; empty where nothing is in excess or
/// nothing stands out.
pub fn of_signal(compared: &Compared, measure: Measure, naming: Naming<'_>) -> Vec<Contributor> {
    let subject = Subject::new(&compared.tally, measure, compared.stretches.scale());
    let found = subject.map(|subject| ranked(&subject)).unwrap_or_default();
    let one = |candidate: &Candidate| contributor(compared, measure, naming, candidate);
    found.iter().take(KEPT_MAX).map(one).collect()
}

/// The largest contributors to an incident. Those of its sources and signals are merged by what
/// they say (who and what, where, how) and score.
pub fn contributors(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Vec<Contributor> {
    let mut all: Vec<Compared> = Vec::new();
    let mut found: Vec<(usize, Measure, &Anomaly, Candidate)> = Vec::new();
    let subjects = subjects(scene, members);
    // All are held until the best are named.
    let holders = subjects.len();
    for (source, measure, anomaly) in subjects {
        let stretches = scene.stretches(&scene.series[anomaly.series], selection, troubled);
        // Without a baseline nothing can be called too much.
        if stretches.baseline.is_empty() {
            continue;
        }
        let same = |one: &Compared| one.source == source && one.stretches == stretches;
        let at = all.iter().position(same).unwrap_or_else(|| {
            let rows_max = rows_at_once(scene.store, source, holders);
            all.push(Compared::new(scene.store, source, stretches, rows_max));
            all.len() - 1
        });
        let scale = all[at].stretches.scale();
        let subject = Subject::new(&all[at].tally, measure, scale);
        let subject =
            subject.filter(|subject| !is_part_of_demand(scene, anomaly) || subject.rose());
        let part = subject.and_then(|subject| part_itself(scene, &subject, anomaly));
        let candidates = subject.map(|subject| ranked(&subject)).unwrap_or_default();
        found.extend(
            part.into_iter()
                .chain(candidates)
                .map(|one| (at, measure, anomaly, one)),
        );
    }
    // Stable: the order within one signal stays.
    found.sort_by(|(_, _, one, a), (_, _, other, b)| {
        let by_demand = || is_demand(scene, other).cmp(&is_demand(scene, one));
        let by_score = || b.score.total_cmp(&a.score);
        a.tier.cmp(&b.tier).then_with(by_demand).then_with(by_score)
    });
    let named = found.into_iter().map(|(at, measure, anomaly, candidate)| {
        let split = Signal {
            entity: None,
            ..anomaly.signal.clone()
        };
        let signal = split.full_name();
        let naming = Naming {
            store: scene.store,
            path: &scene.paths[all[at].source],
            signal: &signal,
            at_ns: anomaly.start.at_ns,
            grid: scene.grid,
        };
        contributor(&all[at], measure, naming, &candidate)
    });
    // The host that alone is in trouble comes before those who asked it.
    let mut named: Vec<Contributor> = named.collect();
    named.sort_by_key(|one| !is_troubled_part(scene, members, one));
    distinct(named.into_iter())
}

/// The value whose own series is in trouble, as a candidate.
fn part_itself(scene: &Scene<'_>, subject: &Subject<'_>, part: &Anomaly) -> Option<Candidate> {
    let (dimension, value) = dimension_and_value(part).filter(|_| part.is_entity())?;
    let mut columns = subject.tally.columns.iter().enumerate();
    let (index, column) = columns.find(|(_, one)| one.dimension.name() == dimension)?;
    let mut symbols = column.symbols.iter().skip(1);
    let is_it =
        |symbol: &crate::events::Symbol| column.dimension.value(scene.store, *symbol) == value;
    let number = 1 + symbols.position(is_it)?;
    subject.value(index, u32::try_from(number).ok()?)
}

/// Whether it is the part of a source that fails where the whole does not.
fn is_troubled_part(scene: &Scene<'_>, members: &[usize], one: &Contributor) -> bool {
    let mut all = members.iter().map(|&m| &scene.anomalies[m]);
    let is_it = |part: &Anomaly| {
        let words = dimension_and_value(part);
        let mut dimensions = one.dimensions.iter();
        dimensions.all(|(name, value)| words == Some((name, value)))
    };
    all.clone().all(Anomaly::is_entity) && all.any(|part| fails(part) && is_it(part))
}

/// Whether it is the users' own traffic, or a part of it: who asks more explains what the rest of
/// the system does.
fn is_demand(scene: &Scene<'_>, anomaly: &Anomaly) -> bool {
    let of_users = |one: &Signal| {
        let same = (&one.source, &one.name) == (&anomaly.signal.source, &anomaly.signal.name);
        same && one.entity.is_none() && one.role == Role::UserFacing
    };
    anomaly.family == Family::Traffic && scene.series.iter().any(|one| of_users(&one.signal))
}

/// Whether one client, endpoint or the like asks more. In a short history the whole need not stand
/// out for that: its own noise is the larger one.
fn is_part_of_demand(scene: &Scene<'_>, anomaly: &Anomaly) -> bool {
    anomaly.is_entity() && is_demand(scene, anomaly)
}

/// The first of those that say the same, as many as are kept.
fn distinct(found: impl Iterator<Item = Contributor>) -> Vec<Contributor> {
    let mut kept: Vec<Contributor> = Vec::new();
    for one in found {
        let said: BTreeSet<&(String, String)> = one.dimensions.iter().collect();
        let repeats = |other: &Contributor| {
            let theirs: BTreeSet<&(String, String)> = other.dimensions.iter().collect();
            said == theirs
                || (said.is_subset(&theirs) && one.share_of_excess < WIDER * other.share_of_excess)
        };
        if !kept.iter().any(repeats) {
            kept.push(one);
        }
        if kept.len() == KEPT_MAX {
            break;
        }
    }
    kept
}

/// Which sources are troubled, and how; each once, with the strongest anomaly that says so.
fn subjects<'a>(scene: &Scene<'a>, members: &[usize]) -> Vec<(usize, Measure, &'a Anomaly)> {
    let mut strongest: BTreeMap<(usize, Measure), &Anomaly> = BTreeMap::new();
    // A part alone is in trouble: who asks it is asked all the same.
    let alone = members.iter().all(|&m| scene.anomalies[m].is_entity());
    // Where the whole stands out it says who asks.
    let demand = |one: &Anomaly| one.direction == Direction::Up && is_demand(scene, one);
    let mut all = members.iter().map(|&m| &scene.anomalies[m]);
    let is_whole_up = all.any(|one| !one.is_entity() && demand(one));
    let asks = |one: &Anomaly| !is_whole_up && is_part_of_demand(scene, one);
    // A gauge has no events to split.
    let counted = |one: &&Anomaly| !matches!(scene.series[one.series].values, Values::Gauge(_));
    for anomaly in members
        .iter()
        .map(|&m| &scene.anomalies[m])
        .filter(|one| one.direction == Direction::Up)
        .filter(|one| !one.is_entity() || alone && fails(one) || asks(one))
        .filter(counted)
    {
        let Some(measure) = measure_of(anomaly.family, &anomaly.signal.name) else {
            continue;
        };
        let Some(source) = scene
            .sources
            .iter()
            .position(|name| *name == anomaly.signal.source)
        else {
            continue;
        };
        let entry = strongest.entry((source, measure)).or_insert(anomaly);
        if anomaly.score > entry.score {
            *entry = anomaly;
        }
    }
    strongest
        .into_iter()
        .map(|((source, measure), anomaly)| (source, measure, anomaly))
        .collect()
}

/// What is split when a signal is in excess; `None` for levels, which no event adds to.
pub fn measure_of(family: Family, name: &str) -> Option<Measure> {
    match family {
        Family::Messages if name == "error messages" => Some(Measure::Errors),
        // No event says that it is one.
        Family::Messages if name == FAILURE_MESSAGES => None,
        Family::SlowQueries if name.starts_with(QUERY_TIME) => Some(Measure::Seconds),
        Family::Traffic | Family::SlowQueries | Family::Messages => Some(Measure::Events),
        // Of a queue, what came in is split: how long jobs wait is no count of anything.
        Family::Jobs if name == ENQUEUE_RATE => Some(Measure::Events),
        Family::Errors => Some(Measure::Failed),
        Family::Latency if name.starts_with(LATENCY) => Some(Measure::Seconds),
        Family::Latency | Family::Sessions | Family::Gauge | Family::Jobs => None,
    }
}

/// A candidate with its names, its evidence and the signal without it.
fn contributor(
    compared: &Compared,
    measure: Measure,
    naming: Naming<'_>,
    candidate: &Candidate,
) -> Contributor {
    let tally = &compared.tally;
    let dimensions: Vec<(String, String)> = candidate
        .element
        .iter()
        .map(|(column, value)| {
            let column = &tally.columns[*column];
            let symbol = column.symbols[*value as usize];
            let name = column.dimension.name().to_owned();
            (name, column.dimension.value(naming.store, symbol))
        })
        .collect();
    let p99 = (measure == Measure::Seconds).then(|| compared.slowest_percent(&candidate.element));
    let (whole, stretches) = (&tally.whole, &compared.stretches);
    let own = excess_of(&candidate.split, measure, stretches.scale(), whole);
    Contributor {
        evidence: evidence(compared, naming, candidate, own, &dimensions),
        dimensions,
        signal: naming.signal.to_owned(),
        share_of_excess: candidate.share,
        risk_ratio: candidate.risk_ratio,
        events: candidate.split.events[1],
        counterfactual: counterfactual(&candidate.split, whole, measure, stretches, p99.flatten()),
    }
}

/// What was seen of it and expected, and its first line in the selection.
fn evidence(
    compared: &Compared,
    naming: Naming<'_>,
    candidate: &Candidate,
    own: Option<Excess>,
    dimensions: &[(String, String)],
) -> Vec<Evidence> {
    let words: Vec<String> = dimensions
        .iter()
        .map(|(dimension, value)| format!("{dimension} {value}"))
        .collect();
    let bucket = naming.grid.time(naming.grid.nearest(naming.at_ns));
    let value = own.map(|own| Evidence::Signal {
        signal: naming.signal.to_owned(),
        bucket: rfc3339(bucket),
        observed: own.observed,
        expected: own.expected,
        rule: format!(
            "{}: {:.0} % of the excess, {:.1} times its baseline",
            words.join(", "),
            candidate.share * 100.0,
            candidate.risk_ratio
        ),
    });
    let first = compared.tally.first(&candidate.element);
    let first = first.and_then(|row| naming.store.line(row));
    let line = first.map(|line| Evidence::Line {
        path: naming.path.to_owned(),
        line: line.line,
        offset: line.offset,
    });
    value.into_iter().chain(line).collect()
}
