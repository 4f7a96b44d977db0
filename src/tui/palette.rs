//! The palette: one typed line, matched against every key of the key table and every command.
//!
//! In: the line as it is typed. Out: the best matches above the footer with the key beside each;
//! Enter does the chosen one. What the keys and commands do is theirs.

use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

use super::commands::{self, COMMANDS, Command};
use super::history::{self, Entered};
use super::keys::{Action, Binding, TABLE};
use super::look::Ink;
use super::model::{Effect, Model, Screen};
use super::pen::Pen;
use super::prompt::{Prompt, Purpose};
use super::reference::screen_name;
use super::screens::wrap;
use super::update::apply;
use crate::text::printable;

/// Matches shown at once.
const ROWS_MAX: usize = 10;

/// What can be chosen.
#[derive(Debug, Clone, Copy)]
pub enum Offer {
    /// A key's action; the screen it works on, where that is another one.
    Key(&'static Binding, Option<Screen>),
    /// A command.
    Command(&'static Command),
}

/// The matches, the best first.
#[derive(Debug, Clone, Default)]
pub struct Palette {
    /// For the line as it is.
    pub offers: Vec<Offer>,
    /// Which of them.
    pub chosen: usize,
    /// Which command of the history the line is, where it is one.
    recalled: Option<usize>,
}

impl Offer {
    /// What stands in the list and is matched.
    fn words(&self) -> String {
        match self {
            Self::Key(binding, None) => binding.help.to_owned(),
            Self::Key(binding, Some(screen)) => {
                format!("{} (on {})", binding.help, screen_name(*screen))
            }
            Self::Command(command) => {
                let head = format!("{} {}", command.name, command.argument);
                format!("{:<18} {}", head.trim_end(), command.help)
            }
        }
    }

    /// The key that does it without the palette; none does a command.
    fn key(&self) -> String {
        match self {
            Self::Key(binding, _) => binding.keys[0].replace(' ', ""),
            Self::Command(_) => String::new(),
        }
    }
}

/// Everything there is: commands, the keys of this screen, then those of others.
fn all(screen: Screen) -> Vec<Offer> {
    let mut offers: Vec<Offer> = COMMANDS.iter().map(Offer::Command).collect();
    let here = |binding: &&Binding| binding.screens.contains(&screen);
    let is_other = |binding: &Binding| binding.action != Action::Palette;
    let own = TABLE.iter().filter(here).filter(|one| is_other(one));
    offers.extend(own.map(|binding| Offer::Key(binding, None)));
    let mut seen: Vec<Action> = TABLE
        .iter()
        .filter(here)
        .map(|binding| binding.action)
        .collect();
    for binding in TABLE {
        if !seen.contains(&binding.action) {
            seen.push(binding.action);
            offers.push(Offer::Key(binding, binding.screens.first().copied()));
        }
    }
    offers
}

/// Those that match a line, the best first; of equals the first of the table.
fn matching(screen: Screen, line: &str) -> Vec<Offer> {
    if let Some((command, _)) = commands::named(line).filter(|_| line.trim_start().contains(' ')) {
        return vec![Offer::Command(command)];
    }
    let kind = AtomKind::Fuzzy;
    let pattern = Pattern::new(line, CaseMatching::Ignore, Normalization::Smart, kind);
    let mut config = Config::DEFAULT;
    config.prefer_prefix = true;
    let mut matcher = Matcher::new(config);
    let mut letters = Vec::new();
    let mut scored = Vec::new();
    for offer in all(screen) {
        let words = offer.words();
        let text = Utf32Str::new(&words, &mut letters);
        let named = matches!(&offer, Offer::Command(command) if command.name.starts_with(line));
        if let Some(score) = pattern.score(text, &mut matcher) {
            scored.push(((named && !line.is_empty(), score), offer));
        }
    }
    scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    scored.into_iter().map(|(_, offer)| offer).collect()
}

/// Opens it with an empty line.
pub fn open(model: &mut Model) {
    model.prompt = Some(Prompt::new(Purpose::Palette, ""));
    look_up(model);
}

/// Brings the matches up to date with the line.
pub fn look_up(model: &mut Model) {
    let line = match &model.prompt {
        Some(prompt) if prompt.purpose == Purpose::Palette => prompt.text.clone(),
        _ => return,
    };
    model.manners.palette = Palette {
        offers: matching(model.screen, &line),
        ..Palette::default()
    };
}

/// Above the first match are the commands that were typed before, the newest first: the line becomes
/// one of them, or empty again below the newest. Gives whether it did.
fn recalled(model: &mut Model, prompt: &mut Prompt, by: isize) -> bool {
    let palette = &model.manners.palette;
    let is_above = palette.chosen == 0 && (by < 0 || palette.recalled.is_some());
    let to = history::step(&model.history.commands, palette.recalled, by);
    if !is_above || (by < 0 && to.is_none()) {
        return false;
    }
    let line = to.map_or("", |at| &model.history.commands[at]);
    *prompt = Prompt::new(Purpose::Palette, line);
    model.manners.palette = Palette {
        offers: matching(model.screen, line),
        chosen: 0,
        recalled: to,
    };
    true
}

/// Takes the keys that choose and complete; gives whether it was one.
pub fn took(model: &mut Model, prompt: &mut Prompt, name: &str) -> bool {
    if prompt.purpose != Purpose::Palette {
        return false;
    }
    let by = match name {
        "Down" | "^n" => 1,
        "Up" | "^p" => -1,
        _ => 0,
    };
    if by != 0 && recalled(model, prompt, by) {
        return true;
    }
    let palette = &mut model.manners.palette;
    let last = palette.offers.len().saturating_sub(1);
    match name {
        "Down" | "^n" => palette.chosen = (palette.chosen + 1).min(last),
        "Up" | "^p" => palette.chosen = palette.chosen.saturating_sub(1),
        "PageDown" => palette.chosen = (palette.chosen + ROWS_MAX).min(last),
        "PageUp" => palette.chosen = palette.chosen.saturating_sub(ROWS_MAX),
        "Tab" => {
            if let Some(line) = completed(palette, &prompt.text) {
                *prompt = Prompt::new(Purpose::Palette, &line);
                *palette = Palette {
                    offers: matching(model.screen, &line),
                    ..Palette::default()
                };
            }
        }
        _ => return false,
    }
    prompt.error = None;
    true
}

/// The line with a command's name completed, or with its next value.
fn completed(palette: &Palette, line: &str) -> Option<String> {
    let typed = commands::named(line).filter(|_| line.contains(' '));
    if let Some((command, argument)) = typed {
        let (values, argument) = (command.values, argument.trim());
        let value = match values.iter().position(|value| *value == argument) {
            Some(at) => values.get((at + 1) % values.len()),
            None => values.iter().find(|value| value.starts_with(argument)),
        };
        return value.map(|value| format!("{} {value}", command.name));
    }
    Some(match palette.offers.get(palette.chosen)? {
        Offer::Command(command) if command.argument.is_empty() => command.name.to_owned(),
        Offer::Command(command) => format!("{} ", command.name),
        Offer::Key(binding, _) => binding.help.to_owned(),
    })
}

/// Does what was typed, else what is chosen.
pub fn entered(model: &mut Model, mut prompt: Prompt) -> Effect {
    let palette = std::mem::take(&mut model.manners.palette);
    let line = prompt.text.trim().to_owned();
    let entered = commands::named(&line).filter(|_| palette.chosen == 0);
    let chosen = palette.offers.get(palette.chosen).copied();
    let done = match (entered, chosen) {
        (Some((command, argument)), _) => command.run(model, argument),
        (_, Some(Offer::Key(binding, screen))) => {
            return run(model, binding, screen);
        }
        (_, Some(Offer::Command(command))) if command.needs_argument() => {
            prompt = Prompt::new(Purpose::Palette, &format!("{} ", command.name));
            Err(format!("{} is missing", command.argument))
        }
        (_, Some(Offer::Command(command))) => command.run(model, ""),
        (_, None) => Err("nothing is called so; Esc drops".to_owned()),
    };
    match done {
        Ok(effect) => {
            if let Some((command, argument)) = entered {
                let line = format!("{} {}", command.name, argument.trim());
                model.history.enter(Entered::Command, &line);
            }
            effect
        }
        Err(why) => {
            prompt.error = Some(why);
            model.prompt = Some(prompt);
            look_up(model);
            Effect::None
        }
    }
}

/// Does what a key does, on its screen.
fn run(model: &mut Model, binding: &Binding, screen: Option<Screen>) -> Effect {
    let gone = screen.map_or(Effect::None, |screen| apply(model, Action::Show(screen)));
    super::refresh::refresh(model);
    match apply(model, binding.action) {
        Effect::None => gone,
        // The newer wish stands for both: it is of the same screen.
        effect => effect,
    }
}

/// Draws the matches above the footer, and over them what is wrong with the line.
pub fn draw(model: &Model, prompt: &Prompt, pen: &mut Pen<'_>, width: usize, foot: usize) {
    let palette = &model.manners.palette;
    let error = prompt.error.as_deref().unwrap_or_default();
    let wrong = wrap(&printable(error), width.saturating_sub(2));
    let room = ROWS_MAX.min(foot.saturating_sub(3 + wrong.len()));
    let n = palette.offers.len().min(room);
    let last = palette.offers.len() - n;
    let first = palette.chosen.saturating_sub(n.saturating_sub(1)).min(last);
    let Some(top) = foot.checked_sub(n + wrong.len() + 1) else {
        return;
    };
    for y in top..foot {
        pen.blank(y);
    }
    let (glyph, dim) = (pen.look.glyphs().rule, pen.look.style(Ink::Dim));
    (1..width.saturating_sub(1)).for_each(|x| pen.cell(x, top, glyph, dim));
    let count = match palette.offers.len() {
        0 => " nothing is called so ".to_owned(),
        of => format!(" {} of {of} ", palette.chosen + 1),
    };
    pen.text(3, top, width, &count, Ink::Dim);
    for (i, offer) in palette.offers.iter().enumerate().skip(first).take(n) {
        let y = top + 1 + i - first;
        row(offer, pen, width, y);
        if i == palette.chosen {
            let (glyph, strong) = (pen.look.glyphs().pointer, pen.look.style(Ink::Strong));
            pen.cell(0, y, glyph, strong);
            pen.restyle(0, y, width, pen.look.selected());
        }
    }
    for (i, line) in wrong.iter().enumerate() {
        pen.text(1, top + 1 + n + i, width, line, Ink::Bad);
    }
}

fn row(offer: &Offer, pen: &mut Pen<'_>, width: usize, y: usize) {
    let key = offer.key();
    let room = width.saturating_sub(key.chars().count() + 5);
    pen.text(2, y, room, &offer.words(), Ink::Plain);
    pen.right(0, y, width.saturating_sub(1), &key, Ink::Key);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The key or the command that stands first.
    fn first(screen: Screen, line: &str) -> String {
        match matching(screen, line).first() {
            Some(Offer::Command(command)) => command.name.to_owned(),
            Some(offer) => offer.key(),
            None => String::new(),
        }
    }

    #[test]
    fn a_few_letters_find_what_is_meant() {
        for (line, key) in [
            ("exp", "export"),
            ("freeze", "Space"),
            ("sources", "7"),
            ("nxt anomaly", "]a"),
            ("theme li", "theme"),
            ("QUERIES", "4"),
            ("back", "Esc"),
        ] {
            assert_eq!(first(Screen::Timeline, line), key, "{line}");
        }
        assert!(matching(Screen::Timeline, "zzzz").is_empty());
    }

    #[test]
    fn every_key_and_command_is_offered_on_every_screen() {
        for screen in [Screen::Timeline, Screen::Logs, Screen::Help] {
            let offers = matching(screen, "");
            for binding in TABLE.iter().filter(|one| one.action != Action::Palette) {
                let is_it = |offer: &&Offer| matches!(offer, Offer::Key(one, _) if one.action == binding.action);
                assert!(offers.iter().any(|offer| is_it(&offer)), "{}", binding.help);
            }
            for command in COMMANDS {
                let is_it = |offer: &&Offer| matches!(offer, Offer::Command(one) if one.name == command.name);
                assert!(offers.iter().any(|offer| is_it(&offer)), "{}", command.name);
            }
        }
    }
}
