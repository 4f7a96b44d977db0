//! Which file it is, and how it is read: what must be the same for kept blocks to be used.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;

use crate::analysis::plan::{Kind, Planned};
use crate::events::checksum::checksum;
use crate::events::columns::{put_u64, take_u64};
use crate::formats::Engine;
use crate::formats::carry::Carry;
use crate::formats::catalogue;
use crate::input::Origin;
use crate::input::open::packing;
use crate::input::packing::Packing;

/// A file as it was at some time, and everything that decides what its bytes become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The file system's number.
    pub device: u64,
    /// The file's number in it.
    pub inode: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// When it was last written, ns since 1970.
    pub modified_ns: i64,
    /// One where offsets in blocks are those in the file, 0 where it is packed.
    pub plain: u64,
    /// The program, the format and the zone.
    pub how: u64,
}

impl Identity {
    /// `None` of what is no file, no log, or not there.
    pub fn of(planned: &Planned) -> Option<Self> {
        let Origin::File(path) = &planned.source.origin else {
            return None;
        };
        let how = how(planned)?;
        let meta = fs::metadata(path).ok().filter(Metadata::is_file)?;
        Some(Self {
            device: meta.dev(),
            inode: meta.ino(),
            bytes: meta.len(),
            modified_ns: modified_ns(&meta),
            plain: u64::from(packing(&planned.source.origin).ok()? == Packing::None),
            how,
        })
    }

    /// Whether blocks kept of `before` may be used of this one: the same file, not written since
    /// or grown. Nothing can be told of a packed file that has grown.
    pub fn continues(&self, before: &Self) -> bool {
        let same = |one: &Self| (one.device, one.inode, one.plain, one.how);
        same(self) == same(before)
            && (self.is_unchanged(before) || self.plain == 1 && self.bytes > before.bytes)
    }

    /// Whether it has not been written since.
    pub fn is_unchanged(&self, before: &Self) -> bool {
        (self.bytes, self.modified_ns) == (before.bytes, before.modified_ns)
    }

    /// The name of the file that keeps its blocks: it stays when the log is renamed.
    pub fn name(&self) -> String {
        format!("{:x}-{:x}.{}", self.device, self.inode, super::ENDING)
    }

    /// Appends it.
    pub fn put(&self, out: &mut Vec<u8>) {
        let signed = self.modified_ns as u64;
        for value in [
            self.device,
            self.inode,
            self.bytes,
            signed,
            self.plain,
            self.how,
        ] {
            put_u64(out, value);
        }
    }

    /// Takes one from the front.
    pub fn take(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self {
            device: take_u64(bytes)?,
            inode: take_u64(bytes)?,
            bytes: take_u64(bytes)?,
            modified_ns: take_u64(bytes)? as i64,
            plain: take_u64(bytes)?,
            how: take_u64(bytes)?,
        })
    }
}

/// When a file was last written, ns since 1970.
pub fn modified_ns(meta: &Metadata) -> i64 {
    meta.mtime()
        .saturating_mul(1_000_000_000)
        .saturating_add(meta.mtime_nsec())
}

/// Everything that decides what the bytes of a source become, as one number; `None` of what is no
/// log, and of one whose blocks need what stands before them: the year, the hour that clocks show
/// twice, the names of columns, lines of which there may be copies.
fn how(planned: &Planned) -> Option<u64> {
    let Planned {
        source: _,
        kind: Kind::Log(detected),
        context,
        seen,
        assumed: _,
        zone_reason: _,
        zone_assumed: _,
        clock_offset_ns: _, // added to what is kept
    } = planned
    else {
        return None;
    };
    // What a block becomes must not depend on the blocks before it.
    let is_of_columns = matches!(detected.format.engine, Engine::W3c(_));
    let has_copies = !detected.format.distinct.is_empty();
    if is_of_columns || has_copies || Carry::new(*context, *seen).is_needed() {
        return None;
    }
    // Blocks may be judged anew with the user's formats.
    let own: Vec<_> = catalogue::own().collect();
    let words = format!("{:?} {own:?} {context:?} {:?}", detected.format, program());
    Some(checksum(words.as_bytes()))
}

/// The program that runs: another build may read other things from the same bytes.
fn program() -> (&'static str, Option<(u64, i64)>) {
    let meta = std::env::current_exe().and_then(fs::metadata).ok();
    let build = meta.map(|meta| (meta.len(), modified_ns(&meta)));
    (env!("CARGO_PKG_VERSION"), build)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const FILE: Identity = Identity {
        device: 1,
        inode: 2,
        bytes: 1000,
        modified_ns: 5,
        plain: 1,
        how: 7,
    };

    #[test]
    fn a_file_goes_on_while_it_grows_and_no_other_way() {
        let check =
            |now: Identity, expected: bool| assert_eq!(now.continues(&FILE), expected, "{now:?}");
        check(FILE, true);
        let (bytes, modified_ns) = (1001, 6);
        check(
            Identity {
                bytes,
                modified_ns,
                ..FILE
            },
            true,
        );
        check(
            Identity {
                modified_ns,
                ..FILE
            },
            false,
        );
        check(
            Identity {
                bytes: 999,
                modified_ns,
                ..FILE
            },
            false,
        );
        check(Identity { inode: 3, ..FILE }, false);
        check(Identity { how: 8, ..FILE }, false);
        let packed = Identity { plain: 0, ..FILE };
        assert!(packed.continues(&packed));
        assert!(
            !Identity {
                bytes,
                modified_ns,
                ..packed
            }
            .continues(&packed)
        );
    }

    proptest! {
        #[test]
        fn an_identity_read_back_is_the_same(device: u64, inode: u64, bytes: u64, modified_ns: i64, plain: u64, how: u64) {
            let identity = Identity { device, inode, bytes, modified_ns, plain, how };
            let mut out = Vec::new();
            identity.put(&mut out);
            prop_assert_eq!(Identity::take(&mut &out[..]), Some(identity));
        }
    }
}
