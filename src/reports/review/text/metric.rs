//! One metric of a review: counts, dot plot, numbers with their gates, exclusions.

use super::names;
use crate::analysis::review::Review;
use crate::analysis::review::metrics::{Metric, Value};
use crate::analysis::review::statistics::Statistics;
use crate::reports::layout::{Page, Paint};
use crate::reports::review::dots::{Dots, STACK_MAX};
use crate::reports::words::{number, percent, plural, seconds};

/// Cells of the names before rows and numbers.
const NAME_WIDTH: usize = 17;
/// Values listed one by one, at most.
const VALUES_MAX: usize = 12;
/// From this share of the median on, what the stamps leave open is told.
const OPEN_SHARE: f64 = 0.05;

/// The section of a metric. `same` has the very same values, and was told before.
pub(super) fn section(page: &mut Page, review: &Review, one: &Statistics, same: Option<Metric>) {
    let title = one.metric.title.to_uppercase();
    page.heading(&format!("{title}  {}", one.metric.name));
    let counts = format!(
        "{} known, {} cut off (at least so long), {} without a value",
        one.n(),
        one.cut_off(),
        one.excluded()
    );
    page.item("  ", &counts);
    match same {
        Some(same) => page.item("  ", &format!("the values are those of {}", same.name)),
        None => {
            plot(page, one);
            numbers(page, one);
            values(page, review, one);
        }
    }
    excluded(page, review, one);
}

fn row(page: &mut Page, name: &str, text: &str) {
    page.item(&format!("  {name:<NAME_WIDTH$}"), text);
}

fn plot(page: &mut Page, one: &Statistics) {
    let cells = page.width().saturating_sub(NAME_WIDTH + 2);
    let Some(plot) = Dots::of_metric(one, cells, STACK_MAX) else {
        return;
    };
    for (name, cells) in plot.rows() {
        page.line(&format!("  {name:<NAME_WIDTH$}{cells}"));
    }
    if plot.per_dot > 1 {
        row(
            page,
            "",
            &format!("a dot is up to {}", plural(plot.per_dot, "incident")),
        );
    }
    if plot.off > 0 {
        row(
            page,
            "",
            &format!("{} of 0 or less not drawn", number(plot.off as f64)),
        );
    }
}

fn numbers(page: &mut Page, one: &Statistics) {
    if let Some(median) = one.median {
        let words = format!(
            "{}, 95 % CI {} to {} (order statistics, {})",
            seconds(median.median),
            seconds(median.lo),
            seconds(median.hi),
            percent(median.coverage)
        );
        row(page, "median", &words);
        if let Some(words) = open_ends(one) {
            row(page, "", &words);
        }
    }
    if let Some(p90) = one.p90 {
        let words = format!(
            "{}, at most {} with 95 % confidence",
            seconds(p90.seconds),
            seconds(p90.at_most)
        );
        row(page, "p90", &words);
    }
    if let Some(words) = kaplan_meier(one) {
        row(page, "Kaplan-Meier", &words);
    }
    if let Some(mean) = one.geometric_mean {
        row(page, "geometric mean", &seconds(mean));
    }
    if let Some(mean) = one.mean {
        let name = format!("  {:<NAME_WIDTH$}", "mean");
        page.painted(
            Paint::Dim,
            &format!("{name}{}", seconds(mean).replace('\u{a0}', " ")),
        );
    }
    if !one.gates.is_empty() {
        row(page, "gate", &one.gates.join("; "));
    }
}

/// How long it takes with those that are cut off; `None` where there are none, or too few.
pub(super) fn kaplan_meier(one: &Statistics) -> Option<String> {
    let together = one.n() + one.cut_off();
    Some(match one.survival.as_ref()?.median {
        Some(median) => format!(
            "half of all {together} last at most {} (median with those cut off)",
            seconds(median)
        ),
        None => format!("median n/a: too few of {together} are known to have ended"),
    })
}

/// Where the stamps are so vague that the median itself is open.
pub(super) fn open_ends(one: &Statistics) -> Option<String> {
    let (median, (lo, hi)) = (one.median?, one.median_certain?);
    let is_open = hi - lo > OPEN_SHARE * median.median.abs();
    is_open.then(|| {
        format!(
            "anywhere in {} to {} by what the stamps leave open",
            seconds(lo),
            seconds(hi)
        )
    })
}

/// Too few for a number: the values themselves.
fn values(page: &mut Page, review: &Review, one: &Statistics) {
    if !one.is_listed() {
        return;
    }
    let word = |value: &Value, sign: &str| {
        format!(
            "{sign}{} ({})",
            seconds(value.seconds),
            review.cases[value.case].id
        )
    };
    let known = one.sample.known.iter().map(|value| word(value, ""));
    let cut_off = one
        .sample
        .cut_off
        .iter()
        .map(|value| word(value, ">=\u{a0}"));
    let all: Vec<String> = known.chain(cut_off).collect();
    let shown = all.iter().take(VALUES_MAX).cloned().collect::<Vec<_>>();
    let more = match all.len().saturating_sub(VALUES_MAX) {
        0 => String::new(),
        more => format!(", +{}", number(more as f64)),
    };
    row(page, "values", &format!("{}{more}", shown.join(", ")));
}

fn excluded(page: &mut Page, review: &Review, one: &Statistics) {
    for (i, (reason, cases)) in one.sample.excluded.iter().enumerate() {
        let name = if i == 0 { "without a value" } else { "" };
        let cases_named = names(cases.iter().map(|&case| &review.cases[case]));
        row(
            page,
            name,
            &format!("{}: {reason} ({cases_named})", number(cases.len() as f64)),
        );
    }
}
