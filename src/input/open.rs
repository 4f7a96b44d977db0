//! A source opened: decompressed by its first bytes, whatever its name says.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Error, Source};

const GZIP: [u8; 2] = [0x1f, 0x8b];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// How a file is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As it is.
    None,
    /// gzip, perhaps of several members.
    Gzip,
    /// Zstandard, perhaps of several frames.
    Zstd,
}

/// Opens a source for reading from its start. `on_disk` counts the bytes taken from disk.
pub fn open(source: &Source, on_disk: Arc<AtomicU64>) -> Result<Box<dyn Read + Send>, Error> {
    unpacked(source.origin.path(), on_disk).map_err(|error| Error::Read {
        name: source.name.clone(),
        source: error,
    })
}

/// Opens a source for reading from byte `offset` of what it unpacks to. Of a packed one all before
/// it is unpacked.
pub fn open_at(
    source: &Source,
    on_disk: Arc<AtomicU64>,
    offset: u64,
) -> Result<Box<dyn Read + Send>, Error> {
    let opened = || -> io::Result<Box<dyn Read + Send>> {
        let path = source.origin.path();
        if packing(path)? == Packing::None {
            let mut inner = File::open(path)?;
            inner.seek(SeekFrom::Start(offset))?;
            return Ok(Box::new(Counted { inner, on_disk }));
        }
        let mut reader = unpacked(path, on_disk)?;
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
        Ok(reader)
    };
    opened().map_err(|error| Error::Read {
        name: source.name.clone(),
        source: error,
    })
}

/// How the file at `path` is packed, told by its first bytes.
pub fn packing(path: &Path) -> io::Result<Packing> {
    let mut head = Vec::new();
    File::open(path)?.take(4).read_to_end(&mut head)?;
    Ok(if head.starts_with(&GZIP) {
        Packing::Gzip
    } else if head.starts_with(&ZSTD) {
        Packing::Zstd
    } else {
        Packing::None
    })
}

fn unpacked(path: &Path, on_disk: Arc<AtomicU64>) -> io::Result<Box<dyn Read + Send>> {
    let mut file = File::open(path)?;
    // A FIFO cannot be peeked at: it is read as it comes.
    if !file.metadata()?.is_file() {
        return Ok(Box::new(Counted {
            inner: file,
            on_disk,
        }));
    }
    let packing = packing(path)?;
    file.seek(SeekFrom::Start(0))?;
    let counted = Counted {
        inner: file,
        on_disk,
    };
    Ok(match packing {
        Packing::None => Box::new(counted),
        Packing::Gzip => Box::new(flate2::read::MultiGzDecoder::new(BufReader::with_capacity(
            1 << 17,
            counted,
        ))),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
    })
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
    use super::super::Origin;
    use super::*;
    use std::io::Write;

    fn check(bytes: &[u8]) {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("written");
        let source = Source {
            name: "x".into(),
            label: "x".into(),
            origin: Origin::File(file.path().into()),
            disk_bytes: 0,
        };
        let mut text = String::new();
        open(&source, Arc::default())
            .expect("opens")
            .read_to_string(&mut text)
            .expect("reads");
        assert_eq!(text, "one\ntwo\n");
    }

    #[test]
    fn the_first_bytes_tell_the_packing() {
        check(b"one\ntwo\n");
        let gzip = |text: &str| {
            let mut encoder =
                flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(text.as_bytes()).expect("packs");
            encoder.finish().expect("packs")
        };
        check(&[gzip("one\n"), gzip("two\n")].concat());
        check(&zstd::encode_all(&b"one\ntwo\n"[..], 3).expect("packs"));
    }
}
