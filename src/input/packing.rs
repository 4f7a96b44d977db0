//! Packed bytes unpacked: gzip, Zstandard, bzip2 and xz, told by their first bytes.
//!
//! In: a reader of packed bytes. Out: a reader of what is in them, all members and streams
//! after one another. What is damaged or cut off gives what could be unpacked, then an error
//! that says so. Does not look at names.

use std::io::{self, BufReader, Read};

use liblzma::stream::{CONCATENATED, Stream};

use super::utf16;

/// Bytes that tell the packing.
pub const MAGIC_BYTES: usize = 6;
/// Packed bytes read at a time.
const BUFFER_BYTES: usize = 1 << 17;
/// Memory that unpacking xz may take; `xz -9` asks for 65 MiB.
const XZ_MEMORY_BYTES: u64 = 512 << 20;

/// How bytes are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// As they are.
    None,
    /// gzip, perhaps of several members.
    Gzip,
    /// Zstandard, perhaps of several frames.
    Zstd,
    /// bzip2, perhaps of several streams.
    Bzip2,
    /// xz, perhaps of several streams.
    Xz,
    /// UTF-16 with a mark of its byte order.
    Utf16,
}

impl Packing {
    /// The packing of bytes that begin with `head`, which should be `MAGIC_BYTES` long.
    pub fn of(head: &[u8]) -> Self {
        match head {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A frame that is skipped: pzstd begins with one.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31 | 0x17, ..] => Self::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Xz,
            _ if utf16::is_marked(head) => Self::Utf16,
            _ => Self::None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::None => "",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Bzip2 => "bzip2",
            Self::Xz => "xz",
            Self::Utf16 => "UTF-16",
        }
    }
}

/// What is in `packed`.
pub fn unpack(
    packed: impl Read + Send + 'static,
    packing: Packing,
) -> io::Result<Box<dyn Read + Send>> {
    let buffered = |packed| BufReader::with_capacity(BUFFER_BYTES, packed);
    let inner: Box<dyn Read + Send> = match packing {
        Packing::None => return Ok(Box::new(packed)),
        Packing::Utf16 => return Ok(Box::new(utf16::Decoder::new(packed))),
        Packing::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(packed))),
        Packing::Zstd => Box::new(zstd::stream::read::Decoder::new(packed)?),
        Packing::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(packed))),
        Packing::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY_BYTES, CONCATENATED)?;
            let packed = buffered(packed);
            Box::new(liblzma::bufread::XzDecoder::new_stream(packed, stream))
        }
    };
    Ok(Box::new(utf16::Perhaps::new(Told { inner, packing })))
}

/// Says what an unpacker's failure means.
struct Told {
    inner: Box<dyn Read + Send>,
    packing: Packing,
}

impl Read for Told {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let name = self.packing.name();
        self.inner.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::Interrupted => error,
            io::ErrorKind::UnexpectedEof => io::Error::new(
                error.kind(),
                format!("it is cut off: its {name} data end too early"),
            ),
            // The unpackers make errors of these kinds, the disk makes others.
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData | io::ErrorKind::Other => {
                io::Error::new(error.kind(), format!("damaged {name} data: {error}"))
            }
            _ => error,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    const ALL: [Packing; 4] = [Packing::Gzip, Packing::Zstd, Packing::Bzip2, Packing::Xz];

    fn packed(text: &[u8], packing: Packing) -> Vec<u8> {
        let mut bytes = Vec::new();
        let done = match packing {
            Packing::None | Packing::Utf16 => bytes.write_all(text),
            Packing::Zstd => {
                let mut encoder = zstd::stream::Encoder::new(&mut bytes, 3).expect("memory");
                // As the command does; without a checksum some damage cannot be seen.
                encoder.include_checksum(true).expect("can be set");
                encoder
                    .write_all(text)
                    .and_then(|()| encoder.finish())
                    .map(drop)
            }
            Packing::Gzip => flate2::read::GzEncoder::new(text, flate2::Compression::fast())
                .read_to_end(&mut bytes)
                .map(drop),
            Packing::Bzip2 => bzip2::read::BzEncoder::new(text, bzip2::Compression::fast())
                .read_to_end(&mut bytes)
                .map(drop),
            Packing::Xz => liblzma::read::XzEncoder::new(text, 1)
                .read_to_end(&mut bytes)
                .map(drop),
        };
        done.expect("memory does not fail");
        bytes
    }

    /// What comes out, and the failure.
    fn read(bytes: Vec<u8>) -> (Vec<u8>, Option<String>) {
        let packing = Packing::of(&bytes);
        let mut reader = unpack(io::Cursor::new(bytes), packing).expect("opens");
        let mut text = Vec::new();
        let failure = reader.read_to_end(&mut text).err();
        (text, failure.map(|error| error.to_string()))
    }

    #[test]
    fn the_first_bytes_tell_the_packing() {
        for packing in ALL {
            for text in [&b"one\n"[..], b""] {
                assert_eq!(Packing::of(&packed(text, packing)), packing);
            }
        }
        for plain in [
            &b"BZh, said the fly"[..],
            b"",
            b"B",
            b"(\xb5",
            b"2024-02-03",
        ] {
            assert_eq!(Packing::of(plain), Packing::None, "{plain:?}");
        }
    }

    #[test]
    fn all_members_are_read() {
        for packing in ALL {
            let both = [packed(b"one\n", packing), packed(b"two\n", packing)].concat();
            assert_eq!(read(both), (b"one\ntwo\n".to_vec(), None), "{packing:?}");
        }
        let skipped = [
            &[0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 9, 9, 9, 9][..],
            &packed(b"one\n", Packing::Zstd),
        ]
        .concat();
        assert_eq!(read(skipped), (b"one\n".to_vec(), None));
    }

    #[test]
    fn packed_text_of_utf_16_is_decoded() {
        let text: Vec<u8> = "\u{feff}one\ntwö\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        for packing in ALL {
            let expected = "one\ntwö\n".as_bytes().to_vec();
            assert_eq!(
                read(packed(&text, packing)),
                (expected, None),
                "{packing:?}"
            );
            for short in [&b""[..], b"\xff", b"a"] {
                assert_eq!(read(packed(short, packing)), (short.to_vec(), None));
            }
        }
    }

    #[test]
    fn what_is_cut_off_gives_what_there_is_and_says_so() {
        let text: Vec<u8> = (0..400_000u32)
            .flat_map(|i| format!("line {}\n", i.wrapping_mul(2_654_435_761)).into_bytes())
            .collect();
        for packing in ALL {
            let mut bytes = packed(&text, packing);
            bytes.truncate(bytes.len() * 9 / 10);
            let (got, failure) = read(bytes);
            assert!(got.len() > text.len() / 2, "{packing:?}: {}", got.len());
            assert!(text.starts_with(&got));
            let failure = failure.expect("it is cut off");
            let expected = format!("it is cut off: its {} data end too early", packing.name());
            assert_eq!(failure, expected);
        }
    }

    #[test]
    fn damage_is_told() {
        let text = b"one two three four five six seven\n".repeat(100);
        for packing in ALL {
            let mut bytes = packed(&text, packing);
            let middle = bytes.len() / 2;
            bytes[middle..middle + 4]
                .iter_mut()
                .for_each(|byte| *byte ^= 0x5a);
            let failure = read(bytes).1.expect("it is damaged");
            assert!(
                failure.starts_with(&format!("damaged {} data: ", packing.name()))
                    || failure.starts_with("it is cut off"),
                "{failure}"
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_bytes_after_a_magic_number_are_safe(bytes: Vec<u8>, which in 0usize..4) {
            let mut all = packed(b"", ALL[which]);
            all.truncate(6);
            all.extend(bytes);
            let _ = read(all);
        }
    }
}
