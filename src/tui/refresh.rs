//! What the screens are drawn from, derived after every change: lanes resampled to the columns
//! of the plot, rows of lists, words. Resampling is repeated only when its basis changed.

use super::drawn::{Basis, Drawn};
use super::duration_rows;
use super::lanes::{self, Drawing, Lane, LaneId};
use super::layout::{self, Content, Growing, HEAT_ROWS_MIN, Placed, Slot};
use super::marking_words;
use super::marks;
use super::model::{Model, Screen};
use super::range_words;
use super::review;
use super::screens;
use super::span::Span;
use super::words;
use crate::analysis::Snapshot;
use crate::analysis::closer::Closer;
use crate::series::Values;

/// More durations than this are on the incident's own screen.
const DURATIONS_MAX: usize = 6;

/// Brings `Model::drawn` up to date.
pub fn refresh(model: &mut Model) {
    match model.screen {
        Screen::Timeline => timeline(model),
        Screen::Logs => {}
        Screen::Incidents => model.drawn.document = screens::incidents::document(model),
        Screen::Incident => model.drawn.document = screens::incident::document(model),
        Screen::Contributors => model.drawn.document = screens::contributors::document(model),
        Screen::Patterns => model.drawn.document = screens::patterns::document(model),
        Screen::Review => review::refresh(model),
        Screen::Case => model.drawn.document = screens::case::document(model),
        Screen::Findings => model.drawn.document = screens::findings::document(model),
        Screen::Sources => model.drawn.document = screens::sources::document(model),
        Screen::Help => model.drawn.document = screens::help::document(model.look),
    }
}

fn timeline(model: &mut Model) {
    let (Some(snapshot), Some(span)) = (model.snapshot.clone(), model.span()) else {
        without_data(model);
        return;
    };
    texts(model, &snapshot);
    below(model, &snapshot, span);
    let incident = model.incident_index();
    let before = model.drawn.basis.as_ref();
    if before.is_none_or(|basis| (basis.generation, basis.incident) != (model.generation, incident))
    {
        model.drawn.ranked = lanes::ranked(&snapshot, incident);
    }
    let content = content(model, &snapshot);
    let shown = layout::lanes_shown(model.size.1, &content);
    let ranked = model.drawn.ranked.clone();
    let arranged = model.arrangement.arranged(&snapshot, ranked, shown);
    let selected = model
        .lane
        .as_ref()
        .and_then(|id| arranged.iter().position(|lane| lane.id == *id));
    let first_lane = selected.map_or(0, |selected| (selected + 1).saturating_sub(shown));
    let visible: Vec<&Lane> = arranged.iter().skip(first_lane).take(shown).collect();
    let rows = layout::rows(model.size.1, &content, &growing(model, &snapshot, &visible));
    let basis = Basis {
        generation: model.generation,
        span,
        columns: layout::plot(model.size.0).width,
        incident,
        first_lane,
        arrangement: model.arrangement.clone(),
        height: model.size.1,
        content,
        closer: model.closeness.drawn(),
    };
    if model.drawn.basis.as_ref() != Some(&basis) {
        model.drawn.drawings =
            drawings(&snapshot, &visible, &rows, &basis, model.closeness.closer());
    }
    let is_duration = |placed: &&Placed| matches!(placed.slot, Slot::Duration(_));
    let (zone, n) = (model.zone(), rows.iter().filter(is_duration).count());
    let durations = model
        .concluded()
        .map(|concluded| duration_rows::durations(concluded, zone, n));
    model.drawn.durations = durations.unwrap_or_default();
    (model.drawn.lanes, model.drawn.first_lane) = (arranged, first_lane);
    (model.drawn.rows, model.drawn.basis) = (rows, Some(basis));
}

fn without_data(model: &mut Model) {
    let prose = screens::timeline::nothing_yet(model);
    let content = Content {
        prose: prose.len(),
        ..Content::default()
    };
    let rows = layout::rows(model.size.1, &content, &Growing::default());
    model.drawn = Drawn {
        rows,
        prose,
        ..Drawn::default()
    };
}

/// The rows of marks below the lanes.
fn below(model: &mut Model, snapshot: &Snapshot, span: Span) {
    let (columns, glyphs) = (layout::plot(model.size.0).width, model.look.glyphs());
    let incident = model.incident_index();
    model.drawn.changes = marks::changes(snapshot, span, columns, glyphs);
    model.drawn.people = marks::people(snapshot, &model.marking, span, columns);
    model.drawn.windows = marks::windows(snapshot, incident, span, columns, glyphs);
}

fn growing(model: &Model, snapshot: &Snapshot, visible: &[&Lane]) -> Growing {
    let folded = &model.arrangement.folded;
    let may_grow = |lane: &Lane| !folded.contains_key(&lane.id);
    let is_latency = |lane: &&Lane| {
        let series = lane.series.filter(|_| may_grow(lane));
        series.is_some_and(|index| matches!(snapshot.series[index].values, Values::Latency(_)))
    };
    let lively = (0..visible.len()).filter(|&i| visible[i].relevance > 0.0 && may_grow(visible[i]));
    Growing {
        heat: visible.iter().position(is_latency),
        lanes: lively.collect(),
    }
}

fn drawings(
    snapshot: &Snapshot,
    visible: &[&Lane],
    rows: &[Placed],
    basis: &Basis,
    closer: Option<&Closer>,
) -> Vec<Drawing> {
    let height = |i: usize| {
        let placed = rows.iter().find(|placed| placed.slot == Slot::Lane(i));
        placed.map_or(0, |placed| placed.height)
    };
    let heat_rows = |i: usize| {
        if height(i) < HEAT_ROWS_MIN {
            0
        } else {
            height(i)
        }
    };
    let draw = |(i, lane): (usize, &&Lane)| {
        let size = (basis.columns, heat_rows(i));
        lanes::drawing(snapshot, lane, basis.span, size, closer)
    };
    visible.iter().enumerate().map(draw).collect()
}

fn content(model: &Model, snapshot: &Snapshot) -> Content {
    let concluded = model.concluded();
    Content {
        plot: true,
        incident: concluded.is_some(),
        contributor: concluded.is_some_and(|concluded| !concluded.incident.contributors.is_empty()),
        range: model.drawn.range.len(),
        prose: model.drawn.prose.len(),
        lanes: model
            .drawn
            .ranked
            .iter()
            .filter(|lane| !model.arrangement.is_away(&lane.id))
            .count(),
        changes: model.drawn.changes.n > 0,
        people: model.drawn.people.n > 0,
        durations: concluded
            .map_or(0, duration_rows::durations_known)
            .min(DURATIONS_MAX),
        notes: model.drawn.notes.len(),
        checked: concluded.is_some() && !model.drawn.checked.is_empty(),
        blind: !snapshot.blind_spots.is_empty(),
    }
}

fn texts(model: &mut Model, snapshot: &Snapshot) {
    let zone = model.zone();
    let width = usize::from(model.size.0);
    let concluded = model.concluded();
    let of_incident = concluded
        .map(|concluded| words::notes(concluded, zone))
        .unwrap_or_default();
    let mut notes = marking_words::notes(&model.marking, zone);
    notes.extend(of_incident);
    let checked = words::checked(snapshot, concluded);
    let prose = if concluded.is_some() {
        Vec::new()
    } else {
        screens::timeline::no_incident(snapshot, &checked, width)
    };
    model.drawn.prose = prose;
    model.drawn.range = range_words::lines(model);
    model.drawn.notes = notes;
    model.drawn.checked = checked;
    model.drawn.blind = words::blind(snapshot);
}

/// The rows of the Timeline that can be selected, from the top.
pub fn selectable(model: &Model) -> Vec<LaneId> {
    let drawn = &model.drawn;
    let when = |yes: bool, id: LaneId| yes.then_some(id);
    let marks = [
        when(drawn.changes.n > 0, LaneId::Changes),
        when(drawn.people.n > 0, LaneId::People),
        when(drawn.windows.n > 0, LaneId::Windows),
    ];
    drawn
        .lanes
        .iter()
        .map(|lane| lane.id.clone())
        .chain(marks.into_iter().flatten())
        .collect()
}
