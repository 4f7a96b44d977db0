//! nginx access log: `combined`, then `rt=$request_time urt="$upstream_response_time"`. The stamp
//! is the end of the request, to the second. Where clients have keys, ` key="..."` follows.

use std::fmt::Write;

use super::super::random::Random;
use super::super::requests::Request;
use super::super::scenario::{Log, Upstream};
use super::super::world::World;

/// The whole log.
pub fn write(world: &World, log: &Log, requests: &[Request], random: &mut Random) -> String {
    let mut text = String::new();
    let per_request = log.garbage_per_hour / 3600.0
        * (world.span.end_s - world.span.start_s) as f64
        / requests.len().max(1) as f64;
    for request in requests {
        if random.chance(per_request) {
            garbage(&mut text, world, request, random);
        }
        line(&mut text, world, request, random);
    }
    text
}

fn line(text: &mut String, world: &World, request: &Request, random: &mut Random) {
    let agents = &world.scenario.traffic.user_agents;
    let agent = agents
        .get(request.client % agents.len().max(1))
        .map_or("-", String::as_str);
    let own_ms = random.log_normal(0.6, 0.5);
    let upstream = if request.endpoint.local || request.upstream() == Upstream::Silent {
        "-".to_owned()
    } else {
        format!("{:.3}", request.total_ms() / 1000.0)
    };
    let keys = world.client_keys.as_ref();
    let key = keys.map_or_else(String::new, |keys| {
        format!(" key=\"{}\"", keys[request.client])
    });
    // writing to a String cannot fail, here and in the other writers
    let _ = writeln!(
        text,
        r#"{} - - [{}] "{} {} HTTP/1.1" {} {} "-" "{agent}" rt={:.3} urt="{upstream}"{key}"#,
        world.clients[request.client],
        stamp(world, request.end_ns),
        request.endpoint.method,
        request.path,
        request.failure.map_or(200, |failure| failure.status),
        request.bytes,
        (request.total_ms() + own_ms) / 1000.0,
    );
}

/// What does not speak HTTP: a TLS hello on the plain port, or nothing at all.
fn garbage(text: &mut String, world: &World, request: &Request, random: &mut Random) {
    let (said, bytes) = if random.chance(0.5) {
        (r"\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03", 173)
    } else {
        ("", 0)
    };
    let key = world.client_keys.as_ref().map_or("", |_| r#" key="-""#);
    let _ = writeln!(
        text,
        r#"{} - - [{}] "{said}" 400 {bytes} "-" "-" rt={:.3} urt="-"{key}"#,
        world.clients[request.client],
        stamp(world, request.end_ns),
        random.between([0.0, 0.4]),
    );
}

fn stamp(world: &World, end_ns: i64) -> String {
    world.span.local(end_ns, "%d/%b/%Y:%H:%M:%S %z")
}
