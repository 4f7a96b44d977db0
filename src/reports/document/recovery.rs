//! What was tried, how it ended, what was said too early, and where records disagree.

use super::chronology::NOTE_CELLS_MAX;
use super::draft::Draft;
use super::durations::{said as said_by, words};
use super::times::delta;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::clock::words::length;
use crate::incidents::State;
use crate::records::{Milestone, MilestoneKind, Outcome};
use crate::reports::excerpt::excerpt;
use crate::reports::words::{percent, seconds};

/// Rows of a table, items of a list; the rest is counted.
const ROWS_MAX: usize = 100;

/// Attempts to mitigate with their outcome.
pub fn attempts(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let attempts = concluded
        .incident
        .milestones
        .iter()
        .filter(|one| is_attempt(one));
    let attempts: Vec<&Milestone> = attempts.collect();
    if attempts.is_empty() {
        let words = "No attempt to mitigate is on record.";
        let blocks = vec![Block::Paragraph(Line::of(words))];
        return Some(Section::new(level, "Mitigations", blocks));
    }
    let start_ns = concluded
        .measured
        .windows
        .first()
        .map(|one| one.start.at_ns);
    let mut head = draft.times.heads();
    head.extend(
        [
            "from impact",
            "what was tried",
            "who says so",
            "outcome",
            "sources",
        ]
        .map(str::to_owned),
    );
    let rows = attempts.iter().take(ROWS_MAX).map(|attempt| {
        let mut cells = draft.times.cells(&attempt.when);
        let after = start_ns.map_or(String::new(), |start_ns| {
            delta(start_ns, attempt.when.at_ns)
        });
        cells.extend([
            Line::of(after),
            said(attempt),
            Line::of(attempt.source.words()),
            Line::default().strong(outcome(attempt.outcome)),
            Line::default().cite(draft.cite(attempt.evidence())),
        ]);
        cells
    });
    let table = Block::Table {
        head,
        rows: rows.collect(),
    };
    let how = "An outcome is what the logs show after the attempt, where they show it; else what was said of it.";
    Some(Section::new(
        level,
        "Mitigations",
        vec![table, Block::Paragraph(Line::of(how))],
    ))
}

/// Whether it is an attempt to mitigate.
pub fn is_attempt(claim: &Milestone) -> bool {
    claim.kind == MilestoneKind::MitigationAttempt
}

/// The claim's own words.
pub fn said(claim: &Milestone) -> Line {
    match claim.note.as_str() {
        "" => Line::of("(no words)"),
        note => Line::default().quote(excerpt(note, NOTE_CELLS_MAX)),
    }
}

/// How an attempt ended, in words.
pub fn outcome(outcome: Option<Outcome>) -> &'static str {
    match outcome {
        Some(Outcome::Worked) => "worked",
        Some(Outcome::Partial) => "worked in part",
        Some(Outcome::Failed) => "failed",
        Some(Outcome::Worsened) => "made it worse",
        Some(Outcome::Temporary) => "worked for a time",
        None => "outcome not known",
    }
}

/// Mitigated, restored, closed; what was premature; conflicts.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    use MilestoneKind::{Closed, Fixed, Mitigated, Restored};
    let mut items = partial(draft, concluded);
    for kind in [Mitigated, Restored, Closed, Fixed] {
        let chosen = concluded
            .measured
            .chosen
            .iter()
            .find(|one| one.kind == kind);
        items.push(match chosen {
            Some(choice) => Line::default()
                .strong(format!("{}: ", words(kind)))
                .text(format!(
                    "{} ({}).",
                    draft.times.moment(&choice.when),
                    said_by(concluded, choice)
                ))
                .cite(draft.cite_choice(concluded, choice)),
            None if kind == Fixed => continue,
            None => Line::default()
                .strong(format!("{}: ", words(kind)))
                .text("not on record."),
        });
    }
    items.extend(state(concluded.incident.state));
    items.extend(premature(draft, concluded));
    let mut blocks = vec![Block::List(items)];
    blocks.extend(conflicts(draft, concluded));
    Some(Section::new(level, "Recovery and conflicts", blocks))
}

fn state(state: State) -> Option<Line> {
    let words = match state {
        State::Restored => return None,
        State::Ongoing => {
            "Signals that users feel are outside their baseline at the end of the data: it is not over."
        }
        State::Recovering => {
            "Signals are back within baseline at the end of the data, but not for long enough to be sure."
        }
        State::Relapsed => "It came back after a recovery and is not over at the end of the data.",
        State::NoData => {
            "The sources fell silent during the impact, or nobody says how it ended: silence is not recovery."
        }
    };
    Some(Line::of(words))
}

fn partial(draft: &mut Draft, concluded: &Concluded) -> Vec<Line> {
    let claims = concluded.incident.milestones.iter();
    let partial = claims.filter(|claim| claim.kind == MilestoneKind::PartialRecovery);
    let line = |claim: &Milestone| {
        let fraction = claim
            .fraction
            .map(|x| format!(" to {} of the service", percent(x)));
        let words = format!(
            "{}{} ({}).",
            draft.times.moment(&claim.when),
            fraction.unwrap_or_default(),
            claim.source.words()
        );
        Line::default()
            .strong("partial recovery: ")
            .text(words)
            .cite(draft.cite(claim.evidence()))
    };
    partial.take(ROWS_MAX).map(line).collect()
}

/// Claims that it was over, before it came back.
fn premature(draft: &mut Draft, concluded: &Concluded) -> Vec<Line> {
    let claims = &concluded.incident.milestones;
    let early = concluded.measured.premature.iter().take(ROWS_MAX);
    let line = |early: &crate::durations::Premature| {
        let claim = claims.get(early.claim)?;
        let words = format!(
            "{} at {} ({}); it came back after {}, in window w{}.",
            words(claim.kind),
            draft.times.moment(&claim.when),
            claim.source.words(),
            length(early.reopened_after_ns),
            early.window + 1
        );
        let line = Line::default().strong("said too early: ").text(words);
        Some(line.cite(draft.cite(claim.evidence())))
    };
    early.filter_map(line).collect()
}

/// Claims about one milestone that disagree: all sides, never their mean.
fn conflicts(draft: &mut Draft, concluded: &Concluded) -> Option<Block> {
    let conflicts = &concluded.measured.conflicts;
    if conflicts.is_empty() {
        return None;
    }
    let items = conflicts.iter().take(ROWS_MAX).map(|conflict| {
        let mut line = Line::default().strong(format!("conflict, {}: ", words(conflict.kind)));
        for (i, claim) in conflict.claims.iter().enumerate() {
            let against = if i > 0 { " against " } else { "" };
            let ttd = claim
                .ttd_s
                .map(|s| format!(", time to detect {}", seconds(s)));
            let words = format!(
                "{against}{} ({}{})",
                draft.times.instant(claim.at_ns),
                claim.source.words(),
                ttd.unwrap_or_default()
            );
            line = line.text(words).cite(draft.cite(&claim.evidence));
        }
        line.text(format!("; {} apart.", seconds(conflict.difference_s)))
    });
    Some(Block::List(items.collect()))
}
