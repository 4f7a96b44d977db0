//! The worst share within a stretch of buckets, told of enough events to be one.
//!
//! In: counts of some and of all events per bucket. Out: one share for what is drawn in a cell.
//! Detects nothing: a picture that took single buckets would show one failure of two as 50 %.

/// Fewer events than this tell no share; neighbouring buckets are taken together until there are
/// so many.
const POOL_MIN: u64 = 30;

/// The highest share `k / n` among runs of neighbouring buckets of at least 30 events each; of
/// all of them where there are fewer. NaN without any event.
pub fn worst_share(k: &[u64], n: &[u64]) -> f64 {
    let (mut worst, mut run, mut last) = (f64::NAN, (0, 0), (0, 0));
    let share = |(k, n): (u64, u64)| k as f64 / n as f64;
    for (&k, &n) in k.iter().zip(n) {
        run = (run.0 + k, run.1 + n);
        if run.1 >= POOL_MIN {
            worst = worst.max(share(run));
            (last, run) = (run, (0, 0));
        }
    }
    // What is left over is no run of its own: it belongs to the one before it.
    match run.1 {
        0 => worst,
        _ => worst.max(share((last.0 + run.0, last.1 + run.1))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_failure_of_two_requests_is_no_outage() {
        let (k, n) = ([0, 1, 0, 0], [30, 2, 40, 28]);
        assert_eq!(worst_share(&k, &n), 1.0 / 42.0);
    }

    #[test]
    fn a_lasting_failure_of_sparse_requests_is_seen() {
        let (k, n) = ([0, 2, 2, 2], [60, 2, 2, 2]);
        assert_eq!(worst_share(&k, &n), 6.0 / 66.0);
        assert_eq!(worst_share(&[0, 20, 20, 0], &[40, 20, 20, 40]), 1.0);
    }

    #[test]
    fn few_requests_are_told_as_one_and_none_as_unknown() {
        assert_eq!(worst_share(&[1, 0], &[2, 2]), 0.25);
        assert!(worst_share(&[0], &[0]).is_nan() && worst_share(&[], &[]).is_nan());
    }

    proptest! {
        #[test]
        fn it_lies_between_the_whole_share_and_one(pairs in prop::collection::vec((0u64..50, 0u64..50), 1..50)) {
            let k: Vec<u64> = pairs.iter().map(|(k, n)| *k.min(n)).collect();
            let n: Vec<u64> = pairs.iter().map(|(_, n)| *n).collect();
            let whole = k.iter().sum::<u64>() as f64 / n.iter().sum::<u64>() as f64;
            let worst = worst_share(&k, &n);
            prop_assert!(whole.is_nan() == worst.is_nan());
            prop_assert!(worst.is_nan() || (worst >= whole - 1e-12 && worst <= 1.0));
        }
    }
}
