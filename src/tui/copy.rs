//! What `y` and `Y` copy: the selected line or row, the answer of an incident, the command that
//! shows the same. Printable text; how it reaches a clipboard is the terminal's part.

use super::duration_rows;
use super::logs::selected_index;
use super::model::{Effect, Model, Screen};
use super::pen::Piece;
use super::{shell, state_words, words};
use crate::analysis::{Concluded, Snapshot};
use crate::text::printable;

/// Cells for the line of a contributor.
const WIDTH: usize = 200;

/// Text on its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// What it is, for the footer: `the line`.
    pub what: String,
    /// The text; lines end in `\n`, the last one in nothing, so that pasted it starts nothing.
    pub text: String,
    /// It is short and wanted on the screen too.
    pub show: bool,
}

/// Copies what is selected.
pub fn selected(model: &mut Model) -> Effect {
    let found = match model.screen {
        Screen::Timeline | Screen::Incident => answer(model).map(|text| ("the answer", text)),
        Screen::Logs => {
            selected_index(model).map(|index| ("the line", printable(&model.logs.rows[index].text)))
        }
        screen => {
            let document = &model.drawn.document;
            let index = document.selected(model.rows.get(&screen));
            index.map(|index| ("the row", joined(&document.rows[index].pieces)))
        }
    };
    match found.filter(|(_, text)| !text.is_empty()) {
        Some((what, text)) => Effect::Copy(Copied {
            what: what.to_owned(),
            text,
            show: false,
        }),
        None => {
            model.message = Some("nothing is selected that could be copied".to_owned());
            Effect::None
        }
    }
}

/// Copies the command that shows the same.
pub fn command(model: &mut Model) -> Effect {
    let text = shell::command(model);
    model.message = Some(text.clone());
    Effect::Copy(Copied {
        what: "the command".to_owned(),
        text,
        show: true,
    })
}

fn answer(model: &Model) -> Option<String> {
    let snapshot = model.snapshot.as_ref()?;
    let lines = match model.concluded() {
        Some(concluded) => of_incident(model, snapshot, concluded),
        None => {
            let prose = model.drawn.prose.iter();
            let prose = prose.map(|pieces| joined(pieces));
            std::iter::once(of_what(snapshot)).chain(prose).collect()
        }
    };
    let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
    Some(lines.join("\n"))
}

/// `rfo: slow-token-auth -w 'status>=500'`.
fn of_what(snapshot: &Snapshot) -> String {
    let filter = snapshot.filter.as_ref();
    let filter = filter.map(|filter| format!(" -w {}", shell::quoted(filter.text.as_bytes())));
    printable(&format!(
        "rfo: {}{}",
        snapshot.title,
        filter.unwrap_or_default()
    ))
}

/// What the first screen says of it, whole.
fn of_incident(model: &Model, snapshot: &Snapshot, concluded: &Concluded) -> Vec<String> {
    let (zone, incident) = (model.zone(), &concluded.incident);
    let place = (
        model.incident_index().unwrap_or(0),
        snapshot.incidents.len(),
    );
    let first = incident.contributors.first();
    let contributor = first.map(|first| joined(&words::contributor(first, WIDTH)));
    let zone_name = incident.windows.first().map(|window| {
        let name = zone.name_at(window.start.at_ns);
        format!("times in {name}")
    });
    let mut lines = vec![
        of_what(snapshot),
        joined(&state_words::state(
            model,
            (snapshot, concluded),
            place,
            true,
            usize::MAX,
        )),
        printable(&incident.title),
        joined(&words::verdict(&incident.explanation)),
        contributor.unwrap_or_default(),
    ];
    let durations = duration_rows::durations(concluded, zone, usize::MAX);
    lines.extend(durations.iter().filter(|row| !row.missing).map(|row| {
        let line = format!("{} {}  {}  {}", row.label, row.value, row.way, row.source);
        printable(line.trim_end())
    }));
    let notes = words::notes(concluded, zone);
    lines.extend(notes.iter().map(|note| printable(&format!("! {note}"))));
    lines.extend(zone_name);
    lines
}

fn joined(pieces: &[Piece]) -> String {
    let text: String = pieces.iter().map(|piece| piece.text.as_str()).collect();
    printable(text.trim())
}
