//! Where a value of JSON or logfmt ends.
//!
//! In: a line from where a value begins. Out: its length, or nothing where it is none of its kind.
//! Does not look at what stands behind it.

use crate::formats::search::find_either;

/// The length of a text up to its closing quote, and whether it holds escapes.
#[inline]
pub(super) fn quoted(bytes: &[u8]) -> Option<(usize, bool)> {
    let mut from = 0;
    loop {
        let at = from + find_either(b'"', b'\\', bytes.get(from..)?)?;
        if bytes[at] == b'"' {
            return Some((at, from > 0));
        }
        from = at + 2;
    }
}

/// The length of a number, `true` or `false`.
#[inline]
pub(super) fn bare_json(bytes: &[u8]) -> Option<usize> {
    let first = bytes.first()?;
    if !(first.is_ascii_digit() || matches!(first, b'-' | b't' | b'f')) {
        return None;
    }
    let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']') || byte.is_ascii_whitespace();
    Some(bytes.iter().position(is_end).unwrap_or(bytes.len()))
}

/// The length of a word that no quote opens, and whether it holds escapes.
#[inline]
pub(super) fn bare_logfmt(bytes: &[u8]) -> Option<(usize, bool)> {
    if bytes.first() == Some(&b'"') {
        return None;
    }
    match find_either(b' ', b'\\', bytes) {
        Some(at) if bytes[at] == b'\\' => {
            let end = memchr::memchr(b' ', bytes).unwrap_or(bytes.len());
            Some((end, true))
        }
        end => Some((end.unwrap_or(bytes.len()), false)),
    }
}
