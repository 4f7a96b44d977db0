//! Draws the requests that one access log sees.
//!
//! In: the world and its seconds. Out: requests in the order in which they end, each with its
//! route, client, times and failure. How a request is written is the writers' matter.

use super::gauges::Course;
use super::model::{Second, part};
use super::random::{Random, fill};
use super::scenario::{Endpoint, Failure, Log, Phase, Upstream};
use super::starved::Starved;
use super::world::{Active, World, chosen};

/// One request as the proxy in front saw it.
#[derive(Debug)]
pub struct Request<'a> {
    pub start_ns: i64,
    pub end_ns: i64,
    pub endpoint: &'a Endpoint,
    pub path: String,
    /// Index of the client.
    pub client: usize,
    /// Time in the queue.
    pub wait_ms: f64,
    /// Time at the server.
    pub service_ms: f64,
    /// `None` when it went well.
    pub failure: Option<&'a Failure>,
    pub bytes: u64,
    /// Number of the server, to be taken modulo the number of servers.
    pub server: u64,
    /// The service when the request began.
    pub second: &'a Second,
}

impl Request<'_> {
    /// How far it came.
    pub fn upstream(&self) -> Upstream {
        self.failure
            .map_or(Upstream::Answered, |failure| failure.upstream)
    }

    /// Whole time.
    pub fn total_ms(&self) -> f64 {
        (self.end_ns - self.start_ns) as f64 / 1e6
    }
}

/// All requests of `log`, by end.
pub fn requests<'a>(
    world: &'a World<'a>,
    seconds: &'a [Second],
    course: &'a Course<'a>,
    log: &Log,
    random: &mut Random,
) -> Vec<Request<'a>> {
    let mut all = Vec::new();
    let usual = world.scenario.traffic.requests_per_s * log.sample * world.span.step_s as f64;
    let starved: Vec<&Starved> = log
        .servers
        .iter()
        .filter_map(|name| course.starved.iter().find(|one| one.host == name))
        .collect();
    for (at_s, second) in world.span.steps().zip(seconds) {
        let active = world.active(at_s);
        if active
            .iter()
            .any(|(phase, _)| phase.silent.contains(&log.file))
        {
            continue;
        }
        let mut draw = Draw {
            world,
            at_s,
            second,
            active: &active,
            starved: &starved,
            random,
        };
        let base = usual * second.rate_times;
        for _ in 0..draw.random.poisson(base) {
            let request = draw.request(&[], &[]);
            all.extend(request.filter(|request| draw.stays(request)));
        }
        for &(phase, share) in &active {
            let times = phase
                .rate_times
                .map_or(0.0, |times| (times - 1.0) * share)
                .max(0.0);
            let added = base * times * part(world, &phase.clients, &phase.endpoints);
            for _ in 0..draw.random.poisson(added) {
                all.extend(draw.request(&phase.clients, &phase.endpoints));
            }
            if phase.added_per_s > 0.0 {
                for _ in 0..draw.random.poisson(phase.added_per_s * share * log.sample) {
                    all.extend(draw.request(&phase.clients, &phase.endpoints));
                }
            }
        }
    }
    all.retain(|request| request.end_ns < world.span.end_s * 1_000_000_000);
    all.sort_by_key(|request| (request.end_ns, request.start_ns));
    all
}

struct Draw<'a, 'b> {
    world: &'a World<'a>,
    at_s: i64,
    second: &'a Second,
    active: &'b [Active<'a>],
    /// One per server of the log, or none at all.
    starved: &'b [&'a Starved<'a>],
    random: &'b mut Random,
}

impl<'a> Draw<'a, '_> {
    /// One request of these clients to these endpoints; empty lists mean the usual mix.
    fn request(&mut self, clients: &[String], endpoints: &[String]) -> Option<Request<'a>> {
        let client = self.pick_client(clients)?;
        let number = self.pick_endpoint(endpoints)?;
        let endpoint = &self.world.scenario.endpoints[number];
        let start_ns = self.world.span.within(self.at_s, self.random);
        let (server, starved) = match self.starved {
            [] => (None, None),
            _ => self.starved_server(),
        };
        let failure = starved.or_else(|| self.failure(endpoint, client));
        let usual_ms = self.service_ms(number);
        let service_ms = failure
            .and_then(|f| f.duration_ms)
            .map_or(usual_ms, |median| {
                self.random
                    .log_normal(median, failure.map_or(0.0, |f| f.spread))
            });
        let queued = failure.is_some_and(|f| f.upstream == Upstream::Queued);
        let wait_ms = if queued {
            self.second.wait_ms.max(1.0) * self.random.between([1.0, 1.03])
        } else {
            self.second.wait_ms * self.random.between([0.6, 1.0])
        };
        let service_ms = if queued { 0.0 } else { service_ms };
        let bytes = self.random.log_normal(endpoint.bytes, 0.3) as u64;
        Some(Request {
            start_ns,
            end_ns: start_ns + ((wait_ms + service_ms) * 1e6) as i64,
            endpoint,
            path: fill(&endpoint.path, self.random),
            client,
            wait_ms,
            service_ms,
            failure,
            bytes: failure.map_or(bytes, |f| f.bytes),
            server: server.unwrap_or_else(|| self.random.bits()),
            second: self.second,
        })
    }

    fn pick_client(&mut self, clients: &[String]) -> Option<usize> {
        if clients.is_empty() {
            return Some(self.random.weighted(&self.world.client_sums));
        }
        let name = &clients[self.random.below(clients.len() as u64) as usize];
        self.world.clients.iter().position(|client| client == name)
    }

    fn pick_endpoint(&mut self, endpoints: &[String]) -> Option<usize> {
        if endpoints.is_empty() {
            return Some(self.random.weighted(&self.world.endpoint_sums));
        }
        let name = &endpoints[self.random.below(endpoints.len() as u64) as usize];
        self.world
            .scenario
            .endpoints
            .iter()
            .position(|endpoint| endpoint.name == *name)
    }

    fn service_ms(&mut self, number: usize) -> f64 {
        let endpoint = &self.world.scenario.endpoints[number];
        let work_ms = endpoint.work_ms * self.world.work_times(endpoint, self.active);
        let mut service_ms = self.random.log_normal(work_ms, endpoint.spread);
        for &query in &self.world.endpoint_queries[number] {
            let query = &self.world.scenario.queries[query];
            let median = self.world.query_ms(query, self.active);
            service_ms += self.random.log_normal(median, query.spread);
        }
        service_ms
    }

    /// A server that passes its health check, and the failure that the request ends in there if
    /// it starves.
    fn starved_server(&mut self) -> (Option<u64>, Option<&'a Failure>) {
        let up: Vec<usize> = (0..self.starved.len())
            .filter(|&i| !self.starved[i].is_down(self.at_s))
            .collect();
        let Some(last) = up.len().checked_sub(1) else {
            let failure = self.world.failure(&self.starved[0].rule.none_left);
            return (Some(0), Some(failure));
        };
        let server = up[(self.random.below(up.len() as u64) as usize).min(last)];
        let one = self.starved[server];
        let failed = self.random.chance(one.share(self.at_s));
        let failure = failed.then(|| self.world.failure(&one.rule.fail));
        (Some(server as u64), failure)
    }

    fn failure(&mut self, endpoint: &Endpoint, client: usize) -> Option<&'a Failure> {
        if endpoint.local {
            return None;
        }
        if self.random.chance(self.second.refused) {
            let rules = self.world.scenario.sessions.as_ref()?;
            return Some(self.world.failure(&rules.refused));
        }
        let mark = self.random.uniform();
        let mut sum = 0.0;
        self.world
            .fails(self.active, endpoint, &self.world.clients[client])
            .find(|(fail, share)| {
                sum += fail.share * share;
                mark < sum
            })
            .map(|(fail, _)| self.world.failure(&fail.kind))
    }

    /// Whether a phase that lowers the rate lets this request happen.
    fn stays(&mut self, request: &Request) -> bool {
        let client = &self.world.clients[request.client];
        let meant = |phase: &Phase| {
            chosen(&phase.clients, client) && chosen(&phase.endpoints, &request.endpoint.name)
        };
        let keep: f64 = self
            .active
            .iter()
            .filter(|(phase, _)| meant(phase))
            .filter_map(|(phase, share)| Some(1.0 + (phase.rate_times? - 1.0) * share))
            .map(|times| times.clamp(0.0, 1.0))
            .product();
        keep >= 1.0 || self.random.chance(keep)
    }
}
