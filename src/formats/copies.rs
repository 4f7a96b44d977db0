//! Lines of JSON that were exported twice: Google Cloud delivers an entry at least once, under one
//! `insertId`.
//!
//! In: the lines of a batch, or blocks of a source, in their order, and the keys that together are a
//! line's own. Out: which lines are copies of one before them: of any of the batch, and of the last
//! `EARLIER_MAX` of the source.

use std::collections::{BTreeSet, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};

use super::json::{Value, walk};

/// What the lines so far said of these keys.
#[derive(Debug)]
pub struct Copies<'a> {
    keys: &'a [String],
    seen: BTreeSet<Vec<u8>>,
}

impl<'a> Copies<'a> {
    /// No line yet. Without keys no line is a copy.
    pub fn new(keys: &'a [String]) -> Self {
        Self {
            keys,
            seen: BTreeSet::new(),
        }
    }

    /// Whether a line has the values of one before it; those without all of the keys have not.
    pub fn is_one(&mut self, line: &[u8]) -> bool {
        own(self.keys, line).is_some_and(|values| !self.seen.insert(values))
    }
}

/// Lines of a source of which copies are looked for in later blocks: the newest, some 6 MB of
/// numbers that stand for them.
pub const EARLIER_MAX: usize = 1 << 18;

/// What the newest lines of a source said of the keys, from block to block.
#[derive(Debug, Clone, Default)]
pub struct Earlier {
    seen: HashSet<u64>,
    /// The same, the oldest first.
    order: VecDeque<u64>,
}

impl Earlier {
    /// Makes lines of a block blank that are copies of lines before them.
    pub fn blank_copies(&mut self, keys: &[String], block: &mut [u8]) {
        for line in block.split_mut(|byte| *byte == b'\n') {
            let Some(values) = own(keys, line) else {
                continue;
            };
            // Of so many lines two others meet in one number once in 10^8 logs.
            let mut hasher = DefaultHasher::new();
            values.hash(&mut hasher);
            let number = hasher.finish();
            if !self.seen.insert(number) {
                line.fill(b' ');
                continue;
            }
            self.order.push_back(number);
            if self.order.len() > EARLIER_MAX
                && let Some(oldest) = self.order.pop_front()
            {
                self.seen.remove(&oldest);
            }
        }
    }
}

/// The values of the keys in a line; `None` for one without all of them.
fn own(keys: &[String], line: &[u8]) -> Option<Vec<u8>> {
    if keys.is_empty() {
        return None;
    }
    let mut values: Vec<&[u8]> = vec![b""; keys.len()];
    walk(line, &mut |path, value| {
        if let Value::Text(bytes) | Value::Bare(bytes) = value
            && let Some(i) = keys.iter().position(|key| key.as_bytes() == path)
        {
            values[i] = bytes;
        }
    })?;
    let is_whole = values.iter().all(|value| !value.is_empty());
    is_whole.then(|| values.join(&b'"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_copy_if_all_of_its_keys_say_the_same() {
        let keys = ["id".to_owned(), "at.s".to_owned()];
        let mut copies = Copies::new(&keys);
        let lines = [
            (r#"{"id":"a","at":{"s":1},"n":1}"#, false),
            (r#"{"id":"a","at":{"s":2},"n":1}"#, false),
            (r#"{"at":{"s":1},"id":"a","n":2}"#, true),
            (r#"{"id":"a"}"#, false),
            (r#"{"id":"a"}"#, false),
            (r#"{"id":"a","at":{"s":1}"#, false),
        ];
        for (line, expected) in lines {
            assert_eq!(copies.is_one(line.as_bytes()), expected, "{line}");
        }
        assert!(!Copies::new(&[]).is_one(b"{}"));
    }

    fn blanked(earlier: &mut Earlier, block: &str) -> String {
        let mut bytes = block.as_bytes().to_vec();
        earlier.blank_copies(&["id".to_owned()], &mut bytes);
        String::from_utf8(bytes).expect("text")
    }

    #[test]
    fn a_copy_in_a_later_block_is_blank() {
        let mut earlier = Earlier::default();
        let first = "{\"id\":\"a\"}\n{\"id\":\"b\"}\nx\n";
        assert_eq!(blanked(&mut earlier, first), first);
        assert_eq!(
            blanked(
                &mut earlier,
                "{\"id\":\"c\"}\n{\"id\":\"b\"}\nx\n{\"id\":\"c\"}"
            ),
            "{\"id\":\"c\"}\n          \nx\n          "
        );
    }

    #[test]
    fn the_oldest_lines_are_forgotten_and_no_more_are_kept_than_may_be() {
        let mut earlier = Earlier::default();
        let line = |i: usize| format!("{{\"id\":{i}}}\n");
        let block: String = (0..=EARLIER_MAX).map(line).collect();
        assert_eq!(blanked(&mut earlier, &block), block);
        assert_eq!(
            (earlier.seen.len(), earlier.order.len()),
            (EARLIER_MAX, EARLIER_MAX)
        );
        assert_eq!(blanked(&mut earlier, &line(0)), line(0));
        assert_ne!(blanked(&mut earlier, &line(EARLIER_MAX)), line(EARLIER_MAX));
    }
}
