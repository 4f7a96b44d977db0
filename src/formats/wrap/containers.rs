//! Lines as container runtimes and the tools around them wrap them.
//!
//! In: one line. Out: what the program wrote, and time, pod and container where they are said.

use super::{Inner, Peeled};
use crate::formats::escapes::text_end;
use crate::formats::json::{Value, walk};

/// Digits of a fraction from which a stamp is taken for one that a runtime wrote.
const FRACTION_DIGITS_MIN: usize = 7;
/// Longest name of a pod, container or service, in bytes.
const NAME_MAX: usize = 253;

/// `STAMP stdout|stderr F|P inner`; flags may follow the tag: `P:x`.
pub fn cri(line: &[u8]) -> Option<Peeled<'_>> {
    let (stamp, rest) = word(line)?;
    let (stream, rest) = word(rest)?;
    if !starts_like_a_date(stamp) || !matches!(stream, b"stdout" | b"stderr") {
        return None;
    }
    // An empty inner line may have lost its space.
    let (tag, inner) = word(rest).unwrap_or((rest, b""));
    if !matches!(tag, [b'F' | b'P'] | [b'F' | b'P', b':', ..]) {
        return None;
    }
    Some(Peeled {
        stamp,
        lane: stream,
        partial: tag[0] == b'P',
        ..Peeled::of(inner)
    })
}

/// An object with `log`, `stream` and `time`. A log that does not end in a line end goes on in
/// the next one.
pub fn docker_json(line: &[u8]) -> Option<Peeled<'_>> {
    let [log, stream, stamp] = usual_docker(line).or_else(|| any_docker(line))?;
    let (inner, partial) = match log.strip_suffix(b"\\n") {
        Some(inner) => (inner.strip_suffix(b"\\r").unwrap_or(inner), false),
        None => (log, true),
    };
    Some(Peeled {
        inner: Inner::Escaped(inner),
        stamp,
        lane: stream,
        partial,
        ..Peeled::of(b"")
    })
}

/// `log`, `stream` and `time` of an object that holds just these, as Docker writes it.
fn usual_docker<'a>(line: &'a [u8]) -> Option<[&'a [u8]; 3]> {
    let text = |line: &'a [u8], before: &[u8]| {
        let text = line.strip_prefix(before)?;
        Some(text.split_at(text_end(text)?))
    };
    let (log, rest) = text(line, b"{\"log\":\"")?;
    let (stream, rest) = text(rest, b"\",\"stream\":\"")?;
    let (time, rest) = text(rest, b"\",\"time\":\"")?;
    (rest == b"\"}").then_some([log, stream, time])
}

/// The same of an object that may hold more, in any order.
fn any_docker(line: &[u8]) -> Option<[&[u8]; 3]> {
    if !line.starts_with(b"{\"log\":") && memchr::memmem::find(line, b"\"log\"").is_none() {
        return None;
    }
    let (mut log, mut stream, mut time) = (None, None, None);
    walk(line, &mut |path, value| {
        if let Value::Text(text) = value {
            match path {
                b"log" => log = Some(text),
                b"stream" => stream = Some(text),
                b"time" => time = Some(text),
                _ => {}
            }
        }
    })?;
    Some([log?, stream?, time?])
}

/// `[pod/NAME/CONTAINER] inner`.
pub fn pod_prefix(line: &[u8]) -> Option<Peeled<'_>> {
    let body = line.strip_prefix(b"[pod/")?;
    let end = memchr::memchr(b']', &body[..body.len().min(2 * NAME_MAX)])?;
    let slash = memchr::memchr(b'/', &body[..end])?;
    let inner = &body[end + 1..];
    Some(Peeled {
        host: &body[..slash],
        service: &body[slash + 1..end],
        lane: &body[..end],
        ..Peeled::of(inner.strip_prefix(b" ").unwrap_or(inner))
    })
}

/// `service-1  | inner`. The number of the replica is the host's, not the service's.
pub fn compose(line: &[u8]) -> Option<Peeled<'_>> {
    let n = name_length(line);
    let rest = line.get(n..).filter(|_| n > 0)?.trim_ascii_start();
    let spaced = line.get(n) == Some(&b' ');
    let inner = rest.strip_prefix(b"|").filter(|_| spaced)?;
    let name = &line[..n];
    let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let stem = &name[..n - digits.count()];
    let service = match stem.strip_suffix(b"-").or(stem.strip_suffix(b"_")) {
        Some(service) if !service.is_empty() => service,
        _ => name,
    };
    Some(Peeled {
        host: name,
        service,
        lane: name,
        ..Peeled::of(inner.strip_prefix(b" ").unwrap_or(inner))
    })
}

/// `pod container inner`, `namespace pod container inner`.
pub fn stern(line: &[u8]) -> Option<Peeled<'_>> {
    let (first, rest) = word(line)?;
    let (second, behind) = word(rest)?;
    let named = |pod: &[u8], container: &[u8]| is_pod(pod) && is_label(container);
    let (pod, container, inner) = if named(first, second) {
        (first, second, behind)
    } else {
        let (third, behind) = word(behind)?;
        if !is_label(first) || !named(second, third) {
            return None;
        }
        (second, third, behind)
    };
    Some(Peeled {
        host: pod,
        service: container,
        lane: &line[..line.len() - inner.len()],
        ..Peeled::of(inner)
    })
}

/// `2024-02-03T06:09:12.655123456Z inner`, with as many digits as runtimes write.
pub fn stamped(line: &[u8]) -> Option<Peeled<'_>> {
    let (stamp, inner) = word(line).unwrap_or((line, b""));
    let fraction = stamp.get(19..)?.strip_prefix(b".")?;
    let digits = fraction
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let zone = matches!(fraction.get(digits), Some(b'Z' | b'+' | b'-'));
    let is_one = starts_like_a_date(stamp) && (FRACTION_DIGITS_MIN..=9).contains(&digits) && zone;
    is_one.then(|| Peeled {
        stamp,
        ..Peeled::of(inner)
    })
}

/// What stands before the first space, and what behind it.
fn word(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr::memchr(b' ', &bytes[..bytes.len().min(2 * NAME_MAX)])?;
    (end > 0).then(|| (&bytes[..end], &bytes[end + 1..]))
}

/// `2024-02-03T...`, without looking at what the digits are.
pub(super) fn starts_like_a_date(stamp: &[u8]) -> bool {
    stamp.len() >= 20
        && stamp[..4].iter().all(u8::is_ascii_digit)
        && (stamp[4], stamp[7], stamp[10]) == (b'-', b'-', b'T')
        && (stamp[13], stamp[16]) == (b':', b':')
}

fn name_length(line: &[u8]) -> usize {
    let is_name = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    line[..line.len().min(NAME_MAX)]
        .iter()
        .take_while(is_name)
        .count()
}

/// A name as Kubernetes allows: small letters, digits and dashes.
fn is_label(word: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    word.len() <= 63
        && word.iter().all(allowed)
        && word.first().is_some_and(u8::is_ascii_alphanumeric)
        && word.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// A pod's name ends in five letters without vowels, or a number where it has an order.
fn is_pod(word: &[u8]) -> bool {
    const SAFE: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let Some(dash) = memchr::memrchr(b'-', word) else {
        return false;
    };
    let end = &word[dash + 1..];
    let random = end.len() == 5 && end.iter().all(|byte| SAFE.contains(byte));
    let number = (1..=3).contains(&end.len()) && end.iter().all(u8::is_ascii_digit);
    is_label(word) && dash > 0 && (random || number)
}

#[cfg(test)]
mod tests {
    use super::super::Wrapper;
    use super::*;
    use proptest::prelude::*;

    /// `host service lane: inner`, with `+` where the line goes on.
    fn check(wrapper: Wrapper, line: &str, expected: &str) {
        let said = wrapper.peel(line.as_bytes()).map(|peeled| {
            let (Inner::Bytes(inner)
            | Inner::Escaped(inner)
            | Inner::ByteList(inner)
            | Inner::Doubled(inner)) = peeled.inner;
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            let words = [peeled.host, peeled.service, peeled.lane].map(text);
            let more = if peeled.partial { "+" } else { "" };
            format!("{}: {}{more}", words.join(" ").trim(), text(inner))
        });
        assert_eq!(said.as_deref().unwrap_or(""), expected, "{line}");
    }

    #[test]
    fn runtimes_say_the_stream_and_whether_the_line_goes_on() {
        let cri = |rest: &str| format!("2024-02-03T06:09:12.655123456Z {rest}");
        check(Wrapper::Cri, &cri("stdout F a b"), "stdout: a b");
        check(Wrapper::Cri, &cri("stderr P a "), "stderr: a +");
        check(Wrapper::Cri, &cri("stdout F"), "stdout: ");
        check(Wrapper::Cri, &cri("stdin F a"), "");
        check(Wrapper::Cri, &cri("stdout X a"), "");
        let docker = |log: &str| format!(r#"{{"log":"{log}","stream":"stderr","time":"x"}}"#);
        check(Wrapper::DockerJson, &docker(r"a\r\n"), "stderr: a");
        check(Wrapper::DockerJson, &docker("a"), "stderr: a+");
        check(Wrapper::DockerJson, r#"{"log":"a\n","time":"x"}"#, "");
    }

    #[test]
    fn tools_say_pod_and_container() {
        check(
            Wrapper::PodPrefix,
            "[pod/pay-7c9fd4b6c8-x2kqz/api] a",
            "pay-7c9fd4b6c8-x2kqz api pay-7c9fd4b6c8-x2kqz/api: a",
        );
        check(
            Wrapper::Compose,
            "api-12  | a | b",
            "api-12 api api-12: a | b",
        );
        check(Wrapper::Compose, "db     |", "db db db: ");
        check(Wrapper::Compose, "a word | b", "");
        check(Wrapper::Compose, "| a | b |", "");
        check(
            Wrapper::Stern,
            "pay-7c9fd4b6c8-x2kqz api a b",
            "pay-7c9fd4b6c8-x2kqz api pay-7c9fd4b6c8-x2kqz api: a b",
        );
        check(
            Wrapper::Stern,
            "shop queue-0 worker a",
            "queue-0 worker shop queue-0 worker: a",
        );
        check(Wrapper::Stern, "started after a while", "");
        check(
            Wrapper::Stamped,
            "2024-02-03T06:09:12.655123456Z a b",
            ": a b",
        );
        check(Wrapper::Stamped, "2024-02-03T06:09:12.655Z a b", "");
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes: Vec<u8>, text in "(2024-02-03T06:09:12.655123456Z|stdout|F|[|pod/|]|\\||web-1| |\\{\"log\":\"|\"\\}|<34>|1|Feb  3 06:09:12|a\\[7\\]:|-){0,12}") {
            for line in [&bytes, text.as_bytes()] {
                for wrapper in [Wrapper::Cri, Wrapper::DockerJson, Wrapper::PodPrefix, Wrapper::Compose, Wrapper::Stern, Wrapper::Stamped, Wrapper::Syslog, Wrapper::Journald] {
                    let _ = wrapper.peel(line);
                }
                let _ = super::super::innermost(line);
            }
        }
    }
}
