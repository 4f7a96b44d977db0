//! The dimensions by which events are told apart: text fields, and the class of the status.

use crate::events::{Chunk, EventStore, Number, Symbol, Text};

/// Something by which events can be told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// A text field.
    Text(Text),
    /// The hundred of the status: `2xx`, `5xx`; `none` where there was no response.
    Status,
}

impl Dimension {
    /// All, text fields first, in column order.
    pub fn all() -> impl Iterator<Item = Self> {
        Text::ALL.into_iter().map(Self::Text).chain([Self::Status])
    }

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text(field) => field.name(),
            Self::Status => "status",
        }
    }

    /// A value in words, printable.
    pub fn value(self, store: &EventStore, symbol: Symbol) -> String {
        match self {
            Self::Text(field) => store.text(field, symbol),
            Self::Status if symbol == NO_RESPONSE => "none".to_owned(),
            Self::Status => format!("{}xx", symbol.0),
        }
    }

    /// Whether a chunk has the column.
    pub fn is_in(self, chunk: &Chunk) -> bool {
        match self {
            Self::Text(field) => !chunk.text(field).is_empty(),
            Self::Status => !chunk.number(Number::Status).is_empty(),
        }
    }

    /// The value of a row; `Symbol::NONE` where it has none.
    pub fn symbol_at(self, chunk: &Chunk, row: usize) -> Symbol {
        match self {
            Self::Text(field) => chunk.text(field).get(row).copied().unwrap_or(Symbol::NONE),
            Self::Status => match chunk.number_at(Number::Status, row) {
                None => Symbol::NONE,
                Some(status @ 100..1000) => Symbol((status / 100) as u32),
                Some(_) => NO_RESPONSE,
            },
        }
    }
}

/// Stands for a status of 0: no response.
pub const NO_RESPONSE: Symbol = Symbol(u32::MAX);
