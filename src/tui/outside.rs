//! What the app sends past its screen: text to the clipboard, the bell, the title.
//!
//! In: printable texts. Out: sequences to the terminal, or a temporary file where it has no
//! clipboard, and a sentence that says which.

use std::io::{self, Write, stdout};

use crossterm::Command;
use crossterm::clipboard::CopyToClipboard;

use super::copy::Copied;
use super::herald::Announcement;
use super::hold;

/// Longest text in base64 that terminals take at once, bytes (xterm, and tmux behind it).
const BASE64_MAX: usize = 74_994;
/// The text of such a length, bytes.
const TEXT_MAX: usize = BASE64_MAX / 4 * 3;

/// How text reaches a clipboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Clipboard {
    /// By OSC 52.
    #[default]
    Terminal,
    /// The same, and tmux stands between, which passes it on only if it is told to.
    Tmux,
    /// Not at all: a temporary file is written.
    File,
}

/// Copies, and says what happened in one sentence.
pub fn copy(copied: &Copied, clipboard: Clipboard) -> String {
    if clipboard == Clipboard::File {
        return match kept(&copied.text) {
            Ok(path) => format!("no clipboard here: {} is in {path}", copied.what),
            Err(error) => format!("no clipboard here, and no temporary file: {error}"),
        };
    }
    let (sequence, length) = sequence(&copied.text);
    let mut out = stdout().lock();
    if let Err(error) = out
        .write_all(sequence.as_bytes())
        .and_then(|()| out.flush())
    {
        return format!("cannot copy: {error}");
    }
    let how_much = match length < copied.text.len() {
        true => format!("the first {length} of {} bytes", copied.text.len()),
        false => format!("{length} bytes"),
    };
    let head = match clipboard {
        // It drops what it is not told to pass on, and says nothing.
        Clipboard::Tmux => "copied, if tmux has set-clipboard on",
        _ => "copied",
    };
    match copied.show {
        true => format!("{head}: {}", copied.text),
        false => format!("{head}: {}, {how_much}", copied.what),
    }
}

/// The sequence that sets the clipboard, and how many bytes of the text it holds. The text is
/// base64 in it: nothing in it can end the sequence.
fn sequence(text: &str) -> (String, usize) {
    let mut end = text.len().min(TEXT_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let mut sequence = String::new();
    CopyToClipboard::to_clipboard_from(&text[..end])
        .write_ansi(&mut sequence)
        .expect("a String takes all");
    (sequence, end)
}

/// Keeps text in a temporary file that only the user may read; it stays when rfo ends.
fn kept(text: &str) -> io::Result<String> {
    let mut file = tempfile::Builder::new()
        .prefix("rfo-copy-")
        .suffix(".txt")
        .tempfile()?;
    file.write_all(text.as_bytes())?;
    file.write_all(b"\n")?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path.display().to_string())
}

/// Rings and sets the title.
/// # Errors
/// Where the terminal cannot be written to.
pub fn announce(announcement: &Announcement, bell: bool) -> io::Result<()> {
    hold::set_title(&announcement.title)?;
    if announcement.bell && bell {
        let mut out = stdout().lock();
        out.write_all(b"\x07")?;
        out.flush()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn text_is_base64_in_the_sequence() {
        assert_eq!(sequence("rfo"), ("\u{1b}]52;c;cmZv\u{1b}\\".to_owned(), 3));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let (cut, length) = sequence(&"ä".repeat(TEXT_MAX));
        assert_eq!(length, TEXT_MAX - TEXT_MAX % 2);
        assert!(cut.len() <= BASE64_MAX + 9, "{}", cut.len());
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_the_sequence(text: String) {
            let (sequence, _) = sequence(&text);
            let inside = sequence.strip_prefix("\u{1b}]52;c;").and_then(|rest| rest.strip_suffix("\u{1b}\\"));
            let is_base64 = |c: char| c.is_ascii_alphanumeric() || "+/=".contains(c);
            prop_assert!(inside.is_some_and(|inside| inside.chars().all(is_base64)));
        }
    }
}
