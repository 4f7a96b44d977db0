//! JSON objects written as texts within JSON objects, as objects: `"properties":"{\"a\":1}"`.
//!
//! In: lines. Out: the same, where the text of a key that is itself one whole object stands
//! without its quotes and escapes, so that its keys can be read by their dotted paths. Other
//! lines stay as they are.

use super::layers::Stage;
use crate::formats::escapes::{text_end, unescape};
use crate::formats::json;

/// What a text that may be an object begins with.
const OPENS: &[u8] = b"\"{\\\"";
/// Most texts of a line that are looked into.
const TEXTS_MAX: usize = 16;

/// True if a line has a text that is an object.
pub fn is_in(line: &[u8]) -> bool {
    opened(line, &mut Vec::new())
}

/// Lines with their texts opened.
pub(super) fn opened_all(stage: &Stage<'_>) -> Stage<'static> {
    let mut out = Stage::with_capacity(stage.buffer.len(), stage.items.len());
    let mut line = Vec::new();
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        match opened(stage.line(i), &mut line) {
            true => out.push(&line, *origin),
            false => out.push(stage.line(i), *origin),
        }
    }
    out
}

/// Writes a line with its texts opened into `out`; false if it has none.
fn opened(line: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    if line.trim_ascii_start().first() != Some(&b'{') {
        return false;
    }
    let (mut copied, mut from, mut inner) = (0, 0, Vec::new());
    for _ in 0..TEXTS_MAX {
        let Some(at) = memchr::memmem::find(&line[from..], OPENS).map(|at| from + at) else {
            break;
        };
        from = at + OPENS.len();
        let text = &line[at + 1..];
        let Some(length) = text_end(text).filter(|_| is_value(&line[..at])) else {
            continue;
        };
        let end = at + 1 + length;
        unescape(&text[..length], &mut inner);
        if memchr::memchr2(b'\n', b'\r', &inner).is_none()
            && json::walk(&inner, &mut |_, _| {}).is_some()
        {
            out.extend_from_slice(&line[copied..at]);
            out.extend_from_slice(&inner);
            (copied, from) = (end + 1, end + 1);
        }
    }
    if copied == 0 {
        return false;
    }
    out.extend_from_slice(&line[copied..]);
    true
}

/// Whether what follows is the value of a key.
fn is_value(before: &[u8]) -> bool {
    before.trim_ascii_end().last() == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: Option<&str>) {
        let mut out = Vec::new();
        let is = opened(line.as_bytes(), &mut out);
        let found = is.then(|| String::from_utf8(out).expect("UTF-8"));
        assert_eq!(found.as_deref(), expected, "{line}");
    }

    #[test]
    fn the_text_of_a_key_that_is_an_object_becomes_one() {
        check(
            r#"{"a":"{\"b\":\"x \\\"y\\\"\",\"c\":{}}","d": "{\"e\":1}"}"#,
            Some(r#"{"a":{"b":"x \"y\"","c":{}},"d": {"e":1}}"#),
        );
        check(r#"{"a":"{\"b\":"}"#, None);
        check(r#"{"a":"{\"b\":1} and more"}"#, None);
        check(r#"{"a":["{\"b\":1}"]}"#, None);
        check(r#"a "{\"b\":1}""#, None);
        check(r#"{"a":"{\"b\":1}"#, None);
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line in r#"\{("a":"|\{\\"|b|\\":1|\}|"|\\|\\\\|,|:){0,20}"#) {
            let mut out = Vec::new();
            if opened(line.as_bytes(), &mut out) {
                prop_assert!(out.len() < line.len());
            }
        }
    }
}
