//! How often: a count of independent events with its exact interval.
//!
//! Garwood 1936, Fiducial limits for the Poisson distribution.

/// Probability left out on each side of the interval.
const TAIL: f64 = 0.025;
/// Halvings of the bracket: more than a double has digits.
const HALVINGS: u32 = 60;

/// The 95 % interval of the mean of a Poisson distribution of which `count` was seen: the means
/// for which `count` or fewer, and `count` or more, is not below 2.5 %. The lower end for none is 0.
/// At least 95 % are covered. Costs about `120 * count` exponentials.
pub fn poisson_interval(count: u64) -> (f64, f64) {
    let lo = match count.checked_sub(1) {
        None => 0.0,
        // count or more: all but count - 1 or fewer.
        Some(fewer) => mean_where(|mean| at_most(fewer, mean) <= 1.0 - TAIL, count as f64),
    };
    let hi = mean_where(|mean| at_most(count, mean) <= TAIL, count as f64);
    (lo, hi)
}

/// The least mean that holds; what holds goes on holding above it.
fn mean_where(holds: impl Fn(f64) -> bool, count: f64) -> f64 {
    let (mut below, mut above) = (0.0, count + 5.0);
    while !holds(above) {
        above *= 2.0;
    }
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(below, above);
        if holds(middle) {
            above = middle;
        } else {
            below = middle;
        }
    }
    above
}

/// P(X <= count) for that mean, its terms in logarithms so that no mean underflows.
fn at_most(count: u64, mean: f64) -> f64 {
    let mut log_mass = -mean;
    let mut sum = log_mass.exp();
    for i in 1..=count {
        log_mass += (mean / i as f64).ln();
        sum += log_mass.exp();
    }
    sum.min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_interval_is_that_of_the_published_table() {
        let check = |count: u64, lo: f64, hi: f64| {
            let found = poisson_interval(count);
            assert!(
                (found.0 - lo).abs() < 5e-4 && (found.1 - hi).abs() < 5e-4,
                "{count}: {found:?}"
            );
        };
        check(0, 0.0, 3.6889);
        check(1, 0.0253, 5.5716);
        check(2, 0.2422, 7.2247);
        check(5, 1.6235, 11.6683);
        check(10, 4.7954, 18.3904);
        check(100, 81.3640, 121.6270);
    }

    #[test]
    fn a_large_count_does_not_underflow() {
        let (lo, hi) = poisson_interval(10_000);
        assert!((9_804.0..9_806.0).contains(&lo) && (10_197.0..10_199.0).contains(&hi));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_count_and_rises_with_it(count in 0u64..400) {
            let (lo, hi) = poisson_interval(count);
            let next = poisson_interval(count + 1);
            prop_assert!(lo <= count as f64 && (count as f64) < hi);
            prop_assert!(lo < next.0 && hi < next.1);
        }
    }
}
