//! The name that a mistyped one is likely to mean.

use super::fields::FIELDS;

/// More letters than these are not looked at.
const LETTERS_MAX: usize = 32;

/// The name or alias of a field that is nearest to a word: one that begins with it, or differs
/// from it in at most a third of its letters. The first of equals in the order of the table.
pub fn field(word: &str) -> Option<&'static str> {
    let word = word.to_ascii_lowercase();
    let letters = word.chars().count();
    if letters > LETTERS_MAX {
        return None;
    }
    let names = || {
        let all = FIELDS.iter();
        all.flat_map(|one| std::iter::once(one.name).chain(one.aliases.iter().copied()))
    };
    let begins = names().find(|name| letters >= 2 && name.starts_with(&word));
    let near = names()
        .map(|name| (distance(&word, name), name))
        .filter(|(edits, name)| *edits * 3 <= name.len().max(letters))
        .min_by_key(|(edits, _)| *edits);
    begins.or(near.map(|(_, name)| name))
}

/// How many letters must be put in, taken out, exchanged or swapped with the next one to make one
/// word of the other (optimal string alignment, after Damerau 1964).
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let exchange = last[j] + usize::from(a[i] != b[j]);
            let mut least = exchange.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                least = least.min(before[j - 1] + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near_and_other_words_are_not() {
        assert_eq!(field("staus"), Some("status"));
        assert_eq!(field("lateny"), Some("latency"));
        assert_eq!(field("clinet"), Some("client"));
        assert_eq!(field("lat"), Some("latency"));
        assert_eq!(field("zebra"), None);
        assert_eq!(field(""), None);
        assert_eq!(field(&"x".repeat(10_000)), None);
    }

    #[test]
    fn a_swap_is_one_edit() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("status", "status"), 0);
    }
}
