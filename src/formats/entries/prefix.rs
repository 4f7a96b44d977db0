//! What a prefix says that is not configured but looked at: when, and who.
//!
//! In: the bytes of a prefix. Out: the row's time, user, database and client. Does not find where
//! a prefix ends.

use crate::events::Text;
use crate::formats::row::Row;
use crate::formats::search::find_byte;
use crate::formats::stamp::StampReader;
use crate::lines::bits::{BLOCK, bits, is};

/// The time at the start of a prefix: `%m` or `%t` with its zone, or `%n`.
pub fn set_time<'a>(row: &mut Row<'a>, prefix: &'a [u8], stamps: &mut StampReader) {
    if let Some(time_ns) = stamps.read(&prefix[..stamp_extent(prefix).0]) {
        row.set_time_ns(time_ns);
    }
}

/// How long the stamp at the start of some text is: what can be read of it, and all of it with
/// its zone. A zone that is an abbreviation other than UTC says nothing certain: the time is read
/// as one without a zone.
pub fn stamp_extent(text: &[u8]) -> (usize, usize) {
    let word = |from: usize| {
        let is_inside = |byte: &&u8| !WORD_ENDS[usize::from(**byte)];
        let length = text.get(from..).unwrap_or(b"").iter();
        from + length.take_while(is_inside).count()
    };
    if text.get(4) != Some(&b'-') {
        return (word(0), word(0));
    }
    // The clock has colons of its own: `2019-10-25 05:40:12.345`.
    let clock_end = word(19.min(text.len()));
    if text.get(clock_end) != Some(&b' ') {
        return (clock_end, clock_end);
    }
    let zone_end = word(clock_end + 1);
    let zone = &text[clock_end + 1..zone_end];
    if zone.is_empty() {
        return (clock_end, clock_end);
    }
    let is_offset = matches!(zone.first(), Some(b'+' | b'-')) || matches!(zone, b"UTC" | b"GMT");
    (if is_offset { zone_end } else { clock_end }, zone_end)
}

/// What ends a stamp's clock or its zone.
const WORD_ENDS: [bool; 256] = {
    let mut ends = [false; 256];
    let (signs, mut i) = (b" :,[]|", 0);
    while i < signs.len() {
        ends[signs[i] as usize] = true;
        i += 1;
    }
    ends
};

/// `10.0.0.5`, as `%h` writes it.
fn is_address(word: &[u8]) -> bool {
    let is_part =
        |part: &[u8]| (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    word.split(|&byte| byte == b'.').all(is_part) && memchr::memchr_iter(b'.', word).count() == 3
}

/// User, database and client of a line's prefix, where it has them: `%u@%d`, `%r` as
/// `10.0.0.5(53122)`, or `user=%u,db=%d,client=%h`.
pub fn set_who<'a>(row: &mut Row<'a>, line: &'a [u8], length: usize) {
    match line.first_chunk() {
        Some(block) if length < BLOCK => {
            let inside = (1 << length) - 1;
            let signs = signs(block, inside);
            set_words(row, &line[..length], gaps(block) & inside, signs);
        }
        _ => set_who_by_blocks(row, &line[..length]),
    }
}

/// The same of a prefix that is longer than a block, or ends with the file.
#[inline(never)]
fn set_who_by_blocks<'a>(row: &mut Row<'a>, prefix: &'a [u8]) {
    let mut rest = prefix;
    while !rest.is_empty() {
        let mut padded = [0; BLOCK];
        let is_last = rest.len() < BLOCK;
        let block = rest.first_chunk().unwrap_or_else(|| {
            padded[..rest.len()].copy_from_slice(rest);
            &padded
        });
        let gaps = gaps(block);
        // A word that goes on behind the block is looked at in the next one.
        let whole = match is_last {
            true => rest.len(),
            false => BLOCK - gaps.leading_zeros() as usize,
        };
        if whole == 0 {
            let words = rest.split(is_gap);
            return words.for_each(|word| set_word(row, word));
        }
        let signs = signs(block, u64::MAX >> (BLOCK - whole));
        set_words(row, &rest[..whole], gaps, signs);
        rest = &rest[whole..];
    }
}

/// Whether a byte separates words.
pub fn is_gap(byte: &u8) -> bool {
    matches!(byte, b' ' | b',' | b':')
}

/// Whether words may say who: others hold no sign and are no address.
pub fn may_say(words: &[u8]) -> bool {
    let is_sign = |byte: &u8| matches!(byte, b'@' | b'=' | b'(');
    words.iter().any(is_sign) || memchr::memchr_iter(b'.', words).count() > 2
}

/// Where nothing stands but what separates words.
#[inline]
fn gaps(block: &[u8; BLOCK]) -> u64 {
    bits(block, |bytes| {
        is(bytes, b' ') | is(bytes, b',') | is(bytes, b':')
    })
}

/// Where a word says who: it has a sign, or it may be an address.
fn signs(block: &[u8; BLOCK], inside: u64) -> u64 {
    let signs = bits(block, |bytes| {
        is(bytes, b'@') | is(bytes, b'=') | is(bytes, b'(')
    });
    let dots = bits(block, |bytes| is(bytes, b'.')) & inside;
    let without_first = |bits: u64| bits & bits.wrapping_sub(1);
    match without_first(without_first(dots)) {
        0 => signs & inside,
        _ => (signs & inside) | dots,
    }
}

/// The words between gaps that have a sign: others say nothing.
fn set_words<'a>(row: &mut Row<'a>, words: &'a [u8], gaps: u64, mut signs: u64) {
    while signs != 0 {
        let at = signs.trailing_zeros();
        let before = gaps & ((1 << at) - 1);
        let start = BLOCK - before.leading_zeros() as usize;
        let end = (gaps >> at).trailing_zeros() as usize + at as usize;
        let end = end.min(words.len());
        set_word(row, &words[start..end]);
        signs &= u64::MAX.checked_shl(end as u32).unwrap_or(0);
    }
}

fn set_word<'a>(row: &mut Row<'a>, word: &'a [u8]) {
    for (text, bytes) in said(word) {
        row.set_text(text, bytes);
    }
}

/// Who a word says, empty where it says nothing.
pub fn said(word: &[u8]) -> [(Text, &[u8]); 2] {
    const NOTHING: (Text, &[u8]) = (Text::User, b"");
    let at = |byte: u8| find_byte(byte, word);
    let first = match (at(b'='), at(b'@'), at(b'(')) {
        _ if word.starts_with(b"[unknown]") => NOTHING,
        (Some(i), _, _) => match &word[..i] {
            b"user" => (Text::User, &word[i + 1..]),
            b"db" | b"database" => (Text::Service, &word[i + 1..]),
            b"client" | b"host" | b"remote" => (Text::Client, &word[i + 1..]),
            _ => NOTHING,
        },
        (None, Some(i), _) => {
            let names = [(Text::User, &word[..i]), (Text::Service, &word[i + 1..])];
            return names;
        }
        (None, None, Some(i)) if word.ends_with(b")") => (Text::Client, &word[..i]),
        (None, None, None) if is_address(word) => (Text::Client, word),
        _ => NOTHING,
    };
    [first, NOTHING]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_with_a_sign_are_all_that_say_who(
            words in prop::collection::vec("(a|[a-z]{70}|user|db|client|10\\.0\\.0\\.[1-3]|1\\.2|\\[unknown\\]|\\[7\\])?[=@()]{0,2}(b|10\\.0\\.0\\.4|7\\))?[ ,:]{1,2}", 0..14),
        ) {
            let prefix = words.concat();
            let line = format!("{prefix}LOG:  a@b (c=d) some text that is long enough to fill the first block");
            let (mut row, mut plainly) = (Row::new(), Row::new());
            set_who(&mut row, line.as_bytes(), prefix.len());
            for word in prefix.split([' ', ',', ':']) {
                set_word(&mut plainly, word.as_bytes());
                prop_assert!(may_say(word.as_bytes()) || said(word.as_bytes()).iter().all(|one| one.1.is_empty()));
            }
            for text in [Text::User, Text::Service, Text::Client] {
                prop_assert_eq!(row.text_bytes(text), plainly.text_bytes(text), "{}", prefix);
            }
        }
    }
}
