//! JSON objects written over many lines, or many on one, as one line each.
//!
//! In: lines. Out: the same, where a line that opens an object stands for all up to its closing
//! bracket, an object of a list stands without the list's comma, and a line that is a list
//! (`lists`) stands for each of its objects. Looks at brackets outside of quotes only: what the
//! object means is the JSON engine's.

use std::collections::BTreeMap;

use super::layers::{Origin, Stage, WHOLE_BYTES_MAX};
use super::lists;
use crate::lines::LineBatch;

/// Most lines of one object.
const LINES_MAX: usize = 10_000;
/// So many objects say what their keys are about.
const OBJECTS_LOOKED: usize = 50;

/// An object of which the end is to come: its lines, put together and apart.
struct Open {
    whole: Vec<u8>,
    depth: usize,
    lines: Vec<usize>,
}

/// True if a list of objects begins at this line.
pub fn opens_list(line: &[u8]) -> bool {
    !line.first().is_some_and(u8::is_ascii_whitespace) && lists::objects(line).is_some()
}

/// True if an object over many lines may begin at this line: nothing but an opening bracket.
pub fn opens(line: &[u8]) -> bool {
    unmarked(line).trim_ascii() == b"{"
}

/// How many of the first lines are a sample where objects over many lines begin within the first
/// `least`: so many more that it holds enough objects, and none that has no end. `None` for other
/// lines, and while no object has ended.
pub fn sample_end(head: &LineBatch, least: usize) -> Option<usize> {
    (0..head.len().min(least)).find(|&i| opens(head.line(i)))?;
    let objects = joined(&Stage::of(head)).items.into_iter();
    let objects = objects.filter(|(_, origin)| origin.last > origin.first);
    let ends: Vec<usize> = objects
        .map(|(_, origin)| origin.last as usize + 1)
        .collect();
    let enough = |(i, end): (usize, &usize)| i + 1 >= OBJECTS_LOOKED && *end >= least;
    let found = ends.iter().enumerate().position(enough);
    found.map(|i| ends[i]).or(ends.last().copied())
}

/// A line without the mark of byte order that a file may begin with.
fn unmarked(line: &[u8]) -> &[u8] {
    line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line)
}

/// Objects put together, lane by lane. One that never ends stays as it was; a list's own
/// brackets, each on a line, become blank, and so do those of a batch.
pub(super) fn joined(stage: &Stage<'_>) -> Stage<'static> {
    let mut out = Stage::with_capacity(stage.buffer.len(), stage.items.len());
    let mut open: BTreeMap<u32, Open> = BTreeMap::new();
    for (i, (_, origin)) in stage.items.iter().enumerate() {
        let (line, lane) = (stage.line(i), origin.lane());
        match open.remove(&lane) {
            None if opens(line) => {
                open.insert(lane, Open::at(line, i));
            }
            None if matches!(line.trim_ascii(), b"[" | b"]" | b"]," | b"}") => {
                out.push(b"", *origin);
            }
            None if push_list(line, *origin, stage.as_written, &mut out) => {}
            None => out.push(element(line).unwrap_or(line), *origin),
            Some(batch) if opens(line) && batch.is_opened(stage) => {
                let own = batch.lines.iter().map(|&i| stage.items[i].1);
                own.for_each(|origin| out.push(b"", origin));
                open.insert(lane, Open::at(line, i));
            }
            Some(mut object) => {
                object.add(line, i);
                if object.depth == 0 {
                    let (whole, origin) = (without_comma(&object.whole), object.origin(stage));
                    if !push_list(whole, origin, false, &mut out) {
                        out.push(whole, origin);
                    }
                } else if object.is_too_large() {
                    object.give_back(stage, &mut out);
                } else {
                    open.insert(lane, object);
                }
            }
        }
    }
    open.values()
        .for_each(|object| object.give_back(stage, &mut out));
    // What was given back late still stands in the order of the lines.
    out.items.sort_by_key(|(_, origin)| origin.first);
    out
}

/// The objects of a list, each by itself; false if the line is none. `is_written`: they lie in the
/// source as they lie in the line.
fn push_list(line: &[u8], origin: Origin, is_written: bool, out: &mut Stage<'_>) -> bool {
    let Some(found) = lists::objects(line) else {
        return false;
    };
    out.extra += found.len() as u64 - 1;
    for one in found {
        let part = is_written.then_some((one.start as u32, one.end as u32));
        out.push(&line[one], origin.at(part));
    }
    true
}

impl Open {
    fn at(line: &[u8], i: usize) -> Self {
        Self {
            whole: unmarked(line).to_vec(),
            depth: 1,
            lines: vec![i],
        }
    }

    /// Whether it is a batch of which the first object comes next.
    fn is_opened(&self, stage: &Stage<'_>) -> bool {
        matches!(self.lines[..], [_, key] if lists::opens_batch(stage.line(key)))
    }

    fn add(&mut self, line: &[u8], i: usize) {
        self.whole.push(b'\n');
        self.whole.extend_from_slice(line);
        self.lines.push(i);
        self.depth = depth_behind(self.depth, line);
    }

    fn is_too_large(&self) -> bool {
        self.lines.len() >= LINES_MAX || self.whole.len() >= WHOLE_BYTES_MAX
    }

    fn origin(&self, stage: &Stage<'_>) -> Origin {
        let of = |i: usize| stage.items[self.lines[i]].1;
        of(0).through(of(self.lines.len() - 1))
    }

    fn give_back(&self, stage: &Stage<'_>, out: &mut Stage<'_>) {
        for &i in &self.lines {
            out.push(stage.line(i), stage.items[i].1);
        }
    }
}

/// The depth of brackets behind a line, from that before it. A string ends on its line: JSON
/// allows no line end in one.
fn depth_behind(depth: usize, line: &[u8]) -> usize {
    let (mut depth, mut quoted, mut i) = (depth, false, 0);
    while let Some(byte) = line.get(i) {
        match byte {
            b'\\' if quoted => i += 1,
            b'"' => quoted = !quoted,
            b'{' | b'[' if !quoted => depth += 1,
            b'}' | b']' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        i += 1;
    }
    depth
}

/// Whether a line is an object of a list, or a list of objects.
pub(super) fn is_of_list(line: &[u8]) -> bool {
    element(line).is_some() || lists::objects(line).is_some()
}

/// A line that is an object of a list, without what the list writes around it: its comma, or a
/// bracket of the list. `None` for other lines.
fn element(line: &[u8]) -> Option<&[u8]> {
    let whole = unmarked(line).trim_ascii();
    let opened = whole.strip_prefix(b"[").unwrap_or(whole).trim_ascii_start();
    let closed = opened.strip_suffix(b",").or(opened.strip_suffix(b"]"));
    let object = closed.unwrap_or(opened).trim_ascii_end();
    let is_object = object.starts_with(b"{") && object.ends_with(b"}");
    (is_object && object.len() < whole.len()).then_some(object)
}

fn without_comma(object: &[u8]) -> &[u8] {
    let object = object.trim_ascii_end();
    object.strip_suffix(b",").unwrap_or(object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let batch = LineBatch::split(text.as_bytes().to_vec(), 0);
        let stage = Stage::of(&batch);
        let out = joined(&stage);
        let said: Vec<_> = (0..out.items.len())
            .map(|i| String::from_utf8_lossy(out.line(i)).replace('\n', "~"))
            .collect();
        assert_eq!(said, expected, "{text}");
    }

    #[test]
    fn an_object_is_one_line_from_bracket_to_bracket() {
        check(
            "{\n \"a\": {\n \"b\": \"}\\\"\"\n }\n}\nx\n{\"c\":1}",
            &["{~ \"a\": {~ \"b\": \"}\\\"\"~ }~}", "x", "{\"c\":1}"],
        );
        check(
            "[\n  {\n \"a\": 1\n  },\n  {\n  }\n]",
            &["", "  {~ \"a\": 1~  }", "  {~  }", ""],
        );
    }

    #[test]
    fn objects_of_a_list_stand_without_what_the_list_writes() {
        check(
            "[\n  {\"a\":1},\n  {\"b\":[2]}\n]",
            &["", r#"{"a":1}"#, r#"  {"b":[2]}"#, ""],
        );
        check("[{\"a\":1},\n{\"b\":2}]", &[r#"{"a":1}"#, r#"{"b":2}"#]);
        check(
            "[{\"a\":1},{\"b\":2}]\nx",
            &[r#"{"a":1}"#, r#"{"b":2}"#, "x"],
        );
        check(
            "{\n\"records\": [\n{\"a\":1},\n{\"b\":2}\n]\n}",
            &[r#"{"a":1}"#, r#"{"b":2}"#],
        );
        check(
            "{\n \"events\": [\n  {\n\"a\":1\n  },\n  {\n\"b\":2\n  }\n ],\n \"nextToken\": \"x\"\n}",
            &[
                "",
                "",
                "  {~\"a\":1~  }",
                "  {~\"b\":2~  }",
                "",
                " \"nextToken\": \"x\"",
                "",
            ],
        );
        check("[x],\n{\"a\":1} ,x", &["[x],", r#"{"a":1} ,x"#]);
    }

    #[test]
    fn a_sample_ends_with_a_whole_object() {
        let check = |text: &str, expected: Option<usize>| {
            let head = LineBatch::split(text.as_bytes().to_vec(), 0);
            assert_eq!(sample_end(&head, 2), expected, "{text}");
        };
        let object = "{\n\"a\": [\n1\n]\n}\n";
        check(&format!("{object}{object}{{\n\"a\": [\n"), Some(10));
        check(&format!("x\n{}", object.repeat(60)), Some(251));
        check("{\n\"a\": [\n1\n", None);
        check("{\"a\":1}\n{\"a\":2}\n{\n}\n", None);
    }

    #[test]
    fn an_object_without_end_stays_as_it_was() {
        check("{\n \"a\": 1,\nx", &["{", " \"a\": 1,", "x"]);
    }
}
