//! Reading: one reader cuts sources into blocks, workers parse and count them, one merger
//! puts them together in reading order. Bounded channels between; the same result on any
//! number of threads.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::conclude::{self, Gathered};
use super::merge::{Done, Merged, shift, tally_record};
use super::options::Options;
use super::partial::{Partial, Told};
use super::plan::{Kind, Planned, plan};
use super::timings::Timings;
use super::{Progress, Snapshot};
use crate::clock;
use crate::events::{Chunk, Text};
use crate::formats::parse::may_open_event;
use crate::formats::{Engine, Names, Parsed, StampSide, blocks, entries, parse_with};
use crate::input::{Block, Blocks, Cut, Source, open};
use crate::lines::LineBatch;
use crate::records::{self, Context, Record};
use crate::series::Rollup;
use crate::series::rollup::Kinds;

/// Blocks in flight per worker.
const BLOCKS_PER_WORKER: usize = 3;
/// Largest record read, in bytes.
const RECORD_BYTES_MAX: u64 = 64 << 20;

/// A block on its way to a worker.
struct Job {
    sequence: u64,
    source: usize,
    block: Block,
}

/// What comes back.
enum Answer {
    Block(u64, Box<Done>),
    Failed(u64, usize, String),
}

/// Reads and concludes. `show` gets partial snapshots while reading goes on and returns
/// false to stop; the last snapshot is returned.
pub fn analyse(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    timings: &Timings,
    show: &mut dyn FnMut(Snapshot) -> bool,
) -> Snapshot {
    analyse_telling(title, sources, options, timings, Told::Snapshots(show))
}

/// The same for those who look at the end only: `tell` gets how far the reading is, which costs
/// nothing, and returns false to stop.
pub fn analyse_at_once(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    timings: &Timings,
    tell: &mut dyn FnMut(Progress) -> bool,
) -> Snapshot {
    analyse_telling(title, sources, options, timings, Told::Progress(tell))
}

fn analyse_telling(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    timings: &Timings,
    mut told: Told<'_>,
) -> Snapshot {
    timings.time("whole", 0, || {
        let (planned, zone) = plan(sources, options);
        let on_disk: Arc<AtomicU64> = Arc::default();
        let mut merged = Merged::new(planned.len());
        let bytes_total = planned.iter().map(|one| one.source.disk_bytes).sum();
        let mut partial = Partial::new(
            title,
            &planned,
            zone,
            options,
            bytes_total,
            Arc::clone(&on_disk),
        );
        read_logs(
            &planned,
            options,
            timings,
            &on_disk,
            &mut merged,
            &mut |merged| partial.show(merged, &mut told),
        );
        let records = read_records(&planned, zone, &mut merged, options);
        let progress = partial.progress(&merged, true);
        let gathered = Gathered {
            title,
            planned: &planned,
            zone,
            merged: &merged,
            records,
            progress,
            options,
        };
        conclude::conclude(&gathered, timings)
    })
}

fn read_logs(
    planned: &[Planned],
    options: &Options,
    timings: &Timings,
    on_disk: &Arc<AtomicU64>,
    merged: &mut Merged,
    shown: &mut dyn FnMut(&Merged) -> bool,
) {
    let workers = options.threads.max(1);
    let (jobs, to_do) = bounded::<Job>(workers * BLOCKS_PER_WORKER);
    let (answers, answered) = bounded::<Answer>(workers * BLOCKS_PER_WORKER);
    let (used, spare) = bounded::<Vec<u8>>(workers * BLOCKS_PER_WORKER);
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        let failures = answers.clone();
        let stop = &stop;
        scope.spawn(move || read_blocks(planned, timings, on_disk, jobs, failures, &spare, stop));
        for worker in 0..workers {
            let (to_do, answers) = (to_do.clone(), answers.clone());
            let (names, used) = (Names::new(worker), used.clone());
            scope.spawn(move || work(planned, options, timings, names, &to_do, &answers, &used));
        }
        drop((answers, to_do));
        merge_in_order(planned, timings, &answered, merged, stop, shown);
    });
}

/// The reader: blocks of all logs, one source after the other.
fn read_blocks(
    planned: &[Planned],
    timings: &Timings,
    on_disk: &Arc<AtomicU64>,
    jobs: Sender<Job>,
    failures: Sender<Answer>,
    spare: &Receiver<Vec<u8>>,
    stop: &AtomicBool,
) {
    let mut sequence = 0;
    for (source, one) in planned.iter().enumerate() {
        let cut: Cut = match &one.kind {
            Kind::Log(detected) if matches!(detected.format.engine, Engine::Blocks(_)) => {
                blocks::Blocks::opens
            }
            Kind::Log(detected) if matches!(detected.format.engine, Engine::Entries(_)) => {
                entries::opens
            }
            Kind::Log(_) | Kind::Unknown(_) => may_open_event,
            Kind::Record(_) | Kind::Unreadable(_) => continue,
        };
        let mut blocks = match open(&one.source, Arc::clone(on_disk)) {
            Ok(reader) => Blocks::new(reader, cut),
            Err(error) => {
                if failures
                    .send(Answer::Failed(sequence, source, error.to_string()))
                    .is_err()
                {
                    return;
                }
                sequence += 1;
                continue;
            }
        };
        loop {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            spare.try_iter().for_each(|buffer| blocks.reuse(buffer));
            let next = timings.time("read", 0, || blocks.next_block());
            let sent = match next {
                Ok(Some(block)) => jobs
                    .send(Job {
                        sequence,
                        source,
                        block,
                    })
                    .is_ok(),
                Ok(None) => break,
                Err(error) => {
                    let why = format!("cannot read {} to its end: {error}", one.source.name);
                    let sent = failures.send(Answer::Failed(sequence, source, why)).is_ok();
                    sequence += 1;
                    if sent {
                        break;
                    }
                    false
                }
            };
            if !sent {
                return;
            }
            sequence += 1;
        }
    }
}

fn work(
    planned: &[Planned],
    options: &Options,
    timings: &Timings,
    mut names: Names,
    to_do: &Receiver<Job>,
    answers: &Sender<Answer>,
    used: &Sender<Vec<u8>>,
) {
    for Job {
        sequence,
        source,
        block,
    } in to_do
    {
        let bytes = block.bytes.len();
        let one = &planned[source];
        let mut parsed = timings.time("parse", bytes, || {
            let batch = LineBatch::split(block.bytes, block.offset);
            let parsed = match &one.kind {
                Kind::Log(detected) => {
                    parse_with(&detected.format, one.zone, &batch, source, &mut names)
                }
                _ => all_unparsed(&batch),
            };
            // Where the reader has enough of them, or is done, the buffer goes.
            let _ = used.try_send(batch.into_buffer());
            parsed
        });
        shift(&mut parsed.chunk, one.clock_offset_ns);
        if options.since_ns.is_some() || options.until_ns.is_some() {
            let range = options.since_ns.unwrap_or(i64::MIN)..options.until_ns.unwrap_or(i64::MAX);
            let before = parsed.chunk.len();
            parsed.chunk = within(&parsed.chunk, &range);
            parsed.left_out = (before - parsed.chunk.len()) as u64;
            parsed.headers += parsed.left_out;
        }
        let rollup = timings.time("roll up", bytes, || {
            Rollup::of(&parsed.chunk, Kinds::of(names.of(Text::Kind)))
        });
        let done = Done {
            source,
            bytes: bytes as u64,
            parsed,
            rollup,
        };
        if answers
            .send(Answer::Block(sequence, Box::new(done)))
            .is_err()
        {
            return;
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

fn merge_in_order(
    planned: &[Planned],
    timings: &Timings,
    answered: &Receiver<Answer>,
    merged: &mut Merged,
    stop: &AtomicBool,
    shown: &mut dyn FnMut(&Merged) -> bool,
) {
    let mut waiting: BTreeMap<u64, Answer> = BTreeMap::new();
    let mut next = 0;
    for answer in answered {
        let (Answer::Block(sequence, _) | Answer::Failed(sequence, ..)) = &answer;
        waiting.insert(*sequence, answer);
        while let Some(answer) = waiting.remove(&next) {
            next += 1;
            match answer {
                Answer::Block(_, done) => {
                    let bytes = done.bytes as usize;
                    let side = match &planned[done.source].kind {
                        Kind::Log(detected) => detected.format.side,
                        _ => StampSide::Start,
                    };
                    timings.time("merge", bytes, || merged.add(*done, side));
                }
                Answer::Failed(_, source, why) => merged.tallies[source].error = Some(why),
            }
        }
        if !stop.load(Ordering::Relaxed) && !shown(merged) {
            // Whoever looked is gone: the reader ends, what is under way is drained.
            stop.store(true, Ordering::Relaxed);
        }
    }
}

fn read_records(
    planned: &[Planned],
    zone: clock::Zone,
    merged: &mut Merged,
    options: &Options,
) -> Vec<Record> {
    let ranges = merged.tallies.iter().filter_map(super::merge::Tally::range);
    let range_ns = ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)));
    let any_log = range_ns.is_some();
    let context = Context {
        zone: (any_log || options.zone.is_some()).then_some(zone),
        range_ns,
    };
    let mut found = Vec::new();
    for (source, one) in planned.iter().enumerate() {
        let Kind::Record(_) = one.kind else { continue };
        let mut bytes = Vec::new();
        let read = open(&one.source, Arc::default())
            .map_err(|error| error.to_string())
            .and_then(|reader| {
                reader
                    .take(RECORD_BYTES_MAX)
                    .read_to_end(&mut bytes)
                    .map_err(|error| error.to_string())
            });
        if let Err(error) = read {
            merged.tallies[source].error = Some(error);
        }
        let record = records::read(&one.source.name, &bytes, &context);
        tally_record(
            &mut merged.tallies[source],
            &bytes,
            (record.milestones.len() + record.changes.len()) as u64,
        );
        found.push(record);
    }
    found
}
