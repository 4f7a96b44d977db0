//! The members of a zip archive: names, places and content.
//!
//! In: an archive's bytes, read at places. Out: the members that its central directory lists, and
//! readers of what is in them, stored or deflated, checked against length and CRC. Source:
//! PKWARE's APPNOTE 6.3.10, with ZIP64. Other packings and encrypted members are errors.

use std::io::{self, Read};

use flate2::Crc;
use flate2::read::DeflateDecoder;

use super::Origin;
use super::open::packed;

/// What a local header, a directory's entry, its end, its longer end and the locator of that
/// begin with.
const LOCAL: &[u8] = b"PK\x03\x04";
const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";
/// Length of the end, and the longest comment behind it.
const END_BYTES: usize = 22;
const COMMENT_BYTES_MAX: usize = 0xffff;
/// Largest central directory read, in bytes: names of some hundred thousand members.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// A member's length that stands in its extra field.
const IN_EXTRA: u64 = 0xffff_ffff;

/// A file in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its name as written, which is only a name.
    pub name: Vec<u8>,
    /// Bytes unpacked, as the directory says.
    pub bytes: u64,
    /// Bytes as they lie there.
    pub packed_bytes: u64,
    local_at: u64,
    crc: u32,
    method: u16,
    encrypted: bool,
}

/// Whether bytes that begin so are an archive.
pub fn is_zip(head: &[u8]) -> bool {
    head.starts_with(LOCAL)
}

/// The regular files that an archive of `length` bytes lists, in the directory's order.
pub fn members(origin: &Origin, length: u64) -> io::Result<Vec<Member>> {
    let tail_bytes = length.min((END_BYTES + COMMENT_BYTES_MAX) as u64);
    let tail_at = length - tail_bytes;
    let tail = bytes_at(origin, tail_at, tail_bytes)?;
    let end = memchr::memmem::rfind(&tail, END).ok_or_else(|| cut("its directory is missing"))?;
    let field = |at: usize| number(&tail, end + at, 4);
    let (mut size, mut at) = (field(12)?, field(16)?);
    let locator = end
        .checked_sub(20)
        .filter(|at| tail[*at..].starts_with(LOCATOR_64));
    if let Some(locator) = locator {
        let longer = bytes_at(origin, number(&tail, locator + 8, 8)?, 56)?;
        if !longer.starts_with(END_64) {
            return Err(damaged("its directory is not where it is said to be"));
        }
        (size, at) = (number(&longer, 40, 8)?, number(&longer, 48, 8)?);
    }
    if size > DIRECTORY_BYTES_MAX || at.saturating_add(size) > length {
        return Err(damaged("its directory is larger than it can be"));
    }
    entries(&bytes_at(origin, at, size)?)
}

fn entries(directory: &[u8]) -> io::Result<Vec<Member>> {
    let (mut found, mut rest) = (Vec::new(), directory);
    while rest.starts_with(ENTRY) {
        let of = |at: usize, n: usize| number(rest, at, n);
        let lengths = [of(28, 2)?, of(30, 2)?, of(32, 2)?].map(|n| n as usize);
        let [name_bytes, extra_bytes, comment_bytes] = lengths;
        let extra_at = 46 + name_bytes;
        let end = extra_at + extra_bytes + comment_bytes;
        let (name, extra) = match (
            rest.get(46..extra_at),
            rest.get(extra_at..extra_at + extra_bytes),
        ) {
            (Some(name), Some(extra)) if rest.len() >= end => (name, extra),
            _ => return Err(damaged("an entry of its directory is cut off")),
        };
        let mut sizes = [of(24, 4)?, of(20, 4)?, of(42, 4)?];
        from_extra(extra, &mut sizes)?;
        let [bytes, packed_bytes, local_at] = sizes;
        let kind = of(38, 4)? >> 16 & 0xf000;
        // Unix' kinds: a regular file, or none said; links and devices are passed over.
        if matches!(kind, 0 | 0x8000) && !name.ends_with(b"/") {
            found.push(Member {
                name: name.to_vec(),
                bytes,
                packed_bytes,
                local_at,
                crc: of(16, 4)? as u32,
                method: of(10, 2)? as u16,
                encrypted: of(8, 2)? & 1 == 1,
            });
        }
        rest = &rest[end..];
    }
    Ok(found)
}

/// Numbers that are too long for the entry stand in its extra field of kind 1, in this order.
fn from_extra(extra: &[u8], sizes: &mut [u64; 3]) -> io::Result<()> {
    let mut rest = extra;
    while let (Ok(kind), Ok(length)) = (number(rest, 0, 2), number(rest, 2, 2)) {
        let Some(content) = rest.get(4..4 + length as usize) else {
            break;
        };
        if kind == 1 {
            let longer = sizes.iter_mut().filter(|size| **size == IN_EXTRA);
            for (i, size) in longer.enumerate() {
                *size = number(content, 8 * i, 8)?;
            }
        }
        rest = &rest[4 + length as usize..];
    }
    Ok(())
}

impl Member {
    /// Where its bytes lie, if they lie there as they are.
    pub fn stored_at(&self, origin: &Origin) -> io::Result<Option<u64>> {
        let is_plain = self.method == 0 && !self.encrypted && self.bytes == self.packed_bytes;
        is_plain.then(|| self.content_at(origin)).transpose()
    }

    /// What is in it. Reading ends with an error where that is not what the directory says.
    pub fn open(&self, origin: &Origin) -> io::Result<Checked<Box<dyn Read>>> {
        let at = self.content_at(origin)?;
        let content = packed(origin, at)?.take(self.packed_bytes);
        let inner: Box<dyn Read> = match self.method {
            _ if self.encrypted => return Err(unsupported("it is encrypted")),
            0 => Box::new(content),
            8 => Box::new(DeflateDecoder::new(content)),
            other => return Err(unsupported(&format!("it is packed by method {other}"))),
        };
        Ok(Checked {
            inner,
            left: self.bytes,
            crc: Crc::new(),
            expected: self.crc,
        })
    }

    fn content_at(&self, origin: &Origin) -> io::Result<u64> {
        let local = bytes_at(origin, self.local_at, 30)?;
        if !local.starts_with(LOCAL) {
            return Err(damaged("a member is not where it is said to be"));
        }
        let lengths = number(&local, 26, 2)? + number(&local, 28, 2)?;
        Ok(self.local_at + 30 + lengths)
    }
}

/// A member's content, compared with what the directory says of it.
pub struct Checked<R> {
    inner: R,
    left: u64,
    crc: Crc,
    expected: u32,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.crc.update(&buffer[..n]);
        match self.left.checked_sub(n as u64) {
            None => Err(damaged("a member is longer than it is said to be")),
            Some(left) if n == 0 && !buffer.is_empty() => {
                match (left, self.crc.sum() == self.expected) {
                    (0, true) => Ok(0),
                    (0, false) => Err(damaged("the checksum of a member is wrong")),
                    _ => Err(cut("a member ends too early")),
                }
            }
            Some(left) => {
                self.left = left;
                Ok(n)
            }
        }
    }
}

fn bytes_at(origin: &Origin, at: u64, n: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    packed(origin, at)?.take(n).read_to_end(&mut bytes)?;
    match bytes.len() as u64 == n {
        true => Ok(bytes),
        false => Err(cut("it is cut off")),
    }
}

/// The number of `n` bytes at a place, the smallest byte first.
fn number(bytes: &[u8], at: usize, n: usize) -> io::Result<u64> {
    let field = at.checked_add(n).and_then(|end| bytes.get(at..end));
    let field = field.ok_or_else(|| damaged("its directory is cut off"))?;
    Ok(field
        .iter()
        .rev()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte)))
}

fn damaged(words: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("damaged zip data: {words}"),
    )
}

fn cut(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, words.to_owned())
}

fn unsupported(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, words.to_owned())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

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
        let found = match members(&origin, bytes.len() as u64) {
            Ok(found) => found,
            Err(error) => return vec![error.to_string()],
        };
        let said = |member: &Member| {
            let mut text = Vec::new();
            let read = member
                .open(&origin)
                .and_then(|mut reader| reader.read_to_end(&mut text));
            let text = String::from_utf8_lossy(&text[..text.len().min(20)]).into_owned();
            let name = String::from_utf8_lossy(&member.name).into_owned();
            format!(
                "{name}: {}",
                read.map_or_else(|error| error.to_string(), |_| text)
            )
        };
        found.iter().map(said).collect()
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
    fn what_is_not_as_the_directory_says_is_told() {
        let zip = zip_of(&[("a.log", &[b'x'; 100][..]), ("b.log", b"two\n")]);
        let mut shorter = zip.clone();
        let entry = memchr::memmem::find(&zip, ENTRY).expect("there");
        shorter[entry + 24] = 50;
        assert_eq!(
            read(&shorter)[0],
            "a.log: damaged zip data: a member is longer than it is said to be"
        );
        let mut wrong = zip.clone();
        wrong[entry + 16] ^= 1;
        assert_eq!(
            read(&wrong)[0],
            "a.log: damaged zip data: the checksum of a member is wrong"
        );
        let mut locked = zip.clone();
        locked[entry + 8] = 1;
        assert_eq!(read(&locked)[0], "a.log: it is encrypted");
        assert_eq!(read(&zip[..zip.len() / 2]), ["its directory is missing"]);
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
