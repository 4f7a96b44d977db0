//! Anomalies to groups: what overlaps in time is one trouble, if the evidence suffices.
//!
//! The algorithm is that of `docs/METHODS.md`, "Incidents".

use std::collections::BTreeMap;

use crate::anomalies::{Anomaly, Direction};
use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::series::{Family, Role};

use super::Scene;
use super::alone::{accuses, fails, is_rare};

/// A family that reopens within this is the same trouble.
const REOPEN_NS: i64 = 10 * NS_PER_MIN;
/// Different families join only if they overlap, with this much tolerance.
const OVERLAP_NS: i64 = NS_PER_MIN;
/// Evidence that a group needs to be an incident.
const EVIDENCE_MIN: f64 = 3.0;
/// ... or this much, a bare flag, once something that users feel has been off for so long.
const EVIDENCE_LASTING_MIN: f64 = 1.5;
const LASTING_NS: i64 = 10 * NS_PER_MIN;
/// A family's score counts from this...
const SCORE_BASE: f64 = 3.0;
/// ... and at most this much.
const SCORE_CAP: f64 = 10.0;
/// A group must be this old, unless one score is at least `SCORE_AT_ONCE`.
const AGE_MIN_NS: i64 = 2 * NS_PER_MIN;
const SCORE_AT_ONCE: f64 = 12.0;
/// In the first hours of history a lone family must last this long, unless it is very clear.
const COLD_NS: i64 = 120 * NS_PER_MIN;
const COLD_AGE_MIN_NS: i64 = 5 * NS_PER_MIN;
const COLD_SCORE_AT_ONCE: f64 = 25.0;
/// Anomalies with less than this share of the group's best score do not set its edges.
const STRONG_SHARE: f64 = 0.35;
const STRONG_MIN: f64 = 4.5;

/// Anomalies that are one trouble: indexes, ascending.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Indexes into the anomalies, ascending.
    pub members: Vec<usize>,
    /// First instant at which the evidence sufficed, ns UTC.
    pub detectable_at_ns: i64,
}

/// End of an anomaly, ns UTC; `end_of_data_ns` while it lasts.
pub fn end_ns(anomaly: &Anomaly, end_of_data_ns: i64) -> i64 {
    anomaly.end.map_or(end_of_data_ns, |end| end.at_ns)
}

/// Whether users are worse off while it lasts: errors or latency up, traffic or source gone.
pub fn is_impact(anomaly: &Anomaly) -> bool {
    let felt = matches!(
        anomaly.signal.role,
        Role::UserFacing | Role::AsyncUserFacing
    );
    felt && !anomaly.is_entity()
        && match anomaly.family {
            Family::Traffic => matches!(anomaly.direction, Direction::Down | Direction::Silence),
            // That a program says more hurts nobody; that it says nothing may.
            Family::Messages => anomaly.direction == Direction::Silence,
            _ => matches!(anomaly.direction, Direction::Up | Direction::Silence),
        }
}

/// The same, or failures of a part of what users ask: they set no edges of windows where there is
/// impact, but somebody felt them.
pub fn is_felt(anomaly: &Anomaly) -> bool {
    is_impact(anomaly) || fails(anomaly)
}

/// Groups with enough evidence, by start.
pub fn groups(scene: &Scene<'_>) -> Vec<Group> {
    let (anomalies, end_of_data_ns) = (scene.anomalies, scene.range_ns().end);
    let (entities, whole): (Vec<usize>, Vec<usize>) =
        (0..anomalies.len()).partition(|&i| anomalies[i].is_entity());
    let mut open = joined(anomalies, &whole, end_of_data_ns);
    let mut alone = Vec::new();
    for i in entities {
        let explains = |group: &&mut Vec<usize>| explains(anomalies, group, i, end_of_data_ns);
        match open.iter_mut().find(explains) {
            Some(group) => group.push(i),
            None if accuses(scene, &anomalies[i]) => alone.push(i),
            None => {}
        }
    }
    open.iter_mut().for_each(|group| group.sort_unstable());
    open.extend(joined(anomalies, &alone, end_of_data_ns));
    open.sort();
    open.into_iter()
        .filter_map(|members| enough(scene, members))
        .collect()
}

/// An entity may begin that long before the trouble it explains.
const LEAD_NS: i64 = 30 * NS_PER_MIN;

/// Whether an entity's anomaly belongs to a group: it begins within it or shortly before, and
/// overlaps with it. An entity joins no two groups: it may go on long after.
fn explains(anomalies: &[Anomaly], group: &[usize], entity: usize, end_of_data_ns: i64) -> bool {
    let one = &anomalies[entity];
    let of_whole = || {
        group
            .iter()
            .map(|&i| &anomalies[i])
            .filter(|other| !other.is_entity())
    };
    let first = of_whole().map(|other| other.start.at_ns).min();
    let overlaps = |other: &Anomaly| {
        one.start.at_ns <= end_ns(other, end_of_data_ns).saturating_add(OVERLAP_NS)
            && other.start.at_ns <= end_ns(one, end_of_data_ns).saturating_add(OVERLAP_NS)
    };
    first.is_some_and(|first| one.start.at_ns >= first - LEAD_NS) && of_whole().any(overlaps)
}

/// Anomalies that touch each other, directly or through others.
fn joined(anomalies: &[Anomaly], members: &[usize], end_of_data_ns: i64) -> Vec<Vec<usize>> {
    let mut open: Vec<Vec<usize>> = Vec::new();
    for &i in members {
        let anomaly = &anomalies[i];
        let (mut joined, apart): (Vec<Vec<usize>>, Vec<Vec<usize>>) =
            open.into_iter().partition(|group| {
                group
                    .iter()
                    .any(|&j| touches(&anomalies[j], anomaly, end_of_data_ns))
            });
        joined.push(vec![i]);
        open = apart;
        let mut merged: Vec<usize> = joined.concat();
        merged.sort_unstable();
        open.push(merged);
    }
    open.sort();
    open
}

/// `later` starts no earlier than `earlier`. Ramps and gauges may begin long before anyone is
/// hurt; they join like all others, but set no window.
fn touches(earlier: &Anomaly, later: &Anomaly, end_of_data_ns: i64) -> bool {
    let same = earlier.family == later.family && earlier.signal.source == later.signal.source;
    let tolerance = if same { REOPEN_NS } else { OVERLAP_NS };
    let tolerance = if is_impact(earlier) != is_impact(later) {
        OVERLAP_NS
    } else {
        tolerance
    };
    later.start.at_ns <= end_ns(earlier, end_of_data_ns).saturating_add(tolerance)
}

fn enough(scene: &Scene<'_>, members: Vec<usize>) -> Option<Group> {
    let anomalies = scene.anomalies;
    let mut instants: Vec<i64> = members
        .iter()
        .flat_map(|&i| {
            let grown = anomalies[i]
                .growth
                .iter()
                .map(|(bucket, _)| scene.grid.time(bucket + 1));
            grown.chain([
                anomalies[i].flagged_at_ns,
                anomalies[i].flagged_at_ns + AGE_MIN_NS,
                anomalies[i].flagged_at_ns + COLD_AGE_MIN_NS,
                anomalies[i]
                    .flagged_at_ns
                    .max(anomalies[i].start.at_ns + LASTING_NS),
            ])
        })
        .collect();
    instants.sort_unstable();
    instants.dedup();
    // Clients and hosts explain: that there are many is no evidence.
    let bears = |i: &usize| {
        let one = &anomalies[*i];
        let is_one = !one.is_entity() || one.family == Family::Messages || accuses(scene, one);
        is_one && !is_rare(one)
    };
    let witnesses: Vec<usize> = members.iter().copied().filter(bears).collect();
    let is_enough = |now_ns: &i64| suffices(scene, &witnesses, *now_ns);
    let detectable_at_ns = instants.into_iter().find(is_enough)?;
    Some(Group {
        members,
        detectable_at_ns,
    })
}

fn suffices(scene: &Scene<'_>, members: &[usize], now_ns: i64) -> bool {
    let (anomalies, range_ns) = (scene.anomalies, &scene.range_ns());
    let known: Vec<&Anomaly> = members
        .iter()
        .map(|&i| &anomalies[i])
        .filter(|one| one.flagged_at_ns <= now_ns)
        .collect();
    // At its flag an anomaly is open: its end is known only later. What is known only afterwards
    // (it was on before the data) counts when it is known.
    let is_open = |one: &&&Anomaly| {
        let end_ns = end_ns(one, range_ns.end);
        end_ns > now_ns || one.flagged_at_ns == now_ns || one.flagged_at_ns > end_ns
    };
    let open: Vec<&&Anomaly> = known.iter().filter(is_open).collect();
    let Some(oldest_ns) = open.iter().map(|one| one.start.at_ns).min() else {
        return false;
    };
    let mut best: BTreeMap<Family, f64> = BTreeMap::new();
    for one in &known {
        let score = one
            .growth
            .iter()
            .filter(|(bucket, _)| scene.grid.time(bucket + 1) <= now_ns)
            .map(|growth| growth.1)
            .fold(0.0, f64::max);
        let score = if one.growth.is_empty() {
            one.score
        } else {
            score
        };
        let entry = best.entry(one.family).or_default();
        *entry = entry.max(score);
    }
    let evidence: f64 = best
        .values()
        .map(|score| (score - SCORE_BASE).clamp(0.0, SCORE_CAP))
        .sum();
    let top = best.values().copied().fold(0.0, f64::max);
    let cold = now_ns - range_ns.start < COLD_NS && best.len() == 1 && top < COLD_SCORE_AT_ONCE;
    let age_min_ns = match (cold, top >= SCORE_AT_ONCE) {
        (true, _) => COLD_AGE_MIN_NS,
        (false, true) => 0,
        (false, false) => AGE_MIN_NS,
    };
    // Messages alone are chatter until they last, and one entity is one of many.
    let messages_only = best.keys().all(|family| *family == Family::Messages);
    let age_min_ns = if messages_only || known.iter().all(|one| one.is_entity()) {
        age_min_ns.max(COLD_AGE_MIN_NS)
    } else {
        age_min_ns
    };
    let is_felt = |one: &&&&Anomaly| one.signal.role == Role::UserFacing;
    let felt_ns = open.iter().filter(is_felt).map(|one| one.start.at_ns).min();
    let lasts = felt_ns.is_some_and(|felt_ns| now_ns - felt_ns >= LASTING_NS - NS_PER_S);
    let evidence_min = if lasts {
        EVIDENCE_LASTING_MIN
    } else {
        EVIDENCE_MIN
    };
    evidence >= evidence_min && now_ns - oldest_ns >= age_min_ns - NS_PER_S
}

/// The members that set a group's edges: those users feel if there are any, else all; of
/// these the strong ones.
pub fn leading(anomalies: &[Anomaly], members: &[usize]) -> Vec<usize> {
    let impact: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&i| is_impact(&anomalies[i]))
        .collect();
    let whole: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&i| !anomalies[i].is_entity())
        .collect();
    let pool = [impact, whole, members.to_vec()]
        .into_iter()
        .find(|pool| !pool.is_empty())
        .unwrap_or_default();
    let best = pool.iter().map(|&i| anomalies[i].score).fold(0.0, f64::max);
    let strong = |i: &usize| anomalies[*i].score >= STRONG_MIN.max(STRONG_SHARE * best.min(20.0));
    pool.into_iter().filter(strong).collect()
}
