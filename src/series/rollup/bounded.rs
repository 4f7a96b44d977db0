//! How much memory a source's counts take, and how they are made to take less. Decides nothing: who
//! knows how much there is for all sources does.

use std::collections::BTreeMap;

use super::{CELLS_MAX, Cell, Rollup, WIDTHS_S};
use crate::series::queue::Steps;

impl Rollup {
    /// Moves to coarser widths while there are too many cells.
    pub(super) fn bound(&mut self) {
        while self.cells > CELLS_MAX && self.width_index + 1 < WIDTHS_S.len() {
            self.coarsen();
        }
    }

    /// Makes its buckets wider, to hold fewer of them; false if they are the widest.
    pub fn widen(&mut self) -> bool {
        let can = self.width_index + 1 < WIDTHS_S.len();
        if can {
            self.coarsen();
        }
        can
    }

    /// Bytes of memory its cells hold, about. Costs some ns a cell.
    pub fn memory(&self) -> usize {
        let cells = self.tables.values().flat_map(BTreeMap::values);
        cells
            .map(|cell| {
                let steps = cell.steps.as_ref().map_or(0, |_| size_of::<Steps>());
                size_of::<(i64, Cell)>() + cell.latency.bins().len() * 16 + steps
            })
            .sum()
    }
}
