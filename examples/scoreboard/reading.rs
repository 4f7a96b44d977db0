//! A file as rfo reads it: the whole way, as for a user who names it and nothing else.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use rfo::analysis::{Input, Options, Show, Snapshot, Timings, analyse};
use rfo::clock::Zone;
use rfo::events::{Chunk, Number, Text};
use rfo::input::discover;

/// What rfo says of a file.
pub struct Reading {
    snapshot: Snapshot,
}

/// An event's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// From 1.
    pub line: u64,
    /// Byte offset of its first byte.
    pub offset: u64,
    /// Bytes of its lines.
    pub length: u64,
    /// Start of the work, ns UTC.
    pub start_ns: i64,
    /// Duration of the work.
    pub latency_us: Option<i64>,
    /// HTTP status.
    pub status: Option<i64>,
    /// Bytes sent.
    pub bytes: Option<i64>,
    /// 0 debug to 5 fatal.
    pub level: Option<i64>,
    /// Who asked.
    pub client: Option<String>,
    /// The normalised path.
    pub endpoint: Option<String>,
    /// HTTP method.
    pub method: Option<String>,
    /// The fingerprint of a statement.
    pub query: Option<String>,
}

impl Reading {
    /// Reads a file; `zone` is for stamps without an offset.
    pub fn of(path: &Path, zone: Option<Zone>) -> Self {
        let mut options = Options::new(vec![path.to_path_buf()]);
        options.zone = zone;
        let (sources, _) = discover(&options.sources);
        let snapshot = analyse(
            "scoreboard",
            sources,
            &options,
            &Timings::default(),
            Show::Nothing,
        );
        Self { snapshot }
    }

    /// How it was read. `None` if nothing was.
    pub fn input(&self) -> Option<&Input> {
        self.snapshot.inputs.first()
    }

    /// The format's name, or why there is none.
    pub fn format(&self) -> &str {
        self.input().map_or("", |input| &input.format)
    }

    /// Lines that no format could read.
    pub fn unparsed(&self) -> u64 {
        self.input().map_or(0, |input| input.unparsed)
    }

    /// All events in the order of their lines.
    pub fn events(&self) -> Vec<Found> {
        let mut events: Vec<Found> = Vec::new();
        for (_, chunk) in self.snapshot.store.chunks() {
            events.extend((0..chunk.len()).map(|row| self.found(&chunk, row)));
        }
        events.sort_by_key(|found| found.offset);
        events
    }

    fn found(&self, chunk: &Chunk, row: usize) -> Found {
        let number = |field| chunk.number_at(field, row);
        let text = |field| {
            let symbol = chunk.text_at(field, row)?;
            Some(self.snapshot.store.text(field, symbol))
        };
        Found {
            line: chunk.line[row],
            offset: chunk.offset[row],
            length: u64::from(chunk.length[row]),
            start_ns: chunk.time_ns[row],
            latency_us: number(Number::LatencyUs),
            status: number(Number::Status),
            bytes: number(Number::Bytes),
            level: number(Number::Level),
            client: text(Text::Client),
            endpoint: text(Text::Endpoint),
            method: text(Text::Method),
            query: text(Text::Query),
        }
    }
}

/// The files below a folder whose names end so, in order.
pub fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            paths.extend(files(&path, ending)?);
        } else if path.to_string_lossy().ends_with(ending) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The end of a path below its set: `nginx-access/access.log`.
pub fn name(set: &Path, path: &Path) -> String {
    let below = path.strip_prefix(set).unwrap_or(path);
    below.display().to_string()
}

/// A file's lines with the byte offset of each.
pub fn lines(path: &Path) -> Result<Vec<(u64, String)>> {
    let bytes = fs::read(path).with_context(|| path.display().to_string())?;
    let mut offset = 0;
    let split = bytes.split_inclusive(|&byte| byte == b'\n').map(|line| {
        let at = offset;
        offset += line.len() as u64;
        (at, String::from_utf8_lossy(line).trim_end().to_owned())
    });
    Ok(split.collect())
}
