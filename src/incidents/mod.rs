//! Incidents: anomalies and claims joined into problems with windows, milestones,
//! contributors, causes and checks.
//!
//! In: anomalies and series, the event columns for attribution, people's records.
//! Out: `Incident`s. Does not compute a duration: `durations` does.

pub mod alone;
pub mod attribution;
pub mod build;
mod busiest;
pub mod causes;
pub mod change_words;
pub mod checks;
pub mod climbs;
pub mod decomposition;
pub mod delivery;
pub mod evidence;
pub mod excess;
pub mod explanation;
pub mod group;
pub mod hour_of_week;
pub mod how_bad;
pub mod hypotheses;
pub mod impact;
pub mod lost;
pub mod milestones;
pub mod mitigations;
pub mod news;
pub mod onsets;
pub mod queueing;
mod ratios;
pub mod servers_down;
pub mod state;
pub mod stretches;
pub mod title;
pub mod windows;
pub mod worse;

use std::ops::Range;

use serde::Serialize;

use crate::anomalies::{Anomaly, Lasting, Tested};
use crate::clock::When;
use crate::events::{EventStore, Evidence};
use crate::records::{Milestone, Record};
use crate::series::{Grid, Series};

use decomposition::Decomposition;
use stretches::Stretches;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use build::build;
pub use state::State;
pub use worse::WindowKind;

/// All that incidents are built from.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// The sources' labels, by index of the store.
    pub sources: &'a [String],
    /// The sources' paths, likewise.
    pub paths: &'a [String],
    /// The measured signals.
    pub series: &'a [Series],
    /// Their baselines, per bucket.
    pub expected: &'a [Vec<f64>],
    /// What was out of the ordinary, by start.
    pub anomalies: &'a [Anomaly],
    /// What was tested and found normal.
    pub tested: &'a [Tested],
    /// The time axis.
    pub grid: Grid,
    /// First and last instant of the data, ns UTC.
    pub first_ns: i64,
    /// First instant after the data, ns UTC.
    pub end_of_data_ns: i64,
    /// The events.
    pub store: &'a EventStore,
    /// People's records.
    pub records: &'a [Record],
    /// Good stretches shorter than this do not end a window, ns.
    pub window_gap_ns: i64,
    /// Windows of one signature within this are one incident, ns.
    pub group_gap_ns: i64,
    /// The availability target in `(0, 1)`.
    pub slo: f64,
}

impl Cause {
    /// Whether something speaks against it and nothing for it: it stays on the list, but nothing
    /// is counted from it.
    pub fn is_contradicted(&self) -> bool {
        self.supported_by.is_empty() && !self.contradicted_by.is_empty()
    }
}

impl Scene<'_> {
    /// Where the source of a series has data, ns UTC.
    pub fn coverage(&self, series: &Series) -> Range<i64> {
        let covered = &series.covered;
        let end = self.grid.time(covered.end).min(self.end_of_data_ns);
        self.grid.time(covered.start).max(self.first_ns)..end
    }

    /// The windows, and the baseline of a series around them.
    pub fn stretches(
        &self,
        series: &Series,
        selection: &[Range<i64>],
        troubled: &[Range<i64>],
    ) -> Stretches {
        Stretches::around(selection.to_vec(), &self.coverage(series), troubled)
    }

    /// From the first instant of the data to the first after it, ns UTC.
    pub fn range_ns(&self) -> Range<i64> {
        self.first_ns..self.end_of_data_ns
    }
}

/// How bad, from the share of user-facing service lost at the peak.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// No user-facing loss was measured.
    Minor,
    /// Some of the service was lost or slow.
    Major,
    /// At least a quarter of the service was lost at the peak.
    Critical,
}

impl Severity {
    /// The word for screens and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }
}

/// One stretch of impact, half-open.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Window {
    /// First instant users were worse off.
    pub start: When,
    /// First instant they were not, or the harm was of another kind; `None` while it lasts.
    pub end: Option<When>,
    /// While it lasts: how far that is certain.
    #[serde(skip)]
    pub lasting: Lasting,
    /// What kind of harm it was.
    pub kind: WindowKind,
    /// Ids of the anomalies that make it.
    pub anomalies: Vec<String>,
}

/// What the suspect's absence would have left of the signal.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Counterfactual {
    /// The signal over the windows as it was.
    pub observed: f64,
    /// The same, recomputed without the suspect's events.
    pub without: f64,
    /// What the baseline expected.
    pub expected: f64,
    /// The unit of the three: `share`, `s`, `1/s`.
    pub unit: &'static str,
    /// The same for the slowest percent, where durations are split.
    pub p99: Option<SlowestPercent>,
}

/// The 99th percentile of durations, with and without a suspect; each is the lower edge of its
/// bin, at most 3.2 % below.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SlowestPercent {
    /// Over the windows as it was, seconds.
    pub observed_s: f64,
    /// The same without the suspect's events, seconds.
    pub without_s: f64,
    /// In the baseline, seconds.
    pub expected_s: f64,
}

/// Who or what makes up the excess.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contributor {
    /// Dimension and value: `query` = `select * from t where id = ?`.
    #[serde(serialize_with = "as_map")]
    pub dimensions: Vec<(String, String)>,
    /// Full name of the signal whose excess is split.
    pub signal: String,
    /// Share of the excess that falls on it; may pass 1 when others went down.
    pub share_of_excess: f64,
    /// How many times more than its baseline.
    pub risk_ratio: f64,
    /// Events in the windows.
    pub events: u64,
    /// The signal with and without it.
    pub counterfactual: Counterfactual,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
}

fn as_map<S: serde::Serializer>(
    pairs: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(pairs.iter().map(|(dimension, value)| (dimension, value)))
}

/// A change that preceded the impact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// `deploy`, `config`, `change`, ...
    pub kind: String,
    /// When it took effect.
    pub at: When,
    /// What it was.
    pub title: String,
    /// Which window it preceded, from 1: the first is the impact, a later one a worsening.
    pub window: usize,
    /// Seconds from the change to the start of that window.
    pub lead_s: f64,
    /// Rank in `[0, 1]`: lead time, blast radius and reversal together.
    pub score: f64,
    /// What speaks for it.
    pub supported_by: Vec<String>,
    /// What speaks against it.
    pub contradicted_by: Vec<String>,
    /// Where it is written.
    pub evidence: Vec<Evidence>,
}

/// What kind of trouble it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// More work came in.
    Load,
    /// The same work costs more.
    Regression,
    /// A limit was reached while load and cost explain each other.
    Saturation,
    /// A resource ran out.
    Exhaustion,
    /// A source stopped.
    Silence,
    /// None of these is shown by the data.
    Unknown,
}

impl Verdict {
    /// The word for screens and reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Load => "load",
            Self::Regression => "regression",
            Self::Saturation => "saturation",
            Self::Exhaustion => "exhaustion",
            Self::Silence => "silence",
            Self::Unknown => "unknown",
        }
    }
}

/// Load against regression, with the figures that decide.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The conclusion.
    pub verdict: Verdict,
    /// Requests per second, windows over baseline; 1 is unchanged.
    pub traffic_ratio: Option<f64>,
    /// Mean seconds per request, windows over baseline.
    pub cost_ratio: Option<f64>,
    /// Requests in flight (rate x time, Little's law), windows over baseline.
    pub in_flight_ratio: Option<f64>,
    /// Extra time by traffic, mix and cost, where there are durations.
    pub decomposition: Option<Decomposition>,
    /// The resource that was full, where one was.
    pub limit: Option<LimitReached>,
    /// In one sentence.
    pub sentence: String,
    /// The figures' evidence.
    pub evidence: Vec<Evidence>,
}

/// A resource at its limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LimitReached {
    /// Full name of the gauge.
    pub signal: String,
    /// Its limit, in the gauge's unit.
    pub limit: f64,
    /// True if the source states the limit; else it is the ceiling at which the gauge stood.
    pub stated: bool,
    /// Highest value seen in the windows.
    pub peak: f64,
    /// Seconds from the first sign of the first climb to the limit, where a ramp was seen.
    pub time_to_limit_s: Option<f64>,
    /// Every climb to the limit that was seen, by start.
    pub climbs: Vec<climbs::Climb>,
}

/// A signal that was tested and found normal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Full name of the signal.
    pub signal: String,
    /// Always `within_baseline`.
    pub verdict: &'static str,
    /// Mean over the windows, in the signal's unit.
    pub observed: f64,
    /// What the baseline expected.
    pub expected: f64,
    /// The unit of both.
    pub unit: String,
    /// Buckets compared.
    pub n: u64,
    /// The baseline in words: `the hour before`, `the same hours of 4 other weeks`.
    pub against: String,
}

/// What users lost.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Impact {
    /// Failed requests above baseline, as logged (a sampled log counts its sample).
    pub failed_requests: Option<f64>,
    /// Distinct clients with a failed or slow request.
    pub clients: Option<u64>,
    /// Minutes in which a client met failures or slowness, summed over clients.
    pub user_minutes: Option<u64>,
    /// Seconds waited above baseline, summed over requests.
    pub excess_seconds: Option<f64>,
    /// Share of the data's error budget burnt at the given SLO; 1 is all of it.
    pub slo_budget_share: Option<f64>,
}

/// One problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Incident {
    /// `i1`, `i2`, in order of start.
    pub id: String,
    /// In one line: what is wrong, where.
    pub title: String,
    /// How it stands at the end of the data.
    pub state: State,
    /// How bad at its peak.
    pub severity: Severity,
    /// Stretches of impact, ascending, not overlapping.
    pub windows: Vec<Window>,
    /// All claims of all sources, ascending.
    pub milestones: Vec<Milestone>,
    /// Largest share first.
    pub contributors: Vec<Contributor>,
    /// Best first.
    pub causes: Vec<Cause>,
    /// Load against regression.
    pub explanation: Explanation,
    /// Which signal left its baseline first, as far as it can be told.
    pub onsets: onsets::Order,
    /// What was tested and found normal.
    pub checks: Vec<Check>,
    /// What users lost.
    pub impact: Impact,
    /// Share of the user-facing service lost per bucket of the grid, `[0, 1]`; NaN unknown.
    pub lost_share: Vec<f64>,
    /// When the detector flags it, ns UTC (counterfactual).
    pub detectable_at_ns: Option<i64>,
}
