//! Statistics as OpenMetrics text (1.0), for a file that a monitor collects.
//!
//! Gauges only: a review is of records, not of a process that counts. What is missing has no
//! sample; it is neither 0 nor NaN.

use super::super::json::rounded;
use super::{Group, Summary};
use crate::analysis::review::statistics::Statistics;

/// The text, ending in `# EOF`.
pub fn openmetrics(summary: &Summary<'_>) -> String {
    let groups = [&summary.all, &summary.planned].into_iter();
    let groups: Vec<&Group> = groups
        .chain(&summary.groups)
        .filter(|group| !group.cases.is_empty())
        .collect();
    let mut out = String::new();
    counts(&mut out, &groups);
    rates(&mut out, &groups);
    durations(&mut out, &groups);
    totals(&mut out, &groups);
    out.push_str("# EOF\n");
    out
}

fn counts(out: &mut String, groups: &[&Group]) {
    family(
        out,
        "rfo_incidents",
        "",
        "Incidents by group and how they ended.",
    );
    for group in groups {
        for (ending, count) in &group.endings {
            let labels = labels(group, &[("ending", ending.name())]);
            sample(out, "rfo_incidents", &labels, *count as f64);
        }
    }
}

fn rates(out: &mut String, groups: &[&Group]) {
    let name = "rfo_incidents_per_month";
    family(
        out,
        name,
        "",
        "Incidents a month; lo and hi are its 95 % interval (Poisson, exact).",
    );
    for group in groups {
        let Some(rate) = group.rate else { continue };
        for (bound, value) in [("", rate.per_month), ("lo", rate.lo), ("hi", rate.hi)] {
            sample(out, name, &labels(group, &[("bound", bound)]), value);
        }
    }
}

fn durations(out: &mut String, groups: &[&Group]) {
    let rows: Vec<(&Group, &Statistics)> = groups
        .iter()
        .flat_map(|group| group.statistics.iter().map(move |one| (*group, one)))
        .collect();
    let name = "rfo_incident_duration_seconds";
    family(
        out,
        name,
        "seconds",
        "Durations over incidents, each with its clock.",
    );
    for (group, one) in &rows {
        for (statistic, value) in statistics(one) {
            if let Some(value) = value.filter(|value| value.is_finite()) {
                let own = [("metric", one.metric.name), ("statistic", statistic)];
                sample(out, name, &labels(group, &own), value);
            }
        }
    }
    let name = "rfo_incident_durations";
    family(
        out,
        name,
        "",
        "Incidents with a duration, with one cut off, and without one.",
    );
    for (group, one) in &rows {
        let counts = [
            ("known", one.n()),
            ("cut_off", one.cut_off()),
            ("excluded", one.excluded()),
        ];
        for (status, count) in counts {
            let own = [("metric", one.metric.name), ("status", status)];
            sample(out, name, &labels(group, &own), count as f64);
        }
    }
}

fn statistics(one: &Statistics) -> [(&'static str, Option<f64>); 8] {
    [
        ("median", one.median.map(|median| median.median)),
        ("median_lo", one.median.map(|median| median.lo)),
        ("median_hi", one.median.map(|median| median.hi)),
        ("p90", one.p90.map(|p90| p90.seconds)),
        ("p90_at_most", one.p90.map(|p90| p90.at_most)),
        ("geometric_mean", one.geometric_mean),
        ("mean", one.mean),
        (
            "kaplan_meier_median",
            one.survival.as_ref().and_then(|one| one.median),
        ),
    ]
}

fn totals(out: &mut String, groups: &[&Group]) {
    let name = "rfo_incident_downtime_total_seconds";
    family(
        out,
        name,
        "seconds",
        "Sum of downtime over incidents where it is known, of those not over as long as they were seen.",
    );
    for group in groups {
        let sums = [
            ("downtime", group.downtime),
            ("effective_downtime", group.effective_downtime),
        ];
        for (kind, total) in sums {
            if let Some(total) = total {
                sample(out, name, &labels(group, &[("kind", kind)]), total.seconds);
            }
        }
    }
}

fn family(out: &mut String, name: &str, unit: &str, help: &str) {
    out.push_str(&format!("# TYPE {name} gauge\n"));
    if !unit.is_empty() {
        out.push_str(&format!("# UNIT {name} {unit}\n"));
    }
    out.push_str(&format!("# HELP {name} {}\n", escaped(help)));
}

fn labels(group: &Group, own: &[(&str, &str)]) -> String {
    let mut all = vec![("by", group.split.name())];
    let names = group.split.columns().iter().zip(&group.names);
    all.extend(names.map(|(column, name)| (*column, name.as_str())));
    all.extend(own.iter().filter(|(_, value)| !value.is_empty()));
    let label = |(name, value): &(&str, &str)| format!("{name}=\"{}\"", escaped(value));
    all.iter().map(label).collect::<Vec<_>>().join(",")
}

fn sample(out: &mut String, name: &str, labels: &str, value: f64) {
    out.push_str(&format!("{name}{{{labels}}} {}\n", rounded(value)));
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}
