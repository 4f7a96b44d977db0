//! The tables of docs/KEYS.md: every key, every screen, every command, from the code.

use super::commands::COMMANDS;
use super::keys::{Action, Binding, TABLE};
use super::model::Screen;

/// The screens with their names and what they show, in the order of their keys.
const SCREENS: [(Screen, &str, &str); 11] = [
    (
        Screen::Timeline,
        "Timeline",
        "how it stands, lanes on one time axis, changes, people and windows, durations",
    ),
    (Screen::Incidents, "Incidents", "all incidents"),
    (
        Screen::Incident,
        "Incident",
        "one incident in full; Enter opens its evidence",
    ),
    (
        Screen::Contributors,
        "Contributors",
        "who or what makes up the difference, by every dimension",
    ),
    (
        Screen::Patterns,
        "Patterns",
        "statements, endpoints, messages and jobs with their durations",
    ),
    (
        Screen::Logs,
        "Logs",
        "the lines of all sources at the cursor",
    ),
    (
        Screen::Review,
        "Review",
        "many incidents: one metric on a log axis, its statistics, the table",
    ),
    (
        Screen::Case,
        "One of a review",
        "one incident of a review: durations, claims, lint findings",
    ),
    (
        Screen::Findings,
        "Lint",
        "what the linter found in the records",
    ),
    (
        Screen::Sources,
        "Sources",
        "how each source was read, and what cannot be seen",
    ),
    (Screen::Help, "Help", "the keys"),
];

/// The name of a screen.
pub fn screen_name(screen: Screen) -> &'static str {
    let found = SCREENS.iter().find(|one| one.0 == screen);
    found.map_or("another screen", |one| one.1)
}

/// `| keys | where | what |`, a row per binding.
pub fn keys() -> String {
    let mut table = "| keys | where | what |\n|---|---|---|\n".to_owned();
    for binding in TABLE {
        let names = names(binding).join(" ");
        let (place, help) = (place(binding), cell(binding.help));
        table.push_str(&format!("| {names} | {place} | {help} |\n"));
    }
    table
}

fn names(binding: &Binding) -> Vec<String> {
    let keys = binding.keys.iter();
    keys.map(|key| format!("`{}`", key.replace(' ', "")))
        .collect()
}

fn place(binding: &Binding) -> String {
    let most = TABLE.iter().map(|key| key.screens.len()).max();
    if Some(binding.screens.len()) == most {
        return "everywhere".to_owned();
    }
    let names: Vec<&str> = binding.screens.iter().copied().map(screen_name).collect();
    names.join(", ")
}

/// `| screen | key | what it shows |`.
pub fn screens() -> String {
    let mut table = "| screen | key | what it shows |\n|---|---|---|\n".to_owned();
    for (screen, name, what) in SCREENS {
        let own = TABLE.iter().find(|key| key.action == Action::Show(screen));
        let key = own.map_or_else(String::new, |key| names(key).join(" "));
        table.push_str(&format!("| {name} | {key} | {what} |\n"));
    }
    table
}

/// `| command | what it does |`.
pub fn commands() -> String {
    let mut table = "| command | what it does |\n|---|---|\n".to_owned();
    for command in COMMANDS {
        let line = format!("{} {}", command.name, command.argument);
        let values = match command.values {
            [] => String::new(),
            values => format!(": {}", values.join(", ")),
        };
        table.push_str(&format!(
            "| `{}` | {}{} |\n",
            cell(line.trim_end()),
            cell(command.help),
            cell(&values)
        ));
    }
    table
}

/// Text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_of_the_key_table_has_a_name() {
        let named = |screen: &Screen| SCREENS.iter().any(|one| one.0 == *screen);
        for binding in TABLE {
            assert!(binding.screens.iter().all(named));
            if let Action::Show(screen) = binding.action {
                assert!(named(&screen), "{screen:?}");
            }
        }
    }
}
