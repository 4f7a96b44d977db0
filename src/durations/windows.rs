//! The algebra of impact windows: union, merging by gap, grouping, severity under them.

use super::interval::{Order, between, bounded, censor_words};
use super::{Duration, Span, Status};
use crate::clock::words::length;
use crate::clock::{Censor, NS_PER_MIN, NS_PER_S};
use crate::records::MilestoneKind;
use crate::series::Grid;

/// The gaps of the sensitivity line.
const GAPS_MIN: [i64; 3] = [5, 15, 60];

/// The union of half-open stretches `(start, end)`, in order and apart. Empty or reversed ones
/// vanish.
pub fn union(stretches: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut sorted: Vec<_> = stretches
        .iter()
        .copied()
        .filter(|(start, end)| start < end)
        .collect();
    sorted.sort_unstable();
    let mut apart: Vec<(i64, i64)> = Vec::with_capacity(sorted.len());
    for (start, end) in sorted {
        match apart.last_mut() {
            Some(last) if start <= last.1 => last.1 = last.1.max(end),
            _ => apart.push((start, end)),
        }
    }
    apart
}

/// The length of the union, in ns. Zero for none.
pub fn union_length(stretches: &[(i64, i64)]) -> i64 {
    union(stretches)
        .iter()
        .map(|(start, end)| end - start)
        .sum()
}

/// The windows in three readings: surely impact, best, at most impact.
struct Readings {
    inner: Vec<(i64, i64)>,
    best: Vec<(i64, i64)>,
    outer: Vec<(i64, i64)>,
    /// A side is open, so that `outer` is no upper limit.
    open: Option<&'static str>,
    growing: bool,
}

fn readings(windows: &[Span]) -> Readings {
    let all = |pick: fn(&Span) -> (i64, i64)| windows.iter().map(pick).collect();
    let open = windows.iter().find_map(|window| {
        let end = window.end.censor.map(|censor| censor_words(censor, "end"));
        end.or(window
            .start
            .censor
            .map(|censor| censor_words(censor, "start")))
    });
    Readings {
        inner: all(|w| (w.start.hi_ns, w.end.lo_ns)),
        best: all(|w| (w.start.at_ns, w.end.at_ns)),
        outer: all(|w| (w.start.lo_ns, w.end.hi_ns)),
        open,
        growing: windows.iter().any(|w| w.end.censor == Some(Censor::Now)),
    }
}

/// Length of the union of the windows. Missing without windows.
pub fn downtime(windows: &[Span]) -> Duration {
    let readings = readings(windows);
    let most = union_length(&readings.outer);
    finish(
        windows,
        &readings,
        [&readings.inner, &readings.best].map(|s| union_length(s)),
        most,
    )
}

/// Full-outage time: the severity `q` integrated over the union of the windows. A bucket whose
/// severity is NaN, and time outside the grid, may be anything in `[0, 1]`: that widens the
/// interval, whose middle is then the best value. Missing without windows.
pub fn effective_downtime(windows: &[Span], grid: &Grid, q: &[f64]) -> Duration {
    let readings = readings(windows);
    let [inner, best, outer] =
        [&readings.inner, &readings.best, &readings.outer].map(|s| lost(&union(s), grid, q));
    let middle = (best.0 + best.1) / 2.0;
    finish(
        windows,
        &readings,
        [inner.0 as i64, middle as i64],
        outer.1.ceil() as i64,
    )
}

fn finish(windows: &[Span], readings: &Readings, [least, best]: [i64; 2], most: i64) -> Duration {
    if windows.is_empty() {
        return Duration::missing(MilestoneKind::ImpactStart.name());
    }
    if windows
        .iter()
        .any(|w| w.end.censor.is_none() && w.end.hi_ns < w.start.lo_ns)
    {
        return Duration::data_error("a window ends before it starts");
    }
    let most = readings.open.is_none().then_some(most);
    let duration = bounded(Some(least), best, most, true, readings.growing);
    let (from, to) = (
        Some(MilestoneKind::ImpactStart),
        Some(MilestoneKind::Restored),
    );
    Duration {
        reason: readings.open.map(str::to_owned),
        from,
        to,
        ..duration
    }
}

/// Least and most of the severity's integral over stretches that are apart, in ns.
fn lost(stretches: &[(i64, i64)], grid: &Grid, q: &[f64]) -> (f64, f64) {
    let n = grid.n.min(q.len());
    let (mut least, mut most) = (0.0, 0.0);
    for &(start, end) in stretches {
        let mut unknown = (end - start) as f64;
        for (i, &severity) in q.iter().enumerate().take(n).skip(grid.nearest(start)) {
            let covered = grid.time(i + 1).min(end) - grid.time(i).max(start);
            if grid.time(i) >= end {
                break;
            }
            if covered > 0 && !severity.is_nan() {
                unknown -= covered as f64;
                least += covered as f64 * severity.clamp(0.0, 1.0);
                most += covered as f64 * severity.clamp(0.0, 1.0);
            }
        }
        most += unknown.max(0.0);
    }
    (least, most)
}

/// Merges windows unless the good stretch between them is certainly longer than `gap_ns`.
/// The result is in order of start.
pub fn merge(windows: &[Span], gap_ns: i64) -> Vec<Span> {
    let mut sorted = windows.to_vec();
    sorted.sort_by_key(|w| (w.start.at_ns, w.end.at_ns));
    let mut apart: Vec<Span> = Vec::with_capacity(sorted.len());
    for window in sorted {
        match apart.last_mut() {
            Some(last) if !is_apart(last, &window, gap_ns) => {
                if window.end.at_ns > last.end.at_ns || window.end.censor.is_some() {
                    last.end = window.end;
                }
            }
            _ => apart.push(window),
        }
    }
    apart
}

/// Ranges of windows, in order of start, that lie within `gap_ns` of each other.
pub fn groups(windows: &[Span], gap_ns: i64) -> Vec<Vec<Span>> {
    let mut sorted = windows.to_vec();
    sorted.sort_by_key(|w| (w.start.at_ns, w.end.at_ns));
    let mut groups: Vec<Vec<Span>> = Vec::new();
    let mut reach: Option<Span> = None;
    for window in sorted {
        let joins = reach.is_some_and(|last| !is_apart(&last, &window, gap_ns));
        match groups.last_mut() {
            Some(group) if joins => group.push(window),
            _ => groups.push(vec![window]),
        }
        if !joins || reach.is_some_and(|last| window.end.at_ns > last.end.at_ns) {
            reach = Some(window);
        }
    }
    groups
}

fn is_apart(earlier: &Span, later: &Span, gap_ns: i64) -> bool {
    let ended = matches!(earlier.end.censor, None | Some(Censor::Left));
    ended && later.start.lo_ns.saturating_sub(earlier.end.hi_ns) > gap_ns
}

/// Pairs of windows in order that follow each other without a good stretch between them.
pub fn boundaries(windows: &[Span]) -> usize {
    windows.windows(2).filter(|pair| touch(pair)).count()
}

fn touch(pair: &[Span]) -> bool {
    pair[1].start.at_ns <= pair[0].end.at_ns
}

/// The good stretches between windows that are in order.
pub fn gaps(windows: &[Span]) -> Vec<Duration> {
    let gap = |pair: &[Span]| {
        let (end, start) = (&pair[0].end, &pair[1].start);
        let from = (MilestoneKind::Restored, Some(end));
        between(
            from,
            (MilestoneKind::ImpactStart, Some(start)),
            Order::Required,
        )
    };
    windows
        .windows(2)
        .filter(|pair| !touch(pair))
        .map(gap)
        .collect()
}

/// How many windows there are when gaps of 5, 15 and 60 min do not end one: `(gap_ns, windows)`.
/// Where one follows another without a gap they stay two.
pub fn sensitivity(windows: &[Span]) -> Vec<(i64, usize)> {
    GAPS_MIN
        .map(|minutes| {
            (
                minutes * NS_PER_MIN,
                merge(windows, minutes * NS_PER_MIN).len() + boundaries(windows),
            )
        })
        .into()
}

/// `windows: 4 (gap 5 min), 3 (15 min), 1 (60 min)`.
pub fn sensitivity_words(sensitivity: &[(i64, usize)]) -> String {
    let minutes = |gap_ns: i64| match gap_ns % NS_PER_MIN {
        0 => format!("{} min", gap_ns / NS_PER_MIN),
        _ => length(gap_ns / NS_PER_S * NS_PER_S),
    };
    let part = |(i, &(gap_ns, n)): (usize, &(i64, usize))| {
        format!(
            "{n} ({}{})",
            if i == 0 { "gap " } else { "" },
            minutes(gap_ns)
        )
    };
    format!(
        "windows: {}",
        sensitivity
            .iter()
            .enumerate()
            .map(part)
            .collect::<Vec<_>>()
            .join(", ")
    )
}

/// Whether a duration over windows may stand in a mean.
pub fn is_closed(windows: &[Span]) -> bool {
    !windows.is_empty()
        && !matches!(
            downtime(windows).status,
            Status::Ongoing | Status::LowerBound
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::When;
    use crate::series::BucketWidth;
    use proptest::prelude::*;

    fn span(start_min: i64, end_min: i64) -> Span {
        let at = |minutes: i64| When::exact(minutes * NS_PER_MIN);
        Span {
            start: at(start_min),
            end: at(end_min),
        }
    }

    /// The four interruptions of the call-centre platform, minutes after 15:00.
    fn four() -> Vec<Span> {
        vec![span(35, 40), span(55, 72), span(90, 100), span(140, 142)]
    }

    #[test]
    fn the_sensitivity_line_counts_windows_at_three_gaps() {
        let line = sensitivity_words(&sensitivity(&four()));
        assert_eq!(line, "windows: 4 (gap 5 min), 3 (15 min), 1 (60 min)");
    }

    #[test]
    fn downtime_is_the_union_and_bounds_come_from_the_edges() {
        assert_eq!(downtime(&four()).seconds, Some(34.0 * 60.0));
        assert_eq!(downtime(&four()).status, Status::Exact);
        let vague = Span {
            start: When::between(0, 10, 20),
            end: When::between(50, 60, 70),
        };
        let duration = downtime(&[vague]);
        assert_eq!(
            (duration.lo, duration.seconds, duration.hi),
            (Some(30e-9), Some(50e-9), Some(70e-9))
        );
        assert_eq!(downtime(&[]).seconds, None);
    }

    #[test]
    fn an_open_window_makes_a_bound() {
        let mut windows = four();
        windows[3].end = When::censored(150 * NS_PER_MIN, Censor::EndOfData);
        assert_eq!(downtime(&windows).status, Status::LowerBound);
        assert!(!is_closed(&windows) && is_closed(&four()));
        windows[3].end.censor = Some(Censor::Now);
        assert_eq!(
            (downtime(&windows).status, downtime(&windows).hi),
            (Status::Ongoing, None)
        );
    }

    #[test]
    fn unknown_severity_widens_the_effective_downtime() {
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::seconds(60).unwrap(),
            n: 4,
        };
        let effective = |q: &[f64], windows: &[Span]| {
            let duration = effective_downtime(windows, &grid, q);
            (
                duration.lo.unwrap(),
                duration.seconds.unwrap(),
                duration.hi.unwrap(),
            )
        };
        let all = [span(0, 4)];
        assert_eq!(
            effective(&[0.5, 1.0, 0.25, 0.0], &all),
            (105.0, 105.0, 105.0)
        );
        assert_eq!(
            effective(&[0.5, 1.0, f64::NAN, 0.0], &all),
            (90.0, 120.0, 150.0)
        );
        assert_eq!(effective(&[1.0; 4], &[span(2, 6)]), (120.0, 180.0, 240.0));
        assert_eq!(effective(&[f64::NAN; 4], &all), (0.0, 120.0, 240.0));
    }

    #[test]
    fn windows_a_day_apart_are_two_groups() {
        let day = 24 * 60;
        let windows = [span(0, 10), span(60, 70), span(70 + day + 1, 80 + day)];
        let sizes: Vec<usize> = groups(&windows, day * NS_PER_MIN)
            .iter()
            .map(Vec::len)
            .collect();
        assert_eq!(sizes, [2, 1]);
    }

    fn stretches() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0i64..200, 0i64..40).prop_map(|(a, n)| (a, a + n)), 0..12)
    }

    proptest! {
        #[test]
        fn the_union_is_no_longer_than_the_span_and_no_shorter_than_its_longest(all in stretches()) {
            let first = all.iter().map(|s| s.0).min().unwrap_or(0);
            let last = all.iter().map(|s| s.1).max().unwrap_or(0);
            let longest = all.iter().map(|s| s.1 - s.0).max().unwrap_or(0);
            prop_assert!((longest..=last - first).contains(&union_length(&all)));
        }

        #[test]
        fn the_union_is_free_of_order_and_idempotent(all in stretches(), turn in 0usize..12) {
            let mut turned = all.clone();
            turned.rotate_left(turn.min(all.len()));
            prop_assert_eq!(union(&all), union(&turned));
            prop_assert_eq!(union(&union(&all)), union(&all));
            let twice: Vec<_> = all.iter().chain(&all).copied().collect();
            prop_assert_eq!(union(&twice), union(&all));
        }

        #[test]
        fn a_wider_gap_never_makes_more_windows(all in stretches(), gap in 0i64..60) {
            let windows: Vec<Span> = all.iter().map(|&(a, b)| span(a, b)).collect();
            let n = |gap: i64| merge(&windows, gap * NS_PER_MIN).len();
            prop_assert!(n(gap + 1) <= n(gap));
            let merged = merge(&windows, gap * NS_PER_MIN);
            prop_assert_eq!(merge(&merged, gap * NS_PER_MIN), merged);
        }

        #[test]
        fn effective_downtime_is_at_most_downtime(all in stretches(), q in prop::collection::vec(0.0f64..=1.0, 240)) {
            let windows: Vec<Span> = all.iter().filter(|(a, b)| a < b).map(|&(a, b)| span(a, b)).collect();
            prop_assume!(!windows.is_empty());
            let grid = Grid { start_ns: 0, width: BucketWidth::seconds(60).unwrap(), n: 240 };
            let effective = effective_downtime(&windows, &grid, &q).hi.unwrap();
            prop_assert!(effective <= downtime(&windows).hi.unwrap() + 1e-6);
            let down = effective_downtime(&windows, &grid, &[1.0; 240]);
            prop_assert_eq!(down.seconds, downtime(&windows).seconds);
        }
    }
}
