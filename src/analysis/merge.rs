//! Parsed blocks put together in the order of the sources: names, line numbers, counts.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use super::plan::{Kind, Planned};
use super::{Input, UnparsedSample};
use crate::events::Number;
use crate::events::chunk::ABSENT;
use crate::events::{Chunk, EventStore, Interner, Symbol, Text};
use crate::formats::{Miner, Parsed, SAMPLES_MAX, SourceKind, StampSide};
use crate::series::Rollup;
use crate::series::assemble::Nature;
use crate::series::rollup::Key;

/// Names kept per text field; further ones become `(other)` and are counted.
const NAMES_MAX: usize = 1 << 20;
/// Bytes of event columns kept for drill-down; events beyond are counted in series only.
const STORE_BYTES_MAX: usize = 2 << 30;

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

/// Everything read so far.
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
    /// The symbols of the names that workers keep.
    lanes: BTreeMap<usize, Renaming>,
    /// Names that did not fit, per field.
    refused: [u64; Text::COUNT],
    chunks: Vec<(usize, Arc<Chunk>)>,
    chunk_bytes: usize,
    /// Events that are counted in series but not kept for drill-down.
    pub not_kept: u64,
    /// What was last made of all this; empty after the next block.
    stored: OnceLock<EventStore>,
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
            lanes: BTreeMap::new(),
            refused: [0; Text::COUNT],
            chunks: Vec::new(),
            chunk_bytes: 0,
            not_kept: 0,
            stored: OnceLock::new(),
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
        self.stored = OnceLock::new();
        let renaming = self.rename(source, &mut parsed);
        let maps = &renaming.maps;
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
        if let Some(fresh) = &parsed.fresh {
            self.lanes.insert(fresh.lane.worker, renaming);
        }
        let chunk = parsed.chunk;
        if self.chunk_bytes + chunk.bytes() <= STORE_BYTES_MAX {
            self.chunk_bytes += chunk.bytes();
            if !chunk.is_empty() {
                self.chunks.push((source, Arc::new(chunk)));
            }
        } else {
            self.not_kept += chunk.len() as u64;
        }
    }

    /// Gives the block's symbols their names among all; tells what its lane's are called.
    fn rename(&mut self, source: usize, parsed: &mut Parsed) -> Renaming {
        let lane = parsed.fresh.as_ref().map(|fresh| fresh.lane);
        let known = lane.and_then(|lane| self.lanes.remove(&lane.worker));
        let mut renaming = known
            .filter(|known| Some(known.turn) == lane.map(|lane| lane.turn))
            .unwrap_or_else(|| Renaming::new(lane.map_or(0, |lane| lane.turn)));
        for field in Text::ALL {
            let map = &mut renaming.maps[field as usize];
            let before = map.len();
            match &parsed.fresh {
                Some(fresh) => {
                    let names = fresh.iter(field);
                    map.extend(names.map(|name| self.symbol(field, source, name)));
                }
                None => {
                    let names = parsed.names[field as usize].iter();
                    map.extend(names.map(|(_, name)| self.symbol(field, source, name)));
                }
            }
            renaming.full[field as usize] |= map[before..].contains(&Symbol::OTHER);
            if renaming.full[field as usize] {
                self.refused[field as usize] += refused(parsed.chunk.text(field), map);
            }
            parsed.chunk.rename(field, map);
        }
        renaming
    }

    /// The symbol of a name among all names.
    fn symbol(&mut self, field: Text, source: usize, name: &[u8]) -> Symbol {
        match field {
            Text::Message => self.template(source, name),
            _ => self.names[field as usize].intern(name),
        }
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
        self.stored.get_or_init(|| self.made()).clone()
    }

    fn made(&self) -> EventStore {
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

    /// Names that did not fit, per field, and messages without a template, counted once a block.
    pub fn refused(&self) -> impl Iterator<Item = (Text, u64)> {
        let counts = Text::ALL.into_iter().zip(self.refused);
        counts.filter(|(_, refused)| *refused > 0)
    }
}

/// What the symbols of a lane are called among all names.
struct Renaming {
    turn: u64,
    maps: Vec<Vec<Symbol>>,
    /// Fields some of whose names did not fit.
    full: [bool; Text::COUNT],
}

impl Renaming {
    fn new(turn: u64) -> Self {
        Self {
            turn,
            maps: vec![vec![Symbol::NONE, Symbol::OTHER]; Text::COUNT],
            full: [false; Text::COUNT],
        }
    }
}

/// How many different names of a column did not fit.
fn refused(column: &[Symbol], map: &[Symbol]) -> u64 {
    let other = |symbol: &&Symbol| map[symbol.0 as usize] == Symbol::OTHER;
    let mut names: Vec<Symbol> = column.iter().filter(other).copied().collect();
    names.sort_unstable();
    names.dedup();
    names.len() as u64
}

/// The smallest and the largest, joined with an earlier range.
fn joined(range: Option<(i64, i64)>, times: impl Iterator<Item = i64>) -> Option<(i64, i64)> {
    let found = times.fold((i64::MAX, i64::MIN), |(a, b), time| {
        (a.min(time), b.max(time))
    });
    match range {
        _ if found.0 > found.1 => range,
        Some((first, last)) => Some((first.min(found.0), last.max(found.1))),
        None => Some(found),
    }
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
        let latencies = match side {
            StampSide::End => chunk.number(Number::LatencyUs),
            StampSide::Start => &[],
        };
        let times = chunk.time_ns.iter().copied();
        self.range = joined(self.range, times.clone());
        self.stamped = if latencies.is_empty() {
            joined(self.stamped, times)
        } else {
            let stamp = |(time_ns, latency_us): (i64, &i64)| match *latency_us {
                ABSENT => time_ns,
                latency_us => time_ns.saturating_add(latency_us.saturating_mul(1000)),
            };
            joined(self.stamped, times.zip(latencies).map(stamp))
        };
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
            zone: planned.zone_reason.clone(),
            error: unreadable.or_else(|| self.error.clone()),
        }
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
