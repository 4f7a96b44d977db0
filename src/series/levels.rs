//! Levels of a bucket: of what is not counted but sampled, such as sessions, queues and gauges.
//!
//! In: samples of numbers of events. Out: their sum, their number and the largest, by the number
//! they are samples of. Does not say which of the three tells a level.

use crate::events::Number;

/// Numbers of events whose values are levels and not counted. Retries are a count that each line
/// says of itself: their sum tells.
pub(super) const LEVELS: [Number; 10] = [
    Number::Sessions,
    Number::FrontendSessions,
    Number::BackendSessions,
    Number::ServerSessions,
    Number::Retries,
    Number::Queue,
    Number::ValueMicro,
    Number::LimitMicro,
    Number::JobAgeUs,
    Number::Transactions,
];

/// Sum, count and largest of a gauge's samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Level {
    /// Sum of the samples.
    pub sum: i64,
    /// How many.
    pub n: u64,
    /// The largest.
    pub max: i64,
}

impl Level {
    fn merge(&mut self, other: &Self) {
        if other.n > 0 {
            self.max = if self.n == 0 {
                other.max
            } else {
                self.max.max(other.max)
            };
            self.sum = self.sum.saturating_add(other.sum);
            self.n += other.n;
        }
    }

    /// The mean; NaN without a sample.
    pub fn mean(&self) -> f64 {
        if self.n == 0 {
            f64::NAN
        } else {
            self.sum as f64 / self.n as f64
        }
    }

    /// The largest sample; NaN without one.
    pub fn largest(&self) -> f64 {
        if self.n == 0 {
            f64::NAN
        } else {
            self.max as f64
        }
    }
}

/// The levels of a bucket. Most logs have none: then it holds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Levels(Option<Box<[Level; LEVELS.len()]>>);

impl Levels {
    /// What was sampled of a number; nothing for numbers that are no levels.
    pub fn of(&self, number: Number) -> Level {
        let place = LEVELS.iter().position(|one| *one == number);
        let levels = self.0.as_deref().zip(place);
        levels.map_or_else(Level::default, |(levels, place)| levels[place])
    }

    /// Adds a sample of the number that stands at a place of `LEVELS`.
    pub(super) fn add(&mut self, place: usize, value: i64) {
        self.0.get_or_insert_default()[place].merge(&Level {
            sum: value,
            n: 1,
            max: value,
        });
    }

    /// Adds another's samples.
    pub(super) fn merge(&mut self, other: &Self) {
        let Some(others) = &other.0 else { return };
        let own = self.0.get_or_insert_default();
        for (own, other) in own.iter_mut().zip(others.iter()) {
            own.merge(other);
        }
    }

    /// Bytes of memory it holds beside itself.
    pub(super) fn held(&self) -> usize {
        self.0.as_deref().map_or(0, size_of_val)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_known_by_its_number_and_others_are_empty() {
        let place = |number| LEVELS.iter().position(|one| *one == number);
        let sessions = place(Number::Sessions).expect("a level");
        let (mut one, mut other) = (Levels::default(), Levels::default());
        assert_eq!(one.held(), 0);
        one.add(sessions, -3);
        other.add(sessions, -5);
        one.merge(&other);
        one.merge(&Levels::default());
        let level = one.of(Number::Sessions);
        assert_eq!((level.sum, level.n, level.max), (-8, 2, -3));
        assert_eq!((level.mean(), level.largest()), (-4.0, -3.0));
        assert!(one.of(Number::Queue).largest().is_nan());
        assert_eq!(one.of(Number::Status), Level::default());
    }
}
