//! The whole way, once or live: sources in, `Snapshot`s out.
//!
//! A `Snapshot` is what a report prints and a screen draws: immutable and complete. This
//! module decides the order of the stages; each stage's work is in its own module.

pub mod blind_spots;
pub mod breakdowns;
pub mod by_value;
pub mod conclude;
pub mod extent;
pub mod ingest;
pub mod merge;
pub mod options;
mod partial;
pub mod plan;
pub mod records_only;
pub mod sampling;
pub mod selection;
pub mod timings;

use std::sync::Arc;

use crate::anomalies::{Anomaly, Tested};
use crate::clock::Zone;
use crate::durations::Measured;
use crate::events::store::EventStore;
use crate::incidents::Incident;
use crate::records::Record;
use crate::series::{Grid, Series};

pub use ingest::{analyse, analyse_at_once};
pub use options::Options;
pub use selection::{Selection, select};
pub use timings::Timings;

/// How far the reading is.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Progress {
    /// Bytes read from disk so far.
    pub bytes_read: u64,
    /// Bytes on disk of all sources; 0 when unknown (stdin).
    pub bytes_total: u64,
    /// Events so far.
    pub events: u64,
    /// True once every source was read to its end and concluded upon.
    pub finished: bool,
}

/// One line that no format could read.
#[derive(Debug, Clone, PartialEq)]
pub struct UnparsedSample {
    /// Line number, from 1.
    pub line: u64,
    /// Its first cells, printable.
    pub text: String,
}

/// One source and how it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Input {
    /// As the user named it, or its path below the named folder.
    pub path: String,
    /// The shortest end of the path that no other source has: how signals name it.
    pub label: String,
    /// The format's name, or the record's kind.
    pub format: String,
    /// How sure the detection is, in `[0, 1]`.
    pub confidence: f64,
    /// Why this format.
    pub reason: String,
    /// Lines read.
    pub lines: u64,
    /// Events made of them.
    pub events: u64,
    /// Lines joined to the event before them.
    pub joined: u64,
    /// Lines no format could read. Of a log, `lines = events + joined + unparsed + headers`
    /// (a wide metric file has an event per gauge); of a record, claims and changes are events.
    pub unparsed: u64,
    /// Header, blank and comment lines.
    pub headers: u64,
    /// Some of the unparsed lines.
    pub samples: Vec<UnparsedSample>,
    /// Decompressed bytes.
    pub bytes: u64,
    /// First and last event, ns UTC.
    pub range: Option<(i64, i64)>,
    /// The zone of its stamps in words: `+01:00 from the stamps`, `UTC+1 from api-access.log`.
    pub zone: String,
    /// Set when it could not be read, or not to its end.
    pub error: Option<String>,
}

/// Something rfo cannot see.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BlindSpot {
    /// Which source.
    pub source: String,
    /// What is missing, in a sentence.
    pub what: String,
    /// `gap`, `unparsed`, `zone`, `ended`, `missing_lane`, `baseline`, `bound`, `sampled`,
    /// `unreadable`.
    pub kind: &'static str,
    /// From when to when, ns UTC, where it has a place in time.
    #[serde(skip)]
    pub range: Option<(i64, i64)>,
}

/// One incident with its numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Concluded {
    /// What happened.
    pub incident: Incident,
    /// How long everything took.
    pub measured: Measured,
    /// When a multi-window multi-burn-rate page would have fired, ns UTC.
    pub burn_alert_at_ns: Option<i64>,
}

/// Everything known at one moment. Screens and reports read it and nothing else.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// A name for the title bar: the folder's or the first source's.
    pub title: String,
    /// How far the reading is.
    pub progress: Progress,
    /// The sources, in the order of their paths.
    pub inputs: Vec<Input>,
    /// First and last event of all logs, ns UTC.
    pub range: Option<(i64, i64)>,
    /// The zone of local times on screens.
    pub zone: Zone,
    /// The time axis of all series.
    pub grid: Option<Grid>,
    /// The measured signals.
    pub series: Vec<Series>,
    /// The baseline of each series per bucket, in the signal's unit; NaN where none.
    pub expected: Vec<Vec<f64>>,
    /// What was out of the ordinary.
    pub anomalies: Vec<Anomaly>,
    /// What was tested and found normal.
    pub tested: Vec<Tested>,
    /// The problems, in order of start.
    pub incidents: Vec<Concluded>,
    /// People's records, as read.
    pub records: Vec<Record>,
    /// What cannot be seen.
    pub blind_spots: Vec<BlindSpot>,
    /// The events, for drill-down.
    pub store: Arc<EventStore>,
    /// The availability target used for burn rates and the budget, e.g. 0.999.
    pub slo: f64,
    /// Good stretches shorter than this do not end a window, ns.
    pub window_gap_ns: i64,
    /// Windows of one signature within this are one incident, ns.
    pub group_gap_ns: i64,
}
