//! Cases and statistics as polars frames: grouping, and the tables that are written.
//!
//! In: a review and its groups. Out: frames in which what is missing is null, and the groups.

use polars::prelude::{Column, DataFrame, IntoColumn, IntoLazy, NamedFrom, Series, col};

use super::{Group, Split, Summary};
use crate::analysis::review::metrics::METRICS;
use crate::analysis::review::months::Month;
use crate::analysis::review::statistics::Statistics;
use crate::analysis::review::{Case, Review};
use crate::clock::words::rfc3339;
use crate::durations::{Duration, Status};
use crate::records::NoticedBy;

/// What a case says of who noticed it, in one word; empty where it does not.
pub fn noticed_by_word(noticed_by: Option<NoticedBy>) -> &'static str {
    match noticed_by {
        Some(NoticedBy::Monitor) => "monitor",
        Some(NoticedBy::Human) => "human",
        Some(NoticedBy::Customer) => "customer",
        None => "",
    }
}

/// The month of start; empty where no start is known.
pub fn month_word(case: &Case, review: &Review) -> String {
    let month = |ns| Month::of(ns, review.asked.zone).words();
    case.start
        .map_or_else(String::new, |start| month(start.at_ns))
}

/// One row per case: its index and the columns that groups are made by.
fn cases(review: &Review) -> DataFrame {
    let all = &review.cases;
    let texts = |of: &dyn Fn(&Case) -> String| -> Vec<String> { all.iter().map(of).collect() };
    let index: Vec<u32> = (0..all.len() as u32).collect();
    let planned: Vec<bool> = all.iter().map(|case| case.planned).collect();
    let columns = vec![
        column("case", index),
        column("planned", planned),
        column("service", texts(&|case| case.service.clone())),
        column("severity", texts(&|case| case.severity.clone())),
        column("month", texts(&|case| month_word(case, review))),
        column(
            "noticed_by",
            texts(&|case| noticed_by_word(case.noticed_by).to_owned()),
        ),
    ];
    DataFrame::new(all.len(), columns).expect("columns of one length and different names")
}

/// The groups of a split in the order of their names, each with the indexes of its cases in order.
/// Planned maintenance is in none.
pub fn groups(review: &Review, split: Split) -> Vec<(Vec<String>, Vec<usize>)> {
    let by: Vec<_> = split.columns().iter().map(|name| col(*name)).collect();
    if review.unplanned().is_empty() || by.is_empty() {
        return Vec::new();
    }
    let grouped = cases(review)
        .lazy()
        .filter(col("planned").not())
        .group_by_stable(by)
        .agg([col("case")])
        .collect()
        .expect("columns that exist are grouped by texts");
    let mut groups: Vec<(Vec<String>, Vec<usize>)> = (0..grouped.height())
        .map(|row| (names(&grouped, split, row), members(&grouped, row)))
        .collect();
    groups.sort();
    groups
}

fn names(grouped: &DataFrame, split: Split, row: usize) -> Vec<String> {
    let name = |column: &&str| {
        let texts = grouped.column(column).and_then(Column::str);
        let texts = texts.expect("a column of texts that was grouped by");
        texts.get(row).unwrap_or_default().to_owned()
    };
    split.columns().iter().map(name).collect()
}

fn members(grouped: &DataFrame, row: usize) -> Vec<usize> {
    let lists = grouped.column("case").and_then(Column::list);
    let list = lists
        .expect("a column that was not aggregated is a list")
        .get_as_series(row);
    let list = list.expect("a group is not null");
    let indexes = list.u32().expect("indexes are u32").iter().flatten();
    indexes.map(|i| i as usize).collect()
}

/// The statistics: one row per group and metric that has a value, a cut-off one or a reason why
/// not. Lengths are seconds; what is not known is null.
pub fn statistics(summary: &Summary<'_>) -> DataFrame {
    let groups = [&summary.all, &summary.planned];
    let groups = groups.into_iter().chain(&summary.groups);
    let rows: Vec<(&Group, &Statistics)> = groups
        .filter(|group| !group.cases.is_empty())
        .flat_map(|group| group.statistics.iter().map(move |one| (group, one)))
        .collect();
    let text = |name: &'static str| -> Column {
        let value = |(group, _): &(&Group, &Statistics)| group.name(name).map(str::to_owned);
        column(name, rows.iter().map(value).collect::<Vec<_>>())
    };
    let count = |name: &str, of: fn(&Group, &Statistics) -> usize| {
        let values = rows.iter().map(|(group, one)| of(group, one) as u64);
        column(name, values.collect::<Vec<_>>())
    };
    let number = |name: &str, of: fn(&Group, &Statistics) -> Option<f64>| {
        let values = rows.iter().map(|(group, one)| of(group, one));
        column(name, values.collect::<Vec<_>>())
    };
    let by: Vec<&str> = rows.iter().map(|(group, _)| group.split.name()).collect();
    let metric: Vec<&str> = rows.iter().map(|(_, one)| one.metric.name).collect();
    let gates: Vec<String> = rows.iter().map(|(_, one)| one.gates.join("; ")).collect();
    let columns = vec![
        column("by", by),
        text("service"),
        text("severity"),
        text("month"),
        text("noticed_by"),
        count("incidents", |group, _| group.cases.len()),
        number("per_month", |group, _| Some(group.rate?.per_month)),
        number("per_month_lo", |group, _| Some(group.rate?.lo)),
        number("per_month_hi", |group, _| Some(group.rate?.hi)),
        column("metric", metric),
        count("n", |_, one| one.n()),
        count("cut_off", |_, one| one.cut_off()),
        count("excluded", |_, one| one.excluded()),
        number("median_s", |_, one| Some(one.median?.median)),
        number("median_lo_s", |_, one| Some(one.median?.lo)),
        number("median_hi_s", |_, one| Some(one.median?.hi)),
        number("median_coverage", |_, one| Some(one.median?.coverage)),
        number("p90_s", |_, one| Some(one.p90?.seconds)),
        number("p90_at_most_s", |_, one| Some(one.p90?.at_most)),
        number("geometric_mean_s", |_, one| one.geometric_mean),
        number("mean_s", |_, one| one.mean),
        number("kaplan_meier_median_s", |_, one| {
            one.survival.as_ref()?.median
        }),
        column("gate", gates),
    ];
    DataFrame::new(rows.len(), columns).expect("columns of one length and different names")
}

/// Every duration of every incident: one row per incident and metric, planned maintenance included.
pub fn incidents(review: &Review) -> DataFrame {
    let rows: Vec<(&Case, usize)> = review
        .cases
        .iter()
        .flat_map(|case| (0..METRICS.len()).map(move |metric| (case, metric)))
        .collect();
    let text = |name: &str, of: &dyn Fn(&Case) -> String| {
        let values = rows.iter().map(|(case, _)| of(case));
        column(name, values.collect::<Vec<_>>())
    };
    let number = |name: &str, of: fn(&Duration) -> Option<f64>| {
        let values = rows.iter().map(|row| duration_of(row).and_then(of));
        column(name, values.collect::<Vec<_>>())
    };
    let metric: Vec<&str> = rows.iter().map(|(_, i)| METRICS[*i].name).collect();
    let status: Vec<Option<&str>> = rows
        .iter()
        .map(|row| duration_of(row).map(|one| status_word(one.status)))
        .collect();
    let reason: Vec<Option<String>> = rows
        .iter()
        .map(|row| duration_of(row).and_then(|one| one.reason.clone()))
        .collect();
    let planned: Vec<bool> = rows.iter().map(|(case, _)| case.planned).collect();
    let columns = vec![
        text("incident", &|case| case.id.clone()),
        text("title", &|case| case.title.clone()),
        text("service", &|case| case.service.clone()),
        text("severity", &|case| case.severity.clone()),
        text("month", &|case| month_word(case, review)),
        text("noticed_by", &|case| {
            noticed_by_word(case.noticed_by).to_owned()
        }),
        column("planned", planned),
        text("start", &|case| {
            case.start
                .map_or_else(String::new, |start| rfc3339(start.at_ns))
        }),
        column("metric", metric),
        number("seconds", |one| one.seconds),
        number("lo_s", |one| one.lo),
        number("hi_s", |one| one.hi),
        column("status", status),
        column("reason", reason),
    ];
    DataFrame::new(rows.len(), columns).expect("columns of one length and different names")
}

fn duration_of<'a>((case, metric): &(&'a Case, usize)) -> Option<&'a Duration> {
    case.durations.get(METRICS[*metric].duration)
}

fn status_word(status: Status) -> &'static str {
    match status {
        Status::Ongoing => "cut_off",
        other => other.name(),
    }
}

fn column<T>(name: &str, values: Vec<T>) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    Series::new(name.into(), values).into_column()
}
