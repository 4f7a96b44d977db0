//! The durations that are put together over many incidents, each with its clock.
//!
//! In: cases. Out: per metric the values that count, the ones cut off, the ones left out and why.

use std::collections::BTreeMap;

use super::Case;
use crate::durations::{Duration, Status};

/// One duration over many incidents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// The kernel's name of it: `ttr`.
    pub duration: &'static str,
    /// The name of the aggregate, which carries its clock: `mttr[impact->restored]`.
    pub name: &'static str,
    /// In words, as a heading.
    pub title: &'static str,
}

const fn metric(duration: &'static str, name: &'static str, title: &'static str) -> Metric {
    Metric {
        duration,
        name,
        title,
    }
}

/// All metrics, in the order of the lifecycle's table.
pub const METRICS: [Metric; 17] = [
    metric("ttd", "mttd[impact->detected]", "time to detect"),
    metric("ttn", "mttn[alert->notified]", "delivery delay"),
    metric("tta", "mtta[alert->acknowledged]", "time to acknowledge"),
    metric("tti", "mtti[impact->identified]", "time to identify"),
    metric("ttm", "mttm[impact->mitigated]", "time to mitigate"),
    metric("ttr", "mttr[impact->restored]", "time to restore"),
    metric("ttc", "mttc[restored->closed]", "paperwork lag"),
    metric("downtime", "downtime[union of windows]", "downtime"),
    metric(
        "effective_downtime",
        "effective_downtime[severity over windows]",
        "full-outage time",
    ),
    metric(
        "alert_to_resolve",
        "alert_to_resolve[alert->closed]",
        "alert to resolve",
    ),
    metric(
        "reaction_repair",
        "reaction_repair[detected->restored]",
        "repair after detection",
    ),
    metric(
        "change_lead",
        "change_lead[change->impact]",
        "exposure before impact",
    ),
    metric(
        "fdrt",
        "fdrt[change->restored]",
        "failed deployment recovery",
    ),
    metric(
        "segment_acknowledge",
        "segment_acknowledge[detected->acknowledged]",
        "segment: acknowledge",
    ),
    metric(
        "segment_diagnose",
        "segment_diagnose[acknowledged->identified]",
        "segment: diagnose",
    ),
    metric(
        "segment_fix",
        "segment_fix[identified->mitigated]",
        "segment: fix",
    ),
    metric(
        "segment_recover",
        "segment_recover[mitigated->restored]",
        "segment: recover",
    ),
];

impl Metric {
    /// The metric of a duration of the kernel's; `None` for a name that is none.
    pub fn of(duration: &str) -> Option<Self> {
        METRICS
            .into_iter()
            .find(|metric| metric.duration == duration)
    }
}

/// One incident's value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Value {
    /// Index of the case.
    pub case: usize,
    /// Best value, seconds; for one cut off, what it lasted at least.
    pub seconds: f64,
    /// What is certain, seconds; of one cut off both are what it lasted at least.
    pub lo: f64,
    /// See `lo`.
    pub hi: f64,
}

/// What some cases say of one metric. Every case is in exactly one of the three.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sample {
    /// Known ones, shortest first.
    pub known: Vec<Value>,
    /// Not over when last seen, or begun before: at least that long. Shortest first.
    pub cut_off: Vec<Value>,
    /// No number, with the reason; most frequent first, cases in order.
    pub excluded: Vec<(String, Vec<usize>)>,
}

impl Sample {
    /// Sorts the cases by what is known of the metric.
    pub fn of(cases: &[Case], indexes: &[usize], metric: Metric) -> Self {
        let mut sample = Self::default();
        let mut reasons: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for &case in indexes {
            match judge(cases[case].durations.get(metric.duration), case) {
                Judged::Known(value) => sample.known.push(value),
                Judged::CutOff(value) => sample.cut_off.push(value),
                Judged::Out(reason) => reasons.entry(reason).or_default().push(case),
            }
        }
        let by_length = |a: &Value, b: &Value| {
            let order = a.seconds.total_cmp(&b.seconds);
            order.then(a.case.cmp(&b.case))
        };
        sample.known.sort_by(by_length);
        sample.cut_off.sort_by(by_length);
        sample.excluded = reasons.into_iter().collect();
        // Stable: reasons of equal number stay in the order of their words.
        sample
            .excluded
            .sort_by_key(|(_, cases)| std::cmp::Reverse(cases.len()));
        sample
    }

    /// The known values in seconds, shortest first.
    pub fn seconds(&self) -> Vec<f64> {
        self.known.iter().map(|value| value.seconds).collect()
    }
}

enum Judged {
    Known(Value),
    CutOff(Value),
    Out(String),
}

/// Only what is complete counts; what is cut off from above is no length of its own.
fn judge(duration: Option<&Duration>, case: usize) -> Judged {
    let Some(duration) = duration else {
        return Judged::Out("not measured".to_owned());
    };
    let reason = || duration.reason.clone().unwrap_or_default();
    match (duration.status, duration.seconds, duration.lo) {
        (Status::Exact | Status::Interval, Some(seconds), _) => {
            let (lo, hi) = (
                duration.lo.unwrap_or(seconds),
                duration.hi.unwrap_or(seconds),
            );
            Judged::Known(Value {
                case,
                seconds,
                lo,
                hi,
            })
        }
        (Status::LowerBound | Status::Ongoing, _, Some(least)) => Judged::CutOff(Value {
            case,
            seconds: least,
            lo: least,
            hi: least,
        }),
        (Status::UpperBound, ..) => Judged::Out(format!("only an upper bound: {}", reason())),
        // What is wrong differs from one to the next; their durations say it.
        (Status::DataError, ..) => Judged::Out("data error".to_owned()),
        _ => Judged::Out(format!("missing: {}", reason())),
    }
}
