//! The rows of a tally, taken from the chunks one after the other, with the symbols of every
//! dimension beside them.

use super::Row;
use crate::events::store::RowRef;
use crate::events::{EventStore, Symbol};
use crate::series::dimension::Dimension;
use crate::series::sampled::{Parts, Strides};

/// How many rows of a source may be held at once by each of `holders` tallies.
pub fn rows_at_once(store: &EventStore, source: usize, holders: usize) -> usize {
    let (row, flag) = (size_of::<Row>(), size_of::<bool>());
    // The status is a dimension too.
    let status = size_of::<u32>();
    store.rows_at_once(source, row + flag + status, size_of::<u32>()) / holders.max(1)
}

impl Parts<'_> {
    /// The sampled rows, and for each dimension that they have the symbols of all of them.
    pub(super) fn sampled(
        &self,
        mut strides: Strides,
        most: usize,
    ) -> (Vec<Row>, Vec<(Dimension, Vec<Symbol>)>) {
        let ranges = [self.baseline, self.selection].concat();
        // Room that is not used costs nothing; growing would hold everything twice.
        let mut rows: Vec<Row> = Vec::with_capacity(most);
        let mut symbols: Vec<(Dimension, Vec<Symbol>)> =
            Dimension::all().map(|one| (one, Vec::new())).collect();
        for (index, chunk) in self.store.touching(self.source, &ranges) {
            let before = rows.len();
            self.for_each(&chunk, |row, selected| {
                let row = row as u32;
                let at = RowRef { chunk: index, row };
                let weight = strides.next(selected);
                rows.extend(weight.map(|weight| Row::of(&chunk, at, selected, weight)));
            });
            let added = &rows[before..];
            let has = |dimension: Dimension| !added.is_empty() && dimension.is_in(&chunk);
            for (dimension, column) in symbols.iter_mut().filter(|(one, _)| has(*one)) {
                column.reserve_exact(most.saturating_sub(column.len()));
                column.resize(before, Symbol::NONE);
                let symbol = |row: &Row| dimension.symbol_at(&chunk, row.at.row as usize);
                column.extend(added.iter().map(symbol));
            }
        }
        symbols.retain(|(_, column)| !column.is_empty());
        for (_, column) in &mut symbols {
            column.resize(rows.len(), Symbol::NONE);
        }
        (rows, symbols)
    }
}
