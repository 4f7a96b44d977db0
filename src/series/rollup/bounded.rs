//! How much memory a source's counts take, and how they are made to take less. Decides nothing: who
//! knows how much there is for all sources does.

use std::collections::BTreeMap;

use super::{CELLS_MAX, Cell, Rollup, WIDTHS_S};
use crate::series::queue::Steps;

impl Cell {
    /// Bytes of memory it holds beside itself.
    pub(super) fn held(&self) -> usize {
        let steps = self.steps.as_ref().map_or(0, |_| size_of::<Steps>());
        // The series made of them hold a copy of the durations.
        2 * self.latency.bytes() + steps + self.levels.held()
    }
}

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

    /// Bytes of memory its cells hold, about.
    pub fn memory(&self) -> usize {
        self.cells * size_of::<(i64, Cell)>() + self.held
    }

    /// Counts anew what its cells hold. Costs some ns a cell.
    pub(super) fn weigh(&mut self) {
        let cells = self.tables.values().flat_map(BTreeMap::values);
        self.held = cells.map(Cell::held).sum();
    }
}
