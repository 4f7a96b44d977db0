//! Rotated logs put together: the files of one log become one source, in the order of time.
//!
//! In: sources as they were found. Out: the same, where files of one folder whose names say that
//! they are parts of one log are one source, oldest first. A part whose lines are all in another
//! part (a copy, or packing caught in the middle) is left out; the bytes prove it, not the names.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::Arc;

use super::open::unpacked;
use super::rotation::{Rotated, Slot, Sure, rotated};
use super::{Origin, Part, RotatedSet, SameLines, Source, twins};

/// Parts that agree in as many bytes as this may be copies of one another; shorter ones only if
/// they agree in all, or by their names are one and the same part.
const HEAD_BYTES: usize = 4096;

/// Joins the parts of rotated logs. A file without another part stays as it is, unless it is a copy
/// of one.
pub fn join(sources: Vec<Source>) -> Vec<Source> {
    let mut groups: BTreeMap<(String, String), Vec<(Slot, Source)>> = BTreeMap::new();
    let mut joined = Vec::new();
    let names: Vec<(String, Rotated)> = sources.iter().map(taken_apart).collect();
    let is_there = |folder: &String, base: &String| {
        names.iter().any(|(other, rotated)| {
            other == folder && rotated.base == *base && rotated.slot == Slot::Current
        })
    };
    for (source, (folder, name)) in sources.into_iter().zip(&names) {
        let joins = match name.sure {
            Sure::Yes => true,
            Sure::BesideBase => is_there(folder, &name.base),
        };
        match joins
            && matches!(
                source.origin,
                Origin::File(_) | Origin::Kept(_) | Origin::Stretch { .. }
            ) {
            true => groups
                .entry((folder.clone(), name.base.clone()))
                .or_default()
                .push((name.slot.clone(), source)),
            false => joined.push(source),
        }
    }
    for ((folder, base), group) in groups {
        joined.extend(set(format!("{folder}{base}"), group));
    }
    twins::without_copies(joined)
}

/// The folder with its slash, and what the rest of the name says.
fn taken_apart(source: &Source) -> (String, Rotated) {
    let name = source.name.strip_prefix("./").unwrap_or(&source.name);
    let (folder, file) = name
        .rfind('/')
        .map_or(("", name), |at| name.split_at(at + 1));
    (folder.to_owned(), rotated(file))
}

fn set(name: String, mut group: Vec<(Slot, Source)>) -> Option<Source> {
    if group.len() < 2 {
        return group.pop().map(|(_, source)| source);
    }
    // Of the same age: what is packed already comes before what is still written.
    let key =
        |(slot, source): &(Slot, Source)| (slot.clone(), source.name == name, source.name.clone());
    group.sort_by_cached_key(key);
    let parts: Vec<(Slot, Part)> = group
        .into_iter()
        .map(|(slot, one)| (slot, part(one)))
        .collect();
    let (parts, copies) = without_copies(parts);
    Some(Source {
        label: name.clone(),
        name,
        disk_bytes: parts.iter().map(|part| part.disk_bytes).sum(),
        origin: Origin::Set(Box::new(RotatedSet { parts, copies })),
    })
}

/// A source as a part of a set.
pub(super) fn part(source: Source) -> Part {
    Part {
        name: source.name,
        origin: source.origin,
        disk_bytes: source.disk_bytes,
        extent: Arc::default(),
    }
}

/// Takes out the parts whose lines another part holds: of two that are the same the later stays,
/// since it may be the one that is still written.
fn without_copies(parts: Vec<(Slot, Part)>) -> (Vec<Part>, Vec<SameLines>) {
    let heads: Vec<Vec<u8>> = parts.iter().map(|(_, part)| head(&part.origin)).collect();
    let mut of: Vec<Option<usize>> = vec![None; parts.len()];
    for a in 0..parts.len() {
        for b in a + 1..parts.len() {
            let alike = heads[a].starts_with(&heads[b]) || heads[b].starts_with(&heads[a]);
            if !alike || heads[a].is_empty() || heads[b].is_empty() || of[a].or(of[b]).is_some() {
                continue;
            }
            let long = heads[a].len().min(heads[b].len()) == HEAD_BYTES;
            let same_part = parts[a].0 == parts[b].0;
            match agree(&parts[a].1.origin, &parts[b].1.origin) {
                Agree::InAll => of[a] = Some(b),
                Agree::FirstIsShorter if long || same_part => of[a] = Some(b),
                Agree::SecondIsShorter if long || same_part => of[b] = Some(a),
                _ => {}
            }
        }
    }
    let name = |i: usize| parts[i].1.name.clone();
    let copies = of.iter().enumerate().filter_map(|(i, of)| {
        Some(SameLines {
            name: name(i),
            of: name((*of)?),
        })
    });
    let copies = copies.collect();
    let kept = parts.into_iter().zip(of).filter(|(_, of)| of.is_none());
    (kept.map(|((_, part), _)| part).collect(), copies)
}

/// The first bytes of what is in a file; none where it cannot be read.
pub(super) fn head(origin: &Origin) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(reader) = unpacked(origin, Arc::default()) {
        // What comes before a failure counts: packing may have been caught in the middle.
        let _ = reader.take(HEAD_BYTES as u64).read_to_end(&mut head);
    }
    head
}

/// How far what is in two files agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agree {
    InAll,
    FirstIsShorter,
    SecondIsShorter,
    NotAtAll,
}

/// Compares what is in two files byte by byte, as far as they can be read.
pub(super) fn agree(first: &Origin, second: &Origin) -> Agree {
    let (Ok(mut first), Ok(mut second)) = (
        unpacked(first, Arc::default()),
        unpacked(second, Arc::default()),
    ) else {
        return Agree::NotAtAll;
    };
    let (mut a, mut b) = (vec![0; 1 << 17], vec![0; 1 << 17]);
    loop {
        let (n, m) = (fill(&mut first, &mut a), fill(&mut second, &mut b));
        let both = n.min(m);
        if a[..both] != b[..both] {
            return Agree::NotAtAll;
        }
        match n.cmp(&m) {
            std::cmp::Ordering::Less => return Agree::FirstIsShorter,
            std::cmp::Ordering::Greater => return Agree::SecondIsShorter,
            std::cmp::Ordering::Equal if n < a.len() => return Agree::InAll,
            std::cmp::Ordering::Equal => {}
        }
    }
}

/// Fills the buffer unless the end or a failure comes before; returns how far.
fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match reader.read(&mut buffer[filled..]) {
            Ok(n @ 1..) => filled += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Ok(_) | Err(_) => break,
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::super::{discover, open};
    use super::*;
    use std::io::Write;

    fn gzip(text: &str) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).expect("packs");
        encoder.finish().expect("packs")
    }

    /// Lines of one day, enough to be longer than a head.
    fn day(day: u32) -> String {
        (0..300)
            .map(|i| {
                format!(
                    "2024-02-{day:02}T10:{:02}:{:02}Z line {i}\n",
                    i / 60,
                    i % 60
                )
            })
            .collect()
    }

    fn joined(files: &[(&str, Vec<u8>)]) -> (tempfile::TempDir, Vec<Source>) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for (name, bytes) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("has one")).expect("made");
            std::fs::write(path, bytes).expect("written");
        }
        let (sources, errors) = discover(&[folder.path().to_path_buf()]);
        assert!(errors.is_empty());
        (folder, join(sources))
    }

    fn text(source: &Source) -> String {
        let mut text = String::new();
        let mut reader = open(source, Arc::default()).expect("opens");
        let _ = reader.read_to_string(&mut text);
        text
    }

    fn names(source: &Source) -> Vec<&str> {
        source
            .parts()
            .iter()
            .map(|part| part.name.as_str())
            .collect()
    }

    fn copies(source: &Source) -> Vec<(&str, &str)> {
        let Origin::Set(set) = &source.origin else {
            return Vec::new();
        };
        let copy = |copy: &'_ SameLines| (copy.name.clone(), copy.of.clone());
        let owned: Vec<(String, String)> = set.copies.iter().map(copy).collect();
        assert_eq!(owned.len(), set.copies.len());
        set.copies
            .iter()
            .map(|one| (one.name.as_str(), one.of.as_str()))
            .collect()
    }

    #[test]
    fn a_rotated_log_is_one_source_oldest_first() {
        let zstd = zstd::encode_all(day(1).as_bytes(), 1).expect("packs");
        let (_folder, sources) = joined(&[
            ("app.log", day(5).into()),
            ("app.log.1", day(4).into()),
            ("app.log.2.gz", gzip(&day(3))),
            ("app.log.10.gz", gzip(&day(2))),
            ("app.log-20240201.zst", zstd),
            ("other.log", day(6).into()),
            ("sub/app.log", day(7).into()),
        ]);
        let all: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(all, ["app.log", "other.log", "sub/app.log"]);
        let expected = [
            "app.log-20240201.zst",
            "app.log.10.gz",
            "app.log.2.gz",
            "app.log.1",
            "app.log",
        ];
        assert_eq!(names(&sources[0]), expected);
        assert_eq!(text(&sources[0]), (1..=5).map(day).collect::<String>());
        assert!(sources[1].parts().is_empty());
    }

    #[test]
    fn numbers_inside_a_name_are_parts_beside_the_base_only() {
        let (_folder, sources) = joined(&[
            ("app.log", day(3).into()),
            ("app.1.log", day(2).into()),
            ("web.1.log", day(2).into()),
            ("web.2.log", day(3).into()),
        ]);
        let all: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(all, ["web.1.log", "web.2.log", "app.log"]);
        assert_eq!(names(&sources[2]), ["app.1.log", "app.log"]);
    }

    #[test]
    fn the_same_lines_are_read_once_whatever_the_name() {
        let (_folder, sources) = joined(&[
            ("app.log", day(3).into()),
            ("app.log.1", day(2).into()),
            ("app.log.1.gz", gzip(&day(2))),
            ("app.log.2.gz", gzip(&day(1))),
            ("app.log.old", day(3).into()),
        ]);
        assert_eq!(sources.len(), 1);
        assert_eq!(
            names(&sources[0]),
            ["app.log.2.gz", "app.log.1.gz", "app.log"]
        );
        let expected = [("app.log.1", "app.log.1.gz"), ("app.log.old", "app.log")];
        assert_eq!(copies(&sources[0]), expected);
        assert_eq!(text(&sources[0]), (1..=3).map(day).collect::<String>());
    }

    #[test]
    fn packing_caught_in_the_middle_counts_once() {
        let packed = gzip(&day(2));
        let (_folder, sources) = joined(&[
            ("app.log", day(3).into()),
            ("app.log.1", day(2).into()),
            ("app.log.1.gz", packed[..packed.len() / 2].to_vec()),
        ]);
        assert_eq!(copies(&sources[0]), [("app.log.1.gz", "app.log.1")]);
        assert_eq!(text(&sources[0]), [day(2), day(3)].concat());
    }

    #[test]
    fn what_only_begins_alike_is_read() {
        let changed = day(2).replace("line 299", "line two hundred");
        let (_folder, sources) = joined(&[
            ("app.log", day(3).into()),
            ("app.log.1", day(2).into()),
            ("app.log.1.gz", gzip(&changed)),
            ("app.log.2", Vec::new()),
            ("app.log.3", "started\n".into()),
            ("app.log.4", "started\nstopped\n".into()),
        ]);
        assert_eq!(copies(&sources[0]), []);
        assert_eq!(sources[0].parts().len(), 6);
    }
}
