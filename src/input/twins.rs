//! Files that hold the same bytes under names that are not those of one log: a copy that somebody
//! made, or the same log from two bundles.
//!
//! In: sources, rotated logs put together. Out: the same without the copies; what holds their lines
//! says whose they are. The bytes prove it, but where a file's name says of what its numbers are.
//! Parts of rotated logs are not compared with others.

use std::collections::BTreeMap;

use super::sets::{Agree, agree, head, part};
use super::{Origin, RotatedSet, SameLines, Source};

/// Files with fewer bytes may say the same by accident: two programs that started.
const BYTES_MIN: usize = 256;

/// Takes out the sources whose bytes another one has: of two that are the same the first by name
/// stays. The order is that of before.
pub(super) fn without_copies(sources: Vec<Source>) -> Vec<Source> {
    let mut by_name: Vec<usize> = (0..sources.len()).collect();
    by_name.sort_by(|&one, &other| sources[one].name.cmp(&sources[other].name));
    let mut alike: BTreeMap<(Vec<u8>, Option<String>), Vec<usize>> = BTreeMap::new();
    if sources.len() > 1 {
        for i in by_name {
            let origin = &sources[i].origin;
            if matches!(origin, Origin::File(_) | Origin::Stretch { .. }) {
                let head = head(origin);
                let named = is_of_its_name(&head).then(|| sources[i].stem());
                alike.entry((head, named)).or_default().push(i);
            }
        }
    }
    let mut of: Vec<Option<usize>> = vec![None; sources.len()];
    for (_, group) in alike
        .into_iter()
        .filter(|((head, _), _)| head.len() >= BYTES_MIN)
    {
        for (at, &i) in group.iter().enumerate() {
            let same =
                |&kept: &usize| agree(&sources[kept].origin, &sources[i].origin) == Agree::InAll;
            of[i] = group[..at]
                .iter()
                .copied()
                .filter(|&kept| of[kept].is_none())
                .find(same);
        }
    }
    let mut copies: Vec<Vec<SameLines>> = vec![Vec::new(); sources.len()];
    for (i, of) in of.iter().enumerate() {
        if let Some(kept) = *of {
            let (name, of) = (sources[i].name.clone(), sources[kept].name.clone());
            copies[kept].push(SameLines { name, of });
        }
    }
    let kept = sources.into_iter().zip(copies).zip(of);
    let kept = kept.filter(|(_, of)| of.is_none());
    kept.map(|((source, copies), _)| with_copies(source, copies))
        .collect()
}

/// Whether the file is a table of a `value` that no column names: its gauge has the file's name, and
/// another one may have been the same all the while.
fn is_of_its_name(head: &[u8]) -> bool {
    let header = head.split(|byte| *byte == b'\n').next().unwrap_or(&[]);
    let is_one = |name: &[u8]| {
        let mut cells = header.split(|byte| matches!(byte, b',' | b';' | b'\t'));
        let is_sign = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'"';
        cells.any(|cell| {
            let word: Vec<u8> = cell.iter().copied().filter(|byte| !is_sign(byte)).collect();
            word.eq_ignore_ascii_case(name)
        })
    };
    is_one(b"value") && !is_one(b"metric") && !is_one(b"name")
}

fn with_copies(source: Source, copies: Vec<SameLines>) -> Source {
    if copies.is_empty() {
        return source;
    }
    let parts = vec![part(source.clone())];
    Source {
        origin: Origin::Set(Box::new(RotatedSet { parts, copies })),
        ..source
    }
}

#[cfg(test)]
mod tests {
    use super::super::discover;
    use super::*;

    /// The names that are left, and whose lines each has besides.
    fn check(files: &[(&str, &[u8])], expected: &[(&str, &[&str])]) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut named = Vec::new();
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).expect("written");
            named.push(folder.path().join(name));
        }
        let (sources, errors) = discover(&named);
        assert!(errors.is_empty());
        let left = without_copies(sources);
        let short = |name: &str| name.rsplit('/').next().expect("one").to_owned();
        let left: Vec<(String, Vec<String>)> = left
            .iter()
            .map(|one| {
                let copies = one.copies().iter();
                (
                    short(&one.name),
                    copies.map(|copy| short(&copy.name)).collect(),
                )
            })
            .collect();
        let expected: Vec<(String, Vec<String>)> = expected
            .iter()
            .map(|(name, copies)| (short(name), copies.iter().map(|one| short(one)).collect()))
            .collect();
        assert_eq!(left, expected);
    }

    #[test]
    fn the_same_bytes_under_any_names_are_read_once_packed_or_not() {
        let text = "2024-02-03T10:00:00Z the till is open\n".repeat(200);
        let packed = zstd::encode_all(text.as_bytes(), 1).expect("packs");
        let longer = format!("{text}2024-02-03T10:00:01Z one more\n");
        check(
            &[
                ("web.log", text.as_bytes()),
                ("saved", text.as_bytes()),
                ("old.zst", &packed),
                ("longer.log", longer.as_bytes()),
            ],
            &[("longer.log", &[]), ("old.zst", &["saved", "web.log"])],
        );
    }

    #[test]
    fn gauges_that_have_the_names_of_their_files_are_two_though_they_say_the_same() {
        let rows = "2024-02-03T10:00:00Z,0\n".repeat(100);
        let (lone, named) = (
            format!("time, Value\n{rows}"),
            format!("time,value,metric\n{rows}"),
        );
        let (lone, named) = (lone.as_bytes(), named.as_bytes());
        check(
            &[("dead.csv", lone), ("stuck.csv", lone)],
            &[("dead.csv", &[]), ("stuck.csv", &[])],
        );
        check(
            &[("dead.csv", named), ("stuck.csv", named)],
            &[("dead.csv", &["stuck.csv"])],
        );
    }

    #[test]
    fn a_few_bytes_prove_nothing() {
        check(
            &[
                ("a.log", b"started\n"),
                ("b.log", b"started\n"),
                ("c", b""),
                ("d", b""),
            ],
            &[("a.log", &[]), ("b.log", &[]), ("c", &[]), ("d", &[])],
        );
    }
}
