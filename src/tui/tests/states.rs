//! Every screen in every state, as text; and every screen in every look, as text and styles.
//!
//! A state is one of: before the first snapshot, while all is read, with an outage, on a narrow
//! terminal, with a source that cannot be read. A look is one of: dark with 24 bits, 16 colours,
//! ASCII without colour; under the text stand letters for the styles, told below it.

use std::fmt::Write;

use ratatui::buffer::Cell;

use super::comparing::patterns_in;
use super::review::{alone, board, busy};
use super::*;

/// What is looked at, and the keys that lead there.
const PLACES: [(&str, &str); 15] = [
    ("timeline", ""),
    ("incidents", "2"),
    ("incident", "2 Enter"),
    ("contributors", "3"),
    ("patterns", "4"),
    ("logs", "5"),
    ("review", "6"),
    ("case", "6 Enter"),
    ("findings", "6 L"),
    ("sources", "7"),
    ("help", "?"),
    ("palette", ":"),
    ("export", "e"),
    ("entity", "f"),
    ("filter", "5 f s t a t"),
];
/// Nothing is known yet, or there is no outage: less has to fit.
const LOW: (u16, u16) = (80, 12);
const NARROW: (u16, u16) = (45, 12);
const WHOLE: (u16, u16) = (80, 24);
const DARK: Look = Look {
    colour: Colour::True,
    theme: Theme::Dark,
    ascii: false,
};

/// The outage at a place, or many incidents where they are reviewed.
fn busy_at(name: &str, keys: &str, size: (u16, u16), look: Look) -> Model {
    let (mut model, keys) = match name {
        "patterns" => return patterns_in(look, size, "j"),
        "review" | "case" | "findings" => {
            let keys = keys.split_once(' ').map_or("j", |(_, keys)| keys);
            (alone(board(&busy(), None), size, look), keys)
        }
        "entity" => (app(fixture::by_host(), size, look), "] a f Tab"),
        _ => (app(fixture::outage(), size, look), keys),
    };
    press(&mut model, keys);
    model
}

#[test]
fn every_screen_has_a_face_in_every_state() {
    for (name, keys) in PLACES {
        let mut empty = Model::new(UNICODE, LOW.0, LOW.1);
        update(&mut empty, Msg::Resized(LOW.0, LOW.1));
        let mut loading = app(fixture::loading(), WHOLE, UNICODE);
        let mut failing = app(fixture::failing(), LOW, UNICODE);
        for model in [&mut empty, &mut loading, &mut failing] {
            press(model, keys);
        }
        let states = [
            ("empty", empty),
            ("loading", loading),
            ("busy", busy_at(name, keys, WHOLE, UNICODE)),
            ("narrow", busy_at(name, keys, NARROW, UNICODE)),
            ("failing", failing),
        ];
        let mut text = String::new();
        for (state, model) in states {
            let (columns, rows) = model.size;
            let drawn = screen(&model);
            writeln!(text, "== {state} {columns}x{rows}\n{drawn}").expect("a text takes all");
        }
        insta::assert_snapshot!(format!("states_{name}"), text);
    }
}

#[test]
fn every_screen_has_a_face_in_every_look() {
    let sixteen = UNICODE;
    for (name, keys) in PLACES {
        let of = |look| busy_at(name, keys, WHOLE, look);
        let mut text = format!("== dark\n{}\n", screen(&of(DARK)));
        for (look, model) in [("dark", of(DARK)), ("16 colours", of(sixteen))] {
            writeln!(text, "== styles, {look}\n{}", styles(&model)).expect("a text takes all");
        }
        writeln!(text, "== ascii\n{}", screen(&of(ASCII))).expect("a text takes all");
        insta::assert_snapshot!(format!("looks_{name}"), text);
    }
}

/// A letter for the style of every cell, blanks for the terminal's own, and what they stand for.
fn styles(model: &Model) -> String {
    let buffer = buffer(model);
    let mut known: Vec<String> = Vec::new();
    let mut letter = |cell: &Cell| {
        let style = (cell.fg, cell.bg, cell.modifier);
        if style
            == (
                Color::Reset,
                Color::Reset,
                ratatui::style::Modifier::empty(),
            )
        {
            return ' ';
        }
        let words = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
        let at = known.iter().position(|one| *one == words);
        let at = at.unwrap_or_else(|| {
            known.push(words);
            known.len() - 1
        });
        char::from(b'a' + at as u8)
    };
    let rows = buffer.content.chunks(usize::from(buffer.area.width.max(1)));
    let rows: Vec<String> = rows
        .map(|row| row.iter().map(&mut letter).collect())
        .collect();
    let told = known.iter().enumerate();
    let told = told.map(|(at, words)| format!("{}: {words}\n", char::from(b'a' + at as u8)));
    let rows = rows.iter().map(|row| format!("{}\n", row.trim_end()));
    rows.chain(told).collect()
}

#[test]
fn a_stretch_over_the_turn_of_the_year_names_both_years() {
    let evening_ns = 1_451_592_000 * S;
    let snapshot = fixture::quiet_at(evening_ns, 60, crate::clock::Zone::UTC);
    let text = screen(&app(snapshot, WHOLE, UNICODE));
    assert!(
        text.contains("31 Dec 2015 20:00 - 1 Jan 2016 10:00 UTC"),
        "{text}"
    );
}
