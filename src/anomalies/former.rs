//! A level that was given up for a new one, and whether a series went back to it.
//!
//! In: a gauge's observations after the adoption. Out: where it went back. That a level is one of
//! two known ones needs less proof than that it is unlike all before: Wald's sequential
//! probability ratio (1945) of the former level against the adopted one, begun anew whenever the
//! adopted one is likelier (Page 1954). A level that goes back was never normal.

/// Odds at which the former level is taken for true: one in ten million is wrong.
const LOG_ODDS: f64 = 16.1;
/// One observation counts at most for this part of the odds: an outlier is no return.
const ONE_AT_MOST: f64 = 1.0 / 3.0;

/// A level that was given up for a new one.
#[derive(Debug, Clone, Copy)]
pub struct Former {
    /// The level.
    pub level: f64,
    /// On which side of it the new one lies: +1 above, -1 below.
    pub sign: f64,
    /// For how long going back is a recovery.
    pub until_bucket: usize,
    /// The episode that was adopted, and the observation at which.
    pub episode: usize,
    /// See `episode`.
    pub at: usize,
    /// Log odds so far, and the observation at which they began to grow.
    odds: f64,
    since: usize,
}

impl Former {
    /// A level given up at the observation `at`, which ended `episode`.
    pub fn new(level: f64, sign: f64, until_bucket: usize, episode: usize, at: usize) -> Self {
        Self {
            level,
            sign,
            until_bucket,
            episode,
            at,
            odds: 0.0,
            since: at + 1,
        }
    }

    /// Takes the observation `x` at position `now`, where `adopted` was expected, with this
    /// variance. `Some(position)` when the former level holds since then, for `needed`
    /// observations at least.
    pub fn back(
        &mut self,
        now: usize,
        x: f64,
        adopted: f64,
        variance: f64,
        needed: usize,
    ) -> Option<usize> {
        let cap = ONE_AT_MOST * LOG_ODDS;
        let gain = ((x - adopted).powi(2) - (x - self.level).powi(2)) / (2.0 * variance);
        self.odds += if gain.is_nan() {
            0.0
        } else {
            gain.clamp(-cap, cap)
        };
        if self.odds <= 0.0 {
            self.odds = 0.0;
            self.since = now + 1;
        }
        (self.odds >= LOG_ODDS && now + 1 >= self.since + needed).then_some(self.since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(levels: &[f64], expected: Option<(usize, usize)>) {
        let mut former = Former::new(10.0, 1.0, 1000, 0, 99);
        let found = levels
            .iter()
            .enumerate()
            .find_map(|(i, &x)| Some((i, former.back(100 + i, x, 480.0, 85.0 * 85.0, 5)? - 100)));
        assert_eq!(found, expected, "{levels:?}");
    }

    #[test]
    fn a_return_is_known_after_five_observations_and_dated_to_the_first() {
        check(&[470.0, 500.0, 11.0, 9.0, 12.0, 10.0, 11.0], Some((6, 2)));
    }

    #[test]
    fn a_dip_and_a_level_between_are_no_return() {
        check(&[470.0, 11.0, 480.0, 500.0, 460.0, 480.0, 470.0], None);
        check(&[260.0; 30], None);
        check(&[f64::INFINITY; 30], None);
    }
}
