//! Snapshots built by hand for the reports' tests: an outage, a quiet day, no source at all.

mod hostile;
mod incident;
mod variants;

use std::sync::Arc;

pub(crate) use hostile::hostile;
pub use variants::{live, posts_alone};

use incident::{concluded, incident};

use crate::analysis::{BlindSpot, Input, Progress, Snapshot, UnparsedSample};
use crate::anomalies::{Anomaly, Direction, Tested};
use crate::clock::{NS_PER_MIN, NS_PER_S, When, Zone};
use crate::events::{EventStore, Evidence};
use crate::series::{BucketWidth, Family, Grid, Role, Series, Signal, Values};

/// 2015-07-22 14:20 UTC, 15:20 in London.
const START_NS: i64 = 1_437_574_800 * NS_PER_S;
const BUCKETS: usize = 840;

fn at(minute: f64) -> i64 {
    START_NS + (minute * NS_PER_MIN as f64) as i64
}

fn about(minute: f64) -> When {
    When::between(
        at(minute) - 10 * NS_PER_S,
        at(minute),
        at(minute) + 10 * NS_PER_S,
    )
}

fn line(path: &str, line: u64) -> Evidence {
    Evidence::Line {
        path: path.into(),
        line,
        offset: line * 120,
    }
}

fn bucket(signal: &str, bucket: &str) -> Evidence {
    let (signal, bucket, rule) = (
        signal.into(),
        bucket.into(),
        "share above 4.5 sigmas".into(),
    );
    Evidence::Signal {
        signal,
        bucket,
        observed: 0.382,
        expected: 0.002,
        rule,
    }
}

fn signal(source: &str, name: &str, role: Role, unit: &str) -> Signal {
    Signal {
        source: source.into(),
        name: name.into(),
        role,
        entity: None,
        unit: unit.into(),
    }
}

/// Minutes from the start at which it was on.
const WINDOWS: [(f64, f64); 4] = [(15.0, 20.0), (35.0, 52.0), (70.0, 80.0), (120.0, 122.0)];

fn is_on(i: usize) -> bool {
    WINDOWS
        .iter()
        .any(|&(from, to)| (from * 6.0..to * 6.0).contains(&(i as f64)))
}

fn grid() -> Grid {
    Grid {
        start_ns: START_NS,
        width: BucketWidth::seconds(10).unwrap(),
        n: BUCKETS,
    }
}

fn series(signal: Signal, family: Family, values: Values, limit: Option<f64>) -> Series {
    Series {
        signal,
        family,
        grid: grid(),
        values,
        covered: 0..BUCKETS,
        limit,
    }
}

/// With the outage in them, or without.
fn all_series(outage: bool) -> Vec<Series> {
    let value = move |i, on, off| if outage && is_on(i) { on } else { off };
    let per_bucket = |on: f64, off: f64| (0..BUCKETS).map(move |i| value(i, on, off));
    let requests: Vec<u64> = (0..BUCKETS as u64).map(|i| 4120 + i * 37 % 60).collect();
    let failed = per_bucket(0.382, 0.002)
        .zip(&requests)
        .map(|(share, &n)| (share * n as f64) as u64);
    let failed = Values::Ratio {
        k: failed.collect(),
        n: requests.clone(),
    };
    let slow = per_bucket(31.0, 0.0).map(|x| x as u64).collect();
    vec![
        series(
            signal("lb.log", "request rate", Role::UserFacing, "1/s"),
            Family::Traffic,
            Values::Count(requests),
            None,
        ),
        series(
            signal("lb.log", "error share", Role::UserFacing, "share"),
            Family::Errors,
            failed,
            None,
        ),
        series(
            signal("db-slow.log", "slow queries", Role::Internal, "1/s"),
            Family::SlowQueries,
            Values::Count(slow),
            None,
        ),
        series(
            signal("lb.log", "sessions", Role::Resource, "sessions"),
            Family::Sessions,
            Values::Gauge(per_bucket(2000.0, 160.0).collect()),
            Some(2000.0),
        ),
    ]
}

fn anomaly(id: &str, series: usize, window: (f64, f64), score: f64) -> Anomaly {
    let of = &all_series(true)[series];
    Anomaly {
        id: id.into(),
        signal: of.signal.clone(),
        family: of.family,
        direction: Direction::Up,
        start: about(window.0),
        end: Some(about(window.1)),
        flagged_at_ns: at(window.0) + 40 * NS_PER_S,
        observed: 0.382_123_456,
        expected: 0.002,
        effect: 0.38,
        p_value: 1e-300,
        n: 123_600,
        score,
        detector: "shares",
        rule: "calibrated score of at least 4.5 in one of the windows of 1, 3 and 10 buckets"
            .into(),
        series,
        buckets: 90..120,
        growth: vec![(94, score)],
        new_normal: false,
        lasting: crate::anomalies::Lasting::default(),
        reaches_limit: None,
        evidence: vec![
            bucket(&of.signal.full_name(), "2015-07-22T14:35:10Z"),
            line("lb.log", 371_201),
        ],
    }
}

fn input(path: &str, format: &str, lines: u64, unparsed: u64) -> Input {
    Input {
        path: path.into(),
        label: path.into(),
        format: format.into(),
        confidence: 0.993,
        reason: "993 of 1,000 sample lines fit".into(),
        lines,
        events: lines - unparsed,
        joined: 0,
        unparsed,
        headers: 0,
        samples: vec![UnparsedSample {
            line: 7,
            text: "Notice: reloading".into(),
        }],
        bytes: lines * 120,
        range: Some((START_NS, at(140.0))),
        live: None,
        zone: "UTC+1 from the stamps".into(),
        error: None,
        parts: Vec::new(),
        natures: Vec::new(),
    }
}

/// Four windows of one outage with posts, a change, and a claim of "restored" that was too early.
pub fn outage() -> Snapshot {
    let mut snapshot = quiet();
    snapshot.title = "slow-token-auth".into();
    snapshot.series = all_series(true);
    snapshot.tested.truncate(1);
    snapshot
        .inputs
        .push(input("db-slow.log", "mysql-slow", 14_400, 43));
    snapshot.anomalies = WINDOWS
        .iter()
        .enumerate()
        .map(|(i, &window)| anomaly(&format!("a{}", i + 1), 1, window, 40.0 - i as f64))
        .collect();
    snapshot.anomalies.push(anomaly("a5", 2, (36.0, 51.0), 4.7));
    snapshot.incidents = vec![concluded(incident(), Some(at(15.0) + 104 * NS_PER_S))];
    snapshot.records = variants::records();
    snapshot.blind_spots = vec![
        BlindSpot {
            source: "lb.log".into(),
            what: "nothing was logged for 4 min".into(),
            kind: "gap",
            range: Some((at(90.0), at(94.0))),
        },
        BlindSpot {
            source: "db-slow.log".into(),
            what: "0.3 % of its lines fit no format".into(),
            kind: "unparsed",
            range: None,
        },
    ];
    snapshot
}

/// A load balancer's log with nothing out of the ordinary.
pub fn quiet() -> Snapshot {
    let series = all_series(false);
    let tested = |(i, of): (usize, &Series)| Tested {
        series: i,
        signal: of.signal.clone(),
        n: BUCKETS as u64,
        observed: if i == 0 { 415.3 } else { 0.002_04 },
        expected: if i == 0 { 412.0 } else { 0.002 },
        worst_score: 2.1,
    };
    Snapshot {
        title: "lb.log".into(),
        progress: Progress {
            bytes_read: 1,
            bytes_total: 1,
            events: 1_204_331,
            finished: true,
            following: false,
        },
        inputs: vec![input("lb.log", "haproxy", 1_204_331, 0)],
        clock_proposals: Vec::new(),
        filter: None,
        range: Some((START_NS, at(140.0))),
        first_stamp_ns: Some(START_NS),
        zone: Zone::Named(chrono_tz::Europe::London),
        grid: Some(grid()),
        tested: series.iter().enumerate().take(2).map(tested).collect(),
        expected: vec![vec![f64::NAN; BUCKETS]; series.len()],
        series,
        anomalies: Vec::new(),
        incidents: Vec::new(),
        records: Vec::new(),
        blind_spots: Vec::new(),
        store: Arc::new(EventStore::default()),
        slo: 0.999,
        window_gap_ns: 5 * NS_PER_MIN,
        group_gap_ns: 1440 * NS_PER_MIN,
    }
}

/// No source at all.
pub fn nothing() -> Snapshot {
    let mut snapshot = quiet();
    snapshot.title = "(nothing)".into();
    snapshot.inputs.clear();
    snapshot.series.clear();
    snapshot.expected.clear();
    snapshot.tested.clear();
    snapshot.range = None;
    snapshot.grid = None;
    snapshot
}
