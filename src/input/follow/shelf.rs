//! Where the files of followed sources are, so that a line can be read again after its file was
//! renamed, cut, packed or deleted.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::OFFSET_BITS;
use super::border::Held;
use super::print::{Print, print_of, read_at};
use super::siblings::Surroundings;
use crate::input::raw::LENGTH_MAX;
use crate::input::{Error, Origin, RawReader, Source};

/// Files of former generations that are kept open; of further ones the oldest is let go and looked
/// for by what it holds.
const OPEN_MAX: usize = 128;

/// The files of all followed sources; shared between who follows and who reads lines.
#[derive(Debug, Default)]
pub struct Shelf {
    places: Mutex<BTreeMap<(usize, u32), Place>>,
    joined: Mutex<BTreeMap<usize, Source>>,
}

#[derive(Debug, Clone, Default)]
struct Place {
    /// The source's own path.
    path: PathBuf,
    file: Option<Arc<File>>,
    /// Where a file that is not held open was seen: it may have been renamed since.
    seen_at: Option<PathBuf>,
    print: Option<Print>,
    /// Where its last event goes on: behind this offset of it, at the beginning of that generation.
    next: Option<(u64, u32)>,
}

impl Shelf {
    /// A file of a source that is being read.
    pub fn put(
        &self,
        source: usize,
        number: u32,
        path: &Path,
        file: Option<Arc<File>>,
        seen_at: Option<PathBuf>,
    ) {
        let place = Place {
            path: path.to_path_buf(),
            file,
            seen_at,
            ..Place::default()
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert((source, number), place);
        let is_former = |key: &(usize, u32)| places.contains_key(&(key.0, key.1 + 1));
        let former: Vec<(usize, u32)> = places
            .iter()
            .filter(|(key, place)| place.file.is_some() && is_former(key))
            .map(|(key, _)| *key)
            .collect();
        for key in former.iter().take(former.len().saturating_sub(OPEN_MAX)) {
            if let Some(place) = places.get_mut(key) {
                place.file = None;
            }
        }
    }

    /// An older part of a source that is a rotated log; `path` is that of its newest.
    pub fn put_part(&self, source: usize, number: u32, path: &Path, part: &Path) {
        let place = Place {
            path: path.to_path_buf(),
            file: None,
            seen_at: Some(part.to_path_buf()),
            print: print_of(part).ok(),
            next: None,
        };
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        places.insert((source, number), place);
    }

    /// What is held goes on at the beginning of generation `next`.
    pub fn goes_on(&self, source: usize, held: &Held, next: u32) {
        let start = held.block.offset & ((1 << OFFSET_BITS) - 1);
        let end = start + held.block.bytes.len() as u64;
        self.change(source, held.number, |place| place.next = Some((end, next)));
    }

    /// Where a file of a source is now.
    /// # Errors
    /// When there is none that holds what it held.
    pub fn whereabouts(&self, source: usize, number: u32) -> io::Result<PathBuf> {
        let place = {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            places.get(&(source, number)).cloned().unwrap_or_default()
        };
        place.whereabouts()
    }

    /// A source that joined after the start, or is another one than it was then.
    pub fn joined(&self, number: usize, source: Source) {
        let mut joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        joined.insert(number, source);
    }

    /// The source of this number, if it joined after the start.
    pub fn late(&self, number: usize) -> Option<Source> {
        let joined = self.joined.lock().unwrap_or_else(PoisonError::into_inner);
        joined.get(&number).cloned()
    }

    /// The file was cut: what it held is in another one, or to be looked for.
    pub fn replace(&self, source: usize, number: u32, file: Option<Arc<File>>, print: &Print) {
        self.change(source, number, |place| {
            (place.file, place.print) = (file, Some(print.clone()));
        });
    }

    /// Nothing more comes of a file; what it held is known now. A deleted one is let go, so that
    /// its room on the disk becomes free: a packed copy is looked for when a line is wanted.
    pub fn close(&self, source: usize, number: u32, print: &Print, deleted: bool) {
        self.change(source, number, |place| {
            place.print = Some(print.clone());
            place.file = place.file.take().filter(|_| !deleted);
        });
    }

    fn change(&self, source: usize, number: u32, how: impl FnOnce(&mut Place)) {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = places.get_mut(&(source, number)) {
            how(place);
        }
    }

    /// The bytes of a followed source at an offset, at most 64 KiB; `None` if it is not followed.
    pub fn read(&self, source: usize, offset: u64, length: u32) -> Option<Result<Vec<u8>, Error>> {
        let number = u32::try_from(offset >> OFFSET_BITS).ok()?;
        let place = {
            let places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
            places.get(&(source, number))?.clone()
        };
        let offset = offset & ((1 << OFFSET_BITS) - 1);
        let border = place
            .next
            .filter(|(end, _)| (offset..offset + u64::from(length)).contains(end) && *end > offset);
        let Some((end, next)) = border else {
            return Some(place.read(offset, length));
        };
        let here = u32::try_from(end - offset)
            .unwrap_or(length)
            .min(LENGTH_MAX);
        let there = (
            length.min(LENGTH_MAX) - here,
            u64::from(next) << OFFSET_BITS,
        );
        Some(place.read(offset, here).and_then(|mut bytes| {
            if there.0 > 0 {
                bytes.extend(
                    self.read(source, there.1, there.0)
                        .unwrap_or(Ok(Vec::new()))?,
                );
            }
            Ok(bytes)
        }))
    }
}

impl Place {
    fn read(&self, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let read_error = |source| Error::Read {
            name: crate::text::printable(&self.path.to_string_lossy()),
            source,
        };
        if let Some(file) = &self.file {
            let mut bytes = vec![0; length.min(LENGTH_MAX) as usize];
            let n = read_at(file, &mut bytes, offset).map_err(read_error)?;
            bytes.truncate(n);
            return Ok(bytes);
        }
        let path = self.whereabouts().map_err(read_error)?;
        let source = Source {
            name: path.to_string_lossy().into_owned(),
            label: String::new(),
            origin: Origin::File(path),
            disk_bytes: 0,
        };
        RawReader::new(vec![source]).read(0, offset, length)
    }

    fn whereabouts(&self) -> io::Result<PathBuf> {
        let here = self.seen_at.clone().filter(|path| {
            let print = self.print.as_ref().filter(|print| !print.head.is_empty());
            path.exists() && print.is_none_or(|print| holds(path, print))
        });
        here.or_else(|| self.put_aside())
            .ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "the file that held it is gone"))
    }

    /// The file beside the source that holds what this one held.
    fn put_aside(&self) -> Option<PathBuf> {
        let print = self.print.as_ref().filter(|print| !print.head.is_empty())?;
        let real = self.path.canonicalize();
        let path = real.as_deref().unwrap_or(&self.path);
        let base = path.file_name()?.to_string_lossy().into_owned();
        let siblings = Surroundings::default().rotated(path.parent()?, &base);
        siblings
            .into_iter()
            .map(|sibling| sibling.path)
            .find(|path| holds(path, print))
    }
}

fn holds(path: &Path, print: &Print) -> bool {
    print_of(path).is_ok_and(|other| other.begins_alike(print))
}
