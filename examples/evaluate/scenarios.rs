//! Scenarios from a seed: one trouble of known onset in a simulated service, or none in weeks.
//!
//! In: kind, size, rate, seed. Out: the series and the truth, with the size of the effect in
//! standard deviations of a single bucket. Nothing here knows the detectors' thresholds.

use rfo::series::{Series, Values};

use crate::random::Random;
use crate::service::{Plan, SESSIONS_MAX, Service};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// More requests fail.
    Errors,
    /// A share of the requests takes around 900 ms.
    Latency,
    /// One client multiplies the traffic.
    Surge,
    /// Requests are lost on the way.
    Drop,
    /// Sessions rise towards their limit, jobs wait.
    Limit,
}

/// All kinds.
pub const KINDS: [Kind; 5] = [
    Kind::Errors,
    Kind::Latency,
    Kind::Surge,
    Kind::Drop,
    Kind::Limit,
];
/// Requests per minute at the peak.
pub const RATES: [f64; 4] = [20.0, 200.0, 2_000.0, 20_000.0];
/// Buckets from which a bucket deviates.
const HOUR: usize = 60;
/// Sizes per kind, from faint to total.
pub const SIZES: usize = 5;

impl Kind {
    /// As the tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Errors => "error burst",
            Self::Latency => "latency regression",
            Self::Surge => "surge of one client",
            Self::Drop => "drop, silence",
            Self::Limit => "gauge to its limit",
        }
    }

    /// Extra share of failures, of slow requests; factor of traffic; part of it that is left; part
    /// of the free sessions that is taken.
    fn size(self, i: usize) -> f64 {
        match self {
            Self::Errors => [0.01, 0.03, 0.1, 0.3, 0.9][i],
            Self::Latency => [0.03, 0.08, 0.2, 0.5, 1.0][i],
            Self::Surge => [1.4, 1.7, 2.5, 5.0, 20.0][i],
            Self::Drop => [0.6, 0.4, 0.2, 0.05, 0.0][i],
            Self::Limit => [0.2, 0.4, 0.6, 0.8, 1.0][i],
        }
    }

    /// The values that show it: failures, requests beyond 300 ms (as counts and as shares they
    /// are the same while the traffic is), requests, sessions.
    fn values(self, series: &[Series]) -> Vec<f64> {
        let of = |name: &str| {
            series
                .iter()
                .find(|one| one.signal.name == name)
                .map(|one| &one.values)
        };
        let name = match self {
            Self::Errors => "error share",
            Self::Latency => "latency",
            Self::Surge | Self::Drop => "request rate",
            Self::Limit => "sessions",
        };
        match of(name) {
            Some(Values::Count(x)) => x.iter().map(|&x| x as f64).collect(),
            Some(Values::Ratio { k, .. }) => k.iter().map(|&k| k as f64).collect(),
            Some(Values::Gauge(x)) => x.clone(),
            Some(Values::Latency(all)) => all
                .iter()
                .map(|one| one.count_from(300_000) as f64)
                .collect(),
            None => Vec::new(),
        }
    }
}

/// One trouble and where it was put.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// First bucket of the trouble.
    pub onset: usize,
    /// One past its last bucket.
    pub end: usize,
    /// Mean effect of a bucket over the standard deviation of a bucket without trouble.
    pub sigmas: f64,
    /// What was logged.
    pub series: Vec<Series>,
}

/// The scenario of a kind, size, rate and seed. Even seeds: minutes, `days` of past. Odd seeds:
/// buckets of ten seconds, four hours of past, and levels that ramp up in two minutes.
pub fn scenario(kind: Kind, size: usize, rate: f64, seed: u64, days: usize) -> Scenario {
    let fine = seed % 2 == 1;
    let mixed = seed * 1009
        + KINDS
            .iter()
            .position(|one| *one == kind)
            .map_or(0, |i| i as u64)
            * 101
        + size as u64 * 11
        + rate as u64;
    let mut random = Random(mixed);
    let (width_s, per_day, past, n) = if fine {
        (10, 8640, 1440, 2520)
    } else {
        (60, 1440, days * 1440, days * 1440 + 720)
    };
    let mut service = Service::new(Plan {
        seed: mixed,
        width_s,
        n,
        first: random.below(7 * per_day),
        requests_per_min: rate,
        noise: 1.0,
        season: true,
    });
    let onset = past + random.below(if fine { 600 } else { 500 });
    let end = onset + service.buckets(random.between(8.0, 45.0));
    let ramp = if fine { 12 } else { 1 };
    let quiet = kind.values(&service.clone().series());
    put(&mut service, kind, kind.size(size), onset, end, ramp);
    let series = service.series();
    let sigmas = sigmas(&quiet, &kind.values(&series), onset, end);
    Scenario {
        onset,
        end,
        sigmas,
        series,
    }
}

/// Mean effect of a bucket over the standard deviation of the day before, both against what the
/// same service does without the trouble; the deviation is from the mean of the `HOUR` before.
fn sigmas(quiet: &[f64], troubled: &[f64], onset: usize, end: usize) -> f64 {
    let effect = (onset..end).map(|t| troubled[t] - quiet[t]).sum::<f64>() / (end - onset) as f64;
    let before = |t: usize| {
        let hour = &quiet[t - HOUR..t];
        hour.iter().sum::<f64>() / hour.len() as f64
    };
    let past = onset.saturating_sub(1440).max(HOUR)..onset;
    let n = past.len() as f64;
    let variance = past.map(|t| (quiet[t] - before(t)).powi(2)).sum::<f64>() / n;
    effect.abs() / variance.sqrt()
}

/// Changes the service.
fn put(service: &mut Service, kind: Kind, size: f64, from: usize, to: usize, ramp: usize) {
    for t in from..to {
        match kind {
            Kind::Errors => service.failing[t] += size,
            Kind::Latency => service.slow[t] += size,
            Kind::Surge | Kind::Drop => service.requests[t] *= size,
            Kind::Limit => {
                let part = size * ((t - from + 1) as f64 / ramp as f64).min(1.0);
                service.sessions[t] += part * (SESSIONS_MAX - service.sessions[t]);
                service.waiting[t] += 200.0 * part;
            }
        }
    }
}

/// Weeks without trouble: a day of past, then `weeks` of seven days in minutes.
pub fn quiet(rate: f64, seed: u64, weeks: usize) -> Vec<Series> {
    let mut service = Service::new(Plan {
        seed: 7_000 + seed * 31 + rate as u64,
        width_s: 60,
        n: (weeks * 7 + 1) * 1440,
        first: 0,
        requests_per_min: rate,
        noise: 1.0,
        season: true,
    });
    service.series()
}
