//! How the user arranged the lanes: moved up and down, folded, narrowed to one entity. By the
//! identity of lanes, so that it outlives newer findings; what was not touched stays where it
//! tells most.

use std::collections::BTreeMap;

use super::keys::Action;
use super::lanes::{self, Lane, LaneId};
use super::layout::Slot;
use super::model::Model;
use crate::analysis::Snapshot;

/// How small a lane was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fold {
    /// One row, however much room there is.
    Row,
    /// Behind all others, and only drawn when it is selected.
    Away,
}

/// What the user did with the lanes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrangement {
    /// The place among all lanes of those that were moved.
    pub places: BTreeMap<LaneId, usize>,
    /// Those that were folded.
    pub folded: BTreeMap<LaneId, Fold>,
    /// Whose series a lane shows instead of its own: `host=app-1`.
    pub entities: BTreeMap<LaneId, String>,
}

impl Arrangement {
    /// Whether a lane is one of those behind the others.
    pub fn is_away(&self, id: &LaneId) -> bool {
        self.folded.get(id) == Some(&Fold::Away)
    }

    /// Ranked lanes in the order of the screen, where `shown` of them fit: those that were moved at
    /// their places, the others as ever around them, the folded ones behind all.
    pub fn arranged(&self, snapshot: &Snapshot, ranked: Vec<Lane>, shown: usize) -> Vec<Lane> {
        let (away, rest): (Vec<Lane>, Vec<Lane>) =
            ranked.into_iter().partition(|lane| self.is_away(&lane.id));
        let (mut moved, rest): (Vec<Lane>, Vec<Lane>) = rest
            .into_iter()
            .partition(|lane| self.places.contains_key(&lane.id));
        let place = |lane: &Lane| self.places.get(&lane.id).copied().unwrap_or(0);
        let in_view = moved.iter().filter(|lane| place(lane) < shown).count();
        let mut out = lanes::arranged(snapshot, rest, shown.saturating_sub(in_view));
        moved.sort_by_key(place);
        for lane in moved {
            let at = place(&lane).min(out.len());
            out.insert(at, lane);
        }
        out.extend(away);
        out.into_iter()
            .map(|lane| self.narrowed(snapshot, lane))
            .collect()
    }

    /// A lane with the series of the entity that was chosen for it, if there is one.
    fn narrowed(&self, snapshot: &Snapshot, lane: Lane) -> Lane {
        let chosen = self.entities.get(&lane.id);
        let found = chosen.and_then(|entity| {
            let of_lane = super::entity::of_lane(snapshot, lane.series?);
            of_lane
                .into_iter()
                .find(|&index| snapshot.series[index].signal.entity.as_ref() == Some(entity))
        });
        match (found, chosen) {
            (Some(index), _) => Lane {
                id: lane.id,
                ..lanes::of_series(snapshot, index)
            },
            (None, Some(entity)) if super::entity::is_offered(snapshot, lane.series, entity) => {
                lanes::of_entity(snapshot, lane, entity)
            }
            (None, _) => lane,
        }
    }
}

/// The selected lane's identity; the first where none was selected.
pub fn selected(model: &Model) -> Option<LaneId> {
    let first = || model.drawn.lanes.first().map(|lane| lane.id.clone());
    model.lane.clone().or_else(first)
}

/// Does what a key asks for.
pub fn act(model: &mut Model, action: Action) {
    match action {
        Action::LaneUp => shift(model, -1),
        Action::LaneDown => shift(model, 1),
        Action::Fold => fold(model),
        Action::Unfold => {
            model.arrangement = Arrangement::default();
            model.message = Some("all lanes are as rfo arranges them".to_owned());
        }
        _ => {}
    }
}

/// The place of the selected lane on the screen, from 0. Says why where there is none.
fn place_of_selected(model: &mut Model) -> Option<(LaneId, usize)> {
    let id = selected(model)?;
    let at = model.drawn.lanes.iter().position(|lane| lane.id == id);
    if at.is_none() {
        model.message = Some("only lanes can be moved and folded".to_owned());
    }
    Some((id, at?))
}

fn shift(model: &mut Model, by: isize) {
    let Some((id, at)) = place_of_selected(model) else {
        return;
    };
    let lanes = &model.drawn.lanes;
    let ends = lanes
        .iter()
        .filter(|lane| !model.arrangement.is_away(&lane.id));
    let last = ends.count().saturating_sub(1);
    if model.arrangement.is_away(&id) {
        model.message = Some("this lane is folded; z brings it back".to_owned());
        return;
    }
    let to = at.saturating_add_signed(by).min(last);
    let other = lanes.get(to).map(|lane| lane.id.clone());
    let places = &mut model.arrangement.places;
    // Two that were both moved change their places.
    if let Some(place) = other.and_then(|other| places.get_mut(&other)) {
        *place = at;
    }
    places.insert(id.clone(), to);
    model.lane = Some(id);
}

/// A tall lane to one row, one of one row behind the others, and one from there back.
fn fold(model: &mut Model) {
    let Some((id, at)) = place_of_selected(model) else {
        return;
    };
    let is_here = |slot: Slot| slot == Slot::Lane(at.saturating_sub(model.drawn.first_lane));
    let rows = model.drawn.rows.iter().find(|placed| is_here(placed.slot));
    let is_tall = rows.is_some_and(|placed| placed.height > 1);
    let folded = &mut model.arrangement.folded;
    match folded.get(&id) {
        Some(Fold::Away) => {
            folded.remove(&id);
            model.lane = Some(id);
            return;
        }
        None if is_tall => {
            folded.insert(id.clone(), Fold::Row);
            model.lane = Some(id);
            return;
        }
        None | Some(Fold::Row) => {}
    }
    let stays = |lane: &&Lane| lane.id != id && !model.arrangement.is_away(&lane.id);
    let lanes = &model.drawn.lanes;
    let next = lanes[at..].iter().find(stays);
    let next = next.or_else(|| lanes[..at].iter().rev().find(stays));
    let Some(next) = next.map(|lane| lane.id.clone()) else {
        model.message = Some("the last lane stays".to_owned());
        return;
    };
    model.arrangement.folded.insert(id, Fold::Away);
    model.lane = Some(next);
    model.message = Some("folded behind the others; Z brings all back".to_owned());
}
