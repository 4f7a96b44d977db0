//! Several marks in one cell: which of them is meant.
//!
//! In: the row of marks that is selected and the cursor's column. Out: a list over the last rows of
//! the screen to choose from, and what the chosen one rests on. One mark alone needs no list.

use unicode_width::UnicodeWidthStr;

use super::clocks::clock;
use super::drill;
use super::lanes::LaneId;
use super::look::Ink;
use super::marks::{claims, said};
use super::model::{Effect, Model};
use super::moves;
use super::pen::Pen;
use crate::analysis::{Concluded, Snapshot};
use crate::events::Evidence;
use crate::incidents::Window;
use crate::records::{Change, Milestone, MilestoneKind};
use crate::text::{printable, shorten};

/// Marks shown at a time.
const ROWS_MAX: usize = 9;
/// Cells for the time.
const TIME_WIDTH: usize = 14;

/// One mark.
#[derive(Debug, Clone, PartialEq)]
pub struct Pick {
    /// When, ns UTC; of a window its start.
    pub at_ns: i64,
    /// What it says; printable.
    pub words: String,
    /// What it rests on.
    evidence: Vec<Evidence>,
    /// The incident of a window.
    incident: Option<String>,
}

/// The list, while it is on the screen.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Picking {
    /// The marks, by time.
    pub picks: Vec<Pick>,
    /// The one that is chosen.
    pub at: usize,
}

/// Shows the list where more than one mark lies in the cursor's cell of the selected row; `false`
/// where it does not.
pub fn begin(model: &mut Model) -> bool {
    let picks = in_cell(model);
    let is_many = picks.len() > 1;
    if is_many {
        model.picking = Some(Picking { picks, at: 0 });
    }
    is_many
}

/// The marks of the selected row in the cursor's cell, by time.
fn in_cell(model: &Model) -> Vec<Pick> {
    let (Some(snapshot), Some(span), Some(cursor)) =
        (&model.snapshot, model.span(), model.cursor())
    else {
        return Vec::new();
    };
    let columns = moves::columns(model);
    let column = span.nearest(cursor, columns);
    let is_here = |at_ns: i64| span.column(at_ns, columns) == Some(column);
    let mut picks = match model.lane {
        Some(LaneId::Changes) => changes(snapshot),
        Some(LaneId::People) => people(model, snapshot),
        Some(LaneId::Windows) => {
            let cell = (span.time(column, columns), span.time(column + 1, columns));
            windows(snapshot, cell, cursor)
        }
        _ => Vec::new(),
    };
    if model.lane != Some(LaneId::Windows) {
        picks.retain(|pick| is_here(pick.at_ns));
    }
    picks.sort_by_key(|pick| pick.at_ns);
    picks
}

/// Listed changes, and those claimed elsewhere: a listed one says more.
fn changes(snapshot: &Snapshot) -> Vec<Pick> {
    let listed = snapshot.records.iter().flat_map(|record| &record.changes);
    let mut picks: Vec<Pick> = Vec::new();
    for change in listed {
        let pick = Pick {
            at_ns: change.when.at_ns,
            words: change_words(change),
            evidence: vec![change.evidence.clone()],
            incident: None,
        };
        if !picks.contains(&pick) {
            picks.push(pick);
        }
    }
    let claimed = claims(snapshot).into_iter();
    let claimed = claimed.filter(|claim| claim.kind == MilestoneKind::Change);
    let is_listed = |claim: &&Milestone| picks.iter().any(|one| one.at_ns == claim.when.at_ns);
    let more: Vec<Pick> = claimed
        .filter(|claim| !is_listed(claim))
        .map(of_claim)
        .collect();
    picks.extend(more);
    picks
}

fn change_words(change: &Change) -> String {
    let parts = [&change.kind, &change.service, &change.title, &change.status];
    let said = parts.into_iter().filter(|part| !part.is_empty());
    said.cloned().collect::<Vec<_>>().join("  ")
}

fn of_claim(claim: &Milestone) -> Pick {
    let kind = claim.kind.name().replace('_', " ");
    let parts = [kind.as_str(), claim.source.words(), claim.note.as_str()];
    let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    Pick {
        at_ns: claim.when.at_ns,
        words: said.join("  "),
        evidence: claim.evidence().to_vec(),
        incident: None,
    }
}

/// What people said, and one's own notes.
fn people(model: &Model, snapshot: &Snapshot) -> Vec<Pick> {
    let claims = said(snapshot, &model.marking).into_iter().map(of_claim);
    let notes = model.marking.notes.iter().map(|note| Pick {
        at_ns: note.when.at_ns,
        words: format!("note by {}: {}", note.who, note.text),
        evidence: Vec::new(),
        incident: None,
    });
    claims.chain(notes).collect()
}

/// Windows that reach into a cell.
fn windows(snapshot: &Snapshot, (from_ns, to_ns): (i64, i64), at_ns: i64) -> Vec<Pick> {
    let pick = |concluded: &Concluded, (number, window): (usize, &Window)| {
        let end_ns = window.end.map_or(i64::MAX, |end| end.at_ns);
        let is_here = window.start.at_ns < to_ns && end_ns.max(window.start.at_ns + 1) > from_ns;
        let id = &concluded.incident.id;
        is_here.then(|| Pick {
            at_ns: window.start.at_ns,
            words: format!(
                "window {} of {id}: {}",
                number + 1,
                concluded.incident.title
            ),
            evidence: drill::of_window(snapshot, concluded, window, at_ns),
            incident: Some(id.clone()),
        })
    };
    let mut picks = Vec::new();
    for concluded in &snapshot.incidents {
        let windows = concluded.incident.windows.iter().enumerate();
        picks.extend(windows.filter_map(|window| pick(concluded, window)));
    }
    picks
}

/// Takes a key while the list is on the screen.
pub fn key(model: &mut Model, name: &str) -> Effect {
    let Some(mut picking) = model.picking.take() else {
        return Effect::None;
    };
    let last = picking.picks.len().saturating_sub(1);
    match name {
        "j" | "Down" => picking.at = (picking.at + 1).min(last),
        "k" | "Up" => picking.at = picking.at.saturating_sub(1),
        "g" => picking.at = 0,
        "G" => picking.at = last,
        "Enter" => return open(model, picking),
        "Esc" | "q" | "^c" => return Effect::None,
        _ => {}
    }
    model.picking = Some(picking);
    Effect::None
}

/// To what the chosen one rests on. What has no line of its own is said in full.
fn open(model: &mut Model, mut picking: Picking) -> Effect {
    if picking.at >= picking.picks.len() {
        return Effect::None;
    }
    let pick = picking.picks.swap_remove(picking.at);
    if pick.evidence.is_empty() {
        model.message = Some(printable(&pick.words));
        return Effect::None;
    }
    if let Some(id) = pick.incident {
        model.incident = Some(id);
    }
    drill::evidence(model, &pick.evidence)
}

/// The list over the last rows, above the footer, which is row `foot`.
pub fn draw(model: &Model, picking: &Picking, pen: &mut Pen<'_>, width: usize, foot: usize) {
    let n = picking
        .picks
        .len()
        .min(ROWS_MAX)
        .min(foot.saturating_sub(3));
    let first = picking.at.saturating_sub(n.saturating_sub(1));
    let Some(top) = foot.checked_sub(n + 1) else {
        return;
    };
    (top..=foot).for_each(|y| pen.blank(y));
    let (glyph, dim) = (pen.look.glyphs().rule, pen.look.style(Ink::Dim));
    (1..width.saturating_sub(1)).for_each(|x| pen.cell(x, top, glyph, dim));
    let count = format!(
        " {} of {} in this cell ",
        picking.at + 1,
        picking.picks.len()
    );
    pen.text(3, top, width, &count, Ink::Dim);
    for (i, pick) in picking.picks.iter().enumerate().skip(first).take(n) {
        let y = top + 1 + i - first;
        let time = match model.span() {
            Some(span) => clock(
                pick.at_ns,
                model.zone(),
                span,
                moves::columns(model),
                TIME_WIDTH,
            ),
            None => String::new(),
        };
        let x = 2 + TIME_WIDTH.max(time.width()) + 1;
        pen.text(2, y, TIME_WIDTH, &time, Ink::Strong);
        let words = shorten(&printable(&pick.words), width.saturating_sub(x + 1));
        pen.text(x, y, width, &words, Ink::Plain);
        if i == picking.at {
            let (glyph, strong) = (pen.look.glyphs().pointer, pen.look.style(Ink::Strong));
            pen.cell(0, y, glyph, strong);
            pen.restyle(0, y, width, pen.look.selected());
        }
    }
    let keys = [("j k", "choose"), ("Enter", "its line"), ("Esc", "back")];
    keys.into_iter().fold(1, |x, (key, what)| {
        let x = pen.text(x, foot, width, key, Ink::Key) + 1;
        pen.text(x, foot, width, what, Ink::Dim) + 2
    });
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::fixture::{self, S, START};
    use super::super::model::{Msg, Screen};
    use super::super::{Colour, Look, Theme, update};
    use super::*;
    use crate::clock::When;
    use crate::records::{Record, RecordKind, StatedTimes};

    /// The outage with three changes at one instant, the evidence of each another line.
    fn model() -> Model {
        let look = Look {
            colour: Colour::None,
            theme: Theme::Dark,
            ascii: true,
        };
        let mut snapshot = fixture::outage();
        let change = |(i, title): (usize, &str)| Change {
            when: When::exact(START + 3000 * S),
            title: title.to_owned(),
            service: String::new(),
            kind: "deploy".to_owned(),
            status: String::new(),
            evidence: Evidence::Line {
                path: "changes.csv".to_owned(),
                line: i as u64 + 1,
                offset: 0,
            },
        };
        let titles = ["api 1.2", "web 3.4", "cache off"];
        snapshot.records.push(Record {
            path: "changes.csv".to_owned(),
            kind: RecordKind::Report,
            title: "changes".to_owned(),
            zone: None,
            milestones: Vec::new(),
            notes: Vec::new(),
            defects: Vec::new(),
            readings: Vec::new(),
            changes: titles.into_iter().enumerate().map(change).collect(),
            incidents: Vec::new(),
            stated: StatedTimes::default(),
            file: None,
            written: None,
        });
        let mut model = Model::new(look, 80, 24);
        update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
        model.lane = Some(LaneId::Changes);
        model.cursor_ns = Some(START + 3000 * S);
        model
    }

    fn press(model: &mut Model, keys: &str) {
        for key in keys.split_whitespace() {
            update(model, Msg::Key(key.to_owned()));
        }
    }

    #[test]
    fn of_several_marks_in_a_cell_one_is_chosen() {
        let mut model = model();
        press(&mut model, "Enter");
        let picks = &model.picking.as_ref().expect("a list").picks;
        let words: Vec<&str> = picks.iter().map(|pick| pick.words.as_str()).collect();
        assert_eq!(
            words,
            ["deploy  api 1.2", "deploy  web 3.4", "deploy  cache off"]
        );
        press(&mut model, "j j j k Enter");
        assert!(model.picking.is_none());
        let said = model.message.clone().unwrap_or_default();
        assert!(said.starts_with("changes.csv, line 2"), "{said}");
    }

    #[test]
    fn the_list_is_left_as_it_was_come_to() {
        let mut model = model();
        let before = (model.cursor_ns, model.lane.clone(), model.span());
        press(&mut model, "Enter j Esc");
        assert!(model.picking.is_none() && model.message.is_none());
        assert_eq!(model.screen, Screen::Timeline);
        assert_eq!((model.cursor_ns, model.lane.clone(), model.span()), before);
    }

    #[test]
    fn one_mark_alone_is_opened_at_once() {
        let mut model = model();
        model.lane = Some(LaneId::People);
        model.cursor_ns = Some(START + 960 * S);
        press(&mut model, "Enter");
        assert!(model.picking.is_none());
    }

    #[test]
    fn two_windows_in_a_cell_are_told_apart() {
        let mut model = model();
        let mut snapshot = (**model.snapshot.as_ref().expect("one")).clone();
        let windows = &mut snapshot.incidents[0].incident.windows;
        let mut second = windows[0].clone();
        let from_ns = START + 1100 * S;
        windows[0].end = Some(When::exact(START + 1070 * S));
        (second.start, second.end) = (When::exact(from_ns), Some(When::exact(from_ns + 20 * S)));
        windows.insert(1, second);
        update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
        model.lane = Some(LaneId::Windows);
        (model.cursor_ns, model.zoom) = (Some(from_ns), None);
        let windows = in_cell(&model);
        assert!(windows.len() == 2, "{}", windows.len());
        assert!(windows[1].words.starts_with("window 2 of "));
    }
}
