//! Labels in front of lines, as logcli prints what Loki holds, behind a stamp or not:
//! `2024-02-03T06:09:12Z {app="shop", pod="shop-7d9f"} inner`.
//!
//! In: one line. Out: what the program wrote, and whom the labels name. The lines of one set of
//! labels come from one process. Labels that all lines have are not printed: `{}`.

use super::Peeled;
use super::containers::starts_like_a_date;

/// Labels that name a service, the best first.
const SERVICES: [&[u8]; 5] = [b"service_name", b"app", b"container", b"component", b"job"];
/// Labels that name a host.
const HOSTS: [&[u8]; 5] = [b"pod", b"host", b"hostname", b"instance", b"node_name"];
/// Most bytes of labels.
const LABELS_MAX: usize = 4096;

/// A line without its stamp and labels.
pub fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    let stamp_length = match line.first()? {
        b'{' => 0,
        _ => memchr::memchr(b' ', line).filter(|n| starts_like_a_date(&line[..*n]))?,
    };
    let (stamp, labelled) = line.split_at(stamp_length);
    let labelled = labelled.trim_ascii_start();
    let mut rest = labelled.strip_prefix(b"{")?;
    let (mut service, mut host) = (None, None);
    while let Some(body) = rest.strip_prefix(b",").or(Some(rest)) {
        let body = body.trim_ascii_start();
        if let Some(behind) = body.strip_prefix(b"}") {
            rest = behind;
            break;
        }
        let (name, value, behind) = label(body)?;
        better(&mut service, &SERVICES, name, value);
        better(&mut host, &HOSTS, name, value);
        rest = behind;
    }
    let length = labelled.len() - rest.len();
    let inner = rest.strip_prefix(b" ")?.trim_ascii_start();
    (length <= LABELS_MAX && !inner.is_empty()).then(|| Peeled {
        service: service.map_or(b"", |(_, value)| value),
        host: host.map_or(b"", |(_, value)| value),
        lane: &labelled[..length],
        stamp,
        ..Peeled::of(inner)
    })
}

/// `name="value"` and what stands behind it. A value with a quote of its own is none.
fn label(bytes: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let n = bytes.iter().take_while(|byte| is_name(byte)).count();
    let value = bytes[n..].strip_prefix(b"=\"").filter(|_| n > 0)?;
    let end = memchr::memchr(b'"', value)?;
    Some((&bytes[..n], &value[..end], &value[end + 1..]))
}

/// A value, and at which place of a list its name stands.
pub(super) type Ranked<'a> = Option<(usize, &'a [u8])>;

/// Takes a value if its name stands further up in the list.
pub(super) fn better<'a>(found: &mut Ranked<'a>, names: &[&[u8]], name: &[u8], value: &'a [u8]) {
    let rank = names.iter().position(|one| *one == name);
    if let Some(rank) = rank.filter(|rank| found.is_none_or(|(known, _)| *rank < known)) {
        *found = Some((rank, value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::wrap::Inner;

    #[test]
    fn labels_name_service_and_host() {
        // `service host: inner`
        let check = |line: &str, expected: &str| {
            let said = peel(line.as_bytes()).map(|peeled| {
                let Inner::Bytes(inner) = peeled.inner else {
                    panic!("labels escape nothing");
                };
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                let [service, host, inner] = [peeled.service, peeled.host, inner].map(text);
                format!("{service} {host}: {inner}")
            });
            assert_eq!(said.as_deref().unwrap_or(""), expected, "{line}");
        };
        check(
            r#"{app="shop", pod="shop-7"} level=info"#,
            "shop shop-7: level=info",
        );
        check(r#"2024-02-03T06:09:12Z {app="shop"} a"#, "shop : a");
        check(r#"2024-02-03T06:09:12Z INFO {app="shop"} a"#, "");
        check(r#"{job="logs/x",app="shop"}  a b"#, "shop : a b");
        check(r#"{} {"level":"info"}"#, r#" : {"level":"info"}"#);
        check(r#"{"level":"info"} a"#, "");
        check(r#"{app="shop"}"#, "");
        check(r#"{app="shop" a"#, "");
        check(r#"{app=shop} a"#, "");
        check("{", "");
    }
}
