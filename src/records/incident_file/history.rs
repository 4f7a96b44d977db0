//! What a history says, and how it grows: every change is a new entry, none is taken out.
//!
//! In: a file and an entry. Out: the file with it, or why not; what stands after all entries; the
//! histories of several people as one. Pure: reads no clock and no disk.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Entry, IncidentFile, Stated};
use crate::records::kind_of;

/// Hex digits of an id.
const ID_DIGITS: usize = 10;
/// Fewer digits name no entry.
const PREFIX_MIN: usize = 4;

/// Why an entry cannot be added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Refused {
    #[error(
        "{0:?} is no milestone: change C, impact_start S, alert_fired A, notified N, detected D, acknowledged K, engaged G, identified I, mitigation_attempt X, partial_recovery P, mitigated M, restored R, closed V, fixed F"
    )]
    Kind(String),
    #[error("an instant is needed: --at")]
    NoInstant,
    #[error("a reason is needed: --why")]
    NoReason,
    #[error("a note needs words: --note")]
    NoWords,
    #[error("nothing in this file is called {0:?}: --list shows what is")]
    NoTarget(String),
    #[error("{0:?} may be several entries: write more of its id")]
    Ambiguous(String),
    #[error(
        "nothing of {0} was marked or amended in this file; PATH:LINE retracts a record's claim"
    )]
    NothingOf(String),
    #[error("entry {0} is undone already, or there is nothing to undo")]
    Undone(String),
    #[error("there is an entry {0} already")]
    Taken(String),
}

/// What somebody aims at with a word on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aim {
    /// A milestone of the incident, by its name.
    Kind(String),
    /// An entry of the history, by its id.
    Entry(String),
    /// A record's claim: `PATH:LINE`.
    Line(String),
}

/// What a word means: a milestone's name or letter, an entry's id or the beginning of it, a line
/// of a record.
///
/// # Errors
/// If it is none of these, or the beginning of several ids.
pub fn aim(file: &IncidentFile, word: &str) -> Result<Aim, Refused> {
    if let Some(kind) = kind_of(word) {
        return Ok(Aim::Kind(kind.name().to_owned()));
    }
    let line = word
        .rsplit_once(':')
        .map(|(path, line)| (path, line.parse::<u64>()));
    if let Some((path, Ok(_))) = line
        && !path.is_empty()
    {
        return Ok(Aim::Line(word.to_owned()));
    }
    let is_meant = |entry: &&Entry| word.len() >= PREFIX_MIN && entry.id.starts_with(word);
    let mut meant = file.history.iter().filter(is_meant);
    match (meant.next(), meant.next()) {
        (Some(entry), None) => Ok(Aim::Entry(entry.id.clone())),
        (Some(_), Some(_)) => Err(Refused::Ambiguous(word.to_owned())),
        (None, _) if word.len() == 1 || word.contains('_') => Err(Refused::Kind(word.to_owned())),
        (None, _) => Err(Refused::NoTarget(word.to_owned())),
    }
}

/// A mark that stands, and the entry that corrected its instant last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Marked<'a> {
    /// The mark.
    pub entry: &'a Entry,
    /// Its correction.
    pub corrected: Option<&'a Entry>,
}

impl Marked<'_> {
    /// Its instant; `None` if a foreign writer left it out.
    pub fn stated(&self) -> Option<&Stated> {
        let corrected = self.corrected.and_then(|entry| entry.after.as_ref());
        corrected.or(self.entry.after.as_ref())
    }
}

/// What stands after all entries, each list in the history's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing<'a> {
    /// Milestones that people claim.
    pub marks: Vec<Marked<'a>>,
    /// Words with an instant.
    pub notes: Vec<&'a Entry>,
    /// Overrides of milestones. Two of one kind are by people who did not know of each other: the
    /// newest counts, both are shown.
    pub overrides: Vec<&'a Entry>,
    /// Claims of records that no longer count.
    pub retracted: Vec<&'a Entry>,
}

/// What stands. An undo of an undo brings back; an entry that names a later one, or none, does
/// nothing. Cost: the history's length, times its marks for corrections.
pub fn standing(file: &IncidentFile) -> Standing<'_> {
    let mut standing = Standing::default();
    for entry in in_effect(&file.history) {
        let of = entry.of.as_deref();
        match entry.action {
            Action::Mark => standing.marks.push(Marked {
                entry,
                corrected: None,
            }),
            Action::Note => standing.notes.push(entry),
            Action::Amend => standing.amend(entry),
            Action::Retract if is_line(entry) => standing.retracted.push(entry),
            Action::Retract => {
                let stays = |one: &Entry| Some(one.id.as_str()) != of;
                standing.marks.retain(|one| stays(one.entry));
                standing.notes.retain(|one| stays(one));
                standing.overrides.retain(|one| stays(one));
            }
            Action::Undo | Action::Save | Action::Other(_) => {}
        }
    }
    standing
}

impl<'a> Standing<'a> {
    fn amend(&mut self, entry: &'a Entry) {
        let of_mark = |one: &&mut Marked<'_>| Some(&one.entry.id) == entry.of.as_ref();
        if let Some(mark) = self.marks.iter_mut().find(of_mark) {
            mark.corrected = Some(entry);
            return;
        }
        let at = |stated: &Option<Stated>| stated.as_ref().map(|one| one.at_ns);
        // Whoever saw the former override replaces it; whoever did not contradicts it. One's own of
        // another value is of another incident.
        let replaced = |one: &&Entry| {
            let of_the_same = one.who == entry.who && at(&one.before) == at(&entry.before);
            one.kind == entry.kind && (of_the_same || at(&one.after) == at(&entry.before))
        };
        self.overrides.retain(|one| !replaced(one));
        self.overrides.push(entry);
    }
}

fn is_line(entry: &Entry) -> bool {
    entry.of.as_deref().is_some_and(|of| of.contains(':'))
}

/// The entries that nobody undid, in order.
fn in_effect(history: &[Entry]) -> Vec<&Entry> {
    let mut undone: BTreeSet<&str> = BTreeSet::new();
    let mut left: Vec<&Entry> = Vec::new();
    for entry in history.iter().rev() {
        if undone.remove(entry.id.as_str()) {
            continue;
        }
        if let (Action::Undo, Some(of)) = (&entry.action, &entry.of) {
            undone.insert(of);
        }
        left.push(entry);
    }
    left.reverse();
    left
}

/// The entry with what it does not say itself: its id, the milestone and the value before.
pub fn completed(file: &IncidentFile, mut entry: Entry) -> Entry {
    let target = entry
        .of
        .as_ref()
        .and_then(|of| file.history.iter().find(|one| one.id == *of));
    if let Some(target) = target {
        entry.kind = entry.kind.or_else(|| target.kind.clone());
        if entry.action == Action::Undo {
            entry.after = target.before.clone();
        }
    }
    entry.before = entry.before.take().or_else(|| value_before(file, &entry));
    let mut salt = file.history.len();
    while entry.id.is_empty() || file.history.iter().any(|one| one.id == entry.id) {
        entry.id = id(&entry, salt);
        salt += 1;
    }
    entry
}

fn value_before(file: &IncidentFile, entry: &Entry) -> Option<Stated> {
    let standing = standing(file);
    let of = |one: &Entry| Some(&one.id) == entry.of.as_ref();
    match entry.action {
        Action::Undo => file.history.iter().find(|one| of(one))?.after.clone(),
        Action::Amend | Action::Retract => {
            let mark = standing.marks.iter().find(|one| of(one.entry));
            let own = standing
                .overrides
                .iter()
                .rfind(|one| of(one) || entry.of.is_none() && one.kind == entry.kind);
            let found = mark
                .and_then(Marked::stated)
                .or(own.and_then(|one| one.after.as_ref()));
            found.cloned().or_else(|| match entry.of {
                None => computed(file, entry),
                Some(_) => None,
            })
        }
        _ => None,
    }
}

/// The computed value of the entry's milestone; of several incidents that which is nearest.
fn computed(file: &IncidentFile, entry: &Entry) -> Option<Stated> {
    let incidents = file.basis.iter().flat_map(|basis| &basis.incidents);
    let of_kind = incidents
        .flat_map(|incident| &incident.milestones)
        .filter(|one| Some(&one.kind) == entry.kind.as_ref())
        .map(|one| &one.stated);
    let near = entry.after.as_ref().map_or(i64::MIN, |after| after.at_ns);
    of_kind.min_by_key(|one| one.at_ns.abs_diff(near)).cloned()
}

/// FNV-1a (Fowler, Noll and Vo), 64 bits, of all that an entry says, cut to ten hex digits.
fn id(entry: &Entry, salt: usize) -> String {
    let plain = Entry {
        id: String::new(),
        ..entry.clone()
    };
    let said = serde_json::to_string(&plain).expect("an entry has text keys only");
    let bytes = said.bytes().chain(salt.to_le_bytes());
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")[..ID_DIGITS].to_owned()
}

/// The file with one more entry, which `completed` made.
///
/// # Errors
/// If the entry lacks what its action needs, or aims at nothing.
pub fn apply(file: &IncidentFile, entry: Entry) -> Result<IncidentFile, Refused> {
    if file.history.iter().any(|one| one.id == entry.id) {
        return Err(Refused::Taken(entry.id));
    }
    let known = entry.kind.as_deref().and_then(kind_of);
    let kind = || Refused::Kind(entry.kind.clone().unwrap_or_default());
    let needs_reason = matches!(entry.action, Action::Amend | Action::Retract);
    match entry.action {
        Action::Mark | Action::Amend if known.is_none() => return Err(kind()),
        Action::Mark | Action::Amend | Action::Note if entry.after.is_none() => {
            return Err(Refused::NoInstant);
        }
        Action::Note if entry.note.trim().is_empty() => return Err(Refused::NoWords),
        _ if needs_reason && entry.why.trim().is_empty() => return Err(Refused::NoReason),
        Action::Amend | Action::Retract => stands(file, &entry)?,
        Action::Undo => {
            let of = entry.of.clone().unwrap_or_default();
            if !in_effect(&file.history).iter().any(|one| one.id == of) {
                return Err(Refused::Undone(of));
            }
        }
        _ => {}
    }
    let mut file = file.clone();
    file.history.push(entry);
    Ok(file)
}

/// Whether what an amendment or retraction names still stands.
fn stands(file: &IncidentFile, entry: &Entry) -> Result<(), Refused> {
    let of = match (&entry.of, &entry.action) {
        (None, Action::Amend) => return Ok(()),
        (None, _) => {
            return Err(Refused::NothingOf(entry.kind.clone().unwrap_or_default()));
        }
        (Some(_), Action::Retract) if is_line(entry) => return Ok(()),
        (Some(of), _) => of,
    };
    let standing = standing(file);
    let marks = standing.marks.iter().map(|one| one.entry);
    let others = match entry.action {
        Action::Retract => [standing.notes.clone(), standing.overrides.clone()].concat(),
        _ => Vec::new(),
    };
    match marks.chain(others).any(|one| one.id == *of) {
        true => Ok(()),
        false => Err(Refused::NoTarget(of.clone())),
    }
}

/// Several people's files as one: the first with the entries of the others that it does not have,
/// in their order, and their sources. Also returns the ids under which files say different things:
/// the first one's word is kept.
pub fn merge(files: &[IncidentFile]) -> (IncidentFile, Vec<String>) {
    let mut files = files.iter();
    let mut merged = files.next().cloned().unwrap_or_default();
    let mut differing = Vec::new();
    let places = merged.history.iter().enumerate();
    let mut known: BTreeMap<String, usize> = places.map(|(i, one)| (one.id.clone(), i)).collect();
    for file in files {
        for entry in &file.history {
            match known.get(&entry.id) {
                None => {
                    known.insert(entry.id.clone(), merged.history.len());
                    merged.history.push(entry.clone());
                }
                Some(mine) if merged.history[*mine] != *entry => differing.push(entry.id.clone()),
                Some(_) => {}
            }
        }
        for source in &file.reading.sources {
            if !merged.reading.sources.contains(source) {
                merged.reading.sources.push(source.clone());
            }
        }
    }
    (merged, differing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, When};
    use proptest::prelude::*;

    fn entry(action: Action, who: &str, kind: &str, minute: i64) -> Entry {
        Entry {
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            after: Some(Stated::of(&When::exact(minute * NS_PER_MIN), "human")),
            why: "because".to_owned(),
            note: "words".to_owned(),
            ..Entry::new(action, who, minute)
        }
    }

    fn add(file: &IncidentFile, entry: Entry) -> IncidentFile {
        apply(file, completed(file, entry)).expect("it is in order")
    }

    fn aimed(action: Action, of: &str) -> Entry {
        Entry {
            of: Some(of.to_owned()),
            after: None,
            ..entry(action, "ana", "", 0)
        }
    }

    /// Minutes of marks, then of overrides.
    fn minutes(file: &IncidentFile) -> (Vec<i64>, Vec<i64>) {
        let standing = standing(file);
        let minute = |stated: &Stated| stated.at_ns / NS_PER_MIN;
        let marks = standing.marks.iter().filter_map(Marked::stated).map(minute);
        let overrides = standing
            .overrides
            .iter()
            .filter_map(|one| one.after.as_ref());
        (marks.collect(), overrides.map(minute).collect())
    }

    fn last(file: &IncidentFile) -> String {
        file.history.last().expect("an entry").id.clone()
    }

    #[test]
    fn a_mark_is_corrected_retracted_and_brought_back_and_nothing_leaves_the_history() {
        let file = add(
            &IncidentFile::default(),
            entry(Action::Mark, "ana", "restored", 40),
        );
        let mark = last(&file);
        let correction = Entry {
            of: Some(mark.clone()),
            ..entry(Action::Amend, "ben", "", 42)
        };
        let file = add(&file, correction);
        assert_eq!(minutes(&file), (vec![42], vec![]));
        let correction = file.history.last().expect("an entry");
        assert_eq!(
            correction.before.as_ref().map(|one| one.at_ns),
            Some(40 * NS_PER_MIN)
        );
        assert_eq!(correction.kind.as_deref(), Some("restored"));
        let file = add(&file, aimed(Action::Retract, &mark));
        assert_eq!(minutes(&file), (vec![], vec![]));
        let file = add(&file, aimed(Action::Undo, &last(&file)));
        assert_eq!(minutes(&file), (vec![42], vec![]));
        let file = add(&file, aimed(Action::Undo, &last(&file)));
        assert_eq!(minutes(&file), (vec![], vec![]), "an undo can be undone");
        assert_eq!(file.history.len(), 5);
    }

    #[test]
    fn an_override_that_saw_the_former_one_replaces_it_and_another_contradicts_it() {
        let base = IncidentFile::default();
        let ana = add(&base, entry(Action::Amend, "ana", "restored", 40));
        let knowing = add(&ana, entry(Action::Amend, "ben", "restored", 50));
        assert_eq!(minutes(&knowing).1, [50]);
        let ben = add(&base, entry(Action::Amend, "ben", "restored", 50));
        let (merged, differing) = merge(&[ana.clone(), ben]);
        assert_eq!((minutes(&merged).1, differing.len()), (vec![40, 50], 0));
        let (same, _) = merge(&[ana.clone(), ana.clone()]);
        assert_eq!(same.history.len(), 1);
        let again = add(&ana, entry(Action::Amend, "ana", "restored", 41));
        assert_eq!(minutes(&again).1, [41]);
    }

    #[test]
    fn the_same_id_with_other_words_is_told() {
        let ana = add(
            &IncidentFile::default(),
            entry(Action::Mark, "ana", "restored", 40),
        );
        let mut changed = ana.clone();
        changed.history[0].note = "other words".to_owned();
        let (merged, differing) = merge(&[ana.clone(), changed]);
        assert_eq!((merged, differing), (ana.clone(), vec![last(&ana)]));
    }

    #[test]
    fn what_is_not_in_order_is_refused_with_its_cause() {
        let file = add(
            &IncidentFile::default(),
            entry(Action::Mark, "ana", "restored", 40),
        );
        let refused = |entry: Entry| apply(&file, completed(&file, entry)).expect_err("refused");
        assert!(matches!(
            refused(entry(Action::Mark, "a", "nap", 1)),
            Refused::Kind(_)
        ));
        let bare = Entry {
            why: String::new(),
            ..entry(Action::Amend, "a", "restored", 1)
        };
        assert_eq!(refused(bare), Refused::NoReason);
        let silent = Entry {
            note: " ".to_owned(),
            ..entry(Action::Note, "a", "", 1)
        };
        assert_eq!(refused(silent), Refused::NoWords);
        let timeless = Entry {
            after: None,
            ..entry(Action::Mark, "a", "restored", 1)
        };
        assert_eq!(refused(timeless), Refused::NoInstant);
        assert!(matches!(
            refused(aimed(Action::Retract, "ffffffffff")),
            Refused::NoTarget(_)
        ));
        assert!(matches!(
            refused(aimed(Action::Undo, "ffffffffff")),
            Refused::Undone(_)
        ));
    }

    #[test]
    fn a_word_is_a_milestone_an_entry_or_a_line() {
        let file = add(
            &IncidentFile::default(),
            entry(Action::Mark, "ana", "restored", 40),
        );
        let id = last(&file);
        assert_eq!(aim(&file, "R"), Ok(Aim::Kind("restored".to_owned())));
        assert_eq!(
            aim(&file, "impact_start"),
            Ok(Aim::Kind("impact_start".to_owned()))
        );
        assert_eq!(
            aim(&file, "a/status.txt:12"),
            Ok(Aim::Line("a/status.txt:12".to_owned()))
        );
        assert_eq!(aim(&file, &id[..5]), Ok(Aim::Entry(id.clone())));
        assert_eq!(
            aim(&file, &id[..3]),
            Err(Refused::NoTarget(id[..3].to_owned()))
        );
        assert_eq!(aim(&file, "Z"), Err(Refused::Kind("Z".to_owned())));
    }

    proptest! {
        #[test]
        fn histories_only_grow_and_what_stands_comes_from_them(
            steps in prop::collection::vec((0..5usize, 0..8usize, 0..3usize), 0..40),
        ) {
            let mut file = IncidentFile::default();
            for (what, which, who) in steps {
                let who = ["ana", "ben", "cat"][who];
                let of = file.history.get(which).map(|one| one.id.clone()).unwrap_or_default();
                let new = match what {
                    0 => entry(Action::Mark, who, "restored", which as i64),
                    1 => entry(Action::Amend, who, "impact_start", which as i64),
                    2 => Entry { of: Some(of), ..entry(Action::Amend, who, "", which as i64) },
                    3 => aimed(Action::Retract, &of),
                    _ => aimed(Action::Undo, &of),
                };
                if let Ok(next) = apply(&file, completed(&file, new)) {
                    prop_assert_eq!(&next.history[..file.history.len()], &file.history[..]);
                    prop_assert_eq!(next.history.len(), file.history.len() + 1);
                    file = next;
                }
            }
            let ids: BTreeSet<&str> = file.history.iter().map(|one| one.id.as_str()).collect();
            prop_assert_eq!(ids.len(), file.history.len());
            let standing = standing(&file);
            prop_assert!(standing.marks.iter().all(|one| one.entry.action == Action::Mark));
            let (twice, differing) = merge(&[file.clone(), file.clone()]);
            prop_assert_eq!((twice, differing.len()), (file, 0));
        }
    }
}
