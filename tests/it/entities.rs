//! Who, what and where one by one: from lines to an incident that names a host, and to none.

use std::fmt::Write as _;

use rfo::analysis::Snapshot;
use rfo::incidents::Severity;

use crate::made;
use crate::random::Random;

/// A balancer's log of so many hours from midnight on, four requests a second by 200 clients to
/// six endpoints and four hosts. A quarter of all fail as ever: an endpoint that was never
/// repaired. `fails` decides by minute, host and endpoint whether a request fails besides.
fn log(seed: u64, hours: u64, fails: impl Fn(u64, usize, usize) -> bool) -> Vec<u8> {
    const ENDPOINTS: [&str; 6] = ["/old", "/cart", "/search", "/export", "/login", "/items"];
    let mut random = Random(seed);
    let mut below = |n: u64| (random.uniform() * n as f64) as u64;
    let mut text = String::new();
    for tick in 0..hours * 3600 * 4 {
        let (second, ms) = (tick / 4, tick % 4 * 250 + below(250));
        let client = below(200) * below(200) / 200;
        let host = match below(100) {
            0..31 => 1,
            31..62 => 2,
            62..92 => 3,
            _ => 4,
        };
        let endpoint = match below(100) {
            0..25 => 0,
            roll => 1 + roll as usize % 5,
        };
        let minute = second / 60;
        let is_down = endpoint == 0 || below(500) == 0 || fails(minute, host, endpoint);
        let (status, work_ms) = (if is_down { 500 } else { 200 }, 20 + below(30));
        let (day, hour) = (5 + second / 86_400, second / 3600 % 24);
        let time = format!("{hour:02}:{:02}:{:02}", minute % 60, second % 60);
        writeln!(
            text,
            "Mar  {day} {time} lb1 haproxy[811]: 10.3.0.{client}:40000 [0{day}/Mar/2024:{time}.{ms:03}] \
             www shop/app-{host} 0/0/1/{work_ms}/{} {status} 900 - - ---- 9/9/2/1/0 0/0 \
             \"GET {} HTTP/1.1\"",
            work_ms + 1,
            ENDPOINTS[endpoint],
        )
        .expect("text grows");
    }
    text.into_bytes()
}

fn analysed(log: Vec<u8>) -> Snapshot {
    let folder = made::folder(&[("lb.log".to_owned(), log)]);
    made::analysed(&[folder.path().to_path_buf()], |_| {})
}

fn titles(snapshot: &Snapshot) -> Vec<&str> {
    let incidents = snapshot.incidents.iter();
    incidents.map(|one| one.incident.title.as_str()).collect()
}

fn series_of(snapshot: &Snapshot, dimension: &str) -> usize {
    let entities = snapshot.series.iter();
    let entities = entities.filter_map(|one| one.signal.entity.as_deref());
    entities.filter(|one| one.starts_with(dimension)).count()
}

#[test]
fn one_host_of_four_that_fails_is_an_incident_that_names_it() {
    (1..=4).for_each(names_the_host);
}

fn names_the_host(seed: u64) {
    let is_broken = |minute: u64, host: usize, _| host == 4 && (120..130).contains(&minute);
    let snapshot = analysed(log(seed, 3, is_broken));
    let whole = |name: &str| {
        let mut all = snapshot.anomalies.iter();
        all.any(|one| one.signal.name == name && one.signal.entity.is_none())
    };
    assert!(!whole("error share"), "the total hardly moves");
    assert_eq!(snapshot.incidents.len(), 1, "{:?}", titles(&snapshot));
    let incident = &snapshot.incidents[0].incident;
    assert!(incident.title.contains("host app-4"), "{}", incident.title);
    assert_eq!(incident.severity, Severity::Major);
    let start = snapshot.grid.expect("a grid").time(0) + 120 * 60_000_000_000;
    let window = &incident.windows[0];
    let end = window.end.expect("it is over").at_ns;
    assert!(window.start.at_ns.abs_diff(start) <= 60_000_000_000);
    assert!(end.abs_diff(start + 600_000_000_000) <= 60_000_000_000);
    let named = |one: &(String, String)| *one == ("host".to_owned(), "app-4".to_owned());
    assert!(incident.contributors[0].dimensions.iter().any(named));
    let failed = incident
        .impact
        .failed_requests
        .expect("failures are counted");
    assert!((90.0..250.0).contains(&failed), "{failed}");
}

#[test]
fn a_quiet_log_of_two_hundred_clients_says_nothing() {
    let snapshot = analysed(log(17, 30, |_, _, _| false));
    let counted = ["client=", "endpoint=", "host="].map(|one| series_of(&snapshot, one));
    assert!(
        counted[0] == 21 && counted[1] >= 6 && counted[2] >= 4,
        "{counted:?}"
    );
    assert!(snapshot.incidents.is_empty(), "{:?}", titles(&snapshot));
    let entities = snapshot.anomalies.iter().filter(|one| one.is_entity());
    let said: Vec<String> = entities.map(|one| one.signal.full_name()).collect();
    assert!(said.is_empty(), "{said:?}");
}
