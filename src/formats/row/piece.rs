//! Pieces of a line as texts: undone escapes, placeholders, symbols.
//!
//! In: slices of a line with what they are. Out: symbols in the block's tables of names. Knows
//! nothing of fields.

use std::borrow::Cow;

use super::{STATEMENT_LENGTH_MAX, TEXT_LENGTH_MAX};
use crate::events::{Symbol, Text};
use crate::formats::fingerprint::Quotes;
use crate::formats::{Parsed, path};

/// A text piece and how it must be treated before it is interned.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Piece<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) treatment: Treatment,
    pub(super) encoding: Encoding,
}

/// How a piece writes its bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    #[default]
    Bytes,
    JsonEscapes,
    /// A quote is written as two.
    DoubledQuotes,
    ByteList,
}

/// How the bytes of a piece become a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Treatment {
    /// As it is.
    #[default]
    Plain,
    /// A request target, normalised.
    Target,
    /// The same up to the first space.
    FirstWord,
    /// A statement, as its fingerprint.
    Statement(Quotes),
    /// A message, masked.
    Message,
}

impl Treatment {
    /// Longest part of a piece that is looked at, in bytes.
    pub(in crate::formats) fn length_max(self) -> usize {
        match self {
            Self::Statement(_) => STATEMENT_LENGTH_MAX,
            _ => 4 * TEXT_LENGTH_MAX,
        }
    }
}

impl<'a> Piece<'a> {
    fn decoded(&self) -> Cow<'a, [u8]> {
        let mut decoded = Vec::new();
        match self.encoding {
            Encoding::Bytes => return Cow::Borrowed(self.bytes),
            Encoding::JsonEscapes => crate::formats::escapes::unescape(self.bytes, &mut decoded),
            Encoding::DoubledQuotes => crate::formats::csv::undouble(self.bytes, &mut decoded),
            Encoding::ByteList => crate::formats::json::bytes_of(self.bytes, &mut decoded),
        }
        Cow::Owned(decoded)
    }
}

impl Parsed {
    /// The symbol of a text as its line has it.
    #[inline]
    pub(in crate::formats) fn symbol_of(
        &mut self,
        text: Text,
        bytes: &[u8],
        treatment: Treatment,
    ) -> Symbol {
        let kept = &bytes[..bytes.len().min(treatment.length_max())];
        self.intern_bytes(text, kept, treatment)
    }

    /// Keeps the identifying parts of the newest event's message.
    pub(super) fn take_parts(&mut self, message: &Piece<'_>) {
        let symbols = self.parts_of(&message.decoded());
        for (field, symbol) in Text::PARTS.into_iter().zip(symbols) {
            if symbol != Symbol::NONE {
                self.chunk.set_text(field, symbol);
            }
        }
    }

    /// The identifying parts of a message; `NONE` behind the last.
    pub(in crate::formats) fn parts_of(&mut self, message: &[u8]) -> [Symbol; Text::PARTS.len()] {
        let mut symbols = [Symbol::NONE; Text::PARTS.len()];
        let mut fields = Text::PARTS.into_iter().zip(&mut symbols);
        let kept = &message[..message.len().min(Treatment::Message.length_max())];
        self.messages.parts(kept, |part| {
            if let Some((field, symbol)) = fields.next() {
                *symbol = self.names[field as usize].intern(part);
            }
        });
        symbols
    }

    #[inline]
    pub(super) fn intern(&mut self, text: Text, piece: &Piece<'_>) -> Symbol {
        if piece.encoding == Encoding::Bytes {
            self.intern_bytes(text, piece.bytes, piece.treatment)
        } else {
            self.intern_bytes(text, &piece.decoded(), piece.treatment)
        }
    }

    #[inline]
    fn intern_bytes(&mut self, text: Text, bytes: &[u8], treatment: Treatment) -> Symbol {
        match treatment {
            Treatment::Plain => {
                let kept = &bytes[..bytes.len().min(TEXT_LENGTH_MAX)];
                return self.names[text as usize].intern(kept);
            }
            Treatment::Target => path::normalise(bytes, &mut self.scratch),
            Treatment::FirstWord => path::normalise_first_word(bytes, &mut self.scratch),
            Treatment::Statement(quotes) => {
                let names = &mut self.names[text as usize];
                let statements = &mut self.statements;
                return statements.symbol(bytes, quotes, names, &mut self.scratch);
            }
            Treatment::Message => {
                let names = &mut self.names[text as usize];
                return self.messages.symbol(bytes, names, &mut self.scratch);
            }
        }
        self.names[text as usize].intern(&self.scratch)
    }
}
