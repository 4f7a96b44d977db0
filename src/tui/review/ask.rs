//! What the Review screen asks for: the numbers of a snapshot's incidents, a comparison of two
//! periods. Computed outside of `update`, on a thread of its own, one at a time.

use std::sync::Arc;

use super::super::model::{Effect, Model};
use super::{Compared, is_review};
use crate::analysis::Snapshot;
use crate::analysis::review::Days;
use crate::analysis::review::metrics::Metric;
use crate::reports::review::board::Board;

/// A wish.
#[derive(Debug, Clone)]
pub enum Request {
    /// The numbers of a snapshot's incidents; its generation comes back.
    Board(u64, Arc<Snapshot>),
    /// Whether two periods differ.
    Change(Arc<Board>, (Days, Days), Metric),
}

/// The answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Numbers: of a snapshot by its generation, or of records.
    Board(Option<u64>, Arc<Board>),
    /// A comparison.
    Change(Compared),
    /// No numbers will come.
    Failed,
}

/// Answers a request.
pub fn answer(request: &Request) -> Answer {
    match request {
        Request::Board(generation, snapshot) => {
            Answer::Board(Some(*generation), Arc::new(Board::of_snapshot(snapshot)))
        }
        Request::Change(board, days, metric) => Answer::Change(Compared {
            days: *days,
            metric: metric.duration,
            change: Arc::new(board.change(*days, *metric)),
        }),
    }
}

/// Asks for what the screen lacks.
pub fn wish(model: &mut Model) -> Effect {
    if model.review.waiting || !is_review(model.screen) {
        return Effect::None;
    }
    if !model.review.alone
        && model.review.generation != Some(model.generation)
        && let Some(snapshot) = model.snapshot.clone()
    {
        model.review.waiting = true;
        return Effect::Review(Request::Board(model.generation, snapshot));
    }
    let state = &model.review;
    let (Some(days), Some(board)) = (state.days(), state.board.clone()) else {
        return Effect::None;
    };
    let Some(metric) = state.shown().map(|(one, ..)| one.metric) else {
        return Effect::None;
    };
    let is_known = |one: &Compared| one.days == days && one.metric == metric.duration;
    if state.change.as_ref().is_some_and(is_known) {
        return Effect::None;
    }
    model.review.waiting = true;
    Effect::Review(Request::Change(board, days, metric))
}

/// Takes an answer.
pub fn receive(model: &mut Model, answer: Answer) {
    let state = &mut model.review;
    state.waiting = false;
    match answer {
        Answer::Board(generation, board) => {
            state.generation = generation;
            // The same incidents have the same comparison.
            let same = state
                .board
                .as_ref()
                .is_some_and(|old| old.review == board.review);
            state.change = state.change.take().filter(|_| same);
            state.boards += 1;
            state.board = Some(board);
        }
        Answer::Change(compared) => state.change = Some(compared),
        Answer::Failed => model.message = Some("the records could not be reviewed".to_owned()),
    }
}
