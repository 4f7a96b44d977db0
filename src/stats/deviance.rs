//! Signed root deviances: how far counts and shares are from what was expected, in sigmas.
//!
//! In: sums over a window (seen, expected, tried). Out: a number that is about standard normal
//! when nothing happened, positive above the expectation, finite for every finite input.
//! Does not decide anything: thresholds are the engine's.
//! Source: deviance residuals (McCullagh & Nelder 1989, section 2.4).

/// Expectations below this are taken as this, so that one event where none was expected is a
/// finite surprise (6.3 sigmas).
pub const EXPECTED_MIN: f64 = 1e-9;

/// Closer than this share of the expectation the series expansion is used: the closed form loses
/// all digits to cancellation there, which for counts of 1e15 would be a false alarm.
const EXPANSION_BELOW: f64 = 1e-3;

/// Counts above this and near the expectation take logarithms of `1 + x`, which cost twice the
/// time: their overdispersed deviance is a small difference of large terms.
const LARGE: f64 = 1e6;

/// Signed root deviances of a count under two variances.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CountDeviance {
    /// Against a Poisson variance.
    pub poisson: f64,
    /// Against a negative binomial variance `m (1 + beta m)`.
    pub overdispersed: f64,
}

/// Deviance of `k` events where `m` were expected, with overdispersion `beta >= 0`.
pub fn count(k: f64, m: f64, beta: f64) -> CountDeviance {
    let m = m.max(EXPECTED_MIN);
    let difference = k - m;
    if difference.abs() < EXPANSION_BELOW * m {
        return near(difference, m, beta);
    }
    let log_part = if k > 0.0 { k * (k / m).ln() } else { 0.0 };
    let poisson = log_part - difference;
    let overdispersed = if beta * k.max(m) < 1e-6 {
        poisson
    } else if k > LARGE && difference.abs() < 0.1 * m {
        let r = 1.0 / beta;
        k * (difference / m).ln_1p() - (k + r) * (difference / (m + r)).ln_1p()
    } else {
        log_part - (k + 1.0 / beta) * ((1.0 + beta * k) / (1.0 + beta * m)).ln()
    };
    CountDeviance {
        poisson: signed_root(poisson, difference),
        overdispersed: signed_root(overdispersed, difference),
    }
}

/// Poisson deviance alone.
pub fn poisson(k: f64, m: f64) -> f64 {
    count(k, m, 0.0).poisson
}

/// Third-order expansion around `k = m`.
fn near(difference: f64, m: f64, beta: f64) -> CountDeviance {
    let u = difference / m;
    let poisson = m * u * u * (0.5 - u / 6.0);
    let spread = 1.0 + beta * m;
    let overdispersed = m * u * u / spread * (0.5 - u * (1.0 + 2.0 * beta * m) / (6.0 * spread));
    CountDeviance {
        poisson: signed_root(poisson, difference),
        overdispersed: signed_root(overdispersed, difference),
    }
}

/// Deviance of `k` of `n` where `m` of `n` were expected. 0 when `n` is 0: nothing is known.
/// `k` and `m` are taken as at most `n`.
pub fn binomial(k: f64, n: f64, m: f64) -> f64 {
    if n <= 0.0 {
        return 0.0;
    }
    let expected = (m / n).clamp(1e-7, 1.0 - 1e-7);
    let seen = (k / n).clamp(0.0, 1.0);
    let mut half = 0.0;
    if seen > 0.0 {
        half += seen * (seen / expected).ln();
    }
    if seen < 1.0 {
        half += (1.0 - seen) * ((1.0 - seen) / (1.0 - expected)).ln();
    }
    signed_root(n * half, seen - expected)
}

/// `± sqrt(2 half)`; rounding below zero is zero.
fn signed_root(half: f64, sign: f64) -> f64 {
    (2.0 * half.max(0.0)).sqrt().copysign(sign)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(seen: f64, expected: f64) {
        assert!((seen - expected).abs() < 1e-4, "{seen} is not {expected}");
    }

    #[test]
    fn deviances_agree_with_values_by_hand() {
        // 2 (20 ln 2 - 10) = 7.72589
        check(poisson(20.0, 10.0), 2.77955);
        // 2 * 10
        check(poisson(0.0, 10.0), -4.47214);
        // 2 (20 ln 2 - 30 ln 1.5) = 3.39798
        check(count(20.0, 10.0, 0.1).overdispersed, 1.84336);
        // 2 * 10 ln 2
        check(count(0.0, 10.0, 0.1).overdispersed, -3.72330);
        // 2 (5 ln 5 + 95 ln (95/99)) = 8.25847
        check(binomial(5.0, 100.0, 1.0), 2.87376);
        check(binomial(0.0, 100.0, 1.0), -1.41777);
        assert_eq!(binomial(0.0, 0.0, 0.0), 0.0);
    }

    #[test]
    fn one_event_where_none_was_expected_is_a_finite_surprise() {
        check(poisson(1.0, 0.0), 6.28068);
        check(poisson(0.0, 0.0), 0.0);
    }

    #[test]
    fn equal_giants_are_no_surprise() {
        assert!(poisson(1e19, 1e19).abs() < 1e-6);
        assert!((poisson(1e18 + 1e9, 1e18) - 1.0).abs() < 1e-3);
    }

    proptest! {
        #[test]
        fn deviances_are_finite_and_have_the_sign_of_the_difference(
            k in 0u64.., m in 0.0f64..1e19, beta in 0.0f64..100.0,
        ) {
            let both = count(k as f64, m, beta);
            prop_assert!(both.poisson.is_finite() && both.overdispersed.is_finite());
            prop_assert!(both.poisson * (k as f64 - m) >= 0.0);
            prop_assert!(both.overdispersed.abs() <= both.poisson.abs() * (1.0 + 1e-6) + 1e-6);
        }

        #[test]
        fn the_expansion_meets_the_closed_form(m in 1.0f64..1e6, beta in 0.0f64..1.0) {
            let inside = count(m * 1.000_999, m, beta);
            let outside = count(m * 1.001_001, m, beta);
            let step = 1.001_001e-3 / 0.999e-3; // deviances are proportional to the difference
            prop_assert!((inside.poisson * step / outside.poisson - 1.0).abs() < 1e-4);
            prop_assert!((inside.overdispersed * step / outside.overdispersed - 1.0).abs() < 2e-3);
        }

        #[test]
        fn a_share_is_finite(k in 0u64.., n in 0u64.., m in 0.0f64..1e20) {
            prop_assert!(binomial(k as f64, n as f64, m).is_finite());
        }
    }
}
