//! The arithmetic of attribution: excess over a baseline, what stands out, and the signal
//! without a suspect.

use std::ops::Range;

use super::stretches::Stretches;
use super::{Counterfactual, SlowestPercent};
use crate::series::Histogram;
use crate::series::query::Split;

/// A contributor explains at least this share of the excess...
pub const SHARE_MIN: f64 = 0.05;
/// ... and is at least this many times its baseline.
pub const RISK_RATIO_MIN: f64 = 1.3;
/// Its share of the excess is at least this many times its share of the events: a value that
/// suffers like all others explains nothing.
const CONCENTRATION_MIN: f64 = 1.3;
/// Or the others, where they are at least a tenth, have less than this part of their share.
const OTHERS_MAX: f64 = 0.5;
const OTHERS_SHARE_MIN: f64 = 0.1;

/// What is split among the values of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Events above the baseline's rate.
    Events,
    /// Failed requests above the baseline's share.
    Failed,
    /// Seconds above the baseline's mean.
    Seconds,
    /// Error messages above the baseline's rate.
    Errors,
}

impl Measure {
    /// The unit of the signal that is recomputed without a suspect.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Events | Self::Errors => "1/s",
            Self::Failed => "share",
            Self::Seconds => "s",
        }
    }
}

/// Observed, expected and the difference, in events or seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Excess {
    /// Observed less expected.
    pub above: f64,
    /// What the baseline leads to expect.
    pub expected: f64,
    /// What was seen.
    pub observed: f64,
}

impl Excess {
    /// How many times its baseline, one event or second added to both: finite for what is new.
    pub fn risk_ratio(&self) -> f64 {
        (self.observed + 1.0) / (self.expected + 1.0)
    }
}

/// Observed, expected and the difference, of one value or of all. Counts are expected as in the
/// baseline: events and error messages for the same time, failures for the same number of
/// requests. Seconds are expected at the value's own mean; a value that the baseline does not
/// know at that of the whole. `None` where nothing can be expected.
pub fn excess_of(split: &Split, measure: Measure, scale: f64, whole: &Split) -> Option<Excess> {
    let per = |a: f64, n: u64| (n > 0).then(|| a / n as f64);
    let (observed, expected) = match measure {
        Measure::Events => (split.events[1] as f64, split.events[0] as f64 * scale),
        Measure::Errors => (split.errors[1] as f64, split.errors[0] as f64 * scale),
        // Of all requests, not of the value's own: so the excesses of all values sum to the
        // whole's, and who always fails is named when there is more of him.
        Measure::Failed => {
            let share = per(split.failed[0] as f64, whole.requests[0])?;
            (split.failed[1] as f64, share * whole.requests[1] as f64)
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

/// The events that say what a value's share of the excess would be if it were like all others:
/// the baseline's for counts, the windows' for failures and seconds.
pub fn fair(split: &Split, measure: Measure) -> u64 {
    split.events[usize::from(matches!(measure, Measure::Failed | Measure::Seconds))]
}

/// Whether a value explains enough, is far enough above its own baseline, and has more of the
/// excess than of the events.
pub fn stands_out(share: f64, risk_ratio: f64, fair_share: f64) -> bool {
    let concentrated = share >= CONCENTRATION_MIN * fair_share
        || (1.0 - fair_share >= OTHERS_SHARE_MIN && 1.0 - share < OTHERS_MAX * (1.0 - fair_share));
    share >= SHARE_MIN && risk_ratio >= RISK_RATIO_MIN && concentrated
}

/// The signal of some events in the baseline and in the selection.
pub fn levels(split: &Split, measure: Measure, stretches: &Stretches) -> [f64; 2] {
    let seconds = |ranges: &[Range<i64>]| {
        ranges
            .iter()
            .map(|range| (range.end - range.start) as f64 / 1e9)
            .sum::<f64>()
    };
    let per = |a: f64, n: f64| if n > 0.0 { a / n } else { 0.0 };
    let lengths_s = [seconds(&stretches.baseline), seconds(&stretches.selection)];
    [0, 1].map(|part| match measure {
        Measure::Events => per(split.events[part] as f64, lengths_s[part]),
        Measure::Errors => per(split.errors[part] as f64, lengths_s[part]),
        Measure::Failed => per(split.failed[part] as f64, split.requests[part] as f64),
        Measure::Seconds => per(split.seconds[part], split.timed[part] as f64),
    })
}

/// The signal over the windows as it was, without the suspect, and as the baseline had it.
pub fn counterfactual(
    suspect: &Split,
    whole: &Split,
    measure: Measure,
    stretches: &Stretches,
    p99: Option<SlowestPercent>,
) -> Counterfactual {
    let [expected, observed] = levels(whole, measure, stretches);
    Counterfactual {
        observed,
        without: levels(&whole.without(suspect), measure, stretches)[1],
        expected,
        unit: measure.unit(),
        p99,
    }
}

/// The 99th percentile of all durations, baseline and selection, and of what is left of the
/// selection's without a suspect's. `None` where one of the three has no duration.
pub fn slowest_percent(all: &[Histogram; 2], suspect: &[Histogram; 2]) -> Option<SlowestPercent> {
    let at = |histogram: &Histogram| histogram.quantile_us(0.99).map(|us| us as f64 / 1e6);
    Some(SlowestPercent {
        observed_s: at(&all[1])?,
        without_s: at(&all[1].less(&suspect[1]))?,
        expected_s: at(&all[0])?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn excess_is_what_is_above_the_baselines_share() {
        let split = Split {
            events: [100, 100],
            requests: [100, 100],
            failed: [1, 41],
            errors: [3, 33],
            timed: [100, 100],
            seconds: [10.0, 60.0],
        };
        let excess = |measure| excess_of(&split, measure, 1.0, &split).map(|excess| excess.above);
        assert_eq!(excess(Measure::Events), Some(0.0));
        assert_eq!(excess(Measure::Failed), Some(40.0));
        assert_eq!(excess(Measure::Seconds), Some(50.0));
        assert_eq!(excess(Measure::Errors), Some(30.0));
    }

    #[test]
    fn what_suffers_like_all_others_does_not_stand_out() {
        assert!(stands_out(0.3, 4.0, 0.1));
        assert!(!stands_out(0.3, 4.0, 0.28), "its share of the events");
        assert!(!stands_out(0.3, 1.2, 0.1), "hardly above its baseline");
        assert!(!stands_out(0.04, 4.0, 0.0), "too little");
    }

    #[test]
    fn whoever_has_most_of_the_events_stands_out_if_the_others_have_nothing_of_it() {
        assert!(stands_out(1.0, 4.0, 0.8));
        assert!(!stands_out(0.9, 4.0, 0.8));
        assert!(!stands_out(1.0, 4.0, 0.99), "there is nobody else");
    }
}
