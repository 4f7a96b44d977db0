//! Bytes that are not text: colours and other terminal sequences, the mark of byte order, NUL,
//! form feeds, and carriage returns of progress bars.
//!
//! In: one line. Out: what a reader of the line would see. Invalid UTF-8 stays as it is: it is
//! made printable where it is shown.

const ESCAPE: u8 = 0x1b;
/// The mark of byte order in UTF-8.
const BOM: &[u8] = "\u{feff}".as_bytes();

/// True if `cleaned` would change the line.
pub fn is_dirty(line: &[u8]) -> bool {
    line.starts_with(BOM)
        || memchr::memchr3(ESCAPE, 0, b'\r', line).is_some()
        || memchr::memchr2(0x0c, 0x08, line).is_some()
}

/// Writes into `out` what is seen of a line: without terminal sequences and control bytes other
/// than a tab; what a carriage return overwrote is gone. A line of control bytes only is empty.
pub fn cleaned(line: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut i = if line.starts_with(BOM) { BOM.len() } else { 0 };
    // Behind a carriage return the next visible byte overwrites the line; at the end of a line
    // in the style of Windows none comes.
    let mut at_start = false;
    while i < line.len() {
        match line[i] {
            ESCAPE => {
                i += sequence_length(&line[i..]);
                continue;
            }
            b'\r' => at_start = true,
            byte if byte.is_ascii_control() && byte != b'\t' => {}
            b' ' | b'\t' if at_start => {}
            byte => {
                if std::mem::take(&mut at_start) {
                    out.clear();
                }
                out.push(byte);
            }
        }
        i += 1;
    }
}

/// Bytes of the terminal sequence (ECMA-48) that begins here: `ESC [ 0;31 m`, `ESC ] title BEL`,
/// `ESC ( B`. One that is cut off ends with the line.
fn sequence_length(bytes: &[u8]) -> usize {
    let until = |from: usize, is_end: fn(u8) -> bool| {
        let tail = bytes.get(from..).unwrap_or(&[]);
        let n = tail.iter().position(|byte| is_end(*byte));
        n.map_or(bytes.len(), |n| from + n + 1)
    };
    match bytes.get(1) {
        Some(b'[') => until(2, |byte| (0x40..=0x7e).contains(&byte)),
        Some(b']' | b'P' | b'^' | b'_') => until(2, |byte| matches!(byte, 0x07 | b'\\')),
        Some(0x20..=0x2f) => until(1, |byte| (0x30..=0x7e).contains(&byte)),
        Some(_) => 2,
        None => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(line: &[u8], expected: &str) {
        let mut out = Vec::new();
        cleaned(line, &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected, "{line:?}");
        assert_eq!(is_dirty(line), out != line);
    }

    #[test]
    fn what_a_terminal_would_obey_is_dropped() {
        check(b"\x1b[2K\x1b[1;31mweb-1  |\x1b[0m a", "web-1  | a");
        check(b"\x1b]0;title\x07a\x1b(Bb", "ab");
        check(b"a\x1b[3", "a");
        check(b"a\x1b", "a");
        check(b"plain\ttext", "plain\ttext");
    }

    #[test]
    fn marks_and_holes_are_dropped() {
        check("\u{feff}a".as_bytes(), "a");
        check(b"\0\0\0a\0b", "ab");
        check(b"\x0ca", "a");
        check(b"\0\0\0", "");
        check(b"caf\xe9", "caf\u{fffd}");
    }

    #[test]
    fn the_last_state_of_a_progress_bar_is_seen() {
        check(b"10 %\r50 %\rdone", "done");
        check(b"a\r", "a");
    }

    proptest! {
        #[test]
        fn nothing_that_a_terminal_obeys_is_left(line: Vec<u8>) {
            let mut out = Vec::new();
            cleaned(&line, &mut out);
            let is_obeyed = |byte: &u8| byte.is_ascii_control() && *byte != b'\t';
            prop_assert!(!out.iter().any(is_obeyed));
            prop_assert!(out.len() <= line.len());
        }
    }
}
