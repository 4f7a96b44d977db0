//! Lists of JSON objects on one line: `[{..},{..}]`, and `{"records":[{..},{..}]}` as event hubs
//! hand out batches, `{"events":[..],"nextToken":".."}` as CloudWatch answers, or
//! `{"took":3,"hits":{"hits":[..]}}` as Elasticsearch does.
//!
//! In: a line. Out: where its objects lie. Looks at brackets outside of quotes only.

use std::ops::Range;

use crate::formats::escapes::text_end;

/// Most objects of a line; a line with more is none of ours.
const OBJECTS_MAX: usize = 100_000;
/// Keys whose value is a batch, where an object has no other.
const BATCHES: [&[u8]; 3] = [b"\"records\"", b"\"Records\"", b"\"events\""];
const HITS: &[u8] = b"\"hits\"";
/// The hits of a search begin within so many bytes.
const HEAD_MAX: usize = 4096;
/// Keys that may stand behind a batch.
const BEHIND: [&[u8]; 4] = [
    b"\"searchedLogStreams\"",
    b"\"nextToken\"",
    b"\"nextForwardToken\"",
    b"\"nextBackwardToken\"",
];

/// Where the objects of a line lie that is a list of them. Of a line that is cut off, what stands
/// behind the last whole object is the last piece. `None` for other lines.
pub(super) fn objects(line: &[u8]) -> Option<Vec<Range<usize>>> {
    let mut at = opened(line)?;
    let mut found = Vec::new();
    loop {
        at = behind_blanks(line, at);
        let Some(end) = object_end(line, at) else {
            let is_cut = !found.is_empty() && line.get(at).is_none_or(|byte| *byte == b'{');
            found.extend((is_cut && at < line.len()).then_some(at..line.len()));
            return is_cut.then_some(found);
        };
        found.push(at..end);
        if found.len() > OBJECTS_MAX {
            return None;
        }
        at = behind_blanks(line, end);
        match line.get(at) {
            Some(b',') => at += 1,
            Some(b']') => return is_end(&line[at + 1..]).then_some(found),
            None => return Some(found),
            Some(_) => return None,
        }
    }
}

/// Whether a line opens a batch of which the objects stand on the lines behind it: `"events": [`.
pub(super) fn opens_batch(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let rest = BATCHES.iter().find_map(|key| line.strip_prefix(*key));
    let rest = rest.and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"));
    rest.is_some_and(|rest| rest.trim_ascii() == b"[")
}

/// Behind the bracket that opens the list.
fn opened(line: &[u8]) -> Option<usize> {
    let mark = if line.starts_with("\u{feff}".as_bytes()) {
        3
    } else {
        0
    };
    let mut at = behind_blanks(line, mark);
    if line[at..].starts_with(b"{\"took\":") {
        let head = &line[..line.len().min(HEAD_MAX)];
        let mut keys = memchr::memmem::find_iter(head, HITS);
        at = keys.find_map(|key| list_behind(line, key + HITS.len()))?;
    } else if line.get(at) == Some(&b'{') {
        at = behind_blanks(line, at + 1);
        let key = BATCHES.iter().find(|key| line[at..].starts_with(key))?;
        at = behind_blanks(line, at + key.len());
        if line.get(at) != Some(&b':') {
            return None;
        }
        at = behind_blanks(line, at + 1);
    }
    let first = behind_blanks(line, at + 1);
    (line.get(at) == Some(&b'[') && line.get(first) == Some(&b'{')).then_some(first)
}

/// Where a list begins whose key ends here.
fn list_behind(line: &[u8], at: usize) -> Option<usize> {
    let colon = behind_blanks(line, at);
    let value = behind_blanks(line, colon + 1);
    (line.get(colon) == Some(&b':') && line.get(value) == Some(&b'[')).then_some(value)
}

fn behind_blanks(line: &[u8], at: usize) -> usize {
    let rest = line.get(at..).unwrap_or(&[]);
    at + (rest.len() - rest.trim_ascii_start().len())
}

/// Nothing but what closes the batch, or goes on with a list of lists.
fn is_end(rest: &[u8]) -> bool {
    let rest = rest.trim_ascii();
    let key = rest.strip_prefix(b",").map(<[u8]>::trim_ascii_start);
    let is_more = |key: &[u8]| BEHIND.iter().any(|known| key.starts_with(known));
    matches!(rest, b"" | b"}" | b"," | b"}," | b"}}") || key.is_some_and(is_more)
}

/// Behind the bracket that closes the object at `at`.
fn object_end(line: &[u8], at: usize) -> Option<usize> {
    if line.get(at) != Some(&b'{') {
        return None;
    }
    let (mut depth, mut at) = (0usize, at);
    while let Some(byte) = line.get(at) {
        at += 1;
        match byte {
            b'"' => at += text_end(&line[at..])? + 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &str, expected: Option<&[&str]>) {
        let found = objects(line.as_bytes());
        let texts = found.map(|all| all.into_iter().map(|one| &line[one]).collect::<Vec<_>>());
        assert_eq!(texts.as_deref(), expected, "{line}");
    }

    #[test]
    fn a_list_on_one_line_is_its_objects() {
        check(
            r#"[{"a":1},{"b":[{}]}]"#,
            Some(&[r#"{"a":1}"#, r#"{"b":[{}]}"#]),
        );
        check(
            r#" { "records" : [ {"a":"]},{"} , {"b":"\""} ] } "#,
            Some(&[r#"{"a":"]},{"}"#, r#"{"b":"\""}"#]),
        );
        check(r#"{"Records":[{"a":1}]}"#, Some(&[r#"{"a":1}"#]));
        check(
            r#"{"took": 3, "hits": {"total": 1, "hits": [{"b":2}]}}"#,
            Some(&[r#"{"b":2}"#]),
        );
        check(
            r#"{"took":3,"hits":{"total":{"value":2},"hits":[{"_source":{"a":[1]}},{"b":2}]}}"#,
            Some(&[r#"{"_source":{"a":[1]}}"#, r#"{"b":2}"#]),
        );
        check(
            r#"{"events":[{"a":1}], "nextToken":"f/3"}"#,
            Some(&[r#"{"a":1}"#]),
        );
    }

    #[test]
    fn what_is_cut_off_is_a_piece_of_its_own() {
        check(r#"[{"a":1},{"b"#, Some(&[r#"{"a":1}"#, r#"{"b"#]));
        check(r#"[{"a":1},"#, Some(&[r#"{"a":1}"#]));
        check(r#"[{"a":1}"#, Some(&[r#"{"a":1}"#]));
    }

    #[test]
    fn other_lines_are_no_lists() {
        for line in [
            "",
            "[",
            "[]",
            r#"{"a":1}"#,
            r#"{"records":[]}"#,
            r#"{"records":{"a":1}}"#,
            r#"{"time":1,"records":[{"a":1}]}"#,
            r#"{"events":[{"a":1}],"level":"info"}"#,
            r#"{"took":3,"hits":{"total":0,"hits":[]}}"#,
            r#"{"took":3,"level":"info"}"#,
            r#"[{"a":1}] and more"#,
            r#"[{"a":1},x]"#,
            "[2024-02-03T06:09:12Z] {}",
            r#"[{"a"#,
        ] {
            check(line, None);
        }
    }

    proptest! {
        #[test]
        fn pieces_lie_behind_one_another(line in r#"(\[|\]|\{|\}|,|"a"|"|:|\\|"records"| ){0,24}"#) {
            let mut from = 0;
            for piece in objects(line.as_bytes()).unwrap_or_default() {
                prop_assert!(piece.start >= from && piece.end <= line.len() && !piece.is_empty());
                from = piece.end;
            }
        }
    }
}
