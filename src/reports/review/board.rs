//! A review for a screen: the numbers of all incidents, computed once and owned.
//!
//! In: a review and what the linter said of its records, or a snapshot. Out: a `Board`. Leaves out
//! what only written reports have: groups by service, severity and month, and tables.

use super::lints::{self, Linted, Place};
use super::{Group, Split, frame};
use crate::analysis::Snapshot;
use crate::analysis::review::compare::{Compared, Period, of_metric, periods};
use crate::analysis::review::metrics::Metric;
use crate::analysis::review::months::{in_months, period};
use crate::analysis::review::statistics::Statistics;
use crate::analysis::review::{Days, Review, of_snapshot};
use crate::clock::NS_PER_MIN;
use crate::clock::words::length;

/// Logs of less than this have no rate per month: it would be a guess at the rest of the month.
const LOGS_MIN_NS: i64 = 30 * 24 * 60 * NS_PER_MIN;
/// Logs that cover less of the time between the first line and the last have none either.
const COVERED_MIN: f64 = 0.9;

/// What a screen shows of many incidents.
#[derive(Debug, Clone)]
pub struct Board {
    /// The incidents.
    pub review: Review,
    /// All but planned maintenance.
    pub all: Group,
    /// How many are planned maintenance.
    pub planned: usize,
    /// By who noticed, in the order of names.
    pub noticed: Vec<Group>,
    /// Why there is no rate per month, where there is none.
    pub rate_gate: Option<String>,
    /// What the linter says of each record.
    pub linted: Vec<Linted>,
    /// The findings about each case.
    pub mends: Vec<Vec<Place>>,
    /// What a reader must know before all numbers: what could not be read, what is still read.
    pub warnings: Vec<String>,
}

/// Two periods, in one metric.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Before and after.
    pub periods: [Period; 2],
    /// The metric in both.
    pub compared: Compared,
}

impl Board {
    /// Computes everything but a comparison of periods.
    pub fn of(review: Review, linted: Vec<Linted>, warnings: Vec<String>) -> Self {
        let span = period(&review.cases, &review.asked);
        let months = span.map_or(0.0, |span| in_months(span, review.asked.zone));
        let group = |split, names, cases| Group::of(&review, split, names, cases, months);
        let noticed = frame::groups(&review, Split::NoticedBy).into_iter();
        Self {
            all: group(Split::All, Vec::new(), review.unplanned()),
            planned: review.planned().len(),
            noticed: noticed
                .map(|(names, cases)| group(Split::NoticedBy, names, cases))
                .collect(),
            rate_gate: None,
            mends: lints::of_cases(&linted, &review.cases),
            review,
            linted,
            warnings,
        }
    }

    /// The same of the incidents of the sources that are open.
    pub fn of_snapshot(snapshot: &Snapshot) -> Self {
        let linted = snapshot.records.iter().map(lints::linted).collect();
        let mut review = of_snapshot(snapshot);
        if let Some((first, last)) = snapshot.range {
            // Logs say from when to when they would have shown an incident.
            let starts = || review.cases.iter().filter_map(|case| case.start);
            let from = starts().map(|start| start.at_ns).fold(first, i64::min);
            let last = starts().map(|start| start.at_ns).fold(last, i64::max);
            review.asked.since_ns = Some(from);
            review.asked.until_ns = Some(last.saturating_add(1));
        }
        let reading = !snapshot.progress.finished;
        let warnings = reading.then(|| "still reading: of what is read so far".to_owned());
        let mut board = Self::of(review, linted, warnings.into_iter().collect());
        board.rate_gate = no_rate(snapshot);
        board
    }

    /// The metrics of which an incident has a value or a lower bound, in the order of the
    /// lifecycle.
    pub fn told(&self) -> Vec<&Statistics> {
        let all = self.all.statistics.iter();
        all.filter(|one| one.n() + one.cut_off() > 0).collect()
    }

    /// The metric that says most; `None` where no incident has a value.
    pub fn main_metric(&self) -> Option<Metric> {
        let first = || self.told().first().map(|one| one.metric);
        self.all.main_metric().or_else(first)
    }

    /// Whether two periods differ in a metric; `None` where `stop` said meanwhile that nobody wants
    /// to know any more. Of 10,000 incidents it takes about half a second.
    pub fn change(
        &self,
        days: (Days, Days),
        metric: Metric,
        stop: &dyn Fn() -> bool,
    ) -> Option<Change> {
        let periods = periods(&self.review, days);
        let compared = of_metric(&self.review, &periods, metric, stop)?;
        Some(Change { periods, compared })
    }
}

/// Why the logs do not say how often: together they are less than a month, or they leave out much
/// of the time in between. `None` where they do say it, and without any log.
fn no_rate(snapshot: &Snapshot) -> Option<String> {
    let (first, last) = snapshot.range?;
    let is_record = |path: &str| snapshot.records.iter().any(|record| record.path == path);
    let logs = snapshot
        .inputs
        .iter()
        .filter(|input| !is_record(&input.path));
    let mut ranges: Vec<(i64, i64)> = logs.filter_map(|input| input.range).collect();
    ranges.sort_unstable();
    let (mut covered_ns, mut until) = (0i64, i64::MIN);
    for (from, to) in ranges {
        covered_ns = covered_ns.saturating_add(to.saturating_sub(from.max(until)).max(0));
        until = until.max(to);
    }
    let whole_ns = last.saturating_sub(first);
    if covered_ns < LOGS_MIN_NS {
        let long = length(covered_ns);
        return Some(format!(
            "n/a: a rate per month needs a month of logs, there are {long}"
        ));
    }
    let is_whole = covered_ns as f64 >= COVERED_MIN * whole_ns as f64;
    (!is_whole).then(|| {
        let (covered, whole) = (length(covered_ns), length(whole_ns));
        format!("n/a: of the {whole} from the first line to the last the logs cover {covered}")
    })
}
