//! An object of JSON behind words that are the same on most lines: `2024-... api {"status":502}`.
//!
//! In: one line. Out: the object, and the time and severity that stand in front of it; or the words
//! in front of it without what differs from line to line. Lines of which the object is not the end,
//! or that begin with it, have no such prefix.

use super::Peeled;
use crate::formats::field::LevelScale;
use crate::formats::json::walk;
use crate::formats::stamp::StampKind;
use crate::formats::value;

/// Longest words in front of an object, in bytes.
const PREFIX_MAX: usize = 300;
/// Braces in a line at which an object is looked for.
const BRACES_MAX: usize = 4;
/// Shorter words for severities are words of other things as well.
const LEVEL_LENGTH_MIN: usize = 3;
/// What stands around words.
const AROUND: &[u8] = b"[](){}<>|,:;=\"' \t";

/// The object behind the prefix; its time and severity if the prefix says them.
pub fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    let at = object_at(line)?;
    let prefix = &line[..at];
    let (start, length) = stamp_in(prefix);
    let level = words(&prefix[start + length..]).find_map(level);
    Some(Peeled {
        stamp: &prefix[start..start + length],
        level,
        ..Peeled::of(&line[at..])
    })
}

/// The words of a line's prefix without stamp and severity, numbers as `0`: what is to be the same
/// on most lines.
pub(super) fn frame(line: &[u8]) -> Option<Vec<u8>> {
    let prefix = &line[..object_at(line)?];
    let (start, length) = stamp_in(prefix);
    let mut frame = Vec::with_capacity(prefix.len());
    for word in words(&prefix[start + length..]).filter(|word| level(word).is_none()) {
        frame.push(b' ');
        for byte in word {
            match (byte.is_ascii_digit(), frame.last()) {
                (true, Some(b'0')) => {}
                (true, _) => frame.push(b'0'),
                (false, _) => frame.push(*byte),
            }
        }
    }
    Some(frame)
}

/// Where the object begins that ends the line.
fn object_at(line: &[u8]) -> Option<usize> {
    if line
        .first()
        .is_none_or(|byte| matches!(byte, b'{' | b' ' | b'\t'))
    {
        return None;
    }
    let head = &line[..line.len().min(PREFIX_MAX)];
    let mut braces = memchr::memchr_iter(b'{', head).take(BRACES_MAX);
    braces.find(|at| {
        let body = line[at + 1..].trim_ascii_start();
        body.first() == Some(&b'"') && walk(&line[*at..], &mut |_, _| {}).is_some()
    })
}

/// Where the prefix has its stamp, and how long that is; 0 long without one.
fn stamp_in(prefix: &[u8]) -> (usize, usize) {
    let is_open = |byte: &&u8| matches!(byte, b'[' | b'(' | b'<' | b'"');
    let start = prefix.iter().take_while(is_open).count();
    let length = StampKind::Any.leading_length(&prefix[start..]);
    (start, length.unwrap_or(0).min(prefix.len() - start))
}

fn words(prefix: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = prefix.split(|byte| AROUND.contains(byte));
    words.filter(|word| !word.is_empty())
}

fn level(word: &[u8]) -> Option<i64> {
    let is_word = word.len() >= LEVEL_LENGTH_MIN && word.iter().all(u8::is_ascii_alphabetic);
    is_word.then(|| value::level(word, LevelScale::Words))?
}

#[cfg(test)]
mod tests {
    use super::super::Inner;
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: &str) {
        let said = peel(line.as_bytes()).map(|peeled| {
            let Inner::Bytes(inner) = peeled.inner else {
                panic!("as it is");
            };
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let frame = frame(line.as_bytes()).expect("where there is an object");
            let level = peeled
                .level
                .map_or("-".to_owned(), |level| level.to_string());
            [
                text(peeled.stamp),
                level,
                text(frame.trim_ascii()),
                text(inner),
            ]
            .join("; ")
        });
        assert_eq!(said.as_deref().unwrap_or(""), expected, "{line}");
    }

    #[test]
    fn what_stands_before_an_object_says_time_and_severity() {
        check(
            r#"2024-03-05T14:00:00.250Z api {"a":1}"#,
            r#"2024-03-05T14:00:00.250Z; -; api; {"a":1}"#,
        );
        check(
            r#"[2024-03-05 14:00:00,250] ERROR [worker-12] shop.Http: {"a":{"b":2}} "#,
            r#"2024-03-05 14:00:00,250; 4; worker-0 shop.Http; {"a":{"b":2}} "#,
        );
        check(r#"web.1 {x} { "a":1}"#, r#"; -; web.0 x; { "a":1}"#);
    }

    #[test]
    fn a_line_that_is_an_object_or_goes_on_behind_it_has_no_prefix() {
        check(r#"{"a":1}"#, "");
        check(r#"  {"a":1}"#, "");
        check(r#"2024-03-05T14:00:00Z done {"a":1} in 5 s"#, "");
        check(r#"2024-03-05T14:00:00Z done {"a":"#, "");
        check("2024-03-05T14:00:00Z done {}", "");
        check("", "");
    }

    proptest! {
        #[test]
        fn any_line_is_safe(bytes: Vec<u8>, text in r#"(2024-03-05T14:00:00Z|\[| |INFO|\{|\{"a":|1|"|\}){0,12}"#) {
            for line in [&bytes, text.as_bytes()] {
                let _ = (peel(line), frame(line));
            }
        }
    }
}
