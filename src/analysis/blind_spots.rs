//! What rfo cannot see: gaps, unparsed lines, assumed zones, sources that end early, lanes
//! that nobody gave, bounds that were reached.

use super::BlindSpot;
use super::breakdowns::TEMPLATES_MAX;
use super::by_value::{VALUES_FEW, values_max};
use super::conclude::Gathered;
use super::extent;
use super::plan::Kind;
use super::sampling;
use crate::clock::words::length;
use crate::series::assemble::GAUGES_MAX;
use crate::series::{BucketWidth, Grid, Role, Series, Values, queue};

/// A share of unparsed lines from which it is worth a line.
const UNPARSED_SHARE: f64 = 0.0005;
/// Jobs that were in a queue before its log began are worth a line from this share on.
const UNSEEN_SHARE: f64 = 0.001;
/// A source that ends this share of the whole range early has ended.
const ENDED_SHARE: f64 = 0.05;
/// Failures above this share in nine tenths of the buckets are no baseline.
const HEALTHY_SHARE_MAX: f64 = 0.05;
/// A gap is a stretch without an event where at least this many were to be expected.
const GAP_EVENTS: f64 = 30.0;

/// Rates of whole sources: where they stop, the source does.
const RATES: [&str; 3] = ["request rate", "message rate", "enqueue rate"];

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
        let share = tally.unparsed_share();
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
        for copy in planned.source.copies() {
            spot("copy", copy.words());
        }
        for what in &planned.assumed {
            spot("time", what.clone());
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
    found.extend(gathered.options.troubles.iter().map(|trouble| BlindSpot {
        source: trouble.source.clone(),
        what: trouble.without_name().to_owned(),
        kind: "unreadable",
        range: None,
    }));
    found.extend(super::unmapped::unmapped(gathered));
    found.extend(ended(gathered));
    found.extend(rates(series).flat_map(gaps));
    found.extend(rates(series).filter_map(sampling::find));
    let whole = series.iter().filter(|one| one.signal.entity.is_none());
    found.extend(whole.filter_map(never_healthy));
    found.extend(missing_lanes(series));
    found.extend(bounds(gathered));
    found.extend(
        series
            .first()
            .and_then(|one| few_values(gathered, &one.grid)),
    );
    found
}

/// What sources write, as counts.
fn rates(series: &[Series]) -> impl Iterator<Item = &Series> {
    series
        .iter()
        .filter(|one| RATES.contains(&one.signal.name.as_str()) && one.signal.entity.is_none())
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

/// An error share that is high throughout has no healthy stretch to be compared with.
fn never_healthy(series: &Series) -> Option<BlindSpot> {
    let Values::Ratio { k, n } = &series.values else {
        return None;
    };
    let mut shares: Vec<f64> = k
        .iter()
        .zip(n)
        .filter(|(_, n)| **n > 0)
        .map(|(k, n)| *k as f64 / *n as f64)
        .collect();
    shares.sort_by(f64::total_cmp);
    let low = shares
        .get(shares.len() / 10)
        .copied()
        .filter(|low| *low >= HEALTHY_SHARE_MAX)?;
    let what = format!(
        "{} is at least {:.0} % nearly throughout: there is no healthy stretch to compare with",
        series.signal.name,
        low * 100.0
    );
    Some(BlindSpot {
        source: series.signal.source.clone(),
        what,
        kind: "baseline",
        range: None,
    })
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

/// Where the range is so long that hardly any client or host has a series of its own.
fn few_values(gathered: &Gathered<'_>, grid: &Grid) -> Option<BlindSpot> {
    let values = values_max(gathered, grid).filter(|values| *values < VALUES_FEW)?;
    Some(BlindSpot {
        source: String::new(),
        what: match values {
            0 => "long range: no client, endpoint or host is looked at one by one".to_owned(),
            _ => format!(
                "long range: {values} clients, endpoints and hosts of each source are looked at one by one"
            ),
        },
        kind: "bound",
        range: None,
    })
}

/// Programs with more kinds of messages than have a series of their own.
fn few_templates(gathered: &Gathered<'_>) -> impl Iterator<Item = String> {
    let planned = gathered.planned.iter().enumerate();
    planned.filter_map(|(source, planned)| {
        let templates = gathered.merged.templates_of(source);
        let label = &planned.source.label;
        (templates > TEMPLATES_MAX).then(|| {
            format!(
                "{label}: {TEMPLATES_MAX} of its {templates} kinds of messages are looked at one by one"
            )
        })
    })
}

fn bounds(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let bound = |what: String| BlindSpot {
        source: String::new(),
        what,
        kind: "bound",
        range: None,
    };
    let mut found = Vec::new();
    found.extend(memory(gathered).into_iter().map(bound));
    if let Some(extent) = gathered.extent().filter(|extent| extent.strays > 0) {
        found.push(bound(format!(
            "{} events lie far before or after all others and are left out of the series",
            extent.strays
        )));
    }
    let finest = extent::finest(gathered);
    if finest > BucketWidth::MINUTE {
        found.push(bound(format!(
            "long work or a long range: counted in buckets of {} s",
            finest.as_s()
        )));
    }
    if let Some(asked) = gathered
        .options
        .bucket
        .filter(|asked| *asked < finest || asked.ns() % finest.ns() != 0)
    {
        found.push(bound(format!(
            "buckets of {} s were asked for, but the data are counted in {} s",
            asked.as_s(),
            finest.as_s()
        )));
    }
    found.extend(bounds_of_sources(gathered).into_iter().map(bound));
    found.extend(few_templates(gathered).map(bound));
    found
}

/// What questions of the events did not look at; to be asked after them.
pub fn of_questions(gathered: &Gathered<'_>) -> Vec<BlindSpot> {
    let store = gathered.merged.store();
    let label = |source: usize| gathered.planned[source].source.label.clone();
    let samples = store.samples().into_iter();
    let samples = samples.map(|(source, rows, taken)| {
        let what = format!("of {rows} events a sample of {taken} was compared: --max-memory");
        (label(source), what)
    });
    let unreadable = store.unreadable().map(|(events, why)| {
        let what = format!("{events} events cannot be read back from the temporary file: {why}");
        (String::new(), what)
    });
    let found = samples.chain(unreadable);
    found
        .map(|(source, what)| BlindSpot {
            source,
            what,
            kind: "bound",
            range: None,
        })
        .collect()
}

/// What the memory that is allowed did not hold.
fn memory(gathered: &Gathered<'_>) -> Vec<String> {
    let merged = gathered.merged;
    let mut found = Vec::new();
    if let Some((events, why)) = merged.kept.lost() {
        found.push(format!(
            "{events} events are counted but cannot be opened: {why}"
        ));
    }
    let why = match merged.names_closed {
        true => "no room for more names: --max-memory",
        false => "its table is full",
    };
    for (field, events, held) in merged.unnamed() {
        found.push(format!(
            "{}: {events} events count as (other) beside {held} that are told apart; {why}",
            field.name()
        ));
    }
    if merged.counts_widened {
        found.push("no room for finer counts: wider buckets: --max-memory".to_owned());
    }
    found
}

/// The bounds that single sources reached.
fn bounds_of_sources(gathered: &Gathered<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for (planned, tally) in gathered.planned.iter().zip(&gathered.merged.tallies) {
        let width = tally.rollup.width();
        for table in tally.rollup.tables().values() {
            let (unseen, came) = queue::unseen(table, width);
            if unseen as f64 > UNSEEN_SHARE * came as f64 && came > 0 {
                let what = format!(
                    "{}: {unseen} jobs ended that were never seen to be enqueued; until then backlog and job age are lower bounds",
                    planned.source.label
                );
                found.push(what);
            }
        }
        let gauges = tally.rollup.tables().len();
        if gauges > GAUGES_MAX {
            found.push(format!(
                "{}: {GAUGES_MAX} of its {gauges} gauges are looked at",
                planned.source.label
            ));
        }
    }
    found
}
