//! Where the app keeps its incident file: names for a new one, and what to do where none can be
//! written.

use std::io;
use std::path::{Path, PathBuf};

use crate::records::incident_file::{ENDING, store};

/// Names that are tried where others are taken.
const NAMES_MAX: usize = 99;

/// Names for a new file in a folder, the best first: that of the first source, then with a number.
pub fn names(sources: &[PathBuf], folder: &Path) -> Vec<PathBuf> {
    let stem = sources
        .first()
        .map_or_else(String::new, |source| stem(source));
    let stem = if stem.is_empty() { "incident" } else { &stem };
    let numbered = (2..=NAMES_MAX).map(|n| format!("{stem}-{n}{ENDING}"));
    let first = format!("{stem}{ENDING}");
    let all = [first].into_iter().chain(numbered);
    all.map(|name| folder.join(name)).collect()
}

/// A source's name up to its first dot, of letters, digits, dashes and underscores.
fn stem(source: &Path) -> String {
    let whole = source
        .canonicalize()
        .unwrap_or_else(|_| source.to_path_buf());
    let name = whole.file_name().map(|name| name.to_string_lossy());
    let name = name.unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    let plain = |c: char| {
        if c.is_alphanumeric() || c == '_' {
            c
        } else {
            '-'
        }
    };
    let stem: String = stem.chars().map(plain).collect();
    stem.trim_matches('-').to_owned()
}

/// The user's own folder for such things: `rfo` in the XDG state folder. `None` where there is no
/// such folder.
pub fn own_folder() -> Option<PathBuf> {
    let named = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    // A relative XDG path is to be ignored, says its specification.
    let state = named("XDG_STATE_HOME").filter(|path| path.is_absolute());
    let state = state.or_else(|| named("HOME").map(|home| home.join(".local/state")))?;
    Some(state.join("rfo"))
}

/// Why a file cannot be written, in one sentence.
pub fn cause(error: &store::Error) -> String {
    match error {
        store::Error::Write { path, source } => {
            let why = match source.kind() {
                io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
                io::ErrorKind::ReadOnlyFilesystem => "read-only".to_owned(),
                io::ErrorKind::StorageFull => "the disk is full".to_owned(),
                _ => source.to_string(),
            };
            format!("cannot write {}: {why}", path.display())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_has_the_name_of_the_first_source() {
        for (source, expected) in [
            ("/x/slow-token-auth", "slow-token-auth.rfo.json"),
            ("/x/api access.log.1.gz", "api-access.rfo.json"),
            ("docker:web", "docker-web.rfo.json"),
            ("-", "incident.rfo.json"),
            ("/x/日本.log", "日本.rfo.json"),
        ] {
            let names = names(&[PathBuf::from(source)], Path::new(""));
            assert_eq!(names[0], Path::new(expected), "{source}");
        }
        assert_eq!(
            names(&["a".into()], Path::new(""))[1],
            Path::new("a-2.rfo.json")
        );
    }
}
