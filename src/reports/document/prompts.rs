//! What only people can add: lessons and actions, asked for and left empty.

use super::{Block, Line, Section};

/// Rows left free in the table of actions.
const ACTIONS: usize = 3;

/// Both sections.
pub fn sections() -> Vec<Section> {
    let questions = [
        "What went well?",
        "What went wrong?",
        "Where were we lucky?",
        "What would have shown it earlier, or stopped it from spreading?",
    ];
    let questions = questions.map(|question| Block::Prompt(question.to_owned()));
    let head = ["action", "kind", "owner", "due", "ticket"];
    let actions = Block::Table {
        head: head.map(str::to_owned).to_vec(),
        rows: vec![vec![Line::default(); head.len()]; ACTIONS],
    };
    vec![
        Section::new(2, "Lessons", questions.to_vec()),
        Section::new(2, "Actions", vec![actions]),
    ]
}
