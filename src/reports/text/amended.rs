//! What people overrode, beside what was computed, and what changed since a file was saved.

use crate::analysis::{Changed, Concluded, Shown, Snapshot, since};
use crate::clock::words::{clock_minute, date};
use crate::durations::Amended;
use crate::records::{Hand, Milestone};
use crate::reports::layout::{Page, Paint, padded};
use crate::reports::words::{Clock, plural};

/// Differences shown at most; the rest is counted.
const SHOWN_MAX: usize = 12;
/// Notes shown at most; the JSON report has all.
const NOTES_MAX: usize = 200;

/// Every override: the value, what was computed, who, when and why; and what the durations are
/// without any.
pub fn section(page: &mut Page, clock: Clock, concluded: &Concluded) {
    let measured = &concluded.measured;
    if measured.amended.is_empty() {
        return;
    }
    page.heading("amended by hand");
    for one in &measured.amended {
        amendment(page, clock, one, &concluded.incident.milestones);
    }
    let Some(unamended) = &measured.unamended else {
        return;
    };
    let moved = unamended.0.iter().filter(|(name, before)| {
        let after = measured.durations.get(name);
        let same = after.is_some_and(|after| after.to_string() == before.to_string());
        !name.starts_with("segment") && !same
    });
    let moved: Vec<String> = moved
        .map(|(name, before)| format!("{name} {before}"))
        .collect();
    if !moved.is_empty() {
        page.flow(Paint::Dim, "  without it: ", 4, &moved.join("; "));
    }
}

fn amendment(page: &mut Page, clock: Clock, one: &Amended, claims: &[Milestone]) {
    let Some(claim) = claims.get(one.claim) else {
        return;
    };
    let computed = match &one.computed {
        Some(choice) => format!(
            "computed {} ({})",
            clock.when(&choice.when),
            choice.source.words()
        ),
        None => "nothing was computed".to_owned(),
    };
    let mut words = format!("{}; {computed}", by(clock, claim));
    for other in one.others.iter().filter_map(|i| claims.get(*i)) {
        words += &format!(
            "; conflict: {} {}, who did not know of it",
            clock.when(&other.when),
            by(clock, other)
        );
    }
    words += &clock.sources(claim.evidence());
    let lead = format!("  {} {} ", one.kind.name(), clock.when(&claim.when));
    page.flow(Paint::Bold, &lead, 4, &words);
}

/// `by ana, 4 Feb 2024 10:15: the dashboard says so`.
fn by(clock: Clock, claim: &Milestone) -> String {
    let Some(hand) = &claim.hand else {
        return String::new();
    };
    match hand.why.as_str() {
        "" => format!("by {}", who_when(clock, hand)),
        why => format!("by {}: {why}", who_when(clock, hand)),
    }
}

/// `ana, 4 Feb 2024 10:15`.
pub fn who_when(clock: Clock, hand: &Hand) -> String {
    let at = hand.when_ns;
    format!(
        "{}, {} {}",
        hand.who,
        date(at, clock.zone),
        clock_minute(at, clock.zone)
    )
}

/// Notes that people took in incident files, by time.
pub fn notes(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    let files = snapshot.records.iter().filter(|one| one.file.is_some());
    let mut notes: Vec<(i64, String, String)> = files
        .flat_map(|record| record.notes.iter().map(move |note| (record, note)))
        .filter_map(|(record, note)| {
            let when = note.when?;
            let text = format!("{} [{}:{}]", note.text, record.path, note.line);
            Some((when.at_ns, clock.when(&when), text))
        })
        .collect();
    if notes.is_empty() {
        return;
    }
    notes.sort();
    page.heading("notes");
    for (_, when, text) in notes.iter().take(NOTES_MAX) {
        page.item(&format!("  {}  ", padded(when, clock.cells())), text);
    }
    if notes.len() > NOTES_MAX {
        page.line(&format!("  and {} more", notes.len() - NOTES_MAX));
    }
}

/// What changed in the conclusions since each incident file was saved.
pub fn since_saved(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    for since in since(snapshot) {
        let saved = since.saved_at_ns;
        let when = format!(
            "{} {}",
            date(saved, clock.zone),
            clock_minute(saved, clock.zone)
        );
        page.heading(&format!("since {} was saved ({when})", since.path));
        let count = |(before, after): (u64, u64), noun: &str| match before == after {
            true => format!("{} as before", plural(after as usize, noun)),
            false => format!("{before} -> {}", plural(after as usize, noun)),
        };
        let read = format!(
            "{}, {}",
            count(since.events, "event"),
            count(since.sources, "source")
        );
        match since.changes.is_empty() {
            true => page.item(
                "  ",
                &format!("nothing that is concluded has changed; {read}"),
            ),
            false => page.item("  ", &read),
        }
        for change in since.changes.iter().take(SHOWN_MAX) {
            page.item(&format!("  {} ", change.incident), &changed(clock, change));
        }
        if since.changes.len() > SHOWN_MAX {
            page.line(&format!("  and {} more", since.changes.len() - SHOWN_MAX));
        }
    }
}

fn changed(clock: Clock, change: &Changed) -> String {
    let shown = |shown: &Shown| match shown {
        Shown::Nothing => "none".to_owned(),
        Shown::Instant(ns) => clock.at(*ns),
        Shown::Words(words) => words.clone(),
    };
    format!(
        "{}: {} -> {}",
        change.what,
        shown(&change.before),
        shown(&change.after)
    )
}
