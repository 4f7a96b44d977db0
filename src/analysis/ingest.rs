//! Reading: one reader cuts sources into blocks, workers parse and count them, one merger
//! puts them together in reading order. Bounded channels between; the same result on any
//! number of threads.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, bounded};

use super::budget::Budget;
use super::cache::{Keepers, Reading};
use super::conclude::{self, Gathered};
use super::merge::{Merged, tally_record};
use super::options::Options;
use super::plan::{Kind, Planned, plan};
use super::timings::Timings;
use super::worker::{Answer, Job, work};
use super::{Progress, Snapshot};
use crate::clock;
use crate::formats::parse::may_open_event;
use crate::formats::{Engine, StampSide, blocks, entries};
use crate::input::{Cut, Source, open};
use crate::records::{self, Context, Record};

/// Blocks in flight per worker.
const BLOCKS_PER_WORKER: usize = 3;
/// Largest record read, in bytes.
const RECORD_BYTES_MAX: u64 = 64 << 20;
/// Partial snapshots take at most this share of the time: a pause of nine times their cost.
const PARTIAL_PAUSE: i64 = 9;
/// At most this many partial snapshots a second, as a pause in ns.
const PARTIAL_PAUSE_NS: i64 = 200_000_000;

/// Reads and concludes. `show` gets partial snapshots while reading goes on and returns
/// false to stop; the last snapshot is returned.
pub fn analyse(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    timings: &Timings,
    show: &mut dyn FnMut(Snapshot) -> bool,
) -> Snapshot {
    timings.time("whole", 0, || {
        let (planned, zone) = plan(sources, options);
        let on_disk: Arc<AtomicU64> = Arc::default();
        let budget = Budget::of(options.memory_bytes);
        let mut merged = Merged::new(planned.len(), budget, options.spill_folder.clone());
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
            &mut |merged| partial.show(merged, show),
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

/// Snapshots while reading goes on.
struct Partial<'a> {
    title: &'a str,
    planned: &'a [Planned],
    zone: clock::Zone,
    options: &'a Options,
    bytes_total: u64,
    on_disk: Arc<AtomicU64>,
    next_ns: i64,
}

impl<'a> Partial<'a> {
    fn new(
        title: &'a str,
        planned: &'a [Planned],
        zone: clock::Zone,
        options: &'a Options,
        bytes_total: u64,
        on_disk: Arc<AtomicU64>,
    ) -> Self {
        Self {
            title,
            planned,
            zone,
            options,
            bytes_total,
            on_disk,
            next_ns: 0,
        }
    }

    fn progress(&self, merged: &Merged, finished: bool) -> Progress {
        let events = merged.tallies.iter().map(super::merge::Tally::events).sum();
        Progress {
            bytes_read: self.on_disk.load(Ordering::Relaxed),
            bytes_total: self.bytes_total,
            events,
            finished,
        }
    }

    /// Shows what is there if it is time to. False to stop reading.
    fn show(&mut self, merged: &Merged, show: &mut dyn FnMut(Snapshot) -> bool) -> bool {
        let now_ns = clock::now_ns();
        if now_ns < self.next_ns {
            return true;
        }
        let progress = self.progress(merged, false);
        let gathered = Gathered {
            title: self.title,
            planned: self.planned,
            zone: self.zone,
            merged,
            records: Vec::new(),
            progress,
            options: self.options,
        };
        let go_on = show(conclude::partial(&gathered));
        let done_ns = clock::now_ns();
        self.next_ns = done_ns + ((done_ns - now_ns) * PARTIAL_PAUSE).max(PARTIAL_PAUSE_NS);
        go_on
    }
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
    let stop = AtomicBool::new(false);
    let keepers = Keepers::new(options.cache.as_ref());
    // What is parsed early waits for its turn: all together are as many as there is room for.
    let (free, places) = bounded::<()>(merged.budget().blocks.max(2));
    while free.try_send(()).is_ok() {}
    thread::scope(|scope| {
        let failures = answers.clone();
        let (keepers, places) = (&keepers, &places);
        let send = Sending {
            jobs,
            failures,
            places,
            stop: &stop,
        };
        scope.spawn(move || read_blocks(planned, timings, on_disk, keepers, &send));
        for _ in 0..workers {
            let (to_do, answers) = (to_do.clone(), answers.clone());
            scope.spawn(move || work(planned, options, timings, &to_do, &answers));
        }
        drop((answers, to_do));
        let mut take = |answer| {
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
            }
            // No reader waits for a place when the last block is merged.
            let _ = free.try_send(());
            if !stop.load(Ordering::Relaxed) && !shown(merged) {
                // Whoever looked is gone: the reader ends, what is under way is drained.
                stop.store(true, Ordering::Relaxed);
            }
        };
        take_in_order(&answered, &mut take);
    });
    keepers.finish();
}

/// Where the reader sends what it read.
struct Sending<'a> {
    jobs: Sender<Job>,
    failures: Sender<Answer>,
    /// One for each block that may be on its way.
    places: &'a Receiver<()>,
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
        let mut reading = Reading::new(one, source, cut, Arc::clone(on_disk), keepers);
        while let Some(next) = timings.time("read", 0, || reading.next_work()).transpose() {
            let sent = match next {
                Ok(work) => sending.send(Job {
                    sequence,
                    source,
                    work,
                }),
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

/// Hands out the answers in the order of their sequence.
fn take_in_order(answered: &Receiver<Answer>, take: &mut dyn FnMut(Answer)) {
    let mut waiting: BTreeMap<u64, Answer> = BTreeMap::new();
    let mut next = 0;
    for answer in answered {
        let (Answer::Block(sequence, ..) | Answer::Failed(sequence, ..)) = &answer;
        waiting.insert(*sequence, answer);
        while let Some(answer) = waiting.remove(&next) {
            next += 1;
            take(answer);
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
