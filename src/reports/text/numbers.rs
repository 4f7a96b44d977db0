//! Windows and durations of one incident, each with the clocks it was read from.
//!
//! All lengths come from `durations`; here they are only written down.

use crate::analysis::{Concluded, Snapshot};
use crate::clock::words::length;
use crate::clock::{Censor, When};
use crate::durations::windows::sensitivity_words;
use crate::durations::{Choice, Conflict, Duration, Measured, Order, Span, Status, between};
use crate::incidents::build::exhaustion_gap_ns;
use crate::records::{ClaimSource, MilestoneKind};
use crate::reports::layout::{Page, Paint, padded};
use crate::reports::words::{Clock, amount};

/// Cells for a duration in its table; a longer one leads its clocks' text.
const VALUE_WIDTH: usize = 16;

/// The stretches of impact, how many there are at other gaps, and what is normal between them.
pub fn windows(page: &mut Page, clock: Clock, snapshot: &Snapshot, concluded: &Concluded) {
    let windows = &concluded.measured.windows;
    if windows.is_empty() {
        return;
    }
    page.heading("windows of impact");
    for (i, window) in windows.iter().enumerate() {
        let start = padded(&clock.when(&window.start), clock.cells());
        let end = match window.end.censor {
            Some(Censor::Unconfirmed) => clock.when(&window.end),
            Some(_) => format!("not over at {}", clock.at(window.end.at_ns)),
            None => clock.when(&window.end),
        };
        let (lead, length) = (
            format!("  w{:<3}", i + 1),
            length_and_kind(concluded, window),
        );
        let row = format!("{lead}{start} -> {}  {length}", padded(&end, clock.cells()));
        match row.chars().count() <= page.width() {
            true => page.line(&row),
            false => page.item(&lead, &format!("{} -> {end}, {length}", start.trim_end())),
        }
    }
    page_windows(page, &concluded.measured);
    if !concluded.measured.gaps.is_empty() {
        let gaps: Vec<String> = concluded
            .measured
            .gaps
            .iter()
            .map(ToString::to_string)
            .collect();
        page.item("  ", &format!("well between them: {}", gaps.join("; ")));
    }
    let (gap, group, exhaustion) = (
        length(snapshot.window_gap_ns),
        length(snapshot.group_gap_ns),
        length(exhaustion_gap_ns(snapshot.group_gap_ns)),
    );
    page.item("  ", &sensitivity_words(&concluded.measured.sensitivity));
    let limit = concluded.incident.explanation.limit.as_ref();
    let again = match limit.filter(|limit| !limit.climbs.is_empty()) {
        Some(_) => {
            format!(", those of one resource that runs to its limit again within {exhaustion}")
        }
        None => String::new(),
    };
    page.item("  ", &format!("a shorter good stretch than {gap} ends no window; windows within {group} are one incident{again}"));
}

/// What each of several windows took, from its own start and by the claims about it.
fn page_windows(page: &mut Page, measured: &Measured) {
    const NAMES: [&str; 5] = ["ttn", "ttd", "tta", "tti", "ttm"];
    for (i, durations) in measured.of_windows.iter().enumerate() {
        let known = NAMES.iter().filter_map(|name| {
            let duration = durations.get(name)?;
            let stated = !matches!(duration.status, Status::Missing | Status::DataError);
            // An alert alone shows nobody who knew.
            let assumed = duration.reason.as_deref() == Some("assumed_delivered");
            let early = duration.seconds.is_some_and(|s| s < 0.0);
            let early = if early { " (before impact)" } else { "" };
            (stated && !assumed).then(|| format!("{name} {duration}{early}"))
        });
        let known: Vec<String> = known.collect();
        // When it was mitigated alone says no more than the window's end.
        if known.len() > 1 {
            page.item(&format!("  w{:<3}", i + 1), &known.join(", "));
        }
    }
}

/// The length, and the kind where windows of both kinds are there.
fn length_and_kind(concluded: &Concluded, window: &Span) -> String {
    let windows = &concluded.incident.windows;
    let same = windows.windows(2).all(|pair| pair[0].kind == pair[1].kind);
    let mine = windows.iter().find(|one| one.start == window.start);
    match mine.filter(|_| !same) {
        Some(mine) => format!("{}  {}", window_length(window), mine.kind.word()),
        None => window_length(window).to_string(),
    }
}

fn window_length(window: &Span) -> Duration {
    let (start, end) = (MilestoneKind::ImpactStart, MilestoneKind::Restored);
    between(
        (start, Some(&window.start)),
        (end, Some(&window.end)),
        Order::Required,
    )
}

/// How a missing duration is written.
const ABSENT: &str = "n/a (missing: ";

/// Every duration with its clocks; those without a number are grouped by what is missing.
pub fn durations(page: &mut Page, clock: Clock, measured: &Measured) {
    page.heading("how long it took");
    let known =
        |duration: &Duration| !matches!(duration.status, Status::Missing | Status::DataError);
    for (name, duration) in measured
        .durations
        .0
        .iter()
        .filter(|(_, duration)| known(duration))
    {
        let (lead, value) = (format!("  {name:<20}"), duration.to_string());
        let clocks = clocks(clock, name, duration, measured);
        match value.chars().count() <= VALUE_WIDTH {
            true => page.item(&format!("{lead}{} ", padded(&value, VALUE_WIDTH)), &clocks),
            false => page.item(&lead, &format!("{value}, {clocks}")),
        }
    }
    let mut absent: Vec<(String, Vec<&str>)> = Vec::new();
    for (name, duration) in measured
        .durations
        .0
        .iter()
        .filter(|(_, duration)| !known(duration))
    {
        let words = duration.to_string();
        match absent.iter_mut().find(|(other, _)| *other == words) {
            Some((_, names)) => names.push(name),
            None => absent.push((words, vec![name])),
        }
    }
    // What is merely not on record is one paragraph; what cannot be is said apart.
    let (missing, wrong): (Vec<_>, Vec<_>) = absent
        .into_iter()
        .partition(|(words, _)| words.starts_with(ABSENT));
    for (words, names) in wrong {
        page.flow(
            Paint::Yellow,
            "  ",
            4,
            &format!("{}: {words}", names.join(", ")),
        );
    }
    let group = |(words, names): &(String, Vec<&str>)| {
        let why = words
            .strip_prefix(ABSENT)
            .unwrap_or("")
            .trim_end_matches(')');
        format!("{} ({why})", names.join(", "))
    };
    let groups: Vec<String> = missing.iter().map(group).collect();
    if !groups.is_empty() {
        let lead = "  n/a, with what is missing: ";
        page.flow(Paint::Dim, lead, 4, &groups.join("; "));
    }
    for note in &measured.notes {
        page.flow(Paint::Dim, "  note: ", 4, note);
    }
}

/// `impact_start 15:35:10 ±10 s (logs) -> detected 15:40:00 (status post)`.
fn clocks(clock: Clock, name: &str, duration: &Duration, measured: &Measured) -> String {
    let end = |kind: MilestoneKind| match measured.chosen.iter().find(|choice| choice.kind == kind)
    {
        Some(choice) => format!(
            "{} {} ({})",
            kind.name(),
            clock.when(&choice.when),
            said(choice)
        ),
        None => kind.name().to_owned(),
    };
    let mut words = match (formula(name), duration.from, duration.to) {
        (Some(formula), ..) => formula.to_owned(),
        (None, Some(from), Some(to)) => format!("{} -> {}", end(from), end(to)),
        (None, ..) => String::new(),
    };
    if let Some(reason) = &duration.reason {
        words += &format!("; {reason}");
    }
    words
}

fn said(choice: &Choice) -> String {
    match choice.assumed {
        Some(assumed) => format!("{}, {}", choice.source.words(), assumed.replace('_', " ")),
        None => choice.source.words().to_owned(),
    }
}

/// What a duration that is not from one instant to another adds up.
fn formula(name: &str) -> Option<&'static str> {
    match name {
        "downtime" => Some("all windows together"),
        "effective_downtime" => {
            Some("full-outage minutes: share of service lost, summed over windows")
        }
        _ => None,
    }
}

/// When it was noticed against when it could have been; the latter are no records of anything.
pub fn detection_gap(page: &mut Page, clock: Clock, snapshot: &Snapshot, concluded: &Concluded) {
    let measured = &concluded.measured;
    let mut words = vec![noticed(clock, measured)];
    let start = measured.windows.first().map(|window| window.start);
    let after = |ns: i64| {
        let (from, to) = (
            (MilestoneKind::ImpactStart, start.as_ref()),
            When::exact(ns),
        );
        between(
            from,
            (MilestoneKind::Detected, Some(&to)),
            Order::Legal("before impact"),
        )
    };
    if let Some(ns) = concluded.incident.detectable_at_ns {
        words.push(match start.map(|start| start.at_ns - ns) {
            Some(early) if early > 0 => {
                format!(
                    "the detector of rfo would have flagged it {} before impact",
                    length(early)
                )
            }
            _ => format!(
                "the detector of rfo would have flagged it after {}",
                plain(&after(ns))
            ),
        });
    }
    if let Some(ns) = concluded.burn_alert_at_ns {
        let slo = amount(snapshot.slo * 100.0, "%");
        words.push(format!(
            "a burn-rate page (SLO {slo}) would have fired after {}",
            plain(&after(ns))
        ));
    }
    if words.len() == 1 && measured.durations.get("ttd").is_none() {
        return;
    }
    let counterfactual = if words.len() > 1 {
        " (counterfactual, from the logs)"
    } else {
        ""
    };
    page.heading("detection");
    page.item("  ", &format!("{}{counterfactual}.", words.join("; ")));
}

fn noticed(clock: Clock, measured: &Measured) -> String {
    let choice = measured
        .chosen
        .iter()
        .find(|choice| choice.kind == MilestoneKind::Detected);
    let ttd = match (measured.durations.get("ttd"), choice) {
        (Some(ttd), _) if ttd.seconds.is_some() => ttd,
        (Some(ttd), Some(choice)) => {
            return format!(
                "It was noticed {} ({}); time to detect is {ttd}",
                clock.when(&choice.when),
                said(choice)
            );
        }
        _ => return "When people noticed is not on record".to_owned(),
    };
    let who = match choice.map(|choice| choice.source) {
        Some(ClaimSource::Pager) => "Your page came",
        Some(ClaimSource::StatusPage) => "The first status post that knows of it came",
        Some(ClaimSource::Chat) => "The first chat message came",
        Some(ClaimSource::Human) => "Detection was marked",
        _ => "It was detected",
    };
    let mut words = match ttd.seconds {
        Some(s) if s < 0.0 => format!("{who} before impact ({ttd})"),
        _ => format!("{who} {ttd} after impact"),
    };
    let of_detection = |one: &&Conflict| one.kind == MilestoneKind::Detected;
    let conflict = measured.conflicts.iter().find(of_detection);
    let last = conflict.and_then(|one| one.claims.iter().rfind(|claim| claim.ttd_s.is_some()));
    if let Some((claim, s)) = last.and_then(|claim| Some((claim, claim.ttd_s?))) {
        let (after, by) = (crate::reports::words::seconds(s), claim.source.words());
        words += &format!(", or {after} after it by another record ({by}; see conflicts)");
    }
    words
}

/// The best value alone: the margin is that of the start, which is printed beside.
fn plain(duration: &Duration) -> String {
    match (duration.status, duration.seconds) {
        (Status::Exact | Status::Interval, Some(s)) => crate::reports::words::seconds(s),
        _ => duration.to_string(),
    }
}
