//! Lines in the records of a log shipper or store, an object each:
//! `{"@timestamp":"...","log":"inner","kubernetes":{"pod_name":"shop-1"}}`, as Fluent Bit, Filebeat,
//! Cloud Logging and logcli write them.
//!
//! In: one line. Out: what the program wrote, when it was read, and the pod and container that the
//! record names. Whether what the program wrote says more than the record is `detect`'s to find out.

use super::labels::{Ranked, better};
use super::{Inner, Peeled};
use crate::formats::field::LevelScale;
use crate::formats::json::{Value, walk};
use crate::formats::value;

/// Keys of what the program wrote, the best first.
const LINES: [&[u8]; 8] = [
    b"log",
    b"_raw",
    b"line",
    b"textPayload",
    b"event.original",
    b"message",
    b"@message",
    b"msg",
];
const STAMPS: [&[u8]; 8] = [
    b"@timestamp",
    b"_time",
    b"timestamp",
    b"time",
    b"ts",
    b"date",
    b"eventTime",
    b"receiveTimestamp",
];
const SERVICES: [&[u8]; 11] = [
    b"kubernetes.container_name",
    b"kubernetes.container.name",
    b"resource.labels.container_name",
    b"container.name",
    b"container_name",
    b"service.name",
    b"labels.service_name",
    b"labels.app",
    b"labels.container",
    b"labels.job",
    b"service",
];
const HOSTS: [&[u8]; 10] = [
    b"kubernetes.pod_name",
    b"kubernetes.pod.name",
    b"resource.labels.pod_name",
    b"labels.pod",
    b"labels.host",
    b"labels.instance",
    b"host.name",
    b"host.hostname",
    b"hostname",
    b"host",
];
const LEVELS: [&[u8]; 3] = [b"severity", b"level", b"log.level"];

/// What exports put around a record: Elasticsearch, Splunk, Datadog.
const AROUND: [&[u8]; 4] = [b"_source.", b"result.", b"content.", b"attributes."];

/// A record without what the shipper knows of its line.
pub fn peel(line: &[u8]) -> Option<Peeled<'_>> {
    if line.trim_ascii_start().first() != Some(&b'{') {
        return None;
    }
    let mut found: [Ranked<'_>; 5] = [None; 5];
    walk(line, &mut |path, value| {
        let (bytes, is_text) = match value {
            Value::Text(bytes) => (bytes, true),
            Value::Bare(bytes) => (bytes, false),
            Value::Numbers(_) => return,
        };
        let inner = AROUND.iter().find_map(|around| path.strip_prefix(*around));
        let path = inner.unwrap_or(path);
        let lists: [&[&[u8]]; 5] = [&LINES, &STAMPS, &SERVICES, &HOSTS, &LEVELS];
        for (i, (names, found)) in lists.into_iter().zip(&mut found).enumerate() {
            // A stamp may be a number.
            if is_text || i == 1 {
                better(found, names, path, bytes);
            }
        }
    })?;
    let [text, stamp, service, host, level] = found.map(|one| one.map(|(_, bytes)| bytes));
    let text = text?;
    let text = text.strip_suffix(b"\\n").unwrap_or(text);
    let (service, host) = (service.unwrap_or(b""), host.unwrap_or(b""));
    Some(Peeled {
        inner: Inner::Escaped(text.strip_suffix(b"\\r").unwrap_or(text)),
        stamp: stamp.unwrap_or(b""),
        lane: if host.is_empty() { service } else { host },
        level: level.and_then(|word| value::level(word, LevelScale::Words)),
        host,
        service,
        ..Peeled::of(b"")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `stamp service host level: inner`
    fn check(line: &str, expected: &str) {
        let said = peel(line.as_bytes()).map(|peeled| {
            let Inner::Escaped(inner) = peeled.inner else {
                panic!("a text of JSON has escapes");
            };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let words = [peeled.stamp, peeled.service, peeled.host, inner].map(text);
            let [stamp, service, host, inner] = words;
            let level = peeled.level.unwrap_or(-1);
            format!("{stamp} {service} {host} {level}: {inner}")
        });
        assert_eq!(said.as_deref().unwrap_or(""), expected, "{line}");
    }

    #[test]
    fn records_name_pod_and_container() {
        check(
            r#"{"@timestamp":"2024-02-03T06:09:12Z","log":"a \"b\"\n","stream":"stdout","kubernetes":{"pod_name":"shop-1","container_name":"web","host":"n1"}}"#,
            r#"2024-02-03T06:09:12Z web shop-1 -1: a \"b\""#,
        );
        check(
            r#"{"labels":{"app":"shop","pod":"shop-1"},"line":"a","timestamp":"2024-02-03T06:09:12Z"}"#,
            "2024-02-03T06:09:12Z shop shop-1 -1: a",
        );
        check(
            r#"{"textPayload":"a","severity":"ERROR","timestamp":"2024-02-03T06:09:12Z","resource":{"labels":{"pod_name":"p","container_name":"c"}}}"#,
            "2024-02-03T06:09:12Z c p 4: a",
        );
        check(
            r#"{"preview":false,"result":{"_raw":"a","_time":"2024-02-03T06:09:12Z","host":"h"}}"#,
            "2024-02-03T06:09:12Z  h -1: a",
        );
        check(r#"{"date":1706940552.5,"log":"a"}"#, "1706940552.5   -1: a");
    }

    #[test]
    fn the_line_is_the_key_that_says_it_best() {
        check(
            r#"{"message":"seen","event":{"original":"a"},"host":{"name":"h"}}"#,
            "  h -1: a",
        );
        check(r#"{"log":{"level":"warn"},"message":"a"}"#, "   3: a");
        check(r#"{"log":7,"time":"x"}"#, "");
        check(r#"["log"]"#, "");
        check(r#"{"log":"a"} x"#, "");
    }

    proptest! {
        #[test]
        fn any_line_is_safe(line in r#"\{("log"|:|"a\\n"|"time"|,|\{|\}|"|\\){0,12}\}?"#) {
            let _ = peel(line.as_bytes());
        }
    }
}
