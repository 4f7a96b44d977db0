//! What one worker does: a block of a source in, its events and counts out. Workers share nothing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, Sender};

use super::by_kind::{keep_within, rolled_up};
use super::cache::{Packed, Work, restored};
use super::naming::{BlockNames, Desk};
use super::narrow::{Narrow, Reach, Written};
use super::options::Options;
use super::plan::{Kind, Planned};
use super::timings::Timings;
use crate::events::spares::Spares;
use crate::formats::behind::{Before, parse_behind};
use crate::formats::cut::cut;
use crate::formats::stamp::StampContext;
use crate::formats::{Parsed, SourceKind, Tables, parse_with};
use crate::input::{Block, Buffers, Cut};
use crate::lines::LineBatch;
use crate::series::Rollup;

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
    /// What its stamps need from the blocks before it.
    pub context: StampContext,
    /// The event that its first lines may go on with.
    pub before: Option<Before>,
    /// The bytes, or what they became.
    pub work: Work,
}

/// A block after its worker.
pub struct Done {
    /// Index of the source.
    pub source: usize,
    /// Bytes of the block.
    pub bytes: u64,
    /// Its events; their names are in `naming`.
    pub parsed: Parsed,
    /// What their symbols stand for.
    pub naming: BlockNames,
    /// Its counts.
    pub rollup: Rollup,
    /// The counts of events of other kinds than its format's.
    pub foreign: BTreeMap<SourceKind, Rollup>,
    /// What it held before a filter was asked; `None` without one.
    pub reach: Option<Reach>,
}

/// Memory that is used again.
#[derive(Debug, Clone, Default)]
pub struct Reused {
    /// What blocks are read into.
    pub buffers: Buffers,
    /// What events are put into.
    pub spares: Spares,
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
        Kind::Log(detected) => Some(cut(Some(&detected.format))),
        Kind::Unknown(_) => Some(cut(None)),
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

/// Works as one of several until there is nothing more to do; leaves the events that `narrow`
/// means, if there is one. The buffers of blocks go back to `buffers`.
pub fn work(
    worker: usize,
    options: &Options,
    narrow: Option<&Narrow>,
    (timings, reused): (&Timings, &Reused),
    to_do: &Receiver<Job>,
    answers: &Sender<Answer>,
) {
    let mut desk = Desk::new(worker);
    for job in to_do {
        let (sequence, source) = (job.sequence, job.source);
        let _owed = Owed {
            sequence,
            source,
            answers,
        };
        let (done, packed) = one(job, (options, narrow), (timings, reused), &mut desk);
        let answer = Answer::Block(sequence, Box::new(done), packed);
        if answers.send(answer).is_err() {
            return;
        }
    }
}

fn one(
    job: Job,
    (options, narrow): (&Options, Option<&Narrow>),
    (timings, reused): (&Timings, &Reused),
    desk: &mut Desk,
) -> (Done, Option<Packed>) {
    let Job {
        source,
        planned,
        context,
        before,
        work,
        ..
    } = job;
    let written = narrow.and_then(|narrow| written(narrow, &work));
    // A filter looks at all names of a table.
    let goes_on = narrow.is_none() && matches!(work, Work::Block(..));
    let mut tables = match goes_on {
        true => desk.take(source),
        false => Tables::default(),
    };
    tables.spare = reused.spares.take();
    let from = (context, before, tables);
    let (bytes, mut parsed, packed) = parsed(&planned, from, (timings, reused), work);
    shift(&mut parsed, planned.clock_offset_ns);
    if options.since_ns.is_some() || options.until_ns.is_some() {
        let range = options.since_ns.unwrap_or(i64::MIN)..options.until_ns.unwrap_or(i64::MAX);
        keep_within(&mut parsed, &range);
    }
    let reach = narrow.map(|narrow| {
        timings.time("filter", bytes, || {
            narrow.keep(&mut parsed, &planned, written.as_ref())
        })
    });
    let (rollup, foreign) = timings.time("roll up", bytes, || rolled_up(&parsed));
    let naming = match goes_on {
        true => desk.put_back(&mut parsed),
        false => BlockNames::own(&parsed),
    };
    let done = Done {
        source,
        bytes: bytes as u64,
        parsed,
        naming,
        rollup,
        foreign,
        reach,
    };
    (done, packed)
}

/// The bytes of a block, where a filter asks for lines. What was cached holds none: it is not used
/// then.
fn written(narrow: &Narrow, work: &Work) -> Option<Written> {
    match work {
        Work::Block(block, _) if narrow.reads_lines() => Some((block.offset, block.bytes.clone())),
        _ => None,
    }
}

/// The bytes of a block, what it became, and that for the cache if it is to be kept.
fn parsed(
    one: &Planned,
    (context, before, tables): (StampContext, Option<Before>, Tables),
    (timings, reused): (&Timings, &Reused),
    work: Work,
) -> (usize, Parsed, Option<Packed>) {
    let parse = |block: Block, before: Option<Before>, tables: Tables| {
        let batch = LineBatch::split(block.bytes, block.offset).under(block.header);
        let parsed = match (&one.kind, before) {
            (Kind::Log(detected), None) => parse_with(&detected.format, context, &batch, tables),
            (Kind::Log(detected), Some(before)) => {
                parse_behind(&detected.format, (before, context), &batch, tables)
            }
            _ => all_unparsed(&batch),
        };
        reused.buffers.give(batch.into_buffer());
        parsed
    };
    match work {
        Work::Block(block, place) => {
            let bytes = block.bytes.len();
            let parsed = timings.time("parse", bytes, || parse(block, before, tables));
            let pack = |place| Packed::new(place, &parsed);
            let packed = place.map(|place| timings.time("cache", 0, || pack(place)));
            (bytes, parsed, packed)
        }
        Work::Stored(place, frame) => {
            let bytes = place.bytes as usize;
            let parse = |block| parse(block, None, Tables::default());
            let restored = || restored(one, &place, (&frame, tables.spare), parse);
            let parsed = timings.time("parse", bytes, restored);
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

/// Shifts what was parsed, ns; for `--clock`.
fn shift(parsed: &mut Parsed, offset_ns: i64) {
    if offset_ns != 0 {
        let times = parsed.chunk.time_ns.iter_mut();
        let seen = parsed.sightings.iter_mut();
        times
            .chain(seen.flat_map(|one| [&mut one.first_ns, &mut one.last_ns]))
            .for_each(|time| *time = time.saturating_add(offset_ns));
    }
}
