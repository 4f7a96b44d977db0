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
    /// Of pipes that nobody has opened to write yet.
    awaiting: BTreeSet<PathBuf>,
    failures: BTreeMap<PathBuf, String>,
}

impl Filling {
    /// A spool will be filled from now on.
    pub fn begin(&self, path: &Path) {
        self.lock().paths.insert(path.to_path_buf());
    }

    /// It is of a pipe whose first writer may have to be waited for.
    pub fn await_writer(&self, path: &Path) {
        self.lock().awaiting.insert(path.to_path_buf());
    }

    /// The pipe has a writer.
    pub fn opened(&self, path: &Path) {
        self.lock().awaiting.remove(path);
    }

    /// Whether nobody has opened its pipe to write yet.
    pub fn awaits_writer(&self, path: &Path) -> bool {
        self.lock().awaiting.contains(path)
    }

    /// Its bytes have all come.
    pub fn end(&self, path: &Path) {
        let mut state = self.lock();
        state.paths.remove(path);
        state.awaiting.remove(path);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipe_awaits_its_writer_until_it_is_opened_or_given_up() {
        let (filling, a, b) = (Filling::default(), Path::new("a"), Path::new("b"));
        for path in [a, b] {
            filling.begin(path);
            assert!(!filling.awaits_writer(path));
            filling.await_writer(path);
            assert!(filling.awaits_writer(path) && filling.goes_on(path));
        }
        filling.opened(a);
        assert!(!filling.awaits_writer(a) && filling.goes_on(a) && filling.awaits_writer(b));
        filling.end(b);
        assert!(!filling.awaits_writer(b) && !filling.goes_on(b));
    }
}
