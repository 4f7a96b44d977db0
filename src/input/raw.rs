//! The bytes of a line, fetched again when someone wants to read it.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use super::open::{packed, packing, unpacked};
use super::packing::Packing;
use super::{Error, Origin, Part, Source};

/// Most bytes shown of one event.
pub const LENGTH_MAX: u32 = 1 << 16;
/// Decompressed bytes kept around the last fetch from a packed source.
const WINDOW_BYTES: usize = 8 << 20;

/// Stretches kept, one a packed source; beyond that all are let go.
const WINDOWS_MAX: usize = 8;

/// Fetches lines of sources by offset. Plain files are read in place; a packed one is
/// unpacked up to the line, and the stretch around it is kept for the next fetch. Of a rotated
/// set the right part is read.
pub struct RawReader {
    sources: Vec<Source>,
    /// By source and part.
    windows: BTreeMap<(usize, usize), Window>,
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
        let length = length.min(LENGTH_MAX) as usize;
        let (name, origin, parts) = (
            found.name.clone(),
            found.origin.clone(),
            found.parts().to_vec(),
        );
        let read = match parts.is_empty() {
            true => self.read_piece((source, 0), &origin, offset, length),
            false => self.read_parts(source, &parts, offset, length),
        };
        read.map_err(|source| Error::Read { name, source })
    }

    fn read_parts(
        &mut self,
        source: usize,
        parts: &[Part],
        mut offset: u64,
        length: usize,
    ) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            let wanted = length - bytes.len();
            if i + 1 == parts.len() {
                bytes.extend(self.read_piece((source, i), &part.origin, offset, wanted)?);
                break;
            }
            let extent = part.measured().bytes;
            if offset >= extent {
                offset -= extent;
                continue;
            }
            let here = wanted.min(usize::try_from(extent - offset).unwrap_or(usize::MAX));
            let piece = self.read_piece((source, i), &part.origin, offset, here)?;
            let missing = here - piece.len();
            bytes.extend(piece);
            // The line end that the part was given is not on disk.
            bytes.extend(std::iter::repeat_n(b'\n', missing.min(1)));
            offset = 0;
            if bytes.len() >= length || missing > 1 {
                break;
            }
        }
        Ok(bytes)
    }

    fn read_piece(
        &mut self,
        at: (usize, usize),
        origin: &Origin,
        offset: u64,
        length: usize,
    ) -> io::Result<Vec<u8>> {
        if packing(origin)? == Packing::None {
            let mut bytes = Vec::with_capacity(length);
            packed(origin, offset)?
                .take(length as u64)
                .read_to_end(&mut bytes)?;
            return Ok(bytes);
        }
        let holds = |window: &Window| {
            window.offset <= offset
                && offset + length as u64 <= window.offset + window.bytes.len() as u64
        };
        if !self.windows.get(&at).is_some_and(holds) {
            if self.windows.len() >= WINDOWS_MAX {
                self.windows.clear();
            }
            self.windows.insert(at, unpack_around(origin, offset)?);
        }
        let window = &self.windows[&at];
        let from = (offset - window.offset) as usize;
        // A source that has become shorter has no such bytes.
        let bytes = window.bytes.get(from..).unwrap_or(&[]);
        Ok(bytes[..bytes.len().min(length)].to_vec())
    }
}

fn unpack_around(origin: &Origin, offset: u64) -> io::Result<Window> {
    let start = offset.saturating_sub(WINDOW_BYTES as u64 / 4);
    let mut reader = unpacked(origin, Arc::default())?;
    io::copy(&mut reader.by_ref().take(start), &mut io::sink())?;
    let mut bytes = Vec::new();
    let read = reader.take(WINDOW_BYTES as u64).read_to_end(&mut bytes);
    // What comes before a cut or a damage can be shown.
    if bytes.len() as u64 + start <= offset {
        read?;
    }
    Ok(Window {
        offset: start,
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::super::RotatedSet;
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
    #[test]
    fn a_line_of_a_set_is_fetched_from_its_part() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let part = |name: &str, bytes: &[u8]| {
            let path = folder.path().join(name);
            std::fs::write(&path, bytes).expect("written");
            Part {
                name: name.into(),
                origin: Origin::File(path),
                disk_bytes: 0,
                extent: Arc::default(),
            }
        };
        let packed = zstd::encode_all(&b"one\ntwo\n"[..], 1).expect("packs");
        let parts = vec![
            part("a", &packed),
            part("b", b"three"),
            part("c", b"four\n"),
        ];
        let source = Source {
            name: "x".into(),
            label: "x".into(),
            origin: Origin::Set(Box::new(RotatedSet {
                parts,
                copies: Vec::new(),
            })),
            disk_bytes: 0,
        };
        let whole = "one\ntwo\nthree\nfour\n";
        let mut reader = RawReader::new(vec![source]);
        for from in 0..whole.len() {
            for length in 0..=whole.len() - from {
                let got = reader.read(0, from as u64, length as u32).expect("reads");
                let expected = &whole[from..from + length];
                assert_eq!(String::from_utf8_lossy(&got), expected, "{from} {length}");
            }
        }
    }
}
