//! A queue of jobs in trouble: did more come in, or was less done.
//!
//! In: an incident whose impact is that jobs wait. Out: the figures that tell load on the queue
//! from slow workers, and the verdict. Requests are not looked at.

use std::ops::Range;

use super::group::is_impact;
use super::title::grouped;
use super::{Scene, Verdict, evidence};
use crate::anomalies::Anomaly;
use crate::events::Evidence;
use crate::series::queue::ENQUEUE_RATE;
use crate::series::{Family, Role, Series};

/// A ratio beyond this has moved.
const MOVED: f64 = 1.3;

/// What happened to a queue in the windows.
#[derive(Debug, Clone, PartialEq)]
pub struct Queueing {
    /// The source that logs the jobs.
    pub source: String,
    /// Jobs enqueued per second, windows over baseline.
    pub arrivals_ratio: f64,
    /// Most jobs enqueued in one bucket, per second.
    pub arrivals_peak_per_s: f64,
    /// Jobs done per second, mean over the windows.
    pub done_per_s: f64,
    /// Most jobs in the queue.
    pub backlog_peak: f64,
    /// What the figures rest on.
    pub evidence: Vec<Evidence>,
}

impl Queueing {
    /// More came in, or as much as usual came in and less was done than came.
    pub fn verdict(&self) -> Verdict {
        match self.arrivals_ratio >= MOVED {
            true => Verdict::Load,
            false => Verdict::Regression,
        }
    }

    /// The verdict in a sentence; `requests` are the figures of the requests where there are
    /// any, and whether one of them left its baseline.
    pub fn sentence(&self, requests: Option<(String, bool)>) -> String {
        let came = match self.verdict() {
            Verdict::Load => format!("more jobs came in than {} could finish", self.source),
            _ => format!("no more jobs came in, but {} finished too few", self.source),
        };
        let requests = match requests {
            Some((figures, true)) => format!("; requests: {figures}"),
            Some((figures, false)) => format!("; not the requests: {figures}"),
            None => String::new(),
        };
        format!(
            "{came}: jobs enqueued x{:.2} (up to {:.1}/s), {:.1}/s done, up to {} in the \
             queue{requests}",
            self.arrivals_ratio,
            self.arrivals_peak_per_s,
            self.done_per_s,
            grouped(self.backlog_peak),
        )
    }
}

/// The queue behind an incident in which nothing is worse for users but that jobs wait. `None`
/// for all others, and where no log tells of single jobs.
pub fn queueing(
    scene: &Scene<'_>,
    members: &[usize],
    selection: &[Range<i64>],
    troubled: &[Range<i64>],
) -> Option<Queueing> {
    let anomalies = || members.iter().map(|&m| &scene.anomalies[m]);
    if !only_jobs_wait(scene, members) {
        return None;
    }
    let strongest = anomalies()
        .filter(|one| is_impact(one))
        .max_by(|a, b| a.score.total_cmp(&b.score))?;
    let source = &strongest.signal.source;
    let named = |name: &str| -> Option<&Series> {
        scene
            .series
            .iter()
            .find(|one| one.signal.source == *source && one.signal.name == name)
    };
    let (enqueued, done, backlog) = (
        named(ENQUEUE_RATE)?,
        named("finish rate")?,
        named("backlog")?,
    );
    let within = |series: &Series| evidence::buckets(series, selection);
    let mean = |series: &Series, buckets: Vec<usize>| evidence::mean(series, buckets.into_iter());
    let baseline = scene.stretches(enqueued, selection, troubled).baseline;
    let (usual, _) = mean(enqueued, evidence::buckets(enqueued, &baseline))?;
    let (came, _) = mean(enqueued, within(enqueued))?;
    let (done_per_s, _) = mean(done, within(done))?;
    let (peak_at, arrivals_peak_per_s) = peak(enqueued, &within(enqueued))?;
    let (full_at, backlog_peak) = peak(backlog, &within(backlog))?;
    let at = |series: &Series, bucket: usize, observed: f64, expected: f64, rule: &str| {
        let name = series.signal.full_name();
        evidence::at(
            series,
            &name,
            series.grid.time(bucket),
            observed,
            expected,
            rule,
        )
    };
    let position = scene
        .series
        .iter()
        .position(|one| std::ptr::eq(one, backlog));
    let usual_backlog = position.map_or(f64::NAN, |s| scene.expected[s][full_at]);
    Some(Queueing {
        source: source.clone(),
        arrivals_ratio: came / usual,
        arrivals_peak_per_s,
        done_per_s,
        backlog_peak,
        evidence: vec![
            at(
                enqueued,
                peak_at,
                arrivals_peak_per_s,
                usual,
                "most jobs enqueued in one bucket, per second",
            ),
            at(
                backlog,
                full_at,
                backlog_peak,
                usual_backlog,
                "most jobs in the queue",
            ),
        ],
    })
    .filter(|queue| queue.arrivals_ratio.is_finite())
}

/// Whether what users feel is that jobs wait or fail, and nothing else.
pub fn only_jobs_wait(scene: &Scene<'_>, members: &[usize]) -> bool {
    let mut felt = members
        .iter()
        .map(|&m| &scene.anomalies[m])
        .filter(|one| is_impact(one))
        .peekable();
    let is_jobs =
        |one: &Anomaly| one.family == Family::Jobs && one.signal.role == Role::AsyncUserFacing;
    felt.peek().is_some() && felt.all(is_jobs)
}

/// The bucket of the largest value and the value; the first of equals.
fn peak(series: &Series, buckets: &[usize]) -> Option<(usize, f64)> {
    let known = buckets
        .iter()
        .filter_map(|&i| Some((i, evidence::value(series, i)?)));
    known.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{MINUTES, World, minute, selection};
    use super::super::{Impact, build};
    use super::*;
    use crate::anomalies::Direction;
    use crate::records::MilestoneKind;
    use crate::series::Values;

    /// Requests as ever; from minute 120 on `times` as many jobs come in for 10 min, and jobs
    /// wait until minute 160.
    fn world(times: u64) -> World {
        let mut world = World::new(|i| if i == 130 { 0.01 } else { 0.0 });
        let counts = |of: &dyn Fn(usize) -> u64| Values::Count((0..MINUTES).map(of).collect());
        let gauge = |of: &dyn Fn(usize) -> f64| Values::Gauge((0..MINUTES).map(of).collect());
        let came = |i: usize| {
            if (120..130).contains(&i) {
                60 * times
            } else {
                60
            }
        };
        let waits = |i: usize| match i {
            120..140 => (i - 119) as f64,
            140..160 => (160 - i) as f64,
            _ => 0.0,
        };
        let (jobs, hidden) = (Family::Jobs, Role::Internal);
        world.add_series("enqueue rate", jobs, hidden, counts(&came), 1.0);
        world.add_series("finish rate", jobs, hidden, counts(&|_| 60), 1.0);
        world.add_series(
            "backlog",
            jobs,
            Role::Resource,
            gauge(&|i| 100.0 * waits(i)),
            0.0,
        );
        let age = gauge(&|i| 60.0 * waits(i));
        let age = world.add_series("job age", jobs, Role::AsyncUserFacing, age, 0.0);
        world.add_anomaly(age, Direction::Up, 120, Some(160), 30.0);
        world
    }

    #[test]
    fn jobs_that_wait_are_explained_by_the_queue_and_not_by_the_requests() {
        let check = |times: u64, verdict: Verdict, ratio: f64| {
            let world = world(times);
            let (scene, members) = (world.scene(), world.members());
            let selection = selection(&world);
            let queue = queueing(&scene, &members, &selection, &selection).expect("jobs wait");
            assert_eq!(queue.verdict(), verdict);
            assert!((queue.arrivals_ratio - ratio).abs() < 0.01, "{queue:?}");
            assert_eq!((queue.backlog_peak, queue.done_per_s), (2000.0, 1.0));
        };
        check(9, Verdict::Load, 3.0);
        check(1, Verdict::Regression, 1.0);
    }

    #[test]
    fn where_only_jobs_wait_no_request_is_lost_and_the_queue_drains() {
        let world = world(9);
        let incidents = build(&world.scene());
        let [incident] = incidents.as_slice() else {
            panic!("{incidents:?}");
        };
        assert_eq!(incident.impact, Impact::default());
        let unknown = |i: usize| incident.lost_share[i].is_nan();
        assert!((120..160).all(unknown), "{:?}", incident.lost_share);
        assert!(
            incident
                .title
                .contains("jobs wait 20 min and more in web.log")
        );
        let mitigated = incident
            .milestones
            .iter()
            .find(|one| one.kind == MilestoneKind::Mitigated)
            .expect("it drained");
        // 2 of 20 minutes are a tenth: minute 158.
        assert_eq!(mitigated.when.at_ns, minute(158));
    }

    #[test]
    fn where_requests_fail_too_the_requests_explain_it() {
        let mut world = world(9);
        world.add_anomaly(1, Direction::Up, 125, Some(150), 20.0);
        let selection = selection(&world);
        assert!(!only_jobs_wait(&world.scene(), &world.members()));
        assert_eq!(
            queueing(&world.scene(), &world.members(), &selection, &selection),
            None
        );
    }

    fn queue(arrivals_ratio: f64) -> Queueing {
        Queueing {
            source: "jobs.log".to_owned(),
            arrivals_ratio,
            arrivals_peak_per_s: 120.0,
            done_per_s: 10.0,
            backlog_peak: 131_567.2,
            evidence: Vec::new(),
        }
    }

    #[test]
    fn more_jobs_are_load_and_as_many_as_ever_are_slow_workers() {
        assert_eq!(queue(3.4).verdict(), Verdict::Load);
        assert_eq!(queue(1.1).verdict(), Verdict::Regression);
        let sentence = queue(3.4).sentence(Some(("traffic x1.00".to_owned(), false)));
        assert_eq!(
            sentence,
            "more jobs came in than jobs.log could finish: jobs enqueued x3.40 (up to 120.0/s), \
             10.0/s done, up to 131,567 in the queue; not the requests: \
             traffic x1.00"
        );
        assert!(
            queue(1.0)
                .sentence(None)
                .starts_with("no more jobs came in")
        );
    }
}
