//! JSON lines of an application in the shape of zap's production encoder: `ts` in seconds since
//! 1970, `latency_ms` where the event has a latency.

use super::super::random::{Random, fill};
use super::super::scenario::{Event, Log};
use super::super::world::{Active, World, changed};

/// The whole log.
pub fn write(world: &World, log: &Log, random: &mut Random) -> String {
    let mut lines = Vec::new();
    for_each(
        world,
        log,
        random,
        |_, _| 1.0,
        |at_ns, event, active, random| {
            lines.push((at_ns, line(world, at_ns, event, active, random)));
        },
    );
    statistics(world, log, random, |at_ns, line| lines.push((at_ns, line)));
    lines.sort_by_key(|(at_ns, _)| *at_ns);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

/// One line of figures every so often, at the log's own offset within the interval.
fn statistics(world: &World, log: &Log, random: &mut Random, mut with: impl FnMut(i64, String)) {
    let Some(every_s) = log.statistics_every_s else {
        return;
    };
    let offset_ns = random.below(every_s as u64 * 1_000_000_000) as i64;
    for at_s in (world.span.start_s..world.span.end_s).step_by(every_s as usize) {
        let at_ns = at_s * 1_000_000_000 + offset_ns + random.below(3_000_000) as i64;
        let active = world.active(at_ns / 1_000_000_000);
        let silent = |(phase, _): &Active| phase.silent.contains(&log.file);
        if active.iter().any(silent) || at_ns >= world.span.end_s * 1_000_000_000 {
            continue;
        }
        let mut line = serde_json::Map::new();
        line.insert("level".into(), "info".into());
        line.insert("ts".into(), ((at_ns / 1000) as f64 / 1e6).into());
        line.insert("logger".into(), "queue".into());
        line.insert("msg".into(), "queue statistics".into());
        let all = &world.scenario.statistics;
        for one in all.iter().filter(|one| one.logs.contains(&log.file)) {
            let other =
                |phase: &super::super::scenario::Phase| phase.statistic.get(&one.name).copied();
            let value = random.log_normal(changed(one.value, &active, other), one.spread);
            let tens = 10_f64.powi(one.digits as i32);
            let rounded = (value * tens).round() / tens;
            let value = if one.digits == 0 {
                (rounded as i64).into()
            } else {
                rounded.into()
            };
            line.insert(one.key.clone(), value);
        }
        with(at_ns, serde_json::Value::Object(line).to_string());
    }
}

/// Draws every event of a log, step by step.
pub fn for_each<'a>(
    world: &World<'a>,
    log: &Log,
    random: &mut Random,
    scale: impl Fn(&Event, i64) -> f64,
    mut with: impl FnMut(i64, &'a Event, &[Active], &mut Random),
) {
    for at_s in world.span.steps() {
        let active = world.active(at_s);
        if active
            .iter()
            .any(|(phase, _)| phase.silent.contains(&log.file))
        {
            continue;
        }
        for event in world
            .scenario
            .events
            .iter()
            .filter(|event| event.is_in(&log.file))
        {
            let rate =
                |phase: &super::super::scenario::Phase| phase.event_per_s.get(&event.name).copied();
            let step = at_s..at_s + world.span.step_s;
            if event
                .at
                .iter()
                .any(|at| step.contains(&world.span.second(at)))
            {
                let at_ns = at_s * 1_000_000_000 + random.below(400_000_000) as i64;
                with(at_ns, event, &active, random);
            }
            let per_s = changed(event.per_s, &active, rate) * scale(event, at_s);
            for _ in 0..random.poisson(per_s * world.span.step_s as f64) {
                let at_ns = world.span.within(at_s, random);
                with(at_ns, event, &active, random);
            }
        }
    }
}

fn line(
    world: &World,
    at_ns: i64,
    event: &Event,
    active: &[Active],
    random: &mut Random,
) -> String {
    let mut line = serde_json::Map::new();
    line.insert("level".into(), event.level.as_str().into());
    line.insert("ts".into(), ((at_ns / 1000) as f64 / 1e6).into());
    line.insert("logger".into(), event.logger.as_str().into());
    line.insert("msg".into(), fill(&event.message, random).into());
    if let Some(usual_ms) = event.latency_ms {
        let other =
            |phase: &super::super::scenario::Phase| phase.event_ms.get(&event.name).copied();
        let median_ms = changed(usual_ms, active, other);
        let took_ms = random.log_normal(median_ms, event.spread);
        line.insert(
            "latency_ms".into(),
            ((took_ms * 10.0).round() / 10.0).into(),
        );
    }
    for (name, value) in &event.fields {
        let value = match value.as_str() {
            "{client}" => world.clients[random.weighted(&world.client_sums)].clone(),
            other => fill(other, random),
        };
        line.insert(name.clone(), value.into());
    }
    serde_json::Value::Object(line).to_string()
}
