//! Hand-made snapshots for the tests: an outage with four windows, one being read, a quiet one,
//! one with an unreadable input. The figures are invented; the durations are measured.

use std::sync::Arc;

use crate::analysis::{BlindSpot, Concluded, Input, Progress, Snapshot, UnparsedSample};
use crate::anomalies::{Anomaly, Direction, Tested};
use crate::clock::{Censor, When, Zone};
use crate::durations::{Facts, Measured, Span, measure};
use crate::events::{Chunk, EventStore, Evidence, Interner, Number, Text};
use crate::incidents::{
    Cause, Check, Contributor, Counterfactual, Explanation, Impact, Incident, LimitReached,
    Severity, State, Verdict, Window,
};
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::series::assemble::Nature;
use crate::series::{BucketWidth, Family, Grid, Histogram, Role, Series, Signal, Values};

/// Nanoseconds in a second.
pub(crate) const S: i64 = 1_000_000_000;
/// 22 July 2015, 15:20 in London.
pub(crate) const START: i64 = 1_437_574_800 * S;
const BUCKETS: usize = 840;
const SOURCES: [&str; 4] = [
    "api-access.log",
    "haproxy.log",
    "mysql-slow.log",
    "status-posts.txt",
];
/// Start and end of the windows, seconds after 15:20.
const WINDOWS: [(i64, i64); 4] = [(910, 1200), (2100, 3120), (4200, 4800), (7200, 7320)];

fn grid() -> Grid {
    Grid {
        start_ns: START,
        width: BucketWidth::seconds(10).expect("not zero"),
        n: BUCKETS,
    }
}

/// How bad it is in a bucket, from 0 to 1.
fn trouble(i: usize) -> f64 {
    let at = i as i64 * 10;
    let inside = WINDOWS.iter().find(|(from, to)| (*from..*to).contains(&at));
    inside.map_or(0.0, |(from, _)| ((at - from + 20) as f64 / 120.0).min(1.0))
}

/// The same noise for the same bucket and salt, from -1 to 1.
fn noise(i: usize, salt: u64) -> f64 {
    let mut x = (i as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)
        ^ salt.wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 29)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((x >> 40) as f64 / (1u64 << 23) as f64) - 1.0
}

fn series(source: usize, name: &str, unit: &str, family: Family, values: Values) -> Series {
    let role = if family == Family::SlowQueries {
        Role::Internal
    } else {
        Role::UserFacing
    };
    let signal = Signal {
        source: SOURCES[source].into(),
        name: name.into(),
        role,
        entity: None,
        unit: unit.into(),
    };
    let limit = (name == "sessions").then_some(2000.0);
    Series {
        signal,
        family,
        grid: grid(),
        values,
        covered: 0..BUCKETS,
        limit,
    }
}

fn counts(f: impl Fn(usize) -> f64) -> Values {
    Values::Count((0..BUCKETS).map(|i| f(i).max(0.0).round() as u64).collect())
}

fn gauge(f: impl Fn(usize) -> f64) -> Values {
    Values::Gauge((0..BUCKETS).map(f).collect())
}

fn requests(i: usize) -> f64 {
    4120.0 + 160.0 * noise(i, 1)
}

fn errors() -> Values {
    let share = |i: usize| 0.001 + 0.38 * trouble(i);
    let k = (0..BUCKETS)
        .map(|i| (requests(i) * share(i)) as u64)
        .collect();
    Values::Ratio {
        k,
        n: (0..BUCKETS).map(|i| requests(i) as u64).collect(),
    }
}

fn latency() -> Values {
    let bins = |i: usize| {
        let mut bins = Histogram::default();
        for step in 1..40u32 {
            let rank = f64::from(step) / 40.0;
            let slow = if rank > 0.35 {
                1.0 + 22.0 * trouble(i)
            } else {
                1.0
            };
            bins.add((9000.0 * (1.0 + 4.0 * rank * rank + 0.2 * noise(i, 7)) * slow) as u64);
        }
        bins
    };
    Values::Latency((0..BUCKETS).map(bins).collect())
}

fn all_series() -> Vec<Series> {
    use Family::{Errors, Gauge, Latency, Sessions, SlowQueries, Traffic};
    let other_requests = counts(|i| 4100.0 + 150.0 * noise(i, 2));
    let sessions = gauge(|i| (180.0 + 30.0 * noise(i, 3) + 1900.0 * trouble(i)).min(2000.0));
    let queue = gauge(|i| (700.0 * (trouble(i) - 0.4)).max(0.0));
    let slow = counts(|i| 0.4 + 0.5 * noise(i, 5) + 31.0 * trouble(i));
    let mut all = vec![
        series(0, "request rate", "1/s", Traffic, counts(requests)),
        series(0, "error share", "share", Errors, errors()),
        series(0, "latency", "s", Latency, latency()),
        series(1, "request rate", "1/s", Traffic, other_requests),
        series(1, "sessions", "1", Sessions, sessions),
        series(1, "queue", "1", Sessions, queue),
        series(2, "slow queries", "1/s", SlowQueries, slow),
        series(
            0,
            "response bytes",
            "B",
            Gauge,
            gauge(|i| 5200.0 + 300.0 * noise(i, 6)),
        ),
    ];
    all[3].covered = 0..800;
    all
}

fn anomaly(index: usize, series: &Series, number: usize, window: (i64, i64)) -> Anomaly {
    let (from, to) = (START + window.0 * S, START + window.1 * S);
    let (observed, expected) = [
        (412.0, 410.0),
        (0.382, 0.001),
        (0.9, 0.01),
        (0.0, 0.0),
        (2000.0, 180.0),
        (420.0, 0.0),
        (3.1, 0.04),
    ][index];
    Anomaly {
        id: format!("a{}", number + 1),
        signal: series.signal.clone(),
        family: series.family,
        direction: Direction::Up,
        start: When::between(from - 10 * S, from, from + 10 * S),
        end: Some(When::between(to, to, to + 10 * S)),
        flagged_at_ns: from + 40 * S,
        observed,
        expected,
        effect: 20.0,
        p_value: 1e-9,
        n: 1000,
        score: 40.0 - index as f64,
        detector: "share",
        rule: "above the threshold".into(),
        series: index,
        buckets: (window.0 / 10) as usize..(window.1 / 10) as usize,
        growth: Vec::new(),
        new_normal: false,
        lasting: crate::anomalies::Lasting::default(),
        reaches_limit: None,
        evidence: Vec::new(),
    }
}

fn claim(kind: MilestoneKind, second: i64, source: ClaimSource, note: &str) -> Milestone {
    let log = source == ClaimSource::Log;
    let path = SOURCES[if log { 0 } else { 3 }].to_owned();
    let at = START + second * S;
    let when = if log {
        When::between(at - 10 * S, at, at + 10 * S)
    } else {
        When::stamped(at, 60 * S)
    };
    let evidence = Evidence::Line {
        path,
        line: 7,
        offset: 120,
    };
    Milestone::new(kind, when, source, vec![evidence]).noted(note)
}

fn claims() -> Vec<Milestone> {
    use ClaimSource::{Deploys, Log, StatusPage};
    vec![
        claim(MilestoneKind::ImpactStart, 910, Log, ""),
        claim(
            MilestoneKind::Detected,
            1200,
            StatusPage,
            "pages are coming back",
        ),
        claim(
            MilestoneKind::Identified,
            3000,
            StatusPage,
            "the cause was identified",
        ),
        claim(
            MilestoneKind::Restored,
            3120,
            StatusPage,
            "restored, no more trouble expected",
        ),
        claim(MilestoneKind::Restored, 4800, StatusPage, "restored"),
        claim(MilestoneKind::Change, 5400, Deploys, "session limit 12,000"),
        claim(MilestoneKind::Restored, 7320, Log, ""),
        claim(MilestoneKind::Closed, 7800, StatusPage, "closed"),
    ]
}

fn incident() -> Incident {
    let window = |(i, &(from, to)): (usize, &(i64, i64))| Window {
        start: When::between(
            START + (from - 10) * S,
            START + from * S,
            START + (from + 10) * S,
        ),
        end: Some(When::between(
            START + to * S,
            START + to * S,
            START + (to + 10) * S,
        )),
        lasting: crate::anomalies::Lasting::default(),
        kind: crate::incidents::WindowKind::Degraded,
        anomalies: (0..5).map(|k| format!("a{}", i * 5 + k + 1)).collect(),
    };
    let query = "select token from token_auth where account = ? and expires > ?";
    let check = |signal: &str, x: f64, unit: &str| Check {
        signal: signal.into(),
        verdict: "within_baseline",
        observed: x,
        expected: x * 0.99,
        unit: unit.into(),
        n: 203,
        against: "the hour before".into(),
    };
    Incident {
        id: "i1".into(),
        title: "slow token_auth queries fill the sessions of haproxy; 38 % of requests fail".into(),
        state: State::Restored,
        severity: Severity::Critical,
        windows: WINDOWS.iter().enumerate().map(window).collect(),
        milestones: claims(),
        contributors: vec![Contributor {
            dimensions: vec![("query".into(), query.into())],
            signal: "api-access.log latency".into(),
            share_of_excess: 0.92,
            risk_ratio: 22.0,
            events: 61_000,
            counterfactual: Counterfactual { observed: 1.4, without: 0.061, expected: 0.058, unit: "s", p99: None },
            evidence: vec![Evidence::Line { path: SOURCES[0].into(), line: 501, offset: 50_000 }],
        }],
        causes: vec![Cause {
            kind: "config".into(),
            at: When::exact(START + 5400 * S),
            title: "session limit 12,000".into(),
            window: 1,
            lead_s: 1800.0,
            score: 0.2,
            supported_by: vec!["same host".into()],
            contradicted_by: vec!["three windows came before it".into()],
            evidence: Vec::new(),
        }],
        explanation: Explanation {
            verdict: Verdict::Regression,
            traffic_ratio: Some(1.01),
            cost_ratio: Some(22.0),
            in_flight_ratio: Some(21.0),
            decomposition: None,
            limit: Some(LimitReached { signal: "haproxy.log sessions".into(), limit: 2000.0, stated: true, peak: 2000.0, time_to_limit_s: None, climbs: Vec::new() }),
            sentence: "The rate did not move and the time per request did: the same work costs 22 times more, so sessions filled up.".into(),
            evidence: Vec::new(),
        },
        checks: vec![check("api-access.log request rate", 412.0, "1/s"), check("haproxy.log request rate", 410.0, "1/s"), check("api-access.log response bytes", 5200.0, "B")],
        impact: Impact { failed_requests: Some(312_000.0), clients: Some(412), user_minutes: Some(9_100), excess_seconds: Some(86_000.0), slo_budget_share: Some(4.2) },
        lost_share: (0..BUCKETS).map(|i| 0.38 * trouble(i)).collect(),
        onsets: crate::incidents::onsets::Order::default(),
        detectable_at_ns: Some(START + 950 * S),
    }
}

fn inputs() -> Vec<Input> {
    let formats = [
        "nginx_request_time",
        "haproxy_http",
        "mysql_slow",
        "status posts",
    ];
    let natures = [
        vec![Nature::Access],
        vec![Nature::Access],
        vec![Nature::SlowQueries],
        Vec::new(),
    ];
    (0..4)
        .map(|i| Input {
            path: SOURCES[i].into(),
            label: SOURCES[i].into(),
            format: formats[i].into(),
            confidence: 0.99,
            reason: format!("400 of 400 sampled lines read as {}", formats[i]),
            lines: 400_000,
            events: if i == 3 { 0 } else { 398_800 },
            joined: 0,
            unparsed: if i == 2 { 1200 } else { 0 },
            headers: 0,
            samples: if i == 2 {
                vec![UnparsedSample {
                    line: 91,
                    text: "mysqld: ready for connections".into(),
                }]
            } else {
                Vec::new()
            },
            bytes: 61_000_000,
            range: Some((START, START + 8400 * S)),
            live: None,
            zone: "+01:00 from the stamps".into(),
            error: None,
            natures: natures[i].clone(),
            parts: Vec::new(),
        })
        .collect()
}

/// Two lines every five seconds, one of each of two sources.
fn store() -> EventStore {
    EventStore::new(vec![(0, chunk(0)), (1, chunk(1))], Arc::default())
}

/// The same, and more of the second source.
pub(crate) fn longer_store() -> EventStore {
    EventStore::new(
        vec![(0, chunk(0)), (1, chunk(1)), (1, chunk(1))],
        Arc::default(),
    )
}

fn chunk(source: i64) -> Arc<Chunk> {
    let mut chunk = Chunk::default();
    for i in 0..1680u64 {
        chunk.open(
            START + i as i64 * 5 * S + source * 1_000_000,
            i + 1,
            i * 100,
            99,
        );
        let failed = trouble(i as usize / 2) > 0.5 && i % 3 == 0;
        chunk.set_number(Number::Status, if failed { 503 } else { 200 });
    }
    chunk.seal();
    Arc::new(chunk)
}

/// What the reader gives for a line of the fixture.
pub(crate) fn raw_line(source: usize, offset: u64) -> Vec<u8> {
    let i = offset / 100;
    let status = if trouble(i as usize / 2) > 0.5 && i.is_multiple_of(3) {
        503
    } else {
        200
    };
    format!(
        "10.0.0.{} - \"GET /token/{i} HTTP/1.1\" {status} source {source}\n",
        i % 250
    )
    .into_bytes()
}

pub(crate) fn measured(incident: &Incident) -> Measured {
    let not_over = When::censored(grid().end_ns(), Censor::EndOfData);
    let span = |window: &Window| Span {
        start: window.start,
        end: window.end.unwrap_or(not_over),
    };
    let spans: Vec<Span> = incident.windows.iter().map(span).collect();
    let grid = grid();
    let facts = Facts {
        windows: &spans,
        milestones: &incident.milestones,
        severity: Some((&grid, &incident.lost_share)),
        bucket_ns: 10 * S,
        cause: None,
    };
    measure(&facts)
}

/// The outage: four windows, restored.
pub(crate) fn outage() -> Snapshot {
    let series = all_series();
    let mut anomalies = Vec::new();
    for window in WINDOWS {
        for index in [1, 2, 4, 5, 6] {
            anomalies.push(anomaly(index, &series[index], anomalies.len(), window));
        }
    }
    let (incident, grid) = (incident(), grid());
    let measured = measured(&incident);
    let spot = |source: usize, what: &str, kind, range| BlindSpot {
        source: SOURCES[source].into(),
        what: what.into(),
        kind,
        range,
    };
    Snapshot {
        title: "slow-token-auth".into(),
        progress: Progress {
            bytes_read: 183_000_000,
            bytes_total: 183_000_000,
            events: 1_196_400,
            finished: true,
            following: false,
        },
        inputs: inputs(),
        clock_proposals: Vec::new(),
        filter: None,
        range: Some((START, START + 8400 * S - 1)),
        first_stamp_ns: Some(START),
        zone: Zone::Named(chrono_tz::Europe::London),
        grid: Some(grid),
        expected: series.iter().map(|_| vec![f64::NAN; BUCKETS]).collect(),
        series,
        anomalies,
        tested: Vec::new(),
        incidents: vec![Concluded {
            incident,
            measured,
            burn_alert_at_ns: Some(START + 1030 * S),
        }],
        records: Vec::new(),
        blind_spots: vec![
            spot(
                1,
                "no lines for 4 min",
                "gap",
                Some((START + 6000 * S, START + 6240 * S)),
            ),
            spot(2, "0.3 % of the lines could not be read", "unparsed", None),
        ],
        store: Arc::new(store()),
        slo: 0.999,
        window_gap_ns: 300 * S,
        group_gap_ns: 86_400 * S,
    }
}

/// The outage while it goes on and 43 % are read.
pub(crate) fn loading() -> Snapshot {
    let mut snapshot = outage();
    snapshot.progress = Progress {
        bytes_read: 78_690_000,
        bytes_total: 183_000_000,
        events: 514_000,
        finished: false,
        following: false,
    };
    let incident = &mut snapshot.incidents[0].incident;
    incident.state = State::Ongoing;
    incident.windows.truncate(2);
    incident.windows[1].end = None;
    incident.milestones.truncate(3);
    snapshot.incidents[0].measured = measured(&snapshot.incidents[0].incident);
    snapshot.range = Some((START, START + 2500 * S));
    for series in &mut snapshot.series {
        series.covered = 0..250;
    }
    snapshot
}

/// Nothing is wrong.
pub(crate) fn quiet() -> Snapshot {
    let mut snapshot = outage();
    let tested = |(index, series): (usize, &Series)| Tested {
        series: index,
        signal: series.signal.clone(),
        n: 840,
        observed: 1.0,
        expected: 1.0,
        worst_score: 1.2,
    };
    snapshot.series.retain(|series| {
        matches!(
            series.signal.name.as_str(),
            "request rate" | "response bytes"
        )
    });
    snapshot.tested = snapshot.series.iter().enumerate().map(tested).collect();
    (snapshot.anomalies, snapshot.incidents) = (Vec::new(), Vec::new());
    snapshot
}

/// One input cannot be read; nothing else is there.
pub(crate) fn failing() -> Snapshot {
    let mut snapshot = quiet();
    snapshot.inputs.truncate(1);
    snapshot.inputs[0] = Input {
        error: Some("cannot open api-access.log: permission denied".into()),
        parts: Vec::new(),
        events: 0,
        lines: 0,
        bytes: 0,
        range: None,
        ..snapshot.inputs[0].clone()
    };
    (snapshot.range, snapshot.grid, snapshot.store) = (None, None, Arc::default());
    (snapshot.series, snapshot.expected, snapshot.tested) = (Vec::new(), Vec::new(), Vec::new());
    snapshot.blind_spots.clear();
    snapshot.progress.events = 0;
    snapshot
}

/// Nothing is wrong, at another time and with buckets of another width.
pub(crate) fn quiet_at(start_ns: i64, bucket_s: u64, zone: Zone) -> Snapshot {
    let mut snapshot = quiet();
    let grid = Grid {
        start_ns,
        width: BucketWidth::seconds(bucket_s).expect("not zero"),
        n: BUCKETS,
    };
    snapshot
        .series
        .iter_mut()
        .for_each(|series| series.grid = grid);
    snapshot.grid = Some(grid);
    snapshot.range = Some((start_ns, grid.end_ns() - 1));
    snapshot.blind_spots.clear();
    (snapshot.zone, snapshot.store) = (zone, Arc::default());
    snapshot
}

/// The outage with its errors by host as well.
pub(crate) fn by_host() -> Snapshot {
    let mut snapshot = outage();
    for host in ["app-1", "app-2", "db-1"] {
        let mut series = snapshot.series[1].clone();
        series.signal.entity = Some(format!("host={host}"));
        snapshot.series.push(series);
        snapshot.expected.push(vec![f64::NAN; BUCKETS]);
    }
    snapshot
}

/// The outage with requests of the first source in its first minute, all of which were kept: one
/// every 50 ms, and in every other tenth of a second two more; of two hosts in turn, one of which
/// takes 64 ms for each.
pub(crate) fn close() -> Snapshot {
    let mut names: Vec<Interner> = Text::ALL.iter().map(|_| Interner::new(10)).collect();
    let mut chunk = Chunk::default();
    let mut add = |at_ns: i64, i: i64| {
        chunk.open(at_ns, i as u64 + 1, i as u64 * 10, 9);
        chunk.set_number(Number::Status, 200);
        chunk.set_number(Number::LatencyUs, if i % 2 == 0 { 1000 } else { 64_000 });
        let host = format!("app-{}", i % 2);
        let host = names[Text::Host as usize].intern(host.as_bytes());
        chunk.set_text(Text::Host, host);
    };
    for i in 0..1200 {
        let at_ns = START + i * S / 20;
        let n = if i % 4 < 2 { 2 } else { 1 };
        (0..n).for_each(|_| add(at_ns, i));
    }
    chunk.seal();
    let mut snapshot = by_host();
    snapshot.inputs[0].events = chunk.len() as u64;
    snapshot.store = Arc::new(EventStore::new(vec![(0, Arc::new(chunk))], Arc::new(names)));
    snapshot
}

/// The outage as far as it had come `seconds` after its start, while it is followed.
pub(crate) fn live_at(seconds: i64) -> Snapshot {
    let mut snapshot = outage();
    let n = (seconds / 10) as usize;
    let grid = Grid { n, ..grid() };
    for series in &mut snapshot.series {
        series.grid = grid;
        series.covered = 0..series.covered.end.min(n);
    }
    (snapshot.grid, snapshot.range) = (Some(grid), Some((START, grid.end_ns() - 1)));
    snapshot.progress.following = true;
    let incident = &mut snapshot.incidents[0].incident;
    incident
        .windows
        .retain(|window| window.start.at_ns < grid.end_ns());
    if let Some(last) = incident.windows.last_mut() {
        last.end = last.end.filter(|end| end.at_ns < grid.end_ns());
    }
    if incident.windows.is_empty() {
        (snapshot.incidents, snapshot.anomalies) = (Vec::new(), Vec::new());
    }
    snapshot
}
