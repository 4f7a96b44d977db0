//! A queue of jobs, from the counts of its steps: how many are in it and how long the oldest has
//! waited. Nobody logs either.
//!
//! In: a rollup's cells with steps of jobs. Out: the mean backlog and the mean age of the oldest
//! waiting job per bucket. Does not follow single jobs: what leaves is taken to be what came
//! first. Under any other order the oldest is older, so an age is never overstated.

use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// The signal of what comes into a queue.
pub const ENQUEUE_RATE: &str = "enqueue rate";

use super::Grid;
use super::grid::BucketWidth;
use super::rollup::Cell;
use crate::clock::NS_PER_S;

/// A job that starts before it is enqueued, by the clocks of two hosts, is the same job if the
/// two are this close together; else it was in the queue before the log began.
const SKEW_NS: i64 = 10 * NS_PER_S;

/// Counts of steps of jobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Steps {
    /// Came into the queue.
    pub enqueued: u64,
    /// Were taken out by a worker.
    pub started: u64,
    /// Were done.
    pub finished: u64,
    /// Ended in a failure.
    pub failed: u64,
    /// Were taken out without being run.
    pub discarded: u64,
}

impl Steps {
    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.enqueued = self.enqueued.saturating_add(other.enqueued);
        self.started = self.started.saturating_add(other.started);
        self.finished = self.finished.saturating_add(other.finished);
        self.failed = self.failed.saturating_add(other.failed);
        self.discarded = self.discarded.saturating_add(other.discarded);
    }

    /// Left the system: done, failed or discarded.
    pub fn gone(&self) -> u64 {
        self.finished
            .saturating_add(self.failed)
            .saturating_add(self.discarded)
    }
}

/// What a queue held over the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// Jobs enqueued and not yet done, failed or discarded: mean per bucket; NaN where unknown.
    pub backlog: Vec<f64>,
    /// Age of the oldest job that waits, seconds: mean per bucket, 0 while none waits.
    pub age_s: Vec<f64>,
    /// Jobs that left and were never seen to come: in the queue before the log began, or their
    /// line is missing. Until they are gone, backlog and age are lower bounds.
    pub unseen: u64,
}

/// First in, first out: how many came when, of those that are still there.
#[derive(Debug, Default)]
struct Fifo {
    there: VecDeque<(i64, u64)>,
    /// Sum of those there; counts of hostile logs pass 64 bits.
    n: u128,
    /// Left before they came, with the instant of it.
    owed: VecDeque<(i64, u64)>,
    unseen: u64,
}

impl Fifo {
    fn enter(&mut self, slot: i64, mut n: u64) {
        while let Some((_, owed)) = self.owed.front_mut().filter(|_| n > 0) {
            let paid = n.min(*owed);
            (n, *owed) = (n - paid, *owed - paid);
            if *owed == 0 {
                self.owed.pop_front();
            }
        }
        if n > 0 {
            self.there.push_back((slot, n));
            self.n += u128::from(n);
        }
    }

    fn leave(&mut self, slot: i64, mut n: u64) {
        while let Some((_, here)) = self.there.front_mut().filter(|_| n > 0) {
            let gone = n.min(*here);
            (n, *here, self.n) = (n - gone, *here - gone, self.n - u128::from(gone));
            if *here == 0 {
                self.there.pop_front();
            }
        }
        if n > 0 {
            self.owed.push_back((slot, n));
        }
    }

    /// Whoever left before this slot without having come was there before the log.
    fn forgive(&mut self, before: i64) {
        while let Some((_, n)) = self.owed.front().filter(|(slot, _)| *slot < before) {
            self.unseen = self.unseen.saturating_add(*n);
            self.owed.pop_front();
        }
    }
}

/// Jobs that left and were never seen to come, as in `Course`; and jobs that came.
pub fn unseen(table: &BTreeMap<i64, Cell>, width: BucketWidth) -> (u64, u64) {
    let steps = steps_of(table);
    let came = steps
        .iter()
        .fold(0u64, |n, (_, steps)| n.saturating_add(steps.enqueued));
    (follow(&steps, width, |_, _, _| {}), came)
}

fn steps_of(table: &BTreeMap<i64, Cell>) -> Vec<(i64, Steps)> {
    table
        .iter()
        .filter_map(|(slot, cell)| Some((*slot, **cell.steps.as_ref()?)))
        .collect()
}

/// The queue over the buckets of `covered`. `None` if nothing is ever enqueued. Exact to the
/// table's width, whatever order the lines came in.
pub fn course(
    table: &BTreeMap<i64, Cell>,
    width: BucketWidth,
    grid: &Grid,
    covered: &Range<usize>,
) -> Option<Course> {
    let steps = steps_of(table);
    if !steps.iter().any(|(_, steps)| steps.enqueued > 0) {
        return None;
    }
    let mut means = Means::new(width, *grid, covered.clone());
    let unseen = follow(&steps, width, |slots, jobs, oldest| {
        means.hold(slots, jobs, oldest);
    });
    Some(means.course(unseen))
}

/// Follows the queue: `held` gets stretches of slots with the jobs inside at the end of each and
/// the slot since which the oldest waits. Returns the unseen.
fn follow(
    steps: &[(i64, Steps)],
    width: BucketWidth,
    mut held: impl FnMut(Range<i64>, u128, Option<i64>),
) -> u64 {
    // Where starts are not logged, a job waits until it is gone.
    let starts = steps.iter().any(|(_, steps)| steps.started > 0);
    let skew = SKEW_NS / width.ns();
    let (mut waiting, mut inside) = (Fifo::default(), Fifo::default());
    for (i, (slot, one)) in steps.iter().enumerate() {
        let taken = if starts {
            one.started.saturating_add(one.discarded)
        } else {
            one.gone()
        };
        for (fifo, left) in [(&mut waiting, taken), (&mut inside, one.gone())] {
            fifo.forgive(slot.saturating_sub(skew));
            fifo.enter(*slot, one.enqueued);
            fifo.leave(*slot, left);
        }
        let until = steps.get(i + 1).map_or(i64::MAX, |next| next.0);
        let oldest = waiting.there.front().map(|(slot, _)| *slot);
        held(*slot..until, inside.n, oldest);
    }
    waiting.unseen.max(inside.unseen)
}

/// Sums over slots, by bucket.
struct Means {
    width: BucketWidth,
    grid: Grid,
    covered: Range<usize>,
    slots: Vec<f64>,
    jobs: Vec<f64>,
    ages: Vec<f64>,
}

impl Means {
    fn new(width: BucketWidth, grid: Grid, covered: Range<usize>) -> Self {
        let zeros = || vec![0.0; grid.n];
        Self {
            width,
            grid,
            covered,
            slots: zeros(),
            jobs: zeros(),
            ages: zeros(),
        }
    }

    /// The state at the end of each of these slots: so many jobs, the oldest waiting since.
    fn hold(&mut self, slots: Range<i64>, jobs: u128, oldest: Option<i64>) {
        let first_slot = |bucket: usize| {
            let (time, width) = (self.grid.time(bucket), self.width.ns());
            time.div_euclid(width) + i64::from(time.rem_euclid(width) > 0)
        };
        let start = slots.start.max(first_slot(self.covered.start));
        let end = slots.end.min(first_slot(self.covered.end));
        let mut from = start;
        while from < end {
            let time = from.saturating_mul(self.width.ns());
            let Some(bucket) = self.grid.bucket(time) else {
                return;
            };
            let to = end.min(first_slot(bucket + 1).max(from + 1));
            let n = (to - from) as f64;
            self.slots[bucket] += n;
            self.jobs[bucket] += n * jobs as f64;
            if let Some(oldest) = oldest {
                // Sum of (slot - oldest) over the slots, which grow by one.
                let mean = (from - oldest) as f64 + (n - 1.0) / 2.0;
                self.ages[bucket] += n * mean * self.width.as_s();
            }
            from = to;
        }
    }

    fn course(self, unseen: u64) -> Course {
        let mean = |sums: &[f64]| -> Vec<f64> {
            let of = |i: usize| {
                if self.slots[i] > 0.0 {
                    sums[i] / self.slots[i]
                } else {
                    f64::NAN
                }
            };
            (0..self.grid.n).map(of).collect()
        };
        Course {
            backlog: mean(&self.jobs),
            age_s: mean(&self.ages),
            unseen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `(second, enqueued, started, finished, discarded)`.
    type Line = (i64, u64, u64, u64, u64);

    fn table(lines: &[Line]) -> BTreeMap<i64, Cell> {
        let mut table: BTreeMap<i64, Cell> = BTreeMap::new();
        for &(second, enqueued, started, finished, discarded) in lines {
            let cell = table.entry(second).or_default();
            let steps = Steps {
                enqueued,
                started,
                finished,
                failed: 0,
                discarded,
            };
            cell.steps.get_or_insert_default().merge(&steps);
        }
        table
    }

    fn by_second(lines: &[Line], seconds: usize) -> Course {
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::SECOND,
            n: seconds,
        };
        course(&table(lines), BucketWidth::SECOND, &grid, &(0..seconds)).expect("jobs are enqueued")
    }

    #[test]
    fn a_job_waits_from_enqueue_to_start_and_is_in_the_queue_until_it_is_done() {
        let found = by_second(&[(1, 1, 0, 0, 0), (4, 0, 1, 0, 0), (6, 0, 0, 1, 0)], 8);
        assert_eq!(found.age_s[1..], [0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(found.backlog[1..], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0]);
        assert!(found.age_s[0].is_nan(), "nothing is known before the first");
        assert_eq!(found.unseen, 0);
    }

    #[test]
    fn a_discarded_job_no_longer_waits() {
        let found = by_second(&[(0, 2, 0, 0, 0), (2, 0, 0, 0, 2)], 4);
        assert_eq!(found.age_s, [0.0, 1.0, 0.0, 0.0]);
        assert_eq!(found.backlog, [2.0, 2.0, 0.0, 0.0]);
    }

    #[test]
    fn without_starts_a_job_waits_until_it_is_done() {
        let found = by_second(&[(0, 1, 0, 0, 0), (2, 0, 0, 1, 0)], 4);
        assert_eq!(found.age_s, [0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn what_was_there_before_the_log_is_counted_as_unseen() {
        let early = [(0, 0, 50, 50, 0), (20, 1, 0, 0, 0), (22, 0, 1, 1, 0)];
        let found = by_second(&early, 25);
        assert_eq!(found.unseen, 50);
        assert_eq!(found.age_s[20..], [0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn clocks_that_differ_by_a_second_leave_no_one_behind() {
        let lines: Vec<Line> = (0..100)
            .flat_map(|i| [(3 * i, 0, 1, 0, 0), (3 * i + 1, 1, 0, 1, 0)])
            .collect();
        let found = by_second(&lines, 300);
        assert!(found.age_s.iter().all(|age| *age == 0.0), "{found:?}");
        assert_eq!(found.unseen, 0);
    }

    /// Every job by itself: `(enqueued, waits, runs)`; order of service as it comes.
    fn lines_of(jobs: &[(i64, i64, i64)]) -> Vec<Line> {
        let of = |&(at, waits, runs): &(i64, i64, i64)| {
            [
                (at, 1, 0, 0, 0),
                (at + waits, 0, 1, 0, 0),
                (at + waits + runs, 0, 0, 1, 0),
            ]
        };
        jobs.iter().flat_map(of).collect()
    }

    proptest! {
        /// Against a simulation of single jobs: exact first in, first out; a lower bound else.
        #[test]
        fn an_age_is_never_overstated_and_exact_in_order(
            mut jobs in prop::collection::vec((0i64..100, 0i64..60, 0i64..20), 1..60),
            in_order: bool,
        ) {
            jobs.sort_unstable();
            if in_order {
                let mut starts = 0;
                for job in &mut jobs {
                    starts = starts.max(job.0 + job.1);
                    job.1 = starts - job.0;
                }
            }
            let found = by_second(&lines_of(&jobs), 600);
            let first = jobs[0].0;
            for second in first..600 {
                let open = jobs.iter().filter(|job| job.0 <= second && job.0 + job.1 > second);
                let oldest = open.map(|job| second - job.0).max().unwrap_or(0) as f64;
                let age = found.age_s[second as usize];
                prop_assert!(age <= oldest, "at {second}: {age} of {oldest}");
                prop_assert!(!in_order || age == oldest, "at {second}: {age} of {oldest}");
                let inside = jobs
                    .iter()
                    .filter(|job| job.0 <= second && job.0 + job.1 + job.2 > second)
                    .count() as f64;
                prop_assert_eq!(found.backlog[second as usize], inside);
            }
            prop_assert_eq!(found.unseen, 0);
        }

        #[test]
        fn wider_buckets_show_the_means_of_the_seconds(
            jobs in prop::collection::vec((0i64..100, 0i64..60, 0i64..20), 1..60),
        ) {
            let lines = lines_of(&jobs);
            let fine = by_second(&lines, 200);
            let grid = Grid {
                start_ns: 0,
                width: BucketWidth::seconds(10).expect("not zero"),
                n: 20,
            };
            let wide = course(&table(&lines), BucketWidth::SECOND, &grid, &(0..20))
                .expect("jobs are enqueued");
            for (i, (age, backlog)) in wide.age_s.iter().zip(&wide.backlog).enumerate() {
                let mean = |values: &[f64]| {
                    let known: Vec<f64> = values[10 * i..10 * i + 10]
                        .iter()
                        .copied()
                        .filter(|x| x.is_finite())
                        .collect();
                    known.iter().sum::<f64>() / known.len() as f64
                };
                let same = |a: f64, b: f64| (a - b).abs() < 1e-6 || a.is_nan() && b.is_nan();
                prop_assert!(same(*age, mean(&fine.age_s)));
                prop_assert!(same(*backlog, mean(&fine.backlog)));
            }
        }

        #[test]
        fn any_counts_are_safe(
            lines in prop::collection::vec((any::<i32>(), any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()), 1..20),
        ) {
            let lines: Vec<Line> = lines.into_iter().map(|(at, a, b, c, d)| (i64::from(at), a, b, c, d)).collect();
            let grid = Grid { start_ns: 0, width: BucketWidth::MINUTE, n: 50 };
            let _ = course(&table(&lines), BucketWidth::SECOND, &grid, &(3..47));
        }
    }
}
