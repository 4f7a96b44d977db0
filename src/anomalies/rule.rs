//! The numbers by which a series is judged, each with its meaning and where it comes from.
//!
//! In: what kind of signal it is. Out: gates and thresholds. Nothing here was fitted to a set of
//! incidents: thresholds come from false alarms wanted per week, gates from what is worth
//! waking someone for.

use crate::series::baseline::{Kind, Prior};

/// Window lengths in observed buckets: Fibonacci numbers, so that any duration is within a
/// quarter of one of them.
pub const WINDOWS: [usize; 8] = [1, 2, 3, 5, 8, 13, 21, 34];
/// Threshold in calibrated sigmas for a source's own series.
pub const THRESHOLD: f64 = 4.5;
/// The same for series of one entity, of which there are many.
pub const THRESHOLD_ENTITY: f64 = 5.5;
/// Observed buckets before anything is flagged.
pub const WARM_UP: usize = 12;
/// A window below this multiple of the threshold needs two buckets in a row.
pub const OVERWHELMING: f64 = 2.5;
/// What counts as "elevated" in a single bucket, sigmas.
pub const ELEVATED: f64 = 1.5;
/// From this window on (index into `WINDOWS`, 5 buckets) the window itself is persistence.
pub const LONG_WINDOW: usize = 3;
/// A share must grow at least by this factor.
pub const SHARE_RATIO: f64 = 1.5;
/// A fall must be by this part of the smallest rise, and twice its events.
pub const FALL_EFFECT: f64 = 0.8;
/// See `FALL_EFFECT`.
pub const FALL_EXCESS: f64 = 2.0;
/// A gauge of whole numbers must move by at least that many of them.
pub const QUANTA: f64 = 2.0;
/// Learning slows to this while the score is above half the threshold.
pub const CAUTIOUS_GAIN: f64 = 0.15;
/// How far back an onset is looked for, observed buckets.
pub const LOOKBACK: usize = 45;
/// The onset is looked for again that many buckets after the flag.
pub const REFINE_AFTER: usize = 8;
/// An episode ends after that long within the baseline.
pub const CLEAR_MIN: f64 = 5.0;
/// ... and at least that many observed buckets.
pub const CLEAR_BUCKETS: usize = 3;
/// A bucket is clear below this, sigmas; a stretch below the next.
pub const CLEAR_SIGMAS: f64 = 2.5;
/// See `CLEAR_SIGMAS`.
pub const CLEAR_STRETCH_SIGMAS: f64 = 3.0;
/// ... or if its effect is below this part of the smallest effect worth an alarm.
pub const CLEAR_EFFECT: f64 = 0.4;
/// Lags at which an excess counts as periodic, minutes.
pub const PERIODS_MIN: [f64; 9] = [
    15.0, 30.0, 60.0, 120.0, 180.0, 1440.0, 2880.0, 4320.0, 10_080.0,
];
/// Periodic: that many lags with at least half the excess.
pub const PERIODIC_HITS: usize = 2;
/// Recurring: that many earlier peaks of at least 0.8 of the score, older than 6 h, within 7 d.
pub const REPEATS: usize = 5;
/// See `REPEATS`.
pub const REPEAT_SCORE: f64 = 0.8;
/// See `REPEATS`; minutes.
pub const REPEAT_FROM_MIN: f64 = 360.0;
/// See `REPEATS`; minutes.
pub const REPEAT_UNTIL_MIN: f64 = 10_080.0;

/// How one signal is judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// How its values behave.
    pub kind: Kind,
    /// Score from which it is flagged, calibrated sigmas.
    pub threshold: f64,
    /// Chance per bucket and window that a quiet series reaches the calibrated threshold.
    pub p_value: f64,
    /// Smallest effect: relative for counts and gauges (0.3 is +30 %), difference for shares.
    pub effect_min: f64,
    /// Smallest excess, events (failures).
    pub excess_min: f64,
    /// Smallest difference of a gauge, in its unit.
    pub difference_min: f64,
    /// Whether falls are flagged too.
    pub falls: bool,
    /// After that long in an episode the new level becomes the baseline. `None`: never, an outage
    /// of a day is one outage.
    pub adopt_after_min: Option<f64>,
    /// For ratios: what is assumed before anything is seen.
    pub prior: Prior,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_duration_up_to_the_longest_window_is_near_a_window() {
        for n in 1..=34usize {
            let nearest = WINDOWS
                .iter()
                .map(|&w| w.abs_diff(n))
                .min()
                .expect("windows");
            assert!(nearest as f64 <= 0.25 * n as f64, "{n}");
        }
    }
}
