//! Many incidents: records into cases, cases into samples, samples into numbers that hold up.
//!
//! In: people's records and reports of rfo's. Out: one `Case` per incident with the durations that
//! the one kernel measured, and statistics over cases that say when they say nothing. Reads no
//! log, ranks no people, and never takes a missing end for one.

mod cases;
pub mod compare;
mod days;
pub mod file;
mod from_report;
mod from_snapshot;
pub mod metrics;
pub mod months;
pub mod statistics;
#[cfg(test)]
mod tests;

use serde::Serialize;
use serde_json::Value;

use super::Concluded;
use crate::clock::{Censor, When, Zone};
use crate::durations::Durations;
use crate::records::{NoticedBy, RecordKind};

pub use cases::collect;
pub use days::Days;
pub use from_snapshot::of_snapshot;

/// How to make cases and what to compare.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Months and days are of this zone.
    pub zone: Zone,
    /// Claims of a record that tells no incidents apart, further apart than this, ns, are of two.
    pub group_gap_ns: i64,
    /// Incidents that started before are left out, ns UTC.
    pub since_ns: Option<i64>,
    /// Incidents that started from then on are left out, ns UTC.
    pub until_ns: Option<i64>,
    /// The two periods to compare.
    pub compare: Option<(Days, Days)>,
}

/// Where a case's details are.
#[derive(Debug, Clone, PartialEq)]
pub enum Details {
    /// Claims of records, measured here.
    Measured(Box<Concluded>),
    /// An incident of `rfo.report/1`, as it was written there; foreign text.
    Reported(Value),
}

/// One incident. Texts are printable, and empty where nobody says.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name in the records, or the record's path and its number there; no two are alike.
    pub id: String,
    /// What it was about.
    pub title: String,
    /// Which service was affected.
    pub service: String,
    /// How bad, in the records' own words.
    pub severity: String,
    /// Who noticed it first, where a record says so.
    pub noticed_by: Option<NoticedBy>,
    /// Planned maintenance: counted apart from all others.
    pub planned: bool,
    /// When impact began, as chosen; else the first claim. `None` without any claim.
    pub start: Option<When>,
    /// Whether `start` is no impact start but the first that anybody says.
    pub start_assumed: bool,
    /// When service was back, as chosen; cut off where it was not.
    pub restored: Option<When>,
    /// Somebody closed it: paperwork.
    pub closed: bool,
    /// Every duration, by the kernel.
    pub durations: Durations,
    /// The records that tell of it, by path, in order.
    pub records: Vec<String>,
    /// What a reader must know of it.
    pub notes: Vec<String>,
    /// All else.
    pub details: Details,
}

/// Whether an incident is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Service was restored.
    Restored,
    /// It was not when the record ends, or now.
    Ongoing,
    /// It was closed; nobody says when service was back.
    ClosedOnly,
    /// Nobody says that it ended, nor that it goes on.
    NotSaid,
}

impl Ending {
    /// All of them, in the order of reports.
    pub const ALL: [Self; 4] = [
        Self::Restored,
        Self::Ongoing,
        Self::ClosedOnly,
        Self::NotSaid,
    ];

    /// The word of the contract: `closed_only`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Ongoing => "ongoing",
            Self::ClosedOnly => "closed_only",
            Self::NotSaid => "not_said",
        }
    }

    /// In words, behind a number.
    pub fn words(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Ongoing => "not over when last seen",
            Self::ClosedOnly => "closed, nobody says when restored",
            Self::NotSaid => "without an end on record",
        }
    }
}

impl Case {
    /// Whether it is over.
    pub fn ending(&self) -> Ending {
        match self.restored.map(|when| when.censor) {
            Some(None | Some(Censor::Left)) => Ending::Restored,
            Some(Some(_)) => Ending::Ongoing,
            None if self.closed => Ending::ClosedOnly,
            None => Ending::NotSaid,
        }
    }
}

/// What was read of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Read {
    /// The file as the user named it.
    pub path: String,
    /// What it is; `None` for a report of rfo's.
    pub kind: Option<RecordKind>,
    /// Incidents that it tells of.
    pub incidents: usize,
    /// Mistakes found in it.
    pub defects: usize,
}

/// What was not made a case, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// Why, in words.
    pub reason: String,
    /// What: incidents by name, or records.
    pub what: Vec<String>,
}

/// All incidents of some records.
#[derive(Debug, Clone, PartialEq)]
pub struct Review {
    /// What was asked for.
    pub asked: Asked,
    /// The files, in the order of their paths.
    pub records: Vec<Read>,
    /// The incidents in the order of their start, then of their names. Planned ones are among them.
    pub cases: Vec<Case>,
    /// What is not among them.
    pub left_out: Vec<LeftOut>,
    /// What a reader must know.
    pub notes: Vec<String>,
}

impl Review {
    /// Indexes of the cases that count: all but planned maintenance.
    pub fn unplanned(&self) -> Vec<usize> {
        self.indexes(|case| !case.planned)
    }

    /// Indexes of planned maintenance.
    pub fn planned(&self) -> Vec<usize> {
        self.indexes(|case| case.planned)
    }

    fn indexes(&self, wanted: impl Fn(&Case) -> bool) -> Vec<usize> {
        let all = self.cases.iter().enumerate();
        all.filter(|(_, case)| wanted(case))
            .map(|(i, _)| i)
            .collect()
    }
}
