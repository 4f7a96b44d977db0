//! The review as text: what a reviewer reads and can check.
//!
//! In: a `Summary`. Out: lines that never pass the width. Each metric names its clock, counts what
//! is not in it and why; below a gate the values stand instead of a number. The mean comes last.

mod metric;
mod periods;
mod tables;

use super::{Group, Summary};
use crate::analysis::review::compare::{Compared, EACH_MIN};
use crate::analysis::review::metrics::Metric;
use crate::analysis::review::months::Rate;
use crate::analysis::review::statistics::{MEDIAN_MIN, P90_MIN, Statistics};
use crate::analysis::review::{Case, LeftOut, Read};
use crate::clock::words::date;
use crate::reports::layout::{Page, Paint};
use crate::reports::text::Look;
use crate::reports::words::{frequency, number, plural, seconds, zone_words};

/// Names listed of incidents or records, at most.
const NAMES_MAX: usize = 4;
/// Incidents listed one by one, at most.
const INCIDENTS_MAX: usize = 20;

/// The whole review, ending in a line end. In ASCII what has no letter there is `?`.
pub fn text(summary: &Summary<'_>, look: Look, ascii: bool) -> String {
    let mut page = Page::new(look.width, look.colour);
    headline(&mut page, summary);
    let told: Vec<&Statistics> = summary
        .all
        .statistics
        .iter()
        .filter(|one| is_told(one))
        .collect();
    for one in told.iter().filter(|one| !is_segment(one.metric)) {
        let same = same_as(&summary.all.statistics, one);
        metric::section(&mut page, summary.review, one, same);
    }
    tables::segments(&mut page, &told);
    untold(&mut page, summary);
    tables::months(&mut page, summary);
    tables::groups(&mut page, summary);
    if let Some(two) = &summary.compared {
        periods::section(&mut page, two);
    }
    planned(&mut page, summary);
    incidents(&mut page, summary);
    papers(&mut page, summary);
    match ascii {
        true => in_ascii(&page.finish()),
        false => page.finish(),
    }
}

/// The first lines of a review: what it is of.
pub struct Brief {
    /// How many incidents of how many records.
    pub title: String,
    /// From when to when, how they ended, how much was lost, what the gates are.
    pub lines: Vec<String>,
}

/// What a review is of, in few lines.
pub fn brief(summary: &Summary<'_>) -> Brief {
    let (review, zone) = (summary.review, summary.review.asked.zone);
    let n = summary.all.cases.len();
    let records = plural(review.records.len(), "record");
    let title = format!("Review of {} from {records}", plural(n, "incident"));
    let mut lines = Vec::new();
    lines.extend(summary.period.map(|(from, to)| {
        let (from, to) = (date(from, zone), date(to - 1, zone));
        format!("started {from} to {to} ({})", zone_words(zone))
    }));
    let endings = summary.all.endings.iter().filter(|(_, n)| *n > 0);
    let endings: Vec<String> = endings
        .map(|(ending, n)| format!("{} {}", number(*n as f64), ending.words()))
        .collect();
    lines.extend((!endings.is_empty()).then(|| endings.join("; ")));
    let planned = summary.planned.cases.len();
    lines.extend((planned > 0).then(|| {
        let n = number(planned as f64);
        format!("{n} planned maintenance, counted apart")
    }));
    lines.push(totals(&summary.all));
    lines.push(format!(
        "Below a gate the values stand instead of a number: median and means need {MEDIAN_MIN} \
         incidents, p90 {P90_MIN}, a comparison {EACH_MIN} against {EACH_MIN}. What was not over \
         when last seen, or had begun before, is cut off: it stands in no mean, and in \
         Kaplan-Meier as long as it was seen."
    ));
    Brief { title, lines }
}

/// Median with interval and p90, or the values where they are too few, in few words.
pub fn values(one: &Statistics) -> String {
    tables::in_short(one)
}

/// Whether two periods differ, in sentences; without a test why there is none.
pub fn change(compared: &Compared) -> Vec<String> {
    periods::change(compared)
}

/// The same in one line.
pub fn change_in_short(compared: &Compared) -> String {
    periods::in_short(compared)
}

/// How long it takes with those that are cut off; `None` where there are none, or too few.
pub fn kaplan_meier(one: &Statistics) -> Option<String> {
    metric::kaplan_meier(one)
}

/// Where the median may lie by what the stamps leave open; `None` where that is little.
pub fn open_ends(one: &Statistics) -> Option<String> {
    metric::open_ends(one)
}

/// How often, with its interval: `1.2 a month (0.7 to 1.9), 14 in 12 months`.
pub fn how_often(rate: Rate) -> String {
    format!(
        "{} a month (95 % CI {} to {}), {} in {} months",
        frequency(rate.per_month),
        frequency(rate.lo),
        frequency(rate.hi),
        number(rate.count as f64),
        number(rate.months)
    )
}

fn headline(page: &mut Page, summary: &Summary<'_>) {
    let Brief { title, lines } = brief(summary);
    page.painted(Paint::Bold, &title);
    for line in lines {
        page.item("  ", &line);
    }
}

/// How much was lost together, and of how many incidents that is known.
pub fn totals(all: &Group) -> String {
    let words = |total: Option<super::Total>, name: &str| match total {
        None => format!("total {name} n/a"),
        Some(total) => format!(
            "total {name} {}{} (of {} of {})",
            if total.at_least { ">= " } else { "" },
            seconds(total.seconds),
            number(total.n as f64),
            plural(all.cases.len(), "incident")
        ),
    };
    format!(
        "{}; {}",
        words(all.downtime, "downtime[union of windows]"),
        words(
            all.effective_downtime,
            "effective_downtime[severity over windows]"
        )
    )
}

fn is_told(one: &Statistics) -> bool {
    one.n() + one.cut_off() > 0
}

fn is_segment(metric: Metric) -> bool {
    metric.duration.starts_with("segment_")
}

/// The metric before it in `all` that has the very same values.
pub fn same_as(all: &[Statistics], one: &Statistics) -> Option<Metric> {
    let values = |one: &Statistics| [one.sample.known.clone(), one.sample.cut_off.clone()];
    let mut before = all.iter().take_while(|other| other.metric != one.metric);
    let same = before.find(|other| values(other) == values(one));
    same.map(|other| other.metric)
}

/// Metrics of which no incident has a value, with the reason that most have.
fn untold(page: &mut Page, summary: &Summary<'_>) {
    let all = summary.all.statistics.iter().filter(|one| !is_told(one));
    let words = all.map(|one| match one.sample.excluded.first() {
        Some((reason, cases)) => format!("{} ({reason} in {})", one.metric.name, cases.len()),
        None => one.metric.name.to_owned(),
    });
    let words: Vec<String> = words.collect();
    if !words.is_empty() && !summary.all.cases.is_empty() {
        page.heading("NO VALUE (n/a)");
        for one in words {
            page.item("  ", &one);
        }
    }
}

fn planned(page: &mut Page, summary: &Summary<'_>) {
    if summary.planned.cases.is_empty() {
        return;
    }
    page.heading("PLANNED MAINTENANCE, apart");
    let told = summary.planned.statistics.iter();
    for one in told.filter(|one| is_told(one) && !is_segment(one.metric)) {
        let words = tables::in_short(one);
        page.item(
            "  ",
            &format!("{}  n {}  {words}", one.metric.name, one.n()),
        );
    }
    page.item(
        "  ",
        &names(
            summary
                .planned
                .cases
                .iter()
                .map(|&i| &summary.review.cases[i]),
        ),
    );
}

/// Up to four names, and how many more.
fn names<'a>(cases: impl Iterator<Item = &'a Case>) -> String {
    let names: Vec<&str> = cases.map(|case| case.id.as_str()).collect();
    listed(&names)
}

fn listed(names: &[&str]) -> String {
    let shown = names.iter().take(NAMES_MAX).copied().collect::<Vec<_>>();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown.join(", "),
        more => format!("{}, +{}", shown.join(", "), number(more as f64)),
    }
}

/// The incidents themselves, where they are few.
fn incidents(page: &mut Page, summary: &Summary<'_>) {
    let (cases, zone) = (&summary.review.cases, summary.review.asked.zone);
    if cases.is_empty() {
        return;
    }
    page.heading("INCIDENTS");
    if cases.len() > INCIDENTS_MAX {
        let words = format!(
            "{}: --json has them all, --to csv --table incidents their durations",
            plural(cases.len(), "incident")
        );
        page.item("  ", &words);
        return;
    }
    let main = summary.main_metric();
    for case in cases {
        let start = case.start.map_or_else(
            || "start n/a".to_owned(),
            |start| {
                let at = zone.local(start.at_ns).format("%Y-%m-%d %H:%M").to_string();
                format!("{at}{}", if case.start_assumed { "?" } else { "" })
            },
        );
        let duration = main.and_then(|main| {
            let duration = case.durations.get(main.duration)?;
            Some(format!("{} {duration}", main.duration))
        });
        let duration = duration.unwrap_or_else(|| "no length known".to_owned());
        let about = [&case.service, &case.severity, &case.title];
        let about: Vec<&str> = about
            .map(String::as_str)
            .into_iter()
            .filter(|s| !s.is_empty())
            .collect();
        let words = format!("{}: {duration}; {}", case.id, about.join(", "));
        page.item(&format!("  {start}  "), &words);
        for note in &case.notes {
            page.item("    ! ", note);
        }
    }
}

/// What was read, what was left out, what must be known.
fn papers(page: &mut Page, summary: &Summary<'_>) {
    let review = summary.review;
    let faulty = |read: &&Read| read.defects > 0 || read.incidents == 0;
    let faulty: Vec<&Read> = review.records.iter().filter(faulty).collect();
    if faulty.is_empty() && review.left_out.is_empty() && review.notes.is_empty() {
        return;
    }
    page.heading("WHAT TO KNOW");
    for note in &review.notes {
        page.item("  ! ", note);
    }
    for LeftOut { reason, what } in &review.left_out {
        let what: Vec<&str> = what.iter().map(String::as_str).collect();
        page.item("  left out: ", &format!("{reason}: {}", listed(&what)));
    }
    for read in faulty.iter().take(INCIDENTS_MAX) {
        let words = format!(
            "{}: {}, {}",
            read.path,
            plural(read.incidents, "incident"),
            plural(read.defects, "defect")
        );
        page.item("  ", &words);
    }
    if faulty.len() > INCIDENTS_MAX {
        let more = plural(faulty.len() - INCIDENTS_MAX, "more record");
        page.item(
            "  ",
            &format!("+{more} with defects or without an incident"),
        );
    }
}

/// Lines, dots and arrows as ASCII has them; anything else beyond ASCII is `?`.
fn in_ascii(text: &str) -> String {
    let letter = |c: char| match c {
        '•' => 'o',
        '─' => '-',
        '┬' => '+',
        '…' => '~',
        '·' => '.',
        '±' => '~',
        c if c.is_ascii() => c,
        _ => '?',
    };
    text.chars().map(letter).collect()
}
