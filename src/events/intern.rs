//! Text stored once and named by a number.
//!
//! The table is our own: open addressing over slots that hold a text of up to sixteen bytes
//! themselves, so that a look-up of an address or a word touches one slot and nothing else, and
//! growing needs no text. Interning was a third of what a line costs.

pub use super::key::same;
use super::key::{
    AT_ONCE, KEY_LENGTH, Key, LOOK, begin_equal, ends_equal, sample, sample_ends, sample_first,
};
use super::span::{Lengths, Span};
use crate::lines::bits::{BLOCK, bits, is};

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
    /// The texts, and `LOOK` bytes behind the last.
    bytes: Vec<u8>,
    ends: Vec<u32>,
    slots: Vec<Slot>,
    /// Symbols of texts that their keys do not hold and that came lately, by some of their bytes:
    /// few texts are long and many lines say the same.
    lately: Option<Box<[Late; LATELY]>>,
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

/// A text that came lately, and where it stands among the texts.
#[derive(Debug, Clone, Copy)]
struct Late {
    symbol: u32,
    span: Span,
}

/// Nothing came yet: no text that is looked for has this length.
const NEVER: Late = Late {
    symbol: 0,
    span: Span {
        start: 0,
        length: 0,
    },
};

/// How many of the latest are remembered; a power of two.
const LATELY: usize = 4096;

/// Slots of a table that holds something; a power of two as all sizes are.
const SLOTS_MIN: usize = 64;

impl Interner {
    /// An empty table for at most `capacity` texts.
    pub fn new(capacity: usize) -> Self {
        let mut interner = Self {
            bytes: Vec::new(),
            ends: vec![0],
            slots: Vec::new(),
            lately: None,
            capacity: capacity + 1,
            refused: 0,
        };
        interner.append(b"(other)");
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
            interner.append(text);
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

    /// Sets the symbols of those of some texts of a buffer, a bit each, that are known at one look;
    /// which are not: they are to be interned one by one. Nothing is new here, so that no order
    /// matters.
    pub fn known(
        &self,
        buffer: &[u8],
        (spans, lengths): (&[Span], &Lengths),
        texts: u64,
        symbols: &mut [Symbol; 64],
    ) -> u64 {
        let up_to = |bound: usize| lengths.up_to(bound as u8);
        let (short, half, look, all) = (
            up_to(KEY_LENGTH),
            up_to(LOOK / 2),
            up_to(LOOK),
            up_to(AT_ONCE),
        );
        let of = |i: usize| (buffer, spans[i]);
        // Texts of a kind together: nothing that differs is guessed.
        let (middle, long, longer) = (half & !short, look & !half, all & !look);
        each(texts & short, symbols, |i| self.short_at(of(i)));
        each(texts & middle, symbols, |i| self.long_at::<32>(of(i)));
        each(texts & long, symbols, |i| self.long_at::<64>(of(i)));
        each(texts & longer, symbols, |i| self.longer_at(of(i)));
        let mut unknown = [0; BLOCK];
        for (unknown, symbol) in unknown.iter_mut().zip(&*symbols) {
            *unknown = u8::from(*symbol == Symbol::NONE);
        }
        texts & bits(&unknown, |unknown| is(unknown, 1))
    }

    /// The symbol of the text of up to 16 bytes that a text begins with, if its first slot has it;
    /// else 0.
    #[inline]
    fn short_at(&self, (buffer, span): (&[u8], Span)) -> u32 {
        let Some(bytes) = span.first_of(buffer) else {
            return 0;
        };
        let key = Key::of_first(bytes, span.length as usize);
        let at = key.hash() & self.slots.len().wrapping_sub(1);
        let slot = self.slots.get(at).copied().unwrap_or_default();
        slot.symbol * u32::from(slot.key().equals(key))
    }

    /// The same of up to `N` bytes, if it came lately.
    #[inline]
    fn long_at<const N: usize>(&self, (buffer, span): (&[u8], Span)) -> u32 {
        let Some(first) = span.first_of::<N>(buffer) else {
            return 0;
        };
        let length = span.length as usize;
        let known = self.lately_at(sample_first(first, length));
        let begins = known.span.first_of(&self.bytes);
        let is_same = begins.is_some_and(|begins| begin_equal(first, begins, length));
        known.symbol * u32::from(is_same & (known.span.length == span.length))
    }

    /// The same of more, up to 192.
    #[inline]
    fn longer_at(&self, (buffer, span): (&[u8], Span)) -> u32 {
        let text = span.of_buffer(buffer);
        let known = self.lately_at(sample_ends(text));
        let is_same =
            known.span.length == span.length && ends_equal(known.span.of_buffer(&self.bytes), text);
        known.symbol * u32::from(is_same)
    }

    /// The text that came lately and has this sample.
    #[inline]
    fn lately_at(&self, sample: usize) -> Late {
        let lately = self.lately.as_ref();
        lately.map_or(NEVER, |lately| lately[sample % LATELY])
    }

    fn intern_long(&mut self, text: &[u8]) -> Symbol {
        let place = sample(text) % LATELY;
        let known = self.lately_at(place);
        if same(known.span.of_buffer(&self.bytes), text) {
            return Symbol(known.symbol);
        }
        let symbol = self.intern_key(text, Key::of(text));
        let (start, end) = (
            self.ends[symbol.0 as usize - 1],
            self.ends[symbol.0 as usize],
        );
        let lately = self.lately.get_or_insert_with(|| Box::new([NEVER; LATELY]));
        lately[place] = Late {
            symbol: symbol.0,
            span: Span::of(start as usize, end as usize),
        };
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
        self.append(text);
        // At most half full: then a search ends after one or two slots.
        if 2 * self.ends.len() > self.slots.len() {
            self.grow();
        }
        place(&mut self.slots, Slot::new(key, symbol));
        Symbol(symbol)
    }

    fn append(&mut self, text: &[u8]) {
        let start = self.ends.last().map_or(0, |end| *end as usize);
        self.bytes.truncate(start);
        self.bytes.extend_from_slice(text);
        self.ends.push(self.bytes.len() as u32);
        self.bytes.resize(start + text.len() + LOOK, 0);
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

/// Says the symbols of some texts, a bit each.
#[inline]
fn each(mut texts: u64, symbols: &mut [Symbol; 64], mut say: impl FnMut(usize) -> u32) {
    while texts != 0 {
        let i = texts.trailing_zeros() as usize;
        symbols[i] = Symbol(say(i));
        texts &= texts - 1;
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
        fn what_is_known_at_one_look_is_what_a_search_finds(
            texts in prop::collection::vec("[ab]{1,4}|[ab\0]{4,20}|[ab]{14,70}|[a-c]{60,250}", 1..64),
            others in prop::collection::vec("[ab]{1,4}|[ab]{14,70}|[a-c]{60,250}", 0..9),
            rows: u64,
            behind in "[ab]{0,200}",
        ) {
            let mut interner = Interner::new(60);
            others.iter().chain(texts.iter().step_by(2)).for_each(|text| {
                interner.intern(text.as_bytes());
            });
            let mut spans = Vec::new();
            let mut buffer = Vec::new();
            for text in &texts {
                spans.push(Span::of(buffer.len(), buffer.len() + text.len()));
                buffer.extend_from_slice(text.as_bytes());
            }
            buffer.extend_from_slice(behind.as_bytes());
            let rows = rows & (u64::MAX >> (64 - texts.len()));
            let mut symbols = [Symbol::NONE; 64];
            let unknown = interner.known(&buffer, (&spans, &Lengths::of(&spans)), rows, &mut symbols);
            prop_assert_eq!(unknown & !rows, 0);
            for (i, text) in texts.iter().enumerate() {
                let is_known = rows & !unknown & 1 << i != 0;
                let expected = interner.find(text.as_bytes()).filter(|_| is_known);
                prop_assert_eq!(symbols[i], expected.unwrap_or(Symbol::NONE));
            }
        }

        #[test]
        fn the_latest_text_is_known_at_one_look(text in "[ -~]{1,192}", first in "[ab]{40}") {
            let mut interner = Interner::new(9);
            interner.intern(text.as_bytes());
            let buffer = format!("{first}{text}{first}{first}");
            let spans = [Span::of(40, 40 + text.len())];
            let mut symbols = [Symbol::NONE; 64];
            prop_assert_eq!(interner.known(buffer.as_bytes(), (&spans, &Lengths::of(&spans)), 1, &mut symbols), 0);
            prop_assert_eq!(symbols[0], Symbol::FIRST);
        }

        #[test]
        fn texts_are_the_same_if_all_bytes_are(text in "[ab]{0,250}", other in "[ab]{0,70}", at in 0usize..250) {
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
