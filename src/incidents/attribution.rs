//! Who or what makes up the excess: every dimension of every troubled source, the selection
//! against its baseline, with the signal recomputed without the suspect.
//!
//! Score, share and risk ratio are those of `docs/METHODS.md`, "Attribution".

use super::excess::{Measure, Suspect, counterfactual, excess_of, fair_share};
use super::stretches::Stretches;
use super::{Contributor, Scene, evidence};
use crate::anomalies::{Anomaly, Direction};
use crate::events::{Evidence, Symbol, Text};
use crate::series::query::{Slice, Split};
use crate::series::{Family, Role, Values};
use std::collections::BTreeSet;
use std::ops::Range;

/// A contributor explains at least this share of the excess...
const SHARE_MIN: f64 = 0.05;
/// ... or this one, where it does not say who or what; ...
const ASIDE_SHARE_MIN: f64 = 0.25;
/// ... and is at least this many times its baseline.
const RISK_RATIO_MIN: f64 = 1.3;
/// Its share of the excess is at least this many times its share of the events: a value that
/// suffers like all others explains nothing.
const CONCENTRATION_MIN: f64 = 1.3;
/// A part is listed behind its contributor if it makes up this share of it.
const PART_SHARE: f64 = 0.2;
/// Contributors kept per incident.
const KEPT_MAX: usize = 8;
/// Model error of an expected count, as a share of it.
const MODEL_ERROR: f64 = 0.15;

/// The largest contributors to an incident: who and what before where, where before how,
/// and within these by score. Behind the first stand the values of other dimensions that
/// make it up.
pub fn contributors(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Vec<Contributor> {
    let mut found: Vec<Ranked> = Vec::new();
    let mut slices = Vec::new();
    for (source, measure, anomaly) in subjects(scene, members) {
        let stretches = scene.stretches(&scene.series[anomaly.series], selection, troubled);
        let (before, during) = (stretches.baseline.clone(), stretches.selection.clone());
        // Without a baseline nothing can be called too much.
        let slice = Some(()).filter(|()| !before.is_empty());
        let Some(slice) = slice.and_then(|()| Slice::new(scene.store, source, before, during))
        else {
            continue;
        };
        let whole = slice.whole();
        let Some(excess) = excess_of(&whole, measure, stretches.scale(), &whole)
            .filter(|excess| excess.above > 0.0)
        else {
            continue;
        };
        let subject = Subject {
            measure,
            anomaly,
            whole,
            above: excess.above,
            within: None,
            stretches,
        };
        found.extend(ranked(scene, &subject, &slice, slices.len()));
        slices.push((slice, subject));
    }
    found.sort_by(|a, b| {
        let by_score = || {
            b.score
                .total_cmp(&a.score)
                .then_with(|| a.contributor.dimensions.cmp(&b.contributor.dimensions))
        };
        let by_demand = || b.is_demand.cmp(&a.is_demand);
        a.tier.cmp(&b.tier).then_with(by_demand).then_with(by_score)
    });
    if let Some(first) = found.first() {
        let (slice, subject) = &slices[first.slice];
        let parts = parts_of(scene, subject, slice, first);
        found.splice(1..1, parts);
    }
    let mut seen = BTreeSet::new();
    found.retain(|one| seen.insert(one.contributor.dimensions.clone()));
    found
        .into_iter()
        .take(KEPT_MAX)
        .map(|one| one.contributor)
        .collect()
}

/// A contributor and what it is ranked by.
struct Ranked {
    tier: u8,
    /// It is of the users' own traffic: who asks more explains what the rest of the system does.
    is_demand: bool,
    score: f64,
    field: Text,
    symbol: Symbol,
    slice: usize,
    contributor: Contributor,
}

/// What is split: a source's measure over the windows.
struct Subject<'a> {
    measure: Measure,
    anomaly: &'a Anomaly,
    whole: Split,
    above: f64,
    /// The contributor within which it is split further.
    within: Option<(String, String)>,
    /// The windows and their baseline, where the source speaks.
    stretches: Stretches,
}

fn ranked(scene: &Scene<'_>, subject: &Subject<'_>, slice: &Slice, index: usize) -> Vec<Ranked> {
    let mut found = Vec::new();
    for field in slice.dimensions() {
        let Some(tier) = tier(field, subject.measure) else {
            continue;
        };
        let values: Vec<(Symbol, Split)> = slice
            .by(field)
            .into_iter()
            .filter(|(symbol, _)| *symbol != Symbol::NONE)
            .collect();
        // A dimension with a single value tells nothing apart.
        if values.len() < 2 {
            continue;
        }
        for (symbol, split) in &values {
            let suspect = Suspect {
                field,
                symbol: *symbol,
                split,
                whole: &subject.whole,
            };
            let judged = judge(scene, subject, &suspect);
            let judged =
                judged.filter(|(_, one)| tier == 0 || one.share_of_excess >= ASIDE_SHARE_MIN);
            let anomaly = subject.anomaly;
            let is_users = anomaly.signal.role == Role::UserFacing;
            found.extend(judged.map(|(score, contributor)| Ranked {
                tier,
                is_demand: is_users && anomaly.family == Family::Traffic,
                score,
                field,
                symbol: *symbol,
                slice: index,
                contributor,
            }));
        }
    }
    found
}

/// The values of the other who-and-what dimensions that make up a good part of a contributor.
fn parts_of(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    slice: &Slice,
    first: &Ranked,
) -> Vec<Ranked> {
    let Some(inner) = slice.only(first.field, first.symbol) else {
        return Vec::new();
    };
    let within = first.contributor.dimensions.first().cloned();
    let subject = Subject {
        measure: subject.measure,
        anomaly: subject.anomaly,
        whole: subject.whole,
        above: subject.above,
        within,
        stretches: subject.stretches.clone(),
    };
    let mut parts = ranked(scene, &subject, &inner, first.slice);
    let enough = PART_SHARE * first.contributor.share_of_excess;
    parts.retain(|part| {
        part.tier == 0 && part.field != first.field && part.contributor.share_of_excess >= enough
    });
    parts.sort_by(|a, b| {
        b.contributor
            .share_of_excess
            .total_cmp(&a.contributor.share_of_excess)
            .then_with(|| a.contributor.dimensions.cmp(&b.contributor.dimensions))
    });
    parts
}

/// Which sources are troubled, and how; each once, with the strongest anomaly that says so.
fn subjects<'a>(scene: &Scene<'a>, members: &[usize]) -> Vec<(usize, Measure, &'a Anomaly)> {
    let mut strongest: std::collections::BTreeMap<(usize, Measure), &Anomaly> =
        std::collections::BTreeMap::new();
    // A gauge has no events to split.
    let counted = |one: &&Anomaly| !matches!(scene.series[one.series].values, Values::Gauge(_));
    for anomaly in members
        .iter()
        .map(|&m| &scene.anomalies[m])
        .filter(|one| one.direction == Direction::Up)
        .filter(counted)
    {
        let measure = match anomaly.family {
            Family::Traffic | Family::SlowQueries | Family::Messages | Family::Jobs => {
                Measure::Events
            }
            Family::Errors => Measure::Failed,
            Family::Latency if anomaly.signal.name.starts_with("latency") => Measure::Seconds,
            Family::Latency | Family::Sessions | Family::Gauge => continue,
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

/// Who and what (0), where (1), how (2); `None` where a dimension only repeats the symptom.
fn tier(field: Text, measure: Measure) -> Option<u8> {
    match field {
        Text::Query | Text::Client | Text::Endpoint | Text::Kind | Text::User => Some(0),
        Text::Host | Text::Service => Some(1),
        Text::Message => (measure == Measure::Events).then_some(1),
        Text::Agent | Text::Method => Some(2),
        Text::Flags | Text::Metric => None,
    }
}

fn judge(
    scene: &Scene<'_>,
    subject: &Subject<'_>,
    suspect: &Suspect<'_>,
) -> Option<(f64, Contributor)> {
    let Subject {
        measure, anomaly, ..
    } = *subject;
    let stretches = &subject.stretches;
    let own = excess_of(suspect.split, measure, stretches.scale(), suspect.whole)?;
    let share = own.above.max(0.0) / subject.above;
    let risk_ratio = (own.observed + 1.0) / (own.expected + 1.0);
    let fair = fair_share(suspect, measure);
    if share < SHARE_MIN || risk_ratio < RISK_RATIO_MIN || share < CONCENTRATION_MIN * fair {
        return None;
    }
    let support = suspect.split.events[1] as f64;
    let sigma = match measure {
        // Seconds have no Poisson error of their own: the number of events stands for it.
        Measure::Seconds => 5.0 * (support / 25.0).min(1.0),
        Measure::Events | Measure::Failed => {
            own.above / (own.expected + 1.0 + (MODEL_ERROR * own.expected).powi(2)).sqrt()
        }
    };
    let score = share * risk_ratio.ln() * (sigma / 5.0).min(1.0);
    let dimension = (
        suspect.field.name().to_owned(),
        scene.store.text(suspect.field, suspect.symbol),
    );
    let signal = anomaly.signal.full_name();
    let rule = format!(
        "{} {}: {:.0} % of the excess, {risk_ratio:.1} times its baseline",
        dimension.0,
        dimension.1,
        share * 100.0
    );
    let series = &scene.series[anomaly.series];
    let mut evidence = vec![evidence::at(
        series,
        &signal,
        anomaly.start.at_ns,
        own.observed,
        own.expected,
        rule,
    )];
    evidence.extend(first_line(
        scene,
        suspect,
        stretches,
        &anomaly.signal.source,
    ));
    let contributor = Contributor {
        dimensions: subject.within.iter().cloned().chain([dimension]).collect(),
        signal,
        share_of_excess: share,
        risk_ratio,
        events: suspect.split.events[1],
        counterfactual: counterfactual(suspect, measure, stretches),
        evidence,
    };
    Some((score, contributor))
}

/// The first line of the suspect within the windows.
fn first_line(
    scene: &Scene<'_>,
    suspect: &Suspect<'_>,
    stretches: &Stretches,
    source: &str,
) -> Option<Evidence> {
    let selected = |time_ns: i64| {
        stretches
            .selection
            .iter()
            .any(|range| range.contains(&time_ns))
    };
    let mut chunks = scene
        .store
        .chunks()
        .filter(|(index, _)| scene.sources[*index] == source);
    chunks.find_map(|(_, chunk)| {
        let is_it = |row: &usize| {
            chunk.text_at(suspect.field, *row) == Some(suspect.symbol)
                && selected(chunk.time_ns[*row])
        };
        let row = (0..chunk.len()).find(is_it)?;
        let index = scene.sources.iter().position(|label| label == source)?;
        Some(Evidence::Line {
            path: scene.paths[index].clone(),
            line: chunk.line[row],
            offset: chunk.offset[row],
        })
    })
}
