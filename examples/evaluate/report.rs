//! The figures of each set, as Markdown tables.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::Path;

use anyhow::Result;
use rfo::anomalies::Options;

use crate::concluding::{Window, conclude};
use crate::scenarios::{KINDS, Kind, RATES, SIZES, quiet, scenario};
use crate::{bursts, five, labelled};

/// A window this many buckets from a trouble belongs to it.
const NEAR: usize = 3;
/// Days of past that a scenario of minutes has: a full week is known, or hardly a day's shape.
const PAST_DAYS: [usize; 2] = [8, 2];
/// The first two hours have no past to speak of; they are counted apart.
const COLD_MIN: usize = 120;

/// Prints what was measured.
pub fn print(text: &str) {
    // A closed pipe is nobody's fault.
    let _ = writeln!(io::stdout(), "{text}");
}

/// Found and all, with the errors of the onsets.
#[derive(Debug, Default)]
struct Count {
    found: usize,
    all: usize,
    faint_found: usize,
    faint: usize,
    onset_errors: Vec<u64>,
}

impl Count {
    /// Adds a trouble: whether it was strong, and how far off its onset was, if found.
    fn add(&mut self, strong: bool, onset_error: Option<u64>) {
        let found = usize::from(onset_error.is_some());
        if strong {
            self.all += 1;
            self.found += found;
        } else {
            self.faint += 1;
            self.faint_found += found;
        }
        self.onset_errors.extend(onset_error);
    }

    fn merge(&mut self, other: &Self) {
        self.found += other.found;
        self.all += other.all;
        self.faint_found += other.faint_found;
        self.faint += other.faint;
        self.onset_errors.extend(&other.onset_errors);
    }

    fn row(&self, name: &str) -> String {
        format!(
            "| {name} | {} of {} | {} of {} | {} | {} |\n",
            self.found,
            self.all,
            self.faint_found,
            self.faint,
            quantile(&self.onset_errors, 0.5),
            quantile(&self.onset_errors, 0.9),
        )
    }
}

const HEAD: &str = "| trouble | found, effect >= 3 sigma a bucket | found, fainter | onset error, \
                    median | p90 |\n|---|---|---|---|---|\n";

fn quantile(values: &[u64], p: f64) -> String {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = ((sorted.len() as f64 * p) as usize).min(sorted.len().saturating_sub(1));
    sorted
        .get(at)
        .map_or_else(|| "-".to_owned(), u64::to_string)
}

fn near(window: &Window, onset: usize, end: usize) -> bool {
    window.buckets.start <= end + NEAR && onset <= window.buckets.end + NEAR
}

/// How far the nearest window starts from the onset, if any window is near.
fn onset_error(windows: &[Window], onset: usize, end: usize) -> Option<u64> {
    let near = windows.iter().filter(|window| near(window, onset, end));
    near.map(|window| window.buckets.start.abs_diff(onset) as u64)
        .min()
}

/// The 200 scenarios and the quiet weeks.
pub fn scenarios() -> String {
    let mut text = String::new();
    for days in PAST_DAYS {
        let _ = write!(
            text,
            "scenarios, from series to incidents, {days} days of past\n\n{HEAD}"
        );
        let mut all = Count::default();
        for kind in KINDS {
            let count = of_kind(kind, days);
            text.push_str(&count.row(kind.name()));
            all.merge(&count);
        }
        text.push_str(&all.row("all"));
        text.push('\n');
    }
    let (mut wrong, mut cold, mut weeks) = (0, 0, 0);
    for rate in RATES {
        for seed in 0..5 {
            let concluded = conclude(&quiet(rate, seed, 2));
            let (early, late): (Vec<_>, Vec<_>) = concluded
                .windows
                .iter()
                .partition(|one| one.buckets.start < COLD_MIN);
            wrong += late.len();
            cold += early.len();
            weeks += 2;
        }
    }
    let _ = writeln!(
        text,
        "\nquiet: {:.2} false windows a week in {weeks} weeks, and {cold} in {} first two hours",
        wrong as f64 / f64::from(weeks),
        weeks / 2,
    );
    text
}

fn of_kind(kind: Kind, days: usize) -> Count {
    let mut count = Count::default();
    for size in 0..SIZES {
        for rate in RATES {
            for seed in 0..2 {
                let one = scenario(kind, size, rate, seed, days);
                let concluded = conclude(&one.series);
                let error = onset_error(&concluded.windows, one.onset, one.end);
                count.add(one.sigmas >= 3.0, error);
            }
        }
    }
    count
}

/// The strong troubles that no window is near, with the anomalies that overlap them.
pub fn misses() -> String {
    let mut text = String::from("kind, size, rate, seed: sigmas, buckets; anomalies\n");
    let each = KINDS.into_iter().flat_map(|kind| {
        (0..SIZES).flat_map(move |size| RATES.map(|rate| (kind, size, rate)).into_iter())
    });
    for (kind, size, rate) in each {
        for seed in 0..2 {
            let one = scenario(kind, size, rate, seed, PAST_DAYS[0]);
            let concluded = conclude(&one.series);
            let error = onset_error(&concluded.windows, one.onset, one.end);
            if one.sigmas < 3.0 || error.is_some() {
                continue;
            }
            let (name, onset, end) = (kind.name(), one.onset, one.end);
            let _ = writeln!(
                text,
                "{name}, {size}, {rate}, {seed}: {:.1}, {onset}..{end}",
                one.sigmas
            );
            let overlaps =
                |at: &std::ops::Range<usize>| at.start <= end + NEAR && onset <= at.end + NEAR;
            for anomaly in concluded
                .found
                .anomalies
                .iter()
                .filter(|one| overlaps(&one.buckets))
            {
                let (signal, at, score) = (&anomaly.signal.name, &anomaly.buckets, anomaly.score);
                let _ = writeln!(
                    text,
                    "    {signal} {:?} {at:?} score {score:.1}",
                    anomaly.direction
                );
            }
        }
    }
    text
}

/// The five incidents of the replays, and their harder form.
pub fn five() -> String {
    let mut text = "five incidents in a service of fifteen days, twelve seeds\n\n\
                    | set | windows found | false windows a week | onset error, median | p90 | \
                    anomalies: found | false a week, over all series |\n|---|---|---|---|---|---|---|\n"
        .to_owned();
    for harder in [false, true] {
        let (mut count, mut wrong, mut weeks) = (Count::default(), 0, 0.0);
        let (mut seen, mut stray) = (0, 0);
        for seed in 1..=12 {
            let (mut service, troubles) = five::service(seed, harder);
            let series = service.series();
            let concluded = conclude(&series);
            for one in &troubles {
                count.add(true, onset_error(&concluded.windows, one.onset, one.end));
                let shows = |name: &str| one.signals.iter().any(|signal| name.starts_with(signal));
                seen += usize::from(concluded.found.anomalies.iter().any(|anomaly| {
                    let at = &anomaly.buckets;
                    let overlaps = at.start <= one.end + NEAR && one.onset <= at.end + NEAR;
                    overlaps && shows(&anomaly.signal.name)
                }));
            }
            let known = 1440;
            wrong += concluded
                .windows
                .iter()
                .filter(|window| window.buckets.start > known)
                .filter(|window| !troubles.iter().any(|one| near(window, one.onset, one.end)))
                .count();
            stray += concluded
                .found
                .anomalies
                .iter()
                .map(|one| &one.buckets)
                .filter(|at| at.start > known)
                .filter(|at| {
                    let belongs = |one: &five::Trouble| {
                        at.start <= one.end + NEAR && one.onset <= at.end + NEAR
                    };
                    !troubles.iter().any(belongs)
                })
                .count();
            weeks += (series[0].grid.n - known) as f64 / 10_080.0;
        }
        let _ = writeln!(
            text,
            "| {} | {:.2} ({} of {}) | {:.2} | {} | {} | {:.2} | {:.2} |",
            if harder { "harder" } else { "ordinary" },
            count.found as f64 / count.all as f64,
            count.found,
            count.all,
            f64::from(wrong as u32) / weeks,
            quantile(&count.onset_errors, 0.5),
            quantile(&count.onset_errors, 0.9),
            seen as f64 / count.all as f64,
            stray as f64 / weeks,
        );
    }
    text
}

/// Bursts of error lines, through the whole product.
pub fn bursts() -> Result<String> {
    let (mut count, mut wrong) = (Count::default(), 0);
    for seed in 0..12 {
        let outcome = bursts::measure(seed)?;
        for error in outcome.onset_errors {
            count.add(true, error);
        }
        wrong += outcome.wrong;
    }
    Ok(format!(
        "bursts of error lines in JSON logs of five services, 12 seeds, through real files\n\n\
         {HEAD}{}\nfalse anomalies: {wrong} in 24 hours of five services\n",
        count.row("error lines, buckets of 10 s"),
    ))
}

/// A set with labels of experts.
pub fn labelled(set: &str, folder: &Path) -> Result<String> {
    let mut text = format!(
        "{set}, one gauge per file\n\n| p | labelled stretches | precision | recall | F1 | delay, \
         median samples | false alarms a week and series |\n|---|---|---|---|---|---|---|\n"
    );
    let all = labelled::read(folder)?;
    for p_value in [Options::default().p_value, 1e-5] {
        let options = Options {
            p_value,
            ..Options::default()
        };
        let mut sum = labelled::Agreement::default();
        for one in &all {
            sum.add(labelled::compare(one, &options));
        }
        sum.delays.sort_unstable();
        let delay = sum.delays.get(sum.delays.len() / 2).copied().unwrap_or(0);
        let _ = writeln!(
            text,
            "| {p_value:e} | {} | {:.2} | {:.2} | {:.2} | {delay} | {:.2} |",
            sum.events,
            sum.precision(),
            sum.recall(),
            sum.f1(),
            sum.wrong as f64 / sum.weeks,
        );
    }
    Ok(text)
}
