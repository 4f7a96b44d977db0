//! The README says what the program does: its keys are those of the key table, its formats those
//! that are compiled in.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rfo::formats::builtin;
use rfo::reports::text::{Look as ReportLook, text};
use rfo::tui::{Binding, Colour, KEYS, Look, Model, Msg, Screen, update, view};

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

fn where_it_works(binding: &Binding) -> String {
    let most = KEYS.iter().map(|key| key.screens.len()).max();
    if Some(binding.screens.len()) == most {
        return "everywhere".to_owned();
    }
    let word = |screen: &Screen| match screen {
        Screen::Timeline => "Timeline",
        Screen::Incidents => "Incidents",
        Screen::Incident => "Incident",
        Screen::Contributors => "Contributors",
        Screen::Patterns => "Patterns",
        Screen::Logs => "Logs",
        Screen::Review => "Review",
        Screen::Case => "One of a review",
        Screen::Findings => "Lint",
        Screen::Sources => "Sources",
        Screen::Help => "Help",
    };
    binding
        .screens
        .iter()
        .map(word)
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn the_keys_are_those_of_the_key_table() {
    let mut table = "| keys | where | what |\n|---|---|---|\n".to_owned();
    for binding in KEYS {
        let keys: Vec<String> = binding
            .keys
            .iter()
            .map(|key| format!("`{}`", key.replace(' ', "")))
            .collect();
        table.push_str(&format!(
            "| {} | {} | {} |\n",
            keys.join(" "),
            where_it_works(binding),
            binding.help
        ));
    }
    let written = part(&readme(), "keys");
    assert!(
        written == table,
        "the table of keys in README.md must be:\n\n{table}"
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

/// The first screen of a folder at 80x24, as text.
fn first_screen(folder: &Path) -> String {
    let mut snapshot = made::analysed(&[folder.to_path_buf()], |_| {});
    snapshot.title = "slow-token-auth".to_owned();
    let look = Look {
        colour: Colour::None,
        ascii: false,
    };
    let mut model = Model::new(look, 80, 24);
    update(&mut model, Msg::Snapshot(Arc::new(snapshot)));
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
fn the_screen_is_what_the_first_command_shows() {
    let shown = first_screen(&made::root().join("sample-logs/slow-token-auth"));
    assert_eq!(
        part(&readme(), "screen"),
        format!("```\n{shown}```\n"),
        "the screen is:\n{shown}"
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
