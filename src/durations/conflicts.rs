//! Claims that disagree, and claims that it was over before it came back.

use super::choice::Chosen;
use super::per_window::about;
use super::{Claim, Conflict, Facts, Premature, Span};
use crate::clock::words::{length, rfc3339};
use crate::clock::{NS_PER_MIN, NS_PER_S, When};
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use MilestoneKind::{Closed, Detected, Identified, ImpactStart, Mitigated, Notified, Restored};

/// All conflicts, in lifecycle order, earlier ones first.
pub(super) fn conflicts(facts: &Facts, chosen: &Chosen) -> Vec<Conflict> {
    let tolerance = (2 * facts.bucket_ns).max(5 * NS_PER_MIN);
    let mut found = Vec::new();
    found.extend(against_logs(facts, ImpactStart, tolerance));
    found.extend(detections(facts, chosen, tolerance));
    let hypotheses = claims(facts.milestones, &[Identified]);
    found.extend(spread(Identified, hypotheses, None, tolerance));
    let mitigated = lasts(facts.milestones, Mitigated);
    found.extend(spread(Mitigated, mitigated, None, tolerance));
    found.extend(against_logs(facts, Restored, tolerance));
    found
}

/// Detections that disagree, window by window: who noticed the second outage does not contradict
/// who noticed the first. A claim is about the window that it is in, or else the nearest.
fn detections(facts: &Facts, chosen: &Chosen, tolerance: i64) -> Vec<Conflict> {
    let all = claims(facts.milestones, &[Detected, Notified]);
    let windows = &chosen.windows;
    let parts = match windows.len() {
        0 | 1 => vec![None],
        n => (0..n).map(Some).collect(),
    };
    // Once for each claim: a long record has thousands of both.
    let places: Vec<Option<usize>> = match parts.len() {
        1 => vec![None; all.len()],
        _ => all
            .iter()
            .map(|claim| about(windows, claim.at_ns))
            .collect(),
    };
    let part = |window: Option<usize>| {
        let placed = all.iter().zip(&places);
        let mine: Vec<Claim> = placed
            .filter(|(_, place)| **place == window)
            .map(|(claim, _)| claim.clone())
            .collect();
        let first = chosen.when(ImpactStart);
        let start = match window.filter(|&w| w > 0) {
            Some(w) => Some(&windows[w].start),
            None => first,
        };
        let start = start.filter(|when| when.censor.is_none());
        spread(Detected, firsts(facts.milestones, mine), start, tolerance)
    };
    parts.into_iter().filter_map(part).collect()
}

/// Claims of "restored" or "closed" that a later window contradicts, in order of the claims.
pub(super) fn premature(milestones: &[Milestone], windows: &[Span]) -> Vec<Premature> {
    let Some(first) = windows.first() else {
        return Vec::new();
    };
    let over = milestones.iter().enumerate().filter(|(_, m)| {
        matches!(m.kind, Restored | Closed)
            && m.source != ClaimSource::Log
            && m.when.censor.is_none()
            && m.is_claim()
    });
    over.filter(|(_, m)| m.when.at_ns >= first.start.lo_ns)
        .filter_map(|(claim, m)| {
            let window = windows.iter().position(|w| w.start.lo_ns > m.when.hi_ns)?;
            let reopened_after_ns = windows[window].start.at_ns - m.when.at_ns;
            Some(Premature {
                claim,
                window,
                reopened_after_ns,
            })
        })
        .collect()
}

fn claim((i, m): (usize, &Milestone)) -> Claim {
    let (at_ns, evidence) = (m.when.at_ns, m.evidence().to_vec());
    Claim {
        at_ns,
        kind: m.kind,
        source: m.source,
        claim: Some(i),
        ttd_s: None,
        evidence,
    }
}

/// The claims of some kinds, earliest first. A bound contradicts nobody and is left out.
fn claims(milestones: &[Milestone], kinds: &[MilestoneKind]) -> Vec<Claim> {
    let about = milestones
        .iter()
        .enumerate()
        .filter(|(_, m)| kinds.contains(&m.kind) && m.when.censor.is_none() && m.is_claim());
    let mut claims: Vec<Claim> = about.map(claim).collect();
    claims.sort_by_key(|c| (c.at_ns, c.kind, c.source));
    claims
}

/// Who makes a claim: its source, and of marks by hand the person.
fn speaker<'a>(milestones: &'a [Milestone], claim: &Claim) -> (ClaimSource, &'a str) {
    let hand = claim.claim.and_then(|i| milestones.get(i)?.hand.as_ref());
    (claim.source, hand.map_or("", |hand| hand.who.as_str()))
}

/// The earliest claim of each speaker and kind: later ones only repeat it.
fn firsts(milestones: &[Milestone], mut kept: Vec<Claim>) -> Vec<Claim> {
    let mut seen = Vec::new();
    kept.retain(|c| {
        let who = (speaker(milestones, c), c.kind);
        let is_new = !seen.contains(&who);
        seen.push(who);
        is_new
    });
    kept
}

/// The latest claim of each speaker.
fn lasts(milestones: &[Milestone], kind: MilestoneKind) -> Vec<Claim> {
    let all = claims(milestones, &[kind]);
    let is_last = |i: usize| {
        !all[i + 1..]
            .iter()
            .any(|later| speaker(milestones, later) == speaker(milestones, &all[i]))
    };
    (0..all.len())
        .filter(|&i| is_last(i))
        .map(|i| all[i].clone())
        .collect()
}

fn spread(
    kind: MilestoneKind,
    mut claims: Vec<Claim>,
    start: Option<&When>,
    tolerance: i64,
) -> Option<Conflict> {
    let (first, last) = (claims.first()?.at_ns, claims.last()?.at_ns);
    if last - first <= tolerance {
        return None;
    }
    if let (Detected, Some(start)) = (kind, start) {
        for claim in &mut claims {
            claim.ttd_s = Some((claim.at_ns - start.at_ns) as f64 / NS_PER_S as f64);
        }
    }
    let says = |c: &Claim| {
        let kind = if c.kind == kind {
            String::new()
        } else {
            format!(", {}", c.kind.name())
        };
        format!("{} ({}{kind})", rfc3339(c.at_ns), c.source.words())
    };
    let all = claims.iter().map(says).collect::<Vec<_>>().join(" or ");
    let words = format!("{}: {all}, {} apart", kind.name(), length(last - first));
    let difference_s = (last - first) as f64 / NS_PER_S as f64;
    Some(Conflict {
        kind,
        claims,
        difference_s,
        words,
    })
}

/// People's claims against the nearest window's edge; without windows from logs, one source
/// against another.
fn against_logs(facts: &Facts, kind: MilestoneKind, tolerance: i64) -> Vec<Conflict> {
    let edge = |window: &Span| {
        if kind == ImpactStart {
            window.start
        } else {
            window.end
        }
    };
    let people = |c: &Claim| c.source != ClaimSource::Log;
    if facts.windows.is_empty() {
        let one_each = if kind == ImpactStart {
            firsts(facts.milestones, claims(facts.milestones, &[kind]))
        } else {
            lasts(facts.milestones, kind)
        };
        return spread(kind, one_each, None, tolerance)
            .into_iter()
            .collect();
    }
    // The logs' own edges: what people overrode is not what the logs say.
    let edges: Vec<When> = facts
        .windows
        .iter()
        .map(edge)
        .filter(|edge| edge.censor.is_none())
        .collect();
    let said = claims(facts.milestones, &[kind]).into_iter().filter(people);
    said.filter_map(|said| {
        let near = edges
            .iter()
            .min_by_key(|edge| edge.at_ns.abs_diff(said.at_ns))?;
        let mut pair = vec![logged(facts.milestones, kind, near), said];
        pair.sort_by_key(|c| c.at_ns);
        spread(kind, pair, None, tolerance)
    })
    .collect()
}

fn logged(milestones: &[Milestone], kind: MilestoneKind, edge: &When) -> Claim {
    let own = milestones.iter().enumerate().find(|(_, m)| {
        m.kind == kind && m.source == ClaimSource::Log && m.when.at_ns == edge.at_ns
    });
    let bare = Claim {
        at_ns: edge.at_ns,
        kind,
        source: ClaimSource::Log,
        claim: None,
        ttd_s: None,
        evidence: Vec::new(),
    };
    own.map_or(bare, claim)
}
