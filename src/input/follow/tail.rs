//! One file that may grow: its bytes from where we are, cut where an event may end.
//!
//! What was read is believed only when the bytes before it still stand where they stood: a file
//! that was cut and written anew says so, whatever its length.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::sync::Arc;

use super::print::{HEAD_BYTES, Identity, Print, read_at};
use super::{HOLD_NS, UNFINISHED_NS};
use crate::input::blocks::{BLOCK_BYTES, first_cut, last_cut};
use crate::input::line_ends::{are_bare, mend};
use crate::input::{Block, Cut};

/// Bytes before the reading point that must still be there.
const GUARD_BYTES: usize = 512;

/// Where the bytes come from.
pub(super) enum Bytes {
    /// A file that can be read anywhere.
    Plain(Arc<File>),
    /// A packed one, read once.
    Packed(Box<dyn Read + Send>),
    /// Its file was cut before it was known to be read to its end: the rest may be in a copy.
    Orphaned,
    /// Nothing more comes.
    Ended,
}

/// What one step gave.
#[derive(Debug, PartialEq, Eq)]
pub enum Step {
    /// Whole events. The offset is of the source.
    Block(Block),
    /// Nothing more for now.
    AtEnd,
    /// The file holds something else now.
    Replaced,
}

/// One generation of a source.
pub struct Tail {
    pub(super) bytes: Bytes,
    identity: Option<Identity>,
    /// What an offset of the source has that one in this file has not.
    base: u64,
    /// Bytes read.
    pub(super) offset: u64,
    pub(super) carry: Vec<u8>,
    /// How much of the carry is the end of the file before, and its offset.
    pub(super) before: Option<(usize, u64)>,
    /// The carry was not looked through yet.
    unseen: bool,
    guard: Vec<u8>,
    head: Vec<u8>,
    foretold: Vec<u8>,
    /// Length and time of change when it was last found at its end.
    seen: Option<(u64, i64, i64)>,
    grown_ns: i64,
    /// The last block ended within a line: a line end that comes next is the end of that line.
    pub(super) unended: bool,
    /// Lines end in CR alone.
    bare_ends: bool,
}

impl Tail {
    /// A plain file, from its start.
    pub fn plain(file: Arc<File>, now_ns: i64) -> io::Result<Self> {
        let identity = Identity::of(&file.metadata()?);
        Ok(Self::new(Bytes::Plain(file), Some(identity), now_ns))
    }

    /// A packed file, which does not grow.
    pub fn packed(reader: Box<dyn Read + Send>, identity: Identity, now_ns: i64) -> Self {
        Self::new(Bytes::Packed(reader), Some(identity), now_ns)
    }

    fn new(bytes: Bytes, identity: Option<Identity>, now_ns: i64) -> Self {
        Self {
            bytes,
            identity,
            base: 0,
            offset: 0,
            carry: Vec::new(),
            before: None,
            unseen: false,
            guard: Vec::new(),
            head: Vec::new(),
            foretold: Vec::new(),
            seen: None,
            grown_ns: now_ns,
            unended: false,
            bare_ends: false,
        }
    }

    /// Which file it is.
    pub fn identity(&self) -> Option<Identity> {
        self.identity
    }

    /// The open file, if it can be read again.
    pub fn file(&self) -> Option<&Arc<File>> {
        match &self.bytes {
            Bytes::Plain(file) => Some(file),
            Bytes::Packed(_) | Bytes::Orphaned | Bytes::Ended => None,
        }
    }

    /// Bytes read of the file.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// Its offsets in the source begin here.
    pub fn begin_at(&mut self, base: u64) {
        self.base = base;
    }

    /// Bytes read and held back.
    pub fn held(&self) -> usize {
        self.carry.len()
    }

    /// When it last grew, ns.
    pub fn grown_ns(&self) -> i64 {
        self.grown_ns
    }

    /// Bytes of the file that were not read yet; 0 where that is not known.
    pub fn behind(&self) -> u64 {
        let length = self.file().and_then(|file| file.metadata().ok());
        length.map_or(0, |meta| meta.len().saturating_sub(self.offset))
    }

    /// What is known of the content, which may still grow: what was read, and what is there.
    pub fn print(&self) -> Print {
        let mut head = self.head.clone();
        if head.is_empty() {
            head.clone_from(&self.foretold);
        }
        if head.len() < HEAD_BYTES
            && let Some(file) = self.file()
        {
            let mut fresh = vec![0; HEAD_BYTES];
            let n = read_at(file, &mut fresh, 0).unwrap_or(0);
            fresh.truncate(n);
            if fresh.starts_with(&head) {
                head = fresh;
            }
        }
        Print { head, length: None }
    }

    /// Says how the content begins before it is read.
    pub fn foretell(&mut self, print: Print) {
        self.foretold = print.head;
    }

    /// Whether a file of this name that is cut now will be seen to be: something was read of it.
    pub fn is_guarded(&self) -> bool {
        self.offset > 0 || !matches!(self.bytes, Bytes::Plain(_))
    }

    /// What was read of the content, once nothing more comes.
    pub fn last_print(&self) -> Print {
        let read = usize::try_from(self.offset).unwrap_or(usize::MAX);
        Print {
            head: self.head[..self.head.len().min(read)].to_vec(),
            length: Some(self.offset),
        }
    }

    /// Reads on to the next place where an event may end.
    pub fn step(&mut self, cut: Cut, now_ns: i64) -> io::Result<Step> {
        loop {
            if std::mem::take(&mut self.unseen)
                && let Some(end) = last_cut(&self.carry, cut)
            {
                return Ok(Step::Block(self.hand_out(end)));
            }
            match self.fill(now_ns)? {
                Filled::More => {}
                Filled::Nothing => return Ok(Step::AtEnd),
                Filled::Replaced => return Ok(Step::Replaced),
            }
            let joined = self.before.map(|(known, _)| known);
            let end = joined.and_then(|known| first_cut(&self.carry, known, cut));
            self.unseen = end.is_some();
            if let Some(end) = end.or_else(|| last_cut(&self.carry, cut)) {
                return Ok(Step::Block(self.hand_out(end)));
            }
        }
    }

    /// What was held back long enough: whole lines, and after a while a line without an end.
    pub fn release(&mut self, now_ns: i64) -> Option<Block> {
        let waited_ns = now_ns.saturating_sub(self.grown_ns);
        if waited_ns >= UNFINISHED_NS {
            return self.finish();
        }
        let end = memchr::memrchr(b'\n', &self.carry).filter(|_| waited_ns >= HOLD_NS)?;
        Some(self.hand_out(end + 1))
    }

    /// All that was held back.
    pub fn finish(&mut self) -> Option<Block> {
        let end = self.carry.len();
        (end > 0).then(|| self.hand_out(end))
    }

    /// Does not trust that nothing changed: a file may be written anew within one tick of its clock.
    pub fn look_again(&mut self) {
        self.seen = None;
    }

    /// The file holds something else now: the rest may be found in a copy.
    pub fn orphan(&mut self) {
        (self.bytes, self.identity) = (Bytes::Orphaned, None);
    }

    /// Whether its rest may be in a copy.
    pub fn is_orphan(&self) -> bool {
        matches!(self.bytes, Bytes::Orphaned)
    }

    /// Whether it can grow no more: packed and read, cut, or deleted.
    pub fn is_done(&self) -> bool {
        let file = match &self.bytes {
            Bytes::Plain(file) => file,
            Bytes::Packed(_) => return false,
            Bytes::Orphaned | Bytes::Ended => return true,
        };
        file.metadata().is_ok_and(|meta| meta.nlink() == 0)
    }

    /// Nothing more will be read; what is held back stays.
    pub fn end(&mut self) {
        self.bytes = Bytes::Ended;
    }

    /// Goes on in a copy of the same content.
    pub fn move_to_plain(&mut self, file: Arc<File>) -> io::Result<()> {
        self.identity = Some(Identity::of(&file.metadata()?));
        (self.bytes, self.seen) = (Bytes::Plain(file), None);
        Ok(())
    }

    /// Goes on in a packed copy, which stands where we are.
    pub fn move_to_packed(&mut self, reader: Box<dyn Read + Send>, identity: Identity) {
        (self.bytes, self.identity) = (Bytes::Packed(reader), Some(identity));
    }

    /// Whether a plain file holds, before our place in it, what we read there.
    pub fn continues_in(&self, file: &File) -> bool {
        let mut there = vec![0; self.guard.len()];
        let from = self.offset - self.guard.len() as u64;
        read_at(file, &mut there, from).is_ok_and(|n| n == there.len()) && there == self.guard
    }

    /// Brings a reader of a copy to our place; false if it holds something else.
    pub fn skip_to_place(&self, mut reader: impl Read) -> io::Result<bool> {
        let from = self.offset - self.guard.len() as u64;
        let skipped = io::copy(&mut reader.by_ref().take(from), &mut io::sink())?;
        let mut there = Vec::new();
        reader
            .take(self.guard.len() as u64)
            .read_to_end(&mut there)?;
        Ok(skipped == from && there == self.guard)
    }

    fn fill(&mut self, now_ns: i64) -> io::Result<Filled> {
        let before = self.carry.len();
        let n = match &mut self.bytes {
            Bytes::Orphaned | Bytes::Ended => return Ok(Filled::Nothing),
            Bytes::Packed(reader) => {
                let read = reader.take(BLOCK_BYTES as u64).read_to_end(&mut self.carry);
                match read {
                    Ok(0) => {
                        self.bytes = Bytes::Ended;
                        0
                    }
                    Ok(n) => n,
                    // It may be being packed still: it is looked for again.
                    Err(_) => {
                        self.carry.truncate(before);
                        (self.bytes, self.identity) = (Bytes::Orphaned, None);
                        0
                    }
                }
            }
            Bytes::Plain(file) => {
                let file = Arc::clone(file);
                let meta = file.metadata()?;
                if self.seen == Some(stood(&meta)) {
                    return Ok(Filled::Nothing);
                }
                if meta.len() < self.offset {
                    return Ok(Filled::Replaced);
                }
                let room = (meta.len() - self.offset).min(BLOCK_BYTES as u64) as usize;
                self.carry.resize(before + room, 0);
                let read = read_at(&file, &mut self.carry[before..], self.offset);
                self.carry
                    .truncate(before + read.as_ref().map_or(0, |n| *n));
                let n = read?;
                if !self.still_holds(&file, before)? {
                    self.carry.truncate(before);
                    return Ok(Filled::Replaced);
                }
                if n == 0 {
                    self.seen = Some(stood(&meta));
                }
                n
            }
        };
        if n == 0 {
            return Ok(Filled::Nothing);
        }
        self.read_on(before, now_ns);
        Ok(Filled::More)
    }

    /// Whether what was read before, or the first of what was read now, is there still.
    fn still_holds(&self, file: &File, before: usize) -> io::Result<bool> {
        if self.offset > 0 {
            return Ok(self.continues_in(file));
        }
        let fresh = &self.carry[before..];
        let mut again = vec![0; fresh.len().min(GUARD_BYTES)];
        let n = read_at(file, &mut again, 0)?;
        Ok(n == again.len() && fresh.starts_with(&again))
    }

    /// Notes what came into the carry from `before` on.
    fn read_on(&mut self, before: usize, now_ns: i64) {
        let fresh = &self.carry[before..];
        let known = usize::try_from(self.offset).unwrap_or(usize::MAX);
        if known < HEAD_BYTES {
            self.head.truncate(known);
            let more = fresh.len().min(HEAD_BYTES - known);
            self.head.extend_from_slice(&fresh[..more]);
        }
        let kept = fresh.len().min(GUARD_BYTES);
        let older = self.guard.len().min(GUARD_BYTES - kept);
        self.guard.drain(..self.guard.len() - older);
        self.guard.extend_from_slice(&fresh[fresh.len() - kept..]);
        self.bare_ends |= self.offset == 0 && are_bare(fresh);
        self.offset += fresh.len() as u64;
        self.grown_ns = now_ns;
        if self.bare_ends {
            mend(&mut self.carry[before..]);
        }
        let fresh = &self.carry[before..];
        if std::mem::take(&mut self.unended) {
            let end: &[u8] = if fresh.starts_with(b"\r\n") {
                b"\r\n"
            } else if fresh.starts_with(b"\n") {
                b"\n"
            } else {
                b""
            };
            self.carry.drain(..end.len());
        }
    }

    fn hand_out(&mut self, end: usize) -> Block {
        let offset = match self.before.take() {
            Some((_, offset)) => offset,
            None => self.base + self.offset - self.carry.len() as u64,
        };
        let rest = self.carry.split_off(end);
        let bytes = std::mem::replace(&mut self.carry, rest);
        self.unended = self.carry.is_empty() && !bytes.ends_with(b"\n");
        Block {
            bytes,
            offset,
            header: None, // whoever reads all of a source knows
        }
    }
}

enum Filled {
    More,
    Nothing,
    Replaced,
}

fn stood(meta: &Metadata) -> (u64, i64, i64) {
    (meta.len(), meta.mtime(), meta.mtime_nsec())
}
