//! Attempts to mitigate, with the outcome that the logs show.

use super::worse::worsenings;
use super::{Scene, Window};
use crate::clock::NS_PER_MIN;
use crate::clock::words::length;
use crate::records::{Change, ClaimSource, Milestone, MilestoneKind, Outcome};

/// An attempt is judged by what happens within this time.
const EFFECT_NS: i64 = 15 * NS_PER_MIN;
/// An attempt that takes its time, such as a restart of all hosts one after the other, shows a
/// first part of the service back within this time.
const FIRST_EFFECT_NS: i64 = 60 * NS_PER_MIN;
/// Claims closer than this about one attempt are one.
const SAME_NS: i64 = 2 * NS_PER_MIN;
/// So many changes of one list, each so close to the one before, are one attempt.
const BATCH_MIN: usize = 4;
/// Of these so many are named.
const NAMED_MAX: usize = 2;
/// A change this long before a window is a candidate cause, not an answer to it.
const BEFORE_NS: i64 = 2 * NS_PER_MIN;
/// A change between two windows answers the first of them if it comes this soon after it.
const ANSWER_NS: i64 = 6 * 60 * NS_PER_MIN;

/// Changes made during an incident as attempts, judged by the windows and by when the logs show
/// the loss to be over; attempts that people claim are kept as they say, with what the logs
/// show added to the note.
pub fn attempts(
    scene: &Scene<'_>,
    windows: &[Window],
    logged: &[Milestone],
    claimed: &mut [Milestone],
) -> Vec<Milestone> {
    let mut course = Course::new(scene, windows, logged);
    course.attempts_ns = all_attempts(scene, &course, claimed);
    for claim in claimed
        .iter_mut()
        .filter(|claim| claim.kind == MilestoneKind::MitigationAttempt)
    {
        let (outcome, words) = course.judge(claim.when.at_ns);
        match claim.outcome {
            None => {
                claim.outcome = Some(outcome);
                claim.note.push_str(&format!(" (logs: {words})"));
            }
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
    let during = |change: &&Change| {
        let at = change.when.at_ns;
        course.is_answer(at) && !known.iter().any(|other| (other - at).abs() <= SAME_NS)
    };
    let lists = scene.records.iter().map(|record| {
        let mut changes: Vec<&Change> = record.changes.iter().filter(during).collect();
        changes.sort_by_key(|change| change.when.at_ns);
        changes
    });
    let lists: Vec<Vec<&Change>> = lists.collect();
    let tried = lists.iter().flat_map(|changes| batches(changes));
    tried.map(|batch| attempt(batch, &course)).collect()
}

/// Changes of one list by time, in batches: what follows closely on each other, more often than
/// people act, is one thing done (an upgrade of many packages, a roll-out to all clusters).
fn batches<'c>(changes: &'c [&'c Change]) -> impl Iterator<Item = &'c [&'c Change]> {
    let close = |a: &&Change, b: &&Change| b.when.at_ns - a.when.at_ns <= SAME_NS;
    changes.chunk_by(close).flat_map(|batch| {
        let each = if batch.len() < BATCH_MIN {
            1
        } else {
            batch.len()
        };
        batch.chunks(each)
    })
}

/// When anything was tried, claimed or listed as a change.
fn all_attempts(scene: &Scene<'_>, course: &Course<'_>, claimed: &[Milestone]) -> Vec<i64> {
    let claims = claimed
        .iter()
        .filter(|claim| claim.kind == MilestoneKind::MitigationAttempt)
        .map(|claim| claim.when.at_ns);
    let changes = scene.records.iter().flat_map(|record| &record.changes);
    let changes = changes
        .map(|change| change.when.at_ns)
        .filter(|at_ns| course.is_answer(*at_ns));
    claims.chain(changes).collect()
}

/// One change, or a batch of them, that is told by its first and judged from there.
fn attempt(batch: &[&Change], course: &Course<'_>) -> Milestone {
    let (first, named) = (batch[0], &batch[..batch.len().min(NAMED_MAX)]);
    let (judged, words) = course.judge(first.when.at_ns);
    let failed = batch.iter().all(|change| has_failed(change));
    let mut milestone = Milestone::new(
        MilestoneKind::MitigationAttempt,
        first.when,
        ClaimSource::Deploys,
        named.iter().map(|change| change.evidence.clone()).collect(),
    );
    milestone.outcome = Some(if failed { Outcome::Failed } else { judged });
    milestone.confidence = 0.7;
    let words = if failed {
        "recorded as failed".to_owned()
    } else {
        format!("logs: {words}")
    };
    let titles: Vec<&str> = named.iter().map(|change| change.title.as_str()).collect();
    let title = match batch.len() - named.len() {
        0 => titles.join(", "),
        rest => format!("{} changes: {}, +{rest}", batch.len(), titles.join(", ")),
    };
    milestone.noted(format!("{title} ({words})"))
}

fn has_failed(change: &Change) -> bool {
    let status = change.status.to_lowercase();
    matches!(status.as_str(), "failure" | "failed" | "error")
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

/// How an incident went, as far as attempts are judged by it.
struct Course<'a> {
    windows: &'a [Window],
    /// When the logs show the loss to be over, though the window may last.
    eased_ns: Vec<i64>,
    /// When the logs show a part of the service to be back.
    partial_ns: Vec<i64>,
    /// When something was tried.
    attempts_ns: Vec<i64>,
    /// How exactly the former are known, ns.
    bucket_ns: i64,
    end_of_data_ns: i64,
}

impl<'a> Course<'a> {
    fn new(scene: &Scene<'_>, windows: &'a [Window], logged: &[Milestone]) -> Self {
        let of = |kind: MilestoneKind| {
            let found = logged.iter().filter(move |one| one.kind == kind);
            found.map(|one| one.when.at_ns).collect()
        };
        Self {
            windows,
            eased_ns: of(MilestoneKind::Mitigated),
            partial_ns: of(MilestoneKind::PartialRecovery),
            attempts_ns: Vec::new(),
            bucket_ns: scene.grid.width.ns(),
            end_of_data_ns: scene.end_of_data_ns,
        }
    }

    /// End of a window; `i64::MAX` while it lasts.
    fn end_of(&self, window: &Window) -> i64 {
        window.end.map_or(i64::MAX, |end| end.at_ns)
    }

    /// Whether a change at an instant answers the incident: in a window, or soon after one that
    /// another follows.
    fn is_answer(&self, at_ns: i64) -> bool {
        let Some((first, last)) = self.windows.first().zip(self.windows.last()) else {
            return false;
        };
        let inside = at_ns > first.start.at_ns + BEFORE_NS && at_ns <= self.end_of(last);
        let before = self
            .windows
            .iter()
            .rfind(|window| window.start.at_ns <= at_ns);
        inside
            && before.is_some_and(|window| at_ns <= self.end_of(window).saturating_add(ANSWER_NS))
    }

    /// When the loss that was on at an instant was over: within its window, or with it.
    fn over(&self, window: &Window, at_ns: i64) -> i64 {
        let end_ns = self.end_of(window);
        let eased = self.eased_ns.iter().copied();
        eased
            .filter(|eased_ns| (at_ns - self.bucket_ns..end_ns).contains(eased_ns))
            .min()
            .map_or(end_ns, |eased_ns| eased_ns.max(at_ns))
    }

    /// When a part of the service was back after an attempt and before its window ended, with no
    /// other attempt that could have done it.
    fn first_effect(&self, at_ns: i64, end_ns: i64) -> Option<i64> {
        let soon = at_ns + 1..end_ns.min(at_ns.saturating_add(FIRST_EFFECT_NS));
        let first_ns = self
            .partial_ns
            .iter()
            .copied()
            .filter(|ns| soon.contains(ns))
            .min()?;
        let others = self
            .attempts_ns
            .iter()
            .filter(|other| (at_ns + SAME_NS..end_ns).contains(other));
        (others.count() == 0 && end_ns != i64::MAX).then_some(first_ns)
    }

    /// What the windows say of an attempt at an instant.
    fn judge(&self, at_ns: i64) -> (Outcome, String) {
        if let Some((window, start_ns)) = worsened(self.windows, at_ns) {
            let end_ns = window.end.map_or(self.end_of_data_ns, |end| end.at_ns);
            let words = format!(
                "{} {} later, for {}",
                window.kind.word(),
                length((start_ns - at_ns).max(0)),
                length(end_ns - start_ns)
            );
            return (Outcome::Worsened, words);
        }
        let current = self
            .windows
            .iter()
            .find(|window| window.start.at_ns <= at_ns && at_ns < self.end_of(window));
        let next_start = self
            .windows
            .iter()
            .map(|window| window.start.at_ns)
            .find(|start| *start > at_ns);
        let Some(window) = current else {
            return match next_start {
                Some(start) => {
                    let words = format!("the impact came back {} later", length(start - at_ns));
                    (Outcome::Failed, words)
                }
                None => (Outcome::Worked, "no impact after it".to_owned()),
            };
        };
        let (end_ns, over_ns) = (self.end_of(window), self.over(window, at_ns));
        let slow = self.first_effect(at_ns, end_ns);
        if over_ns.saturating_sub(at_ns) <= EFFECT_NS || slow.is_some() {
            let part = slow.map_or(String::new(), |slow_ns| {
                format!(
                    "part of the service was back {} later; ",
                    length(slow_ns - at_ns)
                )
            });
            let back = format!("{part}recovered {} later", length(over_ns - at_ns));
            return match next_start {
                Some(start) => {
                    let again = length(start - over_ns);
                    let words = format!("{back}, back again after {again}");
                    (Outcome::Temporary, words)
                }
                None => (Outcome::Worked, back),
            };
        }
        if end_ns == i64::MAX {
            let left = length(self.end_of_data_ns - at_ns);
            let words = format!("no recovery in the {left} to the end of the data");
            return (Outcome::Failed, words);
        }
        let words = format!("the impact went on for {}", length(end_ns - at_ns));
        (Outcome::Failed, words)
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
            lasting: crate::anomalies::Lasting::default(),
            kind,
            anomalies: Vec::new(),
        }
    }

    fn course<'a>(windows: &'a [Window], eased_min: &[i64]) -> Course<'a> {
        Course {
            windows,
            eased_ns: eased_min.iter().map(|min| min * NS_PER_MIN).collect(),
            partial_ns: Vec::new(),
            attempts_ns: Vec::new(),
            bucket_ns: NS_PER_MIN,
            end_of_data_ns: 2000 * NS_PER_MIN,
        }
    }

    fn check(at_min: i64, expected: Outcome) {
        let windows = [
            window(WindowKind::Degraded, 10, 60),
            window(WindowKind::Degraded, 80, 90),
        ];
        let (outcome, words) = course(&windows, &[]).judge(at_min * NS_PER_MIN);
        assert_eq!(outcome, expected, "{at_min}: {words}");
    }

    #[test]
    fn an_attempt_that_it_gets_worse_after_made_it_worse() {
        let windows = [
            window(WindowKind::Degraded, 10, 60),
            window(WindowKind::Down, 60, 90),
        ];
        let outcome = |at_min: i64| course(&windows, &[]).judge(at_min * NS_PER_MIN).0;
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
            course(&apart, &[]).judge(59 * NS_PER_MIN).0,
            Outcome::Worsened
        );
    }

    #[test]
    fn many_changes_in_a_row_are_one_attempt_and_few_are_each_their_own() {
        let change = |second: i64| Change {
            when: When::exact(second * 1_000_000_000),
            title: format!("upgrade {second}"),
            service: String::new(),
            kind: "upgrade".to_owned(),
            status: String::new(),
            evidence: crate::events::Evidence::Line {
                path: "dpkg.log".to_owned(),
                line: 1 + second as u64,
                offset: 0,
            },
        };
        let sizes = |seconds: &[i64]| {
            let changes: Vec<Change> = seconds.iter().map(|second| change(*second)).collect();
            let changes: Vec<&Change> = changes.iter().collect();
            batches(&changes).map(<[_]>::len).collect::<Vec<_>>()
        };
        assert_eq!(sizes(&[0, 100, 200, 600]), [1, 1, 1, 1]);
        assert_eq!(sizes(&[0, 100, 200, 300, 600, 601]), [4, 1, 1]);
        let windows = [window(WindowKind::Degraded, 10, 60)];
        let changes: Vec<Change> = (3500..3600).step_by(10).map(change).collect();
        let changes: Vec<&Change> = changes.iter().collect();
        let told = attempt(&changes, &course(&windows, &[]));
        assert_eq!(
            told.note,
            "10 changes: upgrade 3500, upgrade 3510, +8 (logs: recovered 100 s later)"
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

    #[test]
    fn an_attempt_after_which_nothing_more_is_lost_worked_though_the_window_lasts() {
        let windows = [window(WindowKind::Down, 10, 60)];
        let course = course(&windows, &[21]);
        assert_eq!(course.judge(20 * NS_PER_MIN).0, Outcome::Worked);
        assert_eq!(course.judge(30 * NS_PER_MIN).0, Outcome::Failed);
    }

    #[test]
    fn the_last_attempt_before_a_recovery_in_parts_worked() {
        let windows = [window(WindowKind::Down, 10, 400)];
        let course = Course {
            partial_ns: vec![341 * NS_PER_MIN],
            attempts_ns: [100, 295, 300].map(|min| min * NS_PER_MIN).to_vec(),
            ..course(&windows, &[])
        };
        let (outcome, words) = course.judge(300 * NS_PER_MIN);
        assert_eq!(outcome, Outcome::Worked);
        assert_eq!(
            words,
            "part of the service was back 41 min later; recovered 1 h 40 min later"
        );
        assert_eq!(course.judge(295 * NS_PER_MIN).0, Outcome::Failed);
        assert_eq!(course.judge(100 * NS_PER_MIN).0, Outcome::Failed);
    }

    #[test]
    fn a_change_long_after_a_window_answers_none() {
        let windows = [
            window(WindowKind::Down, 10, 60),
            window(WindowKind::Down, 1500, 1560),
        ];
        let is_answer = |min: i64| course(&windows, &[]).is_answer(min * NS_PER_MIN);
        assert_eq!(
            [11, 30, 90, 700, 1510, 1700].map(is_answer),
            [false, true, true, false, true, false]
        );
    }
}
