//! Bundles taken apart: tar archives, packed or not, zip archives, and archives in them.
//!
//! In: sources as they were found. Out: the same, where each regular file of a bundle is a source
//! of its own, named `bundle.tgz/var/log/x.log`. A bundle that is not packed is read in place; of a
//! packed one the files are kept in a temporary folder. Names in a bundle are only names: nothing
//! is written under them. Links, devices and hidden files are passed over.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use tempfile::TempDir;

use super::discover::is_left_out;
use super::ending;
use super::open::{packed, packing, unpacked};
use super::packing::{MAGIC_BYTES, Packing};
use super::{Error, Origin, Source, zip};

/// Bytes of a tar header.
const HEADER_BYTES: usize = 512;
/// Bundles in bundles are taken apart to this depth.
const DEPTH_MAX: usize = 3;
/// Most files taken from all bundles.
const FILES_MAX: usize = 10_000;
/// Most bytes kept of all bundles; a smaller disk sets its own limit.
const BYTES_MAX: u64 = 256 << 30;
/// Most members that an error names.
const FAILURES_TOLD_MAX: usize = 5;
/// The files of a zip are unpacked to so many times its own size; logs pack 10 to 50 times.
const ZIP_RATIO_MAX: u64 = 300;
/// A zip may unpack to this much whatever its size.
const ZIP_BYTES_FREE: u64 = 1 << 30;

/// Takes bundles apart. What cannot be read or kept is an error that names the bundle; what was
/// read before it is used. The temporary folder is deleted when rfo ends (`ending`).
pub fn open_bundles(sources: Vec<Source>, errors: &mut Vec<Error>) -> Vec<Source> {
    let mut opener = Opener {
        files: Vec::new(),
        folder: None,
        kept: 0,
        bytes_left: BYTES_MAX,
    };
    for source in sources {
        opener.take(source, 0, errors);
    }
    if let Some(folder) = opener.folder {
        ending::delete_at_end(folder.keep());
    }
    opener.files
}

struct Opener {
    files: Vec<Source>,
    folder: Option<TempDir>,
    /// Files in the folder, which are named by number.
    kept: usize,
    bytes_left: u64,
}

impl Opener {
    fn take(&mut self, source: Source, depth: usize, errors: &mut Vec<Error>) {
        if depth >= DEPTH_MAX || !is_bundle(&source.origin) {
            self.files.push(source);
            return;
        }
        let mut members = Vec::new();
        if let Err(cause) = self.members(&source, &mut members) {
            errors.push(Error::Bundle {
                name: source.name,
                source: cause,
            });
        }
        for member in members {
            self.take(member, depth + 1, errors);
        }
    }

    /// The files of a bundle, as far as it can be read.
    fn members(&mut self, bundle: &Source, members: &mut Vec<Source>) -> io::Result<()> {
        if zip::is_zip(&head(&bundle.origin)?) {
            return self.zipped(bundle, members);
        }
        if packing(&bundle.origin)? == Packing::None {
            let mut archive = tar::Archive::new(packed(&bundle.origin, 0)?);
            return self.entries(bundle, true, archive.entries_with_seek()?, members);
        }
        let mut archive = tar::Archive::new(unpacked(&bundle.origin, Arc::default())?);
        self.entries(bundle, false, archive.entries()?, members)?;
        // The packing's own checksum comes last.
        io::copy(&mut archive.into_inner(), &mut io::sink()).map(drop)
    }

    /// The files of a zip: in place where they are stored, else kept.
    fn zipped(&mut self, bundle: &Source, members: &mut Vec<Source>) -> io::Result<()> {
        let length = length(&bundle.origin)?;
        let mut left = length.saturating_mul(ZIP_RATIO_MAX).max(ZIP_BYTES_FREE);
        let mut failures = Failures::default();
        let mut archive = zip::Archive::open(&bundle.origin, length)?;
        for member in archive.members() {
            let name = crate::text::printable_bytes(&member.name);
            if passed_over(&name) {
                continue;
            }
            if self.files.len() + members.len() >= FILES_MAX {
                return Err(too_many());
            }
            left = left.checked_sub(member.bytes).ok_or_else(|| {
                io::Error::other(format!(
                    "its files are more than {ZIP_RATIO_MAX} times as long as they are packed; the rest is not read"
                ))
            })?;
            // One that cannot be read costs no other.
            let kept = match archive.stored_at(&member) {
                Ok(Some(at)) => Ok(stretch(&bundle.origin, at, member.bytes)),
                Ok(None) => archive
                    .content(&member)
                    .and_then(|mut reader| self.keep(&mut reader)),
                Err(error) => Err(error),
            };
            let (origin, whole) = match kept {
                Ok(kept) => kept,
                Err(error) => {
                    failures.add(&name, error);
                    continue;
                }
            };
            if let Err(error) = whole {
                failures.add(&name, error);
            }
            let name = format!("{}/{}", bundle.name, name.trim_start_matches("./"));
            members.push(Source {
                label: name.clone(),
                name,
                disk_bytes: member.bytes,
                origin,
            });
        }
        failures.told()
    }

    fn entries<R: Read>(
        &mut self,
        bundle: &Source,
        in_place: bool,
        entries: tar::Entries<'_, R>,
        members: &mut Vec<Source>,
    ) -> io::Result<()> {
        let mut places = BTreeMap::new();
        for entry in entries {
            let mut entry = entry?;
            let name = crate::text::printable_bytes(&entry.path_bytes());
            let kind = entry.header().entry_type();
            let is_regular = kind.is_file() || kind.is_contiguous() || kind.is_gnu_sparse();
            if !is_regular || passed_over(&name) {
                continue;
            }
            if self.files.len() + members.len() >= FILES_MAX {
                return Err(too_many());
            }
            let (origin, whole) = match in_place && !kind.is_gnu_sparse() {
                true => stretch(&bundle.origin, entry.raw_file_position(), entry.size()),
                false => self.keep(&mut entry)?,
            };
            let name = format!("{}/{}", bundle.name, name.trim_start_matches("./"));
            let member = Source {
                label: name.clone(),
                name: name.clone(),
                disk_bytes: match &origin {
                    Origin::Kept(path) => path.metadata().map_or(0, |meta| meta.len()),
                    _ => entry.size(),
                },
                origin,
            };
            // What was added again later stands for both, as when a bundle is extracted.
            match places.entry(name) {
                Entry::Occupied(place) => members[*place.get()] = member,
                Entry::Vacant(place) => {
                    place.insert(members.len());
                    members.push(member);
                }
            }
            whole?;
        }
        Ok(())
    }

    /// Keeps what `reader` gives, as far as it goes, in a file whose name is a number.
    fn keep(&mut self, reader: &mut impl Read) -> io::Result<(Origin, io::Result<()>)> {
        let folder = match &self.folder {
            Some(folder) => folder.path(),
            None => self.folder.insert(TempDir::new()?).path(),
        };
        let path = folder.join(self.kept.to_string());
        self.kept += 1;
        let mut file = File::create_new(&path)?;
        let copied = copy(&mut reader.take(self.bytes_left + 1), &mut file);
        let length = file.metadata()?.len();
        if length > self.bytes_left {
            file.set_len(self.bytes_left)?;
        }
        let is_too_much = length > self.bytes_left;
        self.bytes_left = self.bytes_left.saturating_sub(length);
        let copied = copied.and_then(|()| match is_too_much {
            true => Err(io::Error::other(format!(
                "it holds more than {} GiB; the rest is not read",
                BYTES_MAX >> 30
            ))),
            false => Ok(()),
        });
        Ok((Origin::Kept(path), copied))
    }
}

/// The members of a bundle that could not be read, or not to their ends.
#[derive(Default)]
struct Failures {
    first: Vec<String>,
    further: usize,
}

impl Failures {
    fn add(&mut self, name: &str, error: io::Error) {
        match self.first.len() < FAILURES_TOLD_MAX {
            true => self.first.push(format!("{name}: {error}")),
            false => self.further += 1,
        }
    }

    fn told(self) -> io::Result<()> {
        let named = self.first.join("; ");
        match (self.first.len(), self.further) {
            (0, _) => Ok(()),
            (_, 0) => Err(io::Error::other(named)),
            (_, further) => Err(io::Error::other(format!("{named}; and {further} more"))),
        }
    }
}

/// Copies; an error says whether reading or keeping failed.
fn copy(reader: &mut impl Read, file: &mut impl io::Write) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 17];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => file.write_all(&buffer[..n]).map_err(|error| {
                io::Error::new(error.kind(), format!("its files cannot be kept: {error}"))
            })?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn too_many() -> io::Error {
    io::Error::other(format!(
        "it holds more than {FILES_MAX} files; the first are read"
    ))
}

/// First bytes of an origin as they lie on disk.
fn head(origin: &Origin) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    packed(origin, 0)?
        .take(MAGIC_BYTES as u64)
        .read_to_end(&mut head)?;
    Ok(head)
}

/// Bytes on disk of an origin of one piece.
fn length(origin: &Origin) -> io::Result<u64> {
    match origin {
        Origin::Stretch { bytes, .. } => Ok(*bytes),
        _ => Ok(origin.path().metadata()?.len()),
    }
}

/// `size` bytes from `at` on of an origin that is not packed, and whether it holds them.
fn stretch(origin: &Origin, at: u64, size: u64) -> (Origin, io::Result<()>) {
    let (start, end) = match origin {
        Origin::Stretch { start, bytes, .. } => (*start, start + bytes),
        Origin::File(path) | Origin::Kept(path) => {
            (0, path.metadata().map_or(0, |meta| meta.len()))
        }
        Origin::Set(_) => (0, 0),
    };
    let stretch = Origin::Stretch {
        path: origin.path().to_path_buf(),
        start: start.saturating_add(at),
        bytes: size,
    };
    let whole = match start.saturating_add(at).saturating_add(size) <= end {
        true => Ok(()),
        false => Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it is cut off",
        )),
    };
    (stretch, whole)
}

/// Whether some folder or the file is hidden, or the file describes the folder.
fn passed_over(name: &str) -> bool {
    let parts = || {
        name.split('/')
            .filter(|part| !["", ".", ".."].contains(part))
    };
    let is_hidden = parts().any(|part| part.starts_with('.'));
    is_hidden || parts().next_back().is_none_or(is_left_out)
}

/// Whether what is in an origin begins as a bundle does: as a zip, or with a tar header, one whose
/// checksum is right.
pub fn is_bundle(origin: &Origin) -> bool {
    let is_file = |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file());
    if !is_file(origin.path()) {
        return false;
    }
    if head(origin).is_ok_and(|head| zip::is_zip(&head)) {
        return true;
    }
    let mut head = Vec::new();
    let read = unpacked(origin, Arc::default())
        .and_then(|reader| reader.take(HEADER_BYTES as u64).read_to_end(&mut head));
    let Ok(header) = <&[u8; HEADER_BYTES]>::try_from(head.as_slice()) else {
        return false;
    };
    read.is_ok() && is_header(header)
}

fn is_header(header: &[u8; HEADER_BYTES]) -> bool {
    let checksum = 148..156;
    let byte = |(i, byte): (usize, &u8)| match checksum.contains(&i) {
        true => u32::from(b' '),
        false => u32::from(*byte),
    };
    let sum: u32 = header.iter().enumerate().map(byte).sum();
    let written = std::str::from_utf8(&header[checksum.clone()]).unwrap_or_default();
    let written = written.trim_matches(['\0', ' ']);
    header[0] != 0 && u32::from_str_radix(written, 8) == Ok(sum)
}

#[cfg(test)]
mod tests {
    use super::super::zip::tests::zip_of;
    use super::super::{RawReader, open};
    use super::*;
    use std::io::Write;

    fn source(path: &Path, name: &str) -> Source {
        Source {
            name: name.into(),
            label: name.into(),
            origin: Origin::File(path.into()),
            disk_bytes: 0,
        }
    }

    /// A tar of these files, made by hand where the names are not what `tar` would write.
    fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            header.as_gnu_mut().expect("gnu").name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).expect("memory");
        }
        let mut link = tar::Header::new_gnu();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        builder
            .append_link(&mut link, "var/log/link", "/etc/passwd")
            .expect("memory");
        let mut device = tar::Header::new_gnu();
        device.set_entry_type(tar::EntryType::Char);
        device.set_size(0);
        device.set_cksum();
        builder
            .append_data(&mut device, "dev/zero", io::empty())
            .expect("memory");
        builder.into_inner().expect("memory")
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).expect("packs");
        encoder.finish().expect("packs")
    }

    /// Names and texts of what is in a bundle, and the errors.
    fn opened(bytes: &[u8]) -> (Vec<(String, String)>, Vec<String>) {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("written");
        let mut errors = Vec::new();
        let sources = open_bundles(vec![source(file.path(), "b.tgz")], &mut errors);
        let mut raw = RawReader::new(sources.clone());
        let read = |(i, source): (usize, &Source)| {
            let mut text = String::new();
            let mut reader = open(source, Arc::default()).expect("opens");
            let _ = reader.read_to_string(&mut text);
            let again = raw.read(i, 0, 4).expect("can be read again");
            assert_eq!(
                again,
                text.as_bytes()[..text.len().min(4)],
                "{}",
                source.name
            );
            (source.name.clone(), text)
        };
        let texts = sources.iter().enumerate().map(read).collect();
        for source in &sources {
            if let Origin::Kept(path) = &source.origin {
                // The folder, with the first of its files.
                let _ = std::fs::remove_dir_all(path.parent().expect("in a folder"));
            }
        }
        (texts, errors.iter().map(ToString::to_string).collect())
    }

    const FILES: [(&str, &[u8]); 5] = [
        ("./var/log/x.log", b"one\n"),
        ("../../etc/evil\x1b[2J.log", b"two\n"),
        ("var/log/.hidden", b"three\n"),
        ("README", b"four\n"),
        ("/abs.log", b"five\n"),
    ];

    #[test]
    fn each_regular_file_is_a_source_whose_name_is_only_a_name() {
        let tar = tar_of(&FILES);
        let expected = [
            ("b.tgz/var/log/x.log", "one\n"),
            ("b.tgz/../../etc/evil·[2J.log", "two\n"),
            ("b.tgz//abs.log", "five\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
        for bytes in [
            gzip(&tar),
            zstd::encode_all(&tar[..], 1).expect("packs"),
            tar,
        ] {
            assert_eq!(opened(&bytes), (expected.to_vec(), Vec::new()));
        }
    }

    #[test]
    fn zips_and_bundles_in_them_are_read() {
        let inner = gzip(&tar_of(&[("deep.log", b"deep\n")]));
        let zip = zip_of(&[
            ("./x.log", b"one\n"),
            (".hidden.log", b"no\n"),
            ("../../evil.log", b"two\n"),
            ("inner.tgz", &inner),
            ("stored.log", b"three\n"),
        ]);
        let expected = [
            ("b.tgz/x.log", "one\n"),
            ("b.tgz/../../evil.log", "two\n"),
            ("b.tgz/inner.tgz/deep.log", "deep\n"),
            ("b.tgz/stored.log", "three\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
        assert_eq!(opened(&zip), (expected.to_vec(), Vec::new()));
        let outer = tar_of(&[("in.zip", &zip)]);
        let (texts, errors) = opened(&outer);
        assert_eq!((texts.len(), errors), (4, Vec::new()));
        assert_eq!(
            texts[3],
            ("b.tgz/in.zip/stored.log".into(), "three\n".into())
        );
    }

    #[test]
    fn a_zip_that_says_it_is_much_longer_than_it_is_packed_is_not_unpacked() {
        let mut zip = zip_of(&[("a.log", b"one\n"), ("b.log", b"two\n")]);
        let entry = memchr::memmem::find(&zip, b"PK\x01\x02").expect("a directory");
        zip[entry + 24..entry + 28].copy_from_slice(&[0xf0; 4]);
        let (texts, errors) = opened(&zip);
        assert_eq!(texts.len(), 0);
        assert!(errors[0].contains("more than 300 times"), "{errors:?}");
    }

    #[test]
    fn members_that_cannot_be_read_are_named_and_the_others_read() {
        let files: Vec<(String, &[u8])> = (0..9)
            .map(|i| (format!("{i}.log"), &b"one\n"[..]))
            .collect();
        let files: Vec<(&str, &[u8])> = files.iter().map(|(n, text)| (n.as_str(), *text)).collect();
        let mut zip = zip_of(&files);
        let entries: Vec<usize> = memchr::memmem::find_iter(&zip, b"PK\x01\x02").collect();
        zip[entries[0] + 8] = 1;
        zip[entries[2] + 16] ^= 1;
        zip[entries[3] + 10] = 14;
        let (texts, errors) = opened(&zip);
        let names: Vec<&str> = texts.iter().map(|(name, _)| &name[6..]).collect();
        let read = [
            "1.log", "2.log", "4.log", "5.log", "6.log", "7.log", "8.log",
        ];
        assert_eq!(names, read);
        assert_eq!(
            errors,
            ["b.tgz is not read to its end: 0.log: it is encrypted; \
              2.log: damaged zip data: Invalid checksum; \
              3.log: it is packed in another way: Unsupported(14)"]
        );
        entries.iter().for_each(|at| zip[at + 8] = 1);
        let (texts, errors) = opened(&zip);
        assert_eq!(texts.len(), 0);
        assert!(
            errors[0].ends_with("4.log: it is encrypted; and 4 more"),
            "{errors:?}"
        );
    }

    #[test]
    fn a_file_that_was_added_again_is_read_once() {
        let tar = tar_of(&[("x.log", b"one\n"), ("x.log", b"one\ntwo\n")]);
        let expected = [("b.tgz/x.log".to_owned(), "one\ntwo\n".to_owned())];
        assert_eq!(opened(&gzip(&tar)), (expected.to_vec(), Vec::new()));
    }

    #[test]
    fn packed_files_and_bundles_in_bundles_are_read() {
        let inner = gzip(&tar_of(&[("deep.log", b"deep\n")]));
        let tar = tar_of(&[("x.log.1.gz", &gzip(b"packed\n")), ("inner.tar.gz", &inner)]);
        let expected = [
            ("b.tgz/x.log.1.gz", "packed\n"),
            ("b.tgz/inner.tar.gz/deep.log", "deep\n"),
        ]
        .map(|(name, text)| (name.to_owned(), text.to_owned()));
        for bytes in [gzip(&tar), tar] {
            assert_eq!(opened(&bytes), (expected.to_vec(), Vec::new()));
        }
    }

    #[test]
    fn a_bundle_that_is_cut_off_gives_what_came() {
        let long = b"a line\n".repeat(100_000);
        let tar = tar_of(&[("a.log", b"whole\n"), ("b.log", &long)]);
        for bytes in [gzip(&tar[..400_000]), tar[..400_000].to_vec()] {
            let (texts, errors) = opened(&bytes);
            assert_eq!(texts[0].1, "whole\n");
            assert!(texts[1].1.len() > 300_000, "{}", texts[1].1.len());
            assert_eq!(errors.len(), 1, "{errors:?}");
        }
        let (_, errors) = opened(&{
            let mut packed = gzip(&tar);
            packed.truncate(packed.len() - 9);
            packed
        });
        assert_eq!(
            errors,
            ["b.tgz is not read to its end: it is cut off: its gzip data end too early"]
        );
    }

    #[test]
    fn what_is_no_bundle_stays_as_it_is() {
        for bytes in [&b"one\n"[..], &[0; 2048], &gzip(b"text\n"), b""] {
            let (texts, errors) = opened(bytes);
            assert_eq!((texts[0].0.as_str(), errors.len()), ("b.tgz", 0));
        }
    }
}
