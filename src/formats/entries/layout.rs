//! Prefixes that are laid out as one before them: nothing is looked for in them.
//!
//! In: lines. Out: where their prefix ends and whom it names, as `front` and `prefix` say it, for
//! a prefix that differs from a known one only in the digits of its stamp, in numbers and in the
//! words that say who. What stands between these is compared byte for byte. Reads no stamps.

use super::front::{BEHIND, Head, WHO};
use super::prefix::{is_gap, may_say, said, stamp_extent};
use crate::events::intern::same;
use crate::events::{Interner, Symbol};
use crate::formats::digits::leading;
use crate::formats::row::TEXT_LENGTH_MAX;
use crate::formats::template::starts;
use crate::lines::bits::u8x16;

/// Longest stamp of a layout, in bytes.
const STAMP_MAX: usize = 32;
/// How many layouts are known at a time.
const LAYOUTS_MAX: usize = 4;
/// Lines of unknown layouts until nothing is expected any more; a known one makes up for one.
const MISSES_MAX: usize = 64;

/// The latest layouts of a batch's prefixes.
#[derive(Debug, Default)]
pub struct Layouts {
    layouts: Vec<Layout>,
    latest: usize,
    misses: usize,
    hits: usize,
}

/// A prefix without what varies.
#[derive(Debug)]
struct Layout {
    stamp_length: usize,
    /// The first bytes of its line, each digit a zero.
    stamp: [u8x16; 2],
    pieces: Vec<Piece>,
    /// Whom the latest names, once that was asked for: as `Head::who`.
    who: Option<[Symbol; WHO.len()]>,
}

#[derive(Debug)]
enum Piece {
    /// Bytes that stay as they are.
    Text(Vec<u8>),
    /// One to some digits.
    Number,
    /// A word that may say who, as it was in the latest.
    Word(Word),
}

#[derive(Debug)]
struct Word {
    bytes: Vec<u8>,
    /// Whom it names, once that was asked for: places in `WHO` and symbols.
    named: Option<[(usize, Symbol); 2]>,
}

impl Layouts {
    /// Finds the head of line `number`, if its layout is known; `names` are the tables of whom it
    /// names. False, with a head that says nothing, where it is not.
    #[inline]
    pub fn find(
        &mut self,
        number: usize,
        line: &[u8],
        names: &mut [Interner],
        head: &mut Head,
    ) -> bool {
        let latest = self.layouts.get_mut(self.latest);
        let prefix = latest.and_then(|layout| layout.prefix(line));
        let Some(prefix) = prefix.or_else(|| self.other(line)) else {
            return false;
        };
        if !head.become_behind(line, number, prefix) {
            return false;
        }
        self.hits += 1;
        let layout = &mut self.layouts[self.latest];
        head.stamp_end = layout.stamp_length as u32;
        if head.word.opens() {
            head.who = layout.who.unwrap_or_else(|| layout.named(names));
        }
        true
    }

    /// The length of a prefix whose layout is not the latest.
    #[inline(never)]
    fn other(&mut self, line: &[u8]) -> Option<usize> {
        if self.misses > MISSES_MAX + self.hits {
            return None;
        }
        self.misses += 1;
        let mut layouts = self.layouts.iter_mut();
        let found = layouts.position(|layout| layout.prefix(line).is_some())?;
        self.latest = found;
        self.layouts[found].prefix(line)
    }

    /// Knows the layout of a line from now on, if it is one that can be known.
    pub fn learn(&mut self, line: &[u8], prefix: &[u8]) {
        if self.misses > MISSES_MAX + self.hits {
            return;
        }
        self.misses += 1;
        let Some(layout) = Layout::of(line, prefix) else {
            return;
        };
        if self.layouts.len() < LAYOUTS_MAX {
            self.latest = self.layouts.len();
            self.layouts.push(layout);
        } else {
            self.latest = (self.latest + 1) % LAYOUTS_MAX;
            self.layouts[self.latest] = layout;
        }
    }
}

impl Layout {
    fn of(line: &[u8], prefix: &[u8]) -> Option<Self> {
        let (stamp_length, extent) = stamp_extent(prefix);
        let (stamp, rest) = prefix.split_at(stamp_length);
        let can = stamp_length <= STAMP_MAX
            && !may_say(stamp)
            && rest.first().is_some_and(is_gap)
            && memchr::memmem::find(prefix, BEHIND).is_none();
        let stamp = zeros(line.first_chunk().filter(|_| can)?);
        let pieces = pieces(rest);
        // What the stamp's end was seen by must stay as it is: up to the sign behind its zone, or
        // the two that say that there is none.
        let behind_clock = prefix.get(19..stamp_length).unwrap_or(b"");
        let has_zone = prefix.get(4) != Some(&b'-') || behind_clock.contains(&b' ');
        let seen = extent - stamp_length + if has_zone { 1 } else { 2 };
        let is_fixed = matches!(pieces.first(), Some(Piece::Text(text)) if text.len() >= seen);
        // The severity would go on in front of what varies, and of a letter of another language.
        let is_closed = matches!(pieces.last(), Some(Piece::Text(_)))
            && prefix.last().is_some_and(u8::is_ascii);
        (is_fixed && is_closed).then_some(Self {
            stamp_length,
            stamp,
            pieces,
            who: None,
        })
    }

    /// The length of a line's prefix, if it is laid out like this.
    #[inline]
    fn prefix(&mut self, line: &[u8]) -> Option<usize> {
        let stamp = zeros(line.first_chunk()?);
        let equal = |i: usize| stamp[i].simd_eq(self.stamp[i]).to_bitmask();
        let different = !(equal(0) | equal(1) << 16);
        // All are equal that are counted here.
        ((different.trailing_zeros() as usize) >= self.stamp_length).then_some(())?;
        let mut at = self.stamp_length;
        for piece in &mut self.pieces {
            let rest = &line[at..];
            at += match piece {
                Piece::Text(text) => starts(rest, text).then_some(text.len())?,
                // Eight digits and more are read as any other prefix.
                Piece::Number => Some(leading(rest).1).filter(|n| (1..8).contains(n))?,
                Piece::Word(word) => {
                    let length = word.bytes.len();
                    if rest.get(length).is_some_and(is_gap) && same(&rest[..length], &word.bytes) {
                        length
                    } else {
                        self.who = None;
                        word.replace(rest)?
                    }
                }
            };
        }
        Some(at)
    }

    /// Whom the latest names; where two words name the same, the last.
    #[inline(never)]
    fn named(&mut self, names: &mut [Interner]) -> [Symbol; WHO.len()] {
        let mut who = [Symbol::NONE; WHO.len()];
        for piece in &mut self.pieces {
            let Piece::Word(word) = piece else { continue };
            for (at, symbol) in word.named(names) {
                if symbol != Symbol::NONE {
                    who[at] = symbol;
                }
            }
        }
        // What found no room is asked for again: a table counts what it refuses.
        let found_room = !who.contains(&Symbol::OTHER);
        self.who = found_room.then_some(who);
        who
    }
}

impl Word {
    fn of(bytes: &[u8]) -> Self {
        Self {
            bytes: bytes.to_vec(),
            named: None,
        }
    }

    /// Becomes the word that a text begins with. Its length; `None` for none.
    #[inline(never)]
    fn replace(&mut self, text: &[u8]) -> Option<usize> {
        let length = text.iter().position(is_gap).filter(|length| *length > 0)?;
        self.bytes.clear();
        self.bytes.extend_from_slice(&text[..length]);
        self.named = None;
        Some(length)
    }

    fn named(&mut self, names: &mut [Interner]) -> [(usize, Symbol); 2] {
        if let Some(named) = self.named {
            return named;
        }
        let named = said(&self.bytes).map(|(text, bytes)| {
            let at = WHO.iter().position(|who| *who == text).unwrap_or(0);
            let kept = &bytes[..bytes.len().min(TEXT_LENGTH_MAX)];
            let symbol = match kept {
                b"" | b"-" => Symbol::NONE,
                kept => names[WHO[at] as usize].intern(kept),
            };
            (at, symbol)
        });
        let found_room = named.iter().all(|(_, symbol)| *symbol != Symbol::OTHER);
        self.named = found_room.then_some(named);
        named
    }
}

/// What stands behind a stamp: numbers, words that may say who, and what is between them.
fn pieces(text: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut between = Vec::new();
    for word in text.chunk_by(|one, other| !is_gap(one) && !is_gap(other)) {
        let is_who = may_say(word);
        for part in
            word.chunk_by(|one, other| is_who || one.is_ascii_digit() == other.is_ascii_digit())
        {
            if !is_who && !part[0].is_ascii_digit() {
                between.extend_from_slice(part);
                continue;
            }
            if !between.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut between)));
            }
            pieces.push(match is_who {
                true => Piece::Word(Word::of(part)),
                false => Piece::Number,
            });
        }
    }
    if !between.is_empty() {
        pieces.push(Piece::Text(between));
    }
    pieces
}

/// Bytes with a zero for every digit.
#[inline]
fn zeros(block: &[u8; STAMP_MAX]) -> [u8x16; 2] {
    let (parts, _) = block.as_chunks::<16>();
    [parts[0], parts[1]].map(|part| {
        let bytes = u8x16::from(part);
        let from_zero = bytes - u8x16::splat(b'0');
        let is_digit = from_zero.min(u8x16::splat(9)).simd_eq(from_zero);
        is_digit.bitselect(u8x16::splat(b'0'), bytes)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::Text;
    use crate::formats::entries::front::{self, head};
    use crate::formats::entries::prefix::{set_time, set_who};
    use crate::formats::row::Row;
    use crate::formats::stamp::{StampKind, StampReader};
    use proptest::prelude::*;

    fn names() -> Vec<Interner> {
        Text::ALL.iter().map(|_| Interner::new(100)).collect()
    }

    /// The texts that a known prefix names.
    fn named(head: &Head, names: &[Interner]) -> [Vec<u8>; 3] {
        let text = |i: usize| names[WHO[i] as usize].bytes(head.who[i]).to_vec();
        std::array::from_fn(text)
    }

    /// The head of a line as known layouts say it.
    fn known(layouts: &mut Layouts, line: &[u8], names: &mut [Interner]) -> Option<Head> {
        let mut found = Head::NONE;
        layouts.find(3, line, names, &mut found).then_some(found)
    }

    /// What is found of a line without layouts.
    fn places(head: Option<Head>, line: &[u8]) -> Option<(usize, usize, front::Word)> {
        head.map(|head| (head.prefix(line).len(), head.message_at(), head.word))
    }

    #[test]
    fn a_prefix_is_known_again_whoever_it_names_and_whenever() {
        let (mut layouts, mut names) = (Layouts::default(), names());
        let line = b"2019-10-25 05:40:12.345 UTC [4711]: user=app,db=print,client=10.0.0.5 LOG:  x";
        let plain = head(3, line).expect("a head");
        assert_eq!(known(&mut layouts, line, &mut names), None);
        layouts.learn(line, plain.prefix(line));
        let other =
            b"2020-01-02 15:41:13.999 UTC [12]: user=eve,db=print,client=10.0.0.77 ERROR:  x";
        let found = known(&mut layouts, other, &mut names).expect("the same layout");
        assert_eq!(places(Some(found), other), places(head(3, other), other));
        assert_eq!(found.stamp_end, 27);
        assert_eq!(named(&found, &names), [&b"eve"[..], b"print", b"10.0.0.77"]);
        let odd = b"2020-01-02 15:41:13.999 UTC [12] user=eve,db=print,client=10.0.0.77 LOG:  x";
        assert_eq!(known(&mut layouts, odd, &mut names), None);
    }

    proptest! {
        #[test]
        fn what_is_known_again_is_what_would_be_found(
            lines in prop::collection::vec(
                ("(2019-10-25 05:4[01]:1[0-3](\\.[0-9]{3}|,[0-9]{3})?( UTC| CEST| \\+0[0-3]| M5T)?|157198201[0-9]\\.[0-9]{3})",
                 "[ :|\\[,]{1,2}",
                 "(\\[[0-9]{1,3}\\]|\\[7-[1-9]\\]|[a-d]{1,2}@[xy]|user=[a-c]?|10\\.0\\.0\\.[0-9]|[0-9]{1,9}|DEBUG[1-5]|\\+1|(\\[u\\]|\\+1)@x|\\[unknown\\])",
                 "(:  |[ :,|]{1,2})",
                 "([a-d]@[xy]|client=[a-c-]|h\\([0-9]\\)|[0-9]{1,3})?",
                 " ?:?",
                 "(LOG|STATEMENT|DEBUG[1-5]|DEBUG|LOGS|DETAIL|ERROR|FEHLER|DÉTAIL|ERREUR ?|HINWEIS\u{a0}|ÉLOG|文):  ?"),
                1..24,
            ),
        ) {
            let (mut layouts, mut names) = (Layouts::default(), names());
            for (stamp, gap, word, then, who, end, severity) in &lines {
                let line = format!("{stamp}{gap}{word}{then}{who}{end}{severity}some text that fills it up");
                let line = line.as_bytes();
                let plain = head(3, line);
                let Some(found) = known(&mut layouts, line, &mut names) else {
                    if let Some(plain) = plain {
                        layouts.learn(line, plain.prefix(line));
                    }
                    continue;
                };
                prop_assert_eq!(places(Some(found), line), places(plain, line));
                let prefix = found.prefix(line);
                let stamps = || StampReader::new(StampKind::Any, Zone::UTC);
                let mut row = Row::new();
                set_time(&mut row, prefix, &mut stamps());
                prop_assert_eq!(stamps().read(&line[..found.stamp_end as usize]), row.time_ns());
                if found.word.opens() {
                    set_who(&mut row, line, prefix.len());
                    let expected = WHO.map(|text| row.text_bytes(text).to_vec());
                    prop_assert_eq!(named(&found, &names), expected, "{:?}", String::from_utf8_lossy(line));
                }
            }
        }
    }
}
