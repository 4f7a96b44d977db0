//! Text with pairs behind it: `2024/02/03 06:09:12 INFO served method=GET status=502`, as Go's slog,
//! Rust's tracing, structlog, hclog and zerolog's console write it, and programs in their messages.
//!
//! In: lines. Out: the same as logfmt, one line each: stamp, level and words get keys. Lines without
//! stamp or pairs stay as they are. Which keys mean what is the format's.

use super::export::push_text;
use super::layers::{Origin, Stage};
use crate::formats::escapes::text_end;
use crate::formats::field::LevelScale;
use crate::formats::requests::METHODS;
use crate::formats::search::find_either;
use crate::formats::stamp::StampKind;
use crate::formats::value;

/// What may stand between stamp, level and words.
const BETWEEN: &[u8] = b" \t|[]:-";
/// Words for units that stand behind a number and a space.
const UNITS: [&[u8]; 5] = [b"ms", b"us", "\u{b5}s".as_bytes(), b"ns", b"s"];
/// Longest word for a severity.
const LEVEL_MAX: usize = 8;

/// True if a line begins with a stamp, or the layers around it say its time.
pub(super) fn is_dated(line: &[u8], origin: &Origin) -> bool {
    origin.time_ns.is_some() || stamp_length(bare(line)) > 0
}

/// True if a line is a text with pairs; `origin`: what the layers around it say.
pub(super) fn is_one(line: &[u8], origin: &Origin) -> bool {
    Entry::default().read(line, origin)
}

/// Texts with pairs as lines of logfmt.
pub(super) fn entries(stage: &Stage<'_>) -> Stage<'static> {
    let mut out = Stage::with_capacity(stage.buffer.len() * 3 / 2, stage.items.len());
    let (mut entry, mut text) = (Entry::default(), Vec::new());
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        let line = stage.line(i);
        match entry.read(line, origin) {
            true => {
                entry.write(&mut text);
                out.push(&text, *origin);
            }
            false => out.push(line, *origin),
        }
    }
    out
}

/// What a line says.
#[derive(Default)]
struct Entry {
    stamp: Vec<u8>,
    level: Vec<u8>,
    words: Vec<u8>,
    /// As they stand, with a space in front of each.
    pairs: Vec<u8>,
}

impl Entry {
    /// Reads a line; false if it has no stamp, no pairs, or nothing in front of these.
    fn read(&mut self, line: &[u8], origin: &Origin) -> bool {
        self.words.clear();
        self.pairs.clear();
        let line = bare(line);
        let length = stamp_length(line);
        if length == 0 && origin.time_ns.is_none() {
            return false;
        }
        let (stamp, rest) = line.split_at(length);
        let (level, rest) = match letter(stamp) {
            Some(level) => (level, behind(rest)),
            None => level(behind(rest)),
        };
        put(&mut self.stamp, stamp);
        put(&mut self.level, level);
        self.read_pairs(rest);
        let is_text = !self.words.is_empty() || !self.level.is_empty();
        is_text && !self.pairs.is_empty()
    }

    /// Words and pairs in any order; spans of tracing hold pairs in braces.
    fn read_pairs(&mut self, text: &[u8]) {
        let mut rest = text.trim_ascii();
        let mut in_span = false;
        while !rest.is_empty() {
            if let Some(length) = pair(rest, in_span) {
                self.pairs.push(b' ');
                self.pairs.extend_from_slice(&rest[..length]);
                rest = &rest[length..];
                if let Some(unit) = unit(rest).filter(|_| ends_in_digit(&self.pairs)) {
                    self.pairs.extend_from_slice(unit);
                    rest = &rest[1 + unit.len()..];
                }
                if in_span && let Some(b'}') = rest.first() {
                    (in_span, rest) = (false, &rest[1..]);
                }
                rest = trimmed(rest, b" \t,:");
                continue;
            }
            let mut end = word_end(rest);
            if let Some(path) = path_behind(&rest[..end], &rest[end..]) {
                for (key, value) in [(&b" method="[..], &rest[..end]), (b" path=", path)] {
                    self.pairs.extend_from_slice(key);
                    self.pairs.extend_from_slice(value);
                }
                rest = rest[end + 1 + path.len()..].trim_ascii_start();
                continue;
            }
            let brace = memchr::memchr(b'{', &rest[..end]);
            let opens = brace.filter(|at| pair(&rest[at + 1..], true).is_some());
            if let Some(at) = opens {
                (in_span, end) = (true, at);
            }
            if !self.words.is_empty() {
                self.words.push(b' ');
            }
            self.words.extend_from_slice(&rest[..end]);
            rest = rest[end + usize::from(opens.is_some())..].trim_ascii_start();
        }
    }

    fn write(&self, text: &mut Vec<u8>) {
        text.clear();
        for (key, value) in [
            (&b"time="[..], &self.stamp),
            (b" level=", &self.level),
            (b" msg=", &self.words),
        ] {
            if !value.is_empty() {
                text.extend_from_slice(key);
                push_text(value, text);
            }
        }
        text.extend_from_slice(&self.pairs);
    }
}

/// Without the bracket that may stand around its stamp.
fn bare(line: &[u8]) -> &[u8] {
    line.strip_prefix(b"[").unwrap_or(line)
}

fn stamp_length(line: &[u8]) -> usize {
    StampKind::Any.leading_length(line).unwrap_or(0)
}

fn put(own: &mut Vec<u8>, text: &[u8]) {
    own.clear();
    own.extend_from_slice(text);
}

fn trimmed<'a>(mut text: &'a [u8], of: &[u8]) -> &'a [u8] {
    while let Some((first, rest)) = text.split_first()
        && of.contains(first)
    {
        text = rest;
    }
    text
}

fn behind(text: &[u8]) -> &[u8] {
    trimmed(text, BETWEEN)
}

/// The severity that glog writes as the first letter of a stamp: `E0203 06:09:12.500000`.
fn letter(stamp: &[u8]) -> Option<&'static [u8]> {
    match stamp {
        [b'I', b'0'..=b'9', ..] => Some(b"info"),
        [b'W', b'0'..=b'9', ..] => Some(b"warning"),
        [b'E', b'0'..=b'9', ..] => Some(b"error"),
        [b'F', b'0'..=b'9', ..] => Some(b"fatal"),
        _ => None,
    }
}

fn word_end(text: &[u8]) -> usize {
    find_either(b' ', b'\t', text).unwrap_or(text.len())
}

/// The path behind a word and a space, where the word is a method: `GET /pay/7`.
fn path_behind<'a>(word: &[u8], behind: &'a [u8]) -> Option<&'a [u8]> {
    let path = behind
        .strip_prefix(b" ")
        .filter(|rest| rest.first() == Some(&b'/'))?;
    METHODS.contains(&word).then(|| &path[..word_end(path)])
}

/// The word for a severity in front, if there is one, and what is behind it.
fn level(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| !byte.is_ascii_alphabetic());
    let (word, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_level = (3..=LEVEL_MAX).contains(&word.len())
        && value::level(word, LevelScale::Words).is_some()
        && !rest.starts_with(b"=");
    match is_level {
        true => (word, behind(rest)),
        false => (b"", text),
    }
}

/// How long the pair is with which a text begins.
fn pair(text: &[u8], in_span: bool) -> Option<usize> {
    let is_key = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-@".contains(byte);
    let key = text.iter().position(|byte| !is_key(byte))?;
    let is_name = text[0].is_ascii_alphabetic() || matches!(text[0], b'_' | b'@');
    if key == 0 || !is_name || text[key] != b'=' {
        return None;
    }
    let value = &text[key + 1..];
    if let Some(quoted) = value.strip_prefix(b"\"") {
        return Some(key + 3 + text_end(quoted)?);
    }
    let end = match in_span {
        true => value.iter().position(|byte| b" \t},".contains(byte)),
        false => find_either(b' ', b'\t', value),
    };
    let end = end.unwrap_or(value.len());
    let bare = value[..end].strip_suffix(b",").unwrap_or(&value[..end]);
    (!bare.is_empty() && !bare.starts_with(b"=")).then_some(key + 1 + bare.len())
}

/// A word for a unit behind a space.
fn unit(rest: &[u8]) -> Option<&'static [u8]> {
    let word = rest.strip_prefix(b" ")?;
    UNITS.into_iter().find(|unit| {
        let behind = word.strip_prefix(*unit);
        behind.is_some_and(|behind| behind.first().is_none_or(u8::is_ascii_whitespace))
    })
}

fn ends_in_digit(text: &[u8]) -> bool {
    text.last().is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;
    use crate::events::{Number, Text};
    use crate::formats::detect::detect;
    use crate::formats::parse::parse;
    use crate::lines::LineBatch;
    use proptest::prelude::*;

    fn written(line: &str) -> String {
        let batch = LineBatch::split(line.as_bytes().to_vec(), 0);
        let out = entries(&Stage::of(&batch));
        String::from_utf8_lossy(out.line(0)).into_owned()
    }

    #[test]
    fn stamp_level_and_words_get_keys() {
        let check = |line: &str, expected: &str| assert_eq!(written(line), expected, "{line}");
        check(
            "2024/02/03 06:09:12 INFO served method=GET path=/a?b=c status=502 took=12ms",
            r#"time="2024/02/03 06:09:12" level="INFO" msg="served" method=GET path=/a?b=c status=502 took=12ms"#,
        );
        check(
            r#"2024-02-03T06:09:12.5Z  WARN request{method=GET uri=/a version="HTTP/1.1"}:pay{id=7}: shop::http: done latency=12 ms status=200"#,
            r#"time="2024-02-03T06:09:12.5Z" level="WARN" msg="request pay shop::http: done" method=GET uri=/a version="HTTP/1.1" id=7 latency=12ms status=200"#,
        );
        check(
            "2024-02-03T06:09:12.5Z [error    ] could not pay                  [shop] error=\"no \\\"card\\\" left\" n=3",
            r#"time="2024-02-03T06:09:12.5Z" level="error" msg="could not pay [shop]" error="no \"card\" left" n=3"#,
        );
        check(
            r#"E0203 06:09:12.500000   12 http.go:7] "HTTP" verb="GET" resp=504"#,
            r#"time="E0203 06:09:12.500000" level="error" msg="12 http.go:7] \"HTTP\"" verb="GET" resp=504"#,
        );
        check(
            "Fri Feb  2 06:09:12 2024 served id=7 status=200",
            r#"time="Fri Feb  2 06:09:12 2024" msg="served" id=7 status=200"#,
        );
        check(
            "2024-02-03 06:09:12.5 | INFO     | till:pay:42 - GET /pay/7?a=b took=7ms status=200",
            r#"time="2024-02-03 06:09:12.5" level="INFO" msg="till:pay:42 -" method=GET path=/pay/7?a=b took=7ms status=200"#,
        );
        check(
            "[2024-02-03 06:09:12.5] [INFO] till: served: id=7, status=200",
            r#"time="2024-02-03 06:09:12.5" level="INFO" msg="till: served:" id=7 status=200"#,
        );
    }

    #[test]
    fn lines_without_stamp_or_pairs_stay_as_they_are() {
        for line in [
            "2024/02/03 06:09:12 INFO served",
            "INFO served method=GET",
            "2024/02/03 06:09:12 a == b",
            "2024/02/03 06:09:12 method=GET status=200",
            "time=2024-02-03T06:09:12Z level=info msg=x",
            "10.0.0.1 - - [03/Feb/2024:06:09:12 +0000] \"GET /?a=b HTTP/1.1\" 200 1",
        ] {
            assert_eq!(written(line), line);
        }
    }

    #[test]
    fn texts_whose_pairs_tell_of_requests_are_read_by_them() {
        let check = |lines: [&str; 3], expected: &str| {
            let batch = LineBatch::split(lines.join("\n").into_bytes(), 0);
            let found = detect(&batch, "x").expect("a format");
            let parsed = parse(&found.format, Zone::UTC, &batch);
            let number = |number| parsed.chunk.number_at(number, 1).unwrap_or(-1);
            let message = parsed.chunk.text_at(Text::Message, 1).unwrap_or_default();
            let said = format!(
                "{}: {} of 3, {} {} {}",
                found.format.name,
                parsed.chunk.len(),
                number(Number::Status),
                number(Number::LatencyUs),
                parsed.names[Text::Message as usize].text(message)
            );
            assert_eq!(said, expected);
        };
        check(
            [
                "2024-02-03T06:09:12.5Z  INFO till: served method=GET path=/a status=200 took_ms=7",
                "2024-02-03T06:09:13.5Z ERROR till: served method=GET path=/b status=502 took_ms=3000",
                "2024-02-03T06:09:14.5Z  INFO till: served method=GET path=/c status=200 took_ms=9",
            ],
            "logfmt in text: 3 of 3, 502 3000000 till: served",
        );
        // A program's messages of a known format say no more of requests than a text does.
        check(
            [
                "2024-02-03T06:09:12.500Z  INFO 1 --- [nio-8080-exec-3] shop.till.Log : GET /a status=200 took=7ms",
                "2024-02-03T06:09:13.500Z ERROR 1 --- [nio-8080-exec-1] shop.till.Log : GET /b status=502 took=3000ms",
                "2024-02-03T06:09:14.500Z  INFO 1 --- [nio-8080-exec-3] shop.till.Log : GET /c status=200 took=9ms",
            ],
            "logfmt in text: 3 of 3, 502 3000000 <*> --- [<*>] shop.till.Log :",
        );
        // What tells of no requests is a message as it stands.
        check(
            [
                "2024-02-03T06:09:12.5Z  INFO till: opened drawer=7",
                "2024-02-03T06:09:13.5Z ERROR till: jammed drawer=7",
                "2024-02-03T06:09:14.5Z  INFO till: closed drawer=7",
            ],
            "text: 3 of 3, -1 -1 ERROR till: jammed drawer=<*>",
        );
    }

    proptest! {
        #[test]
        fn no_line_is_lost(text in "(2024/02/03 06:09:12|INFO|a=|a=b|\"|\\{|\\}|c\\{d=|=|[a-z]{0,3}| |:|,|\\[|\\]|7 ms|\n){0,40}") {
            let batch = LineBatch::split(text.into_bytes(), 0);
            let out = entries(&Stage::of(&batch));
            prop_assert_eq!(out.items.len(), batch.len());
        }
    }
}
