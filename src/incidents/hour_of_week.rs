//! What a count was to be expected to show, by the same hours of other weeks.
//!
//! In: a series of counts and the windows. Out: what came and what comes at those hours of the
//! week, or nothing where the data have too few other weeks. Neither detects nor judges.

use std::ops::Range;

use super::{Scene, evidence};
use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::series::query::Split;
use crate::series::{Series, Values};

/// A week.
const WEEK_NS: i64 = 7 * 24 * 60 * NS_PER_MIN;
/// Other weeks looked at, before and after each.
const WEEKS_MAX: i64 = 8;
/// Every window must have the same hours of this many other weeks to be compared with.
const WEEKS_MIN: usize = 2;

/// A count over the windows, and what the same hours of other weeks had.
#[derive(Debug, Clone, PartialEq)]
pub struct OfWeek {
    /// Events per second in the windows.
    pub observed_per_s: f64,
    /// Events per second at the same hours of other weeks; each window counts by its length.
    pub expected_per_s: f64,
    /// Other weeks that the worst known window was compared with; at least two.
    pub weeks: usize,
    /// The buckets compared with, ascending, each once.
    pub buckets: Vec<usize>,
}

impl OfWeek {
    /// Observed over expected; `None` where nothing was expected.
    pub fn ratio(&self) -> Option<f64> {
        (self.expected_per_s > 0.0).then(|| self.observed_per_s / self.expected_per_s)
    }

    /// What it was compared with, in words: `the same hours of 4 other weeks`.
    pub fn words(&self) -> String {
        format!("the same hours of {} other weeks", self.weeks)
    }
}

/// What the baseline's work is multiplied by so that the extra work is the ratio that other weeks
/// tell: one report has one ratio of traffic.
pub fn scale_to(whole: &Split, ratio: Option<f64>) -> Option<f64> {
    let (ratio, before) = (ratio?, whole.timed[0] as f64);
    let scale = whole.timed[1] as f64 / (ratio * before);
    (scale.is_finite() && scale > 0.0).then_some(scale)
}

/// Compares the windows of a count with the same hours of the weeks around it, where the source
/// has data and no incident is on. `None` for what is no count, without a window in the data,
/// and where a window has fewer than two such weeks.
pub fn of_week(
    scene: &Scene<'_>,
    series: &Series,
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Option<OfWeek> {
    let Values::Count(counts) = &series.values else {
        return None;
    };
    let data = scene.coverage(series);
    let events = |buckets: &[usize]| buckets.iter().map(|&i| counts[i]).sum::<u64>() as f64;
    let per_bucket_s = scene.grid.width.ns() as f64 / NS_PER_S as f64;
    let (mut observed, mut expected, mut seconds) = (0.0, 0.0, 0.0);
    let (mut weeks, mut compared) = (usize::MAX, Vec::new());
    for window in selection {
        let window = window.start.max(data.start)..window.end.min(data.end);
        if window.start >= window.end {
            continue;
        }
        let others = others(&window, &data, selection, troubled);
        if others.len() < WEEKS_MIN {
            return None;
        }
        weeks = weeks.min(others.len());
        let inside = evidence::buckets(series, std::slice::from_ref(&window));
        let there: Vec<Vec<usize>> = others
            .iter()
            .map(|other| evidence::buckets(series, std::slice::from_ref(other)))
            .collect();
        let all: usize = there.iter().map(Vec::len).sum();
        let sum: f64 = there.iter().map(|buckets| events(buckets)).sum();
        observed += events(&inside);
        expected += sum * inside.len() as f64 / all.max(1) as f64;
        seconds += inside.len() as f64 * per_bucket_s;
        compared.extend(there.concat());
    }
    compared.sort_unstable();
    compared.dedup();
    (seconds > 0.0).then(|| OfWeek {
        observed_per_s: observed / seconds,
        expected_per_s: expected / seconds,
        weeks,
        buckets: compared,
    })
}

/// The same stretch of other weeks, within the data and free of trouble, nearest first.
fn others(
    window: &Range<i64>,
    data: &Range<i64>,
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Vec<Range<i64>> {
    let shifted = (1..=WEEKS_MAX).flat_map(|week| [-week * WEEK_NS, week * WEEK_NS]);
    let quiet = |other: &Range<i64>| {
        let touches = |one: &Range<i64>| one.start < other.end && other.start < one.end;
        !selection.iter().chain(troubled).any(touches)
    };
    shifted
        .map(|by| window.start + by..window.end + by)
        .filter(|other| other.start >= data.start && other.end <= data.end)
        .filter(quiet)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::World;
    use super::*;
    use crate::series::{BucketWidth, Grid};

    #[test]
    fn a_window_is_compared_with_quiet_stretches_of_other_weeks_within_the_data() {
        let window = 10 * WEEK_NS..10 * WEEK_NS + 100;
        let data = 7 * WEEK_NS..12 * WEEK_NS;
        let troubled = [9 * WEEK_NS + 50..9 * WEEK_NS + 60];
        let found = others(&window, &data, std::slice::from_ref(&window), &troubled);
        let starts: Vec<i64> = found.iter().map(|one| one.start / WEEK_NS).collect();
        assert_eq!(starts, [11, 8, 7]);
    }

    /// Hourly counts over some weeks with a shape of the week, `times` as many in hours 346 to 348
    /// (the third week's hours 10 to 12).
    fn ratio(weeks: usize, times: u64) -> Option<f64> {
        let width = BucketWidth::seconds(3600).expect("not zero");
        let n = weeks * 168;
        let grid = Grid {
            start_ns: 0,
            width,
            n,
        };
        let usual = |i: usize| 100 + (i % 168) as u64;
        let is_on = |i: usize| (346..348).contains(&i);
        let counts = (0..n).map(|i| usual(i) * if is_on(i) { times } else { 1 });
        let world = World::new(|_| 0.0);
        let series = Series {
            values: Values::Count(counts.collect()),
            grid,
            covered: 0..n,
            ..world.series[0].clone()
        };
        let scene = Scene {
            grid,
            end_of_data_ns: grid.end_ns(),
            ..world.scene()
        };
        let window = grid.time(346)..grid.time(348);
        of_week(&scene, &series, &[window], &[]).and_then(|week| week.ratio())
    }

    #[test]
    fn work_is_scaled_to_the_ratio_that_other_weeks_tell() {
        let whole = Split {
            timed: [50, 240],
            ..Split::default()
        };
        assert_eq!(scale_to(&whole, Some(1.2)), Some(4.0));
        assert_eq!(scale_to(&whole, None), None);
        assert_eq!(scale_to(&Split::default(), Some(1.2)), None);
    }

    #[test]
    fn the_hours_of_the_week_are_the_measure_if_two_other_weeks_have_them() {
        assert_eq!(ratio(5, 1), Some(1.0));
        assert_eq!(ratio(5, 2), Some(2.0));
        assert_eq!(ratio(3, 2), Some(2.0));
        assert_eq!(ratio(2, 2), None);
    }
}
