//! Which stretch of time is on the screen while nobody zooms, and how far one can zoom out.
//!
//! The rule, so that the axis stands still while data arrive: what is shown first is all of the
//! data, or the incident where that is a small part of them. From then on the stretch stays as it
//! is while it holds what must be seen: the incident from its start on, and what is new. Where it
//! has to change it does so by a step: whole buckets per cell, and room on the right for what will
//! come. A cursor or a range that the user set stays in view, and then the stretch only grows.

use super::marks::claims;
use super::model::Model;
use super::moves;
use super::span::Span;
use crate::analysis::Snapshot;
use crate::clock::NS_PER_MIN;

/// A stretch that is this many times as long as what must be seen is left for a shorter one.
const TOO_LONG: i64 = 4;
/// Part of a new stretch that lies before what must be seen, and that is left free behind it.
const PART_BEFORE: i64 = 4;
const PART_BEHIND: i64 = 16;
/// A new stretch is at least this long, if there are as many data.
const LENGTH_NS_MIN: i64 = 30 * NS_PER_MIN;
/// Marks that are further from the data than this are not zoomed out to.
const REACH_NS: i64 = 28 * 24 * 60 * NS_PER_MIN;

/// Brings the stretch up to date with a newly shown snapshot; `before` is the one shown until now,
/// and `old` the stretch of its data.
pub fn follow(model: &mut Model, before: Option<&Snapshot>, old: Option<Span>) {
    let (Some(data), first_look) = (model.data_span(), model.first_look()) else {
        model.follow = None;
        return;
    };
    let has_grown = old.is_some_and(|old| data.to_ns > old.to_ns);
    if let (Some(zoom), Some(old)) = (model.zoom, old) {
        // A zoom on all of the data stays one.
        let was_whole = holds(zoom, old);
        if was_whole && !holds(zoom, data) {
            model.zoom = Some(grown(model, zoom, data));
        }
    }
    let is_first = before.is_none_or(|before| !before.progress.finished);
    model.grows |= has_grown && !is_first;
    model.follow = match model.follow {
        Some(held) if !is_first => Some(next(model, held, data, has_grown)),
        _ => first_look,
    };
}

/// The stretch after the one that is held.
fn next(model: &Model, held: Span, data: Span, has_grown: bool) -> Span {
    let must = must_see(model, data, has_grown);
    let by_hand = [model.cursor_ns, model.range.0, model.range.1];
    let by_hand: Vec<i64> = by_hand.into_iter().flatten().collect();
    let fresh = fresh(model, must, data);
    let is_long = held.length_ns() / TOO_LONG > fresh.length_ns();
    match (holds(held, must), by_hand.is_empty()) {
        (true, _) if !is_long => held,
        (_, true) => fresh,
        (true, false) => held,
        (false, false) => grown(model, held, must),
    }
}

/// The incident where it is a small part of the data, else all; what is new is always part of it.
fn must_see(model: &Model, data: Span, has_grown: bool) -> Span {
    let windows = model.concluded().map(|one| &one.incident.windows);
    let incident = windows.and_then(|windows| {
        let end = windows.last()?.end.map_or(data.to_ns, |end| end.hi_ns);
        let to_ns = if has_grown { data.to_ns } else { end };
        Some(Span::new(windows.first()?.start.lo_ns, to_ns).within(data))
    });
    incident
        .filter(|span| span.length_ns() < data.length_ns() / 3)
        .unwrap_or(data)
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.from_ns <= inner.from_ns && inner.to_ns <= outer.to_ns
}

/// Lengths with whole buckets in each cell, ascending: 1, 2, 3, 4, 6, 8, 12 ... per cell.
fn lengths(model: &Model) -> impl Iterator<Item = i64> {
    let grid = model.snapshot.as_ref().and_then(|snapshot| snapshot.grid);
    let bucket_ns = grid.map_or(NS_PER_MIN, |grid| grid.width.ns());
    let one = bucket_ns.saturating_mul(moves::columns(model) as i64);
    let more = (0..32).flat_map(|i| [2i64 << i, 3i64 << i]);
    std::iter::once(1)
        .chain(more)
        .map(move |buckets| one.saturating_mul(buckets))
}

/// The shortest stretch that shows what must be seen with some of what was before it.
fn fresh(model: &Model, must: Span, data: Span) -> Span {
    let at_least = LENGTH_NS_MIN.min(data.length_ns());
    let from = |length: i64| {
        let from_ns = must.from_ns.saturating_sub(length / PART_BEFORE);
        from_ns.max(data.from_ns)
    };
    let fits = |length: &i64| {
        let free_from = from(*length).saturating_add(length - length / PART_BEHIND);
        *length >= at_least && must.to_ns <= free_from
    };
    let length = lengths(model).find(fits).unwrap_or(must.length_ns());
    Span::new(from(length), from(length).saturating_add(length))
}

/// A stretch made longer by a step, with its start where it was or earlier.
fn grown(model: &Model, held: Span, must: Span) -> Span {
    let from_ns = held.from_ns.min(must.from_ns);
    let to_ns = held.to_ns.max(must.to_ns);
    let fits = |length: &i64| to_ns <= from_ns.saturating_add(length - length / PART_BEHIND);
    let length = lengths(model)
        .find(fits)
        .unwrap_or(to_ns.saturating_sub(from_ns));
    Span::new(from_ns, from_ns.saturating_add(length))
}

/// How far one can zoom out: all of the data, and what people said of the weeks around them.
pub fn reach(model: &Model) -> Option<Span> {
    let (snapshot, data) = (model.snapshot.as_ref()?, model.data_span()?);
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let claimed = claims(snapshot).into_iter().map(|claim| claim.when.at_ns);
    let near = |ns: &i64| {
        (data.from_ns.saturating_sub(REACH_NS)..=data.to_ns.saturating_add(REACH_NS)).contains(ns)
    };
    let all = listed.map(|change| change.when.at_ns).chain(claimed);
    Some(all.filter(near).fold(data, |reach, ns| {
        Span::new(reach.from_ns.min(ns), reach.to_ns.max(ns.saturating_add(1)))
    }))
}
