//! Text of someone who means harm, in every field of every screen: what reaches the terminal does
//! nothing there.

use super::comparing::told;
use super::review::{alone, board, busy};
use super::*;
use crate::analysis::comparison::Comparison;
use crate::reports::fixture::hostile;
use crate::tui::compare::Compared;

/// Clears the screen, names the window, rings, turns the direction, hides, ends the line, towers.
fn harm() -> String {
    let tower = "\u{301}".repeat(500);
    format!(
        "=h\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{ad}\u{0}\r\n\t\u{85}\u{2028}\u{e0041}e{tower}\u{65e5}\u{e9}\u{fe0f}"
    )
}

/// Characters of one cell: one, and the marks on it.
const CELL_MAX: usize = 5;

fn check(model: &Model, what: &str) {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
    };
    for cell in buffer(model).content {
        let symbol = cell.symbol();
        assert!(!symbol.contains(hides), "{what}: {symbol:?}");
        assert!(symbol.chars().count() <= CELL_MAX, "{what}: {symbol:?}");
        assert!(!model.look.ascii || symbol.is_ascii(), "{what}: {symbol:?}");
    }
}

/// Types keys and looks at the screen after each; every line that is read is hostile.
fn walk(mut model: Model, keys: &str) {
    for key in keys.split(' ') {
        match update(&mut model, Msg::Key(key.to_owned())) {
            Effect::Lines(request) => {
                let mut reader: LineReader = Box::new(|_, _, _| Ok(harm().into_bytes()));
                update(&mut model, Msg::Lines(fetch(&request, &mut reader)));
            }
            Effect::Compare(request) => {
                let (number, comparison) = (request.number, Arc::new(harmful()));
                update(&mut model, Msg::Compared(Compared { number, comparison }));
            }
            Effect::Copy(copied) => {
                assert!(!copied.text.contains('\u{1b}'), "{keys}: {:?}", copied.text);
            }
            _ => {}
        }
        check(&model, &format!("{key} of {keys:?}"));
    }
}

fn harmful() -> Comparison {
    let mut comparison = told();
    for table in &mut comparison.patterns {
        table.source = harm();
        table.rows.iter_mut().for_each(|row| row.text = harm());
    }
    comparison
}

/// The screens of the logs, their prompts, and what is said in the footer.
const WALKS: [&str; 12] = [
    "j j f Tab Tab Enter J K z",
    "[ l l l ] ] a Enter Esc o y Y",
    "2 Enter j j j Enter Esc j j j j j Enter y",
    "2 Enter . c Esc . x Esc c Esc",
    "3 j j Enter Esc y",
    "4 j j Enter Esc y",
    "5 v v v w l l h j / e Enter n y",
    "5 f s o u r c e = Tab Tab Enter",
    "6 j Enter j j Enter Esc L",
    "7 j j j y",
    ": i n c Tab Enter",
    "e Tab Esc T Space",
];

#[test]
fn what_someone_wrote_into_any_field_does_nothing_to_the_terminal() {
    for snapshot in [
        fixture::outage(),
        fixture::by_host(),
        fixture::live_at(2400),
        fixture::failing(),
    ] {
        for look in [UNICODE, ASCII] {
            for size in [(80, 24), (120, 40), (45, 12)] {
                for keys in WALKS {
                    walk(app(hostile(snapshot.clone(), &harm()), size, look), keys);
                }
            }
        }
    }
}

#[test]
fn a_review_of_hostile_records_does_nothing_to_the_terminal() {
    let foreign = harm().replace(['\r', '\n', '\0'], "");
    let records = busy()
        .replace("Checkout slow", &foreign)
        .replace("cart", &foreign);
    for size in [(80, 24), (60, 12)] {
        let model = alone(board(&records, None), size, UNICODE);
        check(&model, "the board");
        walk(model, "j j s p Enter j j j Esc L j j j Esc / = h Enter y");
    }
}

#[test]
fn a_sentence_from_outside_and_pasted_text_do_nothing_to_the_terminal() {
    let mut model = after("");
    update(&mut model, Msg::Told(harm()));
    check(&model, "told");
    for key in [":", "e", "c"] {
        press(&mut model, &format!("Esc {key}"));
        update(&mut model, Msg::Pasted(harm()));
        check(&model, key);
    }
}
