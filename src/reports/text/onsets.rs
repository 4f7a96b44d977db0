//! Which signal left its baseline first, and where that cannot be told.

use crate::incidents::Incident;
use crate::incidents::onsets::{Lead, Step};
use crate::reports::layout::{Page, Paint};
use crate::reports::words::{Clock, plural, seconds};

/// Signals named per step, and steps shown; the rest is counted.
const SIGNALS_MAX: usize = 4;
const STEPS_MAX: usize = 5;

/// The steps of the first window, and what came first in how many windows.
pub fn section(page: &mut Page, clock: Clock, incident: &Incident) {
    let order = &incident.onsets;
    let n: usize = order.steps.iter().map(|step| step.onsets.len()).sum();
    if n < 2 {
        return;
    }
    page.heading("order of onsets (first window)");
    for (i, step) in order.steps.iter().take(STEPS_MAX).enumerate() {
        page.flow(
            Paint::Dim,
            &format!("  {}. ", i + 1),
            5,
            &step_words(clock, step),
        );
    }
    if order.steps.len() > STEPS_MAX {
        page.line(&format!(
            "  and {}",
            plural(order.steps.len() - STEPS_MAX, "later step")
        ));
    }
    if let Some(lead) = order.leads.first().filter(|_| order.windows > 1) {
        page.item("  ", &lead_words(lead, order.windows));
    }
}

/// `04:02:00 ±2 min: ports host=app-3`; of several `04:02:00 to 04:05:00, in no order that can be
/// told: ports host=app-3, error share`. Whole signals are named before single messages.
fn step_words(clock: Clock, step: &Step) -> String {
    let mut named: Vec<&str> = step.onsets.iter().map(|one| one.signal.as_str()).collect();
    named.sort_by_key(|signal| signal.contains(" template="));
    let more = named.len().saturating_sub(SIGNALS_MAX);
    named.truncate(SIGNALS_MAX);
    let mut words = match step.onsets.as_slice() {
        [one] => clock.when(&one.when),
        several => {
            let instants = several.iter().map(|one| one.when.at_ns);
            match instants.clone().min().zip(instants.max()) {
                Some((from, to)) if from < to => format!(
                    "{} to {}, in no order that can be told",
                    clock.at(from),
                    clock.at(to)
                ),
                Some((at, _)) => format!("{}, in no order that can be told", clock.at(at)),
                None => String::new(),
            }
        }
    };
    if let Some(after_s) = step.after_s {
        words += &format!(", at least {} later", seconds(after_s));
    }
    words += &format!(": {}", named.join(", "));
    if more > 0 {
        words += &format!(", {more} more");
    }
    words
}

fn lead_words(lead: &Lead, windows: usize) -> String {
    match lead.alone_in {
        0 => format!(
            "{} was among the first in {} of {windows} windows",
            lead.signal, lead.first_in
        ),
        alone => format!(
            "{} came first, alone, in {alone} of {windows} windows",
            lead.signal
        ),
    }
}
