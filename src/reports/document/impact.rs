//! What users lost, and in which windows.

use super::draft::Draft;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::clock::words::length;
use crate::durations::windows::sensitivity_words;
use crate::durations::{Order, Span, between};
use crate::incidents::Impact;
use crate::records::MilestoneKind;
use crate::reports::words::{number, percent, plural, seconds};

/// Rows of the table of windows; the rest is counted.
const ROWS_MAX: usize = 100;

/// The figures in one line, for the summary; `None` where nothing is known.
pub fn words(draft: &mut Draft, concluded: &Concluded) -> Option<Line> {
    let known = figures(&concluded.incident.impact, draft.snapshot.slo);
    if known.is_empty() {
        return None;
    }
    let parts: Vec<String> = known.into_iter().map(|(_, words)| words).collect();
    let line = Line::default()
        .strong("Lost: ")
        .text(format!("{}.", parts.join("; ")));
    Some(line.cite(computed(draft)))
}

/// The figures, and the windows.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let mut blocks = Vec::new();
    let known = figures(&concluded.incident.impact, draft.snapshot.slo);
    if known.is_empty() {
        let words = "What users lost cannot be told from these sources.";
        blocks.push(Block::Paragraph(Line::of(words)));
    } else {
        let source = computed(draft);
        let row = |(what, words): (&str, String)| {
            vec![Line::of(what), Line::of(words).cite(source.clone())]
        };
        blocks.push(Block::Table {
            head: vec![
                "measure".to_owned(),
                "over the windows of impact".to_owned(),
            ],
            rows: known.into_iter().map(row).collect(),
        });
    }
    blocks.extend(windows(draft, concluded));
    Some(Section::new(level, "Impact", blocks))
}

fn computed(draft: &mut Draft) -> Vec<usize> {
    draft.computed(
        "Counted from the events of all logs over the windows of impact, against their baseline; docs/METHODS.md says how. A sampled log counts its sample."
            .to_owned(),
    )
}

/// What is known of the loss: measure and words.
fn figures(impact: &Impact, slo: f64) -> Vec<(&'static str, String)> {
    let known = |x: Option<f64>| x.filter(|x| x.is_finite());
    let slo = format!("{:.4}", slo * 100.0);
    let slo = slo.trim_end_matches('0').trim_end_matches('.');
    [
        known(impact.failed_requests).map(|n| match n < 0.5 {
            true => (
                "failed requests",
                "no request failed above baseline".to_owned(),
            ),
            false => (
                "failed requests",
                format!("{} requests failed above baseline", number(n)),
            ),
        }),
        impact.clients.map(|n| {
            let words = format!("{} met failures or slowness", plural(n as usize, "client"));
            ("clients", words)
        }),
        impact
            .user_minutes
            .map(|n| ("user-minutes", format!("{} user-minutes", number(n as f64)))),
        known(impact.excess_seconds)
            .filter(|s| *s > 0.0)
            .map(|s| ("waiting", format!("{} waited above baseline", seconds(s)))),
        known(impact.slo_budget_share)
            .filter(|share| *share > 0.0)
            .map(|share| {
                let much = match share >= 2.0 {
                    true => format!("{} times", number(share)),
                    false => format!("{} of", percent(share)),
                };
                let words = format!("{much} the error budget of these logs at an SLO of {slo} %");
                ("error budget", words)
            }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// One row per window, and how many there are at other gaps.
fn windows(draft: &mut Draft, concluded: &Concluded) -> Vec<Block> {
    let windows = &concluded.measured.windows;
    if windows.is_empty() {
        let words = "No log shows a window of impact.";
        return vec![Block::Paragraph(Line::of(words))];
    }
    let mut head = vec!["window".to_owned()];
    let heads = draft.times.heads();
    head.extend(heads.iter().map(|clock| format!("start, {clock}")));
    head.extend(heads.iter().map(|clock| format!("end, {clock}")));
    head.extend(["length", "kind of harm", "sources"].map(str::to_owned));
    let rows = windows.iter().enumerate().take(ROWS_MAX);
    let rows = rows
        .map(|(i, window)| row(draft, concluded, i, window))
        .collect();
    let mut notes = Vec::new();
    let gap = length(draft.snapshot.window_gap_ns);
    let sensitivity = sensitivity_words(&concluded.measured.sensitivity);
    notes.push(Line::of(format!(
        "A good stretch shorter than {gap} ends no window; {sensitivity}."
    )));
    if !concluded.measured.gaps.is_empty() {
        let gaps = concluded.measured.gaps.iter().take(ROWS_MAX);
        let gaps: Vec<String> = gaps.map(ToString::to_string).collect();
        notes.push(Line::of(format!(
            "Well between the windows: {}.",
            gaps.join("; ")
        )));
    }
    if windows.len() > ROWS_MAX {
        let words = format!(
            "And {} more windows, in the JSON report.",
            windows.len() - ROWS_MAX
        );
        notes.push(Line::of(words));
    }
    vec![Block::Table { head, rows }, Block::List(notes)]
}

fn row(draft: &mut Draft, concluded: &Concluded, i: usize, window: &Span) -> Vec<Line> {
    let mut cells = vec![Line::of(format!("w{}", i + 1))];
    cells.extend(draft.times.cells(&window.start));
    cells.extend(draft.times.cells(&window.end));
    let long = between(
        (MilestoneKind::ImpactStart, Some(&window.start)),
        (MilestoneKind::Restored, Some(&window.end)),
        Order::Required,
    );
    cells.push(Line::of(long.to_string()));
    let of_logs = concluded.incident.windows.get(i);
    let of_logs = of_logs.filter(|one| one.start == window.start && !one.anomalies.is_empty());
    let kind = of_logs.map_or("not known", |one| one.kind.word());
    cells.push(Line::of(kind));
    let snapshot = draft.snapshot;
    let ids = of_logs.into_iter().flat_map(|one| &one.anomalies);
    let evidence = ids.filter_map(|id| snapshot.anomalies.iter().find(|one| one.id == *id));
    // What users feel shows a window best; of it, the strongest.
    let best = evidence.max_by(|a, b| {
        let rank = |one: &crate::anomalies::Anomaly| (!one.is_entity(), one.signal.role);
        let (a_rank, b_rank) = (rank(a), rank(b));
        (a_rank.0.cmp(&b_rank.0))
            .then(b_rank.1.cmp(&a_rank.1))
            .then(a.score.total_cmp(&b.score))
    });
    let evidence = best.map_or(&[][..], |one| &one.evidence);
    cells.push(Line::default().cite(draft.cite(evidence)));
    cells
}
