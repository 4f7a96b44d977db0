//! A rotated set read as one stream: its parts after one another, oldest first.
//!
//! In: `Part`s. Out: their unpacked bytes; a part that ends without a line end gets one, so
//! that lines never glue. A part that fails is read as far as it goes, and the failures come
//! together at the end. Does not decide which files make a set.

use std::io::{self, Read};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, OnceLock};

use super::Origin;
use super::open::unpacked;

/// One file of a rotated set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name, as a source of its own would have it.
    pub name: String,
    /// Where its bytes come from; never a set.
    pub origin: Origin,
    /// Bytes on disk; 0 when unknown.
    pub disk_bytes: u64,
    /// How much is in it, known once it was read to its end. Never known of the last part: it
    /// may grow.
    pub extent: Arc<OnceLock<Extent>>,
}

/// How much is in a part, with the line end that it was given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// Unpacked bytes.
    pub bytes: u64,
    /// Lines.
    pub lines: u64,
}

impl Part {
    /// How much is in a part that is not the last: as it was when it was read, else by reading
    /// it now.
    pub fn measured(&self) -> Extent {
        if let Some(extent) = self.extent.get() {
            return *extent;
        }
        let mut last_byte = None;
        let mut extent = Extent::default();
        let mut buffer = vec![0; 1 << 17];
        if let Ok(mut reader) = unpacked(&self.origin, Arc::default()) {
            while let Ok(n @ 1..) = reader.read(&mut buffer) {
                extent.add(&buffer[..n]);
                last_byte = Some(buffer[n - 1]);
            }
        }
        if last_byte.is_some_and(|byte| byte != b'\n') {
            extent.add(b"\n");
        }
        *self.extent.get_or_init(|| extent)
    }
}

impl Extent {
    /// Adds what was read.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
    }
}

/// Reads parts after one another.
pub struct Parts {
    left: std::vec::IntoIter<Part>,
    current: Option<Current>,
    on_disk: Arc<AtomicU64>,
    failures: Vec<String>,
}

struct Current {
    part: Part,
    reader: Box<dyn Read + Send>,
    extent: Extent,
    last_byte: u8,
}

impl Parts {
    /// A reader of `parts`, oldest first. `on_disk` counts the bytes taken from disk.
    pub fn new(parts: Vec<Part>, on_disk: Arc<AtomicU64>) -> Self {
        Self {
            left: parts.into_iter(),
            current: None,
            on_disk,
            failures: Vec::new(),
        }
    }

    /// Opens the next part that can be opened. False after the last.
    fn open_next(&mut self) -> bool {
        for part in self.left.by_ref() {
            match unpacked(&part.origin, Arc::clone(&self.on_disk)) {
                Ok(reader) => {
                    self.current = Some(Current {
                        part,
                        reader,
                        extent: Extent::default(),
                        last_byte: b'\n',
                    });
                    return true;
                }
                Err(error) => {
                    self.failures.push(format!("{}: {error}", part.name));
                    // What could not be opened holds nothing, now and when lines are fetched.
                    part.extent.get_or_init(Extent::default);
                }
            }
        }
        false
    }
}

impl Read for Parts {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.current.is_some() || self.open_next() {
            let Some(current) = &mut self.current else {
                break;
            };
            match current.reader.read(buffer) {
                Ok(n @ 1..) => {
                    current.extent.add(&buffer[..n]);
                    current.last_byte = buffer[n - 1];
                    return Ok(n);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => self
                    .failures
                    .push(format!("{}: {error}", current.part.name)),
                Ok(_) => {}
            }
            let is_last = self.left.len() == 0;
            if current.last_byte != b'\n' && !is_last {
                current.extent.add(b"\n");
                current.last_byte = b'\n';
                current.reader = Box::new(io::empty());
                buffer[0] = b'\n';
                return Ok(1);
            }
            if !is_last {
                current.part.extent.get_or_init(|| current.extent);
            }
            self.current = None;
        }
        match self.failures.is_empty() {
            true => Ok(0),
            false => Err(io::Error::other(
                std::mem::take(&mut self.failures).join("; "),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(folder: &tempfile::TempDir, texts: &[Vec<u8>]) -> Vec<Part> {
        let write = |(i, text): (usize, &Vec<u8>)| {
            let path = folder.path().join(i.to_string());
            std::fs::write(&path, text).expect("written");
            Part {
                name: format!("part {i}"),
                origin: Origin::File(path),
                disk_bytes: text.len() as u64,
                extent: Arc::default(),
            }
        };
        texts.iter().enumerate().map(write).collect()
    }

    fn read(parts: &[Part]) -> (Vec<u8>, Option<String>) {
        let mut text = Vec::new();
        let failure = Parts::new(parts.to_vec(), Arc::default()).read_to_end(&mut text);
        (text, failure.err().map(|error| error.to_string()))
    }

    #[test]
    fn lines_never_glue() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let texts = ["one\ntwo", "", "three\n", "four"].map(|text| text.as_bytes().to_vec());
        let parts = parts(&folder, &texts);
        assert_eq!(read(&parts), (b"one\ntwo\nthree\nfour".to_vec(), None));
        let extent = |bytes, lines| Some(Extent { bytes, lines });
        let extents: Vec<_> = parts
            .iter()
            .map(|part| part.extent.get().copied())
            .collect();
        assert_eq!(extents, [extent(8, 2), extent(0, 0), extent(6, 1), None]);
    }

    #[test]
    fn a_part_that_fails_is_told_at_the_end_and_the_rest_is_read() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let long = b"a line of some length\n".repeat(100_000);
        let packed = zstd::encode_all(&long[..], 1).expect("packs");
        let cut = packed[..packed.len() - 3].to_vec();
        let mut parts = parts(&folder, &[cut, b"gone".to_vec(), b"last\n".to_vec()]);
        std::fs::remove_file(parts[1].origin.path()).expect("removed");
        let (text, failure) = read(&parts);
        assert!(text.ends_with(b"\nlast\n"), "{}", text.len());
        let failure = failure.expect("two parts fail");
        assert!(failure.starts_with("part 0: it is cut off"), "{failure}");
        assert!(failure.contains("; part 1: No such file"), "{failure}");
        parts.truncate(1);
        parts[0].extent = Arc::default();
        assert_eq!(parts[0].measured().bytes, text.len() as u64 - 5);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn no_byte_is_lost_and_extents_add_up(
            texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 1..5),
        ) {
            let folder = tempfile::tempdir().expect("a temporary folder");
            // Random bytes that begin like packed ones are not what is looked at here.
            let texts: Vec<Vec<u8>> = texts.into_iter().map(|text| [b"x".to_vec(), text].concat()).collect();
            let parts = parts(&folder, &texts);
            let (text, failure) = read(&parts);
            prop_assert_eq!(failure, None);
            let mut from = 0;
            for (i, (part, own)) in parts.iter().zip(&texts).enumerate() {
                prop_assert!(text[from..].starts_with(own));
                if i + 1 < parts.len() {
                    let extent = *part.extent.get().expect("read to its end");
                    let again = Part { extent: Arc::default(), ..part.clone() };
                    prop_assert_eq!(again.measured(), extent);
                    from += extent.bytes as usize;
                    prop_assert_eq!(text[from - 1], b'\n');
                }
            }
        }
    }
}
