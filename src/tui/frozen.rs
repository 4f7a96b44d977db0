//! A frozen view: newer data are held back, and what is marked meanwhile is shown with what follows
//! from it for the data that are shown.
//!
//! In: Space, how marks were kept, answers. Out: requests for `Effect::Restate`, answered on a thread
//! of its own. Reads no file and finds nothing anew.

use std::sync::Arc;

use super::model::{Effect, Model};
use crate::analysis::{Own, Snapshot, restated};

/// A wish for what is shown with what the incident file says now.
#[derive(Debug, Clone)]
pub struct RestateRequest {
    number: u64,
    snapshot: Arc<Snapshot>,
    own: Own,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Restated {
    number: u64,
    snapshot: Arc<Snapshot>,
}

/// What is awaited.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Restating {
    /// Number of the newest request; answers to older ones are dropped.
    number: u64,
}

/// Answers a request. Costs what attributing the incidents costs.
pub fn answer(request: &RestateRequest) -> Restated {
    Restated {
        number: request.number,
        snapshot: Arc::new(restated(&request.snapshot, &request.own)),
    }
}

/// Freezes, or gives the newest snapshot that was held back.
pub fn toggle(model: &mut Model) -> Option<Arc<Snapshot>> {
    if model.snapshot.is_none() {
        // An empty screen that never fills would look like one that reads.
        model.message = Some("nothing was read yet that could be held".to_owned());
        return None;
    }
    model.frozen = !model.frozen;
    model.restating.number += 1;
    model.held.take().filter(|_| !model.frozen)
}

/// Asks for what follows from a mark, where no newer snapshot will say so.
pub fn wish(model: &mut Model) -> Effect {
    let judged = model.snapshot.as_ref();
    let judged = judged.filter(|snapshot| model.frozen && snapshot.progress.finished);
    let (Some(snapshot), Some((path, file))) = (judged, &model.marking.file) else {
        return Effect::None;
    };
    model.restating.number += 1;
    Effect::Restate(Box::new(RestateRequest {
        number: model.restating.number,
        snapshot: Arc::clone(snapshot),
        own: Own {
            path: path.clone(),
            file: Arc::clone(file),
        },
    }))
}

/// The snapshot to be shown, if it is the answer to the newest request.
pub fn receive(model: &Model, restated: Restated) -> Option<Arc<Snapshot>> {
    let awaited = model.frozen && restated.number == model.restating.number;
    awaited.then_some(restated.snapshot)
}
