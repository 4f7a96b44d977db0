//! Keeps what is marked in the app in its incident file.
//!
//! In: wishes, in order, with the time of the key. Out: the file on disk after each, how it ended,
//! and for the analysis the file as it is now. What cannot be written stays in memory, is said, and
//! is tried again with the next wish and at the end.

mod others;
mod place;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};

use others::{Seen, together};
pub use place::own_folder;
use place::{cause, names};

use super::incident::{kept_reading, title_of};
use super::mark;
use crate::analysis::{Options, Own, Snapshot, basis};
use crate::cli::Reading;
use crate::clock::When;
use crate::records::incident_file::{
    Action, Entry, IncidentFile, Stated, View, apply, completed, merge, store,
};
use crate::reports::plural;
use crate::tui::{Done, Keep, Kept, Opened, Wish};

/// Time between two looks at the incident file, which others may write to.
const LOOK: Duration = Duration::from_secs(1);

/// Who keeps.
pub struct Keeper {
    /// Who marks: what is undone is this one's.
    who: String,
    reading: Reading,
    options: Options,
    /// The file that is written to; before the first write of a new one its best name.
    path: PathBuf,
    /// Names for a new file, until one is taken.
    free: Vec<PathBuf>,
    /// Where the file goes when it cannot be written where it should.
    own_folder: Option<PathBuf>,
    /// The file as it is on disk, with what could not be written.
    file: IncidentFile,
    /// The file as it was looked at last; `None` where it is to be looked at again.
    seen: Option<Seen>,
    /// Other incident files that were opened.
    others: Vec<IncidentFile>,
    /// Entries that are in memory alone, in order.
    unsaved: Vec<Entry>,
    /// The file began in this session, or was saved as a whole in it.
    is_own: bool,
    owns: Sender<Own>,
    /// The other end: what waits there is replaced by what is newer.
    stale: Receiver<Own>,
}

/// What of a wish goes into the file beside the entry.
struct Whole<'a> {
    /// Sources, options and what was chosen on the screens.
    reading: Option<&'a View>,
    basis: Option<(&'a Snapshot, i64)>,
}

impl Keeper {
    /// Ready to keep what is marked on these sources: in the incident file that was named, of
    /// several in the first with an entry of one's own, else in a new one in the first of the
    /// folders; the second is for what cannot be written.
    ///
    /// # Errors
    /// If an incident file that was named cannot be read.
    pub fn new(
        who: String,
        named: &[PathBuf],
        (folder, own_folder): (&Path, Option<PathBuf>),
        (reading, options): (&Reading, &Options),
        (owns, stale): (Sender<Own>, Receiver<Own>),
    ) -> Result<Self> {
        let mut files = Vec::new();
        for path in named
            .iter()
            .filter(|path| super::incident::is_incident(path))
        {
            files.extend(store::open(path)?.map(|file| (path.clone(), file)));
        }
        let has_mine = |file: &IncidentFile| file.history.iter().any(|one| one.who == who);
        let at = files
            .iter()
            .position(|(_, file)| has_mine(file))
            .unwrap_or(0);
        let chosen = (!files.is_empty()).then(|| files.remove(at));
        let free = match &chosen {
            Some(_) => Vec::new(),
            None => names(named, folder),
        };
        let first = free.first().cloned().unwrap_or_default();
        let (path, file) = chosen.unwrap_or((first, IncidentFile::default()));
        Ok(Self {
            who,
            reading: reading.clone(),
            options: options.clone(),
            path,
            free,
            own_folder,
            file,
            seen: None,
            others: files.into_iter().map(|(_, file)| file).collect(),
            unsaved: Vec::new(),
            is_own: false,
            owns,
            stale,
        })
    }

    /// With what the app is opened; `missing` are sources that are not there.
    pub fn opened(&self, missing: &[String]) -> Opened {
        let is_open = self.free.is_empty();
        let missing = (!missing.is_empty())
            .then(|| format!("not found: {}; the rest is open", missing.join(", ")));
        Opened {
            who: self.who.clone(),
            file: is_open.then(|| (self.name(), Arc::new(self.all()))),
            message: missing.or_else(|| self.left_before()),
        }
    }

    /// What somebody marked on the same sources before, without having it open now.
    fn left_before(&self) -> Option<String> {
        let path = self.free.first()?;
        let file = store::open(path).ok()??;
        let marks = file.history.iter().filter(|one| one.action != Action::Save);
        let n = marks.count();
        let name = path.display();
        (n > 0 && self.is_of_these(&file, path)).then(|| {
            format!(
                "{name} has {} of these logs: rfo {name}",
                plural(n, "change")
            )
        })
    }

    /// Carries out wishes until no more can come, and meanwhile takes up what others write to the
    /// file. Returns what could not be saved, in words.
    pub fn run(mut self, wishes: &Receiver<(Wish, i64)>, kept: &Sender<Kept>) -> Vec<String> {
        loop {
            let done = match wishes.recv_timeout(LOOK) {
                Ok((wish, now_ns)) => Some(self.keep(&wish, now_ns)),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            // Whoever asked may be gone: what was asked for is done all the same.
            if let Some(done) = done {
                let _ = kept.send(done);
            }
        }
        if !self.unsaved.is_empty() {
            let nothing = Whole {
                reading: None,
                basis: None,
            };
            let _ = self.write(&nothing);
        }
        self.unsaved.iter().map(mark::words).collect()
    }

    fn keep(&mut self, wish: &Wish, now_ns: i64) -> Kept {
        // What is undone, corrected or saved is what stands there now.
        let _ = self.look();
        let entry = match self.entry(wish, now_ns) {
            Ok(entry) => entry,
            Err(why) => return self.kept(None, Done::Refused(why)),
        };
        let is_save = matches!(wish.keep, Keep::Save);
        let snapshot = wish.snapshot.as_deref();
        let judged = snapshot.filter(|one| one.progress.finished);
        let whole = Whole {
            reading: (is_save || self.is_own || !self.free.is_empty()).then_some(&wish.view),
            basis: judged
                .filter(|_| is_save || wish.keep == Keep::Basis)
                .map(|snapshot| (snapshot, now_ns)),
        };
        if let Some(entry) = &entry {
            self.take(entry);
        }
        let done = self.write(&whole);
        self.is_own |= is_save;
        self.tell_analysis();
        self.kept(entry, done)
    }

    fn kept(&self, entry: Option<Entry>, done: Done) -> Kept {
        Kept {
            entry,
            done,
            path: self.name(),
            file: Arc::new(self.all()),
            unsaved: self.unsaved.len(),
            is_own: self.is_own,
        }
    }

    fn name(&self) -> String {
        self.path.to_string_lossy().into_owned()
    }

    /// What stands in all files that are open.
    fn all(&self) -> IncidentFile {
        let files: Vec<IncidentFile> = [&self.file]
            .into_iter()
            .chain(&self.others)
            .cloned()
            .collect();
        merge(&files).0
    }

    /// The entry that a wish is about, in order; `None` for computed values alone.
    fn entry(&self, wish: &Wish, now_ns: i64) -> Result<Option<Entry>, String> {
        let mut entry = match &wish.keep {
            Keep::Put(entry) => (**entry).clone(),
            Keep::Undo => Entry {
                of: Some(self.newest_own()?),
                ..Entry::new(Action::Undo, "", 0)
            },
            Keep::Save => {
                let incidents = wish.snapshot.as_ref().map_or(0, |one| one.incidents.len());
                let sources = kept_reading(&self.path, &self.reading, &self.options)
                    .0
                    .len();
                let counted = [plural(sources, "source"), plural(incidents, "incident")];
                Entry {
                    note: counted.join(", "),
                    ..Entry::new(Action::Save, "", 0)
                }
            }
            Keep::Basis => return Ok(None),
        };
        (entry.who, entry.when_ns) = (self.who.clone(), now_ns);
        if entry.action == Action::Mark && entry.after.is_none() {
            entry.after = Some(Stated {
                literal: "now".to_owned(),
                ..Stated::of(&When::exact(now_ns), "human")
            });
        }
        let all = self.all();
        let entry = completed(&all, entry);
        apply(&all, entry.clone()).map_err(|why| why.to_string())?;
        Ok(Some(entry))
    }

    /// The newest change of one's own that is not taken back.
    fn newest_own(&self) -> Result<String, String> {
        let all = self.all();
        let is_undone = |id: &str| {
            let mut undos = all.history.iter().filter(|one| one.action == Action::Undo);
            undos.any(|one| one.of.as_deref() == Some(id))
        };
        let is_change = |one: &&Entry| {
            one.who == self.who
                && !matches!(one.action, Action::Undo | Action::Save)
                && !is_undone(&one.id)
        };
        let newest = all.history.iter().rev().find(is_change);
        newest
            .map(|one| one.id.clone())
            .ok_or_else(|| format!("there is no change by {} to undo", self.who))
    }

    /// Puts an entry into the file as it is in memory, after the one it is about if that is in
    /// another file.
    fn take(&mut self, entry: &Entry) {
        let has = |id: &str| self.file.history.iter().any(|one| one.id == id);
        let about = entry.of.as_deref().filter(|of| !has(of));
        let others = self.others.iter().flat_map(|file| &file.history);
        let about = about.and_then(|of| others.into_iter().find(|one| one.id == of));
        let new: Vec<Entry> = about.into_iter().chain([entry]).cloned().collect();
        self.file.history.extend(new.iter().cloned());
        self.unsaved.extend(new);
    }

    /// Writes what is not saved yet: to the file, or where there is none to the first name that
    /// is free; where that cannot be, to the user's own folder.
    fn write(&mut self, whole: &Whole<'_>) -> Done {
        let names = match self.free.is_empty() {
            true => vec![self.path.clone()],
            false => self.free.clone(),
        };
        let mut why = String::new();
        for path in names {
            match self.write_to(&path, whole) {
                Ok(()) => return Done::Saved,
                // Its name is taken by something else: the next.
                Err(store::Error::Changed(other)) if !self.free.is_empty() => why = other,
                Err(error @ store::Error::Unreadable { .. }) if !self.free.is_empty() => {
                    why = error.to_string();
                }
                Err(error) => {
                    why = cause(&error);
                    break;
                }
            }
        }
        let meant = self.path.clone();
        let Some(path) = self.elsewhere().filter(|path| *path != meant) else {
            return Done::NotSaved(why);
        };
        match self.write_to(&path, whole) {
            Ok(()) => Done::Elsewhere(why),
            Err(_) => Done::NotSaved(why),
        }
    }

    /// The same name in the user's own folder, which is made.
    fn elsewhere(&self) -> Option<PathBuf> {
        let folder = self.own_folder.as_ref()?;
        std::fs::create_dir_all(folder).ok()?;
        Some(folder.join(self.path.file_name()?))
    }

    fn write_to(&mut self, path: &Path, whole: &Whole<'_>) -> Result<(), store::Error> {
        let is_new_place = path != self.path || !self.free.is_empty();
        let mut began = false;
        let written = store::update(path, |mut file| {
            began = file.history.is_empty() && file.reading.sources.is_empty();
            if is_new_place && !began && !self.is_of_these(&file, path) {
                let name = path.display();
                return Err(store::Error::Changed(format!("{name} is of other sources")));
            }
            // What is known of a file that cannot be written, or was deleted, goes with it; one that was
            // replaced by an older one gets back what it lacks.
            file = match began {
                true => self.file.clone(),
                false => together(file, &self.file),
            };
            self.fill(&mut file, path, whole, is_new_place && began);
            Ok(file)
        })?;
        self.is_own |= began && is_new_place;
        (self.file, self.path) = (written, path.to_path_buf());
        // Somebody may have written since: it is looked at again.
        self.seen = None;
        self.free.clear();
        self.unsaved.clear();
        Ok(())
    }

    fn fill(&self, file: &mut IncidentFile, path: &Path, whole: &Whole<'_>, is_new: bool) {
        if let Some((snapshot, now_ns)) = whole.basis {
            let rest = file.basis.take().map(|old| old.rest).unwrap_or_default();
            file.basis = Some(basis(snapshot, now_ns));
            file.basis
                .iter_mut()
                .for_each(|new| new.rest = rest.clone());
            if file.title.is_empty() {
                file.title = title_of(snapshot);
            }
        }
        let Some(view) = whole.reading else { return };
        let rest = file.view.take().map(|old| old.rest).unwrap_or_default();
        let view = View {
            rest,
            ..view.clone()
        };
        file.view = Some(view).filter(|view| !view.is_empty());
        if whole.basis.is_some() || is_new {
            let (sources, options) = kept_reading(path, &self.reading, &self.options);
            (file.reading.sources, file.reading.options) = (sources, options);
        }
    }

    /// Whether a file at this path is of the sources that are open.
    fn is_of_these(&self, file: &IncidentFile, path: &Path) -> bool {
        let (mut ours, _) = kept_reading(path, &self.reading, &self.options);
        let mut theirs = file.reading.sources.clone();
        ours.sort();
        theirs.sort();
        ours == theirs
    }

    /// Hands the file to the analysis; only the newest counts.
    fn tell_analysis(&self) {
        let mut own = Own {
            path: self.name(),
            file: Arc::new(self.file.clone()),
        };
        while let Err(TrySendError::Full(back)) = self.owns.try_send(own) {
            let _ = self.stale.try_recv();
            own = back;
        }
    }
}

#[cfg(test)]
mod tests;
