//! The README says what the program does: its keys are those of the key table, its formats those
//! that are compiled in.

use std::fs;
use std::path::Path;

use rfo::formats::builtin;
use rfo::tui::{Binding, KEYS, Screen};

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
    if binding.screens.len() == 6 {
        return "everywhere".to_owned();
    }
    let word = |screen: &Screen| match screen {
        Screen::Timeline => "Timeline",
        Screen::Incidents => "Incidents",
        Screen::Incident => "Incident",
        Screen::Logs => "Logs",
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
