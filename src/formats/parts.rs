//! The identifying parts of a message: whom and what it is about.
//!
//! In: one message as it was written. Out: its first few addresses, names of hosts, identifiers,
//! quoted words and values of keys, for attribution. Numbers, durations, sizes, dates, versions,
//! paths and bare hashes identify nothing and are left out.

use super::message::{is_variable, is_word, trimmed, word_length};

/// Parts taken of one message.
pub const PARTS_MAX: usize = 3;
/// Longest part, in bytes.
const LENGTH_MAX: usize = 64;
/// Bytes of a message that are searched.
const SEARCHED_MAX: usize = 400;
/// Ports from here on are a client's own: they tell connections apart, not hosts.
const EPHEMERAL_PORT: u32 = 32_768;

/// Keys whose values are measured and not given: `took=30`, `size_bytes=512`.
const MEASURES: [&[u8]; 24] = [
    b"age",
    b"attempt",
    b"bytes",
    b"count",
    b"delay",
    b"duration",
    b"elapsed",
    b"len",
    b"length",
    b"level",
    b"line",
    b"ms",
    b"n",
    b"pid",
    b"retries",
    b"retry",
    b"rows",
    b"seconds",
    b"size",
    b"status",
    b"time",
    b"timeout",
    b"took",
    b"us",
];

/// The first parts of a message, at most `PARTS_MAX`, written as they stand; the value of a key
/// as `key=value`. Linear in the first 400 bytes.
pub fn parts(message: &[u8], mut take: impl FnMut(&[u8])) {
    let line = message.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
    let bytes = &line[..line.len().min(SEARCHED_MAX)];
    let (mut at, mut taken, mut key) = (0, 0, 0..0);
    while at < bytes.len() && taken < PARTS_MAX {
        let byte = bytes[at];
        let end = match byte {
            b'"' => after_quoted(bytes, at),
            byte if is_word(byte) => at + word_length(&bytes[at..]),
            _ => at + 1,
        };
        let is_value = at > 0 && bytes[at - 1] == b'=' && !key.is_empty() && key.end == at - 1;
        if is_value && (byte == b'"' || is_word(byte)) {
            let value = trimmed(&bytes[at..end]);
            if is_given(&bytes[key.clone()], value) && value.len() <= LENGTH_MAX {
                take(&bytes[key.start..at + value.len()]);
                taken += 1;
            }
        } else if byte == b'"' {
            let word = bytes[at..end].strip_prefix(b"\"").unwrap_or_default();
            if let Some(word) = word.strip_suffix(b"\"").filter(|word| is_short(word)) {
                take(word);
                taken += 1;
            }
        } else if is_word(byte)
            && let Some(part) = identifying(trimmed(&bytes[at..end]))
        {
            take(part);
            taken += 1;
        }
        if is_word(byte) {
            key = at..end;
        }
        at = end;
    }
}

fn is_short(word: &[u8]) -> bool {
    !word.is_empty() && word.len() <= LENGTH_MAX
}

/// Behind a quoted word, or behind the quote if it is none.
fn after_quoted(bytes: &[u8], at: usize) -> usize {
    let inner = &bytes[at + 1..];
    match memchr::memchr(b'"', inner) {
        Some(length) if !inner[..length].iter().any(u8::is_ascii_whitespace) => at + length + 2,
        _ => at + 1,
    }
}

/// Whether a key's value names something: any word or whole number of a key that measures
/// nothing, but no fraction and no number with a unit.
fn is_given(key: &[u8], value: &[u8]) -> bool {
    let last = key
        .rsplit(|byte| matches!(byte, b'_' | b'.' | b'-' | b':'))
        .next()
        .unwrap_or(key);
    let measures = MEASURES.iter().any(|one| last.eq_ignore_ascii_case(one));
    let whole = value.iter().all(u8::is_ascii_digit);
    let starts_as_number = value.first().is_some_and(u8::is_ascii_digit);
    let named = !starts_as_number || whole || is_address(value) || is_hash(value);
    !measures && !value.is_empty() && value != b"\"\"" && named
}

/// The part of a bare word that identifies: an address, with its port where it is a server's; a
/// name that holds a digit, `app-3`, `usr_8812`.
pub(super) fn identifying(word: &[u8]) -> Option<&[u8]> {
    // Most words hold no digit: they are done with first.
    if word.len() > LENGTH_MAX || !word.iter().any(u8::is_ascii_digit) {
        return None;
    }
    if is_address(word) {
        // The unspecified address is that of every host.
        let named = !word.starts_with(b"0.0.0.0");
        return named.then(|| without_ephemeral_port(word));
    }
    let named = word[0].is_ascii_alphabetic()
        && word.iter().any(|byte| matches!(byte, b'-' | b'_' | b'.'))
        && !word.contains(&b'/');
    (named && is_variable(word) && !is_hash(word) && !is_version(word)).then_some(word)
}

/// `10.0.0.7`, `10.0.0.7:5432`: four numbers with dots, perhaps a port.
fn is_address(word: &[u8]) -> bool {
    let mut halves = word.splitn(2, |&byte| byte == b':');
    let host = halves.next().unwrap_or(&[]);
    let number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let numbers = host.split(|&byte| byte == b'.');
    let is_host = numbers.clone().count() == 4
        && numbers.into_iter().all(|one| one.len() <= 3 && number(one));
    is_host && halves.next().is_none_or(number)
}

fn without_ephemeral_port(address: &[u8]) -> &[u8] {
    let Some(colon) = memchr::memchr(b':', address) else {
        return address;
    };
    let digits = address[colon + 1..].iter().take(6);
    let port = digits.fold(0u32, |port, digit| port * 10 + u32::from(digit - b'0'));
    if port >= EPHEMERAL_PORT {
        &address[..colon]
    } else {
        address
    }
}

/// Hexadecimal digits and dashes, eight and more: hashes, UUIDs.
fn is_hash(word: &[u8]) -> bool {
    let hexadecimal = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b'-';
    word.len() >= 8 && word.iter().all(hexadecimal)
}

/// `v1.20`, and words such as `HTTP/1.1` do not come here: they hold a slash.
fn is_version(word: &[u8]) -> bool {
    let number = |byte: &u8| byte.is_ascii_digit() || *byte == b'.';
    word[0].eq_ignore_ascii_case(&b'v') && word[1..].iter().all(number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(message: &str, expected: &[&str]) {
        let mut found = Vec::new();
        parts(message.as_bytes(), |part| {
            found.push(String::from_utf8_lossy(part).into_owned());
        });
        assert_eq!(found, expected, "{message}");
    }

    #[test]
    fn addresses_hosts_and_identifiers_are_parts() {
        check(
            "connect EADDRNOTAVAIL 10.0.0.7:5432 - Local (10.0.0.3:50112)",
            &["10.0.0.7:5432", "10.0.0.3"],
        );
        check("connect 10.0.0.7:80 - Local (0.0.0.0:0)", &["10.0.0.7:80"]);
        check("lost app-3 and db-2.internal", &["app-3", "db-2.internal"]);
        check("no such user \"bob\"", &["bob"]);
    }

    #[test]
    fn values_of_keys_are_parts_with_their_key() {
        check(
            "rejected account=77 took=30ms user=root attempt=3",
            &["account=77", "user=root"],
        );
        check("share=0.73 size_bytes=512 job=", &[]);
        check(
            "for tenant=\"acme\" (id=deadbeef)",
            &["tenant=\"acme\"", "id=deadbeef"],
        );
    }

    #[test]
    fn numbers_durations_dates_paths_versions_and_hashes_are_none() {
        check("42 items of 512kB in 3.5s at 2024-03-05 10:05:33.123", &[]);
        check(
            "read /var/log/app-3.log of v1.2.3, 3f2a99c0d1, HTTP/1.1",
            &[],
        );
        check("said \"two words 7\" today", &[]);
    }

    #[test]
    fn only_the_first_three_are_taken() {
        check("a-1 b-2 c-3 d-4", &["a-1", "b-2", "c-3"]);
    }

    proptest! {
        #[test]
        fn any_message_gives_few_short_parts(message: Vec<u8>) {
            let mut n = 0;
            parts(&message, |part| {
                n += 1;
                assert!(!part.is_empty() && part.len() <= 2 * SEARCHED_MAX);
            });
            prop_assert!(n <= PARTS_MAX);
        }

        #[test]
        fn messages_of_keys_and_quotes_are_safe(message in "([a-z0-9.:=\" -]|=\"|10\\.0\\.0\\.1:){0,60}") {
            let mut n = 0;
            parts(message.as_bytes(), |_| n += 1);
            prop_assert!(n <= PARTS_MAX);
        }
    }
}
