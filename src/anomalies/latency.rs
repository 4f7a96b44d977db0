//! Latency, and how long slow queries take: shares of them slower than the baseline's median, p90
//! and p99.
//!
//! In: latency histograms per bucket. Out: what the engine finds in the three shares. The edges
//! are frozen from past normal buckets only, and looked at again as the history doubles and then
//! daily, never inside an episode: a share above a fixed edge sees "5 % of the requests take
//! 900 ms", which no quantile of the bucket does.

use super::engine::Engine;
use super::rates::{covered, threshold};
use super::report::{self, Subject};
use super::rule::{Rule, WARM_UP};
use super::{Found, Options};
use crate::clock::words::rfc3339;
use crate::events::Evidence;
use crate::series::baseline::{Kind, Prior, Sample};
use crate::series::histogram::width_of;
use crate::series::{Histogram, Series, Signal};

/// A baseline quantile and the growth of the share above it that is worth an alarm.
struct Quantile {
    p: f64,
    name: &'static str,
    effect_min: f64,
}

const QUANTILES: [Quantile; 3] = [
    Quantile {
        p: 0.5,
        name: "p50",
        effect_min: 0.15,
    },
    Quantile {
        p: 0.9,
        name: "p90",
        effect_min: 0.05,
    },
    Quantile {
        p: 0.99,
        name: "p99",
        effect_min: 0.012,
    },
];
/// Five more slow requests in the window, or it is no trouble.
const EXCESS_MIN: f64 = 5.0;
/// Requests that are needed before a p99 means anything.
const REQUESTS_MIN: u64 = 200;
/// Edges come from at most that much of the past, minutes.
const PAST_MIN: f64 = 1440.0;
/// A slower service is the new normal after a day: releases do that, outages rarely.
const ADOPT_AFTER_MIN: f64 = 1440.0;
/// Requests that a share's prior is worth.
const PRIOR_WEIGHT: f64 = 100.0;
/// Requests that the past is worth after the edges moved, at most: the share stays adaptive.
const REBASE_WEIGHT: f64 = 1e5;

/// Tests a latency series.
pub fn find(index: usize, series: &Series, buckets: &[Histogram], options: &Options) -> Found {
    let mut shares = Shares::new(series, options);
    let covered = covered(series, buckets.len());
    let mut p99_s = vec![f64::NAN; series.grid.n];
    for bucket in covered {
        shares.step(bucket, series.grid.time(bucket), &buckets[bucket], buckets);
        p99_s[bucket] = shares
            .edges
            .map_or(f64::NAN, |edges| edges[2].quantile_us as f64 / 1e6);
    }
    carry(&mut p99_s);
    let mut found = Found {
        expected: vec![p99_s],
        ..Found::default()
    };
    for (quantile, engine) in QUANTILES.iter().zip(&shares.engines) {
        let mut subject = Subject::of(index, series, "latency");
        subject.signal = share_of(&series.signal, quantile);
        let mut one = report::found(engine, &subject);
        for anomaly in &mut one.anomalies {
            let p99 = p99_evidence(series, buckets, &found.expected[0], anomaly);
            anomaly.evidence.extend(p99);
        }
        found.anomalies.append(&mut one.anomalies);
        found.tested.append(&mut one.tested);
        found.recurring.append(&mut one.recurring);
    }
    found
}

/// The derived signal: `latency over p99`, `query time over p99`, a share.
fn share_of(signal: &Signal, quantile: &Quantile) -> Signal {
    Signal {
        name: format!("{} over {}", signal.name, quantile.name),
        unit: "share".to_owned(),
        ..signal.clone()
    }
}

fn rule(signal: &Signal, quantile: &Quantile, options: &Options) -> Rule {
    Rule {
        kind: Kind::Ratio,
        threshold: threshold(signal),
        p_value: options.p_value,
        effect_min: quantile.effect_min,
        excess_min: EXCESS_MIN,
        difference_min: 0.0,
        falls: false,
        adopt_after_min: options
            .adopt_after_min
            .map(|minutes| minutes.max(ADOPT_AFTER_MIN)),
        prior: Prior {
            k: (1.0 - quantile.p) * PRIOR_WEIGHT,
            n: PRIOR_WEIGHT,
        },
    }
}

/// The bin of a baseline quantile; slower means beyond that bin.
#[derive(Debug, Clone, Copy)]
struct Edge {
    quantile_us: u64,
    slower_from_us: u64,
}

/// The three shares, in step.
struct Shares {
    engines: [Engine; 3],
    edges: Option<[Edge; 3]>,
    normal: Vec<usize>, // buckets outside episodes, at most a day of them
    past: usize,
    frozen_at: usize,
    age: usize,
    requests: u64,
}

impl Shares {
    fn new(series: &Series, options: &Options) -> Self {
        let engine =
            |q: &Quantile| Engine::new(rule(&series.signal, q, options), series.grid.width);
        Self {
            engines: [
                engine(&QUANTILES[0]),
                engine(&QUANTILES[1]),
                engine(&QUANTILES[2]),
            ],
            edges: None,
            normal: Vec::new(),
            past: series.grid.width.in_minutes(PAST_MIN),
            frozen_at: 0,
            age: 0,
            requests: 0,
        }
    }

    fn step(&mut self, bucket: usize, start_ns: i64, seen: &Histogram, all: &[Histogram]) {
        let n = seen.count();
        if n == 0 {
            return;
        }
        if self.due() {
            self.freeze(all);
        }
        self.age += 1;
        self.requests += n;
        if let Some(edges) = self.edges {
            for (engine, edge) in self.engines.iter_mut().zip(edges) {
                let k = seen.count_from(edge.slower_from_us);
                engine.step(
                    bucket,
                    start_ns,
                    Sample {
                        x: k as f64,
                        n: n as f64,
                    },
                );
            }
        }
        if !self.suspicious() {
            self.normal.push(bucket);
        }
    }

    /// Outside episodes: after the warm-up, then as the history doubles, then daily.
    fn due(&self) -> bool {
        if self.suspicious() {
            return false;
        }
        match self.edges {
            None => self.age >= WARM_UP && self.requests >= REQUESTS_MIN,
            Some(_) => self.age - self.frozen_at >= self.frozen_at.min(self.past).max(1),
        }
    }

    /// An episode is open, or the last bucket is far enough out that one may follow: such buckets
    /// are not what normal looks like.
    fn suspicious(&self) -> bool {
        self.engines.iter().any(|engine| {
            let last = engine.history().entries().last();
            engine.is_open() || last.is_some_and(|last| last.z > engine.rule().threshold)
        })
    }

    fn freeze(&mut self, all: &[Histogram]) {
        let drop = self.normal.len().saturating_sub(self.past);
        self.normal.drain(..drop);
        let past = Pooled::of(self.normal.iter().map(|&bucket| &all[bucket]));
        let edges = QUANTILES.map(|quantile| past.edge(quantile.p));
        for (engine, edge) in self.engines.iter_mut().zip(&edges) {
            let n = (past.total as f64).min(REBASE_WEIGHT);
            engine.rebase(past.share_from(edge.slower_from_us) * n, n);
        }
        self.edges = Some(edges);
        self.frozen_at = self.age;
    }
}

/// Many histograms as one.
struct Pooled {
    bins: Vec<(u64, u64)>,
    total: u64,
}

impl Pooled {
    fn of<'a>(histograms: impl ExactSizeIterator<Item = &'a Histogram>) -> Self {
        let all: Vec<(u64, u64)> = Histogram::sum(histograms).bins().collect();
        let total = all.iter().fold(0u64, |sum, bin| sum.saturating_add(bin.1));
        Self { bins: all, total }
    }

    fn edge(&self, p: f64) -> Edge {
        let rank = (p * self.total as f64).ceil().max(1.0) as u64;
        let mut seen = 0u64;
        let at = self.bins.iter().find(|bin| {
            seen = seen.saturating_add(bin.1);
            seen >= rank
        });
        let quantile_us = at.or(self.bins.last()).map_or(0, |bin| bin.0);
        let slower_from_us = quantile_us.saturating_add(width_of(quantile_us));
        Edge {
            quantile_us,
            slower_from_us,
        }
    }

    fn share_from(&self, edge_us: u64) -> f64 {
        let from = self.bins.partition_point(|bin| bin.0 < edge_us);
        let above = self.bins[from..]
            .iter()
            .fold(0u64, |sum, bin| sum.saturating_add(bin.1));
        above as f64 / (self.total as f64).max(1.0)
    }
}

/// Carries values over gaps.
fn carry(values: &mut [f64]) {
    let mut last = f64::NAN;
    for value in values {
        if value.is_nan() {
            *value = last;
        } else {
            last = *value;
        }
    }
}

/// The p99 over the episode beside the baseline's, microseconds.
fn p99_evidence(
    series: &Series,
    buckets: &[Histogram],
    baseline_s: &[f64],
    anomaly: &super::Anomaly,
) -> Option<Evidence> {
    let first = anomaly.buckets.start;
    let until = anomaly.buckets.end.min(buckets.len());
    let pooled = Pooled::of(buckets.get(first..until)?.iter());
    Some(Evidence::Signal {
        signal: format!("{} p99 us", anomaly.signal.full_name()),
        bucket: rfc3339(series.grid.time(first)),
        observed: pooled.edge(0.99).quantile_us as f64,
        expected: (baseline_s[first] * 1e6).round(),
        rule: "p99 of the episode's requests beside the p99 of the baseline's, microseconds"
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slower_means_beyond_the_bin_of_the_quantile() {
        let mut histogram = Histogram::default();
        (1..=1000u64).for_each(|v| histogram.add(v * 100));
        let pooled = Pooled::of([&histogram, &histogram].into_iter());
        let edge = pooled.edge(0.9);
        assert!(edge.quantile_us <= 90_000 && edge.slower_from_us > 90_000);
        let share = pooled.share_from(edge.slower_from_us);
        assert!(share <= 0.1 && share > 0.07, "{share}");
        assert_eq!(
            (
                pooled.total,
                Pooled::of(std::iter::empty()).edge(0.5).quantile_us
            ),
            (2000, 0)
        );
    }
}
