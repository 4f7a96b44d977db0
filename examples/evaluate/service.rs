//! A simulated service: what its signals would be on average in every bucket, and the series
//! that are drawn from that.
//!
//! In: rate, width of buckets, noise. Out: rates that troubles change, then series. The shape of
//! the day has two humps, weekends are quieter, every level wanders, three clients come every
//! hour for some minutes, some jobs are periodic, one message comes in bursts that mean nothing.

use std::f64::consts::TAU;

use rfo::series::histogram::bin_of;
use rfo::series::{BucketWidth, Family, Grid, Histogram, Role, Series, Signal, Values};

use crate::random::Random;

/// 2024-01-01T00:00:00Z, a Monday.
const MONDAY_NS: i64 = 1_704_067_200_000_000_000;
/// Sessions that the balancer has room for.
pub const SESSIONS_MAX: f64 = 300.0;
/// Kinds of messages.
const MESSAGES: usize = 10;
/// Types of jobs.
const JOBS: usize = 12;
/// Clients, of weights that fall as 1 / rank^1.1.
const CLIENTS: usize = 40;
/// Latency bins: 5 ms to 20 s.
const BINS: usize = 40;

/// How the service is made.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Seeds everything.
    pub seed: u64,
    /// Width of a bucket, seconds.
    pub width_s: u64,
    /// How many buckets.
    pub n: usize,
    /// Bucket of the week at which it starts.
    pub first: usize,
    /// Requests per minute at the peak of a weekday.
    pub requests_per_min: f64,
    /// Factor of all wandering: 1 is ordinary.
    pub noise: f64,
    /// Whether there are days and weeks.
    pub season: bool,
}

/// What the signals are on average, per bucket.
#[derive(Debug, Clone)]
pub struct Service {
    plan: Plan,
    random: Random,
    clumps: f64,
    /// Share of the usual traffic at this time, about 1.
    pub load: Vec<f64>,
    /// Requests.
    pub requests: Vec<f64>,
    /// Share that fails.
    pub failing: Vec<f64>,
    /// Log of the factor on the median latency of 80 ms.
    pub latency_shift: Vec<f64>,
    /// Share of the requests that takes around 900 ms.
    pub slow: Vec<f64>,
    /// Slow queries.
    pub slow_queries: Vec<f64>,
    /// CPU of the database, per cent.
    pub cpu: Vec<f64>,
    /// Sessions at the balancer.
    pub sessions: Vec<f64>,
    /// Jobs of all types.
    pub jobs: Vec<f64>,
    /// Jobs that wait, besides the usual few.
    pub waiting: Vec<f64>,
    /// Messages of each kind.
    pub messages: Vec<Vec<f64>>,
}

impl Service {
    /// A service without trouble.
    pub fn new(plan: Plan) -> Self {
        let mut random = Random(plan.seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let per_min = 60.0 / plan.width_s as f64;
        let (n, noise) = (plan.n, plan.noise);
        let mut wander = |sd: f64, minutes: f64| random.wander(n, noise * sd, minutes * per_min);
        let (whole, mixed) = (wander(0.05, 20.0), wander(0.034, 30.0));
        let failing = wander(0.2, 40.0);
        let shift = wander(0.03, 25.0);
        let queries = wander(0.3, 30.0);
        let (cpu, sessions) = (wander(1.5, 15.0), wander(5.0, 15.0));
        let spoken: Vec<_> = (0..MESSAGES).map(|_| wander(0.3, 30.0)).collect();
        let worked: Vec<_> = (0..JOBS).map(|_| wander(0.2, 30.0)).collect();
        let weekend = random.between(0.55, 0.8);
        let shape: Vec<f64> = (0..n).map(|t| shape(&plan, weekend, t)).collect();
        let mut requests: Vec<f64> = (0..n)
            .map(|t| plan.requests_per_min / per_min * shape[t] * (whole[t] + mixed[t]).exp())
            .collect();
        for factor in hourly_clients(&plan, &mut random) {
            requests.iter_mut().zip(factor).for_each(|(x, f)| *x *= f);
        }
        let mut sorted = requests.clone();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted[n / 2];
        let load: Vec<f64> = requests.iter().map(|x| x / middle).collect();
        let each = |of: &dyn Fn(usize) -> f64| (0..n).map(of).collect::<Vec<f64>>();
        let jobs = jobs(&plan, &mut random, &load, &worked);
        let messages = messages(&plan, &mut random, &load, &spoken);
        Self {
            clumps: random.between(0.0001, 0.0005),
            failing: each(&|t| 0.004 * failing[t].exp()),
            latency_shift: each(&|t| 0.08 * load[t].ln() + shift[t]),
            slow: vec![0.015; n],
            slow_queries: each(&|t| 0.8 / per_min * load[t] * queries[t].exp()),
            cpu: each(&|t| 18.0 + 22.0 * load[t].powf(0.9) + cpu[t]),
            sessions: each(&|t| 40.0 + 50.0 * load[t] + sessions[t]),
            waiting: vec![0.0; n],
            jobs,
            messages,
            requests,
            load,
            random,
            plan,
        }
    }

    /// Buckets that last so many minutes; at least one.
    pub fn buckets(&self, minutes: f64) -> usize {
        ((minutes * 60.0 / self.plan.width_s as f64).round() as usize).max(1)
    }

    /// Draws CPU, sessions and queue.
    fn levels(&mut self, jobs: &[u64]) -> [Vec<f64>; 3] {
        let (n, random) = (self.plan.n, &mut self.random);
        let cpu = (0..n)
            .map(|t| (self.cpu[t] + random.normal()).clamp(0.0, 100.0))
            .collect();
        let sessions = (0..n)
            .map(|t| {
                let level = self.sessions[t] + 3.0 * random.normal();
                level.clamp(0.0, SESSIONS_MAX).round()
            })
            .collect();
        let waiting = (0..n)
            .map(|t| {
                let worked: u64 = jobs[t.saturating_sub(2)..=t].iter().sum();
                (3.6 * random.gamma(1.67) + 0.02 * worked as f64 + self.waiting[t]).round()
            })
            .collect();
        [cpu, sessions, waiting]
    }

    /// Draws the series.
    pub fn series(&mut self) -> Vec<Series> {
        let n = self.plan.n;
        let clumps = self.clumps;
        let random = &mut self.random;
        let mut drawn = |mean: &[f64], alpha: f64| -> Vec<u64> {
            mean.iter().map(|&m| random.clumped(m, alpha)).collect()
        };
        let requests = drawn(&self.requests, clumps);
        let slow_queries = drawn(&self.slow_queries, 0.05);
        let jobs = drawn(&self.jobs, 0.01 / 4.0);
        let messages: Vec<Vec<u64>> = self.messages.iter().map(|m| drawn(m, 0.0)).collect();
        let failed = (0..n)
            .map(|t| random.binomial(requests[t], self.failing[t].clamp(0.0, 1.0)))
            .collect();
        let latency = (0..n)
            .map(|t| latencies(random, requests[t], self.latency_shift[t], self.slow[t]))
            .collect();
        let [cpu, sessions, waiting] = self.levels(&jobs);
        let share = Values::Ratio {
            k: failed,
            n: requests.clone(),
        };
        let make = |name: &str, role, family, values| one(&self.plan, name, role, family, values);
        let mut all = vec![
            make(
                "request rate",
                Role::UserFacing,
                Family::Traffic,
                Values::Count(requests),
            ),
            make("error share", Role::UserFacing, Family::Errors, share),
            make(
                "latency",
                Role::UserFacing,
                Family::Latency,
                Values::Latency(latency),
            ),
            make(
                "slow queries",
                Role::Internal,
                Family::SlowQueries,
                Values::Count(slow_queries),
            ),
            make("cpu", Role::Internal, Family::Gauge, Values::Gauge(cpu)),
            make(
                "sessions",
                Role::Resource,
                Family::Sessions,
                Values::Gauge(sessions),
            ),
            make("jobs", Role::Internal, Family::Jobs, Values::Count(jobs)),
            make(
                "queue",
                Role::Resource,
                Family::Sessions,
                Values::Gauge(waiting),
            ),
        ];
        all[5].limit = Some(SESSIONS_MAX);
        all.extend(messages.into_iter().enumerate().map(|(kind, counts)| {
            let name = format!("messages {kind}");
            make(
                &name,
                Role::Internal,
                Family::Messages,
                Values::Count(counts),
            )
        }));
        all
    }
}

fn one(plan: &Plan, name: &str, role: Role, family: Family, values: Values) -> Series {
    let width = BucketWidth::seconds(plan.width_s).expect("a plan's buckets are not empty");
    Series {
        signal: Signal {
            source: "service".to_owned(),
            name: name.to_owned(),
            role,
            entity: None,
            unit: "1/s".to_owned(),
        },
        family,
        grid: Grid {
            start_ns: MONDAY_NS + plan.first as i64 * width.ns(),
            width,
            n: plan.n,
        },
        values,
        covered: 0..plan.n,
        limit: None,
    }
}

/// Share of a weekday's peak.
fn shape(plan: &Plan, weekend: f64, t: usize) -> f64 {
    if !plan.season {
        return 1.0;
    }
    let s = (plan.first + t) as f64 * plan.width_s as f64;
    let (day, hour) = ((s / 86_400.0) % 7.0, (s % 86_400.0) / 3600.0);
    let humps =
        0.9 * ((hour - 14.5) / 24.0 * TAU).cos() + 0.25 * ((hour - 11.0) / 12.0 * TAU).cos();
    // Six hours from a weekday's level to a weekend's.
    let into = ((day - 4.875) / 0.25).clamp(0.0, 1.0);
    let out = ((day - 6.875) / 0.25).clamp(0.0, 0.5) + ((0.125 - day) / 0.25).clamp(0.0, 0.5);
    let part = if day < 0.125 {
        out
    } else {
        into - ((day - 6.875) / 0.25).clamp(0.0, 0.5)
    };
    (humps - 0.9).exp() * (1.0 - (1.0 - weekend) * part)
}

/// Factors of three clients that come every hour for one to three minutes.
fn hourly_clients(plan: &Plan, random: &mut Random) -> Vec<Vec<f64>> {
    let weight = |rank: usize| 1.0 / ((rank + 1) as f64).powf(1.1);
    let total: f64 = (0..CLIENTS).map(weight).sum();
    (0..3)
        .map(|_| {
            let share = weight(random.below(CLIENTS)) / total;
            let (at, long) = (random.below(60), 1 + random.below(3));
            let more = share * random.between(1.0, 4.0);
            (0..plan.n)
                .map(|t| {
                    let minute = t * plan.width_s as usize / 60;
                    let on = (minute + 60 - at) % 60 < long;
                    if on { 1.0 + more } else { 1.0 }
                })
                .collect()
        })
        .collect()
}

/// Jobs of all types: every third type is periodic.
fn jobs(plan: &Plan, random: &mut Random, load: &[f64], noise: &[Vec<f64>]) -> Vec<f64> {
    let mut all = vec![0.0; plan.n];
    for (kind, noise) in noise.iter().enumerate() {
        let per_bucket = 12.0 * random.normal().exp() * plan.width_s as f64 / 60.0;
        let period = [15, 60, 1440][(kind / 3) % 3];
        let (at, long) = (random.below(period), 1 + random.below(4));
        let more = random.between(4.0, 12.0);
        for (t, sum) in all.iter_mut().enumerate() {
            let minute = t * plan.width_s as usize / 60;
            let on = (minute + period - at) % period < long;
            let factor = match (kind % 3 == 0, on) {
                (true, true) => more,
                (true, false) => 0.5,
                (false, _) => 1.0,
            };
            *sum += per_bucket * noise[t].exp() * load[t].powf(0.3) * factor;
        }
    }
    all
}

/// Messages; the first kind has three harmless bursts a day.
fn messages(plan: &Plan, random: &mut Random, load: &[f64], noise: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let minutes = plan.width_s as f64 / 60.0;
    let mut all: Vec<Vec<f64>> = noise
        .iter()
        .map(|noise| {
            let per_bucket = 10f64.powf(random.between(-2.0, 1.0)) * minutes;
            (0..plan.n)
                .map(|t| per_bucket * load[t].sqrt() * noise[t].exp())
                .collect()
        })
        .collect();
    let days = plan.n as f64 * minutes / 1440.0;
    for _ in 0..random.poisson(3.0 * days) {
        let at = random.below(plan.n);
        let more = random.between(5.0, 20.0);
        let long = ((1.0 / minutes) as usize).max(1);
        all[0][at..(at + long).min(plan.n)]
            .iter_mut()
            .for_each(|x| *x += more);
    }
    all
}

/// Log-normal around 80 ms, and a share around 900 ms.
fn latencies(random: &mut Random, requests: u64, shift: f64, slow: f64) -> Histogram {
    let mut histogram = Histogram::default();
    let slow = slow.clamp(0.0, 1.0);
    let edge = |i: usize| 5.0 * (4000f64).powf(i as f64 / BINS as f64);
    let below = |ms: f64| {
        let usual = normal_below((ms.ln() - 80f64.ln() - shift) / 0.55);
        (1.0 - slow) * usual + slow * normal_below((ms.ln() - 900f64.ln()) / 0.8)
    };
    let (mut left, mut done) = (requests, 0.0);
    for i in 0..BINS {
        if left == 0 {
            break;
        }
        let upto = if i + 1 == BINS {
            1.0
        } else {
            below(edge(i + 1))
        };
        let n = random.binomial(
            left,
            ((upto - done) / (1.0 - done).max(1e-12)).clamp(0.0, 1.0),
        );
        if n > 0 {
            histogram.add_bin(bin_of((1000.0 * edge(i)) as u64), n);
        }
        (left, done) = (left - n, upto);
    }
    histogram
}

/// Normal distribution function, within 1e-7 (Abramowitz & Stegun 26.2.17).
pub fn normal_below(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let series = [
        1.330_274_429,
        -1.821_255_978,
        1.781_477_937,
        -0.356_563_782,
        0.319_381_530,
    ];
    let tail = series.iter().fold(0.0, |sum, c| (sum + c) * t) * (-0.5 * x * x).exp() / TAU.sqrt();
    if x >= 0.0 { 1.0 - tail } else { tail }
}
