//! Which spools are still being filled: they are followed until their bytes have all come.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The files that somebody still writes to; shared between who fills and who follows.
#[derive(Debug, Default)]
pub struct Filling {
    paths: Mutex<BTreeSet<PathBuf>>,
}

impl Filling {
    /// A spool will be filled from now on.
    pub fn begin(&self, path: &Path) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.insert(path.to_path_buf());
    }

    /// Its bytes have all come.
    pub fn end(&self, path: &Path) {
        let mut paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.remove(path);
    }

    /// Whether more may come.
    pub fn goes_on(&self, path: &Path) -> bool {
        let paths = self.paths.lock().unwrap_or_else(PoisonError::into_inner);
        paths.contains(path)
    }
}
