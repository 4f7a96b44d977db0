//! Events as a polars frame: the rows of one source in some stretches of time, for questions.

use std::ops::Range;

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use super::chunk::{ABSENT, Chunk};
use super::{EventStore, Number, Text};

/// The rows of a source that lie in one of `parts`, with a column `part` (the index of the
/// part), `time_ns`, all numbers that the source has (null where absent) and all texts as
/// symbols (0 where absent). Parts must not overlap. Costs some ns per row and column.
pub fn frame(
    store: &EventStore,
    source: usize,
    parts: &[Vec<Range<i64>>],
) -> PolarsResult<DataFrame> {
    let ranges: Vec<Range<i64>> = parts.concat();
    let chunks = store.touching(source, &ranges);
    let picked: Vec<Picked<'_>> = chunks.filter_map(|chunk| pick(chunk, parts)).collect();
    let height = picked.iter().map(|one| one.rows.len()).sum();
    let mut columns: Vec<Column> = Vec::new();
    let part: Vec<u32> = picked
        .iter()
        .flat_map(|one| one.rows.iter().map(|row| row.1))
        .collect();
    columns.push(Series::new("part".into(), part).into_column());
    let time_ns: Vec<i64> = picked
        .iter()
        .flat_map(|one| one.rows.iter().map(|row| one.chunk.time_ns[row.0]))
        .collect();
    columns.push(Series::new("time_ns".into(), time_ns).into_column());
    for field in Number::ALL {
        if picked.iter().any(|one| !one.chunk.number(field).is_empty()) {
            let value = |one: &Picked<'_>, row: usize| {
                one.chunk
                    .number(field)
                    .get(row)
                    .copied()
                    .filter(|n| *n != ABSENT)
            };
            let values: Vec<Option<i64>> = picked
                .iter()
                .flat_map(|one| one.rows.iter().map(move |row| value(one, row.0)))
                .collect();
            columns.push(Series::new(field.name().into(), values).into_column());
        }
    }
    for field in Text::ALL {
        if picked.iter().any(|one| !one.chunk.text(field).is_empty()) {
            let value = |one: &Picked<'_>, row: usize| {
                one.chunk.text(field).get(row).map_or(0, |symbol| symbol.0)
            };
            let values: Vec<u32> = picked
                .iter()
                .flat_map(|one| one.rows.iter().map(move |row| value(one, row.0)))
                .collect();
            columns.push(Series::new(field.name().into(), values).into_column());
        }
    }
    DataFrame::new(height, columns)
}

struct Picked<'a> {
    chunk: &'a Chunk,
    rows: Vec<(usize, u32)>,
}

fn pick<'a>(chunk: &'a Chunk, parts: &[Vec<Range<i64>>]) -> Option<Picked<'a>> {
    let part_of = |time_ns: i64| {
        parts
            .iter()
            .position(|ranges| ranges.iter().any(|range| range.contains(&time_ns)))
    };
    let rows: Vec<(usize, u32)> = (0..chunk.len())
        .filter_map(|row| part_of(chunk.time_ns[row]).map(|part| (row, part as u32)))
        .collect();
    (!rows.is_empty()).then_some(Picked { chunk, rows })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::events::{Interner, Symbol};

    #[test]
    fn rows_outside_all_parts_are_left_out_and_absent_numbers_are_null() {
        let mut chunk = Chunk::default();
        for time_ns in 0..10 {
            chunk.open(time_ns, 0, 0, 0);
            if time_ns % 2 == 0 {
                chunk.set_number(Number::Status, 200);
            }
            chunk.set_text(Text::Client, Symbol(2));
        }
        chunk.seal();
        let store = EventStore::new(vec![(3, Arc::new(chunk))], Arc::new(vec![Interner::new(1)]));
        let found = frame(&store, 3, &[vec![0..2, 4..5], vec![8..9]]).expect("a frame");
        assert_eq!(found.height(), 4);
        assert_eq!(found.column("status").expect("a column").null_count(), 1);
        assert!(found.column("endpoint").is_err());
        assert_eq!(
            frame(&store, 1, &[vec![0..9]]).expect("a frame").height(),
            0
        );
    }
}
