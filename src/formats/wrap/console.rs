//! The console encoding of zap (Go): a stamp, a level, who spoke and where, the message and an object
//! of its fields, with tabs between them.
//!
//! In: lines. Out: the same as zap's own JSON, one line each, with the lines of its stack behind it.
//! Other lines stay as they are. Which keys mean what is the format's.

use super::export::push_text;
use super::layers::Stage;
use crate::formats::field::LevelScale;
use crate::formats::stamp::StampKind;
use crate::formats::{json, value};

/// Longest stamp and longest level, in bytes.
const STAMP_MAX: usize = 40;
const LEVEL_MAX: usize = 24;

/// The cells of a line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry<'a> {
    stamp: &'a [u8],
    level: &'a [u8],
    logger: &'a [u8],
    caller: &'a [u8],
    message: &'a [u8],
    /// What stands within the brackets of the object.
    fields: &'a [u8],
}

/// True if an entry begins at this line.
pub fn opens(line: &[u8]) -> bool {
    head(line).is_some()
}

/// Entries as lines of JSON.
pub(super) fn entries(stage: &Stage<'_>) -> Stage<'static> {
    let mut out = Stage::with_capacity(stage.buffer.len() * 2, stage.items.len());
    // The lane of the entry of which the stack may be to come.
    let (mut open, mut json) = (None, Vec::new());
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        let line = stage.line(i);
        let next = (i + 1 < stage.items.len()).then(|| stage.line(i + 1));
        match read(line) {
            Some(entry) => {
                entry.write(&mut json);
                out.push(&json, *origin);
                open = Some(origin.lane());
            }
            None if open == Some(origin.lane()) && is_frame(line, next) => {
                if let Some((_, whole)) = out.items.last_mut() {
                    *whole = whole.through(*origin);
                }
            }
            None => {
                out.push(line, *origin);
                open = None;
            }
        }
    }
    out
}

/// `main.charge`, with `\t/srv/till/main.go:42` behind it on a line of its own.
fn is_frame(line: &[u8], next: Option<&[u8]>) -> bool {
    let is_place =
        |line: &[u8]| line.starts_with(b"\t") && memchr::memmem::find(line, b".go:").is_some();
    is_place(line) || (!line.is_empty() && next.is_some_and(is_place))
}

/// Stamp, level and what is behind them.
fn head(line: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let (stamp, rest) = cell(line, STAMP_MAX)?;
    let (level, rest) = cell(rest, LEVEL_MAX)?;
    let level = bare(level);
    let is_one = stamp.len() > 8
        && level.iter().all(u8::is_ascii_alphabetic)
        && value::level(level, LevelScale::Words).is_some()
        && StampKind::Any.read(stamp).is_some();
    is_one.then_some((stamp, level, rest))
}

fn read(line: &[u8]) -> Option<Entry<'_>> {
    let (stamp, level, rest) = head(line)?;
    let mut entry = Entry {
        stamp,
        level,
        ..Entry::default()
    };
    let mut rest = rest;
    if let Some(at) = memchr::memrchr(b'\t', rest)
        && let object = rest[at + 1..].trim_ascii()
        && json::walk(object, &mut |_, _| {}).is_some()
    {
        entry.fields = object[1..object.len() - 1].trim_ascii();
        rest = &rest[..at];
    }
    let cells: Vec<&[u8]> = rest.splitn(3, |byte| *byte == b'\t').collect();
    (entry.logger, entry.caller, entry.message) = match cells[..] {
        [logger, caller, message] if is_caller(caller) => (logger, caller, message),
        [caller, ..] if is_caller(caller) => (&b""[..], caller, behind(rest, caller)),
        [logger, _, ..] if is_name(logger) => (logger, &b""[..], behind(rest, logger)),
        _ => (&b""[..], &b""[..], rest),
    };
    Some(entry)
}

/// What stands behind the first cell.
fn behind<'a>(rest: &'a [u8], first: &[u8]) -> &'a [u8] {
    rest.get(first.len() + 1..).unwrap_or(&[])
}

/// `http/server.go:42`.
fn is_caller(cell: &[u8]) -> bool {
    let at = memchr::memmem::rfind(cell, b".go:");
    at.is_some_and(|at| at + 4 < cell.len() && cell[at + 4..].iter().all(u8::is_ascii_digit))
}

/// `controller-runtime.metrics`: a word.
fn is_name(cell: &[u8]) -> bool {
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"._-/".contains(byte);
    !cell.is_empty() && cell.iter().all(is_letter)
}

/// A cell of at most so many bytes and what is behind its tab.
fn cell(line: &[u8], max: usize) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b'\t', &line[..line.len().min(max + 1)])?;
    Some((&line[..end], &line[end + 1..]))
}

/// A word without the colour around it.
fn bare(word: &[u8]) -> &[u8] {
    let Some(end) = word
        .starts_with(b"\x1b")
        .then(|| memchr::memchr(b'm', word))
        .flatten()
    else {
        return word;
    };
    let word = &word[end + 1..];
    &word[..memchr::memchr(0x1b, word).unwrap_or(word.len())]
}

impl Entry<'_> {
    fn write(&self, json: &mut Vec<u8>) {
        json.clear();
        json.push(b'{');
        let pairs = [
            (&b"level"[..], self.level),
            (b"ts", self.stamp),
            (b"logger", self.logger),
            (b"caller", self.caller),
            (b"msg", self.message),
        ];
        for (i, (key, text)) in pairs.into_iter().enumerate() {
            if i > 0 {
                json.push(b',');
            }
            push_text(key, json);
            json.push(b':');
            push_text(text, json);
        }
        if !self.fields.is_empty() {
            json.push(b',');
            json.extend_from_slice(self.fields);
        }
        json.push(b'}');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::LineBatch;
    use proptest::prelude::*;

    fn check(text: &str, expected: &[&str]) {
        let out = entries(&Stage::of(&LineBatch::split(text.as_bytes().to_vec(), 0)));
        let said: Vec<String> = out
            .items
            .iter()
            .enumerate()
            .map(|(i, (_, origin))| {
                let text = String::from_utf8_lossy(out.line(i)).into_owned();
                format!("{}-{} {text}", origin.first, origin.last)
            })
            .collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn the_cells_of_a_line_are_the_keys_of_zaps_json() {
        check(
            "2024-03-04T12:00:01.234+0100\tERROR\ttill\thttp/server.go:42\tpay \"x\" failed\t{\"status\": 502, \"elapsed\": \"250ms\"}",
            &[
                r#"0-0 {"level":"ERROR","ts":"2024-03-04T12:00:01.234+0100","logger":"till","caller":"http/server.go:42","msg":"pay \"x\" failed","status": 502, "elapsed": "250ms"}"#,
            ],
        );
        check(
            "2024-03-04T12:00:01.234Z\t\x1b[34mINFO\x1b[0m\tcmd/main.go:7\tlistening",
            &[
                r#"0-0 {"level":"INFO","ts":"2024-03-04T12:00:01.234Z","logger":"","caller":"cmd/main.go:7","msg":"listening"}"#,
            ],
        );
        check(
            "1.709553601234e+09\tINFO\tx\n1709553601.234\tINFO\tsetup\tstarting the manager\t{}",
            &[
                "0-0 1.709553601234e+09\tINFO\tx",
                r#"1-1 {"level":"INFO","ts":"1709553601.234","logger":"setup","caller":"","msg":"starting the manager"}"#,
            ],
        );
        check(
            "2024-03-04T12:00:01Z\tWARN\tthe till is slow\tnot {an object}",
            &[
                r#"0-0 {"level":"WARN","ts":"2024-03-04T12:00:01Z","logger":"","caller":"","msg":"the till is slow\tnot {an object}"}"#,
            ],
        );
    }

    #[test]
    fn a_stack_belongs_to_the_entry_before_it() {
        check(
            "2024-03-04T12:00:01Z\tERROR\ta.go:1\tx\nmain.(*Till).pay\n\t/srv/till.go:7\nmain.main\n\t/srv/main.go:9\nbye",
            &[
                r#"0-4 {"level":"ERROR","ts":"2024-03-04T12:00:01Z","logger":"","caller":"a.go:1","msg":"x"}"#,
                "5-5 bye",
            ],
        );
        check(
            "main.main\n\t/srv/main.go:9",
            &["0-0 main.main", "1-1 \t/srv/main.go:9"],
        );
    }

    #[test]
    fn other_lines_with_tabs_are_none() {
        for line in [
            "2024-03-04T12:00:01Z INFO x",
            "2024-03-04T12:00:01Z\t404\tx",
            "2024-03-04\t12:00:01\tINFO",
            "x\tINFO\ty",
            "",
        ] {
            assert!(!opens(line.as_bytes()), "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_entry_is_an_object(rest in "[a-z.:\"\\\\\t{} ]{0,30}(\\{(\"a\":1)?\\})?") {
            let line = format!("2024-03-04T12:00:01Z\tINFO\t{rest}");
            let mut json = Vec::new();
            read(line.as_bytes()).expect("an entry").write(&mut json);
            prop_assert_eq!(json::walk(&json, &mut |_, _| {}), Some(()));
        }
    }
}
