//! Lines of JSON that were exported twice: Google Cloud delivers an entry at least once, under one
//! `insertId`.
//!
//! In: the lines of a batch in their order, and the keys that together are a line's own. Out: which
//! lines are copies of one before them. Does not see beyond the batch.

use std::collections::BTreeSet;

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
        if self.keys.is_empty() {
            return false;
        }
        let mut values: Vec<&[u8]> = vec![b""; self.keys.len()];
        let read = walk(line, &mut |path, value| {
            if let Value::Text(bytes) | Value::Bare(bytes) = value
                && let Some(i) = self.keys.iter().position(|key| key.as_bytes() == path)
            {
                values[i] = bytes;
            }
        });
        if read.is_none() || values.iter().any(|value| value.is_empty()) {
            return false;
        }
        !self.seen.insert(values.join(&b'"'))
    }
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
}
