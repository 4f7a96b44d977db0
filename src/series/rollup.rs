//! Rollups: events counted per second or wider, in integers only, so that parts can be added
//! in any order and any engine gives the same table.

mod bounded;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Histogram;
use super::counter::Counter;
use super::grid::BucketWidth;
use super::histogram::bin_of;
use super::levels::Levels;
use super::queue::Steps;
use super::window::Window;
use crate::events::{Chunk, Number, Symbol, Text};

/// Widths a rollup may have, in seconds, each a multiple of the one before. A table that
/// has too many cells moves on to the next.
pub const WIDTHS_S: [u64; 5] = [1, 10, 60, 900, 3600];
/// Cells a source's tables hold before they are made coarser: 200 MB at the most.
const CELLS_MAX: usize = 1_000_000;
/// Most buckets over which a duration's time in flight is spread.
pub(super) const SPREAD_MAX: i64 = 3600;

/// A status from which a request counts as failed by the server.
pub const STATUS_FAILED: i64 = 500;
/// The status with which nginx and others log that the client closed the connection.
pub const STATUS_CLIENT_CLOSED: i64 = 499;
/// Statuses that say that a server behind did not answer in time.
pub(super) const STATUSES_TIMEOUT: [i64; 4] = [504, 524, 598, 599];
/// A transaction that lasts that long is long: it holds its locks and its view of the data.
pub const LONG_US: i64 = 5_000_000;

/// Everything counted of one series in one bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Events.
    pub count: u64,
    /// Events with a status or without one where others have it: requests.
    pub requests: u64,
    /// Requests that failed: status 5xx, or 0 (no response).
    pub failed: u64,
    /// Requests refused for the client's own fault: status 4xx without 499.
    pub rejected: u64,
    /// Requests whose client gave up before the answer: status 499.
    pub client_closed: u64,
    /// Failed requests whose server did not answer in time: status 504, 524, 598, 599.
    pub timed_out: u64,
    /// Messages of level error and worse.
    pub errors: u64,
    /// Messages with a level.
    pub leveled: u64,
    /// Events of kind `restart`.
    pub restarts: u64,
    /// Events of kind `server_down`: a balancer took a server out. They are no requests and are
    /// not counted as events.
    pub servers_down: u64,
    /// Events of kind `lock wait`.
    pub lock_waits: u64,
    /// Work that lasted at least `LONG_US`.
    pub long: u64,
    /// Durations.
    pub latency: Histogram,
    /// Sum of durations, microseconds.
    pub latency_sum_us: u64,
    /// Microseconds of work done within the bucket: time in flight.
    pub busy_us: u64,
    /// Sessions, queues, a metric's samples and other levels.
    pub levels: Levels,
    /// Steps of jobs, in sources that tell of jobs.
    pub steps: Option<Box<Steps>>,
}

impl Cell {
    /// Adds another's counts.
    pub fn merge(&mut self, other: &Self) {
        self.merge_counts(other);
        self.latency.merge(&other.latency);
    }

    /// Adds the counts of several.
    pub fn merge_all<'a>(&mut self, others: impl Iterator<Item = &'a Self>) {
        let own = std::mem::take(&mut self.latency);
        let mut latencies = vec![&own];
        for other in others {
            self.merge_counts(other);
            latencies.push(&other.latency);
        }
        self.latency = Histogram::sum(latencies.into_iter());
    }

    /// Adds another's counts but for the bins of its durations.
    fn merge_counts(&mut self, other: &Self) {
        self.count += other.count;
        self.requests += other.requests;
        self.failed += other.failed;
        self.rejected += other.rejected;
        self.client_closed += other.client_closed;
        self.timed_out += other.timed_out;
        self.errors += other.errors;
        self.leveled += other.leveled;
        self.restarts += other.restarts;
        self.servers_down += other.servers_down;
        self.lock_waits += other.lock_waits;
        self.long += other.long;
        self.latency_sum_us = self.latency_sum_us.saturating_add(other.latency_sum_us);
        self.busy_us = self.busy_us.saturating_add(other.busy_us);
        self.levels.merge(&other.levels);
        if let Some(steps) = &other.steps {
            self.steps.get_or_insert_default().merge(steps);
        }
    }
}

/// Which series of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The metric, for metric files.
    pub metric: Symbol,
    /// Its labels.
    pub label: Symbol,
}

/// The key of all that has no labels.
const NO_KEY: Key = Key {
    metric: Symbol::NONE,
    label: Symbol::NONE,
};

/// The symbols of the kinds of events that are counted apart; `None` where no event is of a kind.
#[derive(Debug, Clone, Copy, Default)]
pub struct Kinds {
    /// `restart`: a program began anew.
    pub restart: Option<Symbol>,
    /// `server_down`: a balancer took a server out.
    pub server_down: Option<Symbol>,
    /// What is no event to be counted: `server_up`, a balancer took it back; `backend_down`, it has
    /// no server left.
    pub aside: [Option<Symbol>; 2],
    /// `lock wait`: a statement waits for a lock.
    pub lock_wait: Option<Symbol>,
}

impl Kinds {
    /// The symbols as a table of names has them.
    pub fn of(names: &crate::events::Interner) -> Self {
        Self {
            restart: names.find(b"restart"),
            server_down: names.find(b"server_down"),
            aside: [&b"server_up"[..], b"backend_down"].map(|kind| names.find(kind)),
            lock_wait: names.find(b"lock wait"),
        }
    }

    /// For each symbol whether it is one of them, up to the last that is.
    pub(super) fn apart(&self) -> Vec<bool> {
        let [one, two] = self.aside;
        let all = [self.restart, self.server_down, self.lock_wait, one, two];
        let mut apart = Vec::new();
        for kind in all.into_iter().flatten() {
            let place = kind.0 as usize;
            apart.resize(apart.len().max(place + 1), false);
            apart[place] = true;
        }
        apart
    }
}

/// One source's counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rollup {
    width_index: usize,
    tables: BTreeMap<Key, BTreeMap<i64, Cell>>,
    cells: usize,
    /// Bytes that the cells hold beside themselves.
    held: usize,
}

impl Rollup {
    /// The counts of one chunk. `kinds` are the chunk's symbols.
    pub fn of(chunk: &Chunk, kinds: Kinds) -> Self {
        let Some(window) = Window::over(chunk) else {
            return Self::one_by_one(chunk, kinds);
        };
        let table = window.count(&Counter::new(chunk, kinds), chunk);
        let mut rollup = Self {
            cells: table.len(),
            held: table.values().map(Cell::held).sum(),
            tables: BTreeMap::from([(NO_KEY, table)]),
            ..Self::default()
        };
        rollup.bound();
        rollup
    }

    /// The same for any chunk, one event after the other.
    fn one_by_one(chunk: &Chunk, kinds: Kinds) -> Self {
        let mut rollup = Self::default();
        let counter = Counter::new(chunk, kinds);
        let mut latencies: Vec<(i64, u64)> = Vec::new();
        let labelled = !chunk.text(Text::Metric).is_empty();
        for row in 0..chunk.len() {
            let time_ns = chunk.time_ns[row];
            let label = chunk.text_at(Text::Host, row).filter(|_| labelled);
            let key = Key {
                metric: chunk.text_at(Text::Metric, row).unwrap_or_default(),
                label: label.unwrap_or_default(),
            };
            let bucket = time_ns.div_euclid(rollup.width().ns());
            counter.count(rollup.cell(key, bucket), row);
            if let Some(latency_us) = chunk
                .number_at(Number::LatencyUs, row)
                .filter(|us| *us >= 0)
            {
                latencies.push((time_ns, bin_of(latency_us as u64)));
                rollup.spread(key, time_ns, latency_us);
            }
            rollup.bound();
        }
        rollup.add_latencies(latencies);
        rollup.weigh();
        rollup
    }

    /// Adds the bins of latencies by their time.
    fn add_latencies(&mut self, mut latencies: Vec<(i64, u64)>) {
        let width = self.width().ns();
        latencies
            .iter_mut()
            .for_each(|(time, _)| *time = time.div_euclid(width));
        // Lines come nearly in order: a stable sort of runs is cheap.
        latencies.sort_by_key(|(bucket, _)| *bucket);
        for run in latencies.chunk_by(|a, b| a.0 == b.0) {
            let bins = run.iter().map(|(_, bin)| *bin).collect();
            self.cell(NO_KEY, run[0].0).latency = Histogram::of_bins(bins);
        }
    }

    /// The width of its buckets.
    pub fn width(&self) -> BucketWidth {
        BucketWidth::seconds(WIDTHS_S[self.width_index]).expect("no width is zero")
    }

    /// Cells per key, by bucket number (start / width).
    pub fn tables(&self) -> &BTreeMap<Key, BTreeMap<i64, Cell>> {
        &self.tables
    }

    /// Adds another's counts; the coarser width of the two wins. `rename` maps its symbols.
    pub fn add(&mut self, mut other: Self, rename: impl Fn(Key) -> Key) {
        while other.width_index < self.width_index {
            other.coarsen();
        }
        while self.width_index < other.width_index {
            self.coarsen();
        }
        for (key, table) in other.tables {
            let own = self.tables.entry(rename(key)).or_default();
            for (bucket, cell) in table {
                match own.entry(bucket) {
                    Entry::Occupied(mut known) => {
                        let known = known.get_mut();
                        self.held -= known.held();
                        known.merge(&cell);
                        self.held += known.held();
                    }
                    Entry::Vacant(free) => {
                        self.held += cell.held();
                        free.insert(cell);
                        self.cells += 1;
                    }
                }
            }
        }
        self.bound();
    }

    fn cell(&mut self, key: Key, bucket: i64) -> &mut Cell {
        let cells = &mut self.cells;
        self.tables
            .entry(key)
            .or_default()
            .entry(bucket)
            .or_insert_with(|| {
                *cells += 1;
                Cell::default()
            })
    }

    /// Spreads the time in flight over the buckets the work lasted. Work that lasts more
    /// than `SPREAD_MAX` buckets first makes the buckets wider.
    fn spread(&mut self, key: Key, start_ns: i64, latency_us: i64) {
        let end_ns = start_ns.saturating_add(latency_us.saturating_mul(1000));
        let lasts = |width: i64| end_ns.div_euclid(width) - start_ns.div_euclid(width);
        while lasts(self.width().ns()) > SPREAD_MAX && self.width_index + 1 < WIDTHS_S.len() {
            self.coarsen();
        }
        let width = self.width().ns();
        let first = start_ns.div_euclid(width);
        let last = end_ns
            .div_euclid(width)
            .min(first.saturating_add(SPREAD_MAX));
        for bucket in first..=last {
            let from = start_ns.max(bucket.saturating_mul(width));
            let to = end_ns.min(bucket.saturating_add(1).saturating_mul(width));
            let busy_us = u64::try_from((to - from) / 1000).unwrap_or(0);
            if busy_us > 0 || bucket == first {
                self.cell(key, bucket).busy_us += busy_us;
            }
        }
    }

    /// Moves to the next coarser width; exact, since widths nest.
    fn coarsen(&mut self) {
        let factor = (WIDTHS_S[self.width_index + 1] / WIDTHS_S[self.width_index]) as i64;
        self.width_index += 1;
        let tables = std::mem::take(&mut self.tables);
        self.cells = 0;
        for (key, table) in tables {
            for (bucket, cell) in table {
                self.cell(key, bucket.div_euclid(factor)).merge(&cell);
            }
        }
        self.weigh();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(rows: &[(i64, i64, i64)]) -> Chunk {
        let mut chunk = Chunk::default();
        for &(time_ms, status, latency_us) in rows {
            chunk.open(time_ms * 1_000_000, 0, 0, 0);
            chunk.set_number(Number::Status, status);
            chunk.set_number(Number::LatencyUs, latency_us);
        }
        chunk.seal();
        chunk
    }

    #[test]
    fn what_is_said_between_requests_is_none() {
        let mut names = crate::events::Interner::new(9);
        let aside = [&b"server_down"[..], b"server_up", b"backend_down"];
        let kinds: Vec<Symbol> = aside.iter().map(|kind| names.intern(kind)).collect();
        let mut chunk = Chunk::default();
        for kind in kinds {
            chunk.open(0, 0, 0, 0);
            chunk.set_text(Text::Kind, kind);
        }
        chunk.open(0, 0, 0, 0);
        chunk.set_number(Number::Status, 200);
        chunk.seal();
        let rollup = Rollup::of(&chunk, Kinds::of(&names));
        let cell = &rollup.tables()[&NO_KEY][&0];
        assert_eq!((cell.count, cell.requests, cell.servers_down), (1, 1, 1));
    }

    #[test]
    fn requests_failures_and_time_in_flight_are_counted() {
        let rollup = Rollup::of(
            &chunk(&[(500, 200, 1_000_000), (900, 503, 0), (1000, 0, 10)]),
            Kinds::default(),
        );
        let table = &rollup.tables()[&NO_KEY];
        assert_eq!(
            (table[&0].requests, table[&0].failed, table[&0].busy_us),
            (2, 1, 500_000)
        );
        assert_eq!(
            (table[&1].requests, table[&1].failed, table[&1].busy_us),
            (1, 1, 500_010)
        );
    }

    #[test]
    fn long_work_at_many_times_stays_within_the_bound() {
        let hour_us = 3_600_000_000;
        let rows: Vec<(i64, i64, i64)> = (0..500).map(|i| (i * 7_200_000, 200, hour_us)).collect();
        let rollup = Rollup::of(&chunk(&rows), Kinds::default());
        assert!(rollup.cells <= CELLS_MAX, "{} cells", rollup.cells);
        let table = &rollup.tables()[&NO_KEY];
        assert_eq!(table.values().map(|cell| cell.count).sum::<u64>(), 500);
        assert_eq!(
            table.values().map(|cell| cell.busy_us).sum::<u64>(),
            500 * hour_us as u64
        );
    }

    proptest! {
        #[test]
        fn the_order_of_parts_does_not_matter(rows in prop::collection::vec((0i64..100_000, 0i64..600, 0i64..5_000_000), 1..60), cut in 0usize..60) {
            let cut = cut.min(rows.len());
            let parts = [Rollup::of(&chunk(&rows[..cut]), Kinds::default()), Rollup::of(&chunk(&rows[cut..]), Kinds::default())];
            let [a, b] = &parts;
            let mut forward = Rollup::default();
            forward.add(a.clone(), |key| key);
            forward.add(b.clone(), |key| key);
            let mut backward = Rollup::default();
            backward.add(b.clone(), |key| key);
            backward.add(a.clone(), |key| key);
            prop_assert_eq!(&forward, &backward);
            prop_assert_eq!(&forward, &Rollup::of(&chunk(&rows), Kinds::default()));
        }

        #[test]
        fn events_close_together_are_counted_as_one_by_one(rows in prop::collection::vec((0i64..40_000, 0i64..600, -1i64..20_000_000), 1..60)) {
            let chunk = chunk(&rows);
            prop_assert!(Window::over(&chunk).is_some());
            prop_assert_eq!(Rollup::of(&chunk, Kinds::default()), Rollup::one_by_one(&chunk, Kinds::default()));
        }

        #[test]
        fn events_of_all_kinds_are_counted_as_one_by_one(rows in prop::collection::vec((0i64..9_000, -1i64..600, prop::option::of(-1i64..6_000_000), prop::option::of(0i64..6), prop::option::of(0usize..7), prop::option::of(-1i64..4)), 1..60), repeats: bool) {
            let mut names = crate::events::Interner::new(9);
            let kinds = [&b"restart"[..], b"server_down", b"lock wait", b"server_up", b"backend_down", b"other", b"one more"];
            let kinds = kinds.map(|kind| names.intern(kind));
            let mut chunk = Chunk::default();
            for (time_ms, status, latency_us, level, kind, repeat) in rows {
                chunk.open(time_ms * 1_000_007, 0, 0, 0);
                let numbers = [(Number::Status, Some(status).filter(|n| *n >= 0)), (Number::LatencyUs, latency_us), (Number::Level, level), (Number::Repeat, repeat.filter(|_| repeats))];
                for (field, value) in numbers {
                    value.into_iter().for_each(|value| chunk.set_number(field, value));
                }
                kind.into_iter().for_each(|kind| chunk.set_text(Text::Kind, kinds[kind]));
            }
            chunk.seal();
            prop_assert!(Window::over(&chunk).is_some());
            for kinds in [Kinds::of(&names), Kinds::default()] {
                prop_assert_eq!(Rollup::of(&chunk, kinds), Rollup::one_by_one(&chunk, kinds));
            }
        }

        #[test]
        fn what_is_held_is_known_however_it_came(rows in prop::collection::vec((0i64..100_000, 0i64..600, 0i64..5_000_000), 1..60), cut in 0usize..60) {
            let (some, others) = rows.split_at(cut.min(rows.len()));
            let mut rollup = Rollup::of(&chunk(some), Kinds::default());
            rollup.add(Rollup::one_by_one(&chunk(others), Kinds::default()), |key| key);
            for _ in 0..3 {
                let known = rollup.memory();
                rollup.weigh();
                prop_assert_eq!(rollup.memory(), known);
                rollup.coarsen();
            }
        }

        #[test]
        fn making_it_coarser_keeps_every_count(rows in prop::collection::vec((0i64..100_000_000, 0i64..600, 0i64..5_000_000), 1..60)) {
            let mut rollup = Rollup::of(&chunk(&rows), Kinds::default());
            let total = |rollup: &Rollup| rollup.tables().values().flat_map(|table| table.values()).map(|cell| (cell.count, cell.failed, cell.busy_us, cell.latency.count())).fold((0, 0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3));
            let before = total(&rollup);
            rollup.coarsen();
            rollup.coarsen();
            prop_assert_eq!(total(&rollup), before);
        }
    }
}
