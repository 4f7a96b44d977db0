//! Servers that a balancer took out while an incident was on, as its log says it.
//!
//! In: events of kind `server_down`. Out: which servers, in the order they went, with the line of
//! the first. It judges nothing: a balancer takes a server out for many reasons.

use std::ops::Range;

use super::{Explanation, Scene};
use crate::events::{Evidence, RowRef, Symbol, Text};

/// Servers named; the rest is counted.
const NAMED_MAX: usize = 4;

/// Adds to an explanation what the balancers' logs say of their servers in the windows; nothing
/// where none went down.
pub fn say_servers_down(
    explanation: &mut Explanation,
    scene: &Scene<'_>,
    selection: &[Range<i64>],
) {
    for source in 0..scene.sources.len() {
        let hosts = hosts_down(scene, source, selection);
        let Some((first, _)) = hosts.first().copied() else {
            continue;
        };
        let names: Vec<String> = hosts
            .iter()
            .take(NAMED_MAX)
            .map(|(_, host)| scene.store.text(Text::Host, *host))
            .collect();
        let more = match hosts.len() - names.len() {
            0 => String::new(),
            n => format!(" and {n} more"),
        };
        explanation.sentence.push_str(&format!(
            "; {} took out {}{more}",
            scene.sources[source],
            names.join(", ")
        ));
        let place = scene.store.line(first).map(|place| Evidence::Line {
            path: scene.paths[source].clone(),
            line: place.line,
            offset: place.offset,
        });
        explanation.evidence.extend(place);
    }
}

/// The servers of a source that went down in the windows: each once, by when it first did.
fn hosts_down(scene: &Scene<'_>, source: usize, selection: &[Range<i64>]) -> Vec<(RowRef, Symbol)> {
    let kinds = scene.store.names(Text::Kind);
    let Some(down) = kinds.and_then(|names| names.find(b"server_down")) else {
        return Vec::new();
    };
    let mut found: Vec<(i64, u64, RowRef, Symbol)> = Vec::new();
    if !scene.store.has(source, Text::Kind) {
        return Vec::new();
    }
    for (c, chunk) in scene.store.touching(source, selection) {
        for row in 0..chunk.len() {
            let time_ns = chunk.time_ns[row];
            let is_down = chunk.text_at(Text::Kind, row) == Some(down);
            if !is_down || !selection.iter().any(|range| range.contains(&time_ns)) {
                continue;
            }
            let place = RowRef {
                chunk: c,
                row: row as u32,
            };
            let host = chunk.text_at(Text::Host, row).unwrap_or(Symbol::NONE);
            found.push((time_ns, chunk.line[row], place, host));
        }
    }
    found.sort_by_key(|(time_ns, line, ..)| (*time_ns, *line));
    let mut hosts: Vec<(RowRef, Symbol)> = Vec::new();
    for (.., place, host) in found {
        if !hosts.iter().any(|(_, known)| *known == host) {
            hosts.push((place, host));
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::{World, minute};
    use super::super::{Verdict, build};
    use super::*;
    use crate::anomalies::Direction;
    use crate::events::{Chunk, EventStore, Interner};

    /// A store in which servers go down at minutes.
    fn store(downs: &[(i64, &str)]) -> EventStore {
        let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(20)).collect();
        let down = names[Text::Kind as usize].intern(b"server_down");
        let mut chunk = Chunk::default();
        for (i, (at, host)) in downs.iter().enumerate() {
            chunk.open(minute(*at), i as u64 + 1, 0, 10);
            chunk.set_text(Text::Kind, down);
            let host = names[Text::Host as usize].intern(host.as_bytes());
            chunk.set_text(Text::Host, host);
        }
        chunk.seal();
        EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names))
    }

    fn check(downs: &[(i64, &str)], expected: &str) {
        let mut world = World::new(|i| if (100..130).contains(&i) { 0.5 } else { 0.0 });
        world.add_anomaly(1, Direction::Up, 100, Some(130), 20.0);
        let mut explanation = build(&world.scene())[0].explanation.clone();
        assert_eq!(explanation.verdict, Verdict::Unknown);
        explanation.sentence.clear();
        world.store = store(downs);
        let windows = [minute(100)..minute(130)];
        say_servers_down(&mut explanation, &world.scene(), &windows);
        assert_eq!(explanation.sentence, expected, "{downs:?}");
    }

    #[test]
    fn servers_are_named_once_in_the_order_they_went_down_in_the_windows() {
        check(&[(50, "a"), (140, "b")], "");
        check(
            &[(105, "b"), (104, "a"), (120, "b"), (90, "c")],
            "; web.log took out a, b",
        );
        let many: Vec<(i64, &str)> = ["a", "b", "c", "d", "e", "f"]
            .into_iter()
            .map(|host| (110, host))
            .collect();
        check(&many, "; web.log took out a, b, c, d and 2 more");
    }
}
