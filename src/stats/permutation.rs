//! Have lengths changed between two groups? A permutation test on the mean of the logarithms.
//!
//! Fisher 1935; the interval is the set of ratios that the same test does not reject. Exact up to
//! 50,000 splits, beyond that the same number of random splits from a fixed seed.

use super::student::t_quantile;

/// Splits looked at, at most.
const SPLITS_MAX: u64 = 50_000;
/// The smallest groups that can reach p < 0.05.
const GROUP_MIN: usize = 4;
const SEED: u64 = 0x5EED;
/// Splits drawn before it is asked whether to go on.
const SPLITS_BETWEEN_STOPS: u64 = 100;

/// How two groups of lengths compare.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// Geometric mean of the second group by that of the first.
    pub ratio: f64,
    /// 95 % interval of the ratio.
    pub ratio_lo: f64,
    /// See `ratio_lo`.
    pub ratio_hi: f64,
    /// Two-sided, in `(0, 1]`.
    pub p_value: f64,
    /// Splits at least as far apart as the groups are, the groups' own included.
    pub extreme: u64,
    /// Splits looked at.
    pub splits: u64,
    /// All splits were looked at.
    pub exact: bool,
    /// The ratio (above 1) that groups of this size and spread would show in 4 of 5 cases:
    /// exp((t of 0.975 + t of 0.80) x standard error), with Welch's degrees of freedom (Welch 1947;
    /// Cohen 1988, Statistical Power Analysis, ch. 2). Smaller changes go unseen more often.
    pub detectable_ratio: f64,
}

/// Compares two groups of lengths, all above zero and finite. `None` for other values and when
/// a group has fewer than 4. Of 10,000 lengths it takes about half a second.
pub fn compare(first: &[f64], second: &[f64]) -> Option<Comparison> {
    compare_unless(first, second, &|| false)
}

/// The same, given up as soon as `stop` says so: then `None` as well.
pub fn compare_unless(
    first: &[f64],
    second: &[f64],
    stop: &dyn Fn() -> bool,
) -> Option<Comparison> {
    let is_length = |x: &&f64| x.is_finite() && **x > 0.0;
    let n = (first.len(), second.len());
    if n.0.min(n.1) < GROUP_MIN || !first.iter().chain(second).all(|x| is_length(&x)) {
        return None;
    }
    let logs: Vec<f64> = first.iter().chain(second).map(|x| x.ln()).collect();
    let (splits, exact) = splits(&logs, n.0, stop)?;
    let change = mean(&logs[n.0..]) - mean(&logs[..n.0]);
    let pool = Pool {
        n,
        total: logs.iter().sum(),
        splits: &splits,
        change,
    };
    let extreme = pool.extreme(0.0);
    let edge = |direction: f64| pool.edge(direction, exact).map(f64::exp);
    Some(Comparison {
        ratio: change.exp(),
        ratio_lo: edge(-1.0).unwrap_or(0.0),
        ratio_hi: edge(1.0).unwrap_or(f64::INFINITY),
        p_value: p_value(extreme, splits.len(), exact),
        // A random sample does not hold the groups' own split by itself.
        extreme: extreme + u64::from(!exact),
        splits: splits.len() as u64 + u64::from(!exact),
        exact,
        detectable_ratio: detectable_ratio(&logs, n.0),
    })
}

/// One way to split all values: the sum of the first group's, and how many of those were the
/// second group's.
type Split = (f64, usize);

struct Pool<'a> {
    n: (usize, usize),
    total: f64,
    splits: &'a [Split],
    change: f64,
}

impl Pool<'_> {
    /// Splits at least as far apart as the groups, when the second one's logarithms are `shift`
    /// lower.
    fn extreme(&self, shift: f64) -> u64 {
        let (n, m) = (self.n.0 as f64, self.n.1 as f64);
        let total = self.total - shift * m;
        let limit = (self.change - shift).abs();
        // Sums in another order differ in the last bits: equal must count as equal.
        let limit = limit - 1e-9 * (1.0 + limit);
        let apart = |&(sum, moved): &Split| {
            let sum = sum - shift * moved as f64;
            ((total - sum) / m - sum / n).abs() >= limit
        };
        self.splits.iter().filter(|split| apart(split)).count() as u64
    }

    /// The end of the 95 % interval in that direction; `None` when the test never rejects.
    fn edge(&self, direction: f64, exact: bool) -> Option<f64> {
        let rejects = |distance: f64| {
            let extreme = self.extreme(self.change + direction * distance);
            p_value(extreme, self.splits.len(), exact) <= 0.05
        };
        let far = (0..40)
            .map(|k| f64::from(1u32 << k.min(31)) * 0.01)
            .find(|&d| rejects(d))?;
        let (mut kept, mut rejected) = (0.0, far);
        for _ in 0..40 {
            let middle = f64::midpoint(kept, rejected);
            if rejects(middle) {
                rejected = middle
            } else {
                kept = middle
            }
        }
        Some(self.change + direction * kept)
    }
}

fn p_value(extreme: u64, splits: usize, exact: bool) -> f64 {
    let own = u64::from(!exact);
    (extreme + own) as f64 / (splits as u64 + own) as f64
}

fn mean(xs: &[f64]) -> f64 {
    xs.iter().sum::<f64>() / xs.len() as f64
}

/// What 4 of 5 comparisons of groups like these would find, as a ratio above 1.
fn detectable_ratio(logs: &[f64], n: usize) -> f64 {
    let (standard_error, freedom) = standard_error(logs, n);
    let t = |p: f64| t_quantile(p, freedom).expect("groups of 4 have 3 degrees and more");
    ((t(0.975) + t(0.80)) * standard_error).exp()
}

/// Of the difference of the two means, with the groups' own variances, and its degrees of freedom
/// (Welch 1947).
fn standard_error(logs: &[f64], n: usize) -> (f64, f64) {
    let part = |xs: &[f64]| {
        let middle = mean(xs);
        let squares: f64 = xs.iter().map(|x| (x - middle).powi(2)).sum();
        let freedom = (xs.len() - 1) as f64;
        (squares / freedom / xs.len() as f64, freedom)
    };
    let ((a, a_freedom), (b, b_freedom)) = (part(&logs[..n]), part(&logs[n..]));
    let freedom = (a + b).powi(2) / (a * a / a_freedom + b * b / b_freedom);
    // Without any spread there are no degrees to speak of.
    let freedom = if freedom.is_finite() {
        freedom
    } else {
        a_freedom + b_freedom
    };
    ((a + b).sqrt(), freedom)
}

#[expect(
    clippy::manual_swap,
    reason = "`swap` checks for overlaps in builds with assertions, which took 20 times as long"
)]
fn swap(order: &mut [usize], i: usize, other: usize) {
    let chosen = order[other];
    order[other] = order[i];
    order[i] = chosen;
}

/// All splits, or a random sample of them; the flag says which. `None` where `stop` said so.
fn splits(logs: &[f64], n: usize, stop: &dyn Fn() -> bool) -> Option<(Vec<Split>, bool)> {
    let split = |chosen: &[usize]| {
        let sum = chosen.iter().map(|&i| logs[i]).sum();
        (sum, chosen.iter().filter(|&&i| i >= n).count())
    };
    if ways(logs.len(), n) > SPLITS_MAX {
        let mut random = SplitMix { state: SEED };
        let mut order: Vec<usize> = (0..logs.len()).collect();
        let sample = (0..SPLITS_MAX).map(|at| {
            if at % SPLITS_BETWEEN_STOPS == 0 && stop() {
                return None;
            }
            for i in 0..n {
                let other = i + random.below(logs.len() - i);
                swap(&mut order, i, other);
            }
            Some(split(&order[..n]))
        });
        return sample.collect::<Option<_>>().map(|sample| (sample, false));
    }
    let mut chosen: Vec<usize> = (0..n).collect();
    let mut all = vec![split(&chosen)];
    // The next combination in lexical order: raise the last index that has room.
    while let Some(i) = (0..n).rev().find(|&i| chosen[i] < logs.len() - n + i) {
        let from = chosen[i] + 1;
        for (step, index) in chosen[i..].iter_mut().enumerate() {
            *index = from + step;
        }
        all.push(split(&chosen));
    }
    Some((all, true))
}

/// Ways to choose `k` of `n`, or a number above `SPLITS_MAX`.
fn ways(n: usize, k: usize) -> u64 {
    let mut ways = 1u64;
    for i in 0..k.min(n - k) as u64 {
        ways = ways * (n as u64 - i) / (i + 1);
        if ways > SPLITS_MAX {
            break;
        }
    }
    ways
}

/// SplitMix64 (Steele, Lea & Flood 2014): small, and the same everywhere.
struct SplitMix {
    state: u64,
}

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Below `n`, which is above zero. The bias of taking the high bits is under n / 2^64.
    fn below(&mut self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BEFORE: [f64; 6] = [38.0, 75.0, 27.0, 92.0, 110.0, 34.0];
    const AFTER: [f64; 6] = [13.0, 29.0, 55.0, 22.0, 16.0, 68.0];

    #[test]
    fn half_the_geometric_mean_of_six_is_not_yet_evidence() {
        let found = compare(&BEFORE, &AFTER).unwrap();
        assert_eq!((found.extreme, found.splits, found.exact), (92, 924, true));
        assert!((found.p_value - 0.0996).abs() < 5e-5 && (found.ratio - 0.515).abs() < 5e-4);
        assert!(
            found.ratio_lo < found.ratio && found.ratio_hi > 1.0,
            "{found:?}"
        );
    }

    #[test]
    fn six_against_six_of_such_spread_show_no_less_than_a_threefold_change() {
        // By hand: standard error 0.3615, 9.85 degrees of freedom (t 2.233 and 0.880).
        let found = compare(&BEFORE, &AFTER).unwrap();
        assert!(
            (found.detectable_ratio - 3.08).abs() < 0.01,
            "{}",
            found.detectable_ratio
        );
        let same = compare(&[5.0; 4], &[5.0; 4]).unwrap();
        assert_eq!(same.detectable_ratio, 1.0);
    }

    #[test]
    fn the_gate_is_4_against_4_and_lengths_are_positive() {
        let (low, high) = ([1.0, 2.0, 3.0, 4.0], [11.0, 12.0, 13.0, 14.0]);
        assert!(compare(&low, &high).unwrap().p_value < 0.05);
        assert_eq!(compare(&low[..3], &high), None);
        assert_eq!(compare(&[0.0, 1.0, 2.0, 3.0], &high), None);
        assert_eq!(compare(&[f64::NAN, 1.0, 2.0, 3.0], &high), None);
    }

    #[test]
    fn many_splits_are_sampled_the_same_way_each_time() {
        let (before, after) = ([BEFORE, BEFORE].concat(), [AFTER, AFTER].concat());
        let found = compare(&before, &after).unwrap();
        assert_eq!((found.exact, found.splits), (false, 50_001));
        assert!((0.005..0.05).contains(&found.p_value), "{found:?}");
        assert_eq!(compare(&before, &after), Some(found));
    }

    #[test]
    fn a_comparison_that_nobody_wants_any_more_is_given_up_between_splits() {
        let (before, after) = ([BEFORE, BEFORE].concat(), [AFTER, AFTER].concat());
        let asked = std::cell::Cell::new(0);
        let stop = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert_eq!(compare_unless(&before, &after, &stop), None);
        assert_eq!(asked.get(), 3, "it was asked after it said stop");
    }

    #[test]
    fn the_generator_is_the_published_one() {
        let mut random = SplitMix { state: 1_234_567 };
        assert_eq!(
            [random.next(), random.next()],
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973]
        );
    }

    proptest! {
        #[test]
        fn the_unit_does_not_matter_and_the_interval_holds_the_ratio(
            a in prop::collection::vec(1.0f64..1e4, 4..7), b in prop::collection::vec(1.0f64..1e4, 4..7), unit in 0.01f64..100.0,
        ) {
            let scaled = |xs: &[f64]| xs.iter().map(|x| x * unit).collect::<Vec<_>>();
            let (found, other) = (compare(&a, &b).unwrap(), compare(&scaled(&a), &scaled(&b)).unwrap());
            prop_assert_eq!(found.extreme, other.extreme);
            prop_assert!(found.ratio_lo <= found.ratio && found.ratio <= found.ratio_hi);
            prop_assert!(found.p_value > 0.0 && found.p_value <= 1.0);
        }
    }
}
