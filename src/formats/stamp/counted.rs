//! Stamps that count from a beginning: epochs, TAI64N, seconds since the machine's start.

use super::pieces::{digit_count, digits, fraction};
use super::{Lack, Read, Stamp};
use crate::clock::NS_PER_S;

/// Seconds, milli-, micro- or nanoseconds since 1970, told by magnitude.
pub(super) fn epoch(bytes: &[u8]) -> Option<Read> {
    let whole_length = digit_count(bytes);
    let whole = digits(&bytes[..whole_length]).or_else(|| digits(bytes.get(..18)?))?;
    let unit_ns = match whole_length {
        9 | 10 => NS_PER_S,
        12 | 13 => 1_000_000,
        15 | 16 => 1_000,
        18 | 19 => 1,
        _ => return None,
    };
    let whole = if whole_length == 19 {
        whole
            .checked_mul(10)?
            .checked_add(digits(&bytes[18..19])?)?
    } else {
        whole
    };
    let (fraction_ns, rest) = point(&bytes[whole_length..]);
    if !rest.is_empty() {
        return None;
    }
    let local_ns = whole
        .checked_mul(unit_ns)?
        .checked_add(fraction_ns / (NS_PER_S / unit_ns))?;
    // Digits behind the second stand for its parts, unless there is a point as well.
    let parts = match unit_ns {
        NS_PER_S => 0,
        1_000_000 => 3,
        1_000 => 6,
        _ => 9,
    };
    let is_plain = parts == 0 || whole_length == bytes.len();
    Some(Read {
        stamp: utc(local_ns),
        second_end: is_plain.then_some(whole_length - parts),
    })
}

/// A fraction, but not behind a colon.
fn point(bytes: &[u8]) -> (i64, &[u8]) {
    match bytes.first() {
        Some(b':') => (0, bytes),
        _ => fraction(bytes),
    }
}

fn utc(local_ns: i64) -> Stamp {
    Stamp {
        local_ns,
        offset_s: Some(0),
        lack: Lack::Nothing,
    }
}

/// `@400000005db99d8407270e00`: 2^62 and ten seconds more than since 1970, then nanoseconds, as
/// multilog and svlogd write them (Bernstein, "TAI64, TAI64N, and TAI64NA"; they leave out leap
/// seconds since 1972).
pub(super) fn tai64n(bytes: &[u8]) -> Option<Read> {
    let body = bytes.strip_prefix(b"@")?;
    if body.len() != 24 {
        return None;
    }
    let hex = |bytes: &[u8]| {
        bytes.iter().try_fold(0u64, |n, &byte| {
            Some(n << 4 | u64::from(char::from(byte).to_digit(16)?))
        })
    };
    let seconds = hex(&body[..16])?.checked_sub((1 << 62) + 10)?;
    let nanos = i64::try_from(hex(&body[16..])?)
        .ok()
        .filter(|ns| *ns < NS_PER_S)?;
    let local_ns = i64::try_from(seconds)
        .ok()?
        .checked_mul(NS_PER_S)?
        .checked_add(nanos)?;
    Some(Read {
        stamp: utc(local_ns),
        second_end: None,
    })
}

/// `12345.678901`: seconds since the machine's start, perhaps padded by spaces.
pub(super) fn boot(bytes: &[u8]) -> Option<Read> {
    let body = bytes.trim_ascii_start();
    let n = digit_count(body);
    let whole = digits(&body[..n]).filter(|_| n <= 9)?;
    let (fraction_ns, rest) = point(&body[n..]);
    (rest.is_empty() && n < body.len()).then_some(Read {
        stamp: Stamp {
            local_ns: whole * NS_PER_S + fraction_ns,
            offset_s: Some(0),
            lack: Lack::Start,
        },
        second_end: Some(bytes.len() - body.len() + n),
    })
}
