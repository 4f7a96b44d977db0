//! The Timeline where a cell is narrower than the buckets of the series, or where a lane shows an
//! entity that has no series: what is asked of the events, when, and what came back.
//!
//! Counted outside of `update`, on a thread of its own; a newer request ends an older one. The last
//! answer is kept: it is drawn wherever it is closer than the buckets, until the next is there.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::lanes::Lane;
use super::model::{Effect, Model, Screen};
use super::moves;
use super::numbers::figure;
use super::span::Span;
use super::words::plural;
use crate::analysis::Snapshot;
use crate::analysis::closer::{Cells, Closer, Wanted, Why, closer, name_of};
use crate::clock::words::length;

/// While data go on arriving an answer of up to so many events is asked for again at once...
const ROWS_AT_ONCE: usize = 200_000;
/// ... one of more when there is this part more.
const GROWN_PART: usize = 50;

/// A wish for a closer look.
#[derive(Debug, Clone)]
pub struct CloserRequest {
    /// Comes back with the answer.
    pub number: u64,
    /// The number of the newest request: an older one is not gone on with.
    newest: Arc<AtomicU64>,
    /// Of what.
    pub snapshot: Arc<Snapshot>,
    /// Which cells.
    pub cells: Cells,
    /// Which signals.
    pub wanted: Vec<Wanted>,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct CameCloser {
    /// The request's number.
    pub number: u64,
    /// What was counted; `None` where a newer request came meanwhile.
    pub closer: Option<Arc<Closer>>,
}

/// What a request is of.
#[derive(Debug, Clone, PartialEq)]
struct View {
    cells: Cells,
    names: Vec<String>,
}

/// The newest request, and the newest answer.
#[derive(Debug, Clone, Default)]
pub struct Closeness {
    /// Number of the newest request; answers to older ones are dropped.
    number: u64,
    newest: Arc<AtomicU64>,
    asked: Option<View>,
    /// Events that there were.
    events: usize,
    /// An answer is awaited.
    waiting: bool,
    /// The newest answer.
    shown: Option<Shown>,
}

/// An answer.
#[derive(Debug, Clone)]
struct Shown {
    number: u64,
    cells: Cells,
    closer: Arc<Closer>,
}

impl Closeness {
    /// Which answer is drawn, by the number of its request; 0 for none.
    pub fn drawn(&self) -> u64 {
        self.shown.as_ref().map_or(0, |shown| shown.number)
    }

    /// What was counted last.
    pub fn closer(&self) -> Option<&Closer> {
        self.shown.as_ref().map(|shown| &*shown.closer)
    }

    /// The request was lost on its way: it is made again with the next change.
    pub fn lost(&mut self) {
        (self.waiting, self.asked) = (false, None);
    }
}

/// Answers a request.
pub fn answer(request: &CloserRequest) -> CameCloser {
    let goes_on = || request.newest.load(Ordering::Relaxed) == request.number;
    let found = closer(&request.snapshot, request.cells, &request.wanted, &goes_on);
    CameCloser {
        number: request.number,
        closer: found.map(Arc::new),
    }
}

/// What must be counted for a lane at this zoom; `None` where its series will do.
fn wanted(snapshot: &Snapshot, lane: &Lane, cell_ns: i64) -> Option<Wanted> {
    let series = lane.series?;
    let is_coarse = cell_ns < snapshot.series.get(series)?.grid.width.ns();
    (is_coarse || lane.entity.is_some()).then(|| Wanted {
        series,
        entity: lane.entity.clone(),
    })
}

/// The lanes on the screen.
fn visible(model: &Model) -> &[Lane] {
    let drawn = &model.drawn;
    let from = drawn.first_lane.min(drawn.lanes.len());
    let to = (from + drawn.drawings.len()).min(drawn.lanes.len());
    &drawn.lanes[from..to]
}

fn all_wanted(model: &Model, snapshot: &Snapshot, cell_ns: i64) -> Vec<Wanted> {
    let lanes = visible(model).iter();
    lanes
        .filter_map(|lane| wanted(snapshot, lane, cell_ns))
        .collect()
}

/// The cells of a plot: rounded up, so that each begins in its column.
fn cells(span: Span, columns: usize) -> Cells {
    let n = columns.max(1);
    let length_ns = span.length_ns();
    Cells {
        from_ns: span.from_ns,
        width_ns: length_ns / n as i64 + i64::from(length_ns % n as i64 > 0),
        n,
    }
}

/// Asks for a closer look where the Timeline needs one that it does not have yet.
pub fn wish(model: &mut Model) -> Effect {
    let (Some(snapshot), Some(span)) = (model.snapshot.clone(), model.span()) else {
        return Effect::None;
    };
    if model.screen != Screen::Timeline {
        return Effect::None;
    }
    let cells = cells(span, moves::columns(model));
    let wanted = all_wanted(model, &snapshot, span.cell_ns(cells.n));
    if wanted.is_empty() {
        return Effect::None;
    }
    let names = wanted.iter().filter_map(|one| name_of(&snapshot, one));
    let view = View {
        cells,
        names: names.collect(),
    };
    let events = snapshot.store.len();
    let state = &mut model.closeness;
    let is_new = state.asked.as_ref() != Some(&view);
    let rows = state.closer().map_or(0, |closer| closer.rows);
    let more = events.abs_diff(state.events);
    let has_grown = more > 0 && (rows <= ROWS_AT_ONCE || more >= rows / GROWN_PART);
    if !is_new && (state.waiting || !has_grown) {
        return Effect::None;
    }
    state.number += 1;
    state.newest.store(state.number, Ordering::Relaxed);
    (state.asked, state.events, state.waiting) = (Some(view), events, true);
    Effect::Closer(CloserRequest {
        number: state.number,
        newest: Arc::clone(&state.newest),
        snapshot,
        cells,
        wanted,
    })
}

/// Takes the answer to the newest request; older ones are dropped.
pub fn receive(model: &mut Model, came: CameCloser) {
    let state = &mut model.closeness;
    let (Some(closer), Some(asked)) = (came.closer, &state.asked) else {
        return;
    };
    if came.number == state.number {
        state.waiting = false;
        state.shown = Some(Shown {
            number: came.number,
            cells: asked.cells,
            closer,
        });
    }
}

/// What stands in place of a lane's value where nothing was counted for it: `counting`, or why not.
pub fn instead(model: &Model, lane: &Lane) -> Option<&'static str> {
    let snapshot = model.snapshot.as_ref()?;
    let entity = Some(lane.entity.clone()?);
    let name = name_of(
        snapshot,
        &Wanted {
            series: lane.series?,
            entity,
        },
    )?;
    match model.closeness.closer() {
        Some(closer) if closer.series.contains_key(&name) => None,
        Some(closer) => Some(match closer.kept.get(&name) {
            Some(Why::Many(_)) => "zoom in",
            Some(_) => "unknown",
            None => "counting",
        }),
        None => Some("counting"),
    }
}

/// What is to be said of the width of the cells: nothing where all lanes are as close as they are;
/// else that it is being counted, or which lanes keep the steps of their buckets and why.
pub fn words(model: &Model, span: Span) -> Option<String> {
    let (snapshot, state) = (model.snapshot.as_ref()?, &model.closeness);
    let columns = moves::columns(model);
    let wanted = all_wanted(model, snapshot, span.cell_ns(columns));
    let names: Vec<String> = wanted
        .iter()
        .filter_map(|one| name_of(snapshot, one))
        .collect();
    let is_asked = state.asked.as_ref().is_some_and(|asked| {
        asked.cells == cells(span, columns) && names.iter().all(|name| asked.names.contains(name))
    });
    if names.is_empty() {
        return None;
    }
    let is_there = |closer: &Closer, name: &String| {
        closer.series.contains_key(name) || closer.kept.contains_key(name)
    };
    let of_here = state.shown.as_ref().filter(|shown| {
        shown.cells == cells(span, columns)
            && names.iter().all(|name| is_there(&shown.closer, name))
    });
    let Some(shown) = of_here.filter(|_| is_asked) else {
        return Some("counting ...".to_owned());
    };
    let kept: Vec<Why> = names
        .iter()
        .filter_map(|name| shown.closer.kept.get(name).copied())
        .collect();
    let Some(most) = kept.iter().max().copied() else {
        return whole_seconds(&shown.closer, &names);
    };
    let width = length(snapshot.grid?.width.ns());
    if kept.len() < names.len() {
        let (n, lanes) = (kept.len(), plural(kept.len(), "lane"));
        return Some(format!("{n} {lanes} in steps of {width}"));
    }
    let why = match most {
        Why::Many(rows) => format!("{} events to count", figure(rows as f64)),
        Why::NotKept => "not all events were kept".to_owned(),
        Why::Mixed | Why::Derived => "not counted".to_owned(),
    };
    Some(format!("steps of {width}: {why}"))
}

/// How many lanes are no closer than a second, whatever is counted.
fn whole_seconds(closer: &Closer, names: &[String]) -> Option<String> {
    let is_whole = |name: &&String| closer.whole_seconds.contains(*name);
    match names.iter().filter(is_whole).count() {
        0 => None,
        n if n == names.len() => Some("stamps are whole seconds".to_owned()),
        n => Some(format!("{n} {} by whole seconds", plural(n, "lane"))),
    }
}

#[cfg(test)]
mod tests;
