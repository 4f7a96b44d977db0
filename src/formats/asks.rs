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

/// Whether a line, or half of them, hold one of the signs that the format asks for.
pub fn has_signs(format: &Format, sample: &LineBatch, pairs: &Pairs) -> bool {
    let likely = format
        .signs
        .iter()
        .filter(|sign| pairs.may_hold(sign.as_bytes()));
    let signs: Vec<Finder<'_>> = likely.map(Finder::new).collect();
    let has_one = |line: &[u8]| signs.iter().any(|sign| sign.find(line).is_some());
    let least = match format.mostly_signs {
        true => sample.len().div_ceil(2),
        false => 1,
    };
    let with_one = (0..sample.len()).filter(|&i| has_one(sample.line(i)));
    format.signs.is_empty() || with_one.take(least).count() == least
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{SourceKind, StampSide};

    #[test]
    fn one_line_holds_a_sign_or_half_of_them_do() {
        let check = |text: &str, mostly_signs: bool, expected: bool| {
            let format = Format {
                signs: vec![" sshd[".to_owned(), " su: ".to_owned()],
                mostly_signs,
                ..Format::new("test", SourceKind::App, StampSide::End, Engine::Plain)
            };
            let sample = LineBatch::split(text.into(), 0);
            let found = has_signs(&format, &sample, &Pairs::of(&sample));
            assert_eq!(found, expected, "{text}");
        };
        check("a app: b\na sshd[1]: b\na cron: b\n", false, true);
        check("a app: b\na sshd[1]: b\na cron: b\n", true, false);
        check("a su: b\na sshd[1]: b\na cron: b\n", true, true);
        check("a app: b\n", false, false);
        check("", false, false);
    }
}
