//! Which shape a line may have, guessed by a few of its bytes.
//!
//! In: lines and the numbers of their shapes. Out: the numbers that the last lines with such bytes
//! had, the latest first. The bytes stand where lines of two shapes began to differ, counted from a quote: values
//! before it may be of any length. A wrong guess costs a try and changes no result.

use wide::u8x16;

use super::search::steady_word;

/// Bits of the number that a line's bytes give.
const BITS: u32 = 8;
/// Farthest quote that is counted.
const QUOTES_MAX: usize = 64;

/// Numbers kept of lines with the same bytes.
pub const KEPT: usize = 4;
/// No number.
const NONE: u8 = u8::MAX;

/// What lines with certain bytes were.
#[derive(Debug)]
pub struct Guess {
    /// How many quotes stand before the bytes.
    quotes: usize,
    /// How far behind the last of them they stand, or behind the line's begin.
    behind: usize,
    /// Where the last of these quotes stood in the newest line that was searched for it.
    last: usize,
    numbers: [[u8; KEPT]; 1 << BITS],
}

impl Default for Guess {
    fn default() -> Self {
        Self {
            quotes: 0,
            behind: 0,
            last: 0,
            numbers: [[NONE; KEPT]; 1 << BITS],
        }
    }
}

impl Guess {
    /// Looks at the bytes that stand at such a place of a line from now on.
    pub fn look_at(&mut self, line: &[u8], place: usize) {
        let before = &line[..place.min(line.len())];
        let quotes = before.iter().filter(|byte| **byte == b'"').count();
        let last = before.iter().rposition(|byte| *byte == b'"');
        (self.quotes, self.behind) = match last {
            Some(at) if quotes <= QUOTES_MAX => (quotes, before.len() - at),
            _ => (0, before.len()),
        };
    }

    /// Where the number of a line is kept.
    #[inline]
    pub fn place(&mut self, line: &[u8]) -> usize {
        let from = match self.quotes {
            0 => 0,
            // The first quote mostly stands where it stood before.
            1 if line.get(self.last) == Some(&b'"') => self.last,
            quotes => {
                self.last = quote(line, quotes).unwrap_or(line.len());
                self.last
            }
        };
        let bytes = line.get(from + self.behind..).unwrap_or(&[]);
        let (word, _) = steady_word(bytes);
        (word.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - BITS)) as usize
    }

    /// The numbers that are kept at a place, the latest first.
    #[inline]
    pub fn at(&self, place: usize) -> impl Iterator<Item = u8> + use<> {
        let numbers = self.numbers[place].into_iter();
        numbers.take_while(|number| *number != NONE)
    }

    /// Keeps a number below 255 as the latest.
    #[inline]
    pub fn keep(&mut self, place: usize, number: u8) {
        let numbers = &mut self.numbers[place];
        if numbers[0] != number {
            let known = numbers.iter().position(|one| *one == number);
            numbers[..=known.unwrap_or(KEPT - 1)].rotate_right(1);
            numbers[0] = number;
        }
    }
}

/// Where the `count`th quote of a line stands, counted from 1.
#[inline]
fn quote(line: &[u8], count: usize) -> Option<usize> {
    let (parts, rest) = line.as_chunks::<16>();
    let mut left = count;
    for (i, part) in parts.iter().enumerate() {
        let mut found = u8x16::from(*part).simd_eq(u8x16::splat(b'"')).to_bitmask();
        while found != 0 {
            left -= 1;
            if left == 0 {
                return Some(16 * i + found.trailing_zeros() as usize);
            }
            found &= found - 1;
        }
    }
    let mut quotes = rest.iter().enumerate().filter(|(_, byte)| **byte == b'"');
    let (at, _) = quotes.nth(left - 1)?;
    Some(16 * parts.len() + at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn bytes_behind_a_quote_tell_wherever_it_stands() {
        let mut guess = Guess::default();
        let line = |name: &str, text: &str| format!(r#"{{"a":"{name}","{text}":17}}"#);
        guess.look_at(line("b", "order").as_bytes(), 10);
        for (i, text) in ["order", "user", "job"].iter().enumerate() {
            let place = guess.place(line("some name", text).as_bytes());
            guess.keep(place, i as u8);
        }
        for name in ["", "x", "a longer name than before"] {
            let told = ["order", "user", "job"].map(|text| {
                let place = guess.place(line(name, text).as_bytes());
                guess.at(place).next()
            });
            assert_eq!(told, [Some(0), Some(1), Some(2)], "{name}");
        }
    }

    #[test]
    fn the_first_quote_is_found_where_it_stood_and_elsewhere() {
        let mut guess = Guess::default();
        let line = |before: &str, text: &str| format!(r#"t={before} m="{text} "x""#);
        guess.look_at(line("1", "order").as_bytes(), 7);
        let mut place = |before: &str, text: &str| guess.place(line(before, text).as_bytes());
        let (order, user) = (place("1", "order"), place("1", "user"));
        assert_ne!(order, user);
        assert_ne!(order, place("1", "Order"));
        for before in ["", "17", "a longer one", "1"] {
            assert_eq!(
                (place(before, "order"), place(before, "user")),
                (order, user)
            );
        }
    }

    #[test]
    fn behind_many_quotes_bytes_are_counted_from_the_begin() {
        let mut guess = Guess::default();
        let line = |text: &str| format!("{}{text}", "\"a\",".repeat(QUOTES_MAX));
        guess.look_at(line("order").as_bytes(), 4 * QUOTES_MAX);
        let places = ["order", "user"].map(|text| guess.place(line(text).as_bytes()));
        assert_ne!(places[0], places[1]);
    }

    #[test]
    fn several_numbers_are_kept_the_latest_first() {
        let mut guess = Guess::default();
        for number in [1, 2, 3, 2, 4, 5] {
            guess.keep(7, number);
        }
        assert_eq!(guess.at(7).collect::<Vec<u8>>(), [5, 4, 2, 3]);
        guess.keep(7, 4);
        assert_eq!(guess.at(7).collect::<Vec<u8>>(), [4, 5, 2, 3]);
        assert_eq!(guess.at(8).next(), None);
    }

    proptest! {
        #[test]
        fn the_nth_quote_is_found(line in r#"["a]{0,90}"#, n in 1usize..20) {
            let expected = line.bytes().enumerate().filter(|(_, byte)| *byte == b'"').nth(n - 1);
            prop_assert_eq!(quote(line.as_bytes(), n), expected.map(|(at, _)| at));
        }

        #[test]
        fn any_bytes_are_safe(line: Vec<u8>, other: Vec<u8>, place: usize) {
            let mut guess = Guess::default();
            guess.look_at(&line, place);
            let _ = (guess.place(&line), guess.place(&other));
        }
    }
}
