//! The reader of sources that are followed: what they hold at the start, then what is appended,
//! files that join, and sources that are only known for what they are once they hold something.
//!
//! In: planned sources. Out: blocks for the workers and news for the merger, in one order.

mod between;
mod sources;

use std::collections::BTreeSet;
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendError, Sender, TryRecvError};

use self::between::Between;
use self::sources::{eldest_followed, written};
use super::cache::Work;
use super::options::Options;
use super::plan::{Kind, Planned};
use super::timings::Timings;
use super::work::{Answer, Job};
use crate::clock::{self, Zone};
use crate::input::child::ChildLog;
use crate::input::follow::{Filling, Follower, Shelf, Standing, Surroundings};
use crate::input::{Block, Blocks, Origin, spool};

/// Sources followed at the same time, each with its file open; further ones are read once.
pub const FOLLOWED_MAX: usize = 512;
/// Time between two looks at the files, ns; and between two looks for files that join.
const LOOK_NS: i64 = 100_000_000;
const JOIN_NS: i64 = 1_000_000_000;
/// Files that come with the first one are waited for so long, ns.
const SETTLE_NS: i64 = 1_000_000_000;
/// A pipe that never pauses is judged after so long all the same, ns.
const CATCH_UP_NS: i64 = 3_000_000_000;
/// Looking takes at most a hundredth of the time.
const LOOK_TIMES: i64 = 100;
/// Bytes taken of one source before the others have their turn.
const TURN_BYTES: u64 = 8 << 20;

/// What following needs beside the sources.
pub struct Following {
    /// Where the files of followed sources are found again.
    pub shelf: Arc<Shelf>,
    /// Spools that are still being filled.
    pub filling: Arc<Filling>,
    /// Files that were found at the start, those that became something else among them: parts of
    /// rotated logs and their copies, bundles.
    pub paths: BTreeSet<PathBuf>,
}

/// Whom the reader tells.
pub struct Outlets<'a> {
    /// Blocks for the workers.
    pub jobs: Sender<Job>,
    /// One for each block that may be on its way.
    pub places: Receiver<()>,
    /// News for the merger.
    pub answers: Sender<Answer>,
    /// How each source stands, by index; `None` for those that are not followed.
    pub standings: &'a Mutex<Vec<Option<Standing>>>,
    /// Bytes taken from disk.
    pub on_disk: Arc<AtomicU64>,
    /// How many sources could be followed and are read once.
    pub not_followed: &'a AtomicU64,
}

/// How a source is read.
enum Way {
    Follow(Box<Follower>),
    Once(Blocks<Box<dyn Read + Send>>),
    /// A packed spool that is still being filled.
    Awaited,
    Done,
}

struct Watched {
    planned: Arc<Planned>,
    between: Between,
    /// It is known what it is.
    known: bool,
    way: Way,
    /// Bytes when it was last asked what it is, and since when it has held something.
    asked_bytes: u64,
    held_since_ns: Option<i64>,
    /// A spool that is being filled, and had something at the last look.
    busy: bool,
}

/// What one look gave.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Took {
    Nothing,
    /// All that was there.
    All,
    /// So much that the others have their turn first.
    Part,
}

/// Nobody listens any more.
struct Gone;

impl<T> From<SendError<T>> for Gone {
    fn from(_: SendError<T>) -> Self {
        Self
    }
}

/// The reader.
pub struct Watch<'a> {
    options: &'a Options,
    zone: Zone,
    following: &'a Following,
    timings: &'a Timings,
    outlets: Outlets<'a>,
    sources: Vec<Watched>,
    paths: BTreeSet<PathBuf>,
    /// What the user named that files may join.
    named: Vec<PathBuf>,
    around: Surroundings,
    followed: usize,
    sequence: u64,
}

impl<'a> Watch<'a> {
    /// Opens what is to be followed, all before the first byte is read: what is renamed
    /// meanwhile is not lost.
    pub fn new(
        planned: &[Planned],
        options: &'a Options,
        zone: Zone,
        following: &'a Following,
        timings: &'a Timings,
        outlets: Outlets<'a>,
    ) -> Self {
        let paths = planned
            .iter()
            .map(|one| one.source.origin.path().to_path_buf());
        let paths = paths.chain(following.paths.iter().cloned());
        let joinable = |path: &&PathBuf| {
            let is_program = ChildLog::named(&path.to_string_lossy()).is_some();
            !is_program && !spool::gives_once(path) && !path.is_file()
        };
        let mut watch = Self {
            options,
            zone,
            following,
            timings,
            outlets,
            sources: Vec::new(),
            paths: paths.collect(),
            named: options.sources.iter().filter(joinable).cloned().collect(),
            around: Surroundings::default(),
            followed: 0,
            sequence: 0,
        };
        watch.around.begin_round(clock::now_ns());
        let eldest_ns = eldest_followed(planned);
        for one in planned {
            let written = written(&one.source);
            let watched = match written >= eldest_ns {
                true => watch.watched(one.clone()),
                false => watch.read_once(one.clone()),
            };
            watch.sources.push(watched);
        }
        watch
    }

    /// Reads until `stop` is closed or nothing is left that may grow; without any source until the
    /// first file is there.
    pub fn run(mut self, stop: &Receiver<()>) {
        // Nobody listens any more: there is nobody to tell.
        let _ = self.whole(stop);
    }

    fn whole(&mut self, stop: &Receiver<()>) -> Result<(), Gone> {
        self.tell_standings();
        for i in 0..self.sources.len() {
            // What grows faster than it is read must not keep the others waiting.
            let bytes = match &self.sources[i].way {
                Way::Follow(_) => self.sources[i].planned.source.disk_bytes.max(1),
                _ => u64::MAX,
            };
            self.ask(i)?;
            self.drain(i, bytes, Some(stop))?;
        }
        let (start_ns, mut caught_up) = (clock::now_ns(), false);
        let mut first_ns = None;
        let mut join_at_ns = start_ns;
        loop {
            let began_ns = clock::now_ns();
            if !caught_up && (self.is_caught_up() || began_ns - start_ns > CATCH_UP_NS) {
                let sequence = self.next();
                self.outlets.answers.send(Answer::CaughtUp(sequence))?;
                caught_up = true;
            }
            let took = self.round()?;
            self.tell_standings();
            let looked_ns = clock::now_ns();
            if self.sources.is_empty() {
                // Whoever follows begins anew with all that is there by then: together they say more,
                // of zones for one, than each as it comes.
                if self.any_file() && looked_ns - *first_ns.get_or_insert(looked_ns) >= SETTLE_NS {
                    return Ok(());
                }
            } else if looked_ns >= join_at_ns {
                self.join()?;
                let done_ns = clock::now_ns();
                join_at_ns = done_ns + ((done_ns - looked_ns) * LOOK_TIMES).max(JOIN_NS);
            }
            let left = self.sources.iter().any(|one| !matches!(one.way, Way::Done));
            if !left && self.named.is_empty() {
                return Ok(());
            }
            // Reading is not looking: only a round without news says what looking costs.
            let spent_ns = looked_ns - began_ns;
            let pause_ns = match took {
                Took::Nothing => (spent_ns * LOOK_TIMES).max(LOOK_NS),
                Took::All => LOOK_NS - spent_ns,
                Took::Part => 0,
            };
            let pause = Duration::from_nanos(u64::try_from(pause_ns).unwrap_or(0));
            match stop.recv_timeout(pause) {
                Err(RecvTimeoutError::Timeout) => {}
                _ => break,
            }
        }
        self.finish()
    }

    /// The last look, and all that was held back.
    fn finish(&mut self) -> Result<(), Gone> {
        self.round()?;
        for i in 0..self.sources.len() {
            while let Way::Follow(follower) = &mut self.sources[i].way {
                let Some(block) = follower.finish() else {
                    break;
                };
                self.send(i, block)?;
            }
        }
        self.tell_standings();
        Ok(())
    }

    /// One look at every source.
    fn round(&mut self) -> Result<Took, Gone> {
        self.around.begin_round(clock::now_ns());
        let mut took = Took::Nothing;
        for i in 0..self.sources.len() {
            self.ask(i)?;
            self.tell_failure(i)?;
            took = took.max(self.drain(i, TURN_BYTES, None)?);
        }
        Ok(took)
    }

    /// Tells why a spool was not filled to its end.
    fn tell_failure(&mut self, i: usize) -> Result<(), Gone> {
        let path = self.sources[i].planned.source.origin.path();
        if let Some(why) = self.following.filling.take_failure(path) {
            let failed = Answer::Failed(self.next(), i, why);
            self.outlets.answers.send(failed)?;
        }
        Ok(())
    }

    /// Whether what was there at the start was read: of a pipe what came until it paused.
    fn is_caught_up(&self) -> bool {
        self.sources.iter().all(|one| one.known && !one.busy)
    }

    /// Reads a source to its present end, or somewhat more than so many bytes.
    fn drain(&mut self, i: usize, bytes: u64, stop: Option<&Receiver<()>>) -> Result<Took, Gone> {
        let mut taken = 0;
        while self.sources[i].known && (taken < bytes || self.reads_older(i)) {
            if stop.is_some_and(|stop| stop.try_recv() != Err(TryRecvError::Empty)) {
                return Err(Gone);
            }
            let (now_ns, older) = (clock::now_ns(), self.reads_older(i));
            let (around, way) = (&mut self.around, &mut self.sources[i].way);
            let next = self.timings.time("read", 0, || match way {
                Way::Follow(follower) => Ok(follower.poll(around, now_ns)),
                Way::Once(blocks) => blocks.next_block(),
                Way::Awaited | Way::Done => Ok(None),
            });
            match next {
                // What comes of older parts is counted where it is unpacked.
                Ok(Some(block)) if older && self.reads_older(i) => self.send_on(i, block)?,
                Ok(Some(block)) => {
                    taken += block.bytes.len() as u64;
                    self.send(i, block)?;
                }
                Ok(None) => {
                    self.ended(i)?;
                    break;
                }
                Err(error) => {
                    let name = &self.sources[i].planned.source.name;
                    let why = format!("cannot read {name} to its end: {error}");
                    let sequence = self.next();
                    self.outlets
                        .answers
                        .send(Answer::Failed(sequence, i, why))?;
                    self.sources[i].way = Way::Done;
                }
            }
        }
        let one = &mut self.sources[i];
        let goes_on = |one: &Watched| {
            self.following
                .filling
                .goes_on(one.planned.source.origin.path())
        };
        one.busy = one.busy && (taken > 0 || !one.known) && goes_on(one);
        Ok(match taken {
            0 => Took::Nothing,
            n if n < bytes => Took::All,
            _ => Took::Part,
        })
    }

    /// Whether a source is a rotated log of which older parts are still to be read.
    fn reads_older(&self, i: usize) -> bool {
        matches!(&self.sources[i].way, Way::Follow(follower) if follower.reads_older())
    }

    /// A source has nothing more for now: one that cannot grow is done with.
    fn ended(&mut self, i: usize) -> Result<(), Gone> {
        let one = &mut self.sources[i];
        let source = &one.planned.source;
        let is_kept = matches!(source.origin, Origin::Kept(_));
        match &mut one.way {
            Way::Once(_) => one.way = Way::Done,
            Way::Follow(follower) if is_kept => {
                if !self.following.filling.goes_on(source.origin.path()) {
                    // What came between the last look and the end of the filling.
                    let now_ns = clock::now_ns();
                    let mut rest = Vec::new();
                    while let Some(block) = follower.poll(&mut self.around, now_ns) {
                        rest.push(block);
                    }
                    rest.extend(follower.finish());
                    one.way = Way::Done;
                    for block in rest {
                        self.send(i, block)?;
                    }
                }
            }
            Way::Follow(_) | Way::Awaited | Way::Done => {}
        }
        Ok(())
    }

    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence - 1
    }

    fn send(&mut self, source: usize, block: Block) -> Result<(), Gone> {
        if matches!(self.sources[source].way, Way::Follow(_) | Way::Done) {
            let bytes = block.bytes.len() as u64;
            let on_disk = &self.outlets.on_disk;
            on_disk.fetch_add(bytes, std::sync::atomic::Ordering::Relaxed);
        }
        self.send_on(source, block)
    }

    fn send_on(&mut self, source: usize, mut block: Block) -> Result<(), Gone> {
        let sequence = self.next();
        let one = &mut self.sources[source];
        let format = match &one.planned.kind {
            Kind::Log(detected) => Some(&detected.format),
            _ => None,
        };
        let (context, before) = one.between.over(format, &mut block);
        let job = Job {
            sequence,
            source,
            planned: Arc::clone(&one.planned),
            context,
            before,
            work: Work::Block(block, None),
        };
        self.outlets.places.recv().map_err(|_| Gone)?;
        self.outlets.jobs.send(job)?;
        Ok(())
    }
}
