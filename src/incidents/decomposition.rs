//! Extra time by its reasons: more work, other work, dearer work.
//!
//! In: events and seconds per kind of work, baseline and selection. Out: the difference of the two
//! totals as traffic, mix and cost, which sum to it exactly.

use serde::Serialize;

use crate::events::Text;
use crate::series::query::Split;

/// The dimensions that tell kinds of work apart; the first that a source has is taken.
pub const WORK: [Text; 4] = [Text::Endpoint, Text::Query, Text::Kind, Text::Message];

/// The seconds of a selection against those that the baseline leads to expect in the same time.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decomposition {
    /// What tells kinds of work apart: `endpoint`, `query`; `null` where there is only one kind.
    pub by: Option<String>,
    /// Seconds of work in the selection.
    pub observed_s: f64,
    /// Seconds of work in as much time of the baseline.
    pub expected_s: f64,
    /// Extra seconds because more (or less) work came in.
    pub traffic_s: f64,
    /// Extra seconds because other kinds of work came in.
    pub mix_s: f64,
    /// Extra seconds because the same work took longer.
    pub cost_s: f64,
    /// Work per second, selection over baseline.
    pub traffic_ratio: f64,
    /// Mean seconds of the selection's mix at the baseline's costs, over the baseline's mean.
    pub mix_ratio: f64,
    /// Mean seconds at the selection's costs over those at the baseline's, both of the
    /// selection's mix. The three ratios multiply to observed over expected.
    pub cost_ratio: f64,
}

/// One kind of work: share of all work and mean seconds, baseline and selection.
struct Kind {
    share: [f64; 2],
    cost_s: [f64; 2],
}

/// Splits the extra time by kinds of work; `scale` is the selection's length over the baseline's.
///
/// `time = work x share of the kind x seconds per piece`, summed over kinds; each factor's part is
/// its Shapley value (Sun 1998, "complete decomposition"), so nothing is left over. A kind that
/// one side does not have costs there what it costs on the other: its appearance is mix. `None`
/// where a side has no durations or the baseline's sum is 0.
pub fn decompose(by: Option<&str>, splits: &[Split], scale: f64) -> Option<Decomposition> {
    let sum = |part: usize| splits.iter().map(|one| one.timed[part]).sum::<u64>() as f64;
    let (work, pieces) = ([sum(0) * scale, sum(1)], [sum(0), sum(1)]);
    let kinds: Vec<Kind> = splits.iter().filter_map(|one| kind(one, pieces)).collect();
    let mean = |share: usize, cost: usize| {
        let parts = kinds
            .iter()
            .map(|kind| kind.share[share] * kind.cost_s[cost]);
        parts.sum::<f64>()
    };
    let (before, changed_mix, after) = (mean(0, 0), mean(1, 0), mean(1, 1));
    if !(work[0] > 0.0 && work[1] > 0.0 && before > 0.0 && changed_mix > 0.0) {
        return None;
    }
    let mut effects = [0.0; 3];
    for kind in &kinds {
        let parts = shapley([work, kind.share, kind.cost_s]);
        effects
            .iter_mut()
            .zip(parts)
            .for_each(|(sum, part)| *sum += part);
    }
    Some(Decomposition {
        by: by.map(str::to_owned),
        observed_s: work[1] * after,
        expected_s: work[0] * before,
        traffic_s: effects[0],
        mix_s: effects[1],
        cost_s: effects[2],
        traffic_ratio: work[1] / work[0],
        mix_ratio: changed_mix / before,
        cost_ratio: after / changed_mix,
    })
}

fn kind(split: &Split, pieces: [f64; 2]) -> Option<Kind> {
    let cost = |part: usize| {
        (split.timed[part] > 0).then(|| split.seconds[part] / split.timed[part] as f64)
    };
    let any = cost(0).or(cost(1))?;
    let share = |part: usize| match pieces[part] > 0.0 {
        true => split.timed[part] as f64 / pieces[part],
        false => 0.0,
    };
    Some(Kind {
        share: [share(0), share(1)],
        cost_s: [cost(0).unwrap_or(any), cost(1).unwrap_or(any)],
    })
}

/// What each of three factors adds to the change of their product: the mean over all orders in
/// which they may change one after the other.
fn shapley(factors: [[f64; 2]; 3]) -> [f64; 3] {
    let effect = |i: usize| {
        let [x, y, z] = [0, 1, 2].map(|k| factors[(i + k) % 3]);
        let (dx, dy, dz) = (x[1] - x[0], y[1] - y[0], z[1] - z[0]);
        dx * (y[0] * z[0] + (dy * z[0] + y[0] * dz) / 2.0 + dy * dz / 3.0)
    };
    [effect(0), effect(1), effect(2)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn split(timed: [u64; 2], mean_s: [f64; 2]) -> Split {
        Split {
            timed,
            seconds: [timed[0] as f64 * mean_s[0], timed[1] as f64 * mean_s[1]],
            ..Split::default()
        }
    }

    fn check(splits: &[Split], expected: [f64; 3]) {
        let found = decompose(None, splits, 1.0).expect("durations on both sides");
        for (found, expected) in [found.traffic_s, found.mix_s, found.cost_s]
            .iter()
            .zip(expected)
        {
            assert!((found - expected).abs() < 1e-9, "{found} {expected}");
        }
    }

    #[test]
    fn each_reason_alone_gets_all_of_it() {
        check(
            &[split([100, 300], [0.1, 0.1]), split([100, 300], [0.5, 0.5])],
            [120.0, 0.0, 0.0],
        );
        check(
            &[split([100, 50], [0.1, 0.1]), split([100, 150], [0.5, 0.5])],
            [0.0, 20.0, 0.0],
        );
        check(
            &[split([100, 100], [0.1, 0.4]), split([100, 100], [0.5, 0.5])],
            [0.0, 0.0, 30.0],
        );
    }

    #[test]
    fn new_work_is_mix_and_traffic_and_never_cost() {
        let found = decompose(
            None,
            &[split([100, 100], [0.1, 0.1]), split([0, 100], [0.0, 2.0])],
            1.0,
        );
        let found = found.expect("durations on both sides");
        assert!(
            found.cost_s.abs() < 1e-9 && found.mix_s > found.traffic_s,
            "{found:?}"
        );
    }

    #[test]
    fn without_durations_there_is_nothing_to_split() {
        assert_eq!(decompose(None, &[split([0, 10], [0.0, 1.0])], 1.0), None);
        assert_eq!(decompose(None, &[], 1.0), None);
        assert_eq!(decompose(None, &[split([10, 10], [0.0, 1.0])], 1.0), None);
    }

    proptest! {
        #[test]
        fn the_parts_sum_to_the_whole(rows in prop::collection::vec((0u64..5000, 0u64..5000, 0.0f64..90.0, 0.0f64..90.0), 1..40), scale in 0.01f64..50.0) {
            let splits: Vec<Split> = rows.iter().map(|(a, b, c, d)| split([*a, *b], [*c, *d])).collect();
            if let Some(found) = decompose(Some("x"), &splits, scale) {
                let observed: f64 = splits.iter().map(|one| one.seconds[1]).sum();
                let expected: f64 = splits.iter().map(|one| one.seconds[0] * scale).sum();
                let size = observed.max(expected).max(1.0);
                prop_assert!((found.observed_s - observed).abs() <= 1e-9 * size);
                prop_assert!((found.expected_s - expected).abs() <= 1e-9 * size);
                let sum = found.traffic_s + found.mix_s + found.cost_s;
                prop_assert!((sum - (observed - expected)).abs() <= 1e-9 * size, "{sum} {}", observed - expected);
                let product = found.traffic_ratio * found.mix_ratio * found.cost_ratio;
                prop_assert!((product - observed / expected).abs() <= 1e-9 * product.max(1.0));
            }
        }
    }
}
