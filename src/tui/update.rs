//! The one function that changes the model: a message in, what is to be done outside out.

use std::sync::Arc;

use super::arrangement;
use super::closer;
use super::compare;
use super::document::Target;
use super::drill;
use super::entity;
use super::fetch::Anchor;
use super::follow;
use super::history;
use super::keys::{Action, Meaning, meaning};
use super::logs;
use super::marking;
use super::marking_keys;
use super::model::{Effect, Model, Msg, Screen};
use super::prompt::{Prompt, Purpose, Typed};
use super::refresh::{refresh, selectable};
use super::{export, frozen, manners, mouse, moves, palette, picking, review, sift};
use crate::analysis::Snapshot;

/// Changes the model. Does no I/O and asks for no time.
pub fn update(model: &mut Model, msg: Msg) -> Effect {
    let effect = match msg {
        Msg::Snapshot(snapshot) => {
            let effect = newer(model, Arc::clone(&snapshot));
            manners::announced(model, &snapshot, effect)
        }
        Msg::Tick(clock_ns) => {
            model.ticking.clock_ns = Some(clock_ns);
            Effect::None
        }
        Msg::SnapshotsEnded => {
            if model.snapshot.is_none() {
                model.message = Some("nothing could be read".to_owned());
            }
            Effect::None
        }
        Msg::Resized(width, height) => {
            model.size = (width, height);
            Effect::None
        }
        Msg::Lines(page) => logs::receive(model, page),
        Msg::Compared(compared) => {
            compare::receive(model, compared);
            Effect::None
        }
        Msg::CameCloser(came) => {
            closer::receive(model, came);
            Effect::None
        }
        Msg::Reviewed(answer) => {
            review::receive(model, answer);
            Effect::None
        }
        Msg::Opened(opened) => {
            marking::open(model, *opened);
            Effect::None
        }
        Msg::Kept(kept) => {
            marking::receive(model, *kept);
            frozen::wish(model)
        }
        Msg::Told(sentence) => {
            model.message = Some(sentence);
            Effect::None
        }
        Msg::Exported(exported) => {
            export::receive(model, exported);
            Effect::None
        }
        Msg::Restated(restated) => {
            if let Some(snapshot) = frozen::receive(model, restated) {
                take(model, snapshot);
            }
            Effect::None
        }
        Msg::Pasted(text) => manners::paste(model, &text),
        Msg::Mouse(mouse) => mouse::act(model, mouse),
        Msg::Key(name) => key(model, &name),
    };
    refresh(model);
    let effect = [marking::settled, compare::wish, review::wish, closer::wish]
        .into_iter()
        .fold(effect, |effect, next| match effect {
            Effect::None => next(model),
            effect => effect,
        });
    history::remembered(model, effect)
}

/// Shows a snapshot, or holds it back.
fn newer(model: &mut Model, snapshot: Arc<Snapshot>) -> Effect {
    if model.frozen {
        model.held = Some(snapshot);
        return Effect::None;
    }
    take(model, snapshot);
    match model.screen {
        Screen::Logs => sift::go_on(model),
        _ => Effect::None,
    }
}

/// Shows a snapshot.
fn take(model: &mut Model, snapshot: Arc<Snapshot>) {
    let old = model.data_span();
    let grown = model
        .snapshot
        .as_ref()
        .is_none_or(|old| old.store.len() != snapshot.store.len());
    let before = model.snapshot.replace(snapshot);
    model.generation += 1;
    marking::derive(model);
    model.logs.at_end &= !grown;
    follow::follow(model, before.as_deref(), old);
}

fn key(model: &mut Model, name: &str) -> Effect {
    if let Some(prompt) = model.prompt.take() {
        return typed(model, prompt, name);
    }
    if model.screen == Screen::Logs && model.logs.sift.typed.is_some() {
        return sift::edit(model, name);
    }
    if export::is_repeated(model, name) {
        return Effect::None;
    }
    model.message = None;
    if model.picking.is_some() {
        return picking::key(model, name);
    }
    if let Some(first) = model.pending.take() {
        let sequence = meaning(model.screen, &format!("{first} {name}"));
        if matches!(sequence, Meaning::Action { .. }) || name == "Esc" {
            // The first key was not meant by itself after all.
            model.range = model.range_before;
        }
        match sequence {
            Meaning::Action { action, .. } => return apply(model, action),
            _ if name == "Esc" => return Effect::None,
            _ => {}
        }
    }
    match meaning(model.screen, name) {
        Meaning::Action { action, may_go_on } => {
            if may_go_on {
                (model.pending, model.range_before) = (Some(name.to_owned()), model.range);
            }
            apply(model, action)
        }
        Meaning::Begun => {
            (model.pending, model.range_before) = (Some(name.to_owned()), model.range);
            Effect::None
        }
        Meaning::Nothing => {
            model.message = Some(format!("{name} does nothing here; ? lists the keys"));
            Effect::None
        }
    }
}

/// A key while a line is typed.
fn typed(model: &mut Model, mut prompt: Prompt, name: &str) -> Effect {
    if prompt.purpose == Purpose::Entity {
        entity::key(model, prompt, name);
        return Effect::None;
    }
    if palette::took(model, &mut prompt, name) {
        model.prompt = Some(prompt);
        return Effect::None;
    }
    let mut prompt = match export::over(model, prompt, name) {
        Ok(effect) => return effect,
        Err(prompt) => prompt,
    };
    match prompt.key(name) {
        Typed::On => {
            model.prompt = Some(prompt);
            palette::look_up(model);
        }
        Typed::Dropped => {}
        Typed::Entered => match prompt.purpose {
            Purpose::Search => logs::search(model, prompt.text),
            // Its keys are taken above.
            Purpose::Entity => {}
            Purpose::Palette => return palette::entered(model, prompt),
            Purpose::Export => return export::entered(model, prompt),
            Purpose::SearchIncidents => review::search(model, prompt.text),
            Purpose::Note | Purpose::Instant(_) | Purpose::Reason => {
                return marking_keys::entered(model, prompt);
            }
        },
    }
    Effect::None
}

/// Does what a key does.
pub fn apply(model: &mut Model, action: Action) -> Effect {
    if let Some(why) = review::refused(model, action) {
        model.message = Some(why.to_owned());
        return Effect::None;
    }
    match action {
        Action::Leave => return Effect::Quit,
        Action::Quit if model.screen == model.home() => return Effect::Quit,
        Action::Suspend => return Effect::Suspend,
        Action::Show(Screen::Logs) => return logs::open(model),
        Action::Drill if review::has_table(model) => return review::act(model, action),
        Action::Keep(keeping) => return marking_keys::act(model, keeping),
        Action::Drill => return drill(model),
        Action::Palette | Action::Export | Action::Copy | Action::CopyCommand => {
            return manners::act(model, action);
        }
        Action::Show(Screen::Help) if model.screen == Screen::Help => back(model),
        Action::Show(screen) => {
            model.show(screen);
            drill::stay(model);
        }
        Action::Quit | Action::Back => back(model),
        Action::Zone => model.utc = !model.utc,
        Action::Freeze => freeze(model),
        Action::NextIncident => moves::incident(model, 1),
        Action::PreviousIncident => moves::incident(model, -1),
        _ => {
            return match model.screen {
                Screen::Timeline => on_timeline(model, action),
                Screen::Logs => logs::act(model, action),
                Screen::Review if review::takes(model, action) => review::act(model, action),
                _ => on_list(model, action),
            };
        }
    }
    Effect::None
}

fn back(model: &mut Model) {
    if model.screen == model.home() {
        if entity::drop_selected(model) {
            return;
        }
        match model.range {
            (None, None) => model.message = Some("q quits".to_owned()),
            _ => model.range = (None, None),
        }
    } else {
        model.screen = model.back.pop().unwrap_or(model.home());
        drill::come_back(model);
    }
}

fn freeze(model: &mut Model) {
    if let Some(held) = frozen::toggle(model) {
        take(model, held);
    }
}

fn on_timeline(model: &mut Model, action: Action) -> Effect {
    let page = (model.drawn.drawings.len() / 2).max(1) as isize;
    match action {
        Action::Down => lane(model, 1),
        Action::Up => lane(model, -1),
        Action::HalfDown => lane(model, page),
        Action::HalfUp => lane(model, -page),
        Action::Earlier => moves::cells(model, -1),
        Action::Later => moves::cells(model, 1),
        Action::First => moves::edge(model, false),
        Action::Last => moves::edge(model, true),
        Action::ZoomIn => moves::zoom(model, true),
        Action::ZoomOut => moves::zoom(model, false),
        Action::Fit => moves::fit(model),
        Action::RangeStart => moves::range(model, false),
        Action::RangeEnd => moves::range(model, true),
        Action::NextAnomaly => moves::anomaly(model, true),
        Action::PreviousAnomaly => moves::anomaly(model, false),
        Action::Claim => drill::claim(model),
        Action::Filter => entity::begin(model),
        action => arrangement::act(model, action),
    }
    Effect::None
}

fn lane(model: &mut Model, by: isize) {
    let rows = selectable(model);
    let at = model
        .lane
        .as_ref()
        .and_then(|id| rows.iter().position(|row| row == id))
        .unwrap_or(0);
    let to = at
        .saturating_add_signed(by)
        .min(rows.len().saturating_sub(1));
    model.lane = rows.get(to).cloned();
}

fn on_list(model: &mut Model, action: Action) -> Effect {
    let page = isize::from(i16::try_from(model.size.1 / 2).unwrap_or(i16::MAX)).max(1);
    let by = match action {
        Action::Down => 1,
        Action::Up => -1,
        Action::HalfDown => page,
        Action::HalfUp => -page,
        Action::First => isize::MIN,
        Action::Last => isize::MAX,
        _ => return Effect::None,
    };
    let key = model
        .drawn
        .document
        .moved(model.rows.get(&model.screen), by);
    if let Some(key) = key {
        model.rows.insert(model.screen, key);
    }
    Effect::None
}

/// Into what is selected.
fn drill(model: &mut Model) -> Effect {
    if model.screen == Screen::Timeline {
        return drill::open(model);
    }
    let document = &model.drawn.document;
    let selected = document.selected(model.rows.get(&model.screen));
    match selected.and_then(|index| document.rows[index].target.clone()) {
        Some(Target::Incident(id)) => {
            moves::choose(model, id);
            model.show(Screen::Incident);
            Effect::None
        }
        Some(Target::Moment { signal, at_ns }) => {
            moves::moment(model, signal.as_deref(), at_ns);
            model.show(Screen::Timeline);
            drill::stay(model);
            Effect::None
        }
        Some(Target::Line { path, line, offset }) => open_line(model, &path, line, offset),
        None => {
            model.message = Some("this row leads nowhere".to_owned());
            Effect::None
        }
    }
}

/// The Logs screen at a line. A line of a people's record is shown in the footer instead.
pub fn open_line(model: &mut Model, path: &str, line: u64, offset: u64) -> Effect {
    if let Some(words) = marking::made(model, path, line) {
        model.message = Some(words);
        return Effect::None;
    }
    let Some(snapshot) = &model.snapshot else {
        model.message = Some(format!("{path}, line {line}"));
        return Effect::None;
    };
    let Some(source) = snapshot.inputs.iter().position(|input| input.path == path) else {
        model.message = Some(format!(
            "{path}, line {line}: not among the sources that are open"
        ));
        return Effect::None;
    };
    let is_log = snapshot.store.rows_of(source) > 0;
    if is_log {
        model.show(Screen::Logs);
    }
    logs::request(
        model,
        Anchor::Line {
            source,
            line,
            offset,
            time_ns: None,
        },
        !is_log,
    )
}
