//! One bench per stage of the hot path, on logs made here from a seed. `cargo bench` measures,
//! `cargo test --benches` runs each once.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use rfo::analysis::budget::Budget;
use rfo::analysis::merge::Merged;
use rfo::analysis::naming::BlockNames;
use rfo::analysis::work::Done;
use rfo::analysis::{Options, Show, Timings, analyse};
use rfo::anomalies;
use rfo::clock::Zone;
use rfo::events::{Chunk, EventStore, Interner, Number, Text};
use rfo::filter::{Facts, Filter, Matcher, NoLines, Tables};
use rfo::formats::{Format, Parsed, StampSide, builtin, detect, parse};
use rfo::incidents::attribution::{Compared, Naming, of_signal};
use rfo::incidents::excess::Measure;
use rfo::incidents::stretches::Stretches;
use rfo::input::discover;
use rfo::lines::LineBatch;
use rfo::series::rollup::Kinds;
use rfo::series::{BucketWidth, Family, Grid, Role, Rollup, Series, Signal, Values};

#[path = "../sample-logs/generate/engine.rs"]
#[cfg_attr(
    test,
    expect(
        dead_code,
        unused_imports,
        reason = "its tests run in tests/it: a bench without a harness has the test module and no tests"
    )
)]
mod engine;

/// The simulated system: a shop with one slow quarter of an hour, in six logs.
const SCENARIO: &str = include_str!("shop.toml");

/// Name and bytes of every log, made once.
fn logs() -> Vec<(String, Vec<u8>)> {
    let scenario = toml::from_str(SCENARIO).expect("the scenario is in the tree");
    engine::generate(&scenario)
}

fn log(name: &str) -> Vec<u8> {
    let found = logs().into_iter().find(|(file, _)| file == name);
    found.expect("the scenario makes it").1
}

fn format(name: &str) -> Format {
    let found = builtin().find(|format| format.name == name);
    found.expect("a built-in format").clone()
}

fn lines(criterion: &mut Criterion) {
    let text = log("access.log");
    let mut group = criterion.benchmark_group("lines");
    group.throughput(Throughput::Bytes(text.len() as u64));
    // The buffer is given away: copying it is left out of the time.
    group.bench_function("split", |bencher| {
        bencher.iter_batched(
            || text.clone(),
            |text| LineBatch::split(text, 0),
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

fn parsers(criterion: &mut Criterion) {
    let known = [
        ("nginx-timed", "access.log"),
        ("haproxy-http", "haproxy.log"),
        ("envoy", "envoy.log"),
        ("mysql-slow", "slow.log"),
    ];
    let mut cases: Vec<(String, Format, LineBatch)> = Vec::new();
    for (name, file) in known {
        cases.push((
            name.to_owned(),
            format(name),
            LineBatch::split(log(file), 0),
        ));
    }
    let json = LineBatch::split(log("shop.json"), 0);
    let inferred = detect(&json, "shop").expect("JSON is recognised").format;
    cases.push(("json inferred".to_owned(), inferred, json));
    let mut group = criterion.benchmark_group("parse");
    for (name, format, batch) in &cases {
        assert!(!parse(format, Zone::UTC, batch).chunk.is_empty(), "{name}");
        group.throughput(Throughput::Bytes(batch.bytes() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| parse(format, Zone::UTC, black_box(batch)))
        });
    }
    group.finish();
}

/// The access log, parsed, with its size.
fn parsed() -> (Parsed, u64) {
    let text = log("access.log");
    let bytes = text.len() as u64;
    (
        parse(
            &format("nginx-timed"),
            Zone::UTC,
            &LineBatch::split(text, 0),
        ),
        bytes,
    )
}

fn roll_up(criterion: &mut Criterion) {
    let (parsed, bytes) = parsed();
    let mut group = criterion.benchmark_group("roll up");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("of a chunk", |bencher| {
        bencher.iter(|| Rollup::of(black_box(&parsed.chunk), Kinds::default()))
    });
    group.finish();
}

fn merge(criterion: &mut Criterion) {
    let (parsed, bytes) = parsed();
    let rollup = Rollup::of(&parsed.chunk, Kinds::default());
    let done = || Done {
        source: 0,
        bytes,
        parsed: parsed.clone(),
        naming: BlockNames::own(&parsed),
        rollup: rollup.clone(),
        foreign: Default::default(),
        reach: None,
    };
    let mut group = criterion.benchmark_group("merge");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("a block into the names", |bencher| {
        let fresh = || {
            (
                Merged::new(1, Budget::of(2 << 30), std::env::temp_dir()),
                done(),
            )
        };
        let add = |(mut merged, done): (Merged, Done)| {
            merged.add(done, StampSide::End);
            merged
        };
        bencher.iter_batched(fresh, add, BatchSize::LargeInput);
    });
    group.finish();
}

/// Numbers that look random and are the same everywhere (SplitMix64, Steele et al. 2014).
fn noise(state: &mut u64) -> f64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
}

/// Two days of minutes: a count, a share and a gauge, each with ten bad minutes.
fn series() -> Vec<Series> {
    const N: usize = 2880;
    let mut state = 7;
    let width = BucketWidth::seconds(60).expect("not zero");
    let grid = Grid {
        start_ns: 1_704_067_200_000_000_000,
        width,
        n: N,
    };
    let bad = |t: usize| if (2000..2010).contains(&t) { 3.0 } else { 1.0 };
    let mut count = |mean: f64| {
        (0..N)
            .map(|t| (mean * bad(t) * (0.8 + 0.4 * noise(&mut state))) as u64)
            .collect::<Vec<u64>>()
    };
    let (requests, failed, tries) = (count(300.0), count(3.0), count(300.0));
    let level: Vec<f64> = count(5000.0).into_iter().map(|x| x as f64).collect();
    let one = |family: Family, unit: &str, values: Values| {
        let signal = Signal {
            source: "lb".into(),
            name: "signal".into(),
            role: Role::UserFacing,
            entity: None,
            unit: unit.into(),
        };
        Series {
            signal,
            family,
            grid,
            values,
            covered: 0..N,
            limit: None,
        }
    };
    vec![
        one(Family::Traffic, "1/s", Values::Count(requests)),
        one(
            Family::Errors,
            "share",
            Values::Ratio {
                k: failed,
                n: tries,
            },
        ),
        one(Family::Gauge, "value", Values::Gauge(level)),
    ]
}

fn find_anomalies(criterion: &mut Criterion) {
    let series = series();
    let buckets: usize = series.iter().map(|one| one.grid.n).sum();
    let mut group = criterion.benchmark_group("detect");
    group.throughput(Throughput::Elements(buckets as u64));
    group.bench_function("series and bucket", |bencher| {
        bencher.iter(|| anomalies::find(black_box(&series), &anomalies::Options::default()));
    });
    group.finish();
}

/// A million requests of many clients, one of which floods one endpoint in the last tenth.
fn flood() -> EventStore {
    const ROWS: i64 = 1 << 20;
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(1 << 20)).collect();
    let mut name = |field: Text, n: f64| {
        names[field as usize].intern(format!("{}{}", field.name(), n as u64).as_bytes())
    };
    let mut chunks = Vec::new();
    let mut state = 11;
    for first in (0..ROWS).step_by(1 << 16) {
        let mut chunk = Chunk::default();
        for time_ns in first..first + (1 << 16) {
            let guilty = time_ns > ROWS * 9 / 10 && noise(&mut state) < 0.5;
            let size = |n: f64, state: &mut u64| {
                if guilty {
                    0.0
                } else {
                    n * noise(state).powi(2)
                }
            };
            chunk.open(time_ns, time_ns as u64 + 1, 0, 0);
            let sizes = [
                (Text::Client, 20_000.0),
                (Text::Endpoint, 300.0),
                (Text::Agent, 500.0),
                (Text::Host, 8.0),
                (Text::Method, 4.0),
                (Text::Service, 3.0),
            ];
            for (field, n) in sizes {
                let symbol = name(field, size(n, &mut state));
                chunk.set_text(field, symbol);
            }
            let failed = noise(&mut state) < if guilty { 0.3 } else { 0.01 };
            chunk.set_number(Number::Status, if failed { 503 } else { 200 });
            let slow = if guilty { 8.0 } else { 1.0 };
            let latency_us = (50e3 * slow * (0.5 + noise(&mut state))) as i64;
            chunk.set_number(Number::LatencyUs, latency_us);
        }
        chunk.seal();
        chunks.push((0, Arc::new(chunk)));
    }
    EventStore::new(chunks, Arc::new(names))
}

fn attribute(criterion: &mut Criterion) {
    let store = flood();
    let end_ns = store.len() as i64;
    let stretches = Stretches {
        baseline: vec![0..end_ns * 9 / 10],
        selection: vec![end_ns * 9 / 10..end_ns],
    };
    let naming = Naming {
        store: &store,
        path: "web.log",
        signal: "web.log request rate",
        at_ns: 0,
        grid: Grid {
            start_ns: 0,
            width: BucketWidth::SECOND,
            n: 1,
        },
    };
    let mut group = criterion.benchmark_group("attribute");
    group.sample_size(10);
    group.throughput(Throughput::Elements(store.len() as u64));
    group.bench_function("a selection of a million events", |bencher| {
        bencher.iter(|| {
            let compared = Compared::new(&store, 0, stretches.clone(), usize::MAX);
            let measures = [Measure::Events, Measure::Failed, Measure::Seconds];
            measures.map(|measure| of_signal(&compared, measure, naming).len())
        });
    });
    group.finish();
}

fn filter(criterion: &mut Criterion) {
    let store = flood();
    let filter = Filter::parse("status>=500 and endpoint~1$ and latency>100ms").expect("a filter");
    let matcher = Matcher::new(&filter, Zone::UTC, 0);
    let facts = Facts {
        path: "web.log",
        label: "web.log",
        format: "nginx",
    };
    let mut group = criterion.benchmark_group("filter");
    group.throughput(Throughput::Elements(store.len() as u64));
    group.bench_function("three conditions on a million events", |bencher| {
        bencher.iter(|| {
            let mut tables = Tables::default();
            tables.update(&matcher, |field| store.names(field));
            let rows = |chunk: &Chunk| matcher.rows(&tables, chunk, facts, &mut NoLines);
            let meant = store.chunks().flat_map(|(_, chunk)| rows(&chunk));
            meant.filter(|meant| *meant).count()
        });
    });
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut bytes = 0;
    for (name, text) in logs() {
        bytes += text.len() as u64;
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let paths = vec![folder.path().to_path_buf()];
    let (sources, errors) = discover(&paths);
    assert!(errors.is_empty(), "{errors:?}");
    let options = Options::new(paths);
    let mut group = criterion.benchmark_group("whole");
    group.sample_size(10);
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function("analysis of a folder", |bencher| {
        bencher.iter(|| {
            analyse(
                "shop",
                sources.clone(),
                &options,
                &Timings::default(),
                Show::Nothing,
            )
        });
    });
    group.finish();
}

criterion_group!(
    stages,
    lines,
    parsers,
    roll_up,
    merge,
    find_anomalies,
    attribute,
    filter,
    whole
);
criterion_main!(stages);
