//! PostgreSQL server log on stderr with `log_line_prefix = '%m [%p] %q%u@%d '`: statements over
//! `log_min_duration_statement` at their end, waits for locks after `deadlock_timeout` with their
//! DETAIL, CONTEXT and STATEMENT, and what the server says of itself. Lines within an entry begin
//! with a tab.

use std::fmt::Write;

use super::super::random::{Random, fill};
use super::super::scenario::{Log, Query};
use super::super::span::utc;
use super::super::world::World;
use super::zap::for_each;

/// `deadlock_timeout`: a wait for a lock is logged when it has lasted that long.
const DEADLOCK_TIMEOUT_MS: f64 = 1000.0;

/// The whole log.
pub fn write(world: &World, log: &Log, random: &mut Random) -> String {
    let mut entries: Vec<(i64, String)> = Vec::new();
    for_each(
        world,
        log,
        random,
        |_, _| 1.0,
        |at_ns, event, _, random| {
            let text = fill(&event.message, random);
            let entry = format!(
                "{} [{}] {}:  {text}\n",
                stamp(at_ns),
                1180 + random.below(6),
                event.level
            );
            entries.push((at_ns, entry));
        },
    );
    for at_s in world.span.start_s..world.span.end_s {
        let active = world.active(at_s);
        for query in &world.scenario.queries {
            let calls = world.calls_per_min(query, &active) / 60.0 * log.sample;
            for _ in 0..random.poisson(calls) {
                let took_ms = random.log_normal(world.query_ms(query, &active), query.spread);
                call(&mut entries, log, query, at_s, took_ms, random);
            }
        }
    }
    entries.retain(|(at_ns, _)| *at_ns < world.span.end_s * 1_000_000_000);
    entries.sort_by_key(|(at_ns, _)| *at_ns);
    entries.into_iter().map(|(_, entry)| entry).collect()
}

/// The entries of one call: a wait for a lock and its end, and the duration if it was long.
fn call(
    entries: &mut Vec<(i64, String)>,
    log: &Log,
    query: &Query,
    at_s: i64,
    took_ms: f64,
    random: &mut Random,
) {
    let start_ns = at_s * 1_000_000_000 + random.below(1_000_000_000) as i64;
    let process = 20_000 + random.below(12_000);
    let who = format!("[{process}] {}@{}", query.user, query.database);
    let sql = fill(&query.sql, random).trim_end().replace('\n', "\n\t");
    if random.chance(query.lock_wait_share) && took_ms > 2.0 * DEADLOCK_TIMEOUT_MS {
        let transaction = 811_000_000 + random.below(90_000);
        let waited_ms = took_ms * random.between([0.6, 0.95]);
        let after = |ms: f64| start_ns + (ms * 1e6) as i64;
        let lock = format!("ShareLock on transaction {transaction} after");
        let noticed_ms = DEADLOCK_TIMEOUT_MS + random.between([0.04, 0.4]);
        let at = format!("{} {who}", stamp(after(noticed_ms)));
        let (block, offset) = (random.below(9_000), 1 + random.below(60));
        let mut text =
            format!("{at} LOG:  process {process} still waiting for {lock} {noticed_ms:.3} ms\n");
        // writing to a String cannot fail
        let _ = writeln!(
            text,
            "{at} DETAIL:  Process holding the lock: {}. Wait queue: {process}.",
            20_000 + random.below(12_000)
        );
        let _ = writeln!(
            text,
            "{at} CONTEXT:  while updating tuple ({block},{offset}) in relation \"print_jobs\""
        );
        let _ = writeln!(text, "{at} STATEMENT:  {sql}");
        entries.push((after(noticed_ms), text));
        let at = format!("{} {who}", stamp(after(waited_ms)));
        let text = format!("{at} LOG:  process {process} acquired {lock} {waited_ms:.3} ms\n");
        entries.push((after(waited_ms), text));
    }
    if took_ms >= log.long_query_s * 1000.0 {
        let end_ns = start_ns + (took_ms * 1e6) as i64;
        let at = stamp(end_ns);
        entries.push((
            end_ns,
            format!("{at} {who} LOG:  duration: {took_ms:.3} ms  statement: {sql}\n"),
        ));
    }
}

fn stamp(at_ns: i64) -> String {
    utc(at_ns, "%Y-%m-%d %H:%M:%S%.3f UTC")
}
