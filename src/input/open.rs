//! A source opened: unpacked by its first bytes, whatever its name says, and with lines that end
//! in LF.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::line_ends::{HEAD_BYTES, Mended, are_bare};
use super::packing::{MAGIC_BYTES, Packing, unpack};
use super::parts::Parts;
use super::{Error, Origin, Source};

/// Opens a source for reading from its start. `on_disk` counts the bytes taken from disk.
/// Of a rotated set all parts are read, whatever happens to one; the failures come at its end.
pub fn open(source: &Source, on_disk: Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, Error> {
    if let Origin::Set(set) = &source.origin {
        return Ok(Box::new(Mended::new(Parts::new(
            set.parts.clone(),
            on_disk,
        ))));
    }
    let opened = || -> io::Result<Box<dyn Read + Send>> {
        let reader = unpacked(&source.origin, on_disk)?;
        // What is read as it comes is not waited for.
        let is_whole = source.origin.path().metadata()?.is_file();
        Ok(match is_whole {
            true => Box::new(Mended::new(reader)),
            false => reader,
        })
    };
    opened().map_err(|error| Error::Read {
        name: source.name.clone(),
        source: error,
    })
}

/// Opens a source for reading from byte `offset` of what it unpacks to. Of a packed one and of a
/// rotated set all before it is read and let go.
pub fn open_at(
    source: &Source,
    on_disk: Arc<AtomicU64>,
    offset: u64,
) -> Result<Box<dyn Read + Send>, Error> {
    let origin = &source.origin;
    let opened = || -> io::Result<Box<dyn Read + Send>> {
        if source.parts().is_empty() && packing(origin)? == Packing::None {
            let inner = packed(origin, offset)?;
            let bare = are_bare(&head(origin)?);
            return Ok(Box::new(Mended::known(Counted { inner, on_disk }, bare)));
        }
        let mut reader = open(source, on_disk).map_err(io::Error::other)?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
        Ok(reader)
    };
    opened().map_err(|error| Error::Read {
        name: source.name.clone(),
        source: error,
    })
}

/// The bytes as they lie on disk, from `offset` on.
pub fn packed(origin: &Origin, offset: u64) -> io::Result<io::Take<File>> {
    let mut file = File::open(origin.path())?;
    let (start, bytes) = match origin {
        Origin::Stretch { start, bytes, .. } => (*start, bytes.saturating_sub(offset)),
        Origin::File(_) | Origin::Kept(_) | Origin::Set(_) => (0, u64::MAX),
    };
    // A FIFO cannot be sought.
    if start + offset > 0 {
        file.seek(SeekFrom::Start(start + offset))?;
    }
    Ok(file.take(bytes))
}

/// How an origin is packed, told by its first bytes; a pipe is read as it comes.
pub fn packing(origin: &Origin) -> io::Result<Packing> {
    let file = packed(origin, 0)?;
    if !file.get_ref().metadata()?.is_file() {
        return Ok(Packing::None);
    }
    let mut head = Vec::new();
    file.take(MAGIC_BYTES as u64).read_to_end(&mut head)?;
    Ok(Packing::of(&head))
}

/// As much from the start of an origin that is not packed as tells how its lines end.
fn head(origin: &Origin) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    packed(origin, 0)?
        .take(HEAD_BYTES as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// What is in an origin of one piece; of a set in its newest part.
pub fn unpacked(origin: &Origin, on_disk: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let packing = packing(origin)?;
    let inner = packed(origin, 0)?;
    unpack(Counted { inner, on_disk }, packing)
}

/// A reader that counts what passes.
struct Counted<R> {
    inner: R,
    on_disk: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.on_disk.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(origin: Origin, expected: &str) {
        let source = Source {
            name: "x".into(),
            label: "x".into(),
            origin,
            disk_bytes: 0,
        };
        let mut text = String::new();
        open(&source, Arc::default())
            .expect("opens")
            .read_to_string(&mut text)
            .expect("reads");
        assert_eq!(text, expected);
    }

    #[test]
    fn a_file_and_a_stretch_of_one_are_read_packed_or_not() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let packed = zstd::encode_all(&b"one\ntwo\n"[..], 3).expect("packs");
        let bytes = packed.len() as u64;
        std::fs::write(file.path(), [b"before", &packed[..], b"after"].concat()).expect("written");
        let stretch = |start, bytes| Origin::Stretch {
            path: file.path().into(),
            start,
            bytes,
        };
        check(stretch(6, bytes), "one\ntwo\n");
        check(stretch(0, 6), "before");
        check(stretch(6 + bytes, 99), "after");
        std::fs::write(file.path(), &packed).expect("written");
        check(Origin::File(file.path().into()), "one\ntwo\n");
    }
}
