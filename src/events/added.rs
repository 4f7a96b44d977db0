//! Names that a chunk brings: those of its rows that were not brought before.
//!
//! In: a column of symbols, the table they are in, and what was brought of it. Out: the new ones
//! with their texts, in the order of the first row that has each. A name of no row is none of
//! them: rows decide, not the order in which a parser met it. Numbers nothing itself.

use super::{Interner, Symbol};

/// Which symbols of a table were brought.
#[derive(Debug, Clone, Default)]
pub struct Brought {
    /// All below this one.
    up_to: usize,
    /// Those from there on.
    beyond: Vec<bool>,
}

/// Names of one field that are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    symbols: Vec<Symbol>,
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Added {
    /// What a column of the table has beyond what was `brought`, which it is from now on.
    pub fn of(column: &[Symbol], names: &Interner, brought: &mut Brought) -> Self {
        let mut added = Self {
            symbols: Vec::new(),
            bytes: Vec::new(),
            ends: Vec::new(),
        };
        brought.up_to = brought.up_to.max(Symbol::FIRST.0 as usize);
        let up_to = u32::try_from(brought.up_to).unwrap_or(u32::MAX);
        let is_new = |symbol: &Symbol| symbol.0 >= up_to;
        // Without an early end: that is what the compiler can do many at a time.
        let any = column.iter().fold(false, |any, one| any | is_new(one));
        if any {
            added.take(column, names, brought);
        }
        added
    }

    fn take(&mut self, column: &[Symbol], names: &Interner, brought: &mut Brought) {
        let from = brought.up_to;
        brought.beyond.resize(names.len() - from, false);
        let left = brought.beyond.iter().filter(|is_there| !**is_there);
        let left = left.count();
        for symbol in column {
            if self.symbols.len() == left {
                break;
            }
            let Some(place) = (symbol.0 as usize).checked_sub(from) else {
                continue;
            };
            if !std::mem::replace(&mut brought.beyond[place], true) {
                self.symbols.push(*symbol);
                self.bytes.extend_from_slice(names.bytes(*symbol));
                self.ends.push(self.bytes.len() as u32);
            }
        }
        let all = brought.beyond.iter().take_while(|is_there| **is_there);
        let all = all.count();
        brought.up_to += all;
        brought.beyond.drain(..all);
    }

    /// The names with their symbols.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &[u8])> {
        let starts = std::iter::once(&0).chain(&self.ends);
        let places = starts.zip(&self.ends);
        let texts = places.map(|(start, end)| &self.bytes[*start as usize..*end as usize]);
        self.symbols.iter().copied().zip(texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_added_once_in_the_order_of_rows_and_those_of_no_row_later() {
        let mut names = Interner::new(10);
        let [a, b, c, d] = [&b"a"[..], b"", b"c", b"d"].map(|text| names.intern(text));
        let mut brought = Brought::default();
        let mut check = |column: &[Symbol], expected: &[(Symbol, &[u8])]| {
            let added = Added::of(column, &names, &mut brought);
            assert_eq!(added.iter().collect::<Vec<_>>(), expected, "{column:?}");
        };
        check(
            &[c, Symbol::NONE, a, c, Symbol::OTHER],
            &[(c, b"c"), (a, b"a")],
        );
        check(&[a, c, a], &[]);
        check(&[d, a, b, d], &[(d, b"d"), (b, b"")]);
        check(&[a, b, c, d], &[]);
    }
}
