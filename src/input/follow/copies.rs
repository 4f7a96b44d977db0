//! Files beside a followed one opened: to go on in a copy, or to read one that was missed.

use std::fs::{self, File};
use std::io;
use std::sync::Arc;

use super::print::{Identity, Print, is_plain, print_of, reader};
use super::siblings::Sibling;
use super::tail::Tail;

/// Goes on in a file that is a copy of what the tail read, if it is one.
pub fn go_on_in(tail: &mut Tail, known: &Print, copy: &Sibling) -> bool {
    if !print_of(&copy.path).is_ok_and(|print| print.begins_alike(known)) {
        return false;
    }
    let mut went_on = || -> io::Result<bool> {
        if is_plain(&copy.path)? {
            let file = Arc::new(File::open(&copy.path)?);
            return match tail.continues_in(&file) {
                true => tail.move_to_plain(file).map(|()| true),
                false => Ok(false),
            };
        }
        let mut reader = reader(&copy.path)?;
        let stands = tail.skip_to_place(&mut reader)?;
        if stands {
            tail.move_to_packed(reader, copy.identity);
        }
        Ok(stands)
    };
    went_on().unwrap_or(false)
}

/// Opens a file beside the source; `None` if another one has its name by now.
pub fn open_sibling(sibling: &Sibling, now_ns: i64) -> io::Result<Option<Tail>> {
    if is_plain(&sibling.path)? {
        let tail = Tail::plain(Arc::new(File::open(&sibling.path)?), now_ns)?;
        return Ok((tail.identity() == Some(sibling.identity)).then_some(tail));
    }
    let reader = reader(&sibling.path)?;
    let is_it = Identity::of(&fs::metadata(&sibling.path)?) == sibling.identity;
    Ok(is_it.then(|| Tail::packed(reader, sibling.identity, now_ns)))
}
