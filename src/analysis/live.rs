//! The whole way, live: what the sources hold, then what is appended, as snapshots that follow.
//!
//! One reader (`watch`), workers, the merger (the calling thread) and one who judges (`judge`).
//! Merging never waits for a judgement; both snapshots and judgements take a bounded share of
//! the time.

mod lag;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};

use super::budget::Budget;
use super::cache::Keepers;
use super::conclude::{self, Gathered};
use super::ingest::{Order, any_log, places, read_records, take};
use super::judge::{Frozen, Task, judge, with_judgement};
use super::merge::Merged;
use super::narrow::Narrow;
use super::options::Options;
use super::pace::Pace;
use super::partial::Reading;
use super::plan::{Planned, plan};
use super::restate::{Own, join};
use super::timings::Timings;
use super::watch::{FOLLOWED_MAX, Following, Outlets, Watch};
use super::work::{Answer, BLOCKS_PER_WORKER, Reused, work};
use super::{BlindSpot, Snapshot};
use crate::clock::{self, NS_PER_S, Zone};
use crate::input::Source;
use crate::input::follow::Standing;

/// A source that grew within this is being written: its lag is against the clock.
const WRITTEN_NS: i64 = 60 * NS_PER_S;
/// Without news the lags are told that often.
const QUIET_NS: i64 = 5 * NS_PER_S;

/// Reads, concludes, and goes on with what is appended until `show` returns false or nothing is
/// left that may grow. The last snapshot, which holds everything, is returned. `marks` gives the
/// incident file of the app each time something was marked in it. Without any source it ends when
/// there is a first file to begin with.
pub fn follow(
    title: &str,
    sources: Vec<Source>,
    options: &Options,
    (following, marks): (&Following, &Receiver<Own>),
    show: &mut dyn FnMut(Snapshot) -> bool,
) -> Snapshot {
    let timings = Timings::default();
    let (planned, zone) = plan(sources, options);
    let narrow = Narrow::of(options, zone);
    let narrow = narrow.as_ref();
    let reading = Reading::of(&planned);
    let standings: Mutex<Vec<Option<Standing>>> = Mutex::default();
    let not_followed = AtomicU64::new(0);
    let budget = Budget::of(options.memory_bytes);
    let merged = Merged::new(planned.len(), budget, options.spill_folder.clone());
    let (free, places) = places(&merged);
    let workers = options.threads.max(1);
    let (jobs, to_do) = bounded(workers * BLOCKS_PER_WORKER);
    let (answers, answered) = bounded(workers * BLOCKS_PER_WORKER);
    // What comes piece by piece is as long as it is: none of these is taken.
    let reused = Reused::default();
    let (to_judge, frozen) = bounded(1);
    let (judgements, judged) = bounded(1);
    let (stop, stopped) = bounded(0);
    // Judging leaves half of the machine to reading.
    let judging = Options {
        threads: workers.div_ceil(2),
        ..options.clone()
    };
    thread::scope(|scope| {
        let outlets = Outlets {
            jobs,
            places,
            answers: answers.clone(),
            standings: &standings,
            on_disk: Arc::<AtomicU64>::clone(&reading.on_disk),
            not_followed: &not_followed,
        };
        let watch = Watch::new(&planned, options, zone, following, &timings, outlets);
        scope.spawn(move || watch.run(&stopped));
        for worker in 0..workers {
            let (to_do, answers) = (to_do.clone(), answers.clone());
            let through = (&timings, &reused);
            scope.spawn(move || work(worker, options, narrow, through, &to_do, &answers));
        }
        drop((to_do, answers));
        let (judging, judge_timings) = (&judging, &timings);
        scope.spawn(move || judge(title, zone, judging, judge_timings, &frozen, &judgements));
        let mut merger = Merger {
            title,
            zone,
            options,
            timings: &timings,
            reading: &reading,
            standings: &standings,
            not_followed: &not_followed,
            merged,
            free,
            planned: planned.clone(),
            caught_up_ns: None,
            last: None,
            judging: None,
            unjudged: false,
            marks: marks.clone(),
            own: None,
            unstated: false,
            unshown: false,
            shown_ns: clock::now_ns(),
            told: Vec::new(),
            partial: Pace::PARTIAL,
            judgement: Pace::JUDGEMENT,
        };
        merger.run(&answered, (to_judge, &judged), stop, show);
        merger.last_snapshot()
    })
}

/// What the judge is doing.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judging {
    /// A judgement that was begun then, ns.
    Since(i64),
    /// What was marked is put into the last one.
    Marks,
}

struct Merger<'a> {
    title: &'a str,
    zone: Zone,
    options: &'a Options,
    timings: &'a Timings,
    reading: &'a Reading,
    standings: &'a Mutex<Vec<Option<Standing>>>,
    not_followed: &'a AtomicU64,
    merged: Merged,
    /// Gives the reader a place for another block.
    free: Sender<()>,
    planned: Vec<Planned>,
    /// When what was there at the start was read, ns.
    caught_up_ns: Option<i64>,
    /// The last judgement.
    last: Option<Snapshot>,
    judging: Option<Judging>,
    /// What is marked in the app, as it comes; the newest; it is not in the last judgement.
    marks: Receiver<Own>,
    own: Option<Own>,
    unstated: bool,
    /// Something came since the last judgement was begun; since the last snapshot.
    unjudged: bool,
    unshown: bool,
    shown_ns: i64,
    /// The standings that were told last.
    told: Vec<Option<Standing>>,
    partial: Pace,
    judgement: Pace,
}

impl Merger<'_> {
    /// Merges and shows until the reader ends, which it does when `stop` is dropped.
    fn run(
        &mut self,
        answered: &Receiver<Answer>,
        (to_judge, judged): (Sender<Task>, &Receiver<Snapshot>),
        stop: Sender<()>,
        show: &mut dyn FnMut(Snapshot) -> bool,
    ) {
        let (mut order, mut stop) = (Order::default(), Some(stop));
        loop {
            let wake = stop.as_ref().map_or_else(never, |_| self.wake());
            select! {
                recv(answered) -> answer => match answer {
                    Ok(answer) => order.next(answer).into_iter().for_each(|one| self.take(one)),
                    Err(_) => return,
                },
                recv(judged) -> snapshot => if let Ok(snapshot) = snapshot {
                    self.judged(snapshot);
                },
                recv(self.marks) -> own => match own {
                    Ok(own) => (self.own, self.unstated) = (Some(own), true),
                    Err(_) => self.marks = never(),
                },
                recv(wake) -> _ => {}
            }
            if stop.is_none() {
                continue;
            }
            self.have_judged(&to_judge);
            if !self.show(show) {
                // Whoever looked is gone: the reader ends, what is under way is merged.
                stop = None;
            }
        }
    }

    /// When there is something to do though nothing comes.
    fn wake(&self) -> Receiver<std::time::Instant> {
        let now_ns = clock::now_ns();
        let show_ns = self.unshown.then(|| self.partial.wait_ns(now_ns));
        let may_judge = self.caught_up_ns.is_some() && self.unjudged && self.judging.is_none();
        let judge_ns = may_judge.then(|| self.judgement.wait_ns(now_ns));
        // How sources stand changes without a word.
        let quiet_ns = self.last.as_ref().map(|_| QUIET_NS);
        let next = [show_ns, judge_ns, quiet_ns].into_iter().flatten().min();
        next.map_or_else(never, |ns| after(Duration::from_nanos(ns.unsigned_abs())))
    }

    /// Whether a source stands otherwise than was told, or a lag is against the clock or was when it
    /// was told: else nothing has to be said again.
    fn lags_move(&self, now_ns: i64) -> bool {
        let standings = self
            .standings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let since_ns = now_ns.saturating_sub(WRITTEN_NS + 2 * QUIET_NS);
        let grew = |standing: &Standing| standing.grown_ns > since_ns;
        self.last.is_some() && (*standings != self.told || standings.iter().flatten().any(grew))
    }

    fn take(&mut self, answer: Answer) {
        (self.unjudged, self.unshown) = (true, true);
        match answer {
            Answer::CaughtUp(_) => self.caught_up_ns = Some(clock::now_ns()),
            Answer::Source(_, i, planned, again) => {
                if i == self.planned.len() {
                    self.planned.push(*planned);
                    self.merged.join();
                } else {
                    self.planned[i] = *planned;
                }
                if again {
                    // None of its lines were events: nothing else knows of them.
                    self.merged.tallies[i] = super::tally::Tally::default();
                }
            }
            answer => {
                let merged = (&mut self.merged, &Keepers::new(None));
                take(answer, &self.planned, self.timings, merged);
                let _ = self.free.try_send(());
            }
        }
    }

    fn judged(&mut self, snapshot: Snapshot) {
        let now_ns = clock::now_ns();
        if let Some(Judging::Since(began_ns)) = self.judging.take() {
            self.judgement.done(began_ns, now_ns);
        }
        (self.last, self.unshown) = (Some(snapshot), true);
        // A judgement is shown at once.
        self.partial = Pace::PARTIAL;
    }

    /// Hands a copy of what is there to the judge, if it is time to.
    fn have_judged(&mut self, to_judge: &Sender<Task>) {
        if self.judging.is_some() {
            return;
        }
        if let (true, Some(own), Some(last)) = (self.unstated, &self.own, &self.last) {
            // What somebody marked is shown at once, not with the next judgement.
            let task = Task::Restate(Box::new(last.clone()), own.clone());
            if to_judge.try_send(task).is_ok() {
                (self.judging, self.unstated) = (Some(Judging::Marks), false);
            }
            return;
        }
        let now_ns = clock::now_ns();
        let ready = self.caught_up_ns.is_some() && self.unjudged;
        if !ready || !self.judgement.is_due(now_ns) {
            return;
        }
        let frozen = Frozen {
            planned: self.planned.clone(),
            merged: self.merged.clone(),
            progress: self.progress(),
            own: self.own.clone(),
        };
        if to_judge.try_send(Task::Judge(Box::new(frozen))).is_ok() {
            (self.judging, self.unjudged) = (Some(Judging::Since(now_ns)), false);
            self.unstated = false;
        }
    }

    /// Shows what is there, if it is time to. False when nobody looks any more.
    fn show(&mut self, show: &mut dyn FnMut(Snapshot) -> bool) -> bool {
        let now_ns = clock::now_ns();
        let quiet = now_ns - self.shown_ns >= QUIET_NS && self.lags_move(now_ns);
        if !(self.unshown || quiet) || !self.partial.is_due(now_ns) {
            return true;
        }
        let mut snapshot = conclude::partial(&self.gathered(Vec::new()));
        if let Some(last) = &self.last {
            snapshot = with_judgement(last, snapshot, &self.planned);
        }
        self.tell_lags(&mut snapshot);
        self.told.clone_from(
            &self
                .standings
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        );
        snapshot.blind_spots.extend(self.not_followed());
        let go_on = show(snapshot);
        self.shown_ns = clock::now_ns();
        self.partial.done(now_ns, self.shown_ns);
        self.unshown = false;
        go_on
    }

    /// All that was read, concluded upon.
    fn last_snapshot(&mut self) -> Snapshot {
        let mut records = read_records(&self.planned, self.zone, &mut self.merged, self.options);
        if let Some(own) = &self.own {
            join(&mut records, own, any_log(&self.merged));
        }
        let mut gathered = self.gathered(records);
        (gathered.progress.finished, gathered.progress.following) = (true, false);
        let mut snapshot = conclude::conclude(&gathered, self.timings);
        self.tell_lags(&mut snapshot);
        snapshot.blind_spots.extend(self.not_followed());
        snapshot
    }

    /// Sources beyond the bound of those that are followed.
    fn not_followed(&self) -> Option<BlindSpot> {
        let n = self.not_followed.load(Ordering::Relaxed);
        let what =
            format!("{n} sources are read once and not followed beside {FOLLOWED_MAX} others");
        (n > 0).then_some(BlindSpot {
            source: String::new(),
            what,
            kind: "bound",
            range: None,
        })
    }

    fn progress(&self) -> super::Progress {
        let mut progress = self.reading.progress(&self.merged, self.last.is_some());
        progress.following = self.caught_up_ns.is_some();
        progress
    }

    fn gathered(&self, records: Vec<crate::records::Record>) -> Gathered<'_> {
        Gathered {
            title: self.title,
            planned: &self.planned,
            zone: self.zone,
            merged: &self.merged,
            records,
            progress: self.progress(),
            options: self.options,
            extent: std::cell::OnceCell::new(),
        }
    }

    /// How each followed source stands.
    fn tell_lags(&self, snapshot: &mut Snapshot) {
        let standings = self
            .standings
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let stamps = self.merged.tallies.iter().map(|tally| tally.stamped);
        let watermarks: Vec<Option<i64>> = stamps.map(|range| range.map(|range| range.1)).collect();
        let newest = watermarks.iter().flatten().copied().max();
        let now_ns = clock::now_ns();
        for (i, input) in snapshot.inputs.iter_mut().enumerate() {
            let Some(Some(standing)) = standings.get(i) else {
                continue;
            };
            let watermark_ns = watermarks.get(i).copied().flatten();
            let since_ns = now_ns.saturating_sub(WRITTEN_NS);
            let caught_up_ns = self.caught_up_ns.unwrap_or(now_ns);
            let is_written = standing.grown_ns > since_ns.max(caught_up_ns);
            let clock_ns = is_written.then_some(now_ns);
            input.live = Some(lag::live(standing, watermark_ns, (clock_ns, newest)));
            if input.error.is_none() {
                input.error.clone_from(&standing.error);
            }
        }
    }
}
