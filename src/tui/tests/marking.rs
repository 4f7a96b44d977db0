//! Marks by key: what a key asks to be kept, what is said of how it ended, what is drawn.

use std::sync::Arc;

use super::*;
use crate::clock::Zone;
use crate::records::incident_file::{
    Action, Entry, IncidentFile, Stated, View, apply, completed, read_together, text,
};
use crate::records::{ByHand, ClaimSource, MilestoneKind};
use crate::tui::marking::{Done, Keep, Kept, Opened, Wish};

/// 15:35:10, the start of the outage.
const ONSET: i64 = START + 910 * S;

/// What the last of these keys asks to be kept.
fn wished(model: &mut Model, keys: &str) -> Wish {
    match press(model, keys).pop() {
        Some(Effect::Keep(wish)) => *wish,
        other => panic!("{keys}: {other:?}"),
    }
}

fn put(model: &mut Model, keys: &str) -> Entry {
    match wished(model, keys).keep {
        Keep::Put(entry) => *entry,
        other => panic!("{keys}: {other:?}"),
    }
}

/// Types words, one key a character, and Enter.
fn type_in(model: &mut Model, words: &str) -> Effect {
    for c in words.chars() {
        let name = if c == ' ' {
            "Space".to_owned()
        } else {
            c.to_string()
        };
        step(model, Msg::Key(name));
    }
    step(model, Msg::Key("Enter".to_owned()))
}

/// The file with one more entry, as the keeper would put it in.
fn with(file: &IncidentFile, mut entry: Entry, who: &str, now_ns: i64) -> (IncidentFile, Entry) {
    (entry.who, entry.when_ns) = (who.to_owned(), now_ns);
    if entry.after.is_none() && entry.action == Action::Mark {
        entry.after = Some(Stated::of(&crate::clock::When::exact(now_ns), "human"));
    }
    let entry = completed(file, entry);
    (apply(file, entry.clone()).expect("in order"), entry)
}

fn kept(model: &mut Model, file: &IncidentFile, entry: &Entry, done: Done) {
    let unsaved = usize::from(matches!(done, Done::NotSaved(_)));
    let kept = Kept {
        entry: Some(entry.clone()),
        done,
        path: "x.rfo.json".to_owned(),
        file: Arc::new(file.clone()),
        unsaved,
        is_own: true,
    };
    step(model, Msg::Kept(Box::new(kept)));
}

/// Keeps what is asked for, in memory.
pub(super) fn answer(model: &mut Model, wish: &Wish) {
    let file = model
        .marking
        .file
        .as_ref()
        .map(|(_, file)| (**file).clone());
    let file = file.unwrap_or_default();
    let Keep::Put(entry) = &wish.keep else { return };
    let mut entry = (**entry).clone();
    (entry.who, entry.when_ns) = ("ana".to_owned(), ONSET);
    if entry.action == Action::Mark && entry.after.is_none() {
        entry.after = Some(Stated::of(&crate::clock::When::exact(ONSET), "human"));
    }
    let entry = completed(&file, entry);
    if let Ok(file) = apply(&file, entry.clone()) {
        kept(model, &file, &entry, Done::Saved);
    }
}

/// The outage opened by ana, the cursor at its start.
fn opened() -> Model {
    let mut model = app(fixture::outage(), (80, 24), UNICODE);
    let opened = Opened {
        who: "ana".to_owned(),
        ..Opened::default()
    };
    step(&mut model, Msg::Opened(Box::new(opened)));
    model.cursor_ns = Some(ONSET);
    model
}

/// The snapshot with a file's claims among those of its incident, as the analysis gives it.
fn with_claims(mut snapshot: Snapshot, file: &IncidentFile) -> Snapshot {
    let written = text(file);
    snapshot.records = read_together(&[("x.rfo.json", &written)]);
    let claims = snapshot.records[0].milestones.clone();
    let incident = &mut snapshot.incidents[0].incident;
    incident.milestones.extend(claims);
    incident
        .milestones
        .sort_by_key(|one| (one.when.at_ns, one.kind, one.source));
    snapshot.incidents[0].measured = fixture::measured(&snapshot.incidents[0].incident);
    snapshot
}

#[test]
fn a_dot_and_a_letter_mark_a_milestone_at_the_cursor_and_a_capital_is_of_now() {
    let kinds = [
        ("s", MilestoneKind::ImpactStart),
        ("d", MilestoneKind::Detected),
        ("a", MilestoneKind::Acknowledged),
        ("i", MilestoneKind::Identified),
        ("m", MilestoneKind::Mitigated),
        ("r", MilestoneKind::Restored),
    ];
    for (key, kind) in kinds {
        for screen in ["1", "2", "2 Enter"] {
            let mut model = opened();
            let entry = put(&mut model, &format!("{screen} . {key}"));
            assert_eq!(entry.kind.as_deref(), Some(kind.name()), "{screen}");
            let after = entry.after.expect("an instant");
            let expected = (model.cursor(), "Europe/London");
            assert_eq!(
                (Some(after.at_ns), after.zone.as_str()),
                expected,
                "{screen}"
            );
            assert!(after.hi_ns > after.lo_ns, "a cell is no instant");
        }
        let now = put(&mut opened(), &format!(". {}", key.to_uppercase()));
        assert_eq!((now.kind.as_deref(), now.after), (Some(kind.name()), None));
    }
}

#[test]
fn on_logs_a_mark_is_at_the_line_and_names_it() {
    let mut model = opened();
    press(&mut model, "5 j");
    let row = model.logs.rows[super::super::logs::selected_index(&model).expect("a line")].clone();
    let entry = put(&mut model, ". d");
    let (after, line) = (
        entry.after.expect("an instant"),
        entry.line.expect("a line"),
    );
    assert_eq!(
        (after.at_ns, after.lo_ns, after.hi_ns),
        (row.line.time_ns, row.line.time_ns, row.line.time_ns)
    );
    assert_eq!((line.line, line.offset), (row.line.line, row.line.offset));
    assert!(line.path.ends_with(".log"));
}

#[test]
fn what_may_follow_the_dot_is_shown_whole() {
    let mut model = opened();
    press(&mut model, ".");
    let text = screen(&model);
    let last = text.lines().last().expect("a footer");
    assert!(
        last.contains("s start") && last.contains("r restored"),
        "{last}"
    );
    assert!(last.ends_with("capital: now"), "{last}");
}

#[test]
fn a_mark_is_drawn_at_once_and_said() {
    let mut model = opened();
    let entry = put(&mut model, ". d");
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET);
    kept(&mut model, &file, &entry, Done::Saved);
    assert_eq!(
        model.message.as_deref(),
        Some("detected at 15:35:10 marked, saved to x.rfo.json")
    );
    insta::assert_snapshot!("marked_80x24", screen(&model));
    step(
        &mut model,
        Msg::Snapshot(Arc::new(with_claims(fixture::outage(), &file))),
    );
    let text = screen(&model);
    let detect = text
        .lines()
        .find(|line| line.starts_with(" detect"))
        .expect("a duration");
    assert!(detect.contains("marked"), "{detect}");
    press(&mut model, "2 Enter");
    assert!(screen(&app_like(&model, (120, 60))).contains("detected           marked      mine"));
}

/// The same at another size.
fn app_like(model: &Model, size: (u16, u16)) -> Model {
    let mut model = model.clone();
    step(&mut model, Msg::Resized(size.0, size.1));
    model
}

#[test]
fn the_computed_values_are_saved_once_the_mark_is_in_them() {
    let mut model = opened();
    let entry = put(&mut model, ". r");
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET);
    kept(&mut model, &file, &entry, Done::Saved);
    let older = update(&mut model, Msg::Snapshot(Arc::new(fixture::outage())));
    assert!(!matches!(older, Effect::Keep(_)), "the mark is not in it");
    let fresh = Msg::Snapshot(Arc::new(with_claims(fixture::outage(), &file)));
    match update(&mut model, fresh.clone()) {
        Effect::Keep(wish) => assert_eq!(wish.keep, Keep::Basis),
        other => panic!("{other:?}"),
    }
    assert!(
        !matches!(update(&mut model, fresh), Effect::Keep(_)),
        "once"
    );
}

#[test]
fn a_mark_far_from_the_logs_says_so() {
    let mut model = opened();
    let entry = put(&mut model, ". D");
    let years = 9 * 365 * 86_400 * S;
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET + years);
    kept(&mut model, &file, &entry, Done::Saved);
    let message = model.message.expect("a sentence");
    assert!(
        message.contains("marked on 19 Jul 2024 (the logs end 22 Jul 2015)"),
        "{message}"
    );
}

#[test]
fn what_was_not_saved_stays_on_the_screen() {
    let mut model = opened();
    let entry = put(&mut model, ". d");
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET);
    let why = "cannot write x.rfo.json: the disk is full".to_owned();
    kept(&mut model, &file, &entry, Done::NotSaved(why));
    let message = model.message.clone().expect("a sentence");
    assert!(
        message.starts_with("NOT SAVED: detected at 15:35:10 marked; cannot write"),
        "{message}"
    );
    press(&mut model, "l");
    assert!(screen(&model).contains("1 change is NOT SAVED: ^s tries again"));
    let refused = Done::Refused("there is no change by ana to undo".to_owned());
    kept(&mut model, &file, &entry, refused);
    assert_eq!(
        model.message.as_deref(),
        Some("there is no change by ana to undo")
    );
}

#[test]
fn a_note_needs_words_and_can_be_dropped() {
    let mut model = opened();
    press(&mut model, "c Enter");
    assert!(screen(&model).contains("a note needs words"));
    press(&mut model, "Esc");
    assert!(model.prompt.is_none());
    press(&mut model, "c");
    let Effect::Keep(wish) = type_in(&mut model, "db is slow") else {
        panic!("nothing is kept")
    };
    let Keep::Put(entry) = wish.keep else {
        panic!("no entry")
    };
    assert_eq!(
        (entry.action.clone(), entry.note.as_str()),
        (Action::Note, "db is slow")
    );
    let (file, entry) = with(&IncidentFile::default(), *entry, "ana", ONSET);
    kept(&mut model, &file, &entry, Done::Saved);
    model.lane = Some(LaneId::People);
    press(&mut model, "T");
    let text = screen(&model);
    let is_people = |line: &&str| line.trim_start_matches(['›', ' ']).starts_with("people");
    let people = text.lines().find(is_people).expect("a lane");
    assert!(
        people.contains('"') && text.contains(" db is slow "),
        "{text}"
    );
}

#[test]
fn a_mark_is_corrected_on_the_lane_of_people_with_a_reason() {
    let mut model = opened();
    let entry = put(&mut model, ". d");
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET);
    kept(&mut model, &file, &entry, Done::Saved);
    press(&mut model, ". c");
    assert!(screen(&model).contains("instead at: 15:35:10"));
    press(&mut model, "^u");
    type_in(&mut model, "25:00");
    assert!(screen(&model).contains("not a time like"));
    press(&mut model, "^u");
    type_in(&mut model, "-2m");
    assert!(
        matches!(step(&mut model, Msg::Key("Enter".into())), Effect::None),
        "a reason is needed"
    );
    let Effect::Keep(wish) = type_in(&mut model, "the call began then") else {
        panic!("nothing is kept")
    };
    let Keep::Put(correction) = wish.keep else {
        panic!("no entry")
    };
    assert_eq!(correction.of.as_ref(), Some(&entry.id));
    let (file, correction) = with(&file, *correction, "ana", ONSET + S);
    assert_eq!(
        correction.after.as_ref().map(|after| after.at_ns),
        Some(ONSET - 120 * S)
    );
    kept(&mut model, &file, &correction, Done::Saved);
    assert_eq!(
        model.message.as_deref(),
        Some("detected corrected to 15:33:10 (was 15:35:10), saved to x.rfo.json")
    );
}

/// Selects the row of a claim on the incident's screen.
fn select(model: &mut Model, kind: MilestoneKind, source: ClaimSource) {
    press(model, "2 Enter");
    let claims = &model.concluded().expect("an incident").incident.milestones;
    let claim = claims
        .iter()
        .find(|one| one.kind == kind && one.source == source);
    let key = super::super::screens::incident::claim_key(claim.expect("a claim"));
    model.rows.insert(Screen::Incident, key);
}

#[test]
fn what_was_computed_is_overridden_and_shown_beside() {
    let mut model = opened();
    select(&mut model, MilestoneKind::Restored, ClaimSource::Log);
    let computed = model.drawn.document.clone();
    press(&mut model, ". c ^u");
    type_in(&mut model, "17:26:00");
    let Effect::Keep(wish) = type_in(&mut model, "users still saw errors") else {
        panic!("nothing is kept")
    };
    let Keep::Put(entry) = wish.keep else {
        panic!("no entry")
    };
    assert_eq!(
        (entry.of.clone(), entry.kind.as_deref()),
        (None, Some("restored"))
    );
    assert!(entry.before.is_some(), "what was computed is kept");
    let (file, entry) = with(&IncidentFile::default(), *entry, "ana", ONSET);
    kept(&mut model, &file, &entry, Done::Saved);
    step(
        &mut model,
        Msg::Snapshot(Arc::new(with_claims(fixture::outage(), &file))),
    );
    assert_ne!(model.drawn.document, computed);
    let tall = app_like(&model, (120, 70));
    insta::assert_snapshot!("overridden_120x70", screen(&tall));
    press(&mut model, "1");
    // At 80 columns the mark of another milestone stands where the star would.
    let people = screen(&app_like(&model, (120, 40)));
    let people = people
        .lines()
        .find(|line| line.trim_start().starts_with("people"))
        .expect("a lane");
    assert!(people.contains("r*"), "{people}");
}

#[test]
fn a_claim_of_a_record_is_retracted_and_one_of_the_logs_is_not() {
    let mut model = opened();
    select(&mut model, MilestoneKind::Restored, ClaimSource::Log);
    press(&mut model, ". x");
    assert!(model.prompt.is_none() && model.message.is_some());
    select(&mut model, MilestoneKind::Restored, ClaimSource::StatusPage);
    press(&mut model, ". x");
    let Effect::Keep(wish) = type_in(&mut model, "posted too early") else {
        panic!("nothing is kept")
    };
    let Keep::Put(entry) = wish.keep else {
        panic!("no entry")
    };
    assert_eq!(entry.action, Action::Retract);
    assert!(entry.of.is_some_and(|of| of.contains("status-posts.txt:")));
    // The analysis says so of the claim: it is drawn no more, and struck on the incident's screen.
    let mut snapshot = fixture::outage();
    let before = super::super::marks::said(&snapshot, &model.marking).len();
    for claim in &mut snapshot.incidents[0].incident.milestones {
        if claim.kind == MilestoneKind::Restored && claim.source == ClaimSource::StatusPage {
            claim.hand = Some(Box::new(crate::records::Hand {
                id: "1234567890".to_owned(),
                who: "ana".to_owned(),
                when_ns: ONSET,
                why: "posted too early".to_owned(),
                what: ByHand::Retracted,
                before_ns: None,
            }));
        }
    }
    assert!(super::super::marks::said(&snapshot, &model.marking).len() < before);
    step(&mut model, Msg::Snapshot(Arc::new(snapshot)));
    let tall = screen(&app_like(&model, (120, 70)));
    assert!(tall.contains("retracted mine: posted too early"), "{tall}");
}

#[test]
fn u_and_save_ask_for_it_with_what_is_chosen() {
    let mut model = opened();
    assert_eq!(wished(&mut model, "u").keep, Keep::Undo);
    press(&mut model, "[ l l ] T");
    let wish = wished(&mut model, "^s");
    assert_eq!(wish.keep, Keep::Save);
    assert!(wish.view.from.is_some() && wish.view.to > wish.view.from && wish.view.utc);
    assert!(wish.snapshot.is_some());
}

#[test]
fn a_file_opens_with_its_range_filter_clock_and_marks() {
    let file = IncidentFile {
        view: Some(View {
            from: Some(ONSET),
            to: Some(ONSET + 600 * S),
            filter: "status>=500".to_owned(),
            utc: true,
            ..View::default()
        }),
        ..IncidentFile::default()
    };
    let entry = Entry {
        kind: Some("detected".to_owned()),
        after: Some(Stated::of(&crate::clock::When::exact(ONSET), "human")),
        ..Entry::new(Action::Mark, "", 0)
    };
    let (file, _) = with(&file, entry, "ben", ONSET);
    let mut model = Model::new(UNICODE, 80, 24);
    let opened = Opened {
        who: "ana".to_owned(),
        file: Some(("x.rfo.json".to_owned(), Arc::new(file))),
        message: Some("not found: api.log; the rest is open".to_owned()),
    };
    step(&mut model, Msg::Opened(Box::new(opened)));
    assert!(screen(&model).contains("not found: api.log"));
    step(&mut model, Msg::Snapshot(Arc::new(fixture::outage())));
    assert_eq!(
        (model.range, model.zone()),
        ((Some(ONSET), Some(ONSET + 600 * S)), Zone::UTC)
    );
    let filter = model
        .logs
        .sift
        .filter
        .as_ref()
        .map(|filter| filter.text.as_str());
    assert_eq!(filter, Some("status>=500"));
    let said = super::super::marks::said(model.snapshot.as_ref().expect("there"), &model.marking);
    assert!(
        said.iter()
            .any(|claim| claim.hand.as_ref().is_some_and(|hand| hand.who == "ben"))
    );
}

#[test]
fn what_changed_since_a_file_was_saved_is_told() {
    let snapshot = fixture::outage();
    let mut file = IncidentFile {
        basis: Some(crate::analysis::basis(&snapshot, ONSET)),
        ..IncidentFile::default()
    };
    let then = file.basis.as_mut().expect("just made");
    then.events = 5;
    for window in &mut then.incidents[0].windows {
        window.end.at_ns -= 600 * S;
    }
    then.incidents[0].state = "ongoing".to_owned();
    let mut snapshot = snapshot;
    snapshot.records = read_together(&[("x.rfo.json", &text(&file))]);
    let mut model = app(snapshot, (120, 40), UNICODE);
    assert!(
        screen(&model).contains("changed since x.rfo.json was saved"),
        "{}",
        screen(&model)
    );
    press(&mut model, "2 Enter");
    let text = screen(&model);
    assert!(
        text.contains("Changed since x.rfo.json was saved"),
        "{text}"
    );
    assert!(text.contains("ongoing → restored"), "{text}");
}

#[test]
fn what_is_marked_while_frozen_is_shown_with_what_follows_from_it() {
    let mut model = opened();
    press(&mut model, "Space");
    let entry = put(&mut model, ". d");
    let (file, entry) = with(&IncidentFile::default(), entry, "ana", ONSET);
    let kept = Kept {
        entry: Some(entry),
        done: Done::Saved,
        path: "x.rfo.json".to_owned(),
        file: Arc::new(file),
        unsaved: 0,
        is_own: true,
    };
    let Effect::Restate(request) = step(&mut model, Msg::Kept(Box::new(kept))) else {
        panic!("nothing is asked for")
    };
    let restated = super::super::frozen::answer(&request);
    let is_known = |model: &Model| {
        let mut records = model.snapshot.iter().flat_map(|one| &one.records);
        records.any(|record| record.file.is_some())
    };
    assert!(!is_known(&model));
    step(&mut model, Msg::Restated(restated.clone()));
    assert!(is_known(&model) && model.frozen);
    // What comes after Space is of a view that is gone.
    press(&mut model, "Space");
    step(&mut model, Msg::Snapshot(Arc::new(fixture::outage())));
    press(&mut model, "Space");
    step(&mut model, Msg::Restated(restated));
    assert!(!is_known(&model));
}
