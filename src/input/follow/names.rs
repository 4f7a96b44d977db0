//! Names that rotation gives: `app.log` becomes `app.log.1`, `app.log-20260102.gz`,
//! `app-20260102.log`.

use crate::input::rotation::{Slot, rotated};

/// Endings of packed files.
const PACKED: [&str; 5] = [".gz", ".zst", ".bz2", ".xz", ".Z"];
/// What else stands behind the name of a file that was put aside.
const WORDS: [&str; 4] = ["old", "bak", "prev", "previous"];
/// Digits of a date: between stem and ending fewer may tell two logs apart (`web-1.log`).
const DATE_DIGITS: usize = 6;

/// The name without the ending of a packed file, if it has one.
pub fn unpacked(name: &str) -> Option<&str> {
    PACKED.iter().find_map(|ending| name.strip_suffix(ending))
}

/// Whether a file of this name may be an earlier file of the log `base`; both without folders.
pub fn is_rotation_of(base: &str, name: &str) -> bool {
    let (plain, was_packed) = match unpacked(name) {
        Some(plain) => (plain, true),
        None => (name, false),
    };
    if plain == base {
        return was_packed;
    }
    if plain
        .strip_prefix(base)
        .is_some_and(|mark| is_mark(mark, 1))
    {
        return true;
    }
    // What is put together with it at the start is its own later on as well.
    let taken_apart = rotated(name);
    if taken_apart.base == base && taken_apart.slot != Slot::Current {
        return true;
    }
    let between = base.rsplit_once('.').and_then(|(stem, ending)| {
        let rest = plain.strip_prefix(stem)?.strip_suffix(ending)?;
        rest.strip_suffix('.')
    });
    between.is_some_and(|mark| is_mark(mark, DATE_DIGITS))
}

/// `.1`, `-20260102`, `.old`: with at least so many digits, or a word.
fn is_mark(mark: &str, digits: usize) -> bool {
    let Some(rest) = mark.strip_prefix(['.', '-', '_']) else {
        return false;
    };
    let n = rest.bytes().filter(u8::is_ascii_digit).count();
    let other = |byte: u8| matches!(byte, b'.' | b'-' | b'_' | b':' | b'T' | b'Z');
    WORDS.contains(&rest)
        || (n >= digits
            && rest
                .bytes()
                .all(|byte| byte.is_ascii_digit() || other(byte)))
}

/// Orders rotated files written in the same instant, the oldest first: of counters (`.2`, `.1`)
/// the higher one, of dates the earlier one.
pub fn age(name: &str) -> (i64, String) {
    let plain = unpacked(name).unwrap_or(name);
    let last = plain.rsplit(['.', '-', '_']).next().unwrap_or_default();
    let counter = last
        .parse::<i64>()
        .ok()
        .filter(|_| last.len() < DATE_DIGITS);
    (counter.map_or(0, |n| -n), plain.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rotation_adds_numbers_dates_and_packings() {
        let check = |name: &str, expected: bool| {
            assert_eq!(is_rotation_of("app.log", name), expected, "{name}");
        };
        for name in [
            "app.log.1",
            "app.log.1.gz",
            "app.log-20260102",
            "app.log.20260102-120000.gz",
            "app.log.2026-01-02T10:00:00Z",
            "app-20260102.log",
            "app-2026-01-02.log.zst",
            "app.log.gz",
            "app.log.old",
            "app.2.log",
        ] {
            check(name, true);
        }
        for name in [
            "app.log",
            "app-worker.log",
            "app-1.log",
            "app.log.txt",
            "apple.log",
            "app.logs",
            "app.log.",
        ] {
            check(name, false);
        }
    }

    #[test]
    fn the_older_file_comes_first() {
        let mut names = ["app.log.1", "app.log.10", "app.log.2.gz"];
        names.sort_by_key(|name| age(name));
        assert_eq!(names, ["app.log.10", "app.log.2.gz", "app.log.1"]);
        let mut names = ["app.log-20260103", "app.log-20260102.gz"];
        names.sort_by_key(|name| age(name));
        assert_eq!(names, ["app.log-20260102.gz", "app.log-20260103"]);
    }
}
