//! When a line is due: arithmetic of times, of no clock.

use std::str::FromStr;

/// How fast time passes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Speed {
    /// So many seconds of the logs a second; above 0 and finite.
    Times(f64),
    /// Nothing waits.
    Max,
}

impl FromStr for Speed {
    type Err = String;

    /// `60`, `0.5`, `60x` or `max`.
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "max" {
            return Ok(Self::Max);
        }
        let number: Option<f64> = text.trim_end_matches('x').parse().ok();
        let times = number.filter(|times| times.is_finite() && *times > 0.0);
        times.map(Self::Times).ok_or_else(|| {
            format!(
                "{text:?} is not a speed: a number above 0, like 60 for a minute a second, or max"
            )
        })
    }
}

impl Speed {
    /// When what was written at `time_ns` is due, if what was written at `first_ns` is due at
    /// `start_ns`; all ns UTC. `None`: at once. What was written before the first is due with it.
    pub fn due(self, time_ns: i64, first_ns: i64, start_ns: i64) -> Option<i64> {
        let Self::Times(times) = self else {
            return None;
        };
        let after_ns = time_ns.saturating_sub(first_ns).max(0);
        // Saturates: what is due beyond all times is due never.
        Some(start_ns.saturating_add((after_ns as f64 / times) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_minute_of_logs_takes_a_second_at_sixty() {
        const S: i64 = 1_000_000_000;
        let due = |text: &str, time_s: i64| {
            let speed: Speed = text.parse().expect("a speed");
            speed.due(time_s * S, 1000 * S, 5 * S)
        };
        assert_eq!(due("60", 1060), Some(6 * S));
        assert_eq!(due("1", 1060), Some(65 * S));
        assert_eq!(due("0.5x", 1060), Some(125 * S));
        assert_eq!(due("60", 900), Some(5 * S));
        assert_eq!(due("max", 1060), None);
    }

    #[test]
    fn a_speed_is_above_nought() {
        for wrong in ["0", "-1", "nan", "inf", "fast", "", "x"] {
            assert!(wrong.parse::<Speed>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_was_written_later_is_never_due_before(a: i64, b: i64, first: i64, start: i64, times in 1e-6f64..1e9) {
            let due = |time| Speed::Times(times).due(time, first, start);
            prop_assert!(due(a.min(b)) <= due(a.max(b)));
            prop_assert_eq!(due(first), Some(start));
        }
    }
}
