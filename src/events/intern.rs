//! Text stored once and named by a number.
//!
//! The table is our own: open addressing over slots that hold a text of up to sixteen bytes
//! themselves, so that a look-up of an address or a word touches one slot and nothing else, and
//! growing needs no text. Interning was a third of what a line costs.

use super::key::{KEY_LENGTH, Key, ends4, ends8, sample};

/// The name of an interned text. `NONE` is no text at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Symbol(pub u32);

impl Symbol {
    /// No text.
    pub const NONE: Self = Self(0);
    /// The text that stands for all that did not fit into a full table.
    pub const OTHER: Self = Self(1);
    /// The first that a table gives away.
    pub const FIRST: Self = Self(2);
}

/// A table of distinct texts, bounded: when it is full, new texts become `OTHER` and are counted.
#[derive(Debug, Clone)]
pub struct Interner {
    bytes: Vec<u8>,
    ends: Vec<u32>,
    slots: Vec<Slot>,
    /// Symbols of texts that their keys do not hold and that came lately, by some of their bytes:
    /// few texts are long and many lines say the same.
    lately: Vec<u32>,
    capacity: usize,
    refused: u64,
}

/// A place of the table; free while its symbol is `NONE`.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    first: u64,
    second: u64,
    length: u32,
    symbol: u32,
}

impl Slot {
    fn new(key: Key, symbol: u32) -> Self {
        Self {
            first: key.first,
            second: key.second,
            length: key.length,
            symbol,
        }
    }

    #[inline]
    fn key(&self) -> Key {
        Key {
            first: self.first,
            second: self.second,
            length: self.length,
        }
    }
}

/// How many of the latest are remembered; a power of two.
const LATELY: usize = 2048;

/// Slots of a table that holds something; a power of two as all sizes are.
const SLOTS_MIN: usize = 64;

impl Interner {
    /// An empty table for at most `capacity` texts.
    pub fn new(capacity: usize) -> Self {
        let mut interner = Self {
            bytes: Vec::new(),
            ends: vec![0],
            slots: Vec::new(),
            lately: Vec::new(),
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
            let key = Key::of(text.as_ref());
            interner.push(text.as_ref(), key);
        }
        interner
    }

    /// The same of texts that are hardly ever looked for: `find` goes through them one by one.
    pub fn listed<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut interner = Self::new(0);
        for text in texts {
            interner.bytes.extend_from_slice(text);
            interner.ends.push(interner.bytes.len() as u32);
        }
        interner
    }

    /// The symbol of a text: the same for the same bytes, numbered in order of first sight.
    #[inline]
    pub fn intern(&mut self, text: &[u8]) -> Symbol {
        if text.len() > KEY_LENGTH {
            return self.intern_long(text);
        }
        self.intern_key(text, Key::of(text))
    }

    /// The same of the first `length` bytes of a text. Where sixteen are there and the text is not
    /// longer, one slot mostly says it.
    #[inline]
    pub fn intern_first(&mut self, text: &[u8], length: usize) -> Symbol {
        match text.first_chunk() {
            Some(bytes) if length <= KEY_LENGTH => {
                let key = Key::of_first(bytes, length);
                let at = key.hash() & self.slots.len().wrapping_sub(1);
                match self.slots.get(at) {
                    Some(slot) if slot.key() == key && slot.symbol > 0 => Symbol(slot.symbol),
                    _ => self.intern_key(&text[..length], key),
                }
            }
            _ => self.intern(&text[..length]),
        }
    }

    fn intern_long(&mut self, text: &[u8]) -> Symbol {
        if self.lately.is_empty() {
            self.lately = vec![0; LATELY];
        }
        let place = sample(text) & (LATELY - 1);
        let known = Symbol(self.lately[place]);
        if same(self.bytes(known), text) {
            return known;
        }
        let symbol = self.intern_key(text, Key::of(text));
        self.lately[place] = symbol.0;
        symbol
    }

    fn intern_key(&mut self, text: &[u8], key: Key) -> Symbol {
        match self.look_up(text, key) {
            Some(symbol) => symbol,
            None => self.add(text, key),
        }
    }

    #[cold]
    fn add(&mut self, text: &[u8], key: Key) -> Symbol {
        if self.ends.len() > self.capacity || self.bytes.len() + text.len() > u32::MAX as usize {
            self.refused += 1;
            return Symbol::OTHER;
        }
        self.push(text, key)
    }

    fn push(&mut self, text: &[u8], key: Key) -> Symbol {
        let symbol = self.ends.len() as u32;
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
        // At most half full: then a search ends after one or two slots.
        if 2 * self.ends.len() > self.slots.len() {
            self.grow();
        }
        place(&mut self.slots, Slot::new(key, symbol));
        Symbol(symbol)
    }

    fn grow(&mut self) {
        let mut slots = vec![Slot::default(); (2 * self.slots.len()).max(SLOTS_MIN)];
        for slot in self.slots.iter().filter(|slot| slot.symbol > 0) {
            place(&mut slots, *slot);
        }
        self.slots = slots;
    }

    #[inline]
    fn look_up(&self, text: &[u8], key: Key) -> Option<Symbol> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = key.hash() & mask;
        // An empty table has no slot at all.
        while let Some(slot) = self.slots.get(at) {
            if slot.symbol == 0 {
                return None;
            }
            if slot.key() == key
                && (text.len() <= KEY_LENGTH || same(self.bytes(Symbol(slot.symbol)), text))
            {
                return Some(Symbol(slot.symbol));
            }
            at = (at + 1) & mask;
        }
        None
    }

    /// The symbol of a text, if it was seen.
    pub fn find(&self, text: &[u8]) -> Option<Symbol> {
        if self.slots.is_empty() {
            let mut listed = self.iter();
            return listed.find_map(|(symbol, known)| (known == text).then_some(symbol));
        }
        self.look_up(text, Key::of(text))
    }

    /// The bytes of a symbol; empty for `NONE`.
    #[inline]
    pub fn bytes(&self, symbol: Symbol) -> &[u8] {
        match symbol.0 as usize {
            0 => &[],
            id => &self.bytes[self.ends[id - 1] as usize..self.ends[id] as usize],
        }
    }

    /// The symbol as printable text; empty for `NONE`.
    pub fn text(&self, symbol: Symbol) -> String {
        crate::text::printable_bytes(self.bytes(symbol))
    }

    /// All symbols with their bytes, in order of first sight, without `NONE` and `OTHER`.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Symbol, &[u8])> {
        (Symbol::FIRST.0..self.ends.len() as u32).map(|id| (Symbol(id), self.bytes(Symbol(id))))
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
        self.bytes.capacity() + self.ends.capacity() * 4 + self.slots.capacity() * size_of::<Slot>()
    }

    /// How many calls found the table full.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

fn place(slots: &mut [Slot], slot: Slot) {
    let mask = slots.len() - 1;
    let mut at = slot.key().hash() & mask;
    while slots[at].symbol > 0 {
        at = (at + 1) & mask;
    }
    slots[at] = slot;
}

/// Whether two texts are equal; short ones without a call.
#[inline]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    match a.len() {
        8..=16 => ends8(a) == ends8(b),
        4..8 => ends4(a) == ends4(b),
        17..=32 => {
            let (last_a, last_b) = (&a[a.len() - 16..], &b[b.len() - 16..]);
            ends8(&a[..16]) == ends8(&b[..16]) && ends8(last_a) == ends8(last_b)
        }
        0..4 => a.iter().eq(b),
        _ => a == b,
    }
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
        let listed = Interner::listed([&b"a"[..], b"b", b"a"]);
        assert!(listed.iter().eq(interner.iter()));
        assert_eq!(
            (listed.find(b"b"), listed.find(b"c")),
            (Some(Symbol(3)), None)
        );
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

        #[test]
        fn the_first_bytes_of_a_text_are_a_text(texts in proptest::collection::vec("[ab]{0,3}|[ab\0]{4,20}|[ab]{30,50}", 0..40), behind in ".{0,20}") {
            let (mut interner, mut expected) = (Interner::new(30), Interner::new(30));
            for text in texts.iter().chain(&texts) {
                let all = format!("{text}{behind}");
                let symbol = interner.intern_first(all.as_bytes(), text.len());
                prop_assert_eq!(symbol, expected.intern(text.as_bytes()));
                prop_assert_eq!(symbol, interner.intern(text.as_bytes()));
            }
            prop_assert!(interner.iter().eq(expected.iter()));
        }

        #[test]
        fn texts_are_the_same_if_all_bytes_are(text in "[ab]{0,70}", other in "[ab]{0,70}", at in 0usize..70) {
            let mut changed = text.clone().into_bytes();
            if let Some(byte) = changed.get_mut(at) {
                *byte ^= 1;
            }
            for other in [text.as_bytes(), other.as_bytes(), &changed] {
                prop_assert_eq!(same(text.as_bytes(), other), text.as_bytes() == other);
            }
        }
    }
}
