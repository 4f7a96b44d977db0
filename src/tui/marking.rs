//! What was marked in the app: wishes for whoever keeps the incident file, how they ended, and the
//! claims and notes of all incident files as the screens draw them.
//!
//! The keys are in `marking_keys`. Writes no file and asks for no time: an entry without an instant
//! is of now, which whoever keeps it knows.

use std::sync::Arc;

use super::marking_words;
use super::model::{Effect, Model};
use crate::analysis::{Since, Snapshot, since};
use crate::clock::When;
use crate::events::Evidence;
use crate::filter::Filter;
use crate::records::incident_file::{
    ENDING, Entry, IncidentFile, View, merge, read_together, standing, text,
};
use crate::records::{Milestone, MilestoneKind};

/// What a key asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// A milestone at the cursor.
    Mark(MilestoneKind),
    /// A milestone now.
    MarkNow(MilestoneKind),
    /// Words at the cursor.
    Note,
    /// Another instant for the selected milestone.
    Correct,
    /// The selected milestone no longer counts.
    Retract,
    /// The last of one's own changes is taken back.
    Undo,
    /// All is saved: sources, range, filter, computed values.
    Save,
}

/// What is to be kept in the incident file.
#[derive(Debug, Clone, PartialEq)]
pub enum Keep {
    /// One more entry, without who and when; a mark without an instant is of now.
    Put(Box<Entry>),
    /// An undo of the newest entry of one's own.
    Undo,
    /// Sources, options and computed values, with an entry that says so.
    Save,
    /// The computed values now that the last entry is in them; says nothing.
    Basis,
}

/// A wish with what the screen shows meanwhile.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What is to be kept.
    pub keep: Keep,
    /// What the user had chosen.
    pub view: View,
    /// What the computed values are taken from.
    pub snapshot: Option<Arc<Snapshot>>,
}

/// Where an entry is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// In the file.
    Saved,
    /// In another file than was meant, since that could not be written: why.
    Elsewhere(String),
    /// In memory alone: why. The next wish tries again.
    NotSaved(String),
    /// Nowhere, since it is not in order: why.
    Refused(String),
    /// So many entries are new in the file, and none of them was put in here.
    ByOthers(usize),
}

/// How a wish ended, or what the app was opened with.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// The entry, as it was put in; `None` where none was.
    pub entry: Option<Entry>,
    /// Where it is.
    pub done: Done,
    /// The file's name, as the user may write it.
    pub path: String,
    /// All that stands in it; of several files that were opened, in all of them.
    pub file: Arc<IncidentFile>,
    /// Entries that are in memory alone.
    pub unsaved: usize,
    /// The file began in this session: its computed values follow the marks.
    pub is_own: bool,
}

/// With what the app is opened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Opened {
    /// Who marks.
    pub who: String,
    /// The incident files, joined, with the name of the one that is written to.
    pub file: Option<(String, Arc<IncidentFile>)>,
    /// One sentence for the user: what is missing, what else is there.
    pub message: Option<String>,
}

/// A note as it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Noted {
    /// Its entry.
    pub id: String,
    /// When it is about.
    pub when: When,
    /// Who; printable.
    pub who: String,
    /// The words; printable.
    pub text: String,
}

/// What was marked, and what is being typed for it.
#[derive(Debug, Clone, Default)]
pub struct Marking {
    /// Who marks.
    pub who: String,
    /// The file's name and what stands in it; `None` before the first mark.
    pub file: Option<(String, Arc<IncidentFile>)>,
    /// Entries that could not be saved.
    pub unsaved: usize,
    /// Claims by hand of all incident files, those included that the analysis does not know yet.
    pub claims: Vec<Milestone>,
    /// Notes, by time.
    pub notes: Vec<Noted>,
    /// What changed in the conclusions since each incident file was saved.
    pub since: Vec<Since>,
    /// What is put in once its words, instant or reason is typed.
    pub draft: Option<Entry>,
    /// The entry whose consequences are to be saved when they are known.
    awaited: Option<String>,
}

/// Asks for something to be kept, with what the screen shows.
pub fn wish(model: &Model, keep: Keep) -> Effect {
    Effect::Keep(Box::new(Wish {
        keep,
        view: view(model),
        snapshot: model.snapshot.clone(),
    }))
}

/// What is chosen on the screens.
fn view(model: &Model) -> View {
    let filter = model.logs.sift.filter.as_ref();
    View {
        from: model.range.0,
        to: model.range.1,
        filter: filter.map_or_else(String::new, |filter| filter.text.clone()),
        utc: model.utc,
        ..View::default()
    }
}

/// Who made the claim that stands in this line of an incident file, when and why.
pub fn made(model: &Model, path: &str, line: u64) -> Option<String> {
    let is_it = |evidence: &Evidence| match evidence {
        Evidence::Line {
            path: at, line: n, ..
        } => at == path && *n == line && path.ends_with(ENDING),
        Evidence::Signal { .. } => false,
    };
    let mut claims = model.concluded()?.incident.milestones.iter();
    let claim = claims.find(|claim| claim.hand.is_some() && claim.evidence().iter().any(is_it))?;
    let hand = claim.hand.as_ref()?;
    Some(marking_words::made(hand, model.zone(), path, line))
}

/// Takes with what the app was opened: marks, range, filter, clock.
pub fn open(model: &mut Model, opened: Opened) {
    model.marking.who = opened.who;
    model.marking.file = opened.file;
    model.message = opened.message;
    let file = model
        .marking
        .file
        .as_ref()
        .map(|(_, file)| Arc::clone(file));
    if let Some(view) = file.as_ref().and_then(|file| file.view.as_ref()) {
        model.range = (view.from, view.to);
        model.utc = view.utc;
        model.logs.sift.filter = Filter::parse(&view.filter)
            .ok()
            .filter(|_| !view.filter.is_empty())
            .map(Arc::new);
    }
    derive(model);
}

/// Takes how a wish ended.
pub fn receive(model: &mut Model, kept: Kept) {
    let zone = model.zone();
    let range = model.snapshot.as_ref().and_then(|snapshot| snapshot.range);
    if let Some(sentence) = marking_words::sentence(&kept, zone, range) {
        model.message = Some(sentence);
    }
    let marking = &mut model.marking;
    marking.unsaved = kept.unsaved;
    if !matches!(kept.done, Done::Refused(_)) {
        let id = kept.entry.as_ref().map(|entry| entry.id.clone());
        if !matches!(kept.done, Done::ByOthers(_)) {
            marking.awaited = id.filter(|_| kept.is_own);
        }
        marking.file = Some((kept.path, kept.file));
    }
    derive(model);
}

/// Asks for the computed values to be saved once the last entry is in them.
pub fn settled(model: &mut Model) -> Effect {
    let (Some(id), Some(snapshot)) = (&model.marking.awaited, &model.snapshot) else {
        return Effect::None;
    };
    let has_it = |file: &IncidentFile| file.history.iter().any(|entry| entry.id == *id);
    let mut files = snapshot
        .records
        .iter()
        .filter_map(|one| one.file.as_deref());
    if !snapshot.progress.finished || !files.any(has_it) {
        return Effect::None;
    }
    model.marking.awaited = None;
    wish(model, Keep::Basis)
}

/// Derives claims and notes from all incident files: those of the snapshot and the one that is
/// written to, which may know more.
pub fn derive(model: &mut Model) {
    let records = model.snapshot.iter().flat_map(|snapshot| &snapshot.records);
    let files = records.filter_map(|record| record.file.as_deref());
    let own = model.marking.file.as_ref().map(|(_, file)| &**file);
    let files: Vec<IncidentFile> = files.chain(own).cloned().collect();
    let judged = model.snapshot.as_ref();
    let judged = judged.filter(|snapshot| snapshot.progress.finished);
    let marking = &mut model.marking;
    marking.since = judged.map_or_else(Vec::new, |snapshot| since(snapshot));
    if files.is_empty() {
        (marking.claims, marking.notes) = (Vec::new(), Vec::new());
        return;
    }
    let merged = merge(&files).0;
    let path = marking.file.as_ref().map_or("", |(path, _)| path);
    let read = read_together(&[(path, &text(&merged))]);
    let claims = read.into_iter().flat_map(|record| record.milestones);
    marking.claims = claims.filter(|claim| claim.hand.is_some()).collect();
    let notes = standing(&merged).notes.into_iter().filter_map(|entry| {
        Some(Noted {
            id: entry.id.clone(),
            when: entry.after.as_ref()?.when(),
            who: crate::text::printable(&entry.who),
            text: crate::text::printable(&entry.note),
        })
    });
    marking.notes = notes.collect();
    marking.notes.sort_by_key(|note| note.when.at_ns);
}
