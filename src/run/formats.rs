//! `rfo formats`: lists formats and checks definitions.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use etcetera::base_strategy::{BaseStrategy, Xdg};

use super::{EXIT_FINDINGS, print};
use crate::cli::FormatsCommand;
use crate::formats::catalogue::{self, SOURCES, own_definitions};
use crate::formats::check::check;
use crate::formats::definition::{Definition, Error};

/// The folder of the user's own formats; `None` for a user without a home.
fn folder() -> Option<PathBuf> {
    let folders = Xdg::new().ok()?;
    Some(folders.config_dir().join("rfo").join("formats"))
}

/// Loads the user's own formats; what cannot be used is told and left out.
pub fn load_own() -> Vec<Error> {
    folder().map_or_else(Vec::new, |folder| catalogue::load_own(&folder))
}

/// Does what was asked: lists, or checks files and exits with 1 if one does not hold.
pub fn run(command: Option<&FormatsCommand>) -> Result<ExitCode> {
    match command {
        None | Some(FormatsCommand::List) => {
            print(list().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Some(FormatsCommand::Check { files }) => {
            let (text, sound) = files
                .iter()
                .fold((String::new(), true), |(text, sound), file| {
                    let (line, holds) = judge(file);
                    (text + &line, sound && holds)
                });
            print(text.as_bytes())?;
            Ok(ExitCode::from(if sound { 0 } else { EXIT_FINDINGS }))
        }
    }
}

/// Every format in the order they are tried, one a line.
fn list() -> String {
    let row = |definition: &Definition, from: &str| {
        let name = crate::text::printable(&definition.name);
        let title = crate::text::printable(&definition.title);
        format!("{name:<18} {:<9} {from:<8} {title}\n", definition.engine)
    };
    let own = own_definitions()
        .iter()
        .map(|(definition, _)| row(definition, "own"));
    let builtin = SOURCES.iter().filter_map(|(name, text)| {
        let definition = Definition::read(name, text).ok()?;
        Some(row(&definition, "built in"))
    });
    own.chain(builtin).collect()
}

/// What is to be said of a definition, and whether it holds.
fn judge(file: &std::path::Path) -> (String, bool) {
    let name = crate::text::printable(&file.to_string_lossy());
    let read = catalogue::read_file(file).and_then(|read| Ok((read.compile()?, read)));
    match read {
        Err(error) => (format!("{error}\n"), false),
        Ok((format, definition)) => {
            let faults = check(&definition, &format);
            let samples = definition.sample.len();
            match faults.is_empty() {
                true => (
                    format!("{name}: {samples} samples read as they say\n"),
                    true,
                ),
                false => (format!("{name}:\n  {}\n", faults.join("\n  ")), false),
            }
        }
    }
}
