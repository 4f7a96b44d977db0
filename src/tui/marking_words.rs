//! What was marked by hand, in words: the footer after a key, the rows of the incident's screen.

use super::marking::{Done, Kept, Marking};
use crate::analysis::{Shown, Since};
use crate::clock::words::{clock_minute, clock_time, date};
use crate::clock::{NS_PER_MIN, Zone};
use crate::records::incident_file::{Action, Entry, IncidentFile, Stated};
use crate::records::{ByHand, Hand, kind_of};
use crate::text::{printable, shorten};

/// Cells for words of the user in a sentence.
const QUOTED_MAX: usize = 24;
const DAY_NS: i64 = 24 * 60 * NS_PER_MIN;

/// How a wish ended: `detected at 15:40:12 marked, saved to x.rfo.json`; with what the range of
/// the logs says against it. `None` where there is nothing to say.
pub fn sentence(kept: &Kept, zone: Zone, range: Option<(i64, i64)>) -> Option<String> {
    let path = printable(&kept.path);
    if let Done::Refused(why) = &kept.done {
        return Some(why.clone());
    }
    if let Done::ByOthers(n) = kept.done {
        let entries = kept.file.history.iter().rev();
        let newest = entries.max_by_key(|entry| entry.when_ns);
        let who = newest.map_or_else(String::new, |one| format!(", the newest by {}", one.who));
        let changes = crate::reports::plural(n, "change");
        return Some(printable(&format!("{path} has {changes} more{who}")));
    }
    let entry = kept.entry.as_ref()?;
    let what = entry_words(entry, &kept.file, zone);
    let what = format!("{what}{}", far(entry, range, zone).unwrap_or_default());
    Some(match &kept.done {
        Done::NotSaved(why) => format!("NOT SAVED: {what}; {why}; ^s tries again"),
        Done::Elsewhere(why) => format!("{what}, saved to {path}: {why}"),
        _ => format!("{what}, saved to {path}"),
    })
}

/// What to say of an instant that is days before or after the logs: ` on 3 Feb 2024 (the logs end
/// 22 Jul 2015)`.
fn far(entry: &Entry, range: Option<(i64, i64)>, zone: Zone) -> Option<String> {
    let (at_ns, (first_ns, last_ns)) = (entry.after.as_ref()?.at_ns, range?);
    let logs = match at_ns {
        _ if entry.action == Action::Undo => return None,
        ns if ns < first_ns.saturating_sub(DAY_NS) => ("begin", first_ns),
        ns if ns > last_ns.saturating_add(DAY_NS) => ("end", last_ns),
        _ => return None,
    };
    let (day, edge) = (date(at_ns, zone), date(logs.1, zone));
    Some(format!(" on {day} (the logs {} {edge})", logs.0))
}

/// What an entry did.
fn entry_words(entry: &Entry, file: &IncidentFile, zone: Zone) -> String {
    let at = |stated: Option<&Stated>| {
        stated.map_or_else(String::new, |stated| {
            format!(" at {}", clock_time(stated.at_ns, zone))
        })
    };
    let after = at(entry.after.as_ref());
    let kind = kind_words(entry);
    match entry.action {
        Action::Mark => format!("{kind}{after} marked"),
        Action::Note => format!("note{after}"),
        Action::Amend => {
            let before = entry.before.as_ref().map_or_else(String::new, |before| {
                format!(" (was {})", clock_time(before.at_ns, zone))
            });
            format!(
                "{kind} corrected to{}{before}",
                after.replacen(" at", "", 1)
            )
        }
        Action::Retract => format!("{kind}{} retracted", at(entry.before.as_ref())),
        Action::Undo => {
            let of = file
                .history
                .iter()
                .find(|one| entry.of.as_ref() == Some(&one.id));
            let what = of.map_or_else(String::new, |of| entry_words(of, file, zone));
            format!("undone: {what}")
        }
        Action::Save => "sources, range, filter and conclusions".to_owned(),
        Action::Other(_) => "changed".to_owned(),
    }
}

fn kind_words(entry: &Entry) -> String {
    let kind = entry.kind.as_deref().and_then(kind_of);
    kind.map_or_else(|| "note".to_owned(), |kind| kind.name().replace('_', " "))
}

/// Who made a claim by hand, and what it is: `mine`, `by ana`, `by ana, overrides 15:49:10: why`.
pub fn hand(hand: &Hand, marking: &Marking, zone: Zone) -> String {
    let who = match hand.who == marking.who {
        true => "mine".to_owned(),
        false => format!("by {}", hand.who),
    };
    let why = match hand.why.as_str() {
        "" => String::new(),
        why => format!(": {why}"),
    };
    let before = hand.before_ns.map(|ns| clock_time(ns, zone));
    match (hand.what, before) {
        (ByHand::Marked, _) => format!("{who}{why}"),
        (ByHand::Overrides, Some(before)) => format!("{who}, overrides {before}{why}"),
        (ByHand::Overrides, None) => format!("{who}, overrides{why}"),
        (ByHand::Retracted, _) => format!("retracted {who}{why}"),
    }
}

/// When a claim by hand was made, for whoever asks for its evidence.
pub fn made(hand: &Hand, zone: Zone, path: &str, line: u64) -> String {
    let what = match hand.what {
        ByHand::Marked => "marked",
        ByHand::Overrides => "overridden",
        ByHand::Retracted => "retracted",
    };
    let (day, time) = (date(hand.when_ns, zone), clock_time(hand.when_ns, zone));
    let why = match hand.why.as_str() {
        "" => String::new(),
        why => format!(": {}", shorten(why, QUOTED_MAX)),
    };
    format!("{what} by {} {day} {time}{why}; {path}:{line}", hand.who)
}

/// What a reader must know of incident files: what is not saved, what has changed since.
pub fn notes(marking: &Marking, zone: Zone) -> Vec<String> {
    let n = marking.unsaved;
    let changes = if n == 1 { "change is" } else { "changes are" };
    let unsaved = (n > 0).then(|| format!("{n} {changes} NOT SAVED: ^s tries again"));
    let changed = marking.since.iter().filter(|one| !one.changes.is_empty());
    let changed = changed.map(|one| {
        let n = one.changes.len();
        let conclusions = if n == 1 { "conclusion" } else { "conclusions" };
        format!("{n} {conclusions} changed since {}", saved(one, zone))
    });
    unsaved.into_iter().chain(changed).collect()
}

/// `x.rfo.json was saved 22 Jul 2015 15:41`.
pub fn saved(since: &Since, zone: Zone) -> String {
    let path = printable(since.path.rsplit('/').next().unwrap_or(&since.path));
    let at = since.saved_at_ns;
    format!(
        "{path} was saved {} {}",
        date(at, zone),
        clock_minute(at, zone)
    )
}

/// A value as it was or is.
pub fn shown(shown: &Shown, zone: Zone) -> String {
    match shown {
        Shown::Nothing => "n/a".to_owned(),
        Shown::Instant(ns) => clock_time(*ns, zone),
        Shown::Words(words) => printable(words),
    }
}
