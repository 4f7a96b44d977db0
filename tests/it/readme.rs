//! README and manuals say what the program does: keys, screens and commands are those of the code,
//! formats those that are compiled in.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rfo::formats::builtin;
use rfo::reports::text::{Look as ReportLook, text};
use rfo::tui::{Colour, Look, Model, Msg, Theme, reference, update, view};

use crate::command::{rfo, stdout};
use crate::made;

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    fs::read_to_string(path).expect("README.md is in the tree")
}

/// The lines between `<!-- NAME -->` and `<!-- /NAME -->`.
fn part(text: &str, name: &str) -> String {
    let (_, rest) = text
        .split_once(&format!("<!-- {name} -->\n"))
        .expect("the part begins");
    let (inside, _) = rest
        .split_once(&format!("<!-- /{name} -->"))
        .expect("the part ends");
    inside.to_owned()
}

/// `docs/KEYS.md` with its tables as the code has them.
fn manual_of_keys(manual: &str) -> String {
    let tables = [
        ("keys", reference::keys()),
        ("screens", reference::screens()),
        ("commands", reference::commands()),
    ];
    tables
        .iter()
        .fold(manual.to_owned(), |text, (name, table)| {
            with_part(&text, name, table)
        })
}

/// A text with another such part.
fn with_part(text: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text.split_once(&begin).expect("the part begins");
    let (_, after) = rest.split_once(&end).expect("the part ends");
    format!("{before}{begin}{part}{end}{after}")
}

/// Whether what is written is to be made anew instead of compared.
fn is_updating() -> bool {
    std::env::var("INSTA_UPDATE").as_deref() == Ok("always")
}

#[test]
fn the_manual_of_keys_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/KEYS.md");
    let manual = fs::read_to_string(&path).expect("docs/KEYS.md is in the tree");
    let wanted = manual_of_keys(&manual);
    if is_updating() {
        fs::write(&path, &wanted).expect("writable");
    }
    let written = fs::read_to_string(&path).expect("docs/KEYS.md is in the tree");
    assert!(
        written == wanted,
        "docs/KEYS.md differs; INSTA_UPDATE=always writes it:\n\n{wanted}"
    );
}

#[test]
fn the_manual_of_filters_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/FILTER.md");
    let manual = fs::read_to_string(path).expect("docs/FILTER.md is in the tree");
    let tables = [
        ("operators", rfo::filter::reference::operators()),
        ("fields", rfo::filter::reference::fields()),
    ];
    for (name, table) in tables {
        assert!(
            part(&manual, name) == table,
            "the table of {name} in docs/FILTER.md must be:\n\n{table}"
        );
    }
}

#[test]
fn every_format_is_listed() {
    let written = part(&readme(), "formats");
    for format in builtin() {
        assert!(
            written.contains(&format!("| `{}` |", format.name)),
            "README.md does not list {}",
            format.name
        );
    }
}

/// The screen of a replay at 80x24 after some keys.
fn screen_after(folder: &Path, keys: &[&str]) -> String {
    let mut snapshot = made::analysed(&[folder.to_path_buf()], |_| {});
    snapshot.title = "slow-token-auth".to_owned();
    let look = Look {
        colour: Colour::None,
        theme: Theme::Dark,
        ascii: false,
    };
    let mut model = Model::new(look, 80, 24);
    update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    for key in keys {
        update(&mut model, Msg::Key((*key).to_owned()));
    }
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).expect("memory is a terminal");
    terminal
        .draw(|frame| view(&model, frame))
        .expect("it can be drawn to");
    let buffer = terminal.backend().buffer().clone();
    let rows = buffer.content.chunks(80);
    let text = rows.map(|row| row.iter().map(|cell| cell.symbol()).collect::<String>());
    text.map(|row| format!("{}\n", row.trim_end())).collect()
}

#[test]
fn the_screens_are_what_the_first_command_and_keys_show() {
    let folder = made::root().join("sample-logs/slow-token-auth");
    for (name, keys) in [
        ("screen", &[][..]),
        ("screen incident", &["2", "Enter"]),
        ("screen sources", &["7"]),
    ] {
        let shown = format!("```\n{}```\n", screen_after(&folder, keys));
        if is_updating() {
            let path = made::root().join("README.md");
            fs::write(path, with_part(&readme(), name, &shown)).expect("writable");
        }
        assert!(
            part(&readme(), name) == shown,
            "INSTA_UPDATE=always writes it; the {name} is:\n{shown}"
        );
    }
}

#[test]
fn the_picture_is_what_the_command_draws() {
    let drawn = rfo()
        .current_dir(made::root())
        .args(["report", "sample-logs/slow-token-auth", "--to", "svg"])
        .assert();
    let kept = fs::read_to_string(made::root().join("docs/slow-token-auth.svg")).expect("there");
    assert!(
        stdout(&drawn.success()) == kept,
        "rfo report sample-logs/slow-token-auth -o docs/slow-token-auth.svg draws it anew"
    );
}

/// The first incident of a report: from its state to the empty line.
fn first_block(name: &str) -> String {
    let snapshot = made::analysed(&[made::root().join("sample-logs").join(name)], |_| {});
    let report = text(&snapshot, ReportLook::default());
    let lines = report.lines().skip_while(|line| !line.starts_with("i1 "));
    let block = lines.take_while(|line| !line.is_empty());
    block.map(|line| format!("{line}\n")).collect()
}

#[test]
fn the_reports_begin_as_quoted() {
    for name in ["port-exhaustion", "config-push"] {
        let block = first_block(name);
        assert_eq!(
            part(&readme(), &format!("report {name}")),
            format!("```\n{block}```\n"),
            "the report of {name} begins:\n{block}"
        );
    }
}
