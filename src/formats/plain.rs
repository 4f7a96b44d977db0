//! Plain text with a stamp in front: the last resort.

use super::field::{Field, LevelScale};
use super::row::Row;
use super::stamp::{StampKind, StampReader};
use super::value;

/// Longest stamp looked for at the start of a line, in bytes.
const STAMP_LENGTH_MAX: usize = 36;
/// How many words behind the stamp may be the level.
const LEVEL_WORDS: usize = 6;

/// Reads `2024-01-05 10:00:00,123 [main] ERROR text`: a stamp at the start (perhaps in
/// brackets), a level among the next words, the rest as message. `None` without a stamp.
pub fn split<'a>(line: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) -> Option<()> {
    let (stamp, rest) = leading_stamp(line)?;
    row.set(Field::Time(StampKind::Any), stamp, stamps);
    row.time_ns()?;
    message(rest, row, stamps);
    Some(())
}

/// Reads a message without a stamp: a level among its first words, the whole as message.
pub fn message<'a>(rest: &'a [u8], row: &mut Row<'a>, stamps: &mut StampReader) {
    let is_separator = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'[' | b']' | b'(' | b')' | b':' | b'|' | b'=')
    };
    let level = rest
        .split(is_separator)
        .filter(|word| !word.is_empty())
        .take(LEVEL_WORDS)
        .find(|word| {
            word.len() >= 3
                && word[0].is_ascii_alphabetic()
                && value::level(word, LevelScale::Words).is_some()
        });
    if let Some(level) = level {
        row.set(Field::Level(LevelScale::Words), level, stamps);
    }
    row.set(Field::Message, rest.trim_ascii(), stamps);
}

/// True if an event may begin at this line: it has a stamp.
pub fn opens(_before: Option<&[u8]>, line: &[u8]) -> bool {
    leading_stamp(line).is_some()
}

fn leading_stamp(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let bracket = usize::from(line.first() == Some(&b'['));
    let body = &line[bracket..];
    let head = &body[..body.len().min(STAMP_LENGTH_MAX)];
    // Ends of words and brackets are where a stamp may end; the longest one that reads wins.
    (8..=head.len())
        .rev()
        .filter(|&n| n == head.len() || matches!(head[n], b' ' | b']' | b'\t' | b'|' | b':'))
        .filter(|&n| head[0].is_ascii_digit() && StampKind::Any.read(&head[..n]).is_some())
        .map(|n| {
            (
                &head[..n],
                body[n..].strip_prefix(b"]").unwrap_or(&body[n..]),
            )
        })
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<&str>) {
        let stamp = leading_stamp(line.as_bytes())
            .map(|(stamp, _)| String::from_utf8_lossy(stamp).into_owned());
        assert_eq!(stamp.as_deref(), expected, "{line}");
    }

    #[test]
    fn the_longest_stamp_at_the_start_is_found() {
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
        check("[2024-01-05 10:00:00] x", Some("2024-01-05 10:00:00"));
        check("150722 15:35:10 x", Some("150722 15:35:10"));
        check("nothing here", None);
        check("", None);
    }
}
