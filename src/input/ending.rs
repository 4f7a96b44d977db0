//! What must not outlive rfo: programs that it started and temporary files.
//!
//! In: children and paths, from any thread. Out: when rfo ends, by whatever it ends, they are
//! killed and deleted. `run` calls `end` on its way out and on signals; only SIGKILL gets by.

use std::fs;
use std::path::PathBuf;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A program that was started; waited for or killed by whoever comes first.
pub type Started = Arc<Mutex<Child>>;

#[derive(Default)]
struct Left {
    children: Vec<Started>,
    paths: Vec<PathBuf>,
    ended: bool,
}

static LEFT: Mutex<Option<Left>> = Mutex::new(None);

/// Calls `end` when it is dropped.
#[derive(Debug)]
pub struct EndWithMe;

impl Drop for EndWithMe {
    fn drop(&mut self) {
        end();
    }
}

/// Kills `child` when rfo ends.
pub fn kill_at_end(child: Child) -> Started {
    let child = Arc::new(Mutex::new(child));
    let mut left = left();
    let left = left.get_or_insert_default();
    // Only we hold those that nobody waits for any more.
    left.children.retain(|child| Arc::strong_count(child) > 1);
    left.children.push(Arc::clone(&child));
    if left.ended {
        kill(&child);
    }
    child
}

/// Deletes a file, or a folder with all that is in it, when rfo ends.
pub fn delete_at_end(path: PathBuf) {
    left().get_or_insert_default().paths.push(path);
}

/// Kills what was started and deletes what was kept. What is started later is killed at once.
/// Whoever else calls it waits until that is done: nobody may leave before.
pub fn end() {
    let mut left = left();
    let left = left.get_or_insert_default();
    left.ended = true;
    left.children.drain(..).for_each(|child| kill(&child));
    for path in left.paths.drain(..) {
        // What is gone already needs no deleting, and nobody is left to be told of the rest.
        let _ = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
    }
}

/// Whether rfo is on its way out: what was killed need not be started again.
pub fn has_ended() -> bool {
    left().as_ref().is_some_and(|left| left.ended)
}

/// Kills a child and waits for it, so that nothing is left of it.
pub fn kill(child: &Started) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // It may have ended by itself.
    let _ = child.kill();
    let _ = child.wait();
}

fn left() -> MutexGuard<'static, Option<Left>> {
    // Ending must work after a panic as well.
    LEFT.lock().unwrap_or_else(PoisonError::into_inner)
}
