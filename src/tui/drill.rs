//! From the Timeline to what is behind it and back: the lines of a lane's source, the evidence of
//! a mark, the claim in its incident. Esc comes back to the same cursor, lane and zoom.

use std::sync::Arc;

use super::arrangement::selected;
use super::document::Target;
use super::fetch::Anchor;
use super::lanes::LaneId;
use super::logs;
use super::marks::claims;
use super::model::{Effect, Model, Screen};
use super::picking;
use super::screens::incident::{claim_key, target};
use super::span::Span;
use super::update::open_line;
use crate::analysis::{Concluded, Snapshot};
use crate::events::Evidence;
use crate::filter::Filter;
use crate::incidents::Window;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use crate::series::assemble::Nature;

/// What is put back when the user comes back.
#[derive(Debug, Clone)]
pub struct Way {
    cursor_ns: Option<i64>,
    lane: Option<LaneId>,
    zoom: Option<Span>,
    filter: Option<Arc<Filter>>,
    /// The filter that was set for the lane.
    narrowed: Option<Arc<Filter>>,
}

/// Into what is selected: the lines of a lane's source at the cursor, a mark's own line.
pub fn open(model: &mut Model) -> Effect {
    through(model, |model| match selected(model) {
        Some(LaneId::Changes | LaneId::People | LaneId::Windows) => match picking::begin(model) {
            true => Effect::None,
            false => mark(model),
        },
        Some(id) => lines_of(model, &id),
        None => logs::open(model),
    })
}

/// Into what a mark rests on.
pub fn evidence(model: &mut Model, evidence: &[Evidence]) -> Effect {
    through(model, |model| rests_on(model, evidence))
}

/// Goes somewhere and remembers the way back.
fn through(model: &mut Model, go: impl FnOnce(&mut Model) -> Effect) -> Effect {
    let way = Way {
        cursor_ns: model.cursor_ns,
        lane: model.lane.clone(),
        zoom: model.zoom,
        filter: model.logs.sift.filter.clone(),
        narrowed: None,
    };
    let effect = go(model);
    if model.screen != Screen::Timeline {
        let narrowed = model.logs.sift.filter.clone();
        model.way = Some(Way { narrowed, ..way });
    }
    effect
}

/// The user went on from the lines: the cursor stays with them, a lane's filter does not.
pub fn stay(model: &mut Model) {
    if model.screen == Screen::Timeline
        && let Some(way) = model.way.take()
    {
        widen(model, &way);
    }
}

/// The user came back.
pub fn come_back(model: &mut Model) {
    if model.screen != Screen::Timeline {
        return;
    }
    if let Some(way) = model.way.take() {
        widen(model, &way);
        (model.cursor_ns, model.lane, model.zoom) = (way.cursor_ns, way.lane, way.zoom);
    }
}

/// The filter as it was, unless the user changed it.
fn widen(model: &mut Model, way: &Way) {
    let sift = &mut model.logs.sift;
    let same = |one: &Arc<Filter>, other: &Arc<Filter>| Arc::ptr_eq(one, other);
    let is_ours = match (&sift.filter, &way.narrowed) {
        (Some(now), Some(ours)) => same(now, ours),
        _ => false,
    };
    if is_ours {
        (sift.filter, sift.counts) = (way.filter.clone(), None);
    }
}

/// The lines at the cursor of a lane's source, and of its entity where lines can be told apart by
/// it.
fn lines_of(model: &mut Model, id: &LaneId) -> Effect {
    let lane = model.drawn.lanes.iter().find(|lane| lane.id == *id);
    let (index, entity) = (
        lane.and_then(|lane| lane.series),
        lane.and_then(|lane| lane.entity.clone()),
    );
    let filter = model
        .snapshot
        .as_ref()
        .and_then(|snapshot| narrow(snapshot, index?, entity.as_ref()));
    if let Some(filter) = filter {
        let sift = &mut model.logs.sift;
        (sift.filter, sift.counts) = (Some(Arc::new(filter)), None);
    }
    logs::open(model)
}

/// `source="lb.log" host="app-1"`. `None` where the source has no lines that were kept.
fn narrow(snapshot: &Snapshot, series: usize, entity: Option<&String>) -> Option<Filter> {
    let signal = &snapshot.series.get(series)?.signal;
    let inputs = &snapshot.inputs;
    let source = inputs
        .iter()
        .position(|input| input.label == signal.source)?;
    if snapshot.store.rows_of(source) == 0 {
        return None;
    }
    let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let of_source = format!("source=\"{}\"", quoted(&signal.source));
    let entity = entity.or(signal.entity.as_ref());
    if snapshot.inputs[source].natures == [Nature::Metric] {
        // A gauge's labels are one text: `host="host=app-1"`.
        let label = entity.map_or_else(String::new, |name| format!(" host=\"{}\"", quoted(name)));
        let metric = quoted(&signal.name);
        let of_gauge = format!("{of_source} metric=\"{metric}\"{label}");
        return Filter::parse(&of_gauge).ok();
    }
    let part = entity.and_then(|name| name.split_once('='));
    let of_part = part.map(|(field, value)| format!("{of_source} {field}=\"{}\"", quoted(value)));
    // Not every dimension is a field of filters.
    let narrowed = of_part.and_then(|text| Filter::parse(&text).ok());
    narrowed.or_else(|| Filter::parse(&of_source).ok())
}

/// The evidence of the mark that is nearest to the cursor.
fn mark(model: &mut Model) -> Effect {
    let (Some(snapshot), Some(cursor)) = (model.snapshot.clone(), model.cursor()) else {
        return Effect::None;
    };
    let evidence = match model.lane {
        Some(LaneId::Changes) => change_at(&snapshot, cursor),
        Some(LaneId::Windows) => window_at(model, cursor),
        _ => {
            let said = claims(&snapshot).into_iter().filter(|one| is_said(one));
            let nearest = said.min_by_key(|one| one.when.at_ns.abs_diff(cursor));
            nearest.map_or_else(Vec::new, |claim| claim.evidence().to_vec())
        }
    };
    rests_on(model, &evidence)
}

fn rests_on(model: &mut Model, evidence: &[Evidence]) -> Effect {
    let Some(snapshot) = model.snapshot.clone() else {
        return Effect::None;
    };
    let targets: Vec<Target> = evidence.iter().filter_map(target).collect();
    let is_line = |one: &&Target| matches!(one, Target::Line { .. });
    match targets.iter().find(is_line).or(targets.first()).cloned() {
        Some(Target::Line { path, line, offset }) => open_line(model, &path, line, offset),
        Some(Target::Moment { signal, at_ns }) => {
            let index = signal.and_then(|name| series_of(&snapshot, &name));
            let filter = index.and_then(|index| narrow(&snapshot, index, None));
            model.logs.sift.filter = filter.map(Arc::new).or(model.logs.sift.filter.take());
            model.logs.sift.counts = None;
            model.show(Screen::Logs);
            logs::request(model, Anchor::Time(at_ns), false)
        }
        _ => {
            model.message = Some("nothing is known of where this comes from".to_owned());
            Effect::None
        }
    }
}

fn is_said(claim: &Milestone) -> bool {
    claim.kind != MilestoneKind::Change && claim.source != ClaimSource::Log
}

fn series_of(snapshot: &Snapshot, name: &str) -> Option<usize> {
    let full = |index: &usize| snapshot.series[*index].signal.full_name() == name;
    let anomalies = &snapshot.anomalies;
    let derived = anomalies.iter().find(|one| one.signal.full_name() == name);
    let own = (0..snapshot.series.len()).find(full);
    own.or(derived.map(|one| one.series))
}

/// Of the change nearest to an instant.
fn change_at(snapshot: &Snapshot, at_ns: i64) -> Vec<Evidence> {
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let listed = listed.map(|change| (change.when.at_ns, vec![change.evidence.clone()]));
    let claimed = claims(snapshot).into_iter();
    let claimed = claimed
        .filter(|one| one.kind == MilestoneKind::Change)
        .map(|one| (one.when.at_ns, one.evidence().to_vec()));
    let nearest = listed
        .chain(claimed)
        .min_by_key(|(ns, _)| ns.abs_diff(at_ns));
    nearest.map_or_else(Vec::new, |(_, evidence)| evidence)
}

/// Of the window at an instant, or the nearest one: what its findings rest on, from the one that
/// began nearest to the instant on.
fn window_at(model: &Model, at_ns: i64) -> Vec<Evidence> {
    let (Some(concluded), Some(snapshot)) = (model.concluded(), &model.snapshot) else {
        return Vec::new();
    };
    let windows = &concluded.incident.windows;
    let away = |from_ns: i64, to_ns: i64| {
        let before = from_ns.saturating_sub(at_ns);
        before.max(at_ns.saturating_sub(to_ns)).max(0)
    };
    let nearest = windows.iter().min_by_key(|window| {
        let to_ns = window.end.map_or(i64::MAX, |end| end.at_ns);
        away(window.start.at_ns, to_ns)
    });
    nearest.map_or_else(Vec::new, |window| {
        of_window(snapshot, concluded, window, at_ns)
    })
}

/// What the findings of a window rest on, from the one that began nearest to an instant on.
pub fn of_window(
    snapshot: &Snapshot,
    concluded: &Concluded,
    window: &Window,
    at_ns: i64,
) -> Vec<Evidence> {
    let anomalies = snapshot.anomalies.iter();
    let mut mine: Vec<_> = anomalies
        .filter(|one| window.anomalies.contains(&one.id))
        .collect();
    mine.sort_by_key(|one| one.start.at_ns.abs_diff(at_ns));
    let found: Vec<Evidence> = mine.iter().flat_map(|one| one.evidence.clone()).collect();
    let starts = concluded.incident.milestones.iter();
    let starts = starts.filter(|one| one.source == ClaimSource::Log);
    let start = starts.min_by_key(|one| one.when.at_ns.abs_diff(window.start.at_ns));
    match found.is_empty() {
        true => start.map_or_else(Vec::new, |one| one.evidence().to_vec()),
        false => found,
    }
}

/// The incident's screen, at the claim that is nearest to the cursor.
pub fn claim(model: &mut Model) {
    let (Some(cursor), Some(concluded)) = (model.cursor(), model.concluded()) else {
        model.message = Some("there is no incident".to_owned());
        return;
    };
    let of_lane = |claim: &&Milestone| match model.lane {
        Some(LaneId::Changes) => claim.kind == MilestoneKind::Change,
        Some(LaneId::People) => is_said(claim),
        _ => true,
    };
    let claims = concluded.incident.milestones.iter().filter(of_lane);
    let nearest = claims.min_by_key(|claim| claim.when.at_ns.abs_diff(cursor));
    if let Some(key) = nearest.map(claim_key) {
        model.rows.insert(Screen::Incident, key);
    }
    model.show(Screen::Incident);
}
