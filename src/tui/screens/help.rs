//! The help, drawn from the key table.

use super::super::document::Document;
use super::super::keys::{Binding, LISTS, TABLE};
use super::super::look::{Ink, Look};
use super::super::model::Screen;
use super::super::pen::Piece;

/// The keys, by screen; then the letters of the lifecycle.
pub fn document(look: Look) -> Document {
    let mut document = Document::default();
    // What works alike on several screens is said once.
    section(
        &mut document,
        "Everywhere",
        TABLE.iter().filter(|key| key.screens.len() > LISTS.len()),
    );
    section(
        &mut document,
        "Lists",
        TABLE.iter().filter(|key| key.screens == LISTS),
    );
    let screens = [
        ("Timeline", Screen::Timeline),
        ("Incidents", Screen::Incidents),
        ("One incident", Screen::Incident),
        ("Contributors; Queries and patterns", Screen::Contributors),
        ("Logs", Screen::Logs),
        ("Review", Screen::Review),
        ("One incident of a review", Screen::Case),
    ];
    for (name, screen) in screens {
        let here = TABLE
            .iter()
            .filter(|key| key.screens.len() < LISTS.len() && key.screens.contains(&screen));
        section(&mut document, name, here);
    }
    legend(&mut document, look);
    document
}

fn section<'a>(document: &mut Document, name: &str, keys: impl Iterator<Item = &'a Binding>) {
    document.heading(name);
    for key in keys {
        let names: Vec<String> = key.keys.iter().map(|name| name.replace(' ', "")).collect();
        let pieces = vec![
            Piece::new(format!("{:<14}", names.join("  ")), Ink::Key),
            Piece::new(key.help, Ink::Plain),
        ];
        document.row(format!("{name} {}", key.shown), pieces);
    }
}

fn legend(document: &mut Document, look: Look) {
    let glyphs = look.glyphs();
    document.heading("Lanes");
    let shapes = [
        (
            format!("{:?}", glyphs.gap),
            "nothing is known: no lines, or outside of the source",
        ),
        (glyphs.bars[0].to_string(), "zero, or the least"),
        ("^ v".to_owned(), "beside a value: above, below the usual"),
        (
            glyphs.window.uncertain.to_string(),
            "where the edge of a window may lie",
        ),
        ("2".to_owned(), "two windows in one cell"),
    ];
    for (shape, words) in shapes {
        let pieces = vec![
            Piece::new(format!("{shape:<14}"), Ink::Strong),
            Piece::new(words, Ink::Plain),
        ];
        document.row(format!("shape {words}"), pieces);
    }
    document.heading("Letters on the timeline (small: said by people)");
    let letters = [
        ("C", "a change took effect"),
        ("S", "impact starts: users are worse off"),
        ("A N", "an alert fired; a responder received it"),
        ("D", "detected: people know"),
        ("K G", "acknowledged; first action"),
        ("I", "identified: a cause that nothing later contradicts"),
        ("X", "an attempt to mitigate"),
        ("P", "recovered in part"),
        ("M R", "mitigated; restored, as far as the logs hold"),
        ("V F", "closed on paper; permanent fix live"),
        ("!", "premature: it came back"),
        ("+", "several in one cell"),
    ];
    for (letter, words) in letters {
        let pieces = vec![
            Piece::new(format!("{letter:<14}"), Ink::Strong),
            Piece::new(words, Ink::Plain),
        ];
        document.row(format!("letter {letter}"), pieces);
    }
}
