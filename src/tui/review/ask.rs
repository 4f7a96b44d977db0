//! What the Review screen asks for: the numbers of a snapshot's incidents, a comparison of two
//! periods. Computed outside of `update`, on a thread of its own, one at a time; a comparison that
//! is not wanted any more is given up.

use std::sync::Arc;

use super::super::model::{Effect, Model};
use super::{Compared, State, is_review};
use crate::analysis::Snapshot;
use crate::analysis::review::Days;
use crate::analysis::review::metrics::Metric;
use crate::reports::review::board::{Board, Change};

/// A wish.
#[derive(Debug, Clone)]
pub enum Request {
    /// The numbers of a snapshot's incidents; its generation comes back.
    Board(u64, Arc<Snapshot>),
    /// Whether two periods differ.
    Change(Wanted, Arc<Board>),
    /// What was asked for before is not wanted any more.
    Nothing,
}

/// A comparison: of which board, of which periods, in which metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// How many boards there had been.
    boards: u64,
    days: (Days, Days),
    metric: Metric,
}

/// The answer.
#[derive(Debug, Clone)]
pub enum Answer {
    /// So many records are read, of so many.
    Reading(usize, usize),
    /// Numbers: of a snapshot by its generation, or of records.
    Board(Option<u64>, Arc<Board>),
    /// A comparison.
    Change(Wanted, Arc<Change>),
    /// Nothing: it was given up.
    Dropped,
    /// No numbers will come.
    Failed,
}

/// Answers a request, as long as `stop` does not say that a newer one waits.
pub fn answer(request: &Request, stop: &dyn Fn() -> bool) -> Answer {
    match request {
        Request::Board(generation, snapshot) => {
            Answer::Board(Some(*generation), Arc::new(Board::of_snapshot(snapshot)))
        }
        Request::Change(wanted, board) => match board.change(wanted.days, wanted.metric, stop) {
            Some(change) => Answer::Change(*wanted, Arc::new(change)),
            None => Answer::Dropped,
        },
        Request::Nothing => Answer::Dropped,
    }
}

/// Asks for what the screen lacks, or for nothing where it lacks no more what it asked for.
pub fn wish(model: &mut Model) -> Effect {
    let is_shown = is_review(model.screen);
    if model.review.waiting {
        return Effect::None;
    }
    if is_shown
        && !model.review.alone
        && model.review.generation != Some(model.generation)
        && let Some(snapshot) = model.snapshot.clone()
    {
        (model.review.waiting, model.review.asked) = (true, None);
        return Effect::Review(Request::Board(model.generation, snapshot));
    }
    let lacking = lacking(&model.review).filter(|_| is_shown);
    if lacking == model.review.asked {
        return Effect::None;
    }
    model.review.asked = lacking;
    Effect::Review(match (lacking, model.review.board.clone()) {
        (Some(wanted), Some(board)) => Request::Change(wanted, board),
        _ => Request::Nothing,
    })
}

/// The comparison that is to be shown and is not known.
fn lacking(state: &State) -> Option<Wanted> {
    let (days, metric) = (state.days()?, state.shown()?.0.metric);
    let is_known = |one: &Compared| one.days == days && one.metric == metric.duration;
    let known = state.change.as_ref().is_some_and(is_known);
    (!known).then_some(Wanted {
        boards: state.boards,
        days,
        metric,
    })
}

/// A request found no room: it is made again.
pub fn not_taken(state: &mut State) {
    (state.waiting, state.asked) = (false, None);
}

/// Takes an answer.
pub fn receive(model: &mut Model, answer: Answer) {
    let state = &mut model.review;
    match answer {
        Answer::Reading(done, of) => state.reading = Some((done, of)),
        Answer::Board(generation, board) => {
            (state.waiting, state.generation) = (false, generation);
            // The same incidents have the same comparison.
            let same = state
                .board
                .as_ref()
                .is_some_and(|old| old.review == board.review);
            state.change = state.change.take().filter(|_| same);
            state.boards += 1;
            (state.board, state.reading) = (Some(board), None);
        }
        Answer::Change(wanted, change) if state.asked == Some(wanted) => {
            state.asked = None;
            state.change = Some(Compared {
                days: wanted.days,
                metric: wanted.metric.duration,
                change,
            });
        }
        Answer::Change(..) | Answer::Dropped => {}
        Answer::Failed => {
            state.waiting = false;
            model.message = Some("the records could not be reviewed".to_owned());
        }
    }
}
