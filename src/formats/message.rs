//! Messages with their variable parts masked: numbers, addresses, identifiers, quoted text.

/// Longest masked message kept, in bytes.
const LENGTH_MAX: usize = 200;

/// Writes the message into `out` with every word that holds a digit masked as `<*>` and
/// every double-quoted part as `"<*>"`. White space becomes one space; colours are dropped. Linear, no regex.
pub fn mask(message: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let first_line = message.split(|&byte| byte == b'\n').next().unwrap_or(&[]);
    let mut rest = first_line;
    while !rest.is_empty() && out.len() < LENGTH_MAX {
        let (byte, tail) = (rest[0], &rest[1..]);
        rest = match byte {
            b'"' => match memchr::memchr(b'"', tail) {
                Some(end) => {
                    out.extend_from_slice(b"\"<*>\"");
                    &tail[end + 1..]
                }
                None => push(out, byte, tail),
            },
            0x1b => after_escape(tail),
            byte if byte.is_ascii_whitespace() => {
                if out.last() != Some(&b' ') {
                    out.push(b' ');
                }
                tail
            }
            byte if is_word(byte) => {
                let length = rest.iter().take_while(|byte| is_word(**byte)).count();
                let word = &rest[..length];
                let trimmed = word.len()
                    - word
                        .iter()
                        .rev()
                        .take_while(|byte| matches!(byte, b'.' | b':'))
                        .count();
                let variable = word.iter().any(u8::is_ascii_digit);
                out.extend_from_slice(if variable { b"<*>" } else { &word[..trimmed] });
                out.extend_from_slice(&word[trimmed..]);
                &rest[length..]
            }
            byte => push(out, byte, tail),
        };
    }
    out.truncate(LENGTH_MAX);
    while out.last() == Some(&b' ') {
        out.pop();
    }
}

/// What follows a terminal's escape sequence: `[31m` of a colour, or nothing known.
fn after_escape(tail: &[u8]) -> &[u8] {
    let Some(parameters) = tail.strip_prefix(b"[") else {
        return tail;
    };
    let end = parameters
        .iter()
        .position(|byte| matches!(byte, 0x40..=0x7e))
        .map_or(0, |last| last + 1);
    &parameters[end..]
}

fn push<'a>(out: &mut Vec<u8>, byte: u8, tail: &'a [u8]) -> &'a [u8] {
    out.push(byte);
    tail
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || byte >= 0x80
        || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/' | b'@' | b'%')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(message: &str, expected: &str) {
        let mut out = Vec::new();
        mask(message.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn variable_words_are_masked() {
        check(
            "connect to 10.0.0.1:443 failed after 30s",
            "connect to <*> failed after <*>",
        );
        check("user \"bob\" logged in", "user \"<*>\" logged in");
        check(
            "Started api-gateway.service.",
            "Started api-gateway.service.",
        );
        check("job 42: done", "job <*>: done");
        check("\u{1b}[1;31mfailed\u{1b}[0m twice", "failed twice");
    }

    proptest! {
        #[test]
        fn any_message_is_safe_and_short(message: Vec<u8>) {
            let mut out = Vec::new();
            mask(&message, &mut out);
            prop_assert!(out.len() <= LENGTH_MAX);
        }
    }
}
