//! Parsed blocks put together in the order of the sources: names, line numbers, counts.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::plan::{Kind, Planned};
use super::{Input, InputPart, UnparsedSample};
use crate::events::Number;
use crate::events::{Chunk, EventStore, Interner, Symbol, Text};
use crate::formats::{Miner, Parsed, SAMPLES_MAX, SourceKind, StampSide};
use crate::input::Part;
use crate::input::parts::Extent;
use crate::series::Rollup;
use crate::series::assemble::Nature;
use crate::series::rollup::Key;

/// Names kept per text field; further ones become `(other)` and are counted.
const NAMES_MAX: usize = 1 << 20;
/// Bytes of event columns kept for drill-down; events beyond are counted in series only.
const STORE_BYTES_MAX: usize = 2 << 30;

/// A chunk of fewer rows is joined to the one before it of its source...
const SMALL_CHUNK: usize = 2048;
/// ... up to so many rows...
const JOINED_CHUNK_MAX: usize = 1 << 14;
/// ... if that is among so many last ones.
const RECENT_CHUNKS: usize = 1024;

/// A block after its worker.
pub struct Done {
    /// Index of the source.
    pub source: usize,
    /// Bytes of the block.
    pub bytes: u64,
    /// Its events.
    pub parsed: Parsed,
    /// Its counts.
    pub rollup: Rollup,
}

/// One source as far as it was read.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Its counts.
    pub rollup: Rollup,
    /// Earliest and latest stamp, ns UTC.
    pub stamped: Option<(i64, i64)>,
    lines: u64,
    events: u64,
    joined: u64,
    unparsed: u64,
    headers: u64,
    /// Lines whose events `--since` and `--until` leave out; among the headers.
    left_out: u64,
    bytes: u64,
    samples: Vec<UnparsedSample>,
    range: Option<(i64, i64)>,
    /// Why it was not read to its end.
    pub error: Option<String>,
}

/// Everything read so far. A copy costs the counts and names; the events are shared.
#[derive(Clone)]
pub struct Merged {
    /// One per planned source.
    pub tallies: Vec<Tally>,
    names: Vec<Interner>,
    /// One per planned source; messages are named by their templates.
    miners: Vec<Miner>,
    /// The symbols of each source's templates.
    templates: Vec<Vec<Symbol>>,
    /// Source and number of each template in the order of the symbols.
    template_at: Vec<(usize, usize)>,
    chunks: Vec<(usize, Arc<Chunk>)>,
    chunk_bytes: usize,
    /// Events that are counted in series but not kept for drill-down.
    pub not_kept: u64,
}

impl Merged {
    /// Nothing yet, of `n` sources.
    pub fn new(n: usize) -> Self {
        Self {
            tallies: vec![Tally::default(); n],
            names: Text::ALL.iter().map(|_| Interner::new(NAMES_MAX)).collect(),
            miners: vec![Miner::default(); n],
            templates: vec![Vec::new(); n],
            template_at: Vec::new(),
            chunks: Vec::new(),
            chunk_bytes: 0,
            not_kept: 0,
        }
    }

    /// Adds the next block. Blocks must come in reading order: names are numbered by it.
    pub fn add(&mut self, done: Done, side: StampSide) {
        let Done {
            source,
            bytes,
            mut parsed,
            rollup,
        } = done;
        let maps: Vec<Vec<Symbol>> = Text::ALL
            .iter()
            .map(|field| self.rename(*field, source, &mut parsed))
            .collect();
        let tally = &mut self.tallies[source];
        let (metrics, labels) = (&maps[Text::Metric as usize], &maps[Text::Host as usize]);
        let renamed = |symbols: &[Symbol], symbol: Symbol| {
            symbols.get(symbol.0 as usize).copied().unwrap_or(symbol)
        };
        tally.rollup.add(rollup, |key| Key {
            metric: renamed(metrics, key.metric),
            label: renamed(labels, key.label),
        });
        let chunk = &mut parsed.chunk;
        let lines_before = tally.lines;
        chunk
            .line
            .iter_mut()
            .for_each(|line| *line += lines_before + 1);
        tally.count(&parsed, bytes, side);
        let chunk = parsed.chunk;
        if self.chunk_bytes + chunk.bytes() <= STORE_BYTES_MAX {
            self.chunk_bytes += chunk.bytes();
            self.keep(source, chunk);
        } else {
            self.not_kept += chunk.len() as u64;
        }
    }

    /// Small chunks, as they come of a file that is followed, go together.
    fn keep(&mut self, source: usize, chunk: Chunk) {
        if chunk.is_empty() {
            return;
        }
        let recent = self.chunks.iter_mut().rev().take(RECENT_CHUNKS);
        let mut same = recent.filter(|(of, _)| *of == source);
        if let Some((_, last)) = same.next()
            && chunk.len() < SMALL_CHUNK
            && last.len() + chunk.len() <= JOINED_CHUNK_MAX
            && last.offset.last() < chunk.offset.first()
        {
            Arc::make_mut(last).append(chunk);
        } else {
            self.chunks.push((source, Arc::new(chunk)));
        }
    }

    /// A source joins.
    pub fn join(&mut self) {
        self.tallies.push(Tally::default());
        self.miners.push(Miner::default());
        self.templates.push(Vec::new());
    }

    fn rename(&mut self, field: Text, source: usize, parsed: &mut Parsed) -> Vec<Symbol> {
        let mut map = vec![Symbol::NONE, Symbol::OTHER];
        for (_, bytes) in parsed.names[field as usize].iter() {
            map.push(match field {
                Text::Message => self.template(source, bytes),
                _ => self.names[field as usize].intern(bytes),
            });
        }
        parsed.chunk.rename(field, &map);
        map
    }

    /// The symbol of a masked message's template. Sources have templates of their own.
    fn template(&mut self, source: usize, masked: &[u8]) -> Symbol {
        let Some(template) = self.miners[source].template_of(masked) else {
            return Symbol::OTHER;
        };
        let symbols = &mut self.templates[source];
        if template == symbols.len() {
            // The first two symbols are none and other.
            symbols.push(Symbol(self.template_at.len() as u32 + 2));
            self.template_at.push((source, template));
        }
        symbols[template]
    }

    /// How many templates the messages of a source have.
    pub fn templates_of(&self, source: usize) -> usize {
        self.templates[source].len()
    }

    /// The events for drill-down; shares the chunks. Messages bear the templates' texts of now.
    pub fn store(&self) -> EventStore {
        let mut names = self.names.clone();
        let texts = self.template_at.iter();
        names[Text::Message as usize] = Interner::numbered(
            texts.map(|(source, template)| self.miners[*source].text(*template)),
        );
        EventStore::new(self.chunks.clone(), Arc::new(names))
    }

    /// Metric and label of each series of a source.
    pub fn names_of(&self, source: usize) -> BTreeMap<Key, (String, String)> {
        let text = |field: Text, symbol| self.names[field as usize].text(symbol);
        let keys = self.tallies[source].rollup.tables().keys();
        keys.map(|key| {
            (
                *key,
                (text(Text::Metric, key.metric), text(Text::Host, key.label)),
            )
        })
        .collect()
    }

    /// Names that did not fit, per field; for messages: distinct ones without a template.
    pub fn refused(&self) -> impl Iterator<Item = (Text, u64)> {
        let refused = |field: Text| match field {
            Text::Message => self.miners.iter().map(Miner::refused).sum(),
            _ => self.names[field as usize].refused(),
        };
        Text::ALL
            .iter()
            .map(move |field| (*field, refused(*field)))
            .filter(|(_, refused)| *refused > 0)
    }
}

/// The range of `times`, ns, joined with an earlier one.
fn joined(range: Option<(i64, i64)>, times: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    times.fold(range, |range, time| {
        Some(range.map_or((time, time), |(a, b)| (a.min(time), b.max(time))))
    })
}

impl Tally {
    fn count(&mut self, parsed: &Parsed, bytes: u64, side: StampSide) {
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
        let stamp = |row: usize| match (side, chunk.number_at(Number::LatencyUs, row)) {
            (StampSide::End, Some(latency_us)) => {
                chunk.time_ns[row].saturating_add(latency_us.saturating_mul(1000))
            }
            _ => chunk.time_ns[row],
        };
        if !chunk.is_empty() {
            let stamps = (0..chunk.len()).map(stamp);
            self.stamped = joined(self.stamped, stamps);
            self.range = joined(self.range, chunk.time_ns.iter().copied());
        }
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

    /// How many events.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// The source as reports show it.
    pub fn input(&self, planned: &Planned) -> Input {
        let (format, confidence, reason) = match &planned.kind {
            Kind::Log(detected) => (
                detected.format.name.clone(),
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
        }
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

/// Shifts the events of a chunk, ns; for `--clock`.
pub fn shift(chunk: &mut Chunk, offset_ns: i64) {
    if offset_ns != 0 {
        chunk
            .time_ns
            .iter_mut()
            .for_each(|time| *time = time.saturating_add(offset_ns));
    }
}
