//! A queue of jobs and the workers that take from it, job by job.
//!
//! In: the world. Out: what happens to every job, in order of time. Workers take the job that was
//! enqueued first, except those of an account that has its share of the workers already. A
//! worker that finishes takes the next job at once; idle ones look again at every waking. How a
//! step is written is the writers' matter.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use super::random::{Random, running_totals};
use super::scenario::Jobs;
use super::world::World;

/// What happens to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Enqueue,
    Start,
    Finish,
    Fail,
    Delete,
}

/// One step of one job.
#[derive(Debug)]
pub struct Event {
    pub at_ns: i64,
    pub step: Step,
    /// Index into the jobs.
    pub job: usize,
}

/// One job.
#[derive(Debug)]
pub struct Job<'a> {
    pub enqueued_ns: i64,
    pub account: usize,
    pub kind: &'a str,
}

/// Everything that the queue of a scenario does.
#[derive(Debug, Default)]
pub struct Course<'a> {
    pub jobs: Vec<Job<'a>>,
    pub events: Vec<Event>,
}

/// The name of account `i`.
pub fn account_name(i: usize) -> String {
    format!("acct-{}", 10_000 + 37 * i)
}

/// Simulates the queue over the whole span; nothing when the scenario has none.
pub fn course<'a>(world: &World<'a>) -> Course<'a> {
    let Some(rules) = &world.scenario.jobs else {
        return Course::default();
    };
    let jobs = arrivals(world, rules);
    let random = Random::stream(world.scenario.seed, "job runs");
    let mut queue = Queue::new(rules, &jobs, random);
    let mut next = 0;
    let end_ns = ns(world.span.end_s);
    let wake_ns = (rules.wake_s * 1e9) as i64;
    let mut wakes_ns = ns(world.span.start_s) + wake_ns;
    let mut purges: VecDeque<_> = rules.purges.iter().collect();
    loop {
        let arrives_ns = jobs.get(next).map_or(end_ns, |job| job.enqueued_ns);
        let purge_ns = purges
            .front()
            .map_or(end_ns, |purge| ns(world.span.second(&purge.at)));
        let ends_ns = queue.next_end_ns().unwrap_or(end_ns);
        let now_ns = arrives_ns.min(purge_ns).min(ends_ns).min(wakes_ns);
        if now_ns >= end_ns {
            break;
        }
        if now_ns == ends_ns {
            queue.end_one();
        } else if now_ns == arrives_ns {
            queue.enqueue(next);
            next += 1;
        } else if now_ns == purge_ns {
            let purge = purges.pop_front().expect("it has a time");
            queue.purge(now_ns, purge.account, &purge.kind);
        } else {
            queue.wake(now_ns);
            wakes_ns += wake_ns;
        }
    }
    let events = queue.events;
    Course { jobs, events }
}

fn ns(second: i64) -> i64 {
    second * 1_000_000_000
}

/// All jobs by the time they are enqueued: everyday ones and bursts.
fn arrivals<'a>(world: &World<'a>, rules: &'a Jobs) -> Vec<Job<'a>> {
    let mut random = Random::stream(world.scenario.seed, "job arrivals");
    let accounts =
        running_totals((0..rules.accounts).map(|i| ((i + 1) as f64).powf(-rules.account_skew)));
    let kinds = running_totals(rules.types.iter().map(|kind| kind.weight));
    let mut jobs = Vec::new();
    for at_s in world.span.start_s..world.span.end_s {
        for _ in 0..random.poisson(rules.per_s) {
            jobs.push(Job {
                enqueued_ns: ns(at_s) + random.below(1_000_000_000) as i64,
                account: random.weighted(&accounts),
                kind: &rules.types[random.weighted(&kinds)].name,
            });
        }
    }
    for burst in &rules.bursts {
        let (from_ns, to_ns) = (
            ns(world.span.second(&burst.from)),
            ns(world.span.second(&burst.to)),
        );
        let apart_ns = (to_ns - from_ns) as f64 / burst.jobs as f64;
        for i in 0..burst.jobs {
            let at = (i as f64 + random.uniform()) * apart_ns;
            jobs.push(Job {
                enqueued_ns: from_ns + at as i64,
                account: burst.account,
                kind: &burst.kind,
            });
        }
    }
    jobs.sort_by_key(|job| job.enqueued_ns);
    jobs
}

struct Queue<'a, 'b> {
    rules: &'a Jobs,
    jobs: &'b [Job<'a>],
    random: Random,
    events: Vec<Event>,
    /// Jobs that wait, by account, oldest first.
    waiting: BTreeMap<usize, VecDeque<usize>>,
    /// Jobs that run, by account.
    running: BTreeMap<usize, usize>,
    /// The oldest waiting job of each account that may have another worker.
    heads: BTreeMap<usize, usize>,
    /// When each running job ends.
    ends: BinaryHeap<Reverse<(i64, usize)>>,
}

impl<'a, 'b> Queue<'a, 'b> {
    fn new(rules: &'a Jobs, jobs: &'b [Job<'a>], random: Random) -> Self {
        Self {
            rules,
            jobs,
            random,
            events: Vec::new(),
            waiting: BTreeMap::new(),
            running: BTreeMap::new(),
            heads: BTreeMap::new(),
            ends: BinaryHeap::new(),
        }
    }

    fn next_end_ns(&self) -> Option<i64> {
        self.ends.peek().map(|Reverse((at_ns, _))| *at_ns)
    }

    fn note(&mut self, at_ns: i64, step: Step, job: usize) {
        self.events.push(Event { at_ns, step, job });
    }

    fn enqueue(&mut self, job: usize) {
        let Job {
            enqueued_ns,
            account,
            ..
        } = self.jobs[job];
        self.note(enqueued_ns, Step::Enqueue, job);
        self.waiting.entry(account).or_default().push_back(job);
        self.offer(account);
    }

    /// Puts the account's oldest job up for taking, if it may have another worker.
    fn offer(&mut self, account: usize) {
        let busy = self.running.get(&account).copied().unwrap_or(0);
        let oldest = self.waiting.get(&account).and_then(VecDeque::front);
        if let Some(&job) = oldest.filter(|_| busy < self.rules.per_account) {
            self.heads.insert(job, account);
        }
    }

    fn end_one(&mut self) {
        let Reverse((at_ns, job)) = self.ends.pop().expect("one was due");
        let step = if self.random.chance(self.rules.fail_share) {
            Step::Fail
        } else {
            Step::Finish
        };
        self.note(at_ns, step, job);
        let account = self.jobs[job].account;
        *self.running.entry(account).or_default() -= 1;
        self.offer(account);
        self.take(at_ns);
    }

    fn wake(&mut self, now_ns: i64) {
        while self.ends.len() < self.rules.workers && self.take(now_ns) {}
    }

    /// A worker takes the first job that it may. False if there is none.
    fn take(&mut self, now_ns: i64) -> bool {
        let Some((job, account)) = self.heads.pop_first() else {
            return false;
        };
        self.waiting.entry(account).or_default().pop_front();
        *self.running.entry(account).or_default() += 1;
        self.offer(account);
        self.note(now_ns, Step::Start, job);
        let spread = self.rules.run_spread;
        let median_s = self.rules.run_s * (-spread * spread / 2.0).exp();
        let run_s = self.random.log_normal(median_s, spread);
        self.ends
            .push(Reverse((now_ns + (run_s * 1e9) as i64, job)));
        true
    }

    /// Deletes what an account has waiting of one type.
    fn purge(&mut self, now_ns: i64, account: usize, kind: &str) {
        let waiting = self.waiting.remove(&account).unwrap_or_default();
        if let Some(first) = waiting.front() {
            self.heads.remove(first);
        }
        let (gone, kept): (VecDeque<usize>, VecDeque<usize>) = waiting
            .into_iter()
            .partition(|&job| self.jobs[job].kind == kind);
        self.waiting.insert(account, kept);
        self.offer(account);
        for (i, job) in gone.into_iter().enumerate() {
            // One statement after the other: about a thousand a second.
            self.note(now_ns + i as i64 * 1_000_000, Step::Delete, job);
        }
    }
}
