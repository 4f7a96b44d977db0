//! Filebeat's modules: `FILE-expected.json` beside each log, records by their byte offset.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use rfo::clock::{NS_PER_S, Zone};
use serde_json::Value;

use crate::board::{Board, Expected, Row, instant};
use crate::reading::{Found, Reading, files, lines, name};

/// Modules of formats that rfo does not claim to know: shown, not counted.
const OTHERS: [&str; 5] = ["auditd", "icinga", "kibana", "osquery", "santa"];

/// PostgreSQL's lines that belong to the entry before them: rfo joins them.
const PARTS: [&str; 6] = [
    "CONTEXT",
    "DETAIL",
    "HINT",
    "LOCATION",
    "QUERY",
    "STATEMENT",
];

/// Scores every log.
pub fn score(folder: &Path) -> Result<Board> {
    let mut board = Board::default();
    for expectation in files(folder, "-expected.json")? {
        let log = expectation.to_string_lossy().replace("-expected.json", "");
        let log = Path::new(&log);
        let text = fs::read_to_string(&expectation)?;
        let records: Vec<Value> =
            serde_json::from_str(&text).with_context(|| expectation.display().to_string())?;
        compare(&mut board, &name(folder, log), log, &records)?;
    }
    board
        .notes
        .push_str("* a format that rfo does not claim to know; not in the total\n");
    Ok(board)
}

fn compare(board: &mut Board, name: &str, log: &Path, records: &[Value]) -> Result<()> {
    let reading = Reading::of(log, records.first().and_then(zone));
    let events = reading.events();
    let texts: BTreeMap<u64, String> = lines(log)?.into_iter().collect();
    let mut row = Row::new(name, reading.format(), reading.unparsed());
    row.counted = !OTHERS
        .iter()
        .any(|module| name.starts_with(&format!("{module}-")));
    let mut taken = BTreeSet::new();
    let mut last = 0;
    for record in records {
        let Some(offset) = record["log.offset"].as_u64() else {
            continue;
        };
        last = last.max(offset);
        let is_part = |level: &str| name.starts_with("postgresql-") && PARTS.contains(&level);
        if record["log.level"].as_str().is_some_and(is_part) {
            continue;
        }
        let line = texts.get(&offset).map_or("", String::as_str);
        // An event of several lines may begin before the record does, but it holds only one.
        let found = holding(&events, offset).filter(|found| taken.insert(found.offset));
        let mut expected = expected(record);
        if let Some(time) = expected
            .time
            .as_mut()
            .filter(|_| name.starts_with("mysql-slowlog"))
        {
            // Taken from `SET timestamp`, which is in whole seconds.
            time.precision_ns = NS_PER_S;
        }
        row.compare(line, &expected, found, &mut board.misses);
    }
    let unknown = |found: &&Found| found.offset <= last && !taken.contains(&found.offset);
    row.extra = events.iter().filter(unknown).count() as u64;
    board.rows.push(row);
    Ok(())
}

/// The event in whose lines a byte is.
fn holding(events: &[Found], offset: u64) -> Option<&Found> {
    let after = events.partition_point(|found| found.offset <= offset);
    let found = &events[after.checked_sub(1)?];
    (offset < found.offset + found.length).then_some(found)
}

/// The zone that the module took for stamps without one.
fn zone(record: &Value) -> Option<Zone> {
    match record["event.timezone"].as_str()? {
        "+00:00" | "UTC" => Some(Zone::UTC),
        "CEST" => Some(Zone::Fixed(7200)),
        "EST" => Some(Zone::Fixed(-18_000)),
        _ => None,
    }
}

fn expected(record: &Value) -> Expected {
    let text = |key: &str| record[key].as_str().map(str::to_owned);
    let integer = |key: &str| record[key].as_i64();
    let clients = ["source.address", "source.ip"].into_iter();
    Expected {
        time: record["@timestamp"].as_str().and_then(instant),
        status: integer("http.response.status_code"),
        duration_us: record["event.duration"].as_f64().map(|ns| ns / 1000.0),
        clients: clients.filter_map(text).collect(),
        path: text("url.original").or_else(|| text("url.path")),
        level: text("log.level"),
        method: text("http.request.method"),
        bytes: integer("http.response.body.bytes"),
    }
}
