//! Envoy's default text access log. The stamp is the start of the request in UTC; lines are
//! written when it ends.

use std::fmt::Write;

use super::super::random::{Random, uuid};
use super::super::requests::Request;
use super::super::scenario::{Log, Upstream};
use super::super::span::utc;
use super::super::world::World;
use super::server;

/// The whole log.
pub fn write(world: &World, log: &Log, requests: &[Request], random: &mut Random) -> String {
    let mut text = String::new();
    for request in requests.iter().filter(|request| !request.endpoint.local) {
        line(&mut text, world, log, request, random);
    }
    text
}

fn line(text: &mut String, world: &World, log: &Log, request: &Request, random: &mut Random) {
    let agents = &world.scenario.traffic.user_agents;
    let agent = agents
        .get(request.client % agents.len().max(1))
        .map_or("-", String::as_str);
    let total_ms = request.total_ms().round();
    let upstream_ms = match request.upstream() {
        Upstream::Answered => format!(
            "{:.0}",
            (total_ms - random.between([0.0, 2.0])).max(0.0).floor()
        ),
        _ => "-".to_owned(),
    };
    let host = match request.upstream() {
        Upstream::Queued | Upstream::None => "-",
        _ => server(&log.servers, request.server),
    };
    let received = match request.endpoint.method.as_str() {
        "GET" | "DELETE" => 0,
        _ => 40 + random.below(900),
    };
    let _ = writeln!(
        text,
        r#"[{}] "{} {} HTTP/1.1" {} {} {received} {} {total_ms} {upstream_ms} "{}" "{agent}" "{}" "{}" "{host}""#,
        utc(request.start_ns, "%Y-%m-%dT%H:%M:%S%.3fZ"),
        request.endpoint.method,
        request.path,
        request.failure.map_or(200, |failure| failure.status),
        request
            .failure
            .map_or("-", |failure| failure.flags.as_str()),
        request.bytes,
        world.clients[request.client],
        uuid(random),
        request.endpoint.authority,
    );
}
