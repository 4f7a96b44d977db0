//! What can be looked at closely, and why not.

use std::sync::Arc;

use super::*;
use crate::analysis::Progress;
use crate::clock::Zone;
use crate::events::spill::Kept;
use crate::events::store::Room;
use crate::events::{Chunk, EventStore, Interner, Number};
use crate::series::histogram::bin_of;
use crate::series::{Family, Role, Signal};

const S: i64 = 1_000_000_000;

/// One source of requests every 100 ms for a minute, of two hosts in turn; its series of ten
/// seconds.
fn snapshot() -> Snapshot {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
    let mut chunk = Chunk::default();
    for i in 0..600i64 {
        chunk.open(i * S / 10, i as u64 + 1, i as u64 * 10, 9);
        chunk.set_number(Number::Status, 200);
        chunk.set_number(Number::LatencyUs, if i % 2 == 0 { 1000 } else { 64_000 });
        let host = format!("app-{}", i % 2);
        let host = names[Text::Host as usize].intern(host.as_bytes());
        chunk.set_text(Text::Host, host);
    }
    chunk.seal();
    let grid = Grid::covering(0, 60 * S - 1, BucketWidth::seconds(10).expect("not zero"));
    let series = |name: &str, entity: Option<&str>, values| Series {
        signal: Signal {
            source: "api-access.log".to_owned(),
            name: name.to_owned(),
            role: Role::UserFacing,
            entity: entity.map(str::to_owned),
            unit: "1/s".to_owned(),
        },
        family: Family::Traffic,
        grid,
        values,
        covered: 0..6,
        limit: None,
    };
    let mut bins = Histogram::default();
    (0..50).for_each(|_| bins.add(1000));
    let all = vec![
        series("request rate", None, Values::Count(vec![100; 6])),
        series("latency", None, Values::Latency(vec![bins; 6])),
        series(
            "request rate",
            Some("host=app-1"),
            Values::Count(vec![50; 6]),
        ),
        series("backlog", None, Values::Gauge(vec![1.0; 6])),
    ];
    let store = EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names));
    Snapshot {
        title: String::new(),
        progress: Progress::default(),
        filter: None,
        inputs: vec![input()],
        range: Some((0, 599 * S / 10)),
        first_stamp_ns: Some(0),
        zone: Zone::UTC,
        grid: Some(grid),
        expected: vec![Vec::new(); all.len()],
        series: all,
        anomalies: Vec::new(),
        tested: Vec::new(),
        incidents: Vec::new(),
        records: Vec::new(),
        blind_spots: Vec::new(),
        clock_proposals: Vec::new(),
        store: Arc::new(store),
        slo: 0.999,
        window_gap_ns: 0,
        group_gap_ns: 0,
    }
}

fn input() -> Input {
    Input {
        path: "api-access.log".to_owned(),
        label: "api-access.log".to_owned(),
        format: "nginx_request_time".to_owned(),
        confidence: 1.0,
        reason: String::new(),
        lines: 600,
        events: 600,
        joined: 0,
        unparsed: 0,
        headers: 0,
        samples: Vec::new(),
        bytes: 6000,
        range: Some((0, 599 * S / 10)),
        live: None,
        zone: "UTC".to_owned(),
        error: None,
        parts: Vec::new(),
        natures: vec![Nature::Access],
    }
}

fn look(snapshot: &Snapshot, wanted: &[(usize, Option<&str>)]) -> Closer {
    let cells = Cells {
        from_ns: 20 * S,
        width_ns: S / 5,
        n: 10,
    };
    let wanted: Vec<Wanted> = wanted
        .iter()
        .map(|(series, entity)| Wanted {
            series: *series,
            entity: entity.map(str::to_owned),
        })
        .collect();
    closer(snapshot, cells, &wanted, &|| true).expect("nobody stops it")
}

#[test]
fn a_signal_is_counted_again_and_keeps_its_name() {
    let snapshot = snapshot();
    let found = look(&snapshot, &[(0, None), (2, None)]);
    let of = |name: &str| &found.series[name].values;
    assert_eq!(
        of("api-access.log request rate"),
        &Values::Count(vec![2; 10])
    );
    let host = of("api-access.log request rate host=app-1");
    assert_eq!(host, &Values::Count(vec![1; 10]));
    assert!(found.kept.is_empty());
    assert_eq!(found.rows, 600);
}

#[test]
fn events_in_the_temporary_file_are_counted_like_those_in_memory() {
    let mut snapshot = snapshot();
    let in_memory = look(&snapshot, &[(0, None), (1, Some("host=app-1"))]);
    let folder = tempfile::tempdir().expect("a folder");
    let mut kept = Kept::new(0, folder.path().to_path_buf());
    for (source, chunk) in snapshot.store.chunks() {
        kept.push(source, (*chunk).clone());
    }
    assert!(kept.file_bytes() > 0, "nothing lies in the file");
    let names = Text::ALL.iter().map(|field| snapshot.store.names(*field));
    let names = names.map(|names| Arc::new(names.expect("a table").clone()));
    let store = EventStore::of(&kept, names.collect(), Room::default(), &Arc::default());
    snapshot.store = Arc::new(store);
    let in_file = look(&snapshot, &[(0, None), (1, Some("host=app-1"))]);
    assert_eq!(in_file, in_memory);
}

#[test]
fn an_entity_without_a_series_has_durations_all_the_same() {
    let found = look(&snapshot(), &[(1, Some("host=app-1"))]);
    let one = &found.series["api-access.log latency host=app-1"];
    let Values::Latency(bins) = &one.values else {
        panic!("durations");
    };
    let slow = [(bin_of(64_000), 1)];
    assert!(bins.iter().all(|bins| bins.bins().eq(slow)));
}

#[test]
fn what_cannot_be_counted_says_why() {
    let why = |change: &dyn Fn(&mut Snapshot), series: usize| {
        let mut snapshot = snapshot();
        change(&mut snapshot);
        let found = look(&snapshot, &[(series, None)]);
        assert!(found.series.is_empty());
        found.kept.into_values().next()
    };
    assert_eq!(why(&|_| {}, 3), Some(Why::Derived));
    let lost = |snapshot: &mut Snapshot| snapshot.inputs[0].events = 601;
    assert_eq!(why(&lost, 0), Some(Why::NotKept));
    let mixed = |snapshot: &mut Snapshot| snapshot.inputs[0].natures.push(Nature::App);
    assert_eq!(why(&mixed, 0), Some(Why::Mixed));
}

#[test]
fn too_many_events_are_not_looked_at() {
    let mut snapshot = snapshot();
    let (_, chunk) = snapshot.store.chunks().next().expect("one chunk");
    let many = ROWS_MAX / chunk.len() + 1;
    let chunks = (0..many).map(|_| (0, Arc::clone(&chunk))).collect();
    snapshot.store = Arc::new(EventStore::new(chunks, Arc::default()));
    snapshot.inputs[0].events = (many * chunk.len()) as u64;
    let found = look(&snapshot, &[(0, None)]);
    let why = found.kept.values().next();
    assert_eq!(why, Some(&Why::Many(many * chunk.len())));
    assert_eq!(found.rows, 0);
}

#[test]
fn before_the_first_event_and_while_work_is_under_way_nothing_is_known() {
    let mut snapshot = snapshot();
    let cells = |from_s: i64| Cells {
        from_ns: from_s * S,
        width_ns: S,
        n: 70,
    };
    let covered = |snapshot: &Snapshot, from_s| {
        let wanted = [Wanted {
            series: 0,
            entity: None,
        }];
        let found = closer(snapshot, cells(from_s), &wanted, &|| true).expect("an answer");
        found.series.into_values().next().expect("one").covered
    };
    assert_eq!(covered(&snapshot, -5), 5..64);
    // Work of the last minutes took up to two seconds: what began in the last two is not all known.
    let mut slow = Histogram::default();
    slow.add(2_000_000);
    snapshot.series[1].values = Values::Latency(vec![slow; 6]);
    assert_eq!(covered(&snapshot, -5), 5..62);
}
