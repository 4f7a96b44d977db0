//! Statements that differ in their literals only: the fingerprint of all of them is written once.
//!
//! In: one statement after the other. Out: the symbol of each one's fingerprint. What stands
//! between literals is compared byte for byte and literals are passed over as the fingerprint
//! passes over them, so that the symbol is the one that writing the fingerprint anew would give.
//! A list of literals is one, however many they are, as it is in a fingerprint.

use std::ops::Range;

use super::{Literal, Quotes, fingerprint, written};
use crate::events::intern::same;
use crate::events::{Interner, Symbol};

/// Shapes are looked for by so many first bytes; shorter statements are always written.
const KEY: usize = 16;
/// How many different beginnings are told apart; a power of two.
const BEGINNINGS: usize = 64;
/// How many shapes of one beginning are remembered.
const SHAPES_MAX: usize = 4;
/// Longest statement of which the shape is remembered, in bytes: of longer ones it matters how long
/// lists are, since fingerprints are cut.
const LENGTH_MAX: usize = 2 * super::LENGTH_MAX;
/// Most literals and lists of a statement of which the shape is remembered.
const STRETCHES_MAX: usize = 32;

/// The shapes of the latest statements, with the symbols of their fingerprints.
#[derive(Debug, Clone, Default)]
pub struct Memo {
    /// Empty until the first statement comes.
    beginnings: Vec<Beginning>,
}

/// Shapes that may begin alike.
#[derive(Debug, Clone, Default)]
struct Beginning {
    shapes: Vec<Shape>,
    /// The one that the next new one replaces.
    oldest: usize,
}

/// A statement without its literals.
#[derive(Debug, Clone)]
struct Shape {
    quotes: Quotes,
    /// All that stands between literals.
    words: Vec<u8>,
    /// Up to where in `words` a stretch goes, and what stands behind it.
    stretches: Vec<(usize, Behind)>,
    /// How many line ends the words hold, if each has an indent behind it.
    line_ends: Option<usize>,
    symbol: Symbol,
}

/// What stands behind a stretch of words.
#[derive(Debug, Clone, Copy)]
enum Behind {
    One(Literal),
    /// Literals in brackets, with commas and white space between them.
    List,
    /// Nothing.
    End,
}

impl Memo {
    /// The symbol of a statement's fingerprint in `names`, the same table at each call. `out` is
    /// room to write in.
    pub fn symbol(
        &mut self,
        statement: &[u8],
        quotes: Quotes,
        names: &mut Interner,
        out: &mut Vec<u8>,
    ) -> Symbol {
        #[cfg(test)]
        if crate::formats::laws::is_plain() {
            fingerprint(statement, quotes, out);
            return names.intern(out);
        }
        let first = statement.first_chunk::<KEY>();
        let Some(first) = first.filter(|_| statement.len() <= LENGTH_MAX) else {
            fingerprint(statement, quotes, out);
            return names.intern(out);
        };
        self.beginnings.resize_with(BEGINNINGS, Beginning::default);
        let beginning = &mut self.beginnings[place_of(first)];
        let mut shapes = beginning.shapes.iter();
        if let Some(known) = shapes.find(|shape| shape.is_of(statement, quotes)) {
            return known.symbol;
        }
        let shape = Shape::of(statement, quotes, out);
        let symbol = names.intern(out);
        // What found no room is asked for again: a table counts what it refuses.
        if let Some(shape) = shape.filter(|_| symbol != Symbol::OTHER) {
            beginning.remember(Shape { symbol, ..shape });
        }
        symbol
    }

    /// The symbol of the statement that a text begins with, and how many line ends it holds: of a
    /// known one that ends where `is_end` says so of its length and its line ends, and has an indent
    /// behind each of these.
    #[inline]
    pub fn first_of(
        &self,
        text: &[u8],
        quotes: Quotes,
        is_end: impl Fn(usize, usize) -> bool,
    ) -> Option<(Symbol, usize)> {
        let text = &text[..text.len().min(LENGTH_MAX)];
        let first = text.first_chunk::<KEY>()?;
        let mut shapes = self.beginnings.get(place_of(first))?.shapes.iter();
        let is_it = |shape: &&Shape| {
            let lines = shape.line_ends.filter(|_| quotes == shape.quotes);
            let behind = lines.and_then(|_| shape.behind_last(text));
            behind.zip(lines).is_some_and(|(behind, lines)| {
                let length = text.len() - behind.len();
                !text[length - 1].is_ascii_whitespace() && is_end(length, lines)
            })
        };
        let known = shapes.find(is_it)?;
        Some((known.symbol, known.line_ends?))
    }

    /// Bytes of memory it holds, about.
    pub fn memory(&self) -> usize {
        let shapes = self.beginnings.iter().flat_map(|one| &one.shapes);
        let held = shapes.map(|shape| {
            size_of::<Shape>()
                + shape.words.capacity()
                + shape.stretches.capacity() * size_of::<(usize, Behind)>()
        });
        self.beginnings.capacity() * size_of::<Beginning>() + held.sum::<usize>()
    }
}

impl Beginning {
    fn remember(&mut self, shape: Shape) {
        if self.shapes.len() < SHAPES_MAX {
            self.shapes.push(shape);
        } else {
            self.shapes[self.oldest] = shape;
            self.oldest = (self.oldest + 1) % SHAPES_MAX;
        }
    }
}

impl Shape {
    /// The shape of a statement, whose fingerprint is written into `out`. `None` for one of many
    /// literals.
    fn of(statement: &[u8], quotes: Quotes, out: &mut Vec<u8>) -> Option<Self> {
        let mut literals = Vec::new();
        written(statement, quotes, out, |place, literal| {
            literals.push((place, literal));
        });
        let mut words = Vec::with_capacity(statement.len());
        let mut stretches = Vec::new();
        let (mut left, mut from) = (literals.as_slice(), 0);
        while let Some(((place, literal), others)) = left.split_first() {
            words.extend_from_slice(&statement[from..place.start]);
            let in_list = match words.ends_with(b"(") {
                true => in_list(statement, left),
                false => 0,
            };
            let (behind, one) = match in_list {
                0 => (Behind::One(*literal), (others, place.end)),
                n => (Behind::List, (&left[n..], left[n - 1].0.end)),
            };
            stretches.push((words.len(), behind));
            (left, from) = one;
        }
        words.extend_from_slice(&statement[from..]);
        stretches.push((words.len(), Behind::End));
        (stretches.len() <= STRETCHES_MAX).then_some(Self {
            quotes,
            line_ends: indented(&words, &stretches),
            words,
            stretches,
            symbol: Symbol::NONE,
        })
    }

    /// Whether a statement is of this shape.
    fn is_of(&self, statement: &[u8], quotes: Quotes) -> bool {
        quotes == self.quotes && self.behind_last(statement).is_some_and(<[u8]>::is_empty)
    }

    /// What stands behind the last stretch. `None` where a stretch does not stand in its place.
    #[inline]
    fn behind_last<'a>(&self, statement: &'a [u8]) -> Option<&'a [u8]> {
        let (mut rest, mut from) = (statement, 0);
        for (to, behind) in &self.stretches {
            let words = &self.words[from..*to];
            let (front, behind_words) = rest.split_at_checked(words.len())?;
            rest = same(front, words).then_some(behind_words)?;
            rest = match behind {
                Behind::One(literal) => literal.behind(rest)?,
                Behind::List => behind_list(rest, self.quotes)?,
                Behind::End => rest,
            };
            from = *to;
        }
        Some(rest)
    }
}

/// How many line ends there are, if each has an indent behind it in its stretch.
fn indented(words: &[u8], stretches: &[(usize, Behind)]) -> Option<usize> {
    let is_indented = |at: usize| {
        let has_literal = stretches.iter().any(|(to, _)| *to == at + 1);
        !has_literal && matches!(words.get(at + 1), Some(b' ' | b'\t'))
    };
    let mut ends = memchr::memchr_iter(b'\n', words);
    ends.try_fold(0, |count, at| is_indented(at).then_some(count + 1))
}

/// How many of the literals are a list that ends with a bracket; 0 where other words stand in it.
fn in_list(statement: &[u8], literals: &[(Range<usize>, Literal)]) -> usize {
    let is_next = |pair: &&[(Range<usize>, Literal)]| {
        let between = &statement[pair[0].0.end..pair[1].0.start];
        !between.is_empty() && between.iter().all(is_gap)
    };
    let last = literals.windows(2).take_while(is_next).count();
    match statement.get(literals[last].0.end) {
        Some(b')') => last + 1,
        _ => 0,
    }
}

/// What stands behind literals with gaps between them.
fn behind_list(mut text: &[u8], quotes: Quotes) -> Option<&[u8]> {
    loop {
        text = Literal::of(text, quotes)?.behind(text)?;
        let gap = text.iter().take_while(|byte| is_gap(byte)).count();
        if gap == 0 {
            return Some(text);
        }
        text = &text[gap..];
    }
}

fn is_gap(byte: &u8) -> bool {
    *byte == b',' || byte.is_ascii_whitespace()
}

/// Where the shapes of a beginning are.
fn place_of(first: &[u8; KEY]) -> usize {
    let both = u128::from_le_bytes(*first);
    let mixed = (both as u64) ^ ((both >> 64) as u64).rotate_left(29);
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58) as usize % BEGINNINGS
}

#[cfg(test)]
mod tests {
    mod limits;

    use super::*;
    use proptest::prelude::*;

    /// What the memo says of statements, and what their fingerprints are.
    fn said(statements: &[(Vec<u8>, Quotes)]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let (mut memo, mut names) = (Memo::default(), Interner::new(1000));
        let mut out = Vec::new();
        let mut one = |(statement, quotes): &(Vec<u8>, Quotes)| {
            let symbol = memo.symbol(statement, *quotes, &mut names, &mut out);
            fingerprint(statement, *quotes, &mut out);
            (names.bytes(symbol).to_vec(), out.clone())
        };
        statements.iter().map(&mut one).collect()
    }

    /// Few words, so that statements are of the same shape and nearly so.
    const WORDS: &str = "((select \\* from t where a = )([0-9]{1,3}|'[0-9x]{0,3}'|\\$[12]|\"[a1]\"|t[12]|-[1-3]|[1-3]e-?[1-3]|'a\\\\?'?b')( |,|;|\\)|/\\*|\\*/|-- |\n|#| in \\(|--|'|\")?){1,4}";
    /// The same of lists.
    const LISTS: &str = "select \\* from t where a( in \\(( )?([0-9]{1,2}|'a?'|\\$1|-1|\"b\"|t)((,|, |,\n\t| |\\+|'|--|#|)([0-9]{1,2}|'a?'|\\$1)){0,3}(\\)|\\), \\(7\\)| \\)|,\\))?){1,2}( and b)?";

    proptest! {
        #[test]
        fn what_is_remembered_is_what_would_be_written(
            texts in prop::collection::vec((prop_oneof![WORDS, LISTS], any::<bool>()), 1..40),
        ) {
            let quotes = |names: bool| if names { Quotes::Names } else { Quotes::Strings };
            let statements: Vec<_> = texts
                .iter()
                .map(|(text, names)| (text.as_bytes().to_vec(), quotes(*names)))
                .collect();
            for (statement, (known, anew)) in statements.iter().zip(said(&statements)) {
                prop_assert_eq!(known, anew, "{:?}", statement);
            }
        }
    }

    #[test]
    fn lists_of_any_length_are_of_one_shape() {
        let mut out = Vec::new();
        let known = |statement: &str, other: &str, out: &mut Vec<u8>| {
            let shape = Shape::of(statement.as_bytes(), Quotes::Names, out).expect("few literals");
            shape.is_of(other.as_bytes(), Quotes::Names)
        };
        let list = "SELECT a FROM t WHERE b IN (1, 'x', $3)";
        assert!(known(list, "SELECT a FROM t WHERE b IN (7)", &mut out));
        assert!(known("SELECT a FROM t WHERE b IN (7)", list, &mut out));
        assert!(!known(
            list,
            "SELECT a FROM t WHERE b IN (1, c, $3)",
            &mut out
        ));
        let sum = "SELECT a FROM t WHERE b IN (1, 2 + 3)";
        assert!(known(
            sum,
            "SELECT a FROM t WHERE b IN (4, 5 + 6)",
            &mut out
        ));
        assert!(!known(sum, "SELECT a FROM t WHERE b IN (4 + 6)", &mut out));
    }

    #[test]
    fn a_shape_is_known_again_whatever_its_literals_are() {
        let mut out = Vec::new();
        let of = |statement: &str, out: &mut Vec<u8>| {
            Shape::of(statement.as_bytes(), Quotes::Names, out).expect("few literals")
        };
        let shape = of(
            "SELECT a1 FROM t WHERE b = 'it''s' AND c < 12 LIMIT $1",
            &mut out,
        );
        let check = |statement: &str, expected: bool| {
            assert_eq!(
                shape.is_of(statement.as_bytes(), Quotes::Names),
                expected,
                "{statement}"
            );
        };
        check(
            "SELECT a1 FROM t WHERE b = '' AND c < 9.5e7 LIMIT $22",
            true,
        );
        check("SELECT a2 FROM t WHERE b = '' AND c < 9 LIMIT $1", false);
        check("SELECT a1 FROM t WHERE b = '' AND c < 9 LIMIT 1", false);
        check("SELECT a1 FROM t WHERE b = '' AND c < d LIMIT $1", false);
        check("SELECT a1 FROM t WHERE b = '' AND c < 9 LIMIT $1 ", false);
        check("SELECT a1 FROM t WHERE b = '' AND c < 9", false);
    }
}
