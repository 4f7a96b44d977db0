//! `rfo formats`: lists formats, checks definitions, proposes one from a log.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use etcetera::base_strategy::{BaseStrategy, Xdg};

use super::{EXIT_FINDINGS, print};
use crate::cli::FormatsCommand;
use crate::formats::catalogue::{self, SOURCES, own_definitions};
use crate::formats::check::check;
use crate::formats::definition::{Definition, Error};
use crate::formats::learn::learn;
use crate::formats::{bare_duration, detect, why_not};
use crate::input::{discover, open};
use crate::lines::LineBatch;

/// Bytes of a log that are learnt from.
const HEAD_BYTES: u64 = 256 << 10;

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
        Some(FormatsCommand::Learn { file }) => propose(file),
        Some(FormatsCommand::Check { files }) => {
            let (text, sound) =
                files
                    .iter()
                    .try_fold((String::new(), true), |(text, sound), file| {
                        let is_definition = file.extension().is_some_and(|end| end == "toml");
                        let (line, holds) = match is_definition {
                            true => judge(file),
                            false => tell_of(file)?,
                        };
                        anyhow::Ok((text + &line, sound && holds))
                    })?;
            print(text.as_bytes())?;
            Ok(ExitCode::from(if sound { 0 } else { EXIT_FINDINGS }))
        }
    }
}

/// The first lines of a log, and its name without what ends it; or why there are none.
fn head(file: &Path) -> Result<(LineBatch, String)> {
    let (sources, errors) = discover(&[file.to_path_buf()]);
    let Some(source) = sources.first() else {
        let why: Vec<String> = errors.iter().map(ToString::to_string).collect();
        anyhow::bail!("{}", why.join("; "));
    };
    let mut head = Vec::new();
    open(source, Arc::default())?
        .take(HEAD_BYTES)
        .read_to_end(&mut head)?;
    let end = memchr::memrchr(b'\n', &head).map_or(head.len(), |end| end + 1);
    head.truncate(end);
    Ok((LineBatch::split(head, 0), source.stem()))
}

/// What a log is read as, and whether it is.
fn tell_of(file: &Path) -> Result<(String, bool)> {
    let name = crate::text::printable(&file.to_string_lossy());
    let (head, stem) = head(file)?;
    Ok(match detect(&head, &stem) {
        Some(found) => {
            let format = crate::text::printable(&found.format.name);
            let sure = 100.0 * found.confidence;
            let doubt = bare_duration::doubt(&found.format, &head);
            let doubt = doubt.map_or(String::new(), |doubt| format!("  {doubt}\n"));
            let reason = found.reason;
            (
                format!("{name}: {format}, {sure:.0} % sure: {reason}\n{doubt}"),
                true,
            )
        }
        None => (format!("{name}: {}\n", why_not(&head)), false),
    })
}

/// Prints a definition proposed from a log; exits with 1 if there is none to propose.
fn propose(file: &Path) -> Result<ExitCode> {
    let name = crate::text::printable(&file.to_string_lossy());
    let (head, stem) = match head(file) {
        Ok(read) => read,
        Err(why) => {
            super::tell(&format!("{why:#}"));
            return Ok(ExitCode::from(super::EXIT_INPUT));
        }
    };
    match learn(&head, &stem) {
        Ok(text) => {
            print(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            super::tell(&format!("{name}: {why}"));
            Ok(ExitCode::from(EXIT_FINDINGS))
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
        Err(error) => {
            let words = error.to_string();
            let lines = words.lines().map(crate::text::printable);
            (lines.map(|line| line + "\n").collect(), false)
        }
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
