//! Means of a few values: the plain one and the geometric one.

/// The arithmetic mean. `None` on empty; NaN gives NaN.
pub fn mean(values: &[f64]) -> Option<f64> {
    let n = values.len();
    (n > 0).then(|| values.iter().sum::<f64>() / n as f64)
}

/// The geometric mean: the exponential of the mean of the logarithms. `None` on empty and when a
/// value is not above zero, which has no logarithm.
pub fn geometric_mean(values: &[f64]) -> Option<f64> {
    let logs: Vec<f64> = values.iter().map(|x| x.ln()).collect();
    let lawful = values.iter().all(|x| *x > 0.0 && x.is_finite());
    mean(&logs).filter(|_| lawful).map(f64::exp)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_two_samples_of_six_have_the_means_that_are_printed_for_them() {
        let check = |values: [f64; 6], plain: &str, geometric: &str| {
            let words = |x: Option<f64>| format!("{:.1}", x.unwrap());
            assert_eq!(words(mean(&values)), plain);
            assert_eq!(words(geometric_mean(&values)), geometric);
        };
        check([38.0, 75.0, 27.0, 92.0, 110.0, 34.0], "62.7", "54.6");
        check([13.0, 29.0, 55.0, 22.0, 16.0, 68.0], "33.8", "28.1");
    }

    #[test]
    fn what_has_no_logarithm_has_no_geometric_mean() {
        assert_eq!(geometric_mean(&[1.0, 0.0]), None);
        assert_eq!(geometric_mean(&[1.0, -2.0]), None);
        assert_eq!(geometric_mean(&[1.0, f64::INFINITY]), None);
        assert_eq!((geometric_mean(&[]), mean(&[])), (None, None));
    }

    proptest! {
        #[test]
        fn the_geometric_mean_is_no_larger_than_the_plain_one(values in prop::collection::vec(1e-3f64..1e6, 1..30)) {
            let (plain, geometric) = (mean(&values).unwrap(), geometric_mean(&values).unwrap());
            prop_assert!(geometric <= plain * (1.0 + 1e-9));
        }
    }
}
