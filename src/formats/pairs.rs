//! Which pairs of bytes stand next to each other in some lines: a text of which one pair stands
//! nowhere stands nowhere itself, so that most formats need not try a line.
//!
//! In: the first lines of a source. Out: whether a text may stand in one of them. Says "maybe",
//! never "yes".

use super::clean;
use crate::lines::LineBatch;

/// A bit for each pair of bytes.
const WORDS: usize = (1 << 16) / 64;

/// The pairs of a sample's lines.
#[derive(Debug, Clone)]
pub struct Pairs {
    seen: Vec<u64>,
}

impl Pairs {
    /// Of all lines. Those that hold control bytes may be read without them: then every text may
    /// stand there.
    pub fn of(sample: &LineBatch) -> Self {
        let mut seen = vec![0; WORDS];
        for i in 0..sample.len() {
            let line = sample.line(i);
            if clean::is_dirty(line) {
                seen.fill(u64::MAX);
                break;
            }
            for pair in line.windows(2) {
                let pair = number(pair);
                seen[pair / 64] |= 1 << (pair % 64);
            }
        }
        Self { seen }
    }

    /// Whether a text may stand in one of the lines; true for a text of one byte.
    pub fn may_hold(&self, text: &[u8]) -> bool {
        let is_seen = |pair: &[u8]| {
            let pair = number(pair);
            self.seen[pair / 64] >> (pair % 64) & 1 == 1
        };
        text.windows(2).all(is_seen)
    }
}

#[inline]
fn number(pair: &[u8]) -> usize {
    usize::from(pair[0]) << 8 | usize::from(pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> Pairs {
        Pairs::of(&LineBatch::split(text.as_bytes().to_vec(), 0))
    }

    #[test]
    fn a_text_that_goes_from_line_to_line_stands_in_none() {
        let pairs = of("ab\ncd\n");
        let held = ["ab", "cd", "bc", "b", "abcd"].map(|text| pairs.may_hold(text.as_bytes()));
        assert_eq!(held, [true, true, false, true, false]);
    }

    #[test]
    fn what_control_bytes_divide_may_stand_there() {
        assert!(of("a\x1b[1mb").may_hold(b"ab"));
    }

    proptest! {
        #[test]
        fn what_stands_in_a_line_may_stand_there(lines in prop::collection::vec("[ -~]{0,30}|\\PC{0,9}", 1..5), at in 0usize..30, length in 0usize..9) {
            let pairs = of(&lines.join("\n"));
            for line in &lines {
                let bytes = line.as_bytes();
                let start = at.min(bytes.len());
                let end = (start + length).min(bytes.len());
                prop_assert!(pairs.may_hold(&bytes[start..end]));
            }
        }
    }
}
