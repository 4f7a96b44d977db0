//! People's records: status posts, pager exports, deploy lists, reports in prose.
//!
//! In: the bytes of one record and what is known of its zone and date. Out: claims about
//! milestones with evidence, notes for every other line, and the record's own defects.

mod alertmanager;
mod argo;
mod beside;
mod changes;
mod claims;
mod clocktext;
mod dates;
mod delimited;
mod deploys;
mod direction;
mod elements;
mod export;
mod fields;
mod firehydrant;
mod git_log;
mod grafana;
mod guesses;
mod heading;
pub mod incident_file;
mod incident_io;
mod instant;
mod instants;
mod kept;
mod kubernetes_events;
mod labels;
mod layout;
mod literals;
pub mod milestone;
mod noticed;
mod observed;
mod opsgenie;
mod order;
mod page_components;
mod page_times;
mod pager;
mod pager_incidents;
mod pairs;
mod passages;
mod paths;
mod phrases;
mod places;
mod precision;
mod prose;
mod recognise;
mod related;
mod relative;
mod retelling;
mod rootly;
mod sections;
mod slack;
pub mod stated;
mod statuspage;
mod telling;
mod tense;
mod told;
mod verbs;

use std::sync::Arc;

use serde::Serialize;

use crate::clock::{When, Zone};
use crate::events::Evidence;

pub use claims::kind_of;
use claims::{outcome_of, source_of};
pub use incident_file::IncidentFile;
pub use milestone::{ByHand, ClaimSource, Hand, Milestone, MilestoneKind, Outcome};
pub use recognise::{BYTES_MAX, read, read_if_record, recognise};
pub use stated::{Stated, StatedTimes};

/// What kind of record it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordKind {
    /// Posts of a status page as pasted text.
    StatusPosts,
    /// A report, a postmortem or its timeline, in prose.
    Report,
    /// Messages of a chat as pasted text.
    Chat,
    /// Incidents and maintenances of Statuspage, JSON.
    Statuspage,
    /// PagerDuty's log entries or incidents, JSON.
    PagerDuty,
    /// Opsgenie's alerts or incidents, JSON.
    Opsgenie,
    /// Alertmanager's alerts, webhooks and failed notifications, JSON.
    Alertmanager,
    /// Incidents of incident.io, JSON.
    IncidentIo,
    /// Incidents of Rootly, JSON.
    Rootly,
    /// Incidents of FireHydrant, JSON.
    #[serde(rename = "firehydrant")]
    FireHydrant,
    /// A channel's day of a Slack export, JSON.
    Slack,
    /// Annotations of Grafana, JSON.
    Grafana,
    /// Deployments, releases or other changes, JSON or CSV.
    Deploys,
    /// Applications of Argo CD, JSON.
    ArgoCd,
    /// Events of a Kubernetes cluster, JSON.
    KubernetesEvents,
    /// What `git log` prints.
    GitLog,
    /// Our own CSV: `incident_id,kind,time,tz,source,note`, or windows as they were observed.
    Claims,
    /// An incident file of rfo: marks, overrides and what was computed.
    Incident,
}

impl RecordKind {
    /// Whether it is people's prose, which may leave out year and zone.
    pub fn is_text(self) -> bool {
        matches!(self, Self::StatusPosts | Self::Report | Self::Chat)
    }

    /// The kind in words, for lists of sources.
    pub fn word(self) -> &'static str {
        match self {
            Self::StatusPosts => "status posts",
            Self::Report => "report",
            Self::Statuspage => "statuspage",
            Self::Chat => "chat",
            Self::PagerDuty => "pagerduty",
            Self::Opsgenie => "opsgenie",
            Self::Alertmanager => "alertmanager",
            Self::IncidentIo => "incident.io",
            Self::Rootly => "rootly",
            Self::FireHydrant => "firehydrant",
            Self::Slack => "slack",
            Self::Grafana => "grafana",
            Self::Deploys => "deploys",
            Self::ArgoCd => "argo cd",
            Self::KubernetesEvents => "kubernetes events",
            Self::GitLog => "git log",
            Self::Claims => "claims",
            Self::Incident => "incident file",
        }
    }
}

/// What is known beside the record itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Context {
    /// The zone of local times that name none.
    pub zone: Option<Zone>,
    /// First and last instant that the logs cover, ns UTC: for dates that lack a day or a year.
    pub range_ns: Option<(i64, i64)>,
    /// When the record's file was last changed, ns UTC: for dates whose year nothing else tells.
    pub written_ns: Option<i64>,
}

/// What one record says. Nothing of it is dropped: a line is a claim, a change or a note.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The record as the user named it.
    pub path: String,
    /// What kind it is.
    pub kind: RecordKind,
    /// Its own title, or the path; printable.
    pub title: String,
    /// The zone of its local times, where the record or the context gives one.
    pub zone: Option<Zone>,
    /// Its claims, in the record's order.
    pub milestones: Vec<Milestone>,
    /// All else that it says, in the record's order.
    pub notes: Vec<Note>,
    /// What is wrong with it, and how it was read.
    pub defects: Vec<Defect>,
    /// Times that could nearly as well mean another instant than the one taken.
    pub readings: Vec<Reading>,
    /// Its changes, in the record's order.
    pub changes: Vec<Change>,
    /// The incidents that it tells apart, in its order; empty when it tells of one and no more
    /// than its claims.
    pub incidents: Vec<Told>,
    /// The lengths of time that it states, and the working hours it gives.
    pub stated: StatedTimes,
    /// The file itself, where the record is an incident file.
    pub file: Option<Box<IncidentFile>>,
    /// The text of an incident file as it was read; `None` of others.
    pub written: Option<Arc<str>>,
}

/// One incident as a record tells it apart from its others. All texts are printable, and empty
/// where the record says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Told {
    /// The record's own name for it.
    pub id: String,
    /// What it was about.
    pub title: String,
    /// Which service or component was affected; the first one of several.
    pub service: String,
    /// How bad, in the record's own words: `minor`, `SEV-1`, `high`.
    pub severity: String,
    /// Who noticed it first, where the record says so.
    pub noticed_by: Option<NoticedBy>,
    /// Planned maintenance, which is reported apart.
    pub planned: bool,
    /// Its claims: indexes into `Record::milestones`.
    pub claims: Vec<usize>,
}

/// Who noticed an incident first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticedBy {
    /// An alert, a check, a monitor.
    Monitor,
    /// Someone of the team, or of another.
    Human,
    /// A user's or customer's report.
    Customer,
}

/// A line that claims no milestone.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// When, if the line says so.
    pub when: Option<When>,
    /// Line number, from 1.
    pub line: u64,
    /// The text; printable.
    pub text: String,
}

/// A mistake in a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Defect {
    /// Line number, from 1.
    pub line: u64,
    /// As written; printable.
    pub literal: String,
    /// What is wrong with it.
    pub what: String,
    /// How it was read instead; empty when it was left out.
    pub reading: String,
}

/// A time whose next best reading is nearly as good as the one taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// Line number, from 1.
    pub line: u64,
    /// As written; printable.
    pub literal: String,
    /// The instant it was taken for, ns UTC.
    pub taken_ns: i64,
    /// The instant it might be instead, ns UTC.
    pub instead_ns: i64,
    /// When that would be so, in words.
    pub why: String,
}

/// A deployment or another change.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// When it took effect, as far as it is known.
    pub when: When,
    /// What changed; printable.
    pub title: String,
    /// Where; empty when the list does not say.
    pub service: String,
    /// `deploy`, `config`, `rollback`, as the list says.
    pub kind: String,
    /// `success`, `failure`, as the list says; empty when it does not.
    pub status: String,
    /// Its line.
    pub evidence: Evidence,
}

impl Record {
    fn new(path: &str, kind: RecordKind, zone: Option<Zone>) -> Self {
        Self {
            path: path.to_owned(),
            kind,
            title: crate::text::printable(path),
            zone,
            milestones: Vec::new(),
            notes: Vec::new(),
            defects: Vec::new(),
            readings: Vec::new(),
            changes: Vec::new(),
            incidents: Vec::new(),
            stated: StatedTimes::default(),
            file: None,
            written: None,
        }
    }
}

/// One line of a record with its place.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    /// From 1.
    number: u64,
    /// Byte offset of its first byte.
    offset: u64,
    text: &'a str,
}

impl Line<'_> {
    fn evidence(&self, path: &str) -> Evidence {
        Evidence::Line {
            path: path.to_owned(),
            line: self.number,
            offset: self.offset,
        }
    }
}

/// The lines of a text, without their ends.
fn lines(text: &str) -> Vec<Line<'_>> {
    let mut offset = 0;
    let line = |(i, whole): (usize, &'_ str)| {
        let start = offset;
        offset += whole.len() as u64;
        (i as u64 + 1, start)
    };
    let places: Vec<_> = text.split_inclusive('\n').enumerate().map(line).collect();
    let texts = text
        .split_inclusive('\n')
        .map(|whole| whole.trim_end_matches(['\n', '\r']));
    places
        .into_iter()
        .zip(texts)
        .map(|((number, offset), text)| Line {
            number,
            offset,
            text,
        })
        .collect()
}

/// The line on which a byte of the record lies.
fn place(text: &str, byte: usize, path: &str) -> Evidence {
    let before = &text.as_bytes()[..byte.min(text.len())];
    let line = memchr::memchr_iter(b'\n', before).count() as u64 + 1;
    let offset = memchr::memrchr(b'\n', before).map_or(0, |end| end as u64 + 1);
    Evidence::Line {
        path: path.to_owned(),
        line,
        offset,
    }
}

/// The number of a line of evidence; 0 for evidence that is no line.
fn line_number(evidence: &Evidence) -> u64 {
    match evidence {
        Evidence::Line { line, .. } => *line,
        Evidence::Signal { .. } => 0,
    }
}
