//! Wishes carried out on real files: what is in them afterwards, and what is said.

use std::fs;

use crossbeam_channel::bounded;
use serde_json::Map;

use super::*;
use crate::clock::NS_PER_S;
use crate::records::incident_file::standing;

const NOW: i64 = 1_437_576_000 * NS_PER_S;

/// A folder with a log in it, and who keeps what is marked on it.
struct Desk {
    folder: tempfile::TempDir,
    owned: Receiver<Own>,
    keeper: Keeper,
}

fn keeper(who: &str, folder: &Path, named: &[PathBuf]) -> (Keeper, Receiver<Own>) {
    let log = folder.join("api.log");
    fs::write(&log, "2015-07-22T14:40:00Z hello\n").expect("written");
    let reading = crate::cli::mark::reading(&Map::new(), &[log]).expect("in order");
    let options = reading.options(NOW).expect("in order");
    let (owns, owned) = bounded(1);
    let own_folder = Some(folder.join("state/rfo"));
    let keeper = Keeper::new(
        who.to_owned(),
        named,
        (folder, own_folder),
        (&reading, &options),
        (owns, owned.clone()),
    );
    (keeper.expect("nothing is damaged"), owned)
}

fn desk() -> Desk {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("api.log");
    let (keeper, owned) = keeper("ana", folder.path(), &[log]);
    Desk {
        folder,
        owned,
        keeper,
    }
}

fn wish(keep: Keep) -> Wish {
    Wish {
        keep,
        view: View::default(),
        snapshot: None,
    }
}

fn detected(at_ns: Option<i64>) -> Wish {
    wish(Keep::Put(Box::new(Entry {
        kind: Some("detected".to_owned()),
        after: at_ns.map(|ns| Stated::of(&When::exact(ns), "human")),
        ..Entry::new(Action::Mark, "", 0)
    })))
}

fn on_disk(path: &Path) -> IncidentFile {
    store::open(path).expect("readable").expect("there")
}

#[test]
fn the_first_mark_makes_a_file_with_its_sources_and_the_analysis_hears_of_it() {
    let Desk {
        folder,
        owned,
        mut keeper,
    } = desk();
    let kept = keeper.keep(&detected(Some(NOW)), NOW + 5);
    assert_eq!(
        (kept.done, kept.is_own, kept.unsaved),
        (Done::Saved, true, 0)
    );
    let file = on_disk(&folder.path().join("api.rfo.json"));
    assert_eq!(file.reading.sources, ["api.log"]);
    assert_eq!(
        (file.history[0].who.as_str(), file.history[0].when_ns),
        ("ana", NOW + 5)
    );
    assert_eq!(*owned.try_recv().expect("told").file, file);
    keeper.keep(&detected(Some(NOW)), NOW);
    keeper.keep(&detected(Some(NOW)), NOW);
    assert_eq!(owned.try_recv().expect("the newest").file.history.len(), 3);
}

#[test]
fn a_mark_without_an_instant_is_of_the_time_of_its_key() {
    let mut desk = desk();
    let kept = desk.keeper.keep(&detected(None), NOW);
    let after = kept
        .entry
        .and_then(|entry| entry.after)
        .expect("an instant");
    assert_eq!((after.at_ns, after.literal.as_str()), (NOW, "now"));
}

#[test]
fn a_file_of_other_sources_is_not_mixed_and_one_of_the_same_goes_on() {
    let mut desk = desk();
    let path = desk.folder.path().join("api.rfo.json");
    let other = r#"{"schema": "rfo.incident/1", "reading": {"sources": ["b.log"]}}"#;
    fs::write(&path, other).expect("written");
    let kept = desk.keeper.keep(&detected(Some(NOW)), NOW);
    assert!(kept.path.ends_with("api-2.rfo.json"), "{}", kept.path);
    assert_eq!(fs::read_to_string(&path).expect("there"), other);
    fs::remove_file(&path).expect("removed");
    let log = desk.folder.path().join("api.log");
    let (mut ben, _) = keeper("ben", desk.folder.path(), std::slice::from_ref(&log));
    ben.keep(&detected(Some(NOW)), NOW);
    let (mut cid, _) = keeper("cid", desk.folder.path(), &[log]);
    let said = cid.opened(&[]).message.expect("a sentence");
    assert!(said.contains("has 1 change of these logs: rfo "), "{said}");
    let kept = cid.keep(&detected(Some(NOW)), NOW);
    assert_eq!((kept.file.history.len(), kept.is_own), (2, false));
}

#[test]
fn undo_takes_back_the_newest_of_ones_own_and_then_the_one_before() {
    let mut desk = desk();
    let first = desk
        .keeper
        .keep(&detected(Some(NOW)), NOW)
        .entry
        .expect("put")
        .id;
    let second = desk
        .keeper
        .keep(&detected(Some(NOW + 9)), NOW)
        .entry
        .expect("put")
        .id;
    let path = desk.folder.path().join("api.rfo.json");
    let (mut ben, _) = keeper("ben", desk.folder.path(), std::slice::from_ref(&path));
    let nothing = ben.keep(&wish(Keep::Undo), NOW).done;
    assert_eq!(
        nothing,
        Done::Refused("there is no change by ben to undo".to_owned())
    );
    for expected in [second, first] {
        let kept = desk.keeper.keep(&wish(Keep::Undo), NOW);
        assert_eq!(kept.entry.expect("put").of, Some(expected));
    }
    let file = on_disk(&path);
    assert_eq!((file.history.len(), standing(&file).marks.len()), (4, 0));
    assert!(matches!(
        desk.keeper.keep(&wish(Keep::Undo), NOW).done,
        Done::Refused(_)
    ));
}

#[test]
fn what_cannot_be_written_goes_elsewhere_or_stays_and_is_tried_again() {
    let mut desk = desk();
    let folder = desk.folder.path().to_path_buf();
    // Nobody, not even root, can replace a folder by a file.
    let path = folder.join("api.rfo.json");
    fs::create_dir(&path).expect("made");
    fs::write(folder.join("state"), "in the way").expect("written");
    let kept = desk.keeper.keep(&detected(Some(NOW)), NOW);
    assert!(matches!(kept.done, Done::NotSaved(_)), "{:?}", kept.done);
    assert_eq!((kept.unsaved, kept.file.history.len()), (1, 1));
    assert_eq!(desk.owned.try_recv().expect("told").file.history.len(), 1);
    fs::remove_file(folder.join("state")).expect("removed");
    let kept = desk.keeper.keep(&detected(Some(NOW + 9)), NOW);
    assert!(matches!(kept.done, Done::Elsewhere(_)), "{:?}", kept.done);
    let file = on_disk(&folder.join("state/rfo/api.rfo.json"));
    assert_eq!((kept.unsaved, file.history.len()), (0, 2));
    assert_eq!(file.reading.sources, ["../../api.log"]);
}

/// Two people at one file: ana has it open, ben marks in a process of his own.
fn both_at_one_file() -> (Desk, PathBuf, Keeper) {
    let mut desk = desk();
    desk.keeper.keep(&detected(Some(NOW)), NOW);
    let path = desk.folder.path().join("api.rfo.json");
    let named = std::slice::from_ref(&path);
    let (ben, _) = keeper("ben", desk.folder.path(), named);
    (desk, path, ben)
}

fn who(file: &IncidentFile) -> Vec<&str> {
    let mut who: Vec<&str> = file.history.iter().map(|one| one.who.as_str()).collect();
    who.sort_unstable();
    who
}

#[test]
fn what_another_process_writes_is_taken_up_while_the_file_is_open() {
    let (mut desk, path, mut ben) = both_at_one_file();
    assert_eq!(desk.keeper.look(), None, "nothing is new in it");
    let theirs = ben.keep(&detected(Some(NOW + 60)), NOW + 70);
    let kept = desk.keeper.look().expect("something is new");
    assert_eq!((kept.done, kept.entry), (Done::ByOthers(1), None));
    assert_eq!(kept.file, theirs.file);
    let told = desk.owned.try_recv().expect("told");
    assert_eq!(who(&told.file), ["ana", "ben"]);
    assert_eq!(desk.keeper.look(), None, "it is told once");
    // Of three that write in turn without looking, none loses anything.
    for i in 0..3 {
        ben.keep(&detected(Some(NOW + i)), NOW);
        desk.keeper.keep(&detected(Some(NOW - i)), NOW);
    }
    assert_eq!(on_disk(&path).history.len(), 8);
    assert_eq!(
        who(&on_disk(&path))
            .iter()
            .filter(|who| **who == "ben")
            .count(),
        4
    );
}

#[test]
fn a_file_that_was_deleted_or_replaced_by_an_older_one_gets_back_what_it_lacks() {
    let (mut desk, path, mut ben) = both_at_one_file();
    let older = fs::read(&path).expect("there");
    desk.keeper.keep(&detected(Some(NOW + 9)), NOW);
    fs::write(&path, &older).expect("written");
    ben.keep(&detected(Some(NOW + 60)), NOW);
    let kept = desk.keeper.keep(&detected(Some(NOW + 10)), NOW);
    assert_eq!(kept.done, Done::Saved);
    assert_eq!(who(&on_disk(&path)), ["ana", "ana", "ana", "ben"]);
    fs::remove_file(&path).expect("there");
    assert_eq!(
        desk.keeper.look(),
        None,
        "what was deleted is not made again by itself"
    );
    assert!(!path.exists());
    desk.keeper.keep(&detected(Some(NOW + 11)), NOW);
    let file = on_disk(&path);
    assert_eq!((file.history.len(), file.reading.sources.len()), (5, 1));
}

#[test]
fn what_is_no_incident_file_any_more_is_left_as_it_is_and_nothing_is_lost() {
    let (mut desk, path, _) = both_at_one_file();
    fs::write(&path, "half of {").expect("written");
    assert_eq!(desk.keeper.look(), None);
    let kept = desk.keeper.keep(&detected(Some(NOW + 9)), NOW);
    assert!(matches!(kept.done, Done::Elsewhere(_)), "{:?}", kept.done);
    assert_eq!(fs::read_to_string(&path).expect("there"), "half of {");
    let elsewhere = desk.folder.path().join("state/rfo/api.rfo.json");
    assert_eq!(on_disk(&elsewhere).history.len(), 2);
}

#[test]
fn what_is_asked_for_is_done_though_nobody_listens_any_more() {
    let desk = desk();
    let (wishes, wished) = bounded(4);
    let (answers, kept) = bounded(4);
    for n in 0..3 {
        wishes.send((detected(Some(NOW + n)), NOW)).expect("room");
    }
    drop((wishes, kept));
    assert!(desk.keeper.run(&wished, &answers).is_empty());
    let file = on_disk(&desk.folder.path().join("api.rfo.json"));
    assert_eq!(file.history.len(), 3);
    fs::create_dir(desk.folder.path().join("b.rfo.json")).expect("made");
}

#[test]
fn somebody_elses_mark_of_another_file_can_be_corrected() {
    let mut desk = desk();
    let folder = desk.folder.path().to_path_buf();
    let (mut ben, _) = keeper("ben", &folder, &[folder.join("ben.log")]);
    let mark = ben.keep(&detected(Some(NOW)), NOW).entry.expect("put").id;
    desk.keeper.keep(&detected(Some(NOW + 5)), NOW);
    let named = ["ben.rfo.json", "api.rfo.json"].map(|name| folder.join(name));
    let (mut ana, _) = keeper("ana", &folder, &named);
    let correction = wish(Keep::Put(Box::new(Entry {
        of: Some(mark),
        after: Some(Stated::of(&When::exact(NOW - 60), "human")),
        why: "seen earlier".to_owned(),
        ..Entry::new(Action::Amend, "", 0)
    })));
    let kept = ana.keep(&correction, NOW);
    assert_eq!(kept.done, Done::Saved);
    assert!(
        kept.path.ends_with("api.rfo.json"),
        "the one with an entry of one's own"
    );
    let instants = |file: &IncidentFile| -> Vec<i64> {
        let standing = standing(file);
        let stated = standing.marks.iter().filter_map(|one| one.stated());
        stated.map(|one| one.at_ns).collect()
    };
    let file = on_disk(&named[1]);
    assert_eq!(instants(&file), [NOW + 5, NOW - 60]);
    let (merged, differing) = merge(&[on_disk(&named[0]), file]);
    assert_eq!(
        (instants(&merged), differing.len()),
        (vec![NOW - 60, NOW + 5], 0)
    );
}
