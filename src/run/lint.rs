//! `rfo lint`: reads records and prints what in them contradicts itself.

use std::io::{self, IsTerminal, Read};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;

use super::{EXIT_FINDINGS, EXIT_INPUT, EXIT_NOTHING, colour, print, tell};
use crate::analysis::lint::lint;
use crate::cli::Lint;
use crate::input::{Source, discover_records, open};
use crate::records::{self, Context, Record};
use crate::reports::Look;
use crate::reports::lint::{Checked, json, text};

/// Bytes read of a record: one more than a record may have, so that a longer one says so.
const BYTES_MAX: u64 = (4 << 20) + 1;

/// Checks what was named. Exits with 1 on findings, 3 when something cannot be read, 4 when
/// nothing is a record.
pub fn run(asked: &Lint) -> Result<ExitCode> {
    let (sources, errors) = discover_records(&asked.records);
    let mut unreadable = errors.len();
    for error in &errors {
        tell(&error.to_string());
    }
    let context = Context {
        zone: asked.tz,
        ..Context::default()
    };
    let mut checked: Vec<Checked> = Vec::new();
    let mut others: Vec<String> = Vec::new();
    for source in &sources {
        match read(source) {
            Err(why) => {
                unreadable += 1;
                tell(&format!("cannot read {}: {why}", source.name));
            }
            Ok(bytes) => match records::read_if_record(&source.name, &bytes, &context) {
                Some(record) => checked.push(of_record(record)),
                None => others.push(source.name.clone()),
            },
        }
    }
    tell_others(&others);
    let shown = match asked.json {
        true => json(&checked),
        false => {
            let colour = colour(asked.color, io::stdout().is_terminal());
            text(&checked, Look { colour, width: 80 })
        }
    };
    if !checked.is_empty() || asked.json {
        print(shown.as_bytes())?;
    }
    Ok(ExitCode::from(code(&checked, unreadable)))
}

fn of_record(record: Record) -> Checked {
    let linted = lint(&record);
    Checked { record, linted }
}

fn code(checked: &[Checked], unreadable: usize) -> u8 {
    let findings = checked.iter().any(|one| one.linted.findings_total() > 0);
    match (unreadable > 0, checked.is_empty(), findings) {
        (true, ..) => EXIT_INPUT,
        (false, true, _) => EXIT_NOTHING,
        (false, false, true) => EXIT_FINDINGS,
        (false, false, false) => 0,
    }
}

fn read(source: &Source) -> std::result::Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    open(source, Arc::default())
        .map_err(|error| error.to_string())?
        .take(BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// What was named and is no record; a few by name.
fn tell_others(others: &[String]) {
    for name in others.iter().take(5) {
        tell(&format!("{name} is not a record, and was left out"));
    }
    if others.len() > 5 {
        tell(&format!("{} more are not records", others.len() - 5));
    }
}
