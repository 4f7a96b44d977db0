//! Milestones that the logs themselves give: impact start, partial recovery, mitigated, restored.

use super::queueing::only_jobs_wait;
use super::windows::range;
use super::worse::follows;
use super::{Scene, Window, evidence};
use crate::anomalies::Anomaly;
use crate::clock::When;
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::stats::steps;

/// Shares of the lost service whose recovery is a milestone.
const FRACTIONS: [f64; 4] = [0.25, 0.4, 0.5, 0.75];
/// Left of the peak loss when an incident counts as mitigated.
const MITIGATED_SHARE: f64 = 0.1;
/// Onsets this close to a window's start are of it.
const NEAR_BUCKETS: i64 = 3;
/// A recovery must last this long to count; at least five buckets.
const SUSTAINED_MIN: f64 = 5.0;
/// Losses below this at the peak have no partial recovery to speak of.
const PEAK_MIN: f64 = 0.02;

/// The milestones of the logs for an incident's windows, by time.
pub fn of_logs(
    scene: &Scene<'_>,
    windows: &[Window],
    lost: &[f64],
    members: &[usize],
) -> Vec<Milestone> {
    let mut found = Vec::new();
    for (k, window) in windows.iter().enumerate() {
        let evidence = window_evidence(scene, window, members);
        let note = note(windows, k);
        // Where the harm only changes its kind nothing is restored.
        let goes_on = windows.get(k + 1).is_some_and(|next| follows(window, next));
        found.push(
            claim(MilestoneKind::ImpactStart, window.start, evidence.clone()).noted(note.clone()),
        );
        let recovered = recovery(scene, window, lost, members, &evidence);
        found.extend(
            recovered
                .into_iter()
                .filter(|one| !goes_on || Some(one.when) != window.end),
        );
        if let Some(end) = window.end.filter(|_| !goes_on) {
            found.push(claim(MilestoneKind::Restored, end, evidence).noted(place(windows, k)));
        }
    }
    found.sort_by_key(|milestone| (milestone.when.at_ns, milestone.kind));
    found
}

/// `window 2 of 3`; nothing where there is one.
fn place(windows: &[Window], k: usize) -> String {
    match windows.len() {
        1 => String::new(),
        n => format!("window {} of {n}", k + 1),
    }
}

/// The place, and what the window is where it follows another without a recovery.
fn note(windows: &[Window], k: usize) -> String {
    let place = place(windows, k);
    let before = k.checked_sub(1).map(|before| &windows[before]);
    match before.filter(|before| follows(before, &windows[k])) {
        Some(before) if windows[k].kind > before.kind => {
            format!("{place}: {}, worse than before", windows[k].kind.word())
        }
        Some(_) => format!("{place}: {}", windows[k].kind.word()),
        None => place,
    }
}

fn claim(kind: MilestoneKind, when: When, evidence: Vec<Evidence>) -> Milestone {
    Milestone::new(kind, when, ClaimSource::Log, evidence)
}

/// What the window's strongest anomaly of its start rests on.
fn window_evidence(scene: &Scene<'_>, window: &Window, members: &[usize]) -> Vec<Evidence> {
    let mine = members
        .iter()
        .map(|&m| &scene.anomalies[m])
        .filter(|one| window.anomalies.contains(&one.id));
    // What began with the window says most of its start; what lasted from before says least.
    let near_ns = NEAR_BUCKETS * scene.grid.width.ns();
    let is_near = |one: &Anomaly| (one.start.at_ns - window.start.at_ns).abs() <= near_ns;
    let strongest = mine.max_by(|a: &&Anomaly, b: &&Anomaly| {
        let felt = |one: &Anomaly| super::group::is_impact(one);
        (felt(a) && is_near(a), felt(a), a.score)
            .partial_cmp(&(felt(b) && is_near(b), felt(b), b.score))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
    let Some(anomaly) = strongest else {
        return vec![Evidence::Signal {
            signal: "window".to_owned(),
            bucket: crate::clock::words::rfc3339(window.start.at_ns),
            observed: f64::NAN,
            expected: f64::NAN,
            rule: "joined stretches of impact".to_owned(),
        }];
    };
    if anomaly.evidence.is_empty() {
        let series = &scene.series[anomaly.series];
        let name = anomaly.signal.full_name();
        return vec![evidence::at(
            series,
            &name,
            anomaly.start.at_ns,
            anomaly.observed,
            anomaly.expected,
            anomaly.rule.clone(),
        )];
    }
    anomaly.evidence.clone()
}

/// Partial recoveries and mitigation within one window: steps of the share of the service
/// lost, from the worst level on.
fn recovery(
    scene: &Scene<'_>,
    window: &Window,
    lost: &[f64],
    members: &[usize],
    evidence: &[Evidence],
) -> Vec<Milestone> {
    let grid = &scene.grid;
    let stretch = range(window, scene.end_of_data_ns);
    let (first, last) = (grid.nearest(stretch.start), grid.nearest(stretch.end - 1));
    let n = grid.width.in_minutes(SUSTAINED_MIN).max(5);
    let levels = steps::levels(&lost[first..=last], n);
    let worst = (0..levels.len())
        .filter(|&i| levels[i].1.is_finite())
        .max_by(|&a, &b| levels[a].1.total_cmp(&levels[b].1));
    let mut found = Vec::new();
    let mut mitigated = drained(scene, window, members).or(window.end);
    let mut recovered = 0.0;
    for i in worst.map_or(levels.len(), |worst| worst + 1)..levels.len() {
        let peak = levels[worst.unwrap_or(i)].1;
        // What comes back later was not recovered: the worst level from here on counts.
        let left = levels[i..]
            .iter()
            .map(|level| level.1)
            .filter(|x| x.is_finite())
            .fold(0.0, f64::max);
        let at = at_bucket(scene, first + levels[i].0.start);
        if peak < PEAK_MIN {
            break;
        }
        if left <= MITIGATED_SHARE * peak {
            mitigated = Some(at);
            break;
        }
        let back = 1.0 - left / peak;
        let reached = FRACTIONS
            .into_iter()
            .rfind(|fraction| *fraction <= back && *fraction > recovered);
        if let Some(fraction) = reached {
            recovered = fraction;
            let mut milestone = claim(MilestoneKind::PartialRecovery, at, evidence.to_vec());
            milestone.fraction = Some(fraction);
            found.push(
                milestone.noted(format!("{:.0} % of the lost service is back", back * 100.0)),
            );
        }
    }
    found.extend(mitigated.map(|when| claim(MilestoneKind::Mitigated, when, evidence.to_vec())));
    found
}

/// Where users wait for jobs: the end of the last bucket in which the oldest job was older, by
/// more than a tenth of the most, than it used to be.
fn drained(scene: &Scene<'_>, window: &Window, members: &[usize]) -> Option<When> {
    if !only_jobs_wait(scene, members) {
        return None;
    }
    let age = members
        .iter()
        .map(|&m| &scene.anomalies[m])
        .find(|one| one.signal.name == "job age" && window.anomalies.contains(&one.id))?;
    let series = &scene.series[age.series];
    let first = scene.grid.nearest(window.start.at_ns);
    let end = scene.grid.nearest(window.end?.at_ns);
    let excess = |i: usize| Some(evidence::value(series, i)? - age.expected);
    let most = (first..end).filter_map(excess).fold(0.0, f64::max);
    let last = (first..end).rfind(|&i| excess(i).is_some_and(|x| x > MITIGATED_SHARE * most))?;
    Some(at_bucket(scene, last + 1))
}

fn at_bucket(scene: &Scene<'_>, bucket: usize) -> When {
    let (at, width) = (scene.grid.time(bucket), scene.grid.width.ns());
    When::between(at - width, at, at + width)
}
