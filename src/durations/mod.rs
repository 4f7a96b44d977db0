//! Durations: the one kernel that turns windows and claims into numbers.
//!
//! In: impact windows, everyone's claims about milestones, the severity per bucket. Out: every
//! duration of the lifecycle with its status, the claim chosen for each milestone, conflicts,
//! premature closures. Reads no log, detects nothing, and never asks for the time.

mod amended;
pub mod burn;
mod choice;
mod conflicts;
mod interval;
mod measure;
mod office_hours;
mod per_window;
pub mod windows;
mod words;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use crate::clock::When;
use crate::clock::words::rfc3339;
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::series::Grid;

pub use burn::burn_alert_at;
pub use interval::{Order, between};
pub use measure::measure;
pub use office_hours::within_hours;

/// One stretch of impact, half open: `[start, end)`.
///
/// `start.censor` is `Left` when it began before the data; `end.censor` is `Now` or `EndOfData`
/// when it is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Span {
    /// When users became worse off.
    pub start: When,
    /// When they were well again.
    pub end: When,
}

/// How much a duration can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Both ends are known to the nanosecond.
    Exact,
    /// It lies in `[lo, hi]`.
    Interval,
    /// It is at least `lo`.
    LowerBound,
    /// It is at most `hi`.
    UpperBound,
    /// An end is not known; `reason` names it.
    Missing,
    /// The ends are in an order that cannot be; `reason` says which.
    DataError,
    /// The end has not come yet: at least `lo`, and growing.
    Ongoing,
}

impl Status {
    /// The word of the contract: `lower_bound`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Interval => "interval",
            Self::LowerBound => "lower_bound",
            Self::UpperBound => "upper_bound",
            Self::Missing => "missing",
            Self::DataError => "data_error",
            Self::Ongoing => "ongoing",
        }
    }
}

/// A length of time between two milestones, in seconds, with what is certain of it.
///
/// A missing or impossible one has no numbers at all: it can never be taken for zero.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Duration {
    /// Best value; for a bound, the bound as far as it is known. Negative only where that is legal.
    pub seconds: Option<f64>,
    /// At least this; `None` when open.
    pub lo: Option<f64>,
    /// At most this; `None` when open.
    pub hi: Option<f64>,
    /// How to read the numbers.
    pub status: Status,
    /// Which end is missing, what is wrong, or why it is only a bound.
    pub reason: Option<String>,
    /// From this milestone.
    pub from: Option<MilestoneKind>,
    /// To this one.
    pub to: Option<MilestoneKind>,
}

/// What is known of one incident.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// Impact windows found in the logs; empty when only people's records are at hand.
    pub windows: &'a [Span],
    /// All claims of all sources, in any order.
    pub milestones: &'a [Milestone],
    /// Share of the service lost per bucket, in `[0, 1]`; NaN where it is not known.
    pub severity: Option<(&'a Grid, &'a [f64])>,
    /// Width of the buckets that the windows were found with.
    pub bucket_ns: i64,
    /// The change that was ranked first as cause, if one was.
    pub cause: Option<Cause>,
}

/// The change that is the likely cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    /// Index of its claim in `Facts::milestones`.
    pub claim: usize,
    /// Whether it is a deployment: only then there is a failed deployment recovery time.
    pub deployment: bool,
}

/// All that follows from the facts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measured {
    /// By name, in the order of the lifecycle table.
    pub durations: Durations,
    /// What was taken for each milestone, in lifecycle order.
    pub chosen: Vec<Choice>,
    /// The windows measured: the logs', or those that people's claims make.
    pub windows: Vec<Span>,
    /// Windows after the first; `None` without any window.
    pub recurrences: Option<usize>,
    /// The durations of each window by the claims about it alone, counted from its own start;
    /// empty where there are not several.
    pub of_windows: Vec<Durations>,
    /// Good stretches between the windows.
    pub gaps: Vec<Duration>,
    /// Claims about one milestone that disagree.
    pub conflicts: Vec<Conflict>,
    /// Claims that it was over, before it came back.
    pub premature: Vec<Premature>,
    /// What people overrode, in lifecycle order, with what was computed.
    pub amended: Vec<Amended>,
    /// The durations without any override; `None` where there is none.
    pub unamended: Option<Durations>,
    /// How many windows there are at other gaps: `(gap_ns, windows)`.
    pub sensitivity: Vec<(i64, usize)>,
    /// What a reader must know to read the numbers.
    pub notes: Vec<String>,
}

/// Durations by name, in the order of the lifecycle table.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Durations(pub Vec<(&'static str, Duration)>);

impl Durations {
    /// The duration of that name: `ttd`.
    pub fn get(&self, name: &str) -> Option<&Duration> {
        self.0
            .iter()
            .find(|(key, _)| *key == name)
            .map(|(_, duration)| duration)
    }
}

impl Serialize for Durations {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, duration) in &self.0 {
            map.serialize_entry(name, duration)?;
        }
        map.end()
    }
}

/// What was taken for one milestone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Choice {
    /// Which milestone.
    pub kind: MilestoneKind,
    /// Its instant; `at` may have moved inside `[lo, hi]` to where the legal order puts it.
    pub when: When,
    /// Who said so.
    pub source: ClaimSource,
    /// Its claim in `Facts::milestones`; `None` when it is the edge of a window.
    pub claim: Option<usize>,
    /// What was assumed: `assumed_delivered`, `not_stated`.
    pub assumed: Option<&'static str>,
}

/// A milestone that somebody overrode.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Amended {
    /// Which milestone.
    pub kind: MilestoneKind,
    /// The override that counts: its claim in `Facts::milestones`.
    pub claim: usize,
    /// Overrides by people who did not know of it, likewise.
    pub others: Vec<usize>,
    /// What is taken without it; `None` if nothing is known then.
    pub computed: Option<Choice>,
}

/// Claims about one milestone that are too far apart. They are shown, never averaged.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Conflict {
    /// About which milestone.
    pub kind: MilestoneKind,
    /// Earliest first.
    pub claims: Vec<Claim>,
    /// From the earliest to the latest, seconds.
    pub difference_s: f64,
    /// For a reader, in UTC.
    pub words: String,
}

/// One side of a conflict.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    /// The claimed instant.
    #[serde(rename = "at", serialize_with = "as_rfc3339")]
    pub at_ns: i64,
    /// What exactly was claimed: a detection may rest on a notification.
    pub kind: MilestoneKind,
    /// Who says so.
    pub source: ClaimSource,
    /// Its claim in `Facts::milestones`; `None` for the edge of a window.
    pub claim: Option<usize>,
    /// For detection: the time to detect that it implies, seconds.
    pub ttd_s: Option<f64>,
    /// What it rests on; empty for the edge of a window without a claim of its own.
    pub evidence: Vec<Evidence>,
}

/// "It is over", said before it came back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Premature {
    /// Its claim in `Facts::milestones`.
    pub claim: usize,
    /// Index of the window that contradicts it.
    pub window: usize,
    /// How long it held, ns.
    pub reopened_after_ns: i64,
}

fn as_rfc3339<S: Serializer>(ns: &i64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&rfc3339(*ns))
}
