//! Rollups to series: which signals a source has, on one grid.

pub mod closer;
mod database;
mod requests;
pub mod settled;

use std::collections::BTreeMap;

use super::queue::{self, Steps};
use super::rollup::{Cell, Key, Rollup};
use super::{BucketWidth, Family, Grid, Histogram, Role, Series, Signal, Values};
use crate::clock::NS_PER_S;
use crate::events::Number;

/// Bucket widths to choose from, in seconds.
const WIDTHS_S: [u64; 9] = [1, 2, 5, 10, 30, 60, 300, 900, 3600];
/// Longest span, in hours, for which each width but the last is taken.
const SPANS_H: [f64; 8] = [
    0.2,
    0.5,
    1.0,
    6.0,
    12.0,
    24.0 * 60.0,
    24.0 * 366.0,
    24.0 * 1500.0,
];
/// A bucket should hold this many events of the busiest source on average...
const EVENTS_PER_BUCKET_MIN: f64 = 3.0;
/// ... but is not made wider than this for it, in seconds.
const SPARSE_WIDTH_S_MAX: u64 = 60;
/// Gauges taken from one metric file.
pub const GAUGES_MAX: usize = 200;

/// The name of the series of all messages of a program.
pub const MESSAGE_RATE: &str = "message rate";

/// The name of the series of messages without a level whose words tell of a failure.
pub const FAILURE_MESSAGES: &str = "failure messages";

/// The name of the series of how long requests take.
pub const LATENCY: &str = "latency";
/// The name of the series of how long the queries take that a database logs as slow.
pub const QUERY_TIME: &str = "query time";

/// What a source's series are made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nature {
    /// Requests of users.
    Access,
    /// Statements that took long.
    SlowQueries,
    /// Messages of a program.
    App,
    /// Samples of gauges.
    Metric,
    /// Steps of jobs.
    Jobs,
    /// What a database server says.
    Database,
}

/// One source's counts with what is needed to name them.
pub struct Counted<'a> {
    /// The source's name.
    pub source: &'a str,
    /// What its events are.
    pub nature: Nature,
    /// The counts.
    pub rollup: &'a Rollup,
    /// First and last stamp, ns UTC.
    pub stamped: (i64, i64),
    /// Names of metrics and labels by key.
    pub names: BTreeMap<Key, (String, String)>,
    /// They are of some of its events only: of one backend, one server, one client.
    pub narrowed: bool,
}

/// The bucket width for a span and the number of events of the busiest source.
pub fn width_for(span_ns: i64, events_of_busiest: u64, finest: BucketWidth) -> BucketWidth {
    let hours = span_ns as f64 / NS_PER_S as f64 / 3600.0;
    let by_span = SPANS_H
        .iter()
        .position(|longest| hours <= *longest)
        .unwrap_or(SPANS_H.len());
    let dense = |width_s: u64| {
        events_of_busiest as f64 * width_s as f64 >= EVENTS_PER_BUCKET_MIN * hours * 3600.0
    };
    let fits = |width_s: &&u64| dense(**width_s) || **width_s >= SPARSE_WIDTH_S_MAX;
    let width_s = WIDTHS_S[by_span..]
        .iter()
        .find(fits)
        .copied()
        .unwrap_or(3600);
    let multiple = |width_s: &u64| (*width_s as i64 * NS_PER_S) % finest.ns() == 0;
    let width_s = WIDTHS_S
        .iter()
        .copied()
        .filter(|at| *at >= width_s)
        .find(|at| multiple(at))
        .unwrap_or(3600);
    BucketWidth::seconds(width_s).expect("no width is zero")
}

/// All series of all sources on one grid, in the order of the sources.
pub fn assemble(sources: &[Counted<'_>], grid: Grid) -> Vec<Series> {
    sources
        .iter()
        .flat_map(|source| of_source(source, grid))
        .collect()
}

fn of_source(source: &Counted<'_>, grid: Grid) -> Vec<Series> {
    let settled_ns = settled::settled_ns(source.rollup, source.stamped);
    let covered = covered((source.stamped.0, settled_ns), &grid);
    let tables = source.rollup.tables().iter().take(GAUGES_MAX);
    tables
        .flat_map(|(key, table)| {
            let cells = on_grid(table, source.rollup.width(), &grid);
            let maker = Maker {
                source,
                key: *key,
                cells,
                grid,
                covered: covered.clone(),
                is_part: false,
            };
            maker.series_of(table)
        })
        .collect()
}

/// Whole buckets between the first and the last stamp: a bucket that is only partly covered
/// would look like a drop. A source within one bucket covers that bucket.
fn covered((first_ns, last_ns): (i64, i64), grid: &Grid) -> std::ops::Range<usize> {
    let (first, last) = (grid.nearest(first_ns), grid.nearest(last_ns));
    let whole_first = first + usize::from(first_ns > grid.time(first) + grid.width.ns() / 10);
    if whole_first < last {
        whole_first..last
    } else {
        first..last + 1
    }
}

fn on_grid(table: &BTreeMap<i64, Cell>, width: BucketWidth, grid: &Grid) -> Vec<Cell> {
    let mut cells = vec![Cell::default(); grid.n];
    let placed = table.iter().filter_map(|(bucket, cell)| {
        let at = grid.bucket(bucket.saturating_mul(width.ns()))?;
        Some((at, cell))
    });
    let placed: Vec<(usize, &Cell)> = placed.collect();
    // Narrower buckets that make one of the grid stand side by side.
    for parts in placed.chunk_by(|a, b| a.0 == b.0) {
        cells[parts[0].0].merge_all(parts.iter().map(|part| part.1));
    }
    cells
}

struct Maker<'a> {
    source: &'a Counted<'a>,
    key: Key,
    cells: Vec<Cell>,
    grid: Grid,
    covered: std::ops::Range<usize>,
    /// The cells are a part of what there is: what did not happen in it has a series all the same.
    is_part: bool,
}

impl Maker<'_> {
    /// All series of the cells; `table` is all that is known of jobs, for what is derived from it.
    fn series_of(&self, table: &BTreeMap<i64, Cell>) -> Vec<Series> {
        match self.source.nature {
            Nature::Access => self.access(),
            Nature::SlowQueries => self.slow_queries(),
            Nature::App => self.app(),
            Nature::Metric => vec![self.metric()],
            Nature::Jobs => self.jobs(table),
            Nature::Database => self.database(),
        }
    }

    fn app(&self) -> Vec<Series> {
        let rate = self.count(
            MESSAGE_RATE,
            self.role_of_program(),
            Family::Messages,
            |cell| cell.count,
        );
        let mut series = vec![rate];
        if self.any(|cell| cell.leveled > 0) {
            series.push(
                self.count("error messages", Role::Internal, Family::Messages, |cell| {
                    cell.errors
                }),
            );
        }
        if self.any(|cell| cell.restarts > 0) {
            series.push(
                self.count("restarts", Role::Internal, Family::Messages, |cell| {
                    cell.restarts
                }),
            );
        }
        if self.any(|cell| cell.latency_sum_us > 0) {
            series.push(self.latency(Role::Internal));
        }
        series.extend(self.statistics());
        series
    }

    /// What is enqueued and done is counted; the queue between the two is derived.
    fn jobs(&self, table: &BTreeMap<i64, Cell>) -> Vec<Series> {
        let steps = |cell: &Cell| cell.steps.as_deref().copied().unwrap_or_default();
        let rate = |name: &str, of: &dyn Fn(&Steps) -> u64| {
            self.count(name, Role::Internal, Family::Jobs, |cell| of(&steps(cell)))
        };
        let mut series = Vec::new();
        if self.any(|cell| steps(cell).enqueued > 0) {
            series.push(rate(queue::ENQUEUE_RATE, &|steps| steps.enqueued));
        }
        series.push(rate("finish rate", &|steps| {
            steps.finished.saturating_add(steps.failed)
        }));
        if self.any(|cell| steps(cell).failed > 0) {
            let failed = |cell: &Cell| {
                let Steps {
                    failed, finished, ..
                } = steps(cell);
                (failed, failed.saturating_add(finished))
            };
            let values = self.ratio(failed);
            series.push(self.series(
                "failed jobs",
                Role::AsyncUserFacing,
                Family::Jobs,
                "share",
                values,
            ));
        }
        let width = self.source.rollup.width();
        if let Some(course) = queue::course(table, width, &self.grid, &self.covered) {
            let gauge = |name, role, unit, values| {
                self.series(name, role, Family::Jobs, unit, Values::Gauge(values))
            };
            series.push(gauge("backlog", Role::Resource, "jobs", course.backlog));
            series.push(gauge("job age", Role::AsyncUserFacing, "s", course.age_s));
        }
        series
    }

    fn metric(&self) -> Series {
        let (metric, label) = self
            .source
            .names
            .get(&self.key)
            .cloned()
            .unwrap_or_default();
        let values = self.gauge(|cell| cell.levels.of(Number::ValueMicro).mean() / 1e6);
        let limits = self
            .cells
            .iter()
            .map(|cell| cell.levels.of(Number::LimitMicro).mean() / 1e6)
            .filter(|limit| limit.is_finite() && *limit > 0.0);
        let limit = limits.reduce(f64::max);
        let role = if limit.is_some() {
            Role::Resource
        } else {
            Role::Internal
        };
        let mut series = self.series(&metric, role, Family::Gauge, "", values);
        series.signal.entity = (!label.is_empty()).then_some(label);
        series.limit = limit;
        series
    }

    fn any(&self, has: impl Fn(&Cell) -> bool) -> bool {
        self.is_part || self.cells.iter().any(has)
    }

    fn count(&self, name: &str, role: Role, family: Family, of: impl Fn(&Cell) -> u64) -> Series {
        self.series(
            name,
            role,
            family,
            "1/s",
            Values::Count(self.cells.iter().map(of).collect()),
        )
    }

    fn ratio(&self, of: impl Fn(&Cell) -> (u64, u64)) -> Values {
        let (k, n) = self.cells.iter().map(of).unzip();
        Values::Ratio { k, n }
    }

    fn gauge(&self, of: impl Fn(&Cell) -> f64) -> Values {
        let known = |i: usize| self.covered.contains(&i) || self.cells[i].count > 0;
        Values::Gauge(
            self.cells
                .iter()
                .enumerate()
                .map(|(i, cell)| if known(i) { of(cell) } else { f64::NAN })
                .collect(),
        )
    }

    fn latency(&self, role: Role) -> Series {
        self.durations(LATENCY, role, Family::Latency)
    }

    fn durations(&self, name: &str, role: Role, family: Family) -> Series {
        let values: Vec<Histogram> = self.cells.iter().map(|cell| cell.latency.clone()).collect();
        self.series(name, role, family, "s", Values::Latency(values))
    }

    fn series(&self, name: &str, role: Role, family: Family, unit: &str, values: Values) -> Series {
        let source = self.source.source.to_owned();
        let signal = Signal {
            source,
            name: name.to_owned(),
            role,
            entity: None,
            unit: unit.to_owned(),
        };
        Series {
            signal,
            family,
            grid: self.grid,
            values,
            covered: self.covered.clone(),
            limit: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hours: f64, events: u64, expected_s: f64) {
        let finest = BucketWidth::seconds(1).expect("not zero");
        assert_eq!(
            width_for((hours * 3600.0 * 1e9) as i64, events, finest).as_s(),
            expected_s,
            "{hours} h, {events}"
        );
    }

    #[test]
    fn the_width_follows_span_and_rate() {
        check(0.1, 100_000, 1.0);
        check(2.5, 100_000, 10.0);
        check(2.5, 2_000, 30.0);
        check(24.0, 5_000, 60.0);
        check(24.0 * 25.0, 1_000_000, 60.0);
        check(24.0 * 100.0, 1_000_000, 300.0);
    }

    #[test]
    fn a_width_is_a_multiple_of_the_rollups() {
        let finest = BucketWidth::seconds(60).expect("not zero");
        assert_eq!(width_for(3600 * NS_PER_S, 1_000_000, finest).as_s(), 60.0);
    }

    #[test]
    fn the_work_of_a_few_requests_a_bucket_is_no_level() {
        let names = |per_bucket: u64| {
            let mut chunk = crate::events::Chunk::default();
            for bucket in 0..20 {
                for _ in 0..per_bucket {
                    chunk.open(bucket * NS_PER_S, 0, 0, 0);
                    chunk.set_number(crate::events::Number::Status, 200);
                    chunk.set_number(crate::events::Number::LatencyUs, 60_000);
                }
            }
            chunk.seal();
            let rollup = Rollup::of(&chunk, super::super::rollup::Kinds::default());
            let source = Counted {
                source: "web",
                nature: Nature::Access,
                rollup: &rollup,
                stamped: (0, 19 * NS_PER_S),
                names: BTreeMap::new(),
                narrowed: false,
            };
            let width = BucketWidth::seconds(1).expect("not zero");
            let grid = Grid::covering(0, 19 * NS_PER_S, width);
            let names = assemble(&[source], grid).into_iter();
            names.map(|one| one.signal.name).collect::<Vec<String>>()
        };
        let has = |per_bucket: u64| names(per_bucket).contains(&"in flight".to_owned());
        assert_eq!([2, 9, 10, 50].map(has), [false, false, true, true]);
        assert!(names(2).contains(&"latency".to_owned()));
    }

    #[test]
    fn partly_covered_buckets_at_the_ends_are_left_out() {
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::seconds(10).expect("not zero"),
            n: 10,
        };
        assert_eq!(covered((5 * NS_PER_S, 95 * NS_PER_S), &grid), 1..9);
        assert_eq!(covered((5 * NS_PER_S, 6 * NS_PER_S), &grid), 0..1);
    }
}
