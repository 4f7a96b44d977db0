//! What the screens are drawn from, derived after every change: lanes resampled to the columns
//! of the plot, rows of lists, words. Resampling is repeated only when its basis changed.

use super::duration_rows;
use super::lanes::{self, LaneId};
use super::layout::{self, Content, Growing, HEAT_ROWS_MIN, Slot};
use super::marks;
use super::model::{Basis, Drawn, Model, Screen};
use super::screens;
use super::words;
use crate::analysis::Snapshot;
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
        Screen::Sources => model.drawn.document = screens::sources::document(model),
        Screen::Help => model.drawn.document = screens::help::document(model.look),
    }
}

fn timeline(model: &mut Model) {
    let (Some(snapshot), Some(span)) = (model.snapshot.clone(), model.span()) else {
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
        return;
    };
    let incident = model.incident_index();
    let columns = layout::plot(model.size.0).width;
    texts(model, &snapshot);
    let glyphs = model.look.glyphs();
    model.drawn.changes = marks::changes(&snapshot, span, columns, glyphs);
    model.drawn.people = marks::people(&snapshot, span, columns);
    model.drawn.windows = marks::windows(&snapshot, incident, span, columns, glyphs);
    let generation = model.generation;
    let same_lanes = model
        .drawn
        .basis
        .as_ref()
        .is_some_and(|basis| basis.generation == generation && basis.incident == incident);
    if !same_lanes {
        model.drawn.ranked = lanes::ranked(&snapshot, incident);
    }
    let content = content(model, &snapshot);
    let shown = layout::lanes_shown(model.size.1, &content);
    let arranged = lanes::arranged(&snapshot, model.drawn.ranked.clone(), shown);
    let selected = model
        .lane
        .as_ref()
        .and_then(|id| arranged.iter().position(|lane| lane.id == *id));
    let first_lane = selected.map_or(0, |selected| (selected + 1).saturating_sub(shown));
    let is_latency = |index: Option<usize>| {
        index.is_some_and(|index| matches!(snapshot.series[index].values, Values::Latency(_)))
    };
    let visible = arranged.iter().skip(first_lane).take(shown);
    let heat = visible.clone().position(|lane| is_latency(lane.series));
    let lively = visible
        .clone()
        .enumerate()
        .filter(|(_, lane)| lane.relevance > 0.0);
    let growing = Growing {
        heat,
        lanes: lively.map(|(i, _)| i).collect(),
    };
    let rows = layout::rows(model.size.1, &content, &growing);
    let basis = Basis {
        generation,
        span,
        columns,
        incident,
        first_lane,
        height: model.size.1,
        content,
    };
    if model.drawn.basis.as_ref() != Some(&basis) {
        model.drawn.drawings = visible
            .enumerate()
            .map(|(i, lane)| {
                let placed = rows.iter().find(|placed| placed.slot == Slot::Lane(i));
                let heat_rows = placed.map_or(0, |placed| placed.height).max(1);
                let heat_rows = if heat_rows < HEAT_ROWS_MIN {
                    0
                } else {
                    heat_rows
                };
                lanes::drawing(&snapshot, lane, span, columns, heat_rows)
            })
            .collect();
    }
    let durations = rows
        .iter()
        .filter(|placed| matches!(placed.slot, Slot::Duration(_)))
        .count();
    let zone = model.zone();
    model.drawn.durations = model
        .concluded()
        .map(|concluded| duration_rows::durations(concluded, zone, durations))
        .unwrap_or_default();
    (model.drawn.lanes, model.drawn.first_lane) = (arranged, first_lane);
    (model.drawn.rows, model.drawn.basis) = (rows, Some(basis));
}

fn content(model: &Model, snapshot: &Snapshot) -> Content {
    let concluded = model.concluded();
    Content {
        plot: true,
        incident: concluded.is_some(),
        contributor: concluded.is_some_and(|concluded| !concluded.incident.contributors.is_empty()),
        prose: model.drawn.prose.len(),
        lanes: model.drawn.ranked.len(),
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
    let notes = concluded
        .map(|concluded| words::notes(concluded, zone))
        .unwrap_or_default();
    let checked = words::checked(snapshot, concluded);
    let prose = if concluded.is_some() {
        Vec::new()
    } else {
        screens::timeline::no_incident(snapshot, &checked, width)
    };
    model.drawn.prose = prose;
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
