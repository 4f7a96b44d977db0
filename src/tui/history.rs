//! What was typed before and can be had again: filters and commands of this session and of former
//! ones.
//!
//! In: texts that were entered. Out: texts to be recalled, and what is to be remembered. Reads and
//! writes no file: whoever runs the app does.

use crossbeam_channel::Sender;

use super::model::{Effect, Model};

/// Texts of a kind that are remembered.
pub const REMEMBERED_MAX: usize = 200;
/// Longest text, characters.
const TEXT_MAX: usize = 500;

/// What is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entered {
    /// A filter of the Logs screen.
    Filter,
    /// A command of the palette.
    Command,
}

/// What was typed, the newest last.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Filters.
    pub filters: Vec<String>,
    /// Commands.
    pub commands: Vec<String>,
    /// What is to be remembered beyond this session.
    fresh: Vec<(Entered, String)>,
}

/// What former sessions left, and who remembers what is typed in this one.
#[derive(Debug, Clone, Default)]
pub struct Memory {
    /// Filters, the newest last.
    pub filters: Vec<String>,
    /// Commands, the newest last.
    pub commands: Vec<String>,
    /// `None` where nothing is remembered.
    pub remember: Option<Sender<(Entered, String)>>,
}

impl History {
    /// With what former sessions left.
    pub fn begin(&mut self, memory: &mut Memory) {
        self.filters = std::mem::take(&mut memory.filters);
        self.commands = std::mem::take(&mut memory.commands);
    }

    /// Takes up a text that was entered.
    pub fn enter(&mut self, kind: Entered, text: &str) {
        put(self.of(kind), text);
        self.fresh.push((kind, text.to_owned()));
    }

    fn of(&mut self, kind: Entered) -> &mut Vec<String> {
        match kind {
            Entered::Filter => &mut self.filters,
            Entered::Command => &mut self.commands,
        }
    }
}

/// Puts a text at the end of a list, where it stands once; the oldest goes beyond the bound. What is
/// empty, too long or would steer a terminal is not remembered.
pub fn put(list: &mut Vec<String>, text: &str) {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > TEXT_MAX || text.chars().any(char::is_control) {
        return;
    }
    list.retain(|other| other != text);
    list.push(text.to_owned());
    let old = list.len().saturating_sub(REMEMBERED_MAX);
    list.drain(..old);
}

/// The place of the text before (`by` -1) or after the one at `at`, `None` being behind the newest;
/// `None` where that is again behind it, and `at` itself where there is no older one.
pub fn step(list: &[String], at: Option<usize>, by: isize) -> Option<usize> {
    let to = at.unwrap_or(list.len()).checked_add_signed(by);
    match to {
        Some(to) => (to < list.len()).then_some(to),
        None => at,
    }
}

/// What is to be remembered, beside what is to be done anyway.
pub fn remembered(model: &mut Model, effect: Effect) -> Effect {
    let fresh = std::mem::take(&mut model.history.fresh);
    fresh
        .into_iter()
        .rev()
        .fold(effect, |effect, (kind, text)| {
            Effect::Both(Box::new((Effect::Remember(kind, text), effect)))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_stands_once_at_the_end_and_the_oldest_goes() {
        let mut list: Vec<String> = Vec::new();
        for text in ["a", "b", " a ", "", "x\u{1b}[2J", &"y".repeat(501)] {
            put(&mut list, text);
        }
        assert_eq!(list, ["b", "a"]);
        (0..2 * REMEMBERED_MAX).for_each(|i| put(&mut list, &i.to_string()));
        assert_eq!((list.len(), list[0].as_str()), (REMEMBERED_MAX, "200"));
    }

    #[test]
    fn one_goes_from_the_newest_to_the_oldest_and_back_behind_it() {
        let list = ["old".to_owned(), "new".to_owned()];
        assert_eq!(step(&list, None, -1), Some(1));
        assert_eq!(step(&list, Some(1), -1), Some(0));
        assert_eq!(step(&list, Some(0), -1), Some(0));
        assert_eq!(step(&list, Some(1), 1), None);
        assert_eq!(step(&[], None, -1), None);
        assert_eq!(step(&list, None, 1), None);
    }
}
