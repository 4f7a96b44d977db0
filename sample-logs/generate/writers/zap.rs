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
    lines.sort_by_key(|(at_ns, _)| *at_ns);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
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
