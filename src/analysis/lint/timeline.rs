//! The events of a record that a length of time can begin or end with.
//!
//! In: claims and dated lines. Out: events with their role, one group for each incident that the
//! record tells apart. An entry of a few words (`Incident declared 11:51`) is taken by its words;
//! what is said in a sentence by the milestone that the reader made of it.

use std::sync::LazyLock;

use regex::Regex;

use crate::clock::When;
use crate::events::Evidence;
use crate::records::{ClaimSource, Milestone, MilestoneKind, Record};

/// Events of one incident that are looked at.
const EVENTS_MAX: usize = 400;
/// An entry with at most so many words is a label with its time.
const WORDS_MAX: usize = 5;

/// What an event can be the start or the end of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A change took effect.
    Change,
    /// Users became worse off.
    Start,
    /// An alert fired, or reached someone.
    Alert,
    /// Someone knew.
    Detected,
    /// It was called an incident.
    Declared,
    /// Someone took it.
    Acknowledged,
    /// Someone began to work on it.
    Engaged,
    /// The cause was known.
    Identified,
    /// It was mitigated or repaired.
    Repaired,
    /// Users were well again.
    Restored,
    /// It was called over.
    Closed,
}

impl Role {
    /// The milestone that the kernel knows it as.
    pub fn kind(self) -> MilestoneKind {
        match self {
            Self::Change => MilestoneKind::Change,
            Self::Start => MilestoneKind::ImpactStart,
            Self::Alert => MilestoneKind::AlertFired,
            Self::Detected => MilestoneKind::Detected,
            Self::Acknowledged => MilestoneKind::Acknowledged,
            Self::Declared | Self::Engaged => MilestoneKind::Engaged,
            Self::Identified => MilestoneKind::Identified,
            Self::Repaired => MilestoneKind::Mitigated,
            Self::Restored => MilestoneKind::Restored,
            Self::Closed => MilestoneKind::Closed,
        }
    }

    /// The milestone in words, for one that is missing.
    pub fn words(self) -> &'static str {
        match self {
            Self::Change => "the change",
            Self::Start => "the start of the impact",
            Self::Alert => "the alert",
            Self::Detected => "the detection",
            Self::Declared => "the declaration",
            Self::Acknowledged => "the acknowledgement",
            Self::Engaged => "the first action",
            Self::Identified => "the identification",
            Self::Repaired => "the repair",
            Self::Restored => "the recovery",
            Self::Closed => "the end",
        }
    }
}

/// Something that happened at a known time.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// What it is.
    pub role: Role,
    /// When.
    pub when: When,
    /// Its line, from 1.
    pub line: u64,
    /// What the record calls it; printable.
    pub words: String,
    /// The entry is hardly more than its name: a label, not a sentence.
    pub is_label: bool,
    /// Who says so.
    pub source: ClaimSource,
}

/// The events of one incident.
#[derive(Debug, Clone, Default)]
pub(super) struct Group {
    /// By line, then by time and role.
    pub events: Vec<Event>,
    /// Events again, with dates repaired that contradict the record's own; empty when none does.
    pub repaired: Vec<Event>,
    /// What was repaired, in words.
    pub repairs: Vec<String>,
    /// Entries that name a milestone and give no time for it that can be read: role, line, words.
    pub untimed: Vec<(Role, u64, String)>,
    /// Lines of the incident's claims, sorted.
    lines: Vec<u64>,
}

/// The events of a record, incident by incident.
pub(super) struct Groups {
    pub all: Vec<Group>,
    pub cut_off: bool,
}

impl Groups {
    /// The incident that a line speaks of; `None` when it may be one of several.
    pub(super) fn of_line(&self, line: u64) -> Option<&Group> {
        match self.all.as_slice() {
            [one] => Some(one),
            all => all
                .iter()
                .find(|group| group.lines.binary_search(&line).is_ok()),
        }
    }
}

/// All events of a record.
pub(super) fn groups(record: &Record) -> Groups {
    let several = record.incidents.len() > 1;
    let claims = |indexes: &[usize]| -> Vec<&Milestone> {
        let all = indexes.iter().filter_map(|&i| record.milestones.get(i));
        all.collect()
    };
    let mut groups = Groups {
        all: Vec::new(),
        cut_off: false,
    };
    if several {
        for told in &record.incidents {
            let (group, cut) = group(&claims(&told.claims), &[]);
            groups.all.push(group);
            groups.cut_off |= cut;
        }
        return groups;
    }
    let notes: Vec<(u64, &When, &str)> = record
        .notes
        .iter()
        .filter_map(|note| Some((note.line, note.when.as_ref()?, note.text.as_str())))
        .collect();
    let (mut group, cut) = group(&record.milestones.iter().collect::<Vec<_>>(), &notes);
    group.untimed = untimed(record);
    groups.all.push(group);
    groups.cut_off = cut;
    groups
}

fn group(claims: &[&Milestone], notes: &[(u64, &When, &str)]) -> (Group, bool) {
    let mut events = Vec::new();
    let mut lines = Vec::new();
    for claim in claims {
        let line = claim.evidence().first().map_or(0, line_of);
        lines.push(line);
        let name = match claim.note.is_empty() {
            true => claim.kind.name(),
            false => &claim.note,
        };
        for role in roles(&claim.note, Some(claim.kind)) {
            events.push(event(role, &claim.when, line, named(name), claim.source));
        }
    }
    for &(line, when, text) in notes {
        for role in roles(text, None) {
            events.push(event(role, when, line, named(text), ClaimSource::Text));
        }
    }
    lines.sort_unstable();
    events.sort_by_key(|event| (event.line, event.when.at_ns, event.role));
    events.dedup_by(|a, b| (a.line, a.when.at_ns, a.role) == (b.line, b.when.at_ns, b.role));
    let cut = events.len() > EVENTS_MAX;
    events.truncate(EVENTS_MAX);
    let group = Group {
        events,
        lines,
        ..Group::default()
    };
    (group, cut)
}

/// What an entry calls itself, without the time at its beginning or end: `Resolved 2021-03-03
/// 11:00` is `Resolved`. A text that is all time stays.
fn named(text: &str) -> &str {
    let is_time = |word: &str| {
        let word = word.trim_matches(|c: char| ",;.()[]".contains(c));
        let clock = word.trim_end_matches(|c: char| "apmAPMZ".contains(c));
        let digits = clock.chars().any(|c| c.is_ascii_digit());
        let only = clock
            .chars()
            .all(|c| c.is_ascii_digit() || ":-/.+T".contains(c));
        digits && only
            || matches!(
                word,
                "UTC" | "GMT" | "BST" | "AM" | "PM" | "am" | "pm" | "at" | "on"
            )
    };
    let mut rest = text.trim();
    while let Some((before, _)) = rest.rsplit_once(' ').filter(|(_, word)| is_time(word)) {
        rest = before.trim_end();
    }
    while let Some((_, behind)) = rest.split_once(' ').filter(|(word, _)| is_time(word)) {
        rest = behind.trim_start();
    }
    rest.trim_end_matches([':', '-', ',']).trim_end()
}

/// `Repaired: on the next day`: named, with a number, and no time.
fn untimed(record: &Record) -> Vec<(Role, u64, String)> {
    let dated = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let without = record
        .notes
        .iter()
        .filter(|note| note.when.is_none() && dated(&note.text));
    let named = without.flat_map(|note| {
        let words = crate::text::shorten(bare(&note.text), 40);
        let roles = roles(&note.text, None);
        roles
            .into_iter()
            .map(move |role| (role, note.line, words.clone()))
    });
    named.take(EVENTS_MAX).collect()
}

fn event(role: Role, when: &When, line: u64, text: &str, source: ClaimSource) -> Event {
    let text = bare(text);
    let count = text.split_whitespace().count();
    let words: Vec<&str> = text.split_whitespace().take(WORDS_MAX + 1).collect();
    let more = if count > words.len() { " ..." } else { "" };
    Event {
        role,
        when: *when,
        line,
        words: format!("{}{more}", words.join(" ")),
        is_label: count <= WORDS_MAX,
        source,
    }
}

fn line_of(evidence: &Evidence) -> u64 {
    match evidence {
        Evidence::Line { line, .. } => *line,
        Evidence::Signal { .. } => 0,
    }
}

/// Without the signs of a list around it.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| !c.is_alphanumeric() && c != '(' && c != '"')
}

/// What an entry says by its own name. All are lower case.
const NAMES: &[(Role, &str)] = &[
    (
        Role::Start,
        r"^(?:the )?(?:first )?(?:fault|incident|outage|impact|issue|problem|disruption|degradation|failure|errors?)s? (?:occur(?:s|red)?|start(?:s|ed)?|beg(?:an|ins|un)|onset)\b|^(?:start|onset|beginning) of (?:the )?(?:impact|incident|outage)\b|^impact start\b",
    ),
    (
        Role::Detected,
        r"^(?:first |fault |incident |issue |problem )*(?:was )?(?:first )?(?:detected|discovered|noticed)\b|^(?:team|we|engineers?) (?:was |were |became |are |is )?(?:made )?aware\b|^detection\b",
    ),
    (
        Role::Closed,
        r"^(?:the )?(?:incident |issue |problem |outage )?(?:is |was |has been |declared |marked (?:as )?)*(?:resolved|closed|over)\b|\brepaired and resolved\b|^end of (?:the )?(?:incident|outage)\b|^resolution$",
    ),
    (
        Role::Repaired,
        r"^(?:the )?(?:incident |issue |problem |fault )?(?:is |was |has been )?(?:repaired|mitigated|fixed)\b|^(?:repair|mitigation)$",
    ),
    (
        Role::Restored,
        r"^(?:the )?(?:service|services|system) (?:is |was |has been |fully )*(?:restored|recovered)\b|^(?:restored|recovered)\b",
    ),
    (
        Role::Declared,
        r"^(?:the |an )?incident (?:is |was |has been )?declared\b|^declared\b",
    ),
    (
        Role::Acknowledged,
        r"^(?:alert |page |incident )?(?:was )?acknowledged\b",
    ),
    (
        Role::Identified,
        r"^(?:root )?cause (?:was |has been )?(?:identified|found)\b",
    ),
];

static NAMED: LazyLock<Vec<(Role, Regex)>> = LazyLock::new(|| {
    let named = |&(role, text): &(Role, &str)| {
        let pattern = Regex::new(text).expect("the patterns are constant and tested");
        (role, pattern)
    };
    NAMES.iter().map(named).collect()
});

/// The roles of an entry: by its name, else by the milestone that it claims.
fn roles(text: &str, kind: Option<MilestoneKind>) -> Vec<Role> {
    let mut lower = bare(text).to_lowercase();
    let end = lower
        .char_indices()
        .nth(120)
        .map_or(lower.len(), |(at, _)| at);
    lower.truncate(end);
    let named = NAMED.iter().filter(|(_, pattern)| pattern.is_match(&lower));
    let mut roles: Vec<Role> = named.map(|(role, _)| *role).collect();
    // `Incident declared resolved`: over, not declared.
    if roles.contains(&Role::Closed) {
        roles.retain(|role| *role != Role::Declared);
    }
    let of_kind = kind.and_then(of_kind);
    match of_kind {
        // A name beats the kind that was made of it, but the kind may add what no name has.
        Some(role) if roles.is_empty() || is_beside(role, &roles) => roles.push(role),
        _ => {}
    }
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// Whether a kind says something that the names do not: an entry may tell of several.
fn is_beside(role: Role, named: &[Role]) -> bool {
    let is_end = |role: Role| matches!(role, Role::Repaired | Role::Restored | Role::Closed);
    let is_engaged = role == Role::Engaged;
    let ends = is_end(role) && named.iter().any(|one| is_end(*one));
    !is_engaged && !ends
}

fn of_kind(kind: MilestoneKind) -> Option<Role> {
    Some(match kind {
        MilestoneKind::Change => Role::Change,
        MilestoneKind::ImpactStart => Role::Start,
        MilestoneKind::AlertFired | MilestoneKind::Notified => Role::Alert,
        MilestoneKind::Detected => Role::Detected,
        MilestoneKind::Acknowledged => Role::Acknowledged,
        MilestoneKind::Engaged => Role::Engaged,
        MilestoneKind::Identified => Role::Identified,
        MilestoneKind::Mitigated => Role::Repaired,
        MilestoneKind::Restored => Role::Restored,
        MilestoneKind::Closed => Role::Closed,
        MilestoneKind::MitigationAttempt
        | MilestoneKind::PartialRecovery
        | MilestoneKind::Fixed => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_taken_by_its_name() {
        let check =
            |text: &str, expected: &[Role]| assert_eq!(roles(text, None), expected, "{text}");
        check("- Fault occurs", &[Role::Start]);
        check("First detected:", &[Role::Detected]);
        check("Team aware", &[Role::Detected]);
        check("Incident is declared**.", &[Role::Declared]);
        check("Incident declared resolved", &[Role::Closed]);
        check("Repaired", &[Role::Repaired]);
        check(
            "Incident repaired and resolved.",
            &[Role::Repaired, Role::Closed],
        );
        check("Incident not declared", &[]);
        check("The queue is long", &[]);
    }

    #[test]
    fn a_sentence_is_taken_by_its_milestone() {
        let check = |text: &str, kind, expected: &[Role]| {
            assert_eq!(roles(text, Some(kind)), expected, "{text}");
        };
        check("all is well", MilestoneKind::Restored, &[Role::Restored]);
        check(
            "Incident declared",
            MilestoneKind::Engaged,
            &[Role::Declared],
        );
        check("Resolved - ", MilestoneKind::Closed, &[Role::Closed]);
        check("a patch was tried", MilestoneKind::MitigationAttempt, &[]);
    }
}
