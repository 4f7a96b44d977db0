//! Some incidents of a review together: how many, how often, how long.

use crate::analysis::review::metrics::{METRICS, Metric};
use crate::analysis::review::months::Rate;
use crate::analysis::review::statistics::Statistics;
use crate::analysis::review::{Ending, Review};
use crate::durations::Status;

/// By what incidents are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Split {
    /// All but planned maintenance.
    All,
    /// Planned maintenance.
    Planned,
    /// By service.
    Service,
    /// By severity, in the records' words.
    Severity,
    /// By month of start.
    Month,
    /// By who noticed.
    NoticedBy,
    /// By service, severity and month of start.
    Each,
}

impl Split {
    /// Those that make several groups.
    pub const TABLES: [Self; 5] = [
        Self::Service,
        Self::Severity,
        Self::Month,
        Self::NoticedBy,
        Self::Each,
    ];

    /// The columns whose values make a group.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::All | Self::Planned => &[],
            Self::Service => &["service"],
            Self::Severity => &["severity"],
            Self::Month => &["month"],
            Self::NoticedBy => &["noticed_by"],
            Self::Each => &["service", "severity", "month"],
        }
    }

    /// A column as a reader says it.
    pub fn column_words(column: &str) -> &str {
        match column {
            "noticed_by" => "who noticed",
            column => column,
        }
    }

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Planned => "planned",
            Self::Service => "service",
            Self::Severity => "severity",
            Self::Month => "month",
            Self::NoticedBy => "noticed_by",
            Self::Each => "service x severity x month",
        }
    }
}

/// A sum of durations.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Total {
    /// Seconds; of those cut off, as long as they were seen.
    pub seconds: f64,
    /// Incidents in it.
    pub n: usize,
    /// Some of them are cut off: it is at least that much.
    pub at_least: bool,
}

/// Some incidents and what they say together.
#[derive(Debug, Clone)]
pub struct Group {
    /// By what.
    pub split: Split,
    /// The values that they share, for the split's columns; empty where nobody says.
    pub names: Vec<String>,
    /// Their indexes.
    pub cases: Vec<usize>,
    /// How many ended in which way, in the order of `Ending::ALL`.
    pub endings: Vec<(Ending, usize)>,
    /// How often, over the whole period; of a month's group over that month.
    pub rate: Option<Rate>,
    /// Sum of the impact windows; `None` where none is known.
    pub downtime: Option<Total>,
    /// Sum of full-outage time; `None` where none is known.
    pub effective_downtime: Option<Total>,
    /// Every metric, in the order of `METRICS`.
    pub statistics: Vec<Statistics>,
}

impl Group {
    /// Puts cases together; they were looked for in so many months.
    pub fn of(
        review: &Review,
        split: Split,
        names: Vec<String>,
        cases: Vec<usize>,
        exposure_months: f64,
    ) -> Self {
        let ended = |ending: Ending| {
            let all = cases
                .iter()
                .filter(|&&i| review.cases[i].ending() == ending);
            (ending, all.count())
        };
        let started = cases.iter().filter(|&&i| review.cases[i].start.is_some());
        Self {
            endings: Ending::ALL.map(ended).to_vec(),
            rate: Rate::of(started.count(), exposure_months),
            downtime: total(review, &cases, "downtime"),
            effective_downtime: total(review, &cases, "effective_downtime"),
            statistics: super::statistics(review, &cases),
            split,
            names,
            cases,
        }
    }

    /// What it says of one metric.
    pub fn statistics(&self, metric: Metric) -> Option<&Statistics> {
        self.statistics.iter().find(|one| one.metric == metric)
    }

    /// The one that says most: time to restore where it is known of any, else what is known of
    /// most. `None` where nothing is.
    pub fn main_metric(&self) -> Option<Metric> {
        let known = |metric: &Metric| self.statistics(*metric).map_or(0, Statistics::n);
        let preferred = ["ttr", "downtime", "alert_to_resolve", "reaction_repair"];
        let mut preferred = preferred.into_iter().filter_map(Metric::of);
        let most = || METRICS.into_iter().rev().max_by_key(known);
        let metric = preferred.find(|metric| known(metric) > 0).or_else(most);
        metric.filter(|metric| known(metric) > 0)
    }

    /// The value of one column; `None` where the split has it not.
    pub fn name(&self, column: &str) -> Option<&str> {
        let place = self.split.columns().iter().position(|one| *one == column)?;
        self.names.get(place).map(String::as_str)
    }
}

fn total(review: &Review, cases: &[usize], duration: &str) -> Option<Total> {
    let mut total = Total {
        seconds: 0.0,
        n: 0,
        at_least: false,
    };
    for &i in cases {
        let Some(one) = review.cases[i].durations.get(duration) else {
            continue;
        };
        let cut_off = matches!(one.status, Status::LowerBound | Status::Ongoing);
        let seconds = match one.is_complete() {
            true => one.seconds,
            false => one.lo.filter(|_| cut_off),
        };
        if let Some(seconds) = seconds {
            total.seconds += seconds;
            total.n += 1;
            total.at_least |= cut_off;
        }
    }
    (total.n > 0).then_some(total)
}
