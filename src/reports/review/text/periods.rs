//! Two periods side by side, with what they are and are not evidence of.

use crate::analysis::review::compare::{ALPHA, Compared, TwoPeriods};
use crate::analysis::review::metrics::Sample;
use crate::reports::layout::Page;
use crate::reports::words::{frequency, number, plural, seconds};
use crate::stats::permutation::Comparison;

/// The section.
pub(super) fn section(page: &mut Page, two: &TwoPeriods) {
    page.heading("TWO PERIODS  exact permutation test on the mean of ln(duration)");
    for (name, period) in ["first", "second"].into_iter().zip(&two.periods) {
        let rate = period.rate.map_or_else(
            || "rate n/a".to_owned(),
            |rate| {
                format!(
                    "{} a month ({} to {})",
                    frequency(rate.per_month),
                    frequency(rate.lo),
                    frequency(rate.hi)
                )
            },
        );
        let words = format!(
            "{}: {}, {rate}",
            period.days.words(),
            plural(period.cases.len(), "incident")
        );
        page.item(&format!("  {name:<8}"), &words);
    }
    let (tested, gated): (Vec<_>, Vec<_>) = two.metrics.iter().partition(|one| one.gate.is_none());
    for (i, compared) in tested.iter().enumerate() {
        let values = |one: &Compared| {
            let of = |sample: &Sample| (sample.known.clone(), sample.cut_off.clone());
            one.samples.each_ref().map(of)
        };
        let mut before = tested[..i].iter();
        let same = before.find(|before| values(before) == values(compared));
        match same {
            Some(same) => {
                let words = format!(
                    "{}: the values are those of {}",
                    compared.metric.name, same.metric.name
                );
                page.item("  ", &words);
            }
            None => metric(page, compared),
        }
    }
    for compared in gated {
        let gate = compared.gate.as_deref().unwrap_or_default();
        page.item("  ", &format!("{}: {gate}", compared.metric.name));
    }
    if tested.len() > 1 {
        page.item(
            "  ",
            "Each p is of one metric alone: of 20 metrics that did not change one falls below 0.05.",
        );
    }
}

fn metric(page: &mut Page, compared: &Compared) {
    let n = compared.samples.each_ref().map(|one| one.known.len());
    let name = compared.metric.name;
    page.item("  ", &format!("{name}: {} against {}", n[0], n[1]));
    for words in change(compared) {
        page.item("    ", &words);
    }
}

/// What the test says, in sentences; without a test why there is none.
pub(super) fn change(compared: &Compared) -> Vec<String> {
    let Some(test) = compared.comparison else {
        return compared.gate.iter().cloned().collect();
    };
    let pair = |values: Option<[f64; 2]>| {
        values.map_or_else(
            || "n/a".to_owned(),
            |[a, b]| format!("{} -> {}", seconds(a), seconds(b)),
        )
    };
    let means = format!(
        "geometric mean {}, ratio {} (95 % CI {} to {}); mean {}",
        pair(compared.geometric_means),
        ratio(test.ratio),
        ratio(test.ratio_lo),
        ratio(test.ratio_hi),
        pair(compared.means)
    );
    let least = format!(
        "so many incidents of such spread show a change by x{} (or to {}) 4 times in 5, smaller \
         ones less often",
        number(test.detectable_ratio),
        number(1.0 / test.detectable_ratio)
    );
    let cut_off: usize = compared.samples.iter().map(|one| one.cut_off.len()).sum();
    let out =
        (cut_off > 0).then(|| format!("{cut_off} known only as at least so long are not in it"));
    [means, verdict(&test), least]
        .into_iter()
        .chain(out)
        .collect()
}

/// The same in one line.
pub(super) fn in_short(compared: &Compared) -> String {
    let Some(test) = compared.comparison else {
        return compared.gate.clone().unwrap_or_default();
    };
    let means = compared.geometric_means.map_or_else(String::new, |[a, b]| {
        format!("geometric mean {} -> {}, ", seconds(a), seconds(b))
    });
    format!(
        "{means}ratio {} (95 % CI {} to {}); p = {}: {}; smallest change to be seen: x{}",
        ratio(test.ratio),
        ratio(test.ratio_lo),
        ratio(test.ratio_hi),
        p_words(test.p_value),
        evidence(&test),
        number(test.detectable_ratio)
    )
}

fn ratio(x: f64) -> String {
    match x.is_finite() {
        true => format!("{x:.3}"),
        false => "any".to_owned(),
    }
}

/// What the test says, and no more.
fn verdict(test: &Comparison) -> String {
    let splits = format!(
        "{} of {} {}splits",
        number(test.extreme as f64),
        number(test.splits as f64),
        if test.exact { "" } else { "random " }
    );
    let p = format!("p = {}", p_words(test.p_value));
    format!("{p} ({splits}): {}", evidence(test))
}

fn evidence(test: &Comparison) -> &'static str {
    match (test.p_value < ALPHA, test.ratio < 1.0) {
        (true, true) => "evidence that it became shorter",
        (true, false) => "evidence that it became longer",
        (false, _) => "not evidence of a change",
    }
}

fn p_words(p: f64) -> String {
    match p {
        p if p < 0.0001 => format!("{p:.1e}"),
        p => format!("{p:.4}"),
    }
}
