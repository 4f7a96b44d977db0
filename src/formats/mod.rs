//! Formats: what a line of a kind of log means.
//!
//! In: batches of lines of one source and the format chosen for it. Out: `Parsed` chunks of
//! events with what could not be read, counted and sampled. Engines in Rust (line
//! template, JSON, logfmt, CSV with and without a header, blocks of lines, entries, records, W3C, OTLP,
//! clocks without a date, regular expressions for users) and plain stamped text as the last resort;
//! every known format is one TOML in `definitions/`. Parsing never fails: a line that no
//! format reads is data.

pub mod address;
pub mod asks;
pub mod bare_duration;
pub mod behind;
pub mod blocks;
pub mod carry;
pub mod catalogue;
pub mod check;
pub mod clean;
pub mod comma;
pub mod copies;
mod crash;
pub mod csv;
pub mod cut;
pub mod dateless;
pub mod definition;
pub mod delimited;
pub mod detect;
pub mod digits;
mod doubt;
pub mod entries;
mod escapes;
mod express;
pub mod failure;
pub mod field;
pub mod fingerprint;
pub mod gauges;
pub mod guess;
pub mod headed;
pub mod infer;
pub mod jobs;
pub mod join;
pub mod json;
#[cfg(test)]
mod laws;
pub mod learn;
pub mod log_format;
pub mod logfmt;
pub mod mapping;
pub mod marks;
pub mod message;
pub mod miner;
pub mod mixed;
pub mod otlp;
pub mod packed;
pub mod pairs;
pub mod parse;
pub mod parts;
pub mod path;
pub mod pattern;
pub mod phrases;
pub mod placed;
mod places;
pub mod plain;
pub mod records;
pub mod requests;
pub mod row;
pub mod search;
pub mod shape;
mod sheet;
mod single;
pub mod stamp;
pub mod tables;
pub mod template;
pub mod value;
pub mod w3c;
pub mod work;
pub mod wrap;

use std::collections::BTreeMap;

use crate::events::sightings::Sighting;
use crate::events::{Chunk, Interner};

pub use catalogue::builtin;
pub use detect::{Detected, detect, why_not};
pub use marks::{Mark, Marks};
pub use miner::Miner;
pub use parse::{parse, parse_with};
pub use tables::Tables;

/// When a stamp was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StampSide {
    /// Before the work.
    Start,
    /// After the work: the start is stamp minus duration.
    End,
}

/// What the events of a format are.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Deserialize, serde::Serialize,
)]
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

impl SourceKind {
    /// All, in the order of their numbers.
    pub const ALL: [Self; 6] = [
        Self::Access,
        Self::SlowQueries,
        Self::App,
        Self::Metric,
        Self::Jobs,
        Self::Database,
    ];
}

/// How lines become pieces.
#[derive(Debug, Clone, PartialEq)]
pub enum Engine {
    /// Alternatives, the first that fits.
    Template(Vec<template::Template>),
    /// One JSON object a line.
    Json(json::Plan),
    /// `key=value` pairs.
    Logfmt(json::Plan),
    /// Columns by a header.
    Delimited(delimited::Columns),
    /// Columns by `#Fields` lines.
    W3c(w3c::W3c),
    /// Several lines an event, opened by header lines.
    Blocks(blocks::Blocks),
    /// Entries of a prefix, a severity and a message of several lines.
    Entries(entries::Entries),
    /// Events with fields on more than one line.
    Records(records::Records),
    /// Cells by their place, in quotes where they hold line ends.
    Csv(csv::Csv),
    /// Cells by a header, of requests or messages.
    Headed(headed::Headed),
    /// Regular expressions, the first that matches; of users' formats only.
    Regex(Vec<pattern::Pattern>),
    /// Batches of log records, several in one line.
    Otlp(otlp::Otlp),
    /// A stamp and a message.
    Plain,
    /// A clock without a date and a message.
    Clock,
}

/// Lines of a log that are not its own events: `Server api/a is DOWN` among requests.
#[derive(Debug, Clone, PartialEq)]
pub struct Also {
    /// Their shape.
    pub template: template::Template,
    /// The events' kind; without one they are messages of a program.
    pub kind: Option<String>,
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
    /// Shapes of messages that hold fields of their own: the first that fits splits them.
    pub messages: Vec<template::Template>,
    /// Where messages have what they say of requests; of formats whose messages tell of some.
    pub requests: Option<requests::Layout>,
    /// Kinds of work whose messages tell how long that took.
    pub durations: Option<work::Durations>,
    /// The logger of a language writes so, for any program.
    pub any_program: bool,
    /// Messages that mean something.
    pub marks: Marks,
    /// What a line may be that the engine does not read, in the order they are tried.
    pub also: Vec<Also>,
    /// Numbers in lines that are samples of gauges.
    pub gauges: Vec<gauges::Gauge>,
    /// Keys that a JSON line must have for this format to be chosen.
    pub require: Vec<String>,
    /// Keys that together are one line's own: another with the same values is a copy of it.
    pub distinct: Vec<String>,
    /// Texts of which a line must hold one for this format to be chosen; none asks for nothing.
    pub signs: Vec<String>,
    /// Not one line but half of them must hold one.
    pub mostly_signs: bool,
    /// Methods, and parameters of targets, of requests that last as long as their client wants.
    pub lasting: Vec<String>,
    /// The duration of a connection that became another protocol's (status 101) is that of its
    /// handshake. Else it is that of the connection, for which nobody waits: none is kept.
    pub handshakes: bool,
    /// Layers around the lines, and formats of the lines that it refuses.
    pub around: mixed::Around,
}

impl Format {
    /// A format of an engine alone: no marks, nothing asked of the lines, no layers around them.
    pub fn new(name: &str, kind: SourceKind, side: StampSide, engine: Engine) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            side,
            engine,
            messages: Vec::new(),
            requests: None,
            durations: None,
            any_program: false,
            marks: Marks::default(),
            also: Vec::new(),
            gauges: Vec::new(),
            require: Vec::new(),
            distinct: Vec::new(),
            signs: Vec::new(),
            mostly_signs: false,
            lasting: Vec::new(),
            handshakes: false,
            around: mixed::Around::default(),
        }
    }
}

/// What a batch of lines became.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The events; symbols are of `names`.
    pub chunk: Chunk,
    /// One table per text field, in the order of `Text::ALL`. They may hold names of batches before.
    pub names: Vec<Interner>,
    /// Lines in the batch.
    pub lines: u64,
    /// Lines that belong to the event before them.
    pub joined: u64,
    /// Lines that nothing could read.
    pub unparsed: u64,
    /// Header, comment and blank lines, copies of lines, and those left out on request.
    pub headers: u64,
    /// Events beyond the first of their line.
    pub extra: u64,
    /// Lines whose events were left out on request.
    pub left_out: u64,
    /// The first few unparsed lines: number within the batch from 0, printable text.
    pub samples: Vec<(u64, String)>,
    /// What the stamps were like.
    pub seen: stamp::Seen,
    /// Requests that other sources may log too, by their ids.
    pub sightings: Vec<Sighting>,
    /// Events whose kind is not the format's: their rows, ascending, and their kind.
    pub foreign: Vec<(usize, SourceKind)>,
    /// How many events other formats than the source's own read, by their names.
    pub read_by: BTreeMap<String, u64>,
    /// True if some events have their time from a wrapper only.
    is_outer_timed: bool,
    /// Lines that were refused, while other formats may still read them.
    refused: Vec<u64>,
    scratch: Vec<u8>,
    /// Symbols of messages as they were written: most of a log says the same few sentences.
    messages: phrases::Phrases,
    /// Symbols of statements by what they are but for their literals.
    statements: fingerprint::Memo,
}

/// How many unparsed lines a batch keeps as samples.
pub const SAMPLES_MAX: usize = 5;

impl Default for Parsed {
    fn default() -> Self {
        Self::of_lines(0)
    }
}

impl Parsed {
    /// Nothing read yet of a batch of `lines` lines.
    pub fn of_lines(lines: u64) -> Self {
        Self::with_tables(lines, Tables::default())
    }

    /// The same, with names that may be in the tables already.
    pub fn with_tables(lines: u64, tables: Tables) -> Self {
        Self {
            chunk: tables.spare,
            names: tables.names,
            lines,
            joined: 0,
            unparsed: 0,
            headers: 0,
            extra: 0,
            left_out: 0,
            samples: Vec::new(),
            seen: stamp::Seen::default(),
            sightings: Vec::new(),
            foreign: Vec::new(),
            read_by: BTreeMap::new(),
            is_outer_timed: false,
            refused: Vec::new(),
            scratch: Vec::new(),
            messages: phrases::Phrases::default(),
            statements: tables.statements,
        }
    }

    /// Counts a line that nothing could read and keeps it if it is among the first.
    pub fn refuse(&mut self, line_number: u64, line: &[u8]) {
        self.unparsed += 1;
        self.refused.push(line_number);
        if self.samples.len() < SAMPLES_MAX {
            let text = crate::text::printable_bytes(&line[..line.len().min(400)]);
            self.samples
                .push((line_number, crate::text::shorten(&text, 120)));
        }
    }
}
