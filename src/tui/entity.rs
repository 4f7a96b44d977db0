//! One entity's series in a lane: the choice among those that the lane's signal has, while a name
//! is typed, and the way back to the whole.

use super::arrangement::selected;
use super::look::Ink;
use super::model::Model;
use super::pen::Piece;
use super::prompt::{Prompt, Purpose, Typed};
use crate::analysis::Snapshot;
use crate::text::printable;

/// The series of single entities that a series' signal has, by their index; those with findings
/// first, the strongest before.
pub fn of_lane(snapshot: &Snapshot, series: usize) -> Vec<usize> {
    let Some(whole) = snapshot.series.get(series).map(|series| &series.signal) else {
        return Vec::new();
    };
    let is_part = |index: &usize| {
        let signal = &snapshot.series[*index].signal;
        signal.entity.is_some() && signal.source == whole.source && signal.name == whole.name
    };
    let score = |index: usize| {
        let mine = snapshot.anomalies.iter().filter(|one| one.series == index);
        mine.map(|one| one.score.abs()).fold(0.0, f64::max)
    };
    let mut found: Vec<(f64, usize)> = (0..snapshot.series.len())
        .filter(is_part)
        .map(|index| (score(index), index))
        .collect();
    found.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(&other.1)));
    found.into_iter().map(|(_, index)| index).collect()
}

/// The entities that a lane of a series can show: those that have a series of its signal, else those
/// that have any of its source, where they can be counted from the events.
fn offered(snapshot: &Snapshot, series: usize) -> Vec<String> {
    let of = |index: usize| snapshot.series[index].signal.entity.clone();
    let own: Vec<String> = of_lane(snapshot, series)
        .into_iter()
        .filter_map(of)
        .collect();
    if !own.is_empty() {
        return own;
    }
    let Some(whole) = snapshot.series.get(series) else {
        return own;
    };
    let mut names: Vec<String> = Vec::new();
    let others = snapshot.series.iter();
    let others = others.filter(|other| other.signal.source == whole.signal.source);
    // Of a message there is nothing to be measured but how often it came.
    let entities = others.filter_map(|other| other.signal.entity.as_ref());
    for entity in entities.filter(|entity| !entity.starts_with("template=")) {
        if !names.contains(entity) {
            names.push(entity.clone());
        }
    }
    names
}

/// Whether an entity can be shown in a lane of a series.
pub fn is_offered(snapshot: &Snapshot, series: Option<usize>, entity: &str) -> bool {
    let names = series.map_or_else(Vec::new, |series| offered(snapshot, series));
    names.iter().any(|name| name == entity)
}

/// Begins the choice for the selected lane; the first entity is shown at once.
pub fn begin(model: &mut Model) {
    let Some(snapshot) = model.snapshot.clone() else {
        return;
    };
    let id = selected(model);
    let lane = model
        .drawn
        .lanes
        .iter()
        .find(|lane| Some(&lane.id) == id.as_ref());
    let none = lane.and_then(|lane| lane.series);
    if none.is_none_or(|series| offered(&snapshot, series).is_empty()) {
        model.message = Some("no single client, host or the like has a series here".to_owned());
        return;
    }
    model.lane = id;
    model.prompt = Some(Prompt::new(Purpose::Entity, ""));
    show(model, "", 0);
}

/// Takes a key while one is chosen.
pub fn key(model: &mut Model, mut prompt: Prompt, name: &str) {
    let by = match name {
        "Tab" | "Down" => 1,
        "BackTab" | "Up" => -1,
        _ => 0,
    };
    if by == 0 {
        match prompt.key(name) {
            Typed::On => {}
            Typed::Dropped => {
                drop_selected(model);
                return;
            }
            Typed::Entered => return,
        }
    }
    if !show(model, &prompt.text, by) {
        prompt.error = Some("no such".to_owned());
    }
    model.prompt = Some(prompt);
}

/// Shows the whole in the selected lane again; `false` where it did.
pub fn drop_selected(model: &mut Model) -> bool {
    let id = selected(model);
    id.is_some_and(|id| model.arrangement.entities.remove(&id).is_some())
}

/// The names that hold a text, in the order in which they are offered.
fn offers(model: &Model, text: &str) -> Vec<String> {
    let (Some(snapshot), Some(id)) = (&model.snapshot, &model.lane) else {
        return Vec::new();
    };
    let lane = model.drawn.lanes.iter().find(|lane| lane.id == *id);
    let series = lane.and_then(|lane| lane.series);
    let names = series.map_or_else(Vec::new, |series| offered(snapshot, series));
    let text = text.to_lowercase();
    names
        .into_iter()
        .filter(|name| name.to_lowercase().contains(&text))
        .collect()
}

/// Shows the entity that is `by` after the one shown, of those that hold the text; `false` where
/// there is none.
fn show(model: &mut Model, text: &str, by: isize) -> bool {
    let offers = offers(model, text);
    let Some(id) = model.lane.clone() else {
        return false;
    };
    let shown = model.arrangement.entities.get(&id);
    let at = shown.and_then(|shown| offers.iter().position(|offer| offer == shown));
    let to = at.map_or(0, |at| {
        at.saturating_add_signed(by)
            .min(offers.len().saturating_sub(1))
    });
    let Some(name) = offers.into_iter().nth(to) else {
        return false;
    };
    model.arrangement.entities.insert(id, name);
    true
}

/// What is offered beside the text being typed, from the one that is shown on.
pub fn pieces(model: &Model, text: &str) -> Vec<Piece> {
    let offers = offers(model, text);
    let shown = model.lane.as_ref();
    let shown = shown.and_then(|id| model.arrangement.entities.get(id));
    let at = offers.iter().position(|offer| Some(offer) == shown);
    let mut out = Vec::new();
    if let Some(at) = at {
        let place = format!(" {} of {}: ", at + 1, offers.len());
        out.push(Piece::new(place, Ink::Dim));
        out.push(Piece::new(printable(&offers[at]), Ink::Strong));
        let next = offers.iter().skip(at + 1).take(8);
        out.extend(next.map(|name| Piece::new(format!("  {}", printable(name)), Ink::Dim)));
    }
    out
}
