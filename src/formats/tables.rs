//! Tables of names that go from one batch of a source to the next.
//!
//! In: the tables after a batch. Out: the same for the batch behind it, so that a name which both
//! hold is taken in once. Messages have a table in each batch: their masks are few, and what a
//! batch remembers of them goes by it.

use super::Parsed;
use crate::events::{Added, Interner, Text};

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
    /// How many symbols each holds, `NONE` and `OTHER` among them.
    pub fn lengths(&self) -> [usize; Text::COUNT] {
        std::array::from_fn(|i| self.0[i].len())
    }

    /// Bytes of memory they hold, about.
    pub fn memory(&self) -> usize {
        self.0.iter().map(Interner::memory).sum()
    }
}

impl Parsed {
    /// What the tables hold beyond what they held before, one for each field.
    pub fn added_since(&self, known: &[usize; Text::COUNT]) -> Vec<Added> {
        let tables = self.names.iter().zip(known);
        tables
            .map(|(names, known)| Added::since(names, *known))
            .collect()
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
