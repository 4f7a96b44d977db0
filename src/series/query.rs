//! Questions over event columns, answered by polars: how a source's events of a selection
//! and of its baseline fall on the values of one dimension.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use polars::prelude::{DataFrame, IntoLazy, PolarsError, col, len, lit};

use crate::events::frame::frame;
use crate::events::{Chunk, EventStore, Number, Symbol, Text, level};
use crate::formats::jobs::Step;

/// Events of one value of a dimension, or of all, in the baseline (0) and the selection (1).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Split {
    /// Events.
    pub events: [u64; 2],
    /// Those that are no message alone: what is said between requests is none.
    pub requests: [u64; 2],
    /// Failed requests (status 5xx or none).
    pub failed: [u64; 2],
    /// Messages of level error and worse.
    pub errors: [u64; 2],
    /// Events with a duration.
    pub timed: [u64; 2],
    /// Sum of durations, seconds.
    pub seconds: [f64; 2],
}

impl Split {
    /// What is left without another's events.
    pub fn without(&self, other: &Self) -> Self {
        let less =
            |a: [u64; 2], b: [u64; 2]| [a[0].saturating_sub(b[0]), a[1].saturating_sub(b[1])];
        Self {
            events: less(self.events, other.events),
            requests: less(self.requests, other.requests),
            failed: less(self.failed, other.failed),
            errors: less(self.errors, other.errors),
            timed: less(self.timed, other.timed),
            seconds: [
                self.seconds[0] - other.seconds[0],
                self.seconds[1] - other.seconds[1],
            ],
        }
    }

    /// Adds another's events.
    pub fn add(&mut self, other: &Self) {
        for part in [0, 1] {
            self.events[part] += other.events[part];
            self.requests[part] += other.requests[part];
            self.failed[part] += other.failed[part];
            self.errors[part] += other.errors[part];
            self.timed[part] += other.timed[part];
            self.seconds[part] += other.seconds[part];
        }
    }

    fn count(&mut self, part: usize, row: &Group) {
        self.events[part] += row.events;
        self.requests[part] += row.requests;
        self.failed[part] += row.failed;
        self.errors[part] += row.errors;
        self.timed[part] += row.timed;
        self.seconds[part] += row.micros as f64 / 1e6;
    }
}

/// Rows that are looked at in one frame, about: the next chunk begins another.
const FRAME_ROWS: usize = 1 << 17;

/// What a group of rows adds up to.
#[derive(Debug, Clone, Copy, Default)]
struct Group {
    events: u64,
    requests: u64,
    failed: u64,
    errors: u64,
    timed: u64,
    micros: i64,
}

impl Group {
    fn add(&mut self, other: Self) {
        self.events += other.events;
        self.requests += other.requests;
        self.failed += other.failed;
        self.errors += other.errors;
        self.timed += other.timed;
        self.micros = self.micros.saturating_add(other.micros);
    }
}

/// Groups by part and symbol.
type Groups = BTreeMap<(u32, u32), Group>;

/// The events of a source in a baseline and a selection, ready for questions. Each is answered by
/// frames of bounded size, one after the other.
pub struct Slice<'a> {
    store: &'a EventStore,
    source: usize,
    parts: [Vec<Range<i64>>; 2],
}

impl<'a> Slice<'a> {
    /// The rows in the two, which must not overlap; of a queue's those that were enqueued.
    pub fn new(
        store: &'a EventStore,
        source: usize,
        baseline: Vec<Range<i64>>,
        selection: Vec<Range<i64>>,
    ) -> Self {
        Self {
            store,
            source,
            parts: [baseline, selection],
        }
    }

    /// Which dimensions the source has, in the order of `Text::ALL`.
    pub fn dimensions(&self) -> Vec<Text> {
        let has = |field: &Text| self.store.has(self.source, *field);
        Text::ALL.into_iter().filter(has).collect()
    }

    /// All events together.
    pub fn whole(&self) -> Split {
        let mut whole = Split::default();
        for ((part, _), group) in self.groups(None) {
            whole.count(part as usize, &group);
        }
        whole
    }

    /// Events by the values of one dimension, in order of symbol; events without a value
    /// are under `Symbol::NONE`.
    pub fn by(&self, field: Text) -> Vec<(Symbol, Split)> {
        let mut splits: BTreeMap<Symbol, Split> = BTreeMap::new();
        for ((part, symbol), group) in self.groups(Some(field)) {
            splits
                .entry(Symbol(symbol))
                .or_default()
                .count(part as usize, &group);
        }
        splits.into_iter().collect()
    }

    fn groups(&self, field: Option<Text>) -> Groups {
        let ranges = self.parts.concat();
        let (mut chunks, mut rows) = (Vec::new(), 0);
        let mut groups = Groups::new();
        for (_, chunk) in self.store.touching(self.source, &ranges) {
            rows += chunk.len();
            chunks.push(chunk);
            if rows >= FRAME_ROWS {
                self.add(&chunks, field, &mut groups);
                chunks.clear();
                rows = 0;
            }
        }
        self.add(&chunks, field, &mut groups);
        groups
    }

    /// Adds the groups of some chunks; nothing where polars refuses the frame.
    fn add(&self, chunks: &[Arc<Chunk>], field: Option<Text>, groups: &mut Groups) {
        let numbers = [
            Number::Status,
            Number::Level,
            Number::LatencyUs,
            Number::JobStep,
        ];
        let numbers = numbers.into_iter();
        let has = |number: &Number| self.store.has_number(self.source, *number);
        let numbers: Vec<Number> = numbers.filter(has).collect();
        let known = [Text::Kind, Text::Message];
        let other = field.filter(|field| !known.contains(field));
        let has = |text: &Text| self.store.has(self.source, *text);
        let texts: Vec<Text> = known.into_iter().chain(other).filter(has).collect();
        let found = frame(chunks, &self.parts, &numbers, &texts)
            .and_then(counted)
            .and_then(|frame| grouped(&frame, field));
        for (key, group) in found.unwrap_or_default() {
            groups.entry(key).or_default().add(group);
        }
    }
}

fn grouped(frame: &DataFrame, field: Option<Text>) -> Result<Groups, PolarsError> {
    let has = |name: &str| frame.column(name).is_ok();
    let failed = match has("status") {
        true => col("status")
            .gt_eq(lit(500i64))
            .or(col("status").lt_eq(lit(0i64)))
            .sum(),
        false => lit(0u32),
    };
    let errors = match has("level") {
        true => col("level").gt_eq(lit(level::ERROR)).sum(),
        false => lit(0u32),
    };
    let (timed, micros) = match has("latency_us") {
        true => (col("latency_us").count(), col("latency_us").sum()),
        false => (lit(0u32), lit(0i64)),
    };
    // Neither a status nor a duration: a message alone.
    let mut is_message = match has(Text::Message.name()) {
        true => col(Text::Message.name()).neq(lit(Symbol::NONE.0)),
        false => lit(false),
    };
    for name in ["status", "latency_us"]
        .into_iter()
        .filter(|name| has(name))
    {
        is_message = is_message.and(col(name).is_null());
    }
    let key = field.map(Text::name).filter(|name| has(name));
    let groups = [
        col("part").alias("part_key"),
        col(key.unwrap_or("part")).alias("symbol_key"),
    ];
    let answer = frame.clone().lazy().group_by(groups).agg([
        len().alias("events_n"),
        is_message.sum().alias("messages_n"),
        failed.alias("failed_n"),
        errors.alias("errors_n"),
        timed.alias("timed_n"),
        micros.alias("micros_n"),
    ]);
    groups_of(&answer.collect()?)
}

/// Of a queue's steps the first says who wants what; the others follow from it. Among requests,
/// what has a kind of its own and no status is none: `Server api/a is DOWN`.
fn counted(frame: DataFrame) -> Result<DataFrame, PolarsError> {
    if frame.column(Number::JobStep.name()).is_ok() {
        let came = col(Number::JobStep.name()).eq(lit(Step::Enqueued as i64));
        return frame.lazy().filter(came).collect();
    }
    if ["status", "kind"]
        .iter()
        .any(|name| frame.column(name).is_err())
    {
        return Ok(frame);
    }
    let is_one = col("status")
        .is_not_null()
        .or(col("kind").eq(lit(Symbol::NONE.0)));
    frame.lazy().filter(is_one).collect()
}

fn groups_of(answer: &DataFrame) -> Result<Groups, PolarsError> {
    let column = |name: &str| -> Result<Vec<i64>, PolarsError> {
        let values = answer
            .column(name)?
            .cast(&polars::prelude::DataType::Int64)?;
        Ok(values
            .i64()?
            .iter()
            .map(|value| value.unwrap_or(0))
            .collect())
    };
    let (parts, symbols) = (column("part_key")?, column("symbol_key")?);
    let (events, failed) = (column("events_n")?, column("failed_n")?);
    let (errors, messages) = (column("errors_n")?, column("messages_n")?);
    let (timed, micros) = (column("timed_n")?, column("micros_n")?);
    let group = |i: usize| Group {
        events: events[i].unsigned_abs(),
        requests: (events[i] - messages[i]).unsigned_abs(),
        failed: failed[i].unsigned_abs(),
        errors: errors[i].unsigned_abs(),
        timed: timed[i].unsigned_abs(),
        micros: micros[i],
    };
    let key = |i: usize| (parts[i] as u32, symbols[i] as u32);
    Ok((0..parts.len()).map(|i| (key(i), group(i))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Interner;

    fn store() -> EventStore {
        let mut names = Interner::new(10);
        let clients = [names.intern(b"a"), names.intern(b"b")];
        let mut chunk = Chunk::default();
        for i in 0..100i64 {
            chunk.open(i, 0, 0, 0);
            chunk.set_number(
                Number::Status,
                if i >= 50 && i % 2 == 0 { 503 } else { 200 },
            );
            chunk.set_number(Number::LatencyUs, 1000);
            if i % 10 == 0 {
                chunk.set_number(Number::Level, i / 20);
            }
            chunk.set_text(Text::Client, clients[(i % 2) as usize]);
        }
        chunk.seal();
        EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(vec![names]))
    }

    #[test]
    fn events_fall_on_their_values_and_sum_to_the_whole() {
        let store = store();
        let slice = Slice::new(&store, 0, vec![0..50], vec![50..90]);
        let by = slice.by(Text::Client);
        assert_eq!(by.len(), 2);
        assert_eq!((by[0].1.events, by[0].1.failed), ([25, 20], [0, 20]));
        assert_eq!((by[1].1.events, by[1].1.failed), ([25, 20], [0, 0]));
        let whole = slice.whole();
        assert_eq!(
            (whole.events, whole.failed, whole.timed),
            ([50, 40], [0, 20], [50, 40])
        );
        // Levels 0 to 2, then 2 to 4.
        assert_eq!(whole.errors, [0, 1]);
        assert!((whole.seconds[1] - 0.04).abs() < 1e-12);
        assert_eq!(whole.without(&by[0].1).failed, [0, 0]);
    }

    #[test]
    fn what_has_a_kind_and_no_status_among_requests_is_none() {
        let mut chunk = Chunk::default();
        for kind in [None, Some(Symbol(2))] {
            chunk.open(5, 0, 0, 0);
            match kind {
                Some(kind) => chunk.set_text(Text::Kind, kind),
                None => chunk.set_number(Number::Status, 200),
            }
        }
        chunk.seal();
        let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(Vec::new()));
        let slice = Slice::new(&store, 0, vec![], vec![0..9]);
        assert_eq!(slice.whole().events, [0, 1]);
    }

    #[test]
    fn a_source_without_status_and_durations_is_counted_all_the_same() {
        let mut chunk = Chunk::default();
        chunk.open(5, 0, 0, 0);
        chunk.set_text(Text::Query, Symbol(2));
        chunk.seal();
        let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(Vec::new()));
        let slice = Slice::new(&store, 0, vec![], vec![0..9]);
        assert_eq!(slice.dimensions(), [Text::Query]);
        assert_eq!(slice.by(Text::Query)[0].1.events, [0, 1]);
    }
}
