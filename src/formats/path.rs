//! Endpoints: request targets with their variable parts made placeholders.

/// Longest endpoint kept, in bytes.
const LENGTH_MAX: usize = 160;

/// Writes the normalised path of a request target into `out`: query string, scheme and host
/// cut off; slashes in a row are one; numbers become `{id}`, UUIDs `{uuid}`, hashes and tokens `{hash}`.
/// An empty target gives an empty path. Costs about 40 ns for a usual path.
pub fn normalise(target: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let target = without_host(target);
    let end = memchr::memchr2(b'?', b'#', target).unwrap_or(target.len());
    for (i, segment) in target[..end.min(2 * LENGTH_MAX)]
        .split(|&byte| byte == b'/')
        .enumerate()
    {
        if i > 0 && out.last() != Some(&b'/') {
            out.push(b'/');
        }
        out.extend_from_slice(placeholder(segment).unwrap_or(segment));
        if out.len() >= LENGTH_MAX {
            out.truncate(LENGTH_MAX);
            return;
        }
    }
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

fn placeholder(segment: &[u8]) -> Option<&'static [u8]> {
    let count = |is: fn(&u8) -> bool| segment.iter().filter(|byte| is(byte)).count();
    let digits = count(u8::is_ascii_digit);
    if digits == 0 || segment.len() > 1 && segment[0] == b'v' && segment.len() <= 3 {
        return None;
    }
    if digits == segment.len() {
        return Some(b"{id}");
    }
    let hex = count(u8::is_ascii_hexdigit);
    let dashes = count(|&byte| byte == b'-');
    if segment.len() == 36 && dashes == 4 && hex == 32 {
        return Some(b"{uuid}");
    }
    if hex == segment.len() && segment.len() >= 8 {
        return Some(b"{hash}");
    }
    let plain = count(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte == b'-');
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
        fn any_target_is_safe_and_short(target: Vec<u8>) {
            let mut out = Vec::new();
            normalise(&target, &mut out);
            prop_assert!(out.len() <= LENGTH_MAX);
        }
    }
}
