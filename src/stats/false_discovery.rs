//! Many tests at once: which of them may be believed.

/// For each p-value whether it is a discovery when at most the share `q` of all discoveries may
/// be false on average (Benjamini & Hochberg 1995, step-up; valid for independent and for
/// positively dependent tests). A NaN is no discovery but counts as a test. Ties are treated
/// alike. None of nothing.
pub fn discoveries(p_values: &[f64], q: f64) -> Vec<bool> {
    adjusted(p_values).iter().map(|one| *one <= q).collect()
}

/// The smallest `q` at which each p-value is a discovery, in the order given: as R's
/// `p.adjust(p, "BH")`. NaN counts as 1.
pub fn adjusted(p_values: &[f64]) -> Vec<f64> {
    let p = |i: usize| {
        if p_values[i].is_nan() {
            1.0
        } else {
            p_values[i]
        }
    };
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p(a).total_cmp(&p(b)));
    let n = p_values.len() as f64;
    let mut least = 1.0f64;
    let mut adjusted = vec![1.0; p_values.len()];
    for (rank, &i) in order.iter().enumerate().rev() {
        // The last quotient is one but for rounding.
        least = least.min((p(i) * n / (rank + 1) as f64).max(p(i)));
        adjusted[i] = least;
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The fifteen p-values of section 3.2 of Benjamini & Hochberg (1995).
    const PAPER: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262,
        0.5719, 0.6528, 0.7590, 1.0000,
    ];

    #[test]
    fn the_example_of_the_paper_has_four_discoveries() {
        let found = discoveries(&PAPER, 0.05);
        assert_eq!(found.iter().filter(|one| **one).count(), 4);
        assert!(found[..4].iter().all(|one| *one));
    }

    #[test]
    fn adjusted_values_are_the_step_up_minima() {
        // 5 p / rank from the largest down: .05, .05, .05, .05, .05; and a mixed one.
        let even = adjusted(&[0.05, 0.01, 0.02, 0.04, 0.03]);
        assert!(
            even.iter().all(|one| (one - 0.05).abs() < 1e-12),
            "{even:?}"
        );
        let mixed = adjusted(&[0.5, 0.001, f64::NAN, 0.02]);
        let expected = [0.5 * 4.0 / 3.0, 0.004, 1.0, 0.04];
        assert!(
            mixed
                .iter()
                .zip(expected)
                .all(|(a, b)| (a - b).abs() < 1e-12),
            "{mixed:?}"
        );
        assert!(adjusted(&[]).is_empty());
    }

    proptest! {
        #[test]
        fn adjusting_keeps_the_order_and_never_makes_surer(p in prop::collection::vec(0.0f64..=1.0, 0..40)) {
            let q = adjusted(&p);
            for i in 0..p.len() {
                prop_assert!(q[i] >= p[i] && q[i] <= 1.0);
                for j in 0..p.len() {
                    prop_assert!(p[i] > p[j] || q[i] <= q[j]);
                }
            }
        }
    }
}
