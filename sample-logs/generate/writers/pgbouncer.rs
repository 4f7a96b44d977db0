//! PgBouncer log: its statistics every ten seconds (`stats_period`), and clients that come and go.

use std::fmt::Write;

use super::super::model::Second;
use super::super::random::{Random, fill};
use super::super::scenario::{Log, Pool};
use super::super::span::utc;
use super::super::world::{World, changed};
use super::zap::for_each;

/// `stats_period`.
const PERIOD_S: usize = 10;
/// Bytes of a query and of its answer.
const BYTES: [f64; 2] = [214.0, 731.0];

/// The whole log. Without a `[pool]` it has no statistics.
pub fn write(world: &World, log: &Log, seconds: &[Second], random: &mut Random) -> String {
    let mut lines: Vec<(i64, String)> = Vec::new();
    for_each(
        world,
        log,
        random,
        |_, _| 1.0,
        |at_ns, event, _, random| {
            lines.push((
                at_ns,
                line(at_ns, &event.level, &fill(&event.message, random)),
            ));
        },
    );
    let offset_ns = random.below(1_000_000_000) as i64;
    let period: Vec<(i64, &Second)> = world.span.steps().zip(seconds).collect();
    for (period, pool) in period
        .chunks_exact(PERIOD_S)
        .zip(std::iter::repeat(&world.scenario.pool))
    {
        let Some(pool) = pool else { break };
        let per_s = period
            .iter()
            .map(|(at_s, second)| transactions_per_s(world, pool, *at_s, second))
            .sum::<f64>()
            / PERIOD_S as f64;
        // What is logged is the period that has just ended.
        let at_ns = (period[0].0 + PERIOD_S as i64) * 1_000_000_000
            + offset_ns
            + random.below(4_000_000) as i64;
        lines.push((
            at_ns,
            line(
                at_ns,
                "LOG",
                &statistics(world, pool, period[0].0, per_s, random),
            ),
        ));
    }
    lines.retain(|(at_ns, _)| *at_ns < world.span.end_s * 1_000_000_000);
    lines.sort_by_key(|(at_ns, _)| *at_ns);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Those of the usual requests and those that phases add.
fn transactions_per_s(world: &World, pool: &Pool, at_s: i64, second: &Second) -> f64 {
    let usual = world.scenario.traffic.requests_per_s * second.rate_times;
    let active = world.active(at_s);
    let added = active
        .iter()
        .map(|(phase, share)| phase.added_transactions_per_s * share);
    usual * pool.transactions_per_request + added.sum::<f64>()
}

fn statistics(world: &World, pool: &Pool, at_s: i64, per_s: f64, random: &mut Random) -> String {
    let active = world.active(at_s);
    let mean_us =
        |i: usize, usual: f64| changed(usual, &active, |phase| phase.pool_us.map(|us| us[i]));
    let transactions = random.poisson(per_s * PERIOD_S as f64) as f64 / PERIOD_S as f64;
    let queries = transactions * pool.queries_per_transaction * random.log_normal(1.0, 0.01);
    let transaction_us = random.log_normal(mean_us(0, pool.transaction_us), 0.05);
    let mut text = String::new();
    // writing to a String cannot fail
    let _ = write!(
        text,
        "stats: {transactions:.0} xacts/s, {queries:.0} queries/s, in {:.0} B/s, out {:.0} B/s, \
         xact {transaction_us:.0} us, query {:.0} us, wait {:.0} us",
        queries * BYTES[0],
        queries * BYTES[1],
        transaction_us / pool.queries_per_transaction * 0.8,
        random.log_normal(mean_us(1, pool.wait_us), 0.2),
    );
    text
}

fn line(at_ns: i64, level: &str, text: &str) -> String {
    format!(
        "{} [1193] {level} {text}\n",
        utc(at_ns, "%Y-%m-%d %H:%M:%S%.3f UTC")
    )
}
