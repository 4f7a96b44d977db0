//! A review of 10,000 incidents of a status page, from its bytes to the text. `cargo bench --bench
//! review` measures on one core; `cargo test --benches` runs a few incidents once.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rfo::analysis::review::{Asked, collect, file};
use rfo::clock::Zone;
use rfo::records::Context;
use rfo::reports::Look;
use rfo::reports::review::{Summary, text};

/// Incidents that are measured, and that are only tried.
const MEASURED: usize = 10_000;
const TRIED: usize = 100;

/// An export of one incident a line: three posts each, six in a week, every seventh still open.
fn export(incidents: usize) -> String {
    let mut out = String::new();
    for i in 0..incidents {
        let (year, month, day) = (2000 + i / 336, i / 28 % 12 + 1, i % 28 + 1);
        let at = |hour: usize, minute: usize| {
            format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:00.000Z")
        };
        let hours = [3, 3 + i % 5, 9 + i % 12];
        let open = i % 7 == 0;
        let status = if open { "identified" } else { "resolved" };
        let resolved = if open {
            "null".to_owned()
        } else {
            format!("\"{}\"", at(hours[2], i % 60))
        };
        let posts = [
            (
                "investigating",
                "We are looking into failing requests.",
                at(hours[0], i % 50),
            ),
            (
                "identified",
                "The cause is known: a queue is full.",
                at(hours[1], i % 50 + 9),
            ),
            (
                status,
                "All requests are served again.",
                at(hours[2], i % 60),
            ),
        ];
        let posts = posts.map(|(status, body, at)| {
            format!("{{\"id\":\"u{i}\",\"status\":\"{status}\",\"body\":\"{body}\",\"created_at\":\"{at}\",\"display_at\":\"{at}\",\"affected_components\":[{{\"name\":\"part {}\",\"old_status\":\"operational\",\"new_status\":\"major_outage\"}}]}}", i % 9)
        });
        writeln!(
            out,
            "{{\"id\":\"made{i}\",\"name\":\"Requests fail\",\"status\":\"{status}\",\"impact\":\"{}\",\"created_at\":\"{}\",\"started_at\":\"{}\",\"resolved_at\":{resolved},\"shortlink\":\"x\",\"incident_updates\":[{}]}}",
            ["minor", "major"][i % 2],
            at(3, i % 50),
            at(3, i % 50),
            posts.join(",")
        )
        .expect("a text takes all");
    }
    out
}

fn reviewed(bytes: &[u8]) -> String {
    let contents = file::read("page.jsonl", bytes, &Context::default()).expect("a record");
    let asked = Asked {
        zone: Zone::UTC,
        group_gap_ns: 86_400_000_000_000,
        since_ns: None,
        until_ns: None,
        compare: None,
    };
    let review = collect(vec![contents], asked);
    text::text(&Summary::of(&review), Look::default(), false)
}

fn review(criterion: &mut Criterion) {
    let tried = std::env::args().any(|argument| argument == "--test");
    let n = if tried { TRIED } else { MEASURED };
    let export = export(n);
    let mut group = criterion.benchmark_group("review");
    group.sample_size(10);
    group.throughput(Throughput::Elements(n as u64));
    group.bench_function("statuspage incidents", |bencher| {
        bencher.iter(|| {
            let text = reviewed(black_box(export.as_bytes()));
            assert!(text.contains(if tried {
                "100 incidents"
            } else {
                "10,000 incidents"
            }));
        });
    });
    group.finish();
}

criterion_group!(benches, review);
criterion_main!(benches);
