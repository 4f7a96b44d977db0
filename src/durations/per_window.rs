//! Windows one by one: which claims are about which, and the durations of each.
//!
//! In: the facts of an incident of several windows. Out: durations counted from each window's
//! own start. Who noticed the second outage says nothing of the first.

use super::choice::choose;
use super::measure::durations;
use super::{Durations, Facts, Span};
use crate::records::Milestone;

/// The window that an instant is in, or else the nearest, the earlier of two; `None` without any.
pub(super) fn about(windows: &[Span], at_ns: i64) -> Option<usize> {
    let distance = |window: &Span| {
        let before = window.start.lo_ns.saturating_sub(at_ns);
        before.max(at_ns.saturating_sub(window.end.hi_ns)).max(0)
    };
    (0..windows.len()).min_by_key(|&w| (distance(&windows[w]), w))
}

/// What is measured of single windows: what people and logs say of one. A change
/// and the segments between are matters of the whole incident.
const NAMES: [&str; 8] = [
    "ttd",
    "ttn",
    "tta",
    "tti",
    "ttm",
    "ttr",
    "ttc",
    "effective_downtime",
];

/// The durations of each of the logs' windows by the claims about it; empty for fewer than two.
pub(super) fn of_windows(facts: &Facts, windows: &[Span]) -> Vec<Durations> {
    if facts.windows.is_empty() || windows.len() < 2 {
        return Vec::new();
    }
    let one = |w: usize| {
        let milestones: Vec<Milestone> = facts
            .milestones
            .iter()
            .filter(|claim| !claim.overrides() && about(windows, claim.when.at_ns) == Some(w))
            .cloned()
            .collect();
        let own = Facts {
            windows: &windows[w..=w],
            milestones: &milestones,
            cause: None,
            ..*facts
        };
        let mut found = durations(&own, &choose(&own));
        found.0.retain(|(name, _)| NAMES.contains(name));
        found
    };
    (0..windows.len()).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{NS_PER_MIN, When};
    use crate::durations::measure;
    use crate::events::Evidence;
    use crate::records::{ClaimSource, MilestoneKind};

    fn said(kind: MilestoneKind, minute: i64) -> Milestone {
        by(ClaimSource::Pager, kind, minute)
    }

    fn by(source: ClaimSource, kind: MilestoneKind, minute: i64) -> Milestone {
        let evidence = Evidence::Line {
            path: "x".into(),
            line: 1,
            offset: 0,
        };
        let at = When::exact(minute * NS_PER_MIN);
        Milestone::new(kind, at, source, vec![evidence])
    }

    #[test]
    fn each_window_has_its_own_alert_notification_and_identification() {
        let window = |start: i64, end: i64| Span {
            start: When::exact(start * NS_PER_MIN),
            end: When::exact(end * NS_PER_MIN),
        };
        let windows = [window(100, 260), window(9000, 9054)];
        let claims = [
            said(MilestoneKind::AlertFired, 101),
            said(MilestoneKind::Notified, 259),
            by(ClaimSource::StatusPage, MilestoneKind::Detected, 9001),
            said(MilestoneKind::AlertFired, 9001),
            said(MilestoneKind::Notified, 9002),
            said(MilestoneKind::Identified, 9020),
            said(MilestoneKind::Closed, 9060),
        ];
        let facts = Facts {
            windows: &windows,
            milestones: &claims,
            severity: None,
            bucket_ns: NS_PER_MIN,
            cause: None,
        };
        let found = measure(&facts);
        let minutes = |w: usize, name: &str| {
            let duration = found.of_windows[w].get(name).expect(name);
            duration.seconds.map(|s| s / 60.0)
        };
        assert_eq!(
            [minutes(0, "ttn"), minutes(0, "ttd")],
            [Some(158.0), Some(159.0)]
        );
        assert_eq!(minutes(0, "tti"), None);
        assert_eq!(
            [minutes(1, "ttn"), minutes(1, "tti")],
            [Some(1.0), Some(20.0)]
        );
        assert_eq!(
            [minutes(1, "ttr"), minutes(1, "ttc")],
            [Some(54.0), Some(6.0)]
        );
        assert_eq!(found.conflicts, []);
        let whole = found.durations.get("ttr").expect("ttr");
        assert_eq!(whole.seconds, Some((9054.0 - 100.0) * 60.0));
    }
}
