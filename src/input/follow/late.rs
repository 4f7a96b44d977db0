//! Files that join a named folder or a glob after the start.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::names::is_rotation_of;
use super::print::Identity;
use crate::input::{Source, discover_logs};

/// Sources among what the user named that are not among `known` (by path). Left out are files
/// that hold nothing yet, that `owned` says are open under another name, and those whose name
/// says that they are former files of a known source: their follower looks after them.
pub fn late(
    named: &[PathBuf],
    known: &BTreeSet<PathBuf>,
    owned: impl Fn(Identity) -> bool,
) -> Vec<Source> {
    let (found, _) = discover_logs(named);
    let is_new = |source: &Source| {
        let path = source.origin.path();
        let stat = fs::metadata(path).ok().filter(|meta| meta.len() > 0);
        !known.contains(path)
            && stat.is_some_and(|meta| !owned(Identity::of(&meta)))
            && !is_former_file(path, known)
    };
    let mut new: Vec<Source> = found.into_iter().filter(is_new).collect();
    for source in &mut new {
        // Labels that are shown already stay as they are.
        source.label = source.name.clone();
    }
    new
}

/// Whether rotation gave a file its name, from one of these.
pub fn is_former_file(path: &Path, known: &BTreeSet<PathBuf>) -> bool {
    let name = |path: &Path| {
        path.file_name()
            .map(|name| name.to_string_lossy().into_owned())
    };
    let Some(own) = name(path) else { return false };
    known
        .iter()
        .filter(|other| other.parent() == path.parent())
        .filter_map(|other| name(other))
        .any(|base| is_rotation_of(&base, &own))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_joins_and_a_rotated_one_does_not() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [
            "a.log",
            "a.log.1",
            "a.log-20260101.gz",
            "b.log",
            "web-2.log",
        ] {
            fs::write(folder.path().join(name), "x\n").expect("written");
        }
        fs::write(folder.path().join("empty.log"), "").expect("written");
        let known = BTreeSet::from([folder.path().join("a.log"), folder.path().join("web.log")]);
        let names = |owned: &dyn Fn(Identity) -> bool| -> Vec<String> {
            late(&[folder.path().to_path_buf()], &known, owned)
                .into_iter()
                .map(|source| source.name)
                .collect()
        };
        assert_eq!(names(&|_| false), ["b.log", "web-2.log"]);
        assert!(names(&|_| true).is_empty(), "open under another name");
    }
}
