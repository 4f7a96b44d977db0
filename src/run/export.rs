//! A report as what it is asked for.

use std::io::{self, IsTerminal};

use super::colour;
use crate::analysis::{Selection, Snapshot};
use crate::cli::{ColorChoice, Report, To};
use crate::reports::exports::{self, Names};
use crate::reports::{Look, json, text};

/// The whole text; an error says what cannot be put together.
pub fn written(
    report: &Report,
    snapshot: &Snapshot,
    selection: Option<&Selection>,
) -> Result<String, String> {
    let to = report.export.to();
    if selection.is_some() && !matches!(to, To::Text | To::Json) {
        return Err("--select goes with --to text and --to json".to_owned());
    }
    let names = match report.export.no_redact {
        true => Names::Plain,
        false => Names::Redacted,
    };
    Ok(match to {
        To::Text => text::with_selection(snapshot, selection, look(report, false)),
        To::Json => json::with_selection(snapshot, selection),
        To::Ansi => exports::ansi(snapshot, look(report, true), names),
        To::Markdown => exports::markdown(snapshot, names),
        To::Html => exports::html(snapshot, names),
        To::Svg => exports::svg(snapshot, names),
        To::Csv => exports::csv(snapshot, names),
        To::Status => exports::status(snapshot, names),
    })
}

/// Who asks for a picture with colours gets them, unless he says that he does not want them.
fn look(report: &Report, painted: bool) -> Look {
    let choice = report.appearance.color;
    let colour = match painted {
        true => choice != ColorChoice::Never,
        false => report.export.output.is_none() && colour(choice, io::stdout().is_terminal()),
    };
    Look { colour, width: 80 }
}
