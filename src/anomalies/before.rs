//! Trouble that was on already when the data begin: shares, and ages of jobs, that get better and
//! stay so.
//!
//! In: a ratio series, or a level. Out: at most one anomaly with a left-censored start, and what is to be
//! expected instead of a baseline learnt in the trouble. The engine looks at the series
//! backwards, from the healthy end; so this is known only once the recovery has lasted.

use std::ops::Range;

use super::engine::Engine;
use super::episode::Ending;
use super::report::{self, Subject};
use super::rule::Rule;
use super::{Anomaly, Found, levels};
use crate::clock::words::rfc3339;
use crate::clock::{Censor, When};
use crate::events::Evidence;
use crate::series::baseline::Sample;
use crate::series::{Series, Values};

/// Minutes after which a recovery is known to last.
const CONFIRM_MIN: f64 = 5.0;

/// What was on before the data.
pub struct Before {
    /// The anomaly.
    pub anomaly: Anomaly,
    /// The share or level expected in each bucket of the grid, from the healthy end.
    pub expected: Vec<f64>,
}

impl Before {
    /// Takes the place of what the way forward made of the same stretch: it is told once.
    pub fn replace_in(self, found: &mut Found) {
        let end_ns = self.anomaly.end.map(|end| end.at_ns);
        found
            .anomalies
            .retain(|one| Some(one.start.at_ns) >= end_ns);
        found.anomalies.insert(0, self.anomaly);
        found.tested.clear();
        found.expected = vec![self.expected];
    }
}

/// Looks at `covered` buckets of a ratio series or a level from their end. `None` if the start is
/// no worse than what follows.
pub fn find(
    index: usize,
    series: &Series,
    covered: Range<usize>,
    (rule, detector): (Rule, &'static str),
) -> Option<Before> {
    let sample = |i: usize| match &series.values {
        Values::Ratio { k, n } => (n[i] > 0).then(|| Sample {
            x: k[i].min(n[i]) as f64,
            n: n[i] as f64,
        }),
        Values::Gauge(levels) => Some(Sample {
            x: levels[i],
            n: 0.0,
        })
        .filter(|sample| levels::measured(sample.x)),
        Values::Count(_) | Values::Latency(_) => None,
    };
    let mirrored = |bucket: usize| covered.start + (covered.end - 1 - bucket);
    let mut engine = Engine::new(rule, series.grid.width);
    for bucket in covered.clone() {
        let from = mirrored(bucket);
        if let Some(sample) = sample(from) {
            engine.step(bucket, series.grid.time(bucket), sample);
        }
    }
    let last = engine
        .episodes()
        .last()
        .filter(|episode| episode.ending == Ending::Open)?;
    let end = mirrored(engine.history().bucket(last.onset.at)) + 1;
    let mut anomaly = report::found(&engine, &Subject::of(index, series, detector))
        .anomalies
        .pop()?;
    let (grid, width_ns) = (&series.grid, series.grid.width.ns());
    let end_ns = grid.time(end);
    let confirmed = end + grid.width.in_minutes(CONFIRM_MIN);
    anomaly.start = When::censored(grid.time(covered.start), Censor::Left);
    anomaly.end = Some(When::between(end_ns - width_ns, end_ns, end_ns + width_ns));
    anomaly.flagged_at_ns = grid.time(confirmed.min(covered.end));
    anomaly.buckets = covered.start..end;
    anomaly.growth = vec![(confirmed.min(covered.end) - 1, anomaly.score)];
    anomaly.rule = format!(
        "on before the data begin, seen from the recovery on: {}",
        anomaly.rule
    );
    let share = |i: usize| sample(i).map(|one| one.x / if one.n > 0.0 { one.n } else { 1.0 });
    let known = covered
        .clone()
        .take(end - covered.start)
        .filter_map(|i| Some((i, share(i)?)));
    let worst = known.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    // The engine's own evidence has mirrored times.
    anomaly.evidence = worst
        .map(|(i, observed)| Evidence::Signal {
            signal: series.signal.full_name(),
            bucket: rfc3339(grid.time(i)),
            observed,
            expected: anomaly.expected,
            rule: anomaly.rule.clone(),
        })
        .into_iter()
        .collect();
    let forward = report::expected(&engine, grid);
    let expected = (0..grid.n).map(|i| match covered.contains(&i) {
        true => forward[mirrored(i)],
        false => f64::NAN,
    });
    Some(Before {
        expected: expected.collect(),
        anomaly,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anomalies::{Options, shares};
    use crate::series::{BucketWidth, Family, Grid, Role, Signal};

    /// 200 buckets of 200 requests, of which a share fails; every tenth bucket one more.
    fn series(share: impl Fn(usize) -> f64) -> Series {
        let n = vec![200u64; 200];
        let k = (0..200)
            .map(|i| (share(i) * 200.0).round() as u64 + u64::from(i % 10 == 0))
            .collect();
        let grid = Grid {
            start_ns: 0,
            width: BucketWidth::seconds(30).expect("not zero"),
            n: 200,
        };
        let signal = Signal {
            source: "web.log".into(),
            name: "error share".into(),
            role: Role::UserFacing,
            entity: None,
            unit: "share".into(),
        };
        Series {
            signal,
            family: Family::Errors,
            grid,
            values: Values::Ratio { k, n },
            covered: 0..200,
            limit: None,
        }
    }

    #[test]
    fn an_outage_at_the_start_is_found_with_an_open_start() {
        let series = series(|i| if i < 40 { 0.3 } else { 0.0 });
        let found = crate::anomalies::find_one(0, &series, &Options::default());
        assert_eq!(found.anomalies.len(), 1, "{:?}", found.anomalies);
        let one = &found.anomalies[0];
        assert_eq!(one.start.censor, Some(Censor::Left));
        let end = one.end.expect("it is over").at_ns;
        assert!(
            (end - series.grid.time(40)).abs() <= series.grid.width.ns(),
            "{end}"
        );
        assert!(
            found.expected[0][10] < 0.02,
            "the baseline is that of the healthy end"
        );
    }

    #[test]
    fn healthy_and_later_trouble_is_not_before() {
        for share in [
            |_| 0.0,
            |i: usize| if (80..120).contains(&i) { 0.3 } else { 0.0 },
            |i: usize| if i > 150 { 0.3 } else { 0.0 },
        ] {
            let series = series(share);
            let rule = shares::rule(&series.signal, &Options::default());
            assert!(find(0, &series, 0..200, (rule, "shares")).is_none());
        }
    }
}
