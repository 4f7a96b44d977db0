//! Endpoints: request targets with their variable parts made placeholders.

use wide::u8x16;

use super::search::{find_byte, find_digit, find_either};

/// Longest endpoint kept, in bytes.
const LENGTH_MAX: usize = 160;

/// Room for a path with its placeholders that `quick` writes.
pub(super) type Room = [u8; 256];
/// Such room before any path.
pub(super) const NO_PATH: Room = [0; 256];

/// Writes the normalised path of a request target into `out`: query string, scheme and host
/// cut off; slashes in a row are one; numbers become `{id}`, UUIDs `{uuid}`, hashes and tokens `{hash}`.
/// An empty target gives an empty path.
pub fn normalise(target: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let target = without_host(target);
    let mut room = NO_PATH;
    if let Some(path) = quick(target, target.len(), false, &mut room) {
        return out.extend_from_slice(path);
    }
    let seen = &target[..target.len().min(2 * LENGTH_MAX)];
    let path = &seen[..find_either(b'?', b'#', seen).unwrap_or(seen.len())];
    if has_empty_segment(path) {
        return by_segments(path, out);
    }
    let mut copied = 0;
    let mut at = 0;
    while let Some(digit) = find_digit(&path[at..]).map(|n| at + n) {
        let slash = path[..digit].iter().rposition(|&byte| byte == b'/');
        let start = slash.map_or(0, |slash| slash + 1);
        let end = find_byte(b'/', &path[digit..]).map_or(path.len(), |n| digit + n);
        if let Some(placeholder) = placeholder(&path[start..end]) {
            out.extend_from_slice(&path[copied..start]);
            out.extend_from_slice(placeholder);
            copied = end;
        }
        at = end;
    }
    out.extend_from_slice(&path[copied..]);
    out.truncate(LENGTH_MAX);
}

/// The same of a target that ends at the first space, as in `/path HTTP/1.1`.
pub fn normalise_first_word(rest: &[u8], out: &mut Vec<u8>) {
    let end = find_byte(b' ', rest).unwrap_or(rest.len());
    normalise(&rest[..end], out);
}

/// The normalised path of the target that the first `length` bytes of a text are, or the first
/// word of them: a part of the text, or written into the room. `None` for a target that does not
/// begin with a slash, is longer than 64 bytes or holds slashes in a row. What stands behind the
/// target does not matter, but where it is long enough nothing is copied.
#[inline]
pub(super) fn quick<'a>(
    text: &'a [u8],
    length: usize,
    is_first_word: bool,
    room: &'a mut Room,
) -> Option<&'a [u8]> {
    if text.first() != Some(&b'/') || length == 0 {
        return None;
    }
    let mut copy = [0; SEEN];
    let bytes = match text.first_chunk() {
        Some(bytes) => bytes,
        None => {
            copy[..text.len()].copy_from_slice(text);
            &copy
        }
    };
    let seen = Seen::of(bytes, length, is_first_word)?;
    match seen.digits {
        0 => Some(&text[..seen.length]),
        _ => Some(seen.normalise(bytes, &text[..seen.length], room)),
    }
}

/// Room for a path that `usual` writes.
pub(super) const USUAL: usize = 2 * SEEN + 4;

/// Writes what `quick` says of a target of which at most one segment varies, and that is a number:
/// how long it is, at most 67 bytes. `None` where less than 128 bytes begin with the target, too.
#[inline]
pub(super) fn usual(
    text: &[u8],
    length: usize,
    is_first_word: bool,
    room: &mut [u8; USUAL],
) -> Option<usize> {
    let text: &[u8; 2 * SEEN] = text.first_chunk()?;
    if text[0] != b'/' || length == 0 {
        return None;
    }
    // Most end within half a look.
    let half: &[u8; SEEN / 2] = text.first_chunk()?;
    match Seen::of(half, length, is_first_word) {
        Some(seen) => seen.write::<{ SEEN / 2 }>(text, room),
        None => {
            let whole: &[u8; SEEN] = text.first_chunk()?;
            Seen::of(whole, length, is_first_word)?.write::<SEEN>(text, room)
        }
    }
}

/// How many bytes one look sees: a bit each.
const SEEN: usize = 64;

/// A path of less than 64 bytes at one look: a bit for each byte that is of a kind.
struct Seen {
    length: usize,
    slashes: u64,
    digits: u64,
}

impl Seen {
    /// `None` where the path does not end here, or holds slashes in a row.
    #[inline]
    fn of<const N: usize>(bytes: &[u8; N], length: usize, is_first_word: bool) -> Option<Self> {
        let (mut ends, mut slashes, mut digits, mut versions) = (0, 0, 0, 0);
        let space = u8x16::splat(if is_first_word { b' ' } else { b'?' });
        let (parts, _) = bytes.as_chunks::<16>();
        for (i, part) in parts.iter().enumerate() {
            let bytes = u8x16::from(*part);
            let bits = |found: u8x16| u64::from(found.to_bitmask()) << (16 * i);
            let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
            ends |= bits(is(b'?') | is(b'#') | bytes.simd_eq(space));
            slashes |= bits(is(b'/'));
            versions |= bits(is(b'v'));
            // Digits are the ten bytes from `0` on, whatever wraps around.
            let from_zero = bytes - u8x16::splat(b'0');
            digits |= bits(from_zero.simd_eq(from_zero.min(u8x16::splat(9))));
        }
        if length < N {
            ends |= 1 << length;
        }
        if ends == 0 {
            return None;
        }
        // The lowest bit and what is below it.
        let (end, inside) = (ends & ends.wrapping_neg(), (ends - 1) & !ends);
        slashes &= inside;
        digits &= inside;
        // Segments of two or three bytes that begin with a `v` are as they are.
        let bounds = slashes | end;
        let first = versions & slashes << 1 & !(bounds >> 1);
        let kept = first & (bounds >> 2 | bounds >> 3);
        digits &= !(kept << 1 | kept << 2);
        (slashes & slashes >> 1 == 0).then_some(Self {
            length: end.trailing_zeros() as usize,
            slashes,
            digits,
        })
    }

    /// What `usual` says of a path that ends within `N` bytes; the same steps for all.
    #[inline]
    fn write<const N: usize>(
        &self,
        text: &[u8; 2 * SEEN],
        room: &mut [u8; USUAL],
    ) -> Option<usize> {
        let (start, end) = self.number()?;
        room[..N].copy_from_slice(&text[..N]);
        room[start..start + 4].copy_from_slice(b"{id}");
        room[start + 4..start + 4 + N].copy_from_slice(&text[end..end + N]);
        let shorter = self.length + 4 - (end - start);
        Some(if end > start { shorter } else { self.length })
    }

    /// Where the only segment that holds digits begins and ends, if it holds nothing else; the end
    /// of the path where there is none. Both are less than 64.
    #[inline]
    fn number(&self) -> Option<(usize, usize)> {
        let end = 1 << self.length;
        // Of digits from the start of a segment on, the carry goes to what is behind them.
        let carried = (self.digits & self.slashes << 1) + self.digits;
        let behind = carried & (self.slashes | end);
        let stop = if behind == 0 { end } else { behind };
        let slashes = self.slashes & (stop - 1);
        let start = 64 - slashes.leading_zeros() as usize;
        let start = if behind == 0 { self.length } else { start };
        let stop_at = stop.trailing_zeros() as usize;
        let is_only = stop.wrapping_sub(1 << (start % SEEN)) == self.digits;
        is_only.then_some((start % SEEN, stop_at % SEEN))
    }

    /// What `normalise` says of such a path, with which the bytes begin.
    #[inline]
    fn normalise<'a>(&self, bytes: &[u8; SEEN], path: &'a [u8], room: &'a mut Room) -> &'a [u8] {
        let (mut written, mut copied) = (0, 0);
        let mut digits = self.digits;
        while digits != 0 {
            let digit = digits.trailing_zeros();
            let start = 64 - (self.slashes & ((1 << digit) - 1)).leading_zeros() as usize;
            let behind = self.slashes >> digit;
            let end = match behind {
                0 => path.len(),
                behind => digit as usize + behind.trailing_zeros() as usize,
            };
            let inside = (u64::MAX >> (64 - (end - start))) << start;
            let is_number = self.digits & inside == inside;
            let placeholder = match is_number {
                true => Some(&b"{id}"[..]),
                false => placeholder(&path[start..end]),
            };
            if let Some(placeholder) = placeholder {
                if copied == 0 {
                    // More than its first part: a copy of a known length is no call.
                    room[..SEEN].copy_from_slice(bytes);
                    written = start;
                } else {
                    written += write(&path[copied..start], &mut room[written..]);
                }
                written += write(placeholder, &mut room[written..]);
                copied = end;
            }
            digits &= !inside;
        }
        if copied == 0 {
            return path;
        }
        if copied < path.len() {
            written += write(&path[copied..], &mut room[written..]);
        }
        &room[..written]
    }
}

/// Copies a text to where a room begins; how long it is.
#[inline]
fn write(text: &[u8], room: &mut [u8]) -> usize {
    room[..text.len()].copy_from_slice(text);
    text.len()
}

/// The same, one segment after the other: slashes in a row become one.
fn by_segments(path: &[u8], out: &mut Vec<u8>) {
    for (i, segment) in path.split(|&byte| byte == b'/').enumerate() {
        if i > 0 && out.last() != Some(&b'/') {
            out.push(b'/');
        }
        out.extend_from_slice(placeholder(segment).unwrap_or(segment));
    }
    out.truncate(LENGTH_MAX);
}

fn has_empty_segment(path: &[u8]) -> bool {
    let pairs = path.iter().zip(path.get(1..).unwrap_or(&[]));
    // Without an early end: that is what the compiler can do sixteen bytes at a time.
    pairs.fold(0, |found, (one, next)| {
        found | u8::from(*one == b'/') & u8::from(*next == b'/')
    }) > 0
}

fn without_host(target: &[u8]) -> &[u8] {
    if target.first() == Some(&b'/') {
        return target;
    }
    match memchr::memmem::find(target, b"://") {
        Some(at) if at < 8 => {
            let rest = &target[at + 3..];
            memchr::memchr(b'/', rest).map_or(b"/", |slash| &rest[slash..])
        }
        _ => target,
    }
}

/// What the bytes of a segment are, a count each in 16 bits: digits, hexadecimal digits, dashes,
/// and all that an identifier may hold.
const CLASSES: [u64; 256] = {
    let mut classes = [0; 256];
    let mut i = 0;
    while i < 256 {
        let byte = i as u8;
        let plain = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        classes[i] = byte.is_ascii_digit() as u64
            | (byte.is_ascii_hexdigit() as u64) << 16
            | ((byte == b'-') as u64) << 32
            | (plain as u64) << 48;
        i += 1;
    }
    classes
};

/// What stands for a segment of at most 2 * `LENGTH_MAX` bytes, if it varies.
fn placeholder(segment: &[u8]) -> Option<&'static [u8]> {
    let classes = segment.iter().map(|byte| CLASSES[usize::from(*byte)]);
    let counts: u64 = classes.sum();
    let count = |i: u32| (counts >> (16 * i) & 0xffff) as usize;
    let (digits, hex, dashes, plain) = (count(0), count(1), count(2), count(3));
    if digits == 0 || segment.len() > 1 && segment[0] == b'v' && segment.len() <= 3 {
        return None;
    }
    if digits == segment.len() {
        return Some(b"{id}");
    }
    if segment.len() == 36 && dashes == 4 && hex == 32 {
        return Some(b"{uuid}");
    }
    if hex == segment.len() && segment.len() >= 8 {
        return Some(b"{hash}");
    }
    (plain == segment.len()
        && (digits * 3 >= segment.len() && segment.len() >= 4
            || segment.len() >= 20 && digits >= 4))
        .then_some(b"{id}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(target: &str, expected: &str) {
        let mut out = Vec::new();
        normalise(target.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }

    #[test]
    fn ids_become_placeholders_and_names_stay() {
        check(
            "/api/v2/calls/81723/events?since=5",
            "/api/v2/calls/{id}/events",
        );
        check("/u/123e4567-e89b-12d3-a456-426614174000", "/u/{uuid}");
        check("/static/app.3f2a9bd1c0.js", "/static/app.3f2a9bd1c0.js");
        check("/blob/3f2a9bd1c0ee", "/blob/{hash}");
        check("/order/AB-20311", "/order/{id}");
        check("/xmlrpc.php", "/xmlrpc.php");
        check("//xmlrpc.php", "/xmlrpc.php");
        check("/a//b/", "/a/b/");
        check("/s3/v1", "/s3/v1");
    }

    #[test]
    fn hosts_and_empty_targets_are_no_paths() {
        check("https://example.com/a?b", "/a");
        check("https://example.com", "/");
        check("", "");
        check("*", "*");
    }

    proptest! {
        #[test]
        fn the_short_way_and_the_segments_say_the_same(path in "(/|/[a-f0-9]{1,12}|/v[0-9]|/[a-z.]{1,9}|[0-9]{1,4}|-|/[a-z0-9_-]{20,60}){0,12}") {
            let (mut out, mut expected) = (Vec::new(), Vec::new());
            normalise(path.as_bytes(), &mut out);
            by_segments(&path.as_bytes()[..path.len().min(2 * LENGTH_MAX)], &mut expected);
            prop_assert_eq!(out, expected);
        }

        #[test]
        fn the_usual_way_says_what_the_short_one_does(
            path in "(/[a-z]{0,3}|/v[0-9]{1,2}|/[0-9]{1,6}|/[0-9a-f]{1,4}|[?# ]|-){1,8}",
            longer in 0usize..3,
            is_first_word: bool,
        ) {
            let text = format!("{path}{}", "/1 ".repeat(50));
            let length = path.len() + longer;
            let (mut room, mut other) = ([0; USUAL], NO_PATH);
            let short = quick(text.as_bytes(), length, is_first_word, &mut other);
            if let Some(written) = usual(text.as_bytes(), length, is_first_word, &mut room) {
                prop_assert_eq!(Some(&room[..written]), short);
            } else if short.is_some() {
                prop_assert!(text[..length].contains(|byte: char| byte.is_ascii_digit()));
            }
        }

        #[test]
        fn one_number_is_usual(front in "(/v[0-9]|/[a-z]{1,9}){0,3}", id in "[0-9]{0,9}", rest in "(/[a-z]{1,9}){0,2}") {
            let path = format!("{front}/{id}{}", if id.is_empty() { "" } else { &rest });
            let text = format!("{path}?{}", " ".repeat(128));
            let mut room = [0; USUAL];
            let written = usual(text.as_bytes(), text.len(), false, &mut room).expect("a usual path");
            let mut expected = Vec::new();
            by_segments(path.as_bytes(), &mut expected);
            prop_assert_eq!(&room[..written], expected);
        }

        #[test]
        fn any_target_is_safe_and_short(target: Vec<u8>) {
            let mut out = Vec::new();
            normalise(&target, &mut out);
            prop_assert!(out.len() <= LENGTH_MAX);
        }
    }
}
