//! What the user named, expanded to files in a stable order.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::own_reports::{is_own_report, is_own_review};
use super::rotation::without_packing;
use super::{Error, Origin, Source};

/// Deepest folder followed below a named one.
const DEPTH_MAX: usize = 8;
/// Most files taken from folders and globs.
const FILES_MAX: usize = 10_000;

/// Expands files, folders (recursively, hidden entries left out) and quoted globs. Files
/// named by hand are always taken; in folders `README*` and `*.toml` describe the folder
/// and are left out. Errors name what cannot be read; the rest goes on.
pub fn discover(named: &[PathBuf]) -> (Vec<Source>, Vec<Error>) {
    let (mut sources, mut errors) = (Vec::new(), Vec::new());
    for path in named {
        match expand(path, &mut errors) {
            Ok(found) => sources.extend(found),
            Err(error) => errors.push(error),
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    // A file may be reached by two names: `./x` and `x`, or a link.
    sources.retain(|source| {
        let path = source.origin.path();
        seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf()))
    });
    arrange(&mut sources);
    if sources.len() > FILES_MAX {
        errors.push(Error::TooMany {
            files: sources.len(),
            taken: FILES_MAX,
        });
        sources.truncate(FILES_MAX);
    }
    (sources, errors)
}

/// `discover` for what is read as logs: reports of rfo that folders and globs hold are left out, for
/// they would be evidence for themselves. One that is named by hand stays.
pub fn discover_logs(named: &[PathBuf]) -> (Vec<Source>, Vec<Error>) {
    without(named, is_own_report)
}

/// `discover` for what is read as records: reviews of rfo that folders and globs hold are left out.
pub fn discover_records(named: &[PathBuf]) -> (Vec<Source>, Vec<Error>) {
    without(named, is_own_review)
}

/// `discover` without what is of no use unless it is named by hand.
fn without(named: &[PathBuf], is_useless: fn(&Path) -> bool) -> (Vec<Source>, Vec<Error>) {
    let (mut sources, errors) = discover(named);
    sources.retain(|source| {
        let path = source.origin.path();
        named.iter().any(|one| one == path) || !is_useless(path)
    });
    (sources, errors)
}

/// Puts sources in the order of their names, whatever the order in which they were named, and
/// gives each a name of its own and the shortest label that tells it from the others.
pub fn arrange(sources: &mut [Source]) {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    sources
        .iter()
        .for_each(|source| *uses.entry(source.name.clone()).or_default() += 1);
    for source in sources.iter_mut() {
        // The same path below two named folders.
        if uses.get(&source.name).is_some_and(|uses| *uses > 1) {
            source.name = crate::text::printable(&source.origin.path().to_string_lossy());
        }
    }
    let key = |source: &Source| (source.name.clone(), source.origin.path().to_path_buf());
    sources.sort_by_cached_key(key);
    label(sources);
}

/// Gives every source the shortest label that tells it from the others.
fn label(sources: &mut [Source]) {
    let names: Vec<String> = sources
        .iter()
        .map(|source| without_packing(&source.name).to_owned())
        .collect();
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    let endings = |name: &String| {
        let name = name.clone();
        (1..=name.split('/').count()).map(move |n| last_parts(&name, n))
    };
    names
        .iter()
        .flat_map(endings)
        .for_each(|ending| *uses.entry(ending).or_default() += 1);
    for (source, name) in sources.iter_mut().zip(&names) {
        let unique = endings(name).find(|ending| uses.get(ending) == Some(&1));
        source.label = unique.unwrap_or_else(|| source.name.clone());
    }
}

fn last_parts(name: &str, n: usize) -> String {
    let parts: Vec<&str> = name.split('/').collect();
    parts[parts.len().saturating_sub(n)..].join("/")
}

fn expand(named: &Path, errors: &mut Vec<Error>) -> Result<Vec<Source>, Error> {
    let text = named.to_string_lossy();
    let read_error = |source| Error::Read {
        name: crate::text::printable(&text),
        source,
    };
    if named.is_dir() {
        let mut files = Vec::new();
        walk(named, 0, &mut files, errors);
        files.sort();
        let name = |path: &Path| {
            path.strip_prefix(named)
                .unwrap_or(path)
                .to_string_lossy()
                .into_owned()
        };
        return Ok(files.iter().map(|path| source(path, &name(path))).collect());
    }
    if !named.exists() && text.contains(['*', '?', '[']) {
        let pattern = crate::text::printable(&text);
        let paths = glob::glob(&text).map_err(|error| Error::Pattern {
            pattern: pattern.clone(),
            why: error.msg.to_owned(),
        })?;
        let mut files: Vec<PathBuf> = paths
            .filter_map(Result::ok)
            .filter(|path| path.is_file())
            .collect();
        files.sort();
        if files.is_empty() {
            return Err(Error::NoMatch { pattern });
        }
        return Ok(files
            .iter()
            .map(|path| source(path, &path.to_string_lossy()))
            .collect());
    }
    let meta = fs::metadata(named).map_err(read_error)?;
    if !meta.is_file() {
        let name = crate::text::printable(&text);
        return Err(Error::Device { name });
    }
    Ok(vec![source(named, &text)])
}

fn source(path: &Path, name: &str) -> Source {
    let disk_bytes = fs::metadata(path).map(|meta| meta.len()).unwrap_or(0);
    let name = crate::text::printable(name);
    Source {
        label: name.clone(),
        name,
        origin: Origin::File(path.to_path_buf()),
        disk_bytes,
    }
}

/// Files below a folder, each folder's entries in order of name. What cannot be read is an
/// error of its own; the rest goes on.
fn walk(folder: &Path, depth: usize, files: &mut Vec<PathBuf>, errors: &mut Vec<Error>) {
    let entries = fs::read_dir(folder).and_then(|entries| entries.collect::<Result<Vec<_>, _>>());
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(source) => {
            let name = crate::text::printable(&folder.to_string_lossy());
            errors.push(Error::Read { name, source });
            return;
        }
    };
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() && !path.is_symlink() {
            if depth < DEPTH_MAX {
                walk(&path, depth + 1, files, errors);
            }
        } else if path.is_file() && !is_left_out(&name) {
            files.push(path);
        }
    }
}

/// Whether a file in a folder or bundle describes it.
pub fn is_left_out(name: &str) -> bool {
    name.starts_with("README") || name.ends_with(".toml")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in [
            "b.log",
            "a.log",
            "README.md",
            "expected.toml",
            ".hidden",
            "sub/c.log",
        ] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().expect("has a parent")).expect("folder");
            fs::write(path, "x\n").expect("file");
        }
        folder
    }

    #[test]
    fn a_folder_gives_its_files_in_order_without_what_describes_it() {
        let folder = folder();
        let (sources, errors) = discover(&[folder.path().to_path_buf()]);
        let names: Vec<_> = sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!(names, ["a.log", "b.log", "sub/c.log"]);
        assert!(errors.is_empty());
    }

    #[test]
    fn a_report_beside_the_logs_is_none_of_them_unless_it_is_named() {
        let folder = folder();
        let report = folder.path().join("z.json");
        fs::write(&report, "{\"schema\": \"rfo.report/1\"}").expect("written");
        let logs = |named: &[&Path]| {
            let named: Vec<PathBuf> = named.iter().map(|path| path.to_path_buf()).collect();
            discover_logs(&named).0.len()
        };
        let glob = folder.path().join("*");
        assert_eq!((logs(&[folder.path()]), logs(&[&glob])), (3, 5));
        assert_eq!((logs(&[&report]), logs(&[folder.path(), &report])), (1, 4));
    }

    #[test]
    fn a_file_named_twice_is_read_once() {
        let folder = folder();
        let file = folder.path().join("a.log");
        let (sources, _) = discover(&[file.clone(), folder.path().join("*.log"), file]);
        assert_eq!(sources.len(), 2);
    }

    #[test]
    fn the_order_of_naming_is_no_matter() {
        let folder = folder();
        let named = ["b.log", "sub/c.log", "a.log"].map(|name| folder.path().join(name));
        let mut reversed = named.clone();
        reversed.reverse();
        assert_eq!(discover(&named).0, discover(&reversed).0);
    }

    #[test]
    fn the_same_path_below_two_folders_is_two_names() {
        let (one, two) = (folder(), folder());
        let (sources, _) = discover(&[one.path().to_path_buf(), two.path().to_path_buf()]);
        let names: std::collections::BTreeSet<&str> =
            sources.iter().map(|source| source.name.as_str()).collect();
        assert_eq!((sources.len(), names.len()), (6, 6), "{names:?}");
        assert!(names.contains(one.path().join("sub/c.log").to_str().expect("a plain path")));
    }

    #[test]
    fn labels_are_as_short_as_they_can_be() {
        let check = |names: &[&str], expected: &[&str]| {
            let mut sources: Vec<Source> = names
                .iter()
                .map(|name| source(Path::new("/no/such"), name))
                .collect();
            label(&mut sources);
            let labels: Vec<&str> = sources.iter().map(|source| source.label.as_str()).collect();
            assert_eq!(labels, expected);
        };
        check(&["logs/lb.log.zst", "logs/app.log"], &["lb.log", "app.log"]);
        check(
            &["a/app.log", "b/app.log", "b/x.log"],
            &["a/app.log", "b/app.log", "x.log"],
        );
        check(&["x.log", "x.log.gz"], &["x.log", "x.log.gz"]);
    }

    #[test]
    fn devices_are_no_logs() {
        let (sources, errors) = discover(&["/dev/full".into(), "/dev/null".into()]);
        assert!(sources.is_empty());
        assert_eq!(errors[0].to_string(), "/dev/full is a device, not a log");
        assert_eq!(errors.len(), 2);
    }

    #[test]
    fn what_is_not_there_is_named() {
        let (_, errors) = discover(&["/no/such/file".into(), "/no/such/*.log".into()]);
        let words: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert!(
            words[0].starts_with("cannot read /no/such/file: "),
            "{words:?}"
        );
        assert_eq!(words[1], "/no/such/*.log: no file matches");
    }
}
