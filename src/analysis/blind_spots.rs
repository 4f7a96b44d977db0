//! What rfo cannot see: gaps, unparsed lines, assumed zones, sources that end early, lanes
//! that nobody gave, bounds that were reached.

use super::BlindSpot;
use super::conclude::Gathered;
use super::plan::Kind;
use crate::clock::words::length;
use crate::series::{Role, Series, Values};

/// A share of unparsed lines from which it is worth a line.
const UNPARSED_SHARE: f64 = 0.0005;
/// A source that ends this share of the whole range early has ended.
const ENDED_SHARE: f64 = 0.05;
/// A gap is a stretch without an event where at least this many were to be expected.
const GAP_EVENTS: f64 = 30.0;

/// All blind spots, by source.
pub fn find(gathered: &Gathered<'_>, series: &[Series]) -> Vec<BlindSpot> {
    let mut found = Vec::new();
    for (planned, tally) in gathered.planned.iter().zip(&gathered.merged.tallies) {
        let name = &planned.source.label;
        let input = tally.input(planned);
        let mut spot = |kind, what: String| {
            found.push(BlindSpot {
                source: name.clone(),
                what,
                kind,
                range: None,
            })
        };
        if let Some(error) = &input.error {
            spot("unreadable", error.clone());
        }
        let bearing = input.lines.saturating_sub(input.headers).max(1);
        let share = input.unparsed as f64 / bearing as f64;
        if share > UNPARSED_SHARE {
            spot(
                "unparsed",
                format!(
                    "{} of {} lines unparsed ({})",
                    input.unparsed,
                    input.lines,
                    percent(share)
                ),
            );
        }
        if matches!(planned.kind, Kind::Log(_)) && planned.zone_assumed {
            spot("zone", format!("zone {}", planned.zone_reason));
        }
        if planned.clock_offset_ns != 0 {
            spot(
                "zone",
                format!(
                    "clock shifted by {} on request",
                    length(planned.clock_offset_ns)
                ),
            );
        }
    }
    found.extend(ended(gathered));
    found.extend(
        series
            .iter()
            .filter(|one| one.signal.name == "request rate" || one.signal.name == "message rate")
            .flat_map(gaps),
    );
    found.extend(missing_lanes(series));
    found.extend(bounds(gathered));
    found
}

/// Blind spots where no log was given.
pub fn without_logs(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let mut found = find(gathered, &[]);
    found.retain(|spot| spot.kind != "missing_lane");
    let what =
        "no log with a readable time stamp: durations rest on people's records alone".to_owned();
    found.push(BlindSpot {
        source: String::new(),
        what,
        kind: "missing_lane",
        range: None,
    });
    found
}

fn percent(share: f64) -> String {
    if share < 0.1 {
        format!("{:.2} %", share * 100.0)
    } else {
        format!("{:.0} %", share * 100.0)
    }
}

/// Sources that end well before the others.
fn ended(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let ranges: Vec<_> = gathered
        .planned
        .iter()
        .zip(&gathered.merged.tallies)
        .filter_map(|(planned, tally)| Some((planned, tally.range()?)))
        .collect();
    let (Some(first), Some(last)) = (
        ranges.iter().map(|(_, range)| range.0).min(),
        ranges.iter().map(|(_, range)| range.1).max(),
    ) else {
        return Vec::new();
    };
    let early = ranges
        .iter()
        .filter(|(_, range)| (last - range.1) as f64 > ENDED_SHARE * (last - first) as f64);
    early
        .map(|(planned, range)| BlindSpot {
            source: planned.source.label.clone(),
            what: format!(
                "ends {} before the others: silent or cut off, the file cannot tell",
                length(last - range.1)
            ),
            kind: "ended",
            range: Some((range.1, last)),
        })
        .collect()
}

/// Stretches without an event in a source that otherwise has many.
fn gaps(series: &Series) -> Vec<BlindSpot> {
    let Values::Count(counts) = &series.values else {
        return Vec::new();
    };
    let covered = &counts[series.covered.clone()];
    let mut busy: Vec<u64> = covered.to_vec();
    busy.sort_unstable();
    let usual = busy.get(busy.len() / 2).copied().unwrap_or(0) as f64;
    let mut found = Vec::new();
    let mut run = 0;
    for (i, count) in covered.iter().chain(std::iter::once(&1)).enumerate() {
        if *count == 0 {
            run += 1;
            continue;
        }
        if run as f64 * usual >= GAP_EVENTS {
            let from = series.grid.time(series.covered.start + i - run);
            let to = series.grid.time(series.covered.start + i);
            let what = format!("no line for {}", length(to - from));
            found.push(BlindSpot {
                source: series.signal.source.clone(),
                what,
                kind: "gap",
                range: Some((from, to)),
            });
        }
        run = 0;
    }
    found
}

fn missing_lanes(series: &[Series]) -> Vec<BlindSpot> {
    let has = |is: &dyn Fn(&Series) -> bool| series.iter().any(is);
    let user_facing = |name: &'static str| {
        move |one: &Series| one.signal.role == Role::UserFacing && one.signal.name == name
    };
    let lanes: [(bool, &str); 3] = [
        (
            has(&user_facing("request rate")),
            "no access log: what users felt is not measured",
        ),
        (
            !has(&user_facing("request rate")) || has(&user_facing("error share")),
            "no status in any access log: failures are not measured",
        ),
        (
            !has(&user_facing("request rate")) || has(&user_facing("latency")),
            "no durations in any access log: slowness is not measured",
        ),
    ];
    let missing = lanes.into_iter().filter(|(there, _)| !there);
    missing
        .map(|(_, what)| BlindSpot {
            source: String::new(),
            what: what.to_owned(),
            kind: "missing_lane",
            range: None,
        })
        .collect()
}

fn bounds(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let bound = |what: String| BlindSpot {
        source: String::new(),
        what,
        kind: "bound",
        range: None,
    };
    let mut found = Vec::new();
    if gathered.merged.not_kept > 0 {
        found.push(bound(format!(
            "{} events are counted but not kept for drill-down and attribution",
            gathered.merged.not_kept
        )));
    }
    for (field, refused) in gathered.merged.refused() {
        found.push(bound(format!(
            "the table of {} names is full: {refused} names count as (other)",
            field.name()
        )));
    }
    found
}
