//! Quantiles of Student's t: how far a mean of few values strays.
//!
//! Student 1908. With `t = sqrt(v) tan(a)` the density is a power of the cosine, which is
//! integrated by Simpson's rule.

use std::f64::consts::FRAC_PI_2;

/// Steps of the integral; even.
const STEPS: usize = 4_000;
/// From here on t is the normal distribution to four digits.
const FREEDOM_MAX: f64 = 10_000.0;

/// The value that t with `freedom` degrees stays below with probability `p` in `(0.5, 1)`; right
/// to about four digits from 2 degrees on, fractions allowed. `None` for less than 2 and for
/// other `p`.
pub fn t_quantile(p: f64, freedom: f64) -> Option<f64> {
    if !(p > 0.5 && p < 1.0 && freedom >= 2.0) {
        return None;
    }
    let freedom = freedom.min(FREEDOM_MAX);
    let step = FRAC_PI_2 / STEPS as f64;
    let density = |i: usize| (i as f64 * step).cos().max(0.0).powf(freedom - 1.0);
    // Areas up to every second step.
    let mut areas = vec![0.0];
    for i in (0..STEPS).step_by(2) {
        let area = density(i) + 4.0 * density(i + 1) + density(i + 2);
        areas.push(areas[i / 2] + area);
    }
    let wanted = (2.0 * p - 1.0) * areas[STEPS / 2];
    let after = areas.partition_point(|area| *area < wanted).max(1);
    let (below, above) = (areas[after - 1], areas[after]);
    let part = (wanted - below) / (above - below);
    let angle = (2.0 * (after as f64 - 1.0 + part)) * step;
    Some(freedom.sqrt() * angle.tan())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        let check = |p: f64, freedom: f64, expected: f64| {
            let found = t_quantile(p, freedom).unwrap();
            assert!(
                (found - expected).abs() < 1e-3 * expected,
                "{p} {freedom}: {found}"
            );
        };
        check(0.975, 2.0, 4.3027);
        check(0.975, 3.0, 3.1824);
        check(0.975, 10.0, 2.2281);
        check(0.80, 10.0, 0.8791);
        check(0.975, 30.0, 2.0423);
        check(0.975, 1e9, 1.9600);
        check(0.80, 1e9, 0.8416);
    }

    #[test]
    fn what_is_out_of_range_has_none() {
        assert_eq!(t_quantile(0.5, 10.0), None);
        assert_eq!(t_quantile(1.0, 10.0), None);
        assert_eq!(t_quantile(0.975, 1.0), None);
        assert_eq!(t_quantile(0.975, f64::NAN), None);
    }
}
