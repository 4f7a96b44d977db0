//! The way from anomalies to incidents, on hand-made worlds.

use super::attribution::contributors;
use super::fixture::{MINUTES, World, minute, selection};
use super::group::groups;
use super::{Incident, Severity, State, Verdict, Window, build, causes, lost, milestones, windows};
use crate::anomalies::{Direction, Lasting};
use crate::clock::{Censor, NS_PER_MIN, When};
use crate::records::{Milestone, MilestoneKind, Outcome};
use crate::series::{BucketWidth, Family, Role, Values};

const ERRORS: usize = 1;
const TRAFFIC: usize = 0;

/// Half of the requests fail from minute 100 to 130.
fn outage() -> World {
    let mut world = World::new(|i| if (100..130).contains(&i) { 0.5 } else { 0.0 });
    world.add_anomaly(ERRORS, Direction::Up, 100, Some(130), 20.0);
    world
}

#[test]
fn weak_evidence_is_no_incident() {
    let mut world = World::new(|_| 0.0);
    world.add_anomaly(ERRORS, Direction::Up, 150, Some(160), 4.6);
    assert!(groups(&world.scene()).is_empty());
    world.add_anomaly(TRAFFIC, Direction::Down, 150, Some(160), 5.0);
    assert_eq!(
        groups(&world.scene()).len(),
        1,
        "two weak families together are enough"
    );
}

#[test]
fn other_families_join_only_if_they_overlap() {
    let mut world = outage();
    world.add_anomaly(TRAFFIC, Direction::Down, 128, Some(140), 10.0);
    assert_eq!(groups(&world.scene()).len(), 1);
    let mut apart = outage();
    apart.add_anomaly(TRAFFIC, Direction::Down, 135, Some(150), 10.0);
    assert_eq!(groups(&apart.scene()).len(), 2);
}

#[test]
fn a_lone_family_must_last_while_there_is_little_history() {
    let mut world = World::new(|_| 0.0);
    world.add_anomaly(ERRORS, Direction::Up, 30, Some(34), 10.0);
    assert!(groups(&world.scene()).is_empty());
    let mut late = World::new(|_| 0.0);
    late.add_anomaly(ERRORS, Direction::Up, 150, Some(154), 10.0);
    assert_eq!(groups(&late.scene()).len(), 1);
}

#[test]
fn short_good_stretches_do_not_end_a_window() {
    let mut world = World::new(|_| 0.0);
    world.add_anomaly(ERRORS, Direction::Up, 100, Some(110), 10.0);
    world.add_anomaly(ERRORS, Direction::Up, 113, Some(120), 10.0);
    world.add_anomaly(ERRORS, Direction::Up, 126, Some(130), 10.0);
    assert_eq!(
        selection(&world),
        [minute(100)..minute(120), minute(126)..minute(130)]
    );
}

#[test]
fn a_ramp_before_the_impact_sets_no_window() {
    let mut world = outage();
    let gauge = world.add_series(
        "threads",
        Family::Gauge,
        Role::Resource,
        Values::Gauge(vec![1.0; MINUTES]),
        1.0,
    );
    world.add_anomaly(gauge, Direction::Ramp, 40, Some(101), 20.0);
    assert_eq!(selection(&world), [minute(100)..minute(130)]);
}

#[test]
fn a_flood_that_hurts_nobody_ends_when_it_falls_below_a_tenth() {
    let mut world = World::new(|_| 0.0);
    let level = |i: usize| {
        if (100..115).contains(&i) {
            1000
        } else if i < 130 {
            150
        } else {
            100
        }
    };
    world.series[TRAFFIC].values = Values::Count((0..MINUTES).map(level).collect());
    world.add_anomaly(TRAFFIC, Direction::Up, 100, Some(130), 20.0);
    assert_eq!(selection(&world), [minute(100)..minute(115)]);
}

#[test]
fn the_share_lost_is_that_of_failed_requests_within_the_windows() {
    let world = outage();
    let lost = lost::lost_share(&world.scene(), &selection(&world), &world.members());
    assert_eq!(lost[99], 0.0);
    assert!((lost[100] - 0.5).abs() < 1e-9 && (lost[129] - 0.5).abs() < 1e-9);
    assert_eq!(lost[130], 0.0);
}

#[test]
fn a_partial_recovery_is_a_milestone_with_its_fraction() {
    let failing = |i: usize| {
        if (60..120).contains(&i) {
            0.5
        } else if (120..160).contains(&i) {
            0.28
        } else {
            0.0
        }
    };
    let mut world = World::new(failing);
    world.add_anomaly(ERRORS, Direction::Up, 60, Some(160), 20.0);
    let scene = world.scene();
    let found = windows::windows(&scene, &world.members());
    let lost = lost::lost_share(&scene, &selection(&world), &world.members());
    let milestones = milestones::of_logs(&scene, &found, &lost, &world.members());
    let partial: Vec<_> = milestones
        .iter()
        .filter(|one| one.kind == MilestoneKind::PartialRecovery)
        .collect();
    assert_eq!(partial.len(), 1);
    assert_eq!(
        (partial[0].fraction, partial[0].when.at_ns),
        (Some(0.4), minute(120))
    );
    let restored = milestones
        .iter()
        .find(|one| one.kind == MilestoneKind::Restored);
    assert_eq!(restored.map(|one| one.when.at_ns), Some(minute(160)));
}

#[test]
fn who_makes_it_up_is_named_with_what_would_be_left() {
    let world = outage();
    let scene = world.scene();
    let found = contributors(&scene, &world.members(), &selection(&world), &[]);
    let first = &found[0];
    let named = [("client", "b"), ("endpoint", "/pay")].map(|(d, v)| (d.to_owned(), v.to_owned()));
    assert_eq!(
        first.dimensions, named,
        "the same events: one contributor, not two"
    );
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(first.share_of_excess > 0.99, "{first:?}");
    assert!((first.counterfactual.observed - 0.5).abs() < 1e-9);
    assert_eq!(
        (first.counterfactual.without, first.counterfactual.expected),
        (0.0, 0.0)
    );
    assert!(first.evidence.len() >= 2, "a bucket and a line");
}

#[test]
fn what_suffers_like_all_others_is_no_contributor() {
    let mut world = World::new(|i| if (100..130).contains(&i) { 0.999 } else { 0.0 });
    world.add_anomaly(ERRORS, Direction::Up, 100, Some(130), 20.0);
    let scene = world.scene();
    assert!(contributors(&scene, &world.members(), &selection(&world), &[]).is_empty());
}

#[test]
fn a_change_with_a_sign_soon_after_it_ranks_before_a_nearer_one_in_the_day_before() {
    let mut world = outage();
    let gauge = world.add_series(
        "threads",
        Family::Gauge,
        Role::Resource,
        Values::Gauge(vec![1.0; MINUTES]),
        1.0,
    );
    world.add_anomaly(gauge, Direction::Ramp, 21, Some(101), 20.0);
    world.change(20, "push of the configuration", "config", "success");
    world.change(55, "release of the billing pages", "deploy", "success");
    let scene = world.scene();
    let found = causes::causes(&scene, &world.members(), &[], &[window(100, 130)]);
    assert_eq!(found[0].title, "push of the configuration");
    assert_eq!(found[0].lead_s, 4800.0);
    assert!(
        found[0].supported_by[0].contains("threads began to climb"),
        "{:?}",
        found[0].supported_by
    );
    assert!(
        found[1].contradicted_by[0].contains("nothing moved in between"),
        "{:?}",
        found[1].contradicted_by
    );
}

/// A window between two minutes.
fn window(start_min: i64, end_min: i64) -> Window {
    Window {
        start: When::exact(start_min * NS_PER_MIN),
        end: Some(When::exact(end_min * NS_PER_MIN)),
        lasting: crate::anomalies::Lasting::default(),
        kind: crate::incidents::WindowKind::Degraded,
        anomalies: Vec::new(),
    }
}

#[test]
fn trouble_that_comes_back_after_the_rollback_contradicts_the_change() {
    let mut world = outage();
    world.change(60, "release 8", "deploy", "success");
    world.change(140, "rollback of release 8", "deploy", "success");
    let windows = [window(100, 130), window(150, 160), window(170, 180)];
    let found = causes::causes(&world.scene(), &world.members(), &[], &windows);
    assert_eq!(
        found[0].contradicted_by[1..],
        [
            "the impact had ended 10 min before it was rolled back",
            "the trouble came back 2 times after it was rolled back"
        ]
    );
    assert!(found[0].is_contradicted(), "{:?}", found[0]);
    let incident = &build(&world.scene())[0];
    let counted = |one: &Milestone| one.kind == MilestoneKind::Change;
    assert_eq!(incident.milestones.iter().filter(|m| counted(m)).count(), 0);
}

#[test]
fn failed_and_reversing_changes_are_no_causes() {
    let mut world = outage();
    world.change(98, "rollback of release 7", "deploy", "success");
    world.change(99, "release 8", "deploy", "failure");
    let windows = [window(100, 130)];
    assert!(causes::causes(&world.scene(), &world.members(), &[], &windows).is_empty());
}

#[test]
fn an_outage_is_one_incident_with_state_severity_and_attempts() {
    let mut world = outage();
    world.change(98, "release 8", "deploy", "success");
    world.change(125, "rollback of release 8", "deploy", "success");
    let found = build(&world.scene());
    assert_eq!(found.len(), 1);
    let incident = &found[0];
    assert_eq!(
        (incident.state, incident.severity),
        (State::Restored, Severity::Critical)
    );
    assert_eq!(incident.explanation.verdict, Verdict::Unknown);
    assert_eq!(incident.causes[0].title, "release 8");
    let attempt = incident
        .milestones
        .iter()
        .find(|one| one.kind == MilestoneKind::MitigationAttempt);
    assert_eq!(attempt.and_then(|one| one.outcome), Some(Outcome::Worked));
    assert!(
        incident
            .checks
            .iter()
            .any(|check| check.signal == "web.log request rate")
    );
    assert_eq!(incident.impact.failed_requests, Some(1500.0));
    assert_eq!(incident.impact.clients, Some(1));
}

#[test]
fn windows_of_one_signature_are_one_incident_and_others_are_not() {
    let failing = |i: usize| {
        if (100..110).contains(&i) || (150..160).contains(&i) {
            0.5
        } else {
            0.0
        }
    };
    let mut world = World::new(failing);
    world.add_anomaly(ERRORS, Direction::Up, 100, Some(110), 20.0);
    world.add_anomaly(ERRORS, Direction::Up, 150, Some(160), 20.0);
    world.add_anomaly(TRAFFIC, Direction::Down, 200, Some(210), 20.0);
    let found = build(&world.scene());
    assert_eq!(
        found
            .iter()
            .map(|one| one.windows.len())
            .collect::<Vec<_>>(),
        [2, 1]
    );
}

#[test]
fn an_incident_that_lasts_is_ongoing_or_relapsed() {
    let mut world = World::new(|i| if i >= 200 { 0.5 } else { 0.0 });
    world.add_anomaly(ERRORS, Direction::Up, 200, None, 20.0);
    assert_eq!(build(&world.scene())[0].state, State::Ongoing);
    let mut back = World::new(|i| {
        if i >= 200 || (100..110).contains(&i) {
            0.5
        } else {
            0.0
        }
    });
    back.add_anomaly(ERRORS, Direction::Up, 100, Some(110), 20.0);
    back.add_anomaly(ERRORS, Direction::Up, 200, None, 20.0);
    assert_eq!(build(&back.scene())[0].state, State::Relapsed);
    let mut calm = World::new(|i| if (200..230).contains(&i) { 0.5 } else { 0.0 });
    calm.add_anomaly(ERRORS, Direction::Up, 200, None, 20.0);
    calm.anomalies[0].lasting = Lasting {
        seen_until_ns: Some(minute(229)),
        calm_since_ns: Some(minute(230)),
    };
    assert_eq!(
        build(&calm.scene())[0].state,
        State::Recovering,
        "the end is not confirmed yet"
    );
    let mut fresh = World::new(|i| if (220..235).contains(&i) { 0.5 } else { 0.0 });
    fresh.add_anomaly(ERRORS, Direction::Up, 220, Some(235), 20.0);
    assert_eq!(build(&fresh.scene())[0].state, State::Recovering);
}

#[test]
fn what_got_worse_has_been_on_since_it_began() {
    let windows = [window(10, 20), window(40, 60), window(60, 70)];
    let first = |n: usize| super::state::first_of_last(&windows[..n]);
    let starts = [0, 1, 2, 3].map(|n| first(n).map(|window| window.start.at_ns));
    let expected = [None, Some(10), Some(40), Some(40)];
    assert_eq!(starts, expected.map(|start| start.map(minute)));
}

#[test]
fn a_recovery_is_provisional_until_it_is_confirmed() {
    let end = |minutes: i64| {
        let start = minutes as usize - 15;
        let is_on = |i: usize| (start..minutes as usize).contains(&i);
        let mut world = World::new(|i| if is_on(i) { 0.5 } else { 0.0 });
        world.add_anomaly(ERRORS, Direction::Up, minutes - 15, Some(minutes), 20.0);
        build(&world.scene()).remove(0)
    };
    let fresh = end(235);
    let over = |one: &Incident| {
        let mut milestones = one.milestones.iter();
        let restored = milestones.find(|one| one.kind == MilestoneKind::Restored);
        let censors = [one.windows[0].end, restored.map(|one| one.when)];
        censors.map(|when| when.and_then(|when| when.censor))
    };
    assert_eq!(over(&fresh), [Some(Censor::Unconfirmed); 2]);
    let recovery = |one: &Incident| super::state::recovery(one, BucketWidth::MINUTE);
    let expected = super::state::Recovery {
        back_ns: minute(235),
        confirmed_ns: minute(245),
    };
    assert_eq!(recovery(&fresh), Some(expected));
    let sure = end(225);
    assert_eq!((over(&sure), recovery(&sure)), ([None; 2], None));
}

#[test]
fn a_baseline_lies_where_the_source_speaks() {
    let mut world = outage();
    world.series[ERRORS].covered = 90..MINUTES;
    let scene = world.scene();
    let stretches = scene.stretches(&world.series[ERRORS], &selection(&world), &[]);
    assert_eq!(stretches.baseline, [minute(90)..minute(100)]);
}

#[test]
fn noise_is_no_loss() {
    let mut world = World::new(|i| if i % 2 == 0 { 0.02 } else { 0.0 });
    world.expected[ERRORS] = vec![0.01; MINUTES];
    world.add_anomaly(TRAFFIC, Direction::Down, 100, Some(140), 20.0);
    let incident = &build(&world.scene())[0];
    assert!(
        incident.impact.failed_requests.is_some_and(|n| n < 1e-9),
        "{:?}",
        incident.impact
    );
}

#[test]
fn a_source_that_ends_in_the_outage_leaves_no_data() {
    let mut world = World::new(|i| if i >= 150 { 0.5 } else { 0.0 });
    world.add_anomaly(ERRORS, Direction::Up, 150, None, 20.0);
    world.series[ERRORS].covered = 0..170;
    assert_eq!(build(&world.scene())[0].state, State::NoData);
}

#[test]
fn a_rollback_after_the_recovery_is_said_to_be_late() {
    let mut world = outage();
    world.change(160, "rollback of release 8", "deploy", "success");
    world.change(98, "release 8", "deploy", "success");
    let found = causes::causes(&world.scene(), &world.members(), &[], &[window(100, 130)]);
    assert_eq!(
        found[0].contradicted_by,
        ["recovery came 30 min before it was rolled back"]
    );
}

#[test]
fn what_was_on_before_the_data_is_an_incident_with_an_open_start() {
    let mut world = World::new(|i| if i < 60 { 0.5 } else { 0.0 });
    world.add_anomaly(ERRORS, Direction::Up, 0, Some(60), 20.0);
    let one = &mut world.anomalies[0];
    one.start = When::censored(0, Censor::Left);
    one.flagged_at_ns = minute(65);
    one.growth = vec![(64, 20.0)];
    let found = build(&world.scene());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].windows[0].start.censor, Some(Censor::Left));
    assert_eq!(found[0].detectable_at_ns, Some(minute(65)));
}

#[test]
fn what_moved_is_not_called_normal_though_no_detector_flagged_it() {
    let mut world = outage();
    let restarts = |i: usize| u64::from((100..130).contains(&i));
    world.add_series(
        "restarts",
        Family::Messages,
        Role::Internal,
        Values::Count((0..MINUTES).map(restarts).collect()),
        0.01,
    );
    world.add_series(
        "quiet",
        Family::Messages,
        Role::Internal,
        Values::Count(vec![1; MINUTES]),
        0.01,
    );
    let found = build(&world.scene());
    let checked = |name: &str| {
        found[0]
            .checks
            .iter()
            .any(|check| check.signal == format!("web.log {name}"))
    };
    assert!(checked("quiet") && checked("request rate"));
    assert!(!checked("restarts"), "{:?}", found[0].checks);
}

/// An anomaly of one template over minutes.
fn template(world: &mut World, name: &str, detector: &'static str, start: i64, end: Option<i64>) {
    let since = |i: usize| u64::from(i as i64 >= start);
    let values = Values::Count((0..MINUTES).map(since).collect());
    let series = world.add_series(name, Family::Messages, Role::Internal, values, 0.0);
    world.series[series].signal.entity = Some("template=disk full on <*>".to_owned());
    world.add_anomaly(series, Direction::Up, start, end, 15.0);
    let mut anomalies = world.anomalies.iter_mut();
    let one = anomalies.find(|one| one.series == series).expect("added");
    one.detector = detector;
}

#[test]
fn a_template_explains_an_incident_and_does_not_join_two() {
    let mut world = outage();
    world.add_anomaly(ERRORS, Direction::Up, 170, Some(190), 20.0);
    template(&mut world, "warnings", "new template", 98, None);
    let groups = groups(&world.scene());
    assert_eq!(groups.len(), 2, "{groups:?}");
    assert_eq!((groups[0].members.len(), groups[1].members.len()), (2, 1));
    let first = &build(&world.scene())[0];
    let sentence = &first.explanation.sentence;
    assert!(
        sentence.ends_with("; new: disk full on <*> (142 times)"),
        "{sentence}"
    );
    assert_eq!(first.windows[0].start.at_ns, minute(100));
}

#[test]
fn only_a_new_error_that_lasts_is_an_incident_by_itself() {
    let count = |name: &str, detector: &'static str, minutes: i64| {
        let mut world = World::new(|_| 0.0);
        template(&mut world, name, detector, 150, Some(150 + minutes));
        build(&world.scene()).len()
    };
    assert_eq!(count("error messages", "new template", 30), 1);
    assert_eq!(count("error messages", "new template", 4), 0);
    assert_eq!(count("error messages", "rates", 30), 0);
    assert_eq!(count("warnings", "new template", 30), 0);
    assert_eq!(count("messages", "vanished template", 30), 0);
}
