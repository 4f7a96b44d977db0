//! The series of a source over a part of the time, counted again from its events into cells of any
//! width.
//!
//! In: the events that were kept, the cells, whose events are meant. Out: the series that
//! `assemble` makes of rollups, by the same definitions; what did not happen in that part is zero.
//! Leaves out what follows from all that came before, as a queue's backlog does. Judges nothing.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Counted, Maker, Nature};
use crate::clock::NS_PER_S;
use crate::events::{Chunk, EventStore, Number, Symbol, Text};
use crate::series::counter::Counter;
use crate::series::histogram::{BINS, bin_index};
use crate::series::rollup::{Cell, Key, Kinds, Rollup};
use crate::series::{Grid, Histogram, Series, tally};

/// Whose events are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whose {
    /// All of the source.
    All,
    /// Those with one value of a field.
    Value(Text, String),
    /// Those with a value of a field that is none of these.
    Others(Text, Vec<String>),
    /// The samples of one gauge of a metric file: its name and its labels.
    Gauge(String, String),
}

/// What is looked at closely.
pub struct Stretch<'a> {
    /// The events.
    pub store: &'a EventStore,
    /// Index of the source.
    pub source: usize,
    /// Its name in series.
    pub label: &'a str,
    /// What its events are.
    pub nature: Nature,
    /// The cells.
    pub grid: Grid,
    /// Those in which it has data.
    pub covered: Range<usize>,
    /// How long before the first cell work may have begun that is still in flight in it, ns.
    pub lasting_ns: i64,
}

impl Stretch<'_> {
    /// The time in which events are looked for, ns UTC.
    pub fn range(&self) -> Range<i64> {
        self.grid.start_ns.saturating_sub(self.lasting_ns)..self.grid.end_ns()
    }

    /// All series, for each of those whose events are meant, and whether their stamps are whole
    /// seconds. `None` where `goes_on`, which is asked
    /// before each chunk, said no. Costs some ten ns an event of the chunks that reach into the
    /// range.
    pub fn series(&self, whose: &[Whose], goes_on: &dyn Fn() -> bool) -> Option<Vec<Found>> {
        let mut parts: Vec<Part<'_>> = whose.iter().map(|one| self.part(one)).collect();
        let kinds = self.store.names(Text::Kind).map(Kinds::of);
        let range = [self.range()];
        for (_, chunk) in self.store.touching(self.source, &range) {
            if !goes_on() {
                return None;
            }
            self.count(&mut parts, &chunk, kinds.unwrap_or_default());
        }
        let found = parts.into_iter().map(|part| Found {
            whole_seconds: part.whole_seconds == Some(true),
            series: self.made(part),
        });
        Some(found.collect())
    }

    fn part<'a>(&self, whose: &'a Whose) -> Part<'a> {
        Part {
            whose,
            known: [Vec::new(), Vec::new()],
            cells: vec![Cell::default(); self.grid.n],
            whole_seconds: None,
            bins: Vec::new(),
        }
    }

    fn count(&self, parts: &mut [Part<'_>], chunk: &Chunk, kinds: Kinds) {
        let counter = Counter::new(chunk, kinds);
        let (from_ns, to_ns) = (self.grid.start_ns, self.grid.end_ns());
        for row in 0..chunk.len() {
            let start_ns = chunk.time_ns[row];
            let latency_us = chunk.number_at(Number::LatencyUs, row);
            let latency_us = latency_us.filter(|us| *us >= 0);
            let end_ns = start_ns.saturating_add(latency_us.unwrap_or(0).saturating_mul(1000));
            if start_ns >= to_ns || end_ns < from_ns {
                continue;
            }
            let bucket = self.grid.bucket(start_ns);
            for part in parts.iter_mut() {
                if !part.holds(self.store, chunk, row) {
                    continue;
                }
                if let Some(bucket) = bucket {
                    // A stamp is of the start or of the end of the work.
                    let is_whole = start_ns % NS_PER_S == 0 || end_ns % NS_PER_S == 0;
                    part.whole_seconds = Some(part.whole_seconds.unwrap_or(true) && is_whole);
                    counter.count(&mut part.cells[bucket], row);
                    let bin = latency_us.map(|us| (bucket as u32, bin_index(us as u64) as u16));
                    part.bins.extend(bin);
                }
                if latency_us.is_some() {
                    self.spread(&mut part.cells, start_ns.max(from_ns), end_ns.min(to_ns));
                }
            }
        }
        parts.iter_mut().for_each(Part::put_bins);
    }

    /// Time in flight, in the cells the work lasted.
    fn spread(&self, cells: &mut [Cell], start_ns: i64, end_ns: i64) {
        let mut from_ns = start_ns;
        let Some(first) = self.grid.bucket(start_ns) else {
            return;
        };
        for (i, cell) in cells.iter_mut().enumerate().skip(first) {
            let to_ns = end_ns.min(self.grid.time(i + 1));
            cell.busy_us += u64::try_from((to_ns - from_ns) / 1000).unwrap_or(0);
            if to_ns >= end_ns {
                return;
            }
            from_ns = to_ns;
        }
    }

    fn made(&self, part: Part<'_>) -> Vec<Series> {
        let key = Key {
            metric: Symbol::NONE,
            label: Symbol::NONE,
        };
        let names = match part.whose {
            Whose::Gauge(metric, label) => (metric.clone(), label.clone()),
            _ => <(String, String)>::default(),
        };
        let source = Counted {
            source: self.label,
            nature: self.nature,
            rollup: &Rollup::default(),
            stamped: (self.grid.start_ns, self.grid.end_ns()),
            names: BTreeMap::from([(key, names)]),
            narrowed: *part.whose != Whose::All,
        };
        let maker = Maker {
            source: &source,
            key,
            cells: part.cells,
            grid: self.grid,
            covered: self.covered.clone(),
            is_part: true,
        };
        maker.series_of(&BTreeMap::new())
    }
}

/// What was counted.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// All series.
    pub series: Vec<Series>,
    /// There are stamps, and all of them are whole seconds.
    pub whole_seconds: bool,
}

/// What is counted of those whose events are meant.
struct Part<'a> {
    whose: &'a Whose,
    /// By symbol whether it is meant, once it was seen: of the field, of a gauge's labels.
    known: [Vec<Option<bool>>; 2],
    cells: Vec<Cell>,
    whole_seconds: Option<bool>,
    /// Cell and bin of the durations of one chunk.
    bins: Vec<(u32, u16)>,
}

impl Part<'_> {
    fn holds(&mut self, store: &EventStore, chunk: &Chunk, row: usize) -> bool {
        let [known, labels] = &mut self.known;
        let at = |field: Text| chunk.text_at(field, row);
        match self.whose {
            Whose::All => true,
            Whose::Value(field, value) => {
                is_work(*field, chunk, row)
                    && at(*field).is_some_and(|symbol| {
                        ask(known, symbol, || store.text(*field, symbol) == *value)
                    })
            }
            Whose::Others(field, own) => {
                is_work(*field, chunk, row)
                    && at(*field).is_some_and(|symbol| {
                        ask(known, symbol, || !own.contains(&store.text(*field, symbol)))
                    })
            }
            Whose::Gauge(metric, label) => {
                let (name, of) = (at(Text::Metric), at(Text::Host));
                let (name, of) = (name.unwrap_or_default(), of.unwrap_or_default());
                ask(known, name, || store.text(Text::Metric, name) == *metric)
                    && ask(labels, of, || store.text(Text::Host, of) == *label)
            }
        }
    }

    fn put_bins(&mut self) {
        let mut bins = std::mem::take(&mut self.bins);
        bins.sort_unstable();
        let mut counts = [0u32; BINS];
        for run in bins.chunk_by(|one, other| one.0 == other.0) {
            let indices: Vec<u16> = run.iter().map(|(_, bin)| *bin).collect();
            let found = Histogram::of_indices(&indices, &mut counts);
            self.cells[run[0].0 as usize].latency.merge(&found);
        }
    }
}

/// Messages are counted by template whatever they say; of a dimension's values what is work.
fn is_work(field: Text, chunk: &Chunk, row: usize) -> bool {
    field == Text::Message || tally::counts(chunk, row)
}

/// A symbol's text is looked at once.
fn ask(known: &mut Vec<Option<bool>>, symbol: Symbol, is: impl FnOnce() -> bool) -> bool {
    let at = symbol.0 as usize;
    if known.len() <= at {
        known.resize(at + 1, None);
    }
    *known[at].get_or_insert_with(is)
}

#[cfg(test)]
mod tests;
