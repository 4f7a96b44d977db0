//! From what the user named to the sources that are read.
//!
//! In: paths, `-`, globs, `docker:NAME` and the like. Out: `Source`s: what can be read only once
//! is kept in files, bundles are taken apart, rotated logs are one. What was started and kept for
//! it ends with rfo.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::analysis::Options;
use crate::analysis::options::Trouble;
use crate::input::bundle::open_bundles;
use crate::input::child::{Asked, ChildLog, Followed, Pace};
use crate::input::discover::arrange;
use crate::input::ending::{self, EndWithMe};
use crate::input::follow::Filling;
use crate::input::sets::join;
use crate::input::{self, Filler, Source, discover_logs, spool};

/// A pipe's writer is given so long before anyone is told that it is waited for.
const WRITER: Duration = Duration::from_secs(1);

/// What was named, before anything was read.
pub struct Found {
    /// Files as they were found.
    pub files: Vec<Source>,
    /// What keeps the bytes of stdin, pipes and other programs.
    pub fillers: Vec<Filler>,
    /// What is not there.
    pub errors: Vec<input::Error>,
    /// Ends what was started and kept; dropped with the command.
    _ending: EndWithMe,
}

/// Looks for what was named. Reads nothing and starts nothing.
pub fn find(named: &[PathBuf], options: &Options) -> Found {
    let ending = EndWithMe;
    let mut errors = Vec::new();
    let fillers = fillers(named, options, &mut errors);
    let rest: Vec<PathBuf> = named
        .iter()
        .filter(|path| !is_kept(path))
        .cloned()
        .collect();
    let (files, not_found) = discover_logs(&rest);
    errors.extend(not_found);
    Found {
        files,
        fillers,
        errors,
        _ending: ending,
    }
}

/// Named folders in which there is no file to be read, printable.
pub fn empty(named: &[PathBuf]) -> Vec<String> {
    let folders = named.iter().filter(|path| path.is_dir());
    let empty = folders.filter(|folder| {
        let (files, errors) = discover_logs(std::slice::from_ref(*folder));
        files.is_empty() && errors.is_empty()
    });
    let name = |folder: &PathBuf| crate::text::printable(&folder.to_string_lossy());
    empty.map(name).collect()
}

/// What a follower waits for: folders without a file, and globs that match none, which are no errors
/// then. A path that is not there stays one: it may be a slip of the hand.
pub fn awaited(found: &mut Found, empty: Vec<String>) -> Vec<String> {
    let is_awaited = |error: &input::Error| matches!(error, input::Error::NoMatch { .. });
    let (globs, errors) = std::mem::take(&mut found.errors)
        .into_iter()
        .partition(is_awaited);
    found.errors = errors;
    let globs: Vec<input::Error> = globs;
    let globs = globs.iter().map(|error| error.name().to_owned());
    empty.into_iter().chain(globs).collect()
}

/// Whether what a path names has to be kept in a file while rfo runs.
fn is_kept(path: &Path) -> bool {
    spool::gives_once(path) || ChildLog::named(&path.to_string_lossy()).is_some()
}

/// What keeps stdin, pipes and other programs' output; each once, however often it is named.
fn fillers(named: &[PathBuf], options: &Options, errors: &mut Vec<input::Error>) -> Vec<Filler> {
    let asked = Asked {
        since_ns: options.since_ns,
        until_ns: options.until_ns,
        follow: false,
    };
    let filler = |path: &PathBuf| match ChildLog::named(&path.to_string_lossy()) {
        Some(log) => log.and_then(|log| Filler::of_child(log, asked)),
        None => Filler::of_path(path),
    };
    let once: BTreeSet<&PathBuf> = named.iter().filter(|path| is_kept(path)).collect();
    let mut fillers = Vec::new();
    for path in once {
        match filler(path) {
            Ok(filler) => fillers.push(filler),
            Err(error) => errors.push(error),
        }
    }
    fillers
}

/// The sources as they will be read. What could not be kept or read whole is used as far as it
/// came. Takes as long as the writers of stdin and pipes do; `waits` is told of a pipe that has none.
pub fn gather(
    files: Vec<Source>,
    fillers: &mut [Filler],
    waits: &(dyn Fn(&str) + Sync),
) -> (Vec<Source>, Vec<input::Error>) {
    // At the same time: a program may write to two pipes in turn.
    let mut errors: Vec<input::Error> = thread::scope(|scope| {
        let filling: Vec<_> = fillers
            .iter_mut()
            .map(|filler| scope.spawn(|| fill(filler, waits).err()))
            .collect();
        let filled = filling.into_iter().map(|filling| {
            let filled = filling.join();
            filled.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        });
        filled.flatten().collect()
    });
    let kept: Vec<Source> = fillers.iter().map(Filler::source).collect();
    let opened = open_bundles([files, kept.clone()].concat(), &mut errors);
    let (kept, files): (Vec<Source>, Vec<Source>) =
        opened.into_iter().partition(|source| kept.contains(source));
    (put_together(files, kept), errors)
}

/// Fills one; a pipe that nobody writes to is told of while it is waited for.
fn fill(filler: &mut Filler, waits: &(dyn Fn(&str) + Sync)) -> Result<(), input::Error> {
    let Some(name) = filler.awaits_writer() else {
        return filler.fill();
    };
    let text = format!("{name} waits for a writer: it is a pipe that nobody has opened to write");
    let (opened, is_open) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            if is_open.recv_timeout(WRITER) == Err(RecvTimeoutError::Timeout) {
                waits(&text);
            }
        });
        filler.fill_once_open(move || drop(opened))
    })
}

fn put_together(files: Vec<Source>, kept: Vec<Source>) -> Vec<Source> {
    let mut sources = [join(files), kept].concat();
    arrange(&mut sources);
    sources
}

/// As `gather`, but what is kept is filled beside the reading: waits for no writer. A bundle in it
/// is taken apart by whoever follows it.
pub fn gather_live(files: Vec<Source>, fillers: &[Filler]) -> (Vec<Source>, Vec<input::Error>) {
    let mut errors = Vec::new();
    let files = open_bundles(files, &mut errors);
    let kept = fillers.iter().map(Filler::source).collect();
    (put_together(files, kept), errors)
}

/// Fills what is kept, one thread each, and goes on with other programs' lines as they come. What
/// fails is told, here and to who follows.
pub fn fill_beside(fillers: Vec<Filler>, told: &NotRead) -> Arc<Filling> {
    let filling: Arc<Filling> = Arc::default();
    for mut filler in fillers {
        let path = filler.source().origin.path().to_path_buf();
        let (filling, told) = (Arc::clone(&filling), Arc::clone(told));
        filling.begin(&path);
        if filler.awaits_writer().is_some() {
            filling.await_writer(&path);
        }
        thread::spawn(move || {
            let fail = |error: input::Error| {
                filling.fail(&path, error.to_string());
                tell(&told, [error]);
            };
            if let Err(error) = filler.fill_once_open(|| filling.opened(&path)) {
                fail(error);
            }
            let followed = filler.follow(Pace::default(), &mut thread::sleep);
            if let Followed::GivenUp(error) = followed {
                fail(error);
            }
            filling.end(&path);
        });
    }
    filling
}

/// What kept a source from being read whole, for the report.
pub fn troubles(errors: &[input::Error]) -> Vec<Trouble> {
    let trouble = |error: &input::Error| Trouble {
        source: error.name().to_owned(),
        what: error.to_string(),
    };
    errors.iter().map(trouble).collect()
}

/// What could not be read whole, from any thread.
pub type NotRead = Arc<Mutex<Vec<input::Error>>>;

/// Adds to what could not be read whole.
pub fn tell(told: &NotRead, errors: impl IntoIterator<Item = input::Error>) {
    told.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .extend(errors);
}

/// Kills what was started and deletes what was kept when a signal ends rfo.
pub fn end_on_signals() {
    // Without it the system ends rfo as ever, and temporary files stay.
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM]) else {
        return;
    };
    thread::spawn(move || {
        for signal in signals.forever() {
            ending::end();
            let _ = emulate_default_handler(signal);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_still_come_is_awaited_and_what_is_not_there_stays_an_error() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let full = folder.path().join("full");
        std::fs::create_dir_all(folder.path().join("empty")).expect("made");
        std::fs::create_dir_all(&full).expect("made");
        std::fs::write(full.join("a.log"), "x\n").expect("written");
        std::fs::write(folder.path().join("empty/README.md"), "x\n").expect("written");
        let named = ["empty", "full", "full/*.none", "gone"].map(|name| folder.path().join(name));
        let reading = crate::cli::mark::reading(&serde_json::Map::new(), &named).expect("in order");
        let options = reading.options(0).expect("in order");
        let mut found = find(&named, &options);
        let names: Vec<String> = [0, 2].map(|i| named[i].to_string_lossy().into()).into();
        let empty = empty(&named);
        assert_eq!(awaited(&mut found, empty), names);
        let errors: Vec<&str> = found.errors.iter().map(input::Error::name).collect();
        assert_eq!(errors, [named[3].to_string_lossy()]);
        assert_eq!(found.files.len(), 1);
    }
}
