//! The review as JSON: `rfo.review/1`.
//!
//! Incidents as in `rfo.report/1`; statistics by metric, whose name carries its clock. Lengths are
//! seconds, instants RFC 3339 UTC; what is not known is null, never 0 and never NaN.

use serde_json::{Map, Value, json};

use super::super::json::{incident, tidy};
use super::frame::{month_word, noticed_by_word};
use super::{Group, Summary, Total};
use crate::analysis::review::compare::{Compared, Period};
use crate::analysis::review::months::Rate;
use crate::analysis::review::statistics::{Statistics, Survival};
use crate::analysis::review::{Case, Details, Review};
use crate::clock::words::rfc3339;

/// The name and version of this shape; a rename or removal makes a new one.
pub const SCHEMA: &str = "rfo.review/1";

/// The whole review, ending in a line end.
pub fn json(summary: &Summary<'_>) -> String {
    let value = tidy(value(summary));
    let mut text = serde_json::to_string_pretty(&value).expect("a JSON value has text keys only");
    text.push('\n');
    text
}

fn value(summary: &Summary<'_>) -> Value {
    let review = summary.review;
    let period = summary
        .period
        .map(|(from, to)| json!({"from": rfc3339(from), "to": rfc3339(to)}));
    let months = summary.months.iter().map(|(month, share, rate)| {
        json!({
            "month": month.words(),
            "share": share,
            "incidents": rate.map(|rate| rate.count),
            "lo": rate.map(|rate| rate.lo),
            "hi": rate.map(|rate| rate.hi),
        })
    });
    json!({
        "schema": SCHEMA,
        "version": env!("CARGO_PKG_VERSION"),
        "unit": "s",
        "records": review.records,
        "period": period,
        "group_gap_s": review.asked.group_gap_ns as f64 / 1e9,
        "incidents": review.cases.iter().map(|case| of_case(case, review)).collect::<Vec<_>>(),
        "left_out": review.left_out,
        "notes": review.notes,
        "counts": counts(&summary.all),
        "planned": {
            "counts": counts(&summary.planned),
            "statistics": statistics(&summary.planned, review, false),
        },
        "per_month": summary.all.rate.map(rate),
        "months": months.collect::<Vec<_>>(),
        "statistics": statistics(&summary.all, review, true),
        "groups": summary.groups.iter().map(|one| group(one, review)).collect::<Vec<_>>(),
        "comparison": summary.compared.as_ref().map(|two| json!({
            "periods": two.periods.each_ref().map(of_period),
            "metrics": two.metrics.iter().map(compared).collect::<Map<_, _>>(),
        })),
    })
}

/// An incident of the report's shape, with what a review knows besides.
fn of_case(case: &Case, review: &Review) -> Value {
    let (mut value, measured) = match &case.details {
        Details::Measured(concluded) => (incident(concluded), true),
        Details::Reported(value) => (value.clone(), false),
    };
    if let Value::Object(fields) = &mut value {
        fields.insert("id".to_owned(), case.id.clone().into());
        if measured {
            // Only the record's own words: nobody measured how bad it was.
            let said = (!case.severity.is_empty()).then(|| case.severity.clone());
            fields.insert("severity".to_owned(), said.into());
        }
        let own = json!({
            "service": said(&case.service),
            "month": said(&month_word(case, review)),
            "noticed_by": said(noticed_by_word(case.noticed_by)),
            "planned": case.planned,
            "ending": case.ending(),
            "start": case.start,
            "start_assumed": case.start_assumed,
            "records": case.records,
            "review_notes": case.notes,
        });
        if let Value::Object(own) = own {
            fields.extend(own);
        }
    }
    value
}

fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn counts(group: &Group) -> Value {
    let endings = group.endings.iter();
    let endings = endings.map(|(ending, count)| (ending.name().to_owned(), json!(count)));
    json!({
        "incidents": group.cases.len(),
        "endings": endings.collect::<Map<_, _>>(),
        "downtime": group.downtime.map(total),
        "effective_downtime": group.effective_downtime.map(total),
    })
}

fn total(total: Total) -> Value {
    json!({"seconds": total.seconds, "incidents": total.n, "at_least": total.at_least})
}

fn rate(rate: Rate) -> Value {
    json!({
        "incidents": rate.count,
        "months": rate.months,
        "per_month": rate.per_month,
        "lo": rate.lo,
        "hi": rate.hi,
    })
}

fn group(group: &Group, review: &Review) -> Value {
    let by = group.split.columns().iter().zip(&group.names);
    let by = by.map(|(column, name)| ((*column).to_owned(), json!(said(name))));
    json!({
        "by": by.collect::<Map<_, _>>(),
        "counts": counts(group),
        "per_month": group.rate.map(rate),
        "statistics": statistics(group, review, false),
    })
}

/// Metrics of which a case has a number; in full, also those of which all say why they have none,
/// with the names of the incidents.
fn statistics(group: &Group, review: &Review, full: bool) -> Value {
    let told = group
        .statistics
        .iter()
        .filter(|one| full || one.n() + one.cut_off() > 0);
    let entry = |one: &Statistics| (one.metric.name.to_owned(), of_metric(one, review, full));
    Value::Object(told.map(entry).collect())
}

fn of_metric(one: &Statistics, review: &Review, full: bool) -> Value {
    let names = |cases: &[usize]| -> Vec<&str> {
        let names = cases.iter().map(|&i| review.cases[i].id.as_str());
        names.collect()
    };
    let excluded = one.sample.excluded.iter().map(|(reason, cases)| {
        let mut value = json!({"reason": reason, "n": cases.len()});
        if full {
            value["incidents"] = names(cases).into();
        }
        value
    });
    let values = one.is_listed().then(|| {
        let known = one.sample.known.iter().map(|value| (value, false));
        let cut_off = one.sample.cut_off.iter().map(|value| (value, true));
        let value = |(value, at_least): (&crate::analysis::review::metrics::Value, bool)| {
            json!({
                "incident": review.cases[value.case].id,
                "seconds": value.seconds,
                "at_least": at_least,
            })
        };
        known.chain(cut_off).map(value).collect::<Vec<_>>()
    });
    json!({
        "duration": one.metric.duration,
        "n": one.n(),
        "cut_off": one.cut_off(),
        "excluded": excluded.collect::<Vec<_>>(),
        "median": one.median.map(|median| median.median),
        "ci": one.median.map(|median| json!({
            "lo": median.lo, "hi": median.hi, "coverage": median.coverage,
        })),
        "median_certain": one.median_certain.map(|(lo, hi)| json!({"lo": lo, "hi": hi})),
        "p90": one.p90.map(|p90| p90.seconds),
        "p90_at_most": one.p90.map(|p90| p90.at_most),
        "geometric_mean": one.geometric_mean,
        "mean": one.mean,
        "kaplan_meier": one.survival.as_ref().map(|survival| curve(survival, full)),
        "gate": one.gates,
        "values": values,
    })
}

fn curve(survival: &Survival, full: bool) -> Value {
    let step = |step: &crate::stats::survival::Step| {
        json!({
            "seconds": step.length,
            "at_risk": step.at_risk,
            "ended": step.ended,
            "survival": step.survival,
        })
    };
    let mut value = json!({"median": survival.median});
    if full {
        value["steps"] = survival.steps.iter().map(step).collect();
    }
    value
}

fn of_period(period: &Period) -> Value {
    json!({
        "days": period.days.words(),
        "incidents": period.cases.len(),
        "per_month": period.rate.map(rate),
    })
}

fn compared(compared: &Compared) -> (String, Value) {
    let test = compared.comparison.map(|test| {
        json!({
            "ratio": test.ratio,
            "lo": test.ratio_lo,
            "hi": test.ratio_hi,
            "p_value": test.p_value,
            "extreme": test.extreme,
            "splits": test.splits,
            "exact": test.exact,
            "smallest_detectable_ratio": test.detectable_ratio,
        })
    });
    let value = json!({
        "n": compared.samples.each_ref().map(|one| one.known.len()),
        "cut_off": compared.samples.each_ref().map(|one| one.cut_off.len()),
        "geometric_mean": compared.geometric_means,
        "mean": compared.means,
        "test": test,
        "gate": compared.gate,
    });
    (compared.metric.name.to_owned(), value)
}
