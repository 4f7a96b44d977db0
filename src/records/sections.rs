//! The outline of a text: front matter, headings, and which lines stand under which heading.
//!
//! In: the lines. Out: a number for each line that grows at every heading. What a heading says is
//! not read here.

use super::Line;
use super::labels::STATUS;

/// The outline of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outline {
    /// Section of each line; a heading begins its own.
    pub section: Vec<usize>,
    /// Whether a line is a heading.
    pub heading: Vec<bool>,
    /// Level of a Markdown heading, 1 to 6; 0 for every other line.
    pub level: Vec<usize>,
    /// First and last line of the front matter, with its fences.
    pub front: Option<(usize, usize)>,
}

/// Reads the outline.
pub(super) fn outline(lines: &[Line]) -> Outline {
    let front = front_matter(lines);
    let in_front = |i: usize| front.is_some_and(|(from, to)| (from..=to).contains(&i));
    let mut outline = Outline {
        section: Vec::with_capacity(lines.len()),
        heading: Vec::with_capacity(lines.len()),
        level: Vec::with_capacity(lines.len()),
        front,
    };
    let mut section = 0;
    let mut fenced = false;
    for (i, line) in lines.iter().enumerate() {
        let fence = line.text.trim_start().starts_with("```");
        fenced ^= fence && !in_front(i);
        let level = if fenced || in_front(i) {
            0
        } else {
            level(line.text)
        };
        let heading = !fenced && !in_front(i) && (level > 0 || is_lead(lines, i));
        section += usize::from(heading);
        outline.section.push(section);
        outline.heading.push(heading);
        outline.level.push(level);
    }
    outline
}

/// `---`, keys, `---` at the very top.
fn front_matter(lines: &[Line]) -> Option<(usize, usize)> {
    let first = lines.iter().position(|line| !line.text.trim().is_empty())?;
    if lines[first].text.trim_end() != "---" {
        return None;
    }
    let end =
        (first + 1..lines.len().min(first + 60)).find(|&i| lines[i].text.trim_end() == "---")?;
    Some((first, end))
}

/// The value of a key of the front matter.
pub(super) fn front_value<'a>(lines: &[Line<'a>], outline: &Outline, key: &str) -> Option<&'a str> {
    let (from, to) = outline.front?;
    let value = |line: &Line<'a>| {
        let (name, value) = line.text.split_once(':')?;
        let value = value.trim().trim_matches(['"', '\'']);
        (name.trim().eq_ignore_ascii_case(key) && !value.is_empty()).then_some(value)
    };
    lines[from..=to].iter().find_map(value)
}

/// The level of a Markdown heading.
fn level(text: &str) -> usize {
    let marks = text.bytes().take_while(|&b| b == b'#').count();
    let is = (1..=6).contains(&marks) && text[marks..].starts_with([' ', '\t']);
    if is { marks } else { 0 }
}

/// A line that leads what follows: `- **Context**:`, `**Impact**`, `Timeline:`, or a short line
/// without a stop between a blank line and text.
fn is_lead(lines: &[Line], i: usize) -> bool {
    let text = lines[i].text.trim();
    let bare = text.trim_start_matches(['-', '*', '•', ' ']);
    let bold = text
        .trim_start_matches(['-', '•', ' '])
        .strip_prefix("* ")
        .unwrap_or(text.trim_start_matches(['-', '•', ' ']));
    let is_bold = bold.starts_with("**")
        && bold
            .get(2..)
            .and_then(|rest| rest.find("**"))
            .is_some_and(|end| end <= 60);
    if is_bold && !bare.starts_with(|c: char| c.is_ascii_digit()) {
        return true;
    }
    let words = text.split_whitespace().count();
    let has_digit = text.bytes().any(|b| b.is_ascii_digit());
    if text.is_empty() || words > 6 || has_digit || text.len() > 60 {
        return false;
    }
    if text.ends_with(':') && !text.starts_with(['-', '*', '•', '|', '>']) {
        return true;
    }
    let blank = |at: Option<usize>| {
        at.and_then(|at| lines.get(at))
            .is_none_or(|line| line.text.trim().is_empty())
    };
    let plain = text
        .chars()
        .all(|c| c.is_alphabetic() || matches!(c, ' ' | '\'' | '’' | '-' | '&' | '?'));
    let capital = text.starts_with(char::is_uppercase);
    plain && capital && blank(i.checked_sub(1)) && !blank(Some(i + 1)) && !is_status(text)
}

/// The labels of a status page are words of their posts, not headings.
fn is_status(text: &str) -> bool {
    STATUS.iter().any(|label| text.eq_ignore_ascii_case(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        let outline = outline(&super::super::lines(text));
        let shown: Vec<String> = outline
            .section
            .iter()
            .zip(&outline.heading)
            .map(|(n, heading)| format!("{n}{}", if *heading { "!" } else { "" }))
            .collect();
        assert_eq!(shown.join(" "), expected);
    }

    #[test]
    fn headings_begin_sections() {
        check(
            "# Outage\n\ntext here.\n\n## Timeline\n10:00 a",
            "1! 1 1 1 2! 2",
        );
        check(
            "- **Key events**\n  - Down 10:00\n- **Context**:\n  - more",
            "1! 1 2! 2",
        );
        check(
            "Summary\nAll was slow.\n\nTimeline\n10:00 a\n",
            "1! 1 1 2! 2",
        );
        check("```\n# no heading\n```\n", "0 0 0");
    }

    #[test]
    fn entries_and_labels_are_no_headings() {
        check("10:00 - all down\n\n10:10 - back", "0 0 0");
        check("Title\n\nResolved\nAll is well.\nPosted Aug 5", "0 0 0 0 0");
    }

    #[test]
    fn front_matter_has_values() {
        let lines = super::super::lines("---\ntitle: \"The outage\"\nweight: 3\n---\n# X");
        let outline = outline(&lines);
        assert_eq!(front_value(&lines, &outline, "title"), Some("The outage"));
        assert_eq!(outline.section, [0, 0, 0, 0, 1]);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text: String, near in "(---|#|\\*\\*|\n|[a-zé: ]){0,30}") {
            for text in [text, near] {
                let lines = super::super::lines(&text);
                prop_assert_eq!(outline(&lines).section.len(), lines.len());
            }
        }
    }
}
