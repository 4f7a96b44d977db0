//! The bytes of a line, fetched again when someone wants to read it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::open::{Packing, open, packing};
use super::{Error, Source};

/// Most bytes shown of one event.
pub const LENGTH_MAX: u32 = 1 << 16;
/// Decompressed bytes kept around the last fetch from a packed source.
const WINDOW_BYTES: usize = 8 << 20;

/// Stretches kept, one a packed source; beyond that all are let go.
const WINDOWS_MAX: usize = 8;

/// Fetches lines of sources by offset. Plain files are read in place; a packed one is
/// unpacked up to the line, and the stretch around it is kept for the next fetch.
pub struct RawReader {
    sources: Vec<Source>,
    windows: BTreeMap<usize, Window>,
}

struct Window {
    offset: u64,
    bytes: Vec<u8>,
}

impl RawReader {
    /// A reader of these sources.
    pub fn new(sources: Vec<Source>) -> Self {
        Self {
            sources,
            windows: BTreeMap::new(),
        }
    }

    /// The bytes `[offset, offset + length)` of source number `source`, at most 64 KiB;
    /// fewer if the source has become shorter. An error if the source is gone.
    pub fn read(&mut self, source: usize, offset: u64, length: u32) -> Result<Vec<u8>, Error> {
        let Some(found) = self.sources.get(source) else {
            let missing = io::Error::new(io::ErrorKind::NotFound, "there is no such source");
            return Err(Error::Read {
                name: format!("source {source}"),
                source: missing,
            });
        };
        let name = found.name.clone();
        let length = length.min(LENGTH_MAX) as usize;
        let read_error = |error| Error::Read {
            name: name.clone(),
            source: error,
        };
        match packing(found.origin.path()).map_err(read_error)? {
            Packing::None => read_at(found.origin.path(), offset, length).map_err(read_error),
            Packing::Gzip | Packing::Zstd | Packing::Utf16 => {
                self.read_packed(source, offset, length)
            }
        }
    }

    fn read_packed(&mut self, source: usize, offset: u64, length: usize) -> Result<Vec<u8>, Error> {
        let holds = |window: &Window| {
            window.offset <= offset
                && offset + length as u64 <= window.offset + window.bytes.len() as u64
        };
        if !self.windows.get(&source).is_some_and(holds) {
            if self.windows.len() >= WINDOWS_MAX {
                self.windows.clear();
            }
            self.windows.insert(source, self.unpack(source, offset)?);
        }
        let window = &self.windows[&source];
        let from = (offset - window.offset) as usize;
        // A source that has become shorter has no such bytes.
        let bytes = window.bytes.get(from..).unwrap_or(&[]);
        Ok(bytes[..bytes.len().min(length)].to_vec())
    }

    fn unpack(&self, source: usize, offset: u64) -> Result<Window, Error> {
        let found = &self.sources[source];
        let read_error = |error| Error::Read {
            name: found.name.clone(),
            source: error,
        };
        let start = offset.saturating_sub(WINDOW_BYTES as u64 / 4);
        let mut reader = open(found, Arc::default())?;
        io::copy(&mut reader.by_ref().take(start), &mut io::sink()).map_err(read_error)?;
        let mut bytes = Vec::new();
        reader
            .take(WINDOW_BYTES as u64)
            .read_to_end(&mut bytes)
            .map_err(read_error)?;
        Ok(Window {
            offset: start,
            bytes,
        })
    }
}

fn read_at(path: &std::path::Path, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::with_capacity(length);
    file.take(length as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::super::Origin;
    use super::*;

    #[test]
    fn plain_and_packed_sources_give_the_same_bytes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let text = "0123456789\n".repeat(100_000);
        let plain = folder.path().join("plain");
        let packed = folder.path().join("packed");
        std::fs::write(&plain, &text).expect("written");
        std::fs::write(
            &packed,
            zstd::encode_all(text.as_bytes(), 1).expect("packs"),
        )
        .expect("written");
        let source = |path: &std::path::Path| Source {
            name: "x".into(),
            label: "x".into(),
            origin: Origin::File(path.into()),
            disk_bytes: 0,
        };
        let mut reader = RawReader::new(vec![source(&plain), source(&packed)]);
        for offset in [0, 11, 999_999, 1_099_990] {
            let expected = &text.as_bytes()[offset..(offset + 10).min(text.len())];
            for which in 0..2 {
                assert_eq!(
                    reader.read(which, offset as u64, 10).expect("reads"),
                    expected
                );
            }
        }
        assert!(reader.read(7, 0, 1).is_err());
    }
}
