//! A range of the user's against the rest: per signal what it was, and who explains it.

use super::incident::{contributor, extra_time};
use crate::analysis::Selection;
use crate::analysis::selection::Selected;
use crate::clock::words::length;
use crate::reports::layout::{Page, Paint};
use crate::reports::words::{Clock, amount, number, times};

/// From this ratio on it is said that no value stands out, where none does.
const RISEN: f64 = 1.3;

/// The whole section.
pub fn section(page: &mut Page, clock: Clock, selection: &Selection) {
    page.heading(&format!(
        "selection {} to {} ({}) against the rest of the data",
        clock.at(selection.from_ns),
        clock.at(selection.to_ns),
        length(selection.to_ns - selection.from_ns)
    ));
    if selection.sources.is_empty() {
        page.item("  ", "no source has events that can be compared here");
    }
    for selected in &selection.sources {
        signal(page, clock, selected);
    }
}

fn signal(page: &mut Page, clock: Clock, selected: &Selected) {
    let value = |x: f64| amount(x, selected.unit);
    let rest = match (selected.baseline, selected.ratio) {
        (Some(baseline), Some(ratio)) => format!("the rest {} ({})", value(baseline), times(ratio)),
        (Some(baseline), None) => format!("the rest {}", value(baseline)),
        (None, _) => "there is no rest".to_owned(),
    };
    let words = format!(
        "{}, {rest}; {} events",
        value(selected.observed),
        number(selected.events as f64)
    );
    page.flow(Paint::Bold, &format!("  {}: ", selected.signal), 4, &words);
    if let Some(decomposition) = &selected.decomposition {
        page.item("    ", &extra_time(decomposition));
    }
    let risen = selected.ratio.is_some_and(|ratio| ratio >= RISEN);
    if risen && selected.contributors.is_empty() {
        page.item(
            "    ",
            "nobody and nothing stands out: what is above it is spread over all",
        );
    }
    for one in &selected.contributors {
        contributor(page, clock, one, 4);
    }
}
