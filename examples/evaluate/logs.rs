//! Real logs through the whole product.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use rfo::analysis::{Options, Show, Snapshot, Timings, analyse};
use rfo::clock::words::rfc3339;
use rfo::input::discover;

/// What rfo concludes from these paths with default options.
pub fn analysed(paths: Vec<PathBuf>) -> Snapshot {
    let options = Options::new(paths);
    let (sources, _) = discover(&options.sources);
    analyse(
        "evaluation",
        sources,
        &options,
        &Timings::default(),
        Show::Nothing,
    )
}

/// Start and end of the floods in the Apache access log, and how many clients made them.
const FLOODS: [(&str, &str, usize); 4] = [
    ("03:28:46", "03:31:44", 1),
    ("11:53:04", "11:53:45", 1),
    ("12:04:22", "12:19:07", 2),
    ("13:27:04", "13:42:36", 1),
];
const SLACK_NS: i64 = 120_000_000_000;

/// Which of the four floods are windows of an incident, and who is named.
pub fn floods(folder: &Path) -> String {
    let snapshot = analysed(vec![folder.join("apache_access.log")]);
    let mut text =
        "rootly-apache, one access log\n\n| flood | window | contributors |\n|---|---|---|\n"
            .to_owned();
    for (start, end, clients) in FLOODS {
        let at = |clock: &str| {
            rfo::cli::instant_of(&format!("2025-01-29T{clock}Z"), rfo::clock::Zone::UTC, 0)
                .expect("the table has times")
        };
        let (from, to) = (at(start), at(end));
        let found = snapshot.incidents.iter().find_map(|one| {
            let window = one.incident.windows.iter().find(|window| {
                let ends = window.end.map_or(i64::MAX, |end| end.at_ns);
                window.start.at_ns <= to + SLACK_NS && from <= ends.saturating_add(SLACK_NS)
            })?;
            Some((one, window))
        });
        let (window, named) = found.map_or_else(
            || ("none".to_owned(), String::new()),
            |(one, window)| {
                let end = window
                    .end
                    .map_or_else(|| "open".to_owned(), |end| rfc3339(end.at_ns));
                // Addresses stay where they are; who is named is counted.
                let named = one
                    .incident
                    .contributors
                    .iter()
                    .take(3)
                    .filter_map(|one| one.dimensions.last());
                let clients = named.clone().filter(|(name, _)| name == "client").count();
                let all: Vec<&str> = named.map(|(name, _)| name.as_str()).collect();
                (
                    format!("{} to {end}", rfc3339(window.start.at_ns)),
                    format!("{} ({clients} clients)", all.join(", ")),
                )
            },
        );
        let _ = writeln!(
            text,
            "| {start}-{end}, {clients} clients | {window} | {named} |"
        );
    }
    let _ = writeln!(text, "\n{} incidents in all", snapshot.incidents.len());
    text
}

/// How many incidents a sampled log has, and what is said about its sampling.
pub fn sampled(folder: &Path) -> String {
    let snapshot = analysed(vec![folder.join("apache_logs")]);
    let mut text = format!("elastic-examples: {} incidents\n", snapshot.incidents.len());
    for spot in &snapshot.blind_spots {
        let _ = writeln!(text, "  {}: {}", spot.kind, spot.what);
    }
    text
}
