//! Counted closer, the same events say the same, only closer.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::events::Interner;
use crate::series::assemble::assemble;
use crate::series::{BucketWidth, Values};

const MS: i64 = 1_000_000;

/// Requests of (milliseconds, status, latency in microseconds, how many it stands for, host).
type Request = (i64, i64, i64, i64, u8);

fn store(requests: &[Request]) -> EventStore {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
    let mut chunk = Chunk::default();
    for (i, &(at_ms, status, latency_us, repeat, host)) in requests.iter().enumerate() {
        chunk.open(at_ms * MS, i as u64 + 1, i as u64 * 10, 9);
        chunk.set_number(Number::Status, status);
        chunk.set_number(Number::LatencyUs, latency_us);
        chunk.set_number(Number::Repeat, repeat);
        let host = names[Text::Host as usize].intern(format!("app-{host}").as_bytes());
        chunk.set_text(Text::Host, host);
    }
    chunk.seal();
    EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names))
}

fn cells(from_ms: i64, width_ms: i64, n: usize) -> Grid {
    Grid {
        start_ns: from_ms * MS,
        width: BucketWidth::nanoseconds(width_ms * MS).expect("not zero"),
        n,
    }
}

fn stretch(store: &EventStore, nature: Nature, grid: Grid, lasting_ns: i64) -> Stretch<'_> {
    Stretch {
        store,
        source: 0,
        label: "a.log",
        nature,
        grid,
        covered: 0..grid.n,
        lasting_ns,
    }
}

fn counted(store: &EventStore, grid: Grid, whose: Whose) -> Vec<Series> {
    let found = stretch(store, Nature::Access, grid, 10 * NS_PER_S).series(&[whose], &|| true);
    found.expect("nobody stops it").remove(0).series
}

fn values<'a>(series: &'a [Series], name: &str) -> &'a Values {
    let found = series.iter().find(|one| one.signal.name == name);
    &found.expect("a series of that name").values
}

fn counts(series: &[Series], name: &str) -> Vec<u64> {
    match values(series, name) {
        Values::Count(counts) => counts.clone(),
        other => panic!("no counts: {other:?}"),
    }
}

#[test]
fn tenths_of_a_second_show_when_within_it() {
    let store = store(&[
        (1000, 200, 10, 1, 1),
        (1250, 503, 10, 1, 1),
        (1290, 200, 10, 1, 2),
        (1999, 200, 10, 1, 1),
        (2000, 200, 10, 1, 1),
    ]);
    let found = counted(&store, cells(1000, 100, 10), Whose::All);
    assert_eq!(
        counts(&found, "request rate"),
        [1, 0, 2, 0, 0, 0, 0, 0, 0, 1]
    );
    let Values::Ratio { k, n } = values(&found, "error share") else {
        panic!("a share");
    };
    assert_eq!((k[2], n[2], n[3]), (1, 2, 0));
}

#[test]
fn a_line_that_stands_for_many_counts_as_many() {
    let store = store(&[(1000, 503, 10, 50, 1), (1100, 200, 10, 1, 1)]);
    let found = counted(&store, cells(1000, 100, 2), Whose::All);
    assert_eq!(counts(&found, "request rate"), [50, 1]);
}

#[test]
fn one_host_alone_and_the_others_together_are_all() {
    let store = store(&[
        (0, 200, 10, 1, 1),
        (10, 200, 900, 1, 2),
        (20, 200, 900, 1, 3),
        (120, 200, 10, 1, 1),
    ]);
    let host = |name: &str| Whose::Value(Text::Host, name.to_owned());
    let of = |whose| counts(&counted(&store, cells(0, 100, 2), whose), "request rate");
    assert_eq!(of(host("app-1")), [1, 1]);
    assert_eq!(of(host("app-9")), [0, 0]);
    assert_eq!(
        of(Whose::Others(Text::Host, vec!["app-1".to_owned()])),
        [2, 0]
    );
    let slow = counted(&store, cells(0, 100, 2), host("app-2"));
    let Values::Latency(bins) = values(&slow, "latency") else {
        panic!("durations");
    };
    assert_eq!((bins[0].count(), bins[1].count()), (1, 0));
}

#[test]
fn work_that_began_before_is_in_flight() {
    let store = store(&[(0, 200, 1_250_000, 1, 1)]);
    let found = counted(&store, cells(1000, 100, 4), Whose::All);
    let Values::Gauge(busy) = values(&found, "in flight") else {
        panic!("a level");
    };
    assert_eq!(busy[..], [1.0, 1.0, 0.5, 0.0]);
    assert_eq!(counts(&found, "request rate"), [0; 4]);
}

#[test]
fn a_gauge_has_a_value_where_it_was_read_and_nowhere_else() {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
    let mut chunk = Chunk::default();
    for (at_ms, host, value) in [(0, "a", 7), (10, "b", 90), (200, "a", 8)] {
        chunk.open(at_ms * MS, 1, 0, 9);
        chunk.set_number(Number::ValueMicro, value * 1_000_000);
        let metric = names[Text::Metric as usize].intern(b"threads");
        chunk.set_text(Text::Metric, metric);
        let host = names[Text::Host as usize].intern(format!("host={host}").as_bytes());
        chunk.set_text(Text::Host, host);
    }
    chunk.seal();
    let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names));
    let gauge = |host: &str| Whose::Gauge("threads".to_owned(), host.to_owned());
    let whose = [gauge("host=a"), gauge("host=b")];
    let stretch = stretch(&store, Nature::Metric, cells(0, 100, 3), 0);
    let found = stretch.series(&whose, &|| true).expect("nobody stops it");
    let levels: Vec<String> = found
        .iter()
        .map(|one| format!("{:?}", one.series[0].values))
        .collect();
    assert_eq!(
        levels,
        ["Gauge([7.0, NaN, 8.0])", "Gauge([90.0, NaN, NaN])"]
    );
    assert_eq!(found[0].series[0].signal.entity.as_deref(), Some("host=a"));
}

#[test]
fn stamps_of_whole_seconds_are_told_wherever_in_the_work_they_are() {
    let is_whole = |requests: &[Request]| {
        let store = store(requests);
        let stretch = stretch(&store, Nature::Access, cells(0, 100, 50), 0);
        let found = stretch.series(&[Whose::All], &|| true);
        found.expect("nobody stops it")[0].whole_seconds
    };
    let quick = (1000, 200, 70_000, 1, 1);
    assert!(is_whole(&[quick, (2000, 200, 0, 1, 1)]));
    assert!(is_whole(&[
        (930, 200, 70_000, 1, 1),
        (1900, 200, 100_000, 1, 1)
    ]));
    assert!(!is_whole(&[quick, (1234, 200, 70_000, 1, 1)]));
    assert!(
        !is_whole(&[(9000, 200, 0, 1, 1)]),
        "none is within the cells"
    );
}

#[test]
fn who_says_stop_gets_nothing() {
    let store = store(&[(0, 200, 10, 1, 1)]);
    let stretch = stretch(&store, Nature::Access, cells(0, 100, 2), 0);
    assert_eq!(stretch.series(&[Whose::All], &|| false), None);
}

/// What the rollup of the same events says.
fn rolled(store: &EventStore, grid: Grid) -> Vec<Series> {
    let (_, chunk) = store.chunks().next().expect("one chunk");
    let rollup = Rollup::of(&chunk, Kinds::default());
    let source = Counted {
        source: "a.log",
        nature: Nature::Access,
        rollup: &rollup,
        stamped: (0, grid.end_ns()),
        names: BTreeMap::new(),
        narrowed: false,
    };
    assemble(&[source], grid)
}

fn requests() -> impl Strategy<Value = Vec<Request>> {
    let status = prop::sample::select(vec![0i64, 200, 404, 499, 500, 504]);
    prop::collection::vec(
        (0i64..8000, status, 0i64..3_000_000, 1i64..4, 1u8..4),
        1..60,
    )
}

proptest! {
    #[test]
    fn counted_by_the_second_it_is_what_the_rollup_says(requests in requests()) {
        let store = store(&requests);
        let grid = cells(0, 1000, 8);
        let mine = counted(&store, grid, Whose::All);
        for one in rolled(&store, grid) {
            // The ends that are not whole are left out there.
            let Values::Gauge(_) = one.values else {
                prop_assert_eq!(values(&mine, &one.signal.name), &one.values, "{}", one.signal.name);
                continue;
            };
        }
    }

    #[test]
    fn tenths_add_up_to_their_second(requests in requests(), second in 0usize..8) {
        let store = store(&requests);
        let whole = counted(&store, cells(0, 1000, 8), Whose::All);
        let tenths = counted(&store, cells(second as i64 * 1000, 100, 10), Whose::All);
        for (one, parts) in whole.iter().zip(&tenths) {
            prop_assert_eq!(&one.signal, &parts.signal);
            match (&one.values, &parts.values) {
                (Values::Count(all), Values::Count(parts)) => prop_assert_eq!(all[second], parts.iter().sum::<u64>()),
                (Values::Ratio { k, n }, Values::Ratio { k: some, n: of }) => {
                    prop_assert_eq!((k[second], n[second]), (some.iter().sum(), of.iter().sum()));
                }
                (Values::Latency(all), Values::Latency(parts)) => {
                    let mut sum = Histogram::default();
                    parts.iter().for_each(|part| sum.merge(part));
                    prop_assert_eq!(&all[second], &sum);
                }
                (Values::Gauge(all), Values::Gauge(parts)) if one.signal.name == "in flight" => {
                    let mean = parts.iter().sum::<f64>() / 10.0;
                    prop_assert!((all[second] - mean).abs() < 1e-4, "{} {mean}", all[second]);
                }
                _ => {}
            }
        }
    }
}
