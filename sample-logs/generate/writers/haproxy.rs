//! HAProxy HTTP log (`option httplog`) without a syslog prefix. The stamp is the accept date, in
//! local time; lines are written when a session ends. The connection counters are those of the
//! whole balancer, not of the sample.

use std::fmt::Write;

use super::super::random::Random;
use super::super::requests::Request;
use super::super::scenario::{Log, Upstream};
use super::super::world::World;
use super::server;

/// The whole log.
pub fn write(world: &World, log: &Log, requests: &[Request], random: &mut Random) -> String {
    let mut text = String::new();
    for request in requests.iter().filter(|request| !request.endpoint.local) {
        line(&mut text, world, (log, &log.host), request, random);
    }
    text
}

/// One line of a request; front end and back end have the name beside the log.
pub fn line(
    text: &mut String,
    world: &World,
    (log, name): (&Log, &str),
    request: &Request,
    random: &mut Random,
) {
    let client = match log.through.as_slice() {
        [] => &world.clients[request.client],
        names => server(names, request.server / 64),
    };
    let chosen = match request.upstream() {
        Upstream::Queued | Upstream::None => "<NOSRV>",
        _ => server(&log.servers, request.server),
    };
    let status = request
        .failure
        .map_or(200, |f| f.haproxy_status.unwrap_or(f.status));
    let ended = request
        .failure
        .map_or("----", |failure| failure.termination.as_str());
    let _ = writeln!(
        text,
        r#"{client}:{} [{}] {} {}/{chosen} {} {status} {} - - {ended} {} "{} {} HTTP/1.1""#,
        1024 + random.below(64_512),
        world.span.local(request.start_ns, "%d/%b/%Y:%H:%M:%S%.3f"),
        name,
        name,
        timers(request, random),
        bytes(request, status),
        counters(log, request, random),
        request.endpoint.method,
        request.path,
    );
}

/// Headers and body: the server's headers, or the short ones of the balancer's own error pages.
fn bytes(request: &Request, status: i32) -> u64 {
    match request.upstream() {
        _ if status < 0 => 0,
        Upstream::Answered => request.bytes + 211,
        _ => request.bytes + 105,
    }
}

/// `Tq/Tw/Tc/Tr/Tt` in milliseconds; -1 for what was not reached.
fn timers(request: &Request, random: &mut Random) -> String {
    let (wait, service) = (request.wait_ms as i64, request.service_ms as i64);
    let asked = i64::from(random.chance(0.2));
    let connected = i64::from(random.chance(0.15));
    let sent = i64::from(random.chance(0.3));
    match request.upstream() {
        Upstream::Answered => {
            let total = asked + wait + connected + service + sent;
            format!("{asked}/{wait}/{connected}/{service}/{total}")
        }
        Upstream::Silent => {
            format!(
                "{asked}/{wait}/{connected}/-1/{}",
                asked + wait + connected + service
            )
        }
        Upstream::Unreachable => format!("{asked}/{wait}/-1/-1/{}", asked + wait + service),
        Upstream::Queued => format!("{asked}/{wait}/-1/-1/{}", asked + wait),
        Upstream::None => format!("{asked}/-1/-1/-1/{asked}"),
    }
}

/// `actconn/feconn/beconn/srvconn/retries srv_queue/backend_queue`.
fn counters(log: &Log, request: &Request, random: &mut Random) -> String {
    let second = request.second;
    let near = |random: &mut Random, mean: f64| mean + 0.7 * mean.sqrt() * random.normal();
    let sessions = near(random, second.sessions)
        .min(second.limit)
        .round()
        .max(1.0) as u64;
    let queued = if second.queued > 0.0 {
        near(random, second.queued).round().max(1.0)
    } else {
        0.0
    };
    let servers = log.servers.len().max(1) as f64;
    let each = near(random, (second.sessions - second.queued) / servers)
        .round()
        .max(1.0);
    let each = match request.upstream() {
        Upstream::Queued | Upstream::None => 0.0,
        _ => each,
    };
    let retries = if request.upstream() == Upstream::Unreachable {
        3
    } else {
        0
    };
    let other = random.below(3);
    format!(
        "{}/{sessions}/{sessions}/{each}/{retries} 0/{queued}",
        sessions + other
    )
}
