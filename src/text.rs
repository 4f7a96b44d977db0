//! Foreign text made safe: what comes out can be put into a terminal cell or a report.

use unicode_width::UnicodeWidthChar;

/// Marks that may sit on one character; writing systems need up to three. More overprint the rows
/// above and below.
const MARKS_MAX: usize = 4;

/// Replaces what must never reach a terminal: control characters (also C1), bidirectional
/// overrides, zero-width and invisible characters, and line separators each become `·`; a tab
/// becomes a space. Of marks without a width at most four follow each other, a `·` stands for the
/// rest; selectors of emoji glyphs, which change widths behind the back of the layout, are dropped.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars().filter(|c| !is_selector(*c)).map(safe) {
        marks = match c.is_ascii() || c.width() != Some(0) {
            true => 0,
            false => marks + 1,
        };
        match marks {
            0..=MARKS_MAX => out.push(c),
            one_too_many if one_too_many == MARKS_MAX + 1 => out.push('·'),
            _ => {}
        }
    }
    out
}

/// The same for bytes; invalid UTF-8 becomes U+FFFD.
pub fn printable_bytes(bytes: &[u8]) -> String {
    printable(&String::from_utf8_lossy(bytes))
}

/// A line of a log: the same without the colours that a program wrote for a terminal.
pub fn printable_line(line: &[u8]) -> String {
    let mut plain = Vec::new();
    let mut rest = line;
    while let Some(at) = memchr::memchr(ESCAPE, rest) {
        let length = colour_length(&rest[at..]);
        // Any other sequence is shown for what it is.
        let shown = at + usize::from(length == 0);
        plain.extend_from_slice(&rest[..shown]);
        rest = &rest[shown + length..];
    }
    plain.extend_from_slice(rest);
    printable_bytes(&plain)
}

const ESCAPE: u8 = 0x1b;

/// Bytes of the colour (ECMA-48, SGR) that begins here: `ESC [ 1;31 m`. 0 where none does.
fn colour_length(bytes: &[u8]) -> usize {
    let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b';' | b':');
    let parts = bytes.strip_prefix(b"\x1b[").unwrap_or(b"");
    let n = parts.iter().take_while(is_part).count();
    match parts.get(n) {
        Some(b'm') => n + 3,
        _ => 0,
    }
}

/// Text or emoji: the sixteen that choose a glyph.
fn is_selector(c: char) -> bool {
    ('\u{FE00}'..='\u{FE0F}').contains(&c)
}

fn safe(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{00AD}'
        | '\u{034F}'
        | '\u{061C}'
        | '\u{115F}'..='\u{1160}'
        | '\u{17B4}'..='\u{17B5}'
        | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{3164}'
        | '\u{FEFF}'
        | '\u{FFA0}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{1D173}'..='\u{1D17A}'
        | '\u{E0000}'..='\u{E0FFF}' => '·',
        c if c.is_control() => '·',
        c => c,
    }
}

/// Cuts printable text to at most `width` cells; `…` (or `~` in ASCII) marks the cut.
pub fn shorten(text: &str, width: usize) -> String {
    let cells = |c: char| c.width().unwrap_or(0);
    if text.chars().map(cells).sum::<usize>() <= width {
        return text.to_owned();
    }
    let (mut out, mut used) = (String::new(), 0);
    for c in text.chars() {
        if used + cells(c) + 1 > width {
            break;
        }
        used += cells(c);
        out.push(c);
    }
    if width > 0 {
        out.push(if text.is_ascii() { '~' } else { '…' });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escape_sequences_lose_their_escape() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\n\u{9b}c\td\u{202e}"),
            "a·[2Jb···c d·"
        );
    }

    #[test]
    fn colours_of_a_line_are_left_out_and_no_other_sequence() {
        let check = |line: &str, expected: &str| {
            assert_eq!(printable_line(line.as_bytes()), expected, "{line:?}");
        };
        check(
            "\u{1b}[2m06:09\u{1b}[0m \u{1b}[1;31mERROR\u{1b}[m x",
            "06:09 ERROR x",
        );
        check("\u{1b}[38:5:1mred\u{1b}[K", "red·[K");
        check("\u{1b}[\u{1b}[31mm", "·[m");
        check("\u{1b}[31", "·[31");
        check("\u{1b}", "·");
        check("plain", "plain");
    }

    #[test]
    fn what_cannot_be_seen_is_shown_as_a_dot() {
        for c in [
            '\u{ad}',
            '\u{200b}',
            '\u{2066}',
            '\u{3164}',
            '\u{feff}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert_eq!(printable(&format!("a{c}b")), "a·b", "{c:?}");
        }
        assert_eq!(printable("\u{2764}\u{fe0f}"), "\u{2764}");
    }

    #[test]
    fn a_tower_of_marks_is_cut() {
        assert_eq!(printable("e\u{301}\u{323}"), "e\u{301}\u{323}");
        let tower = format!("e{}x", "\u{301}".repeat(600));
        assert_eq!(printable(&tower), "e\u{301}\u{301}\u{301}\u{301}·x");
    }

    #[test]
    fn cut_text_says_so() {
        assert_eq!(shorten("abcdef", 4), "abc~");
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("日本語", 4), "日…");
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text: String) {
            prop_assert!(!printable(&text).chars().any(char::is_control));
            prop_assert!(!printable_line(text.as_bytes()).chars().any(char::is_control));
        }

        #[test]
        fn done_twice_is_done_once(text in "[a\u{301}\u{ad}\u{fe0f}\u{1b}日]{0,20}") {
            let once = printable(&text);
            prop_assert_eq!(printable(&once), once);
        }

        #[test]
        fn never_wider_than_asked(text: String, width in 0usize..40) {
            let cells: usize = shorten(&printable(&text), width).chars().map(|c| c.width().unwrap_or(0)).sum();
            prop_assert!(cells <= width);
        }
    }
}
