//! What a stamp says of its zone: an offset, an abbreviation, a name.

use super::pieces::digits;
use crate::clock::NS_PER_S;
use crate::clock::abbreviation::{ZoneText, zone_text};
use crate::clock::zone::Local;

/// Longest name of a zone, in bytes.
const NAME_LENGTH_MAX: usize = 40;

/// `Z`, `UTC`, `+01:00`, `+0100`, `+01`, `CEST`, `Europe/Berlin`, with a space before, in
/// brackets, or an offset with a name behind it; nothing is no offset, nor is an abbreviation
/// that several places use: it is the source's zone that counts then. `local_ns` is the time that it is written behind.
pub(super) fn offset(bytes: &[u8], local_ns: i64) -> Option<Option<i32>> {
    let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
    if bytes.is_empty() {
        return Some(None);
    }
    if let Some(seconds) = number(bytes) {
        return Some(Some(seconds));
    }
    if let Some(word) = in_brackets(bytes) {
        return match number(word) {
            Some(seconds) => Some(Some(seconds)),
            None => name(word, local_ns),
        };
    }
    // `+01:00[Europe/Berlin]`, `+0100 (CET)`: the number decides, the name explains.
    let explained = bytes
        .iter()
        .position(|byte| matches!(byte, b'[' | b'('))
        .filter(|&at| in_brackets(&bytes[at..]).is_some());
    if let Some(at) = explained {
        return number(bytes[..at].trim_ascii_end()).map(Some);
    }
    name(bytes, local_ns)
}

/// A zone without brackets that begins `bytes` and the length of its word.
pub(super) fn leading_zone(bytes: &[u8]) -> Option<(Option<i32>, usize)> {
    let head = &bytes[..bytes.len().min(8)];
    let n = head.iter().position(|byte| *byte == b' ')?;
    let word = &bytes[..n];
    let seconds = match number(word) {
        Some(seconds) => Some(seconds),
        None => label(word)?,
    };
    Some((seconds, n))
}

/// Bytes at the front that are a zone: ` +0100`, `Z`, ` CEST`, `+01:00[Europe/Berlin]`; 0 if
/// none.
pub(super) fn leading_length(bytes: &[u8]) -> usize {
    let is_inside = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b':' | b'/' | b'_')
    };
    let pad = usize::from(bytes.first() == Some(&b' '));
    let body = &bytes[pad..bytes.len().min(pad + NAME_LENGTH_MAX)];
    let n = body.iter().take_while(|byte| is_inside(byte)).count();
    // What closes a field is no part of the zone: `10:00:00+01:00: text`.
    let word = body[..n].trim_ascii_end();
    let word = word.strip_suffix(b":").unwrap_or(word);
    if word.is_empty() || (number(word).is_none() && name(word, 0).is_none()) {
        return 0;
    }
    let end = pad + word.len();
    let name = bytes[end..].strip_prefix(b"[").unwrap_or(b"");
    let close = name
        .iter()
        .take(NAME_LENGTH_MAX)
        .position(|byte| *byte == b']');
    match close {
        Some(n) if name[..n].contains(&b'/') => end + n + 2,
        _ => end,
    }
}

fn in_brackets(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [b'[', word @ .., b']'] | [b'(', word @ .., b')'] if word.len() <= NAME_LENGTH_MAX => {
            Some(word)
        }
        _ => None,
    }
}

/// `Z`, `UTC`, `+01:00`, `-0330`, `+01`: seconds east.
fn number(bytes: &[u8]) -> Option<i32> {
    let (sign, rest) = match bytes {
        b"Z" | b"z" | b"UTC" | b"GMT" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = match *rest {
        [a, b] => (digits(&[a, b])?, 0),
        [a, b, c, d] | [a, b, b':', c, d] => (digits(&[a, b])?, digits(&[c, d])?),
        _ => return None,
    };
    (hours <= 15 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60) as i32)
}

/// Seconds east that a name stands for at that local time.
fn name(word: &[u8], local_ns: i64) -> Option<Option<i32>> {
    if !word.contains(&b'/') || word.len() > NAME_LENGTH_MAX {
        return label(word);
    }
    let ZoneText::Zone(zone) = zone_text(std::str::from_utf8(word).ok()?) else {
        return None;
    };
    match zone.resolve(crate::clock::words::utc(local_ns).naive_utc()) {
        Local::One(ns) | Local::Two(ns, _) => Some(i32::try_from((local_ns - ns) / NS_PER_S).ok()),
        Local::Gap => None,
    }
}

/// Seconds east that an abbreviation in capitals stands for: `Some(None)` if for several.
fn label(word: &[u8]) -> Option<Option<i32>> {
    if !(3..=5).contains(&word.len()) || !word.iter().all(u8::is_ascii_uppercase) {
        return None;
    }
    match zone_text(std::str::from_utf8(word).ok()?) {
        ZoneText::Label(label) => Some(Some(label.seconds_east)),
        ZoneText::Ambiguous(_) => Some(None),
        ZoneText::Zone(_) | ZoneText::Unknown => None,
    }
}
