//! Times that the words of a post state: `between 14:05 and 14:30 UTC pages failed`.
//!
//! In: a post and when it was shown. Out: when impact began and ended by its words, at most a day
//! before it. Words whose zone or date is not sure state nothing.

use super::milestone::MilestoneKind;
use super::{Context, prose};
use crate::clock::{NS_PER_MIN, When, Zone};

const DAY_NS: i64 = 24 * 60 * NS_PER_MIN;

/// Impact and recovery with their instants, in the order of the words. `zone` is that of clocks
/// that name none.
pub(super) fn stated(body: &str, zone: Option<Zone>, posted: &When) -> Vec<(MilestoneKind, When)> {
    if !has_clock(body) {
        return Vec::new();
    }
    let range_ns = Some((posted.at_ns, posted.at_ns));
    let read = prose::read(
        "",
        body,
        &Context {
            zone,
            range_ns,
            ..Context::default()
        },
    );
    let claims = read.milestones.iter().map(|claim| (claim.kind, claim.when));
    let edges = claims.filter(|(kind, when)| {
        matches!(kind, MilestoneKind::ImpactStart | MilestoneKind::Restored)
            && when.censor.is_none()
    });
    // Written after midnight of what was before.
    let before = |(kind, when): (MilestoneKind, When)| match when.at_ns > posted.hi_ns {
        true => (kind, earlier(when)),
        false => (kind, when),
    };
    let near = |(_, when): &(MilestoneKind, When)| {
        (0..=DAY_NS).contains(&posted.hi_ns.saturating_sub(when.at_ns))
    };
    match read.defects.is_empty() {
        true => edges.map(before).filter(near).collect(),
        false => Vec::new(),
    }
}

fn earlier(when: When) -> When {
    let [at_ns, lo_ns, hi_ns] =
        [when.at_ns, when.lo_ns, when.hi_ns].map(|one| one.saturating_sub(DAY_NS));
    When {
        at_ns,
        lo_ns,
        hi_ns,
        ..when
    }
}

/// Whether a text has digits around a colon: most have none, and need no reader.
fn has_clock(text: &str) -> bool {
    text.as_bytes()
        .windows(3)
        .any(|three| three[0].is_ascii_digit() && three[1] == b':' && three[2].is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::words::rfc3339;

    fn check(body: &str, zone: Option<Zone>, posted: &str, expected: &[&str]) {
        let posted = super::super::instant::read_instant(posted, None).unwrap();
        let shown = |(kind, when): (MilestoneKind, When)| {
            format!("{} {}", kind.letter(), &rfc3339(when.at_ns)[5..16])
        };
        let found: Vec<String> = stated(body, zone, &posted).into_iter().map(shown).collect();
        assert_eq!(found, expected, "{body}");
    }

    #[test]
    fn words_state_when_impact_began_and_ended_before_they_were_written() {
        let body = "Between 14:05 and 14:30 UTC pages failed for some customers.";
        check(
            body,
            None,
            "2021-05-04T15:00:00Z",
            &["S 05-04T14:05", "R 05-04T14:30"],
        );
        let body = "Between 23:40 UTC and 23:55 UTC pages failed.";
        check(
            body,
            None,
            "2021-05-04T00:20:00Z",
            &["S 05-03T23:40", "R 05-03T23:55"],
        );
        check("All is well.", None, "2021-05-04T15:00:00Z", &[]);
    }

    #[test]
    fn a_clock_without_a_zone_states_nothing_unless_the_page_has_one() {
        let body = "Between 14:05 and 14:30 pages failed.";
        check(body, None, "2021-05-04T15:00:00Z", &[]);
        let zone = Some(Zone::Fixed(7_200));
        check(
            body,
            zone,
            "2021-05-04T15:00:00Z",
            &["S 05-04T12:05", "R 05-04T12:30"],
        );
    }
}
