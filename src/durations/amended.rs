//! What people overrode: which of several overrides counts, the windows with it, and what was
//! computed without it.
//!
//! In: the claims of an incident and its windows. Out: the same with overrides in their place. The
//! computed value is never lost: it is returned beside.

use super::choice::{Chosen, choose_computed};
use super::measure::durations;
use super::{Amended, Choice, Durations, Facts, Span};
use crate::records::{Milestone, MilestoneKind};

/// The override that counts for each milestone, in lifecycle order: the newest; of equals the one
/// whose entry has the greater id.
pub(super) fn overriding(milestones: &[Milestone]) -> Vec<(usize, &Milestone)> {
    let mut counting: Vec<(usize, &Milestone)> = Vec::new();
    for (i, one) in overrides(milestones) {
        let age = |one: &Milestone| {
            one.hand
                .as_ref()
                .map(|hand| (hand.when_ns, hand.id.clone()))
        };
        match counting
            .iter_mut()
            .find(|(_, other)| other.kind == one.kind)
        {
            Some(other) if age(other.1) < age(one) => *other = (i, one),
            Some(_) => {}
            None => counting.push((i, one)),
        }
    }
    counting.sort_by_key(|(_, one)| one.kind);
    counting
}

fn overrides(milestones: &[Milestone]) -> impl Iterator<Item = (usize, &Milestone)> {
    milestones
        .iter()
        .enumerate()
        .filter(|(_, one)| one.overrides())
}

/// Windows, in order, from the start and to the end that people put: what lies outside is no
/// impact. At least one window stays.
pub(super) fn moved(mut windows: Vec<Span>, milestones: &[Milestone]) -> Vec<Span> {
    for (_, one) in overriding(milestones) {
        match one.kind {
            MilestoneKind::ImpactStart => {
                let kept = |window: &Span| window.end.at_ns > one.when.at_ns;
                let from = windows
                    .iter()
                    .position(kept)
                    .unwrap_or(windows.len().saturating_sub(1));
                windows.drain(..from);
                if let Some(first) = windows.first_mut() {
                    first.start = one.when;
                }
            }
            MilestoneKind::Restored => {
                let kept = |window: &Span| window.start.at_ns < one.when.at_ns;
                let to = windows.iter().rposition(kept).unwrap_or(0);
                windows.truncate(to + 1);
                if let Some(last) = windows.last_mut() {
                    last.end = one.when;
                }
            }
            _ => {}
        }
    }
    windows
}

/// Puts the overrides in the place of what was chosen.
pub(super) fn put(list: &mut Vec<Choice>, milestones: &[Milestone]) {
    for (i, one) in overriding(milestones) {
        list.retain(|choice| choice.kind != one.kind);
        list.push(Choice {
            kind: one.kind,
            when: one.when,
            source: one.source,
            claim: Some(i),
            assumed: None,
        });
    }
    list.sort_by_key(|choice| choice.kind);
}

/// What was overridden, with what was computed; and the durations without any override. Nothing
/// where nobody overrode anything.
pub(super) fn amended(facts: &Facts) -> (Vec<Amended>, Option<Durations>) {
    let counting = overriding(facts.milestones);
    if counting.is_empty() {
        return (Vec::new(), None);
    }
    let computed: Chosen = choose_computed(facts);
    let one = |(claim, one): (usize, &Milestone)| Amended {
        kind: one.kind,
        claim,
        others: overrides(facts.milestones)
            .filter(|(i, other)| *i != claim && other.kind == one.kind)
            .map(|(i, _)| i)
            .collect(),
        computed: computed.get(one.kind).cloned(),
    };
    let amended = counting.into_iter().map(one).collect();
    (amended, Some(durations(facts, &computed)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, When};
    use crate::durations::measure;
    use crate::events::Evidence;
    use crate::records::{ByHand, ClaimSource, Hand};
    use proptest::prelude::*;

    fn claim(kind: MilestoneKind, minute: i64, source: ClaimSource) -> Milestone {
        let evidence = Evidence::Line {
            path: "inc.rfo.json".into(),
            line: 1,
            offset: 0,
        };
        Milestone::new(
            kind,
            When::exact(minute * NS_PER_MIN),
            source,
            vec![evidence],
        )
    }

    fn by(who: &str, what: ByHand, when_ns: i64, claim: Milestone) -> Milestone {
        claim.by(Hand {
            id: format!("{when_ns}"),
            who: who.to_owned(),
            when_ns,
            why: "seen".to_owned(),
            what,
            before_ns: None,
        })
    }

    fn overriding_at(kind: MilestoneKind, minute: i64, when_ns: i64) -> Milestone {
        by(
            "ana",
            ByHand::Overrides,
            when_ns,
            claim(kind, minute, ClaimSource::Human),
        )
    }

    fn window(start: i64, end: i64) -> Span {
        let at = |minute: i64| When::exact(minute * NS_PER_MIN);
        Span {
            start: at(start),
            end: at(end),
        }
    }

    fn measured(windows: &[Span], milestones: &[Milestone]) -> super::super::Measured {
        measure(&Facts {
            windows,
            milestones,
            severity: None,
            bucket_ns: NS_PER_MIN,
            cause: None,
        })
    }

    fn minutes(measured: &super::super::Measured, name: &str) -> Option<f64> {
        Some(measured.durations.get(name)?.seconds? / 60.0)
    }

    use MilestoneKind::{Detected, ImpactStart, Restored};

    #[test]
    fn an_override_counts_and_what_was_computed_stands_beside() {
        let windows = [window(10, 20), window(30, 40)];
        let claims = [
            claim(Detected, 13, ClaimSource::Pager),
            overriding_at(Restored, 52, 1),
            overriding_at(Detected, 12, 2),
        ];
        let found = measured(&windows, &claims);
        assert_eq!(
            (minutes(&found, "ttr"), minutes(&found, "ttd")),
            (Some(42.0), Some(2.0))
        );
        assert_eq!(minutes(&found, "downtime"), Some(32.0));
        let computed: Vec<_> = found
            .amended
            .iter()
            .map(|one| {
                (
                    one.kind,
                    one.claim,
                    one.computed.as_ref().map(|c| c.when.at_ns / NS_PER_MIN),
                )
            })
            .collect();
        assert_eq!(computed, [(Detected, 2, Some(13)), (Restored, 1, Some(40))]);
        let before = found
            .unamended
            .as_ref()
            .and_then(|all| all.get("ttr")?.seconds);
        assert_eq!(before, Some(30.0 * 60.0));
    }

    #[test]
    fn of_two_overrides_the_newest_counts_and_both_are_told() {
        let claims = [
            overriding_at(Restored, 50, 7),
            overriding_at(Restored, 45, 9),
        ];
        let found = measured(&[window(10, 20)], &claims);
        assert_eq!(minutes(&found, "ttr"), Some(35.0));
        assert_eq!(
            (found.amended[0].claim, &found.amended[0].others[..]),
            (1, &[0][..])
        );
    }

    #[test]
    fn people_may_end_what_no_record_ends() {
        let start = claim(ImpactStart, 10, ClaimSource::Text);
        assert_eq!(
            minutes(&measured(&[], std::slice::from_ref(&start)), "ttr"),
            None
        );
        let found = measured(&[], &[start, overriding_at(Restored, 25, 1)]);
        assert_eq!(
            (minutes(&found, "ttr"), minutes(&found, "downtime")),
            (Some(15.0), Some(15.0))
        );
        let found = measured(
            &[],
            &[
                overriding_at(ImpactStart, 5, 1),
                overriding_at(Restored, 25, 1),
            ],
        );
        assert_eq!(minutes(&found, "ttr"), Some(20.0));
    }

    #[test]
    fn a_retracted_claim_counts_for_nothing() {
        let page = claim(Detected, 5, ClaimSource::StatusPage);
        let pager = claim(Detected, 13, ClaimSource::Pager);
        let windows = [window(10, 20)];
        let both = measured(&windows, &[page.clone(), pager.clone()]);
        assert_eq!((both.conflicts.len(), minutes(&both, "ttd")), (1, None));
        let retracted = by("ana", ByHand::Retracted, 1, page);
        let found = measured(&windows, &[retracted, pager]);
        assert_eq!(
            (found.conflicts.len(), minutes(&found, "ttd")),
            (0, Some(3.0))
        );
        assert!(found.amended.is_empty() && found.unamended.is_none());
    }

    #[test]
    fn marks_of_two_people_that_disagree_are_a_conflict() {
        let mark = |who: &str, minute: i64| {
            by(
                who,
                ByHand::Marked,
                1,
                claim(Detected, minute, ClaimSource::Human),
            )
        };
        let windows = [window(10, 60)];
        let found = measured(&windows, &[mark("ana", 12), mark("ben", 30)]);
        assert_eq!(found.conflicts.len(), 1, "{:?}", found.conflicts);
        let found = measured(&windows, &[mark("ana", 12), mark("ana", 30)]);
        assert_eq!(found.conflicts.len(), 0, "one repeats what was said before");
    }

    proptest! {
        #[test]
        fn overrides_never_break_the_windows(
            edges in prop::collection::vec((0i64..100, 1i64..20), 0..5),
            start in prop::option::of(0i64..150),
            end in prop::option::of(0i64..150),
        ) {
            let mut windows: Vec<Span> = edges.iter().map(|(at, n)| window(*at, at + n)).collect();
            windows.sort_by_key(|one| one.start.at_ns);
            let claims: Vec<Milestone> = [(ImpactStart, start), (Restored, end)]
                .into_iter()
                .filter_map(|(kind, at)| Some(overriding_at(kind, at?, 1)))
                .collect();
            let found = moved(windows.clone(), &claims);
            prop_assert!(found.is_empty() == windows.is_empty());
            let _ = measured(&windows, &claims);
        }
    }
}
