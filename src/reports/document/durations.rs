//! How long everything took, each number with its clocks and its certainty.
//!
//! All lengths come from `durations`; here they are only written down.

use super::draft::Draft;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::durations::{Choice, Duration, Status};
use crate::records::MilestoneKind;
use crate::reports::words::percent;

/// What rests on a claim that is less sure than this is marked.
const DOUBTED: f64 = 0.5;

/// The table of what is known, and what is not and why.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let all = &concluded.measured.durations.0;
    let is_known =
        |duration: &Duration| !matches!(duration.status, Status::Missing | Status::DataError);
    let mut rows = Vec::new();
    for (name, duration) in all.iter().filter(|(_, duration)| is_known(duration)) {
        rows.push(row(draft, concluded, name, duration));
    }
    let mut blocks = Vec::new();
    if rows.is_empty() {
        blocks.push(Block::Paragraph(Line::of("No duration is known.")));
    } else {
        let head = ["measure", "value", "from", "to", "certainty", "sources"];
        blocks.push(Block::Table {
            head: head.map(str::to_owned).to_vec(),
            rows,
        });
    }
    let mut notes: Vec<Line> = absent(all.iter().filter(|(_, duration)| !is_known(duration)));
    notes.extend(
        concluded
            .measured
            .notes
            .iter()
            .map(|note| Line::of(format!("Note: {note}."))),
    );
    if !notes.is_empty() {
        blocks.push(Block::List(notes));
    }
    Some(Section::new(level, "Durations", blocks))
}

fn row(draft: &mut Draft, concluded: &Concluded, name: &str, duration: &Duration) -> Vec<Line> {
    let mut sources = Vec::new();
    let mut end = |kind: Option<MilestoneKind>| {
        let choice = choice(concluded, kind?)?;
        sources.extend(draft.cite_choice(concluded, choice));
        Some(format!(
            "{} {} ({})",
            words(choice.kind),
            draft.times.utc.when(&choice.when),
            said(concluded, choice)
        ))
    };
    let (from, to) = match whole(name) {
        Some(whole) => (Some(whole.to_owned()), Some(String::new())),
        None => (end(duration.from), end(duration.to)),
    };
    if whole(name).is_some() {
        sources = draft.cite_windows(concluded);
    }
    sources.sort_unstable();
    sources.dedup();
    let or_name = |words: Option<String>, kind: Option<MilestoneKind>| {
        words.unwrap_or_else(|| kind.map_or(String::new(), |kind| self::words(kind).to_owned()))
    };
    let doubted = [duration.from, duration.to]
        .into_iter()
        .flatten()
        .any(|kind| {
            let claim = choice(concluded, kind).and_then(|one| one.claim);
            let claim = claim.and_then(|i| concluded.incident.milestones.get(i));
            whole(name).is_none() && claim.is_some_and(|claim| claim.confidence < DOUBTED)
        });
    let doubt = if doubted { ", on a doubtful claim" } else { "" };
    let certainty = match (&duration.reason, status(duration.status)) {
        (Some(reason), status) => format!("{status}: {}{doubt}", reason.replace('_', " ")),
        (None, status) => format!("{status}{doubt}"),
    };
    vec![
        Line::of(format!("{} ({name})", title(name))),
        Line::default().strong(duration.to_string()),
        Line::of(or_name(from, duration.from)),
        Line::of(or_name(to, duration.to)),
        Line::of(certainty),
        Line::default().cite(sources),
    ]
}

fn choice(concluded: &Concluded, kind: MilestoneKind) -> Option<&Choice> {
    let mut chosen = concluded.measured.chosen.iter();
    chosen.find(|choice| choice.kind == kind)
}

/// Who said it, how sure the reading is where it is not, and what was assumed.
pub fn said(concluded: &Concluded, choice: &Choice) -> String {
    let claim = choice
        .claim
        .and_then(|i| concluded.incident.milestones.get(i));
    let unsure = claim.filter(|claim| claim.confidence < 0.995);
    let unsure = unsure.map(|claim| format!(", {} sure", percent(claim.confidence)));
    let assumed = choice
        .assumed
        .map(|assumed| format!(", {}", assumed.replace('_', " ")));
    format!(
        "{}{}{}",
        choice.source.words(),
        unsure.unwrap_or_default(),
        assumed.unwrap_or_default()
    )
}

/// Those without a number, grouped by what is missing.
fn absent<'a>(durations: impl Iterator<Item = &'a (&'static str, Duration)>) -> Vec<Line> {
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, duration) in durations {
        let words = duration.to_string().replace('_', " ");
        match groups.iter_mut().find(|(other, _)| *other == words) {
            Some((_, names)) => names.push(name),
            None => groups.push((words, vec![name])),
        }
    }
    let line = |(words, names): (String, Vec<&str>)| {
        let names: Vec<String> = names
            .into_iter()
            .map(|name| format!("{} ({name})", title(name)))
            .collect();
        Line::of(format!("{}: {words}.", names.join(", ")))
    };
    groups.into_iter().map(line).collect()
}

/// A kind of milestone without underscores.
pub fn words(kind: MilestoneKind) -> String {
    kind.name().replace('_', " ")
}

fn whole(name: &str) -> Option<&'static str> {
    match name {
        "downtime" => Some("all windows together"),
        "effective_downtime" => Some("share of the service lost, summed over the windows"),
        _ => None,
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Exact => "exact",
        Status::Interval => "interval",
        Status::LowerBound => "at least",
        Status::UpperBound => "at most",
        Status::Missing => "missing",
        Status::DataError => "data error",
        Status::Ongoing => "not over",
    }
}

fn title(name: &str) -> &str {
    match name {
        "ttd" => "time to detect",
        "ttn" => "delivery of the alert",
        "tta" => "time to acknowledge, from the alert",
        "tti" => "time to identify",
        "ttm" => "time to mitigate",
        "ttr" => "time to restore",
        "ttc" => "paperwork lag",
        "downtime" => "time in impact",
        "effective_downtime" => "full-outage minutes",
        "alert_to_resolve" => "alert to resolve",
        "reaction_repair" => "reaction and repair",
        "change_lead" => "change before impact",
        "fdrt" => "failed deployment recovery time",
        "segment_detect" => "segment: detect",
        "segment_acknowledge" => "segment: acknowledge",
        "segment_diagnose" => "segment: diagnose",
        "segment_fix" => "segment: fix",
        "segment_recover" => "segment: recover",
        other => other,
    }
}
