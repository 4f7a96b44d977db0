//! The mouse, where it was asked for: the wheel moves as the keys do, a click selects what it is on.

use super::keys::Action;
use super::lanes::LaneId;
use super::layout::{Slot, plot};
use super::model::{Effect, Model, Screen};
use super::refresh::selectable;
use super::screens::logs::line_at;
use super::update::apply;
use super::{logs, moves, palette};

/// Rows that one notch of the wheel moves.
const NOTCH: usize = 3;

/// What it did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mouse {
    /// One notch away from the user.
    WheelUp,
    /// One notch towards the user.
    WheelDown,
    /// The first button, on a cell: column and row from 0.
    Click(u16, u16),
}

/// Does what is meant. While a line is typed only the palette's list moves.
pub fn act(model: &mut Model, mouse: Mouse) -> Effect {
    if let Some(mut prompt) = model.prompt.take() {
        let key = match mouse {
            Mouse::WheelUp => "Up",
            Mouse::WheelDown => "Down",
            Mouse::Click(..) => "",
        };
        palette::took(model, &mut prompt, key);
        model.prompt = Some(prompt);
        return Effect::None;
    }
    // A click elsewhere is meant for what lies under the list.
    model.picking = None;
    match mouse {
        Mouse::WheelUp => wheel(model, Action::Up),
        Mouse::WheelDown => wheel(model, Action::Down),
        Mouse::Click(x, y) => {
            let (x, y) = (usize::from(x), usize::from(y));
            match model.screen {
                Screen::Timeline => on_timeline(model, x, y),
                Screen::Logs => return on_logs(model, y),
                screen => on_list(model, screen, y),
            }
            Effect::None
        }
    }
}

fn wheel(model: &mut Model, action: Action) -> Effect {
    let notch = if model.screen == Screen::Timeline {
        1
    } else {
        NOTCH
    };
    // Of several wishes for lines the newest stands for all.
    (0..notch).fold(Effect::None, |before, _| match apply(model, action) {
        Effect::None => before,
        effect => effect,
    })
}

/// The lane of the row, the instant of the column.
fn on_timeline(model: &mut Model, x: usize, y: usize) {
    let drawn = &model.drawn;
    let hit = drawn
        .rows
        .iter()
        .find(|placed| (placed.y..placed.y + placed.height).contains(&y));
    let Some(slot) = hit.map(|placed| placed.slot) else {
        return;
    };
    let lanes = selectable(model);
    let lane = match slot {
        Slot::Lane(i) => model
            .drawn
            .lanes
            .get(model.drawn.first_lane + i)
            .map(|lane| lane.id.clone()),
        Slot::Changes => Some(LaneId::Changes),
        Slot::People => Some(LaneId::People),
        Slot::Windows => Some(LaneId::Windows),
        Slot::Axis => None,
        _ => return,
    };
    if let Some(lane) = lane.filter(|lane| lanes.contains(lane)) {
        model.lane = Some(lane);
    }
    let plot = plot(model.size.0);
    if let (Some(span), true) = (model.span(), (plot.x..plot.x + plot.width).contains(&x)) {
        moves::to(model, span.time(x - plot.x, plot.width));
    }
}

fn on_list(model: &mut Model, screen: Screen, y: usize) {
    let height = usize::from(model.size.1).saturating_sub(2);
    let Some(y) = y.checked_sub(1).filter(|y| *y < height) else {
        return;
    };
    let document = &model.drawn.document;
    let shown = document.shown(height, model.rows.get(&screen));
    let key = shown.get(y).map(|index| document.rows[*index].key.clone());
    if let Some(key) = key.filter(|key| !key.is_empty()) {
        model.rows.insert(screen, key);
    }
}

fn on_logs(model: &mut Model, y: usize) -> Effect {
    let size = (
        usize::from(model.size.0),
        usize::from(model.size.1).saturating_sub(2),
    );
    let hit = y.checked_sub(1).and_then(|y| line_at(model, size, y));
    hit.map_or(Effect::None, |index| logs::to_row(model, index))
}
