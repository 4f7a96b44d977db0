//! What is measured: signals, their roles and families, and their values per bucket.

use serde::Serialize;

use super::Grid;
use super::histogram::Histogram;

/// Whom a signal speaks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Users feel it at once: request errors, latency, traffic lost.
    UserFacing,
    /// Users feel it later: age of jobs.
    AsyncUserFacing,
    /// Something that can run out: sessions, ports, threads, queues.
    Resource,
    /// Everything else: slow queries, restarts, log levels.
    Internal,
}

/// What kind of trouble a signal shows. Evidence is counted once per family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Requests per bucket.
    Traffic,
    /// Share of requests that failed.
    Errors,
    /// Share of requests slower than a baseline quantile, requests in flight.
    Latency,
    /// Slow queries per bucket.
    SlowQueries,
    /// Sessions, connections, queues.
    Sessions,
    /// Jobs.
    Jobs,
    /// A metric file's gauge.
    Gauge,
    /// Error lines, restarts and other messages.
    Messages,
}

/// The name of a series, as reports print it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Signal {
    /// The source it was counted from, as the user named it.
    pub source: String,
    /// The field's term: `request rate`, `error share`, `latency over p99`.
    pub name: String,
    /// Whom it speaks for.
    pub role: Role,
    /// The entity, where it is one entity's series: `host=app-1`.
    pub entity: Option<String>,
    /// The unit of observed and expected: `1/s`, `share`, `s`, or the metric's own.
    pub unit: String,
}

impl Signal {
    /// The full name: `lb.log error share`, `threads.csv busy_workers host=a1`.
    pub fn full_name(&self) -> String {
        match &self.entity {
            Some(entity) => format!("{} {} {}", self.source, self.name, entity),
            None => format!("{} {}", self.source, self.name),
        }
    }
}

/// Values per bucket, as integers where they are counts.
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Events per bucket. A zero inside the series' range is a real zero.
    Count(Vec<u64>),
    /// `k` of `n` per bucket; `n = 0` means nothing is known.
    Ratio {
        /// How many had the property.
        k: Vec<u64>,
        /// Of how many.
        n: Vec<u64>,
    },
    /// A level per bucket; NaN where there is no sample.
    Gauge(Vec<f64>),
    /// Latencies in microseconds, binned, per bucket.
    Latency(Vec<Histogram>),
}

/// One signal over the grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// What it is.
    pub signal: Signal,
    /// Which family its anomalies count for.
    pub family: Family,
    /// The time axis.
    pub grid: Grid,
    /// One value per bucket of the grid.
    pub values: Values,
    /// First bucket and one past the last bucket in which the source has data.
    pub covered: std::ops::Range<usize>,
    /// For a gauge: the level at which the resource has run out.
    pub limit: Option<f64>,
}
