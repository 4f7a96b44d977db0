//! Foreign text made safe: what comes out can be put into a terminal cell or a report.

use unicode_width::UnicodeWidthChar;

/// Replaces what must never reach a terminal: control characters (also C1), bidirectional
/// overrides, zero-width characters, invisible tags and line separators each become `·`; a tab becomes a space.
pub fn printable(text: &str) -> String {
    text.chars().map(safe).collect()
}

/// The same for bytes; invalid UTF-8 becomes U+FFFD.
pub fn printable_bytes(bytes: &[u8]) -> String {
    printable(&String::from_utf8_lossy(bytes))
}

fn safe(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{061C}'
        | '\u{200B}'..='\u{200F}'
        | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}'
        | '\u{FEFF}'
        | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}' => '·',
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
    fn cut_text_says_so() {
        assert_eq!(shorten("abcdef", 4), "abc~");
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("日本語", 4), "日…");
    }

    proptest! {
        #[test]
        fn no_control_character_survives(text: String) {
            prop_assert!(!printable(&text).chars().any(char::is_control));
        }

        #[test]
        fn never_wider_than_asked(text: String, width in 0usize..40) {
            let cells: usize = shorten(&printable(&text), width).chars().map(|c| c.width().unwrap_or(0)).sum();
            prop_assert!(cells <= width);
        }
    }
}
