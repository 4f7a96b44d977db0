//! Addresses of clients as servers write them: with ports, in brackets, in lists.
//!
//! In: the bytes of a field. Out: the part of them that says who asked.

use super::search::find_either;

/// The first of `203.0.113.7, 10.0.0.2`: who asked first, proxies behind it.
pub(super) fn first_of_list(bytes: &[u8]) -> &[u8] {
    if find_either(b',', b':', bytes).is_none() && bytes.first() != Some(&b'[') {
        return bytes.trim_ascii();
    }
    let end = memchr::memchr(b',', bytes).unwrap_or(bytes.len());
    let first = bytes[..end].trim_ascii();
    let colons = memchr::memchr_iter(b':', first).take(2).count();
    // A bare IPv6 address has many colons; some proxies add the port.
    if first.starts_with(b"[") || colons == 1 {
        without_port(first)
    } else {
        first
    }
}

/// `10.0.0.1:443` without its port; `[::1]:443` without brackets; a bare IPv6 address as it is.
pub(super) fn without_port(bytes: &[u8]) -> &[u8] {
    if let Some(rest) = bytes.strip_prefix(b"[") {
        return rest
            .iter()
            .position(|&byte| byte == b']')
            .map_or(bytes, |end| &rest[..end]);
    }
    match memchr::memrchr(b':', bytes) {
        Some(at)
            if bytes[at + 1..].iter().all(u8::is_ascii_digit) && !bytes.starts_with(b"unix") =>
        {
            // `::1` has no port: the part before the last colon must not end in a colon.
            if at > 0 && bytes[at - 1] == b':' {
                bytes
            } else {
                &bytes[..at]
            }
        }
        _ => bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_list_loses_its_port_and_brackets() {
        assert_eq!(first_of_list(b"203.0.113.7, 10.0.0.2"), b"203.0.113.7");
        assert_eq!(
            first_of_list(b"203.0.113.7:4711,10.0.0.2:80"),
            b"203.0.113.7"
        );
        assert_eq!(first_of_list(b"[2001:db8::1]"), b"2001:db8::1");
        assert_eq!(first_of_list(b"2001:db8::1:5000, ::1"), b"2001:db8::1:5000");
    }

    #[test]
    fn ports_are_cut_off_and_addresses_are_not() {
        assert_eq!(without_port(b"10.0.0.1:443"), b"10.0.0.1");
        assert_eq!(without_port(b"[2001:db8::1]:443"), b"2001:db8::1");
        assert_eq!(without_port(b"2001:db8::7:5000"), b"2001:db8::7");
        assert_eq!(without_port(b"::1"), b"::1");
        assert_eq!(without_port(b"unix:"), b"unix:");
    }
}
