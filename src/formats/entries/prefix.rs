//! What a prefix says that is not configured but looked at: when, and who.
//!
//! In: the bytes of a prefix. Out: the row's time, user, database and client. Does not find where
//! a prefix ends.

use crate::events::Text;
use crate::formats::field::Field;
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
pub fn set_who<'a>(row: &mut Row<'a>, line: &'a [u8], length: usize, stamps: &mut StampReader) {
    match line.first_chunk() {
        Some(block) if length < BLOCK => {
            let inside = (1 << length) - 1;
            let signs = signs(block, inside);
            set_words(row, &line[..length], gaps(block) & inside, signs, stamps);
        }
        _ => set_who_by_blocks(row, &line[..length], stamps),
    }
}

/// The same of a prefix that is longer than a block, or ends with the file.
#[inline(never)]
fn set_who_by_blocks<'a>(row: &mut Row<'a>, prefix: &'a [u8], stamps: &mut StampReader) {
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
            let words = rest.split(|byte| matches!(byte, b' ' | b',' | b':'));
            return words.for_each(|word| set_word(row, word, stamps));
        }
        let signs = signs(block, u64::MAX >> (BLOCK - whole));
        set_words(row, &rest[..whole], gaps, signs, stamps);
        rest = &rest[whole..];
    }
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
fn set_words<'a>(
    row: &mut Row<'a>,
    words: &'a [u8],
    gaps: u64,
    mut signs: u64,
    stamps: &mut StampReader,
) {
    while signs != 0 {
        let at = signs.trailing_zeros();
        let before = gaps & ((1 << at) - 1);
        let start = BLOCK - before.leading_zeros() as usize;
        let end = (gaps >> at).trailing_zeros() as usize + at as usize;
        let end = end.min(words.len());
        set_word(row, &words[start..end], stamps);
        signs &= u64::MAX.checked_shl(end as u32).unwrap_or(0);
    }
}

fn set_word<'a>(row: &mut Row<'a>, word: &'a [u8], stamps: &mut StampReader) {
    if word.starts_with(b"[unknown]") {
        return;
    }
    let at = |byte: u8| find_byte(byte, word);
    match (at(b'='), at(b'@'), at(b'(')) {
        (Some(i), _, _) => {
            let field = match &word[..i] {
                b"user" => Field::Text(Text::User),
                b"db" | b"database" => Field::Text(Text::Service),
                b"client" | b"host" | b"remote" => Field::Text(Text::Client),
                _ => Field::Skip,
            };
            row.set(field, &word[i + 1..], stamps);
        }
        (None, Some(i), _) => {
            row.set_text(Text::User, &word[..i]);
            row.set_text(Text::Service, &word[i + 1..]);
        }
        (None, None, Some(i)) if word.ends_with(b")") => row.set_text(Text::Client, &word[..i]),
        (None, None, None) if is_address(word) => row.set_text(Text::Client, word),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::formats::stamp::StampKind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_with_a_sign_are_all_that_say_who(
            words in prop::collection::vec("(a|[a-z]{70}|user|db|client|10\\.0\\.0\\.[1-3]|1\\.2|\\[unknown\\]|\\[7\\])?[=@()]{0,2}(b|10\\.0\\.0\\.4|7\\))?[ ,:]{1,2}", 0..14),
        ) {
            let prefix = words.concat();
            let line = format!("{prefix}LOG:  a@b (c=d) some text that is long enough to fill the first block");
            let mut stamps = StampReader::new(StampKind::Any, Zone::UTC);
            let (mut row, mut plainly) = (Row::new(), Row::new());
            set_who(&mut row, line.as_bytes(), prefix.len(), &mut stamps);
            for word in prefix.split([' ', ',', ':']) {
                set_word(&mut plainly, word.as_bytes(), &mut stamps);
            }
            for text in [Text::User, Text::Service, Text::Client] {
                prop_assert_eq!(row.text_bytes(text), plainly.text_bytes(text), "{}", prefix);
            }
        }
    }
}
