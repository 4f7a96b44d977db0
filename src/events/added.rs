//! What a table of names took in since it was last asked.
//!
//! In: a table and how many symbols were known before. Out: the texts behind these, in the order
//! of their symbols. Numbers nothing itself.

use super::{Interner, Symbol};

/// Texts of one field whose symbols are new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    known: usize,
    bytes: Vec<u8>,
    /// Where the first text begins, and where each ends.
    ends: Vec<u32>,
}

impl Added {
    /// What a table holds beyond its first `known` symbols, `NONE` and `OTHER` among them.
    /// # Panics
    /// If it never held so many.
    pub fn since(names: &Interner, known: usize) -> Self {
        let mut added = Self {
            known,
            bytes: Vec::new(),
            ends: vec![0],
        };
        for id in known..names.len() {
            added
                .bytes
                .extend_from_slice(names.bytes(Symbol(id as u32)));
            added.ends.push(added.bytes.len() as u32);
        }
        added
    }

    /// All that a table holds.
    pub fn all(names: Interner) -> Self {
        let known = Symbol::FIRST.0 as usize;
        let (bytes, ends) = names.into_texts(known);
        Self { known, bytes, ends }
    }

    /// How many symbols the table held before.
    pub fn known(&self) -> usize {
        self.known
    }

    /// The texts; the first belongs to the symbol with the number `known`.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let places = self.ends.windows(2);
        places.map(|place| &self.bytes[place[0] as usize..place[1] as usize])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_came_later_is_added_in_its_order() {
        let mut names = Interner::new(10);
        names.intern(b"before");
        let known = names.len();
        for text in [&b"b"[..], b"", b"before", b"a"] {
            names.intern(text);
        }
        let added = Added::since(&names, known);
        let texts: Vec<&[u8]> = added.iter().collect();
        assert_eq!((added.known(), texts), (3, vec![&b"b"[..], b"", b"a"]));
        assert_eq!(Added::since(&names, names.len()).iter().count(), 0);
        let all = Added::all(names);
        let texts: Vec<&[u8]> = all.iter().collect();
        assert_eq!(
            (all.known(), texts),
            (2, vec![&b"before"[..], b"b", b"", b"a"])
        );
    }
}
