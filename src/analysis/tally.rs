//! What was counted of one source so far.
//!
//! In: parsed blocks, in order. Out: its counts, and the source as reports show it.

use std::collections::BTreeMap;

use super::narrow::Reach;
use super::plan::{Kind, Planned};
use super::{Input, InputPart, UnparsedSample};
use crate::events::chunk::ABSENT;
use crate::events::sightings::Sightings;
use crate::events::{Chunk, Number};
use crate::formats::{Parsed, SAMPLES_MAX, SourceKind, StampSide};
use crate::input::Part;
use crate::input::parts::Extent;
use crate::series::Rollup;
use crate::series::assemble::Nature;
use crate::stats::extremes::{Extremes, extremes};

/// Formats named beside a source's own.
const NAMED_MAX: usize = 3;

/// One source as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Its counts.
    pub rollup: Rollup,
    /// The counts of events of other kinds than its format's.
    pub foreign: BTreeMap<SourceKind, Rollup>,
    /// How many events other formats read, by their names.
    read_by: BTreeMap<String, u64>,
    /// Earliest and latest stamp, ns UTC.
    pub stamped: Option<(i64, i64)>,
    lines: u64,
    events: u64,
    joined: u64,
    unparsed: u64,
    headers: u64,
    /// Lines whose events `--since`, `--until` and `-w` leave out; among the headers.
    left_out: u64,
    /// Events that the filter leaves out.
    pub filtered_out: u64,
    /// Events by cell of `narrow::CELL_NS` before the filter; none without one.
    pub cells: BTreeMap<i64, u64>,
    bytes: u64,
    samples: Vec<UnparsedSample>,
    range: Option<(i64, i64)>,
    /// Why it was not read to its end.
    pub error: Option<String>,
    /// Requests that other sources may log too.
    pub sightings: Sightings,
}

/// The stamps of events, ns UTC; `side` says when they were taken.
pub fn stamps(chunk: &Chunk, side: StampSide) -> impl Iterator<Item = i64> {
    let latencies: &[i64] = match side {
        StampSide::End => chunk.number(Number::LatencyUs),
        StampSide::Start => &[],
    };
    let times = chunk.time_ns.iter().enumerate();
    times.map(|(row, time_ns)| match latencies.get(row) {
        Some(&latency_us) if latency_us != ABSENT => {
            time_ns.saturating_add(latency_us.saturating_mul(1000))
        }
        _ => *time_ns,
    })
}

/// Durations up to this, added to times up to this from 1970, give no number that is too large.
const SUM_MAX_NS: i64 = i64::MAX / 2;

/// Earliest and latest stamp of events whose times have the extremes `range`.
fn stamped(chunk: &Chunk, side: StampSide, range: Option<(i64, i64)>) -> Option<(i64, i64)> {
    let latencies = match side {
        StampSide::End => chunk.number(Number::LatencyUs),
        StampSide::Start => &[],
    };
    let ((first, last), false) = (range?, latencies.is_empty()) else {
        return range;
    };
    let (mut found, mut lengths) = (Extremes::NONE, Extremes::NONE);
    let (times, latencies) = (chunk.time_ns.as_chunks::<4>(), latencies.as_chunks::<4>());
    let lasts = |latency_us: i64| if latency_us == ABSENT { 0 } else { latency_us };
    let mut add = |times: &[i64; 4], latencies: &[i64; 4]| {
        let latencies = latencies.map(lasts);
        lengths.add(latencies);
        found.add(std::array::from_fn(|i| {
            times[i].wrapping_add(latencies[i].wrapping_mul(1000))
        }));
    };
    times
        .0
        .iter()
        .zip(latencies.0)
        .for_each(|(times, latencies)| add(times, latencies));
    let rest = times.1.iter().zip(latencies.1);
    rest.for_each(|(time, latency)| add(&[*time; 4], &[*latency; 4]));
    let (shortest, longest) = lengths.ends()?;
    let is_small = |value: i64, most: i64| (-most..=most).contains(&value);
    let is_exact = [first, last].iter().all(|time| is_small(*time, SUM_MAX_NS))
        && [shortest, longest]
            .iter()
            .all(|us| is_small(*us, SUM_MAX_NS / 1000));
    match is_exact {
        true => found.ends(),
        false => joined(None, stamps(chunk, side)),
    }
}

/// The range of `times`, ns, joined with an earlier one.
fn joined(range: Option<(i64, i64)>, times: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    let (from, to) = range.unwrap_or((i64::MAX, i64::MIN));
    let (from, to) = times.fold((from, to), |(a, b), time| (a.min(time), b.max(time)));
    (from <= to).then_some((from, to))
}

impl Tally {
    /// Counts a block of so many bytes; `side` says when its stamps were taken, `reach` what it held
    /// before a filter was asked.
    pub fn count(&mut self, parsed: &Parsed, reach: Option<&Reach>, bytes: u64, side: StampSide) {
        for (name, events) in &parsed.read_by {
            *self.read_by.entry(name.clone()).or_default() += events;
        }
        self.sightings.add(&parsed.sightings);
        let room = SAMPLES_MAX.saturating_sub(self.samples.len());
        let samples = parsed.samples.iter().take(room);
        self.samples
            .extend(samples.map(|(line, text)| UnparsedSample {
                line: self.lines + line + 1,
                text: text.clone(),
            }));
        self.lines += parsed.lines;
        self.events += parsed.chunk.len() as u64;
        self.joined += parsed.joined;
        self.unparsed += parsed.unparsed;
        self.headers += parsed.headers;
        self.left_out += parsed.left_out;
        self.bytes += bytes;
        let chunk = &parsed.chunk;
        match reach {
            Some(reach) => self.reach(reach),
            None => {
                let ends = |range: Option<(i64, i64)>| range.into_iter().flat_map(|(a, b)| [a, b]);
                let range = extremes(&chunk.time_ns);
                self.range = joined(self.range, ends(range));
                self.stamped = joined(self.stamped, ends(stamped(chunk, side, range)));
            }
        }
    }

    /// How far a source reaches does not depend on which of its events are meant.
    fn reach(&mut self, reach: &Reach) {
        let ends = |range: Option<(i64, i64)>| range.into_iter().flat_map(|(a, b)| [a, b]);
        self.stamped = joined(self.stamped, ends(reach.stamped));
        self.range = joined(self.range, ends(reach.range));
        self.filtered_out += reach.left_out;
        for (cell, events) in &reach.cells {
            *self.cells.entry(*cell).or_default() += events;
        }
    }

    /// Its counts of all kinds.
    pub fn rollups(&self) -> impl Iterator<Item = &Rollup> {
        std::iter::once(&self.rollup).chain(self.foreign.values())
    }

    /// Makes the buckets of its largest counts wider. False if they cannot be.
    pub fn widen(&mut self) -> bool {
        let all = std::iter::once(&mut self.rollup).chain(self.foreign.values_mut());
        let mut all: Vec<&mut Rollup> = all.collect();
        all.sort_by_key(|rollup| std::cmp::Reverse(rollup.memory()));
        all.into_iter().any(Rollup::widen)
    }

    /// First and last event, ns UTC.
    pub fn range(&self) -> Option<(i64, i64)> {
        self.range
    }

    /// Share of the lines that bear something and that nothing could read, in `[0, 1]`.
    pub fn unparsed_share(&self) -> f64 {
        let bearing = (self.lines + self.left_out)
            .saturating_sub(self.headers)
            .max(1);
        self.unparsed as f64 / bearing as f64
    }

    /// How many lines.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// How many events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The format's name, with those of others that read some of the lines, the busiest first.
    fn formats(&self, own: &str) -> String {
        let mut others: Vec<(&String, &u64)> = self.read_by.iter().collect();
        others.retain(|(name, _)| *name != own);
        others.sort_by_key(|(name, events)| (std::cmp::Reverse(**events), *name));
        let names = others.iter().take(NAMED_MAX).map(|(name, _)| name.as_str());
        let mut words: Vec<&str> = std::iter::once(own).chain(names).collect();
        if others.len() > NAMED_MAX {
            words.push("...");
        }
        words.join(" + ")
    }

    /// The source as reports show it.
    pub fn input(&self, planned: &Planned) -> Input {
        let (format, confidence, reason) = match &planned.kind {
            Kind::Log(detected) => (
                self.formats(&detected.format.name),
                detected.confidence,
                detected.reason.clone(),
            ),
            Kind::Record(kind) => (
                crate::records::RecordKind::word(*kind).to_owned(),
                1.0,
                "a record of people's".to_owned(),
            ),
            Kind::Unknown(why) => ("unknown".to_owned(), 0.0, why.clone()),
            Kind::Unreadable(_) => ("unreadable".to_owned(), 0.0, String::new()),
        };
        let unreadable = match &planned.kind {
            Kind::Unreadable(error) => Some(error.clone()),
            _ => None,
        };
        Input {
            path: planned.source.name.clone(),
            label: planned.source.label.clone(),
            format,
            confidence,
            reason,
            lines: self.lines,
            events: self.events,
            joined: self.joined,
            unparsed: self.unparsed,
            headers: self.headers,
            samples: self.samples.clone(),
            bytes: self.bytes,
            range: self.range,
            live: None,
            zone: planned.zone_reason.clone(),
            error: unreadable.or_else(|| self.error.clone()),
            parts: self.parts(planned),
            natures: self.natures(planned),
        }
    }

    fn natures(&self, planned: &Planned) -> Vec<Nature> {
        let Kind::Log(detected) = &planned.kind else {
            return Vec::new();
        };
        let own = std::iter::once(&detected.format.kind);
        own.chain(self.foreign.keys())
            .map(|kind| nature(*kind))
            .collect()
    }

    /// The files of a rotated log. Of all but the last the reader tells how much is in them; the
    /// rest is the last one's.
    fn parts(&self, planned: &Planned) -> Vec<InputPart> {
        let parts = planned.source.parts();
        let mut before = Some((0, 0));
        let part = |(i, part): (usize, &Part)| {
            let extent = match (before, i + 1 == parts.len()) {
                (Some((lines, bytes)), true) => Some(Extent {
                    bytes: self.bytes.saturating_sub(bytes),
                    lines: self.lines.saturating_sub(lines),
                }),
                (_, true) => None,
                (_, false) => part.extent.get().copied(),
            };
            let first_line = before.map(|(lines, _)| lines + 1);
            before = before
                .zip(extent)
                .map(|((lines, bytes), extent)| (lines + extent.lines, bytes + extent.bytes));
            InputPart {
                path: part.name.clone(),
                first_line,
                lines: extent.map(|extent| extent.lines),
                bytes: extent.map(|extent| extent.bytes),
            }
        };
        parts.iter().enumerate().map(part).collect()
    }
}

/// What the events of a kind of source are to series.
pub fn nature(kind: SourceKind) -> Nature {
    match kind {
        SourceKind::Access => Nature::Access,
        SourceKind::SlowQueries => Nature::SlowQueries,
        SourceKind::App => Nature::App,
        SourceKind::Metric => Nature::Metric,
        SourceKind::Jobs => Nature::Jobs,
        SourceKind::Database => Nature::Database,
    }
}

/// Adds a record's lines to its tally: all of them are read.
pub fn tally_record(tally: &mut Tally, bytes: &[u8], claims: u64) {
    tally.lines = memchr::memchr_iter(b'\n', bytes).count() as u64
        + u64::from(!bytes.is_empty() && !bytes.ends_with(b"\n"));
    tally.events = claims;
    tally.headers = tally.lines.saturating_sub(claims);
    tally.bytes = bytes.len() as u64;
}
