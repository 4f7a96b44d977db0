//! Claims at times that are told from another one: `15 minutes later`, `for 38 minutes`, `T+12m`.
//!
//! In: passages with their instants, lines that no time dates. Out: claims with the interval that
//! the length leaves open.

use std::collections::BTreeMap;

use super::RecordKind;
use super::milestone::MilestoneKind::{Closed, ImpactStart, Restored};
use super::phrases::{Phrase, classify};
use super::relative::{Kind, Relative, relatives};
use super::telling::{Heard, Teller, is_impact};
use super::tense::is_real;
use crate::clock::When;

/// A line tells of the time before it if that stands at most so many lines above.
const NEAR_LINES: usize = 20;

impl Teller<'_> {
    /// `15 minutes later it was back`; `down for 38 minutes`.
    pub(super) fn tell_relatives(&mut self, heard: &Heard) {
        let words = &heard.passage.words;
        for relative in &heard.relatives {
            if !is_real(words, relative.words.0, "") {
                continue;
            }
            let then = relative.span.after(&heard.when);
            match relative.kind {
                Kind::Later => {
                    let clause = without(&words[relative.clause.0..relative.clause.1], &[]);
                    for phrase in classify(&clause) {
                        self.claim(heard.passage, less(phrase), then);
                    }
                }
                Kind::Lasting if heard.until.is_none() => self.tell_length(heard, relative),
                _ => {}
            }
        }
    }

    /// Impact that lasted so long: its end where its start is told, its start where its end is.
    fn tell_length(&mut self, heard: &Heard, relative: &Relative) {
        let has = |kind| heard.phrases.iter().any(|p| p.kind == kind && !p.state);
        let impact = is_impact(&heard.passage.words);
        if !impact || self.record.kind != RecordKind::Report {
            return;
        }
        match (has(ImpactStart), has(Restored) || has(Closed)) {
            (true, false) => {
                let end = relative.span.after(&heard.when);
                self.claim(heard.passage, Phrase::new(Restored, 0.7), end);
            }
            (false, true) => {
                let ns = relative.span.ns;
                let back = super::relative::Span {
                    ns: -ns,
                    ..relative.span
                };
                self.claim(
                    heard.passage,
                    Phrase::new(ImpactStart, 0.6),
                    back.after(&heard.when),
                );
            }
            _ => {}
        }
    }

    /// Lines that have no time but tell one: `T+12m: paged`, `15 minutes later it was back`.
    pub(super) fn tell_lines(&mut self, heard: &[Heard], used: &mut [bool]) {
        let zero = self.zero(heard);
        let mut by_line: BTreeMap<usize, When> = BTreeMap::new();
        for one in heard {
            by_line.entry(one.passage.lines.1).or_insert(one.when);
        }
        let free: Vec<usize> = (0..self.lines.len()).filter(|&i| !used[i]).collect();
        for i in free {
            let text = self.lines[i].text;
            let Some(relative) = relatives(text).into_iter().find(|one| leads(text, one)) else {
                continue;
            };
            let before = by_line
                .range(..i)
                .next_back()
                .map(|(&at, when)| (at, *when));
            let base = match relative.kind {
                Kind::SinceZero => zero,
                // What was said a screen before is no longer the time before.
                _ => before
                    .filter(|(at, _)| i - at <= NEAR_LINES)
                    .map(|(_, when)| when),
            };
            let Some(base) = base else { continue };
            let then = relative.span.after(&base);
            let known = self.record.milestones.len();
            let words = without(text, &[relative]);
            for phrase in classify(super::layout::trim(&words)) {
                self.claim_line(i, text.trim(), less(phrase), then, self.source_of(false));
            }
            if self.record.milestones.len() == known {
                self.note(i, Some(then), text.trim());
            }
            used[i] = true;
            if relative.kind == Kind::Later {
                by_line.insert(i, then);
            }
        }
    }

    /// The instant from which `T+12m` counts: what the text calls T0, else when impact began,
    /// else its first time.
    fn zero(&self, heard: &[Heard]) -> Option<When> {
        let named = |one: &&Heard| {
            let text = &one.passage.text;
            ["T0", "T+0", "T=0", "T 0", "T-0", "t0"]
                .iter()
                .any(|name| text.contains(name))
        };
        let began = || {
            let claims = self
                .record
                .milestones
                .iter()
                .filter(|m| m.kind == ImpactStart);
            claims.min_by_key(|m| m.when.at_ns).map(|m| m.when)
        };
        let first = || {
            heard
                .iter()
                .min_by_key(|one| one.passage.lines)
                .map(|one| one.when)
        };
        heard
            .iter()
            .find(named)
            .map(|one| one.when)
            .or_else(began)
            .or_else(first)
    }
}

/// What is told from another time is a little less sure.
fn less(phrase: Phrase) -> Phrase {
    Phrase {
        confidence: phrase.confidence * 0.9,
        ..phrase
    }
}

/// Whether a relative time is what its line begins with.
fn leads(text: &str, relative: &Relative) -> bool {
    let before = &text[..relative.words.0];
    relative.kind != Kind::Lasting && before.chars().all(|c| !c.is_alphanumeric())
}

/// A text without the clauses of its relative times of the kind `Later`, and without the words of
/// the others.
pub(super) fn without(text: &str, relatives: &[Relative]) -> String {
    let mut left = text.to_owned();
    for relative in relatives.iter().rev() {
        let (from, to) = match relative.kind {
            Kind::Later if relative.clause.0 > 0 => relative.clause,
            _ => relative.words,
        };
        if left.is_char_boundary(from) && left.is_char_boundary(to.min(left.len())) && from <= to {
            left.replace_range(from..to.min(left.len()), " ");
        }
    }
    left
}
