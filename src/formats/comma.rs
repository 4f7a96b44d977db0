//! Numbers with commas in them: `0,25` as most of Europe writes it, `1,250,000` in groups of three.
//!
//! In: the bytes of one number. Out: the same with a point, if its commas say which of both it is.
//! Lists, `0.1, 0.2`, are none: they have blanks, or points before their first comma.

/// Longest number, in bytes.
pub const LENGTH_MAX: usize = 32;

/// What a lone comma before three digits is, `1,250`: nothing in the number says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Three {
    /// Decimals.
    Decimals,
    /// The end of thousands, unless a zero stands before the comma.
    Thousands,
}

/// A number with a point for its decimals and nothing between its thousands. `None` if it has no
/// comma, or is no such number.
pub fn pointed(bytes: &[u8], three: Three) -> Option<([u8; LENGTH_MAX], usize)> {
    if bytes.len() > LENGTH_MAX || !bytes.contains(&b',') {
        return None;
    }
    let (sign, digits) = match bytes {
        [b'-', rest @ ..] => (&bytes[..1], rest),
        rest => (&bytes[..0], rest),
    };
    let (whole, behind) = match memchr::memchr(b'.', digits) {
        Some(at) => (&digits[..at], Some(&digits[at + 1..])),
        None => (digits, None),
    };
    let parts: Vec<&[u8]> = whole.split(|byte| *byte == b',').collect();
    let are_digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    if parts.len() < 2
        || !parts.iter().all(|part| are_digits(part))
        || behind.is_some_and(|part| !are_digits(part))
    {
        return None;
    }
    let are_groups = parts[0].len() <= 3 && parts[1..].iter().all(|part| part.len() == 3);
    let is_open = parts.len() == 2 && behind.is_none();
    let has_thousands =
        are_groups && (!is_open || three == Three::Thousands && !parts[0].starts_with(b"0"));
    let mut out = ([0; LENGTH_MAX], 0);
    let mut push = |bytes: &[u8]| {
        out.0[out.1..out.1 + bytes.len()].copy_from_slice(bytes);
        out.1 += bytes.len();
    };
    push(sign);
    match (has_thousands, parts.as_slice()) {
        (true, parts) => {
            parts.iter().for_each(|part| push(part));
            if let Some(decimals) = behind {
                push(b".");
                push(decimals);
            }
        }
        (false, [whole, decimals]) if is_open => {
            push(whole);
            push(b".");
            push(decimals);
        }
        _ => return None,
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(text: &str, three: Three, expected: &str) {
        let found = pointed(text.as_bytes(), three);
        let found = found.map(|(bytes, n)| String::from_utf8_lossy(&bytes[..n]).into_owned());
        assert_eq!(found.as_deref().unwrap_or("-"), expected, "{text}");
    }

    #[test]
    fn a_comma_is_a_point_or_stands_between_thousands() {
        for three in [Three::Decimals, Three::Thousands] {
            check("0,25", three, "0.25");
            check("0,250", three, "0.250");
            check("-12,5", three, "-12.5");
            check("1,234,567", three, "1234567");
            check("1,234.5", three, "1234.5");
            check("1250,125", three, "1250.125");
        }
        check("1,250", Three::Decimals, "1.250");
        check("1,250", Three::Thousands, "1250");
    }

    #[test]
    fn lists_and_other_texts_are_left_alone() {
        for text in [
            "0.1,0.2", "0.1, 0.2", "1,2,3", ",5", "5,", "1,-1", "a,5", "12", "", "1,2.5", "-,-",
        ] {
            check(text, Three::Decimals, "-");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "[0-9,.-]{0,40}") {
            let _ = (pointed(text.as_bytes(), Three::Decimals), pointed(text.as_bytes(), Three::Thousands));
        }
    }
}
