//! The arithmetic of attribution: excess over a baseline, and the signal without a suspect.

use std::ops::Range;

use super::Counterfactual;
use super::stretches::Stretches;
use crate::events::{Symbol, Text};
use crate::series::query::Split;

/// What is split among the values of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Events above the baseline's rate.
    Events,
    /// Failed requests above the baseline's share.
    Failed,
    /// Seconds above the baseline's mean.
    Seconds,
}

/// One value of a dimension, with its events and all events.
pub struct Suspect<'a> {
    /// The dimension.
    pub field: Text,
    /// The value.
    pub symbol: Symbol,
    /// Its events.
    pub split: &'a Split,
    /// All events.
    pub whole: &'a Split,
}

/// Observed, expected and the difference, in events or seconds.
pub struct Excess {
    /// Observed less expected.
    pub above: f64,
    /// What the baseline leads to expect.
    pub expected: f64,
    /// What was seen.
    pub observed: f64,
}

/// Observed, expected and the difference, of one value or of all. A value that the baseline
/// does not know is expected to be like the whole.
pub fn excess_of(split: &Split, measure: Measure, scale: f64, whole: &Split) -> Option<Excess> {
    let per = |a: f64, n: u64| (n > 0).then(|| a / n as f64);
    let (observed, expected) = match measure {
        Measure::Events => (split.events[1] as f64, split.events[0] as f64 * scale),
        Measure::Failed => {
            let share = per(split.failed[0] as f64, split.events[0])
                .or_else(|| per(whole.failed[0] as f64, whole.events[0]))?;
            (split.failed[1] as f64, share * split.events[1] as f64)
        }
        Measure::Seconds => {
            let mean = per(split.seconds[0], split.timed[0])
                .or_else(|| per(whole.seconds[0], whole.timed[0]))?;
            (split.seconds[1], mean * split.timed[1] as f64)
        }
    };
    Some(Excess {
        above: observed - expected,
        expected,
        observed,
    })
}

/// The share of the excess that would fall on the suspect if it were like all others: its
/// share of the baseline's events for counts, of the windows' events for failures and seconds.
pub fn fair_share(suspect: &Suspect<'_>, measure: Measure) -> f64 {
    let part = usize::from(measure != Measure::Events);
    match suspect.whole.events[part] {
        0 => 0.0,
        all => suspect.split.events[part] as f64 / all as f64,
    }
}

/// The signal over the windows as it was, without the suspect, and as the baseline had it.
pub fn counterfactual(
    suspect: &Suspect<'_>,
    measure: Measure,
    stretches: &Stretches,
) -> Counterfactual {
    let (whole, without) = (suspect.whole, suspect.whole.without(suspect.split));
    let seconds = |ranges: &[Range<i64>]| {
        ranges
            .iter()
            .map(|range| (range.end - range.start) as f64 / 1e9)
            .sum::<f64>()
    };
    let per = |a: f64, n: f64| if n > 0.0 { a / n } else { 0.0 };
    let (selected_s, baseline_s) = (seconds(&stretches.selection), seconds(&stretches.baseline));
    let of = |split: &Split, part: usize| match measure {
        Measure::Events => per(split.events[part] as f64, [baseline_s, selected_s][part]),
        Measure::Failed => per(split.failed[part] as f64, split.events[part] as f64),
        Measure::Seconds => per(split.seconds[part], split.timed[part] as f64),
    };
    let unit = match measure {
        Measure::Events => "1/s",
        Measure::Failed => "share",
        Measure::Seconds => "s",
    };
    Counterfactual {
        observed: of(whole, 1),
        without: of(&without, 1),
        expected: of(whole, 0),
        unit,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_is_what_is_above_the_baselines_share() {
        let split = Split {
            events: [100, 100],
            failed: [1, 41],
            timed: [100, 100],
            seconds: [10.0, 60.0],
        };
        let excess = |measure| excess_of(&split, measure, 1.0, &split).map(|excess| excess.above);
        assert_eq!(excess(Measure::Events), Some(0.0));
        assert_eq!(excess(Measure::Failed), Some(40.0));
        assert_eq!(excess(Measure::Seconds), Some(50.0));
    }
}
