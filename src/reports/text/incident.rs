//! One incident in words: what, since when, how bad, what kind, who, what preceded it, and what
//! was normal.

use std::collections::BTreeMap;

use super::paint_of;
use crate::analysis::{Concluded, Snapshot};
use crate::durations::{Measured, Status};
use crate::incidents::decomposition::Decomposition;
use crate::incidents::state::recovery;
use crate::incidents::{Contributor, Explanation, Impact, Incident, how_bad};
use crate::records::MilestoneKind;
use crate::reports::layout::{Page, Paint};
use crate::reports::words::{Clock, amount, number, percent, plural, seconds, tied, times};
use crate::series::Role;

/// Where the requests took less than this many times their usual time in all, no extra time is
/// there to be split.
const MORE_WORK: f64 = 1.1;
/// Contributors, causes, signals and checks shown at most; the rest is counted.
const SHOWN_MAX: usize = 8;

/// State, title, since when, verdict and impact: what fits on a first screen.
pub fn headline(page: &mut Page, clock: Clock, snapshot: &Snapshot, concluded: &Concluded) {
    let incident = &concluded.incident;
    let state = incident.state.word().to_uppercase();
    let severity = match how_bad::is_told(incident) {
        true => "severity not known",
        false => incident.severity.word(),
    };
    let lead = format!("{} {state} ({severity})  ", incident.id);
    page.line("");
    page.flow(paint_of(incident.state), &lead, 3, &incident.title);
    page.item("   ", &since(clock, snapshot, concluded));
    verdict(page, clock, &incident.explanation);
    if let Some(words) = impact(&incident.impact, snapshot.slo) {
        page.flow(Paint::Bold, "   lost: ", 6, &words);
    }
}

/// `since 15:35:10 ±10 s, to 17:22:30; 4 windows; down 34 min`; while it recovers `back 17:22:30,
/// confirmed at 17:32:30 if nothing comes back`.
fn since(clock: Clock, snapshot: &Snapshot, concluded: &Concluded) -> String {
    let windows = &concluded.measured.windows;
    let mut words = match windows.first() {
        Some(first) => format!("since {}", clock.when(&first.start)),
        None => told(clock, &concluded.measured),
    };
    if let Some(last) = windows.last().filter(|last| last.end.censor.is_none()) {
        words += &format!(", to {}", clock.when(&last.end));
    }
    let grid = snapshot.grid;
    if let Some(recovery) = grid.and_then(|grid| recovery(&concluded.incident, grid.width)) {
        let (back, confirmed) = (clock.at(recovery.back_ns), clock.at(recovery.confirmed_ns));
        words += &format!(", back {back}, confirmed at {confirmed} if nothing comes back");
    }
    if windows.len() > 1 {
        words += &format!("; {}", plural(windows.len(), "window"));
    }
    let down = concluded.measured.durations.get("downtime");
    if let Some(down) = down.filter(|down| down.status != Status::Missing) {
        let incident = &concluded.incident;
        let part = how_bad::down_words(incident);
        let part = part.map_or(String::new(), |part| format!(", of it {part}"));
        words += &format!("; {} {down}{part}", how_bad::word(incident));
    }
    words
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
    let limit = explanation.limit.as_ref();
    let climbs = limit.map_or(&[][..], |limit| &limit.climbs);
    if let (Some(s), ..=1) = (limit.and_then(|one| one.time_to_limit_s), climbs.len()) {
        words += &format!(
            "; the limit was reached {} after the climb began",
            seconds(s)
        );
    }
    words += &clock.sources(&explanation.evidence);
    page.flow(Paint::Bold, &lead, 6, &words);
    let more = |parts: &&Decomposition| parts.observed_s >= MORE_WORK * parts.expected_s;
    if let Some(parts) = explanation.decomposition.as_ref().filter(more) {
        page.item("      ", &extra_time(parts));
    }
}

/// Every climb of a resource to its limit, and how long before the limit it could be foreseen.
pub fn climbs(page: &mut Page, clock: Clock, explanation: &Explanation) {
    let Some(limit) = explanation
        .limit
        .as_ref()
        .filter(|one| !one.climbs.is_empty())
    else {
        return;
    };
    page.heading(&format!("climbs to the limit of {}", limit.signal));
    for climb in limit.climbs.iter().take(SHOWN_MAX) {
        let foreseen = match climb.warning_s {
            s if s > 0.0 => format!(
                "foreseen at {}, {} before, for {}",
                clock.at(climb.flagged_at_ns),
                seconds(s),
                clock.when(&climb.foreseen)
            ),
            s => format!("flagged {} after it", seconds(-s)),
        };
        let words = format!(
            "from {}, full at {} after {}; {foreseen}",
            clock.when(&climb.start),
            clock.at(climb.reached_at_ns),
            seconds(climb.time_to_limit_s)
        );
        page.item("  ", &words);
    }
    more(page, limit.climbs.len());
}

/// What users lost; `None` where nothing of it is known.
fn impact(impact: &Impact, slo: f64) -> Option<String> {
    let known = |x: Option<f64>| x.filter(|x| x.is_finite());
    let parts = [
        known(impact.failed_requests).map(|n| match n < 0.5 {
            true => "no request failed above baseline".to_owned(),
            false => format!("{} failed requests above baseline", number(n)),
        }),
        impact.clients.map(|n| match n {
            1 => "1 client hit".to_owned(),
            n => format!("{} clients hit", number(n as f64)),
        }),
        impact
            .user_minutes
            .map(|n| format!("{} user-minutes", number(n as f64))),
        known(impact.excess_seconds)
            .filter(|s| *s > 0.0)
            .map(|s| format!("{} waited above baseline", seconds(s))),
        known(impact.slo_budget_share)
            .filter(|share| *share > 0.0)
            .map(|share| budget(share, slo)),
    ];
    let known: Vec<String> = parts.into_iter().flatten().collect();
    (!known.is_empty()).then(|| known.join(", "))
}

/// The budget is that of all requests in the logs.
fn budget(share: f64, slo: f64) -> String {
    let slo = percent_exact(slo);
    match share >= 2.0 {
        true => format!(
            "{} times the error budget of these logs at SLO {slo}",
            number(share)
        ),
        false => format!(
            "{} of the error budget of these logs at SLO {slo}",
            percent(share)
        ),
    }
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
    for one in incident.contributors.iter().take(SHOWN_MAX) {
        contributor(page, clock, one, 2);
    }
    more(page, incident.contributors.len());
}

/// One contributor, and the signal without it; `indent` cells to the right.
pub fn contributor(page: &mut Page, clock: Clock, contributor: &Contributor, indent: usize) {
    let words = contributor_words(contributor);
    page.flow(Paint::Dim, &" ".repeat(indent), indent + 2, &words);
    let what = &contributor.counterfactual;
    let without = |unit: &str, [observed, without, expected]: [f64; 3]| {
        let value = |x: f64| amount(x, unit);
        let (observed, without) = (value(observed), value(without));
        format!("{observed} becomes {without}, baseline {}", value(expected))
    };
    let figures = [what.observed, what.without, what.expected];
    let mut words = format!("without it: {}", without(what.unit, figures));
    if let Some(p99) = what.p99 {
        let figures = [p99.observed_s, p99.without_s, p99.expected_s];
        words += &format!("; p99 {}", without("s", figures));
    }
    words += &clock.sources(&contributor.evidence);
    page.item(&" ".repeat(indent + 4), &words);
}

/// `extra time 7,364 s (x15.2) = traffic 91 s (x1.02) + mix 6.57 s (x1) + cost 7,266 s (x14.8)`.
pub fn extra_time(parts: &Decomposition) -> String {
    let part = |name: &str, s: f64, ratio: f64| {
        let words = format!("{name} {} s ({})", number(s), times(ratio));
        tied(&words)
    };
    let extra = part(
        "extra time",
        parts.observed_s - parts.expected_s,
        parts.observed_s / parts.expected_s,
    );
    let by = parts.by.as_ref().map(|by| format!(", by {by}"));
    format!(
        "{extra} = {} + {} + {}{}",
        part("traffic", parts.traffic_s, parts.traffic_ratio),
        part("mix", parts.mix_s, parts.mix_ratio),
        part("cost", parts.cost_s, parts.cost_ratio),
        by.unwrap_or_default()
    )
}

fn contributor_words(contributor: &Contributor) -> String {
    let dimensions: Vec<String> = contributor
        .dimensions
        .iter()
        .map(|(dimension, value)| format!("{dimension} = {value}"))
        .collect();
    let of = match contributor.counterfactual.unit {
        "s" => "extra seconds",
        _ => "excess",
    };
    format!(
        "{} of the {of} in {}: {} ({} its baseline, {} events)",
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

/// The anomalies that make the windows: of each signal the strongest, what users feel first; then
/// what its other entities and windows show.
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
    // Whole signals first: many entities would crowd them out.
    shown.sort_by(|a, b| {
        let by_score = || b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id));
        a.is_entity().cmp(&b.is_entity()).then_with(by_score)
    });
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let mut shown: Vec<_> = shown
        .into_iter()
        .map(|one| {
            // Latency has a signal for each of its quantiles.
            let (name, _) = one
                .signal
                .name
                .split_once(" over ")
                .unwrap_or((&one.signal.name, ""));
            let times = seen.entry((&one.signal.source, name)).or_default();
            *times += 1;
            (*times, one.signal.role, one)
        })
        .collect();
    shown.sort_by_key(|(times, role, one)| (one.is_entity(), *times, *role != Role::UserFacing));
    page.heading("what shows it");
    for (.., anomaly) in shown.iter().take(SHOWN_MAX) {
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
        // The hour before is what all others are compared with.
        let against = match check.against.as_str() {
            "the hour before" => String::new(),
            other => format!(", {other}"),
        };
        let words = format!("{observed}, expected {expected}{against} ({n})");
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
