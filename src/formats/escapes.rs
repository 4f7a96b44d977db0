//! JSON's texts with their escapes: where one ends, and what it says.
//!
//! In: bytes behind a quote. Out: the place of the quote that closes the text, or the text without
//! escapes. What programs write into the logs of a container is full of them: both look at many
//! bytes at once.

use super::places::quotes;
use crate::lines::bits::{BLOCK, bits, is, u8x16};

/// Bytes that are copied together.
const PART: usize = 16;

/// The place of the quote that closes a text: the first that no backslash escapes.
pub fn text_end(text: &[u8]) -> Option<usize> {
    let first = memchr::memchr2(b'"', b'\\', text)?;
    if text[first] == b'"' {
        return Some(first);
    }
    // An escape seldom comes alone.
    let mut is_escaped = false;
    let (blocks, rest) = text[first..].as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    let mut from = first;
    for block in blocks.iter().chain([&last]) {
        let slashes = bits(block, |bytes| is(bytes, b'\\'));
        let open = quotes(block) & !slashes & !escaped(slashes, &mut is_escaped);
        if open != 0 {
            return Some(from + open.trailing_zeros() as usize);
        }
        from += BLOCK;
    }
    None
}

/// Which bytes of a block the backslashes in it escape; `is_first`: the first one, and then that of
/// the next block (Langdale & Lemire, "Parsing gigabytes of JSON per second", 2019).
fn escaped(slashes: u64, is_first: &mut bool) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let first = u64::from(*is_first);
    // An escaped backslash escapes nothing.
    let may_escape = slashes & !first;
    let codes = ((may_escape << 1 | ODD).wrapping_sub(may_escape)) ^ ODD;
    *is_first = (codes & slashes) >> 63 == 1;
    codes ^ (slashes | first)
}

/// Replaces JSON escapes; a lone surrogate or a broken escape becomes U+FFFD.
pub fn unescape(text: &[u8], out: &mut Vec<u8>) {
    let (mut read, mut written) = (0, 0);
    out.clear();
    out.resize(text.len() + PART, 0);
    loop {
        let plain = copied(&text[read..], &mut out[written..]);
        (read, written) = (read + plain, written + plain);
        let Some((_, escape)) = text[read..].split_first() else {
            out.truncate(written);
            return;
        };
        if let Some(byte) = escape.first().copied().and_then(meaning) {
            out[written] = byte;
            (read, written) = (read + 2, written + 1);
            continue;
        }
        let (c, used) = match escape.first() {
            Some(b'u') => unicode(escape),
            _ => (char::REPLACEMENT_CHARACTER, 0),
        };
        written += c.encode_utf8(&mut out[written..]).len();
        read += 1 + used;
        // What is broken is longer without its escape.
        let room = written + (text.len() - read) + PART;
        if out.len() < room {
            out.resize(room, 0);
        }
    }
}

/// Copies what stands before the first backslash; what is written behind it means nothing. How many
/// bytes that is.
#[inline]
fn copied(from: &[u8], to: &mut [u8]) -> usize {
    let mut n = 0;
    while let (Some(part), Some(room)) =
        (from[n..].first_chunk(), to[n..].first_chunk_mut::<PART>())
    {
        *room = *part;
        let slashes = is(u8x16::from(*part), b'\\').to_bitmask();
        if slashes != 0 {
            return n + slashes.trailing_zeros() as usize;
        }
        n += PART;
    }
    let rest = from[n..].iter().take_while(|byte| **byte != b'\\');
    for (byte, room) in rest.zip(&mut to[n..]) {
        *room = *byte;
        n += 1;
    }
    n
}

/// What a backslash and one byte mean; `None` where more bytes, or none, belong to it.
#[inline]
fn meaning(byte: u8) -> Option<u8> {
    match byte {
        b'n' => Some(b'\n'),
        b't' => Some(b'\t'),
        b'r' => Some(b'\r'),
        b'b' => Some(8),
        b'f' => Some(12),
        b'u' | 0x80.. => None,
        _ => Some(byte),
    }
}

fn unicode(escape: &[u8]) -> (char, usize) {
    let hex =
        |bytes: Option<&[u8]>| u32::from_str_radix(std::str::from_utf8(bytes?).ok()?, 16).ok();
    let broken = (char::REPLACEMENT_CHARACTER, escape.len().min(5));
    let Some(high) = hex(escape.get(1..5)) else {
        return (char::REPLACEMENT_CHARACTER, 1);
    };
    if let Some(c) = char::from_u32(high) {
        return (c, 5);
    }
    let low = escape
        .get(5..7)
        .filter(|mark| *mark == b"\\u")
        .and_then(|_| hex(escape.get(7..11)));
    match low {
        Some(low @ 0xDC00..=0xDFFF) if high < 0xDC00 => {
            let code = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
            (
                char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER),
                11,
            )
        }
        _ => broken,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escapes_are_undone() {
        let check = |text: &str, expected: &str| {
            // What was decoded before does not count.
            let mut out = vec![b'x'; 99];
            unescape(text.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected, "{text}");
        };
        check(
            r#"a\"b\u00e9\ud83d\ude00\n\ud800x"#,
            "a\"b\u{e9}\u{1f600}\n\u{fffd}x",
        );
        check("\\", "\u{fffd}");
        check("\\u", "\u{fffd}");
        check("\\\u{e9}", "\u{fffd}\u{e9}");
        check("", "");
        check(r"\\\\", r"\\");
        check(
            r"seventeen bytes \/ and \t more of them\\",
            "seventeen bytes / and \t more of them\\",
        );
    }

    proptest! {
        #[test]
        fn a_text_ends_at_the_first_quote_that_is_not_escaped(
            text in r#"(\\{0,9}|"|[a-z]{0,70}|\\"){0,60}"#,
        ) {
            let bytes = text.as_bytes();
            let (mut at, mut expected) = (0, None);
            while let Some(byte) = bytes.get(at) {
                match byte {
                    b'"' => { expected = Some(at); break; }
                    b'\\' => at += 2,
                    _ => at += 1,
                }
            }
            prop_assert_eq!(text_end(bytes), expected, "{}", text);
        }

        #[test]
        fn what_serde_json_wrote_is_what_it_meant(text in r#"(\PC|[\x00-\x1f"\\]|[a-z ]{0,40}){0,30}"#) {
            let written = serde_json::to_string(&text).expect("serialises");
            let body = &written.as_bytes()[1..];
            prop_assert_eq!(text_end(body), Some(body.len() - 1));
            let mut out = Vec::new();
            unescape(&body[..body.len() - 1], &mut out);
            prop_assert_eq!(String::from_utf8_lossy(&out), text);
        }

        #[test]
        fn broken_escapes_are_read_to_the_end(text in r#"(\\|\\u[0-9a-fD]{0,4}|\\[a-zé]|[a-zé]{0,20}){0,30}"#) {
            let mut out = Vec::new();
            unescape(text.as_bytes(), &mut out);
            prop_assert!(std::str::from_utf8(&out).is_ok());
            let plain = text.chars().filter(|c| *c == 'é').count();
            prop_assert!(String::from_utf8_lossy(&out).chars().filter(|c| *c == 'é').count() <= plain);
        }

        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>) {
            let _ = text_end(&bytes);
            unescape(&bytes, &mut Vec::new());
        }
    }
}
