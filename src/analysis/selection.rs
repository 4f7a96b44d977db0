//! Any range against the rest of the data: what every source did differently, and who or what
//! explains it.
//!
//! In: a `Snapshot` and a range. Out: a `Selection`, one entry per source and signal. Needs no
//! incident and finds none: the range is the user's.

use std::ops::Range;

use serde::Serialize;

use super::{Input, Snapshot};
use crate::incidents::Contributor;
use crate::incidents::attribution::{Compared, Naming, measure_of, of_signal};
use crate::incidents::decomposition::{Decomposition, WORK, decompose};
use crate::incidents::excess::{Measure, excess_of, levels};
use crate::incidents::stretches::Stretches;
use crate::series::query::Split;
use crate::series::tally::{Tally, rows_at_once};
use crate::series::{Dimension, Grid, Values};

/// A signal below this many times its rest has no excess worth explaining...
const MOVED: f64 = 1.1;
/// ... nor one within this many Poisson errors of it.
const ERRORS_MIN: f64 = 3.0;

/// A range against the rest.
#[derive(Debug, Clone, PartialEq)]
pub struct Selection {
    /// First instant, ns UTC.
    pub from_ns: i64,
    /// First instant after it, ns UTC.
    pub to_ns: i64,
    /// Per source, in their order: requests, messages, slow queries or jobs; then failures, time
    /// per request and error messages, where the source has them.
    pub sources: Vec<Selected>,
}

/// One signal of one source in the range and in the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Selected {
    /// Its full name.
    pub signal: String,
    /// The unit of `observed` and `baseline`: `1/s`, `share`, `s`.
    pub unit: &'static str,
    /// In the range.
    pub observed: f64,
    /// In the rest of what the source has; `null` where it has nothing else.
    pub baseline: Option<f64>,
    /// Observed over baseline; `null` where there is none or it is 0.
    pub ratio: Option<f64>,
    /// Events in the range.
    pub events: u64,
    /// Extra time by traffic, mix and cost; of durations only.
    pub decomposition: Option<Decomposition>,
    /// Who or what makes up the excess, where there is one.
    pub contributors: Vec<Contributor>,
}

/// Compares a range, ns UTC, half-open, with all other data, incidents included. Sources that do
/// not reach into it are left out. Costs about 130 ns per event (`benches/stages.rs`), the sources
/// side by side.
pub fn select(snapshot: &Snapshot, range: Range<i64>) -> Selection {
    let sources = side_by_side(snapshot, |source, input| {
        let (first, last) = input.range?;
        let stretches =
            Stretches::against_the_rest(range.clone(), &(first..last.saturating_add(1)));
        let compared = compared(snapshot, source, stretches)?;
        Some(signals_of(snapshot, input, &compared))
    });
    Selection {
        from_ns: range.start,
        to_ns: range.end,
        sources: sources.into_iter().flatten().collect(),
    }
}

/// Looks at all sources at the same time; the answers in their order.
pub(super) fn side_by_side<T: Send>(
    snapshot: &Snapshot,
    look: impl Fn(usize, &Input) -> Option<T> + Sync,
) -> Vec<T> {
    let look = &look;
    std::thread::scope(|scope| {
        let inputs = snapshot.inputs.iter().enumerate();
        let working: Vec<_> = inputs
            .map(|(source, input)| scope.spawn(move || look(source, input)))
            .collect();
        let done = working.into_iter().map(|one| one.join());
        done.filter_map(|one| one.expect("attribution does not panic"))
            .collect()
    })
}

/// A source's events in some stretches and in others; `None` where there is nothing to compare.
pub(super) fn compared(
    snapshot: &Snapshot,
    source: usize,
    stretches: Stretches,
) -> Option<Compared> {
    let can_be_split = !signals(snapshot, &snapshot.inputs[source].label).is_empty();
    if !can_be_split || stretches.selection.is_empty() {
        return None;
    }
    // The sources are looked at side by side.
    let rows_max = rows_at_once(&snapshot.store, source, snapshot.inputs.len());
    Some(Compared::new(&snapshot.store, source, stretches, rows_max))
}

/// Every signal of a source that can be split; none where the snapshot has no time axis.
pub(super) fn signals_of(snapshot: &Snapshot, input: &Input, compared: &Compared) -> Vec<Selected> {
    let Some(grid) = snapshot.grid else {
        return Vec::new();
    };
    signals(snapshot, &input.label)
        .into_iter()
        .map(|(measure, signal)| selected(snapshot, input, grid, compared, measure, signal))
        .collect()
}

/// What can be split of a source, each measure once, with the name of its signal.
fn signals(snapshot: &Snapshot, label: &str) -> Vec<(Measure, String)> {
    let mut found: Vec<(Measure, String)> = Vec::new();
    let mine = snapshot
        .series
        .iter()
        .filter(|one| one.signal.source == label && one.signal.entity.is_none());
    for series in mine {
        let is_level = matches!(series.values, Values::Gauge(_));
        let measure = measure_of(series.family, &series.signal.name).filter(|_| !is_level);
        if let Some(measure) = measure
            && !found.iter().any(|(known, _)| *known == measure)
        {
            found.push((measure, series.signal.full_name()));
        }
    }
    found.sort_by_key(|(measure, _)| *measure);
    found
}

fn selected(
    snapshot: &Snapshot,
    input: &Input,
    grid: Grid,
    compared: &Compared,
    measure: Measure,
    signal: String,
) -> Selected {
    let (tally, stretches) = (&compared.tally, &compared.stretches);
    let [baseline, observed] = levels(&tally.whole, measure, stretches);
    let baseline = (!stretches.baseline.is_empty()).then_some(baseline);
    let naming = Naming {
        store: &snapshot.store,
        path: &input.path,
        signal: &signal,
        at_ns: stretches.selection[0].start,
        grid,
    };
    let contributors = match has_excess(tally, measure, stretches.scale()) {
        true => of_signal(compared, measure, naming),
        false => Vec::new(),
    };
    Selected {
        unit: measure.unit(),
        observed,
        baseline,
        ratio: baseline
            .filter(|baseline| *baseline > 0.0)
            .map(|baseline| observed / baseline),
        events: tally.whole.events[1],
        decomposition: (measure == Measure::Seconds)
            .then(|| extra_time(tally, stretches.scale()))
            .flatten(),
        contributors,
        signal,
    }
}

/// Whether more was seen than the rest leads to expect, and more than chance would add.
fn has_excess(tally: &Tally, measure: Measure, scale: f64) -> bool {
    let Some(excess) = excess_of(&tally.whole, measure, scale, &tally.whole) else {
        return false;
    };
    let error = match measure {
        Measure::Seconds => 0.0,
        Measure::Events | Measure::Failed | Measure::Errors => (excess.expected + 1.0).sqrt(),
    };
    scale > 0.0 && excess.observed > MOVED * excess.expected && excess.above > ERRORS_MIN * error
}

fn extra_time(tally: &Tally, scale: f64) -> Option<Decomposition> {
    let kinds = WORK.into_iter().find_map(|field| {
        let is_it = |dimension: Dimension| dimension == Dimension::Text(field);
        tally
            .columns
            .iter()
            .find(|column| is_it(column.dimension) && column.values() > 1)
    });
    let whole: [Split; 1] = [tally.whole];
    match kinds {
        Some(column) => decompose(Some(column.dimension.name()), &column.splits, scale),
        None => decompose(None, &whole, scale),
    }
}
