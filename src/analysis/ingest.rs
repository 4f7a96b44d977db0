//! Reading: one reader cuts sources into blocks, workers parse and count them, one merger
//! puts them together in reading order. Bounded channels between; the same result on any
//! number of threads.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::Snapshot;
use super::budget::Budget;
use super::cache::{Keepers, Reading as FromCache, Work};
use super::conclude::{self, Gathered};
use super::merge::Merged;
use super::narrow::{self, Narrow};
use super::options::Options;
use super::pace::Pace;
use super::partial::{Partial, Reading, Show};
use super::plan::{Kind, Planned, plan};
use super::recorded::Recorded;
use super::tally::tally_record;
use super::timings::Timings;
use super::work::{Answer, BLOCKS_PER_WORKER, Job, Reused, cut_of, work};
use crate::clock;
use crate::formats::StampSide;
use crate::formats::carry::Carry;
use crate::input::{Buffers, Source, open};
use crate::records::{self, Context, Record};

/// Bytes of a record that are read: one more than are made use of, so that what is left out is seen.
const RECORD_BYTES_MAX: u64 = records::BYTES_MAX as u64 + 1;

/// Reads and concludes. `show` says what is wanted while reading goes on; the last snapshot is
/// returned.
pub fn analyse(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    timings: &Timings,
    mut show: Show<'_>,
) -> Snapshot {
    timings.time("whole", 0, || {
        let (planned, zone) = plan(sources, options);
        let reading = Reading::of(&planned);
        let budget = Budget::of(options.memory_bytes);
        let mut merged = Merged::new(planned.len(), budget, options.spill_folder.clone());
        let mut partial = Partial {
            title,
            planned: &planned,
            zone,
            options,
            reading: &reading,
            pace: Pace::PARTIAL,
        };
        let narrow = Narrow::of(options, zone);
        read_logs(
            &planned,
            (options, narrow.as_ref()),
            timings,
            &reading.on_disk,
            &mut merged,
            &mut |merged| partial.show(merged, &mut show),
        );
        let records = read_records(&planned, zone, &mut merged, options);
        let gathered = Gathered {
            title,
            planned: &planned,
            zone,
            records,
            progress: reading.progress(&merged, true),
            merged: &merged,
            options,
            extent: std::cell::OnceCell::new(),
        };
        let snapshot = conclude::conclude(&gathered, timings);
        if matches!(show, Show::Progress(_)) {
            // Who asks for progress alone ends with the answer: then the system takes back at once
            // what would be given back piece by piece.
            std::mem::forget(merged);
        }
        snapshot
    })
}

fn read_logs(
    planned: &[Planned],
    (options, narrow): (&Options, Option<&Narrow>),
    timings: &Timings,
    on_disk: &Arc<AtomicU64>,
    merged: &mut Merged,
    shown: &mut dyn FnMut(&Merged) -> bool,
) {
    let workers = options.threads.max(1);
    let (jobs, to_do) = bounded::<Job>(workers * BLOCKS_PER_WORKER);
    let (answers, answered) = bounded::<Answer>(workers * BLOCKS_PER_WORKER);
    let stop = AtomicBool::new(false);
    let cache = options
        .cache
        .as_ref()
        .filter(|_| narrow::can_use_cache(options));
    let keepers = Keepers::new(cache);
    let (free, places) = places(merged);
    let reused = Reused {
        buffers: Buffers::default(),
        spares: merged.kept.spares().clone(),
    };
    thread::scope(|scope| {
        let failures = answers.clone();
        let (keepers, places, reused) = (&keepers, &places, &reused);
        let send = Sending {
            jobs,
            failures,
            places,
            buffers: &reused.buffers,
            stop: &stop,
        };
        scope.spawn(move || read_blocks(planned, timings, on_disk, keepers, &send));
        for worker in 0..workers {
            let (to_do, answers) = (to_do.clone(), answers.clone());
            scope.spawn(move || work(worker, options, narrow, (timings, reused), &to_do, &answers));
        }
        drop((answers, to_do));
        let mut order = Order::default();
        for answer in answered {
            for answer in order.next(answer) {
                take(answer, planned, timings, (merged, keepers));
                // No reader waits for a place when the last block is merged.
                let _ = free.try_send(());
            }
            if !stop.load(Ordering::Relaxed) && !shown(merged) {
                // Whoever looked is gone: the reader ends, what is under way is drained.
                stop.store(true, Ordering::Relaxed);
            }
        }
    });
    keepers.finish();
}

/// A place for each block that may be on its way. What is parsed early waits for its turn: all
/// together are as many as there is room for.
pub fn places(merged: &Merged) -> (Sender<()>, Receiver<()>) {
    let (free, places) = bounded(merged.budget().blocks.max(2));
    while free.try_send(()).is_ok() {}
    (free, places)
}

/// Where the reader sends what it read.
struct Sending<'a> {
    jobs: Sender<Job>,
    failures: Sender<Answer>,
    /// One for each block that may be on its way.
    places: &'a Receiver<()>,
    /// What blocks are read into.
    buffers: &'a Buffers,
    stop: &'a AtomicBool,
}

impl Sending<'_> {
    /// Waits for a place. False when nothing more is wanted.
    fn send(&self, job: Job) -> bool {
        !self.stop.load(Ordering::Relaxed)
            && self.places.recv().is_ok()
            && self.jobs.send(job).is_ok()
    }
}

/// The reader: blocks of all logs, one source after the other.
fn read_blocks(
    planned: &[Planned],
    timings: &Timings,
    on_disk: &Arc<AtomicU64>,
    keepers: &Keepers<'_>,
    sending: &Sending<'_>,
) {
    let mut sequence = 0;
    for (source, one) in planned.iter().enumerate() {
        let Some(cut) = cut_of(&one.kind) else {
            continue;
        };
        let planned = Arc::new(one.clone());
        let mut carry = Carry::new(one.context, one.seen);
        let through = (Arc::clone(on_disk), sending.buffers.clone());
        let mut reading = FromCache::new(one, source, cut, through, keepers);
        while let Some(next) = timings.time("read", 0, || reading.next_work()).transpose() {
            let sent = match next {
                Ok(mut work) => {
                    let context = match (&one.kind, &mut work) {
                        (Kind::Log(detected), Work::Block(block, _)) => {
                            carry.blank_copies(&detected.format, &mut block.bytes);
                            carry.over(&detected.format, &block.bytes)
                        }
                        _ => one.context,
                    };
                    sending.send(Job {
                        sequence,
                        source,
                        planned: Arc::clone(&planned),
                        context,
                        before: None,
                        work,
                    })
                }
                Err(why) => {
                    let failed = Answer::Failed(sequence, source, why);
                    sending.places.recv().is_ok() && sending.failures.send(failed).is_ok()
                }
            };
            if !sent {
                return;
            }
            sequence += 1;
        }
    }
}

/// Answers in the order of reading.
#[derive(Default)]
pub struct Order {
    waiting: BTreeMap<u64, Answer>,
    next: u64,
}

impl Order {
    /// Takes an answer and gives those whose turn it is.
    pub fn next(&mut self, answer: Answer) -> Vec<Answer> {
        self.waiting.insert(answer.sequence(), answer);
        let mut due = Vec::new();
        while let Some(answer) = self.waiting.remove(&self.next) {
            self.next += 1;
            due.push(answer);
        }
        due
    }
}

/// Adds what a worker or the reader said of a source that is known.
pub fn take(
    answer: Answer,
    planned: &[Planned],
    timings: &Timings,
    (merged, keepers): (&mut Merged, &Keepers<'_>),
) {
    match answer {
        Answer::Block(_, done, packed) => {
            let bytes = done.bytes as usize;
            timings.time("cache", bytes, || keepers.add(done.source, packed));
            let side = match &planned[done.source].kind {
                Kind::Log(detected) => detected.format.side,
                _ => StampSide::Start,
            };
            timings.time("merge", bytes, || merged.add(*done, side));
        }
        Answer::Failed(_, source, why) => merged.tallies[source].error = Some(why),
        Answer::Source(..) | Answer::CaughtUp(_) => {}
    }
}

fn range_of_logs(merged: &Merged) -> Option<(i64, i64)> {
    let ranges = merged.tallies.iter().filter_map(super::tally::Tally::range);
    ranges.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// Whether any log had an event: else records are all there is.
pub fn any_log(merged: &Merged) -> bool {
    range_of_logs(merged).is_some()
}

/// Reads people's records, which the range of the logs dates.
pub fn read_records(
    planned: &[Planned],
    zone: clock::Zone,
    merged: &mut Merged,
    options: &Options,
) -> Vec<Record> {
    let range_ns = range_of_logs(merged);
    let any_log = range_ns.is_some();
    let context = Context {
        zone: (any_log || options.zone.is_some()).then_some(zone),
        range_ns,
        written_ns: None,
    };
    // Lists with whole stamps first: where there is no log, they date the texts.
    let records = planned
        .iter()
        .enumerate()
        .filter_map(|(source, one)| match one.kind {
            Kind::Record(kind) => Some((kind.is_text(), source, one)),
            _ => None,
        });
    let mut records: Vec<(bool, usize, &Planned)> = records.collect();
    records.sort_by_key(|&(is_text, source, _)| (is_text, source));
    let mut found = Recorded::default();
    for (is_text, source, one) in records {
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
        let context = Context {
            range_ns: range_ns.or_else(|| found.range().filter(|_| is_text)),
            written_ns: crate::input::glimpse::modified_ns(&one.source),
            ..context
        };
        let said = found.add(source, one, &bytes, &context, options);
        tally_record(&mut merged.tallies[source], &bytes, said);
    }
    found.all(any_log)
}
