//! A glimpse of a file: when it was last changed, and pieces of it from start to end.
//!
//! In: a source. Out: what tells the age of its lines before they are read. Only plain files can
//! be looked at in the middle; what comes through a pipe has no age.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::time::UNIX_EPOCH;

use super::open::packing;
use super::packing::Packing;
use super::{Origin, Source};

/// A file that was changed later, after 2116, says nothing.
const MODIFIED_MAX_NS: i64 = i64::MAX / 2;

/// When the file of a source, of a set its newest part, was last changed, ns since 1970 UTC.
/// `None` for what was piped in or lies in a bundle, and for what no clock says that is right.
pub fn modified_ns(source: &Source) -> Option<i64> {
    if !matches!(source.origin, Origin::File(_) | Origin::Set(_)) {
        return None;
    }
    let metadata = fs::metadata(source.origin.path())
        .ok()
        .filter(fs::Metadata::is_file)?;
    let since = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_nanos())
        .ok()
        .filter(|ns| *ns <= MODIFIED_MAX_NS)
}

/// At most `n` pieces of at most `bytes` bytes from all over a plain file, in order, the first
/// from its start and the last from its end; whole lines where lines are shorter than a piece.
/// `None` if it cannot be looked at this way.
pub fn pieces(source: &Source, n: u64, bytes: u64) -> Option<Vec<Vec<u8>>> {
    let Origin::File(path) = &source.origin else {
        return None;
    };
    let size = fs::metadata(path).ok().filter(fs::Metadata::is_file)?.len();
    if !matches!(packing(&source.origin), Ok(Packing::None)) {
        return None;
    }
    let mut file = File::open(path).ok()?;
    let count = size.div_ceil(bytes).clamp(1, n);
    let mut pieces = Vec::new();
    for k in 0..count {
        let last = size.saturating_sub(bytes);
        let start = if count == 1 {
            0
        } else {
            last / (count - 1) * k
        };
        let start = if k + 1 == count { last } else { start };
        file.seek(SeekFrom::Start(start)).ok()?;
        let mut piece = Vec::new();
        (&file).take(bytes).read_to_end(&mut piece).ok()?;
        pieces.push(whole_lines(piece, start == 0, start + bytes >= size));
    }
    Some(pieces)
}

fn whole_lines(mut piece: Vec<u8>, is_first: bool, is_last: bool) -> Vec<u8> {
    if let Some(end) = memchr::memrchr(b'\n', &piece).filter(|_| !is_last) {
        piece.truncate(end + 1);
    }
    match memchr::memchr(b'\n', &piece) {
        Some(start) if !is_first => piece.split_off(start + 1),
        _ => piece,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::time::Duration;

    #[test]
    fn pieces_are_whole_lines_from_start_to_end() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        let text: String = (0..1000).map(|i| format!("line {i}\n")).collect();
        file.write_all(text.as_bytes()).expect("writes");
        let source = Source {
            name: "x".to_owned(),
            label: "x".to_owned(),
            origin: Origin::File(file.path().to_path_buf()),
            disk_bytes: 0,
        };
        let pieces = pieces(&source, 4, 100).expect("a plain file");
        assert_eq!(pieces.len(), 4);
        assert!(
            pieces
                .iter()
                .all(|piece| piece.starts_with(b"line") && piece.ends_with(b"\n"))
        );
        assert!(pieces[0].starts_with(b"line 0\n"));
        assert!(pieces[3].ends_with(b"line 999\n"));
        assert!(modified_ns(&source).is_some());
        let in_2262 = UNIX_EPOCH + Duration::from_secs(9_223_365_600);
        file.as_file().set_modified(in_2262).expect("is set");
        assert_eq!(modified_ns(&source), None);
    }
}
