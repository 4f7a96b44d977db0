//! Milestones that the logs themselves give: impact start, partial recovery, mitigated, restored.

use std::ops::Range;

use super::lost::ahead_median;
use super::windows::range;
use super::{Scene, Window, evidence};
use crate::anomalies::Anomaly;
use crate::clock::When;
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind};

/// Shares of the lost service whose recovery is a milestone.
const FRACTIONS: [f64; 4] = [0.25, 0.4, 0.5, 0.75];
/// Left of the peak loss when an incident counts as mitigated.
const MITIGATED_SHARE: f64 = 0.1;
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
        let note = if windows.len() > 1 {
            format!("window {} of {}", k + 1, windows.len())
        } else {
            String::new()
        };
        found.push(
            claim(MilestoneKind::ImpactStart, window.start, evidence.clone()).noted(note.clone()),
        );
        found.extend(recovery(scene, window, lost, &evidence));
        if let Some(end) = window.end {
            found.push(claim(MilestoneKind::Restored, end, evidence).noted(note));
        }
    }
    found.sort_by_key(|milestone| (milestone.when.at_ns, milestone.kind));
    found
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
    let strongest = mine.max_by(|a: &&Anomaly, b: &&Anomaly| {
        let felt = |one: &Anomaly| super::group::is_impact(one);
        (felt(a), a.score)
            .partial_cmp(&(felt(b), b.score))
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

/// Partial recoveries and mitigation within one window, from the share of the service lost.
fn recovery(
    scene: &Scene<'_>,
    window: &Window,
    lost: &[f64],
    evidence: &[Evidence],
) -> Vec<Milestone> {
    let grid = &scene.grid;
    let stretch = range(window, scene.end_of_data_ns);
    let (first, last) = (grid.nearest(stretch.start), grid.nearest(stretch.end - 1));
    let n = grid.width.in_minutes(SUSTAINED_MIN).max(5);
    let span: Range<usize> = first..last + 1;
    let ahead = ahead_median(lost, &span, n);
    let mut sorted: Vec<f64> = ahead.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    // The level of the bad times, not a single bucket's peak.
    let Some(peak) = sorted
        .get(sorted.len() * 3 / 4)
        .copied()
        .filter(|peak| *peak >= PEAK_MIN)
    else {
        return window
            .end
            .map(|end| claim(MilestoneKind::Mitigated, end, evidence.to_vec()))
            .into_iter()
            .collect();
    };
    let after = |share: f64| {
        sustained(&ahead, (1.0 - share) * peak).map(|i| step_near(lost, first + i, n, &span))
    };
    let mut found: Vec<Milestone> = Vec::new();
    let mut before = None;
    for fraction in FRACTIONS {
        let Some(bucket) = after(fraction).filter(|bucket| grid.time(*bucket) > stretch.start)
        else {
            continue;
        };
        // The end itself is no partial recovery; of several shares at one instant the largest counts.
        if window
            .end
            .is_some_and(|end| end.at_ns - grid.time(bucket) < 2 * n as i64 * grid.width.ns())
        {
            break;
        }
        if before.is_some_and(|last: usize| bucket.saturating_sub(last) < n) {
            found.pop();
        }
        before = Some(bucket);
        let mut milestone = claim(
            MilestoneKind::PartialRecovery,
            at_bucket(scene, bucket),
            evidence.to_vec(),
        );
        milestone.fraction = Some(fraction);
        found.push(milestone.noted(format!(
            "at least {:.0} % of the lost service is back",
            fraction * 100.0
        )));
    }
    let mitigated = after(1.0 - MITIGATED_SHARE).map(|bucket| at_bucket(scene, bucket));
    let mitigated = match (mitigated, window.end) {
        (Some(mitigated), Some(end))
            if mitigated.at_ns < end.at_ns - n as i64 * grid.width.ns() =>
        {
            Some(mitigated)
        }
        (_, end) => end,
    };
    found.extend(mitigated.map(|when| claim(MilestoneKind::Mitigated, when, evidence.to_vec())));
    found
}

/// First index from which the level never again lies above `limit`.
fn sustained(ahead: &[f64], limit: f64) -> Option<usize> {
    let last_above = ahead.iter().rposition(|level| *level > limit);
    last_above.map(|i| i + 1).filter(|i| *i < ahead.len())
}

/// The bucket near `i` where a step between two levels fits best (least squares): a median
/// that looks ahead crosses up to half its length too early.
fn step_near(lost: &[f64], i: usize, n: usize, span: &Range<usize>) -> usize {
    let (from, to) = (
        i.saturating_sub(n).max(span.start),
        (i + 2 * n).min(span.end),
    );
    let error = |part: &[f64]| {
        let known: Vec<f64> = part.iter().copied().filter(|x| x.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        known.iter().map(|x| (x - mean).powi(2)).sum::<f64>()
    };
    let errors = (i..=i + n)
        .filter(|k| *k < to)
        .map(|k| (k, error(&lost[from..k]) + error(&lost[k..to])));
    errors
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map_or(i, |(k, _)| k)
}

fn at_bucket(scene: &Scene<'_>, bucket: usize) -> When {
    let (at, width) = (scene.grid.time(bucket), scene.grid.width.ns());
    When::between(at - width, at, at + width)
}
