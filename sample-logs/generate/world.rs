//! The scenario with its names looked up: clients, weights, phases in seconds.
//!
//! In: a [`Scenario`]. Out: [`World`], which answers what holds at a second. It draws nothing.

use std::collections::HashMap;

use super::scenario::{Endpoint, Fail, Failure, Phase, Query, Scenario};

use super::random::running_totals;
use super::span::Span;

/// What the other modules ask.
#[derive(Debug)]
pub struct World<'a> {
    pub scenario: &'a Scenario,
    pub span: Span,
    pub clients: Vec<String>,
    /// The clients' keys, if they have any.
    pub client_keys: Option<Vec<String>>,
    pub client_shares: Vec<f64>,
    pub client_sums: Vec<f64>,
    pub endpoint_shares: Vec<f64>,
    pub endpoint_sums: Vec<f64>,
    /// For each endpoint, the indices of its queries.
    pub endpoint_queries: Vec<Vec<usize>>,
    phases: Vec<Timed<'a>>,
    failures: HashMap<&'a str, &'a Failure>,
}

#[derive(Debug)]
struct Timed<'a> {
    from_s: i64,
    to_s: i64,
    phase: &'a Phase,
}

/// A phase that is on, and how much of it (1, or less on the way up a ramp).
pub type Active<'a> = (&'a Phase, f64);

impl<'a> World<'a> {
    /// Looks everything up.
    /// # Panics
    /// If the scenario names an endpoint's query, a time or a client range that does not exist.
    pub fn new(scenario: &'a Scenario) -> Self {
        let span = Span::new(&scenario.start, &scenario.end, scenario.step_s);
        let traffic = &scenario.traffic;
        let clients: Vec<String> = (0..traffic.clients)
            .map(|i| format!("{}.{}.{}", traffic.client_net, i / 250, i % 250 + 1))
            .collect();
        let client_shares =
            shares((0..traffic.clients).map(|i| ((i + 1) as f64).powf(-traffic.client_skew)));
        let endpoint_shares = shares(scenario.endpoints.iter().map(|endpoint| endpoint.weight));
        let queries = |endpoint: &Endpoint| {
            endpoint
                .queries
                .iter()
                .map(|name| query_index(&scenario.queries, name))
                .collect()
        };
        let timed = |phase: &'a Phase| Timed {
            from_s: span.second(&phase.from),
            to_s: span.second(&phase.to),
            phase,
        };
        Self {
            scenario,
            span,
            client_keys: traffic
                .client_key
                .as_ref()
                .map(|prefix| keys(prefix, traffic.clients)),
            clients,
            client_sums: running_totals(client_shares.iter().copied()),
            client_shares,
            endpoint_sums: running_totals(endpoint_shares.iter().copied()),
            endpoint_shares,
            endpoint_queries: scenario.endpoints.iter().map(queries).collect(),
            phases: scenario.phases.iter().map(timed).collect(),
            failures: scenario
                .failures
                .iter()
                .map(|f| (f.name.as_str(), f))
                .collect(),
        }
    }

    /// The phases that are on at a second.
    pub fn active(&self, second: i64) -> Vec<Active<'a>> {
        self.phases
            .iter()
            .filter(|timed| (timed.from_s..timed.to_s).contains(&second))
            .map(|timed| (timed.phase, timed.share(second)))
            .collect()
    }

    /// The phases that restart hosts by hand, with their first second.
    pub fn restarting(&self) -> impl Iterator<Item = (i64, f64, &'a Phase)> {
        self.phases.iter().filter_map(|timed| {
            let apart_s = timed.phase.restart_every_s?;
            Some((timed.from_s, apart_s, timed.phase))
        })
    }

    /// The failure of that name.
    /// # Panics
    /// If the scenario has none.
    pub fn failure(&self, name: &str) -> &'a Failure {
        self.failures
            .get(name)
            .unwrap_or_else(|| panic!("no [[failure]] named {name}"))
    }

    /// Median duration of a query now.
    pub fn query_ms(&self, query: &Query, active: &[Active]) -> f64 {
        changed(query.ms, active, |phase| {
            phase.query_ms.get(&query.name).copied()
        })
    }

    /// Calls of a query a minute now, besides those of the endpoints.
    pub fn calls_per_min(&self, query: &Query, active: &[Active]) -> f64 {
        changed(query.calls_per_min, active, |phase| {
            phase.query_per_min.get(&query.name).copied()
        })
    }

    /// Factor on an endpoint's own work now.
    pub fn work_times(&self, endpoint: &Endpoint, active: &[Active]) -> f64 {
        active
            .iter()
            .filter(|(phase, _)| chosen(&phase.endpoints, &endpoint.name))
            .filter_map(|(phase, share)| Some(1.0 + (phase.work_times? - 1.0) * share))
            .product()
    }

    /// What may fail now for this endpoint and client: the everyday failures, then the phases'.
    pub fn fails<'b>(
        &'b self,
        active: &'b [Active<'a>],
        endpoint: &'b Endpoint,
        client: &'b str,
    ) -> impl Iterator<Item = (&'b Fail, f64)> {
        let phases = active
            .iter()
            .filter(|(phase, _)| chosen(&phase.endpoints, &endpoint.name))
            .filter(|(phase, _)| chosen(&phase.clients, client))
            .flat_map(|&(phase, share)| phase.fail.iter().map(move |fail| (fail, share)));
        self.scenario
            .traffic
            .fail
            .iter()
            .map(|fail| (fail, 1.0))
            .chain(phases)
    }
}

impl Timed<'_> {
    fn share(&self, second: i64) -> f64 {
        if self.phase.ramp {
            (second - self.from_s) as f64 / (self.to_s - self.from_s) as f64
        } else {
            1.0
        }
    }
}

/// Whether a phase's list of names means this one: an empty list means all.
pub fn chosen(names: &[String], name: &str) -> bool {
    names.is_empty() || names.iter().any(|other| other == name)
}

/// `usual`, moved by each phase that says something else by as much as the phase is on.
pub fn changed(usual: f64, active: &[Active], other: impl Fn(&Phase) -> Option<f64>) -> f64 {
    active.iter().fold(usual, |value, (phase, share)| {
        other(phase).map_or(value, |target| value + (target - value) * share)
    })
}

fn shares(weights: impl Iterator<Item = f64>) -> Vec<f64> {
    let weights: Vec<f64> = weights.collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

/// One key per client; no two alike among the first 65,536, as the factor is odd.
fn keys(prefix: &str, clients: usize) -> Vec<String> {
    (0..clients)
        .map(|i| format!("{prefix}-{:04x}", (i * 40_503 + 12_345) % 65_536))
        .collect()
}

fn query_index(queries: &[Query], name: &str) -> usize {
    queries
        .iter()
        .position(|query| query.name == name)
        .unwrap_or_else(|| panic!("no [[query]] named {name}"))
}
