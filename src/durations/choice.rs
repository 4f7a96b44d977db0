//! Which claim is taken for each milestone, and the windows that people's claims make.
//!
//! Impact, mitigation and recovery: the logs first, then people. Detection is
//! `min(notified, first recorded human awareness)`; an alert alone is only assumed delivered.

use std::cmp::Reverse;

use super::amended;
use super::interval::settle;
use super::{Choice, Facts, Span};
use crate::clock::{Censor, When};
use crate::incidents::state::confirm_ns;
use crate::records::{ClaimSource, Milestone, MilestoneKind};
use MilestoneKind::{
    Acknowledged, AlertFired, Change, Closed, Detected, Engaged, Fixed, Identified, ImpactStart,
    Mitigated, MitigationAttempt, Notified, PartialRecovery, Restored,
};

/// Milestones in an order that cannot be otherwise.
const LEGAL: [(MilestoneKind, MilestoneKind); 8] = [
    (ImpactStart, Mitigated),
    (Mitigated, Restored),
    (ImpactStart, Restored),
    (AlertFired, Notified),
    (Notified, Acknowledged),
    (AlertFired, Acknowledged),
    (Detected, Acknowledged),
    (ImpactStart, Identified),
];

/// What was taken for each milestone.
pub(super) struct Chosen {
    pub list: Vec<Choice>,
    /// The logs' windows, or those that claims make, in order.
    pub windows: Vec<Span>,
    /// Claims tell of one more window that nobody says ended.
    pub unclosed: bool,
    pub notes: Vec<String>,
}

impl Chosen {
    pub(super) fn get(&self, kind: MilestoneKind) -> Option<&Choice> {
        self.list.iter().find(|choice| choice.kind == kind)
    }

    pub(super) fn when(&self, kind: MilestoneKind) -> Option<&When> {
        self.get(kind).map(|choice| &choice.when)
    }
}

/// Chooses, then moves each `at` inside its own interval to where the legal order puts it. What
/// people overrode is taken whatever others say.
pub(super) fn choose(facts: &Facts) -> Chosen {
    choose_with(facts, true)
}

/// The same as if nobody had overridden anything.
pub(super) fn choose_computed(facts: &Facts) -> Chosen {
    choose_with(facts, false)
}

fn choose_with(facts: &Facts, overridden: bool) -> Chosen {
    let mut notes = Vec::new();
    let (windows, unclosed) = match facts.windows {
        [] => from_claims(facts.milestones, overridden),
        found => (sorted(found), false),
    };
    let windows = match overridden {
        true => amended::moved(windows, facts.milestones),
        false => windows,
    };
    let detected = detected(facts.milestones);
    let start = impact_start(facts, &windows, detected.as_ref());
    let candidates = [
        change(facts, start.as_ref().map(|choice| &choice.when), &mut notes),
        start,
        first(facts.milestones, AlertFired),
        first(facts.milestones, Notified),
        detected,
        first(facts.milestones, Acknowledged),
        first(facts.milestones, Engaged),
        identified(facts.milestones),
        last(facts.milestones, MitigationAttempt),
        last(facts.milestones, PartialRecovery),
        mitigated(facts, &windows),
        restored(facts, &windows, unclosed),
        last(facts.milestones, Closed),
        last(facts.milestones, Fixed),
    ];
    let mut list: Vec<Choice> = candidates.into_iter().flatten().collect();
    if overridden {
        amended::put(&mut list, facts.milestones);
    }
    notes.extend(list.iter().filter_map(assumption_words));
    refine(&mut list);
    Chosen {
        list,
        windows,
        unclosed,
        notes,
    }
}

fn assumption_words(choice: &Choice) -> Option<String> {
    match choice.assumed? {
        "assumed_delivered" => {
            Some("detected: only the alert is known, its delivery is assumed".into())
        }
        _ => Some("impact_start: not stated; impact was on when it was detected".into()),
    }
}

fn sorted(windows: &[Span]) -> Vec<Span> {
    let mut sorted = windows.to_vec();
    sorted.sort_by_key(|w| (w.start.at_ns, w.end.at_ns));
    sorted
}

/// Logs before people; among people, marks by hand, then reports, then what was said at the time.
fn rank(source: ClaimSource) -> u8 {
    match source {
        ClaimSource::Log => 0,
        ClaimSource::Deploys => 1,
        ClaimSource::Human => 2,
        ClaimSource::Text => 3,
        ClaimSource::StatusPage => 4,
        ClaimSource::Chat => 5,
        ClaimSource::Pager => 6,
    }
}

fn of(milestones: &[Milestone], kind: MilestoneKind) -> impl Iterator<Item = (usize, &Milestone)> {
    milestones
        .iter()
        .enumerate()
        .filter(move |(_, m)| m.kind == kind && m.is_claim())
}

fn taken((i, milestone): (usize, &Milestone)) -> Choice {
    let Milestone {
        kind, when, source, ..
    } = *milestone;
    Choice {
        kind,
        when,
        source,
        claim: Some(i),
        assumed: None,
    }
}

/// The earliest claim of anyone; of those that may mean the same instant the most exact.
fn first(milestones: &[Milestone], kind: MilestoneKind) -> Option<Choice> {
    let (_, earliest) = of(milestones, kind).min_by_key(|(_, m)| (m.when.at_ns, rank(m.source)))?;
    let same = |m: &Milestone| {
        let open = m.when.censor.or(earliest.when.censor).is_some();
        m.when == earliest.when || !open && m.when.lo_ns <= earliest.when.hi_ns
    };
    of(milestones, kind)
        .filter(|(_, m)| same(m))
        .min_by_key(|(_, m)| (m.when.hi_ns - m.when.lo_ns, m.when.at_ns, rank(m.source)))
        .map(taken)
}

/// The latest claim of the best source.
fn last(milestones: &[Milestone], kind: MilestoneKind) -> Option<Choice> {
    of(milestones, kind)
        .min_by_key(|(_, m)| (rank(m.source), Reverse(m.when.at_ns)))
        .map(taken)
}

/// The surest claim, then the earliest: a status label is less sure than a sentence.
fn identified(milestones: &[Milestone]) -> Option<Choice> {
    let surest = |a: &Milestone, b: &Milestone| {
        b.confidence
            .total_cmp(&a.confidence)
            .then(a.when.at_ns.cmp(&b.when.at_ns))
    };
    of(milestones, Identified)
        .min_by(|a, b| surest(a.1, b.1))
        .map(taken)
}

fn detected(milestones: &[Milestone]) -> Option<Choice> {
    let aware = [Detected, Notified, Acknowledged, Engaged];
    let known = aware.iter().filter_map(|&kind| first(milestones, kind));
    let known = known.min_by_key(|choice| choice.when.at_ns);
    let assumed = || {
        let alert = first(milestones, AlertFired)?;
        Some(Choice {
            assumed: Some("assumed_delivered"),
            ..alert
        })
    };
    known.or_else(assumed).map(|choice| Choice {
        kind: Detected,
        ..choice
    })
}

/// The ranked cause; else the only change claimed that is not certainly after the impact began.
/// Never simply the latest one.
fn change(facts: &Facts, start: Option<&When>, notes: &mut Vec<String>) -> Option<Choice> {
    if let Some(cause) = facts.cause {
        return facts
            .milestones
            .get(cause.claim)
            .map(|m| (cause.claim, m))
            .map(taken);
    }
    let may_cause = |m: &Milestone| start.is_none_or(|start| m.when.lo_ns <= start.hi_ns);
    let mut claims: Vec<_> = of(facts.milestones, Change)
        .filter(|(_, m)| may_cause(m))
        .collect();
    claims.sort_by_key(|(_, m)| (rank(m.source), m.when.at_ns));
    let (best, rest) = claims.split_first()?;
    if rest
        .iter()
        .any(|(_, m)| m.when.hi_ns < best.1.when.lo_ns || m.when.lo_ns > best.1.when.hi_ns)
    {
        notes.push(format!(
            "change: {} are known and none is ranked as cause",
            claims.len()
        ));
        return None;
    }
    Some(taken(*best))
}

fn impact_start(facts: &Facts, windows: &[Span], detected: Option<&Choice>) -> Option<Choice> {
    let said = of(facts.milestones, ImpactStart).filter(|(_, m)| m.source != ClaimSource::Log);
    let said = said
        .min_by_key(|(_, m)| (rank(m.source), m.when.at_ns))
        .map(taken);
    if let (false, Some(window)) = (facts.windows.is_empty(), windows.first()) {
        let known_earlier = said.filter(|said| {
            let began_before = window.start.censor == Some(Censor::Left);
            began_before && said.when.censor.is_none() && said.when.lo_ns <= window.start.at_ns
        });
        return Some(
            known_earlier.unwrap_or_else(|| edge(facts.milestones, ImpactStart, window.start)),
        );
    }
    let logged =
        of(facts.milestones, ImpactStart).min_by_key(|(_, m)| (rank(m.source), m.when.at_ns));
    logged.map(taken).or_else(|| {
        let aware = detected.filter(|choice| choice.assumed.is_none())?;
        let when = When::censored(aware.when.at_ns, Censor::Left);
        let assumed = Some("not_stated");
        Some(Choice {
            kind: ImpactStart,
            when,
            assumed,
            ..aware.clone()
        })
    })
}

/// The latest claim of the best source about the last window: that an earlier one was mitigated
/// does not mitigate what came after.
fn mitigated(facts: &Facts, windows: &[Span]) -> Option<Choice> {
    let of_several = windows.len() > 1 && !facts.windows.is_empty();
    let last = windows.last().filter(|_| of_several);
    let since_ns = last.map_or(i64::MIN, |window| window.start.lo_ns);
    of(facts.milestones, Mitigated)
        .filter(|(_, m)| m.when.hi_ns >= since_ns)
        .min_by_key(|(_, m)| (rank(m.source), Reverse(m.when.at_ns)))
        .map(taken)
}

fn restored(facts: &Facts, windows: &[Span], unclosed: bool) -> Option<Choice> {
    if facts.windows.is_empty() {
        return if unclosed {
            None
        } else {
            last_restored(facts.milestones, windows)
        };
    }
    let window = windows
        .iter()
        .max_by_key(|w| (w.end.at_ns, w.end.censor.is_some()))?;
    let said = of(facts.milestones, Restored).filter(|(_, m)| m.source != ClaimSource::Log);
    let said = said
        .min_by_key(|(_, m)| (rank(m.source), Reverse(m.when.at_ns)))
        .map(taken);
    let known_later = said.filter(|said| {
        let is_later = match window.end.censor {
            Some(Censor::EndOfData | Censor::Published) => said.when.hi_ns >= window.end.hi_ns,
            // Who said it sooner could not be sure either.
            Some(Censor::Unconfirmed) => {
                said.when.lo_ns >= window.end.at_ns.saturating_add(confirm_ns(facts.bucket_ns))
            }
            _ => false,
        };
        is_later && said.when.censor.is_none()
    });
    Some(known_later.unwrap_or_else(|| edge(facts.milestones, Restored, window.end)))
}

fn last_restored(milestones: &[Milestone], windows: &[Span]) -> Option<Choice> {
    match windows.last() {
        None => last(milestones, Restored),
        Some(window) => of(milestones, Restored)
            .find(|(_, m)| m.when == window.end)
            .map(taken),
    }
}

/// The edge of a window, with the log's claim about it if there is one.
fn edge(milestones: &[Milestone], kind: MilestoneKind, when: When) -> Choice {
    let claim = of(milestones, kind)
        .find(|(_, m)| m.source == ClaimSource::Log && m.when.at_ns == when.at_ns)
        .map(|(i, _)| i);
    Choice {
        kind,
        when,
        source: ClaimSource::Log,
        claim,
        assumed: None,
    }
}

/// Windows from the claims of the best source that says when impact started: each start opens
/// one, the last recovery before the next start closes it. The flag tells of one left open.
fn from_claims(milestones: &[Milestone], overridden: bool) -> (Vec<Span>, bool) {
    let best = of(milestones, ImpactStart).map(|(_, m)| m.source);
    let best = best.min_by_key(|&s| rank(s));
    let own_end = of(milestones, Restored).any(|(_, m)| Some(m.source) == best);
    let claimed = |m: &&Milestone| match m.kind {
        ImpactStart => Some(m.source) == best,
        Restored => !own_end || Some(m.source) == best,
        _ => false,
    };
    let mut edges: Vec<&Milestone> = milestones
        .iter()
        .filter(|m| m.is_claim() && claimed(m))
        .collect();
    if overridden {
        // A start that somebody claims is moved; only where there is none it is put.
        let put = amended::overriding(milestones).into_iter().map(|(_, m)| m);
        edges.extend(put.filter(|m| m.kind == Restored || m.kind == ImpactStart && best.is_none()));
    }
    if !edges.iter().any(|m| m.kind == ImpactStart) {
        return (Vec::new(), false);
    }
    edges.sort_by_key(|m| (m.when.at_ns, m.kind));
    let (mut windows, mut open): (Vec<Span>, Option<When>) = (Vec::new(), None);
    for edge in edges {
        match (edge.kind, open, windows.last_mut()) {
            (ImpactStart, None, _) => open = Some(edge.when),
            (Restored, Some(start), _) => {
                windows.push(Span {
                    start,
                    end: edge.when,
                });
                open = None;
            }
            (Restored, None, Some(window)) => window.end = edge.when,
            _ => {}
        }
    }
    (windows, open.is_some())
}

fn refine(list: &mut [Choice]) {
    let mut orders = LEGAL.to_vec();
    if !is_early_warning(list) {
        orders.push((ImpactStart, Detected));
    }
    // Each pass settles at least one pair for good; the pairs make chains of at most four.
    for _ in 0..4 {
        for &(before, after) in &orders {
            let position = |kind| list.iter().position(|choice| choice.kind == kind);
            let (Some(i), Some(j)) = (position(before), position(after)) else {
                continue;
            };
            let (mut a, mut b) = (list[i].when, list[j].when);
            if a.censor.is_none() && b.censor.is_none() {
                settle(&mut a, &mut b);
                (list[i].when, list[j].when) = (a, b);
            }
        }
    }
}

/// Whether a monitor certainly fired before users were worse off: then detection may precede
/// impact.
pub(super) fn is_early_warning(list: &[Choice]) -> bool {
    let when = |kind| {
        list.iter()
            .find(|choice| choice.kind == kind)
            .map(|choice| choice.when)
    };
    let start = when(ImpactStart).filter(|start| start.censor.is_none());
    let alerted = [AlertFired, Notified].into_iter().filter_map(when);
    start.is_some_and(|start| alerted.into_iter().any(|alert| alert.hi_ns < start.lo_ns))
}
