//! Windows: from when to when users were worse off.

use std::ops::Range;

use super::group::{end_ns, is_felt, leading};
use super::worse::{self, Part};
use super::{Scene, State, Window, evidence};
use crate::anomalies::{Anomaly, Direction, Lasting};
use crate::clock::{Censor, When};
use crate::series::Values;

/// Onsets within this many buckets of each other speak of one instant.
const CONSENSUS_SPAN_BUCKETS: i64 = 3;
/// Share of the score whose onsets must agree on the start.
const CONSENSUS_SHARE: f64 = 0.3;
/// One anomaly's score counts at most this much in the consensus.
const CONSENSUS_SCORE_MAX: f64 = 20.0;

/// With this score an anomaly sets a window's edges whatever else comes (`group::leading`).
const SURELY_LEADING: f64 = 7.0;

/// Share of the peak excess below which a flood is over.
const RIPPLE_SHARE: f64 = 0.1;

/// The windows of a group: its leading anomalies, joined where the good stretch between them
/// is shorter than the window gap, and cut where it gets worse (`worse`). Ascending.
pub fn windows(scene: &Scene<'_>, members: &[usize]) -> Vec<Window> {
    let (anomalies, gap_ns, end_of_data_ns) =
        (scene.anomalies, scene.window_gap_ns, scene.end_of_data_ns);
    let mut leading = leading(anomalies, members);
    leading.sort_by_key(|&i| (anomalies[i].start.at_ns, i));
    let mut stretches: Vec<(Range<i64>, Vec<usize>)> = Vec::new();
    for i in leading {
        let (start, end) = (
            anomalies[i].start.at_ns,
            end_ns(&anomalies[i], end_of_data_ns),
        );
        match stretches.last_mut() {
            Some((range, of)) if start < range.end.saturating_add(gap_ns) => {
                range.end = range.end.max(end);
                of.push(i);
            }
            _ => stretches.push((start..end, vec![i])),
        }
    }
    stretches
        .into_iter()
        .flat_map(|(range, of)| {
            let parts = worse::parts(anomalies, &of, range.start, gap_ns);
            let windows = parts
                .into_iter()
                .map(move |part| window(scene, members, &of, &part));
            windows.collect::<Vec<_>>()
        })
        .collect()
}

fn window(scene: &Scene<'_>, members: &[usize], of: &[usize], part: &Part) -> Window {
    let (anomalies, end_of_data_ns) = (scene.anomalies, scene.end_of_data_ns);
    let of: Vec<usize> = of
        .iter()
        .copied()
        .filter(|&i| {
            part.end
                .is_none_or(|end| anomalies[i].start.at_ns < end.at_ns)
        })
        .collect();
    let of = of.as_slice();
    let span_ns = CONSENSUS_SPAN_BUCKETS * scene.grid.width.ns();
    let start = part.start.unwrap_or_else(|| start(anomalies, of, span_ns));
    let hurts = of.iter().any(|&i| is_felt(&anomalies[i]));
    let end = if hurts {
        end(anomalies, of)
    } else {
        end_of_excess(scene, of)
    };
    let end = part.end.or(end);
    let end_ns_of_window = end.map_or(end_of_data_ns, |end| end.at_ns);
    let overlaps = |i: &&usize| {
        let one = &anomalies[**i];
        one.start.at_ns < end_ns_of_window && end_ns(one, end_of_data_ns) > start.at_ns
    };
    let ids = members
        .iter()
        .filter(overlaps)
        .map(|&i| anomalies[i].id.clone())
        .collect();
    let lasting = match end {
        Some(_) => Lasting::default(),
        None => lasting(scene, of),
    };
    Window {
        start,
        end,
        lasting,
        kind: part.kind,
        anomalies: ids,
    }
}

/// The earliest instant at which at least 30 % of the score starts within 3 buckets.
fn start(anomalies: &[Anomaly], of: &[usize], span_ns: i64) -> When {
    let weight = |i: usize| anomalies[i].score.min(CONSENSUS_SCORE_MAX);
    let total: f64 = of.iter().map(|&i| weight(i)).sum();
    let agrees = |from: usize| {
        let near = |i: &&usize| {
            (0..=span_ns).contains(&(anomalies[**i].start.at_ns - anomalies[from].start.at_ns))
        };
        of.iter().filter(near).map(|&i| weight(i)).sum::<f64>() >= CONSENSUS_SHARE * total
    };
    let first = of
        .iter()
        .copied()
        .filter(|&i| agrees(i))
        .min_by_key(|&i| anomalies[i].start.at_ns);
    anomalies[first.unwrap_or(of[0])].start
}

/// The last end of all; open while any of the leading anomalies lasts.
fn end(anomalies: &[Anomaly], of: &[usize]) -> Option<When> {
    let ends: Option<Vec<When>> = of.iter().map(|&i| anomalies[i].end).collect();
    ends?.into_iter().max_by_key(|end| end.at_ns)
}

/// Of a window that is on: what lasts longest of what makes it. What is weak today may not count
/// tomorrow, when worse has come: only the strong ones say until when it was seen.
fn lasting(scene: &Scene<'_>, of: &[usize]) -> Lasting {
    let all = || of.iter().map(|&i| &scene.anomalies[i]);
    let calm_since = |one: &Anomaly| match one.end {
        Some(end) => Some(end.at_ns),
        None => one.lasting.calm_since_ns,
    };
    let calm: Option<Vec<i64>> = all().map(calm_since).collect();
    let seen_until = |one: &Anomaly| match one.end {
        Some(end) => end.lo_ns,
        // What is silent is so to the end.
        None if one.direction == Direction::Silence => scene.end_of_data_ns - scene.grid.width.ns(),
        None => {
            let covered = || scene.coverage(&scene.series[one.series]).end;
            one.lasting.seen_until_ns.unwrap_or_else(covered)
        }
    };
    let strong = all().filter(|one| one.score >= SURELY_LEADING);
    let seen = strong.map(seen_until).max();
    let weakest = || all().map(seen_until).min();
    Lasting {
        seen_until_ns: seen.or_else(weakest),
        calm_since_ns: calm.and_then(|calm| calm.into_iter().max()),
    }
}

/// Where no user-facing signal has to come back, a window ends when the excess of its last
/// anomaly stays at most 10 % of its peak: the flood is over though its ripples go on.
fn end_of_excess(scene: &Scene<'_>, of: &[usize]) -> Option<When> {
    let end = end(scene.anomalies, of)?;
    let last = of
        .iter()
        .map(|&i| &scene.anomalies[i])
        .max_by_key(|one| one.end.map(|end| end.at_ns))?;
    let series = &scene.series[last.series];
    // A latency's anomaly is of a share, its series of durations: they cannot be compared.
    if matches!(series.values, Values::Latency(_)) {
        return Some(end);
    }
    let excess = |i: usize| {
        let observed = evidence::value(series, i)?;
        Some((observed - scene.expected[last.series][i]).abs()).filter(|x| x.is_finite())
    };
    let values: Vec<(usize, f64)> = last
        .buckets
        .clone()
        .filter_map(|i| Some((i, excess(i)?)))
        .collect();
    let peak = values.iter().map(|value| value.1).fold(0.0, f64::max);
    let high = values.iter().rev().find(|(_, x)| *x > RIPPLE_SHARE * peak);
    let Some((last_high, _)) = high else {
        return Some(end);
    };
    let at_ns = scene.grid.time(*last_high + 1);
    let width_ns = scene.grid.width.ns();
    Some(if at_ns < end.at_ns {
        When::between(at_ns - width_ns, at_ns, at_ns)
    } else {
        end
    })
}

/// A window's stretch in ns UTC. While it lasts: until where it seems over, else to the end of the
/// data. What is counted over it is not thinned by what came after.
pub fn range(window: &Window, end_of_data_ns: i64) -> Range<i64> {
    let open_ns = || window.lasting.calm_since_ns.unwrap_or(end_of_data_ns);
    window.start.at_ns..window.end.map_or_else(open_ns, |end| end.at_ns)
}

/// The end as an instant: while the window lasts, cut off where it was last seen for certain, or
/// where it seems over.
pub fn end_or_censored(window: &Window, end_of_data_ns: i64) -> When {
    let seen_ns = window.lasting.seen_until_ns.unwrap_or(end_of_data_ns);
    let seen_ns = seen_ns.clamp(window.start.at_ns, end_of_data_ns.max(window.start.at_ns));
    let not_over = || match window.lasting.calm_since_ns {
        Some(calm_ns) => When::between(seen_ns.min(calm_ns), calm_ns, calm_ns).unconfirmed(),
        None => When::censored(seen_ns, Censor::EndOfData),
    };
    window.end.unwrap_or_else(not_over)
}

/// The same, where it is surely on, up to the end of the data: the logs show until there that it is
/// not over.
pub fn still_seen(window: &Window, state: State, end_of_data_ns: i64) -> When {
    let end = end_or_censored(window, end_of_data_ns);
    match (end.censor, state) {
        (Some(Censor::EndOfData), State::Ongoing | State::Relapsed) => When {
            hi_ns: end.hi_ns.max(end_of_data_ns - 1),
            ..end
        },
        _ => end,
    }
}
