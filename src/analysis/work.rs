//! What one worker does: a block of a source in, its events and counts out. Workers share nothing.

use std::sync::Arc;

use crossbeam_channel::{Receiver, Sender};

use super::merge::{Done, shift};
use super::options::Options;
use super::plan::{Kind, Planned};
use super::timings::Timings;
use crate::events::{Chunk, Text};
use crate::formats::parse::may_open_event;
use crate::formats::{Engine, Parsed, blocks, csv, entries, parse};
use crate::input::{Block, Cut};
use crate::lines::LineBatch;
use crate::series::Rollup;
use crate::series::rollup::Kinds;

/// Blocks in flight per worker.
pub const BLOCKS_PER_WORKER: usize = 3;

/// A block on its way to a worker.
pub struct Job {
    /// Its place in the order of reading.
    pub sequence: u64,
    /// Index of its source.
    pub source: usize,
    /// How that is read.
    pub planned: Arc<Planned>,
    /// The bytes.
    pub block: Block,
}

/// What comes back, each with its place in the order of reading.
pub enum Answer {
    /// A block, parsed and counted.
    Block(u64, Box<Done>),
    /// A source could not be read to its end, and why.
    Failed(u64, usize, String),
    /// A source joined, or is known better now; true if what was counted of it is read again.
    Source(u64, usize, Box<Planned>, bool),
    /// All sources were read as far as they went at the start.
    CaughtUp(u64),
}

impl Answer {
    /// Its place in the order of reading.
    pub fn sequence(&self) -> u64 {
        match self {
            Self::Block(sequence, _)
            | Self::Failed(sequence, ..)
            | Self::Source(sequence, ..)
            | Self::CaughtUp(sequence) => *sequence,
        }
    }
}

/// Where blocks of a source may be cut; `None` for what is not read in blocks.
pub fn cut_of(kind: &Kind) -> Option<Cut> {
    match kind {
        Kind::Log(detected) if matches!(detected.format.engine, Engine::Blocks(_)) => {
            Some(blocks::Blocks::opens)
        }
        Kind::Log(detected) if matches!(detected.format.engine, Engine::Entries(_)) => {
            Some(entries::opens)
        }
        Kind::Log(detected) if matches!(detected.format.engine, Engine::Csv(_)) => Some(csv::opens),
        Kind::Log(_) | Kind::Unknown(_) => Some(may_open_event),
        Kind::Record(_) | Kind::Unreadable(_) => None,
    }
}

/// Works until there is nothing more to do.
pub fn work(options: &Options, timings: &Timings, to_do: &Receiver<Job>, answers: &Sender<Answer>) {
    for job in to_do {
        let sequence = job.sequence;
        let done = Box::new(one(job, options, timings));
        if answers.send(Answer::Block(sequence, done)).is_err() {
            return;
        }
    }
}

fn one(job: Job, options: &Options, timings: &Timings) -> Done {
    let Job {
        source,
        planned,
        block,
        ..
    } = job;
    let bytes = block.bytes.len();
    let mut parsed = timings.time("parse", bytes, || {
        let batch = LineBatch::split(block.bytes, block.offset);
        match &planned.kind {
            Kind::Log(detected) => parse(&detected.format, planned.zone, &batch),
            _ => all_unparsed(&batch),
        }
    });
    shift(&mut parsed.chunk, planned.clock_offset_ns);
    if options.since_ns.is_some() || options.until_ns.is_some() {
        let range = options.since_ns.unwrap_or(i64::MIN)..options.until_ns.unwrap_or(i64::MAX);
        let before = parsed.chunk.len();
        parsed.chunk = within(&parsed.chunk, &range);
        parsed.left_out = (before - parsed.chunk.len()) as u64;
        parsed.headers += parsed.left_out;
    }
    let rollup = timings.time("roll up", bytes, || {
        Rollup::of(&parsed.chunk, Kinds::of(&parsed.names[Text::Kind as usize]))
    });
    Done {
        source,
        bytes: bytes as u64,
        parsed,
        rollup,
    }
}

fn all_unparsed(batch: &LineBatch) -> Parsed {
    let mut parsed = Parsed::of_lines(batch.len() as u64);
    for i in 0..batch.len() {
        if batch.line(i).is_empty() {
            parsed.headers += 1;
        } else {
            parsed.refuse(i as u64, batch.line(i));
        }
    }
    parsed
}

fn within(chunk: &Chunk, range: &std::ops::Range<i64>) -> Chunk {
    chunk.filtered(|time_ns| range.contains(&time_ns))
}
