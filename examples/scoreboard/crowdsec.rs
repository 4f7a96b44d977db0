//! CrowdSec's parser tests: `parser.assert` says of each line what every parser made of it.
//!
//! A statement is `results["STAGE"]["PARSER"][N].Evt.Meta["KEY"] == "VALUE"`. What the stages
//! say of one line is put together; the line is found by the message that they repeat.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Result;
use rfo::formats::stamp::{StampContext, StampKind};

use crate::board::{Board, Expected, Instant, Row, instant};
use crate::reading::{Reading, files, lines, name};

/// What is said of a line by key; of equal keys the last stage's counts.
type Said = BTreeMap<String, String>;

/// Scores every test that has assertions.
pub fn score(folder: &Path) -> Result<Board> {
    let mut board = Board::default();
    for assertions in files(folder, "parser.assert")? {
        let text = fs::read_to_string(&assertions)?;
        let entries = entries(&text);
        if entries.is_empty() {
            continue;
        }
        let test = assertions.parent().unwrap_or(folder);
        for log in files(test, ".log")? {
            compare(&mut board, folder, &log, &entries)?;
        }
    }
    Ok(board)
}

fn compare(board: &mut Board, folder: &Path, log: &Path, entries: &Entries) -> Result<()> {
    let reading = Reading::of(log, None);
    let events = reading.events();
    let test = log.parent().unwrap_or(folder);
    let mut row = Row::new(&name(folder, test), reading.format(), reading.unparsed());
    let lines = lines(log)?;
    for (i, said) in by_line(entries, &lines) {
        let (offset, line) = &lines[i];
        let at = events.binary_search_by_key(offset, |found| found.offset);
        let found = at.ok().map(|i| &events[i]);
        row.compare(line, &expected(&said), found, &mut board.misses);
    }
    board.rows.push(row);
    Ok(())
}

/// What each parser says, in the order of the stages and of the lines that reached it.
type Entries = BTreeMap<(String, String, usize), Said>;

fn entries(text: &str) -> Entries {
    let mut entries = Entries::new();
    for statement in text.lines() {
        let Some((at, key, value)) = statement_of(statement) else {
            continue;
        };
        entries.entry(at).or_default().insert(key, value);
    }
    entries
}

/// Stage, parser and number; key; value.
fn statement_of(text: &str) -> Option<((String, String, usize), String, String)> {
    let rest = text.strip_prefix("results[\"")?;
    let (stage, rest) = rest.split_once("\"][\"")?;
    let (parser, rest) = rest.split_once("\"][")?;
    let (n, rest) = rest.split_once("].Evt.")?;
    let (group, rest) = rest.split_once("[\"")?;
    if !matches!(group, "Parsed" | "Meta") {
        return None;
    }
    let (key, value) = rest.split_once("\"] == ")?;
    let value = unquoted(value)?;
    let at = (stage.to_owned(), parser.to_owned(), n.parse().ok()?);
    let useful = !value.is_empty() && value != "-";
    useful.then(|| (at, format!("{group}.{key}"), value))
}

/// A string as Go quotes it.
fn unquoted(text: &str) -> Option<String> {
    let body = text.trim().strip_prefix('"')?.strip_suffix('"')?;
    let mut out = String::new();
    let mut characters = body.chars();
    while let Some(c) = characters.next() {
        match (c, c == '\\') {
            (c, false) => out.push(c),
            _ => match characters.next()? {
                'n' => out.push('\n'),
                't' => out.push('\t'),
                'r' => out.push('\r'),
                'u' => {
                    let digits: String = characters.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).ok()?;
                    out.push(char::from_u32(code)?);
                }
                other => out.push(other),
            },
        }
    }
    Some(out)
}

/// Everything that is said of a line, by the line's index.
fn by_line(entries: &Entries, lines: &[(u64, String)]) -> BTreeMap<usize, Said> {
    let mut merged: BTreeMap<usize, Said> = BTreeMap::new();
    let mut place = ("", "", 0);
    for ((stage, parser, _), said) in entries {
        let from = match place {
            (s, p, next) if (s, p) == (stage.as_str(), parser.as_str()) => next,
            _ => 0,
        };
        let message = said.get("Parsed.message").or(said.get("Meta.message"));
        let Some(message) = message.map(|message| message.trim()) else {
            continue;
        };
        let Some(i) = (from..lines.len()).find(|&i| holds(&lines[i].1, message)) else {
            continue;
        };
        place = (stage, parser, i + 1);
        merged.entry(i).or_default().extend(said.clone());
    }
    merged
}

/// True if a line is the message, or the message with a prefix, or a JSON wrapper around it.
fn holds(line: &str, message: &str) -> bool {
    line.ends_with(message)
        || serde_json::from_str::<serde_json::Value>(line)
            .is_ok_and(|value| value["log"].as_str().map(str::trim) == Some(message))
}

fn expected(said: &Said) -> Expected {
    let text = |keys: &[&str]| keys.iter().find_map(|key| said.get(*key)).cloned();
    let integer = |keys: &[&str]| text(keys).and_then(|value| value.parse().ok());
    let bytes = [
        "Parsed.body_bytes_sent",
        "Parsed.bytes_sent",
        "Parsed.sent_bytes",
        "Parsed.bytes_read",
    ];
    Expected {
        time: time(said),
        status: integer(&["Meta.http_status", "Parsed.status"]),
        duration_us: duration_us(said),
        clients: text(&["Meta.source_ip"]).into_iter().collect(),
        // What has no method (TLS on a plain port) is no request for a path.
        path: text(&["Meta.http_path"]).filter(|_| said.contains_key("Meta.http_verb")),
        level: None,
        method: text(&["Meta.http_verb"]),
        bytes: integer(&bytes),
    }
}

fn time(said: &Said) -> Option<Instant> {
    if let Some(written) = said.get("Meta.timestamp") {
        return instant(written);
    }
    let written = said
        .get("Parsed.accept_date")
        .or(said.get("Parsed.timestamp"))?;
    let read = StampKind::Clf
        .read(written.as_bytes())
        .or_else(|| StampKind::Iso.read(written.as_bytes()))?;
    let ns = StampContext::from(rfo::clock::Zone::UTC).instant(read)?;
    Some(Instant {
        ns,
        precision_ns: 1_000_000,
    })
}

/// The parsers name durations in their own ways, each in one unit.
fn duration_us(said: &Said) -> Option<f64> {
    let number = |key: &str| said.get(key).and_then(|value| value.parse::<f64>().ok());
    // In JSON this is what Traefik writes, nanoseconds, whatever the parser calls it.
    let is_json = said
        .get("Parsed.message")
        .is_some_and(|message| message.starts_with('{'));
    if let Some(ns) = number("Parsed.request_duration_in_ms").filter(|_| is_json) {
        return Some(ns / 1000.0);
    }
    let in_ms = [
        "Parsed.request_duration_in_ms",
        "Parsed.time_duration",
        "Parsed.duration",
    ];
    for key in in_ms {
        if let Some(ms) = number(key) {
            return Some(ms * 1000.0);
        }
    }
    // A load balancer's three parts, -1 where a part was not reached.
    let parts = ["request", "target", "response"];
    let seconds = parts.map(|part| number(&format!("Parsed.{part}_processing_time")));
    let reached: Vec<f64> = seconds
        .into_iter()
        .flatten()
        .filter(|s| *s >= 0.0)
        .collect();
    (!reached.is_empty()).then(|| reached.iter().sum::<f64>() * 1e6)
}
