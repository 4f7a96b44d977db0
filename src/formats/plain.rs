//! Plain text with a stamp somewhere at its beginning: the last resort.
//!
//! In: a line. Out: its time, a level among the words behind the stamp, the rest as message. It
//! knows no program's own layout.

use super::field::{Field, LevelScale};
use super::row::Row;
use super::stamp::{StampKind, StampReader};
use super::value;
use crate::events::{Number, Text};

/// A stamp begins within this many bytes of its line.
const STAMP_START_MAX: usize = 64;
/// Longest stamp, in bytes.
const STAMP_LENGTH_MAX: usize = 80;
/// How many words behind the stamp may be the level.
const LEVEL_WORDS: usize = 6;

/// Reads `2024-01-05 10:00:00,123 [main] ERROR text`: a stamp at the start or behind brackets
/// and words, a level among the next words, the rest as message. `None` without a stamp.
pub fn split<'a>(line: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) -> Option<()> {
    let (stamp, rest) = first_stamp(line)?;
    row.set(Field::Time(StampKind::Any), stamp, stamps);
    row.time_ns()?;
    message(rest, row, stamps);
    // The message says less of its level than a place of its own.
    if let Some(level) = leading_level(line, stamp) {
        row.set(Field::Level(LevelScale::Words), level, stamps);
    }
    Some(())
}

/// A stamp alone in its line is that of what the next one says.
pub fn say_next<'a>(row: &mut Row<'a>, next: Option<&'a [u8]>, stamps: &mut StampReader) {
    if row.text_bytes(Text::Message).is_empty()
        && let Some(next) = next.filter(|next| first_stamp(next).is_none())
    {
        message(next, row, stamps);
    }
}

/// Reads a message without a stamp: a level among its first words, the whole as message.
pub fn message<'a>(rest: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
    if let Some(level) = level_of(rest) {
        row.set_number(Number::Level, level);
    }
    row.set(Field::Message, rest.trim_ascii(), stamps);
}

/// The level among the first words of a message.
pub fn level_of(message: &[u8]) -> Option<i64> {
    let is_separator = |byte: &u8| {
        byte.is_ascii_whitespace()
            || matches!(
                byte,
                b'[' | b']' | b'(' | b')' | b'<' | b'>' | b':' | b'|' | b'='
            )
    };
    // The console of .NET calls an error so.
    if message.starts_with(b"fail: ") {
        return value::level(b"error", LevelScale::Words);
    }
    let words = message.split(is_separator);
    let mut first = words.filter(|word| !word.is_empty()).take(LEVEL_WORDS);
    first.find_map(|word| {
        let is_word = word.len() >= 3 && word[0].is_ascii_alphabetic();
        value::level(word, LevelScale::Words).filter(|_| is_word)
    })
}

/// A level in front of the stamp: the letter of glog and klog, `W0105 10:00:00.1`, or the first word,
/// `WARN  [main] 2024-01-05 10:00:00,123`.
fn leading_level<'a>(line: &'a [u8], stamp: &[u8]) -> Option<&'a [u8]> {
    let is_level = |word: &&[u8]| value::level(word, LevelScale::Words).is_some();
    let is_first = line.starts_with(stamp);
    if is_first {
        let date = stamp[1..].iter().take_while(|byte| byte.is_ascii_digit());
        let is_glog =
            matches!(stamp[0], b'I' | b'W' | b'E' | b'F') && matches!(date.count(), 4 | 6);
        return is_glog.then(|| &line[..1]);
    }
    let word = line.trim_ascii_start();
    let word = word.strip_prefix(b"[").unwrap_or(word);
    let end = word.iter().position(|byte| !byte.is_ascii_alphabetic());
    Some(&word[..end?])
        .filter(|word| word.len() >= 3)
        .filter(is_level)
}

/// True if an event may begin at this line: it has a stamp.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    first_stamp(line).is_some()
}

/// True if a stamp stands at the very beginning of a line, perhaps in a bracket: no other text
/// stands before it.
pub fn leads(line: &[u8]) -> bool {
    let bracket = usize::from(matches!(line.first(), Some(b'[' | b'(')));
    first_stamp(line).is_some_and(|(stamp, _)| line[bracket..].starts_with(stamp))
}

/// The first stamp that begins within reach, and what follows it and the bracket it stands in.
fn first_stamp(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let reach = line.len().min(STAMP_START_MAX);
    (0..reach).find_map(|at| {
        let before = at.checked_sub(1).map(|before| line[before]);
        may_begin(before, line[at]).then_some(())?;
        let body = &line[at..line.len().min(at + STAMP_LENGTH_MAX)];
        let n = StampKind::Any.leading_length(body)?;
        // A bare number is a time only where a time is expected.
        let bare = body[..n]
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let expected = before.is_none_or(|before| matches!(before, b'[' | b'(' | b'=' | b'"'));
        if bare && !expected {
            return None;
        }
        let rest = &line[at + n..];
        let close = before.and_then(closing);
        let rest = close
            .filter(|close| rest.first() == Some(close))
            .map_or(rest, |_| &rest[1..]);
        Some((&body[..n], rest))
    })
}

/// Where a stamp may begin: at a word's first byte, or where letters turn into digits.
fn may_begin(before: Option<u8>, first: u8) -> bool {
    match before {
        _ if !first.is_ascii_alphanumeric() && first != b'@' => false,
        Some(before) if before.is_ascii_digit() || matches!(before, b'-' | b'.' | b'/') => false,
        Some(before) => !(before.is_ascii_alphabetic() || before == b'_') || before == b'T',
        None => true,
    }
}

fn closing(opening: u8) -> Option<u8> {
    match opening {
        b'[' => Some(b']'),
        b'(' => Some(b')'),
        b'<' => Some(b'>'),
        b'"' => Some(b'"'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: Option<&str>) {
        let stamp = first_stamp(line.as_bytes())
            .map(|(stamp, _)| String::from_utf8_lossy(stamp).into_owned());
        assert_eq!(stamp.as_deref(), expected, "{line}");
    }

    #[test]
    fn a_stamp_at_the_start_is_found_with_its_zone() {
        check(
            "2020-04-16T05:13:40.861934Z 344 [Note] denied",
            Some("2020-04-16T05:13:40.861934Z"),
        );
        check(
            "2024-01-05 10:00:00,123 ERROR x",
            Some("2024-01-05 10:00:00,123"),
        );
        check(
            "2024-01-05 10:00:00 +0100 x",
            Some("2024-01-05 10:00:00 +0100"),
        );
        check("2024-01-05 10:00:00+01: x", Some("2024-01-05 10:00:00+01"));
        check(
            "2024-01-05T10:00:00+01:00[Europe/Rome] x",
            Some("2024-01-05T10:00:00+01:00[Europe/Rome]"),
        );
        check(
            "2024-01-05 10:00:00 CEST x",
            Some("2024-01-05 10:00:00 CEST"),
        );
        check("2024-01-05 10:00:00 WARN x", Some("2024-01-05 10:00:00"));
        check("150722 15:35:10 x", Some("150722 15:35:10"));
        check("Feb  3 06:09:12 web-1 sshd[7]: x", Some("Feb  3 06:09:12"));
        check(
            "E0105 10:00:00.123456   77 main.go:1] x",
            Some("E0105 10:00:00.123456"),
        );
        check(
            "@400000005db99d8a07270e00 x",
            Some("@400000005db99d8a07270e00"),
        );
        check("1704448800.123 x", Some("1704448800.123"));
        check("10/30/2019 2:32:52 PM: x", Some("10/30/2019 2:32:52 PM"));
    }

    #[test]
    fn a_stamp_behind_brackets_and_words_is_found() {
        check("[2024-01-05 10:00:00] x", Some("2024-01-05 10:00:00"));
        check(
            "[Fri Jan 05 10:00:00.123456 2024] [core:error] x",
            Some("Fri Jan 05 10:00:00.123456 2024"),
        );
        check(
            "10.0.0.1 - - [05/Jan/2024:10:00:00 +0000] \"GET",
            Some("05/Jan/2024:10:00:00 +0000"),
        );
        check(
            "7:M 05 Jan 2024 10:00:00.123 * Ready",
            Some("05 Jan 2024 10:00:00.123"),
        );
        check("ERROR 2024-01-05 10:00:00 x", Some("2024-01-05 10:00:00"));
        check(
            "time=\"2024-01-05T10:00:00Z\" x",
            Some("2024-01-05T10:00:00Z"),
        );
        check(
            "type=X msg=audit(1704448800.123:87): x",
            Some("1704448800.123"),
        );
    }

    #[test]
    fn what_leads_a_line_has_nothing_before_it() {
        assert!(leads(b"2024-01-05 10:00:00 x") && leads(b"[2024-01-05 10:00:00] x"));
        assert!(!leads(b"{\"t\":\"2024-01-05 10:00:00\"") && !leads(b"x 2024-01-05 10:00:00"));
    }

    #[test]
    fn numbers_that_are_no_times_are_left_alone() {
        check("nothing here", None);
        check("", None);
        check("order 1704448800 shipped", None);
        check("build 2024.01.05 10 of 12", None);
        check("at 10:00:00 x", None);
        check("x2024-01-05 10:00:00 y", None);
    }

    #[test]
    fn a_level_may_stand_before_the_stamp() {
        let level = |line: &str| {
            let zone = crate::clock::Zone::UTC;
            let format = crate::formats::mixed::messages();
            let parsed = crate::formats::parse::parse_text(&format, zone, line.as_bytes());
            parsed.chunk.number_at(crate::events::Number::Level, 0)
        };
        assert_eq!(
            level("W0105 10:00:00.123456  7 a.go:1] late error"),
            Some(3)
        );
        assert_eq!(level("I0105 10:00:00.123456  7 a.go:1] x"), Some(1));
        assert_eq!(level("F0105 10:00:00.123456  7 a.go:1] x"), Some(5));
        assert_eq!(
            level("ERROR [Read-1] 2024-01-05 10:00:00,123 A.java:1 - x"),
            Some(4)
        );
        assert_eq!(level("[WARN] 2024-01-05 10:00:00 x"), Some(3));
        assert_eq!(level("ann [info] 2024-01-05 10:00:00 x"), None);
        assert_eq!(level("fail: Shop[3] 2024-01-05 10:00:00 x"), None);
    }

    #[test]
    fn a_stamp_alone_is_that_of_the_next_line() {
        let text = "2024-03-04T00:00:00.5+00:00\nERROR: no room\nmore of it\n2024-03-04T00:00:01.5+00:00\n2024-03-04T00:00:02.5+00:00\n";
        let format = crate::formats::mixed::messages();
        let zone = crate::clock::Zone::UTC;
        let parsed = crate::formats::parse::parse_text(&format, zone, text.as_bytes());
        let message = |row| {
            let symbol = parsed.chunk.text_at(Text::Message, row)?;
            Some(parsed.names[Text::Message as usize].text(symbol))
        };
        let messages: Vec<_> = (0..parsed.chunk.len()).map(message).collect();
        assert_eq!(messages, [Some("ERROR: no room".to_owned()), None, None]);
        assert_eq!(parsed.chunk.number_at(Number::Level, 0), Some(4));
        assert_eq!((parsed.joined, parsed.unparsed), (2, 0));
    }

    #[test]
    fn a_stamp_out_of_reach_is_text() {
        check(&format!("{} 2024-01-05 10:00:00", "x".repeat(64)), None);
    }

    #[test]
    fn what_follows_the_stamp_is_the_message() {
        let rest = |line: &'static str| first_stamp(line.as_bytes()).map(|(_, rest)| rest);
        assert_eq!(rest("[2024-01-05 10:00:00] x"), Some(&b" x"[..]));
        assert_eq!(rest("2024-01-05 10:00:00] x"), Some(&b"] x"[..]));
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line: Vec<u8>) {
            let _ = first_stamp(&line);
        }
    }
}
