//! From groups of anomalies and people's claims to incidents.

use std::ops::Range;

use super::attribution::contributors;
use super::attribution::tier::says_how;
use super::explanation::explain;
use super::group::{Group, groups, is_felt, leading};
use super::windows::{range, windows};
use super::{
    Impact, Incident, Scene, Severity, Window, causes, checks, delivery, hypotheses, impact, lost,
    milestones, mitigations, news, onsets, queueing, servers_down, state, title,
};
use crate::anomalies::{Direction, Lasting};
use crate::clock::NS_PER_MIN;
use crate::records::{Milestone, MilestoneKind};
use crate::series::Series;

/// A share of the service lost from which an incident is critical.
const CRITICAL_SHARE: f64 = 0.25;
/// A contributor with this share of the excess belongs to the signature, of the first few.
const MAIN_SHARE: f64 = 0.4;
const MAIN_MAX: usize = 3;
/// A claim this long before or after an incident may still be about it.
const CLAIM_BEFORE_NS: i64 = 30 * NS_PER_MIN;
const CLAIM_AFTER_NS: i64 = 12 * 60 * NS_PER_MIN;

/// A resource that runs to its limit again is the same fault, not repaired since: its windows
/// belong to one incident for this many group gaps (35 days, with a gap of 24 h).
const EXHAUSTION_GAPS: i64 = 35;

/// Within what time windows of one resource that runs to its limit again are one incident, ns,
/// for the group gap of all other signatures.
pub fn exhaustion_gap_ns(group_gap_ns: i64) -> i64 {
    group_gap_ns.saturating_mul(EXHAUSTION_GAPS)
}

/// All incidents, by start.
pub fn build(scene: &Scene<'_>) -> Vec<Incident> {
    let windowed = groups(scene)
        .into_iter()
        .map(|group| (windows(scene, &group.members), group));
    let windowed: Vec<(Vec<Window>, Group)> = windowed
        .filter(|(windows, _)| !windows.is_empty())
        .collect();
    let troubled: Vec<Range<i64>> = windowed
        .iter()
        .flat_map(|(windows, _)| {
            windows
                .iter()
                .map(|window| range(window, scene.end_of_data_ns))
        })
        .collect();
    let drafts = windowed
        .into_iter()
        .map(|(windows, group)| draft(scene, group, windows, &troubled));
    let drafts = same_signature(scene, drafts.collect());
    let spans: Vec<Range<i64>> = drafts
        .iter()
        .map(|draft| draft.span(scene.end_of_data_ns))
        .collect();
    let mut found = Vec::new();
    for (i, draft) in drafts.into_iter().enumerate() {
        let claims = claims_about(scene, &spans, i);
        found.push(conclude(scene, draft, claims, &troubled, i + 1));
    }
    found
}

/// Groups that are one incident: their anomalies and windows.
struct Draft {
    members: Vec<usize>,
    windows: Vec<Window>,
    detectable_at_ns: i64,
    signature: Signature,
}

/// What makes two groups the same trouble.
struct Signature {
    /// The main contributors, by dimension and value.
    contributors: Vec<Vec<(String, String)>>,
    /// The resource that was full.
    limit: Option<String>,
    /// The resource that was seen to run to its stated limit, whichever host's: source and name.
    exhausted: Option<(String, String)>,
    /// The leading signals.
    signals: Vec<(String, String, Direction)>,
}

impl Draft {
    fn span(&self, end_of_data_ns: i64) -> Range<i64> {
        let first = self.windows[0].start.at_ns;
        first
            ..self
                .windows
                .iter()
                .map(|window| range(window, end_of_data_ns).end)
                .max()
                .unwrap_or(first)
    }

    fn selection(&self, end_of_data_ns: i64) -> Vec<Range<i64>> {
        self.windows
            .iter()
            .map(|window| range(window, end_of_data_ns))
            .collect()
    }
}

fn draft(scene: &Scene<'_>, group: Group, windows: Vec<Window>, troubled: &[Range<i64>]) -> Draft {
    let selection: Vec<Range<i64>> = windows
        .iter()
        .map(|window| range(window, scene.end_of_data_ns))
        .collect();
    let main = contributors(scene, &group.members, &selection, troubled)
        .into_iter()
        .filter(|one| one.share_of_excess >= MAIN_SHARE)
        .filter(|one| !one.dimensions.iter().all(|(name, _)| says_how(name)));
    let mut signals: Vec<_> = leading(scene.anomalies, &group.members)
        .into_iter()
        .map(|i| &scene.anomalies[i])
        .map(|one| {
            (
                one.signal.source.clone(),
                one.signal.name.clone(),
                one.direction,
            )
        })
        .collect();
    signals.sort();
    signals.dedup();
    let limit = explain(scene, &group.members, &selection, troubled).limit;
    let ran_out = limit
        .as_ref()
        .filter(|limit| limit.stated && limit.time_to_limit_s.is_some());
    let gauge = ran_out.and_then(|limit| {
        let named = |one: &&Series| one.signal.full_name() == limit.signal;
        scene.series.iter().find(named).map(|one| &one.signal)
    });
    let signature = Signature {
        exhausted: gauge.map(|signal| (signal.source.clone(), signal.name.clone())),
        contributors: main.map(|one| one.dimensions).take(MAIN_MAX).collect(),
        limit: limit.map(|limit| limit.signal),
        signals,
    };
    Draft {
        members: group.members,
        windows,
        detectable_at_ns: group.detectable_at_ns,
        signature,
    }
}

/// Joins drafts of one signature whose windows lie within the group gap.
fn same_signature(scene: &Scene<'_>, drafts: Vec<Draft>) -> Vec<Draft> {
    let mut joined: Vec<Draft> = Vec::new();
    for draft in drafts {
        let near = |one: &Draft| {
            let gap_ns = match one.signature.exhausted == draft.signature.exhausted {
                true if draft.signature.exhausted.is_some() => {
                    exhaustion_gap_ns(scene.group_gap_ns)
                }
                _ => scene.group_gap_ns,
            };
            draft.windows[0].start.at_ns - one.span(scene.end_of_data_ns).end <= gap_ns
        };
        match joined
            .iter_mut()
            .find(|one| near(one) && alike(&one.signature, &draft.signature))
        {
            Some(one) => {
                one.members.extend(draft.members);
                one.members.sort_unstable();
                one.windows = rejoin(scene, one.windows.drain(..).chain(draft.windows).collect());
            }
            None => joined.push(draft),
        }
    }
    joined.sort_by_key(|draft| draft.windows[0].start.at_ns);
    joined
}

/// Windows of several groups, joined where the good stretch between them is too short.
fn rejoin(scene: &Scene<'_>, mut windows: Vec<Window>) -> Vec<Window> {
    windows.sort_by_key(|window| window.start.at_ns);
    let mut out: Vec<Window> = Vec::new();
    for window in windows {
        match out.last_mut() {
            Some(last)
                if window.kind == last.kind
                    && window.start.at_ns
                        < range(last, scene.end_of_data_ns)
                            .end
                            .saturating_add(scene.window_gap_ns) =>
            {
                last.end = match (last.end, window.end) {
                    (Some(a), Some(b)) => Some(if b.at_ns > a.at_ns { b } else { a }),
                    _ => None,
                };
                last.lasting = match last.end {
                    Some(_) => Lasting::default(),
                    None => longest(last.lasting, window.lasting),
                };
                last.anomalies.extend(window.anomalies);
            }
            _ => out.push(window),
        }
    }
    out
}

/// Of two windows that are one and on.
fn longest(a: Lasting, b: Lasting) -> Lasting {
    Lasting {
        seen_until_ns: a.seen_until_ns.max(b.seen_until_ns),
        calm_since_ns: a.calm_since_ns.zip(b.calm_since_ns).map(|(a, b)| a.max(b)),
    }
}

/// A main contributor (or one that narrows the other's) or the full resource in common; where
/// neither side has a contributor, at least half of the leading signals.
fn alike(a: &Signature, b: &Signature) -> bool {
    type Dimensions = [(String, String)];
    let narrows = |one: &Dimensions, of: &Dimensions| one.iter().all(|part| of.contains(part));
    let same = |one: &Dimensions, other: &Dimensions| narrows(one, other) || narrows(other, one);
    let shared = a
        .contributors
        .iter()
        .any(|one| b.contributors.iter().any(|other| same(one, other)));
    let same_resource = a.limit.is_some() && a.limit == b.limit
        || a.exhausted.is_some() && a.exhausted == b.exhausted;
    if shared || same_resource {
        return true;
    }
    let common = a
        .signals
        .iter()
        .filter(|signal| b.signals.contains(signal))
        .count();
    let all = a.signals.len() + b.signals.len() - common;
    a.contributors.is_empty() && b.contributors.is_empty() && common > 0 && common * 2 >= all
}

/// The claims of records that are about incident `i`: those in its time, or nearest to it.
fn claims_about(scene: &Scene<'_>, spans: &[Range<i64>], i: usize) -> Vec<Milestone> {
    let distance =
        |span: &Range<i64>, at_ns: i64| (span.start - at_ns).max(at_ns - span.end).max(0);
    let is_mine = |milestone: &&Milestone| {
        let at_ns = milestone.placed_ns();
        let reach = (spans[i].start
            - if milestone.kind == MilestoneKind::Change {
                scene.group_gap_ns
            } else {
                CLAIM_BEFORE_NS
            })..(spans[i].end + CLAIM_AFTER_NS);
        let nearest = spans
            .iter()
            .enumerate()
            .min_by_key(|(k, span)| (distance(span, at_ns), *k))
            .map(|(k, _)| k);
        // What was marked by hand is about one of them, however far.
        nearest == Some(i) && (milestone.hand.is_some() || reach.contains(&at_ns))
    };
    scene
        .records
        .iter()
        .flat_map(|record| &record.milestones)
        .filter(is_mine)
        .cloned()
        .collect()
}

fn conclude(
    scene: &Scene<'_>,
    mut draft: Draft,
    mut claims: Vec<Milestone>,
    troubled: &[Range<i64>],
    number: usize,
) -> Incident {
    let state = state::state(scene, &draft.windows, &draft.members);
    state::mark_unconfirmed(state, &mut draft.windows);
    let selection = draft.selection(scene.end_of_data_ns);
    let contributors = contributors(scene, &draft.members, &selection, troubled);
    let mut explanation = explain(scene, &draft.members, &selection, troubled);
    if let Some(words) = news::words(scene, &draft.members) {
        explanation.sentence = format!("{}; {words}", explanation.sentence);
    }
    let mut causes = causes::causes(scene, &draft.members, &contributors, &draft.windows);
    causes.extend(causes::of_worsenings(
        scene,
        &draft.members,
        &contributors,
        &draft.windows,
    ));
    let impacted: Vec<Range<i64>> = if draft.members.iter().any(|&m| is_felt(&scene.anomalies[m])) {
        selection.clone()
    } else {
        Vec::new()
    };
    let lost_share = lost::lost_share(scene, &impacted, &draft.members);
    let mut milestones = milestones::of_logs(scene, &draft.windows, &lost_share, &draft.members);
    let attempts = mitigations::attempts(scene, &draft.windows, &milestones, &mut claims);
    milestones.extend(attempts);
    let likely = causes.iter().find(|cause| causes::is_plausible(cause));
    milestones.extend(likely.map(causes::claim));
    hypotheses::judge(&mut claims, &explanation);
    delivery::say_undelivered(&mut claims, scene.records);
    milestones.extend(claims);
    servers_down::say_servers_down(&mut explanation, scene, &selection);
    hypotheses::judge_capacity(&mut explanation, &milestones);
    milestones.sort_by_key(|milestone| (milestone.when.at_ns, milestone.kind, milestone.source));
    let worst = lost_share
        .iter()
        .copied()
        .filter(|x| x.is_finite())
        .fold(0.0, f64::max);
    let severity = match impacted.is_empty() {
        true => Severity::Minor,
        false if worst >= CRITICAL_SHARE => Severity::Critical,
        false => Severity::Major,
    };
    Incident {
        id: format!("i{number}"),
        title: title::title(
            scene,
            &leading(scene.anomalies, &draft.members),
            &contributors,
            &explanation,
        ),
        state,
        severity,
        onsets: onsets::order(scene, &draft.windows),
        windows: draft.windows,
        milestones,
        contributors,
        causes,
        explanation,
        checks: checks::checks(scene, &selection, troubled),
        // What nobody felt cost nobody anything; who waits for jobs is in no access log.
        impact: match impacted.is_empty() || queueing::only_jobs_wait(scene, &draft.members) {
            true => Impact::default(),
            false => impact::impact(scene, &draft.members, &selection, troubled),
        },
        lost_share,
        detectable_at_ns: Some(draft.detectable_at_ns),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{MINUTES, World, minute};
    use super::*;
    use crate::series::{Family, Role, Values};

    const OUTAGES: [(usize, usize); 2] = [(60, 70), (100, 110)];

    /// Two outages half an hour apart; before each a gauge climbs to its limit.
    fn world(limit: Option<f64>) -> World {
        let is_on = |i: usize| OUTAGES.iter().any(|(from, to)| (*from..*to).contains(&i));
        let mut world = World::new(|i| if is_on(i) { 0.5 } else { 0.0 });
        let level = |i: usize| match i {
            40..60 => 10.0 + 4.5 * (i - 40) as f64,
            82..100 => 10.0 + 5.0 * (i - 82) as f64,
            i if is_on(i) => 100.0,
            _ => 10.0,
        };
        let levels = Values::Gauge((0..MINUTES).map(level).collect());
        let ports = world.add_series("ports", Family::Gauge, Role::Resource, levels, 10.0);
        world.series[ports].limit = limit;
        for (from, to) in OUTAGES {
            let (from, to) = (from as i64, to as i64);
            world.add_anomaly(1, Direction::Up, from, Some(to), 20.0);
            world.add_anomaly(ports, Direction::Ramp, from - 18, Some(to), 20.0);
        }
        for one in world.anomalies.iter_mut() {
            one.reaches_limit = (one.direction == Direction::Ramp).then_some(one.start);
        }
        world
    }

    fn check(limit: Option<f64>, group_gap_min: i64, incidents: usize) {
        let world = world(limit);
        let scene = Scene {
            group_gap_ns: minute(group_gap_min),
            ..world.scene()
        };
        let found = build(&scene);
        assert_eq!(found.len(), incidents, "{limit:?} {group_gap_min}");
        let climbs = |one: &Incident| one.explanation.limit.as_ref().map(|at| at.climbs.len());
        if let (Some(_), 1) = (limit, incidents) {
            assert_eq!((found[0].windows.len(), climbs(&found[0])), (2, Some(2)));
        }
    }

    #[test]
    fn a_resource_that_runs_to_its_limit_again_is_one_incident_for_many_group_gaps() {
        check(Some(100.0), 1, 1);
        check(None, 1, 2);
        check(None, 40, 1);
        check(Some(100.0), 0, 2);
    }
}
