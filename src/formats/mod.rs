//! Formats: what a line of a kind of log means.
//!
//! In: batches of lines of one source and the format chosen for it. Out: `Parsed` chunks of
//! events with what could not be read, counted and sampled. Six engines in Rust (line
//! template, JSON, logfmt, delimited, blocks of lines, entries) and plain stamped text as the last
//! resort; every format is one TOML in `definitions/`. Parsing never fails: a line that no
//! format reads is data.

pub mod blocks;
pub mod definition;
pub mod delimited;
pub mod detect;
pub mod entries;
pub mod field;
pub mod fingerprint;
pub mod infer;
pub mod jobs;
pub mod json;
pub mod logfmt;
pub mod message;
pub mod miner;
pub mod names;
pub mod parse;
pub mod parts;
pub mod path;
pub mod plain;
pub mod row;
pub mod search;
pub mod shape;
pub mod stamp;
pub mod template;
pub mod value;

use crate::events::chunk::Text;
use crate::events::{Chunk, Interner};

pub use definition::builtin;
pub use detect::{Detected, detect, why_not};
pub use miner::Miner;
pub use names::Names;
pub use parse::{parse, parse_with};

/// When a stamp was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StampSide {
    /// Before the work.
    Start,
    /// After the work: the start is stamp minus duration.
    End,
}

/// What the events of a format are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Requests of users.
    Access,
    /// Statements that took long.
    SlowQueries,
    /// Messages of a program.
    App,
    /// Samples of gauges.
    Metric,
    /// Steps of jobs: enqueued, started, finished.
    Jobs,
    /// What a database server says: slow statements, waits, errors.
    Database,
}

/// How lines become pieces.
#[derive(Debug, Clone, PartialEq)]
pub enum Engine {
    /// Alternatives, the first that fits.
    Template(Vec<template::Template>),
    /// One JSON object a line.
    Json(json::Plan),
    /// `key=value` pairs.
    Logfmt(Vec<(Vec<u8>, field::Field)>),
    /// Columns by a header.
    Delimited(delimited::Columns),
    /// Several lines an event, opened by header lines.
    Blocks(blocks::Blocks),
    /// Entries of a prefix, a severity and a message of several lines.
    Entries(entries::Entries),
    /// A stamp and a message.
    Plain,
}

/// A message that means something: lines whose message contains `contains` are of `kind`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
pub struct Mark {
    /// What the message contains.
    pub contains: String,
    /// The event's kind.
    pub kind: String,
}

/// Lines of a log that are not its own events: `Server api/a is DOWN` among requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Also {
    /// Their shape.
    pub template: template::Template,
    /// The events' kind.
    pub kind: String,
}

/// A format, ready to read lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Format {
    /// Its name in flags and reports.
    pub name: String,
    /// What its events are.
    pub kind: SourceKind,
    /// When its stamps are taken.
    pub side: StampSide,
    /// How its lines are split.
    pub engine: Engine,
    /// Messages that mean something.
    pub marks: Vec<Mark>,
    /// What a line may be that the engine does not read, in the order they are tried.
    pub also: Vec<Also>,
    /// Keys that a JSON line must have for this format to be chosen.
    pub require: Vec<String>,
    /// Texts of which a line must hold one for this format to be chosen; none asks for nothing.
    pub signs: Vec<String>,
}

/// What a batch of lines became.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The events; symbols are of `names`.
    pub chunk: Chunk,
    /// One table per text field, in the order of `Text::ALL`; none where a worker keeps them.
    pub names: Vec<Interner>,
    /// What the block added to the tables that its worker keeps; `None` where `names` are its own.
    pub fresh: Option<names::Fresh>,
    /// Lines in the batch.
    pub lines: u64,
    /// Lines that belong to the event before them.
    pub joined: u64,
    /// Lines that nothing could read.
    pub unparsed: u64,
    /// Header, comment and blank lines, and those left out on request.
    pub headers: u64,
    /// Lines whose events were left out on request.
    pub left_out: u64,
    /// The first few unparsed lines: number within the batch from 0, printable text.
    pub samples: Vec<(u64, String)>,
    /// The offset the newest stamp was written with, seconds east; `Some(None)` without one.
    pub written_offset: Option<Option<i32>>,
    scratch: Vec<u8>,
    /// Symbols of messages as they were written: most of a log says the same few sentences.
    messages: message::Memo,
}

/// How many unparsed lines a batch keeps as samples.
pub const SAMPLES_MAX: usize = 5;
/// Names a batch can hold per field: no batch has more lines.
const NAMES_MAX: usize = 1 << 20;

impl Default for Parsed {
    fn default() -> Self {
        Self::of_lines(0)
    }
}

impl Parsed {
    /// Nothing read yet of a batch of `lines` lines.
    pub fn of_lines(lines: u64) -> Self {
        Self::with_names(lines, names::empty_tables())
    }

    /// The same with tables of names that hold some already.
    pub fn with_names(lines: u64, names: Vec<Interner>) -> Self {
        Self {
            chunk: Chunk::default(),
            names,
            fresh: None,
            lines,
            joined: 0,
            unparsed: 0,
            headers: 0,
            left_out: 0,
            samples: Vec::new(),
            written_offset: None,
            scratch: Vec::new(),
            messages: message::Memo::default(),
        }
    }

    /// Counts a line that nothing could read and keeps it if it is among the first.
    pub fn refuse(&mut self, line_number: u64, line: &[u8]) {
        self.unparsed += 1;
        if self.samples.len() < SAMPLES_MAX {
            let text = crate::text::printable_bytes(&line[..line.len().min(400)]);
            self.samples
                .push((line_number, crate::text::shorten(&text, 120)));
        }
    }
}
