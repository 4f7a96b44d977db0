//! Load against regression: which of traffic and time per request moved, and what ran out.

use std::collections::BTreeSet;
use std::ops::Range;

use super::busiest::busiest;
use super::climbs::climbs;
use super::decomposition::{WORK, decompose};
use super::hour_of_week::{OfWeek, of_week, scale_to};
use super::queueing::{Queueing, queueing};
use super::ratios::{Ratios, Work, has_moved, with_failures};
use super::stretches::Stretches;
use super::title::grouped;
use super::{Explanation, LimitReached, Scene, Verdict, evidence};
use crate::anomalies::{Anomaly, Direction};
use crate::events::Evidence;
use crate::series::query::{Slice, Split};
use crate::series::{Family, Role, Series, Values};

/// Traffic below this share of the expected is as good as none.
const SILENT_SHARE: f64 = 0.1;
/// A gauge at this share of its limit has reached it.
const AT_LIMIT: f64 = 0.97;
/// A ceiling below this is no limit but a small number.
const CEILING_MIN: f64 = 20.0;
/// A gauge without a stated limit was full if it stood this close to its largest value...
const PLATEAU: f64 = 0.01;
/// ... for this share of a window, and this many buckets.
const PLATEAU_SHARE: f64 = 0.5;
const PLATEAU_BUCKETS: usize = 5;

/// Explains an incident by its windows; `troubled` are the windows of all incidents.
pub fn explain(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Explanation {
    let queue = queueing(scene, members, selection, troubled);
    // Jobs are no requests: where a queue explains it, only an access log stands beside it.
    let asked = busiest(scene, members, selection)
        .filter(|(_, series)| queue.is_none() || series.signal.role == Role::UserFacing);
    // The hour before is no measure of the morning: where other weeks are known, they are. Of
    // messages and slow queries a part is work, or none.
    let week = asked
        .filter(|(_, series)| Work::of(series) == Work::Requests)
        .and_then(|(_, series)| of_week(scene, series, selection, troubled));
    let whole = asked.map(|(source, series)| {
        let stretches = scene.stretches(series, selection, troubled);
        let (baseline, during) = (stretches.baseline.clone(), stretches.selection.clone());
        let slice = Slice::new(scene.store, source, baseline, during);
        let (by, kinds) = kinds_of_work(&slice);
        let whole = with_failures(slice.whole(), scene, series, &stretches);
        let usual = week.as_ref().and_then(OfWeek::ratio);
        let scale = scale_to(&whole, usual).unwrap_or(stretches.scale());
        let decomposition = match Work::of(series) {
            Work::SlowQueries => None,
            Work::Requests | Work::Messages => decompose(by, &kinds, scale),
        };
        (whole, series, stretches, decomposition)
    });
    let mut ratios = whole
        .as_ref()
        .map(|(whole, series, stretches, _)| Ratios::of(whole, stretches.scale(), Work::of(series)))
        .unwrap_or_default();
    ratios.traffic = week.as_ref().and_then(OfWeek::ratio).or(ratios.traffic);
    let decomposition = whole.as_ref().and_then(|(_, _, _, parts)| parts.clone());
    let limit = limit_reached(scene, members, selection, troubled);
    let verdict = match &queue {
        Some(queue) => queue.verdict(),
        None => verdict(scene, members, &ratios, limit.as_ref()),
    };
    let evidence = whole.map(|(whole, series, stretches, _)| {
        ratio_evidence(scene, series, (&whole, &ratios, week.as_ref()), &stretches)
    });
    let mut evidence = evidence.unwrap_or_default();
    let in_flight = ratios
        .traffic
        .zip(ratios.cost)
        .map(|(traffic, cost)| traffic * cost);
    let figures = ratios.figures(week.as_ref());
    let sentence = match &queue {
        Some(queue) => queue.sentence(ratios.traffic.map(|_| (figures, ratios.moved()))),
        None => {
            let in_flight = in_flight.map_or(String::new(), |x| format!(", in flight x{x:.2}"));
            let figures = format!("{figures}{in_flight}");
            sentence(scene, members, (verdict, &ratios), &figures, limit.as_ref())
        }
    };
    evidence.extend(queue.into_iter().flat_map(|queue: Queueing| queue.evidence));
    Explanation {
        verdict,
        traffic_ratio: ratios.traffic,
        cost_ratio: ratios.cost,
        in_flight_ratio: in_flight,
        decomposition,
        sentence,
        limit,
        evidence,
    }
}

/// The events by the first dimension that tells kinds of work apart, and its name; all of them
/// where there is none.
fn kinds_of_work(slice: &Slice<'_>) -> (Option<&'static str>, Vec<Split>) {
    let has = slice.dimensions();
    for field in WORK.into_iter().filter(|field| has.contains(field)) {
        let kinds: Vec<Split> = slice
            .by(field)
            .into_iter()
            .map(|(_, split)| split)
            .collect();
        if kinds.len() > 1 {
            return (Some(field.name()), kinds);
        }
    }
    (None, vec![slice.whole()])
}

fn verdict(
    scene: &Scene<'_>,
    members: &[usize],
    ratios: &Ratios,
    limit: Option<&LimitReached>,
) -> Verdict {
    let more_traffic = ratios.traffic.is_some_and(has_moved);
    let dearer = ratios.cost.is_some_and(has_moved);
    let mine = || members.iter().map(|&m| &scene.anomalies[m]);
    let impact = || mine().filter(|one| super::group::is_impact(one));
    let only_silence = impact().next().is_some() && impact().all(is_silent)
        || impact().next().is_none() && mine().all(is_silent);
    match (limit, more_traffic, dearer) {
        (Some(limit), false, _) if limit.time_to_limit_s.is_some() => Verdict::Exhaustion,
        (Some(_), true, true) => Verdict::Saturation,
        (_, true, _) => Verdict::Load,
        (_, false, true) => Verdict::Regression,
        (Some(_), false, false) => Verdict::Exhaustion,
        (None, false, false) if only_silence => Verdict::Silence,
        (None, false, false) => Verdict::Unknown,
    }
}

/// The gauge that was full in the windows: one with a stated limit and a ramp first, then a
/// stated limit, then one that stood at its ceiling.
fn limit_reached(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Option<LimitReached> {
    let mut found: Vec<(bool, bool, usize, LimitReached)> = Vec::new();
    for (s, series) in scene.series.iter().enumerate() {
        let Values::Gauge(levels) = &series.values else {
            continue;
        };
        if series.signal.role != Role::Resource || series.family == Family::Latency {
            continue;
        }
        let stretches = &scene.stretches(series, selection, troubled);
        let in_windows = evidence::buckets(series, &stretches.selection);
        let peak_of = |buckets: &[usize]| {
            buckets
                .iter()
                .map(|&i| levels[i])
                .filter(|y| y.is_finite())
                .reduce(f64::max)
        };
        let Some(peak) = peak_of(&in_windows) else {
            continue;
        };
        let (limit, peak) = match series.limit {
            Some(limit) => ((peak >= AT_LIMIT * limit).then_some(limit), peak),
            // Later windows may have had another limit: the peak is that of the window that stood at it.
            None => ceiling(series, levels, stretches)
                .map_or((None, peak), |limit| (Some(limit), limit)),
        };
        let usual = evidence::mean(
            series,
            evidence::buckets(series, &stretches.baseline).into_iter(),
        );
        let Some(limit) = limit.filter(|limit| usual.is_none_or(|(usual, _)| usual < 0.9 * limit))
        else {
            continue;
        };
        let climbs = climbs(scene, members, s, levels, AT_LIMIT * limit);
        let time_to_limit_s = climbs.first().map(|climb| climb.time_to_limit_s);
        let reached = LimitReached {
            signal: series.signal.full_name(),
            limit,
            stated: series.limit.is_some(),
            peak,
            time_to_limit_s,
            climbs,
        };
        found.push((
            series.limit.is_none(),
            time_to_limit_s.is_none(),
            s,
            reached,
        ));
    }
    found
        .into_iter()
        .min_by_key(|(implied, no_ramp, s, _)| (*implied, *no_ramp, *s))
        .map(|(_, _, _, reached)| reached)
}

/// The level at which a gauge stood for at least half of some window.
fn ceiling(series: &Series, levels: &[f64], stretches: &Stretches) -> Option<f64> {
    stretches.selection.iter().find_map(|window| {
        let known: Vec<f64> = evidence::buckets(series, std::slice::from_ref(window))
            .into_iter()
            .map(|i| levels[i])
            .filter(|y| y.is_finite() && *y > 0.0)
            .collect();
        let top = median_of_top(&known)?;
        let close = known
            .iter()
            .filter(|y| (*y - top).abs() <= PLATEAU * top)
            .count();
        let lasted = close >= PLATEAU_BUCKETS && close as f64 >= PLATEAU_SHARE * known.len() as f64;
        (lasted && top >= CEILING_MIN).then(|| top.round())
    })
}

/// Median of the upper half: a robust "largest value".
fn median_of_top(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() * 3 / 4).copied()
}

fn ratio_evidence(
    scene: &Scene<'_>,
    series: &Series,
    (whole, ratios, week): (&Split, &Ratios, Option<&OfWeek>),
    stretches: &Stretches,
) -> Vec<Evidence> {
    let start_ns = stretches
        .selection
        .first()
        .map_or(scene.first_ns, |range| range.start);
    let seconds = |ranges: &[Range<i64>]| {
        ranges
            .iter()
            .map(|range| (range.end - range.start) as f64 / 1e9)
            .sum::<f64>()
    };
    let per = |a: f64, n: f64| if n > 0.0 { a / n } else { f64::NAN };
    let rate = match week {
        Some(week) => [week.observed_per_s, week.expected_per_s],
        None => [
            per(ratios.counted[1] as f64, seconds(&stretches.selection)),
            per(ratios.counted[0] as f64, seconds(&stretches.baseline)),
        ],
    };
    let before = week.map_or("the hour before".to_owned(), OfWeek::words);
    let mean = [
        per(whole.seconds[1], whole.timed[1] as f64),
        per(whole.seconds[0], whole.timed[0] as f64),
    ];
    let work = Work::of(series);
    let name = match work {
        Work::Requests => series.signal.full_name(),
        Work::Messages | Work::SlowQueries => {
            format!("{} {}", series.signal.source, ratios.called)
        }
    };
    let one = work.noun();
    let mut found = vec![evidence::at(
        series,
        &name,
        start_ns,
        rate[0],
        rate[1],
        format!("{} per second, windows against {before}", ratios.called),
    )];
    if mean.iter().all(|x| x.is_finite()) {
        let name = format!("{} seconds per {one}", series.signal.source);
        found.push(evidence::at(
            series,
            &name,
            start_ns,
            mean[0],
            mean[1],
            format!("mean seconds per {one}, windows against the hour before"),
        ));
    }
    found
}

fn sentence(
    scene: &Scene<'_>,
    members: &[usize],
    (verdict, ratios): (Verdict, &Ratios),
    figures: &str,
    limit: Option<&LimitReached>,
) -> String {
    let full = limit.map(|limit| {
        let ceiling = if limit.stated {
            ""
        } else {
            " (where it stood; no limit is stated)"
        };
        format!(
            "; {} full at {}{ceiling}",
            limit.signal,
            grouped(limit.limit)
        )
    });
    let full = full.unwrap_or_default();
    match verdict {
        Verdict::Load => format!("more work came in: {figures}{full}"),
        Verdict::Regression if ratios.traffic.is_none() => {
            format!("the same work costs more: {figures}{full}")
        }
        Verdict::Regression => format!("not load, the same work costs more: {figures}{full}"),
        Verdict::Saturation => {
            format!("more work came in and a limit was reached: {figures}{full}")
        }
        Verdict::Exhaustion => format!("not load, a resource ran out: {figures}{full}"),
        Verdict::Silence => {
            let silent = members
                .iter()
                .map(|&m| &scene.anomalies[m])
                .filter(|one| is_silent(one));
            let names: BTreeSet<&str> = silent.map(|one| one.signal.source.as_str()).collect();
            format!(
                "nothing came from {}",
                names.into_iter().collect::<Vec<_>>().join(", ")
            )
        }
        Verdict::Unknown if ratios.slow.is_some() => {
            let doubt = "whether more came in or more were slow, slow queries alone do not tell";
            format!("{doubt}: {figures}{full}")
        }
        Verdict::Unknown => {
            format!("neither traffic nor time per request explains it: {figures}{full}")
        }
    }
}

/// Nothing, or nearly nothing, came although something should have.
fn is_silent(one: &Anomaly) -> bool {
    let fell = one.family == Family::Traffic && one.direction == Direction::Down;
    one.direction == Direction::Silence || (fell && one.observed <= SILENT_SHARE * one.expected)
}
