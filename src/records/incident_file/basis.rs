//! The computed values that an incident file keeps: what an analysis gave when it was saved.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Rest, Stated, time};

/// What an analysis gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Basis {
    /// When it was saved, ns UTC.
    #[serde(with = "time")]
    pub saved_at: i64,
    /// Which rfo computed it.
    #[serde(default)]
    pub version: String,
    /// Events that were read.
    #[serde(default)]
    pub events: u64,
    /// Sources that were read.
    #[serde(default)]
    pub sources: u64,
    /// First and last instant of the logs, RFC 3339; empty without logs.
    #[serde(default)]
    pub range: Vec<String>,
    /// Width of a bucket, seconds.
    #[serde(default)]
    pub bucket_s: Option<f64>,
    /// The incidents, by start.
    #[serde(default)]
    pub incidents: Vec<BasisIncident>,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One incident as it was computed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct BasisIncident {
    /// `i1`, `i2`, by start.
    #[serde(default)]
    pub id: String,
    /// What was wrong, where.
    #[serde(default)]
    pub title: String,
    /// `restored`, `ongoing`.
    #[serde(default)]
    pub state: String,
    /// `minor`, `major`, `critical`.
    #[serde(default)]
    pub severity: String,
    /// `load`, `regression`.
    #[serde(default)]
    pub verdict: String,
    /// The windows of impact, by start.
    #[serde(default)]
    pub windows: Vec<BasisWindow>,
    /// What was taken for each milestone, in lifecycle order, without what people overrode.
    #[serde(default)]
    pub milestones: Vec<BasisMilestone>,
    /// Every duration by name, seconds; null where there was none, with the words for it.
    #[serde(default)]
    pub durations: BTreeMap<String, BasisDuration>,
    /// The first contributor: `query = select ?`; empty without.
    #[serde(default)]
    pub contributor: String,
    /// The first change before it; empty without.
    #[serde(default)]
    pub cause: String,
    /// What a newer writer added.
    #[serde(flatten)]
    pub rest: Rest,
}

/// One window of impact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasisWindow {
    /// When it began.
    pub start: Stated,
    /// When it ended, or how far the data reach.
    pub end: Stated,
}

/// One milestone as it was taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasisMilestone {
    /// Its name.
    pub kind: String,
    /// When, and who said so.
    #[serde(flatten)]
    pub stated: Stated,
}

/// One duration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BasisDuration {
    /// Best value, seconds.
    pub seconds: Option<f64>,
    /// As a report says it: `23 min (±1)`, `n/a (missing: restored)`.
    pub words: String,
}
