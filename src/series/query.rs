//! Questions over event columns, answered by polars: how a source's events of a selection
//! and of its baseline fall on the values of one dimension.

use std::ops::Range;

use polars::prelude::{DataFrame, IntoLazy, PolarsError, col, len, lit};

use crate::events::frame::frame;
use crate::events::{EventStore, Number, Symbol, Text};
use crate::formats::jobs::Step;

/// Events of one value of a dimension, or of all, in the baseline (0) and the selection (1).
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Split {
    /// Events.
    pub events: [u64; 2],
    /// Failed requests (status 5xx or none).
    pub failed: [u64; 2],
    /// Messages of level error and worse. A `Slice` does not ask for them.
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
            self.failed[part] += other.failed[part];
            self.errors[part] += other.errors[part];
            self.timed[part] += other.timed[part];
            self.seconds[part] += other.seconds[part];
        }
    }

    fn count(&mut self, part: usize, row: &Row) {
        self.events[part] += row.events;
        self.failed[part] += row.failed;
        self.timed[part] += row.timed;
        self.seconds[part] += row.micros as f64 / 1e6;
    }
}

struct Row {
    part: u32,
    symbol: u32,
    events: u64,
    failed: u64,
    timed: u64,
    micros: i64,
}

/// The events of a source in a baseline and a selection, ready for questions.
pub struct Slice {
    frame: DataFrame,
}

impl Slice {
    /// Takes the rows; of a queue's those that were enqueued. `None` if the frame cannot be built (it is too large for polars).
    pub fn new(
        store: &EventStore,
        source: usize,
        baseline: Vec<Range<i64>>,
        selection: Vec<Range<i64>>,
    ) -> Option<Self> {
        let frame = frame(store, source, &[baseline, selection]).ok()?;
        Some(Self {
            frame: counted(frame).ok()?,
        })
    }

    /// The events that have one value of a dimension. `None` if there is no such dimension.
    pub fn only(&self, field: Text, symbol: Symbol) -> Option<Self> {
        let is_it = col(field.name()).eq(lit(symbol.0));
        self.frame
            .clone()
            .lazy()
            .filter(is_it)
            .collect()
            .ok()
            .map(|frame| Self { frame })
    }

    /// Which dimensions the source has, in the order of `Text::ALL`.
    pub fn dimensions(&self) -> Vec<Text> {
        let has = |field: &Text| self.frame.column(field.name()).is_ok();
        Text::ALL.into_iter().filter(has).collect()
    }

    /// All events together.
    pub fn whole(&self) -> Split {
        let mut whole = Split::default();
        for row in self.grouped(None).unwrap_or_default() {
            whole.count(row.part as usize, &row);
        }
        whole
    }

    /// Events by the values of one dimension, in order of symbol; events without a value
    /// are under `Symbol::NONE`.
    pub fn by(&self, field: Text) -> Vec<(Symbol, Split)> {
        let mut splits: std::collections::BTreeMap<Symbol, Split> =
            std::collections::BTreeMap::new();
        for row in self.grouped(Some(field)).unwrap_or_default() {
            splits
                .entry(Symbol(row.symbol))
                .or_default()
                .count(row.part as usize, &row);
        }
        splits.into_iter().collect()
    }

    fn grouped(&self, field: Option<Text>) -> Result<Vec<Row>, PolarsError> {
        let has = |name: &str| self.frame.column(name).is_ok();
        let failed = match has("status") {
            true => col("status")
                .gt_eq(lit(500i64))
                .or(col("status").lt_eq(lit(0i64)))
                .sum(),
            false => lit(0u32),
        };
        let (timed, micros) = match has("latency_us") {
            true => (col("latency_us").count(), col("latency_us").sum()),
            false => (lit(0u32), lit(0i64)),
        };
        let key = field.map_or("part", Text::name);
        let groups = [col("part").alias("part_key"), col(key).alias("symbol_key")];
        let answer = self.frame.clone().lazy().group_by(groups).agg([
            len().alias("events_n"),
            failed.alias("failed_n"),
            timed.alias("timed_n"),
            micros.alias("micros_n"),
        ]);
        rows(&answer.collect()?)
    }
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

fn rows(answer: &DataFrame) -> Result<Vec<Row>, PolarsError> {
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
    let (timed, micros) = (column("timed_n")?, column("micros_n")?);
    let row = |i: usize| Row {
        part: parts[i] as u32,
        symbol: symbols[i] as u32,
        events: events[i].unsigned_abs(),
        failed: failed[i].unsigned_abs(),
        timed: timed[i].unsigned_abs(),
        micros: micros[i],
    };
    Ok((0..parts.len()).map(row).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::events::{Chunk, Interner};

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
            chunk.set_text(Text::Client, clients[(i % 2) as usize]);
        }
        chunk.seal();
        EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(vec![names]))
    }

    #[test]
    fn events_fall_on_their_values_and_sum_to_the_whole() {
        let slice = Slice::new(&store(), 0, vec![0..50], vec![50..90]).expect("a slice");
        let by = slice.by(Text::Client);
        assert_eq!(by.len(), 2);
        assert_eq!((by[0].1.events, by[0].1.failed), ([25, 20], [0, 20]));
        assert_eq!((by[1].1.events, by[1].1.failed), ([25, 20], [0, 0]));
        let whole = slice.whole();
        assert_eq!(
            (whole.events, whole.failed, whole.timed),
            ([50, 40], [0, 20], [50, 40])
        );
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
        let slice = Slice::new(&store, 0, vec![], vec![0..9]).expect("a slice");
        assert_eq!(slice.whole().events, [0, 1]);
    }

    #[test]
    fn a_source_without_status_and_durations_is_counted_all_the_same() {
        let mut chunk = Chunk::default();
        chunk.open(5, 0, 0, 0);
        chunk.set_text(Text::Query, Symbol(2));
        chunk.seal();
        let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(Vec::new()));
        let slice = Slice::new(&store, 0, vec![], vec![0..9]).expect("a slice");
        assert_eq!(slice.dimensions(), [Text::Query]);
        assert_eq!(slice.by(Text::Query)[0].1.events, [0, 1]);
    }
}
