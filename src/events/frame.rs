//! Events as a polars frame: the rows of some chunks in some stretches of time, for questions.

use std::ops::Range;
use std::sync::Arc;

use polars::prelude::{Column, DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

use super::chunk::{ABSENT, Chunk};
use super::{Number, Text};

/// The rows of some chunks that lie in one of `parts`, with a column `part` (the index of the
/// part), the numbers asked for (null where absent) and the texts asked for as symbols (0 where
/// absent). Parts must not overlap. Costs some ns per row and column.
pub fn frame(
    chunks: &[Arc<Chunk>],
    parts: &[Vec<Range<i64>>],
    numbers: &[Number],
    texts: &[Text],
) -> PolarsResult<DataFrame> {
    let picked: Vec<Picked<'_>> = chunks
        .iter()
        .filter_map(|chunk| pick(chunk, parts))
        .collect();
    let height = picked.iter().map(|one| one.rows.len()).sum();
    let mut columns: Vec<Column> = Vec::new();
    let part: Vec<u32> = picked
        .iter()
        .flat_map(|one| one.rows.iter().map(|row| row.1))
        .collect();
    columns.push(Series::new("part".into(), part).into_column());
    for field in numbers {
        let value = |one: &Picked<'_>, row: usize| {
            let column = one.chunk.number(*field);
            column.get(row).copied().filter(|n| *n != ABSENT)
        };
        let values: Vec<Option<i64>> = picked
            .iter()
            .flat_map(|one| one.rows.iter().map(move |row| value(one, row.0)))
            .collect();
        columns.push(Series::new(field.name().into(), values).into_column());
    }
    for field in texts {
        let value = |one: &Picked<'_>, row: usize| {
            one.chunk.text(*field).get(row).map_or(0, |symbol| symbol.0)
        };
        let values: Vec<u32> = picked
            .iter()
            .flat_map(|one| one.rows.iter().map(move |row| value(one, row.0)))
            .collect();
        columns.push(Series::new(field.name().into(), values).into_column());
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
    use super::*;
    use crate::events::Symbol;

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
        let chunks = [Arc::new(chunk)];
        let parts = [vec![0..2, 4..5], vec![8..9]];
        let asked = |numbers: &[Number], parts: &[Vec<Range<i64>>]| {
            frame(&chunks, parts, numbers, &[Text::Client]).expect("a frame")
        };
        let found = asked(&[Number::Status], &parts);
        assert_eq!(found.height(), 4);
        assert_eq!(found.column("status").expect("a column").null_count(), 1);
        assert!(asked(&[], &parts).column("status").is_err());
        assert_eq!(asked(&[], &[vec![20..30]]).height(), 0);
    }
}
