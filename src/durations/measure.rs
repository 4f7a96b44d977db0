//! Every duration of the lifecycle, from the facts of one incident.

use super::amended::amended;
use super::choice::{Chosen, choose, is_early_warning};
use super::conflicts::{conflicts, premature};
use super::interval::{Order, between};
use super::per_window::of_windows;
use super::windows::{boundaries, downtime, effective_downtime, gaps, sensitivity};
use super::{Duration, Durations, Facts, Measured};
use crate::clock::NS_PER_S;
use crate::clock::words::length;
use crate::records::{ClaimSource, MilestoneKind};
use MilestoneKind::{
    Acknowledged, AlertFired, Change, Closed, Detected, Identified, ImpactStart, Mitigated,
    Notified, Restored,
};

/// Shorter stretches between windows than this, seconds, mislead nobody.
const WELL_S: f64 = 86_400.0;

/// From the first window to the last is not how long anybody worked on it.
fn well_words(gaps: &[Duration]) -> Option<String> {
    let well_s: f64 = gaps.iter().filter_map(|gap| gap.seconds).sum();
    let well = length((well_s * NS_PER_S as f64) as i64);
    (well_s >= WELL_S).then(|| {
        format!("ttr and all that end in the last window hold {well} between windows, in which all was well")
    })
}

/// Measures one incident. Without any fact every duration is missing, and says which end is.
pub fn measure(facts: &Facts) -> Measured {
    let chosen = choose(facts);
    let premature = premature(facts.milestones, &chosen.windows);
    let mut notes = chosen.notes.clone();
    notes.extend(premature.iter().map(|p| {
        let milestone = &facts.milestones[p.claim];
        let (kind, by) = (milestone.kind.name(), milestone.source.words());
        format!(
            "{kind} ({by}) was premature: it came back after {}",
            length(p.reopened_after_ns)
        )
    }));
    let gaps = gaps(&chosen.windows);
    notes.extend(well_words(&gaps));
    // That it got worse is no recurrence.
    let windows_told =
        chosen.windows.len() - boundaries(&chosen.windows) + usize::from(chosen.unclosed);
    let (amended, unamended) = amended(facts);
    Measured {
        amended,
        unamended,
        durations: durations(facts, &chosen),
        conflicts: conflicts(facts, &chosen),
        premature,
        recurrences: windows_told.checked_sub(1),
        of_windows: of_windows(facts, &chosen.windows),
        gaps,
        sensitivity: sensitivity(&chosen.windows),
        notes,
        chosen: chosen.list,
        windows: chosen.windows,
    }
}

/// Every duration of the lifecycle, in its order.
pub(super) fn durations(facts: &Facts, chosen: &Chosen) -> Durations {
    let between =
        |from, to, order| between((from, chosen.when(from)), (to, chosen.when(to)), order);
    let mut rows = vec![
        ("ttd", time_to_detect(chosen)),
        ("ttn", between(AlertFired, Notified, Order::Required)),
        ("tta", between(AlertFired, Acknowledged, Order::Required)),
        ("tti", between(ImpactStart, Identified, Order::Required)),
        ("ttm", between(ImpactStart, Mitigated, Order::Required)),
        ("ttr", between(ImpactStart, Restored, Order::Required)),
        (
            "ttc",
            between(Restored, Closed, Order::Legal("premature closure")),
        ),
    ];
    rows.extend(down(facts, chosen));
    rows.extend([
        (
            "alert_to_resolve",
            between(AlertFired, Closed, Order::Required),
        ),
        (
            "reaction_repair",
            between(Detected, Restored, Order::Absent),
        ),
        ("change_lead", between(Change, ImpactStart, Order::Required)),
        ("fdrt", recovery_of_deployment(facts, chosen)),
        ("segment_detect", segment(chosen, ImpactStart, Detected)),
        (
            "segment_acknowledge",
            segment(chosen, Detected, Acknowledged),
        ),
        (
            "segment_diagnose",
            segment(chosen, Acknowledged, Identified),
        ),
        ("segment_fix", segment(chosen, Identified, Mitigated)),
        ("segment_recover", segment(chosen, Mitigated, Restored)),
    ]);
    Durations(rows)
}

/// D - S. Not known when the start is only inferred from the detection itself.
fn time_to_detect(chosen: &Chosen) -> Duration {
    let stated = chosen
        .get(ImpactStart)
        .filter(|choice| choice.assumed.is_none());
    let order = match is_early_warning(&chosen.list) {
        true => Order::Legal("early_warning"),
        false => Order::Required,
    };
    let detected = chosen.get(Detected);
    let start = stated.map(|choice| &choice.when);
    let end = detected.map(|choice| &choice.when);
    let duration = between((ImpactStart, start), (Detected, end), order);
    let assumed = detected
        .and_then(|choice| choice.assumed)
        .map(str::to_owned);
    Duration {
        reason: duration.reason.or(assumed),
        ..duration
    }
}

fn down(facts: &Facts, chosen: &Chosen) -> [(&'static str, Duration); 2] {
    let unclosed = || Duration {
        from: Some(ImpactStart),
        to: Some(Restored),
        ..Duration::missing(Restored.name())
    };
    let whole = if chosen.unclosed {
        unclosed()
    } else {
        downtime(&chosen.windows)
    };
    let effective = match facts.severity {
        _ if chosen.unclosed => unclosed(),
        Some((grid, q)) => effective_downtime(&chosen.windows, grid, q),
        None => Duration {
            from: Some(ImpactStart),
            to: Some(Restored),
            ..Duration::missing("severity")
        },
    };
    [("downtime", whole), ("effective_downtime", effective)]
}

/// R - C when the cause is a deployment; else there is none.
fn recovery_of_deployment(facts: &Facts, chosen: &Chosen) -> Duration {
    let is_deployment = match facts.cause {
        Some(cause) => cause.deployment,
        None => chosen
            .get(Change)
            .is_some_and(|c| c.source == ClaimSource::Deploys),
    };
    let (from, to) = (Some(Change), Some(Restored));
    match chosen.when(Change) {
        Some(_) if !is_deployment => Duration {
            from,
            to,
            ..Duration::missing("the cause is not known to be a deployment")
        },
        change => between(
            (Change, change),
            (Restored, chosen.when(Restored)),
            Order::Required,
        ),
    }
}

/// One leg of the way from impact to recovery; absent when its milestones are the other way round.
fn segment(chosen: &Chosen, from: MilestoneKind, to: MilestoneKind) -> Duration {
    let start = chosen
        .get(from)
        .filter(|choice| choice.assumed != Some("not_stated"));
    let start = start.map(|choice| &choice.when);
    between((from, start), (to, chosen.when(to)), Order::Absent)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::{Censor, NS_PER_MIN, NS_PER_S, When};
    use crate::durations::{Cause, Measured, Span, Status};
    use crate::events::Evidence;
    use crate::records::Milestone;
    use MilestoneKind::{MitigationAttempt, PartialRecovery};
    use proptest::prelude::*;

    /// A claim of the minute `h:mm`; milestones need evidence, here always the same line.
    fn said(kind: MilestoneKind, h: i64, min: i64, source: ClaimSource) -> Milestone {
        at(
            kind,
            When::stamped((h * 60 + min) * NS_PER_MIN, NS_PER_MIN),
            source,
        )
    }

    fn at(kind: MilestoneKind, when: When, source: ClaimSource) -> Milestone {
        let evidence = Evidence::Line {
            path: "report.txt".into(),
            line: 1,
            offset: 0,
        };
        Milestone::new(kind, when, source, vec![evidence])
    }

    fn window(start_s: i64, end_s: i64) -> Span {
        Span {
            start: When::exact(start_s * NS_PER_S),
            end: When::exact(end_s * NS_PER_S),
        }
    }

    fn facts<'a>(windows: &'a [Span], milestones: &'a [Milestone]) -> Facts<'a> {
        Facts {
            windows,
            milestones,
            severity: None,
            bucket_ns: 10 * NS_PER_S,
            cause: None,
        }
    }

    #[test]
    fn of_claims_that_may_mean_one_instant_the_most_exact_is_taken() {
        let exact = When::stamped((12 * 60 + 5) * NS_PER_MIN + 22 * NS_PER_S, NS_PER_S);
        let claims = [
            said(AlertFired, 12, 5, ClaimSource::Pager),
            said(Notified, 12, 5, ClaimSource::Text),
            at(Notified, exact, ClaimSource::Pager),
            said(Notified, 12, 7, ClaimSource::Pager),
        ];
        let measured = measure(&facts(&[], &claims));
        let taken = measured
            .chosen
            .iter()
            .find(|one| one.kind == Notified)
            .unwrap();
        assert_eq!(taken.when, exact);
    }

    #[test]
    fn days_between_windows_are_told() {
        let windows = [window(0, 60), window(3 * 86_400 + 60, 3 * 86_400 + 120)];
        let measured = measure(&facts(&windows, &[]));
        assert!(
            measured
                .notes
                .iter()
                .any(|note| note.contains("hold 3 d between windows")),
            "{:?}",
            measured.notes
        );
        assert_eq!(
            measure(&facts(&windows[..1], &[])).notes,
            Vec::<String>::new()
        );
    }

    fn words(measured: &Measured, name: &str) -> String {
        measured.durations.get(name).unwrap().to_string()
    }

    /// The API infrastructure's report: an instant per line of its timeline.
    fn config_push() -> Vec<Milestone> {
        let text = ClaimSource::Text;
        vec![
            said(Change, 7, 46, text),
            said(ImpactStart, 9, 4, text),
            said(Detected, 9, 4, text),
            said(Notified, 12, 5, text),
            said(MitigationAttempt, 16, 35, text),
            said(MitigationAttempt, 20, 2, text),
            said(PartialRecovery, 23, 5, text),
            said(Restored, 23, 55, text),
        ]
    }

    #[test]
    fn a_report_alone_gives_its_durations_and_keeps_both_detections() {
        let claims = config_push();
        let measured = measure(&facts(&[], &claims));
        assert_eq!(words(&measured, "ttr"), "14 h 51 min (±1)");
        assert_eq!(words(&measured, "change_lead"), "1 h 18 min (±1)");
        assert_eq!(
            measured.durations.get("change_lead").unwrap().seconds,
            Some(78.0 * 60.0)
        );
        assert_eq!(measured.durations.get("ttd").unwrap().seconds, Some(0.0));
        let [conflict] = &measured.conflicts[..] else {
            panic!("{:?}", measured.conflicts)
        };
        let ttd: Vec<_> = conflict.claims.iter().map(|c| c.ttd_s.unwrap()).collect();
        assert_eq!((conflict.kind, ttd), (Detected, vec![0.0, 10_860.0]));
        assert!(
            conflict.words.ends_with("3 h 1 min apart"),
            "{}",
            conflict.words
        );
    }

    #[test]
    fn the_order_refines_an_instant_inside_its_own_interval() {
        let claims = config_push();
        let windows = [window(9 * 3600 + 4 * 60 + 20, 23 * 3600 + 55 * 60 + 30)];
        let measured = measure(&facts(&windows, &claims));
        let ttd = measured.durations.get("ttd").unwrap();
        assert_eq!((ttd.seconds, ttd.status), (Some(0.0), Status::Interval));
        assert!(ttd.lo == Some(0.0) && ttd.hi.unwrap() < 40.0, "{ttd:?}");
        assert_eq!(measured.durations.get("ttr").unwrap().status, Status::Exact);
    }

    #[test]
    fn a_detection_before_impact_is_an_error_unless_a_monitor_warned_early() {
        let windows = [window(9 * 3600, 10 * 3600)];
        let mut claims = vec![said(Detected, 8, 50, ClaimSource::Text)];
        assert_eq!(
            measure(&facts(&windows, &claims))
                .durations
                .get("ttd")
                .unwrap()
                .status,
            Status::DataError
        );
        claims.push(said(AlertFired, 8, 45, ClaimSource::Pager));
        let ttd = measure(&facts(&windows, &claims))
            .durations
            .get("ttd")
            .unwrap()
            .clone();
        assert_eq!(
            (ttd.seconds, ttd.reason.as_deref()),
            (Some(-600.0), Some("early_warning"))
        );
    }

    #[test]
    fn an_alert_alone_is_only_assumed_delivered() {
        let windows = [window(9 * 3600, 10 * 3600)];
        let claims = [said(AlertFired, 9, 5, ClaimSource::Pager)];
        let ttd = measure(&facts(&windows, &claims))
            .durations
            .get("ttd")
            .unwrap()
            .clone();
        assert_eq!(
            (ttd.seconds, ttd.reason.as_deref()),
            (Some(300.0), Some("assumed_delivered"))
        );
        assert_eq!(
            words(&measure(&facts(&windows, &claims)), "ttn"),
            "n/a (missing: notified)"
        );
    }

    #[test]
    fn an_undelivered_alert_does_not_detect() {
        let windows = [window(9 * 3600, 13 * 3600)];
        let pager = ClaimSource::Pager;
        let claims = [said(AlertFired, 9, 5, pager), said(Notified, 11, 43, pager)];
        let measured = measure(&facts(&windows, &claims));
        assert_eq!(words(&measured, "ttn"), "2 h 38 min (±1)");
        assert_eq!(
            measured.durations.get("ttd").unwrap().seconds,
            Some(163.0 * 60.0)
        );
    }

    #[test]
    fn posts_that_state_no_start_bound_the_time_to_restore() {
        let page = ClaimSource::StatusPage;
        let claims = [said(Detected, 13, 52, page), said(Restored, 19, 34, page)];
        let measured = measure(&facts(&[], &claims));
        let ttr = measured.durations.get("ttr").unwrap();
        assert_eq!(
            (ttr.status, ttr.to_string()),
            (Status::LowerBound, ">= 5 h 42 min".to_owned())
        );
        assert_eq!(words(&measured, "ttd"), "n/a (missing: impact_start)");
    }

    #[test]
    fn a_report_that_states_no_end_has_no_time_to_restore() {
        let claims = [said(ImpactStart, 19, 19, ClaimSource::Text)];
        let measured = measure(&facts(&[], &claims));
        for name in ["ttr", "downtime", "effective_downtime", "reaction_repair"] {
            assert_eq!(
                measured.durations.get(name).unwrap().seconds,
                None,
                "{name}"
            );
        }
        assert_eq!(words(&measured, "ttr"), "n/a (missing: restored)");
    }

    #[test]
    fn what_is_not_confirmed_is_a_bound_whoever_says_it_is_over() {
        let minute = |h: i64, min: i64| (h * 60 + min) * 60;
        let mut windows = [window(minute(15, 35), minute(15, 40))];
        windows[0].end = windows[0].end.unconfirmed();
        let page = ClaimSource::StatusPage;
        let soon = [said(Restored, 15, 41, page)];
        for claims in [&soon[..], &[]] {
            let measured = measure(&facts(&windows, claims));
            for name in ["ttr", "downtime"] {
                let one = measured.durations.get(name).unwrap();
                assert_eq!((one.status, one.hi), (Status::LowerBound, None), "{name}");
                assert_eq!(one.to_string(), ">= 5 min", "{name}");
            }
            let reason = measured.durations.get("ttr").unwrap().reason.clone();
            assert_eq!(reason.unwrap(), "back, but not for long enough to be sure");
        }
        // Who said so when it had lasted knew more than the logs, which end before.
        let late = [said(Restored, 15, 52, page)];
        let ttr = measure(&facts(&windows, &late));
        let ttr = ttr.durations.get("ttr").unwrap();
        assert_eq!((ttr.seconds, ttr.status), (Some(1020.0), Status::Interval));
    }

    #[test]
    fn who_says_that_it_is_over_while_the_logs_show_that_it_is_not_is_not_believed() {
        let minute = |h: i64, min: i64| (h * 60 + min) * 60;
        let mut windows = [window(minute(15, 35), minute(15, 50))];
        windows[0].end.censor = Some(Censor::EndOfData);
        windows[0].end.hi_ns += 3 * NS_PER_MIN;
        let ttr = |min: i64| {
            let claims = [said(Restored, 15, min, ClaimSource::StatusPage)];
            let measured = measure(&facts(&windows, &claims));
            words(&measured, "ttr")
        };
        assert_eq!(ttr(51), ">= 15 min");
        assert_eq!(ttr(54), "19-20 min");
    }

    #[test]
    fn what_mitigated_an_earlier_window_does_not_mitigate_the_one_that_is_on() {
        let minute = |h: i64, min: i64| (h * 60 + min) * 60;
        let mut windows = [
            window(minute(15, 35), minute(15, 40)),
            window(minute(15, 55), minute(16, 0)),
        ];
        windows[1].end.censor = Some(Censor::EndOfData);
        let mut claims = vec![said(Mitigated, 15, 39, ClaimSource::Log)];
        let measured = measure(&facts(&windows, &claims));
        assert_eq!(words(&measured, "ttm"), "n/a (missing: mitigated)");
        claims.push(said(Mitigated, 15, 58, ClaimSource::Log));
        let measured = measure(&facts(&windows, &claims));
        assert_eq!(words(&measured, "ttm"), "23-24 min");
    }

    #[test]
    fn restored_before_it_came_back_was_premature() {
        let minute = |h: i64, min: i64| (h * 60 + min) * 60;
        let windows = [
            window(minute(15, 35), minute(15, 40)),
            window(minute(15, 55), minute(16, 12)),
            window(minute(16, 30), minute(16, 40)),
            window(minute(17, 20), minute(17, 22)),
        ];
        let page = ClaimSource::StatusPage;
        let claims = [
            said(Restored, 16, 12, page),
            said(Restored, 16, 40, page),
            said(Restored, 17, 22, page),
        ];
        let measured = measure(&facts(&windows, &claims));
        let held: Vec<_> = measured
            .premature
            .iter()
            .map(|p| p.reopened_after_ns / NS_PER_MIN)
            .collect();
        assert_eq!(held, [18, 40]);
        assert_eq!(
            (
                words(&measured, "ttr").as_str(),
                words(&measured, "downtime").as_str()
            ),
            ("1 h 47 min", "34 min")
        );
        assert_eq!(measured.recurrences, Some(3));
        assert_eq!(
            measured.sensitivity.iter().map(|s| s.1).collect::<Vec<_>>(),
            [4, 3, 1]
        );
        assert!(measured.conflicts.is_empty(), "{:?}", measured.conflicts);
    }

    #[test]
    fn peoples_own_starts_and_ends_make_windows() {
        let page = ClaimSource::StatusPage;
        let told = [(15, 35, 15, 40), (15, 55, 16, 12), (16, 30, 16, 40)];
        let claims: Vec<_> = told
            .iter()
            .flat_map(|&(a, b, c, d)| [said(ImpactStart, a, b, page), said(Restored, c, d, page)])
            .collect();
        let measured = measure(&facts(&[], &claims));
        assert_eq!(
            measured.durations.get("downtime").unwrap().seconds,
            Some(32.0 * 60.0)
        );
        assert_eq!(measured.premature.len(), 2);
    }

    #[test]
    fn a_surer_identification_wins_and_the_other_is_shown() {
        let page = ClaimSource::StatusPage;
        let mut label = said(Identified, 3, 9, page);
        label.confidence = 0.3;
        let claims = [
            said(ImpactStart, 3, 6, page),
            label,
            said(Identified, 3, 26, page),
            said(Mitigated, 3, 29, page),
            said(Closed, 4, 0, page),
        ];
        let measured = measure(&facts(&[], &claims));
        assert_eq!(measured.durations.get("tti").unwrap().seconds, Some(1200.0));
        assert_eq!(measured.durations.get("ttm").unwrap().seconds, Some(1380.0));
        assert_eq!(
            measured
                .conflicts
                .iter()
                .map(|c| c.kind)
                .collect::<Vec<_>>(),
            [Identified]
        );
    }

    #[test]
    fn a_change_is_never_simply_the_latest_one() {
        let windows = [window(9 * 3600, 10 * 3600)];
        let deploys = ClaimSource::Deploys;
        let claims = [said(Change, 7, 0, deploys), said(Change, 8, 50, deploys)];
        let lead = |cause| {
            let facts = Facts {
                cause,
                ..facts(&windows, &claims)
            };
            measure(&facts)
                .durations
                .get("change_lead")
                .unwrap()
                .seconds
        };
        assert_eq!(lead(None), None);
        assert_eq!(
            lead(Some(Cause {
                claim: 0,
                deployment: true
            })),
            Some(7200.0)
        );
        let changed = measure(&Facts {
            cause: Some(Cause {
                claim: 0,
                deployment: false,
            }),
            ..facts(&windows, &claims)
        });
        assert_eq!(
            changed.durations.get("fdrt").unwrap().status,
            Status::Missing
        );
    }

    #[test]
    fn a_change_after_the_impact_began_is_not_its_cause() {
        let windows = [window(9 * 3600, 10 * 3600)];
        let text = ClaimSource::Text;
        let claims = [said(Change, 7, 0, text), said(Change, 9, 30, text)];
        let measured = measure(&facts(&windows, &claims));
        let lead = measured.durations.get("change_lead").unwrap();
        assert_eq!(lead.hi, Some(7200.0));
    }

    #[test]
    fn an_ongoing_incident_keeps_growing() {
        let mut windows = [window(9 * 3600, 10 * 3600)];
        windows[0].end = When::censored(10 * 3600 * NS_PER_S, Censor::Now);
        let measured = measure(&facts(&windows, &[]));
        for name in ["ttr", "downtime"] {
            let duration = measured.durations.get(name).unwrap();
            assert_eq!(
                (duration.status, duration.hi),
                (Status::Ongoing, None),
                "{name}"
            );
        }
    }

    #[test]
    fn the_contract_has_these_fields() {
        let measured = measure(&facts(&[window(0, 60)], &[]));
        let json = serde_json::to_value(&measured).unwrap();
        let ttr = serde_json::to_string(&json["durations"]["ttr"]).unwrap();
        let expected = r#"{"seconds":60.0,"lo":60.0,"hi":60.0,"status":"exact","reason":null,"from":"impact_start","to":"restored"}"#;
        assert_eq!(ttr, expected);
        assert_eq!(json["durations"]["ttd"]["seconds"], serde_json::Value::Null);
    }

    const KINDS: [MilestoneKind; 8] = [
        Change,
        AlertFired,
        Notified,
        Detected,
        Acknowledged,
        Identified,
        Mitigated,
        Closed,
    ];

    proptest! {
        #[test]
        fn segments_of_an_ordered_incident_sum_to_the_time_to_restore(gaps in prop::array::uniform5(0i64..90)) {
            let kinds = [ImpactStart, Detected, Acknowledged, Identified, Mitigated, Restored];
            let mut minute = 600;
            let claims: Vec<_> = kinds.iter().zip([0].iter().chain(&gaps)).map(|(&kind, gap)| {
                minute += gap;
                said(kind, 0, minute, ClaimSource::Text)
            }).collect();
            let measured = measure(&facts(&[], &claims));
            let seconds = |name: &str| measured.durations.get(name).unwrap().seconds.unwrap();
            let segments: f64 = ["detect", "acknowledge", "diagnose", "fix", "recover"].iter().map(|s| seconds(&format!("segment_{s}"))).sum();
            prop_assert!((segments - seconds("ttr")).abs() < 1e-6);
        }

        #[test]
        fn a_duration_lies_between_claims_of_its_own_clock(
            claims in prop::collection::vec((0usize..8, 0i64..600), 0..12),
        ) {
            let clocks = [
                ("ttn", AlertFired, Notified), ("tta", AlertFired, Acknowledged), ("tti", ImpactStart, Identified),
                ("ttm", ImpactStart, Mitigated), ("ttr", ImpactStart, Restored), ("ttc", Restored, Closed),
                ("alert_to_resolve", AlertFired, Closed), ("segment_diagnose", Acknowledged, Identified),
                ("segment_fix", Identified, Mitigated), ("segment_recover", Mitigated, Restored),
            ];
            let claims: Vec<_> = claims.iter().map(|&(k, min)| said(KINDS[k], 0, min, ClaimSource::Text)).collect();
            let measured = measure(&facts(&[], &claims));
            for (name, from, to) in clocks {
                let duration = measured.durations.get(name).unwrap();
                prop_assert!(duration.seconds.is_none() || (duration.from, duration.to) == (Some(from), Some(to)), "{}", name);
                let of = |kind| claims.iter().filter(move |claim| claim.kind == kind);
                let is_between = |seconds: f64| of(from).any(|a| of(to).any(|b| {
                    (b.when.at_ns - a.when.at_ns) as f64 / NS_PER_S as f64 == seconds
                }));
                // A start that nobody states is only a bound.
                let is_bound = of(from).next().is_none() && duration.status == Status::LowerBound;
                prop_assert!(duration.seconds.is_none_or(|seconds| is_bound || is_between(seconds)), "{} {:?}", name, duration);
            }
        }

        #[test]
        fn any_claims_measure_and_missing_is_never_a_number(
            claims in prop::collection::vec((0usize..8, 0i64..600, 0usize..3), 0..12),
            windows in prop::collection::vec((0i64..600, 0i64..90), 0..4),
        ) {
            let sources = [ClaimSource::Text, ClaimSource::Pager, ClaimSource::Log];
            let claims: Vec<_> = claims.iter().map(|&(k, min, s)| said(KINDS[k], 0, min, sources[s])).collect();
            let windows: Vec<_> = windows.iter().map(|&(a, n)| window(a * 60, (a + n) * 60)).collect();
            let measured = measure(&facts(&windows, &claims));
            for (name, duration) in &measured.durations.0 {
                let has_no_number = matches!(duration.status, Status::Missing | Status::DataError);
                prop_assert_eq!(has_no_number, duration.seconds.is_none(), "{}", name);
                prop_assert!(!has_no_number || (duration.lo.is_none() && duration.hi.is_none() && duration.reason.is_some()));
                prop_assert!(duration.seconds.is_none_or(|s| s >= 0.0 || ["ttd", "ttc"].contains(name)), "{} {:?}", name, duration);
                prop_assert!(duration.lo.zip(duration.hi).is_none_or(|(lo, hi)| lo <= hi));
            }
            prop_assert_eq!(measure(&facts(&windows, &claims)), measured);
        }
    }
}
