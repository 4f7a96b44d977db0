//! MySQL 5.7 slow query log: the server's banner, then blocks of lines. `# Time:` is the end of
//! the query in UTC; `SET timestamp` its second.

use std::fmt::Write;

use super::super::model::Second;
use super::super::random::{Random, fill};
use super::super::scenario::{Log, Query};
use super::super::span::utc;
use super::super::world::{Active, World};
use super::server;

/// What the server writes first when it opens the file.
const BANNER: &str = "/usr/sbin/mysqld, Version: 5.7.9-log (MySQL Community Server (GPL)). \
started with:\nTcp port: 3306  Unix socket: /var/run/mysqld/mysqld.sock\n\
Time                 Id Command    Argument\n";

/// The whole log.
pub fn write(world: &World, log: &Log, seconds: &[Second], random: &mut Random) -> String {
    let mut blocks: Vec<(i64, String)> = Vec::new();
    for (at_s, second) in world.span.steps().zip(seconds) {
        let active = world.active(at_s);
        if active
            .iter()
            .any(|(phase, _)| phase.silent.contains(&log.file))
        {
            continue;
        }
        for (number, query) in world.scenario.queries.iter().enumerate() {
            let calls = calls_per_s(world, number, second) * logged(log, query);
            for _ in 0..random.poisson(calls * world.span.step_s as f64) {
                blocks.extend(run(world, log, query, at_s, &active, random));
            }
        }
    }
    blocks.retain(|(end_ns, _)| *end_ns < world.span.end_s * 1_000_000_000);
    blocks.sort_by_key(|(end_ns, _)| *end_ns);
    let bodies = blocks.iter().map(|(_, block)| block.as_str());
    std::iter::once(BANNER).chain(bodies).collect()
}

/// Calls that reach the database: those of served requests, and those that come from elsewhere.
fn calls_per_s(world: &World, number: usize, second: &Second) -> f64 {
    let asks = |(queries, share): (&Vec<usize>, &f64)| {
        queries.iter().filter(|&&query| query == number).count() as f64 * share
    };
    let per_request: f64 = world
        .endpoint_queries
        .iter()
        .zip(&world.endpoint_shares)
        .map(asks)
        .sum();
    let served = second.requests_per_s * (1.0 - second.refused);
    served * per_request + world.scenario.queries[number].calls_per_min / 60.0
}

fn logged(log: &Log, query: &Query) -> f64 {
    if query.always_logged { 1.0 } else { log.sample }
}

/// One call: its end and its block, if it was slow enough.
fn run(
    world: &World,
    log: &Log,
    query: &Query,
    at_s: i64,
    active: &[Active],
    random: &mut Random,
) -> Option<(i64, String)> {
    let median_ms = world.query_ms(query, active);
    let took_s = random.log_normal(median_ms, query.spread) / 1000.0;
    let start_ns = at_s * 1_000_000_000 + random.below(1_000_000_000) as i64;
    if took_s < log.long_query_s {
        return None;
    }
    let end_ns = start_ns + (took_s * 1e9) as i64;
    let rows = query.rows_examined * took_s * 1000.0 / query.ms;
    let connection = 41_000 + random.below(4_000);
    let mut block = String::new();
    let _ = writeln!(
        block,
        "# Time: {}\n# User@Host: {user}[{user}] @  [{}]  Id: {connection}\n\
         # Query_time: {took_s:.6}  Lock_time: {:.6} Rows_sent: {}  Rows_examined: {rows:.0}",
        utc(end_ns, "%Y-%m-%dT%H:%M:%S%.6fZ"),
        server(&log.servers, random.bits()),
        random.log_normal(0.000_09, 0.3),
        query.rows_sent,
        user = query.user,
    );
    // A session that changed its schema since its last slow query says so.
    if random.chance(0.3) {
        let _ = writeln!(block, "use {};", query.database);
    }
    let _ = writeln!(
        block,
        "SET timestamp={};\n{};",
        end_ns / 1_000_000_000,
        fill(&query.sql, random)
    );
    Some((end_ns, block))
}
