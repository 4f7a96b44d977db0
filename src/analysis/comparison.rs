//! Stretches of time against others, as tables: every signal with its contributors, every
//! dimension with its values, every pattern with its durations.
//!
//! In: a `Snapshot` and what is to be compared. Out: a `Comparison`. Concludes nothing: that is
//! the incidents' part, and the reader's. Costs what `select` does and a pass over the compared
//! rows per pattern.

use std::ops::Range;

use super::selection::{Selected, compared, side_by_side, signals_of};
use super::{Concluded, Input, Snapshot};
use crate::events::{Number, Symbol, Text};
use crate::incidents::attribution::Compared;
use crate::incidents::stretches::Stretches;
use crate::series::query::Split;
use crate::series::tally::{Column, Tally};
use crate::series::{Dimension, Histogram};

/// Values listed of a dimension.
const VALUES_MAX: usize = 6;
/// Patterns listed of a source and dimension.
const PATTERNS_MAX: usize = 20;
/// What is a pattern: what was asked for, and what was said.
const PATTERNS: [Text; 4] = [Text::Query, Text::Endpoint, Text::Message, Text::Kind];

/// What is compared with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A range, ns UTC, with all other data.
    Range(Range<i64>),
    /// The windows of an incident with the hour before them, the windows of all incidents left
    /// out.
    Windows {
        /// Its own.
        windows: Vec<Range<i64>>,
        /// Those of all.
        troubled: Vec<Range<i64>>,
    },
}

impl Asked {
    /// An incident of a snapshot. A window that is not over lasts until the end of the data.
    pub fn incident(snapshot: &Snapshot, concluded: &Concluded) -> Self {
        let end_ns = snapshot.range.map_or(i64::MAX, |(_, last)| last + 1);
        let windows = |one: &Concluded| -> Vec<Range<i64>> {
            let windows = one.incident.windows.iter();
            windows
                .map(|window| window.start.at_ns..window.end.map_or(end_ns, |end| end.at_ns))
                .collect()
        };
        let mut troubled: Vec<Range<i64>> = snapshot.incidents.iter().flat_map(windows).collect();
        troubled.sort_by_key(|range| (range.start, range.end));
        Self::Windows {
            windows: windows(concluded),
            troubled,
        }
    }

    fn stretches(&self, data: &Range<i64>) -> Stretches {
        match self {
            Self::Range(range) => Stretches::against_the_rest(range.clone(), data),
            Self::Windows { windows, troubled } => {
                Stretches::around(windows.clone(), data, troubled)
            }
        }
    }
}

/// The tables.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// Every signal that can be split, in the order of the sources.
    pub signals: Vec<Selected>,
    /// Every dimension of every source; the one that differs most first.
    pub dimensions: Vec<Values>,
    /// Statements, endpoints, messages and types of jobs; those of which one explains most first.
    pub patterns: Vec<Patterns>,
}

/// One dimension of one source.
#[derive(Debug, Clone, PartialEq)]
pub struct Values {
    /// The source's label.
    pub source: String,
    /// The dimension's name.
    pub dimension: &'static str,
    /// How many values it has.
    pub distinct: usize,
    /// How far the two differ: the share of events that would have to change their value, in
    /// `[0, 1]` (total variation); 0 without a baseline.
    pub difference: f64,
    /// Those whose share of the events changed most, the largest change first.
    pub rows: Vec<Value>,
}

/// One value before and during. Where there is no baseline, what was before is NaN.
#[derive(Debug, Clone, PartialEq)]
pub struct Value {
    /// In words; printable.
    pub value: String,
    /// Its share of the events, in `[0, 1]`.
    pub share: [f64; 2],
    /// Share of its requests that failed; NaN where no request was.
    pub failed: [f64; 2],
    /// Mean duration, seconds; NaN where none is known.
    pub mean_s: [f64; 2],
    /// Its first event in the selection.
    pub first: Option<Place>,
}

/// Where an event stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The source as the user named it.
    pub path: String,
    /// Line number, from 1.
    pub line: u64,
    /// Byte offset in the (decompressed) source.
    pub offset: u64,
}

/// The patterns of one source and dimension.
#[derive(Debug, Clone, PartialEq)]
pub struct Patterns {
    /// The source's label.
    pub source: String,
    /// `query`, `endpoint`, `message`, `kind`.
    pub dimension: &'static str,
    /// How many there are in the selection.
    pub distinct: usize,
    /// Those that took most extra time first; without durations those that came most often above
    /// their baseline.
    pub rows: Vec<Pattern>,
}

/// One pattern before and during.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Its text; printable.
    pub text: String,
    /// Events a second; NaN where there is no baseline.
    pub per_s: [f64; 2],
    /// Share of its requests that failed; NaN where no request was.
    pub failed: [f64; 2],
    /// Median, 95th and 99th percentile of its durations before and during, seconds.
    pub quantiles_s: [[Option<f64>; 3]; 2],
    /// Its part of the source's extra seconds, where the source took extra time.
    pub share_of_extra: Option<f64>,
    /// Its first event in the selection.
    pub first: Option<Place>,
}

/// Compares. Sources that have nothing in the selection are left out.
pub fn compare(snapshot: &Snapshot, asked: &Asked) -> Comparison {
    let parts = side_by_side(snapshot, |source, input| {
        let (first, last) = input.range?;
        let stretches = asked.stretches(&(first..last.saturating_add(1)));
        let compared = compared(snapshot, source, stretches)?;
        Some(of_source(snapshot, input, &compared))
    });
    let mut all = Comparison::default();
    for part in parts {
        all.signals.extend(part.signals);
        all.dimensions.extend(part.dimensions);
        all.patterns.extend(part.patterns);
    }
    // Stable: sources and dimensions in their order where they differ alike.
    all.dimensions
        .sort_by(|one, other| other.difference.total_cmp(&one.difference));
    let extra = |one: &Patterns| {
        let first = one.rows.first();
        first.and_then(|row| row.share_of_extra).unwrap_or(0.0)
    };
    all.patterns
        .sort_by(|one, other| extra(other).total_cmp(&extra(one)));
    all
}

fn of_source(snapshot: &Snapshot, input: &Input, compared: &Compared) -> Comparison {
    let tally = &compared.tally;
    let table = Table {
        snapshot,
        tally,
        lengths_s: compared.stretches.lengths_s(),
        scale: compared.stretches.scale(),
        has_status: snapshot.store.has_number(compared.source, Number::Status),
    };
    let columns = || tally.columns.iter().enumerate();
    let is_pattern = |column: &Column| matches!(column.dimension, Dimension::Text(field) if PATTERNS.contains(&field));
    Comparison {
        signals: signals_of(snapshot, input, compared),
        dimensions: columns()
            .map(|(index, column)| table.values(&input.label, index, column))
            .collect(),
        patterns: columns()
            .filter(|(_, column)| is_pattern(column))
            .map(|(index, column)| table.patterns(&input.label, index, column))
            .filter(|patterns| !patterns.rows.is_empty())
            .collect(),
    }
}

/// The rows of one source, and how long the two stretches are.
struct Table<'a> {
    snapshot: &'a Snapshot,
    tally: &'a Tally,
    lengths_s: [f64; 2],
    scale: f64,
    has_status: bool,
}

impl Table<'_> {
    fn values(&self, source: &str, index: usize, column: &Column) -> Values {
        let whole = &self.tally.whole;
        let share = |split: &Split| [0, 1].map(|part| part_of(split.events, whole.events, part));
        let change = |split: &Split| {
            let [before, during] = share(split);
            if before.is_nan() {
                during
            } else {
                (during - before).abs()
            }
        };
        let mut order: Vec<(f64, usize)> = named(column)
            .map(|(number, split)| (change(split), number))
            .collect();
        let compared = whole.events[0] > 0;
        // What left one value came to another: half of all changes. Events without a value too.
        let none = column.splits.first().map_or(0.0, change);
        let difference = (order.iter().map(|(change, _)| change).sum::<f64>() + none) / 2.0;
        largest_first(&mut order);
        let row = |(_, number): &(f64, usize)| {
            let split = &column.splits[*number];
            Value {
                value: self.text(column, *number),
                share: share(split),
                failed: self.failed(split),
                mean_s: [0, 1].map(|part| mean_s(split, part)),
                first: self.first(index, *number),
            }
        };
        Values {
            source: source.to_owned(),
            dimension: column.dimension.name(),
            distinct: column.values(),
            difference: if compared { difference } else { 0.0 },
            rows: order.iter().take(VALUES_MAX).map(row).collect(),
        }
    }

    fn patterns(&self, source: &str, index: usize, column: &Column) -> Patterns {
        let extra_s = |split: &Split| split.seconds[1] - split.seconds[0] * self.scale;
        let timed = self.tally.whole.timed[1] > 0;
        let size = |split: &Split| match timed {
            true => extra_s(split),
            false => split.events[1] as f64 - split.events[0] as f64 * self.scale,
        };
        let mut order: Vec<(f64, usize)> = named(column)
            .filter(|(_, split)| split.events[1] > 0)
            .map(|(number, split)| (size(split), number))
            .collect();
        largest_first(&mut order);
        let all_s = extra_s(&self.tally.whole);
        let one = |(_, number): &(f64, usize)| {
            let split = &column.splits[*number];
            let durations = self.tally.durations(&[(index, *number as u32)]);
            let per_s = |part: usize| split.events[part] as f64 / self.lengths_s[part];
            Pattern {
                text: self.text(column, *number),
                per_s: [0, 1].map(per_s),
                failed: self.failed(split),
                quantiles_s: durations.map(|durations| quantiles_s(&durations)),
                share_of_extra: (timed && self.scale > 0.0 && all_s > 0.0)
                    .then(|| extra_s(split) / all_s),
                first: self.first(index, *number),
            }
        };
        Patterns {
            source: source.to_owned(),
            dimension: column.dimension.name(),
            distinct: order.len(),
            rows: order.iter().take(PATTERNS_MAX).map(one).collect(),
        }
    }

    fn failed(&self, split: &Split) -> [f64; 2] {
        match self.has_status {
            true => [0, 1].map(|part| part_of(split.failed, split.requests, part)),
            false => [f64::NAN; 2],
        }
    }

    fn text(&self, column: &Column, number: usize) -> String {
        let symbol: Symbol = column.symbols[number];
        column.dimension.value(&self.snapshot.store, symbol)
    }

    fn first(&self, index: usize, number: usize) -> Option<Place> {
        let at = self.tally.first(&[(index, number as u32)])?;
        let line = self.snapshot.store.line(at)?;
        Some(Place {
            path: self.snapshot.inputs[line.source].path.clone(),
            line: line.line,
            offset: line.offset,
        })
    }
}

/// The values of a column by number, without "no value".
fn named(column: &Column) -> impl Iterator<Item = (usize, &Split)> {
    column.splits.iter().enumerate().skip(1)
}

fn largest_first(order: &mut [(f64, usize)]) {
    order.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
}

fn part_of(some: [u64; 2], all: [u64; 2], part: usize) -> f64 {
    some[part] as f64 / all[part] as f64
}

fn mean_s(split: &Split, part: usize) -> f64 {
    split.seconds[part] / split.timed[part] as f64
}

/// Median, 95th and 99th percentile; `None` without a duration.
fn quantiles_s(durations: &Histogram) -> [Option<f64>; 3] {
    [0.5, 0.95, 0.99].map(|p| durations.quantile_us(p).map(|us| us as f64 / 1e6))
}
