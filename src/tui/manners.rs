//! What belongs to the terminal and the world around rather than to a screen: the palette, exports,
//! copies, the bell. Its part of the model and of `update`.

use std::sync::Arc;

use super::export::{self, Exporting};
use super::herald::Herald;
use super::keys::Action;
use super::model::{Effect, Model, Screen};
use super::palette::{self, Palette};
use super::shell::Invocation;
use super::{copy, sift};
use crate::analysis::Snapshot;

/// Its part of the model.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// What the palette offers, while it is open.
    pub palette: Palette,
    /// An export on its way.
    pub export: Exporting,
    /// What was announced.
    pub herald: Herald,
    /// How rfo was called.
    pub invocation: Arc<Invocation>,
}

/// Does what a key asks for.
pub fn act(model: &mut Model, action: Action) -> Effect {
    match action {
        Action::Palette => palette::open(model),
        Action::Export => export::begin(model),
        Action::Copy => return copy::selected(model),
        Action::CopyCommand => return copy::command(model),
        _ => {}
    }
    Effect::None
}

/// Announces what is new, beside what is to be done anyway.
pub fn announced(model: &mut Model, snapshot: &Snapshot, effect: Effect) -> Effect {
    match model.manners.herald.heed(snapshot) {
        None => effect,
        Some(announcement) => Effect::Both(Box::new((Effect::Announce(announcement), effect))),
    }
}

/// Takes pasted text where a line is typed; elsewhere its letters would be keys.
pub fn paste(model: &mut Model, text: &str) -> Effect {
    // A line is one line: what would end it or steer becomes a blank.
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    let line: String = text.chars().map(plain).collect();
    if let Some(prompt) = &mut model.prompt {
        prompt.paste(line.trim_end());
        palette::look_up(model);
    } else if model.screen == Screen::Logs && model.logs.sift.typed.is_some() {
        sift::paste(model, line.trim_end());
    } else {
        model.message = Some("pasted text is taken where a line is typed: :  /  f  e".to_owned());
    }
    Effect::None
}
