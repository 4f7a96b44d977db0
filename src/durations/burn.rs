//! When a multi-window multi-burn-rate page would have fired.
//!
//! Google, The Site Reliability Workbook, chapter 5, "Multiwindow, Multi-Burn-Rate Alerts".
//! A counterfactual: it is printed beside the recorded detection, never mixed with it.

use crate::clock::NS_PER_MIN;
use crate::series::Grid;

/// A page fires when the budget burns this many times too fast over both windows.
struct Page {
    factor: f64,
    long_min: i64,
    short_min: i64,
}

/// A page that begins to fire so long before is of this outage, whose start is not known exactly.
const BEFORE_MIN: f64 = 5.0;

const PAGES: [Page; 2] = [
    Page {
        factor: 14.4,
        long_min: 60,
        short_min: 5,
    },
    Page {
        factor: 6.0,
        long_min: 360,
        short_min: 30,
    },
];

/// The end of the first bucket, from bucket `from` on, after which the page would have fired,
/// ns UTC. Buckets before `from` are history: a page that fired on them is another one.
///
/// `bad` of `all` requests failed per bucket; `slo` in `(0, 1)`, 0.999 unless given. Only past
/// buckets count, and of a window that reaches before the grid, the part that exists.
/// `None` when it never fires, on an empty grid, or for an SLO outside `(0, 1)`.
/// Costs one pass. Slices shorter than the grid end it early.
pub fn burn_alert_at(bad: &[u64], all: &[u64], grid: &Grid, slo: f64, from: usize) -> Option<i64> {
    let budget = 1.0 - slo;
    if !(slo > 0.0 && budget > 0.0) {
        return None;
    }
    let n = grid.n.min(bad.len()).min(all.len());
    let (bad, all) = (running(&bad[..n]), running(&all[..n]));
    let burn = |end: usize, minutes: i64| {
        let buckets = (minutes * NS_PER_MIN / grid.width.ns()).max(1) as usize;
        let start = end.saturating_sub(buckets);
        let requests = all[end] - all[start];
        let failed = (bad[end] - bad[start]) as f64;
        if requests == 0 {
            0.0
        } else {
            failed / requests as f64 / budget
        }
    };
    // A share that equals the limit in decimals must not miss it in binary.
    let fires = |end: usize, page: &Page| {
        let limit = page.factor * (1.0 - 1e-9);
        burn(end, page.long_min) >= limit && burn(end, page.short_min) >= limit
    };
    // A page that an earlier outage keeps firing is not of this one.
    let before = from.saturating_sub(grid.width.in_minutes(BEFORE_MIN));
    let begins = |end: usize, page: &Page| fires(end, page) && !fires(end - 1, page);
    (before + 1..=n)
        .find(|&end| PAGES.iter().any(|page| begins(end, page)))
        .map(|end| grid.time(end.max(from + 1).min(n)))
}

/// Sums before each bucket; one longer than the input.
fn running(counts: &[u64]) -> Vec<u64> {
    let sums = counts.iter().scan(0u64, |sum, &count| {
        *sum = sum.saturating_add(count);
        Some(*sum)
    });
    std::iter::once(0).chain(sums).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::BucketWidth;
    use proptest::prelude::*;

    fn grid(width_s: u64, n: usize) -> Grid {
        Grid {
            start_ns: 0,
            width: BucketWidth::seconds(width_s).unwrap(),
            n,
        }
    }

    /// Seconds from the onset to the page, with `share` of the requests failing.
    fn check(history_s: usize, share: f64, expected_s: Option<i64>) {
        let n = history_s + 40_000;
        let bad: Vec<u64> = (0..n)
            .map(|i| {
                if i < history_s {
                    0
                } else {
                    (share * 1e6) as u64
                }
            })
            .collect();
        let at = burn_alert_at(&bad, &vec![1_000_000; n], &grid(1, n), 0.999, 0);
        assert_eq!(
            at.map(|ns| ns / 1_000_000_000 - history_s as i64),
            expected_s
        );
    }

    #[test]
    fn half_of_the_requests_failing_pages_after_104_s() {
        check(3600 * 6, 0.5, Some(104));
    }

    #[test]
    fn a_slow_burn_is_caught_by_the_long_window_and_a_slower_one_never() {
        check(3600 * 6, 0.01, Some(12_960));
        check(3600 * 6, 0.005, None);
    }

    #[test]
    fn without_history_what_exists_counts() {
        check(0, 0.5, Some(1));
    }

    #[test]
    fn a_page_on_what_came_before_is_another_one() {
        // One failure in the first bucket burns what budget there is.
        let mut bad = vec![0; 400];
        bad[0] = 5;
        bad[300..].fill(50);
        let at = |from| burn_alert_at(&bad, &vec![100; 400], &grid(60, 400), 0.999, from);
        assert_eq!(at(0), Some(NS_PER_MIN));
        assert_eq!(at(300), Some(302 * NS_PER_MIN));
    }

    #[test]
    fn a_page_that_an_earlier_outage_keeps_firing_is_not_of_this_one() {
        let mut bad = vec![0; 400];
        bad[200..260].fill(50);
        let at = |from| burn_alert_at(&bad, &vec![100; 400], &grid(60, 400), 0.999, from);
        assert_eq!(at(270), None);
        // It began a little before what is known of the start.
        assert_eq!(at(203), Some(204 * NS_PER_MIN));
    }

    #[test]
    fn no_requests_and_no_budget_page_nobody() {
        assert_eq!(
            burn_alert_at(&[0; 9], &[0; 9], &grid(60, 9), 0.999, 0),
            None
        );
        assert_eq!(burn_alert_at(&[9; 9], &[9; 9], &grid(60, 9), 1.0, 0), None);
        assert_eq!(
            burn_alert_at(&[9; 9], &[9; 9], &grid(60, 9), f64::NAN, 0),
            None
        );
    }

    proptest! {
        #[test]
        fn the_future_changes_nothing(bad in prop::collection::vec(0u64..9, 1..80), cut in 1usize..80) {
            let all = vec![100; bad.len()];
            let cut = cut.min(bad.len());
            let whole = burn_alert_at(&bad, &all, &grid(60, bad.len()), 0.999, 0);
            let part = burn_alert_at(&bad[..cut], &all[..cut], &grid(60, cut), 0.999, 0);
            prop_assert_eq!(part, whole.filter(|&at| at <= cut as i64 * NS_PER_MIN));
        }
    }
}
