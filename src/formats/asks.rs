//! What a format asks of lines before they are read with it: keys, signs, and what stands between
//! the fields of its templates.
//!
//! In: a format and the first lines of a source. Out: whether it may be theirs. How much of them it
//! reads is `detect`'s to find out.

use memchr::memmem::Finder;

use super::pairs::Pairs;
use super::{Engine, Format};
use crate::lines::LineBatch;

/// Whether at least half of the lines, and one, have all keys that the format asks for.
pub fn has_required(format: &Format, sample: &LineBatch) -> bool {
    if format.require.is_empty() {
        return true;
    }
    let quoted: Vec<String> = format
        .require
        .iter()
        .map(|key| format!("\"{key}\""))
        .collect();
    let keys: Vec<Finder<'_>> = quoted.iter().map(Finder::new).collect();
    let mut lacking = 0;
    for i in 0..sample.len() {
        let line = sample.line(i);
        lacking += usize::from(!keys.iter().all(|key| has_key(line, key)));
        if lacking * 2 > sample.len() {
            return false;
        }
    }
    lacking < sample.len()
}

/// Whether a text in quotes stands before a colon: as a key and not as a value.
fn has_key(line: &[u8], quoted: &Finder<'_>) -> bool {
    quoted.find_iter(line).any(|at| {
        let rest = line[at + quoted.needle().len()..].trim_ascii_start();
        rest.first() == Some(&b':')
    })
}

/// Whether one of its templates may fit a line; true for a format that has none. Without layers: they
/// may change what stands in a line.
pub fn may_fit(format: &Format, pairs: &Pairs) -> bool {
    let Engine::Template(alternatives) = &format.engine else {
        return true;
    };
    let also = format.also.iter().map(|also| &also.template);
    let mut all = alternatives.iter().chain(also);
    all.any(|one| !one.is_ruled_out(|text| pairs.may_hold(text)))
}

/// Whether a line holds one of the signs that the format asks for.
pub fn has_signs(format: &Format, sample: &LineBatch, pairs: &Pairs) -> bool {
    let likely = format
        .signs
        .iter()
        .filter(|sign| pairs.may_hold(sign.as_bytes()));
    let mut signs = likely.map(Finder::new);
    let stands = |sign: Finder<'_>| (0..sample.len()).any(|i| sign.find(sample.line(i)).is_some());
    format.signs.is_empty() || signs.any(stands)
}
