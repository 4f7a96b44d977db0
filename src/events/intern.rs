//! Text stored once and named by a number.

use hashbrown::HashTable;

/// The name of an interned text. `NONE` is no text at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

impl Symbol {
    /// No text.
    pub const NONE: Self = Self(0);
    /// The text that stands for all that did not fit into a full table.
    pub const OTHER: Self = Self(1);
}

/// A table of distinct texts, bounded: when it is full, new texts become `OTHER` and are counted.
#[derive(Debug, Clone)]
pub struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    table: HashTable<u32>,
    capacity: usize,
    refused: u64,
}

impl Interner {
    /// An empty table for at most `capacity` texts.
    pub fn new(capacity: usize) -> Self {
        let mut interner = Self {
            bytes: Vec::new(),
            ends: vec![0],
            table: HashTable::new(),
            capacity: capacity + 1,
            refused: 0,
        };
        interner.bytes.extend_from_slice(b"(other)");
        interner.ends.push(7);
        interner
    }

    /// A table of texts by number: the first is `Symbol(2)`. Equal texts keep symbols of their own;
    /// `find` gives one of them. Nothing more can be interned.
    pub fn numbered<T: AsRef<[u8]>>(texts: impl IntoIterator<Item = T>) -> Self {
        let mut interner = Self::new(0);
        for text in texts {
            let id = interner.ends.len() as u32;
            interner.bytes.extend_from_slice(text.as_ref());
            interner.ends.push(interner.bytes.len() as u32);
            let (bytes, ends) = (&interner.bytes, &interner.ends);
            interner
                .table
                .insert_unique(hash(text.as_ref()), id, |&id| hash(slice(bytes, ends, id)));
        }
        interner
    }

    /// The symbol of a text: the same for the same bytes, numbered in order of first sight.
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        let hash = hash(text);
        let (bytes, ends) = (&self.bytes, &self.ends);
        if let Some(&id) = self.table.find(hash, |&id| slice(bytes, ends, id) == text) {
            return Symbol(id);
        }
        let id = self.ends.len() as u32;
        if id as usize > self.capacity || self.bytes.len() + text.len() > u32::MAX as usize {
            self.refused += 1;
            return Symbol::OTHER;
        }
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
        let (bytes, ends) = (&self.bytes, &self.ends);
        self.table
            .insert_unique(hash, id, |&id| self::hash(slice(bytes, ends, id)));
        Symbol(id)
    }

    /// The symbol of a text, if it was seen.
    pub fn find(&self, text: &[u8]) -> Option<Symbol> {
        self.table
            .find(hash(text), |&id| slice(&self.bytes, &self.ends, id) == text)
            .map(|&id| Symbol(id))
    }

    /// The bytes of a symbol; empty for `NONE`.
    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        slice(&self.bytes, &self.ends, symbol.0)
    }

    /// The symbol as printable text; empty for `NONE`.
    pub fn text(&self, symbol: Symbol) -> String {
        crate::text::printable_bytes(self.bytes(symbol))
    }

    /// All symbols with their bytes, in order of first sight, without `NONE` and `OTHER`.
    pub fn iter(&self) -> impl Iterator<Item = (Symbol, &[u8])> {
        (2..self.ends.len() as u32).map(|id| (Symbol(id), slice(&self.bytes, &self.ends, id)))
    }

    /// How many symbols, `NONE` and `OTHER` included: one more than the largest number.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when no text was interned.
    pub fn is_empty(&self) -> bool {
        self.ends.len() == 2
    }

    /// Makes it full as it is: what it does not hold is refused from now on.
    pub fn close(&mut self) {
        self.capacity = self.capacity.min(self.ends.len() - 1);
    }

    /// Bytes of memory it holds, about: the texts, where they end, and the table.
    pub fn memory(&self) -> usize {
        self.bytes.capacity() + self.ends.capacity() * 4 + self.table.capacity() * 6
    }

    /// How many calls found the table full.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

fn slice<'a>(bytes: &'a [u8], ends: &[u32], id: u32) -> &'a [u8] {
    match id {
        0 => &[],
        id => &bytes[ends[id as usize - 1] as usize..ends[id as usize] as usize],
    }
}

/// FNV-like over 8 bytes at a time with a final mix (the seed is fixed: the same run, the same table).
fn hash(text: &[u8]) -> u64 {
    const K: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = K ^ text.len() as u64;
    let (words, rest) = text.as_chunks::<8>();
    for word in words {
        state = (state.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(K);
    }
    let mut tail = [0u8; 8];
    tail[..rest.len()].copy_from_slice(rest);
    state = (state.rotate_left(5) ^ u64::from_le_bytes(tail)).wrapping_mul(K);
    state ^ (state >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_text_has_the_same_symbol() {
        let mut interner = Interner::new(10);
        let (a, b) = (interner.intern(b"a"), interner.intern(b"b"));
        assert_ne!(a, b);
        assert_eq!(interner.intern(b"a"), a);
        assert_eq!(interner.bytes(b), b"b");
        assert_eq!(interner.bytes(Symbol::NONE), b"");
    }

    #[test]
    fn a_full_table_says_other_and_counts() {
        let mut interner = Interner::new(1);
        interner.intern(b"a");
        assert_eq!(interner.intern(b"b"), Symbol::OTHER);
        assert_eq!(interner.refused(), 1);
        assert_eq!(interner.text(Symbol::OTHER), "(other)");
    }

    #[test]
    fn a_closed_table_knows_what_it_knew_and_refuses_the_rest() {
        let mut interner = Interner::new(10);
        let a = interner.intern(b"a");
        interner.close();
        assert_eq!(interner.intern(b"a"), a);
        assert_eq!((interner.intern(b"b"), interner.len()), (Symbol::OTHER, 3));
    }

    #[test]
    fn numbered_texts_keep_their_numbers_though_some_are_equal() {
        let interner = Interner::numbered(["a", "b", "a"]);
        let texts: Vec<String> = (1..5).map(|id| interner.text(Symbol(id))).collect();
        assert_eq!(texts, ["(other)", "a", "b", "a"]);
        assert_eq!(interner.find(b"b"), Some(Symbol(3)));
    }

    proptest! {
        #[test]
        fn every_text_comes_back(texts: Vec<Vec<u8>>) {
            let mut interner = Interner::new(10_000);
            let symbols: Vec<_> = texts.iter().map(|text| interner.intern(text)).collect();
            for (text, symbol) in texts.iter().zip(symbols) {
                prop_assert_eq!(interner.bytes(symbol), text.as_slice());
            }
        }
    }
}
