//! The state of the simulated service, second by second (or in the scenario's longer steps).
//!
//! In: a [`World`]. Out: for each step the rate of requests, the sessions they hold, the queue
//! and the share that is refused. Sessions follow Little's law (`held = rate x time`) with a
//! limit. Single requests are drawn later, from these figures; failures are not counted into the
//! time that a session is held.

use super::random::Random;
use super::world::{Active, World, changed, chosen};

/// The service during one step.
#[derive(Debug, Clone, Default)]
pub struct Second {
    /// Factor on the mean rate: wander and time of day, without the phases.
    pub rate_times: f64,
    /// Requests that arrive, all phases included.
    pub requests_per_s: f64,
    /// Sessions held, the queued ones included.
    pub sessions: f64,
    /// Sessions at most; infinite when nothing limits them.
    pub limit: f64,
    /// Sessions that wait for a server.
    pub queued: f64,
    /// Time that they wait.
    pub wait_ms: f64,
    /// Share of the requests that is refused.
    pub refused: f64,
}

/// One [`Second`] for each step of the span.
pub fn seconds(world: &World) -> Vec<Second> {
    let mut random = Random::stream(world.scenario.seed, "model");
    let traffic = &world.scenario.traffic;
    let keep = 0.5_f64.powf(world.span.step_s as f64 / traffic.wander_half_life_s.max(1.0));
    let mut wander = traffic.wander * random.normal();
    let mut before: Option<Second> = None;
    world
        .span
        .steps()
        .map(|at_s| {
            let kick = traffic.wander * (1.0 - keep * keep).sqrt();
            wander = wander * keep + kick * random.normal();
            let active = world.active(at_s);
            let rate_times = wander.exp() * time_of_day(world, at_s) * time_of_week(world, at_s);
            let added: f64 = active
                .iter()
                .map(|(phase, share)| phase.added_per_s * share)
                .sum();
            let requests_per_s =
                traffic.requests_per_s * rate_times * surge(world, &active) + added;
            let now = Second {
                rate_times,
                requests_per_s,
                ..Second::default()
            };
            let next = hold(world, &active, now, before.as_ref());
            before = Some(next.clone());
            next
        })
        .collect()
}

/// Fills in sessions, queue and refusals. A step of the demand reaches the sessions as fast as
/// requests come and go, so within about one mean request time.
fn hold(world: &World, active: &[Active], now: Second, before: Option<&Second>) -> Second {
    let time_s = mean_time_ms(world, active) / 1000.0;
    let demand = now.requests_per_s * time_s;
    let Some(rules) = &world.scenario.sessions else {
        return Second {
            sessions: demand,
            limit: f64::INFINITY,
            ..now
        };
    };
    let limit = changed(rules.limit, active, |phase| phase.session_limit);
    let served_at_most = limit * (1.0 - rules.queue_share);
    let held = before.map_or(demand, |second| second.sessions - second.queued);
    let pace = 1.0 - (-1.0 / time_s.max(0.001)).exp();
    let wanted = held + (demand - held) * pace;
    let served = wanted.min(served_at_most);
    if demand <= served_at_most || wanted < served_at_most {
        return Second {
            sessions: served,
            limit,
            ..now
        };
    }
    let queued = limit * rules.queue_share;
    Second {
        sessions: served + queued,
        limit,
        queued,
        wait_ms: 1000.0 * queued / now.requests_per_s,
        refused: 1.0 - served_at_most / demand,
        ..now
    }
}

/// Mean time of a request over the mix of endpoints: own work and queries.
fn mean_time_ms(world: &World, active: &[Active]) -> f64 {
    let scenario = world.scenario;
    let mean = |median: f64, spread: f64| median * (spread * spread / 2.0).exp();
    let query = |&i: &usize| {
        let query = &scenario.queries[i];
        mean(world.query_ms(query, active), query.spread)
    };
    let endpoint = |i: usize| {
        let endpoint = &scenario.endpoints[i];
        let work_ms = endpoint.work_ms * world.work_times(endpoint, active);
        let queries_ms: f64 = world.endpoint_queries[i].iter().map(query).sum();
        mean(work_ms, endpoint.spread) + queries_ms
    };
    let part = |(i, share): (usize, &f64)| share * endpoint(i);
    world.endpoint_shares.iter().enumerate().map(part).sum()
}

/// Factor on the whole rate that the phases' factors on some clients and endpoints come to.
fn surge(world: &World, active: &[Active]) -> f64 {
    let added = active.iter().filter_map(|(phase, share)| {
        let times = 1.0 + (phase.rate_times? - 1.0) * share;
        Some((times - 1.0) * part(world, &phase.clients, &phase.endpoints))
    });
    (1.0 + added.sum::<f64>()).max(0.0)
}

/// Share of the usual traffic that these clients and endpoints are.
pub fn part(world: &World, clients: &[String], endpoints: &[String]) -> f64 {
    let of_clients = world.clients.iter().zip(&world.client_shares);
    let of_endpoints = world.scenario.endpoints.iter().zip(&world.endpoint_shares);
    let client: f64 = of_clients
        .filter(|(name, _)| chosen(clients, name))
        .map(|(_, x)| x)
        .sum();
    let endpoint: f64 = of_endpoints
        .filter(|(e, _)| chosen(endpoints, &e.name))
        .map(|(_, x)| x)
        .sum();
    client * endpoint
}

fn time_of_day(world: &World, at_s: i64) -> f64 {
    let traffic = &world.scenario.traffic;
    let Some(peak) = &traffic.peak else {
        return 1.0;
    };
    let days = (at_s - world.span.second(peak)) as f64 / 86_400.0;
    1.0 + traffic.swing * (std::f64::consts::TAU * days).cos()
}

/// 1 on workdays, the weekend's factor on Saturday and Sunday; from Friday 20:00 to Saturday
/// 08:00 and from Sunday 20:00 to Monday 08:00 a straight line between the two.
fn time_of_week(world: &World, at_s: i64) -> f64 {
    let Some(weekend) = world.scenario.traffic.weekend else {
        return 1.0;
    };
    let (day, s) = world.span.weekday(at_s);
    let hours = (day * 24) as f64 + s as f64 / 3600.0;
    let into = ((hours - 116.0) / 12.0).clamp(0.0, 1.0);
    let out = ((hours - 164.0) / 12.0).clamp(0.0, 1.0);
    // Monday morning belongs to the slope that Sunday evening began.
    let early = 1.0 - ((hours + 4.0) / 12.0).clamp(0.0, 1.0);
    1.0 + (weekend - 1.0) * (into - out + early).clamp(0.0, 1.0)
}
