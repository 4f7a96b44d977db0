//! Labels: the status words of a page's posts, and the keys of a list of events.
//!
//! In: the words that stand before or instead of a sentence. Out: what they say by themselves.
//! A status label is weak where its post may say something else.

use super::milestone::MilestoneKind;
use super::phrases::Phrase;
use MilestoneKind::{
    Acknowledged, AlertFired, Closed, Detected, Engaged, Fixed, Identified, ImpactStart, Mitigated,
    Notified, Restored,
};

/// What a status page calls the state that a post tells of.
pub(super) const STATUS: [&str; 9] = [
    "resolved",
    "monitoring",
    "identified",
    "investigating",
    "update",
    "completed",
    "in progress",
    "scheduled",
    "verifying",
];

/// `identified - we are ...` into its label and the rest. `is_sentence` tells whether a text says
/// something as it stands: "Identified the cause" does.
pub(super) fn split_label(text: &str, is_sentence: impl Fn(&str) -> bool) -> (Option<&str>, &str) {
    let text = text.trim_start();
    let text = text
        .strip_prefix("posted")
        .map_or(text, |t| t.trim_start_matches([' ', '-', ':']));
    let label = STATUS
        .iter()
        .chain(&["posted"])
        .find(|label| text.starts_with(**label));
    let Some(label) = label else {
        return (None, text);
    };
    let rest = &text[label.len()..];
    let parted = rest.trim_start().starts_with(['-', ':', '–', '—']);
    let body = rest
        .trim_start()
        .trim_start_matches(['-', ':', '–', '—'])
        .trim_start();
    // "Resolved the alert" is a sentence, "Investigating slow pages" says no more than its label.
    let said = rest.starts_with(' ') && *label == "investigating" && !is_sentence(text);
    match rest.is_empty() || parted || said {
        true => (Some(label), body),
        false => (None, text),
    }
}

/// What a status label says by itself.
pub(super) fn of_label(label: &str, alone: bool) -> Option<Phrase> {
    let (kind, confidence) = match label {
        "resolved" | "completed" => (Closed, 1.0),
        "identified" => (Identified, if alone { 0.6 } else { 0.3 }),
        "investigating" => (Detected, 0.9),
        "monitoring" => (Mitigated, 0.3),
        _ => return None,
    };
    Some(Phrase::new(kind, confidence))
}

/// What a key of a list of events says: `Detected at`, `Incident declared`, `Start time`. Only
/// whole keys: a sentence is none.
pub(super) fn of_key(label: &str) -> Option<Phrase> {
    let lower = label.to_lowercase();
    let words: Vec<&str> = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty() && !FILL.contains(word))
        .collect();
    let key = words.join(" ");
    let (kind, confidence) = KEYS
        .iter()
        .find(|(keys, ..)| keys.contains(&key.as_str()))
        .map(|&(_, kind, confidence)| (kind, confidence))?;
    Some(Phrase::new(kind, confidence))
}

/// Words of a key that say nothing of their own.
const FILL: &[&str] = &[
    "the",
    "a",
    "an",
    "at",
    "on",
    "of",
    "time",
    "date",
    "first",
    "was",
    "is",
    "were",
    "utc",
    "approx",
    "approximate",
    "around",
    "by",
    "about",
];

const KEYS: &[(&[&str], MilestoneKind, f64)] = &[
    (
        &[
            "start",
            "started",
            "starts",
            "began",
            "begin",
            "begins",
            "onset",
            "incident start",
            "incident started",
            "incident began",
            "outage start",
            "outage started",
            "outage began",
            "impact start",
            "impact started",
            "impact began",
            "start impact",
            "start incident",
            "start outage",
            "fault occurs",
            "fault occurred",
            "issue occurred",
            "issue started",
            "issue began",
            "problem started",
            "problem began",
            "disruption began",
            "impact from",
            "occurred",
            "incident occurred",
            "outage occurred",
            "fault started",
            "fault began",
        ],
        ImpactStart,
        0.9,
    ),
    (
        &[
            "end",
            "ended",
            "ends",
            "incident end",
            "incident ended",
            "outage end",
            "outage ended",
            "impact end",
            "impact ended",
            "end impact",
            "end incident",
            "end outage",
            "restored",
            "service restored",
            "recovered",
            "recovery",
            "repaired",
            "repaired declared",
            "incident repaired",
            "fault repaired",
            "restoration",
            "issue ended",
            "disruption ended",
            "impact until",
            "service recovered",
            "back normal",
        ],
        Restored,
        0.8,
    ),
    (
        &[
            "detected",
            "detection",
            "discovered",
            "noticed",
            "fault detected",
            "issue detected",
            "incident detected",
            "problem detected",
            "outage detected",
            "team aware",
            "team made aware",
            "became aware",
            "aware",
            "discovery",
            "seen",
            "observed",
        ],
        Detected,
        0.9,
    ),
    (
        &[
            "reported",
            "alert",
            "alerted",
            "alarm",
            "alert fired",
            "alert raised",
            "triggered",
        ],
        AlertFired,
        0.8,
    ),
    (
        &["paged", "notified", "team notified", "call paged"],
        Notified,
        0.9,
    ),
    (
        &[
            "acknowledged",
            "acknowledgement",
            "acknowledgment",
            "ack",
            "assigned",
        ],
        Acknowledged,
        0.9,
    ),
    (
        &[
            "declared",
            "incident declared",
            "engaged",
            "responded",
            "response",
            "investigation started",
            "investigation began",
            "incident opened",
        ],
        Engaged,
        0.9,
    ),
    (
        &[
            "cause identified",
            "root cause identified",
            "diagnosed",
            "cause found",
            "diagnosis",
        ],
        Identified,
        0.9,
    ),
    (
        &["mitigated", "mitigation", "incident mitigated", "contained"],
        Mitigated,
        0.9,
    ),
    (
        &[
            "closed",
            "incident closed",
            "closure",
            "resolved",
            "incident resolved",
            "resolution",
            "issue resolved",
            "marked resolved",
            "incident declared resolved",
            "declared resolved",
        ],
        Closed,
        0.9,
    ),
    (
        &["fixed", "permanent fix", "fix deployed permanently"],
        Fixed,
        0.6,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(label: &str, expected: Option<char>) {
        assert_eq!(of_key(label).map(|p| p.kind.letter()), expected, "{label}");
    }

    #[test]
    fn keys_of_a_list_say_what_they_name() {
        check("Fault occurs", Some('S'));
        check("Start time", Some('S'));
        check("First detected:", Some('D'));
        check("Team aware", Some('D'));
        check("Incident declared", Some('G'));
        check("Repaired", Some('R'));
        check("Time of mitigation", Some('M'));
        check("Resolved", Some('V'));
    }

    #[test]
    fn a_sentence_is_no_key() {
        check("Incident not declared", None);
        check("The team detected nothing", None);
        check("", None);
    }
}
