//! Messages told again: programs say the same sentences, with other numbers in them.
//!
//! In: one message after the other. Out: the symbol of each one's mask, and its identifying parts,
//! as `message` and `parts` find them. A sentence is what stood between the variable words of a
//! message, byte for byte: a message that has its bytes, and a variable word wherever it had one,
//! has the same mask, so that it need not be masked again. Sentences that begin alike are one tree.
//! A law holds both ways together.

use std::ops::Range;

use super::digits::leading;
use super::message::{Masked, is_word, mask, mask_noting, may_name_date, trimmed, word_length};
use super::message::{is_masked_quote, is_variable};
use super::parts::{self, PARTS_MAX};
use super::search::steady_word;
use crate::events::intern::same;
use crate::events::{Interner, Symbol};

/// Longest message that becomes a sentence, in bytes.
const LENGTH_MAX: usize = 400;
/// Bits of the number by which pieces of sentences are looked for.
const BUCKET_BITS: u32 = 8;
/// Most pieces with the same number.
const BUCKET_MAX: usize = 8;
/// Sentences learned in any case; then one for so many messages that were one.
const LEARNED_MIN: usize = 128;
const MATCHES_PER_LEARNED: usize = 4;

/// What follows a literal of a sentence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    /// A variable word.
    Word,
    /// A word in quotes, up to the closing one.
    Quoted,
    /// Nothing: the message is over.
    End,
}

/// Where a literal of a sentence stands, and what follows it.
type Piece = (Range<usize>, Then);

/// A piece of sentences that are the same before it.
#[derive(Debug, Clone)]
struct Branch {
    /// The place in the tree where it grows.
    from: u32,
    literal: Box<[u8]>,
    then: Then,
    /// The place behind it; the symbol of the whole sentence where that is over.
    to: u32,
    /// The message that taught it has neither key nor quote.
    is_plain: bool,
}

/// Short messages that are remembered whole, a power of two.
const SHORT: usize = 32;

/// A message of eight to sixteen bytes: its first and its last eight, which may overlap.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Short {
    first: u64,
    last: u64,
    length: usize,
}

impl Short {
    /// `None` for a message that is shorter or longer.
    #[inline]
    fn of(message: &[u8]) -> Option<Self> {
        let (first, last) = (message.first_chunk()?, message.last_chunk()?);
        let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
        let length = message.len();
        (length <= 16).then_some(Self {
            first,
            last,
            length,
        })
    }

    #[inline]
    fn place(self) -> usize {
        let mixed = (self.first ^ self.last.rotate_left(29)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        (mixed >> (u64::BITS - SHORT.trailing_zeros())) as usize
    }
}

/// The sentences of a batch's messages.
#[derive(Debug, Clone, Default)]
pub struct Phrases {
    /// The latest short messages and the symbols of their masks.
    short: [(Short, Symbol); SHORT],
    buckets: Vec<Vec<Branch>>,
    /// Places in the tree, the first of them the root.
    places: u32,
    learned: usize,
    matched: usize,
}

impl Phrases {
    /// The symbol of a message's mask in `names`. `out` is overwritten.
    #[inline]
    pub fn symbol(&mut self, message: &[u8], names: &mut Interner, out: &mut Vec<u8>) -> Symbol {
        #[cfg(test)]
        if super::laws::is_plain() {
            mask(message, out);
            return names.intern(out);
        }
        let Some(short) = Short::of(message) else {
            return self.symbol_of(message, names, out);
        };
        let (known, symbol) = self.short[short.place()];
        if known == short {
            self.matched += 1;
            return symbol;
        }
        let symbol = self.symbol_of(message, names, out);
        // What a full table refuses is counted each time.
        if symbol != Symbol::OTHER {
            self.short[short.place()] = (short, symbol);
        }
        symbol
    }

    /// The same, found by its sentence.
    fn symbol_of(&mut self, message: &[u8], names: &mut Interner, out: &mut Vec<u8>) -> Symbol {
        if let Some((symbol, _)) = self.known(message, |_| {}) {
            self.matched += 1;
            return symbol;
        }
        let is_learned = message.len() <= LENGTH_MAX
            && self.learned < LEARNED_MIN + self.matched / MATCHES_PER_LEARNED;
        if !is_learned {
            mask(message, out);
            return names.intern(out);
        }
        let (pieces, is_plain) = pieces(message, out);
        let symbol = names.intern(out);
        // What a full table refuses is counted each time.
        if symbol != Symbol::OTHER {
            self.learn(message, (&pieces, is_plain), symbol);
        }
        symbol
    }

    /// The identifying parts of a message, as `parts` finds them.
    pub fn parts(&self, message: &[u8], take: impl FnMut(&[u8])) {
        let mut words = [&[][..]; PARTS_MAX];
        let mut taken = 0;
        #[cfg(test)]
        if super::laws::is_plain() {
            return parts::parts(message, take);
        }
        let known = self.known(message, |word| {
            if taken < PARTS_MAX
                && let Some(part) = parts::identifying(word)
            {
                words[taken] = part;
                taken += 1;
            }
        });
        match known {
            Some((_, true)) => words[..taken].iter().copied().for_each(take),
            _ => parts::parts(message, take),
        }
    }

    /// The symbol of a message that is a known sentence, and whether that is plain. Tells its
    /// variable words; some of them, too, where it is none.
    #[inline]
    fn known<'a>(
        &self,
        message: &'a [u8],
        mut tell: impl FnMut(&'a [u8]),
    ) -> Option<(Symbol, bool)> {
        // Of a longer one masks and parts are looked for in its first bytes only.
        if message.len() > LENGTH_MAX {
            return None;
        }
        let (mut from, mut rest, mut is_plain) = (0, message, true);
        loop {
            let bucket = self.buckets.get(told(from, rest))?;
            let mut branches = bucket.iter().filter(|one| one.from == from);
            let (branch, length) = branches.find_map(|one| Some((one, one.variable(rest)?)))?;
            is_plain &= branch.is_plain;
            if branch.then == Then::End {
                return Some((Symbol(branch.to), is_plain));
            }
            let begin = branch.literal.len();
            tell(&rest[begin..begin + length]);
            (from, rest) = (branch.to, &rest[begin + length..]);
        }
    }

    /// Adds the pieces of a message, but for those that it shares with others.
    fn learn(&mut self, message: &[u8], (pieces, is_plain): (&[Piece], bool), symbol: Symbol) {
        self.learned += 1;
        self.buckets.resize(1 << BUCKET_BITS, Vec::new());
        let mut from = 0;
        for (range, then) in pieces {
            let bucket = &mut self.buckets[told(from, &message[range.start..])];
            let literal = &message[range.clone()];
            let is_it =
                |one: &&Branch| one.from == from && one.then == *then && *one.literal == *literal;
            if let Some(known) = bucket.iter().find(is_it) {
                from = known.to;
                continue;
            }
            self.places += 1;
            bucket.truncate(BUCKET_MAX - 1);
            let to = match then {
                Then::End => symbol.0,
                _ => self.places,
            };
            bucket.push(Branch {
                from,
                literal: literal.into(),
                then: *then,
                to,
                is_plain,
            });
            from = to;
        }
    }
}

impl Branch {
    /// The length of the variable word behind the literal, if the bytes begin with both; 0 where
    /// nothing is to follow, and nothing does.
    #[inline]
    fn variable(&self, bytes: &[u8]) -> Option<usize> {
        let (literal, rest) = bytes.split_at_checked(self.literal.len())?;
        same(literal, &self.literal).then_some(())?;
        match self.then {
            Then::Word => variable_length(rest),
            Then::Quoted => quoted_length(rest),
            Then::End => rest.is_empty().then_some(0),
        }
    }
}

/// The pieces of a message whose mask is written to `out`, and whether only its variable words can
/// be identifying: it has neither keys nor quotes. A message that may hold more than variable
/// words is one piece.
fn pieces(message: &[u8], out: &mut Vec<u8>) -> (Vec<Piece>, bool) {
    let mut pieces: Vec<Piece> = Vec::new();
    let (mut at, mut has_date) = (0, may_name_date(message));
    let is_whole = mask_noting(message, out, &mut |masked, range| {
        let then = match masked {
            Masked::Word => Then::Word,
            Masked::Quoted => Then::Quoted,
            Masked::Date => {
                has_date = true;
                return;
            }
        };
        pieces.push((at..range.start, then));
        at = range.end;
    });
    let has_more = !is_whole || has_date;
    if has_more {
        pieces.clear();
        at = 0;
    }
    pieces.push((at..message.len(), Then::End));
    let has_keys = message.iter().any(|byte| matches!(byte, b'=' | b'"'));
    (pieces, !has_more && !has_keys)
}

/// The length of the variable word that the bytes begin with, without the dots and colons behind
/// it.
#[inline]
fn variable_length(bytes: &[u8]) -> Option<usize> {
    // A number: what begins with a digit is no name.
    let (_, count) = leading(bytes);
    if count > 0 && bytes.get(count).is_none_or(|byte| !is_word(*byte)) {
        return Some(count);
    }
    let word = &bytes[..word_length(bytes)];
    (!word.is_empty() && is_variable(word)).then(|| trimmed(word).len())
}

/// The length of the word that a quote closes.
fn quoted_length(bytes: &[u8]) -> Option<usize> {
    let length = memchr::memchr(b'"', bytes)?;
    let is_plain = memchr::memchr(0x1b, &bytes[..length]).is_none();
    (is_plain && is_masked_quote(&bytes[..length])).then_some(length)
}

/// The number by which what follows a place is looked for: of the next sixteen bytes as far as
/// they do not vary.
#[inline]
fn told(from: u32, rest: &[u8]) -> usize {
    let (first, varies) = steady_word(rest);
    let second = match rest.get(8..) {
        Some(rest) if !varies => steady_word(rest).0,
        _ => 0,
    };
    let mixed = first ^ second.rotate_left(29) ^ u64::from(from).rotate_right(8);
    (mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - BUCKET_BITS)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What the phrases say of messages one after the other is what each says alone.
    fn check(messages: &[String]) -> Result<(), TestCaseError> {
        let (mut phrases, mut out) = (Phrases::default(), Vec::new());
        let mut names = Interner::new(1000);
        for message in messages {
            let bytes = message.as_bytes();
            let symbol = phrases.symbol(bytes, &mut names, &mut out);
            mask(bytes, &mut out);
            prop_assert_eq!(names.bytes(symbol), out.as_slice(), "{}", message);
            let (mut found, mut expected) = (Vec::new(), Vec::new());
            phrases.parts(bytes, |part| found.push(part.to_vec()));
            parts::parts(bytes, |part| expected.push(part.to_vec()));
            prop_assert_eq!(found, expected, "{}", message);
        }
        Ok(())
    }

    #[test]
    fn the_same_sentence_with_another_number_is_masked_once() {
        let (mut phrases, mut out) = (Phrases::default(), Vec::new());
        let mut names = Interner::new(10);
        for n in [7, 12_345, 678_901_234] {
            let message = format!("sent order {n} to \"shop-{n}\" at app-{n}.");
            phrases.symbol(message.as_bytes(), &mut names, &mut out);
        }
        assert_eq!((phrases.learned, phrases.matched), (1, 2));
    }

    #[test]
    fn short_messages_that_share_most_bytes_are_told_apart() {
        let pairs = [
            "request done",
            "quests are done",
            "quest is done",
            "request down",
        ];
        let ends = ["aaaaaaaaa", "aaaaaaaa", "aaaaaaaaaa"];
        let long = [
            "letters x_and_more",
            "letters y_and_more",
            "letters xand more",
            "letters yand more",
        ];
        let both = pairs.iter().chain(&ends).chain(&long).cycle().take(44);
        let messages: Vec<String> = both.map(|message| (*message).to_owned()).collect();
        check(&messages).expect("as alone");
    }

    #[test]
    fn a_known_sentence_with_a_long_word_in_it_is_masked_and_searched_as_far_as_any_other() {
        for long in [380, 390, 395, 400, 800, 900] {
            let long = format!("a{}", "7".repeat(long));
            let of = |first: &str| format!("order {first} came to shop-17 from till-23 at last");
            check(&[of("a7"), of(&long), of("a8")]).expect("as alone");
        }
    }

    #[test]
    fn what_a_full_table_refuses_is_counted_each_time() {
        let (mut phrases, mut out) = (Phrases::default(), Vec::new());
        let mut names = Interner::new(1);
        phrases.symbol(b"all is well", &mut names, &mut out);
        for _ in 0..3 {
            for message in [&b"all is lost"[..], b"a longer message that found no room"] {
                let symbol = phrases.symbol(message, &mut names, &mut out);
                assert_eq!(symbol, Symbol::OTHER);
            }
        }
        assert_eq!(names.refused(), 6);
    }

    #[test]
    fn what_only_looks_like_a_known_sentence_is_masked_as_alone() {
        let pairs = [
            // A month before a number is a date.
            [
                "a longer order of Jul a7 came",
                "a longer order of Jul 7 came",
            ],
            // A colour takes a quote with it.
            [r#"user "a"x" in"#, "user \"b\x1b[\"x\" in"],
            ["order 7 came", "order 7 came "],
            ["a longer order of 7x.", "a longer order of 7x.."],
            ["order 7", "order "],
        ];
        for [one, other] in pairs.map(|pair| pair.map(str::to_owned)) {
            check(&[one.clone(), other.clone(), one.clone(), other.clone()]).expect("as alone");
            check(&[other.clone(), one.clone(), other, one]).expect("as alone");
        }
    }

    #[test]
    fn sentences_that_end_alike_are_told_apart_by_what_stands_before() {
        let letter = |n: usize| char::from(b'a' + n as u8);
        let sentence = |n: usize| format!("{}{} 7 ended", letter(n / 26), letter(n % 26));
        let of = |range: Range<usize>| range.map(sentence).collect::<Vec<String>>();
        // Those that come again make room for more to be learned.
        let mut messages = Vec::new();
        for _ in 0..=MATCHES_PER_LEARNED {
            messages.extend(of(0..LEARNED_MIN));
        }
        messages.extend(of(LEARNED_MIN..2 * LEARNED_MIN));
        messages.extend(of(0..2 * LEARNED_MIN));
        check(&messages).expect("as alone");
    }

    #[test]
    fn what_ends_a_sentence_begins_no_other() {
        let messages = ["order ", "z 7 q", "order 7 b", "z 7 b"].map(str::to_owned);
        check(&messages).expect("as alone");
    }

    #[test]
    fn a_very_long_message_teaches_no_sentence() {
        for (length, expected) in [(LENGTH_MAX, 1), (LENGTH_MAX + 1, 0)] {
            let (mut phrases, mut out) = (Phrases::default(), Vec::new());
            let message = "x".repeat(length);
            phrases.symbol(message.as_bytes(), &mut Interner::new(10), &mut out);
            assert_eq!(phrases.learned, expected, "{length}");
        }
    }

    #[test]
    fn pieces_that_are_looked_for_together_are_few() {
        let (mut phrases, mut out) = (Phrases::default(), Vec::new());
        let mut names = Interner::new(1000);
        // They begin alike, so that all are of one number.
        for n in 0..LEARNED_MIN {
            let message = format!("the same sixteen bytes {}", "x".repeat(n));
            phrases.symbol(message.as_bytes(), &mut names, &mut out);
        }
        let most = phrases.buckets.iter().map(Vec::len).max();
        assert_eq!((phrases.learned, most), (LEARNED_MIN, Some(BUCKET_MAX)));
    }

    #[test]
    fn sentences_that_never_come_again_are_no_longer_learned() {
        let (mut phrases, mut out) = (Phrases::default(), Vec::new());
        let mut names = Interner::new(1000);
        for n in 0..26 * 26u32 {
            let letter = |n: u32| char::from(b'a' + n as u8);
            let message = format!("{}{} came", letter(n / 26), letter(n % 26));
            phrases.symbol(message.as_bytes(), &mut names, &mut out);
        }
        assert_eq!(phrases.learned, LEARNED_MIN);
    }

    proptest! {
        #[test]
        fn messages_of_known_phrases_are_masked_as_alone(
            messages in prop::collection::vec(
                r#"(order|Jul|Sat|a=|job:|at|"|"b"|"x 1")( |: |\. |=|\n|\x1b\[1m)?([0-9]{1,9}|app-[0-9]|a[0-9]{1,3}|/v/w[0-9]?|10\.0\.0\.[0-9]{1,2}(:[0-9]{1,5})?|Jul|"[ab]{0,2}"|<\*>|done)([.:]{0,2})( (to|[0-9]{1,2}|Aug|c-[0-9]|"[cd <]{0,2}"|"))?"#,
                1..40,
            )
        ) {
            check(&messages)?;
        }

        #[test]
        fn any_messages_are_masked_as_alone(messages in prop::collection::vec("[ab0-9\":./ =\\-<*>]{0,12}|\\PC{0,20}", 1..40)) {
            check(&messages)?;
        }

        #[test]
        fn any_bytes_are_safe(messages: Vec<Vec<u8>>) {
            let (mut phrases, mut out) = (Phrases::default(), Vec::new());
            let mut names = Interner::new(1000);
            for message in messages.iter().chain(&messages) {
                let symbol = phrases.symbol(message, &mut names, &mut out);
                mask(message, &mut out);
                prop_assert_eq!(names.bytes(symbol), out.as_slice());
            }
        }
    }
}
