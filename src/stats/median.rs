//! Median and upper quantiles of a few values, with intervals that assume no distribution.
//!
//! Order statistics: Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2.

/// A median with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Median {
    /// The middle value, or the mean of the two middle ones.
    pub median: f64,
    /// Lower end of the interval, one of the values.
    pub lo: f64,
    /// Upper end, one of the values.
    pub hi: f64,
    /// The interval's true confidence in `[0.95, 1)`: at least what was asked.
    pub coverage: f64,
}

/// The middle value. `None` on empty; values that are NaN are not allowed.
pub fn median(values: &[f64]) -> Option<f64> {
    let sorted = sorted(values);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => None,
        n if n % 2 == 1 => Some(sorted[middle]),
        _ => Some(sorted[middle - 1].midpoint(sorted[middle])),
    }
}

/// The median with its 95 % order-statistic interval. `None` below 6 values, where no pair of
/// values reaches 95 %.
pub fn median_interval(values: &[f64]) -> Option<Median> {
    let sorted = sorted(values);
    let n = sorted.len();
    let below = cumulative(n, 0.5);
    // The most extreme pair is (1, n); move inwards while each tail stays within 2.5 %.
    let rank = (1..=n / 2)
        .take_while(|&rank| below[rank - 1] <= 0.025)
        .last()?;
    let (lo, hi) = (sorted[rank - 1], sorted[n - rank]);
    Some(Median {
        median: median(&sorted)?,
        lo,
        hi,
        coverage: 1.0 - 2.0 * below[rank - 1],
    })
}

/// Quantile `p` in `[0, 1]` by linear interpolation (Hyndman & Fan 1996, type 7). `None` on empty.
/// # Panics
/// If `p` is out of range.
pub fn quantile(values: &[f64], p: f64) -> Option<f64> {
    assert!((0.0..=1.0).contains(&p), "p out of range: {p}");
    let sorted = sorted(values);
    let rank = p * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[rank.floor() as usize], sorted[rank.ceil() as usize]);
    Some(below + (above - below) * rank.fract())
}

/// A value that quantile `p` in `(0, 1)` is below with 95 % confidence, one of the values.
/// `None` when there are too few: p = 0.9 needs 29.
pub fn quantile_upper_bound(values: &[f64], p: f64) -> Option<f64> {
    let sorted = sorted(values);
    let below = cumulative(sorted.len(), p);
    let rank = (1..=sorted.len()).find(|&rank| below[rank - 1] >= 0.95)?;
    Some(sorted[rank - 1])
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// P(X <= k) for k = 0..n of a binomial with `n` trials, in logarithms so that no `n` underflows.
fn cumulative(n: usize, p: f64) -> Vec<f64> {
    let (mut log_mass, mut sum) = (n as f64 * (-p).ln_1p(), 0.0);
    let odds = p.ln() - (-p).ln_1p();
    let mut sums = Vec::with_capacity(n + 1);
    for k in 0..=n {
        sum += log_mass.exp();
        sums.push(f64::min(sum, 1.0));
        log_mass += ((n - k) as f64 / (k + 1) as f64).ln() + odds;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn counted(n: usize) -> Vec<f64> {
        (1..=n).map(|i| i as f64).collect()
    }

    #[test]
    fn the_gates_are_6_and_29() {
        assert_eq!(median_interval(&counted(5)), None);
        let six = median_interval(&counted(6)).unwrap();
        assert_eq!(
            (six.median, six.lo, six.hi, six.coverage),
            (3.5, 1.0, 6.0, 0.96875)
        );
        assert_eq!(quantile_upper_bound(&counted(28), 0.9), None);
        assert_eq!(quantile_upper_bound(&counted(29), 0.9), Some(29.0));
    }

    #[test]
    fn intervals_agree_with_the_tables() {
        // Conover's table of the binomial: n = 10 uses ranks 2 and 9, n = 20 ranks 6 and 15.
        let ends = |n| median_interval(&counted(n)).map(|m| (m.lo, m.hi));
        assert_eq!(ends(10), Some((2.0, 9.0)));
        assert_eq!(ends(20), Some((6.0, 15.0)));
        assert_eq!(median(&[]), None);
    }

    #[test]
    fn quantiles_lie_between_their_neighbours() {
        assert_eq!(quantile(&counted(11), 0.9), Some(10.0));
        assert_eq!(quantile(&[4.0, 1.0], 0.5), Some(2.5));
        assert_eq!(quantile(&[7.0], 0.9), Some(7.0));
        assert_eq!(quantile(&[], 0.9), None);
    }

    #[test]
    fn a_large_sample_does_not_underflow() {
        let interval = median_interval(&counted(5_000)).unwrap();
        assert!(interval.lo > 2_400.0 && interval.hi < 2_600.0 && interval.coverage >= 0.95);
    }

    proptest! {
        #[test]
        fn the_median_lies_in_its_interval(values in prop::collection::vec(-1e6f64..1e6, 6..40)) {
            let interval = median_interval(&values).unwrap();
            prop_assert!(interval.lo <= interval.median && interval.median <= interval.hi);
            prop_assert!((0.95..1.0).contains(&interval.coverage));
        }
    }
}
