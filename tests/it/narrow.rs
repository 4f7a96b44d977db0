//! `-w`: an analysis of the events that match, and of nothing else.

use std::fs;
use std::path::PathBuf;

use rfo::analysis::cache::CacheOptions;
use rfo::analysis::{Options, Show, Timings, analyse};
use rfo::clock::Zone;
use rfo::filter::{Facts, Filter, Lines, Matcher, Tables};
use rfo::input::{RawReader, discover};
use rfo::reports::json::json;

use crate::command::{report, rfo, stderr, stdout};
use crate::made;

fn replay(name: &str) -> PathBuf {
    made::root().join("sample-logs").join(name)
}

#[test]
fn counts_are_those_of_the_events_that_match_and_every_line_is_accounted_for() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let line = |i: u32| {
        let status = if i.is_multiple_of(10) { 503 } else { 200 };
        let second = (i / 60, i % 60);
        format!(
            "10.0.0.{} - - [03/Feb/2024:12:{:02}:{:02} +0000] \"GET /api/a HTTP/1.1\" {status} 5 \"-\" \"curl/8\"\n",
            i % 3,
            second.0,
            second.1
        )
    };
    let log = folder.path().join("access.log");
    fs::write(&log, (0..600).map(line).collect::<String>()).expect("written");
    let asked = |filter: &str| report(rfo().args(["report", "--json", "-w", filter]).arg(&log));
    let whole = report(rfo().args(["report", "--json"]).arg(&log));
    assert!(whole.get("filter").is_none());
    for (filter, events) in [
        ("status>=500", 60),
        ("status=5xx client=10.0.0.0", 20),
        ("not status=5xx", 540),
        ("@12:05..", 300),
        ("CURL", 600),
        ("\"/api/a HTTP/1.1\\\" 503\"", 60),
    ] {
        let found = asked(filter);
        assert_eq!(found["filter"]["events"], events, "{filter}");
        assert_eq!(found["filter"]["of"], 600, "{filter}");
        assert_eq!(found["filter"]["where"], filter);
        let input = &found["inputs"][0];
        let lines = ["events", "joined", "unparsed", "headers"].map(|name| input[name].as_u64());
        assert_eq!(lines.iter().flatten().sum::<u64>(), 600, "{filter}");
        // Where nothing matches is nothing, not unknown.
        assert_eq!(found["range"], whole["range"], "{filter}");
    }
    let none = rfo()
        .args(["report", "-w", "wget"])
        .arg(&log)
        .assert()
        .success();
    assert!(stderr(&none).contains("none of 600 events match -w wget"));
    let text = rfo()
        .args(["report", "-w", "status>=500"])
        .arg(&log)
        .assert()
        .success();
    let words = "only what matches -w status>=500: 60 of 600 events";
    assert!(stdout(&text).contains(words), "{}", stdout(&text));
    assert!(
        stdout(&text).contains("it chooses by status"),
        "{}",
        stdout(&text)
    );
}

#[test]
fn a_wrong_filter_is_told_before_anything_is_read() {
    let wrong = rfo()
        .args(["report", "-w", "staus>=500", "/no/such/file"])
        .assert()
        .code(2);
    let told = stderr(&wrong);
    assert!(told.contains("did you mean status?"), "{told}");
    assert!(told.contains("  staus>=500\n  ^^^^^"), "{told}");
    assert!(!told.contains("/no/such"), "{told}");
}

#[test]
fn the_same_events_are_meant_at_reading_and_afterwards() {
    struct Raw<'a>(&'a mut RawReader, usize, Vec<(u64, u32)>, Vec<u8>);
    impl Lines for Raw<'_> {
        fn lines(&mut self, row: usize) -> &[u8] {
            let (offset, length) = self.2[row];
            self.3 = self.0.read(self.1, offset, length).expect("reads");
            &self.3
        }
    }
    let folder = replay("slow-token-auth").join("logs");
    let sources = discover(std::slice::from_ref(&folder)).0;
    let mut options = Options::new(vec![folder]);
    options.since_ns = Some(1_437_575_000_000_000_000);
    options.until_ns = Some(1_437_576_000_000_000_000);
    let all = analyse(
        "x",
        sources.clone(),
        &options,
        &Timings::default(),
        Show::Nothing,
    );
    assert!(all.store.len() > 10_000, "{}", all.store.len());
    let mut reader = RawReader::new(sources.clone());
    for text in [
        "status>=500 or latency>1s",
        "client~^10 and not method=GET",
        "source:haproxy path:token",
        "@15:30..15:40 has:query",
        "format=haproxy sessions>100",
    ] {
        let filter = Filter::parse(text).expect(text);
        let matcher = Matcher::new(&filter, all.zone, 0);
        let mut tables = Tables::default();
        tables.update(&matcher, |field| all.store.names(field));
        let mut meant = 0;
        for (source, chunk) in all.store.chunks() {
            let places = chunk
                .offset
                .iter()
                .copied()
                .zip(chunk.length.iter().copied());
            let mut lines = Raw(&mut reader, source, places.collect(), Vec::new());
            let input = &all.inputs[source];
            let facts = Facts {
                path: &input.path,
                label: &input.label,
                format: input.format.split(" + ").next().unwrap_or_default(),
            };
            let rows = matcher.rows(&tables, &chunk, facts, &mut lines);
            meant += rows.iter().filter(|meant| **meant).count() as u64;
        }
        let narrowed = Options {
            filter: Some(filter),
            ..options.clone()
        };
        let found = analyse(
            "x",
            sources.clone(),
            &narrowed,
            &Timings::default(),
            Show::Nothing,
        );
        let filter = found.filter.expect("it was asked");
        assert_eq!(
            (filter.events, filter.of),
            (meant, all.store.len() as u64),
            "{text}"
        );
    }
}

#[test]
fn a_filtered_report_is_the_same_on_any_number_of_threads_and_from_the_cache() {
    let folder = replay("job-flood").join("logs");
    let sources = discover(std::slice::from_ref(&folder)).0;
    let cache = tempfile::tempdir().expect("a temporary folder");
    let reported = |threads: usize, cached: bool| {
        let mut options = Options::new(vec![folder.clone()]);
        options.threads = threads;
        options.zone = Some(Zone::UTC);
        options.filter =
            Some(Filter::parse("status>=500 or has:step or timeout").expect("a filter"));
        options.cache = cached.then(|| CacheOptions {
            file_bytes_min: 0,
            ..CacheOptions::new(cache.path().to_path_buf())
        });
        json(&analyse(
            "x",
            sources.clone(),
            &options,
            &Timings::default(),
            Show::Nothing,
        ))
    };
    let one = reported(1, false);
    assert!(one == reported(3, false), "threads change the report");
    assert!(
        one == reported(2, true) && one == reported(2, true),
        "the cache changes the report"
    );
}
