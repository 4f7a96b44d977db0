//! The whole way, once or live: sources in, `Snapshot`s out.
//!
//! A `Snapshot` is what a report prints and a screen draws: immutable and complete. This
//! module decides the order of the stages; each stage's work is in its own module.

pub mod basis;
pub mod blind_spots;
pub mod breakdowns;
pub mod budget;
mod by_kind;
pub mod by_value;
pub mod cache;
pub mod clocks;
pub mod closer;
pub mod comparison;
pub mod conclude;
mod dates;
pub mod extent;
pub mod ingest;
pub mod judge;
pub mod late;
pub mod lint;
pub mod live;
pub mod merge;
pub mod naming;
pub mod narrow;
pub mod options;
pub mod pace;
pub mod partial;
pub mod plan;
mod record_clocks;
mod recorded;
pub mod records_only;
pub mod restate;
pub mod review;
pub mod sampling;
pub mod selection;
pub mod since;
mod tally;
pub mod timings;
mod told;
mod unmapped;
pub mod unsaid;
pub mod watch;
pub mod work;
pub mod years;

use std::sync::Arc;

use crate::anomalies::{Anomaly, Tested};
use crate::clock::Zone;
use crate::durations::Measured;
use crate::events::store::EventStore;
use crate::incidents::Incident;
use crate::records::{Milestone, Record};
use crate::series::assemble::Nature;
use crate::series::{Grid, Series};

pub use basis::basis;
pub use clocks::{ClockProposal, SharedBy};
pub use ingest::analyse;
pub use live::follow;
pub use options::Options;
pub use partial::Show;
pub use restate::{Own, restated};
pub use selection::{Selection, select};
pub use since::{Changed, Shown, Since, since};
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
    /// True once every source was read to its end, or as far as it went at the start, and
    /// concluded upon.
    pub finished: bool,
    /// True while sources are followed: more may come.
    pub following: bool,
}

/// How a followed source stands.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Live {
    /// Its newest stamp, ns UTC: what is older was read, but for lines that come late.
    pub watermark_ns: Option<i64>,
    /// How far that is behind: the clock while it is being written, else the newest
    /// stamp of all sources; ns. `None` without a stamp.
    pub lag_ns: Option<i64>,
    /// Bytes written and not read.
    pub behind_bytes: u64,
    /// Bytes read and held back: a last event that may go on, a last line without an end.
    pub held_bytes: u64,
    /// How many files have borne its name.
    pub files: u32,
    /// There is no file of its name now.
    pub gone: bool,
    /// It is a pipe that nobody has opened to write yet.
    pub awaits_writer: bool,
    /// How often its file was cut without a copy: what was written just before is not known.
    pub cut_short: u32,
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
    /// (a wide metric file has an event per gauge, a line of OTLP one per log record); of a
    /// record, claims and changes are events.
    pub unparsed: u64,
    /// Header, blank and comment lines.
    pub headers: u64,
    /// Some of the unparsed lines.
    pub samples: Vec<UnparsedSample>,
    /// Decompressed bytes.
    pub bytes: u64,
    /// First and last event, ns UTC.
    pub range: Option<(i64, i64)>,
    /// How it stands, while it is followed.
    pub live: Option<Live>,
    /// The zone of its stamps in words: `+01:00 from the stamps`, `UTC+1 from api-access.log`.
    pub zone: String,
    /// Set when it could not be read, or not to its end.
    pub error: Option<String>,
    /// The files of a rotated log in the order in which they were read; else none.
    pub parts: Vec<InputPart>,
    /// What its events are to series, the format's own first; none of a record.
    pub natures: Vec<Nature>,
}

/// One file of a rotated log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPart {
    /// Its path.
    pub path: String,
    /// Number of its first line among the lines of the whole, from 1; `None` while it is not
    /// reached.
    pub first_line: Option<u64>,
    /// Lines in it; `None` while it is read.
    pub lines: Option<u64>,
    /// Unpacked bytes, likewise.
    pub bytes: Option<u64>,
}

impl InputPart {
    /// Its path without the folders, which all parts share.
    pub fn file(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

/// Something rfo cannot see.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct BlindSpot {
    /// Which source.
    pub source: String,
    /// What is missing, in a sentence.
    pub what: String,
    /// `gap`, `unparsed`, `zone`, `ended`, `missing_lane`, `baseline`, `bound`, `sampled`,
    /// `copy`, `unreadable`, `filter`.
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

/// What of the logs an analysis is of, where the user said which events are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filtered {
    /// The filter as it was written; printable.
    pub text: String,
    /// Events of logs that are meant: all else in the snapshot is of these.
    pub events: u64,
    /// Events of logs that were read.
    pub of: u64,
}

/// Everything known at one moment. Screens and reports read it and nothing else.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// A name for the title bar: the folder's or the first source's.
    pub title: String,
    /// How far the reading is.
    pub progress: Progress,
    /// What it is of, where not all events are meant.
    pub filter: Option<Filtered>,
    /// The sources, in the order of their paths.
    pub inputs: Vec<Input>,
    /// First and last event of all logs, ns UTC.
    pub range: Option<(i64, i64)>,
    /// First stamp of any log, ns UTC: work may have begun before it.
    pub first_stamp_ns: Option<i64>,
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
    /// Offsets between clocks that shared requests show; not applied.
    pub clock_proposals: Vec<ClockProposal>,
    /// The events, for drill-down.
    pub store: Arc<EventStore>,
    /// The availability target used for burn rates and the budget, e.g. 0.999.
    pub slo: f64,
    /// Good stretches shorter than this do not end a window, ns.
    pub window_gap_ns: i64,
    /// Windows of one signature within this are one incident, ns.
    pub group_gap_ns: i64,
}

impl Snapshot {
    /// All claims: of the incidents, or of the records where there is no incident.
    pub fn claims(&self) -> impl Iterator<Item = &Milestone> + Clone {
        let joined = self.incidents.iter();
        let joined = joined.flat_map(|one| &one.incident.milestones);
        let unjoined = self.records.iter().filter(|_| self.incidents.is_empty());
        joined.chain(unjoined.flat_map(|record| &record.milestones))
    }
}
