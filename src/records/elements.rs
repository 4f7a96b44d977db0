//! The structure of JSON text without its values: where documents, lists and members begin and
//! end. A broken element costs itself only, and each has its place in the record.
//!
//! Does not check what is between the brackets: whoever parses an element does.

use memchr::{memchr, memchr3};

/// A value of a JSON text as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element<'a> {
    /// The byte of the whole text at which it starts.
    pub start: usize,
    pub text: &'a str,
    /// Whether its brackets and quotes are closed.
    pub closed: bool,
}

/// The values that follow each other in a text. Where the first line is one value and more lines
/// follow, each line is one: a line that is cut off costs itself only.
pub(super) fn documents(text: &str) -> Vec<Element<'_>> {
    let start = blank_end(text, 0);
    let line_end = memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |n| start + n);
    let first = value(text, start);
    let first_line_is_one = first.is_some_and(|first| {
        let end = first.start + first.text.len();
        first.closed && end <= line_end && text[end..line_end].trim().is_empty()
    });
    if !first_line_is_one {
        return values(text, 0);
    }
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        at += line.len();
        (at - line.len(), line)
    });
    lines
        .filter_map(|(start, line)| of_line(start, line))
        .collect()
}

fn of_line(start: usize, line: &str) -> Option<Element<'_>> {
    let from = blank_end(line, 0);
    let text = line[from..].trim_end();
    let closed = value(text, 0).is_some_and(|value| value.closed);
    (!text.is_empty()).then_some(Element {
        start: start + from,
        text,
        closed,
    })
}

fn values(text: &str, mut at: usize) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    while let Some(element) = value(text, at) {
        at = element.start + element.text.len();
        found.push(element);
    }
    found
}

impl<'a> Element<'a> {
    /// The elements of a list; none of anything else.
    pub(super) fn items(&self) -> Vec<Self> {
        match self.text.starts_with('[') {
            true => self.items_from(1),
            false => Vec::new(),
        }
    }

    fn items_from(&self, mut at: usize) -> Vec<Self> {
        let mut found = Vec::new();
        loop {
            at = separator_end(self.text, at);
            match self.text.as_bytes().get(at) {
                None | Some(b']') => return found,
                Some(_) => {}
            }
            let Some(element) = value(self.text, at) else {
                return found;
            };
            at = element.start + element.text.len();
            found.push(self.inner(element));
        }
    }

    /// The value of an object's member; the first of that name.
    pub(super) fn member(&self, name: &str) -> Option<Self> {
        let mut members = self.members().into_iter();
        members
            .find(|(key, _)| *key == name)
            .map(|(_, element)| element)
    }

    /// The members of an object, up to where it is broken; names as they are written.
    fn members(&self) -> Vec<(&'a str, Self)> {
        let mut found = Vec::new();
        if !self.text.starts_with('{') {
            return found;
        }
        let mut at = 1;
        loop {
            at = separator_end(self.text, at);
            let key = match self.text.as_bytes().get(at) {
                Some(b'"') => value(self.text, at),
                _ => None,
            };
            let Some(key) = key else { return found };
            at = blank_end(self.text, at + key.text.len());
            let value = match self.text.as_bytes().get(at) {
                Some(b':') => value(self.text, at + 1),
                _ => None,
            };
            let Some(element) = value else { return found };
            at = element.start + element.text.len();
            found.push((key.text.trim_matches('"'), self.inner(element)));
        }
    }

    /// The elements after a broken one that swallowed them: from the next line that begins as it
    /// does, with the same blanks and bracket. `broken` is in `whole`.
    pub(super) fn after(&self, whole: &'a str) -> Vec<Self> {
        let line = whole[..self.start].rfind('\n').map_or(0, |end| end + 1);
        let indent = &whole[line..self.start];
        if !indent.trim().is_empty() || !self.text.starts_with(['{', '[']) {
            return Vec::new();
        }
        let begins = format!("\n{indent}{}", &self.text[..1]);
        let Some(at) = self.text.find(&begins).map(|at| at + begins.len() - 1) else {
            return Vec::new();
        };
        let start = self.start + at;
        let rest = Element {
            start: start - 1,
            text: &whole[start - 1..],
            closed: false,
        };
        rest.items_from(1)
    }

    fn inner(&self, element: Self) -> Self {
        Self {
            start: self.start + element.start,
            ..element
        }
    }
}

/// The elements that documents list: those of their lists, of the members of that name of their
/// objects (a list's elements, or the one object), else the objects themselves.
pub(super) fn listed<'a>(documents: &[Element<'a>], names: &[&str]) -> Vec<Element<'a>> {
    let mut found = Vec::new();
    for document in documents {
        if document.text.starts_with('[') {
            found.extend(document.items());
            continue;
        }
        let mut members = document.members();
        members.retain(|(key, one)| names.contains(key) && one.text.starts_with(['[', '{']));
        for (_, member) in &members {
            match member.text.starts_with('[') {
                true => found.extend(member.items()),
                false => found.push(*member),
            }
        }
        if members.is_empty() {
            found.push(*document);
        }
    }
    found
}

/// What is left of a text that was cut off somewhere, with its brackets closed after the last
/// value that is surely whole; the text itself where it is not cut. `None` without any.
pub(super) fn mended(text: &str) -> Option<String> {
    let (mut open, mut last, mut at) = (Vec::new(), None, 0);
    let bytes = text.as_bytes();
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'"' => match string_end(bytes, at) {
                Some(end) => at = end - 1,
                None => break,
            },
            b'{' => open.push('}'),
            b'[' => open.push(']'),
            b'}' | b']' => {
                open.pop();
                if open.is_empty() {
                    return Some(text[..=at].to_owned());
                }
                last = Some((at + 1, open.clone()));
            }
            b',' => last = Some((at, open.clone())),
            _ => {}
        }
        if open.len() > DEPTH_MAX {
            return None;
        }
        at += 1;
    }
    let whole: String = text
        .trim_end()
        .chars()
        .chain(open.iter().rev().copied())
        .collect();
    if serde_json::from_str::<serde::de::IgnoredAny>(&whole).is_ok() {
        return Some(whole);
    }
    let (end, open) = last?;
    Some(text[..end].chars().chain(open.into_iter().rev()).collect())
}

/// Deeper than this no export is nested.
const DEPTH_MAX: usize = 64;

/// The value at or after `at`, past blanks; `None` at the end of the text.
fn value(text: &str, at: usize) -> Option<Element<'_>> {
    let bytes = text.as_bytes();
    let start = blank_end(text, at);
    let end = match *bytes.get(start)? {
        b'"' => string_end(bytes, start),
        b'{' | b'[' => brackets_end(bytes, start),
        _ => Some(word_end(text, start)),
    };
    Some(Element {
        start,
        text: &text[start..end.unwrap_or(text.len())],
        closed: end.is_some(),
    })
}

/// After the closing quote of the string at `start`; at the line's end, for no string has a line
/// break: one that is not closed costs its line and not the rest of the text.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr3(b'"', b'\\', b'\n', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at + 1),
            b'\n' => return Some(at),
            _ => at += 2,
        }
    }
}

fn brackets_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, start);
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)? - 1,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// After a number, a word, or one character that is neither.
fn word_end(text: &str, start: usize) -> usize {
    let ends = |c: char| c.is_ascii_whitespace() || ",:[]{}\"".contains(c);
    let rest = &text[start..];
    let first = rest.chars().next().map_or(0, char::len_utf8);
    rest[first..]
        .find(ends)
        .map_or(text.len(), |n| start + first + n)
}

fn blank_end(text: &str, at: usize) -> usize {
    let is_blank = |c: char| c.is_ascii_whitespace() || c == '\u{feff}';
    text[at..]
        .find(|c| !is_blank(c))
        .map_or(text.len(), |n| at + n)
}

fn separator_end(text: &str, at: usize) -> usize {
    let is_blank = |c: char| c.is_ascii_whitespace() || c == ',';
    text[at..]
        .find(|c| !is_blank(c))
        .map_or(text.len(), |n| at + n)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, names: &[&str], expected: &[(usize, &str)]) {
        let found: Vec<_> = listed(&documents(text), names)
            .iter()
            .map(|e| (e.start, e.text))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lists_and_members_and_lines_have_elements_with_places() {
        check(
            "[1, {\"a\": \"]\\\"\"}]",
            &[],
            &[(1, "1"), (4, "{\"a\": \"]\\\"\"}")],
        );
        check(
            "{\"page\": {\"x\": [2]}, \"incidents\": [{}, 3]}",
            &["incidents"],
            &[(35, "{}"), (39, "3")],
        );
        check(
            "{\"incident\": {\"a\": 1}}",
            &["incident"],
            &[(13, "{\"a\": 1}")],
        );
        check(
            "{\"a\": 1}\n{\"b\": \n{\"c\": 3}\n",
            &[],
            &[(0, "{\"a\": 1}"), (9, "{\"b\":"), (16, "{\"c\": 3}")],
        );
        check(
            "{\n\"a\": 1}\n{\"b\": 2}",
            &[],
            &[(0, "{\n\"a\": 1}"), (10, "{\"b\": 2}")],
        );
        check("{\"incidents\": []}", &["incidents"], &[]);
        check(" \n", &[], &[]);
    }

    #[test]
    fn what_a_broken_element_swallowed_begins_on_a_line_like_its_own() {
        let text = "[\n  {\"a\": \"x, \"b\": {}},\n  {\"c\": 1},\n  {\"d\": 2}\n]";
        let broken = documents(text)[0].items()[0];
        let after: Vec<_> = broken.after(text).iter().map(|one| one.text).collect();
        assert_eq!(after, ["{\"c\": 1}", "{\"d\": 2}"]);
    }

    #[test]
    fn a_cut_text_is_closed_after_its_last_whole_value() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(mended(text).as_deref(), expected, "{text}");
        };
        check(
            "{\"a\": 1, \"b\": [{\"c\": 2, \"d\": \"x",
            Some("{\"a\": 1, \"b\": [{\"c\": 2}]}"),
        );
        check("[{\"a\": 1}, {\"b\"", Some("[{\"a\": 1}]"));
        check("{\"a\": 1} tail", Some("{\"a\": 1}"));
        check("{\"a\": 1", Some("{\"a\": 1}"));
        check("{\"a\"", None);
    }

    proptest! {
        #[test]
        fn any_text_is_safe_and_elements_are_inside(text in "[\\[\\]{}\",:\\\\ \n1aé]{0,60}") {
            for element in listed(&documents(&text), &["a", "1"]) {
                let _ = element.after(&text);
                prop_assert_eq!(&text[element.start..element.start + element.text.len()], element.text);
            }
            let _ = mended(&text);
        }
    }
}
