//! What was tested and found normal: what it was not.

use super::draft::Draft;
use super::{Block, Line, Section};
use crate::analysis::Concluded;
use crate::anomalies::settle::is_entity;
use crate::reports::words::{amount, number};

/// Rows of the table; the rest is counted.
const ROWS_MAX: usize = 40;

/// The signals that stayed within their baseline over the windows.
pub fn section(draft: &mut Draft, concluded: &Concluded, level: u8) -> Option<Section> {
    let checks = &concluded.incident.checks;
    if checks.is_empty() {
        return None;
    }
    let source = draft.computed(
        "Means over the windows of impact against the baseline named in the row; docs/METHODS.md says how."
            .to_owned(),
    );
    let lead = "These signals stayed within their baseline while the rest did not. They speak against explanations that would have moved them.";
    let rows = checks.iter().take(ROWS_MAX).map(|check| {
        vec![
            Line::default().code(&check.signal),
            Line::of(amount(check.observed, &check.unit)),
            Line::of(amount(check.expected, &check.unit)),
            Line::of(&check.against),
            Line::of(number(check.n as f64)),
        ]
    });
    let head = [
        "signal",
        "in the windows",
        "expected",
        "baseline",
        "buckets",
    ];
    let mut blocks = vec![
        Block::Paragraph(Line::of(lead).cite(source)),
        Block::Table {
            head: head.map(str::to_owned).to_vec(),
            rows: rows.collect(),
        },
    ];
    blocks.extend(more(checks.len()));
    Some(Section::new(level, "Checked and normal", blocks))
}

/// All whole signals, where there is no incident.
pub fn tested(draft: &mut Draft) -> Option<Section> {
    let snapshot = draft.snapshot;
    let tested: Vec<_> = snapshot
        .tested
        .iter()
        .filter(|test| !is_entity(&snapshot.series[test.series]))
        .collect();
    if tested.is_empty() {
        return None;
    }
    let source = draft.computed(
        "Means over the whole range and their baselines; docs/METHODS.md says how.".to_owned(),
    );
    let rows = tested.iter().take(ROWS_MAX).map(|test| {
        vec![
            Line::default().code(test.signal.full_name()),
            Line::of(amount(test.observed, &test.signal.unit)),
            Line::of(amount(test.expected, &test.signal.unit)),
            Line::of(number(test.worst_score)),
            Line::of(number(test.n as f64)),
        ]
    });
    let head = ["signal", "mean", "expected", "worst score", "n"];
    let mut blocks = vec![
        Block::Paragraph(Line::of("Tested, and within baseline all the time.").cite(source)),
        Block::Table {
            head: head.map(str::to_owned).to_vec(),
            rows: rows.collect(),
        },
    ];
    blocks.extend(more(tested.len()));
    Some(Section::new(2, "Checked and normal", blocks))
}

fn more(n: usize) -> Option<Block> {
    let rest = n.saturating_sub(ROWS_MAX);
    (rest > 0).then(|| Block::Paragraph(Line::of(format!("And {rest} more, in the JSON report."))))
}
