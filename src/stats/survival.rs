//! Kaplan-Meier: how long things last when some of them are not over.
//!
//! Kaplan & Meier 1958, Nonparametric estimation from incomplete observations.

/// One length: how long, and whether it ended or was only watched so far.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observed {
    /// Not negative, not NaN; any unit.
    pub length: f64,
    /// `false`: it is at least that long.
    pub ended: bool,
}

/// The curve after one length.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Step {
    /// Where the curve falls.
    pub length: f64,
    /// How many were known to last at least that long.
    pub at_risk: usize,
    /// How many ended just then; never zero.
    pub ended: usize,
    /// Share that lasts longer, in `[0, 1]`.
    pub survival: f64,
}

/// The curve's steps, shortest first. Ones that end and ones that are cut off at the same length:
/// the ends come first. Empty when nothing ended.
pub fn kaplan_meier(observed: &[Observed]) -> Vec<Step> {
    let mut sorted = observed.to_vec();
    sorted.sort_by(|a, b| a.length.total_cmp(&b.length));
    let (mut steps, mut survival, mut seen) = (Vec::new(), 1.0, 0);
    for same in sorted.chunk_by(|a, b| a.length == b.length) {
        let at_risk = sorted.len() - seen;
        let ended = same.iter().filter(|o| o.ended).count();
        seen += same.len();
        if ended > 0 {
            survival *= (at_risk - ended) as f64 / at_risk as f64;
            steps.push(Step {
                length: same[0].length,
                at_risk,
                ended,
                survival,
            });
        }
    }
    steps
}

/// The length that half of them do not outlast. `None` when the curve stays above one half.
pub fn median_survival(steps: &[Step]) -> Option<f64> {
    // A product of fractions that should be one half may be a little above it.
    steps
        .iter()
        .find(|step| step.survival <= 0.5 + 1e-12)
        .map(|step| step.length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn observed(ended: &[f64], ongoing: &[f64]) -> Vec<Observed> {
        let all = |lengths: &[f64], ended: bool| -> Vec<Observed> {
            lengths
                .iter()
                .map(|&length| Observed { length, ended })
                .collect()
        };
        [all(ended, true), all(ongoing, false)].concat()
    }

    #[test]
    fn an_ongoing_incident_counts_until_it_is_cut_off() {
        let steps = kaplan_meier(&observed(&[5.0, 10.0, 17.0, 30.0, 158.0], &[120.0]));
        let rounded: Vec<_> = steps
            .iter()
            .map(|s| (s.survival * 1e3).round() / 1e3)
            .collect();
        assert_eq!(rounded, [0.833, 0.667, 0.5, 0.333, 0.0]);
        assert_eq!(median_survival(&steps), Some(17.0));
    }

    #[test]
    fn without_an_end_there_is_no_curve() {
        assert_eq!(kaplan_meier(&observed(&[], &[3.0, 4.0])), []);
        assert_eq!(
            median_survival(&kaplan_meier(&observed(&[1.0], &[3.0, 4.0]))),
            None
        );
    }

    proptest! {
        #[test]
        fn the_curve_only_falls_and_equals_the_share_without_censoring(ended in prop::collection::vec(0u32..50, 1..30)) {
            let lengths: Vec<f64> = ended.iter().map(|&x| f64::from(x)).collect();
            let steps = kaplan_meier(&observed(&lengths, &[]));
            for step in &steps {
                let longer = lengths.iter().filter(|&&l| l > step.length).count();
                prop_assert!((step.survival - longer as f64 / lengths.len() as f64).abs() < 1e-9);
            }
            prop_assert!(steps.is_sorted_by(|a, b| a.survival > b.survival && a.length < b.length));
        }
    }
}
