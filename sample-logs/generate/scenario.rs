//! What a `scenario.toml` may say: the simulated system, what goes wrong in it and when, and which
//! logs come out. Only data; nothing here computes. Unknown keys are refused, except in the
//! sections `[incident]` and `[expected]`, which belong to the tests.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

/// One simulated system over one span of time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Seed of every random draw.
    pub seed: u64,
    /// First instant, RFC 3339; its offset is the local time of the whole scenario.
    pub start: String,
    /// End, exclusive.
    pub end: String,
    /// Length of a step of the simulation: longer ones for scenarios of weeks.
    #[serde(default = "one")]
    pub step_s: i64,
    #[serde(default)]
    pub traffic: Traffic,
    /// A limited number of sessions in front of the service.
    pub sessions: Option<Sessions>,
    #[serde(default, rename = "endpoint")]
    pub endpoints: Vec<Endpoint>,
    #[serde(default, rename = "query")]
    pub queries: Vec<Query>,
    #[serde(default, rename = "failure")]
    pub failures: Vec<Failure>,
    #[serde(default, rename = "event")]
    pub events: Vec<Event>,
    #[serde(default, rename = "statistic")]
    pub statistics: Vec<Statistic>,
    /// The database's pooler, where one writes statistics.
    pub pool: Option<Pool>,
    #[serde(default, rename = "gauge")]
    pub gauges: Vec<Gauge>,
    /// A queue of jobs and its workers.
    pub jobs: Option<Jobs>,
    #[serde(default, rename = "phase")]
    pub phases: Vec<Phase>,
    #[serde(rename = "log")]
    pub logs: Vec<Log>,
    #[serde(rename = "title")]
    _title: IgnoredAny,
    #[serde(default, rename = "incident")]
    _incident: Option<IgnoredAny>,
    #[serde(default, rename = "expected")]
    _expected: Option<IgnoredAny>,
}

/// Who asks, and how often.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Traffic {
    /// Mean rate of the whole service, before any log samples it.
    pub requests_per_s: f64,
    /// Slow wander of the rate: standard deviation of its logarithm.
    pub wander: f64,
    /// Half-life of the wander.
    pub wander_half_life_s: f64,
    /// Daily swing of the rate, as a share; highest at `peak`.
    pub swing: f64,
    /// Local clock time of the daily peak, `HH:MM:SS`.
    pub peak: Option<String>,
    /// Factor on the rate on Saturdays and Sundays, with a slope of some hours on both sides.
    pub weekend: Option<f64>,
    /// Number of clients; client `i` is `net.(i / 250).(i % 250 + 1)`.
    pub clients: usize,
    /// Zipf exponent of the clients' shares.
    pub client_skew: f64,
    /// First two numbers of the clients' addresses, such as `10.40`.
    pub client_net: String,
    /// Clients show a key: `PREFIX-` and four hexadecimal digits.
    pub client_key: Option<String>,
    /// One per client, in turn.
    pub user_agents: Vec<String>,
    /// What fails on any day.
    pub fail: Vec<Fail>,
}

/// Sessions held while a request is served, by Little's law; above the limit requests queue, and
/// what cannot queue is refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// Sessions at most, those in the queue included.
    pub limit: f64,
    /// Share of the limit that is queue and not service.
    pub queue_share: f64,
    /// Name of the failure that a refused request ends in.
    pub refused: String,
}

/// One route of the service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    pub name: String,
    #[serde(default = "get")]
    pub method: String,
    /// Path with placeholders such as `{id}`.
    pub path: String,
    /// Share of the traffic, relative to the other endpoints.
    pub weight: f64,
    /// Median of the endpoint's own work.
    pub work_ms: f64,
    /// Standard deviation of the logarithm of the own work.
    #[serde(default = "half")]
    pub spread: f64,
    /// Names of the queries that every call makes.
    #[serde(default)]
    pub queries: Vec<String>,
    /// Median size of the answer.
    pub bytes: f64,
    /// Host name that the client asks for.
    #[serde(default)]
    pub authority: String,
    /// Answered by the proxy itself: no upstream.
    #[serde(default)]
    pub local: bool,
}

fn get() -> String {
    "GET".to_owned()
}

fn half() -> f64 {
    0.5
}

/// One statement that the database runs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Query {
    pub name: String,
    /// Median duration.
    pub ms: f64,
    /// Standard deviation of the logarithm of the duration.
    pub spread: f64,
    /// Calls besides those of the endpoints.
    #[serde(default)]
    pub calls_per_min: f64,
    /// Share of the calls that wait for another transaction's lock (PostgreSQL says so).
    #[serde(default)]
    pub lock_wait_share: f64,
    /// Not sampled when the slow log is.
    #[serde(default)]
    pub always_logged: bool,
    pub user: String,
    pub database: String,
    /// Rows examined when the query takes its usual time; in proportion when it takes longer.
    pub rows_examined: f64,
    pub rows_sent: u64,
    /// Statement with placeholders, on one line or several.
    pub sql: String,
}

/// One way in which a request ends badly, as each log shows it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Failure {
    pub name: String,
    pub status: i32,
    /// Status in a HAProxy log, when it differs (-1: nothing was sent).
    pub haproxy_status: Option<i32>,
    /// Termination state in a HAProxy log.
    #[serde(default = "ended")]
    pub termination: String,
    /// Response flags in an Envoy log.
    #[serde(default = "dash")]
    pub flags: String,
    /// Median time until it ends; absent: the time that a good answer would have taken.
    pub duration_ms: Option<f64>,
    #[serde(default)]
    pub spread: f64,
    /// What became of the upstream.
    #[serde(default)]
    pub upstream: Upstream,
    #[serde(default)]
    pub bytes: u64,
}

fn ended() -> String {
    "----".to_owned()
}

fn dash() -> String {
    "-".to_owned()
}

/// How far a failed request came.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Upstream {
    /// It answered, with an error.
    #[default]
    Answered,
    /// It was reached and had not answered when the request ended.
    Silent,
    /// It could not be connected to.
    Unreachable,
    /// None was chosen: the request ended in the queue.
    Queued,
    /// None was there to choose.
    None,
}

/// A share of requests that ends in a failure.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fail {
    pub kind: String,
    pub share: f64,
}

/// A line of an application or system log that is not a request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Event {
    pub name: String,
    /// File that it is written to.
    #[serde(default)]
    pub log: String,
    #[serde(default)]
    pub per_s: f64,
    /// Clock times at which it happens besides, as in a phase.
    #[serde(default)]
    pub at: Vec<String>,
    pub level: String,
    pub message: String,
    /// Logger or program.
    pub logger: String,
    pub latency_ms: Option<f64>,
    #[serde(default = "half")]
    pub spread: f64,
    /// More fields, with placeholders.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// More files that it is written to, each on its own.
    #[serde(default)]
    pub logs: Vec<String>,
    /// Happens only as far as this gauge starves the host that writes the log.
    pub starved: Option<String>,
}

impl Event {
    /// Whether it is written to this file.
    pub fn is_in(&self, file: &str) -> bool {
        self.log == file || self.logs.iter().any(|other| other == file)
    }
}

/// A figure that an application writes into its own log again and again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statistic {
    pub name: String,
    /// Files that it is written to.
    pub logs: Vec<String>,
    /// Key of the figure in the line.
    pub key: String,
    /// Median.
    pub value: f64,
    /// Standard deviation of the logarithm.
    pub spread: f64,
    /// Digits behind the point.
    #[serde(default)]
    pub digits: usize,
}

/// A pooler in front of the database that counts transactions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Transactions of one usual request.
    pub transactions_per_request: f64,
    /// Queries of one transaction.
    pub queries_per_transaction: f64,
    /// Mean time of a transaction.
    pub transaction_us: f64,
    /// Mean time that a client waits for a connection.
    pub wait_us: f64,
}

/// A value that hosts report again and again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gauge {
    pub name: String,
    pub hosts: Vec<String>,
    /// systemd unit that holds the resource.
    pub service: String,
    /// What the unit calls itself.
    pub description: String,
    pub base: f64,
    /// Standard deviation of the value.
    pub noise: f64,
    pub limit: f64,
    pub every_s: i64,
    /// A host that is at its limit is restarted after a time in this range.
    pub watchdog_min: Option<[f64; 2]>,
    /// The base goes with the rate of requests.
    #[serde(default)]
    pub with_traffic: bool,
    /// What becomes of requests when it runs out.
    pub starving: Option<Starving>,
}

/// Requests to a host fail in proportion to what is missing of its gauge's last part.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Starving {
    /// Share of the limit from which requests fail; all fail at the limit.
    pub beyond: f64,
    /// Name of the failure that a starved request ends in.
    pub fail: String,
    /// Name of the failure when the balancer has no host left that passes its health check.
    pub none_left: String,
    /// At the limit a host fails its health check after this time, and passes it again this
    /// long after it left the limit.
    pub check_s: i64,
}

/// A queue of jobs: first in, first out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// Jobs enqueued on any day.
    pub per_s: f64,
    /// Number of accounts that enqueue them.
    pub accounts: usize,
    /// Zipf exponent of the accounts' shares.
    pub account_skew: f64,
    /// Jobs that run at the same time at most.
    pub workers: usize,
    /// Jobs of one account that run at the same time at most.
    pub per_account: usize,
    /// Mean time that a job runs.
    pub run_s: f64,
    /// Standard deviation of the logarithm of that time.
    pub run_spread: f64,
    /// Idle workers look for jobs this often.
    pub wake_s: f64,
    /// Share of the jobs that fail.
    pub fail_share: f64,
    #[serde(rename = "type")]
    pub types: Vec<JobType>,
    #[serde(default, rename = "burst")]
    pub bursts: Vec<JobBurst>,
    #[serde(default, rename = "purge")]
    pub purges: Vec<JobPurge>,
}

/// One type of job.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobType {
    pub name: String,
    /// Share of the everyday jobs, relative to the other types.
    pub weight: f64,
}

/// Many jobs of one type from one account, evenly over a stretch of time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobBurst {
    /// Index of the account.
    pub account: usize,
    #[serde(rename = "type")]
    pub kind: String,
    pub jobs: u64,
    pub from: String,
    pub to: String,
}

/// What an account has waiting of one type is deleted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JobPurge {
    /// Index of the account.
    pub account: usize,
    #[serde(rename = "type")]
    pub kind: String,
    pub at: String,
}

/// Something that is different for a while.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Phase {
    pub name: String,
    /// `HH:MM:SS` of the first day in local time, or RFC 3339.
    pub from: String,
    pub to: String,
    /// Grows in even steps from nothing at `from` to all at `to`.
    pub ramp: bool,
    /// Only these endpoints; empty: all.
    pub endpoints: Vec<String>,
    /// Only these clients' addresses; empty: all.
    pub clients: Vec<String>,
    /// Only these hosts' gauges; empty: all.
    pub hosts: Vec<String>,
    /// Factor on the rate of the chosen clients and endpoints.
    pub rate_times: Option<f64>,
    /// Requests of the chosen clients to the chosen endpoints that come on top.
    pub added_per_s: f64,
    /// Transactions of the database that come on top.
    pub added_transactions_per_s: f64,
    /// New mean times of the pool: a transaction, the wait for a connection.
    pub pool_us: Option<[f64; 2]>,
    /// New rates of queries besides those of the endpoints.
    pub query_per_min: BTreeMap<String, f64>,
    /// New medians of statistics.
    pub statistic: BTreeMap<String, f64>,
    /// Factor on the own work of the chosen endpoints.
    pub work_times: Option<f64>,
    /// New median durations of queries.
    pub query_ms: BTreeMap<String, f64>,
    /// What fails, of the chosen clients and endpoints.
    pub fail: Vec<Fail>,
    /// New limit of the sessions.
    pub session_limit: Option<f64>,
    /// New rates of events.
    pub event_per_s: BTreeMap<String, f64>,
    /// New median latencies of events.
    pub event_ms: BTreeMap<String, f64>,
    /// Files that get no lines.
    pub silent: Vec<String>,
    /// Units that each chosen host of a gauge loses for good, until it is restarted.
    pub leak_per_min: BTreeMap<String, f64>,
    /// The chosen hosts of every gauge are restarted by hand one after the other, this far apart.
    pub restart_every_s: Option<f64>,
}

/// One file that comes out.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// Its name; `.zst` and `.gz` mean that it is kept compressed.
    pub file: String,
    pub format: Format,
    /// Share of the requests, or of the queries, that it has.
    #[serde(default = "whole")]
    pub sample: f64,
    /// Names or addresses of the servers behind, in turn.
    #[serde(default)]
    pub servers: Vec<String>,
    /// Addresses that connections come from; empty: the clients themselves.
    #[serde(default)]
    pub through: Vec<String>,
    /// Requests that are no HTTP at all.
    #[serde(default)]
    pub garbage_per_hour: f64,
    /// Shortest query in a slow log.
    #[serde(default)]
    pub long_query_s: f64,
    /// Host that writes it.
    #[serde(default)]
    pub host: String,
    /// Statistics are written that often.
    #[serde(default)]
    pub statistics_every_s: Option<i64>,
}

fn one() -> i64 {
    1
}

fn whole() -> f64 {
    1.0
}

/// The software whose log format is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// nginx access log: combined, then `rt=` and `urt=` in seconds.
    Nginx,
    /// HAProxy HTTP log without a syslog prefix.
    Haproxy,
    /// HAProxy HTTP log with its health checks, written by rsyslog with RFC 3339 stamps.
    HaproxySyslog,
    /// Envoy's default text format.
    Envoy,
    /// JSON lines of a request logger in the shape of pino-http.
    Pino,
    /// MySQL 5.7 slow query log.
    MysqlSlow,
    /// JSON lines of an application in the shape of zap.
    Zap,
    /// JSON lines of a Node.js application in the shape of pino.
    Node,
    /// `journalctl -o json`.
    Journald,
    /// Metric file: `time,value,metric,host,limit`.
    Metrics,
    /// JSON lines of a job queue: what happens to each job.
    Jobs,
    /// PostgreSQL server log, stderr with `log_line_prefix = '%m [%p] %q%u@%d '`.
    Postgresql,
    /// PgBouncer log with its statistics.
    Pgbouncer,
}
