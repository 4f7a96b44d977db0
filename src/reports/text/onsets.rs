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

/// `ports host=app-3 04:02 ±2 min, error share 05:10`.
fn step_words(clock: Clock, step: &Step) -> String {
    let named = step.onsets.iter().take(SIGNALS_MAX);
    let named: Vec<String> = named
        .map(|one| format!("{} {}", one.signal, clock.when(&one.when)))
        .collect();
    let mut words = named.join(", ");
    if step.onsets.len() > SIGNALS_MAX {
        words += &format!(", {} more", step.onsets.len() - SIGNALS_MAX);
    }
    if let Some(after_s) = step.after_s {
        words += &format!(" (at least {} later)", seconds(after_s));
    }
    if step.onsets.len() > 1 {
        words += "; their intervals overlap, so no order among these";
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
