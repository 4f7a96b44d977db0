//! JSON lines of a request logger in the shape of pino-http: epoch milliseconds at the end of the
//! request, `responseTime` in milliseconds, numeric levels; `clientId` where clients have keys.

use std::fmt::Write;

use super::super::random::Random;
use super::super::requests::Request;
use super::super::scenario::Log;
use super::super::world::World;

/// The whole log.
pub fn write(world: &World, log: &Log, requests: &[Request], random: &mut Random) -> String {
    let mut text = String::new();
    let process = 200 + random.below(800);
    for (number, request) in requests.iter().enumerate() {
        let status = request.failure.map_or(200, |failure| failure.status);
        let (level, message) = match status {
            500.. => (50, "request errored"),
            400.. => (40, "request completed"),
            _ => (30, "request completed"),
        };
        let keys = world.client_keys.as_ref();
        let key = keys.map_or_else(String::new, |keys| {
            format!(r#""clientId":"{}","#, keys[request.client])
        });
        let _ = writeln!(
            text,
            concat!(
                r#"{{"level":{},"time":{},"pid":{},"hostname":"{}","req":{{"id":{},"method":"{}","#,
                r#""url":"{}","remoteAddress":"{}"}},"res":{{"statusCode":{}}},"#,
                r#""responseTime":{:.0},{}"msg":"{}"}}"#
            ),
            level,
            request.end_ns / 1_000_000,
            process,
            log.host,
            number + 1,
            request.endpoint.method,
            request.path,
            world.clients[request.client],
            status,
            request.total_ms(),
            key,
            message,
        );
    }
    text
}
