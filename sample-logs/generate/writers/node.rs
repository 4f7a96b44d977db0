//! JSON lines of a Node.js application in the shape of pino: epoch milliseconds, numeric levels,
//! one host per file. What a starving resource causes is in proportion to how it starves.

use super::super::gauges::Course;
use super::super::random::{Random, fill};
use super::super::scenario::{Event, Log};
use super::super::world::World;
use super::zap::for_each;

/// The whole log.
pub fn write(world: &World, log: &Log, course: &Course, random: &mut Random) -> String {
    let process = 200 + random.below(800);
    let scale = |event: &Event, at_s: i64| {
        let Some(gauge) = &event.starved else {
            return 1.0;
        };
        let mine = |one: &&super::super::starved::Starved| {
            one.gauge.name == *gauge && one.host == log.host
        };
        let one = course.starved.iter().find(mine);
        one.map_or(0.0, |one| one.share(at_s))
    };
    let mut lines = Vec::new();
    for_each(world, log, random, scale, |at_ns, event, _, random| {
        lines.push((at_ns, line(log, process, at_ns, event, random)));
    });
    lines.sort_by_key(|(at_ns, _)| *at_ns);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

fn line(log: &Log, process: u64, at_ns: i64, event: &Event, random: &mut Random) -> String {
    let mut line = serde_json::Map::new();
    let level: u64 = event.level.parse().unwrap_or(30);
    line.insert("level".into(), level.into());
    line.insert("time".into(), (at_ns / 1_000_000).into());
    line.insert("pid".into(), process.into());
    line.insert("hostname".into(), log.host.as_str().into());
    line.insert("name".into(), event.logger.as_str().into());
    for (name, value) in &event.fields {
        line.insert(name.clone(), fill(value, random).into());
    }
    line.insert("msg".into(), fill(&event.message, random).into());
    serde_json::Value::Object(line).to_string()
}
