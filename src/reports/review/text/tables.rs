//! Tables of a review: segments, months, groups. One line a row, values where numbers are gated.

use super::is_segment;
use crate::analysis::review::metrics::Metric;
use crate::analysis::review::months::Rate;
use crate::analysis::review::statistics::Statistics;
use unicode_width::UnicodeWidthStr;

use crate::reports::layout::{Page, column, padded, wrapped};
use crate::reports::review::{Group, Split, Summary};
use crate::reports::words::{frequency, number, plural, seconds};

/// Rows of one table, at most; beyond, CSV has them all.
const ROWS_MAX: usize = 36;
const NAME_WIDTH: usize = 21;
const COUNT_WIDTH: usize = 5;
const RATE_WIDTH: usize = 18;

/// Median with interval and p90, or the values, in few words.
pub(super) fn in_short(one: &Statistics) -> String {
    if let Some(median) = one.median {
        let p90 = one
            .p90
            .map_or_else(String::new, |p90| format!(", p90 {}", seconds(p90.seconds)));
        let cut_off = match one.cut_off() {
            0 => String::new(),
            n => format!(", {n} cut off"),
        };
        return format!(
            "{} ({} to {}){p90}{cut_off}",
            seconds(median.median),
            seconds(median.lo),
            seconds(median.hi)
        );
    }
    let known = one.sample.known.iter().map(|value| seconds(value.seconds));
    let cut_off = one.sample.cut_off.iter();
    let cut_off = cut_off.map(|value| format!(">=\u{a0}{}", seconds(value.seconds)));
    let values: Vec<String> = known.chain(cut_off).collect();
    match values.len() {
        0 => "n/a".to_owned(),
        n if n > 6 => format!("{}, +{}", values[..6].join(", "), n - 6),
        _ => values.join(", "),
    }
}

/// The legs from impact to recovery, where any is known.
pub(super) fn segments(page: &mut Page, told: &[&Statistics]) {
    let segments: Vec<_> = told.iter().filter(|one| is_segment(one.metric)).collect();
    if segments.is_empty() {
        return;
    }
    page.heading("SEGMENTS  median (95 % CI), or the values where fewer than 6");
    for one in segments {
        let words = format!("{}  n {}  {}", one.metric.name, one.n(), in_short(one));
        page.item("  ", &words);
    }
}

/// Incidents per month: the rate and each month's count.
pub(super) fn months(page: &mut Page, summary: &Summary<'_>) {
    let Some(rate) = summary.all.rate else { return };
    page.heading("HOW OFTEN  incidents a month (95 % CI: Poisson, exact)");
    let words = format!(
        "{} {}: {} in {} months",
        frequency(rate.per_month),
        interval(rate),
        number(rate.count as f64),
        number(rate.months)
    );
    page.item("  ", &words);
    let skipped = summary.months.len().saturating_sub(ROWS_MAX);
    if skipped > 0 {
        let words = format!("the {} before are in --json", plural(skipped, "month"));
        page.item("  ", &words);
    }
    let most = summary
        .months
        .iter()
        .filter_map(|(.., rate)| Some((*rate)?.count));
    let most = most.max().unwrap_or(0).max(1);
    for (month, share, rate) in summary.months.iter().skip(skipped) {
        let Some(rate) = rate else { continue };
        // No bar is longer than 30 cells, and no incident vanishes.
        let bar = "•".repeat((rate.count * 30.min(most)).div_ceil(most));
        let part = match *share < 1.0 {
            true => format!(
                " of {} of the month",
                crate::reports::words::percent(*share)
            ),
            false => String::new(),
        };
        page.line(&format!(
            "  {}  {:>4}  {}{bar}{part}",
            month.words(),
            rate.count,
            padded(&interval(*rate), RATE_WIDTH)
        ));
    }
}

fn interval(rate: Rate) -> String {
    format!("({} to {})", frequency(rate.lo), frequency(rate.hi))
}

/// One table per split. A split in which all share one name says so in a line.
pub(super) fn groups(page: &mut Page, summary: &Summary<'_>) {
    let metric = summary.main_metric();
    let tables = Split::TABLES.into_iter();
    for split in tables.filter(|split| *split != Split::Month) {
        let of_split = summary.groups.iter().filter(|group| group.split == split);
        let groups: Vec<&Group> = of_split.collect();
        match &groups[..] {
            [] => {}
            [one] if split != Split::Each => alone(page, one),
            many => table(page, many, metric),
        }
    }
}

fn alone(page: &mut Page, group: &Group) {
    let what = Split::column_words(group.split.name());
    let words = match group.names.first().map_or("", String::as_str) {
        "" => format!("{what}: no record says it"),
        name => format!("{what}: {name} in all"),
    };
    page.line("");
    page.item("  ", &words);
}

/// The columns in which the groups differ, by their place.
fn telling(groups: &[&Group]) -> Vec<usize> {
    let columns = groups.first().map_or(0, |group| group.names.len());
    let differs = |i: &usize| {
        groups
            .windows(2)
            .any(|two| two[0].names[*i] != two[1].names[*i])
    };
    let telling: Vec<usize> = (0..columns).filter(differs).collect();
    // One group alone differs in nothing.
    match telling.is_empty() {
        true => (0..columns).collect(),
        false => telling,
    }
}

fn table(page: &mut Page, groups: &[&Group], metric: Option<Metric>) {
    let Some(split) = groups.first().map(|group| group.split) else {
        return;
    };
    let telling = telling(groups);
    let title: Vec<String> = telling
        .iter()
        .map(|i| Split::column_words(split.columns()[*i]).to_owned())
        .collect();
    page.heading(&format!(
        "BY {}  {}",
        title.join(", ").to_uppercase(),
        metric.map_or("", |metric| metric.name)
    ));
    let rated = split != Split::Each;
    let head = if rated { "a month (95 % CI)" } else { "" };
    let last = metric.map_or("", |_| "median (95 % CI), or values");
    page.line(&format!("{}{last}", lead(rated, "", "n", head)));
    for group in groups.iter().take(ROWS_MAX) {
        let rate = group.rate.map_or_else(String::new, |rate| {
            format!("{} {}", frequency(rate.per_month), interval(rate))
        });
        let one = metric.and_then(|metric| group.statistics(metric));
        let words = one.map_or_else(String::new, in_short);
        let count = group.cases.len().to_string();
        row(
            page,
            &lead(rated, &name(group, &telling), &count, &rate),
            &words,
        );
    }
    if groups.len() > ROWS_MAX {
        let more = plural(groups.len() - ROWS_MAX, "further group");
        page.item("  ", &format!("{more}: --to csv has them all"));
    }
}

/// Name, count and rate of a row.
fn lead(rated: bool, name: &str, count: &str, rate: &str) -> String {
    let width = if rated { NAME_WIDTH } else { NAME_WIDTH + 17 };
    let rate = match rated {
        true => padded(rate, RATE_WIDTH + 2),
        false => String::new(),
    };
    format!("  {}{count:>COUNT_WIDTH$}  {rate}", column(name, width))
}

/// A row whose words go on under themselves.
fn row(page: &mut Page, first: &str, words: &str) {
    let (mut lines, rest) = (String::new(), " ".repeat(first.width()));
    wrapped(&mut lines, first, &rest, words, page.width());
    for line in lines.lines() {
        page.line(line);
    }
}

fn name(group: &Group, telling: &[usize]) -> String {
    let names = telling.iter().map(|i| match group.names[*i].as_str() {
        "" => "(not said)",
        name => name,
    });
    names.collect::<Vec<_>>().join(" / ")
}
