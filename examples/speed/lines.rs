//! One entry of each log.

use std::fmt::{Result, Write};

use super::random::Random;
use super::world::World;

/// Writes the entry of an instant, microseconds after the log's midnight.
pub type Line = fn(&World, u64, &mut Random, &mut String) -> Result;

/// The files and who writes their entries.
pub const WRITERS: &[(&str, Line)] = &[
    ("nginx.log", nginx),
    ("pino.json", pino),
    ("app.logfmt", logfmt),
    ("postgresql.log", postgresql),
];

/// 2024-03-04T00:00:00Z, seconds since 1970.
const MIDNIGHT_S: u64 = 1_709_510_400;

/// Day of the month, hour, minute, second and microsecond.
fn calendar(at_us: u64) -> (u64, u64, u64, u64, u64) {
    let seconds = at_us / 1_000_000;
    let clock = seconds % 86_400;
    let day = 4 + seconds / 86_400;
    (
        day,
        clock / 3600,
        clock / 60 % 60,
        clock % 60,
        at_us % 1_000_000,
    )
}

/// A request: method, path, client, status, duration in microseconds, bytes.
fn request<'a>(
    world: &'a World,
    random: &mut Random,
) -> (&'static str, String, &'a str, u64, u64, u64) {
    let endpoint = &world.endpoints[random.skewed(world.endpoints.len())];
    let path = endpoint
        .path
        .replace('#', &(10_000 + random.below(90_000)).to_string());
    let client = &world.clients[random.skewed(world.clients.len())];
    let status = match random.below(1000) {
        0 => 502,
        1..=9 => 404,
        10..=19 => 304,
        _ => 200,
    };
    let octaves = 6 + random.below(12);
    let bytes = 200 + random.below(1 << octaves);
    (
        endpoint.method,
        path,
        client,
        status,
        random.took_us(),
        bytes,
    )
}

fn nginx(world: &World, at_us: u64, random: &mut Random, text: &mut String) -> Result {
    let (method, path, client, status, took_us, bytes) = request(world, random);
    let (day, hour, minute, second, _) = calendar(at_us);
    let page = &world.pages[random.skewed(world.pages.len())];
    let agent = &world.agents[random.skewed(world.agents.len())];
    let took_ms = took_us / 1000;
    writeln!(
        text,
        "{client} - - [{day:02}/Mar/2024:{hour:02}:{minute:02}:{second:02} +0000] \"{method} {path} HTTP/1.1\" {status} {bytes} \"{page}\" \"{agent}\" rt={}.{:03} urt=\"{}.{:03}\"",
        took_ms / 1000,
        took_ms % 1000,
        took_ms / 1000,
        took_ms % 1000,
    )
}

fn pino(world: &World, at_us: u64, random: &mut Random, text: &mut String) -> Result {
    let (method, path, client, status, took_us, bytes) = request(world, random);
    let agent = &world.agents[random.skewed(world.agents.len())];
    let (level, message) = match status {
        500.. => (50, "request errored"),
        400.. => (40, "request completed"),
        _ => (30, "request completed"),
    };
    writeln!(
        text,
        concat!(
            r#"{{"level":{},"time":{},"pid":{},"hostname":"api-{}","req":{{"id":{},"method":"{}","url":"{}","#,
            r#""headers":{{"host":"shop.example","user-agent":"{}"}},"remoteAddress":"{}","remotePort":{}}},"#,
            r#""res":{{"statusCode":{},"headers":{{"content-length":"{}"}}}},"responseTime":{},"msg":"{}"}}"#
        ),
        level,
        MIDNIGHT_S * 1000 + at_us / 1000,
        17 + random.below(4),
        random.below(6),
        at_us / 7,
        method,
        path,
        agent,
        client,
        32_768 + random.below(28_000),
        status,
        bytes,
        took_us / 1000,
        message,
    )
}

fn logfmt(world: &World, at_us: u64, random: &mut Random, text: &mut String) -> Result {
    let (method, path, client, status, took_us, bytes) = request(world, random);
    let (day, hour, minute, second, us) = calendar(at_us);
    let level = match status {
        500.. => "error",
        400.. => "warn",
        _ => "info",
    };
    write!(
        text,
        "ts=2024-03-{day:02}T{hour:02}:{minute:02}:{second:02}.{:03}Z level={level} ",
        us / 1000
    )?;
    match random.below(8) {
        0 => writeln!(
            text,
            "msg=\"cache miss for {}, loading from shard {}\" component=cache took={}us instance=app-{}",
            10_000 + random.below(90_000),
            random.below(16),
            took_us,
            random.below(8),
        ),
        1 => writeln!(
            text,
            "msg=\"sent order {} to warehouse\" component=orders attempt={} instance=app-{}",
            random.below(1 << 24),
            1 + random.below(3),
            random.below(8),
        ),
        _ => writeln!(
            text,
            "msg=\"request done\" method={method} path={path} status={status} duration={}.{:03}ms bytes={bytes} remote_addr={client} instance=app-{} trace={:016x}",
            took_us / 1000,
            took_us % 1000,
            random.below(8),
            random.bits(),
        ),
    }
}

/// Statements of several lines, some on one, waits with what is attached to them, messages.
fn postgresql(world: &World, at_us: u64, random: &mut Random, text: &mut String) -> Result {
    let (_, _, client, _, took_us, _) = request(world, random);
    let (day, hour, minute, second, us) = calendar(at_us);
    let process = 2000 + random.below(400);
    let mut head = String::new();
    write!(
        head,
        "2024-03-{day:02} {hour:02}:{minute:02}:{second:02}.{:03} UTC [{process}] app@shop ",
        us / 1000
    )?;
    let (id, other) = (random.below(1 << 20), random.below(5000));
    let duration = format!(
        "duration: {}.{:03} ms  statement:",
        took_us / 1000,
        took_us % 1000
    );
    match random.below(12) {
        0 => writeln!(
            text,
            "{head}LOG:  connection authorized: user=app database=shop host={client}"
        ),
        1 => writeln!(
            text,
            "{head}LOG:  process {process} still waiting for ShareLock on transaction {id} after 1000.{:03} ms\n{head}DETAIL:  Process holding the lock: {}. Wait queue: {process}.\n{head}CONTEXT:  while updating tuple ({other},7) in relation \"orders\"\n{head}STATEMENT:  UPDATE orders\n\t   SET state = 'paid', paid_at = now()\n\t WHERE id = {id}",
            other % 1000,
            2000 + other % 400,
        ),
        2 => writeln!(
            text,
            "{head}ERROR:  duplicate key value violates unique constraint \"carts_pkey\"\n{head}DETAIL:  Key (id)=({id}) already exists.\n{head}STATEMENT:  INSERT INTO carts (id, owner) VALUES ({id}, {other})"
        ),
        3 | 4 => writeln!(
            text,
            "{head}LOG:  {duration} SELECT * FROM sessions WHERE token = '{:016x}' LIMIT 1",
            random.bits()
        ),
        5 | 6 => writeln!(
            text,
            "{head}LOG:  {duration} UPDATE stock\n\t   SET count = count - {}\n\t WHERE item_id = {id}\n\t   AND store_id = {other}",
            1 + other % 9
        ),
        _ => writeln!(
            text,
            "{head}LOG:  {duration} SELECT o.id, o.state, o.total, i.name, i.price\n\t  FROM orders o\n\t  JOIN items i ON i.order_id = o.id\n\t WHERE o.customer_id = {id}\n\t   AND o.created_at > '2024-02-{:02} 00:00:00'\n\t ORDER BY o.created_at DESC\n\t LIMIT {}",
            1 + other % 28,
            20 + 10 * (other % 4)
        ),
    }
}
