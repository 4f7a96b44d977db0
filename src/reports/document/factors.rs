//! What contributed, what speaks for it and what against it. Nothing here is called the cause.

use super::chronology::NOTE_CELLS_MAX;
use super::draft::Draft;
use super::durations::words;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::incidents::decomposition::Decomposition;
use crate::incidents::onsets::Step;
use crate::incidents::{Cause, Contributor, Explanation, Incident};
use crate::records::{ClaimSource, MilestoneKind};
use crate::reports::excerpt::excerpt;
use crate::reports::words::{amount, number, percent, plural, seconds, times};

/// Items of each list; the rest is counted.
const ITEMS_MAX: usize = 12;
/// Signals named per step of the order of onsets.
const SIGNALS_MAX: usize = 4;
/// Where the requests took less than this many times their usual time in all, no extra time is
/// there to be split.
const MORE_WORK: f64 = 1.1;
/// A suspect without whom the signal is still this many times its baseline does not explain all.
const UNEXPLAINED: f64 = 1.5;
/// A reading that is less sure than this is doubted.
const DOUBTED: f64 = 0.5;

/// The whole section.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let incident = &concluded.incident;
    let mut blocks = vec![Block::Paragraph(verdict(draft, &incident.explanation))];
    let more = |parts: &&Decomposition| parts.observed_s >= MORE_WORK * parts.expected_s;
    if let Some(parts) = incident.explanation.decomposition.as_ref().filter(more) {
        let source = draft.computed(
            "Seconds of work over the windows against the baseline, split by Shapley values (docs/METHODS.md).".to_owned(),
        );
        blocks.push(Block::Paragraph(Line::of(extra_time(parts)).cite(source)));
    }
    blocks.extend(list(climbs(draft, &incident.explanation)));
    let contributors = incident.contributors.iter().take(ITEMS_MAX);
    let mut items: Vec<Line> = contributors.map(|one| contributor(draft, one)).collect();
    items.extend(more_of(incident.contributors.len()));
    if items.is_empty() {
        let words = "No client, endpoint, host or other value stands out in what went wrong.";
        blocks.push(Block::Paragraph(Line::of(words)));
    }
    blocks.extend(list(items));
    blocks.extend(causes(draft, incident));
    blocks.extend(list(doubted(draft, incident)));
    blocks.extend(onsets(draft, incident));
    Some(Section::new(level, "Contributing factors", blocks))
}

fn list(items: Vec<Line>) -> Option<Block> {
    (!items.is_empty()).then_some(Block::List(items))
}

fn more_of(n: usize) -> Option<Line> {
    let rest = n.saturating_sub(ITEMS_MAX);
    (rest > 0).then(|| Line::of(format!("And {rest} more, in the JSON report.")))
}

/// Load against regression, in one sentence.
pub fn verdict(draft: &mut Draft, explanation: &Explanation) -> Line {
    Line::default()
        .strong(format!("Kind of trouble: {}. ", explanation.verdict.word()))
        .text(format!("{}.", capital(&explanation.sentence)))
        .cite(draft.cite(&explanation.evidence))
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "The data do not tell".to_owned(),
    }
}

fn extra_time(parts: &Decomposition) -> String {
    let part =
        |name: &str, s: f64, ratio: f64| format!("{name} {} s ({})", number(s), times(ratio));
    let by = parts
        .by
        .as_ref()
        .map(|by| format!(", work told apart by {by}"));
    format!(
        "The work took {} s more than expected ({}): {}, {} and {}{}.",
        number(parts.observed_s - parts.expected_s),
        times(parts.observed_s / parts.expected_s),
        part("more traffic", parts.traffic_s, parts.traffic_ratio),
        part("other work", parts.mix_s, parts.mix_ratio),
        part("dearer work", parts.cost_s, parts.cost_ratio),
        by.unwrap_or_default()
    )
}

/// One contributor: its share, the signal without it, and what it leaves unexplained.
pub fn contributor(draft: &mut Draft, contributor: &Contributor) -> Line {
    let what = &contributor.counterfactual;
    let of = if what.unit == "s" {
        "extra seconds"
    } else {
        "excess"
    };
    let mut line = Line::of(format!(
        "{} of the {of} in ",
        percent(contributor.share_of_excess)
    ))
    .code(&contributor.signal)
    .text(" falls on ");
    for (i, (dimension, value)) in contributor.dimensions.iter().enumerate() {
        let and = if i > 0 { ", " } else { "" };
        line = line
            .text(format!("{and}{dimension} = "))
            .code(excerpt(value, NOTE_CELLS_MAX));
    }
    let value = |x: f64| amount(x, what.unit);
    line = line.text(format!(
        " ({} its baseline, {}). Without it {} would have been {}, against {} expected",
        times(contributor.risk_ratio),
        plural(contributor.events as usize, "event"),
        value(what.observed),
        value(what.without),
        value(what.expected)
    ));
    if let Some(p99) = what.p99 {
        line = line.text(format!(
            "; the 99th percentile {} would have been {}, against {}",
            amount(p99.observed_s, "s"),
            amount(p99.without_s, "s"),
            amount(p99.expected_s, "s")
        ));
    }
    line = line
        .text(".")
        .cite(draft.cite_events(&contributor.evidence));
    let left = what.without > UNEXPLAINED * what.expected && what.expected > 0.0;
    match left {
        true => line.text(format!(
            " Against it: without it the signal would still have been {} its baseline, so it does not explain all.",
            times(what.without / what.expected)
        )),
        false => line,
    }
}

/// Climbs of a resource to its limit.
fn climbs(draft: &mut Draft, explanation: &Explanation) -> Vec<Line> {
    let limit = explanation.limit.as_ref();
    let Some(limit) = limit.filter(|limit| !limit.climbs.is_empty()) else {
        return Vec::new();
    };
    let source = draft.computed(
        "A line fitted to the gauge as it climbed, known at the time given (docs/METHODS.md)."
            .to_owned(),
    );
    let shown = limit.climbs.iter().take(ITEMS_MAX);
    let climb = |climb: &crate::incidents::climbs::Climb| {
        let foreseen = match climb.warning_s {
            s if s > 0.0 => format!(
                "; that could have been foreseen at {}, {} before",
                draft.times.instant(climb.flagged_at_ns),
                seconds(s)
            ),
            _ => String::new(),
        };
        let words = format!(
            " climbed from {} and was full at {}, after {}{foreseen}.",
            draft.times.moment(&climb.start),
            draft.times.instant(climb.reached_at_ns),
            seconds(climb.time_to_limit_s)
        );
        Line::default()
            .code(&limit.signal)
            .text(words)
            .cite(source.clone())
    };
    let mut items: Vec<Line> = shown.map(climb).collect();
    items.extend(more_of(limit.climbs.len()));
    items
}

/// Changes that came before, with what supports and what contradicts each.
fn causes(draft: &mut Draft, incident: &Incident) -> Option<Block> {
    if incident.causes.is_empty() {
        let words = "No change on record is a candidate for what began it.";
        return Some(Block::Paragraph(Line::of(words)));
    }
    let head = [
        "change",
        "when (UTC)",
        "before",
        "score",
        "speaks for it",
        "speaks against it",
        "sources",
    ];
    let rows = incident.causes.iter().take(ITEMS_MAX).map(|cause| {
        vec![
            Line::of(format!("{}: ", cause.kind)).quote(excerpt(&cause.title, NOTE_CELLS_MAX)),
            Line::of(draft.times.utc.when(&cause.at)),
            Line::of(lead(cause)),
            Line::of(number(cause.score)),
            Line::of(reasons(&cause.supported_by)),
            Line::of(reasons(&cause.contradicted_by)),
            Line::default().cite(draft.cite(&cause.evidence)),
        ]
    });
    Some(Block::Table {
        head: head.map(str::to_owned).to_vec(),
        rows: rows.collect(),
    })
}

fn lead(cause: &Cause) -> String {
    let what = match cause.window {
        1 => "impact".to_owned(),
        n => format!("window w{n}"),
    };
    match cause.lead_s {
        s if s < 0.0 => format!("{} after {what} began", seconds(-s)),
        s => format!("{} before {what}", seconds(s)),
    }
}

fn reasons(reasons: &[String]) -> String {
    match reasons {
        [] => "nothing".to_owned(),
        some => some.join("; "),
    }
}

/// What people held to be the cause and the facts contradict, or what is doubtful to read.
fn doubted(draft: &mut Draft, incident: &Incident) -> Vec<Line> {
    let claims = incident.milestones.iter().filter(|claim| {
        let is_said = claim.source != ClaimSource::Log;
        claim.kind == MilestoneKind::Identified && is_said && claim.confidence < DOUBTED
    });
    let line = |claim: &crate::records::Milestone| {
        let lead = format!("doubtful: {} ({})", words(claim.kind), claim.source.words());
        let when = draft.times.moment(&claim.when);
        let sure = percent(claim.confidence);
        Line::default()
            .strong(lead)
            .text(format!(", {when}, {sure} sure that it names the cause: "))
            .quote(excerpt(&claim.note, NOTE_CELLS_MAX))
            .cite(draft.cite(claim.evidence()))
    };
    claims.take(ITEMS_MAX).map(line).collect()
}

/// Which signal left its baseline first, as far as it can be told.
fn onsets(draft: &mut Draft, incident: &Incident) -> Option<Block> {
    let order = &incident.onsets;
    let n: usize = order.steps.iter().map(|step| step.onsets.len()).sum();
    if n < 2 {
        return None;
    }
    let source = draft.computed(
        "Onsets are intervals; signals whose intervals overlap are not put in an order (docs/METHODS.md).".to_owned(),
    );
    let mut words = "Order in which signals left their baselines in the first window: ".to_owned();
    let steps: Vec<String> = order
        .steps
        .iter()
        .take(ITEMS_MAX)
        .map(|step| step_words(draft, step))
        .collect();
    words += &steps.join("; then ");
    words += ".";
    if let Some(lead) = order.leads.first().filter(|_| order.windows > 1) {
        words += &format!(
            " {} was among the first in {} of {} windows.",
            lead.signal, lead.first_in, order.windows
        );
    }
    Some(Block::Paragraph(Line::of(words).cite(source)))
}

fn step_words(draft: &Draft, step: &Step) -> String {
    let mut named: Vec<&str> = step.onsets.iter().map(|one| one.signal.as_str()).collect();
    named.sort_by_key(|signal| signal.contains(" template="));
    let more = named.len().saturating_sub(SIGNALS_MAX);
    named.truncate(SIGNALS_MAX);
    let from = step.onsets.iter().map(|one| one.when.at_ns).min();
    let at = from.map(|ns| format!(" from {} UTC", draft.times.utc.at(ns)));
    let more = match more {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    let together = if step.onsets.len() > 1 {
        ", in no order that can be told"
    } else {
        ""
    };
    format!(
        "{}{more}{}{together}",
        named.join(", "),
        at.unwrap_or_default()
    )
}
