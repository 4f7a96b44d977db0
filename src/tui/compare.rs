//! The comparison behind Contributors and Patterns: what is compared, when it is asked for, and
//! the answer. Computed outside of `update`, on a thread of its own.

use std::sync::Arc;

use super::model::{Effect, Model, Screen};
use super::range_words;
use crate::analysis::Snapshot;
use crate::analysis::comparison::{Asked, Comparison, compare};

/// While data go on arriving, it is asked again when there are this many times as many events.
const GROWN: f64 = 1.05;

/// What is compared with what: the same while data go on arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The selected range, or the stretch that was zoomed to, with all other data.
    Range(i64, i64),
    /// The windows of an incident, by its id and their number, with the hour before.
    Incident(String, usize),
}

/// A wish for a comparison.
#[derive(Debug, Clone)]
pub struct CompareRequest {
    /// Comes back with the answer.
    pub number: u64,
    /// Of what.
    pub snapshot: Arc<Snapshot>,
    /// What with what.
    pub asked: Asked,
}

/// The answer.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The request's number.
    pub number: u64,
    /// The tables.
    pub comparison: Arc<Comparison>,
}

/// The newest comparison.
#[derive(Debug, Clone, Default)]
pub struct Comparing {
    /// Number of the newest request; answers to older ones are dropped.
    pub number: u64,
    /// What it is of.
    pub subject: Option<Subject>,
    /// How many events there were.
    pub events: usize,
    /// An answer is awaited.
    pub loading: bool,
    /// The newest answer.
    pub answer: Option<Arc<Comparison>>,
}

/// Answers a request.
pub fn answer(request: &CompareRequest) -> Compared {
    Compared {
        number: request.number,
        comparison: Arc::new(compare(&request.snapshot, &request.asked)),
    }
}

/// What a comparison would be of: the selected range, else the selected incident, else the
/// stretch that was zoomed to. `None` where all of the data is on the screen.
pub fn subject(model: &Model) -> Option<Subject> {
    if let (Some(from_ns), Some(to_ns)) = model.range {
        return Some(Subject::Range(from_ns.min(to_ns), from_ns.max(to_ns)));
    }
    let incident = model.concluded().map(|concluded| &concluded.incident);
    let zoomed = || {
        model
            .zoom
            .map(|span| Subject::Range(span.from_ns, span.to_ns))
    };
    incident
        .map(|incident| Subject::Incident(incident.id.clone(), incident.windows.len()))
        .or_else(zoomed)
}

/// Asks for a comparison where a screen that shows one has none of this subject yet: the Timeline
/// shows that of a selected range.
pub fn wish(model: &mut Model) -> Effect {
    let is_shown = match model.screen {
        Screen::Contributors | Screen::Patterns => true,
        Screen::Timeline => range_words::is_set(model),
        _ => false,
    };
    if !is_shown {
        return Effect::None;
    }
    let (Some(snapshot), Some(subject)) = (model.snapshot.clone(), subject(model)) else {
        return Effect::None;
    };
    let asked = match &subject {
        Subject::Range(from_ns, to_ns) => Asked::Range(*from_ns..*to_ns),
        Subject::Incident(..) => match model.concluded() {
            Some(concluded) => Asked::incident(&snapshot, concluded),
            None => return Effect::None,
        },
    };
    let events = snapshot.store.len();
    let comparing = &mut model.comparing;
    let is_new = comparing.subject.as_ref() != Some(&subject);
    let has_grown = events as f64 > GROWN * comparing.events as f64 || events < comparing.events;
    if !is_new && (comparing.loading || !has_grown) {
        return Effect::None;
    }
    comparing.answer = comparing.answer.take().filter(|_| !is_new);
    comparing.number += 1;
    (comparing.subject, comparing.events, comparing.loading) = (Some(subject), events, true);
    Effect::Compare(CompareRequest {
        number: comparing.number,
        snapshot,
        asked,
    })
}

/// Takes the answer to the newest request; older ones are dropped.
pub fn receive(model: &mut Model, compared: Compared) {
    let comparing = &mut model.comparing;
    if compared.number == comparing.number {
        comparing.loading = false;
        comparing.answer = Some(compared.comparison);
    }
}
