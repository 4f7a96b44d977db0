//! From passages with their instants to claims and notes.
//!
//! In: the passages of a text and the instant of each time. Out: the record's claims and notes,
//! and which lines they use. Passages are told in order of time, so that it does not matter
//! whether a page begins with its newest or its oldest post.

use std::collections::BTreeMap;

use super::literals::Literal;
use super::milestone::{ClaimSource, Milestone, MilestoneKind};
use super::order::{Assigned, Changed};
use super::passages::Passage;
use super::phrases::{Phrase, classify};
use super::precision::Hedge;
use super::relative::{Relative, relatives};
use super::retelling::without;
use super::{Line, Note, Record, RecordKind, line_number};
use crate::clock::{Censor, When};
use crate::text::printable;
use MilestoneKind::{
    Acknowledged, Closed, Detected, Engaged, Identified, ImpactStart, Mitigated, Notified,
    PartialRecovery, Restored,
};

/// Makes the claims of a text.
pub(super) struct Teller<'a> {
    pub lines: &'a [Line<'a>],
    pub literals: &'a [Literal],
    assigned: &'a Assigned,
    whens: &'a [Option<When>],
    pub record: Record,
    /// Claims by kind and instant: a text that says the same twice claims it once.
    known: BTreeMap<(MilestoneKind, i64), usize>,
    /// Whether the latest claim of impact or its end, as far as was told, says that it is on.
    on: Option<(i64, bool)>,
    /// Someone was aware from then on.
    aware_ns: Option<i64>,
}

/// What a passage says, before it is told.
pub(super) struct Heard<'a> {
    pub passage: &'a Passage,
    pub when: When,
    pub until: Option<When>,
    pub phrases: Vec<Phrase>,
    pub relatives: Vec<Relative>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(
        lines: &'a [Line<'a>],
        literals: &'a [Literal],
        assigned: &'a Assigned,
        whens: &'a [Option<When>],
        record: Record,
    ) -> Self {
        Self {
            lines,
            literals,
            assigned,
            whens,
            record,
            known: BTreeMap::new(),
            on: None,
            aware_ns: None,
        }
    }

    /// Tells all passages; which lines are used.
    pub(super) fn tell(&mut self, passages: &[Passage]) -> Vec<bool> {
        let mut used = vec![false; self.lines.len()];
        let mut heard = self.hear(passages, &mut used);
        heard.sort_by_key(|one| (one.when.at_ns, one.passage.lines, one.passage.literal));
        for one in &heard {
            self.tell_one(one);
        }
        self.tell_lines(&heard, &mut used);
        self.first_post();
        self.whole_lines(passages);
        self.record
            .milestones
            .sort_by_key(|claim| line_number(&claim.evidence()[0]));
        used
    }

    /// What each passage says, in the order of the text. One whose time is no instant is a note.
    fn hear<'p>(&mut self, passages: &'p [Passage], used: &mut [bool]) -> Vec<Heard<'p>> {
        let mut heard = Vec::with_capacity(passages.len());
        let mut recovering: Option<usize> = None;
        for passage in passages {
            used[passage.lines.0..=passage.lines.1].fill(true);
            let relatives: Vec<Relative> = relatives(&passage.words);
            let mut phrases = match passage.since {
                true => began(&passage.words),
                false => classify(&without(&passage.words, &relatives)),
            };
            // `40 % was restored by 11:05 PM and 100 % by 11:55 PM`: the verb goes for both.
            let same_line = recovering == Some(passage.lines.0);
            if phrases.is_empty() && same_line && passage.words.contains('%') {
                phrases = classify(&format!("{} restored", passage.words));
            }
            let recovery = |p: &Phrase| matches!(p.kind, PartialRecovery | Restored);
            recovering = phrases.iter().any(recovery).then_some(passage.lines.0);
            let Some(when) = self.whens[passage.literal] else {
                self.note(passage.lines.0, None, &passage.text);
                continue;
            };
            heard.push(Heard {
                passage,
                when,
                until: passage.until.and_then(|k| self.whens[k]),
                phrases,
                relatives,
            });
        }
        heard
    }

    fn tell_one(&mut self, heard: &Heard) {
        let known = self.record.milestones.len();
        match heard.until {
            Some(end) => self.tell_range(heard, end),
            None => self.tell_at(heard),
        }
        self.tell_relatives(heard);
        if self.record.milestones.len() == known {
            let passage = heard.passage;
            self.note(passage.lines.0, Some(heard.when), &passage.text);
        }
    }

    /// `09:05 - 09:30 errors`: the range is the impact, and the rest happened at its start;
    /// `between 09:05 and 09:30` it happened at some time.
    fn tell_range(&mut self, heard: &Heard, end: When) {
        let literal = &self.literals[heard.passage.literal];
        let before = self.lines[literal.line].text[..literal.start].to_lowercase();
        let between = before.trim_end().ends_with("between");
        let edge = |p: &&Phrase| matches!(p.kind, ImpactStart | Restored);
        let moment = between && heard.phrases.iter().any(|p| !p.state && edge(&p));
        if is_impact(&heard.passage.words) && !moment {
            self.claim(heard.passage, Phrase::new(ImpactStart, 0.9), heard.when);
            self.claim(heard.passage, Phrase::new(Restored, 0.9), end);
        }
        let when = match between {
            true => When::between(heard.when.lo_ns, heard.when.at_ns, end.hi_ns),
            false => heard.when,
        };
        for phrase in heard.phrases.iter().filter(|p| moment || !edge(p)) {
            self.claim(heard.passage, *phrase, when);
        }
    }

    fn tell_at(&mut self, heard: &Heard) {
        let mut phrases = heard.phrases.clone();
        let has = |phrases: &[Phrase], kind| phrases.iter().any(|p| p.kind == kind);
        let over = has(&phrases, Restored);
        let untold = !has(&phrases, ImpactStart) && !self.is_on();
        if over && untold && was_impact(&heard.passage.words) {
            phrases.insert(0, Phrase::new(ImpactStart, 0.6));
        }
        for phrase in phrases {
            let Some(phrase) = self.of_state(heard, phrase) else {
                continue;
            };
            // "It was interrupted again; it is back": it began before this was written.
            let began_before = over && phrase.kind == ImpactStart;
            let censor = began_before.then_some(Censor::Left);
            self.claim(
                heard.passage,
                phrase,
                When {
                    censor,
                    ..heard.when
                },
            );
        }
    }

    /// "All is down": in a report the impact by then, in a post or a chat that someone knows. It
    /// is nothing new where that is known already, or where the same passage tells its end.
    fn of_state(&self, heard: &Heard, phrase: Phrase) -> Option<Phrase> {
        if !phrase.state {
            return Some(phrase);
        }
        let ends = |p: &Phrase| matches!(p.kind, Restored | Closed | Mitigated | PartialRecovery);
        if heard.phrases.iter().any(ends) {
            return None;
        }
        match self.source(heard.passage) {
            ClaimSource::Text => (!self.is_on()).then_some(phrase),
            _ => {
                let untold =
                    self.aware_ns.is_none() && !heard.phrases.iter().any(|p| is_aware(p.kind));
                untold.then(|| Phrase::new(Detected, 0.7))
            }
        }
    }

    fn is_on(&self) -> bool {
        self.on.is_some_and(|(_, on)| on)
    }

    fn source(&self, passage: &Passage) -> ClaimSource {
        self.source_of(passage.spoken)
    }

    pub(super) fn source_of(&self, spoken: bool) -> ClaimSource {
        match self.record.kind {
            RecordKind::StatusPosts => ClaimSource::StatusPage,
            RecordKind::Chat => ClaimSource::Chat,
            _ if spoken => ClaimSource::Chat,
            _ => ClaimSource::Text,
        }
    }

    pub(super) fn claim(&mut self, passage: &Passage, phrase: Phrase, when: When) {
        let literal = &self.literals[passage.literal];
        let placed = self.assigned.placed[passage.literal];
        let changed = placed.is_some_and(|p| p.flipped || p.changed != Changed::Nothing);
        let hedged = literal.hedge != Hedge::None;
        let sure = if changed { 0.8 } else { 1.0 } * if hedged { 0.95 } else { 1.0 };
        let phrase = Phrase {
            confidence: phrase.confidence * sure,
            ..phrase
        };
        self.claim_line(
            literal.line,
            &passage.text,
            phrase,
            when,
            self.source(passage),
        );
    }

    /// One claim. The same said again, or less exactly, is none.
    pub(super) fn claim_line(
        &mut self,
        line: usize,
        text: &str,
        phrase: Phrase,
        when: When,
        source: ClaimSource,
    ) {
        let key = (phrase.kind, when.at_ns);
        if let Some(&known) = self.known.get(&key) {
            let first = &mut self.record.milestones[known];
            let exacter = when.hi_ns - when.lo_ns < first.when.hi_ns - first.when.lo_ns;
            if first.when.censor == when.censor {
                if exacter {
                    first.when = when;
                }
                return;
            }
        }
        let evidence = self.lines[line].evidence(&self.record.path);
        let mut milestone = Milestone::new(phrase.kind, when, source, vec![evidence])
            .noted(printable(&text.replace("**", "")));
        milestone.confidence = phrase.confidence;
        milestone.outcome = phrase.outcome;
        milestone.fraction = phrase.fraction;
        self.known
            .entry(key)
            .or_insert(self.record.milestones.len());
        self.remember(phrase.kind, when.at_ns);
        self.record.milestones.push(milestone);
    }

    fn remember(&mut self, kind: MilestoneKind, at_ns: i64) {
        if matches!(kind, ImpactStart | Restored) && self.on.is_none_or(|(last, _)| at_ns >= last) {
            self.on = Some((at_ns, kind == ImpactStart));
        }
        if is_aware(kind) {
            self.aware_ns = Some(self.aware_ns.map_or(at_ns, |known| known.min(at_ns)));
        }
    }

    pub(super) fn note(&mut self, line: usize, when: Option<When>, text: &str) {
        self.record.notes.push(Note {
            when,
            line: self.lines[line].number,
            text: printable(text),
        });
    }

    /// The first post of a status page shows that people knew; so does the first message of a chat.
    fn first_post(&mut self) {
        if !matches!(self.record.kind, RecordKind::StatusPosts) {
            return;
        }
        let posts = (0..self.literals.len()).filter(|&k| self.literals[k].leading);
        let first = posts
            .filter_map(|k| self.whens[k].map(|when| (when.at_ns, k)))
            .min();
        let Some((at_ns, k)) = first else { return };
        let aware = |m: &Milestone| m.kind == Detected && m.when.at_ns <= at_ns;
        if let (false, Some(when)) = (self.record.milestones.iter().any(aware), self.whens[k]) {
            let line = self.literals[k].line;
            self.claim_line(
                line,
                "first post",
                Phrase::new(Detected, 0.8),
                when,
                self.source_of(false),
            );
        }
    }
}

fn is_aware(kind: MilestoneKind) -> bool {
    matches!(
        kind,
        Detected | Notified | Acknowledged | Engaged | Identified
    )
}

/// What began at a time behind "since": impact, or nothing.
fn began(words: &str) -> Vec<Phrase> {
    let lower = words.to_lowercase();
    let denied = [" not ", " no ", "n't ", "nothing"]
        .iter()
        .any(|word| lower.contains(word));
    match denied || is_impact(words) {
        true => vec![Phrase::new(ImpactStart, 0.7)],
        false => Vec::new(),
    }
}

/// "Had slow screens", "were down": users were hit before this was written.
fn was_impact(text: &str) -> bool {
    let lower = text.to_lowercase();
    let past = [
        " had ",
        " was ",
        " were ",
        " saw ",
        " experienced ",
        "have been",
        "has been",
    ];
    let hit = [
        "slow",
        "frozen",
        " down",
        "unavailable",
        "error",
        "failing",
        "delayed",
        "unable",
    ];
    past.iter().any(|word| lower.contains(word)) && hit.iter().any(|word| lower.contains(word))
}

pub(super) fn is_impact(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words = [
        "outage",
        "interrupt",
        "unavailable",
        "error",
        "degrad",
        "impact",
        "down",
        "fail",
        "slow",
        "disrupt",
        "frozen",
        "unable",
        "incident",
        "affected",
    ];
    words.iter().any(|word| lower.contains(word)) && !lower.contains("no impact")
}
