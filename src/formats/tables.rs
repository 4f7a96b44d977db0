//! Tables of names that go from one batch of a source to the next.
//!
//! In: the tables after a batch. Out: the same for the batch behind it, so that a name which both
//! hold is taken in once. Messages have a table in each batch: their masks are few, and what a
//! batch remembers of them goes by it.

use super::Parsed;
use crate::events::{Added, Brought, Interner, Text};

/// Names a table can hold: no batch has more lines.
const NAMES_MAX: usize = 1 << 20;

/// One table per text field, in the order of `Text::ALL`.
#[derive(Debug, Clone)]
pub struct Tables(pub(super) Vec<Interner>);

impl Default for Tables {
    fn default() -> Self {
        let fields = Text::ALL.iter();
        Self(fields.map(|_| Interner::new(NAMES_MAX)).collect())
    }
}

impl Tables {
    /// Bytes of memory they hold, about.
    pub fn memory(&self) -> usize {
        self.0.iter().map(Interner::memory).sum()
    }
}

impl Parsed {
    /// The names of the events that were not `brought` by a batch before, one list for each field.
    pub fn added(&self, brought: &mut [Brought; Text::COUNT]) -> [Added; Text::COUNT] {
        std::array::from_fn(|i| {
            let column = self.chunk.text(Text::ALL[i]);
            Added::of(column, &self.names[i], &mut brought[i])
        })
    }

    /// Takes the tables out, for the next batch of the source.
    pub fn take_tables(&mut self) -> Tables {
        let mut tables = std::mem::take(&mut self.names);
        if let Some(messages) = tables.get_mut(Text::Message as usize) {
            *messages = Interner::new(NAMES_MAX);
        }
        Tables(tables)
    }
}
