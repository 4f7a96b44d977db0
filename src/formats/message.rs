//! Messages with their variable parts masked: numbers, addresses, identifiers, dates, paths,
//! quoted words.
//!
//! In: one message. Out: the same with `<*>` in place of what varies, as the miner of templates
//! (`miner`) reads it. Looks at one message only: what varies between messages is the miner's.

use std::borrow::Cow;
use std::ops::Range;

/// Longest masked message kept, in bytes.
const LENGTH_MAX: usize = 200;
/// What stands for a variable part.
pub const MASK: &[u8] = b"<*>";
/// A name may hold that many digits and is still a name: `http2`, `jk2_init`.
const NAME_DIGITS_MAX: usize = 2;

const WEEKDAYS: [&[u8]; 7] = [b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun"];
const MONTHS: [&[u8]; 12] = [
    b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec",
];

/// Writes the first line of the message into `out` with `<*>` for every word that holds a digit
/// (but for names with one or two), every path of two names and more, dates, and words in double
/// quotes. Neighbours become one `<*>`, white space one space; colours are dropped. Masking what
/// is masked changes nothing. At most 200 bytes. Linear, no regex.
pub fn mask(message: &[u8], out: &mut Vec<u8>) {
    mask_noting(message, out, &mut |_, _| {});
}

/// What was masked of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Masked {
    /// A word that varies, without the dots and colons behind it.
    Word,
    /// What stands between two quotes.
    Quoted,
    /// A word that begins a date.
    Date,
}

/// The same; tells what was masked and where in the message it stands. False where the mask is not
/// the whole message's: where it has colours or more than one line, or is too long.
pub(super) fn mask_noting(
    message: &[u8],
    out: &mut Vec<u8>,
    note: &mut impl FnMut(Masked, Range<usize>),
) -> bool {
    out.clear();
    let first_line = &message[..memchr::memchr(b'\n', message).unwrap_or(message.len())];
    let bytes = without_colours(&first_line[..first_line.len().min(4 * LENGTH_MAX)]);
    let (mut at, mut quote_end) = (0, 0);
    while at < bytes.len() && out.len() < LENGTH_MAX {
        let byte = bytes[at];
        if is_word(byte) {
            let length = word_length(&bytes[at..]);
            let word = &bytes[at..at + length];
            if let Some(masked) = push_word(word, &bytes[at + length..], out) {
                note(masked, at..at + trimmed(word).len());
            }
            at += length;
        } else if byte == b'"' && at >= quote_end {
            let (pushed, end) = quoted(&bytes[at..], out);
            quote_end = at + end;
            if pushed > 1 {
                note(Masked::Quoted, at + 1..quote_end - 1);
            }
            at += pushed;
        } else {
            if !byte.is_ascii_whitespace() {
                out.push(byte);
            } else if out.last() != Some(&b' ') {
                out.push(b' ');
            }
            at += 1;
        }
    }
    let is_whole = matches!(bytes, Cow::Borrowed(_)) && at == message.len();
    out.truncate(LENGTH_MAX);
    while out.last() == Some(&b' ') {
        out.pop();
    }
    is_whole
}

/// Whether a byte can be part of a word: of a name, number, address or path.
#[inline]
pub fn is_word(byte: u8) -> bool {
    WORDS[usize::from(byte)]
}

/// Which bytes are.
const WORDS: [bool; 256] = {
    let mut words = [false; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        words[i] = byte.is_ascii_alphanumeric()
            || byte >= 0x80
            || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'@' | b'%');
        i += 1;
    }
    words
};

/// Bytes of the word that the bytes begin with.
pub fn word_length(bytes: &[u8]) -> usize {
    bytes.iter().take_while(|byte| is_word(**byte)).count()
}

/// A word without the dots and colons that end a sentence or a key.
pub fn trimmed(word: &[u8]) -> &[u8] {
    let tail = word.iter().rev();
    let punctuation = tail.take_while(|byte| matches!(byte, b'.' | b':')).count();
    &word[..word.len() - punctuation]
}

/// Whether a word says something else in each message: it holds a digit and is no name, or it
/// is a path.
pub fn is_variable(word: &[u8]) -> bool {
    if word[0] == b'/' && word[1..].contains(&b'/') {
        return true;
    }
    let digits = word.iter().filter(|byte| byte.is_ascii_digit()).count();
    digits > 0 && !(digits <= NAME_DIGITS_MAX && is_name(word))
}

/// Letters, digits and underscores, a letter first, and not hexadecimal.
fn is_name(word: &[u8]) -> bool {
    word[0].is_ascii_alphabetic()
        && word
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        && !word.iter().all(u8::is_ascii_hexdigit)
}

/// What of a word was masked, if it was.
fn push_word(word: &[u8], rest: &[u8], out: &mut Vec<u8>) -> Option<Masked> {
    let kept = trimmed(word);
    let masked = match is_variable(word) {
        true => Some(Masked::Word),
        false => begins_date(word, rest).then_some(Masked::Date),
    };
    if masked.is_none() {
        out.extend_from_slice(kept);
    } else if out.ends_with(b"<*> ") {
        out.pop();
    } else {
        out.extend_from_slice(MASK);
    }
    out.extend_from_slice(&word[kept.len()..]);
    masked
}

/// Whether a word of a message begins a date before some numbers and names.
pub(super) fn may_name_date(message: &[u8]) -> bool {
    let mut words = message.split(|byte| !is_word(*byte));
    words.any(|word| word.len() == 3 && (MONTHS.contains(&word) || WEEKDAYS.contains(&word)))
}

/// `Jul` before a number, `Sat` before a month.
fn begins_date(word: &[u8], rest: &[u8]) -> bool {
    if word.len() != 3 || !word[0].is_ascii_uppercase() {
        return false;
    }
    let next = rest.trim_ascii_start();
    let is_month = MONTHS.contains(&word);
    (is_month && next.first().is_some_and(u8::is_ascii_digit))
        || (WEEKDAYS.contains(&word) && next.get(..3).is_some_and(|next| MONTHS.contains(&next)))
}

/// No white space, and no mask beside other signs: that is what is left of several words.
pub(super) fn is_masked_quote(inside: &[u8]) -> bool {
    let is_masked = inside != MASK && memchr::memmem::find(inside, MASK).is_some();
    !is_masked && !inside.iter().any(u8::is_ascii_whitespace)
}

/// A quoted word is masked; of quoted text only the quote is pushed, its words are the
/// message's. How many bytes were used up, and where the closing quote ends.
fn quoted(bytes: &[u8], out: &mut Vec<u8>) -> (usize, usize) {
    let end = memchr::memchr(b'"', &bytes[1..]).map(|at| at + 2);
    match end {
        Some(end) if is_masked_quote(&bytes[1..end - 1]) => {
            out.extend_from_slice(b"\"<*>\"");
            (end, end)
        }
        _ => {
            out.push(b'"');
            (1, end.unwrap_or(1))
        }
    }
}

/// The bytes without terminal sequences: `[31m` of a colour behind an escape, or nothing known.
fn without_colours(bytes: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(0x1b, bytes).is_none() {
        return Cow::Borrowed(bytes);
    }
    let mut plain = Vec::with_capacity(bytes.len());
    let mut parts = bytes.split(|&byte| byte == 0x1b);
    plain.extend_from_slice(parts.next().unwrap_or(&[]));
    for part in parts {
        let text = part.strip_prefix(b"[").map_or(part, |parameters| {
            let last = parameters
                .iter()
                .position(|byte| matches!(byte, 0x40..=0x7e));
            &parameters[last.map_or(0, |last| last + 1)..]
        });
        plain.extend_from_slice(text);
    }
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn masked(message: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        mask(message, &mut out);
        out
    }

    fn check(message: &str, expected: &str) {
        let out = masked(message.as_bytes());
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn variable_words_are_masked() {
        check(
            "connect to 10.0.0.1:443 failed after 30s",
            "connect to <*> failed after <*>",
        );
        check("job 42: done", "job <*>: done");
        check("\u{1b}[1;31mfailed\u{1b}[0m twice", "failed twice");
        check("opened /var/lib/data for root", "opened <*> for root");
        check("id=deadbe0f uid=0 for worker-7", "id=<*> uid=<*> for <*>");
    }

    #[test]
    fn names_with_a_digit_or_two_are_names() {
        check(
            "Started api-gateway.service.",
            "Started api-gateway.service.",
        );
        check("http2 jk2_init() x86_64", "http2 jk2_init() <*>");
        check(
            "a1 b2 cafe12 v1.2",
            "<*> <*>".split(' ').next().expect("one"),
        );
    }

    #[test]
    fn dates_and_neighbours_are_one() {
        check("at Sat Jul  9 11:35:59 2005 here", "at <*> here");
        check("May it be 3 of 4, 5", "May it be <*> of <*>, <*>");
    }

    #[test]
    fn quoted_words_vary_and_quoted_sentences_are_read() {
        check("user \"bob\" logged in", "user \"<*>\" logged in");
        check(
            "said \"no such user 7\" to \"a\"",
            "said \"no such user <*>\" to \"<*>\"",
        );
        check("one \" alone", "one \" alone");
        check("got \"7 8)\"", "got \"<*>)\"");
        check("got \"<*>)\"", "got \"<*>)\"");
    }

    proptest! {
        #[test]
        fn any_message_is_safe_short_and_masked_once(message: Vec<u8>) {
            let once = masked(&message);
            prop_assert!(once.len() <= LENGTH_MAX);
            prop_assert_eq!(masked(&once), once);
        }

        #[test]
        fn what_is_masked_stays(message in "([A-Za-z0-9/.:=\"_ -]|Jul |Sat |\x1b\\[1m|<\\*>){0,80}") {
            let once = masked(message.as_bytes());
            prop_assert_eq!(masked(&once), once, "{}", message);
        }
    }
}
