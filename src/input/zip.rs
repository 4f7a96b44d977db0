//! The members of a zip archive: names, places and content.
//!
//! In: an archive's bytes, read at places. Out: the members that its central directory lists, and
//! readers of what is in them, checked against length and CRC. Members that are encrypted or packed
//! otherwise than by deflate, bzip2 or zstd are errors. Writes nothing.

use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};

use zip::read::{ArchiveOffset, Config, ZipReadOptions};
use zip::result::ZipError;
use zip::{CompressionMethod, SUPPORTED_COMPRESSION_METHODS, ZipArchive};

use super::Origin;
use super::checked::Checked;
use super::stretch::{DAMAGED, Stretch, damaged};

/// What a local header begins with, and so an archive with members.
const LOCAL: &[u8] = b"PK\x03\x04";
/// Most bytes read to learn of the members: names of some hundred thousand.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// Unix' kinds of files are in these bits; a regular file.
const KIND_BITS: u32 = 0o170_000;
const REGULAR: u32 = 0o100_000;

/// An archive whose directory was read.
pub struct Archive {
    directory: ZipArchive<Stretch>,
    content: Stretch,
}

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as written, which is only a name.
    pub name: Vec<u8>,
    /// Bytes unpacked, as the directory says.
    pub bytes: u64,
    index: usize,
}

/// Whether bytes that begin so are an archive.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(LOCAL)
}

impl Archive {
    /// Reads the directory of an archive of `length` bytes.
    pub fn open(origin: &Origin, length: u64) -> io::Result<Self> {
        let config = Config {
            archive_offset: ArchiveOffset::Known(0),
        };
        let stretch = Stretch::open(origin, length, DIRECTORY_BYTES_MAX)?;
        let directory = ZipArchive::with_config(config, stretch).map_err(|error| match error {
            ZipError::InvalidArchive(why) => damaged(&format!(
                "its directory, which comes last, cannot be read ({why})"
            )),
            other => in_words(other),
        })?;
        let content = Stretch::open(origin, length, u64::MAX)?;
        Ok(Self { directory, content })
    }

    /// The regular files, in the directory's order; links, devices and folders are passed over.
    pub fn members(&self) -> Vec<Member> {
        (0..self.directory.len())
            .filter_map(|index| {
                let entry = self.directory.by_index_data(index).ok()?;
                let kind = entry.unix_mode().unwrap_or(0) & KIND_BITS;
                let is_regular = matches!(kind, 0 | REGULAR) && !entry.is_dir();
                is_regular.then(|| Member {
                    name: entry.name_raw().to_vec(),
                    bytes: entry.size(),
                    index,
                })
            })
            .collect()
    }

    /// Where a member's bytes lie in the archive, if they lie there as they are.
    pub fn stored_at(&mut self, member: &Member) -> io::Result<Option<u64>> {
        let entry = self.directory.by_index_data(member.index);
        let entry = entry.map_err(in_words)?;
        let is_plain = entry.compression() == zip::CompressionMethod::Stored
            && !entry.encrypted()
            && entry.size() == entry.compressed_size();
        if !is_plain {
            return Ok(None);
        }
        let file = entry.with_reader(&mut self.content, ZipReadOptions::new());
        Ok(file.map_err(in_words)?.data_start())
    }

    /// What is in a member. Reading ends with an error where that is not what the directory says.
    pub fn content(&mut self, member: &Member) -> io::Result<Box<dyn Read + '_>> {
        let looked = self.directory.by_index_data(member.index);
        let (encrypted, method) = looked
            .map(|entry| (entry.encrypted(), entry.compression()))
            .map_err(in_words)?;
        if encrypted {
            return Err(unsupported("it is encrypted"));
        }
        if method == CompressionMethod::ZSTD {
            return self.zstd(member);
        }
        if !SUPPORTED_COMPRESSION_METHODS.contains(&method) {
            return Err(unsupported(&format!(
                "it is packed in another way: {method:?}"
            )));
        }
        let entry = self.directory.by_index_data(member.index);
        let entry = entry.map_err(in_words)?;
        let file = entry.with_reader(&mut self.content, ZipReadOptions::new());
        Ok(Box::new(Told(file.map_err(in_words)?)))
    }

    /// What is in a member that zstd packed: the crate would bring another zstd for it.
    fn zstd(&mut self, member: &Member) -> io::Result<Box<dyn Read + '_>> {
        let raw = self.directory.by_index_raw(member.index);
        let raw = raw.map_err(in_words)?;
        let start = raw
            .data_start()
            .ok_or_else(|| damaged("a member has no place"))?;
        let (packed, bytes, crc) = (raw.compressed_size(), raw.size(), raw.crc32());
        drop(raw);
        self.content.seek(SeekFrom::Start(start))?;
        let packed = self.content.by_ref().take(packed);
        let unpacked = zstd::stream::read::Decoder::new(packed)?;
        let mut content = BufReader::new(Told(Checked::new(unpacked, bytes, crc)));
        // What is no zstd at all is told before anything of it is kept.
        content.fill_buf().map_err(|error| {
            in_kind(io::Error::new(
                io::ErrorKind::InvalidData,
                error.to_string(),
            ))
        })?;
        Ok(Box::new(content))
    }
}

/// Says what a failure to unpack means.
struct Told<R>(R);

impl<R: Read> Read for Told<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer).map_err(in_kind)
    }
}

fn in_words(error: ZipError) -> io::Error {
    match error {
        ZipError::Io(error) => in_kind(error),
        ZipError::InvalidArchive(why) => damaged(&why),
        other => unsupported(&other.to_string()),
    }
}

/// The unpackers make errors of these kinds, the disk makes others.
fn in_kind(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => io::Error::new(error.kind(), "it ends too early"),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData
            if !error.to_string().starts_with(DAMAGED) =>
        {
            damaged(&error.to_string())
        }
        _ => error,
    }
}

fn unsupported(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, words.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use flate2::Crc;
    use proptest::prelude::*;
    use std::io::Write;
    use zip::write::SimpleFileOptions;

    /// What an entry of the directory and its end begin with.
    const ENTRY: &[u8] = b"PK\x01\x02";
    const END: &[u8] = b"PK\x05\x06";

    /// An archive of these files, deflated but for the last one.
    pub fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
        let (mut out, mut directory) = (Vec::new(), Vec::new());
        for (i, (name, content)) in files.iter().enumerate() {
            let method = if i + 1 < files.len() { 8u16 } else { 0 };
            let mut deflated =
                flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
            deflated.write_all(content).expect("memory");
            let packed = match method {
                0 => content.to_vec(),
                _ => deflated.finish().expect("memory"),
            };
            let mut crc = Crc::new();
            crc.update(content);
            let at = out.len() as u32;
            let mut shared = Vec::new();
            shared.extend([20, 0, 0, 0]);
            shared.extend(method.to_le_bytes());
            shared.extend([0; 4]);
            shared.extend(crc.sum().to_le_bytes());
            shared.extend((packed.len() as u32).to_le_bytes());
            shared.extend((content.len() as u32).to_le_bytes());
            shared.extend((name.len() as u16).to_le_bytes());
            shared.extend([0, 0]);
            out.extend(LOCAL);
            out.extend(&shared);
            out.extend(name.as_bytes());
            out.extend(packed);
            directory.extend(ENTRY);
            directory.extend([20, 3]);
            directory.extend(&shared);
            directory.extend([0; 6]);
            directory.extend(
                if name.contains("link") {
                    0xa1ff_0000u32
                } else {
                    0x81a4_0000
                }
                .to_le_bytes(),
            );
            directory.extend(at.to_le_bytes());
            directory.extend(name.as_bytes());
        }
        let at = out.len() as u32;
        out.extend(&directory);
        out.extend(END);
        out.extend([0; 4]);
        let n = files.len() as u16;
        out.extend([n.to_le_bytes(), n.to_le_bytes()].concat());
        out.extend((directory.len() as u32).to_le_bytes());
        out.extend(at.to_le_bytes());
        out.extend([0, 0]);
        out
    }

    /// Names with what is in them, or the failure.
    fn read(bytes: &[u8]) -> Vec<String> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), bytes).expect("written");
        let origin = Origin::File(file.path().into());
        let mut archive = match Archive::open(&origin, bytes.len() as u64) {
            Ok(archive) => archive,
            Err(error) => return vec![error.to_string()],
        };
        let mut said = |member: &Member| {
            let mut text = Vec::new();
            let read = archive
                .content(member)
                .and_then(|mut reader| reader.read_to_end(&mut text));
            let text = String::from_utf8_lossy(&text[..text.len().min(20)]).into_owned();
            let name = String::from_utf8_lossy(&member.name).into_owned();
            format!(
                "{name}: {}",
                read.map_or_else(|error| error.to_string(), |_| text)
            )
        };
        let members = Archive::open(&origin, bytes.len() as u64).expect("opened before");
        members.members().iter().map(&mut said).collect()
    }

    #[test]
    fn members_are_read_and_links_are_not() {
        let zip = zip_of(&[
            ("a.log", b"one\n"),
            ("link", b"/etc/passwd"),
            ("b/", b""),
            ("b/c.log", b"two\n"),
        ]);
        assert_eq!(read(&zip), ["a.log: one\n", "b/c.log: two\n"]);
        let with_comment = [&zip[..zip.len() - 2], &[3, 0], b"hey"].concat();
        assert_eq!(read(&with_comment).len(), 2);
    }

    #[test]
    fn what_other_programs_write_is_read_unless_it_is_packed_in_another_way() {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let text = b"one two three\n".repeat(50);
        for (name, method) in [
            ("deflated.log", zip::CompressionMethod::Deflated),
            ("squeezed.log", zip::CompressionMethod::Bzip2),
            ("stored.log", zip::CompressionMethod::Stored),
        ] {
            let options = SimpleFileOptions::default().compression_method(method);
            writer.start_file(name, options).expect("memory");
            writer.write_all(&text).expect("memory");
        }
        let mut bytes = writer.finish().expect("memory").into_inner();
        let expected = ["deflated.log", "squeezed.log", "stored.log"]
            .map(|name| format!("{name}: one two three\none tw"));
        assert_eq!(read(&bytes), expected);
        let entry = memchr::memmem::find(&bytes, ENTRY).expect("there");
        bytes[entry + 10] = 14;
        assert_eq!(
            read(&bytes)[0],
            "deflated.log: it is packed in another way: Unsupported(14)"
        );
    }

    /// An archive of one stored member, said to be packed by zstd, with the length and checksum of
    /// `said`.
    fn zstd_of(packed: &[u8], said: &[u8]) -> Vec<u8> {
        let mut zip = zip_of(&[("a.log", packed)]);
        let mut crc = Crc::new();
        crc.update(said);
        let entry = memchr::memmem::find(&zip, ENTRY).expect("there");
        // The method, the checksum and the length, in the local header and in the directory.
        for (method, sum, length) in [(8, 14, 22), (entry + 10, entry + 16, entry + 24)] {
            zip[method..method + 2].copy_from_slice(&93u16.to_le_bytes());
            zip[sum..sum + 4].copy_from_slice(&crc.sum().to_le_bytes());
            zip[length..length + 4].copy_from_slice(&(said.len() as u32).to_le_bytes());
        }
        zip
    }

    #[test]
    fn a_member_that_zstd_packed_is_read_and_checked() {
        let text = b"one two three\n".repeat(50);
        let packed = zstd::encode_all(&text[..], 3).expect("packs");
        assert_eq!(
            read(&zstd_of(&packed, &text)),
            ["a.log: one two three\none tw"]
        );
        let other = [&text[..text.len() - 1], b"!"].concat();
        let said = read(&zstd_of(&packed, &other));
        assert_eq!(said, ["a.log: damaged zip data: Invalid checksum"]);
        let said = read(&zstd_of(&packed, &text[1..]));
        assert!(said[0].contains("larger than"), "{said:?}");
        let said = read(&zstd_of(&packed, &[&text[..], b"x"].concat()));
        assert_eq!(said, ["a.log: it ends too early"]);
        let said = read(&zstd_of(b"no zstd at all", &text));
        assert!(said[0].starts_with("a.log: damaged zip data: "), "{said:?}");
    }

    #[test]
    fn what_is_not_as_the_directory_says_is_told() {
        let zip = zip_of(&[("a.log", &[b'x'; 100][..]), ("b.log", b"two\n")]);
        let entry = memchr::memmem::find(&zip, ENTRY).expect("there");
        let check = |at: usize, byte: u8, expected: &str| {
            let mut changed = zip.clone();
            changed[entry + at] = byte;
            let said = read(&changed);
            assert_eq!(said[0], format!("a.log: {expected}"));
            assert_eq!(said[1], "b.log: two\n");
        };
        let longer = "damaged zip data: File is larger than its declared uncompressed size";
        check(24, 50, longer);
        check(
            16,
            zip[entry + 16] ^ 1,
            "damaged zip data: Invalid checksum",
        );
        check(8, 1, "it is encrypted");
        let cut = "damaged zip data: its directory, which comes last, cannot be read";
        assert!(read(&zip[..zip.len() / 2])[0].starts_with(cut));
    }

    proptest! {
        #[test]
        fn any_damage_is_safe(at: prop::sample::Index, byte: u8) {
            let mut zip = zip_of(&[("a.log", b"one one one\n"), ("b.log", b"two\n")]);
            let i = at.index(zip.len());
            zip[i] = byte;
            let _ = read(&zip);
        }
    }
}
