//! HAProxy HTTP log with the lines of its health checks, as rsyslog writes them to a file: stamps
//! of RFC 3339 in whole seconds, since the messages come in the old syslog format.

use super::super::gauges::Course;
use super::super::random::Random;
use super::super::requests::Request;
use super::super::scenario::Log;
use super::super::world::World;
use super::haproxy;

/// The whole log.
pub fn write(
    world: &World,
    log: &Log,
    requests: &[Request],
    course: &Course,
    random: &mut Random,
) -> String {
    let process = 1000 + random.below(8000);
    let mut lines: Vec<(i64, String)> = Vec::new();
    for request in requests.iter().filter(|request| !request.endpoint.local) {
        let mut text = String::new();
        haproxy::line(&mut text, world, (log, "api"), request, random);
        lines.push((request.end_ns / 1_000_000_000, text));
    }
    lines.extend(checks(log, course, random));
    lines.sort_by_key(|(at_s, _)| *at_s);
    let prefixed = |(at_s, text): (i64, String)| {
        let stamp = world
            .span
            .local(at_s * 1_000_000_000, "%Y-%m-%dT%H:%M:%S%:z");
        format!("{stamp} {} haproxy[{process}]: {text}", log.host)
    };
    lines.into_iter().map(prefixed).collect()
}

/// What the balancer says when a server fails its checks and when it passes them again.
fn checks(log: &Log, course: &Course, random: &mut Random) -> Vec<(i64, String)> {
    let mut turns: Vec<(i64, bool, &str)> = Vec::new();
    for one in &course.starved {
        for (from_s, to_s) in &one.down {
            turns.push((*from_s, false, one.host));
            turns.push((*to_s, true, one.host));
        }
    }
    turns.sort_unstable();
    let mut active = log.servers.len();
    let mut said = Vec::new();
    for (at_s, up, host) in turns {
        active = if up { active + 1 } else { active - 1 };
        let sessions = random.below(9);
        let text = if up {
            format!(
                "Server api/{host} is UP, reason: Layer4 check passed, check duration: {}ms. \
                 {active} active and 0 backup servers online. 0 sessions requeued, \
                 0 total in queue.\n",
                random.below(3)
            )
        } else {
            format!(
                "Server api/{host} is DOWN, reason: Layer4 timeout, check duration: {}ms. \
                 {active} active and 0 backup servers left. {sessions} sessions active, \
                 0 requeued, 0 remaining in queue.\n",
                2000 + random.below(3)
            )
        };
        said.push((at_s, text));
        if active == 0 {
            said.push((at_s, "backend api has no server available!\n".to_owned()));
        }
    }
    said
}
