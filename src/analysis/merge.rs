//! Parsed blocks put together in the order of the sources: names, line numbers, counts.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::budget::Budget;
use super::plan::{Kind, Planned};
use super::work::Done;
use super::{Input, InputPart, UnparsedSample};
use crate::events::Number;
use crate::events::sightings::Sightings;
use crate::events::spill::Kept;
use crate::events::store::Opened;
use crate::events::{EventStore, Interner, Symbol, Text};
use crate::formats::{Miner, Parsed, SAMPLES_MAX, SourceKind, StampSide};
use crate::input::Part;
use crate::input::parts::Extent;
use crate::series::Rollup;
use crate::series::assemble::Nature;
use crate::series::rollup::Key;

/// Names kept per text field; further ones become `(other)` and are counted.
const NAMES_MAX: usize = 1 << 20;
/// Formats named beside a source's own.
const NAMED_MAX: usize = 3;
/// Blocks after which the tables are measured again.
const BLOCKS_MEASURED: u64 = 16;

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
    /// Lines whose events `--since` and `--until` leave out; among the headers.
    left_out: u64,
    bytes: u64,
    samples: Vec<UnparsedSample>,
    range: Option<(i64, i64)>,
    /// Why it was not read to its end.
    pub error: Option<String>,
    /// Requests that other sources may log too.
    pub sightings: Sightings,
}

/// Everything read so far. A copy costs the counts and names; the events are shared.
#[derive(Clone)]
pub struct Merged {
    /// One per planned source.
    pub tallies: Vec<Tally>,
    names: Vec<Arc<Interner>>,
    /// Events of each field whose name did not fit.
    unnamed: [u64; Text::COUNT],
    /// One per planned source; messages are named by their templates.
    miners: Vec<Miner>,
    /// The symbols of each source's templates.
    templates: Vec<Vec<Symbol>>,
    /// Source and number of each template in the order of the symbols.
    template_at: Vec<(usize, usize)>,
    /// The events for drill-down.
    pub kept: Kept,
    opened: Arc<Mutex<Opened>>,
    budget: Budget,
    blocks: u64,
    /// True once names or templates did not fit into the memory allowed.
    pub names_closed: bool,
    /// True once buckets were made wider to fit into the memory allowed.
    pub counts_widened: bool,
}

impl Merged {
    /// Nothing yet, of `n` sources; events that do not fit lie in a file in `spill_folder`.
    pub fn new(n: usize, budget: Budget, spill_folder: PathBuf) -> Self {
        let names = Text::ALL.iter();
        Self {
            tallies: vec![Tally::default(); n],
            names: names.map(|_| Arc::new(Interner::new(NAMES_MAX))).collect(),
            unnamed: [0; Text::COUNT],
            miners: vec![Miner::default(); n],
            templates: vec![Vec::new(); n],
            template_at: Vec::new(),
            kept: Kept::new(budget.columns, spill_folder),
            opened: Arc::default(),
            budget,
            blocks: 0,
            names_closed: false,
            counts_widened: false,
        }
    }

    /// Adds the next block. Blocks must come in reading order: names are numbered by it.
    pub fn add(&mut self, done: Done, side: StampSide) {
        let Done {
            source,
            bytes,
            mut parsed,
            rollup,
            foreign,
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
        let renamed = |key: Key| Key {
            metric: renamed(metrics, key.metric),
            label: renamed(labels, key.label),
        };
        tally.rollup.add(rollup, renamed);
        for (kind, rollup) in foreign {
            tally.foreign.entry(kind).or_default().add(rollup, renamed);
        }
        for (name, events) in std::mem::take(&mut parsed.read_by) {
            *tally.read_by.entry(name).or_default() += events;
        }
        let chunk = &mut parsed.chunk;
        let lines_before = tally.lines;
        chunk
            .line
            .iter_mut()
            .for_each(|line| *line += lines_before + 1);
        tally.count(&parsed, bytes, side);
        tally.sightings.add(&parsed.sightings);
        self.kept.join(source, parsed.chunk);
        self.blocks += 1;
        if self.blocks.is_multiple_of(BLOCKS_MEASURED) {
            self.bound();
        }
    }

    /// Keeps names and counts within what they may hold.
    fn bound(&mut self) {
        let names = self.names.iter().map(|names| names.memory());
        let miners = self.miners.iter().map(Miner::memory);
        if !self.names_closed && names.chain(miners).sum::<usize>() > self.budget.names {
            self.names_closed = true;
            let names = self.names.iter_mut();
            names.for_each(|names| Arc::make_mut(names).close());
            self.miners.iter_mut().for_each(Miner::close);
        }
        loop {
            let memory = |tally: &Tally| tally.rollups().map(Rollup::memory).sum::<usize>();
            let sizes = self.tallies.iter().map(memory);
            let sizes: Vec<usize> = sizes.collect();
            if sizes.iter().sum::<usize>() <= self.budget.counts {
                return;
            }
            // The largest that can be made smaller; the first of equals.
            let mut order: Vec<usize> = (0..sizes.len()).collect();
            order.sort_by_key(|&i| std::cmp::Reverse(sizes[i]));
            let mut tallies = order.into_iter();
            if !tallies.any(|i| self.tallies[i].widen()) {
                return;
            }
            self.counts_widened = true;
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
                _ => intern(&mut self.names[field as usize], bytes),
            });
        }
        parsed.chunk.rename(field, &map);
        if map[2..].contains(&Symbol::OTHER) {
            let unnamed = parsed.chunk.text(field).iter();
            let unnamed = unnamed.filter(|symbol| **symbol == Symbol::OTHER);
            self.unnamed[field as usize] += unnamed.count() as u64;
        }
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

    /// How the memory is divided.
    pub fn budget(&self) -> Budget {
        self.budget
    }

    /// How many templates the messages of a source have.
    pub fn templates_of(&self, source: usize) -> usize {
        self.templates[source].len()
    }

    /// The events for drill-down; shares the chunks. Messages bear the templates' texts of now.
    pub fn store(&self) -> EventStore {
        let mut names = self.names.clone();
        let texts = self.template_at.iter();
        names[Text::Message as usize] = Arc::new(Interner::numbered(
            texts.map(|(source, template)| self.miners[*source].text(*template)),
        ));
        EventStore::of(&self.kept, names, self.budget.room(), &self.opened)
    }

    /// Metric and label of each series of a source.
    pub fn names_of(&self, source: usize) -> BTreeMap<Key, (String, String)> {
        let text = |field: Text, symbol| self.names[field as usize].text(symbol);
        let keys = self.tallies[source]
            .rollups()
            .flat_map(|rollup| rollup.tables().keys());
        keys.map(|key| {
            (
                *key,
                (text(Text::Metric, key.metric), text(Text::Host, key.label)),
            )
        })
        .collect()
    }

    /// Events whose name of a field did not fit, and how many names did; for messages: events
    /// without a template, and templates.
    pub fn unnamed(&self) -> impl Iterator<Item = (Text, u64, usize)> {
        let held = |field: Text| match field {
            Text::Message => self.template_at.len(),
            // None and other are no names.
            _ => self.names[field as usize].len() - 2,
        };
        let fields = Text::ALL.iter();
        fields
            .map(move |field| (*field, self.unnamed[*field as usize], held(*field)))
            .filter(|(_, unnamed, _)| *unnamed > 0)
    }
}

/// The symbol of a name. A table that a snapshot still shows is copied before it grows.
fn intern(names: &mut Arc<Interner>, bytes: &[u8]) -> Symbol {
    match names.find(bytes) {
        Some(symbol) => symbol,
        None => Arc::make_mut(names).intern(bytes),
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

    /// Its counts of all kinds.
    pub fn rollups(&self) -> impl Iterator<Item = &Rollup> {
        std::iter::once(&self.rollup).chain(self.foreign.values())
    }

    /// Makes the buckets of its largest counts wider. False if they cannot be.
    fn widen(&mut self) -> bool {
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
