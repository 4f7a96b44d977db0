//! Windows against baseline: how much more work came in, and how much longer one took.

use super::Scene;
use super::evidence::buckets;
use super::hour_of_week::OfWeek;
use super::stretches::Stretches;
use crate::series::assemble::FAILURE_MESSAGES;
use crate::series::query::Split;
use crate::series::{Family, Role, Series, Values};

/// A ratio beyond this has moved.
const MOVED: f64 = 1.3;

/// Whether a ratio says more than that no two hours are the same.
pub fn has_moved(ratio: f64) -> bool {
    ratio >= MOVED
}

/// What a source's events tell of the work that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// All are work.
    Requests,
    /// Those that say how long they took, if any do, else those that are no errors: more messages
    /// about the same work are no more traffic.
    Messages,
    /// Nothing: slow queries alone are logged, and more of them may be as many, but slower.
    SlowQueries,
}

impl Work {
    /// What the events are that a series counts.
    pub fn of(series: &Series) -> Self {
        match (series.signal.role, series.family) {
            (Role::UserFacing, _) => Self::Requests,
            (_, Family::SlowQueries) => Self::SlowQueries,
            _ => Self::Messages,
        }
    }

    /// What one that says how long it took is called.
    pub fn noun(self) -> &'static str {
        match self {
            Self::Requests => "request",
            Self::Messages => "event",
            Self::SlowQueries => "slow query",
        }
    }
}

/// A source's events, with those that tell of a failure without a level among its errors.
pub fn with_failures(
    mut whole: Split,
    scene: &Scene<'_>,
    series: &Series,
    stretches: &Stretches,
) -> Split {
    let mut all = scene.series.iter();
    let failures = all.find(|one| {
        let (signal, source) = (&one.signal, &series.signal.source);
        signal.source == *source && signal.name == FAILURE_MESSAGES && signal.entity.is_none()
    });
    if let Some((failures, Values::Count(counts))) = failures.map(|one| (one, &one.values)) {
        for (part, ranges) in [&stretches.baseline, &stretches.selection]
            .into_iter()
            .enumerate()
        {
            let buckets = buckets(failures, ranges).into_iter();
            whole.errors[part] += buckets.map(|i| counts[i]).sum::<u64>();
        }
    }
    whole
}

/// What of the windows over what of the baseline.
#[derive(Debug, Clone, Copy, Default)]
pub struct Ratios {
    /// Work per second.
    pub traffic: Option<f64>,
    /// Mean seconds that one took.
    pub cost: Option<f64>,
    /// Slow queries per second, of a source that logs no others.
    pub slow: Option<f64>,
    /// What was counted, in the baseline and in the windows.
    pub counted: [u64; 2],
    /// What that is called.
    pub called: &'static str,
}

impl Ratios {
    /// Whether either says something.
    pub fn moved(&self) -> bool {
        self.traffic.is_some_and(has_moved) || self.cost.is_some_and(has_moved)
    }

    /// The ratios of a source; `scale` is the windows' length over the baseline's.
    pub fn of(whole: &Split, scale: f64, work: Work) -> Self {
        let is_timed = whole.timed[0] > 0 && whole.timed[1] > 0;
        let without_errors = |part: usize| whole.events[part].saturating_sub(whole.errors[part]);
        let (counted, called) = match work {
            Work::Requests => (whole.requests, "requests"),
            Work::Messages if is_timed => (whole.timed, "events with a duration"),
            Work::SlowQueries if is_timed => (whole.timed, "slow queries"),
            _ => ([0, 1].map(without_errors), "messages that are no errors"),
        };
        let expected = counted[0] as f64 * scale;
        let more = (expected > 0.0).then(|| counted[1] as f64 / expected);
        let (traffic, slow) = match work {
            Work::SlowQueries => (None, more.filter(|_| is_timed)),
            Work::Requests | Work::Messages => (more, None),
        };
        let mean = |part: usize| {
            (whole.timed[part] > 0).then(|| whole.seconds[part] / whole.timed[part] as f64)
        };
        let cost = mean(0)
            .zip(mean(1))
            .filter(|(before, _)| *before > 0.0)
            .map(|(before, after)| after / before);
        Self {
            traffic,
            cost,
            slow,
            counted,
            called,
        }
    }

    /// The ratios in words.
    pub fn figures(&self, week: Option<&OfWeek>) -> String {
        let times =
            |ratio: Option<f64>| ratio.map_or("unknown".to_owned(), |ratio| format!("x{ratio:.2}"));
        if self.slow.is_some() {
            return format!(
                "slow queries {}, time per slow query {}, traffic unknown",
                times(self.slow),
                times(self.cost)
            );
        }
        format!(
            "traffic {}{}, time per request {}",
            times(self.traffic),
            week.map_or(String::new(), |week| format!(" ({})", week.words())),
            times(self.cost)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_messages_or_slow_queries_about_the_same_work_are_no_more_traffic() {
        let check = |work: Work, timed: [u64; 2], traffic: Option<f64>, slow: Option<f64>| {
            let whole = Split {
                events: [100, 150],
                requests: [100, 130],
                errors: [0, 40],
                timed,
                seconds: [1.0, 9.0],
                ..Split::default()
            };
            let ratios = Ratios::of(&whole, 1.0, work);
            assert_eq!((ratios.traffic, ratios.slow), (traffic, slow));
            // The ratio is of what is told as counted.
            let of = ratios.counted[1] as f64 / ratios.counted[0] as f64;
            assert_eq!(traffic.or(slow).unwrap_or(of), of);
        };
        check(Work::Messages, [80, 80], Some(1.0), None);
        check(Work::Messages, [80, 0], Some(1.1), None);
        check(Work::Messages, [0, 0], Some(1.1), None);
        // A request counts, whether it says how long it took or not.
        // What is said between them is none.
        check(Work::Requests, [80, 80], Some(1.3), None);
        check(Work::SlowQueries, [100, 150], None, Some(1.5));
        check(Work::SlowQueries, [0, 0], None, None);
    }
}
