//! Incident files as sources, and reports kept as incident files.
//!
//! In: what the user named. Out: what the incident files among it name, with their options under
//! the user's; or the file, written. Paths are kept relative to the file's folder.

use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf, absolute};

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::analysis::{Options, Snapshot, basis};
use crate::cli::{Reading, mark};
use crate::clock::words::rfc3339;
use crate::input::child::ChildLog;
use crate::input::spool;
use crate::records::incident_file::{self, Action, ENDING, Entry, IncidentFile, store};
use crate::reports::plural;

/// Bytes that tell an incident file from others.
const HEAD_BYTES: u64 = 4096;

/// Whether a path names an incident file, by its name or its first bytes.
pub fn is_incident(path: &Path) -> bool {
    if has_ending(path) {
        return true;
    }
    let mut head = Vec::new();
    let is_file = path.is_file();
    let read = is_file.then(|| {
        File::open(path)
            .ok()?
            .take(HEAD_BYTES)
            .read_to_end(&mut head)
            .ok()
    });
    read.flatten().is_some() && incident_file::is_of(&String::from_utf8_lossy(&head))
}

/// Whether a name ends like that of an incident file.
pub fn has_ending(path: &Path) -> bool {
    path.to_string_lossy().ends_with(ENDING)
}

/// The reading with incident files replaced by what they name; the files stay as records. What
/// the user gives comes before what they say.
pub fn expanded(reading: &Reading) -> Result<Reading> {
    let (named, others): (Vec<PathBuf>, Vec<PathBuf>) = reading
        .sources
        .iter()
        .cloned()
        .partition(|path| is_incident(path));
    if named.is_empty() {
        return Ok(reading.clone());
    }
    let mut files: Vec<IncidentFile> = Vec::new();
    let mut sources = others;
    for path in &named {
        let file = store::open(path)?.with_context(|| format!("there is no {}", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        sources.extend(
            file.reading
                .sources
                .iter()
                .map(|source| located(source, folder)),
        );
        files.push(file);
    }
    sources.extend(named);
    let mut once = std::collections::BTreeSet::new();
    sources.retain(|source| once.insert(source.clone()));
    let options = files.iter().map(|file| &file.reading.options);
    let flags = mark::joined(&reading.given, options);
    let read = mark::reading(&flags, &sources).map_err(anyhow::Error::msg)?;
    Ok(Reading {
        threads: reading.threads,
        max_memory: reading.max_memory,
        no_cache: reading.no_cache,
        ..read
    })
}

/// Where a source of a file in `folder` is.
fn located(source: &str, folder: &Path) -> PathBuf {
    match ChildLog::named(source) {
        Some(_) => PathBuf::from(source),
        None => folder.join(source),
    }
}

/// How a file in `folder` names a source: relative to it where they share a folder other than the
/// root, programs as they were named. `None` for what can be read only once.
pub fn named_from(source: &Path, folder: &Path) -> Option<String> {
    let text = source.to_string_lossy();
    if ChildLog::named(&text).is_some() {
        return Some(text.into_owned());
    }
    if spool::gives_once(source) {
        return None;
    }
    let whole = |path: &Path| {
        path.canonicalize()
            .or_else(|_| absolute(path))
            .unwrap_or_else(|_| path.to_path_buf())
    };
    let folder = match folder.as_os_str().is_empty() {
        true => Path::new("."),
        false => folder,
    };
    let (source, folder) = (whole(source), whole(folder));
    let shared = source
        .components()
        .zip(folder.components())
        .take_while(|(a, b)| a == b)
        .count();
    if shared <= 1 {
        return Some(source.to_string_lossy().into_owned());
    }
    let up = folder
        .components()
        .skip(shared)
        .map(|_| Component::ParentDir);
    let relative: PathBuf = up.chain(source.components().skip(shared)).collect();
    Some(match relative.as_os_str().is_empty() {
        true => ".".to_owned(),
        false => relative.to_string_lossy().into_owned(),
    })
}

/// Sources and options as a file at this path keeps them.
pub fn kept_reading(
    path: &Path,
    reading: &Reading,
    options: &Options,
) -> (Vec<String>, Map<String, Value>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    let logs = reading.sources.iter().filter(|source| !is_incident(source));
    let sources = logs.filter_map(|source| named_from(source, folder));
    (sources.collect(), absolute_range(&reading.given, options))
}

/// What a file is about: the first incident.
pub fn title_of(snapshot: &Snapshot) -> String {
    let first = snapshot.incidents.first();
    first.map_or_else(|| snapshot.title.clone(), |one| one.incident.title.clone())
}

/// Keeps an analysis: sources, options and computed values are new, the history goes on. Returns
/// sources that were left out since they can be read only once.
pub fn save(
    path: &Path,
    snapshot: &Snapshot,
    (reading, options): (&Reading, &Options),
    (who, now_ns): (&str, i64),
) -> Result<Vec<String>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    let (sources, flags) = kept_reading(path, reading, options);
    let is_left_out =
        |source: &&PathBuf| !is_incident(source) && named_from(source, folder).is_none();
    let left_out = reading.sources.iter().filter(is_left_out);
    let left_out = left_out
        .map(|source| source.to_string_lossy().into_owned())
        .collect();
    let entry = Entry {
        note: format!(
            "{}, {}",
            plural(sources.len(), "source"),
            plural(snapshot.incidents.len(), "incident")
        ),
        ..Entry::new(Action::Save, who, now_ns)
    };
    store::update(path, |mut file| {
        if file.title.is_empty() {
            file.title = title_of(snapshot);
        }
        let kept = file.basis.take();
        file.basis = Some(basis(snapshot, now_ns));
        if let (Some(new), Some(old)) = (&mut file.basis, kept) {
            new.rest = old.rest;
        }
        file.reading.sources = sources;
        file.reading.options = flags;
        let entry = incident_file::completed(&file, entry);
        Ok(incident_file::apply(&file, entry)?)
    })?;
    Ok(left_out)
}

/// `-3h` is another time tomorrow: the range is kept as instants.
pub fn absolute_range(given: &Map<String, Value>, options: &Options) -> Map<String, Value> {
    let mut flags = given.clone();
    for (name, at_ns) in [("since", options.since_ns), ("until", options.until_ns)] {
        if let Some(at_ns) = at_ns {
            flags.insert(name.to_owned(), vec![rfc3339(at_ns)].into());
        }
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_named_from_the_folder_of_the_file() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let whole = folder.path().canonicalize().expect("there");
        std::fs::create_dir_all(whole.join("a/logs")).expect("made");
        std::fs::write(whole.join("a/logs/x.log"), "x\n").expect("written");
        let check = |source: &str, of: &str, expected: &str| {
            let named =
                named_from(&whole.join(source), &whole.join(of)).expect("it can be read again");
            assert_eq!(named, expected, "{source} from {of}");
            let found = located(&named, &whole.join(of));
            assert_eq!(
                found.canonicalize().ok(),
                whole.join(source).canonicalize().ok()
            );
        };
        check("a/logs", "a", "logs");
        check("a/logs/x.log", "a", "logs/x.log");
        check("a", "a", ".");
        std::fs::create_dir_all(whole.join("b")).expect("made");
        check("a/logs", "b", "../a/logs");
        assert_eq!(
            named_from(&whole.join("a/logs/*.log"), &whole.join("a")).as_deref(),
            Some("logs/*.log")
        );
        assert_eq!(
            named_from(Path::new("docker:web"), &whole).as_deref(),
            Some("docker:web")
        );
        assert_eq!(named_from(Path::new("-"), &whole), None);
        assert_eq!(located("docker:web", &whole), Path::new("docker:web"));
    }
}
