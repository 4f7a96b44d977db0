//! One followed source: the file that bears its name now, and those that bore it before.
//!
//! An old file is read to its end before the new one is begun, and looked at for a while longer.
//! Files of the same log that came and went between two looks are found beside it, by name and
//! by what they hold: what is a copy of something read is not read again, but its rest is.

use std::collections::{BTreeSet, VecDeque};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::border::{hand_on, hand_over};
use super::copies::{go_on_in, open_sibling};
use super::older::Older;
use super::print::{Identity, Likeness, Print, print_of};
use super::shelf::Shelf;
use super::siblings::{Sibling, Surroundings, Verdict};
use super::standing::Standing;
use super::tail::{Step, Tail};
use super::{GRACE_NS, OFFSET_BITS};
use crate::input::{Block, Cut, Part};

/// Old files still looked at; the oldest beyond it are done with.
const TAILS_MAX: usize = 8;
/// Contents remembered, so that copies of them are known.
const KNOWN_MAX: usize = 64;
/// New files begun in one look.
const TURNS_MAX: usize = 64;

/// Follows one source.
pub struct Follower {
    path: PathBuf,
    folder: PathBuf,
    base: String,
    cut: Cut,
    older: Older,
    /// With the generation's number; the last is the file of the source's name.
    tails: VecDeque<(u32, Tail)>,
    generations: u32,
    /// Contents that were read, or were there before us and are not ours.
    known: VecDeque<(Option<Identity>, Print)>,
    /// Files beside it that are known, as long as they stay as they are.
    judged: BTreeSet<Verdict>,
    looked_at: u64,
    /// Something beside us could not be judged yet.
    undecided: bool,
    /// Its file is never taken to be another one: a spool, or a name that rotation gave.
    fixed: bool,
    gone: bool,
    cut_short: u32,
    error: Option<String>,
    source: usize,
    shelf: Arc<Shelf>,
}

impl Follower {
    /// Follows the plain file at `path`, from its start. `shelf` remembers its files for source
    /// number `source`.
    /// # Errors
    /// When the file cannot be opened.
    pub fn new(
        path: &Path,
        cut: Cut,
        (source, shelf): (usize, &Arc<Shelf>),
        around: &mut Surroundings,
        now_ns: i64,
    ) -> io::Result<Self> {
        let real = fs::canonicalize(path)?;
        let name = real.file_name().unwrap_or_default();
        let mut follower = Self {
            path: path.to_path_buf(),
            folder: real.parent().unwrap_or(Path::new("/")).to_path_buf(),
            base: name.to_string_lossy().into_owned(),
            cut,
            older: Older::default(),
            tails: VecDeque::new(),
            generations: 0,
            known: VecDeque::new(),
            judged: BTreeSet::new(),
            looked_at: 0,
            undecided: false,
            fixed: false,
            gone: false,
            cut_short: 0,
            error: None,
            source,
            shelf: Arc::clone(shelf),
        };
        let file = Arc::new(File::open(path)?);
        follower.begin(Tail::plain(file, now_ns)?, None);
        // What is beside it before we begin is not ours, or a source of its own.
        let siblings = around.rotated(&follower.folder, &follower.base);
        follower.judged = siblings.iter().map(Sibling::verdict).collect();
        for sibling in &siblings[siblings.len().saturating_sub(KNOWN_MAX)..] {
            if let Ok(print) = print_of(&sibling.path) {
                follower.known.push_back((Some(sibling.identity), print));
            }
        }
        Ok(follower)
    }

    /// Follows only this very file: a spool, or one whose name rotation gave.
    pub fn fixed(mut self) -> Self {
        self.fixed = true;
        self
    }

    /// Reads older parts of the same log first, each as a generation before that of the file.
    /// `on_disk` counts the bytes taken from disk for them. Before the first block is asked for.
    pub fn after(mut self, parts: &[Part], on_disk: Arc<AtomicU64>) -> Self {
        self.older = Older::new(parts, on_disk);
        let (_, tail) = self.tails.pop_back().expect("a file is always followed");
        for (number, part) in (0..).zip(parts) {
            let path = part.origin.path();
            self.shelf.put_part(self.source, number, &self.path, path);
        }
        self.generations = u32::try_from(parts.len()).unwrap_or(u32::MAX);
        self.begin(tail, None);
        self
    }

    /// Whether older parts are still to be read.
    pub fn reads_older(&self) -> bool {
        !self.older.is_done()
    }

    /// Where an event may begin; before the first block is asked for.
    pub fn cut_at(&mut self, cut: Cut) {
        self.cut = cut;
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an open file of ours is this one.
    pub fn owns(&self, identity: Identity) -> bool {
        self.tails
            .iter()
            .any(|(_, tail)| tail.identity() == Some(identity))
    }

    /// How it stands.
    pub fn standing(&self) -> Standing {
        let tails = || self.tails.iter().map(|(_, tail)| tail);
        Standing {
            behind_bytes: tails().map(Tail::behind).sum(),
            held_bytes: tails().map(|tail| tail.held() as u64).sum(),
            files: self.generations,
            gone: self.gone,
            awaits_writer: false,
            grown_ns: tails().map(Tail::grown_ns).max().unwrap_or(0),
            cut_short: self.cut_short,
            error: self.error.clone().or_else(|| self.older.failure()),
        }
    }

    /// The next block; `None` when nothing more is there now. Blocks of one file come in its
    /// order. What cannot be read is said by `standing`, and tried again at the next call.
    pub fn poll(&mut self, around: &mut Surroundings, now_ns: i64) -> Option<Block> {
        self.error = None;
        let on_shelf = (self.source, &*self.shelf);
        let older = self.older.next_block(self.cut, on_shelf).or_else(|| {
            let held = self.older.take_held()?;
            hand_over(held, self.tails.front_mut()?, self.cut, on_shelf)
        });
        if older.is_some() {
            return older;
        }
        for _ in 0..TURNS_MAX {
            match self.read(around, now_ns) {
                Ok(Some(block)) => return Some(block),
                Ok(None) => {}
                Err(error) => self.error = Some(error.to_string()),
            }
            match self.look(around, now_ns) {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => {
                    self.error = Some(error.to_string());
                    break;
                }
            }
        }
        self.release(now_ns)
    }

    /// The rest, once nothing more will be asked for: all that was held back, file by file.
    pub fn finish(&mut self) -> Option<Block> {
        self.tails.iter_mut().find_map(|(_, tail)| tail.finish())
    }

    fn read(&mut self, around: &mut Surroundings, now_ns: i64) -> io::Result<Option<Block>> {
        let mut i = 0;
        while i < self.tails.len() {
            let is_last = i + 1 == self.tails.len();
            let (_, tail) = &mut self.tails[i];
            match tail.step(self.cut, now_ns) {
                Ok(Step::Block(block)) => return Ok(Some(block)),
                Ok(Step::AtEnd) => {
                    hand_on(&mut self.tails, i, self.cut, (self.source, &self.shelf));
                    i += 1;
                }
                Ok(Step::Replaced) if is_last && !self.fixed => self.cut_off(around, now_ns)?,
                Ok(Step::Replaced) => tail.end(),
                Err(error) if is_last => return Err(error),
                Err(error) => {
                    tail.end();
                    self.error = Some(error.to_string());
                }
            }
        }
        Ok(None)
    }

    /// The file was cut and begins anew: its unread rest is in a copy, if there is one.
    fn cut_off(&mut self, around: &mut Surroundings, now_ns: i64) -> io::Result<()> {
        let (number, tail) = self.tails.back_mut().expect("a file is always followed");
        let file = Arc::clone(tail.file().expect("only a plain file can be cut"));
        tail.orphan();
        self.shelf
            .replace(self.source, *number, None, &tail.last_print());
        self.begin(Tail::plain(file, now_ns)?, None);
        self.missed(around, now_ns)?;
        Ok(())
    }

    /// Looks among copies for the rest of files that were cut.
    fn adopt(&mut self, siblings: &[Sibling]) -> bool {
        let mut more = false;
        for (number, tail) in self.tails.iter_mut().filter(|(_, tail)| tail.is_orphan()) {
            let known = tail.last_print();
            if siblings.iter().any(|copy| go_on_in(tail, &known, copy)) {
                self.shelf
                    .replace(self.source, *number, tail.file().cloned(), &known);
                more = true;
            } else {
                self.undecided = true;
            }
        }
        more
    }

    /// Looks for another file of our name, and for files beside it that we have not seen. True if
    /// there is something more to read.
    fn look(&mut self, around: &mut Surroundings, now_ns: i64) -> io::Result<bool> {
        if self.fixed {
            return Ok(false);
        }
        let renamed = self.renamed(now_ns)?;
        let version = around.version(&self.folder);
        let mut more = renamed;
        if renamed || self.undecided || version != self.looked_at {
            self.looked_at = version;
            more |= self.missed(around, now_ns)?;
            if let Some((_, tail)) = self.tails.back_mut() {
                tail.look_again();
            }
        }
        Ok(more)
    }

    fn renamed(&mut self, now_ns: i64) -> io::Result<bool> {
        let identity = match fs::metadata(&self.path) {
            Ok(meta) => Identity::of(&meta),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.gone = true;
                return Ok(false);
            }
            Err(error) => return Err(error),
        };
        self.gone = false;
        if self.owns(identity) {
            return Ok(false);
        }
        let file = Arc::new(File::open(&self.path)?);
        // Between the two calls it may have been renamed again: what is open counts.
        let tail = Tail::plain(file, now_ns)?;
        if tail.identity().is_some_and(|identity| self.owns(identity)) {
            return Ok(false);
        }
        if let Ok(real) = fs::canonicalize(&self.path) {
            self.folder = real.parent().unwrap_or(Path::new("/")).to_path_buf();
        }
        self.begin(tail, None);
        Ok(true)
    }

    /// Files of this log that we have never seen are read before the present one.
    fn missed(&mut self, around: &mut Surroundings, now_ns: i64) -> io::Result<bool> {
        self.undecided = false;
        let siblings = around.rotated(&self.folder, &self.base);
        let mut more = self.adopt(&siblings);
        let verdicts: BTreeSet<Verdict> = siblings.iter().map(Sibling::verdict).collect();
        self.judged.retain(|judged| verdicts.contains(judged));
        for sibling in siblings {
            let Some(print) = self.unknown(&sibling) else {
                continue;
            };
            let mut tail = match open_sibling(&sibling, now_ns) {
                Ok(Some(tail)) => tail,
                // It was renamed meanwhile, or is being packed: the next look finds it.
                Ok(None) | Err(_) => {
                    self.undecided = true;
                    continue;
                }
            };
            tail.foretell(print);
            let packed = tail.file().is_none().then(|| sibling.path.clone());
            self.begin(tail, packed);
            let last = self.tails.len() - 1;
            self.tails.swap(last - 1, last);
            more = true;
        }
        Ok(more)
    }

    /// How a file begins that we have neither read nor are reading; `None` for one of ours, and
    /// while that cannot be told.
    fn unknown(&mut self, sibling: &Sibling) -> Option<Print> {
        if self.owns(sibling.identity) || self.judged.contains(&sibling.verdict()) {
            return None;
        }
        let print = print_of(&sibling.path)
            .ok()
            .filter(|print| !print.head.is_empty());
        let Some(print) = print else {
            self.undecided = true;
            return None;
        };
        let is_done = |(identity, known): &(Option<Identity>, Print)| {
            let moved = *identity == Some(sibling.identity) && print.begins_alike(known);
            moved || print.likeness(known) == Likeness::Same
        };
        if self.known.iter().any(is_done) {
            self.judged.insert(sibling.verdict());
            return None;
        }
        // What was not read yet may be cut before it is: then this was the only copy.
        let mut open = self
            .known
            .iter()
            .any(|(_, known)| print.likeness(known) == Likeness::Open);
        let mut ours = false;
        for (_, tail) in &self.tails {
            let likeness = print.likeness(&tail.print());
            ours |= likeness != Likeness::Other;
            open |=
                likeness == Likeness::Open || (likeness == Likeness::Same && !tail.is_guarded());
        }
        self.undecided |= open;
        (!ours && !open).then_some(print)
    }

    fn begin(&mut self, mut tail: Tail, packed: Option<PathBuf>) {
        let number = self.generations;
        tail.begin_at(u64::from(number) << OFFSET_BITS);
        self.generations += 1;
        self.shelf.put(
            self.source,
            number,
            &self.path,
            tail.file().cloned(),
            packed,
        );
        self.tails.push_back((number, tail));
    }

    /// Hands out what was held back long enough, and lets go of old files.
    fn release(&mut self, now_ns: i64) -> Option<Block> {
        while self.tails.len() > 1 {
            let n = self.tails.len();
            let (number, tail) = &mut self.tails[0];
            let waited = now_ns.saturating_sub(tail.grown_ns()) >= GRACE_NS;
            // A writer that was never told goes on in the renamed file: the last one is kept.
            let may_end = waited && (n > 2 || tail.is_done());
            if !may_end && n <= TAILS_MAX {
                break;
            }
            if let Some(block) = tail.finish() {
                return Some(block);
            }
            let print = tail.last_print();
            self.cut_short += u32::from(tail.is_orphan() && tail.offset() > 0);
            self.shelf
                .close(self.source, *number, &print, tail.is_done());
            self.known.push_back((tail.identity(), print));
            self.tails.pop_front();
        }
        while self.known.len() > KNOWN_MAX {
            self.known.pop_front();
        }
        let mut tails = self.tails.iter_mut();
        tails.find_map(|(_, tail)| tail.release(now_ns))
    }
}
