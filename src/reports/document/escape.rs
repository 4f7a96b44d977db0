//! Foreign text made inert: in Markdown and in HTML it is shown and does nothing.
//!
//! In: any text. Out: text in which no markup, link, mention, control character or change of
//! writing direction of it survives.

use crate::reports::layout::TIE;
use crate::text::printable;

/// What Markdown, or the HTML within it, gives a meaning to.
const MARKED: &str = "\\`*_{}[]<>|~&$^#";

/// Text for a line of Markdown (CommonMark with GitHub's tables): marks are escaped, and a word
/// that would become a link, an address or a mention stands as code, in which nothing does.
pub fn markdown(text: &str) -> String {
    let text = one_line(text);
    let mut out = String::with_capacity(text.len());
    for (i, word) in text.split(' ').enumerate() {
        if i > 0 {
            out.push(' ');
        }
        match is_live(word) {
            true => out.push_str(&markdown_code(word)),
            false => word.chars().for_each(|c| escaped(&mut out, c)),
        }
    }
    lead(out)
}

/// Whether a renderer would make a link, a mention or a reference of it.
fn is_live(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let has_scheme = ["://", "www.", "mailto:", "javascript:", "data:"]
        .iter()
        .any(|scheme| lower.contains(scheme));
    has_scheme || lower.contains('@')
}

fn escaped(out: &mut String, c: char) {
    if MARKED.contains(c) {
        out.push('\\');
    }
    out.push(c);
}

/// At the start of a line a dash, a plus or a number with a dot begins a list where a blank
/// follows, dashes alone draw a rule, and equals signs make a heading.
fn lead(text: String) -> String {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.len() - rest.len();
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(' ');
    let begins = |rest: &str, marks: [char; 2]| rest.starts_with(marks) && ends(&rest[1..]);
    if digits > 0 && begins(rest, ['.', ')']) {
        return format!("{}\\{rest}", &text[..digits]);
    }
    let is_mark = begins(&text, ['-', '+']) || text.starts_with("--") || text.starts_with('=');
    match is_mark {
        true => format!("\\{text}"),
        false => text,
    }
}

/// Text as inline code of Markdown. Empty text is empty.
pub fn markdown_code(text: &str) -> String {
    let text = one_line(text);
    let text = text.trim();
    if text.is_empty() {
        return String::new();
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match text.starts_with('`') || text.ends_with('`') {
        true => format!("{fence} {text} {fence}"),
        false => format!("{fence}{text}{fence}"),
    }
}

/// Markdown for a cell of a table: no bar ends it, in code neither.
pub fn markdown_cell(line: &str) -> String {
    let (mut out, mut escapes) = (String::with_capacity(line.len()), 0);
    for c in line.chars() {
        if c == '|' && escapes % 2 == 0 {
            out.push('\\');
        }
        escapes = if c == '\\' { escapes + 1 } else { 0 };
        out.push(c);
    }
    out
}

/// Text for the content or a quoted attribute of HTML and SVG.
pub fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

fn one_line(text: &str) -> String {
    printable(text).replace(TIE, " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(markdown(text), expected, "{text}");
    }

    #[test]
    fn marks_of_markdown_are_escaped() {
        check("a | b `c` *d* _e_", "a \\| b \\`c\\` \\*d\\* \\_e\\_");
        check("[x](y) <script> &amp;", "\\[x\\](y) \\<script\\> \\&amp;");
        check("- item", "\\- item");
        check("12. item", "12\\. item");
        check("67.4 times", "67.4 times");
        check("+80 s", "+80 s");
        check("--- x", "\\--- x");
        check("plain, 3.5 s - or so!", "plain, 3.5 s - or so!");
        check("# title #7", "\\# title \\#7");
    }

    #[test]
    fn what_would_be_a_link_or_a_mention_is_code() {
        check("see https://evil.example/x", "see `https://evil.example/x`");
        check("by @all now", "by `@all` now");
        check("mail a@b.example", "mail `a@b.example`");
        check("www.evil.example", "`www.evil.example`");
        check("`https://x`|", "`` `https://x`| ``");
    }

    #[test]
    fn code_holds_its_own_ticks_and_bars() {
        assert_eq!(markdown_code("a`b"), "``a`b``");
        assert_eq!(markdown_code("`a`"), "`` `a` ``");
        assert_eq!(markdown_code("a|b"), "`a|b`");
        assert_eq!(
            markdown_cell("`a|b` \\| `c\\\\|d`"),
            "`a\\|b` \\| `c\\\\\\|d`"
        );
        assert_eq!(markdown_code(""), "");
    }

    #[test]
    fn controls_and_changes_of_direction_are_dots() {
        check("a\u{1b}[2Jb\u{202e}c\u{0}d\ne", "a·\\[2Jb·c·d·e");
        assert_eq!(html("<b>\u{1b}\u{202e}\"'&"), "&lt;b&gt;··&quot;&#39;&amp;");
    }

    proptest! {
        #[test]
        fn no_tag_and_no_line_end_survives(text: String) {
            let page = html(&text);
            prop_assert!(!page.contains(['<', '>', '"', '\'', '\n', '\r', '\u{1b}', '\0']), "{}", page);
            let line = markdown(&text);
            prop_assert!(!line.contains(['\n', '\r', '\u{1b}', '\0', '\u{202e}']), "{}", line);
        }

        #[test]
        fn no_bar_ends_a_cell(text in "[|`@a\\\\ ]{0,20}") {
            for out in [markdown(&text), markdown_code(&text)].map(|line| markdown_cell(&line)) {
                let chars: Vec<char> = out.chars().collect();
                for (i, _) in chars.iter().enumerate().filter(|(_, c)| **c == '|') {
                    let before = chars[..i].iter().rev().take_while(|c| **c == '\\').count();
                    prop_assert!(before % 2 == 1, "{out}");
                }
            }
        }
    }
}
