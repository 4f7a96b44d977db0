//! Clocks of people's records that are off against the logs: a wrong zone, a watch that is late.
//!
//! In: records and the incidents of the logs. Out: proposals for `--clock`. They are shown and
//! never applied by themselves. One late post says nothing: the same offset must fit several of a
//! record's claims, each with what the logs say of the same milestone.
//!
//! A claim in `[a, b]` and a milestone of the logs in `[c, d]` allow offsets from `a - d` to
//! `b - c`. The offset that most claims allow is taken, as Marzullo's algorithm does with clocks
//! that bound their error (Marzullo 1984; RFC 5905, section 11.2.1).

use super::Concluded;
use super::clocks::{ClockProposal, SharedBy};
use crate::clock::{NS_PER_MIN, NS_PER_S};
use crate::records::{ClaimSource, Milestone, MilestoneKind, Record, RecordKind};
use crate::series::BucketWidth;

/// What logs and people both tell of.
const KINDS: [MilestoneKind; 3] = [
    MilestoneKind::ImpactStart,
    MilestoneKind::Mitigated,
    MilestoneKind::Restored,
];
/// No two zones are further apart, ns; an offset beyond it is another incident.
const OFFSET_NS_MAX: i64 = 26 * 60 * NS_PER_MIN;
/// Smaller offsets are no matter, ns.
const OFFSET_NS_MIN: i64 = NS_PER_MIN;
/// People round: so much on each side, ns.
const ROUNDED_NS: i64 = 30 * NS_PER_S;
/// Zones differ by multiples of this, ns ...
const ZONE_STEP_NS: i64 = 15 * NS_PER_MIN;
/// ... and clocks that are set wrong by an hour or half of one.
const SLIP_NS: i64 = 30 * NS_PER_MIN;
/// So many claims must agree; of an offset like a wrong zone a start and an end do.
const CLAIMS_MIN: usize = 3;
const CLAIMS_MIN_SLIP: usize = 2;
/// And that share of all that could.
const SHARE_MIN: f64 = 0.75;
/// Claims of a record and milestones of the logs that are compared at most.
const COMPARED_MAX: usize = 40;

/// What one claim and one milestone of the logs allow.
struct Pair {
    claim: usize,
    logged: usize,
    kind: MilestoneKind,
    lo_ns: i64,
    hi_ns: i64,
}

/// Offsets of whole records against the logs, in the order of the records.
pub(super) fn proposals(
    records: &[Record],
    incidents: &[Concluded],
    width: BucketWidth,
) -> Vec<ClockProposal> {
    let logged: Vec<&Milestone> = incidents
        .iter()
        .flat_map(|one| &one.incident.milestones)
        .filter(|one| one.source == ClaimSource::Log && is_compared(one))
        .take(COMPARED_MAX)
        .collect();
    let of = |record: &Record| {
        let found = offset(&pairs(record, &logged, width))?;
        Some(ClockProposal {
            source: record.path.clone(),
            reference: "the logs".to_owned(),
            // What is ahead is set back.
            offset_ns: -found.at_ns,
            interval_ns: (-found.hi_ns, -found.lo_ns),
            shared: found.claims as u64,
            by: SharedBy::Milestones,
        })
    };
    // What was marked in rfo was marked beside the logs.
    let others = records
        .iter()
        .filter(|one| one.kind != RecordKind::Incident);
    others.filter_map(of).collect()
}

fn is_compared(one: &Milestone) -> bool {
    KINDS.contains(&one.kind) && one.when.censor.is_none() && one.is_claim()
}

fn pairs(record: &Record, logged: &[&Milestone], width: BucketWidth) -> Vec<Pair> {
    let slack_ns = ROUNDED_NS.max(width.ns() / 2);
    let claims = record.milestones.iter().filter(|one| is_compared(one));
    let mut pairs = Vec::new();
    for (i, claim) in claims.take(COMPARED_MAX).enumerate() {
        for (k, log) in logged
            .iter()
            .enumerate()
            .filter(|(_, log)| log.kind == claim.kind)
        {
            let apart_ns = claim.when.at_ns.saturating_sub(log.when.at_ns);
            if apart_ns.abs() > OFFSET_NS_MAX {
                continue;
            }
            pairs.push(Pair {
                claim: i,
                logged: k,
                kind: claim.kind,
                lo_ns: claim
                    .when
                    .lo_ns
                    .saturating_sub(log.when.hi_ns)
                    .saturating_sub(slack_ns),
                hi_ns: claim
                    .when
                    .hi_ns
                    .saturating_sub(log.when.lo_ns)
                    .saturating_add(slack_ns),
            });
        }
    }
    pairs
}

/// How far a record is ahead of the logs, and how many claims say so.
#[derive(Debug, PartialEq)]
struct Found {
    at_ns: i64,
    lo_ns: i64,
    hi_ns: i64,
    claims: usize,
}

/// The pairs that allow an offset, each claim and each milestone once.
fn allowing(pairs: &[Pair], offset_ns: i64) -> Vec<&Pair> {
    let mut kept: Vec<&Pair> = Vec::new();
    for pair in pairs
        .iter()
        .filter(|one| (one.lo_ns..=one.hi_ns).contains(&offset_ns))
    {
        if !kept
            .iter()
            .any(|one| one.claim == pair.claim || one.logged == pair.logged)
        {
            kept.push(pair);
        }
    }
    kept
}

fn offset(pairs: &[Pair]) -> Option<Found> {
    let mut comparable: Vec<usize> = pairs.iter().map(|one| one.claim).collect();
    comparable.dedup();
    // The most pairs overlap where one of them begins; nearest to none is taken first.
    let mut starts: Vec<i64> = pairs.iter().map(|one| one.lo_ns).collect();
    starts.sort_unstable_by_key(|ns| (ns.abs(), *ns));
    let most = starts
        .iter()
        .map(|at| allowing(pairs, *at))
        .fold(Vec::new(), |best, next| {
            if next.len() > best.len() { next } else { best }
        });
    let lo_ns = most.iter().map(|one| one.lo_ns).max()?;
    let hi_ns = most.iter().map(|one| one.hi_ns).min()?;
    let middle_ns = lo_ns + (hi_ns - lo_ns) / 2;
    let step_ns = (middle_ns as f64 / ZONE_STEP_NS as f64).round() as i64 * ZONE_STEP_NS;
    let at_ns = if (lo_ns..=hi_ns).contains(&step_ns) {
        step_ns
    } else {
        middle_ns
    };
    let is_slip = at_ns % SLIP_NS == 0 && at_ns != 0;
    let has = |kind: MilestoneKind| most.iter().any(|one| one.kind == kind);
    let both_ends = has(MilestoneKind::ImpactStart) && has(MilestoneKind::Restored);
    let needed = match is_slip {
        true => CLAIMS_MIN_SLIP,
        false => CLAIMS_MIN,
    };
    let claims = most.len();
    let enough = claims >= needed && claims as f64 >= SHARE_MIN * comparable.len() as f64;
    let without = allowing(pairs, 0).len();
    let large = at_ns.abs() >= OFFSET_NS_MIN && !(lo_ns..=hi_ns).contains(&0);
    (enough && both_ends && large && 2 * without < claims).then_some(Found {
        at_ns,
        lo_ns,
        hi_ns,
        claims,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Claims and milestones in minutes: `S10` is a start; both are known to the minute.
    fn check(claims: &str, logs: &str, expected_s: Option<(i64, usize)>) {
        let read = |text: &str| -> Vec<(MilestoneKind, i64)> {
            let one = |word: &str| {
                let kind = crate::records::kind_of(&word[..1]).expect("a letter");
                (
                    kind,
                    word[1..]
                        .parse::<f64>()
                        .map(|m| (m * 60.0) as i64)
                        .expect("minutes"),
                )
            };
            text.split_whitespace().map(one).collect()
        };
        let (claims, logs) = (read(claims), read(logs));
        let mut pairs = Vec::new();
        for (claim, (kind, said_s)) in claims.iter().enumerate() {
            for (logged, (_, log_s)) in logs.iter().enumerate().filter(|(_, one)| one.0 == *kind) {
                pairs.push(Pair {
                    claim,
                    logged,
                    kind: *kind,
                    lo_ns: (said_s - log_s) * NS_PER_S - ROUNDED_NS,
                    hi_ns: (said_s - log_s + 60) * NS_PER_S + ROUNDED_NS,
                });
            }
        }
        let found = offset(&pairs).map(|one| (one.at_ns / NS_PER_S, one.claims));
        assert_eq!(found, expected_s);
    }

    #[test]
    fn a_zone_that_is_an_hour_off_is_seen_from_a_start_and_an_end() {
        check("S70 R95", "S10 R35", Some((3600, 2)));
        check("S-50 R-25", "S10 R35", Some((-3600, 2)));
        check("S340 R365 S400 R410", "S10 R35 S70 R80", Some((19_800, 4)));
    }

    #[test]
    fn a_watch_that_is_late_needs_three_claims() {
        check("S14 R39", "S10 R35", None);
        check("S14 R39 S74 R84", "S10 R35 S70 R80", Some((270, 4)));
    }

    #[test]
    fn posts_that_are_late_by_different_times_say_nothing() {
        check("S12 R35 S75 R89", "S10 R35 S70 R80", None);
        check("S10 R35 S70 R80", "S10 R35 S70 R80", None);
        check("S70 S80 S90", "S10 S20 S30", None);
        check("", "S10 R35", None);
        check("S70 R95", "", None);
    }

    #[test]
    fn claims_that_fit_as_they_are_outweigh_an_offset() {
        check("S10 R35 S70 R130", "S10 R35 S70 R80", None);
    }

    proptest! {
        #[test]
        fn an_offset_of_all_claims_is_found_whatever_it_is(
            minutes in prop::collection::vec(0i64..600, 2..6), hours in 1i64..12,
        ) {
            let mut at = 0;
            let mut edges = minutes.iter().map(|gap| { at += 11 + gap; at });
            let mut logs = String::new();
            while let (Some(start), Some(end)) = (edges.next(), edges.next()) {
                logs.push_str(&format!("S{start} R{end} "));
            }
            let moved: Vec<String> = logs
                .split_whitespace()
                .map(|word| format!("{}{}", &word[..1], word[1..].parse::<i64>().expect("minutes") + hours * 60))
                .collect();
            // Windows that lie as far apart as the offset may explain it as well.
            let near = |a: i64| (a - hours * 60).abs() <= 3;
            let all: Vec<i64> = logs.split_whitespace().map(|w| w[1..].parse().expect("minutes")).collect();
            prop_assume!(!all.iter().any(|a| all.iter().any(|b| near(b - a))));
            check(&moved.join(" "), &logs, Some((hours * 3600, moved.len())));
        }
    }
}
