//! Signals over a part of the time, closer than the buckets of their series, or of one entity that
//! has no series: counted again from the events.
//!
//! In: a snapshot, a stretch of it, which signals. Out: a series of each over that stretch, or why
//! there is none. Costs what the events of the stretch cost, and no more than `ROWS_MAX` of them
//! are looked at. Judges nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Input, Snapshot};
use crate::clock::NS_PER_S;
use crate::events::Text;
use crate::series::assemble::closer::{Stretch, Whose};
use crate::series::assemble::settled::{LEARNT_NS, whole_until_ns};
use crate::series::assemble::{MESSAGE_RATE, Nature};
use crate::series::{BucketWidth, Grid, Histogram, Series, Values};

/// Events looked at for one answer: a tenth of a second of one core, about.
pub const ROWS_MAX: usize = 3_000_000;
/// Work that began longer before the stretch than this is not looked for, ns.
const LASTING_NS_MAX: i64 = 3_600_000_000_000;
/// The entity that all are together that have no series of their own.
const OTHERS: &str = "(other)";

/// A signal that is looked at closely.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wanted {
    /// Index in `Snapshot::series`.
    pub series: usize,
    /// Of whom, where that is not the series' own: `host=app-1`.
    pub entity: Option<String>,
}

/// A stretch of time in equal cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cells {
    /// Start of the first, ns UTC.
    pub from_ns: i64,
    /// Width of each, ns; above zero.
    pub width_ns: i64,
    /// How many.
    pub n: usize,
}

/// Why a signal cannot be looked at more closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Too many events lie in the stretch: so many.
    Many(usize),
    /// Not all of its source's events were kept.
    NotKept,
    /// Its source holds events of several kinds, which cannot be told apart any more.
    Mixed,
    /// It follows from more than the events of the stretch.
    Derived,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Closer {
    /// By the signal's full name.
    pub series: BTreeMap<String, Series>,
    /// Those that keep the steps of their buckets, by full name.
    pub kept: BTreeMap<String, Why>,
    /// Those whose stamps are whole seconds, where cells are narrower than that; by full name.
    pub whole_seconds: BTreeSet<String>,
    /// Events that were looked at.
    pub rows: usize,
}

/// The full name of a signal that is looked at; `None` where there is no such series.
pub fn name_of(snapshot: &Snapshot, wanted: &Wanted) -> Option<String> {
    let mut signal = snapshot.series.get(wanted.series)?.signal.clone();
    signal.entity = wanted.entity.clone().or(signal.entity);
    Some(signal.full_name())
}

/// Looks at some signals over a stretch. `None` where `goes_on` said no. The same snapshot and
/// cells give the same answer.
pub fn closer(
    snapshot: &Snapshot,
    cells: Cells,
    wanted: &[Wanted],
    goes_on: &dyn Fn() -> bool,
) -> Option<Closer> {
    let mut found = Closer::default();
    let mut by_source: BTreeMap<usize, Vec<(String, &Wanted, Whose)>> = BTreeMap::new();
    for one in wanted {
        let Some(name) = name_of(snapshot, one) else {
            continue;
        };
        match place(snapshot, one) {
            Ok((source, whose)) => {
                by_source
                    .entry(source)
                    .or_default()
                    .push((name, one, whose));
            }
            Err(why) => drop(found.kept.insert(name, why)),
        }
    }
    for (source, mine) in by_source {
        of_source(snapshot, cells, source, mine, &mut found, goes_on)?;
    }
    Some(found)
}

/// The source of a signal and whose events of it are meant.
fn place(snapshot: &Snapshot, wanted: &Wanted) -> Result<(usize, Whose), Why> {
    let series = &snapshot.series[wanted.series];
    let is_mine = |input: &Input| input.label == series.signal.source;
    let source = snapshot
        .inputs
        .iter()
        .position(is_mine)
        .ok_or(Why::Derived)?;
    let input = &snapshot.inputs[source];
    let kept = snapshot.store.rows_of(source);
    if kept == 0 || kept as u64 != input.events {
        return Err(Why::NotKept);
    }
    let [nature] = input.natures[..] else {
        return Err(Why::Mixed);
    };
    let entity = wanted.entity.as_ref().or(series.signal.entity.as_ref());
    if nature == Nature::Metric {
        let label = entity.cloned().unwrap_or_default();
        return Ok((source, Whose::Gauge(series.signal.name.clone(), label)));
    }
    let Some((field, value)) = entity.and_then(|entity| entity.split_once('=')) else {
        return Ok((source, Whose::All));
    };
    let text = field_of(field).ok_or(Why::Derived)?;
    Ok((
        source,
        match value == OTHERS {
            true => Whose::Others(text, own_names(snapshot, series, field)),
            false => Whose::Value(text, value.to_owned()),
        },
    ))
}

fn field_of(name: &str) -> Option<Text> {
    match name {
        "template" => Some(Text::Message),
        name => Text::named(name),
    }
}

/// The values of a dimension that have series of their own.
fn own_names(snapshot: &Snapshot, of: &Series, field: &str) -> Vec<String> {
    let mine = snapshot.series.iter();
    let mine = mine.filter(|one| one.signal.source == of.signal.source);
    let entities = mine.filter_map(|one| one.signal.entity.as_ref()?.split_once('='));
    let values = entities.filter(|(name, value)| *name == field && *value != OTHERS);
    values.map(|(_, value)| value.to_owned()).collect()
}

fn of_source(
    snapshot: &Snapshot,
    cells: Cells,
    source: usize,
    mine: Vec<(String, &Wanted, Whose)>,
    found: &mut Closer,
    goes_on: &dyn Fn() -> bool,
) -> Option<()> {
    let input = &snapshot.inputs[source];
    let width = BucketWidth::nanoseconds(cells.width_ns).unwrap_or(BucketWidth::SECOND);
    let grid = Grid {
        start_ns: cells.from_ns,
        width,
        n: cells.n,
    };
    let in_flight = |(_, one, _): &(String, &Wanted, Whose)| {
        snapshot.series[one.series].signal.name == "in flight"
    };
    let lasting_ns = match mine.iter().any(in_flight) {
        true => longest_ns(snapshot, &input.label, grid),
        false => 0,
    };
    let stretch = Stretch {
        store: &snapshot.store,
        source,
        label: &input.label,
        nature: input.natures[0],
        grid,
        covered: covered(snapshot, input, grid),
        lasting_ns,
    };
    let rows = snapshot.store.rows_touching(source, &[stretch.range()]);
    if found.rows + rows > ROWS_MAX {
        let names = mine.into_iter().map(|(name, ..)| (name, Why::Many(rows)));
        found.kept.extend(names);
        return Some(());
    }
    found.rows += rows;
    let mut whose: Vec<Whose> = Vec::new();
    for (_, _, one) in &mine {
        if !whose.contains(one) {
            whose.push(one.clone());
        }
    }
    let counted = stretch.series(&whose, goes_on)?;
    for (name, one, meant) in mine {
        let own = &snapshot.series[one.series];
        let at = whose.iter().position(|other| *other == meant);
        let made = at.and_then(|at| counted[at].series.iter().find(|made| is_same(made, own)));
        if cells.width_ns < NS_PER_S && at.is_some_and(|at| counted[at].whole_seconds) {
            found.whole_seconds.insert(name.clone());
        }
        match made {
            Some(made) => drop(found.series.insert(name, like(own, one, made))),
            None => drop(found.kept.insert(name, Why::Derived)),
        }
    }
    Some(())
}

/// Whether a series that was counted is what another shows.
fn is_same(made: &Series, own: &Series) -> bool {
    let of_template = own.signal.entity.as_deref();
    let of_template = of_template.is_some_and(|entity| entity.starts_with("template="));
    let name = match of_template {
        true => MESSAGE_RATE,
        false => own.signal.name.as_str(),
    };
    made.signal.name == name
}

/// The counts with the names of the series that they are of.
fn like(own: &Series, wanted: &Wanted, made: &Series) -> Series {
    let mut series = Series {
        signal: own.signal.clone(),
        family: own.family,
        limit: own.limit.filter(|_| wanted.entity.is_none()),
        ..made.clone()
    };
    series.signal.entity = wanted.entity.clone().or(series.signal.entity);
    series
}

/// The durations of a source per bucket of its series.
fn durations<'a>(snapshot: &'a Snapshot, label: &str) -> Option<(&'a Grid, &'a [Histogram])> {
    let mut mine = snapshot
        .series
        .iter()
        .filter(|one| one.signal.source == label && one.signal.entity.is_none());
    mine.find_map(|one| match &one.values {
        Values::Latency(bins) => Some((&one.grid, bins.as_slice())),
        _ => None,
    })
}

/// How long the longest work took that may be in flight on a grid, ns.
fn longest_ns(snapshot: &Snapshot, label: &str, grid: Grid) -> i64 {
    let Some((own, bins)) = durations(snapshot, label) else {
        return 0;
    };
    let from = own.nearest(grid.start_ns.saturating_sub(LASTING_NS_MAX));
    let to = own.nearest(grid.end_ns()) + 1;
    let near = bins.get(from..to.min(bins.len())).unwrap_or(&[]).iter();
    let longest_us = near
        .filter_map(|bins| bins.bins().next_back())
        .map(|bin| bin.0)
        .max();
    let longest_us = i64::try_from(longest_us.unwrap_or(0)).unwrap_or(i64::MAX);
    // A bin's lower edge is at most 1/32 below what is in it.
    let longest_ns = longest_us.saturating_mul(1000);
    longest_ns
        .saturating_add(longest_ns / 32 + 1000)
        .min(LASTING_NS_MAX)
}

/// The cells between a source's first event and up to when all is known of it.
fn covered(snapshot: &Snapshot, input: &Input, grid: Grid) -> Range<usize> {
    let Some((first_ns, last_ns)) = input.range else {
        return 0..0;
    };
    let mut took = Histogram::default();
    if let Some((own, bins)) = durations(snapshot, &input.label) {
        let newest = own.nearest(last_ns.saturating_sub(LEARNT_NS));
        bins.iter().skip(newest).for_each(|one| took.merge(one));
    }
    let until_ns = whole_until_ns(&took, (first_ns, last_ns));
    // The cell of the first event is whole from there on; that of the last is not whole yet.
    let width_ns = grid.width.ns();
    let cell = |ns: i64| ns.saturating_sub(grid.start_ns).div_euclid(width_ns);
    let (first, end) = (cell(first_ns), cell(until_ns));
    let end = if end > first { end } else { first + 1 };
    let clamp = |i: i64| i.clamp(0, grid.n as i64) as usize;
    clamp(first)..clamp(end)
}

#[cfg(test)]
mod tests;
