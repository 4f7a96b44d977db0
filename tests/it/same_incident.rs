//! One incident as five programs log it: each stamps its own moment and writes durations in its
//! own unit, and what rfo finds is the same.

use std::fmt::Write as _;

use rfo::analysis::Snapshot;
use rfo::clock::words::{rfc3339, utc};
use rfo::events::Number;
use rfo::formats::catalogue;

use crate::made;

const S: i64 = 1_000_000_000;
/// 2024-03-05 14:00 UTC.
const START_NS: i64 = 1_709_647_200 * S;
const LENGTH_S: i64 = 3600;
/// Seconds from the start.
const FAULT_S: std::ops::Range<i64> = 2017..2617;

/// A request as it was.
struct Request {
    start_ns: i64,
    latency_us: i64,
    status: u16,
    path: &'static str,
    client: String,
}

/// Writes one request; the stamp that orders the lines of that program, ns.
type Writer = (&'static str, fn(&Request) -> (i64, String));

const WRITERS: [Writer; 5] = [
    ("nginx-timed", nginx),
    ("apache-timed", apache),
    ("envoy", envoy),
    ("aws-alb", alb),
    ("traefik-json", traefik),
];

fn requests() -> Vec<Request> {
    let paths = ["/cart", "/search", "/login", "/pay"];
    let mut state = 7u64;
    let mut random = move || {
        // Knuth's MMIX generator.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as i64
    };
    (0..LENGTH_S * 8)
        .map(|i| {
            let start_ns = START_NS + i * S / 8 + random() % (S / 8);
            let bad = FAULT_S.contains(&(i / 8));
            let usual_us = 60_000 + random() % 60_000;
            Request {
                start_ns,
                latency_us: if bad { usual_us * 25 } else { usual_us },
                status: if bad && random() % 3 == 0 { 503 } else { 200 },
                path: paths[(random() % 4) as usize],
                client: format!("203.0.113.{}", random() % 200),
            }
        })
        .collect()
}

fn end_ns(request: &Request) -> i64 {
    request.start_ns + request.latency_us * 1000
}

fn clf(ns: i64) -> String {
    utc(ns).format("%d/%b/%Y:%H:%M:%S +0000").to_string()
}

fn iso(ns: i64, digits: usize) -> String {
    let whole = utc(ns).format("%Y-%m-%dT%H:%M:%S%.9f").to_string();
    format!("{}Z", &whole[..20 + digits])
}

fn seconds(us: i64) -> String {
    format!("{}.{:03}", us / 1_000_000, us / 1000 % 1000)
}

/// END, whole seconds; duration in seconds.
fn nginx(request: &Request) -> (i64, String) {
    let Request {
        status,
        path,
        client,
        ..
    } = request;
    let (time, taken) = (clf(end_ns(request)), seconds(request.latency_us));
    let line = format!(
        "{client} - - [{time}] \"GET {path} HTTP/1.1\" {status} 512 \"-\" \"shop/3\" rt={taken}"
    );
    (end_ns(request), line)
}

/// START, whole seconds; duration in microseconds. Lines are written at the end.
fn apache(request: &Request) -> (i64, String) {
    let Request {
        status,
        path,
        client,
        latency_us,
        ..
    } = request;
    let time = clf(request.start_ns);
    let line = format!(
        "{client} - - [{time}] \"GET {path} HTTP/1.1\" {status} 512 \"-\" \"shop/3\" {latency_us}"
    );
    (end_ns(request), line)
}

/// START, milliseconds; duration in milliseconds.
fn envoy(request: &Request) -> (i64, String) {
    let Request {
        status,
        path,
        client,
        ..
    } = request;
    let (time, ms) = (iso(request.start_ns, 3), request.latency_us / 1000);
    let line = format!(
        "[{time}] \"GET {path} HTTP/1.1\" {status} - 0 512 {ms} - \"{client}\" \"shop/3\" \"a1f0-77\" \"shop.example\" \"10.2.0.14:8080\""
    );
    (end_ns(request), line)
}

/// END, microseconds; three parts in seconds.
fn alb(request: &Request) -> (i64, String) {
    let Request {
        status,
        path,
        client,
        ..
    } = request;
    let time = iso(end_ns(request), 6);
    let target = seconds(request.latency_us - 1000);
    let line = format!(
        "http {time} app/shop/3f5a7c9e1b2d4f60 {client}:51822 10.4.2.17:8443 0.001 {target} 0.000 {status} {status} 844 512 \"GET http://shop.example:80{path} HTTP/1.1\" \"shop/3\" - - arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/shop/0f1e2d3c4b5a6978 \"Root=1-65f2bb16-0c3e\" \"-\" \"-\" 0 {} \"forward\" \"-\" \"-\" \"10.4.2.17:8443\" \"{status}\" \"-\" \"-\"",
        iso(request.start_ns, 6)
    );
    (end_ns(request), line)
}

/// START beside END; duration in nanoseconds.
fn traefik(request: &Request) -> (i64, String) {
    let Request {
        status,
        path,
        client,
        ..
    } = request;
    let ns = request.latency_us * 1000;
    let (start, time) = (
        iso(request.start_ns, 9),
        iso(end_ns(request), 0).replace(".Z", "Z"),
    );
    let line = format!(
        "{{\"ClientAddr\":\"{client}:51822\",\"ClientHost\":\"{client}\",\"DownstreamContentSize\":512,\"DownstreamStatus\":{status},\"Duration\":{ns},\"OriginDuration\":{},\"OriginStatus\":{status},\"Overhead\":40000,\"RequestHost\":\"shop.example\",\"RequestMethod\":\"GET\",\"RequestPath\":\"{path}\",\"RequestProtocol\":\"HTTP/1.1\",\"RouterName\":\"shop@docker\",\"ServiceName\":\"shop@docker\",\"StartLocal\":\"{start}\",\"StartUTC\":\"{start}\",\"entryPointName\":\"web\",\"level\":\"info\",\"msg\":\"\",\"time\":\"{time}\"}}",
        ns - 40_000
    );
    (end_ns(request), line)
}

/// The log of a program, its lines in the order in which they are written.
fn log(write: fn(&Request) -> (i64, String)) -> Vec<u8> {
    let mut lines: Vec<(i64, String)> = requests().iter().map(write).collect();
    lines.sort();
    let mut text = String::new();
    for (_, line) in lines {
        let _ = writeln!(text, "{line}");
    }
    text.into_bytes()
}

/// The 95th percentile of the requests that began in the middle of the fault, us.
fn p95_us(snapshot: &Snapshot) -> i64 {
    let from_ns = START_NS + (FAULT_S.start + 60) * S;
    let to_ns = START_NS + (FAULT_S.end - 60) * S;
    let mut found: Vec<i64> = Vec::new();
    for (_, chunk) in snapshot.store.chunks() {
        let rows = (0..chunk.len()).filter(|row| (from_ns..to_ns).contains(&chunk.time_ns[*row]));
        found.extend(rows.filter_map(|row| chunk.number_at(Number::LatencyUs, row)));
    }
    found.sort_unstable();
    found[found.len() * 95 / 100]
}

#[test]
fn the_same_incident_in_five_formats_has_the_same_onset_and_p95() {
    let known: Vec<Writer> = WRITERS
        .into_iter()
        .filter(|(name, _)| catalogue::all().any(|format| format.name == *name))
        .collect();
    assert!(known.len() == 5, "{}", known.len());
    let mut truth: Vec<i64> = requests()
        .iter()
        .filter(|one| {
            (FAULT_S.start + 60..FAULT_S.end - 60).contains(&((one.start_ns - START_NS) / S))
        })
        .map(|one| one.latency_us)
        .collect();
    truth.sort_unstable();
    let truth_us = truth[truth.len() * 95 / 100];
    for (name, write) in known {
        let folder = made::folder(&[("access.log".to_owned(), log(write))]);
        let snapshot = made::analysed(&[folder.path().join("access.log")], |_| {});
        let input = &snapshot.inputs[0];
        assert_eq!(
            (input.format.as_str(), input.unparsed),
            (name, 0),
            "{:?}",
            input.samples
        );
        let bucket_ns = snapshot.grid.expect("a grid").width.ns();
        assert_eq!(snapshot.incidents.len(), 1, "{name}");
        let windows = &snapshot.incidents[0].incident.windows;
        let onset_ns = windows
            .iter()
            .map(|window| window.start.at_ns)
            .min()
            .expect("a window");
        let fault_ns = START_NS + FAULT_S.start * S;
        assert!(
            (onset_ns - fault_ns).abs() <= bucket_ns,
            "{name}: onset {}, the fault began {}",
            rfc3339(onset_ns),
            rfc3339(fault_ns)
        );
        let p95_us = p95_us(&snapshot);
        assert!(
            (p95_us - truth_us).abs() * 100 <= truth_us,
            "{name}: p95 {p95_us} us, not {truth_us} us"
        );
    }
}
