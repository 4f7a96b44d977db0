//! What the report rests on: anomalies outside incidents, what was tested, the inputs, and what
//! cannot be seen.

use crate::analysis::{Input, InputPart, Snapshot};
use crate::anomalies::settle::is_entity;
use crate::anomalies::{Anomaly, Direction, Tested};
use crate::clock::words::{clock_minute, date};
use crate::reports::layout::{Page, Paint, column};
use crate::reports::words::{Clock, amount, number, percent, plural, probability, tied};

/// Lines of a list shown at most; the rest is counted.
const SHOWN_MAX: usize = 12;
/// Cells of a table's path and format.
const PATH_WIDTH: usize = 24;
const FORMAT_WIDTH: usize = 12;

/// One anomaly: what, which way, since when, how far, how sure.
pub fn anomaly(page: &mut Page, clock: Clock, anomaly: &Anomaly) {
    let value = |x: f64| amount(x, &anomaly.signal.unit);
    let span = match &anomaly.end {
        Some(end) => format!("{} to {}", clock.when(&anomaly.start), clock.when(end)),
        None => format!("{}, not over", clock.when(&anomaly.start)),
    };
    let limit = anomaly
        .reaches_limit
        .map(|when| format!(", at its limit {}", clock.when(&when)));
    let words = format!(
        "{} {}, {span}{}{}: {}, expected {}, {} by {}{}",
        anomaly.signal.full_name(),
        direction(anomaly.direction),
        if anomaly.new_normal {
            " as the new normal"
        } else {
            ""
        },
        limit.unwrap_or_default(),
        value(anomaly.observed),
        value(anomaly.expected),
        probability(anomaly.p_value),
        anomaly.detector,
        clock.sources(&anomaly.evidence),
    );
    page.item(&format!("  {} ", anomaly.id), &words);
}

fn direction(direction: Direction) -> &'static str {
    match direction {
        Direction::Up => "up",
        Direction::Down => "down",
        Direction::Silence => "silent",
        Direction::Ramp => "climbing",
    }
}

/// Anomalies that make no window of an incident.
pub fn anomalies(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    let windows = || {
        snapshot
            .incidents
            .iter()
            .flat_map(|one| &one.incident.windows)
    };
    let in_window = |id: &String| windows().any(|window| window.anomalies.contains(id));
    let mut left: Vec<&Anomaly> = snapshot
        .anomalies
        .iter()
        .filter(|one| !in_window(&one.id) && !is_part(snapshot, one))
        .collect();
    if left.is_empty() {
        return;
    }
    // Whole signals first: many entities would crowd them out.
    left.sort_by(|a, b| {
        let by_score = || b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id));
        a.is_entity().cmp(&b.is_entity()).then_with(by_score)
    });
    page.heading("out of the ordinary, but not enough for an incident");
    for one in left.iter().take(SHOWN_MAX) {
        anomaly(page, clock, one);
    }
    more(page, left.len());
}

/// Whether it is an entity's part of what its whole source did at the same time.
fn is_part(snapshot: &Snapshot, part: &Anomaly) -> bool {
    let overlaps = |one: &Anomaly| {
        one.buckets.start < part.buckets.end && part.buckets.start < one.buckets.end
    };
    let same = |one: &Anomaly| {
        let (whole, part) = (&one.signal, &part.signal);
        !one.is_entity() && whole.source == part.source && whole.name == part.name
    };
    let mut all = snapshot.anomalies.iter();
    part.is_entity() && all.any(|one| same(one) && overlaps(one))
}

/// All whole signals that were tested; printed where there is no incident with its own checks.
/// Of many entities some are always normal: the JSON report has them.
pub fn tested(page: &mut Page, snapshot: &Snapshot) {
    let is_whole = |test: &&Tested| !is_entity(&snapshot.series[test.series]);
    let tested: Vec<&Tested> = snapshot.tested.iter().filter(is_whole).collect();
    if tested.is_empty() {
        return;
    }
    page.heading("tested, within baseline");
    for test in tested.iter().take(SHOWN_MAX) {
        let value = |x: f64| amount(x, &test.signal.unit);
        let (observed, expected) = (value(test.observed), value(test.expected));
        let n = tied(&format!(
            "n = {}, worst score {}",
            number(test.n as f64),
            number(test.worst_score)
        ));
        let words = format!("{observed}, expected {expected} ({n})");
        page.flow(
            Paint::Dim,
            "  ",
            4,
            &format!("{}: {words}", test.signal.full_name()),
        );
    }
    more(page, tested.len());
}

/// The sources as they were read.
pub fn inputs(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    if snapshot.inputs.is_empty() {
        return;
    }
    page.heading("inputs");
    let row = |cells: [&str; 6]| {
        let [path, format, lines, events, unparsed, range] = cells;
        let (path, format) = (
            column(&tail(path, PATH_WIDTH), PATH_WIDTH),
            column(format, FORMAT_WIDTH),
        );
        format!("  {path} {format} {lines:>9} {events:>9} {unparsed:>8} {range}")
    };
    page.painted(
        Paint::Dim,
        &row(["path", "format", "lines", "events", "unparsed", "range"]),
    );
    for input in &snapshot.inputs {
        let [lines, events, unparsed] = [input.lines, input.events, input.unparsed].map(count);
        page.line(&row([
            &input.path,
            &input.format,
            &lines,
            &events,
            &unparsed,
            &range(clock, snapshot, input),
        ]));
        if !input.parts.is_empty() {
            page.flow(Paint::Dim, "    ", 6, &parts(input));
        }
        if let Some(error) = &input.error {
            page.flow(Paint::Red, "    not read to its end: ", 6, error);
        } else if input.confidence == 0.0 {
            page.flow(Paint::Red, "    not read: ", 6, &input.reason);
        }
        if let Some(sample) = input.samples.first() {
            let words = format!("line {}: {}", sample.line, sample.text);
            page.flow(Paint::Dim, "    unparsed, e.g. ", 6, &words);
        }
    }
    zones(page, snapshot);
    for one in &snapshot.clock_proposals {
        let words = format!("{}: {}", one.words(), one.flag());
        page.flow(Paint::Yellow, "  clocks: ", 4, &words);
    }
}

/// The files of a rotated log, and where the lines of each begin among all.
fn parts(input: &Input) -> String {
    let part = |part: &InputPart| match part.first_line {
        Some(line) => format!("{} from line {}", part.file(), count(line)),
        None => part.file().to_owned(),
    };
    let shown: Vec<String> = input.parts.iter().take(SHOWN_MAX).map(part).collect();
    let more = match input.parts.len().saturating_sub(SHOWN_MAX) {
        0 => String::new(),
        n => format!(", +{n}"),
    };
    let files = plural(input.parts.len(), "file");
    format!("{files}, oldest first by name: {}{more}", shown.join(", "))
}

/// First and last instant that a record names.
fn told(snapshot: &Snapshot, path: &str) -> Option<(i64, i64)> {
    let record = snapshot.records.iter().find(|record| record.path == path)?;
    let claims = record.milestones.iter().map(|claim| claim.when.at_ns);
    let changes = record.changes.iter().map(|change| change.when.at_ns);
    let instants = claims.chain(changes);
    instants.clone().min().zip(instants.max())
}

fn range(clock: Clock, snapshot: &Snapshot, input: &Input) -> String {
    let Some((from, to)) = input.range.or_else(|| told(snapshot, &input.path)) else {
        return "no stamps".to_owned();
    };
    match clock.days {
        true => {
            let day = |ns| clock.zone.local(ns).format("%-d %b").to_string();
            if day(from) == day(to) {
                date(from, clock.zone)
            } else {
                format!("{}-{}", day(from), day(to))
            }
        }
        false => format!(
            "{}-{}",
            clock_minute(from, clock.zone),
            clock_minute(to, clock.zone)
        ),
    }
}

/// Which zone the stamps of which inputs were read in.
fn zones(page: &mut Page, snapshot: &Snapshot) {
    let mut zones: Vec<(&str, Vec<&str>)> = Vec::new();
    for input in snapshot
        .inputs
        .iter()
        .filter(|input| !input.zone.is_empty())
    {
        match zones.iter_mut().find(|(zone, _)| *zone == input.zone) {
            Some((_, paths)) => paths.push(&input.path),
            None => zones.push((&input.zone, vec![&input.path])),
        }
    }
    for (zone, paths) in zones {
        page.flow(
            Paint::Dim,
            "  ",
            4,
            &format!("stamps read as {zone}: {}", paths.join(", ")),
        );
    }
}

/// What cannot be seen, with its place in time where it has one.
pub fn blind_spots(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    if snapshot.blind_spots.is_empty() {
        return;
    }
    page.heading("cannot see");
    for spot in snapshot.blind_spots.iter().take(2 * SHOWN_MAX) {
        let span = spot
            .range
            .map(|(from, to)| format!(", {} to {}", clock.at(from), clock.at(to)));
        page.flow(
            Paint::Dim,
            "  ",
            4,
            &match spot.source.as_str() {
                "" => format!("{}{}", spot.what, span.unwrap_or_default()),
                source => format!("{source}: {}{}", spot.what, span.unwrap_or_default()),
            },
        );
    }
    if snapshot.blind_spots.len() > 2 * SHOWN_MAX {
        page.line(&format!(
            "  and {} more",
            snapshot.blind_spots.len() - 2 * SHOWN_MAX
        ));
    }
    let lines: u64 = snapshot.inputs.iter().map(|input| input.lines).sum();
    let unparsed: u64 = snapshot.inputs.iter().map(|input| input.unparsed).sum();
    if unparsed > 0 {
        page.flow(
            Paint::Dim,
            "  ",
            4,
            &format!(
                "{} of all lines could not be parsed",
                percent(unparsed as f64 / lines as f64)
            ),
        );
    }
}

/// The last cells of a text, since a path's end says more than its beginning.
fn tail(path: &str, width: usize) -> String {
    let n = path.chars().count();
    if n <= width {
        return path.to_owned();
    }
    let end: String = path.chars().skip(n + 1 - width).collect();
    format!("…{end}")
}

fn count(n: u64) -> String {
    match n {
        n if n >= 10_000_000 => format!("{:.1}M", n as f64 / 1e6),
        n => number(n as f64),
    }
}

fn more(page: &mut Page, n: usize) {
    if n > SHOWN_MAX {
        page.line(&format!("  and {} more", n - SHOWN_MAX));
    }
}
