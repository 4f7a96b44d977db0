//! Real logs that nobody here wrote. They are not part of the project: the environment variable
//! `RFO_CORPUS` names the folder that holds them; without it these tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use rfo::analysis::{Input, Options, Snapshot};
use rfo::events::Number;
use serde_json::Value;

use crate::made::analysed;

/// A folder of the corpus, if there is one.
pub(crate) fn corpus(folder: &str) -> Option<PathBuf> {
    let Some(root) = std::env::var_os("RFO_CORPUS") else {
        eprintln!("skipped: RFO_CORPUS is not set");
        return None;
    };
    let path = Path::new(&root).join(folder);
    assert!(path.is_dir(), "RFO_CORPUS has no {}", path.display());
    Some(path)
}

/// The files of a folder whose names end so, in order.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    assert!(!paths.is_empty(), "no {ending} in {}", folder.display());
    paths
}

fn read(path: &Path) -> Snapshot {
    analysed(&[path.to_path_buf()], |_: &mut Options| {})
}

/// Every line is an event, a part of one, a header, or counted as unparsed. Prints the tally.
fn accounted(snapshot: &Snapshot) -> &Input {
    let input = &snapshot.inputs[0];
    let Input {
        lines,
        events,
        joined,
        unparsed,
        headers,
        ..
    } = input;
    let name = input.path.rsplit('/').next().unwrap_or_default();
    eprintln!(
        "{name}: {}, {lines} lines, {events} events, {joined} joined, {headers} headers, {unparsed} unparsed",
        input.format
    );
    assert_eq!(input.error, None, "{name}");
    assert_eq!(*lines, events + joined + unparsed + headers, "{name}");
    input
}

#[test]
fn logs_of_servers_are_accounted_for() {
    for folder in [
        "crowdsec/nginx_http-logs",
        "crowdsec/haproxy-logs",
        "crowdsec/mysql-logs",
    ] {
        let Some(folder) = corpus(folder) else { return };
        for path in files(&folder, ".log") {
            accounted(&read(&path));
        }
    }
}

/// Count and sum of `Query_time` in seconds, as another program has them.
fn oracle(path: &Path) -> Option<(u64, f64)> {
    let text = fs::read_to_string(format!("{}.digest.json", path.display())).ok()?;
    let digest: Value = serde_json::from_str(&text).ok()?;
    let sum = digest["global"]["metrics"]["Query_time"]["sum"]
        .as_str()?
        .parse()
        .ok()?;
    Some((digest["global"]["query_count"].as_u64()?, sum))
}

#[test]
fn slow_query_logs_of_many_versions_are_accounted_for() {
    let Some(folder) = corpus("percona-slow") else {
        return;
    };
    let (mut comparable, mut same) = (0, 0);
    for path in files(&folder, ".txt") {
        let snapshot = read(&path);
        let input = accounted(&snapshot);
        let Some((count, sum_s)) = oracle(&path) else {
            continue;
        };
        let latencies = snapshot
            .store
            .chunks()
            .flat_map(|(_, chunk)| chunk.number(Number::LatencyUs).to_vec());
        let found_s = latencies.map(|us| us as f64 / 1e6).sum::<f64>();
        let agrees = input.events == count && (found_s - sum_s).abs() <= 1e-3 * sum_s.max(1e-3);
        eprintln!(
            "    {count} queries of {sum_s} s elsewhere, {} of {found_s:.6} s here{}",
            input.events,
            if agrees { "" } else { ": other" }
        );
        comparable += 1;
        same += usize::from(agrees);
    }
    eprintln!("the same count and sum in {same} of {comparable} files");
}

/// The clients that asked for a path most often in `[from, until]`, times written as in the log.
fn busiest_clients(log: &str, path: &str, from: &str, until: &str, n: usize) -> Vec<String> {
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for line in log.lines().filter(|line| line.contains(path)) {
        let time = line
            .split_once('[')
            .map_or("", |(_, rest)| rest.get(12..20).unwrap_or(""));
        if (from..=until).contains(&time) {
            *counts
                .entry(line.split(' ').next().unwrap_or(""))
                .or_default() += 1;
        }
    }
    let mut busiest: Vec<(&str, usize)> = counts.into_iter().collect();
    busiest.sort_by_key(|(client, count)| (std::cmp::Reverse(*count), *client));
    busiest
        .into_iter()
        .take(n)
        .map(|(client, _)| client.to_owned())
        .collect()
}

#[test]
fn a_flood_of_one_endpoint_by_two_clients_is_found_with_its_authors() {
    let Some(folder) = corpus("rootly-apache") else {
        return;
    };
    let path = folder.join("apache_access.log");
    let snapshot = read(&path);
    let input = accounted(&snapshot);
    let log = String::from_utf8_lossy(&fs::read(&path).expect("the log can be read")).into_owned();
    assert_eq!(
        (input.lines, input.unparsed),
        (log.lines().count() as u64, 0)
    );

    let second = |clock: &str| {
        rfo::cli::instant_of(&format!("2025-01-29T{clock}Z"), rfo::clock::Zone::UTC, 0)
            .expect("a time")
    };
    let near = |at_ns: i64, clock: &str| (at_ns - second(clock)).abs() <= 60_000_000_000;
    let incidents = snapshot
        .incidents
        .iter()
        .map(|concluded| &concluded.incident);
    for incident in incidents.clone() {
        for window in &incident.windows {
            let end = window.end.map_or_else(
                || "open".to_owned(),
                |end| rfo::clock::words::rfc3339(end.at_ns),
            );
            eprintln!(
                "{}: {} to {end}: {}",
                incident.id,
                rfo::clock::words::rfc3339(window.start.at_ns),
                incident.title
            );
        }
    }
    let is_it = |window: &rfo::incidents::Window| {
        near(window.start.at_ns, "12:04:22")
            && window.end.is_some_and(|end| near(end.at_ns, "12:19:07"))
    };
    let found = incidents
        .clone()
        .find(|incident| incident.windows.iter().any(is_it));
    let incident = found.expect("a window from 12:04:22 to 12:19:07");
    let mut named: Vec<(String, String)> = incident
        .contributors
        .iter()
        .take(3)
        .filter_map(|one| one.dimensions.last().cloned())
        .collect();
    eprintln!("contributors: {named:?}");
    let clients = busiest_clients(&log, "/xmlrpc.php", "12:04:22", "12:19:07", 2);
    let mut expected: Vec<(String, String)> = clients
        .into_iter()
        .map(|client| ("client".to_owned(), client))
        .collect();
    expected.push(("endpoint".to_owned(), "/xmlrpc.php".to_owned()));
    named.sort();
    expected.sort();
    assert_eq!(named, expected);
}
