//! A worker: blocks in, parsed and counted. Knows nothing of the other blocks.

use std::thread;

use crossbeam_channel::{Receiver, Sender};

use super::cache::{Packed, Work, restored};
use super::merge::{Done, shift};
use super::options::Options;
use super::plan::{Kind, Planned};
use super::timings::Timings;
use crate::events::{Chunk, Text};
use crate::formats::{Parsed, parse};
use crate::input::Block;
use crate::lines::LineBatch;
use crate::series::Rollup;
use crate::series::rollup::Kinds;

/// A block on its way to a worker.
pub struct Job {
    /// Its place in reading order, from 0.
    pub sequence: u64,
    /// Index of its source.
    pub source: usize,
    /// The bytes, or what they became.
    pub work: Work,
}

/// What comes back, with the sequence of the job.
pub enum Answer {
    /// A block, and what of it is to be kept in the cache.
    Block(u64, Box<Done>, Option<Packed>),
    /// The rest of a source, by its index, cannot be read, and why.
    Failed(u64, usize, String),
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
            let _ = self
                .answers
                .send(Answer::Failed(self.sequence, self.source, why));
        }
    }
}

/// Parses and counts blocks until there are no more.
pub fn work(
    planned: &[Planned],
    options: &Options,
    timings: &Timings,
    to_do: &Receiver<Job>,
    answers: &Sender<Answer>,
) {
    for Job {
        sequence,
        source,
        work,
    } in to_do
    {
        let _owed = Owed {
            sequence,
            source,
            answers,
        };
        let one = &planned[source];
        let (bytes, mut parsed, packed) = parsed(one, timings, work);
        shift(&mut parsed.chunk, one.clock_offset_ns);
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
        if answers
            .send(Answer::Block(sequence, Box::new(done), packed))
            .is_err()
        {
            return;
        }
    }
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
