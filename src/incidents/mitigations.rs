//! Attempts to mitigate, with the outcome that the logs show.

use super::worse::worsenings;
use super::{Scene, Window};
use crate::clock::NS_PER_MIN;
use crate::clock::words::length;
use crate::records::{Change, ClaimSource, Milestone, MilestoneKind, Outcome};

/// An attempt is judged by what happens within this time.
const EFFECT_NS: i64 = 15 * NS_PER_MIN;
/// Claims closer than this about one attempt are one.
const SAME_NS: i64 = 2 * NS_PER_MIN;
/// A change this long before a window is a candidate cause, not an answer to it.
const BEFORE_NS: i64 = 2 * NS_PER_MIN;

/// Changes made during an incident as attempts, judged by the windows; attempts that people
/// claim are kept as they say, with what the logs show added to the note.
pub fn attempts(
    scene: &Scene<'_>,
    windows: &[Window],
    claimed: &mut [Milestone],
) -> Vec<Milestone> {
    for claim in claimed
        .iter_mut()
        .filter(|claim| claim.kind == MilestoneKind::MitigationAttempt)
    {
        let (outcome, words) = judge(windows, claim.when.at_ns, scene.end_of_data_ns);
        match claim.outcome {
            None => claim.outcome = Some(outcome),
            // The action may have succeeded; what it was for did not.
            Some(Outcome::Worked) if outcome != Outcome::Worked => {
                claim.outcome = Some(outcome);
                claim
                    .note
                    .push_str(&format!(" (said to have worked; logs: {words})"));
            }
            Some(_) => {}
        }
    }
    let known: Vec<i64> = claimed
        .iter()
        .filter(|claim| claim.kind == MilestoneKind::MitigationAttempt)
        .map(|claim| claim.when.at_ns)
        .collect();
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Vec::new();
    };
    let end_ns = last.end.map_or(scene.end_of_data_ns, |end| end.at_ns);
    let during = |change: &&Change| {
        let at = change.when.at_ns;
        at > first.start.at_ns + BEFORE_NS
            && at <= end_ns
            && !known.iter().any(|other| (other - at).abs() <= SAME_NS)
    };
    let changes = scene.records.iter().flat_map(|record| &record.changes);
    changes
        .filter(during)
        .map(|change| attempt(change, windows, scene.end_of_data_ns))
        .collect()
}

fn attempt(change: &Change, windows: &[Window], end_of_data_ns: i64) -> Milestone {
    let (judged, words) = judge(windows, change.when.at_ns, end_of_data_ns);
    let failed = matches!(
        change.status.to_lowercase().as_str(),
        "failure" | "failed" | "error"
    );
    let mut milestone = Milestone::new(
        MilestoneKind::MitigationAttempt,
        change.when,
        ClaimSource::Deploys,
        vec![change.evidence.clone()],
    );
    milestone.outcome = Some(if failed { Outcome::Failed } else { judged });
    milestone.confidence = 0.7;
    let words = if failed {
        "recorded as failed".to_owned()
    } else {
        format!("logs: {words}")
    };
    milestone.noted(format!("{} ({words})", change.title))
}

/// The window that began with a worsening soon after an instant. Onsets are known to a bucket
/// and records to a minute: a change may be written down shortly after what it did.
fn worsened(windows: &[Window], at_ns: i64) -> Option<(&Window, i64)> {
    let soon = -BEFORE_NS..=EFFECT_NS;
    worsenings(windows)
        .into_iter()
        .find(|(_, start)| soon.contains(&(start.at_ns - at_ns)))
        .map(|(k, start)| (&windows[k], start.at_ns))
}

/// What the windows say of an attempt at an instant.
fn judge(windows: &[Window], at_ns: i64, end_of_data_ns: i64) -> (Outcome, String) {
    let end_of = |window: &Window| window.end.map_or(i64::MAX, |end| end.at_ns);
    if let Some((window, start_ns)) = worsened(windows, at_ns) {
        let lasted = window.end.map_or(end_of_data_ns, |end| end.at_ns) - start_ns;
        let words = format!(
            "{} {} later, for {}",
            window.kind.word(),
            length((start_ns - at_ns).max(0)),
            length(lasted)
        );
        return (Outcome::Worsened, words);
    }
    let current = windows
        .iter()
        .position(|window| window.start.at_ns <= at_ns && at_ns < end_of(window));
    let next_start = windows
        .iter()
        .map(|window| window.start.at_ns)
        .find(|start| *start > at_ns);
    match (current, next_start) {
        (Some(i), next) if end_of(&windows[i]).saturating_sub(at_ns) <= EFFECT_NS => match next {
            Some(start) => (
                Outcome::Temporary,
                format!(
                    "recovered {} later, back again after {}",
                    length(end_of(&windows[i]) - at_ns),
                    length(start - end_of(&windows[i]))
                ),
            ),
            None => (
                Outcome::Worked,
                format!("recovered {} later", length(end_of(&windows[i]) - at_ns)),
            ),
        },
        (Some(i), _) if end_of(&windows[i]) == i64::MAX => (
            Outcome::Failed,
            format!(
                "no recovery in the {} to the end of the data",
                length(end_of_data_ns - at_ns)
            ),
        ),
        (Some(i), _) => (
            Outcome::Failed,
            format!(
                "the impact went on for {}",
                length(end_of(&windows[i]) - at_ns)
            ),
        ),
        (None, Some(start)) => (
            Outcome::Failed,
            format!("the impact came back {} later", length(start - at_ns)),
        ),
        (None, None) => (Outcome::Worked, "no impact after it".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::When;
    use crate::incidents::WindowKind;

    fn window(kind: WindowKind, start: i64, end: i64) -> Window {
        Window {
            start: When::exact(start * NS_PER_MIN),
            end: Some(When::exact(end * NS_PER_MIN)),
            kind,
            anomalies: Vec::new(),
        }
    }

    fn check(at_min: i64, expected: Outcome) {
        let degraded = |start, end| window(WindowKind::Degraded, start, end);
        let windows = [degraded(10, 60), degraded(80, 90)];
        assert_eq!(
            judge(&windows, at_min * NS_PER_MIN, 200 * NS_PER_MIN).0,
            expected,
            "{at_min}"
        );
    }

    #[test]
    fn an_attempt_that_it_gets_worse_after_made_it_worse() {
        let windows = [
            window(WindowKind::Degraded, 10, 60),
            window(WindowKind::Down, 60, 90),
        ];
        let outcome = |at_min: i64| judge(&windows, at_min * NS_PER_MIN, 200 * NS_PER_MIN).0;
        assert_eq!(
            [20, 59, 61, 75].map(outcome),
            [
                Outcome::Failed,
                Outcome::Worsened,
                Outcome::Worsened,
                Outcome::Worked
            ]
        );
        let apart = [
            window(WindowKind::Degraded, 10, 50),
            window(WindowKind::Down, 60, 90),
        ];
        assert_ne!(
            judge(&apart, 59 * NS_PER_MIN, 200 * NS_PER_MIN).0,
            Outcome::Worsened
        );
    }

    #[test]
    fn what_follows_an_attempt_is_its_outcome() {
        check(20, Outcome::Failed);
        check(55, Outcome::Temporary);
        check(70, Outcome::Failed);
        check(85, Outcome::Worked);
        check(100, Outcome::Worked);
    }
}
