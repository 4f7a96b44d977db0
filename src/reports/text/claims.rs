//! What people said and did: claims, attempts to mitigate, premature "it is over", conflicts.

use super::amended::who_when;
use super::records::record_lead;
use crate::analysis::{Concluded, Snapshot};
use crate::clock::Zone;
use crate::clock::words::length;
use crate::durations::{Claim, Measured};
use crate::incidents::Incident;
use crate::records::{ByHand, Milestone, MilestoneKind, Outcome};
use crate::reports::layout::{Page, Paint, padded};
use crate::reports::words::{Clock, percent, seconds, zone_words};

/// Attempts to mitigate, with how they ended.
pub fn mitigations(page: &mut Page, clock: Clock, incident: &Incident) {
    let attempts: Vec<&Milestone> = incident
        .milestones
        .iter()
        .filter(|milestone| is_attempt(milestone))
        .collect();
    if attempts.is_empty() {
        return;
    }
    page.heading("attempts to mitigate");
    for attempt in attempts {
        let (paint, outcome) = outcome(attempt.outcome);
        let by = attempt.source.words();
        let words = format!(
            "{} ({by}){}",
            said(attempt),
            clock.sources(attempt.evidence())
        );
        let lead = format!("  {} {outcome}: ", clock.when(&attempt.when));
        page.flow(paint, &lead, 4, &words);
    }
}

fn outcome(outcome: Option<Outcome>) -> (Paint, &'static str) {
    match outcome {
        Some(Outcome::Worked) => (Paint::Green, "worked"),
        Some(Outcome::Partial) => (Paint::Yellow, "worked in part"),
        Some(Outcome::Failed) => (Paint::Red, "failed"),
        Some(Outcome::Worsened) => (Paint::Red, "made it worse"),
        Some(Outcome::Temporary) => (Paint::Yellow, "worked for a time"),
        None => (Paint::Dim, "outcome not known"),
    }
}

/// All other claims about the incident in order of time, those of the logs among them.
/// Where nothing but records is at hand, UTC stands beside a local time that is another.
pub fn people(page: &mut Page, clock: Clock, incident: &Incident, alone: bool) {
    let claims: Vec<&Milestone> = incident
        .milestones
        .iter()
        .filter(|milestone| !is_attempt(milestone))
        .collect();
    if claims.is_empty() {
        return;
    }
    let both = alone && clock.zone != Zone::UTC;
    let zone = zone_words(clock.zone);
    page.heading(&match both {
        true => format!("what was said and seen: time in {zone}, then UTC"),
        false => "what was said and seen".to_owned(),
    });
    for claim in claims {
        milestone(page, clock, claim, both);
    }
}

fn is_attempt(milestone: &Milestone) -> bool {
    milestone.kind == MilestoneKind::MitigationAttempt
}

fn milestone(page: &mut Page, clock: Clock, milestone: &Milestone, both: bool) {
    let when = padded(&clock.when(&milestone.when), clock.cells());
    let utc = match both {
        true => format!("{} ", utc_of(clock, milestone.when.at_ns)),
        false => String::new(),
    };
    let lead = format!("  {when} {utc}{}  ", milestone.kind.letter());
    let mut words = format!("{}, {}", milestone.kind.name(), milestone.source.words());
    if let Some(fraction) = milestone.fraction {
        words += &format!(", to {} of the service", percent(fraction));
    }
    if let Some(outcome) = milestone.outcome.filter(|_| is_attempt(milestone)) {
        words += &format!(", {}", self::outcome(Some(outcome)).1);
    }
    if let Some(hand) = &milestone.hand {
        let what = match hand.what {
            ByHand::Marked => "",
            ByHand::Overrides => "overrides, ",
            ByHand::Retracted => "retracted, ",
        };
        words += &format!(" ({what}by {})", who_when(clock, hand));
        if !hand.why.is_empty() {
            words += &format!(", because {}", hand.why);
        }
    }
    if milestone.confidence < 0.995 {
        words += &format!(", {} sure", percent(milestone.confidence));
    }
    if !milestone.note.is_empty() {
        words += &format!(": {}", milestone.note);
    }
    page.item(&lead, &(words + &clock.sources(milestone.evidence())));
}

/// `04:46Z`, with the day where the report spans several or UTC has another than the local time.
fn utc_of(clock: Clock, ns: i64) -> String {
    let (local, utc) = (clock.zone.local(ns), Zone::UTC.local(ns));
    match clock.days || local.date() != utc.date() {
        true => utc.format("%-d %b %H:%MZ").to_string(),
        false => utc.format("%H:%MZ").to_string(),
    }
}

fn said(milestone: &Milestone) -> String {
    match milestone.note.as_str() {
        "" => "no words".to_owned(),
        note => note.to_owned(),
    }
}

/// Claims that it was over, before it came back.
pub fn premature(page: &mut Page, clock: Clock, concluded: &Concluded) {
    let milestones = &concluded.incident.milestones;
    let early = concluded.measured.premature.iter();
    let early: Vec<_> = early
        .filter_map(|one| Some((one, milestones.get(one.claim)?)))
        .collect();
    if early.is_empty() {
        return;
    }
    page.heading("said too early");
    for (premature, claim) in early {
        let (by, kind) = (claim.source.words(), claim.kind.name());
        let after = length(premature.reopened_after_ns);
        let words = format!(
            "{kind} ({by}), back after {after} in window w{}",
            premature.window + 1
        );
        let words = words + &clock.sources(claim.evidence());
        page.flow(
            Paint::Bold,
            &format!("  {} ", clock.when(&claim.when)),
            4,
            &words,
        );
    }
}

/// Claims about one milestone that disagree. Both sides are shown, never their mean.
pub fn conflicts(page: &mut Page, clock: Clock, measured: &Measured) {
    if measured.conflicts.is_empty() {
        return;
    }
    page.heading("conflicts");
    for conflict in &measured.conflicts {
        let side = |claim: &Claim| {
            let ttd = claim
                .ttd_s
                .map(|s| format!(", time to detect {}", seconds(s)));
            let (at, by) = (clock.at(claim.at_ns), claim.source.words());
            format!(
                "{at} ({by}{}){}",
                ttd.unwrap_or_default(),
                clock.sources(&claim.evidence)
            )
        };
        let sides: Vec<String> = conflict.claims.iter().map(side).collect();
        let words = format!(
            "{}; {} apart",
            sides.join(" against "),
            seconds(conflict.difference_s)
        );
        page.flow(
            Paint::Bold,
            &format!("  {}: ", conflict.kind.name()),
            4,
            &words,
        );
    }
}

/// The claims and changes of records, where there is no incident to join them to.
pub fn unjoined(page: &mut Page, clock: Clock, snapshot: &Snapshot) {
    for record in &snapshot.records {
        if record.milestones.is_empty() && record.changes.is_empty() {
            continue;
        }
        page.heading(&format!("what {} says", record_lead(record)));
        for claim in &record.milestones {
            milestone(page, clock, claim, false);
        }
        for change in &record.changes {
            let what = [change.kind.as_str(), &change.service, &change.status];
            let what: Vec<&str> = what.into_iter().filter(|word| !word.is_empty()).collect();
            let evidence = clock.sources(std::slice::from_ref(&change.evidence));
            let lead = format!("  {} C  ", padded(&clock.when(&change.when), clock.cells()));
            page.item(
                &lead,
                &format!("{}: {}{evidence}", what.join(", "), change.title),
            );
        }
    }
}
