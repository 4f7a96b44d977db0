//! One incident in words: what, since when, how bad, what kind, who, what preceded it, and what
//! was normal.

use super::paint_of;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::length;
use crate::durations::{Measured, Status};
use crate::incidents::{Contributor, Explanation, Impact, Incident, Severity, WindowKind};
use crate::records::MilestoneKind;
use crate::reports::layout::{Page, Paint};
use crate::reports::words::{Clock, amount, number, percent, plural, seconds, tied, times};

/// Contributors, causes, signals and checks shown at most; the rest is counted.
const SHOWN_MAX: usize = 8;

/// State, title, since when, verdict and impact: what fits on a first screen.
pub fn headline(page: &mut Page, clock: Clock, snapshot: &Snapshot, concluded: &Concluded) {
    let incident = &concluded.incident;
    let state = incident.state.word().to_uppercase();
    let lead = format!("{} {state} ({})  ", incident.id, incident.severity.word());
    page.line("");
    page.flow(paint_of(incident.state), &lead, 3, &incident.title);
    page.item("   ", &since(clock, concluded));
    verdict(page, clock, &incident.explanation);
    if let Some(words) = impact(&incident.impact, snapshot.slo) {
        page.flow(Paint::Bold, "   lost: ", 6, &words);
    }
}

/// `since 15:35:10 ±10 s; 4 windows, down 34 min, to 17:22:30`.
fn since(clock: Clock, concluded: &Concluded) -> String {
    let windows = &concluded.measured.windows;
    let mut words = match windows.first() {
        Some(first) => format!("since {}", clock.when(&first.start)),
        None => told(clock, &concluded.measured),
    };
    if let Some(last) = windows.last().filter(|last| last.end.censor.is_none()) {
        words += &format!(", to {}", clock.when(&last.end));
    }
    if windows.len() > 1 {
        words += &format!("; {}", plural(windows.len(), "window"));
    }
    let down = concluded.measured.durations.get("downtime");
    if let Some(down) = down.filter(|down| down.status != Status::Missing) {
        // Where nobody was worse off nothing was down.
        let word = if concluded.incident.severity == Severity::Minor
            && !concluded.incident.lost_share.is_empty()
        {
            "lasted"
        } else {
            "down"
        };
        let kinds: Vec<WindowKind> = concluded
            .incident
            .windows
            .iter()
            .map(|one| one.kind)
            .collect();
        match kinds.contains(&WindowKind::Degraded) && kinds.contains(&WindowKind::Down) {
            true => {
                words += &format!(
                    "; degraded or down {down}, of it down {}",
                    length(down_ns(&concluded.incident))
                )
            }
            false => words += &format!("; {word} {down}"),
        }
    }
    words
}

/// Length of the closed windows in which something was down.
fn down_ns(incident: &Incident) -> i64 {
    let down = incident
        .windows
        .iter()
        .filter(|one| one.kind == WindowKind::Down);
    down.filter_map(|one| Some(one.end?.at_ns - one.start.at_ns))
        .sum()
}

/// Start and end as people tell them, where no window has both.
fn told(clock: Clock, measured: &Measured) -> String {
    let told = |kind: MilestoneKind| measured.chosen.iter().find(|choice| choice.kind == kind);
    let start = told(MilestoneKind::ImpactStart);
    let start = start.map(|start| {
        format!(
            "since {} ({})",
            clock.when(&start.when),
            start.source.words()
        )
    });
    let end = told(MilestoneKind::Restored);
    let end = end.map(|end| format!("to {} ({})", clock.when(&end.when), end.source.words()));
    format!(
        "{}, {}",
        start.as_deref().unwrap_or("no start is on record"),
        end.as_deref().unwrap_or("no end is on record")
    )
}

fn verdict(page: &mut Page, clock: Clock, explanation: &Explanation) {
    let lead = format!("   {}: ", explanation.verdict.word().to_uppercase());
    let mut words = explanation.sentence.clone();
    if let Some(ratio) = explanation.in_flight_ratio {
        words += &format!(", in flight {}", times(ratio));
    }
    if let Some(s) = explanation
        .limit
        .as_ref()
        .and_then(|limit| limit.time_to_limit_s)
    {
        words += &format!(
            "; the limit was reached {} after the climb began",
            seconds(s)
        );
    }
    words += &clock.sources(&explanation.evidence);
    page.flow(Paint::Bold, &lead, 6, &words);
}

/// What users lost; `None` where nothing of it is known.
fn impact(impact: &Impact, slo: f64) -> Option<String> {
    let known = |x: Option<f64>| x.filter(|x| x.is_finite());
    let parts = [
        known(impact.failed_requests)
            .map(|n| format!("{} failed requests above baseline", number(n))),
        impact
            .clients
            .map(|n| format!("{} clients hit", number(n as f64))),
        impact
            .user_minutes
            .map(|n| format!("{} user-minutes", number(n as f64))),
        known(impact.excess_seconds).map(|s| format!("{} waited above baseline", seconds(s))),
        known(impact.slo_budget_share).map(|share| {
            format!(
                "{} of the error budget at SLO {}",
                percent(share),
                percent_exact(slo)
            )
        }),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// A target is not rounded: 99.95 % is not 99.9 %.
fn percent_exact(share: f64) -> String {
    let text = format!("{:.4}", share * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// Who or what makes up the excess.
pub fn contributors(page: &mut Page, clock: Clock, incident: &Incident) {
    if incident.contributors.is_empty() {
        return;
    }
    page.heading("who or what makes up the excess");
    for contributor in incident.contributors.iter().take(SHOWN_MAX) {
        page.flow(Paint::Dim, "  ", 4, &contributor_words(contributor));
        let what = &contributor.counterfactual;
        let value = |x: f64| amount(x, what.unit);
        let words = format!(
            "without it: {} becomes {}, baseline {}",
            value(what.observed),
            value(what.without),
            value(what.expected)
        );
        page.item("      ", &(words + &clock.sources(&contributor.evidence)));
    }
    more(page, incident.contributors.len());
}

fn contributor_words(contributor: &Contributor) -> String {
    let dimensions: Vec<String> = contributor
        .dimensions
        .iter()
        .map(|(dimension, value)| format!("{dimension} = {value}"))
        .collect();
    format!(
        "{} of the excess in {}: {} ({} its baseline, {} events)",
        percent(contributor.share_of_excess),
        contributor.signal,
        dimensions.join(", "),
        times(contributor.risk_ratio),
        number(contributor.events as f64),
    )
}

/// Changes before it. None is called the cause.
pub fn causes(page: &mut Page, clock: Clock, incident: &Incident) {
    if incident.causes.is_empty() {
        return;
    }
    page.heading("preceded by (in time; not proven to be the cause)");
    for cause in incident.causes.iter().take(SHOWN_MAX) {
        let what = match cause.window {
            1 => "impact".to_owned(),
            n => format!("window {n}"),
        };
        let lead = match cause.lead_s {
            lead if lead < 0.0 => format!("{} after {what} began", seconds(-lead)),
            lead => format!("{} before {what}", seconds(lead)),
        };
        let words = format!(
            "{}, {lead}, score {}: {}{}",
            clock.when(&cause.at),
            number(cause.score),
            cause.title,
            clock.sources(&cause.evidence)
        );
        page.flow(Paint::Bold, &format!("  {} ", cause.kind), 4, &words);
        reasons(page, "    supported by ", &cause.supported_by);
        reasons(page, "    contradicted by ", &cause.contradicted_by);
    }
    more(page, incident.causes.len());
}

fn reasons(page: &mut Page, lead: &str, reasons: &[String]) {
    if !reasons.is_empty() {
        page.flow(Paint::Bold, lead, 6, &reasons.join("; "));
    }
}

/// The anomalies that make the windows, strongest first.
pub fn signals(page: &mut Page, clock: Clock, snapshot: &Snapshot, incident: &Incident) {
    let of_windows = |id: &String| {
        incident
            .windows
            .iter()
            .any(|window| window.anomalies.contains(id))
    };
    let mut shown: Vec<_> = snapshot
        .anomalies
        .iter()
        .filter(|anomaly| of_windows(&anomaly.id))
        .collect();
    if shown.is_empty() {
        return;
    }
    shown.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    page.heading("what shows it");
    for anomaly in shown.iter().take(SHOWN_MAX) {
        super::sources::anomaly(page, clock, anomaly);
    }
    more(page, shown.len());
}

/// What was tested over the windows and found normal.
pub fn checks(page: &mut Page, incident: &Incident) {
    if incident.checks.is_empty() {
        return;
    }
    page.heading("checked, within baseline");
    for check in incident.checks.iter().take(2 * SHOWN_MAX) {
        let value = |x: f64| amount(x, &check.unit);
        let (observed, expected) = (value(check.observed), value(check.expected));
        let n = tied(&format!("n = {} buckets", number(check.n as f64)));
        let words = format!("{observed}, expected {expected} ({n})");
        page.flow(Paint::Dim, "  ", 4, &format!("{}: {words}", check.signal));
    }
    if incident.checks.len() > 2 * SHOWN_MAX {
        page.line(&format!(
            "  and {} more",
            incident.checks.len() - 2 * SHOWN_MAX
        ));
    }
}

fn more(page: &mut Page, n: usize) {
    if n > SHOWN_MAX {
        page.line(&format!("  and {} more", n - SHOWN_MAX));
    }
}
