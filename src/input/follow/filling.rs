//! Which spools are still being filled: they are followed until their bytes have all come.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The files that somebody still writes to; shared between who fills and who follows.
#[derive(Debug, Default)]
pub struct Filling {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    paths: BTreeSet<PathBuf>,
    failures: BTreeMap<PathBuf, String>,
}

impl Filling {
    /// A spool will be filled from now on.
    pub fn begin(&self, path: &Path) {
        self.lock().paths.insert(path.to_path_buf());
    }

    /// Its bytes have all come.
    pub fn end(&self, path: &Path) {
        self.lock().paths.remove(path);
    }

    /// Not all of its bytes have come, or will, and why.
    pub fn fail(&self, path: &Path, why: String) {
        self.lock().failures.insert(path.to_path_buf(), why);
    }

    /// Whether more may come.
    pub fn goes_on(&self, path: &Path) -> bool {
        self.lock().paths.contains(path)
    }

    /// Why not all of it has come; told once.
    pub fn take_failure(&self, path: &Path) -> Option<String> {
        self.lock().failures.remove(path)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
