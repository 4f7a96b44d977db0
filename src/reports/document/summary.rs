//! The opening of the document, and each incident in a few sentences.

use super::draft::Draft;
use super::{Block, Line, Section, factors, impact, recovery};
use crate::analysis::Concluded;
use crate::clock::{Censor, Zone};
use crate::durations::Status;
use crate::incidents::{Severity, how_bad};
use crate::records::{MilestoneKind, Outcome};
use crate::reports::text;
use crate::reports::words::{amount, plural};

/// What was read, and the picture of it.
pub fn opening(draft: &mut Draft) -> Section {
    let snapshot = draft.snapshot;
    let events: u64 = snapshot.inputs.iter().map(|input| input.events).sum();
    let bucket = snapshot
        .grid
        .map(|grid| format!(", counted in buckets of {}", amount(grid.width.as_s(), "s")));
    let found = match snapshot.incidents.len() {
        0 => "no incident was found".to_owned(),
        n => format!("{} found", plural(n, "incident")),
    };
    let words = format!(
        "{}: {} of {}{}; {found}.",
        text::span(draft.times.utc, snapshot),
        plural(events as usize, "event"),
        plural(snapshot.inputs.len(), "source"),
        bucket.unwrap_or_default(),
    );
    let inputs = inputs_words(draft);
    let lead = Line::of(words).cite(draft.computed(inputs));
    let mut blocks = vec![Block::Paragraph(lead)];
    if !snapshot.progress.finished {
        let words = "Still reading: what follows is of the events so far.";
        blocks.push(Block::Paragraph(Line::default().strong(words)));
    }
    let how = format!(
        "Drawn up by rfo {} from the logs and records below. Numbers in brackets name what a statement rests on. What the logs show and what people wrote down stand side by side; where they disagree, both are given. A change that came before is a candidate, not a proven cause. Sections without an answer are for people.",
        env!("CARGO_PKG_VERSION")
    );
    blocks.push(Block::Paragraph(Line::of(how)));
    blocks.push(Block::Timeline);
    Section::new(2, "What was read", blocks)
}

fn inputs_words(draft: &Draft) -> String {
    let paths = draft.snapshot.inputs.iter().map(|input| input.path.clone());
    format!("The sources: {}.", paths.collect::<Vec<_>>().join(", "))
}

/// What, when, why, who, lost, noticed, ended.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let incident = &concluded.incident;
    let windows = draft.cite_windows(concluded);
    let mut items = vec![
        Line::default()
            .strong("What: ")
            .text(format!("{}.", incident.title))
            .cite(windows.clone()),
        state(concluded).cite(windows),
        when(draft, concluded),
        factors::verdict(draft, &incident.explanation),
    ];
    if let Some(first) = incident.contributors.first() {
        items.push(
            Line::default()
                .strong("Who or what explains most: ")
                .join(factors::contributor(draft, first)),
        );
    }
    items.extend(impact::words(draft, concluded));
    items.push(noticed(draft, concluded));
    items.push(ended(draft, concluded));
    items.extend(contested(concluded));
    Some(Section::new(level, "Summary", vec![Block::List(items)]))
}

fn state(concluded: &Concluded) -> Line {
    let incident = &concluded.incident;
    let severity = match how_bad::is_told(incident) {
        true => "not known: no log shows how bad it was".to_owned(),
        false => format!(
            "{} ({})",
            incident.severity.word(),
            meaning(incident.severity)
        ),
    };
    Line::default().strong("State: ").text(format!(
        "{} at the end of the data; severity {severity}.",
        incident.state.word()
    ))
}

fn meaning(severity: Severity) -> &'static str {
    match severity {
        Severity::Minor => "no loss of user-facing service was measured",
        Severity::Major => "some of the user-facing service was lost or slow",
        Severity::Critical => "at least a quarter of the user-facing service was lost at the peak",
    }
}

/// Start, end and the windows between them.
fn when(draft: &mut Draft, concluded: &Concluded) -> Line {
    let measured = &concluded.measured;
    let lead = Line::default().strong("When: ");
    let (Some(first), Some(last)) = (measured.windows.first(), measured.windows.last()) else {
        return told(draft, concluded);
    };
    let day = crate::clock::words::date(first.start.at_ns, Zone::UTC);
    let start = draft.times.moment(&first.start);
    // Where there are several days, each instant has its own.
    let mut words = match (draft.times.utc.days, day.rsplit_once(' ')) {
        (true, Some((_, year))) => format!("in {year}, from {start}, "),
        _ => format!("on {day}, from {start}, "),
    };
    words += &match last.end.censor {
        Some(Censor::Unconfirmed) => format!("back at {}", draft.times.moment(&last.end)),
        Some(_) => format!("not over at {}", draft.times.instant(last.end.at_ns)),
        None => format!("to {}", draft.times.moment(&last.end)),
    };
    let kind = how_bad::word(&concluded.incident);
    let down = measured.durations.get("downtime");
    let down = down.filter(|down| down.status != Status::Missing);
    let down = down.map(|down| match how_bad::down_words(&concluded.incident) {
        Some(part) => format!(", {kind} {down} in all, of it {part}"),
        None => format!(", {kind} {down} in all"),
    });
    words += &format!(
        "; {} of impact{}.",
        plural(measured.windows.len(), "window"),
        down.unwrap_or_default()
    );
    lead.text(words).cite(draft.cite_windows(concluded))
}

/// Where no log shows a window: what people say of start and end.
fn told(draft: &mut Draft, concluded: &Concluded) -> Line {
    let mut line = Line::default().strong("When: ");
    let ends = [
        (MilestoneKind::ImpactStart, "start"),
        (MilestoneKind::Restored, "end"),
    ];
    for (i, (kind, end)) in ends.into_iter().enumerate() {
        let chosen = concluded
            .measured
            .chosen
            .iter()
            .find(|one| one.kind == kind);
        let close = if i == 0 { "; " } else { "." };
        line = match chosen {
            Some(choice) => line
                .text(format!(
                    "{end} at {} ({})",
                    draft.times.moment(&choice.when),
                    choice.source.words()
                ))
                .cite(draft.cite_choice(concluded, choice))
                .text(close),
            None => line.text(format!("no {end} is on record{close}")),
        };
    }
    line
}

fn noticed(draft: &mut Draft, concluded: &Concluded) -> Line {
    let lead = Line::default().strong("Noticed: ");
    let mut chosen = concluded.measured.chosen.iter();
    let Some(choice) = chosen.find(|one| one.kind == MilestoneKind::Detected) else {
        return lead.text("when people noticed is not on record.");
    };
    let ttd = concluded.measured.durations.get("ttd");
    let ttd = ttd.map(|ttd| format!("; time to detect {ttd}"));
    let words = format!(
        "{} by the first record of it ({}){}.",
        draft.times.moment(&choice.when),
        choice.source.words(),
        ttd.unwrap_or_default()
    );
    lead.text(words).cite(draft.cite_choice(concluded, choice))
}

/// The last attempt that helped, if one did.
fn ended(draft: &mut Draft, concluded: &Concluded) -> Line {
    let lead = Line::default().strong("Ended: ");
    let attempts = || {
        concluded
            .incident
            .milestones
            .iter()
            .filter(|claim| recovery::is_attempt(claim))
    };
    let n = attempts().count();
    let worked = attempts().rfind(|claim| claim.outcome == Some(Outcome::Worked));
    match worked {
        Some(claim) => lead
            .text(format!(
                "after the attempt of {} ",
                draft.times.moment(&claim.when)
            ))
            .join(recovery::said(claim))
            .text(format!("; {} on record.", plural(n, "attempt")))
            .cite(draft.cite(claim.evidence())),
        None if n == 0 => {
            lead.text("no attempt to mitigate is on record, so what ended it is not known.")
        }
        None => lead.text(format!(
            "by the logs no attempt ended it for good, of {} on record; what did is not known.",
            plural(n, "attempt")
        )),
    }
}

/// How much of what people wrote down does not hold.
fn contested(concluded: &Concluded) -> Option<Line> {
    let measured = &concluded.measured;
    let counts = [
        (measured.conflicts.len(), "conflict", "between records"),
        (
            measured.premature.len(),
            "claim",
            "that it was over, made too early",
        ),
    ];
    let parts: Vec<String> = counts
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, what, rest)| format!("{} {rest}", plural(n, what)))
        .collect();
    (!parts.is_empty()).then(|| {
        Line::default()
            .strong("Contested: ")
            .text(format!("{}; see Recovery and conflicts.", parts.join(", ")))
    })
}
