//! What holds for any input.

use proptest::prelude::*;

use super::synthetic::{MONDAY_NS, counts, failures, series};
use super::*;
use crate::series::{BucketWidth, Histogram};

fn cut(series: &Series, n: usize) -> Series {
    let mut cut = series.clone();
    cut.grid.n = n;
    cut.covered.end = cut.covered.end.min(n);
    match &mut cut.values {
        Values::Count(x) => x.truncate(n),
        Values::Ratio { k, n: of } => {
            k.truncate(n);
            of.truncate(n);
        }
        Values::Gauge(x) => x.truncate(n),
        Values::Latency(x) => x.truncate(n),
    }
    cut
}

fn check_no_look_ahead(series: &Series) {
    let whole = find(std::slice::from_ref(series), &Options::default());
    assert!(!whole.anomalies.is_empty());
    for anomaly in whole
        .anomalies
        .iter()
        .filter(|a| a.direction != Direction::Silence)
    {
        let n = series.grid.nearest(anomaly.flagged_at_ns - 1) + 1;
        let part = find(&[cut(series, n)], &Options::default());
        let flags: Vec<_> = part.anomalies.iter().map(|a| a.flagged_at_ns).collect();
        assert_eq!(flags.last(), Some(&anomaly.flagged_at_ns), "{flags:?}");
        let sooner = find(&[cut(series, n - 1)], &Options::default());
        assert!(
            sooner
                .anomalies
                .iter()
                .all(|a| a.flagged_at_ns < anomaly.flagged_at_ns)
        );
        let same = |i: usize| part.expected[0][i].to_bits() == whole.expected[0][i].to_bits();
        assert!((0..n).all(same));
    }
}

#[test]
fn a_series_cut_at_the_flag_has_the_same_flag() {
    for seed in 0..4 {
        let factor = |t: usize| {
            if (900..930).contains(&t) || t > 1200 {
                2.5
            } else {
                1.0
            }
        };
        let traffic = Values::Count(counts(seed, 1400, |t| 80.0 * factor(t)));
        check_no_look_ahead(&series(Family::Traffic, 60, traffic));
        let errors = failures(seed, 1400, |_| 100.0, |t| 0.01 * factor(t).powi(3));
        check_no_look_ahead(&series(Family::Errors, 10, errors));
        let mut level = 100.0;
        let levels = (0..1400).map(|t| {
            level += if t > 1000 { 2.0 } else { 0.0 };
            level + (t % 7) as f64
        });
        let mut gauge = series(Family::Sessions, 60, Values::Gauge(levels.collect()));
        gauge.limit = Some(1000.0);
        check_no_look_ahead(&gauge);
    }
}

#[test]
fn the_same_series_give_the_same_report() {
    let all: Vec<Series> = (0..4)
        .map(|seed| {
            let mean = |t: usize| if t % 400 > 380 { 90.0 } else { 30.0 };
            series(Family::Traffic, 60, Values::Count(counts(seed, 1400, mean)))
        })
        .collect();
    let text = || {
        let found = find(&all, &Options::default());
        serde_json::to_string(&found.anomalies).expect("serializes")
    };
    assert_eq!(text(), text());
    let apart = gather(
        all.iter()
            .enumerate()
            .map(|(i, s)| find_one(i, s, &Options::default())),
    );
    assert_eq!(apart.anomalies, find(&all, &Options::default()).anomalies);
}

#[test]
fn an_anomaly_has_the_keys_of_the_report() {
    let share = |t: usize| if t > 500 { 0.3 } else { 0.004 };
    let errors = series(Family::Errors, 60, failures(1, 540, |_| 100.0, share));
    let found = find(&[errors], &Options::default());
    let json = serde_json::to_value(&found.anomalies[0]).expect("serializes");
    for key in [
        "id",
        "signal",
        "direction",
        "start",
        "end",
        "flagged_at",
        "observed",
        "expected",
        "effect",
        "p_value",
        "detector",
    ] {
        assert!(json.get(key).is_some(), "{key}");
    }
    assert_eq!(
        (json["id"].as_str(), json["direction"].as_str()),
        (Some("a1"), Some("up"))
    );
    assert!(json["end"].is_null() && json["start"]["lo"].is_string());
    assert!(
        json["flagged_at"]
            .as_str()
            .is_some_and(|at| at.ends_with('Z'))
    );
}

#[test]
fn nothing_is_found_in_nothing() {
    for values in [
        Values::Count(Vec::new()),
        Values::Gauge(Vec::new()),
        Values::Latency(Vec::new()),
    ] {
        assert_eq!(
            find(&[series(Family::Gauge, 60, values)], &Options::default()).anomalies,
            []
        );
    }
    let missing = series(Family::Gauge, 60, Values::Gauge(vec![f64::NAN; 50]));
    let found = find(&[missing], &Options::default());
    assert!(found.anomalies.is_empty() && found.tested.is_empty());
    assert!(found.expected[0].len() == 50 && found.expected[0].iter().all(|x| x.is_nan()));
}

fn any_values() -> impl Strategy<Value = Values> {
    let count = || prop_oneof![0u64..5, 0u64..1000, any::<u64>()];
    let level = prop_oneof![any::<f64>(), 0.0..100.0, Just(f64::NAN), Just(0.0)];
    prop_oneof![
        prop::collection::vec(count(), 0..120).prop_map(Values::Count),
        prop::collection::vec((count(), count()), 0..120).prop_map(|pairs| {
            let (k, n) = pairs.into_iter().unzip();
            Values::Ratio { k, n }
        }),
        prop::collection::vec(level, 0..120).prop_map(Values::Gauge),
        prop::collection::vec(prop::collection::vec(any::<u64>(), 0..20), 0..60).prop_map(|all| {
            let fill = |values: Vec<u64>| {
                let mut histogram = Histogram::default();
                values.into_iter().for_each(|v| histogram.add(v));
                histogram
            };
            Values::Latency(all.into_iter().map(fill).collect())
        }),
    ]
}

proptest! {
    #[test]
    fn any_input_is_safe_and_its_numbers_are_finite(
        values in any_values(),
        width_s in prop::sample::select(vec![1u64, 2, 5, 10, 30, 60, 300, 900, 3600]),
        limit in prop::option::of(any::<f64>()),
        covered in (0usize..140, 0usize..140),
        family in prop::sample::select(vec![Family::Traffic, Family::Messages, Family::Gauge]),
    ) {
        let mut series = series(family, width_s, values);
        series.limit = limit;
        series.covered = covered.0..covered.1;
        let found = find(std::slice::from_ref(&series), &Options::default());
        prop_assert_eq!(found.expected[0].len(), series.grid.n);
        let end_ns = series.grid.end_ns();
        for a in &found.anomalies {
            prop_assert!(a.observed.is_finite() && a.expected.is_finite() && a.effect.is_finite());
            prop_assert!(a.score.is_finite() && a.p_value > 0.0 && a.p_value <= 1.0);
            prop_assert!(a.start.at_ns >= MONDAY_NS && a.start.at_ns <= a.flagged_at_ns);
            prop_assert!(a.flagged_at_ns <= end_ns && a.buckets.end <= series.grid.n);
            prop_assert!(a.start.lo_ns <= a.start.at_ns && a.start.at_ns <= a.start.hi_ns);
            prop_assert!(a.end.is_none_or(|end| end.at_ns > a.start.at_ns));
            prop_assert!(!a.evidence.is_empty() && !a.rule.is_empty());
        }
    }

    #[test]
    fn any_width_knows_its_minutes(width_s in 1u64..4000, minutes in 0.1f64..1e5) {
        let width = BucketWidth::seconds(width_s).expect("not zero");
        prop_assert!(width.in_minutes(minutes) >= 1);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A silence is flagged inside its gap, and data that end where it begins have none. Weaker than
    /// the law above: cut at its flag, the file itself ends there, which is not a silence.
    #[test]
    fn a_silence_is_flagged_inside_its_gap_and_not_before_it(
        seed in 0u64..1000,
        from in 300usize..600,
        long in 30usize..90,
        rate in 4.0f64..80.0,
    ) {
        let mean = |t: usize| if (from..from + long).contains(&t) { 0.0 } else { rate };
        let traffic = series(Family::Traffic, 60, Values::Count(counts(seed, 900, mean)));
        let whole = find(std::slice::from_ref(&traffic), &Options::default());
        let silence = whole.anomalies.iter().find(|a| a.direction == Direction::Silence);
        let silence = silence.expect("half an hour without traffic");
        let flag = traffic.grid.nearest(silence.flagged_at_ns - 1);
        prop_assert!(flag >= from && flag < from + long, "{} {}", flag, from);
        // No earlier than a gap of this length is improbable, or than the fall was flagged.
        prop_assert!(silence.flagged_at_ns > silence.start.at_ns);
        let before = find(&[cut(&traffic, from)], &Options::default());
        prop_assert!(before.anomalies.iter().all(|a| a.direction != Direction::Silence));
    }
}
