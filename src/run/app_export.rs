//! Files that the app writes, and how it was called.
//!
//! In: what is shown, and a name whose ending decides, as `-o` of `rfo report` does. Out: the file,
//! whole or not at all, and a sentence. Names are redacted as the command line does by default.

use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{incident, mark, temporary_beside};
use crate::analysis::{Options, Snapshot, select};
use crate::cli::Reading;
use crate::cli::export::{To, by_ending};
use crate::clock;
use crate::clock::words::clock_time;
use crate::reports::exports::{self, Names};
use crate::reports::{Look, json, text};
use crate::tui::{ExportEnd, ExportRequest, Exportable, Exported, Exporter, Invocation};

/// Columns of the text report.
const LOOK: Look = Look {
    colour: false,
    width: 80,
};

/// Writes what the app asks for.
pub fn exporter(reading: Reading, options: Options) -> Exporter {
    Box::new(move |request| {
        let end = match write(request, &reading, &options) {
            Ok(end) => end,
            Err(error) => ExportEnd::Failed(format!("{error:#}")),
        };
        Exported {
            file: request.file.clone(),
            end,
        }
    })
}

fn write(request: &ExportRequest, reading: &Reading, options: &Options) -> Result<ExportEnd> {
    let path = located(&request.file);
    let Exportable::Snapshot(snapshot, range) = &request.shown else {
        let why = "a review is exported by rfo review".to_owned();
        return Ok(ExportEnd::Failed(why));
    };
    if incident::has_ending(&path) {
        // Its history goes on: nothing is written over.
        let by = (mark::who(None), clock::now_ns());
        incident::save(&path, snapshot, (reading, options), (&by.0, by.1))?;
        return Ok(ExportEnd::Written(format!("saved in {}", shown(&path))));
    }
    let Some(to) = by_ending(&path) else {
        return Ok(ExportEnd::Failed(format!(
            "{}: its ending says no form: .md .html .svg .ans .csv .json .txt .rfo.json",
            request.file
        )));
    };
    let (text, what) = written(snapshot, range.clone(), to);
    put(&path, text.as_bytes(), request.over, &what)
}

/// Puts a file where it is to be, whole; where there is one, only if it may be written over.
pub(super) fn put(path: &Path, bytes: &[u8], over: bool, what: &str) -> Result<ExportEnd> {
    if path.exists() && !over {
        return Ok(ExportEnd::Exists);
    }
    let cannot = || format!("cannot write {}", path.display());
    let mut file = temporary_beside(path).with_context(cannot)?;
    file.write_all(bytes).with_context(cannot)?;
    file.as_file().sync_all().with_context(cannot)?;
    if over {
        file.persist(path).with_context(cannot)?;
    } else if let Err(error) = file.persist_noclobber(path) {
        // Somebody was faster.
        if error.error.kind() == std::io::ErrorKind::AlreadyExists {
            return Ok(ExportEnd::Exists);
        }
        return Err(error.error).with_context(cannot);
    }
    let kilobytes = bytes.len().div_ceil(1000);
    Ok(ExportEnd::Written(format!(
        "wrote {} ({kilobytes} kB, {what})",
        shown(path)
    )))
}

/// The text and what is in it.
fn written(snapshot: &Snapshot, range: Option<Range<i64>>, to: To) -> (String, String) {
    let selection = range.map(|range| select(snapshot, range));
    let zone = snapshot.zone;
    let time = |ns: i64| clock_time(ns, zone);
    let part = match &selection {
        Some(part) => format!(", with {} to {}", time(part.from_ns), time(part.to_ns)),
        None => String::new(),
    };
    let names = Names::Redacted;
    let redacted = "names and secrets replaced".to_owned();
    match to {
        To::Text => {
            let text = text::with_selection(snapshot, selection.as_ref(), LOOK);
            (text, format!("nothing redacted{part}"))
        }
        To::Json => {
            let text = json::with_selection(snapshot, selection.as_ref());
            (text, format!("nothing redacted{part}"))
        }
        To::Ansi => {
            let look = Look {
                colour: true,
                ..LOOK
            };
            (exports::ansi(snapshot, look, names), redacted)
        }
        To::Markdown => (exports::markdown(snapshot, names), redacted),
        To::Html => (exports::html(snapshot, names), redacted),
        To::Svg => (exports::svg(snapshot, names), redacted),
        To::Csv => (exports::csv(snapshot, names), redacted),
        To::Status => (exports::status(snapshot, names), redacted),
    }
}

/// Where a typed name is: `~/` is the user's home, as in a shell.
pub(super) fn located(file: &str) -> PathBuf {
    let home = std::env::var_os("HOME").filter(|home| !home.is_empty());
    match (file.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(file),
    }
}

/// The whole path: whoever reads the footer need not know where rfo was started.
fn shown(path: &Path) -> String {
    let whole = std::path::absolute(path);
    let whole = whole.as_deref().unwrap_or(path);
    crate::text::printable(&whole.to_string_lossy())
}

/// How rfo was called: what of it changes what is concluded, `-3h` as an instant.
pub fn invocation(reading: &Reading, options: &Options) -> Invocation {
    let given = incident::absolute_range(&reading.given, options);
    // The filter has a place of its own.
    let given = given.iter().filter(|(name, _)| *name != "where");
    let values = given.flat_map(|(name, values)| {
        let values = values.as_array().into_iter().flatten();
        let texts = values.filter_map(|value| value.as_str());
        texts.map(move |text| (name.clone(), text.to_owned()))
    });
    let sources = reading.sources.iter();
    Invocation {
        sources: sources
            .map(|source| source.as_os_str().to_owned())
            .collect(),
        options: values.collect(),
        filter: reading.filter.as_ref().map(|filter| filter.text.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_told_once() {
        let flags = serde_json::json!({"where": ["status>=500"], "bucket": ["10s"]});
        let flags = flags.as_object().expect("a map");
        let reading = crate::cli::mark::reading(flags, &["x.log".into()]).expect("in order");
        let options = reading.options(0).expect("in order");
        let told = invocation(&reading, &options);
        assert_eq!(told.options, [("bucket".to_owned(), "10s".to_owned())]);
        assert_eq!(told.filter.as_deref(), Some("status>=500"));
    }
}
