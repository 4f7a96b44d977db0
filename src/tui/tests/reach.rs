//! Every key on every screen and in every prompt, at sizes from nothing to a wall: nothing panics,
//! and all screens and prompts are really reached.

use std::collections::BTreeSet;

use super::marking::answer;
use super::review::{alone, board, busy};
use super::*;

/// From nothing to a wall.
const SIZES: [(u16, u16); 4] = [(1, 1), (30, 5), (80, 24), (240, 70)];
/// Ways to places from which every key is tried.
const WAYS: [&str; 10] = [
    "] a", "[ l l ]", "2", "2 Enter", "3", "4", "5 w v", "6", "7", "?",
];
/// What is typed into a prompt that a key opened.
const TYPED: [&str; 8] = ["日", "Space", "Left", "Tab", "Down", "^w", "1", "Enter"];

#[derive(Default)]
struct Seen {
    screens: BTreeSet<Screen>,
    prompts: BTreeSet<String>,
}

impl Seen {
    /// Draws, and remembers where that was.
    fn look(&mut self, model: &mut Model, size: (u16, u16)) {
        step(model, Msg::Resized(size.0, size.1));
        let text = screen(model);
        assert!(
            !text.replace('\n', "").chars().any(char::is_control),
            "{text}"
        );
        self.screens.insert(model.screen);
        if let Some(prompt) = &model.prompt {
            let name = format!("{:?}", prompt.purpose);
            let name = name.split('(').next().unwrap_or_default();
            self.prompts.insert(name.to_owned());
        }
        if model.screen == Screen::Logs && model.logs.sift.typed.is_some() {
            self.prompts.insert("Filter".to_owned());
        }
    }

    fn keys(&mut self, model: &mut Model, keys: &str, size: (u16, u16)) {
        for key in keys.split_whitespace() {
            let effect = step(model, Msg::Key(key.to_owned()));
            if let Effect::Keep(wish) = &effect {
                answer(model, wish);
            }
            self.look(model, size);
        }
    }

    /// Every key of the table from a place, and what it opens typed into.
    fn all_keys(&mut self, place: &Model, size: (u16, u16)) {
        // Between the first and the last are names for the same.
        let ends = TABLE.iter().map(|key| (key.keys.first(), key.keys.last()));
        let all: BTreeSet<&str> = ends
            .flat_map(|(a, b)| a.into_iter().chain(b))
            .copied()
            .collect();
        for key in all.into_iter().filter(|key| !matches!(*key, "^c" | "^z")) {
            let mut model = place.clone();
            self.keys(&mut model, key, size);
            if model.prompt.is_some() || model.logs.sift.typed.is_some() {
                TYPED
                    .iter()
                    .for_each(|key| self.keys(&mut model, key, size));
            }
        }
    }
}

#[test]
fn every_key_on_every_screen_at_every_size_is_safe() {
    let mut seen = Seen::default();
    let records = board(&busy(), None);
    for size in SIZES {
        for snapshot in [fixture::by_host(), fixture::failing()] {
            let app = app(snapshot, size, UNICODE);
            for way in WAYS {
                let mut place = app.clone();
                seen.keys(&mut place, way, size);
                seen.all_keys(&place, size);
            }
        }
        // A milestone that can be corrected.
        let mut marked = app(fixture::outage(), size, UNICODE);
        seen.keys(&mut marked, ". d 2 Enter", size);
        let (before, rows) = (marked.clone(), marked.drawn.document.rows.len());
        for row in 0..rows {
            let mut place = before.clone();
            seen.keys(&mut place, &"j ".repeat(row), size);
            seen.keys(&mut place, ". c 1 5 : 4 0 Enter w h y Enter", size);
        }
        for way in ["", "j Enter", "L", "/ h a l l"] {
            let mut place = alone(records.clone(), size, UNICODE);
            seen.keys(&mut place, way, size);
            seen.all_keys(&place, size);
        }
    }
    let screens: BTreeSet<Screen> = TABLE.iter().flat_map(|key| key.screens).copied().collect();
    assert_eq!(seen.screens, screens);
    let prompts = [
        "Entity",
        "Export",
        "Filter",
        "Instant",
        "Note",
        "Palette",
        "Reason",
        "Search",
        "SearchIncidents",
    ];
    assert_eq!(seen.prompts, prompts.map(str::to_owned).into());
}
