//! What one worker does: a block of a source in, its events and counts out. Workers share nothing.

use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use super::cache::{Packed, Work, restored};
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
    /// The bytes, or what they became.
    pub work: Work,
}

/// A block after its worker.
pub struct Done {
    /// Index of the source.
    pub source: usize,
    /// Bytes of the block.
    pub bytes: u64,
    /// Its events.
    pub parsed: Parsed,
    /// Its counts.
    pub rollup: Rollup,
}

/// What comes back, each with its place in the order of reading.
pub enum Answer {
    /// A block, parsed and counted, and what of it is to be kept in the cache.
    Block(u64, Box<Done>, Option<Packed>),
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
            Self::Block(sequence, ..)
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

/// The answer that a worker owes for a job: should it panic, the merger must not wait for it.
struct Owed<'a> {
    sequence: u64,
    source: usize,
    answers: &'a Sender<Answer>,
}

impl Drop for Owed<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let why = "a defect of rfo: a block was lost".to_owned();
            let failed = Answer::Failed(self.sequence, self.source, why);
            let _ = self.answers.send(failed);
        }
    }
}

/// Works until there is nothing more to do.
pub fn work(options: &Options, timings: &Timings, to_do: &Receiver<Job>, answers: &Sender<Answer>) {
    for job in to_do {
        let (sequence, source) = (job.sequence, job.source);
        let _owed = Owed {
            sequence,
            source,
            answers,
        };
        let (done, packed) = one(job, options, timings);
        let answer = Answer::Block(sequence, Box::new(done), packed);
        if answers.send(answer).is_err() {
            return;
        }
    }
}

fn one(job: Job, options: &Options, timings: &Timings) -> (Done, Option<Packed>) {
    let Job {
        source,
        planned,
        work,
        ..
    } = job;
    let (bytes, mut parsed, packed) = parsed(&planned, timings, work);
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
    let done = Done {
        source,
        bytes: bytes as u64,
        parsed,
        rollup,
    };
    (done, packed)
}

/// The bytes of a block, what it became, and that for the cache if it is to be kept.
fn parsed(one: &Planned, timings: &Timings, work: Work) -> (usize, Parsed, Option<Packed>) {
    let parse = |block: Block| {
        let batch = LineBatch::split(block.bytes, block.offset);
        match &one.kind {
            Kind::Log(detected) => parse(&detected.format, one.zone, &batch),
            _ => all_unparsed(&batch),
        }
    };
    match work {
        Work::Block(block, place) => {
            let bytes = block.bytes.len();
            let parsed = timings.time("parse", bytes, || parse(block));
            let pack = |place| Packed::new(place, &parsed);
            let packed = place.map(|place| timings.time("cache", 0, || pack(place)));
            (bytes, parsed, packed)
        }
        Work::Stored(place, frame) => {
            let bytes = place.bytes as usize;
            let parsed = timings.time("parse", bytes, || restored(one, &place, &frame, parse));
            (bytes, parsed, None)
        }
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

/// Shifts the events of a chunk, ns; for `--clock`.
fn shift(chunk: &mut Chunk, offset_ns: i64) {
    if offset_ns != 0 {
        chunk
            .time_ns
            .iter_mut()
            .for_each(|time| *time = time.saturating_add(offset_ns));
    }
}
